package web

import (
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
	"duban/workflow"
)

// Some acts ask for a fresh proof of who one is: those on the locks and keys of
// accounts, which somebody at a browser left open could make lasting use of. A form
// that comes too late is answered by a page that asks for the password and carries
// the form on, so that the proof and the act come in one request and nothing is kept
// meanwhile.

// fresh names the act for which a request needs a fresh proof, by its key in the
// catalogue (proof.act_…), and the page to go on from when the form cannot be
// carried; an empty act needs none.
type fresh func(*fiber.Ctx) (act, from string)

// asking is the fresh of a route that always does the same.
func asking(act, from string) fresh {
	return func(*fiber.Ctx) (string, string) { return act, from }
}

// What a route that needs a proof is about: the act in words, and the page its form stands on.
var (
	ToEnd      = asking("end", "/me")
	ToConfirm  = asking("second", "/me/second")
	ToDelegate = asking("delegate", "/delegations")
	ToAdd      = asking("add", "/accounts")
	ToIssue    = asking("token", "/tokens")
)

// ToChange is of an act on an account: all but shutting it out, which must not wait.
func ToChange(c *fiber.Ctx) (act, from string) {
	if c.Params("act") == "disable" {
		return "", ""
	}
	return "account", "/accounts"
}

// Proved reports whether a request may go on to its handler; if not, the answer has
// been given, or err is it. A program's token is a proof by itself, where programs
// are served: pages are for people.
func (s *Server) Proved(c *fiber.Ctx, r Route) (open bool, err error) {
	act, from := r.Fresh(c)
	who := session.From(c)
	switch {
	case act == "" || s.Sessions.Fresh(who):
		return true, nil
	case who.Kind == session.ByToken && strings.HasPrefix(r.Path, "/api/"):
		return true, nil
	case who.Kind != session.BySession:
		return false, workflow.Fault(workflow.Forbidden, "session.needed")
	case c.Method() == fiber.MethodGet || c.Method() == fiber.MethodHead:
		if s.WantsPage(c) {
			return false, c.Redirect(page.ProofPath+"?next="+url.QueryEscape(c.OriginalURL()), fiber.StatusSeeOther)
		}
		return false, errProofRequired
	}
	form, err := Posted(c)
	switch {
	case err != nil:
		return false, err
	case form.Has(session.FieldPassword) || form.Has(session.FieldCode):
		err := s.Sessions.ProveBy(c, session.Proof{Password: form.Get(session.FieldPassword), Code: form.Get(session.FieldCode)})
		if err == nil {
			return true, nil
		}
		return false, Retry(c, err, func(e *workflow.Error) error {
			return s.ShowProof(c, page.ProofInput{Act: act, Action: c.Path(), Carried: form, From: from, Err: e})
		})
	case s.WantsPage(c):
		c.Status(fiber.StatusForbidden)
		return false, s.ShowProof(c, page.ProofInput{Act: act, Action: c.Path(), Carried: form, From: from})
	}
	return false, errProofRequired
}

var errProofRequired = workflow.Fault(workflow.Forbidden, "proof.required", "minutes", int(session.ProofLife/time.Minute))

// ShowProof asks for the password, and carries on what was asked for.
func (s *Server) ShowProof(c *fiber.Ctx, in page.ProofInput) error {
	means, err := s.Sessions.Means(c.UserContext(), session.From(c))
	if err != nil {
		return err
	}
	in.Password, in.Code, in.SignOn = means.Password, means.Code, means.SignOn && s.SignOn != nil
	in.Minutes = int(session.ProofLife / time.Minute)
	k := s.Kit(c)
	return Render(c, page.NewProof(k, s.Frame(c, k, ""), in))
}
