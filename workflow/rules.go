package workflow

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"duban/workflow/calendar"
	"duban/workflow/plan"
)

// Rules are what a decision stands on besides the rows: the plan in force and
// the clock that counts its days. Read-only and safe to share; a change of plan
// makes a new Rules.
type Rules struct {
	Plan  *plan.Plan
	Clock calendar.Clock
	// Versions are all versions of the plan up to Plan, oldest first (ReadVersions): what
	// is past is read by them. Nil, or fewer than two: the plan has never changed.
	Versions *Versions
	// Rights is the plan that says who takes part in which task, and so who may see
	// what; nil: Plan. Who looks back has the rights of now.
	Rights *plan.Plan
	// Transfers say who takes part in a task in a period beside the plan; nil: nobody. They
	// are of now, as Rights are.
	Transfers *Transfers
}

// NewRules binds a checked plan to a calendar.
func NewRules(p *plan.Plan, c *calendar.Calendar) (Rules, error) {
	ends, err := calendar.ParseTimeOfDay(p.Periods.DayEnds)
	if err != nil {
		return Rules{}, err
	}
	return Rules{Plan: p, Clock: calendar.Clock{Calendar: c, Zone: p.Zone, DayEnds: ends}}, nil
}

// As is the rules of the plan version with the digest (plan.Plan.Digest) under the
// same calendar: what an earlier state of the record is read with. A version whose
// file is not in the store is an error: its Sources lost it.
func (r Rules) As(ctx context.Context, sources Sources, digest string) (Rules, error) {
	if r.Plan.Digest == digest {
		return r, nil
	}
	if r.changed() {
		for _, v := range slices.Backward(*r.Versions) {
			if v.Digest == digest {
				past, err := NewRules(v.Plan, r.Clock.Calendar)
				past.Versions = r.Versions
				return past, err
			}
		}
	}
	b, ok, err := sources.PlanSource(ctx, digest)
	if err != nil {
		return Rules{}, err
	}
	if !ok {
		return Rules{}, fmt.Errorf("the plan %s that the record stands on is not in the store", digest)
	}
	p, err := plan.Load("plan "+digest, bytes.NewReader(b))
	if err != nil {
		return Rules{}, err
	}
	return NewRules(p, r.Clock.Calendar)
}

// PeriodRule is the plan's calendar rule for regular periods.
func (r Rules) PeriodRule() calendar.Rule {
	p := r.Plan.Periods
	return calendar.Rule{Every: p.Every, AcceptWithin: p.AcceptWithin, DueBeforeEnd: p.DueBeforeEnd,
		CooperatingEarlier: p.CooperatingEarlier, ShortestNotice: p.ShortestNotice}
}

// DayOff reports whether nobody works on the day of the instant by the plan's calendar,
// and the holiday's name; an ordinary weekend has none. Nothing may be due then unless
// whoever set it was told.
func (r Rules) DayOff(at time.Time) (holiday string, off bool) {
	day := r.Clock.Today(at)
	return r.Clock.Calendar.DayName(day), !r.Clock.Calendar.IsWorkday(day)
}

// due resolves what a caller gave: an instant as it is, a date at the end of
// that working day, nothing as the end of the day the default workdays on.
func (r Rules) due(d *DueTime, now time.Time, workdays int) time.Time {
	switch {
	case d == nil:
		return r.Clock.DayEnd(r.Clock.Calendar.AddWorkdays(r.Clock.Today(now), workdays))
	case !d.Date.IsZero():
		return r.Clock.DayEnd(d.Date)
	}
	return d.At
}
