package web

import (
	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/workflow"
)

// access says who may use a route at all.
type access int

const (
	Public       access = iota // anybody
	People                     // a logged-in person or their token
	Walls                      // people, and paired screens
	OfficeOnly                 // the office's people
	AdminOnly                  // who keeps accounts
	KeepsScreens               // the office and who keeps accounts
	ReadsLog                   // admin, director, auditor
	AuditsLog                  // admin, auditor
)

// Admits reports whether who may use a route of the access.
func (a access) Admits(w session.Who) bool {
	r := w.Actor.Role
	switch a {
	case Public:
		return true
	case People:
		return w.Kind == session.BySession || w.Kind == session.ByToken
	case Walls:
		return w.Kind != session.Nobody
	case OfficeOnly:
		return People.Admits(w) && w.Actor.Supervises()
	case KeepsScreens:
		return People.Admits(w) && (w.Actor.Supervises() || r == workflow.Admin)
	case AdminOnly:
		return People.Admits(w) && r == workflow.Admin
	case AuditsLog:
		return People.Admits(w) && (r == workflow.Admin || r == workflow.Auditor)
	case ReadsLog:
		return People.Admits(w) && (r == workflow.Admin || r == workflow.Director || r == workflow.Auditor)
	}
	return false
}

// refusal says why a request is refused, nil if it is not.
type refusal func(*Server, *fiber.Ctx) error

// Route is one line of what the server answers.
type Route struct {
	Method, Path string
	Access       access
	Do           func(*Server, *fiber.Ctx) error
	Summary      string  // for the OpenAPI description; empty: a page, not described
	Body         any     // JSON body, by example of its type
	Answer       any     // JSON answer, by example of its type
	Newcomer     bool    // open to who still has a one-time password, or needs a second factor
	Enrols       bool    // open to who must set up a second factor first
	Self         bool    // about one's own account: done as oneself, also while acting for another
	Fresh        fresh   // what it does needs a fresh proof of who asks; nil: it does not
	Entry        bool    // a way in: checked against forgery by CheckLogin, not by a session's token
	Brings       refusal // its body may hold files: why who asks may not bring any, before the body is read
	Everything   bool    // hands out more than anybody may read: not to a token that only reads
	Long         bool    // reads for long: its work ends with its client, and a caller has one at a time
	Asof         asof    // what it answers with the parameter asof: the record as of an instant
}
