package plan

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v3"
	"golang.org/x/text/unicode/norm"

	"duban/workflow/calendar"
)

// maxDepth is the deepest nesting of a plan file: a figure's field inside a
// task stands at six; a few more keep the message about shape, not depth.
const maxDepth = 10

// walker reads values off YAML nodes and records every fault with its place.
// A reader given a nil node returns the zero value in silence: what is missing
// was reported where it was missed.
type walker struct {
	src     *source
	tab     int  // width given to a tab in an indentation
	partial bool // the file goes on in a second document
	faults  Faults
}

// put records a fault at a line and a column of the source.
func (w *walker) put(line, column int, code string, args ...string) {
	if len(w.faults) > 2*maxFaults {
		return // enough to show; bounds the work on a hostile file
	}
	f := Fault{File: w.src.name, Line: line, Column: column, Code: code}
	for _, a := range args {
		f.Args = append(f.Args, clip(a))
	}
	if line <= len(w.src.lines) {
		f.Source = w.src.lines[line-1]
	}
	w.faults = append(w.faults, f)
}

// at records a fault at a node.
func (w *walker) at(n *yaml.Node, code string, args ...string) {
	line := min(max(n.Line, 1), len(w.src.lines))
	w.put(line, w.src.column(line, max(n.Column, 1), w.tab), code, args...)
}

// refuse reports what YAML can do and a plan must not: references, merges,
// type tags and deep nesting. It cuts the tree off where it is too deep.
func (w *walker) refuse(n *yaml.Node, depth int) {
	if n.Kind == yaml.AliasNode {
		w.at(n, "plan.alias", n.Value)
		return
	}
	if n.Anchor != "" {
		w.at(n, "plan.anchor", n.Anchor)
	}
	if n.Style&yaml.TaggedStyle != 0 {
		w.at(n, "plan.tag", n.Tag)
	}
	if depth > maxDepth {
		w.at(n, "plan.too_deep", strconv.Itoa(maxDepth))
		n.Content = nil
		return
	}
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && c.Kind == yaml.ScalarNode && c.Value == "<<" {
			w.at(c, "plan.merge_key")
		}
		w.refuse(c, depth+1)
	}
}

// fields is one mapping of the file, its values by name.
type fields struct {
	w        *walker
	node     *yaml.Node // nil when there is no mapping to read
	values   map[string]*yaml.Node
	keys     map[string]*yaml.Node
	optional bool // need asks no more than may
}

// fields reads a mapping that may hold the named fields and no others.
func (w *walker) fields(n *yaml.Node, known ...string) fields {
	f := fields{w: w, values: map[string]*yaml.Node{}, keys: map[string]*yaml.Node{}}
	if n == nil || n.Kind == yaml.AliasNode {
		return f
	}
	if n.Kind != yaml.MappingNode {
		w.at(n, "plan.want_fields", strings.Join(known, ", "))
		return f
	}
	f.node = n
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		first, again := f.keys[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode || !slices.Contains(known, key.Value):
			if key.Value != "<<" {
				w.at(key, "plan.field_unknown", key.Value, strings.Join(known, ", "))
			}
		case again && key.Value == "lead" && slices.Contains(known, "cooperating"):
			w.at(key, "plan.two_leads", f.values["lead"].Value+", "+value.Value)
		case again:
			w.at(key, "plan.field_twice", key.Value, strconv.Itoa(first.Line))
		default:
			f.keys[key.Value], f.values[key.Value] = key, value
		}
	}
	return f
}

// has reports whether the field is written, with a value or without.
func (f fields) has(name string) bool { return f.keys[name] != nil }

// need returns a field that must be there.
func (f fields) need(name string) *yaml.Node {
	if f.node != nil && f.keys[name] == nil && !f.optional {
		f.w.at(f.node, "plan.field_missing", name)
	}
	return f.may(name)
}

// may returns a field that may be left out, but not left empty.
func (f fields) may(name string) *yaml.Node {
	v := f.values[name]
	if v == nil || v.Kind == yaml.AliasNode {
		return nil
	}
	if v.Kind == yaml.ScalarNode && v.ShortTag() == "!!null" {
		f.w.at(f.keys[name], "plan.field_empty", name)
		return nil
	}
	return v
}

// list returns the entries of a list of at most most entries.
func (w *walker) list(n *yaml.Node, most int) []*yaml.Node {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		w.at(n, "plan.want_list")
		return nil
	}
	if len(n.Content) > most {
		w.at(n.Content[most], "plan.too_many_entries", strconv.Itoa(most))
		return n.Content[:most]
	}
	return n.Content
}

// scalar returns the raw text of a single value.
func (w *walker) scalar(n *yaml.Node) (string, bool) {
	if n == nil || n.Kind == yaml.AliasNode {
		return "", false
	}
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		w.at(n, "plan.want_text")
		return "", false
	}
	return n.Value, true
}

