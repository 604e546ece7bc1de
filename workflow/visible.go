package workflow

import (
	"slices"

	"duban/workflow/plan"
)

// Relation is how an actor's unit stands to an assignment.
type Relation string

// The relations, nearest first.
const (
	Own      Relation = "own"       // the assignment is the actor's department's
	SameTask Relation = "same_task" // the actor's department leads or cooperates in the same task
	Other    Relation = "other"     // none of these
)

// Relation of the actor to the assignment, by the plan in force.
func (r Rules) Relation(actor Actor, a Assignment) Relation {
	if !actor.InDepartment() {
		return Other
	}
	if r.rights().Stands(actor.Unit, a.Department) { // what a unit left behind is its successor's
		return Own
	}
	if r.partOf(actor.Unit, a.Task) || r.takesOver(actor.Unit, a.Period, a.Task) {
		return SameTask
	}
	return Other
}

func (r Rules) rights() *plan.Plan {
	if r.Rights != nil {
		return r.Rights
	}
	return r.Plan
}

func (r Rules) partOf(department string, task int) bool {
	t, ok := r.rights().Task(task)
	if !ok {
		return false
	}
	if t.Lead == department {
		return true
	}
	for _, c := range t.Cooperating {
		if c == department {
			return true
		}
	}
	return false
}

// MaySee reports whether the actor may see the assignment at all: list it, open
// it, hear of its events. What may not be seen does not exist for the caller (404).
// Screens hear of every assignment, without texts or names of people.
func (r Rules) MaySee(actor Actor, a Assignment) bool {
	return actor.SeesAll() || actor.Role == Screen || r.Relation(actor, a) != Other
}

// MayRead reports whether the actor may read the assignment's free texts and
// evidence: the office side, and departments of the same task.
func (r Rules) MayRead(actor Actor, a Assignment) bool {
	return actor.SeesAll() || (actor.InDepartment() && r.Relation(actor, a) != Other)
}

// ShowEvent is the event as the actor may see it, and whether they may at all: what the
// table of passes lets through.
func (r Rules) ShowEvent(actor Actor, e Event) (Event, bool) { return r.Sight(actor, e).Of(e) }

// partOfPeriod is how the department stands to a period: Own when it has work in it,
// SameTask when it has a part in one of its tasks, Other when neither. Everybody has
// work in a regular one.
func (r Rules) partOfPeriod(department string, p Period) Relation {
	if !p.Special {
		return Own
	}
	in := r.rights()
	if r.takesOver(department, p.ID, 0) {
		return Own
	}
	if slices.ContainsFunc(p.Departments, func(d string) bool { return in.Stands(department, d) }) {
		return Own
	}
	for _, s := range in.Assignments() {
		if len(p.Tasks) > 0 && !slices.Contains(p.Tasks, s.Task) {
			continue
		}
		switch {
		case len(p.Departments) == 0:
			if s.Department == department {
				return Own
			}
		case slices.Contains(p.Departments, s.Department) && r.partOf(department, s.Task):
			return SameTask
		}
	}
	return Other
}

// MayName reports whether the actor may be told a period's name, and which tasks and
// departments a special one is for: who sees all, and departments that see one of its
// assignments.
func (r Rules) MayName(actor Actor, p Period) bool {
	return actor.SeesAll() || actor.InDepartment() && r.partOfPeriod(actor.Unit, p) != Other
}

// MayReadReason reports whether the actor may read why a period was opened. For a special
// one that may be a directive's text: it is for who sees all, and for the departments
// that have work in it.
func (r Rules) MayReadReason(actor Actor, p Period) bool {
	return actor.SeesAll() || actor.InDepartment() && r.partOfPeriod(actor.Unit, p) == Own
}

// ShowPeriod is the period as the actor may see it, its tasks by the numbers they are
// printed with.
func (r Rules) ShowPeriod(actor Actor, p Period) Period {
	if p.Special && !r.MayName(actor, p) {
		p.Name, p.Tasks, p.Departments = "", nil, nil
	}
	p.Tasks = slices.Clone(p.Tasks)
	for i, key := range p.Tasks {
		if t, ok := r.Plan.KnownTask(key); ok {
			p.Tasks[i] = t.No
		}
	}
	return p
}
