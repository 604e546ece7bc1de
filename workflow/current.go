package workflow

import (
	"cmp"
	"slices"
	"time"

	"duban/workflow/calendar"
	"duban/workflow/plan"
)

// Current is the regular period that work is reported in at an instant: the one the
// plan's rule makes of the day; else, where the rule has changed since, one that was
// opened under the earlier rule and has not ended, the longest running; else the one
// that ended last. False before the first.
func (r Rules) Current(periods []Period, now time.Time) (current Period, ok bool) {
	today := r.Clock.Today(now)
	id := calendar.Span(r.Plan.Periods.Every, today).ID
	for _, p := range periods {
		switch {
		case p.Special || today.Before(p.From):
		case p.ID == id:
			return p, true
		case !ok || compareDates(current.To, p.To) < 0 || current.To == p.To && current.From.Before(p.From):
			current, ok = p, true
		}
	}
	return current, ok
}

// running is the period that is Current and whose last day has not gone by: until then
// no other regular one is opened, so that a new rhythm begins with the next period.
func (r Rules) running(periods []Period, now time.Time) (Period, bool) {
	p, ok := r.Current(periods, now)
	return p, ok && !p.To.Before(r.Clock.Today(now))
}

// Missing are the regular periods that went by unopened directly before the current
// one, because no server ran: of the plan's rule, oldest first, without due dates. A
// journal that begins later than the plan misses nothing.
func (r Rules) Missing(periods []Period, now time.Time) (missing []Period) {
	current, ok := r.Current(periods, now)
	if !ok {
		return nil
	}
	var last plan.Date
	for _, p := range periods {
		if !p.Special && p.To.Before(current.From) && last.Before(p.To) {
			last = p.To
		}
	}
	if last.IsZero() {
		return nil
	}
	for day := last.AddDays(1); day.Before(current.From); {
		s := calendar.Span(r.Plan.Periods.Every, day)
		if !s.From.Before(day) && s.To.Before(current.From) {
			missing = append(missing, Period{ID: s.ID, Name: PeriodName(s.ID), From: s.From, To: s.To})
		}
		day = s.Next()
	}
	return slices.DeleteFunc(missing, func(p Period) bool {
		return slices.ContainsFunc(periods, func(q Period) bool { return q.ID == p.ID })
	})
}

// missed is a missing period as it is opened now: with the plan's rule and its shortest
// notice, since its own days have gone by. False when it is not missing.
func (r Rules) missed(periods []Period, id string, now time.Time) (Period, bool) {
	for _, p := range r.Missing(periods, now) {
		if p.ID == id {
			c := r.Clock.Opened(r.PeriodRule(), p.From, now)
			p.AssignedAt, p.AcceptBy, p.CooperatingDue, p.Due = now, c.AcceptBy, c.CooperatingDue, c.Due
			return p, true
		}
	}
	return Period{}, false
}

func compareDates(a, b plan.Date) int {
	return cmp.Or(cmp.Compare(a.Year, b.Year), cmp.Compare(a.Month, b.Month), cmp.Compare(a.Day, b.Day))
}
