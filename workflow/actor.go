package workflow

import "duban/workflow/plan"

// UserRole is what an account is for.
type UserRole string

// The roles of accounts. Screen is a paired wall screen, System the program's
// own clock; neither can log in.
const (
	Admin     UserRole = "admin"
	OfficeMan UserRole = "office"
	Director  UserRole = "director"
	Liaison   UserRole = "liaison"
	Signatory UserRole = "signatory"
	Viewer    UserRole = "viewer"
	Auditor   UserRole = "auditor"
	Screen    UserRole = "screen"
	System    UserRole = "system"
)

// UserRoles lists the roles an account can have.
var UserRoles = []UserRole{Admin, OfficeMan, Director, Liaison, Signatory, Viewer, Auditor}

// Actor is who does something, with the rights in force at that moment.
type Actor struct {
	User string // account name
	Unit string // department id, or plan.OfficeID
	Role UserRole
	// OnBehalf is the account this one acts for (delegation); rights are those of
	// the account acted for, and both names are recorded.
	OnBehalf string
}

// Clock is the actor of what time alone does.
var Clock = Actor{User: "clock", Unit: "system", Role: System}

// Ref is the actor as an event records it.
func (a Actor) Ref() ActorRef { return ActorRef{User: a.User, Unit: a.Unit, OnBehalf: a.OnBehalf} }

// ActorRef is the recorded name of an actor.
type ActorRef struct {
	User     string `json:"user,omitempty"`
	Unit     string `json:"unit"`
	OnBehalf string `json:"on_behalf,omitempty"`
}

// Supervises reports whether the actor does the office's work.
func (a Actor) Supervises() bool { return a.Role == OfficeMan || a.Role == Director }

// SeesAll reports whether every assignment, with its texts, may be read.
func (a Actor) SeesAll() bool {
	switch a.Role {
	case Admin, OfficeMan, Director, Viewer, Auditor, System:
		return true
	}
	return false
}

// Works reports whether the role does the plan's work, for the office or a
// department: what can be delegated, and to whom.
func (r UserRole) Works() bool {
	switch r {
	case OfficeMan, Director, Liaison, Signatory:
		return true
	}
	return false
}

// Is reports whether the account is one of the actor's two names: the one that
// acts, or the one acted for.
func (a Actor) Is(user string) bool { return user != "" && (a.User == user || a.OnBehalf == user) }

// InDepartment reports whether the actor belongs to a department.
func (a Actor) InDepartment() bool {
	return a.Unit != "" && a.Unit != plan.OfficeID && (a.Role == Liaison || a.Role == Signatory)
}
