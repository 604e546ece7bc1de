package ui

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
	"duban/ui/signon"
	"duban/workflow"
)

// SignOnCallback is where the provider sends browsers back to.
const SignOnCallback = page.SignOnPath + "/callback"

// signOn sends the browser to the provider. A strange page may send it here too:
// whoever is logged in at the provider is then logged in here as who they are.
func (s *server) signOn(c *fiber.Ctx) error {
	if s.o.SignOn == nil {
		return workflow.Fault(workflow.NotFound, "not_found")
	}
	next, ask := back(c.Query("next"), "/"), c.Query("ask") != ""
	secret, err := s.o.Sessions.BeginSignOn(c, signon.Life)
	if err != nil {
		return err
	}
	to, err := s.o.SignOn.Begin(c.UserContext(), secret, next, ask)
	if err != nil {
		return s.noSignOn(c, next, err)
	}
	return c.Redirect(to, fiber.StatusSeeOther)
}

// signedOn takes the browser back from the provider.
func (s *server) signedOn(c *fiber.Ctx) error {
	if s.o.SignOn == nil {
		return workflow.Fault(workflow.NotFound, "not_found")
	}
	secret := s.o.Sessions.TakeSignOn(c)
	q, err := url.ParseQuery(string(c.Context().QueryArgs().QueryString()))
	if err != nil {
		return s.noSignOn(c, "/", workflow.Fault(workflow.Unauthorized, "signon.stale"))
	}
	found, err := s.o.SignOn.Finish(c.UserContext(), secret,
		signon.Answer{Code: q.Get("code"), State: q.Get("state"), Issuer: q.Get("iss"), Error: q.Get("error")})
	next := back(found.Next, "/")
	if err == nil {
		_, err = s.o.Sessions.SignInAs(c, found.Identity, found.Asked)
	} else if workflow.AsError(err).Code == "signon.invalid" {
		if bad := s.o.Sessions.Refused(c); bad != nil {
			return bad
		}
	}
	if ticket, half := session.Ticket(err); half {
		return s.showLogin(c, page.LoginInput{Next: next, Code: true, Ticket: ticket})
	}
	if err != nil {
		return s.noSignOn(c, next, err)
	}
	return c.Redirect(next, fiber.StatusSeeOther)
}

// noSignOn says on the login page why the provider let nobody in; the password
// still does. What is behind it goes to the log.
func (s *server) noSignOn(c *fiber.Ctx, next string, err error) error {
	e := workflow.AsError(err)
	if e.Kind == workflow.Internal {
		return err
	}
	if e.Err != nil {
		s.o.Log.Warn("login through the provider failed", "code", e.Code, "address", s.o.Sessions.Address(c), "err", e.Err)
	}
	c.Status(statusOf(e))
	return s.showLogin(c, page.LoginInput{Next: next, NoSign: e})
}
