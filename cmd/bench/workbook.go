package bench

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/xuri/excelize/v2"
)

// Workbook is the cells of a workbook, to be written again by the library alone. It is held
// so that the collector has little to walk: what is measured in turns with it is collected
// in the same heap.
type Workbook struct {
	sheets []cells
	values []any // every value once
}

// cells are a sheet's cells as places in Workbook.values, row after row.
type cells struct {
	name   string
	values []uint32
	ends   []int // of each row in values
}

// Rows is how many rows all sheets have.
func (w *Workbook) Rows() int {
	n := 0
	for _, s := range w.sheets {
		n += len(s.ends)
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
	w := &Workbook{}
	places := map[string]uint32{}
	for _, name := range f.GetSheetList() {
		rows, err := f.Rows(name)
		if err != nil {
			return nil, err
		}
		all := cells{name: name}
		for rows.Next() {
			columns, err := rows.Columns(excelize.Options{RawCellValue: true})
			if err != nil {
				return nil, errors.Join(err, rows.Close())
			}
			for _, c := range columns {
				at, ok := places[c]
				if !ok {
					at = uint32(len(w.values)) // #nosec G115 -- some hundred thousand
					var v any = c
					if n, err := strconv.ParseFloat(c, 64); err == nil {
						v = n
					}
					w.values, places[c] = append(w.values, v), at
				}
				all.values = append(all.values, at)
			}
			all.ends = append(all.ends, len(all.values))
		}
		if err := errors.Join(rows.Error(), rows.Close()); err != nil {
			return nil, err
		}
		w.sheets = append(w.sheets, all)
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
	before, err := Used()
	if err != nil {
		return 0, 0, err
	}
	begin := time.Now()
	if err := w.write(out); err != nil {
		return 0, 0, err
	}
	took = time.Since(begin)
	after, err := Used()
	return took, after - before, err
}

func (w *Workbook) write(out io.Writer) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	var row []any
	for i, sheet := range w.sheets {
		if i == 0 {
			err = f.SetSheetName("Sheet1", sheet.name)
		} else {
			_, err = f.NewSheet(sheet.name)
		}
		if err != nil {
			return err
		}
		sw, err := f.NewStreamWriter(sheet.name)
		if err != nil {
			return err
		}
		begin := 0
		for n, end := range sheet.ends {
			row = row[:0]
			for _, at := range sheet.values[begin:end] {
				row = append(row, w.values[at])
			}
			begin = end
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

// taken is what taking a workbook cost the server.
type taken struct {
	size      int64
	took, cpu time.Duration
	rose      int64 // bytes of memory
}

// take fetches the ledger as a workbook into a file.
func take(ctx context.Context, s *site, path string) (x taken, err error) {
	file, err := os.Create(path) // #nosec G304 -- a temporary folder of ours
	if err != nil {
		return taken{}, err
	}
	begin := time.Now()
	x.rose, err = s.watched(func() (err error) {
		x.cpu, err = s.spent(func() (err error) {
			x.size, err = s.Fetch(ctx, office, http.MethodGet, "/export/ledger.xlsx", "", file)
			return err
		})
		return err
	})
	x.took = time.Since(begin)
	return x, errors.Join(err, file.Close())
}
