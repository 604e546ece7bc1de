package bench

import (
	"errors"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/xuri/excelize/v2"
)

// Workbook is the cells of a workbook, to be written again by the library alone.
type Workbook struct {
	sheets []string
	rows   [][][]any // by sheet
}

// Rows is how many rows all sheets have.
func (w *Workbook) Rows() int {
	n := 0
	for _, s := range w.rows {
		n += len(s)
	}
	return n
}

// ReadWorkbook reads every cell of a file.
func ReadWorkbook(path string) (_ *Workbook, err error) {
	f, err := excelize.OpenFile(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := &Workbook{sheets: f.GetSheetList()}
	texts := map[string]any{} // one copy of each repeated text
	for _, name := range w.sheets {
		rows, err := f.Rows(name)
		if err != nil {
			return nil, err
		}
		var all [][]any
		for rows.Next() {
			columns, err := rows.Columns(excelize.Options{RawCellValue: true})
			if err != nil {
				return nil, errors.Join(err, rows.Close())
			}
			cells := make([]any, len(columns))
			for i, c := range columns {
				v, ok := texts[c]
				if !ok {
					v = c
					if n, err := strconv.ParseFloat(c, 64); err == nil {
						v = n
					}
					texts[c] = v
				}
				cells[i] = v
			}
			all = append(all, cells)
		}
		if err := errors.Join(rows.Error(), rows.Close()); err != nil {
			return nil, err
		}
		w.rows = append(w.rows, all)
	}
	return w, nil
}

// Write writes the cells with a plain StreamWriter to a temporary file and says what
// that took: time, and processor time of the whole process.
func (w *Workbook) Write() (took, cpu time.Duration, err error) {
	out, err := os.CreateTemp("", "duban-floor-*.xlsx")
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, out.Close(), os.Remove(out.Name())) }()
	begin, before := time.Now(), Used()
	err = w.write(out)
	return time.Since(begin), Used() - before, err
}

func (w *Workbook) write(out io.Writer) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	for i, name := range w.sheets {
		if i == 0 {
			err = f.SetSheetName("Sheet1", name)
		} else {
			_, err = f.NewSheet(name)
		}
		if err != nil {
			return err
		}
		sw, err := f.NewStreamWriter(name)
		if err != nil {
			return err
		}
		for n, row := range w.rows[i] {
			if err := sw.SetRow("A"+strconv.Itoa(n+1), row); err != nil {
				return err
			}
		}
		if err := sw.Flush(); err != nil {
			return err
		}
	}
	_, err = f.WriteTo(out)
	return err
}
