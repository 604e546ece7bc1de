package ui

import (
	"context"

	"duban/ui/page"
	"duban/workflow"
	"duban/workflow/ledger"
)

// special is what special work is and why it was assigned, as far as the actor may know
// it; nil for a regular period.
func (s *server) special(ctx context.Context, k page.Kit, p workflow.Period) (*page.SpecialView, error) {
	if !p.Special || !k.Rules.MayName(k.Actor, p) {
		return nil, nil
	}
	opened, err := s.o.Journal.EventsAt(ctx, p.Seq)
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

// taskPeriods are the periods in which the task has work that the actor may know of.
func (s *server) taskPeriods(k page.Kit, no int) (all []workflow.Period) {
	for _, p := range s.o.Book.Periods() {
		if p.Special {
			if !k.Rules.MayName(k.Actor, p) {
				continue
			}
			_, _, held, err := s.o.Book.Rows(ledger.Query{Period: p.ID, Task: no, Limit: 1}, workflow.Actor{Role: workflow.Viewer}, k.Now)
			if err != nil || held == 0 { // the query is ours: it is well-formed
				continue
			}
		}
		all = append(all, p)
	}
	return all
}
