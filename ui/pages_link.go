package ui

import (
	"errors"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/workflow"
)

// secretRun is what may be a secret of ours: a link's, a token's, a session's. Nothing else
// in a path of ours has so many such characters in a row.
var secretRun = regexp.MustCompile(`[A-Za-z0-9_-]{30,}`)

// loggedPath is a request's path as logs may have it: without the secret of a link, in
// whatever form the path was written, and without anything else as long as one.
func loggedPath(c *fiber.Ctx) string {
	path := strings.ToValidUTF8(c.Path(), "\ufffd")
	for range 3 { // %2569 is %69 is i
		plain, err := url.PathUnescape(path)
		if err != nil || plain == path {
			break
		}
		path = plain
	}
	if i := strings.Index(strings.ToLower(path), invited); i >= 0 && i+len(invited) < len(path) {
		path = path[:i+len(invited)] + "/…"
	}
	path = secretRun.ReplaceAllString(path, "…")
	if r := []rune(path); len(r) > maxLogged {
		path = string(r[:maxLogged]) + "…"
	}
	return path
}

const (
	// invited is in the paths that go on with a secret.
	invited = "invite"
	// maxLogged is the most characters of a path in the log.
	maxLogged = 200
)

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
		return s.done(c, "/login", "link")
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
