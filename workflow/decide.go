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
	var f faults
	e := a.event("", actor, s.Now)
	switch c := c.(type) {
	case AcceptCommand:
		e.Kind, e.Data.Late = KindAccepted, s.Now.After(a.AcceptBy)
	case ReportCommand:
		return s.signed(a, actor, c)
	case RecallCommand:
		e.Kind = KindRecalled
	case VerifyCommand:
		e.Kind, e.Data.Grade = KindVerified, c.Grade
		oneOf(&f, "grade", "grade.unknown", c.Grade, Grades)
		f.text(e.Texts, "comment", "comment", c.Comment, PlainText)
	case ReturnCommand:
		e.Kind = KindReturned
		s.newDue(&f, &e, c.Due, time.Time{})
		f.required(e.Texts, "reason", "reason", c.Reason, PlainText, "return.reason_required")
	case ReopenCommand:
		e.Kind = KindReopened
		if c.Due == nil {
			f.add("due", "reopen.due_required")
		} else {
			s.newDue(&f, &e, c.Due, time.Time{})
		}
		f.required(e.Texts, "reason", "reason", c.Reason, PlainText, "reopen.reason_required")
	case RequestExtensionCommand:
		e.Kind, e.Data.N = KindExtensionRequested, len(a.Extensions)+1
		if c.Due == nil {
			f.add("due", "extension.due_required")
		} else {
			s.newDue(&f, &e, c.Due, a.Due)
			e.Data.Wanted, e.Data.Due = e.Data.Due, nil
		}
		f.required(e.Texts, "reason", "reason", c.Reason, PlainText, "extension.reason_required")
	case ExtendCommand:
		s.extend(&f, &e, a, c)
	case RefuseExtensionCommand:
		e.Kind, e.Data.N = KindExtensionRefused, c.N
		f.pending(a, c.N)
		f.required(e.Texts, "reason", "reason", c.Reason, PlainText, "extension.refusal_reason_required")
	case WithdrawCommand:
		e.Kind, e.Data.TransferredTo = KindWithdrawn, c.TransferredTo
		f.required(e.Texts, "reason", "reason", c.Reason, PlainText, "withdraw.reason_required")
	default:
		s.remark(&f, &e, a, c)
	}
	if d, ok := c.(DirectCommand); ok && d.Special != nil && f.err() == nil {
		return s.directSpecial(e, a, actor, *d.Special)
	}
	return []Event{e}, f.err()
}

// remark records the commands that leave the state as it is.
func (s Scene) remark(f *faults, e *Event, a Assignment, c Command) {
	switch c := c.(type) {
	case UrgeCommand:
		e.Kind, e.Data.Level, e.Data.N = KindUrged, c.Level, len(a.Urges)+1
		if c.Level == "" {
			e.Data.Level = Reminder
		}
		oneOf(f, "level", "urge.level_unknown", e.Data.Level, Levels)
		if e.Data.Level == Reminder {
			f.text(e.Texts, "text", "text", c.Text, PlainText)
		} else {
			f.required(e.Texts, "text", "text", c.Text, PlainText, "urge.text_required")
		}
	case ReadUrgeCommand:
		e.Kind, e.Data.N = KindUrgeRead, c.N
		if u := a.Urge(c.N); u == nil {
			f.add("n", "urge.unknown", "n", c.N)
		} else if u.ReadAt != nil {
			f.add("n", "urge.read", "n", c.N)
		}
	case ReplyUrgeCommand:
		e.Kind, e.Data.N = KindUrgeReplied, c.N
		if u := a.Urge(c.N); u == nil {
			f.add("n", "urge.unknown", "n", c.N)
		} else if u.RepliedAt != nil {
			f.add("n", "urge.replied", "n", c.N)
		}
		f.required(e.Texts, "text", "text", c.Text, PlainText, "urge.reply_required")
	case RemindCommand:
		n := c.Workdays
		e.Kind, e.Data.Level, e.Data.Workdays = KindReminded, Reminder, &n
	case DirectCommand:
		e.Kind = KindDirected
		f.required(e.Texts, "text", "text", c.Text, PlainText, "directive.text_required")
	case NoteCommand:
		e.Kind = KindNoted
		f.required(e.Texts, "text", "text", c.Text, PlainText, "note.text_required")
	}
}

// extend gives a later due instant: the one asked for, or the one the office
// names. A number has to name the request that still waits.
func (s Scene) extend(f *faults, e *Event, a Assignment, c ExtendCommand) {
	e.Kind, e.Data.N = KindExtended, c.N
	f.text(e.Texts, "reason", "reason", c.Reason, PlainText)
	if c.N != 0 {
		f.pending(a, c.N)
	}
	if c.Due == nil {
		p := a.PendingExtension()
		if p == nil {
			f.add("due", "extension.due_required")
			return
		}
		c.Due = &DueTime{At: p.Wanted}
	}
	s.newDue(f, e, c.Due, a.Due)
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
