package ui

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

var (
	toEnd      = asking("end", "/me")
	toConfirm  = asking("second", "/me/second")
	toDelegate = asking("delegate", "/delegations")
	toAdd      = asking("add", "/accounts")
	toIssue    = asking("token", "/tokens")
)

// toChange is of an act on an account: all but shutting it out, which must not wait.
func toChange(c *fiber.Ctx) (act, from string) {
	if c.Params("act") == "disable" {
		return "", ""
	}
	return "account", "/accounts"
}

// proved reports whether a request may go on to its handler; if not, the answer has
// been given, or err is it. A program's token is a proof by itself, where programs
// are served: pages are for people.
func (s *server) proved(c *fiber.Ctx, r route) (open bool, err error) {
	act, from := r.fresh(c)
	who := session.From(c)
	switch {
	case act == "" || s.o.Sessions.Fresh(who):
		return true, nil
	case who.Kind == session.ByToken && strings.HasPrefix(r.path, "/api/"):
		return true, nil
	case who.Kind != session.BySession:
		return false, workflow.Fault(workflow.Forbidden, "session.needed")
	case c.Method() == fiber.MethodGet || c.Method() == fiber.MethodHead:
		if s.wantsPage(c) {
			return false, c.Redirect(page.ProofPath+"?next="+url.QueryEscape(c.OriginalURL()), fiber.StatusSeeOther)
		}
		return false, errProofRequired
	}
	form, err := posted(c)
	switch {
	case err != nil:
		return false, err
	case form.Has(session.FieldPassword) || form.Has(session.FieldCode):
		err := s.o.Sessions.ProveBy(c, session.Proof{Password: form.Get(session.FieldPassword), Code: form.Get(session.FieldCode)})
		if err == nil {
			return true, nil
		}
		return false, retry(c, err, func(e *workflow.Error) error {
			return s.showProof(c, page.ProofInput{Act: act, Action: c.Path(), Carried: form, From: from, Err: e})
		})
	case s.wantsPage(c):
		c.Status(fiber.StatusForbidden)
		return false, s.showProof(c, page.ProofInput{Act: act, Action: c.Path(), Carried: form, From: from})
	}
	return false, errProofRequired
}

var errProofRequired = workflow.Fault(workflow.Forbidden, "proof.required", "minutes", int(session.ProofLife/time.Minute))

func (s *server) showProof(c *fiber.Ctx, in page.ProofInput) error {
	means, err := s.o.Sessions.Means(c.UserContext(), session.From(c))
	if err != nil {
		return err
	}
	in.Password, in.Code, in.SignOn = means.Password, means.Code, means.SignOn && s.o.SignOn != nil
	in.Minutes = int(session.ProofLife / time.Minute)
	k := s.kit(c)
	return render(c, page.NewProof(k, s.frame(c, k, ""), in))
}

// proofPage asks for a proof before a page that needs one.
func (s *server) proofPage(c *fiber.Ctx) error {
	who, next := session.From(c), back(c.Query("next"), "/me")
	switch {
	case who.Kind != session.BySession:
		return workflow.Fault(workflow.Forbidden, "session.needed")
	case s.o.Sessions.Fresh(who):
		return c.Redirect(next, fiber.StatusSeeOther)
	}
	return s.showProof(c, page.ProofInput{Action: page.ProofPath, Carried: url.Values{"next": {next}}, From: next})
}

func (s *server) prove(c *fiber.Ctx) error {
	next := back(c.FormValue("next"), "/me")
	err := s.o.Sessions.ProveBy(c, session.Proof{Password: c.FormValue(session.FieldPassword), Code: c.FormValue(session.FieldCode)})
	if err != nil {
		return retry(c, err, func(e *workflow.Error) error {
			return s.showProof(c, page.ProofInput{Action: page.ProofPath, Carried: url.Values{"next": {next}}, From: next, Err: e})
		})
	}
	return c.Redirect(next, fiber.StatusSeeOther)
}

// proofBody is a proof as programs send it from a browser's session.
type proofBody struct {
	Password string `json:"password"`
	Code     string `json:"code"`
}

func (s *server) apiProve(c *fiber.Ctx) error {
	var in proofBody
	if err := decode(c, &in); err != nil {
		return err
	}
	if err := s.o.Sessions.ProveBy(c, session.Proof{Password: in.Password, Code: in.Code}); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}
