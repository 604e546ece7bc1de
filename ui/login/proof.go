package login

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
	"duban/ui/web"
	"duban/workflow"
)

// proofPage asks for a proof before a page that needs one.
func proofPage(s *web.Server, c *fiber.Ctx) error {
	who, next := session.From(c), web.Back(c.Query("next"), "/me")
	switch {
	case who.Kind != session.BySession:
		return workflow.Fault(workflow.Forbidden, "session.needed")
	case s.Sessions.Fresh(who):
		return c.Redirect(next, fiber.StatusSeeOther)
	}
	return s.ShowProof(c, page.ProofInput{Action: page.ProofPath, Carried: url.Values{"next": {next}}, From: next})
}

func prove(s *web.Server, c *fiber.Ctx) error {
	next := web.Back(c.FormValue("next"), "/me")
	err := s.Sessions.ProveBy(c, session.Proof{Password: c.FormValue(session.FieldPassword), Code: c.FormValue(session.FieldCode)})
	if err != nil {
		return web.Retry(c, err, func(e *workflow.Error) error {
			return s.ShowProof(c, page.ProofInput{Action: page.ProofPath, Carried: url.Values{"next": {next}}, From: next, Err: e})
		})
	}
	return c.Redirect(next, fiber.StatusSeeOther)
}

// proofBody is a proof as programs send it from a browser's session.
type proofBody struct {
	Password string `json:"password"`
	Code     string `json:"code"`
}

func apiProve(s *web.Server, c *fiber.Ctx) error {
	var in proofBody
	if err := web.Decode(c, &in); err != nil {
		return err
	}
	if err := s.Sessions.ProveBy(c, session.Proof{Password: in.Password, Code: in.Code}); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}
