package workflow

import "slices"

// grant is who may do an act: whoever has one of the roles may pull the
// trigger on an assignment that stands in one of the relations to their unit.
type grant struct {
	roles     []UserRole
	relations []Relation
}

// May reports whether a user role may pull the trigger on an assignment in the
// relation.
func May(role UserRole, t Trigger, rel Relation) bool {
	act := byTrigger[t]
	if act == nil {
		return false
	}
	g := act.who
	return slices.Contains(g.roles, role) && slices.Contains(g.relations, rel)
}

// leadReminds: the lead of a task may send its cooperating departments a
// reminder, the mildest rung of the ladder (product rules, section 6).
func (r Rules) leadReminds(actor Actor, a Assignment, t Trigger) bool {
	if t != Urge || a.Role != Cooperating || !actor.InDepartment() {
		return false
	}
	_, ok := r.Plan.Task(a.Task)
	return ok && r.LeadOf(a.Period, a.Task) == actor.Unit
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
	if slices.Contains(byTrigger[t].who.roles, actor.Role) {
		return Fault(Forbidden, "act.not_yours", "trigger", t, "department", r.Plan.Name(a.Department))
	}
	return Fault(Forbidden, "act.forbidden", "trigger", t, "role", actor.Role)
}
