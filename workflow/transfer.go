package workflow

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"duban/workflow/plan"
)

// Transfer 转办: the office gives open work to another department.
const Transfer Trigger = "transfer"

// KindTransferred closes the former department's assignment; the new department's begins
// with an event of its own (KindAssigned), which names where the work came from.
const KindTransferred Kind = "transferred"

// TransferCommand 转办. A nil Due keeps the due instant, but leaves the new department at
// least the plan's shortest notice.
type TransferCommand struct {
	To     string   `json:"to"` // a department's id or name
	Reason string   `json:"reason"`
	Due    *DueTime `json:"due"`
}

// Trigger names the machine's trigger of the command.
func (TransferCommand) Trigger() Trigger { return Transfer }

var transfer = &Act{Trigger: Transfer, Kind: KindTransferred, command: TransferCommand{}, who: office,
	ways:  []way{leads(Withdrawn, in(open))},
	Place: Side, Danger: true, Step: StepBad, Route: Route{Path: "transfer", Summary: "Transfer to another department."},
	Fields: []Field{{Name: "to", Kind: UnitField, Ask: true, Missing: "transfer.to_required"}, reason("transfer.reason_required"), {Name: "due", Kind: DueField}},
	record: makes((*recording).transferred),
	fold: func(a *Assignment, e Event) {
		at := e.At
		a.ClosedAt, a.TransferredTo = &at, e.Data.TransferredTo
		a.lapseExtension(e)
		a.asksLapse()
	},
	figures: becomes(PointReported, PointVoid),
	pass:    ofWork("transferred_to counterpart text.reason", "transferred_to")}

// transferred records that the work goes to another department: what closes this
// assignment, and what begins the other's. What was filed, drafted and brought stays with
// this one. Lateness until now stays here, too: the new department's clocks begin now.
func (r *recording) transferred(c TransferCommand) ([]Event, error) {
	to, err := r.receiver(c.To)
	if err != nil {
		return nil, err
	}
	r.text("reason", c.Reason)
	p, _, err := r.View.Period(r.a.Period)
	if err != nil {
		return nil, err
	}
	p.ID, p.AssignedAt, p.Due, p.CooperatingDue = r.a.Period, r.Now, r.a.Due, r.a.Due
	p = r.Rules.notBefore(p, r.Now)
	if c.Due != nil {
		r.due(c.Due, time.Time{})
		p.Due, p.CooperatingDue, r.e.Data.Due = *r.e.Data.Due, *r.e.Data.Due, nil
	}
	if err := r.f.err(); err != nil {
		return nil, err
	}
	next := assignEvent(p, plan.Slot{Task: r.a.Task, Department: to, Role: string(r.a.Role)}, r.actor)
	if next.Assignment, err = r.free(next.Assignment); err != nil {
		return nil, err
	}
	next.Data.TransferredFrom, next.Data.Counterpart, next.Texts = r.a.Department, r.a.ID, maps.Clone(r.e.Texts)
	r.e.Data.TransferredTo, r.e.Data.Counterpart = to, next.Assignment
	return []Event{r.e, next}, nil
}

// receiver is the department that the work goes to; a fault when it can't be had.
func (r *recording) receiver(named string) (string, error) {
	if named == "" {
		r.f.add("to", "transfer.to_required")
		return "", nil
	}
	d, ok := r.Rules.Plan.FindDepartment(named)
	if !ok {
		r.f.add("to", "department.unknown", "id", clip(named))
		return "", nil
	}
	if r.Rules.Plan.Stands(d.ID, r.a.Department) {
		r.f.add("to", "transfer.to_itself", "name", d.Name)
		return "", nil
	}
	rows, err := r.View.TaskAssignments(r.a.Period, r.a.Task)
	if err != nil {
		return "", err
	}
	at := slices.IndexFunc(rows, func(b Assignment) bool { return b.State != Withdrawn && r.Rules.Plan.Stands(d.ID, b.Department) })
	if at >= 0 {
		r.f.add("to", "transfer.takes_part", "name", d.Name, "role", rows[at].Role)
	}
	return d.ID, nil
}

// free is the id, or the id with the first number behind it that no assignment has: work
// may come back to a department whose assignment was closed by a transfer.
func (r *recording) free(id string) (string, error) {
	for n, tried := 2, id; ; n++ {
		_, taken, err := r.View.Assignment(tried)
		if err != nil || !taken {
			return tried, err
		}
		tried = fmt.Sprintf("%s-%d", id, n)
	}
}

// Transfers are the parts in tasks that departments have by a transfer, and that no
// other one has ended: beside the plan they say who takes part in a task in a period.
// Read-only: a change makes another one. Nil is none.
type Transfers struct{ parts map[string]takeover } // by assignment

type takeover struct {
	period     string
	task       int
	department string
	role       Role
}

func (t *Transfers) all() map[string]takeover {
	if t == nil {
		return nil
	}
	return t.parts
}

// With is the transfers after a row has changed, the same ones if it changes none.
func (t *Transfers) With(a Assignment) *Transfers {
	was, there := t.all()[a.ID]
	takes := a.TransferredFrom != "" && a.State != Withdrawn
	if takes == there && (!takes || was.department == a.Department) {
		return t
	}
	next := map[string]takeover{}
	maps.Copy(next, t.all())
	if delete(next, a.ID); takes {
		next[a.ID] = takeover{a.Period, a.Task, a.Department, a.Role}
	}
	return &Transfers{next}
}

// takesOver reports whether the department has work of the period by a transfer, on the
// task (0: on any).
func (r Rules) takesOver(department, period string, task int) bool {
	for _, a := range r.Transfers.all() {
		if a.period == period && (task == 0 || a.task == task) && r.rights().Stands(department, a.department) {
			return true
		}
	}
	return false
}

// LeadOf is the department that leads the task in the period: by the plan, or by a
// transfer of the lead's work.
func (r Rules) LeadOf(period string, task int) string {
	for _, a := range r.Transfers.all() {
		if a.role == Lead && a.period == period && a.task == task {
			return a.department
		}
	}
	t, _ := r.Plan.KnownTask(task)
	return t.Lead
}
