package export

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// CellKind is what a cell of a sheet that came back holds.
type CellKind int

// The kinds. Only of the first four anything can be taken.
const (
	CellText     CellKind = iota // as it was typed; empty too
	CellNumber                   // Text: the number, without an exponent
	CellPercent                  // a number shown as a percentage; Text: what is shown, 6.5
	CellDate                     // Day
	CellTruth                    // TRUE or FALSE
	CellError                    // Text: #DIV/0! and the like
	CellNoResult                 // a formula whose result the file does not keep
	CellScaled                   // a number whose format shows another one: 25.0万 of 250000
)

// Cell is a cell of a sheet that came back.
type Cell struct {
	Kind CellKind
	Text string
	Day  time.Time // of a date, and of a number that may be meant as one; else zero
}

// cell says what a cell holds.
func (w *workbook) cell(c rawCell) Cell {
	text := strings.TrimSpace(c.text)
	switch c.kind {
	case "s":
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n >= len(w.shared) {
			return Cell{}
		}
		return Cell{Text: strings.TrimSpace(w.shared[n])}
	case "inlineStr", "str":
		return Cell{Text: strings.TrimSpace(unescaped(c.text))}
	case "b":
		return Cell{Kind: CellTruth, Text: map[bool]string{true: "TRUE", false: "FALSE"}[isTrue(text)]}
	case "e":
		return Cell{Kind: CellError, Text: text}
	case "d":
		if t, ok := isoDay(text); ok {
			return Cell{Kind: CellDate, Text: text, Day: t}
		}
		return Cell{Text: text}
	}
	if text == "" {
		if c.formula {
			return Cell{Kind: CellNoResult}
		}
		return Cell{}
	}
	return w.number(c, text)
}

// number says what a numeric cell holds, by its format.
func (w *workbook) number(c rawCell, text string) Cell {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return Cell{Text: text}
	}
	// A workbook keeps binary fractions: what stands behind fifteen digits is noise.
	kept, err := decimal.NewFromString(strconv.FormatFloat(f, 'e', 14, 64))
	if err != nil || kept.Exponent() < -40 || kept.Exponent() > 40 {
		return Cell{Text: text}
	}
	out := Cell{Kind: CellNumber, Text: kept.String(), Day: sheetDay(f, w.since1904)}
	code := ""
	if c.style >= 0 && c.style < len(w.formats) {
		code = w.formats[c.style]
	}
	switch show := shownAs(code, f); {
	case show.percent:
		out.Kind, out.Text, out.Day = CellPercent, kept.Shift(2).String(), time.Time{}
	case show.date:
		out.Kind = CellDate
	case show.scaled:
		out.Kind = CellScaled
	}
	return out
}

// isoDay reads the day of a date as programs write it into a date cell.
func isoDay(s string) (time.Time, bool) {
	if len(s) < len(time.DateOnly) {
		return time.Time{}, false
	}
	t, err := time.Parse(time.DateOnly, s[:len(time.DateOnly)])
	return t, err == nil
}

// sheetDay is the day that a workbook keeps as a number of days; zero when it is none.
// Counted from 1900, there is a 29 February 1900 that never was.
func sheetDay(n float64, since1904 bool) time.Time {
	const last = 2958465 // 31 December 9999
	days := int(n)
	switch {
	case n < 0 || n > last || n < 1 && !since1904 || days == 60 && !since1904:
		return time.Time{}
	case since1904:
		return time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, days)
	case days < 60:
		return time.Date(1899, 12, 31, 0, 0, 0, 0, time.UTC).AddDate(0, 0, days)
	}
	return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, days)
}

// builtIn is a number format that has a number and no code: those of percentages, and
// any of the dates (the numbers from 27 to 36 and from 50 to 58 are Chinese ones).
func builtIn(id int) string {
	switch {
	case id == 9 || id == 10:
		return "0%"
	case id >= 14 && id <= 22, id >= 27 && id <= 36, id >= 45 && id <= 47, id >= 50 && id <= 58:
		return "yyyy-mm-dd"
	}
	return ""
}

// shown is what a number format makes of a number.
type shown struct{ percent, date, scaled bool }

var (
	// literal is what a format code shows as it stands: quoted, behind \ or !, or as
	// wide as a character; and what it fills with.
	literal = regexp.MustCompile(`"[^"]*"|[\\!_*].`)
	// bracket is a colour, a condition, a language; but [h] counts hours.
	bracket = regexp.MustCompile(`\[[^\]]*\]`)
	elapsed = regexp.MustCompile(`(?i)^\[[hms]+\]$`)
	general = regexp.MustCompile(`(?i)general|g/通用格式`)
	// A comma behind the last digit hides three of them; a point that is only written
	// between two digits (25.0万 of 250000) hides as many as follow it.
	hides = regexp.MustCompile(`[0#?],+([^0#?,]|$)`)
	point = regexp.MustCompile(`[0#?](\\\.|!\.|"\.")[0#?]`)
)

// shownAs reads a number format's code.
func shownAs(code string, n float64) shown {
	sections := strings.Split(literal.ReplaceAllStringFunc(code, func(s string) string {
		return strings.ReplaceAll(s, ";", " ") // one inside quotes ends no section
	}), ";")
	section := sections[0]
	if n < 0 && len(sections) > 1 {
		section = sections[1]
	}
	if n == 0 && len(sections) > 2 {
		section = sections[2]
	}
	trick := point.MatchString(section)
	section = literal.ReplaceAllString(section, "")
	section = bracket.ReplaceAllStringFunc(section, func(s string) string {
		if elapsed.MatchString(s) {
			return s
		}
		return ""
	})
	section = general.ReplaceAllString(section, "")
	return shown{
		percent: strings.Contains(section, "%"),
		date:    strings.ContainsAny(section, "ymdhsYMDHS"),
		scaled:  trick || hides.MatchString(section),
	}
}
