package workflow

import (
	"context"
	"slices"
	"time"

	"github.com/qmuntal/stateless"
)

// open is the superstate of every state in which work is expected of somebody.
const open State = "open"

// subject is what one firing looks at: a copy of the assignment, who acts and
// when, and the refusal a guard leaves. It travels in the context, so that one
// machine serves every call.
type subject struct {
	a       Assignment
	actor   Actor
	now     time.Time
	refusal *Error
}

type subjectKey struct{}

func subjectOf(ctx context.Context) *subject {
	s, _ := ctx.Value(subjectKey{}).(*subject)
	return s
}

// machine is the state machine of an assignment (product rules, section 4).
// It fires immediately: in queued mode a shared machine loses the error of a
// refused call. It has no entry or exit actions: what a transition means is
// recorded by Decide as an event.
var machine = newMachine()

func newMachine() *stateless.StateMachine {
	m := stateless.NewStateMachineWithExternalStorage(
		func(ctx context.Context) (stateless.State, error) {
			if s := subjectOf(ctx); s != nil {
				return s.a.State, nil
			}
			return Assigned, nil // the graph asks without a subject: where every assignment begins
		},
		func(ctx context.Context, s stateless.State) error { subjectOf(ctx).a.State = s.(State); return nil },
		stateless.FiringImmediate)

	for _, state := range []State{Assigned, InProgress, Overdue, Reported} {
		m.Configure(state).SubstateOf(open)
	}
	for _, a := range acts {
		for _, w := range a.ways {
			for _, from := range w.from {
				w.configure(m.Configure(from), a.Trigger, from)
			}
		}
	}
	return m
}

// guard says whether a way is open for the subject in the context.
type guard = stateless.GuardFunc

func (w way) configure(c *stateless.StateConfiguration, t Trigger, from State) {
	switch w.to {
	case "":
		c.InternalTransition(t, stay, w.guards...)
	case from:
		c.PermitReentry(t, w.guards...)
	default:
		c.Permit(t, w.to, w.guards...)
	}
}

func stay(context.Context, ...any) error { return nil }

// Guards. Each that refuses for a reason of its own leaves that reason; the two
// that choose between destinations leave none.

func pastDue(ctx context.Context, _ ...any) bool {
	s := subjectOf(ctx)
	return s.require(s.a.PastDue(s.now), "expire.not_due", "due", s.a.Due)
}

func notAccepted(ctx context.Context, _ ...any) bool {
	s := subjectOf(ctx)
	return s.require(s.a.AcceptedAt == nil, "accept.already", "at", s.a.AcceptedAt)
}

func wasAccepted(ctx context.Context, _ ...any) bool { return subjectOf(ctx).a.AcceptedAt != nil }

func wasNotAccepted(ctx context.Context, _ ...any) bool { return subjectOf(ctx).a.AcceptedAt == nil }

func inTime(ctx context.Context, _ ...any) bool { s := subjectOf(ctx); return !s.a.PastDue(s.now) }

func outOfTime(ctx context.Context, _ ...any) bool { s := subjectOf(ctx); return s.a.PastDue(s.now) }

func noPendingExtension(ctx context.Context, _ ...any) bool {
	s := subjectOf(ctx)
	p := s.a.PendingExtension()
	if p == nil {
		return true
	}
	return s.require(false, "extension.pending", "wanted", p.Wanted)
}

func pendingExtension(ctx context.Context, _ ...any) bool {
	s := subjectOf(ctx)
	return s.require(s.a.PendingExtension() != nil, "extension.none_pending")
}

func openAsk(ctx context.Context, _ ...any) bool {
	s := subjectOf(ctx)
	return s.require(s.a.OpenAsk() != nil, "ask.none_open")
}

func answeredAsk(ctx context.Context, _ ...any) bool {
	s := subjectOf(ctx)
	return s.require(slices.ContainsFunc(s.a.Asks(), AskRef.unsettled), "ask.none_answered")
}

// notSelfVerified: never a person of the reporting department, nor whoever filed
// the report under another hat or had it filed for them, nor anybody who acts for
// one of these.
func notSelfVerified(ctx context.Context, _ ...any) bool {
	s := subjectOf(ctx)
	own := s.actor.Unit == s.a.Department || s.actor.Is(s.a.ReportedBy) || s.actor.Is(s.a.ReportedFor)
	return s.require(!own, "verify.own_report")
}

func (s *subject) require(ok bool, code string, args ...any) bool {
	if !ok {
		s.refusal = Refuse(code, args...)
	}
	return ok
}

// fire moves a copy of a by the trigger: the state after it, or why not. A state
// the machine does not know never reaches it: it would keep that state for ever.
func fire(a Assignment, actor Actor, now time.Time, t Trigger) (State, error) {
	if _, ok := ParseState(string(a.State)); !ok {
		return "", Refuse("assignment.not_now", "state", a.State, "trigger", t)
	}
	s := &subject{a: a, actor: actor, now: now}
	ctx := context.WithValue(context.Background(), subjectKey{}, s)
	if err := machine.FireCtx(ctx, t); err != nil {
		if s.refusal != nil {
			return "", s.refusal
		}
		return "", refusalOf(a, t)
	}
	return s.a.State, nil
}

// refusalOf names the reason why a state has no way out by a trigger.
func refusalOf(a Assignment, t Trigger) *Error {
	act := byTrigger[t]
	switch {
	case act != nil && act.closedToo:
		return act.otherwise(a)
	case a.State == Withdrawn:
		return Refuse("assignment.withdrawn", "at", a.ClosedAt)
	case a.State == Verified:
		return Refuse("assignment.verified", "at", a.ClosedAt)
	case act != nil && act.otherwise != nil:
		return act.otherwise(a)
	}
	return Refuse("assignment.not_now", "state", a.State, "trigger", t)
}

// Actions are the triggers the actor may pull now, in the fixed order of
// buttons; nil when there is none.
func (r Rules) Actions(actor Actor, a Assignment, now time.Time) []Trigger {
	if expired(a, now) {
		a.State = Overdue
	}
	if _, ok := ParseState(string(a.State)); !ok {
		return nil
	}
	relation := r.Relation(actor, a)
	ctx := context.WithValue(context.Background(), subjectKey{}, &subject{a: a, actor: actor, now: now})
	var ts []Trigger
	for _, act := range acts {
		t := act.Trigger
		if !May(actor.Role, t, relation) && !r.leadReminds(actor, a, t) {
			continue
		}
		if act.offered != nil && !act.offered(a) {
			continue
		}
		// Asked, not fired: a list asks this of each of its rows, and nobody reads why not.
		if can, err := machine.CanFireCtx(ctx, t); err == nil && can {
			ts = append(ts, t)
		}
	}
	return ts
}

// expired reports whether the clock owes the assignment an expired event.
func expired(a Assignment, now time.Time) bool {
	return (a.State == Assigned || a.State == InProgress) && a.PastDue(now)
}

// Graph draws the machine in Graphviz's language, for the docs.
func Graph() string { return machine.ToGraph() }
