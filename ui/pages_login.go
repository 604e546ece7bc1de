package ui

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
	"duban/ui/static"
	"duban/workflow"
	"duban/workflow/account"
)

func (s *server) loginPage(c *fiber.Ctx) error {
	if session.From(c).Kind == session.BySession {
		return c.Redirect(back(c.Query("next"), "/"), fiber.StatusSeeOther)
	}
	in := page.LoginInput{Next: back(c.Query("next"), "/")}
	var e *workflow.Error
	if errors.As(session.From(c).Cause, &e) {
		in.Err = e
	}
	return s.showLogin(c, in)
}

func (s *server) showLogin(c *fiber.Ctx, in page.LoginInput) error {
	token, err := s.o.Sessions.FormToken(c)
	if err != nil {
		return err
	}
	k := s.kit(c)
	f := s.frame(c, k, "")
	f.CSRF = token
	in.SignOn = s.o.SignOn != nil
	return render(c, page.NewLogin(k, f, in))
}

func (s *server) login(c *fiber.Ctx) error {
	if err := s.o.Sessions.CheckLogin(c); err != nil {
		return err
	}
	next := back(c.FormValue("next"), "/")
	login, err := s.signIn(c)
	var e *workflow.Error
	ticket, half := session.Ticket(err)
	switch {
	case half:
		return s.showLogin(c, page.LoginInput{Next: next, Code: true, Ticket: ticket})
	case err != nil && workflow.AsError(err).Code == "login.code_wrong" && c.FormValue("ticket") != "":
		e = workflow.AsError(err)
		c.Status(statusOf(e))
		return s.showLogin(c, page.LoginInput{Next: next, Code: true, Ticket: c.FormValue("ticket"), Err: e})
	case err == nil && login.Who.MustChange:
		return c.Redirect("/password", fiber.StatusSeeOther)
	case err == nil:
		return c.Redirect(next, fiber.StatusSeeOther)
	case errors.As(err, &e) && (e.Kind == workflow.Unauthorized || e.Kind == workflow.TooMany || e.Kind == workflow.Invalid):
		c.Status(statusOf(e))
		if e.Kind == workflow.TooMany {
			c.Set(fiber.HeaderRetryAfter, retryAfter(e))
		}
		return s.showLogin(c, page.LoginInput{Next: next, Name: c.FormValue("name"), Err: e})
	}
	return err
}

// signIn takes either step of a login: name and password, or the code.
func (s *server) signIn(c *fiber.Ctx) (session.Login, error) {
	if ticket := c.FormValue("ticket"); ticket != "" {
		return s.o.Sessions.SignInTicket(c, ticket, c.FormValue("code"))
	}
	return s.o.Sessions.SignIn(c, c.FormValue("name"), c.FormValue("password"))
}

func (s *server) logout(c *fiber.Ctx) error {
	if err := s.o.Sessions.SignOut(c); err != nil {
		return err
	}
	return c.Redirect("/login", fiber.StatusSeeOther)
}

func (s *server) passwordPage(c *fiber.Ctx) error { return s.showPassword(c, nil) }

func (s *server) showPassword(c *fiber.Ctx, e *workflow.Error) error {
	k := s.kit(c)
	return render(c, page.NewPasswordPage(k, s.frame(c, k, ""), session.From(c).MustChange, s.passwordRules(k), e))
}

// passwordRules are the policy's sentences.
func (s *server) passwordRules(k page.Kit) []string {
	p := s.o.Accounts.Policy
	rules := []string{k.P.T("policy.length", "min", p.Min, "max", account.MaxPassword)}
	if p.Classes > 0 {
		rules = append(rules, k.P.T("policy.classes", "need", p.Classes, "long", p.Long))
	}
	rules = append(rules, k.P.T("policy.guessable"))
	if p.History > 0 {
		rules = append(rules, k.P.T("policy.history", "n", p.History))
	}
	return rules
}

func (s *server) changePassword(c *fiber.Ctx) error {
	fresh := c.FormValue("password")
	err := error(workflow.BadField("again", "password.again"))
	if fresh == c.FormValue("again") {
		_, err = s.o.Sessions.SignInAnew(c, c.FormValue("old"), fresh)
	}
	var e *workflow.Error
	switch {
	case err == nil:
		return s.done(c, "/", "password")
	case errors.As(err, &e) && (e.Kind == workflow.Invalid || e.Kind == workflow.Unauthorized || e.Kind == workflow.TooMany):
		c.Status(statusOf(e))
		return s.showPassword(c, e)
	}
	return err
}

// staticFile answers a style, script or picture. Their URLs name their content,
// so a browser may keep them for ever.
func (s *server) staticFile(c *fiber.Ctx) error {
	f, ok := static.Find(c.Path())
	if !ok {
		return workflow.Fault(workflow.NotFound, "not_found")
	}
	c.Set(fiber.HeaderContentType, f.Type)
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	return c.Send(f.Body)
}
