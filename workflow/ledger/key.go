package ledger

import (
	"cmp"
	"slices"
	"time"

	"duban/workflow"
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

// key is what lists filter and sort by, apart from the row so that a scan of many
// rows reads little memory. Instants are Unix nanoseconds.
type key struct {
	due, at    int64 // at: when the report in force came, or when it was closed
	department string
	task       int32
	state      uint8 // index in workflow.States
	flags      uint8
}

const (
	isLead uint8 = 1 << iota
	isLate
	isReturned
	isAccepted
	isUrged
	asksExtension // a request waits for the office
	asksOffice    // the newest report asks the office to coordinate
)

func keyOf(a *workflow.Assignment) key {
	k := key{due: a.Due.UnixNano(), department: a.Department, task: int32(a.Task)}
	k.state = uint8(slices.Index(workflow.States, a.State)) // -1, an unknown state, becomes 255
	switch {
	case a.ClosedAt != nil:
		k.at = a.ClosedAt.UnixNano()
	case a.ReportedAt != nil:
		k.at = a.ReportedAt.UnixNano()
	}
	latest := a.LatestReport()
	k.mark(isLead, a.Role == workflow.Lead)
	k.mark(isLate, a.Late)
	k.mark(isReturned, a.Returned > 0)
	k.mark(isAccepted, a.AcceptedAt != nil)
	k.mark(isUrged, len(a.Urges) > 0)
	k.mark(asksExtension, a.PendingExtension() != nil)
	k.mark(asksOffice, latest != nil && latest.Asks)
	return k
}

func (k *key) mark(flag uint8, set bool) {
	if set {
		k.flags |= flag
	}
}

func (k *key) is(flag uint8) bool { return k.flags&flag != 0 }

func (k *key) stateName() workflow.State {
	if int(k.state) < len(workflow.States) {
		return workflow.States[k.state]
	}
	return ""
}

// horizon is now with the instant before which a due date is soon, in Unix
// nanoseconds, so that a scan asks no calendar.
type horizon struct{ now, soon int64 }

func horizonAt(r workflow.Rules, now time.Time) horizon {
	// The first day that is more than SoonWorkdays workdays away.
	day := r.Clock.Calendar.AddWorkdays(r.Clock.Today(now), r.Plan.Lights.SoonWorkdays+1)
	return horizon{now: now.UnixNano(), soon: day.In(r.Clock.Zone).UnixNano()}
}

func boxOf(k key, h horizon) Box {
	switch state := k.stateName(); state {
	case workflow.Reported, workflow.Verified, workflow.Withdrawn:
		return Box(state)
	case workflow.Overdue:
		return BoxOverdue
	case workflow.Assigned, workflow.InProgress:
		if h.now > k.due {
			return BoxOverdue
		}
		if k.due < h.soon {
			return BoxSoon
		}
		return Box(state)
	}
	return BoxNone
}

// colourOf is TimeLight's colour.
func colourOf(k key, h horizon) Colour {
	switch boxOf(k, h) {
	case BoxOverdue:
		return Red
	case BoxSoon:
		return Yellow
	case BoxAssigned, BoxInProgress:
		return Green
	case BoxReported, BoxVerified:
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

func rankOf(k key, h horizon) rank {
	switch boxOf(k, h) {
	case BoxOverdue:
		return rank{0, k.due}
	case BoxSoon:
		return rank{1, k.due}
	case BoxReported:
		return rank{2, k.at}
	case BoxAssigned:
		return rank{4, k.due}
	case BoxInProgress:
		if k.is(isReturned) {
			return rank{3, k.due}
		}
		return rank{5, k.due}
	case BoxVerified:
		return rank{6, k.at}
	case BoxWithdrawn:
		return rank{7, k.at}
	}
	return rank{8, 0}
}

func (r rank) compare(s rank) int {
	return cmp.Or(cmp.Compare(r.class, s.class), cmp.Compare(r.at, s.at))
}
