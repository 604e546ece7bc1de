package ledger

import (
	"cmp"
	"slices"
	"time"

	"duban/workflow"
	"duban/workflow/plan"
)

// Box is where an assignment stands in the board's strip of counts: its state,
// with what is overdue by now and what is due soon taken out of the open states.
// Every assignment stands in exactly one box.
type Box string

// The boxes, worst first. BoxNone is a task without an assignment in the period.
const (
	BoxOverdue    Box = "overdue"
	BoxSoon       Box = "soon"
	BoxReported   Box = "reported"
	BoxAssigned   Box = "assigned"
	BoxInProgress Box = "in_progress"
	BoxVerified   Box = "verified"
	BoxWithdrawn  Box = "withdrawn"
	BoxNone       Box = ""
)

// key is what lists filter and sort by, apart from the row and without pointers so
// that a scan of many rows reads little memory. Instants are Unix nanoseconds.
type key struct {
	due, at    int64 // at: when the report in force came, or when it was closed
	task       int32
	department uint16 // its place in snapshot.departments
	state      uint8  // its place in workflow.States, or noState
	flags      uint8
}

// noState stands for a state this program does not know, and for no assignment.
const noState = 7

const (
	isLead uint8 = 1 << iota
	isLate
	isReturned
	isAccepted
	isUrged
	asksExtension // a request waits for the office
	asksOffice    // the office has not closed what it was asked to coordinate
)

// keyOf is the row's key without its department.
func keyOf(a *workflow.Assignment) key {
	k := key{due: a.Due.UnixNano(), task: int32(a.Task), state: noState} // #nosec G115 -- a task of the plan; some dozens
	if i := slices.Index(workflow.States, a.State); i >= 0 {
		k.state = uint8(i) // #nosec G115 -- an index into a dozen states
	}
	switch {
	case a.ClosedAt != nil:
		k.at = a.ClosedAt.UnixNano()
	case a.ReportedAt != nil:
		k.at = a.ReportedAt.UnixNano()
	}
	k.mark(isLead, a.Role == workflow.Lead)
	k.mark(isLate, a.Late)
	k.mark(isReturned, a.Returned > 0)
	k.mark(isAccepted, a.AcceptedAt != nil)
	k.mark(isUrged, len(a.Urges) > 0)
	k.mark(asksExtension, a.PendingExtension() != nil)
	k.mark(asksOffice, a.OpenAsk() != nil)
	return k
}

func (k *key) mark(flag uint8, set bool) {
	if set {
		k.flags |= flag
	}
}

func (k *key) is(flag uint8) bool { return k.flags&flag != 0 }

// horizon is now with the instant before which a due date is soon, in Unix
// nanoseconds, so that a scan asks no calendar.
type horizon struct{ now, soon int64 }

func horizonAt(r workflow.Rules, now time.Time) horizon {
	return horizon{now: now.UnixNano(), soon: farFrom(r, now).In(r.Clock.Zone).UnixNano()}
}

// soon reports whether what is due in so many workdays is due soon: in boxes, in the order of
// lists and in lights.
func soon(r workflow.Rules, workdaysLeft int) bool { return workdaysLeft <= r.Plan.Lights.SoonWorkdays }

// farFrom is the first day that is not soon. A scan compares with it and asks no calendar;
// TestSoonIsOneRule holds the two together.
func farFrom(r workflow.Rules, now time.Time) plan.Date {
	return r.Clock.Calendar.AddWorkdays(r.Clock.Today(now), r.Plan.Lights.SoonWorkdays+1)
}

// classes is the order "worst first"; what is returned stands before what was never
// reported, in a box of its own name.
var classes = []Box{BoxOverdue, BoxSoon, BoxReported, BoxInProgress, BoxAssigned, BoxInProgress, BoxVerified, BoxWithdrawn, BoxNone}

const (
	overdueClass = iota
	soonClass
	reportedClass
	returnedClass
	assignedClass
	inProgressClass
	verifiedClass
	withdrawnClass
	noClass
)

// ofState is the class of each place in workflow.States, before the clock's word.
var ofState = func() (all [noState + 1]int) {
	for i := range all {
		all[i] = noClass
	}
	for i, s := range workflow.States {
		all[i] = map[workflow.State]int{workflow.Assigned: assignedClass, workflow.InProgress: inProgressClass,
			workflow.Reported: reportedClass, workflow.Verified: verifiedClass, workflow.Overdue: overdueClass,
			workflow.Withdrawn: withdrawnClass}[s]
	}
	return all
}()

// unclosed is the bits of the states that stand before verifiedClass.
var unclosed = func() (bits uint8) {
	for i, c := range ofState {
		if c < verifiedClass {
			bits |= 1 << i
		}
	}
	return bits
}()

func (h horizon) class(k *key) int {
	c := ofState[k.state]
	if c != assignedClass && c != inProgressClass {
		return c
	}
	switch {
	case h.now > k.due:
		return overdueClass
	case k.due < h.soon:
		return soonClass
	case c == inProgressClass && k.is(isReturned):
		return returnedClass
	}
	return c
}

func (h horizon) box(k key) Box { return classes[h.class(&k)] }

// colour is TimeLight's colour.
func (h horizon) colour(k *key) Colour {
	switch h.class(k) {
	case overdueClass:
		return Red
	case soonClass:
		return Yellow
	case assignedClass, inProgressClass, returnedClass:
		return Green
	case reportedClass, verifiedClass:
		if k.is(isLate) {
			return Yellow
		}
	}
	return Grey
}

// rank is a place in the order "worst first": overdue longest first, soon, waiting
// for verification longest first, returned, assigned, in progress, verified,
// withdrawn, nothing.
type rank struct {
	class int
	at    int64
}

func (h horizon) rank(k *key) rank {
	switch c := h.class(k); c {
	case reportedClass, verifiedClass, withdrawnClass:
		return rank{c, k.at}
	case noClass:
		return rank{c, 0}
	default:
		return rank{c, k.due}
	}
}

func (r rank) compare(s rank) int {
	return cmp.Or(cmp.Compare(r.class, s.class), cmp.Compare(r.at, s.at))
}
