package papers

import (
	"context"
	"errors"
	"iter"
	"os"
	"runtime"
	"sync"
	"time"

	"duban/ui/export"
	"duban/ui/text"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// ledgerWriter puts assignments in words and cells. What does not change from row to
// row is said once.
type ledgerWriter struct {
	s      *web.Server
	ctx    context.Context
	who    workflow.Actor
	rules  workflow.Rules
	now    time.Time
	p      *text.Printer
	stand  ledger.Moment
	apart  ledger.Moment // for the items of a batch
	tasks  map[taskRead]taskCells
	scores map[string]map[string]plan.Number // by period, by assignment
	then   map[figureAt]ledger.IndicatorView // what time asked for at a figure's date
	before map[figureBefore]plan.Number      // what stood when a period began
}

type (
	figureAt struct {
		plan     *plan.Plan // it was filed under
		id, asOf string
	}
	figureBefore struct {
		plan       *plan.Plan
		id, period string
	}
)

func newLedgerWriter(s *web.Server, ctx context.Context, who workflow.Actor, p *text.Printer) *ledgerWriter {
	now := s.Now()
	w := &ledgerWriter{s: s, who: who, rules: s.Rules(), now: now, p: p, stand: s.Book.Moment(now)}
	return w.fork(ctx)
}

// ledgerColumns are the columns of the ledger (product rules, section 10) with their
// widths in characters; the titles are ledger.NAME in the catalogue.
var ledgerColumns = []struct {
	name   string
	width  float64
	format export.Format
}{
	{"n", 6, export.Whole}, {"id", 24, export.Text}, {"source", 18, export.Text}, {"task", 22, export.Text}, {"target", 26, export.Text},
	{"lead", 16, export.Text}, {"cooperating", 24, export.Text}, {"assigned", 16, export.Moment}, {"accepted", 16, export.Moment},
	{"due", 16, export.Moment}, {"progress", 44, export.Text}, {"value", 22, export.Text}, {"total", 22, export.Text}, {"expected", 22, export.Text},
	{"obstacles", 28, export.Text}, {"asks", 28, export.Text}, {"next", 28, export.Text}, {"evidence", 8, export.Whole}, {"comment", 24, export.Text},
	{"returned", 6, export.Whole}, {"urged", 6, export.Whole}, {"extended", 6, export.Whole},
	{"time_light", 24, export.Text}, {"progress_light", 24, export.Text}, {"state", 9, export.Text}, {"closed", 16, export.Moment}, {"score", 8, export.Points},
}

// maxSheets is how many periods get a sheet of their own. Nobody finds their way in a
// workbook of hundreds: more periods than that share one, and every row's number
// begins with its period.
const maxSheets = 60

// write makes the workbook in a temporary file that is gone once closed.
func (w *ledgerWriter) write(q ledger.Query) (_ *os.File, err error) {
	many, err := w.many(q)
	if err != nil {
		return nil, err
	}
	if many {
		end, err := w.s.Heavy.Take(w.ctx)
		if err != nil {
			return nil, err
		}
		defer end()
	}
	end, err := w.s.Readings.Stretch(w.ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	book, err := export.NewBook(w.footer())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	if err := w.assignments(book, q); err != nil {
		return nil, err
	}
	if err := w.indicators(book); err != nil {
		return nil, err
	}
	return inFile(book)
}

// many reports whether the query selects so many rows that they wait for their turn.
func (w *ledgerWriter) many(q ledger.Query) (bool, error) {
	rows, err := w.stand.Each(q, w.who)
	if err != nil {
		return false, err
	}
	n := 0
	for range rows {
		if n++; n > web.HeavyRows {
			return true, nil
		}
	}
	return false, nil
}

// inFile writes a workbook to a temporary file that is gone once closed.
func inFile(book *export.Book) (*os.File, error) {
	file, err := os.CreateTemp("", "duban-export-*.xlsx")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file.Name()); err != nil { // the open file is all that is needed
		return nil, errors.Join(err, file.Close())
	}
	if _, err := book.WriteTo(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// footer says when and for whom the workbook was made, and marks sample data.
func (w *ledgerWriter) footer() string {
	said := w.s.Footer(w.p) + w.p.T("ledger.footer", "at", w.p.Exact(w.now), "unit", w.rules.Plan.Name(w.who.Unit))
	if w.s.Demo {
		said += " " + w.p.T("ledger.demo")
	}
	return said
}

// columns are the ledger's columns; a state is chosen from the states there are.
func (w *ledgerWriter) columns() []export.Column {
	var all []export.Column
	for _, c := range ledgerColumns {
		col := export.Column{Title: w.p.T("ledger." + c.name), Width: c.width, Format: c.format}
		if c.name == "state" {
			for _, s := range workflow.States {
				col.Choices = append(col.Choices, w.p.Show(s))
			}
		}
		all = append(all, col)
	}
	return all
}

// Rows are read in batches by goroutines for half of the processors, a few
// batches ahead of the one that writes: a row costs about as much to read as to write, and
// others want to be answered meanwhile.
// A batch is one short look at the journal; what it read is garbage once its cells are
// made.
const (
	batchSize    = 128
	batchesAhead = 6
)

// ledgerBatch is rows on their way to their sheet, in order.
type ledgerBatch struct {
	rows  []workflow.Assignment
	cells [][]any
	err   error
	done  chan struct{} // closed when cells or err are there
}

// assignments writes a sheet for each period, in the list's own order.
func (w *ledgerWriter) assignments(book *export.Book, q ledger.Query) error {
	rows, err := w.stand.Each(q, w.who)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(w.ctx)
	var working sync.WaitGroup
	defer working.Wait() // after stop: nothing of it outlives this call
	defer stop()
	jobs, order := make(chan *ledgerBatch), make(chan *ledgerBatch, batchesAhead)
	working.Go(func() {
		defer close(jobs)
		defer close(order)
		for some := range batches(rows) {
			b := &ledgerBatch{rows: some, done: make(chan struct{})}
			for _, to := range []chan<- *ledgerBatch{order, jobs} {
				select {
				case to <- b:
				case <-ctx.Done():
					return
				}
			}
		}
	})
	for range max(1, runtime.GOMAXPROCS(0)/2) {
		reader := w.fork(ctx)
		working.Go(func() {
			for b := range jobs {
				b.cells, b.err = reader.cells(b.rows)
				close(b.done)
			}
		})
	}
	return w.sheets(ctx, book, order, q.Period == "" && w.stand.Periods() > maxSheets)
}

// fork is a writer of the same rows for another goroutine, with memories of its own.
func (w *ledgerWriter) fork(ctx context.Context) *ledgerWriter {
	next := *w
	next.ctx = ctx
	next.tasks, next.scores = map[taskRead]taskCells{}, map[string]map[string]plan.Number{}
	next.then, next.before = map[figureAt]ledger.IndicatorView{}, map[figureBefore]plan.Number{}
	return &next
}

// batches cuts rows into batches.
func batches(rows iter.Seq[workflow.Assignment]) iter.Seq[[]workflow.Assignment] {
	return func(yield func([]workflow.Assignment) bool) {
		var some []workflow.Assignment
		for a := range rows {
			if some = append(some, a); len(some) == batchSize {
				if !yield(some) {
					return
				}
				some = nil
			}
		}
		if len(some) > 0 {
			yield(some)
		}
	}
}

// cells are the cells of rows.
func (w *ledgerWriter) cells(rows []workflow.Assignment) ([][]any, error) {
	words, err := w.words(rows)
	if err != nil {
		return nil, err
	}
	w.apart = w.stand.Apart()
	all := make([][]any, len(rows))
	for n, a := range rows {
		if all[n], err = w.row(a, words[n]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// sheets writes the rows that come in, numbered anew on each sheet.
func (w *ledgerWriter) sheets(ctx context.Context, book *export.Book, order <-chan *ledgerBatch, together bool) error {
	var sheet *export.Sheet
	period, more := "", 1
	for b := range order {
		select {
		case <-b.done:
		case <-ctx.Done(): // it may never have reached a reader
			return ctx.Err()
		}
		if b.err != nil {
			return b.err
		}
		for n, a := range b.rows {
			if sheet == nil || a.Period != period && !together || sheet.Rows() == export.MaxRows {
				if more++; sheet == nil || a.Period != period && !together {
					more = 1
				}
				var err error
				if sheet, err = book.Sheet(w.sheetName(a.Period, more, together), w.columns()); err != nil {
					return err
				}
				period = a.Period
			}
			b.cells[n][0] = sheet.Rows() + 1
			if err := sheet.Row(b.cells[n]...); err != nil {
				return err
			}
		}
	}
	if err := ctx.Err(); err != nil || sheet != nil {
		return err
	}
	_, err := book.Sheet(w.p.T("ledger.empty"), w.columns())
	return err
}

// sheetName is the n-th sheet of a period, or of all of them together.
func (w *ledgerWriter) sheetName(period string, n int, together bool) string {
	switch {
	case together:
		return w.p.T("ledger.together", "n", n)
	case n > 1:
		return w.p.T("ledger.continued", "period", period, "n", n)
	}
	return period
}

// indicators writes where every target stands.
func (w *ledgerWriter) indicators(book *export.Book) error {
	var columns []export.Column
	for _, c := range []struct {
		name   string
		width  float64
		format export.Format
	}{{"ind_id", 8, export.Text}, {"ind_title", 44, export.Text}, {"ind_target", 12, export.Decimal}, {"ind_unit", 10, export.Text},
		{"ind_value", 12, export.Decimal}, {"ind_as_of", 14, export.Day}, {"ind_percent", 10, export.Decimal},
		{"ind_expected", 12, export.Decimal}, {"ind_light", 10, export.Text}, {"ind_cause", 60, export.Text}, {"ind_owner", 16, export.Text},
		{"ind_decides", 12, export.Decimal}, {"ind_basis", 24, export.Text}} {
		columns = append(columns, export.Column{Title: w.p.T("ledger." + c.name), Width: c.width, Format: c.format})
	}
	sheet, err := book.Sheet(w.p.T("ledger.indicators"), columns)
	if err != nil {
		return err
	}
	for _, v := range w.s.Book.Indicators(w.now) {
		owner := ""
		if v.Owner != nil {
			owner = v.Owner.Name
		}
		var decides, asked plan.Number
		basis := ""
		if v.Basis != nil {
			decides, asked, basis = v.Basis.Value, v.Basis.Asked, w.p.T("basis."+v.Basis.By, "date", v.Basis.On)
		}
		if err := sheet.Row(v.ID, v.Title, cell(v.Target), v.Unit, cell(v.Value), day(v.AsOf), cell(v.Percent), cell(asked),
			w.p.T("light.progress."+v.Light.Name()), web.Say(w.p)(v.Light.Cause), owner, cell(decides), basis); err != nil {
			return err
		}
	}
	return nil
}
