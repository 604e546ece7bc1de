package page

import (
	"strconv"

	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// stepClasses are the marks of the trail; what is not listed is a note.
var stepClasses = map[workflow.Kind]string{
	workflow.KindAssigned: "assign", workflow.KindAccepted: "accept", workflow.KindReported: "report",
	workflow.KindVerified: "verify", workflow.KindExpired: "bad", workflow.KindReturned: "bad",
	workflow.KindExtensionRefused: "bad", workflow.KindUrged: "office", workflow.KindReminded: "office",
	workflow.KindDirected: "office", workflow.KindExtended: "office", workflow.KindReopened: "office",
	workflow.KindWithdrawn: "bad", workflow.KindSentBack: "bad",
}

// trail is what happened to an assignment, oldest first, with what comes next.
func (k Kit) trail(a workflow.Assignment, events []workflow.Event) []Step {
	var steps []Step
	for _, e := range events {
		switch e.Kind {
		case workflow.KindUrgeRead, workflow.KindMarked:
			continue // shown at the urge and at the input
		}
		steps = append(steps, k.step(e))
	}
	if next := k.nextStep(a); next != "" {
		steps = append(steps, Step{Class: "todo", What: next})
	}
	return steps
}

// step is one event as a line of a trail.
func (k Kit) step(e workflow.Event) Step {
	s := Step{Class: stepClasses[e.Kind], At: k.when(e.At), Who: k.by(e), What: k.what(e), Text: stepText(e)}
	if s.Class == "" {
		s.Class = "note"
	}
	if id := e.Data.SpecialPeriod; id != "" {
		s.Link = &Link{k.P.T("dir.special", "id", id), periodPath(id)}
	}
	return s
}

// what is the event in a few words, with its numbers and dates.
func (k Kit) what(e workflow.Event) string {
	d := e.Data
	due := ""
	if d.Due != nil {
		due = k.P.DateTime(*d.Due)
	}
	switch e.Kind {
	case workflow.KindAssigned:
		return k.P.T("step.assigned", "due", due)
	case workflow.KindAccepted:
		if d.Late {
			return k.P.T("step.accepted_late")
		}
	case workflow.KindReported:
		if d.Late {
			return k.P.T("step.reported_late", "n", d.N)
		}
		return k.P.T("step.reported", "n", d.N)
	case workflow.KindVerified:
		return k.P.T("step.verified", "grade", d.Grade)
	case workflow.KindReturned, workflow.KindReopened, workflow.KindExtended:
		return k.P.T("step.due_set", "kind", e.Kind, "due", due)
	case workflow.KindExtensionRequested:
		if d.Wanted != nil {
			return k.P.T("step.due_wanted", "due", *d.Wanted)
		}
	case workflow.KindUrged:
		return k.P.T("step.urged", "level", d.Level, "n", d.N)
	case workflow.KindReminded:
		if d.Workdays != nil {
			return k.P.T("step.reminded", "n", *d.Workdays)
		}
	case workflow.KindHandedOver:
		return k.P.T("step.handed_over", "from", k.Rules.UnitAt(e.Seq, e.Department), "to", k.Rules.UnitAt(e.Seq, d.TransferredTo))
	case workflow.KindWithdrawn:
		if d.TransferredTo != "" {
			return k.P.T("step.withdrawn_to", "to", k.Rules.UnitAt(e.Seq, d.TransferredTo))
		}
	case workflow.KindMarked:
		return k.P.T("step.marked", "mark", d.Mark)
	case workflow.KindFileRefused:
		return k.P.T("step.file_refused", "name", d.Malware)
	case workflow.KindDelegationGranted:
		if x := d.Delegation; x != nil && d.Account != nil {
			return k.P.T("step.delegated", "to", x.To, "for", d.Account.Name, "span", k.span(x.From, x.Until))
		}
	case workflow.KindDelegationRevoked:
		if x := d.Delegation; x != nil && d.Account != nil {
			return k.P.T("step.undelegated", "to", x.To, "for", d.Account.Name)
		}
	}
	return k.P.Show(e.Kind)
}

// stepText is the free text of an event that a trail shows; a report's own texts
// stand in the report.
func stepText(e workflow.Event) string {
	if e.Kind == workflow.KindReported {
		return ""
	}
	for _, field := range []string{"reason", "text", "comment", "note"} {
		if s := e.Texts[field]; s != "" {
			return s
		}
	}
	return ""
}

// nextStep says what is expected next, empty when nothing is.
func (k Kit) nextStep(a workflow.Assignment) string {
	switch a.State {
	case workflow.Assigned:
		return k.P.T("step.next_accept", "due", a.AcceptBy)
	case workflow.InProgress:
		return k.P.T("step.next_report", "due", a.Due)
	case workflow.Overdue:
		return k.P.T("step.next_overdue")
	case workflow.Reported:
		return k.P.T("step.next_verify")
	}
	return ""
}

// lastOf finds the newest event of one of the kinds; nil when there is none.
func lastOf(events []workflow.Event, kinds ...workflow.Kind) *workflow.Event {
	for n := len(events) - 1; n >= 0; n-- {
		if holds(kinds, events[n].Kind) {
			return &events[n]
		}
	}
	return nil
}

// remark is an event's words; note is added below.
func (k Kit) remark(e workflow.Event, note string) Remark {
	text := stepText(e)
	if text == "" {
		text = k.P.T("remark.no_text")
	}
	return Remark{By: k.by(e), At: k.when(e.At), Text: text, Note: note}
}

// returned is the reason why the office sent a report back, while it is in force.
func (k Kit) returned(a workflow.Assignment, events []workflow.Event) *Remark {
	if !a.State.AwaitsReport() {
		return nil
	}
	e := lastOf(events, workflow.KindReturned, workflow.KindReopened, workflow.KindReported)
	if e == nil || e.Kind == workflow.KindReported {
		return nil
	}
	r := k.remark(*e, k.P.T("remark.new_due", "due", k.P.Due(a.Due)))
	return &r
}

// urgeNumber is an urge's number as papers give it.
func (k Kit) urgeNumber(n ledger.UrgeNumber) string {
	return k.P.T("sheet.number", "year", itoa(n.Year), "n", itoa(n.N))
}

// urges are the urges of an assignment with read marks and replies, newest first.
// answer makes the reply form for one, mark the one that marks it as read; nil for readers
// who cannot.
func (k Kit) urges(a workflow.Assignment, events []workflow.Event, numbers map[uint64]ledger.UrgeNumber, answer, mark func(n int) *Form) []UrgeView {
	var out []UrgeView
	for n := len(events) - 1; n >= 0; n-- {
		e := events[n]
		if e.Kind != workflow.KindUrged {
			continue
		}
		u := UrgeView{N: e.Data.N, Level: k.P.Show(e.Data.Level), Formal: e.Data.Level == workflow.FormalUrge,
			By: k.by(e), At: k.when(e.At), Text: e.Texts["text"], Sheet: UrgeSheetPath(a.ID, e.Data.N)}
		switch ref := a.Urge(e.Data.N); {
		case ref != nil && ref.SeenAt() != nil:
			u.Read = k.P.T("urge.read_at", "at", *ref.SeenAt())
		case ref != nil && mark != nil && a.State.Open():
			u.Mark, u.MarkURL = mark(e.Data.N), "/api/v1"+AssignmentPath(a.ID)+"/urges/"+itoa(e.Data.N)+"/read"
		}
		if n, ok := numbers[e.Seq]; ok {
			u.Number = k.urgeNumber(n)
		}
		for _, r := range events {
			if r.Kind == workflow.KindUrgeReplied && r.Data.N == e.Data.N {
				u.Reply, u.ReplyAt = r.Texts["text"], k.P.T("urge.replied_by", "who", k.by(r), "at", r.At)
			}
		}
		if u.Reply == "" && answer != nil && a.State.Open() {
			u.Answer = answer(e.Data.N)
		}
		out = append(out, u)
	}
	return out
}

// share is how much of its target a figure is, or of its limit is used; empty when it
// has no share.
func (k Kit) share(value plan.Number, in plan.Indicator) string {
	return k.shareText(ledger.Share(&in, value), ledger.IsLimit(&in))
}

func itoa(n int) string { return strconv.Itoa(n) }
