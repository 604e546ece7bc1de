package export_test

import (
	"bytes"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"duban/ui/export"
)

// A reader of the workbook finds the text as it was written, the header frozen
// and repeated, and never a formula.
func TestWorkbook(t *testing.T) {
	b, err := export.NewBook("数据截至 2022-09-30")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	columns := []export.Column{{Title: "序号", Width: 6}, {Title: "进展", Width: 40}}
	s, err := b.Sheet("2022Q3", columns)
	if err != nil {
		t.Fatal(err)
	}
	hostile := []string{"=1+1", "+1", "-1", "@SUM(A1)", "＝HYPERLINK(\"x\")", "\t=1", "普通文字\n第二行"}
	for i, h := range hostile {
		if err := s.Row(i+1, h); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.Sheet(strings.Repeat("长", 40)+"/[x]", columns); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := b.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i, h := range hostile {
		at, _ := excelize.CoordinatesToCellName(2, i+2)
		formula, _ := f.GetCellFormula("2022Q3", at)
		kind, _ := f.GetCellType("2022Q3", at)
		if got, _ := f.GetCellValue("2022Q3", at); got != h || formula != "" || kind == excelize.CellTypeFormula {
			t.Errorf("%s: %q, formula %q, type %v; want the text %q", at, got, formula, kind, h)
		}
	}
	if p, err := f.GetPanes("2022Q3"); err != nil || !p.Freeze || p.YSplit != 1 {
		t.Errorf("panes %+v %v", p, err)
	}
	names := f.GetSheetList()
	if len(names) != 2 || len([]rune(names[1])) > 31 || strings.ContainsAny(names[1], "[]/") {
		t.Errorf("sheets %q", names)
	}
	titles := 0
	for _, n := range f.GetDefinedName() {
		if n.Name == "_xlnm.Print_Titles" {
			titles++
		}
	}
	if titles != 2 {
		t.Errorf("%d sheets repeat their header", titles)
	}
}

// TestMomentsAreExact: every minute of a day is at its minute, also for programs that cut
// off what is behind it, and no more than a thousandth of a second late.
func TestMomentsAreExact(t *testing.T) {
	b, err := export.NewBook("x")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	s, err := b.Sheet("x", []export.Column{{Title: "时间", Width: 16, Format: export.Moment}})
	if err != nil {
		t.Fatal(err)
	}
	zone := time.FixedZone("", 8*3600)
	begin := time.Date(2022, 9, 30, 0, 0, 0, 0, zone)
	for n := range 1440 {
		if err := s.Row(begin.Add(time.Duration(n) * time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if _, err := b.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("x", excelize.Options{RawCellValue: true})
	if err != nil || len(rows) != 1441 {
		t.Fatal(len(rows), err)
	}
	const day = 44834 // 30 September 2022
	for n, r := range rows[1:] {
		kept, ok := new(big.Rat).SetString(r[0])
		if !ok {
			t.Fatal(r[0])
		}
		late := kept.Sub(kept, big.NewRat(day*1440+int64(n), 1440))
		if late.Sign() < 0 || late.Cmp(big.NewRat(1, 86400_000)) > 0 {
			t.Errorf("%02d:%02d is kept as %s", n/60, n%60, r[0])
		}
	}
}
