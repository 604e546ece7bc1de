package ui

import (
	"errors"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/workflow"
)

// invitePrefix begins the paths whose rest is a secret; it must not reach a log.
const invitePrefix = "/invite/"

// loggedPath is a request's path as logs may have it.
func loggedPath(c *fiber.Ctx) string {
	if strings.HasPrefix(c.Path(), invitePrefix) {
		return invitePrefix + "…"
	}
	return c.Path()
}

// invitePage is where a one-time link leads: its holder sets the password.
func (s *server) invitePage(c *fiber.Ctx) error { return s.showInvite(c, nil) }

func (s *server) showInvite(c *fiber.Ctx, e *workflow.Error) error {
	a, err := s.o.Accounts.FindLink(c.UserContext(), s.o.Now(), c.Params("token"))
	if err != nil {
		return err
	}
	token, err := s.o.Sessions.FormToken(c)
	if err != nil {
		return err
	}
	c.Set("Referrer-Policy", "no-referrer")
	k := s.kit(c)
	f := k.Frame(page.Frame{CSRF: token, Path: "/login", Build: s.o.Build, Demo: s.o.Demo}, "", 0)
	f.User, f.Nav = "", nil // whoever is logged in here, this is about another
	return render(c, page.NewSetPassword(k, f, a.Name, a.Link.Until, page.InvitePath(c.Params("token")), s.passwordRules(k), e))
}

// invite sets the password; the link is void from then on.
func (s *server) invite(c *fiber.Ctx) error {
	if err := s.o.Sessions.CheckLogin(c); err != nil {
		return err
	}
	fresh := c.FormValue("password")
	err := error(workflow.BadField("again", "password.again"))
	var name string
	if fresh == c.FormValue("again") {
		name, err = s.o.Accounts.UseLink(c.UserContext(), s.o.Now(), c.Params("token"), fresh)
	}
	var e *workflow.Error
	switch {
	case err == nil:
		s.o.Sessions.Unlock(name)
		return done(c, "/login", "link")
	case errors.As(err, &e) && (e.Kind == workflow.Invalid || e.Kind == workflow.TooMany):
		c.Status(statusOf(e))
		return s.showInvite(c, e)
	}
	return err
}

// linkSecret is a one-time link as the admin hands it over.
func (s *server) linkSecret(c *fiber.Ctx, name, secret string, until time.Time) *page.NewSecret {
	return &page.NewSecret{Name: name, Value: s.o.Sessions.Origin(c) + page.InvitePath(secret), Until: s.kit(c).P.DateTime(until)}
}
