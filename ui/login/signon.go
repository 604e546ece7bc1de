package login

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
	"duban/ui/signon"
	"duban/ui/web"
	"duban/workflow"
)

// SignOnCallback is where the provider sends browsers back to.
const SignOnCallback = page.SignOnPath + "/callback"

// signOn sends the browser to the provider. A strange page may send it here too:
// whoever is logged in at the provider is then logged in here as who they are.
func signOn(s *web.Server, c *fiber.Ctx) error {
	if s.SignOn == nil {
		return workflow.Fault(workflow.NotFound, "not_found")
	}
	next, ask := web.Back(c.Query("next"), "/"), c.Query("ask") != ""
	secret, err := s.Sessions.BeginSignOn(c, signon.Life)
	if err != nil {
		return err
	}
	to, err := s.SignOn.Begin(c.UserContext(), secret, next, ask)
	if err != nil {
		return noSignOn(s, c, next, err)
	}
	return c.Redirect(to, fiber.StatusSeeOther)
}

// signedOn takes the browser back from the provider.
func signedOn(s *web.Server, c *fiber.Ctx) error {
	if s.SignOn == nil {
		return workflow.Fault(workflow.NotFound, "not_found")
	}
	secret := s.Sessions.TakeSignOn(c)
	q, err := url.ParseQuery(string(c.Context().QueryArgs().QueryString()))
	if err != nil {
		return noSignOn(s, c, "/", workflow.Fault(workflow.Unauthorized, "signon.stale"))
	}
	found, err := s.SignOn.Finish(c.UserContext(), secret,
		signon.Answer{Code: q.Get("code"), State: q.Get("state"), Issuer: q.Get("iss"), Error: q.Get("error")})
	next := web.Back(found.Next, "/")
	if err == nil {
		_, err = s.Sessions.SignInAs(c, found.Identity, found.Asked)
	} else if workflow.AsError(err).Code == "signon.invalid" {
		if bad := s.Sessions.Refused(c); bad != nil {
			return bad
		}
	}
	if ticket, half := session.Ticket(err); half {
		return showLogin(s, c, page.LoginInput{Next: next, Code: true, Ticket: ticket})
	}
	if err != nil {
		return noSignOn(s, c, next, err)
	}
	return c.Redirect(next, fiber.StatusSeeOther)
}

// noSignOn says on the login page why the provider let nobody in; the password
// still does. What is behind it goes to the log.
func noSignOn(s *web.Server, c *fiber.Ctx, next string, err error) error {
	e := workflow.AsError(err)
	if e.Kind == workflow.Internal {
		return err
	}
	if e.Err != nil {
		s.Log.Warn("login through the provider failed", "code", e.Code, "address", s.Sessions.Address(c), "err", e.Err)
	}
	c.Status(web.StatusOf(e))
	return showLogin(s, c, page.LoginInput{Next: next, NoSign: e})
}
