package workflow

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Desk is the door to the domain: every act of a person, a program or the
// clock goes through one of its methods.
type Desk struct {
	journal Journal
	rules   func() Rules

	inForce  *InForce     // nil: the plan does not change while this desk acts
	changing sync.RWMutex // held by a change of plan, shared by every other act
}

// NewDesk stands a desk on a journal. rules gives the rules in force at each call.
func NewDesk(j Journal, rules func() Rules) *Desk {
	return &Desk{journal: j, rules: rules}
}

// Call is what every act carries: who, when it was received, and how a repeat
// and a stale view are recognised.
type Call struct {
	Actor    Actor
	Received time.Time
	Key      string   // Idempotency-Key, "" for none
	Digest   [32]byte // of act and body, compared when Key repeats
	Version  int      // If-Match; 0 when not sent
	// Plan begins the digest of the plan that the caller looked at; empty when not said.
	Plan string
}

// change begins the journal's Change of a call. A key is the actor's own: two
// people never meet on one, nor do one's own acts and those for another.
func (c Call) change(subject string) Change {
	key := ""
	if c.Key != "" {
		key = c.Actor.User + "\x00" + c.Key
		if c.Actor.OnBehalf != "" {
			key = c.Actor.User + "\x01" + c.Actor.OnBehalf + "\x00" + c.Key
		}
	}
	return Change{Key: key, Digest: c.Digest, Subject: subject, Received: c.Received, Actor: c.Actor}
}

// Act does one command on one assignment. Errors: NotFound when it does not
// exist or the actor may not see it, Stale when Version is not the row's,
// Forbidden, Refused, Invalid.
func (d *Desk) Act(ctx context.Context, call Call, id string, c Command) (Receipt, error) {
	for {
		r, err := d.act(ctx, call, id, c)
		var e *Error
		if !errors.As(err, &e) || e.Code != "assignment.stale" {
			return r, err
		}
		same, unread := d.sinceMarked(ctx, id, call.Version)
		if unread != nil || same == 0 {
			return r, errors.Join(err, unread)
		}
		call.Version = same
	}
}

func (d *Desk) act(ctx context.Context, call Call, id string, c Command) (Receipt, error) {
	ch := call.change(id)
	rules, leave := d.enter()
	defer leave()
	ch.Decide = func(v View, now time.Time) ([]Event, error) {
		a, ok, err := v.Assignment(id)
		if err != nil {
			return nil, err
		}
		if !ok || !rules.MaySee(call.Actor, a) || call.Actor.Role == Screen {
			return nil, Fault(NotFound, "assignment.unknown", "id", clip(id))
		}
		if err := rules.permit(call.Actor, a, c); err != nil {
			return nil, err
		}
		if call.Version != 0 && call.Version != a.Version {
			return nil, Fault(Stale, "assignment.stale", "yours", call.Version, "current", a.Version,
				"kind", a.LastKind, "unit", rules.unitThatActed(a.LastUnit), "at", a.LastAt)
		}
		return Decide(a, call.Actor, c, Scene{Rules: rules, View: v, Now: now})
	}
	return d.record(ctx, rules, call, ch)
}

// unitThatActed names, for a refusal, the unit of an event's actor. The program's own
// clock has no name in a plan: its role is said in the reader's language.
func (r Rules) unitThatActed(id string) any {
	if id == Clock.Unit {
		return System
	}
	return r.Plan.Name(id)
}

// sinceMarked is the version an assignment has come to from the given one by read marks
// alone, 0 when something else has happened or nothing has. That an urge was read changes
// nothing that an act could be mistaken about: a department that has just read one would
// otherwise be told that its page is out of date.
func (d *Desk) sinceMarked(ctx context.Context, id string, version int) (int, error) {
	trail, err := d.journal.Trail(ctx, id)
	if err != nil {
		return 0, err
	}
	var a Assignment
	for _, e := range trail {
		if a = Apply(a, e); a.Version > version && e.Kind != KindUrgeRead && e.Kind != KindSentBack {
			return 0, nil
		}
	}
	if a.Version <= version {
		return 0, nil
	}
	return a.Version, nil
}

// FileFigure files or corrects a figure of an indicator for the office.
func (d *Desk) FileFigure(ctx context.Context, call Call, in FileFigureInput) (Receipt, error) {
	ch := call.change("")
	rules, leave := d.enter()
	defer leave()
	ch.Decide = func(v View, now time.Time) ([]Event, error) {
		return Scene{Rules: rules, View: v, Now: now}.DecideFigure(call.Actor, in)
	}
	return d.record(ctx, rules, call, ch)
}

// AssignIndicator gives an indicator to a department, or back to the office ("").
func (d *Desk) AssignIndicator(ctx context.Context, call Call, indicator, department string) (Receipt, error) {
	ch := call.change("")
	rules, leave := d.enter()
	defer leave()
	ch.Decide = func(v View, now time.Time) ([]Event, error) {
		return Scene{Rules: rules, View: v, Now: now}.DecideOwner(call.Actor, indicator, department)
	}
	return d.record(ctx, rules, call, ch)
}

