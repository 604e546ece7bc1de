package page

import (
	"duban/workflow"
	"duban/workflow/ledger"
)

// TaskInput is what the page of a task is made of. Texts must have been taken out
// of events the reader may not read.
type TaskInput struct {
	No      int
	Period  workflow.Period
	Periods []workflow.Period
	Items   []ledger.Item    // every assignment of the task in the period
	Trail   []workflow.Event // of the lead's assignment
	Before  *workflow.Event
	Figures []ledger.IndicatorView // inside the task, and main targets its lead owns
	Series  map[string]workflow.Series
	Files   map[string]workflow.File
	Read    bool           // the reader may read texts
	Grounds ledger.Grounds // of the lead's progress light
}

// NewTask builds the page of a task.
func NewTask(k Kit, f Frame, in TaskInput) Task {
	task := k.numbered(in.No)
	f.Title = k.P.T("case.title", "no", in.No, "title", task.Title)
	t := Task{Frame: f, No: in.No, TaskTitle: task.Title, Period: k.period(in.Period), AllMembers: task.AllMembers,
		Crumbs:  []Link{{k.homeWord(), homePath}, {k.P.T("case.task", "no", in.No), ""}},
		Printed: k.P.T("task.printed", "at", k.P.FullDate(k.P.Day(k.Now))+" "+k.P.Clock(k.Now))}
	for _, s := range k.Rules.Plan.Sections {
		if s.ID == task.Section {
			t.Section = s.Title
		}
	}
	t.Lead = CoopRow{Department: k.Rules.Plan.Name(task.Lead), Chip: k.chip(ledger.BoxNone)}
	t.Time = k.timeLight(ledger.Light{Colour: ledger.Grey, Cause: ledger.Cause{Code: "time.none"}})
	t.Progress = k.progressLight(ledger.Light{Colour: ledger.Grey, Cause: ledger.Cause{Code: "progress.none"}})
	for _, i := range in.Items {
		switch {
		case i.Role == workflow.Lead && i.State != workflow.Withdrawn || i.Role == workflow.Lead && len(in.Items) == 1:
			k.taskLead(&t, i, in)
		}
	}
	t.Coop = k.units(task, in.Items)
	t.Counts, t.Missing = k.cooperating(in.Items)
	if _, unreported := standing(in.Items); len(unreported) > 1 {
		t.Counts = k.P.T("task.counts", "total", len(t.Coop), "n", len(t.Coop)-len(unreported), "missing", len(unreported))
	}
	var said []workflow.MeasureData
	var texts workflow.Texts
	if e := lastOf(in.Trail, workflow.KindReported); e != nil && e.Data.Report != nil {
		said, texts = e.Data.Report.Measures, e.Texts
		if in.Read {
			v := k.reportView(Filed{Event: *e, Before: in.Before, Series: in.Series, Files: in.Files, Names: k.names(in.Items)})
			v.Measures = nil // they have a section of their own
			t.Report, t.Missing = &v, nil
		}
	}
	t.Measures = k.measureViews(task, said, texts)
	for _, v := range in.Figures {
		t.Figures = append(t.Figures, k.indicatorRow(v))
	}
	for _, p := range in.Periods {
		if len(in.Periods) == 1 {
			break // nothing to go to
		}
		l := Link{k.period(p), TaskPath(in.No, p.ID)}
		if p.ID == in.Period.ID {
			l.URL = ""
		}
		t.Periods = append(t.Periods, l)
	}
	return t
}

func (k Kit) taskLead(t *Task, i ledger.Item, in TaskInput) {
	t.Lead = k.coopRow(i)
	due, tone := k.due(i)
	t.Lead.Due, t.Lead.DueTone = k.P.T("task.due", "left", due, "due", k.P.Due(i.Due)), tone
	t.Time, t.Progress = k.timeLight(i.TimeLight), k.progressLight(i.ProgressLight)
	t.Time.Why, t.Progress.Why = k.whyTime(i), k.whyProgress(in.Grounds)
	row := workflow.Assignment{ID: i.ID, State: i.State, AcceptBy: i.AcceptBy, Due: i.Due}
	t.Trail = k.trail(row, in.Trail)
}
