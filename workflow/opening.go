package workflow

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"duban/workflow/calendar"
	"duban/workflow/plan"
)

// EnsurePeriod opens the regular period that contains today, if it is not open
// yet: on a fresh store, at a turn of the quarter, after a standstill. A period that was
// opened under another rule runs to its end first. It
// returns the period that is current and whether this call opened it.
func (d *Desk) EnsurePeriod(ctx context.Context, received time.Time) (Period, bool, error) {
	var current Period
	rules, leave := d.enter()
	defer leave()
	r, err := d.journal.Change(ctx, Change{Received: received, Actor: Clock,
		Decide: func(v View, now time.Time) ([]Event, error) {
			p := rules.regularPeriod(now)
			was, ok, err := v.Period(p.ID)
			if err != nil {
				return nil, err
			}
			if ok {
				current = was
				return nil, nil
			}
			periods, err := v.Periods()
			if err != nil {
				return nil, err
			}
			if was, ok := rules.running(periods, now); ok {
				current = was
				return nil, nil
			}
			current = p
			return rules.open(p, Clock, rules.Plan.AssignmentsOn(rules.Clock.Today(now))), nil
		}})
	return current, len(r.Events) > 0, err
}

func (r Rules) regularPeriod(now time.Time) Period {
	c := r.Clock.Opened(r.PeriodRule(), r.Clock.Today(now), now)
	return Period{ID: c.ID, Name: PeriodName(c.ID), From: c.From, To: c.To, AssignedAt: now,
		AcceptBy: c.AcceptBy, CooperatingDue: c.CooperatingDue, Due: c.Due}
}

var quarterID = regexp.MustCompile(`^(\d{4})Q([1-4])$`)
var monthID = regexp.MustCompile(`^(\d{4})M(\d{2})$`)

// PeriodName is the printed name of a regular period, in the plan's language.
func PeriodName(id string) string {
	if m := quarterID.FindStringSubmatch(id); m != nil {
		return m[1] + "年第" + string([]rune("一二三四")[m[2][0]-'1']) + "季度"
	}
	if m := monthID.FindStringSubmatch(id); m != nil {
		return m[1] + "年" + strings.TrimPrefix(m[2], "0") + "月"
	}
	return id
}

// open is the events that open a period: its own, then one for each slot.
func (r Rules) open(p Period, actor Actor, slots []plan.Slot) []Event {
	events := []Event{{At: p.AssignedAt, Kind: KindPeriodOpened, Period: p.ID, Actor: actor.Ref(),
		Data: Data{OpenPeriod: &p}}}
	for _, s := range slots {
		events = append(events, assignEvent(p, s, actor))
	}
	return events
}

func assignEvent(p Period, s plan.Slot, actor Actor) Event {
	role, due := Lead, p.Due
	if s.Role == string(Cooperating) {
		role, due = Cooperating, p.CooperatingDue
	}
	acceptBy := p.AcceptBy
	if due.Before(acceptBy) {
		acceptBy = due
	}
	return Event{At: p.AssignedAt, Kind: KindAssigned, Period: p.ID, Task: s.Task, Department: s.Department,
		Assignment: AssignmentID(p.ID, s.Task, role, s.Department), Actor: actor.Ref(), To: Assigned,
		Data: Data{Role: role, Due: &due, AcceptBy: &acceptBy}}
}

// PeriodInput is a special period as the office opens it. Dates are due at the
// end of the working day.
type PeriodInput struct {
	ID             string   `json:"id"`
	Name           string   `json:"name"`
	From           *DueTime `json:"from"` // nil: today
	To             *DueTime `json:"to"`   // nil: the due day
	AcceptBy       *DueTime `json:"accept_by"`
	CooperatingDue *DueTime `json:"cooperating_due"`
	Due            *DueTime `json:"due"`
	Tasks          []int    `json:"tasks"`
	Departments    []string `json:"departments"`
	Slots          []Slot   `json:"slots"` // exactly these, instead of tasks and departments
	Reason         string   `json:"reason"`
}

// Slot is a department's part in a task, by the number it is printed with.
type Slot struct {
	Task       int    `json:"task"`
	Department string `json:"department"`
}

