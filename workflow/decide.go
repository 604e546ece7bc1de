package workflow

import (
	"slices"
	"time"
)

// Scene is what a decision may look at besides the assignment itself.
type Scene struct {
	Rules Rules
	View  View
	Now   time.Time
}

// Decide answers a command with the events that record it, or with an Error
// that says why not. It is pure over its scene. An assignment that is past due
// and not yet marked so is expired first, so that what follows is judged as
// overdue even when the clock has not ticked (product rules, section 4).
func Decide(a Assignment, actor Actor, c Command, s Scene) ([]Event, error) {
	if err := s.Rules.permit(actor, a, c); err != nil {
		return nil, err
	}
	events := a.expire(s.Now)
	if c.Trigger() == Expire && len(events) > 0 {
		return events, nil
	}
	to, err := fire(a, actor, s.Now, c.Trigger())
	if err != nil {
		return nil, err
	}
	own, err := s.record(a, actor, c)
	if err != nil {
		return nil, err
	}
	if to != a.State {
		own[0].From, own[0].To = a.State, to
	}
	if len(events) == 0 { // an event is large
		return own, nil
	}
	return append(events, own...), nil
}

// expire marks an assignment that is past due as overdue and answers the event
// that records it, effective at the due instant; nil when the clock owes nothing.
func (a *Assignment) expire(now time.Time) []Event {
	if !expired(*a, now) {
		return nil
	}
	e := a.event(KindExpired, Clock, a.Due)
	e.From, e.To = a.State, Overdue
	a.State = Overdue
	return []Event{e}
}

// event begins an event of the assignment.
func (a Assignment) event(k Kind, actor Actor, at time.Time) Event {
	return Event{At: at, Kind: k, Assignment: a.ID, Period: a.Period, Task: a.Task,
		Department: a.Department, Actor: actor.Ref(), Texts: Texts{}}
}

// record checks the command's fields and writes its events; the first is the
// command's own, the rest are about other assignments it touches.
func (s Scene) record(a Assignment, actor Actor, c Command) ([]Event, error) {
	act := byTrigger[c.Trigger()]
	r := recording{Scene: s, act: act, a: a, actor: actor, e: a.event(act.Kind, actor, s.Now)}
	return act.record(&r, c)
}

// urged records an urge. A reminder needs no words.
func (r *recording) urged(c UrgeCommand) {
	r.e.Data.Level, r.e.Data.N = c.Level, len(r.a.Urges)+1
	if c.Level == "" {
		r.e.Data.Level = Reminder
	}
	oneOf(&r.f, "level", "urge.level_unknown", r.e.Data.Level, Levels)
	if r.e.Data.Level == Reminder {
		r.text("text", c.Text)
	} else {
		r.must("text", c.Text)
	}
}

// urge is the urge that a department answers; nil, and a fault, when there is none.
func (r *recording) urge(n int) *UrgeRef {
	r.e.Data.N = n
	u := r.a.Urge(n)
	if u == nil {
		r.f.add("n", "urge.unknown", "n", n)
	}
	return u
}

// directed records a directive, and the special assignments it becomes.
func (r *recording) directed(c DirectCommand) ([]Event, error) {
	r.text("text", c.Text)
	if err := r.f.err(); err != nil || c.Special == nil {
		return []Event{r.e}, err
	}
	return r.directSpecial(r.e, r.a, r.actor, *c.Special)
}

// extend gives a later due instant: the one asked for, or the one the office
// names. A number has to name the request that still waits.
func (r *recording) extend(c ExtendCommand) {
	r.e.Data.N = c.N
	r.text("reason", c.Reason)
	if c.N != 0 {
		r.f.pending(r.a, c.N)
	}
	if p := r.a.PendingExtension(); c.Due == nil && p != nil {
		c.Due = &DueTime{At: p.Wanted}
	}
	r.due(c.Due, r.a.Due)
}

// newDue sets the due instant from now on: after now, and after the instant it
// has to be later than, within ten years.
func (s Scene) newDue(f *faults, e *Event, d *DueTime, after time.Time) {
	due := s.Rules.due(d, s.Now, s.Rules.Plan.Periods.ReturnDue)
	switch {
	case !due.After(s.Now):
		f.add("due", "due.past", "due", due)
	case !due.After(after):
		f.add("due", "due.not_later", "due", after)
	case tooFar(due, s.Now):
		f.add("due", "due.too_far", "due", due)
	}
	e.Data.Due = &due
}

// tooFar: a due instant more than ten years ahead is a slip of the year.
func tooFar(due, now time.Time) bool { return due.After(now.AddDate(10, 0, 0)) }

func (f *faults) pending(a Assignment, n int) {
	if p := a.PendingExtension(); p == nil || p.N != n {
		f.add("n", "extension.unknown", "n", n)
	}
}

// oneOf notes a fault when v is none of the known values.
func oneOf[T ~string](f *faults, field, code string, v T, known []T) {
	if !slices.Contains(known, v) {
		f.add(field, code, "value", string(v), "known", known)
	}
}
