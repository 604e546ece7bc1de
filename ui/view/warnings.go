package view

import (
	"context"
	"slices"
	"time"

	"duban/ui/text"
	"duban/ui/web"
	"duban/workflow"
)

// WarningView is something an act should be told that was done all the same.
type WarningView struct {
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
func daysOff(s *web.Server, p *text.Printer, dues ...dueDay) (all []WarningView) {
	rules := s.Rules()
	for _, d := range dues {
		holiday, off := rules.DayOff(d.at)
		if !off {
			continue
		}
		code := "due.weekend"
		if holiday != "" {
			code = "due.holiday"
		}
		all = append(all, WarningView{code, d.field, p.T("warn."+code, "date", p.DayOfWeek(p.Day(d.at)), "holiday", holiday)})
	}
	return all
}

// PeriodWarnings are those of opening a period. prefix stands before its fields' names.
func PeriodWarnings(s *web.Server, p *text.Printer, prefix string, x workflow.Period) []WarningView {
	dues := []dueDay{{prefix + "due", x.Due}}
	if !x.CooperatingDue.Equal(x.Due) {
		dues = append(dues, dueDay{prefix + "cooperating_due", x.CooperatingDue})
	}
	if !x.AcceptBy.Equal(x.Due) {
		dues = append(dues, dueDay{prefix + "accept_by", x.AcceptBy})
	}
	return daysOff(s, p, dues...)
}

// ActWarnings are those of an act, by the assignment as it stood after it: a repeat is
// answered as the first was.
func ActWarnings(s *web.Server, ctx context.Context, p *text.Printer, a workflow.Assignment) ([]WarningView, error) {
	switch a.LastKind {
	case workflow.KindTransferred: // the due date is the other assignment's
		events, err := s.Journal.EventsAt(ctx, a.Seq)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			if next, ok := s.Book.Assignment(e.Data.Counterpart); ok {
				return daysOff(s, p, dueDay{"due", next.OriginalDue}), nil
			}
		}
	case workflow.KindExtensionRequested:
		if x := a.PendingExtension(); x != nil {
			return daysOff(s, p, dueDay{"due", x.Wanted}), nil
		}
	case workflow.KindDirected:
		events, err := s.Journal.EventsAt(ctx, a.Seq)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			if x, ok := s.Book.Period(e.Data.SpecialPeriod); ok {
				return PeriodWarnings(s, p, "special.", x), nil
			}
		}
	default:
		if act, ok := workflow.ActRecorded(a.LastKind); ok && slices.ContainsFunc(act.Fields, func(f workflow.Field) bool { return f.Kind == workflow.DueField }) {
			return daysOff(s, p, dueDay{"due", a.Due}), nil
		}
	}
	return nil, nil
}
