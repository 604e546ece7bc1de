package ui

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"duban/ui/export"
	"duban/ui/text"
	"duban/workflow"
	"duban/workflow/calendar"
	"duban/workflow/plan"
)

// filledRow is a row of a figures sheet that says something, as it is carried from the
// preview to the act.
type filledRow struct {
	N          int                  `json:"n"` // of the sheet
	Assignment string               `json:"assignment"`
	Figure     workflow.FigureInput `json:"figure"`
	Seen       uint64               `json:"seen"` // where the indicator stood for who filled it in, or confirms
}

// filled is what a sheet brings: the rows that change something, and those that say
// what is known already.
type filled struct {
	rows  []filledRow
	same  []filledRow
	moved map[string]bool // indicators with a newer figure than the sheet knew
	bad   []*workflow.Error
}

// readFigures reads a sheet that came back. A sheet that is not this unit's, this
// journal's or this plan's is refused whole; a cell that cannot be read is named.
func readFigures(b []byte, f figureSheet, actor workflow.Actor, rules workflow.Rules, epoch string) (filled, error) {
	sheet, err := export.ReadFigures(b)
	switch {
	case errors.Is(err, export.ErrTooLarge):
		return filled{}, workflow.BadField("sheet", "import.too_much")
	case errors.Is(err, export.ErrLayout):
		return filled{}, workflow.BadField("sheet", "import.layout")
	case errors.Is(err, export.ErrNotWorkbook):
		return filled{}, &workflow.Error{Kind: workflow.Invalid, Code: "import.unreadable", Field: "sheet", Err: err}
	case err != nil:
		return filled{}, err
	}
	m := sheet.Marks
	switch {
	case m[markEpoch] != epoch:
		return filled{}, workflow.BadField("sheet", "import.other_store")
	case m[markUnit] != actor.Unit:
		return filled{}, workflow.BadField("sheet", "import.other_unit", "unit", rules.Plan.Name(m[markUnit]))
	case m[markPeriod] != f.period:
		return filled{}, workflow.BadField("sheet", "import.other_period", "period", m[markPeriod], "current", f.period)
	case m[markPlan] != rules.Plan.Digest:
		return filled{}, workflow.BadField("sheet", "import.other_plan")
	}
	var out filled
	if bad := wrongTitles(sheet.Titles); len(bad) > 0 {
		return filled{bad: bad}, nil
	}
	seen := map[string]int{}
	for _, row := range sheet.Rows {
		r := rowReader{row: row, zone: rules.Plan.Zone}
		knew, _ := strconv.ParseUint(m[markSeen+r.cell(export.FigureIndicator)], 10, 64) // without a mark it knew nothing
		out.take(&r, f, seen, knew)
		out.bad = append(out.bad, r.bad...)
	}
	return out, nil
}

// wrongTitles names the header cells that are not the layout's, in any language.
func wrongTitles(titles [export.FigureColumns]string) (bad []*workflow.Error) {
	for i, title := range titles {
		known := false
		for _, lang := range text.Languages {
			known = known || titlesOf(text.For(lang))[i] == title
		}
		if !known {
			bad = append(bad, workflow.BadField(export.CellName(export.FigureColumn(i), 1), "import.title", "title", titlesOf(text.For(text.Chinese))[i]))
		}
	}
	return bad
}

// take reads one row: nothing filled in says nothing; what is known already changes
// nothing. knew is where the row's indicator stood when the sheet was handed out.
func (f *filled) take(r *rowReader, sheet figureSheet, seen map[string]int, knew uint64) {
	figure, said := r.figure()
	assignment := r.cell(export.FigureAssignment)
	slot, ok := sheet.slot(assignment, figure.Indicator)
	switch {
	case !said:
		return
	case !ok:
		r.wrong(export.FigureIndicator, "import.unknown_row", "id", figure.Indicator)
		return
	case seen[assignment+" "+figure.Indicator] > 0:
		r.wrong(export.FigureIndicator, "import.row_twice", "n", seen[assignment+" "+figure.Indicator])
		return
	}
	seen[assignment+" "+figure.Indicator] = r.row.N
	if len(r.bad) > 0 {
		return
	}
	row := filledRow{N: r.row.N, Assignment: assignment, Figure: figure, Seen: knew}
	if slot.says(figure) {
		f.same = append(f.same, row)
		return
	}
	f.rows = append(f.rows, row)
}

