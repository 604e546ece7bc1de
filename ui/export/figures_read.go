package export

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// What is read of a sheet that was filled in outside. A sheet as we write it has a
// hundredth of it; what is over it is a mistake or an attack.
const (
	maxParts    = 200
	maxUnpacked = 2 << 20 // bytes of all parts, unpacked
	maxFilled   = 500     // rows
)

// Why a file is no filled figures sheet.
var (
	ErrNotWorkbook = errors.New("export: not a workbook that can be read")
	ErrTooLarge    = errors.New("export: more in it than a figures sheet can hold")
	ErrLayout      = errors.New("export: not the layout of a figures sheet")
)

// FilledFigures is a figures sheet as it came back.
type FilledFigures struct {
	Marks  map[string]string
	Titles [FigureColumns]string
	Rows   []FilledRow
}

// FilledRow is a row that is not empty. Cells are as they are kept: a date may be the
// count of days that workbooks keep (SheetDay).
type FilledRow struct {
	N     int // of the sheet, from 1
	Cells [FigureColumns]string
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

// SheetDay is the day that a workbook keeps as a number of days; false when it is none.
func SheetDay(s string) (time.Time, bool) {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n < 1 || n > 2958465 { // 31 December 9999
		return time.Time{}, false
	}
	return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(n)), true
}

// ReadFigures reads a filled figures sheet. Errors: ErrNotWorkbook, ErrTooLarge,
// ErrLayout. It unpacks no more than maxUnpacked whatever the file says of itself.
func ReadFigures(b []byte) (out FilledFigures, err error) {
	if err := bounded(b, maxParts, maxUnpacked); err != nil {
		return out, err
	}
	f, err := excelize.OpenReader(bytes.NewReader(b), excelize.Options{UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked, RawCellValue: true})
	if err != nil {
		return out, errors.Join(ErrNotWorkbook, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if out.Marks, err = readMarks(f); err != nil {
		return out, err
	}
	sheets := f.GetSheetList()
	if len(sheets) == 0 {
		return out, ErrLayout
	}
	err = eachRow(f, sheets[0], func(n int, cells []string) {
		var row FilledRow
		row.N = n
		empty := true
		for i := range min(len(cells), int(FigureColumns)) {
			row.Cells[i] = strings.TrimSpace(cells[i])
			empty = empty && row.Cells[i] == ""
		}
		switch {
		case n == 1:
			out.Titles = row.Cells
		case !empty:
			out.Rows = append(out.Rows, row)
		}
	})
	return out, err
}

func readMarks(f *excelize.File) (map[string]string, error) {
	marks := map[string]string{}
	if i, err := f.GetSheetIndex(hiddenSheet); err != nil || i < 0 {
		return nil, ErrLayout
	}
	err := eachRow(f, hiddenSheet, func(_ int, cells []string) {
		if len(cells) >= 2 {
			marks[cells[0]] = cells[1]
		}
	})
	if err == nil && marks[layoutKey] != figureLayout {
		err = ErrLayout
	}
	return marks, err
}

// eachRow reads a sheet row by row; a sheet that claims more rows than are taken is
// refused, not read to its end.
func eachRow(f *excelize.File, sheet string, do func(n int, cells []string)) error {
	rows, err := f.Rows(sheet)
	if err != nil {
		return errors.Join(ErrNotWorkbook, err)
	}
	for n := 1; rows.Next(); n++ {
		if n > maxFilled {
			return errors.Join(ErrTooLarge, rows.Close())
		}
		cells, err := rows.Columns()
		if err != nil {
			return errors.Join(ErrNotWorkbook, err, rows.Close())
		}
		do(n, cells)
	}
	if err := errors.Join(rows.Error(), rows.Close()); err != nil {
		return errors.Join(ErrNotWorkbook, err)
	}
	return nil
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
