package workflow

import (
	"context"
	"slices"
	"strings"
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

// NewPlan is a version to put in force.
type NewPlan struct {
	Plan   *plan.Plan // as read
	Source []byte     // its file
	Reason string
	// Dissolved are the units that are gone without a successor, by id: their open work
	// is withdrawn. A unit that is gone and neither replaced nor named here is refused.
	Dissolved []string
}

// ApplyPlan puts a new version of the plan in force, in one transaction. Nothing that
// was filed is lost by it:
//
//   - What a unit had open that the plan replaces by another goes on with that one, with
//     its drafts, reports and figures, in regular and special periods.
//   - What is filed and waits for the office stays, whoever leads the task from now on;
//     the task is then not asked for again in that period, nor is what is verified.
//   - Other open work whose slot is gone is withdrawn with the reason, and goes to the
//     task's new lead in the same period, if it has one.
//   - Slots that are new are assigned in the current regular period.
//   - The indicators a unit was given, and its sign-off, are its successor's.
//
// It is for the office, the admin and the program itself.
//
// Acts under way end before it, and none begins until the new version is in force. Where
// the caller gives up meanwhile it is done all the same: nobody acts by half a plan.
//
// Errors: Forbidden (plan.forbidden), Invalid (plan.reason_required), Refused
// (plan.unit_lost, plan.indicator_renamed).
func (d *Desk) ApplyPlan(ctx context.Context, call Call, in NewPlan, current Period) (Receipt, error) {
	clean, bad := Text("reason", in.Reason, ShortText)
	if bad == nil && clean == "" {
		bad = BadField("reason", "plan.reason_required")
	}
	if bad != nil {
		return Receipt{}, bad
	}
	ch := call.change("")
	ch.Source = in.Source
	d.changing.Lock()
	defer d.changing.Unlock()
	rules := d.rules()
	next, err := NewRules(in.Plan.Follow(rules.Plan), rules.Clock.Calendar)
	if err != nil {
		return Receipt{}, err
	}
	ch.Decide = func(v View, now time.Time) ([]Event, error) {
		if !call.Actor.Supervises() && call.Actor.Role != Admin && call.Actor.Role != System {
			return nil, Fault(Forbidden, "plan.forbidden")
		}
		was, ok, err := v.Plan()
		if err != nil {
			return nil, err
		}
		if ok && was.Digest == in.Plan.Digest {
			return nil, nil
		}
		ref := planRef(in.Plan)
		ref.Before = was.Digest
		loaded := Event{At: now, Kind: KindPlanLoaded, Actor: call.Actor.Ref(), Data: Data{Plan: &ref}, Texts: Texts{"reason": clean}}
		m := mover{rules: rules, view: v, actor: call.Actor, next: next.Plan, reason: clean, now: now}
		if err := m.check(in.Dissolved); err != nil {
			return nil, err
		}
		err = m.move(current, was.Signing)
		return append([]Event{loaded}, m.events...), err
	}
	if d.inForce == nil {
		return d.journal.Change(ctx, ch)
	}
	d.inForce.prepare(next)
	r, err := d.journal.Change(context.WithoutCancel(ctx), ch)
	for _, e := range r.Events {
		d.inForce.Loaded(e)
	}
	return r, err
}

// mover makes the events of a change of plan.
type mover struct {
	rules  Rules
	view   View
	actor  Actor
	next   *plan.Plan
	reason string
	now    time.Time
	events []Event
	gone   map[string]bool // assignments withdrawn here
}

// check refuses what would lose work or figures.
func (m *mover) check(dissolved []string) error {
	for _, d := range m.rules.Plan.Departments {
		if len(m.next.Heirs(d.ID)) == 0 && !slices.Contains(dissolved, d.ID) {
			return Refuse("plan.unit_lost", "name", d.Name, "id", d.ID)
		}
	}
	for _, id := range dissolved {
		if _, there := m.next.Department(id); there {
			return Refuse("plan.unit_stays", "name", m.next.Name(id), "id", id)
		}
	}
	for _, o := range m.rules.Plan.AllIndicators() {
		if n, ok := m.next.Indicator(o.ID); ok && n.Title == o.Title {
			continue
		}
		s, _, err := m.view.Series(o.ID)
		if err != nil {
			return err
		}
		for _, n := range m.next.AllIndicators() {
			if was, _ := m.rules.Plan.Indicator(n.ID); n.Title == o.Title && was.Title != o.Title && len(s.Points) > 0 {
				return Refuse("plan.indicator_renamed", "title", o.Title, "id", o.ID, "new", n.ID)
			}
		}
	}
	return nil
}

// move appends what becomes of open work, of indicators and of sign-off.
func (m *mover) move(current Period, signing []string) error {
	m.gone = map[string]bool{}
	periods, err := m.view.Periods()
	if err != nil {
		return err
	}
	left := map[string][]int{} // period: tasks whose lead's work was withdrawn there
	for _, t := range slices.Concat(m.rules.Plan.Tasks, m.rules.Plan.FormerTasks()) {
		for _, p := range periods {
			rows, err := m.view.TaskAssignments(p.ID, t.Key)
			if err != nil {
				return err
			}
			slices.SortStableFunc(rows, func(a, b Assignment) int { return strings.Compare(string(b.Role), string(a.Role)) }) // the lead first
			for _, a := range rows {
				if m.row(a, rows) {
					left[p.ID] = append(left[p.ID], t.Key)
				}
			}
		}
	}
	today := m.rules.Clock.Today(m.now)
	old := slotSet(m.rules.Plan.AssignmentsOn(today))
	for _, s := range m.next.AssignmentsOn(today) {
		for _, p := range periods {
			if p.ID == current.ID && !old[s] || s.Role == string(Lead) && slices.Contains(left[p.ID], s.Task) {
				if err := m.assign(p, s); err != nil {
					return err
				}
			}
		}
	}
	m.sign(signing)
	return m.owners()
}

// row is what becomes of one assignment. It reports whether a lead's work was withdrawn,
// so that the task's new lead has to be asked.
func (m *mover) row(a Assignment, rows []Assignment) bool {
	slot := plan.Slot{Task: a.Task, Department: a.Department, Role: string(a.Role)}
	if !a.State.Open() || m.next.Holds(slot) {
		return false
	}
	heirs := m.next.Heirs(a.Department)
	if _, stays := m.next.Task(a.Task); stays && a.TransferredFrom != "" && len(heirs) > 0 {
		if !slices.Contains(heirs, a.Department) { // no plan has given it this work, and none takes it away
			m.handOver(a, heirs[0])
		}
		return false
	}
	for _, h := range heirs {
		slot.Department = h
		has := slices.ContainsFunc(rows, func(b Assignment) bool {
			return b.Department == h && b.Role == a.Role && b.State != Withdrawn
		})
		if h != a.Department && m.next.Holds(slot) && (!has || a.State == Reported) {
			m.handOver(a, h)
			return false
		}
	}
	if a.State == Reported {
		if len(heirs) > 0 && heirs[0] != a.Department {
			m.handOver(a, heirs[0])
		}
		return false // it waits for the office's word, and is the period's work on the task
	}
	m.events = append(m.events, a.expire(m.now)...)
	e := a.event(KindWithdrawn, m.actor, m.now)
	e.From, e.To, e.Texts["reason"] = a.State, Withdrawn, m.reason
	t, ok := m.next.Task(a.Task)
	if ok && a.Role == Lead {
		e.Data.TransferredTo = t.Lead
	}
	m.events = append(m.events, e)
	m.gone[a.ID] = true
	return ok && a.Role == Lead
}

func (m *mover) handOver(a Assignment, heir string) {
	m.events = append(m.events, a.expire(m.now)...)
	e := a.event(KindHandedOver, m.actor, m.now)
	e.Data.TransferredTo, e.Texts["reason"] = heir, m.reason
	m.events = append(m.events, e)
}

// assign gives a slot to its department in a running period, unless the work is there:
// the department's own, a predecessor's, or for a lead any lead's.
func (m *mover) assign(p Period, s plan.Slot) error {
	rows, err := m.view.TaskAssignments(p.ID, s.Task)
	if err != nil {
		return err
	}
	for _, a := range rows {
		mine := a.Role == Lead || m.next.Stands(s.Department, a.Department)
		if string(a.Role) == s.Role && mine && a.State != Withdrawn && !m.gone[a.ID] {
			return nil
		}
	}
	p.AssignedAt = m.now
	e := assignEvent(m.rules.notBefore(p, m.now), s, m.actor)
	a, ok, err := m.view.Assignment(e.Assignment)
	if err != nil || ok && a.State != Withdrawn && !m.gone[a.ID] {
		return err
	}
	m.events = append(m.events, e)
	return nil
}

// owners gives the indicators of units that are gone to their successors; to nobody
// where there is none, or more than one.
func (m *mover) owners() error {
	for _, in := range slices.Concat(m.rules.Plan.AllIndicators(), m.rules.Plan.FormerIndicators()) {
		s, _, err := m.view.Series(in.ID)
		if err != nil {
			return err
		}
		if _, there := m.next.Department(s.Owner); s.Owner != "" && !there {
			m.events = append(m.events, Event{At: m.now, Kind: KindIndicatorAssigned, Actor: m.actor.Ref(),
				Data: Data{Indicator: in.ID, Owner: m.next.Heir(s.Owner)}, Texts: Texts{"reason": m.reason}})
		}
	}
	return nil
}

// sign carries sign-off on to the successors.
func (m *mover) sign(signing []string) {
	set := func(department string, on bool) {
		m.events = append(m.events, Event{At: m.now, Kind: KindSigningSet, Actor: m.actor.Ref(), Department: department, Data: Data{Signing: on}})
	}
	for _, d := range signing {
		if _, there := m.next.Department(d); there {
			continue
		}
		set(d, false)
		for _, h := range m.next.Heirs(d) {
			if !slices.Contains(signing, h) {
				set(h, true)
			}
		}
	}
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

func slotSet(slots []plan.Slot) map[plan.Slot]bool {
	set := map[plan.Slot]bool{}
	for _, s := range slots {
		set[s] = true
	}
	return set
}
