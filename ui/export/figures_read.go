package export

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// What is read of a sheet that was filled in outside. A sheet as we write it has a
// hundredth of it; what is over it is a mistake or an attack.
const (
	maxParts    = 200
	maxUnpacked = 8 << 20 // bytes of all parts, unpacked: a sheet whose rows were coloured far down has some
	maxFilled   = 500     // rows below the header
)

// Why a file is no filled figures sheet.
var (
	ErrNotWorkbook = errors.New("export: not a workbook that can be read")
	ErrTooLarge    = errors.New("export: more in it than a figures sheet can hold")
	ErrLayout      = errors.New("export: not the layout of a figures sheet")
)

// TwoSheetsError says that a workbook holds two figures sheets that do not say the same.
type TwoSheetsError struct{ Names []string }

func (e *TwoSheetsError) Error() string {
	return fmt.Sprintf("export: two figures sheets that differ: %q", e.Names)
}

// FilledFigures is a figures sheet as it came back.
type FilledFigures struct {
	Marks  map[string]string
	Titles [FigureColumns]string
	Rows   []FilledRow
	Merged []string // areas over several rows that hold something to be filled in
}

// FilledRow is a row that is not empty.
type FilledRow struct {
	N     int // of the sheet, from 1
	Cells [FigureColumns]Cell
}

// Cell names a cell of the row as people do: H7.
func (r FilledRow) Cell(c FigureColumn) string { return CellName(c, r.N) }

// CellName names a cell as people do: H7.
func CellName(c FigureColumn, row int) string {
	at, err := excelize.CoordinatesToCellName(int(c)+1, row)
	if err != nil {
		return strconv.Itoa(row)
	}
	return at
}

// ReadFigures reads a filled figures sheet: of all sheets of the workbook, the one whose
// first row is the layout in one of its languages, or comes nearest to it. Errors:
// ErrNotWorkbook, ErrTooLarge, ErrLayout, *TwoSheetsError. It unpacks no more than
// maxUnpacked whatever the file says of itself.
func ReadFigures(b []byte, layouts [][FigureColumns]string) (FilledFigures, error) {
	w, err := openWorkbook(b)
	if err != nil {
		return FilledFigures{}, err
	}
	marks, err := w.marks()
	if err != nil {
		return FilledFigures{}, err
	}
	found, err := w.nearest(layouts)
	if err != nil {
		return FilledFigures{}, err
	}
	var out FilledFigures
	for i, s := range found {
		one, err := w.figures(s)
		if err != nil {
			return FilledFigures{}, err
		}
		if i > 0 && !slices.Equal(one.Rows, out.Rows) {
			return FilledFigures{}, &TwoSheetsError{[]string{found[0].name, s.name}}
		}
		if i == 0 {
			out = one
		}
	}
	out.Marks = marks
	return out, nil
}

// nearest are the sheets whose titles are most like the layout. Others may stand
// before them: a cover, or a sheet of somebody's own.
func (w *workbook) nearest(layouts [][FigureColumns]string) (best []bookSheet, err error) {
	most := 0
	for _, s := range w.sheets {
		alike := 0
		err := w.rows(s, int(FigureColumns), func(n int, cells []rawCell) error {
			if n > 1 {
				return io.EOF
			}
			for _, titles := range layouts {
				same := 0
				for i, title := range titles {
					if w.cell(cells[i]).Text == title {
						same++
					}
				}
				alike = max(alike, same)
			}
			return nil
		}, func(string) error { return nil })
		if err != nil {
			return nil, err
		}
		if alike > most {
			most, best = alike, nil
		}
		if alike == most && alike > 0 {
			best = append(best, s)
		}
	}
	if most == 0 {
		return nil, ErrLayout
	}
	return best, nil
}

// figures reads the rows of a figures sheet. Empty rows, however many were given a
// format, are nothing; a filled one below what a sheet can have is too much.
func (w *workbook) figures(s bookSheet) (out FilledFigures, err error) {
	err = w.rows(s, int(FigureColumns), func(n int, cells []rawCell) error {
		row := FilledRow{N: n}
		empty := true
		for i, c := range cells {
			row.Cells[i] = w.cell(c)
			empty = empty && row.Cells[i] == Cell{}
		}
		switch {
		case empty:
		case n > 1+maxFilled:
			return ErrTooLarge
		case n == 1:
			for i, c := range row.Cells {
				out.Titles[i] = c.Text
			}
		default:
			out.Rows = append(out.Rows, row)
		}
		return nil
	}, func(area string) error {
		if out.overRows(area) {
			out.Merged = append(out.Merged, area)
		}
		return nil
	})
	return out, err
}

// overRows reports whether a merged area makes one cell of several rows' that are to be
// filled in: what it shows for all of them is kept in the first alone.
func (f FilledFigures) overRows(area string) bool {
	from, to, ok := strings.Cut(area, ":")
	if !ok {
		return false
	}
	column, row, err := excelize.CellNameToCoordinates(from)
	_, last, err2 := excelize.CellNameToCoordinates(to)
	if errors.Join(err, err2) != nil || last <= row || column <= int(FigureValue) || column > int(FigureColumns) {
		return false
	}
	return slices.ContainsFunc(f.Rows, func(r FilledRow) bool { return r.N == row && r.Cells[column-1] != Cell{} })
}

// marks reads the sheet nobody sees.
func (w *workbook) marks() (map[string]string, error) {
	i := slices.IndexFunc(w.sheets, func(s bookSheet) bool { return strings.EqualFold(s.name, hiddenSheet) })
	if i < 0 {
		return nil, ErrLayout
	}
	marks := map[string]string{}
	err := w.rows(w.sheets[i], 2, func(_ int, cells []rawCell) error {
		if key := w.cell(cells[0]).Text; key != "" {
			marks[key] = w.cell(cells[1]).Text
		}
		return nil
	}, func(string) error { return nil })
	if err == nil && marks[layoutKey] != figureLayout {
		err = ErrLayout
	}
	return marks, err
}

// bounded unpacks an archive into nothing, to know that it may be read.
func bounded(b []byte, parts int, size int64) error {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return errors.Join(ErrNotWorkbook, err)
	}
	if len(z.File) > parts {
		return ErrTooLarge
	}
	for _, part := range z.File {
		if size -= int64(min(part.UncompressedSize64, uint64(size)+1)); size < 0 { // #nosec G115 -- size is not below 0 here; what it says of itself
			return ErrTooLarge
		}
		r, err := part.Open()
		if err != nil {
			return errors.Join(ErrNotWorkbook, err)
		}
		// No more than it said comes out: archive/zip holds a part to its size.
		_, err = io.Copy(io.Discard, r) // #nosec G110 -- size bounds it
		if err := errors.Join(err, r.Close()); err != nil {
			return errors.Join(ErrNotWorkbook, err)
		}
	}
	return nil
}
