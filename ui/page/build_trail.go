package page

import (
	"cmp"
	"reflect"
	"strconv"

	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// otherSteps are the marks on the trail of what no act records.
var otherSteps = map[workflow.Kind]workflow.Step{
	workflow.KindAssigned: workflow.StepAssign, workflow.KindSentBack: workflow.StepBad, workflow.KindMarked: workflow.Elsewhere,
}

// stepOf is the mark of an event; what has none stands as a note.
func stepOf(kind workflow.Kind) workflow.Step {
	step := otherSteps[kind]
	if act, ok := workflow.ActRecorded(kind); ok {
		step = act.Step
	}
	return cmp.Or(step, workflow.StepNote)
}

// trail is what happened to an assignment, oldest first, with what comes next.
func (k Kit) trail(a workflow.Assignment, events []workflow.Event) []Step {
	var steps []Step
	for _, e := range events {
		if stepOf(e.Kind) == workflow.Elsewhere {
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
	s := Step{Class: string(stepOf(e.Kind)), At: k.when(e.At), Who: k.by(e), What: k.what(e), Text: stepText(e)}
	if s.Class == string(workflow.Elsewhere) {
		s.Class = string(workflow.StepNote)
	}
	if id := e.Data.SpecialPeriod; id != "" {
		s.Link = &Link{k.P.T("dir.special", "id", id), periodPath(id)}
	}
	if to, id := cmp.Or(e.Data.TransferredTo, e.Data.TransferredFrom), e.Data.Counterpart; id != "" &&
		k.Rules.MayRead(k.Actor, workflow.Assignment{ID: id, Period: e.Period, Task: e.Task, Department: to}) {
		s.Link = &Link{k.P.T("step.counterpart"), AssignmentPath(id)}
	}
	return s
}

// what is the event in a few words, with its numbers and dates: the first of the
// catalogue's sentences for its kind that it can fill.
func (k Kit) what(e workflow.Event) string {
	d, args := e.Data, k.stepArgs(e)
	keys := []string{"step." + string(e.Kind), "step.due_set"}
	switch {
	case d.Late:
		keys = append([]string{keys[0] + "_late"}, keys...)
	case d.Closed:
		keys = append([]string{keys[0] + "_closed"}, keys...)
	case d.TransferredTo != "":
		keys = append([]string{keys[0] + "_to"}, keys...)
	case d.TransferredFrom != "":
		keys = append([]string{keys[0] + "_from"}, keys...)
	}
	for _, key := range keys {
		if s, ok := k.P.Filled(key, args); ok {
			return s
		}
	}
	return k.P.Show(e.Kind)
}

// stepArgs are what the sentences of a trail may name of the event: what it carries.
func (k Kit) stepArgs(e workflow.Event) map[string]any {
	d, args := e.Data, map[string]any{"kind": e.Kind}
	if d.Due != nil {
		args["due"] = *d.Due
	}
	if d.Wanted != nil {
		args["wanted"] = *d.Wanted
	}
	if d.Workdays != nil {
		args["workdays"] = *d.Workdays
	}
	for name, value := range map[string]any{"n": d.N, "grade": d.Grade, "level": d.Level, "mark": d.Mark, "name": d.Malware} {
		if !reflect.ValueOf(value).IsZero() {
			args[name] = value
		}
	}
	if d.TransferredTo != "" {
		args["from"], args["to"] = k.Rules.UnitAt(e.Seq, e.Department), k.Rules.UnitAt(e.Seq, d.TransferredTo)
	}
	if d.TransferredFrom != "" {
		args["from"] = k.Rules.UnitAt(e.Seq, d.TransferredFrom)
	}
	if x := d.Delegation; x != nil && d.Account != nil {
		args["to"], args["for"], args["span"] = x.To, d.Account.Name, k.span(x.From, x.Until)
	}
	return args
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
