package plan

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// maxFaults is how many faults are shown at once; a file with more is the
// wrong file, or wrong in one place that repeats.
const maxFaults = 200

// Fault is one thing wrong in a plan file: where, what, and the line itself.
// Line and Column count from 1; a column is one character.
type Fault struct {
	File   string
	Line   int
	Column int
	Code   string   // stable, e.g. plan.department_unknown
	Args   []string // what the message names, safe to print
	Source string   // the line at fault, without its end; empty when there is none
}

// Faults is every fault of a file, in the order of the file.
type Faults []Fault

// Message says what is wrong and what to do, in Chinese or, for "en", in English.
func (f Fault) Message(lang string) string { return say(faultMessages, lang, f.Code, f.Args) }

// Error is Render in English, for logs.
func (fs Faults) Error() string { return fs.Render("en") }

// Render writes each fault as file:line:column: message, then the source line
// and a caret under the column. It is safe to print on a terminal.
func (fs Faults) Render(lang string) string {
	var b strings.Builder
	for i, f := range fs {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s:%d:%d: %s", visible(f.File), f.Line, f.Column, f.Message(lang))
		if f.Source != "" {
			line, caret := excerpt(f.Source, f.Column)
			fmt.Fprintf(&b, "\n    %s\n    %s", line, caret)
		}
	}
	return b.String()
}

// excerpt returns the part of a line around a column and the caret line for it.
// A Chinese character takes two columns of a terminal, so the caret is placed
// by width and not by count. Long lines are cut to about a screen's width.
func excerpt(line string, column int) (shown, caret string) {
	const before, after, around = 60, 50, 100 // columns, columns, characters
	type cell struct {
		text  string
		width int
	}
	var cells []cell
	at, i := 0, 0 // the caret's cell, the character's index
	for _, r := range line {
		i++
		if i >= column+around {
			break
		}
		if i <= column-around {
			continue
		}
		if i < column {
			at++
		}
		t := visible(string(r))
		cells = append(cells, cell{t, columns(t)})
	}
	from, used := at, 0
	for from > 0 && used+cells[from-1].width <= before {
		from--
		used += cells[from].width
	}
	to, rest := at, 0
	for to < len(cells) && rest+cells[to].width <= after {
		rest += cells[to].width
		to++
	}
	var b strings.Builder
	if from > 0 || column > around {
		b.WriteString("...")
		used += len("...")
	}
	for _, c := range cells[from:to] {
		b.WriteString(c.text)
	}
	if to < len(cells) || i >= column+around {
		b.WriteString("...")
	}
	return b.String(), strings.Repeat(" ", used) + "^"
}

// columns is the number of terminal columns s takes. Ambiguous characters, as
// the Chinese quotation marks, count one: so today's terminals draw them.
func columns(s string) int {
	n := 0
	for _, r := range s {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			if !unicode.In(r, unicode.Mn, unicode.Me) {
				n++
			}
		}
	}
	return n
}

// visible writes hidden characters as escapes: what a file holds must not steer
// the terminal of who checks it.
func visible(s string) string {
	if !strings.ContainsFunc(s, hidden) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\t':
			b.WriteString(`\t`)
		case hidden(r):
			fmt.Fprintf(&b, `\u{%X}`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// clip shortens what a message quotes from the file.
func clip(s string) string {
	const most = 160 // a list of all fields still fits
	count := 0
	for at := range s {
		if count++; count > most {
			return visible(toValid(s[:at])) + "..."
		}
	}
	return visible(toValid(s))
}
