package workflow

import "slices"

// grant is a row of the rights table: whoever has one of the roles may pull the
// trigger on an assignment that stands in one of the relations to their unit.
type grant struct {
	roles     []UserRole
	relations []Relation
}

var (
	department = grant{[]UserRole{Liaison, Signatory}, []Relation{Own}}
	office     = grant{[]UserRole{OfficeMan, Director}, []Relation{Own, SameTask, Other}}
	clock      = grant{[]UserRole{System}, []Relation{Other}}
)

// rights is the one table of who may do what to an assignment. Handlers,
// buttons, bulk acts and the tests read it; nothing decides beside it.
var rights = map[Trigger]grant{
	Accept:           department,
	Report:           department,
	Recall:           department,
	RequestExtension: department,
	ReadUrge:         department,
	ReplyUrge:        department,
	Verify:           office,
	Return:           office,
	Urge:             office,
	Extend:           office,
	RefuseExtension:  office,
	Direct:           office,
	Note:             office,
	Withdraw:         office,
	Reopen:           office,
	Expire:           clock,
	Remind:           clock,
}

// May reports whether a user role may pull the trigger on an assignment in the
// relation.
func May(role UserRole, t Trigger, rel Relation) bool {
	g := rights[t]
	return slices.Contains(g.roles, role) && slices.Contains(g.relations, rel)
}

// leadReminds: the lead of a task may send its cooperating departments a
// reminder, the mildest rung of the ladder (product rules, section 6).
func (r Rules) leadReminds(actor Actor, a Assignment, t Trigger) bool {
	if t != Urge || a.Role != Cooperating || !actor.InDepartment() {
		return false
	}
	task, ok := r.Plan.Task(a.Task)
	return ok && task.Lead == actor.Unit
}

// permit checks the table for a command.
func (r Rules) permit(actor Actor, a Assignment, c Command) error {
	t := c.Trigger()
	if May(actor.Role, t, r.Relation(actor, a)) {
		return nil
	}
	if u, ok := c.(UrgeCommand); ok && r.leadReminds(actor, a, t) {
		if u.Level == Reminder || u.Level == "" {
			return nil
		}
		return Fault(Forbidden, "urge.lead_reminds_only")
	}
	if slices.Contains(rights[t].roles, actor.Role) {
		return Fault(Forbidden, "act.not_yours", "trigger", t, "department", r.Plan.Name(a.Department))
	}
	return Fault(Forbidden, "act.forbidden", "trigger", t, "role", actor.Role)
}