// Exported records that something was handed out: what, and in words that can be
// redacted which part of it; "" for all.
func (d *Desk) Exported(ctx context.Context, call Call, what, selection string) error {
	ch := call.change("")
	ch.Decide = func(_ View, now time.Time) ([]Event, error) {
		e := Event{At: now, Kind: KindExported, Actor: call.Actor.Ref(), Data: Data{Export: what}}
		if selection != "" {
			e.Texts = Texts{"selection": selection}
		}
		return []Event{e}, nil
	}
	_, err := d.journal.Change(ctx, ch)
	return err
}

// Chore is something the clock owes an assignment.
type Chore struct {
	Assignment string
	Command    Command // ExpireCommand or RemindCommand
}

// choresAtOnce bounds one transaction of the clock.
const choresAtOnce = 200

// Do does the clock's chores, each judged again in its transaction: what no
// longer needs doing is left out, so that doing a chore twice records it once.
// It returns how many events were written.
func (d *Desk) Do(ctx context.Context, received time.Time, chores []Chore) (int, error) {
	done := 0
	for len(chores) > 0 {
		batch := chores[:min(choresAtOnce, len(chores))]
		chores = chores[len(batch):]
		r, err := d.doBatch(ctx, received, batch)
		if err != nil {
			return done, err
		}
		done += len(r.Events)
	}
	return done, nil
}

func (d *Desk) doBatch(ctx context.Context, received time.Time, batch []Chore) (Receipt, error) {
	rules, leave := d.enter()
	defer leave()
	return d.journal.Change(ctx, Change{Received: received, Actor: Clock,
		Decide: func(v View, now time.Time) ([]Event, error) { return doChores(rules, v, now, batch) }})
}

func doChores(rules Rules, v View, now time.Time, batch []Chore) ([]Event, error) {
	var events []Event
	seen := map[string]bool{} // the rows of v stand still while the batch is decided
	for _, ch := range batch {
		if seen[ch.Assignment] {
			continue
		}
		a, ok, err := v.Assignment(ch.Assignment)
		if err != nil {
			return nil, err
		}
		if !ok || !rules.owes(a, ch.Command, now) {
			continue
		}
		es, err := Decide(a, Clock, ch.Command, Scene{Rules: rules, View: v, Now: now})
		if err != nil {
			return nil, fmt.Errorf("chore %s on %s: %w", ch.Command.Trigger(), ch.Assignment, err)
		}
		seen[ch.Assignment] = true
		events = append(events, es...)
	}
	return events, nil
}

// owes reports whether the chore is still due on the assignment.
func (r Rules) owes(a Assignment, c Command, now time.Time) bool {
	if _, ok := c.(ExpireCommand); ok {
		return expired(a, now)
	}
	n, ok := r.Reminder(a, now)
	return ok && c == Command(RemindCommand{Workdays: n})
}

// Chores lists what the clock owes an assignment now: expired, or a reminder.
func (r Rules) Chores(a Assignment, now time.Time) []Chore {
	if expired(a, now) {
		return []Chore{{a.ID, ExpireCommand{}}}
	}
	if n, ok := r.Reminder(a, now); ok {
		return []Chore{{a.ID, RemindCommand{Workdays: n}}}
	}
	return nil
}

// Reminder is the automatic reminder due on the assignment: on a workday, when
// as many workdays are left as the plan names, and not sent yet for this due
// date. A server that was off sends the nearest one only; on the day of assignment
// there is nothing to remind of.
func (r Rules) Reminder(a Assignment, now time.Time) (workdays int, due bool) {
	if (a.State != Assigned && a.State != InProgress) || a.PastDue(now) {
		return 0, false
	}
	today := r.Clock.Today(now)
	if !r.Clock.Calendar.IsWorkday(today) || today == r.Clock.Today(a.AssignedAt) {
		return 0, false
	}
	left := r.Clock.WorkdaysLeft(now, a.Due)
	best, found := 0, false
	for _, n := range r.Plan.Periods.RemindBefore {
		if left <= n && (!found || n < best) {
			best, found = n, true
		}
	}
	if !found {
		return 0, false
	}
	for _, n := range a.Reminded {
		if n <= best {
			return 0, false
		}
	}
	return best, true
}

// Preview is what a command would record now, judged as Act would judge it and
// written nowhere: for a last look before filing.
func (d *Desk) Preview(ctx context.Context, call Call, id string, c Command) ([]Event, error) {
	var events []Event
	rules := d.rules()
	if err := rules.shownTo(call); err != nil {
		return nil, err
	}
	err := d.journal.Read(ctx, func(v ReadView) error {
		a, ok, err := v.Assignment(id)
		if err != nil {
			return err
		}
		if !ok || !rules.MaySee(call.Actor, a) {
			return Fault(NotFound, "assignment.unknown", "id", clip(id))
		}
		events, err = Decide(a, asSigner(call.Actor, c), c, Scene{Rules: rules, View: v, Now: call.Received})
		return err
	})
	return events, err
}