// says reports whether the figure is known already: in the draft, or, for the office,
// as the newest figure.
func (f figureSlot) says(x workflow.FigureInput) bool {
	was := f.drafted
	if was == nil && f.row.ID == "" && f.last.Value.Set {
		was = &workflow.FigureInput{Value: f.last.Value, AsOf: f.last.AsOf, Provisional: f.last.Provisional, Comparison: f.last.Comparison, Explanation: x.Explanation}
	}
	return was != nil && equal(was.Value, x.Value) && was.AsOf == x.AsOf && was.Provisional == x.Provisional &&
		(f.ind.RelativeTo == "" || equal(was.Comparison, x.Comparison)) && was.Explanation == x.Explanation
}

func equal(a, b plan.Number) bool { return a.Set == b.Set && (!a.Set || a.Equal(b.Decimal)) }

// rowReader reads the cells of a row and notes those it cannot read by their address.
type rowReader struct {
	row  export.FilledRow
	zone *time.Location
	bad  []*workflow.Error
}

func (r *rowReader) cell(c export.FigureColumn) string { return r.row.Cells[c] }

func (r *rowReader) wrong(c export.FigureColumn, code string, args ...any) {
	r.bad = append(r.bad, workflow.BadField(r.row.Cell(c), code, args...))
}

// figure is what the row says; said is false when nothing is filled in.
func (r *rowReader) figure() (x workflow.FigureInput, said bool) {
	for c := export.FigureValue; c < export.FigureColumns; c++ {
		said = said || r.cell(c) != ""
	}
	x.Indicator = r.cell(export.FigureIndicator)
	if !said {
		return x, false
	}
	x.Value, x.Comparison, x.AsOf = r.number(export.FigureValue), r.number(export.FigureComparison), r.day(export.FigureAsOf)
	x.Explanation = r.cell(export.FigureExplanation)
	switch word := r.cell(export.FigureKind); {
	case word == "":
	case among(word, "figures.final"):
	case among(word, "rep.provisional"):
		x.Provisional = true
	default:
		r.wrong(export.FigureKind, "import.kind", "value", clipped(word))
	}
	if r.cell(export.FigureValue) == "" {
		r.wrong(export.FigureValue, "import.value_missing")
	}
	return x, true
}

// among reports whether the word is the catalogue's in one of its languages.
func among(word, key string) bool {
	for _, lang := range text.Languages {
		if text.For(lang).T(key) == word {
			return true
		}
	}
	return false
}

// number reads a number as people type it, or as a workbook keeps it: with an
// exponent, or with the noise of a binary fraction behind fifteen digits.
func (r *rowReader) number(c export.FigureColumn) plan.Number {
	s := strings.TrimSpace(r.cell(c))
	if f, err := strconv.ParseFloat(s, 64); err == nil && (strings.ContainsAny(s, "eE") || len(s) > 16) {
		s = strconv.FormatFloat(f, 'g', 15, 64)
		if strings.Contains(s, "e") {
			s = strconv.FormatFloat(f, 'f', -1, 64)
		}
	}
	n, err := plan.TypedNumber(s)
	if err != nil {
		r.wrong(c, "form.number", "value", clipped(r.cell(c)))
		return plan.Number{}
	}
	return n
}

// day reads a date as a workbook keeps it, or as people type it.
func (r *rowReader) day(c export.FigureColumn) plan.Date {
	s := r.cell(c)
	if s == "" {
		return plan.Date{}
	}
	if t, ok := export.SheetDay(s); ok {
		return plan.Date{Year: t.Year(), Month: t.Month(), Day: t.Day()}
	}
	for _, layout := range []string{"2006-1-2", "2006/1/2", "2006.1.2", "2006年1月2日"} {
		if t, err := time.ParseInLocation(layout, s, r.zone); err == nil {
			return plan.Date{Year: t.Year(), Month: t.Month(), Day: t.Day()}
		}
	}
	_, err := calendar.ParseDate(s)
	if err != nil {
		r.wrong(c, "form.date", "value", clipped(s))
	}
	return plan.Date{}
}

// clipped is outside text short enough to quote.
func clipped(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// pack and unpack carry the rows from the preview to the act.
func pack(rows []filledRow) (string, error) {
	b, err := json.Marshal(rows)
	return string(b), err
}

func unpack(s string) (rows []filledRow, err error) {
	d := json.NewDecoder(strings.NewReader(s))
	d.DisallowUnknownFields()
	if err := d.Decode(&rows); err != nil {
		return nil, &workflow.Error{Kind: workflow.Malformed, Code: "request.malformed", Err: err}
	}
	return rows, nil
}
