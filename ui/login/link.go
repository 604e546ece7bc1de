package login

import (
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/web"
	"duban/workflow"
)

// invitePage is where a one-time link leads: its holder sets the password.
func invitePage(s *web.Server, c *fiber.Ctx) error { return showInvite(s, c, nil) }

func showInvite(s *web.Server, c *fiber.Ctx, e *workflow.Error) error {
	a, err := s.Accounts.FindLink(c.UserContext(), s.Now(), c.Params("token"))
	if err != nil {
		return err
	}
	token, err := s.Sessions.FormToken(c)
	if err != nil {
		return err
	}
	c.Set("Referrer-Policy", "no-referrer")
	k := s.Kit(c)
	f := k.Frame(page.Frame{CSRF: token, Path: "/login", Build: s.Build, Demo: s.Demo}, "", 0)
	f.User, f.Nav = "", nil // whoever is logged in here, this is about another
	return web.Render(c, page.NewSetPassword(k, f, a.Name, a.Link.Until, page.InvitePath(c.Params("token")), passwordRules(s, k), e))
}

// invite sets the password; the link is void from then on.
func invite(s *web.Server, c *fiber.Ctx) error {
	if err := s.Sessions.CheckLogin(c); err != nil {
		return err
	}
	fresh := c.FormValue("password")
	err := error(workflow.BadField("again", "password.again"))
	var name string
	if fresh == c.FormValue("again") {
		name, err = s.Accounts.UseLink(c.UserContext(), s.Now(), c.Params("token"), fresh)
	}
	var e *workflow.Error
	switch {
	case err == nil:
		s.Sessions.Unlock(name)
		return s.Done(c, "/login", "link")
	case errors.As(err, &e) && (e.Kind == workflow.Invalid || e.Kind == workflow.TooMany):
		c.Status(web.StatusOf(e))
		return showInvite(s, c, e)
	}
	return err
}

// LinkSecret is a one-time link as the admin hands it over.
func LinkSecret(s *web.Server, c *fiber.Ctx, name, secret string, until time.Time) *page.NewSecret {
	return &page.NewSecret{Name: name, Value: s.Sessions.Origin(c) + page.InvitePath(secret), Until: s.Kit(c).P.DateTime(until)}
}