// text returns a line of text of 1 to most characters, in normal form C.
func (w *walker) text(n *yaml.Node, most int) string {
	s, ok := w.scalar(n)
	if !ok {
		return ""
	}
	if len(s) > 16*most { // far too long; composing may shorten a text a little
		w.at(n, "plan.text_long", strconv.Itoa(most))
		return ""
	}
	s = norm.NFC.String(strings.TrimSpace(s))
	for _, r := range s {
		switch {
		case r == utf8.RuneError && w.src.damaged:
			return "" // reported where the bytes stand
		case r == '\n':
			w.at(n, "plan.several_lines")
			return ""
		case hidden(r) || r == utf8.RuneError:
			w.at(n, "plan.hidden_character", fmt.Sprintf("U+%04X", r))
			return ""
		}
	}
	switch {
	case s == "":
		w.at(n, "plan.text_empty")
	case utf8.RuneCountInString(s) > most:
		w.at(n, "plan.text_long", strconv.Itoa(most))
		return ""
	}
	return s
}

var plainID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$`)

// id returns an identifier. One that looks like a number must stand in quotes:
// other readers of YAML take 010 for 8 and 1.10 for 1.1.
func (w *walker) id(n *yaml.Node) string {
	s := w.text(n, 64)
	if s == "" {
		return ""
	}
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0 && n.ShortTag() != "!!str" {
		w.at(n, "plan.id_unquoted", s)
		return ""
	}
	if !plainID.MatchString(s) {
		w.at(n, "plan.id_wrong", s)
		return ""
	}
	return s
}

// number returns a plain decimal number from low to high.
func (w *walker) number(n *yaml.Node, low, high int64) Number {
	s, ok := w.scalar(n)
	if !ok {
		return Number{}
	}
	v, err := ParseNumber(s)
	if err != nil {
		w.at(n, "plan.number_wrong", s)
		return Number{}
	}
	if v.LessThan(Num(low).Decimal) || v.GreaterThan(Num(high).Decimal) {
		w.at(n, "plan.number_range", s, strconv.FormatInt(low, 10), strconv.FormatInt(high, 10))
		return Number{}
	}
	return v
}

// whole returns a whole number from low to high; ok is false when there is none.
func (w *walker) whole(n *yaml.Node, low, high int64) (v int, ok bool) {
	d := w.number(n, low, high)
	if d.Set && !d.IsInteger() {
		w.at(n, "plan.number_whole", n.Value)
		return 0, false
	}
	return int(d.IntPart()), d.Set
}

// flag returns true or false.
func (w *walker) flag(n *yaml.Node) bool {
	s, ok := w.scalar(n)
	if ok && s != "true" && s != "false" {
		w.at(n, "plan.choice_wrong", s, "true, false")
	}
	return s == "true"
}

// choice returns one of the words; a symbol such as > written without quotes
// starts a block of text in YAML, which is said.
func (w *walker) choice(n *yaml.Node, words ...string) string {
	s, ok := w.scalar(n)
	if !ok {
		return ""
	}
	if n.Style&(yaml.FoldedStyle|yaml.LiteralStyle) != 0 {
		w.at(n, "plan.quotes_needed", ">")
		return ""
	}
	if !slices.Contains(words, s) {
		shown := make([]string, len(words))
		for i, word := range words {
			if shown[i] = word; !plainID.MatchString(word) {
				shown[i] = strconv.Quote(word) // a symbol needs quotes in the file
			}
		}
		w.at(n, "plan.choice_wrong", s, strings.Join(shown, ", "))
		return ""
	}
	return s
}

// date returns a day written as 2023-12-31, of this century.
func (w *walker) date(n *yaml.Node) Date {
	s, ok := w.scalar(n)
	if !ok {
		return Date{}
	}
	d, err := calendar.ParseDate(s)
	if err != nil || d.Year < 2000 || d.Year > 2099 {
		w.at(n, "plan.date_wrong", s)
		return Date{}
	}
	return d
}

// clock returns a time of day written as 17:30.
func (w *walker) clock(n *yaml.Node) string {
	s, ok := w.scalar(n)
	if !ok {
		return ""
	}
	if _, err := time.Parse("15:04", s); err != nil || len(s) != len("17:30") {
		w.at(n, "plan.clock_wrong", s)
		return ""
	}
	return s
}

// seen remembers where a name was first used, so that a second use can say so.
type seen map[string]int

// once reports code when the value was used before.
func (w *walker) once(s seen, n *yaml.Node, value, code string) {
	if n == nil || value == "" {
		return
	}
	if line, again := s[value]; again {
		w.at(n, code, value, strconv.Itoa(line))
		return
	}
	s[value] = n.Line
}