// periodID is what an id of a special period may look like: it stands in URLs
// and in assignment ids.
var periodID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_]{1,31}$`)

// OpenPeriod opens a special period for chosen tasks and departments; empty
// lists mean all. The id of a period that is Missing, and nothing else beside the
// reason, opens that one by the plan's rule. The Receipt's events name what was assigned.
func (d *Desk) OpenPeriod(ctx context.Context, call Call, in PeriodInput) (Period, Receipt, error) {
	var opened Period
	rules, leave := d.enter()
	defer leave()
	ch := call.change("")
	ch.Decide = func(v View, now time.Time) ([]Event, error) {
		if !call.Actor.Supervises() && call.Actor.Role != System {
			return nil, Fault(Forbidden, "period.office_only")
		}
		p, slots, err := rules.opens(v, in, now)
		if err != nil {
			return nil, err
		}
		if _, ok, err := v.Period(p.ID); err != nil {
			return nil, err
		} else if ok {
			return nil, Refuse("period.exists", "id", p.ID)
		}
		opened = p
		events := rules.open(p, call.Actor, slots)
		if reason, bad := Text("reason", in.Reason, ShortText); bad != nil {
			return nil, bad
		} else if reason != "" {
			events[0].Texts = Texts{"reason": reason}
		}
		return events, nil
	}
	r, err := d.record(ctx, rules, call, ch)
	for _, e := range r.Events {
		if e.Kind == KindPeriodOpened {
			opened.Seq = e.Seq
		}
	}
	if err == nil && r.Repeated {
		err = d.journal.Read(ctx, func(v ReadView) error { opened, _, err = v.Period(in.ID); return err })
	}
	return opened, r, err
}

// opens is the period an input asks for, with the slots it opens.
func (r Rules) opens(v View, in PeriodInput, now time.Time) (Period, []plan.Slot, error) {
	if in.Due == nil && in.Name == "" && len(in.Tasks)+len(in.Departments)+len(in.Slots) == 0 {
		periods, err := v.Periods()
		if err != nil {
			return Period{}, nil, err
		}
		if p, ok := r.missed(periods, in.ID, now); ok {
			return p, r.Plan.AssignmentsOn(p.From), nil // who was a member then
		}
	}
	return r.special(in, now)
}

// special checks an input and finds the slots it opens. The id of a regular
// period stands for that period alone: its days, every task, every department.
func (r Rules) special(in PeriodInput, now time.Time) (Period, []plan.Slot, error) {
	var f faults
	if !periodID.MatchString(in.ID) {
		f.add("id", "period.id")
	}
	name := Texts{}
	f.required(name, "name", "name", in.Name, 60, "period.name_required")
	p := Period{ID: in.ID, Name: name["name"], AssignedAt: now, Special: true}
	r.instants(&f, &p, in, now)
	for _, s := range in.Slots {
		in.Tasks, in.Departments = append(in.Tasks, s.Task), append(in.Departments, s.Department)
	}
	r.members(&f, &p, in)
	if every, from, to, err := calendar.ParsePeriodID(in.ID); err == nil && every == r.Plan.Periods.Every {
		p.Special = false
		if p.From != from || p.To != to || len(p.Tasks)+len(p.Departments) > 0 {
			f.add("id", "period.id_regular", "from", from, "to", to)
		}
	}
	var slots []plan.Slot
	for _, s := range r.Plan.AssignmentsOn(r.Clock.Today(now)) {
		if t, _ := r.Plan.Task(s.Task); len(in.Slots) > 0 && !slices.Contains(in.Slots, Slot{t.No, s.Department}) {
			continue
		}
		if (len(p.Tasks) == 0 || slices.Contains(p.Tasks, s.Task)) &&
			(len(p.Departments) == 0 || slices.Contains(p.Departments, s.Department)) {
			slots = append(slots, s)
		}
	}
	// A department without work in it is none of the period's: who is one of its
	// departments may read what it is called and why it was opened.
	p.Departments = slices.DeleteFunc(p.Departments, func(id string) bool {
		return !slices.ContainsFunc(slots, func(s plan.Slot) bool { return s.Department == id })
	})
	if len(slots) == 0 && len(f) == 0 {
		f.add("tasks", "period.nobody")
	}
	return p, slots, f.err()
}

// instants sets a period's days and due instants and holds their order.
func (r Rules) instants(f *faults, p *Period, in PeriodInput, now time.Time) {
	if in.Due == nil {
		f.add("due", "period.due_required")
		return
	}
	p.Due = r.due(in.Due, now, 0)
	p.CooperatingDue, p.AcceptBy = p.Due, p.Due
	if in.CooperatingDue != nil {
		p.CooperatingDue = r.due(in.CooperatingDue, now, 0)
	}
	if in.AcceptBy != nil {
		p.AcceptBy = r.due(in.AcceptBy, now, 0)
	}
	p.From, p.To = r.day(in.From, now), r.day(in.To, p.Due)
	switch {
	case !p.Due.After(now):
		f.add("due", "due.past", "due", p.Due)
	case tooFar(p.Due, now):
		f.add("due", "due.too_far", "due", p.Due)
	case p.To.Before(p.From):
		f.add("to", "period.dates")
	case p.CooperatingDue.After(p.Due):
		f.add("cooperating_due", "period.cooperating_after_lead")
	case p.AcceptBy.After(p.Due):
		f.add("accept_by", "period.accept_after_due")
	case !p.CooperatingDue.After(now):
		f.add("cooperating_due", "due.past", "due", p.CooperatingDue)
	case !p.AcceptBy.After(now):
		f.add("accept_by", "due.past", "due", p.AcceptBy)
	}
}

// day is the day d names, or that of fallback when d is nil.
func (r Rules) day(d *DueTime, fallback time.Time) plan.Date {
	switch {
	case d == nil:
		return r.Clock.Today(fallback)
	case !d.Date.IsZero():
		return d.Date
	}
	return r.Clock.Today(d.At)
}

// members resolves the chosen tasks and departments.
func (r Rules) members(f *faults, p *Period, in PeriodInput) {
	for i, no := range in.Tasks {
		if t, ok := r.Plan.Numbered(no); !ok {
			f.add(fmt.Sprintf("tasks.%d", i), "task.unknown", "task", no)
		} else if !slices.Contains(p.Tasks, t.Key) {
			p.Tasks = append(p.Tasks, t.Key)
		}
	}
	for i, s := range in.Departments {
		dep, ok := r.Plan.FindDepartment(s)
		if !ok {
			f.add(fmt.Sprintf("departments.%d", i), "department.unknown", "id", clip(s))
		} else if !slices.Contains(p.Departments, dep.ID) {
			p.Departments = append(p.Departments, dep.ID)
		}
	}
}
