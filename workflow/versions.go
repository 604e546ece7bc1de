package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"duban/workflow/plan"
)

// The past is read by the plan it was done under: work that is closed, a report that
// was filed and a figure in its series name tasks, measures and units as the version
// in force at that position of the journal did. Open work is read by the plan of today.
// Nothing is copied for that: the journal says when each version came into force, and
// the store keeps every file.

// PlanVersion is a version of the plan in the journal.
type PlanVersion struct {
	Seq    uint64    // the event that put it in force
	At     time.Time // when that was
	Digest string    // names its file, see Sources
}

// Version is a version of the plan with its content, read as the one after those
// before it.
type Version struct {
	PlanVersion
	Plan *plan.Plan
}

// Versions are all versions of the plan, oldest first. They never change.
type Versions []Version

// ReadVersions reads every version of the plan that was in force, oldest first; none
// on a store without a plan. The file of each must be in the store.
func ReadVersions(ctx context.Context, sources Sources) (Versions, error) {
	known, err := sources.PlanVersions(ctx)
	if err != nil {
		return nil, err
	}
	var all Versions
	for _, v := range known {
		b, ok, err := sources.PlanSource(ctx, v.Digest)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, fmt.Errorf("the plan %s that the record stands on is not in the store", v.Digest)
		}
		p, err := plan.Parse("plan "+v.Digest, b)
		if err != nil {
			return nil, fmt.Errorf("the plan %s that the record stands on no longer loads: %w", v.Digest, err)
		}
		if len(all) > 0 {
			p = p.Follow(all[len(all)-1].Plan)
		}
		all = append(all, Version{v, p})
	}
	return all, nil
}

// changed reports whether the plan has ever changed: while it has not, there is nothing
// to read differently.
func (r Rules) changed() bool { return r.Versions != nil && len(*r.Versions) > 1 }

// PlanAt is the plan that was in force at a position of the journal; 0 is what is not
// written yet, and so stands on the plan of today.
func (r Rules) PlanAt(seq uint64) *plan.Plan {
	if !r.changed() || seq == 0 {
		return r.Plan
	}
	for _, v := range slices.Backward(*r.Versions) {
		if v.Seq <= seq {
			return v.Plan
		}
	}
	return (*r.Versions)[0].Plan
}

// PlanOn is the plan that was in force at an instant, for what the journal does not hold.
func (r Rules) PlanOn(at time.Time) *plan.Plan {
	if !r.changed() {
		return r.Plan
	}
	for _, v := range slices.Backward(*r.Versions) {
		if !v.At.After(at) {
			return v.Plan
		}
	}
	return (*r.Versions)[0].Plan
}

// Under is the version that a draft's numbers are in the units of.
func (e Earlier) Under(r Rules) *plan.Plan {
	if e.Plan == "" {
		return r.PlanOn(e.At)
	}
	return r.Typed(e.Plan)
}

// Typed is the version that something was typed under, by the beginning of its digest; the
// one in force when that names none.
func (r Rules) Typed(digest string) *plan.Plan {
	if digest != "" && r.changed() {
		for _, v := range slices.Backward(*r.Versions) {
			if strings.HasPrefix(v.Digest, digest) {
				return v.Plan
			}
		}
	}
	return r.Plan
}

// PlanOf is the plan an assignment is read by: that of today while it is open; once it
// is closed, the one its report was filed under, or without a report the one in force
// when it was closed.
func (r Rules) PlanOf(a Assignment) *plan.Plan {
	if !r.changed() || a.ClosedAt == nil {
		return r.Plan
	}
	if ref := a.LatestReport(); ref != nil {
		return r.PlanAt(ref.Seq)
	}
	for _, v := range slices.Backward(*r.Versions) {
		if v.At.Before(*a.ClosedAt) { // what a change of plan withdraws was work of the one before
			return v.Plan
		}
	}
	return (*r.Versions)[0].Plan
}

// Under is the rules with another version of the plan in the place of today's: for what
// is read as it was then.
func (r Rules) Under(p *plan.Plan) Rules {
	r.Plan = p
	return r
}

// TaskAt is a task as it was at a position of the journal; false when no version knows it.
func (r Rules) TaskAt(seq uint64, key int) (plan.Task, bool) {
	if t, ok := r.PlanAt(seq).KnownTask(key); ok {
		return t, true
	}
	return r.Plan.KnownTask(key)
}

// TaskOf is the task of an assignment as it is read; false when no version knows it.
func (r Rules) TaskOf(a Assignment) (plan.Task, bool) {
	if t, ok := r.PlanOf(a).Task(a.Task); ok {
		return t, true
	}
	return r.Plan.KnownTask(a.Task)
}

// UnitOf is a unit's name as an assignment is read.
func (r Rules) UnitOf(a Assignment, id string) string { return r.nameIn(r.PlanOf(a), id) }

// UnitAt is a unit's name at a position of the journal.
func (r Rules) UnitAt(seq uint64, id string) string { return r.nameIn(r.PlanAt(seq), id) }

// nameIn is the name a version gives a unit, or the one it has come to have since.
func (r Rules) nameIn(p *plan.Plan, id string) string {
	if _, ok := p.Department(id); ok || p == r.Plan {
		return p.Name(id)
	}
	return r.Plan.Name(id)
}

// IndicatorAt is an indicator as it was at a position of the journal; false when
// neither that version nor a later one knows it.
func (r Rules) IndicatorAt(seq uint64, id string) (plan.Indicator, bool) {
	if in, ok := r.PlanAt(seq).KnownIndicator(id); ok {
		return in, true
	}
	return r.Plan.KnownIndicator(id)
}

// Filed is a figure as it was filed, where that was in another unit than its
// indicator's of today.
type Filed struct {
	Value      plan.Number `json:"value"`
	Comparison plan.Number `json:"comparison"`
	Unit       string      `json:"unit"`
}

// Present gives a series as the plan of today measures it. A figure that was filed in
// another unit is converted where that is exact, and says what was filed; one that
// cannot be converted, or whose indicator was of another kind, stays listed and does
// not count (PointFormer): the series begins anew.
func (r Rules) Present(s Series) Series {
	if !r.changed() {
		return s
	}
	now, ok := r.Plan.KnownIndicator(s.Indicator)
	if !ok {
		return s
	}
	own := false
	for i := range s.Points {
		then, ok := r.IndicatorAt(s.Points[i].Seq, s.Indicator)
		if !ok || then.Unit == now.Unit && then.Kind == now.Kind {
			continue
		}
		if !own {
			s.Points, own = slices.Clone(s.Points), true
		}
		s.Points[i] = s.Points[i].in(then, now)
	}
	return s
}

// in is the point in the unit of another version's indicator.
func (p Point) in(then, now plan.Indicator) Point {
	p.Filed = &Filed{p.Value, p.Comparison, then.Unit}
	value, exact := plan.Convert(p.Value, then.Unit, now.Unit)
	comparison, both := plan.Convert(p.Comparison, then.Unit, now.Unit)
	if then.Kind == now.Kind && exact && both {
		p.Value, p.Comparison = value, comparison
		return p
	}
	if p.Status != PointVoid {
		p.Status = PointFormer
	}
	return p
}
