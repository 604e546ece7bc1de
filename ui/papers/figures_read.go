package papers

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"duban/ui/export"
	"duban/ui/text"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/plan"
)

// filledRow is a row of a figures sheet that says something, as it is carried from the
// preview to the act.
type filledRow struct {
	N          int                  `json:"n"` // of the sheet
	Assignment string               `json:"assignment"`
	Figure     workflow.FigureInput `json:"figure"`
	Seen       uint64               `json:"seen"`            // where the indicator stood for who filled it in, or confirms
	Draft      string               `json:"draft,omitempty"` // what the draft said of it then; "": a sheet that does not say
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
	var layouts [][export.FigureColumns]string
	for _, lang := range text.Languages {
		layouts = append(layouts, titlesOf(text.For(lang)))
	}
	sheet, err := export.ReadFigures(b, layouts)
	var two *export.TwoSheetsError
	switch {
	case errors.As(err, &two):
		return filled{}, workflow.BadField("sheet", "import.two_sheets", "first", web.Clipped(two.Names[0]), "second", web.Clipped(two.Names[1]))
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
	for _, area := range sheet.Merged {
		at, _, _ := strings.Cut(area, ":")
		out.bad = append(out.bad, workflow.BadField(at, "import.merged", "area", area))
	}
	seen := map[string]int{}
	for _, row := range sheet.Rows {
		r := rowReader{row: row, zone: rules.Plan.Zone}
		knew, _ := strconv.ParseUint(m[markSeen+r.key(export.FigureIndicator)], 10, 64) // without a mark it knew nothing
		drafted := m[markDraft+r.key(export.FigureAssignment)+":"+r.key(export.FigureIndicator)]
		out.take(&r, f, seen, filledRow{Seen: knew, Draft: drafted})
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
// nothing. knew is what the row stood beside when the sheet was handed out.
func (f *filled) take(r *rowReader, sheet figureSheet, seen map[string]int, knew filledRow) {
	assignment, indicator := r.key(export.FigureAssignment), r.key(export.FigureIndicator)
	slot, ok := sheet.slot(assignment, indicator)
	switch {
	case !r.said():
		return
	case !ok:
		r.wrong(export.FigureIndicator, "import.unknown_row", "id", web.Clipped(indicator))
		return
	case seen[assignment+" "+indicator] > 0:
		r.wrong(export.FigureIndicator, "import.row_twice", "n", seen[assignment+" "+indicator])
		return
	}
	seen[assignment+" "+indicator] = r.row.N
	figure := r.figure(slot.ind)
	if len(r.bad) > 0 {
		return
	}
	row := knew
	row.N, row.Assignment, row.Figure = r.row.N, assignment, figure
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

// moved reports whether the indicator has a newer figure than the row knew, or the draft
// another one.
func (f figureSlot) moved(r filledRow) bool {
	return f.seq != r.Seen || r.Draft != "" && r.Draft != f.draftMark()
}

func equal(a, b plan.Number) bool { return a.Set == b.Set && (!a.Set || a.Equal(b.Decimal)) }

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
