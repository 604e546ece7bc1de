package view

import (
	"context"
	"net/url"
	"strconv"

	"duban/ui/page"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/calendar"
	"duban/workflow/ledger"
)

// Special is what special work is and why it was assigned, as far as the actor may know
// it; nil for a regular period.
func Special(s *web.Server, ctx context.Context, k page.Kit, p workflow.Period) (*page.SpecialView, error) {
	if !p.Special || !k.Rules.MayName(k.Actor, p) {
		return nil, nil
	}
	opened, err := s.Journal.EventsAt(ctx, p.Seq)
	if err != nil {
		return nil, err
	}
	for _, e := range opened {
		if e, ok := k.Rules.ShowEvent(k.Actor, e); ok {
			return k.Special(p, &e), nil
		}
	}
	return k.Special(p, nil), nil
}

// TaskPeriods are the periods in which the task has work that the actor may know of.
func TaskPeriods(s *web.Server, k page.Kit, no int) (all []workflow.Period) {
	for _, p := range s.Book.Periods() {
		if p.Special {
			if !k.Rules.MayName(k.Actor, p) {
				continue
			}
			_, _, held, err := s.Book.Rows(ledger.Query{Period: p.ID, Task: no, Limit: 1}, workflow.Actor{Role: workflow.Viewer}, k.Now)
			if err != nil || held == 0 { // the query is ours: it is well-formed
				continue
			}
		}
		all = append(all, p)
	}
	return all
}

// PeriodOf reads the form of a special period.
func PeriodOf(form url.Values) (in workflow.PeriodInput, err error) {
	in.ID, in.Name, in.Reason, in.Departments = form.Get("id"), form.Get("name"), form.Get("reason"), form["departments"]
	for _, d := range []struct {
		field string
		to    **workflow.DueTime
	}{{"accept_by", &in.AcceptBy}, {"cooperating_due", &in.CooperatingDue}, {"due", &in.Due}} {
		v := form.Get(d.field)
		if v == "" {
			continue
		}
		date, err := calendar.ParseDate(v)
		if err != nil {
			return in, workflow.BadField(d.field, "form.date", "value", v)
		}
		*d.to = &workflow.DueTime{Date: date}
	}
	for _, v := range form["tasks"] {
		no, err := strconv.Atoi(v)
		if err != nil {
			return in, workflow.BadField("tasks", "form.number", "value", v)
		}
		in.Tasks = append(in.Tasks, no)
	}
	return in, nil
}
