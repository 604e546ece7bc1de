package ui

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/export"
	"duban/ui/session"
	"duban/ui/text"
	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// exportLedger hands out the ledger of the same filter as the list: a sheet for
// each period and one for the indicators. That it was taken is recorded.
func (s *server) exportLedger(c *fiber.Ctx) error {
	q, err := ledger.ParseQuery(param(c))
	if err != nil {
		return err
	}
	q.Limit, q.After, q.Sort = ledger.MaxLimit, "", ""
	who := session.From(c).Actor
	w := &ledgerWriter{s: s, ctx: c.UserContext(), who: who, rules: s.o.Rules(), now: s.o.Now(), p: s.printer(c)}
	file, err := w.write(q)
	if err != nil {
		return err
	}
	if err := s.exported(c, "ledger.xlsx?"+string(c.Context().QueryArgs().QueryString())); err != nil {
		return errors.Join(err, file.Close())
	}
	size, err := file.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return errors.Join(err, file.Close())
	}
	c.Set(fiber.HeaderContentType, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="ledger-`+s.stamp()+`.xlsx"`)
	return c.SendStream(file, int(size))
}

func (s *server) exported(c *fiber.Ctx, what string) error {
	s = s.present() // it is taken now, whatever it shows
	call, err := s.call(c, session.From(c).Actor)
	if err != nil {
		return err
	}
	call.Key = "" // taking a file twice is two takings
	return s.o.Desk.Exported(c.UserContext(), call, what)
}

// ledgerWriter puts assignments in words and cells.
type ledgerWriter struct {
	s     *server
	ctx   context.Context
	who   workflow.Actor
	rules workflow.Rules
	now   time.Time
	p     *text.Printer
	n     int
	views map[string]ledger.IndicatorView
}

// ledgerColumns are the columns of the ledger with their widths in characters;
// the titles are ledger.NAME in the catalogue (product rules, ledger).
var ledgerColumns = []struct {
	name  string
	width float64
}{
	{"n", 6}, {"id", 24}, {"source", 18}, {"task", 22}, {"target", 26}, {"lead", 16}, {"cooperating", 24},
	{"assigned", 15}, {"accepted", 15}, {"due", 15}, {"progress", 44}, {"value", 24}, {"expected", 24},
	{"obstacles", 28}, {"asks", 28}, {"next", 28}, {"evidence", 8}, {"comment", 24}, {"returned", 6}, {"urged", 6}, {"extended", 6},
	{"time_light", 24}, {"progress_light", 24}, {"state", 9}, {"closed", 15}, {"score", 8},
}

// write makes the workbook in a temporary file that is gone once closed.
func (w *ledgerWriter) write(q ledger.Query) (_ *os.File, err error) {
	book, err := export.NewBook(w.s.footer(w.p) + w.p.T("ledger.footer", "at", w.p.Exact(w.now), "unit", w.rules.Plan.Name(w.who.Unit)) + w.demo())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	w.views = map[string]ledger.IndicatorView{}
	for _, v := range w.s.o.Book.Indicators(w.now) {
		w.views[v.ID] = v
	}
	if err := w.assignments(book, q); err != nil {
		return nil, err
	}
	if err := w.indicators(book); err != nil {
		return nil, err
	}
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

func (w *ledgerWriter) demo() string {
	if w.s.o.Demo {
		return " " + w.p.T("ledger.demo")
	}
	return ""
}

// assignments writes a sheet for each period, in the list's own order.
func (w *ledgerWriter) assignments(book *export.Book, q ledger.Query) error {
	var columns []export.Column
	for _, c := range ledgerColumns {
		columns = append(columns, export.Column{Title: w.p.T("ledger." + c.name), Width: c.width, Wrap: true})
	}
	var sheet *export.Sheet
	period := ""
	for {
		items, next, _, err := w.s.o.Book.Page(q, w.who, w.now)
		if err != nil {
			return err
		}
		for _, i := range items {
			if sheet == nil || i.Period != period {
				period, w.n = i.Period, 0
				if sheet, err = book.Sheet(period, columns); err != nil {
					return err
				}
			}
			row, err := w.row(i)
			if err != nil {
				return err
			}
			if err := sheet.Row(row...); err != nil {
				return err
			}
		}
		if q.After = next; next == "" {
			break
		}
	}
	if sheet == nil {
		_, err := book.Sheet(w.p.T("ledger.empty"), columns)
		return err
	}
	return nil
}

// row is one assignment. What the reader may not read is left empty.
func (w *ledgerWriter) row(i ledger.Item) ([]any, error) {
	w.n++
	p, task := w.p, w.task(i.Task.No)
	lead, cooperating := w.rules.Plan.Name(task.Lead), i.Department.Name
	if i.Role == workflow.Lead {
		lead = i.Department.Name
		names := []string{}
		for _, d := range task.Cooperating {
			names = append(names, w.rules.Plan.Name(d))
		}
		cooperating = p.List(names)
	}
	report, comment, err := w.texts(i)
	if err != nil {
		return nil, err
	}
	progress := report.Texts["progress"]
	if progress == "" {
		progress = report.Texts["reason"]
	}
	values, expected, evidence := w.figures(report)
	return []any{w.n, i.ID, w.rules.Plan.ShortTitle, itoa(i.Task.No) + " " + i.Task.Title, w.targets(task), lead, cooperating,
		p.Exact(i.AssignedAt), when(p, i.AcceptedAt), p.Exact(i.Due), progress, values, expected,
		report.Texts["obstacles"], report.Texts["asks"], report.Texts["next_steps"], evidence, comment,
		i.Returned, i.Urged, i.Extended, say(p)(i.TimeLight.Cause), say(p)(i.ProgressLight.Cause), p.Show(i.State), when(p, i.ClosedAt), ""}, nil
}

func (w *ledgerWriter) task(no int) plan.Task {
	t, _ := w.rules.Plan.Task(no)
	return t
}

func when(p *text.Printer, t *time.Time) string {
	if t == nil {
		return ""
	}
	return p.Exact(*t)
}

// texts are the newest report and the office's word on it.
func (w *ledgerWriter) texts(i ledger.Item) (report workflow.Event, comment string, err error) {
	a, ok := w.s.o.Book.Assignment(i.ID)
	if !ok || i.LatestReport == nil || !w.rules.MayRead(w.who, a) {
		return report, "", nil
	}
	trail, err := w.s.o.Journal.Trail(w.ctx, i.ID)
	for _, e := range trail {
		if e.Seq > a.Seq {
			break
		}
		switch e.Kind {
		case workflow.KindReported:
			report = e
		case workflow.KindVerified:
			comment = e.Texts["comment"]
		case workflow.KindReturned, workflow.KindReopened:
			comment = e.Texts["reason"]
		}
	}
	return report, comment, err
}

// figures are a report's figures beside what time expected of them.
func (w *ledgerWriter) figures(report workflow.Event) (values, expected string, evidence int) {
	if report.Data.Report == nil {
		return "", "", 0
	}
	var have, want []string
	for _, f := range report.Data.Report.Figures {
		v := w.views[f.Indicator]
		have = append(have, v.ShortName+" "+w.p.Number(f.Value)+v.Unit)
		if v.ExpectedThen.Set {
			want = append(want, v.ShortName+" "+w.p.Number(v.ExpectedThen)+v.Unit)
		}
	}
	return strings.Join(have, "\n"), strings.Join(want, "\n"), len(report.Data.Report.Evidence)
}

func (w *ledgerWriter) targets(t plan.Task) string {
	var all []string
	for _, f := range t.Figures {
		all = append(all, f.Title+" "+string(f.Op)+" "+w.p.Number(f.Target)+f.Unit)
	}
	return strings.Join(all, "\n")
}

// indicators writes where every target stands.
func (w *ledgerWriter) indicators(book *export.Book) error {
	var columns []export.Column
	for _, c := range []struct {
		name  string
		width float64
	}{{"ind_id", 8}, {"ind_title", 44}, {"ind_target", 12}, {"ind_unit", 10}, {"ind_value", 12}, {"ind_as_of", 14}, {"ind_percent", 10},
		{"ind_expected", 12}, {"ind_light", 10}, {"ind_cause", 60}, {"ind_owner", 16}} {
		columns = append(columns, export.Column{Title: w.p.T("ledger." + c.name), Width: c.width, Wrap: true})
	}
	sheet, err := book.Sheet(w.p.T("ledger.indicators"), columns)
	if err != nil {
		return err
	}
	for _, v := range w.s.o.Book.Indicators(w.now) {
		owner := ""
		if v.Owner != nil {
			owner = v.Owner.Name
		}
		if err := sheet.Row(v.ID, v.Title, cell(v.Target), v.Unit, cell(v.Value), v.AsOf.String(), cell(v.Percent), cell(v.ExpectedNow),
			w.p.T("light.progress."+string(v.Light.Colour)), say(w.p)(v.Light.Cause), owner); err != nil {
			return err
		}
	}
	return nil
}

// cell is a number that a sheet can add up, or nothing.
func cell(n plan.Number) any {
	if !n.Set {
		return ""
	}
	f, _ := n.Float64()
	return f
}

// exportJournal hands out the journal as JSON Lines: one event a line, as GET
// /api/v1/events shows it, by the filter of the journal's page, up to the head at the
// moment of asking or the instant looked back at.
func (s *server) exportJournal(c *fiber.Ctx) error {
	q, err := parseJournal(c)
	if err != nil {
		return err
	}
	after, upto, err := s.span(c.UserContext(), q)
	if err != nil {
		return err
	}
	what, name := "journal.jsonl", "journal.jsonl"
	if query := string(c.Context().QueryArgs().QueryString()); query != "" {
		what += "?" + query
	}
	if s.back != nil {
		name = "journal-" + s.stamp() + ".jsonl"
	}
	if err := s.exported(c, what); err != nil {
		return err
	}
	who, log := session.From(c).Actor, s.o.Log
	c.Set(fiber.HeaderContentType, "application/jsonl; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		// The request's own context is gone by now; a client that left ends this by
		// the failing write.
		var fault error
		written := 0
		reached, err := s.walk(context.Background(), who, q, after, upto, 0, func(e workflow.Event) bool {
			line, err := json.Marshal(newEventView(e))
			if fault = err; err != nil {
				return false
			}
			if _, err := w.Write(append(line, '\n')); err != nil {
				return false
			}
			if written++; written%500 == 0 && w.Flush() != nil {
				return false
			}
			return true
		})
		if err = errors.Join(err, fault); err != nil {
			log.Error("journal export cut short", "after", reached, "err", err)
		}
	})
	return nil
}
