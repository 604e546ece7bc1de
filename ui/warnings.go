package ui

import (
	"context"
	"slices"
	"time"

	"duban/ui/text"
	"duban/workflow"
)

// warningView is something an act should be told that was done all the same.
type warningView struct {
	Code   string `json:"code"`
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

// dueDay is a due instant with the field that set it.
type dueDay struct {
	field string
	at    time.Time
}

// daysOff warns of each due instant on a day when nobody works by the plan's calendar.
func (s *server) daysOff(p *text.Printer, dues ...dueDay) (all []warningView) {
	rules := s.o.Rules()
	for _, d := range dues {
		holiday, off := rules.DayOff(d.at)
		if !off {
			continue
		}
		code := "due.weekend"
		if holiday != "" {
			code = "due.holiday"
		}
		all = append(all, warningView{code, d.field, p.T("warn."+code, "date", p.DayOfWeek(p.Day(d.at)), "holiday", holiday)})
	}
	return all
}

// periodWarnings are those of opening a period. prefix stands before its fields' names.
func (s *server) periodWarnings(p *text.Printer, prefix string, x workflow.Period) []warningView {
	dues := []dueDay{{prefix + "due", x.Due}}
	if !x.CooperatingDue.Equal(x.Due) {
		dues = append(dues, dueDay{prefix + "cooperating_due", x.CooperatingDue})
	}
	if !x.AcceptBy.Equal(x.Due) {
		dues = append(dues, dueDay{prefix + "accept_by", x.AcceptBy})
	}
	return s.daysOff(p, dues...)
}

// actWarnings are those of an act, by the assignment as it stood after it: a repeat is
// answered as the first was.
func (s *server) actWarnings(ctx context.Context, p *text.Printer, a workflow.Assignment) ([]warningView, error) {
	switch a.LastKind {
	case workflow.KindTransferred: // the due date is the other assignment's
		events, err := s.o.Journal.EventsAt(ctx, a.Seq)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			if next, ok := s.o.Book.Assignment(e.Data.Counterpart); ok {
				return s.daysOff(p, dueDay{"due", next.OriginalDue}), nil
			}
		}
	case workflow.KindExtensionRequested:
		if x := a.PendingExtension(); x != nil {
			return s.daysOff(p, dueDay{"due", x.Wanted}), nil
		}
	case workflow.KindDirected:
		events, err := s.o.Journal.EventsAt(ctx, a.Seq)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			if x, ok := s.o.Book.Period(e.Data.SpecialPeriod); ok {
				return s.periodWarnings(p, "special.", x), nil
			}
		}
	default:
		if act, ok := workflow.ActRecorded(a.LastKind); ok && slices.ContainsFunc(act.Fields, func(f workflow.Field) bool { return f.Kind == workflow.DueField }) {
			return s.daysOff(p, dueDay{"due", a.Due}), nil
		}
	}
	return nil, nil
}
