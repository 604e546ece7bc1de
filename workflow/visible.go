package workflow

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
	if a.Department == actor.Unit {
		return Own
	}
	if r.partOf(actor.Unit, a.Task) {
		return SameTask
	}
	return Other
}

func (r Rules) partOf(department string, task int) bool {
	p := r.Plan
	if r.Rights != nil {
		p = r.Rights
	}
	t, ok := p.Task(task)
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

// Alike is the actor without what nobody asks about when it is said what they may see of
// the assignment and do to it: people who are alike get the same answers of MaySee,
// MayRead, ShowEvent and Actions. Who filed the report is asked by name, others are not.
func (a Actor) Alike(row *Assignment) Actor {
	if !a.Is(row.ReportedBy) && !a.Is(row.ReportedFor) {
		a.User, a.OnBehalf = "", ""
	}
	return a
}

// ofWork reports whether the event is about the plan's work. Every other kind is
// about people, access or the record itself, and so is a kind not listed here:
// what is new is hidden until somebody says it may be seen.
func (k Kind) ofWork() bool {
	switch k {
	case KindAssigned, KindAccepted, KindReported, KindRecalled, KindVerified, KindReturned, KindExpired,
		KindExtensionRequested, KindExtended, KindExtensionRefused, KindUrged, KindUrgeRead, KindUrgeReplied,
		KindReminded, KindDirected, KindNoted, KindWithdrawn, KindReopened, KindMarked,
		KindPlanLoaded, KindPeriodOpened, KindFigureFiled, KindFigureCorrected, KindIndicatorAssigned, KindSigningSet:
		return true
	}
	return false
}

// ShowEvent is the event as the actor may see it, and whether they may at all.
// Events of accounts and of the record are for admin, auditor and the office's director; events of an
// assignment follow MaySee; texts follow MayRead; screens get no person's name. What
// a signatory sends back is for their own department and for those who read accounts.
func (r Rules) ShowEvent(actor Actor, e Event) (Event, bool) {
	if e.Kind == KindFileAdded || e.Kind == KindFileDeleted { // Department: whose evidence was deleted
		return e, actor.SeesAll() || actor.InDepartment() && (actor.Unit == e.Actor.Unit || actor.Unit == e.Department)
	}
	if e.Kind.ofAssessment() {
		return showAssessment(actor, e)
	}
	if e.Kind == KindSentBack && actor.InDepartment() && actor.Unit == e.Department {
		return e, true
	}
	if !e.Kind.ofWork() {
		return e, actor.Role == Admin || actor.Role == Auditor || actor.Role == Director
	}
	if e.Assignment != "" {
		a := Assignment{ID: e.Assignment, Task: e.Task, Department: e.Department}
		if !r.MaySee(actor, a) {
			return Event{}, false
		}
		if !r.MayRead(actor, a) {
			e.Texts = nil
		}
	}
	if actor.Role == Screen {
		e.Texts, e.Actor.User, e.Actor.OnBehalf = nil, "", ""
		e.Data.Report = nil
	}
	return e, true
}
