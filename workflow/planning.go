package workflow

import (
	"context"
	"time"

	"duban/workflow/plan"
)

// LoadPlan records the plan on a store that has none. On one that stands on
// another version it changes nothing and returns that version and false: the
// caller says what would change, and ApplyPlan does it on command.
func (d *Desk) LoadPlan(ctx context.Context, received time.Time, p *plan.Plan, source []byte) (PlanRef, bool, error) {
	stands := planRef(p)
	_, err := d.journal.Change(ctx, Change{Received: received, Actor: Clock, Source: source,
		Decide: func(v View, now time.Time) ([]Event, error) {
			was, ok, err := v.Plan()
			if err != nil || ok {
				stands = was
				return nil, err
			}
			return []Event{{At: now, Kind: KindPlanLoaded, Actor: Clock.Ref(), Data: Data{Plan: &stands}}}, nil
		}})
	return stands, stands.Digest == p.Digest, err
}

func planRef(p *plan.Plan) PlanRef { return PlanRef{ID: p.ID, Title: p.Title, Digest: p.Digest} }

// ApplyPlan puts a new version of the plan in force: one transaction in which
// open assignments whose slot is gone are withdrawn with the reason (and named
// as transferred when the task has a new lead), and slots that are new are
// assigned in the current regular period. Nothing else changes. It is for the
// office, the admin and the program itself.
func (d *Desk) ApplyPlan(ctx context.Context, call Call, next *plan.Plan, source []byte, current Period, reason string) (Receipt, error) {
	clean, bad := Text("reason", reason, ShortText)
	if bad == nil && clean == "" {
		bad = BadField("reason", "plan.reason_required")
	}
	if bad != nil {
		return Receipt{}, bad
	}
	ch := call.change("")
	ch.Source = source
	rules := d.rules()
	ch.Decide = func(v View, now time.Time) ([]Event, error) {
		if !call.Actor.Supervises() && call.Actor.Role != Admin && call.Actor.Role != System {
			return nil, Fault(Forbidden, "plan.forbidden")
		}
		was, ok, err := v.Plan()
		if err != nil {
			return nil, err
		}
		if ok && was.Digest == next.Digest {
			return nil, nil
		}
		ref := planRef(next)
		ref.Before = was.Digest
		loaded := Event{At: now, Kind: KindPlanLoaded, Actor: call.Actor.Ref(), Data: Data{Plan: &ref}, Texts: Texts{"reason": clean}}
		moved, err := rules.move(v, call.Actor, next, current, clean, now)
		return append([]Event{loaded}, moved...), err
	}
	return d.journal.Change(ctx, ch)
}

// move is the withdrawn and assigned events of a change of plan.
func (r Rules) move(v View, actor Actor, next *plan.Plan, current Period, reason string, now time.Time) ([]Event, error) {
	old, fresh := slotSet(r.Plan), slotSet(next)
	periods, err := v.Periods()
	if err != nil {
		return nil, err
	}
	var events []Event
	for _, s := range r.Plan.Assignments() {
		if fresh[s] {
			continue
		}
		for _, p := range periods {
			a, ok, err := v.Assignment(AssignmentID(p.ID, s.Task, Role(s.Role), s.Department))
			if err != nil {
				return nil, err
			}
			if !ok || !a.State.Open() {
				continue
			}
			events = append(events, a.expire(now)...)
			e := a.event(KindWithdrawn, actor, now)
			e.From, e.To, e.Texts["reason"] = a.State, Withdrawn, reason
			if t, ok := next.Task(s.Task); ok && s.Role == string(Lead) {
				e.Data.TransferredTo = t.Lead
			}
			events = append(events, e)
		}
	}
	for _, s := range next.Assignments() {
		if old[s] {
			continue
		}
		p := current
		p.AssignedAt = now
		e := assignEvent(r.notBefore(p, now), s, actor)
		a, ok, err := v.Assignment(e.Assignment)
		if err != nil {
			return nil, err
		}
		if ok && a.State != Withdrawn {
			continue // a slot that comes back: its work of this period is done or under way
		}
		events = append(events, e)
	}
	return events, nil
}

// notBefore keeps a late slot's instants ahead: who joins a running period has
// at least the plan's shortest notice.
func (r Rules) notBefore(p Period, now time.Time) Period {
	today := r.Clock.Today(now)
	soonest := func(t *time.Time, workdays int) {
		if end := r.Clock.DayEnd(r.Clock.Calendar.AddWorkdays(today, workdays)); t.Before(end) {
			*t = end
		}
	}
	soonest(&p.AcceptBy, r.Plan.Periods.AcceptWithin)
	soonest(&p.CooperatingDue, r.Plan.Periods.ShortestNotice)
	soonest(&p.Due, r.Plan.Periods.ShortestNotice)
	return p
}

func slotSet(p *plan.Plan) map[plan.Slot]bool {
	set := map[plan.Slot]bool{}
	for _, s := range p.Assignments() {
		set[s] = true
	}
	return set
}
