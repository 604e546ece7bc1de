package papers

import (
	"cmp"
	"strings"
	"time"

	"duban/ui/view"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// taskRead is a task as one version of the plan has it.
type taskRead struct {
	plan *plan.Plan
	key  int
}

// taskCells are a task's cells, the same in each of its rows.
type taskCells struct{ title, targets, lead, cooperating string }

func (w *ledgerWriter) task(i ledger.Item) taskCells {
	key := taskRead{i.Plan, i.Task.Key}
	t, ok := w.tasks[key]
	if ok {
		return t
	}
	in := i.Plan
	task, ok := in.Task(i.Task.Key)
	if !ok {
		in = w.rules.Plan
		task, _ = in.KnownTask(i.Task.Key)
	}
	names := []string{}
	for _, party := range task.PartiesAsWritten() {
		names = append(names, in.Name(party))
	}
	var targets []string
	for _, f := range task.Figures {
		targets = append(targets, f.Title+" "+string(f.Op)+" "+w.p.Number(f.Target)+f.Unit)
	}
	t = taskCells{title: web.Itoa(i.Task.No) + " " + task.Title, targets: strings.Join(targets, "\n"),
		lead: in.Name(task.Lead), cooperating: w.p.List(names)}
	w.tasks[key] = t
	return t
}

// row is one assignment; its number on the sheet is filled in there. What the reader
// may not read is left empty.
func (w *ledgerWriter) row(a workflow.Assignment, said rowWords) ([]any, error) {
	report, comment := said.report, said.comment
	p, i := w.p, w.apart.Item(a, report)
	task := w.task(i)
	lead, cooperating := task.lead, i.Department.Name
	if led := w.rules.LeadOf(i.Period, i.Task.Key); led != w.rules.LeadOf("", i.Task.Key) {
		lead = w.rules.Plan.Name(led) // by a transfer
	}
	if i.Role == workflow.Lead {
		lead, cooperating = i.Department.Name, task.cooperating
	}
	score, err := w.score(i)
	if err != nil {
		return nil, err
	}
	progress := report.Texts["progress"]
	if progress == "" {
		progress = report.Texts["reason"]
	}
	f := w.figures(i.Period, report)
	return []any{nil, i.ID, i.Plan.ShortTitle, task.title, task.targets, lead, cooperating,
		w.local(&i.AssignedAt), w.local(i.AcceptedAt), w.local(&i.Due), progress, f.now, f.total, f.expected,
		report.Texts["obstacles"], cmp.Or(said.asks, report.Texts["asks"]), report.Texts["next_steps"], f.evidence, comment,
		i.Returned, i.Urged, i.Extended, web.Say(p)(i.TimeLight.Cause), web.Say(p)(i.ProgressLight.Cause), p.Show(i.State), w.local(i.ClosedAt), cell(score)}, nil
}

// local is an instant on the plan's own clock; the zero time when there is none.
func (w *ledgerWriter) local(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.In(w.rules.Plan.Zone)
}

// rowWords is what was written on an assignment, as far as the reader may read it.
type rowWords struct {
	report  workflow.Event // the newest; the zero Event when there is none
	comment string         // the office's last word on it
	asks    string         // what the office is asked, where it stands, and what it answered last
}

// officeWords are the kinds of events in which the office says what it thinks of a report.
var officeWords = []workflow.Kind{workflow.KindVerified, workflow.KindReturned, workflow.KindReopened}

// words reads what was written on the rows, in one look at the journal.
func (w *ledgerWriter) words(rows []workflow.Assignment) (all []rowWords, err error) {
	all = make([]rowWords, len(rows))
	err = w.s.Journal.Read(w.ctx, func(v workflow.ReadView) error {
		for i := range rows {
			a := &rows[i]
			last := a.LatestReport()
			if last == nil || !w.rules.MayRead(w.who, *a) {
				continue
			}
			if all[i].report, err = v.Event(last.Seq); err != nil {
				return err
			}
			if all[i].asks, err = w.asks(v, a); err != nil {
				return err
			}
			if a.Returned == 0 && a.Reopened == 0 && a.Grade == "" {
				continue
			}
			// Looking back, what came after the row was not there yet.
			e, _, err := v.LastOf(a.ID, a.Seq, officeWords...)
			if err != nil {
				return err
			}
			all[i].comment = e.Texts[said(e)]
		}
		return nil
	})
	return all, err
}

// asks are the asks of a row but those that later ones took the place of.
func (w *ledgerWriter) asks(v workflow.ReadView, a *workflow.Assignment) (string, error) {
	var lines []string
	for _, x := range a.Asks() {
		if x.State == workflow.AskReplaced {
			continue
		}
		e, err := v.Event(x.Seq)
		if err != nil {
			return "", err
		}
		lines = append(lines, e.Texts["asks"], w.p.T("ledger.ask_state", "state", x.State))
		if answer := x.Answered(); answer != nil {
			if e, err = v.Event(answer.Seq); err != nil {
				return "", err
			}
			lines = append(lines, w.p.T("ledger.ask_answer", "at", w.p.Date(w.p.Day(answer.At)), "text", e.Texts["text"]))
		}
	}
	return strings.Join(lines, "\n"), nil
}

// said is the text in which the office says what it thinks of a report; empty for an
// event that is no such word.
func said(e workflow.Event) string {
	switch e.Kind {
	case workflow.KindVerified:
		return "comment"
	case workflow.KindReturned, workflow.KindReopened:
		return "reason"
	}
	return ""
}

// score is what the period's assessment gives the assignment, as far as the reader
// may see it (showRow); unset when there is none. Looking back, one that changed since
// is not shown: what it said then is not kept.
func (w *ledgerWriter) score(i ledger.Item) (plan.Number, error) {
	scores, ok := w.scores[i.Period]
	if !ok {
		r, err := w.s.Assess.Result(w.ctx, i.Period)
		if err != nil {
			return plan.Number{}, err
		}
		scores = map[string]plan.Number{}
		then := w.s.Back == nil || r.Assessment.Seq <= w.s.Back.Seq
		if stage := r.Assessment.Stage; then && stage != workflow.NoAssessment && (stage != workflow.Drafted || w.who.SeesAll()) {
			for _, row := range r.Rows {
				row, _ := view.ShowRow(w.who, stage, row)
				for _, s := range row.Scores {
					scores[s.Assignment] = s.Points
				}
			}
		}
		w.scores[i.Period] = scores
	}
	return scores[i.ID], nil
}

// figureCells are a report's figures: what this period brought, where they stand now,
// and what time asked for at their dates.
type figureCells struct {
	now, total, expected string
	evidence             int
}

func (w *ledgerWriter) figures(period string, report workflow.Event) figureCells {
	if report.Data.Report == nil {
		return figureCells{}
	}
	stand := w.stand.At(report.Seq) // its figures are in the units they were filed in
	var now, total, want []string
	for _, f := range report.Data.Report.Figures {
		at := figureAt{stand.Plan(), f.Indicator, f.AsOf.String()}
		v, ok := w.then[at]
		if !ok {
			v, _ = stand.Indicator(f.Indicator, f.AsOf)
			w.then[at] = v
		}
		line := func(n plan.Number) string { return v.ShortName + " " + w.p.Number(n) + v.Unit }
		if v.Kind == plan.Total || v.Kind == plan.Yearly {
			total = append(total, line(f.Value))
			if was, known := w.standing(stand.Plan(), v, period, f); known {
				brought := f.Value
				brought.Decimal = brought.Sub(was.Decimal)
				now = append(now, line(brought))
			} else {
				now = append(now, v.ShortName+" "+w.p.T("ledger.first", "as_of", w.p.Date(f.AsOf), "value", w.p.Number(f.Value)+v.Unit))
			}
		} else {
			now = append(now, line(f.Value))
		}
		if v.ExpectedThen.Set {
			want = append(want, line(v.ExpectedThen))
		}
	}
	return figureCells{strings.Join(now, "\n"), strings.Join(total, "\n"), strings.Join(want, "\n"), len(report.Data.Report.Evidence)}
}

// standing is where a cumulative figure stood when the period began: its newest figure of
// an earlier day, of the same year if it starts anew each year. Without one it is known
// only where counting began in the period itself: then it stood at nothing.
func (w *ledgerWriter) standing(under *plan.Plan, v ledger.IndicatorView, period string, f workflow.Figure) (plan.Number, bool) {
	key := figureBefore{under, v.ID, period + " " + web.Itoa(f.AsOf.Year)}
	if n, ok := w.before[key]; ok {
		return n, n.Set
	}
	var was plan.Number
	var day plan.Date
	p, _ := w.stand.Period(period)
	begin := under.From
	if v.Kind == plan.Yearly {
		begin = plan.Date{Year: f.AsOf.Year, Month: time.January, Day: 1}
	}
	if !begin.Before(p.From) {
		was = plan.Num(0)
	}
	for _, x := range v.Points {
		if x.Counts() && x.Value.Set && x.AsOf.Before(p.From) && !x.AsOf.Before(day) && (v.Kind != plan.Yearly || x.AsOf.Year == f.AsOf.Year) {
			was, day = x.Value, x.AsOf
		}
	}
	w.before[key] = was
	return was, was.Set
}

// cell is a number that a sheet can add up, or nothing.
func cell(n plan.Number) any {
	if !n.Set {
		return nil
	}
	return n.Decimal
}

// day is a date that a sheet can sort by, or nothing.
func day(d plan.Date) any {
	if d.IsZero() {
		return nil
	}
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
}
