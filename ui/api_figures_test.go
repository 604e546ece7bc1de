package ui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"duban/ui/export"
)

const importPath = "/api/v1/figures/import"

// sheetOnce is a filled figures sheet of the office, made at the first call: a file that
// is sent twice is the same to the byte. The note tells two sheets apart.
func (w *world) sheetOnce(as, note string) []byte {
	w.t.Helper()
	name := "sheet " + note
	if w.vars[name] == "" {
		w.vars[name] = string(w.sheetBytes(as, func(f *excelize.File) {
			row := rowOf(w.t, f, "G5.7")
			put(w.t, f, export.FigureValue, row, "1,200")
			put(w.t, f, export.FigureAsOf, row, "2022-09-01")
			put(w.t, f, export.FigureExplanation, row, note)
		}))
	}
	return []byte(w.vars[name])
}

// TestSheetByProgramOfTheOffice: a program sees what a sheet would change, files all of
// it once, and is told when the sheet knew less than stands now.
func TestSheetByProgramOfTheOffice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sheet := w.sheetOnce("office", "x")
	w.token("office")
	before := headOf(w)
	a := w.importSheet("office", importPath+"/preview", sheet, nil)
	if a.status != 200 || a.get("figures.0.stands") != "new" || a.get("figures.0.figure.indicator") != "G5.7" || headOf(w) != before {
		t.Fatalf("a preview: %s, %d events", a, headOf(w)-before)
	}
	bad := w.sheetBytes("office", func(f *excelize.File) {
		put(t, f, export.FigureValue, rowOf(t, f, "G5.8"), 900)
		put(t, f, export.FigureAsOf, rowOf(t, f, "G5.8"), "2022-09-01")
		put(t, f, export.FigureValue, rowOf(t, f, "G5.7"), "约一千")
	})
	before = headOf(w)
	for _, path := range []string{importPath, importPath + "/preview"} {
		a := w.importSheet("office", path, bad, nil)
		if cell, _ := a.get("field").(string); a.status != 422 || !strings.HasPrefix(cell, "H") || a.get("code") != "form.number" || headOf(w) != before {
			t.Errorf("one bad cell to %s: %s, %d events", path, a, headOf(w)-before)
		}
	}
	if a := w.importSheet("office", importPath, sheet, nil); a.status != 201 || a.get("figures.0.stands") != "same" || a.get("seq") == nil {
		t.Fatalf("taken: %s", a)
	}
	if v, _ := w.book.Indicator("G5.7", w.clock.now()); v.Value.String() != "1200" {
		t.Errorf("G5.7 stands at %+v", v)
	}
	other := `{"value":1300,"as_of":"2022-09-02"}`
	stale := w.sheetBytes("office", func(f *excelize.File) {
		put(t, f, export.FigureValue, rowOf(t, f, "G5.7"), 1400)
		put(t, f, export.FigureAsOf, rowOf(t, f, "G5.7"), "2022-09-03")
	})
	if a := w.as("office", "POST", "/api/v1/indicators/G5.7/figures", other, nil); a.status != 201 {
		t.Fatal(a)
	}
	before = headOf(w)
	if a := w.importSheet("office", importPath+"/preview", stale, nil); a.status != 200 || a.get("figures.0.stands") != "moved" {
		t.Errorf("a preview of a stale sheet: %s", a)
	}
	if a := w.importSheet("office", importPath, stale, nil); a.status != 412 || a.get("code") != "figures.moved" || headOf(w) != before {
		t.Errorf("a stale sheet: %s", a)
	}
}

// TestSheetByProgramOfADepartment: what the sheet says stands in the draft, beside what
// was written there; one bad cell keeps all out.
func TestSheetByProgramOfADepartment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, id := range []string{"G5.1", "G5.6"} {
		if a := w.as("office", "PUT", "/api/v1/indicators/"+id+"/owner", `{"owner":"zrzyt"}`, nil); a.status != 200 {
			t.Fatal(a)
		}
	}
	draft := w.expand("{L6}/draft")
	if a := w.as("zrzyt", "PUT", draft, `{"progress":"已写好的进展"}`, nil); a.status != 200 {
		t.Fatal(a)
	}
	sheet := func(second any) []byte {
		return w.sheetBytes("zrzyt", func(f *excelize.File) {
			for n, id := range []string{"G5.1", "G5.6"} {
				row := rowOf(t, f, id)
				put(t, f, export.FigureValue, row, []any{1300, second}[n])
				put(t, f, export.FigureAsOf, row, "2022-09-01")
			}
		})
	}
	if a := w.importSheet("zrzyt", importPath, sheet("很多"), nil); a.status != 422 {
		t.Error(a)
	}
	if a := w.as("zrzyt", "GET", draft, nil, nil); a.get("report.figures.0.value") != nil {
		t.Errorf("half of a bad sheet is in the draft: %s", a)
	}
	if a := w.importSheet("zrzyt", importPath+"?period=2022Q2", sheet(25), nil); a.status != 422 || a.get("code") != "import.other_period" {
		t.Errorf("for another period: %s", a)
	}
	for range 2 {
		a := w.importSheet("zrzyt", importPath+"?period=2022Q3", sheet(25), nil)
		if a.status >= 300 || a.get("period") != "2022Q3" || a.get("figures.1.stands") != "same" || a.get("figures.0.assignment") != w.vars["l6"] {
			t.Fatal(a)
		}
	}
	if a := w.as("zrzyt", "GET", draft, nil, nil); a.get("report.progress") != "已写好的进展" || fmt.Sprint(a.get("report.figures.1.value")) != "25" {
		t.Errorf("the draft: %s", a)
	}
	if a := w.importSheet("fzggw", importPath, sheet(25), nil); a.status != 422 || a.get("code") != "import.other_unit" {
		t.Errorf("another's sheet: %s", a)
	}
}
