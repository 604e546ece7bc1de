package export

import (
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Bounds of a workbook that is read as a document: a plan's table has some hundreds of rows.
const (
	sheetColumns = 64
	sheetRows    = 20_000
	sheetCells   = 200_000 // that hold something
)

// TableRow is a row of a sheet that is read as a document.
type TableRow struct {
	N     int
	Cells []TableCell
}

// TableCell is a cell of such a row.
type TableCell struct {
	Text  string // as a reader sees it
	Above bool   // it is part of a merged cell that begins in a row above, whose text it repeats
	Span  int    // columns that it takes
}

// SheetTable is a sheet as a table. One that its workbook hides is named and not read: what
// nobody sees in the file is no part of what it says.
type SheetTable struct {
	Name   string
	Hidden bool
	Rows   []TableRow
}

// ReadTables reads a workbook's sheets as tables. Errors: ErrNotWorkbook, ErrTooLarge.
func ReadTables(b []byte) ([]SheetTable, error) {
	w, err := openWorkbook(b)
	if err != nil {
		return nil, err
	}
	var out []SheetTable
	cells := 0
	for _, s := range w.sheets {
		if strings.EqualFold(s.name, hiddenSheet) {
			continue
		}
		if s.hidden {
			out = append(out, SheetTable{Name: s.name, Hidden: true})
			continue
		}
		t, n, err := w.table(s, sheetCells-cells)
		if err != nil {
			return nil, err
		}
		cells += n
		if len(t) > 0 {
			out = append(out, SheetTable{Name: s.name, Rows: t})
		}
	}
	return out, nil
}

// area is a merged cell: first and last column and row, from 1.
type area struct{ left, top, right, bottom int }

// table reads a sheet, and says how many of its cells hold something.
func (w *workbook) table(s bookSheet, most int) ([]TableRow, int, error) {
	texts := map[int][]string{}
	var order []int
	var merged []area
	filled, wide := 0, 0
	err := w.rows(s, sheetColumns, func(n int, cells []rawCell) error {
		row := make([]string, sheetColumns)
		any := false
		for i, c := range cells {
			if row[i] = w.cell(c).shown(); row[i] != "" {
				filled++
				any = true
				wide = max(wide, i+1)
			}
		}
		if !any {
			return nil
		}
		if filled > most || len(order) >= sheetRows {
			return ErrTooLarge
		}
		texts[n] = row
		order = append(order, n)
		return nil
	}, func(ref string) error {
		from, to, ok := strings.Cut(ref, ":")
		left, top, err := excelize.CellNameToCoordinates(from)
		right, bottom, err2 := excelize.CellNameToCoordinates(to)
		if !ok || err != nil || err2 != nil {
			return nil // what is no area merges nothing
		}
		if len(merged) >= sheetRows {
			return ErrTooLarge
		}
		merged = append(merged, area{left, top, min(right, sheetColumns), bottom})
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	slices.Sort(order)
	return laid(texts, order, merged, wide), filled, nil
}

// laid puts the rows together with what their merged cells show.
func laid(texts map[int][]string, order []int, merged []area, wide int) []TableRow {
	at := map[int][]area{} // by row
	for _, m := range merged {
		wide = max(wide, m.right*min(1, len(texts[m.top])))
		i, _ := slices.BinarySearch(order, m.top)
		for ; i < len(order) && order[i] <= m.bottom; i++ {
			at[order[i]] = append(at[order[i]], m)
		}
	}
	var out []TableRow
	for _, n := range order {
		row := TableRow{N: n}
		for c := 1; c <= wide; c++ {
			cell := TableCell{Text: texts[n][c-1], Span: 1}
			for _, m := range at[n] {
				if m.left != c {
					continue
				}
				cell.Span = m.right - m.left + 1
				if m.top < n && len(texts[m.top]) > 0 {
					cell.Text, cell.Above = texts[m.top][c-1], true
				}
				break
			}
			row.Cells = append(row.Cells, cell)
			c += cell.Span - 1
		}
		out = append(out, row)
	}
	return out
}

// shown is what a reader sees in a cell.
func (c Cell) shown() string {
	switch c.Kind {
	case CellPercent:
		return c.Text + "%"
	case CellDate:
		if !c.Day.IsZero() {
			return c.Day.Format("2006年1月2日")
		}
	case CellTruth, CellError, CellNoResult:
		return ""
	}
	return c.Text
}
