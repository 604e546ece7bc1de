package login

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
	"duban/ui/static"
	"duban/ui/text"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/account/credential"
)

func loginPage(s *web.Server, c *fiber.Ctx) error {
	if session.From(c).Kind == session.BySession {
		return c.Redirect(web.Back(c.Query("next"), "/"), fiber.StatusSeeOther)
	}
	in := page.LoginInput{Next: web.Back(c.Query("next"), "/")}
	var e *workflow.Error
	if errors.As(session.From(c).Cause, &e) {
		in.Err = e
	}
	return showLogin(s, c, in)
}

func showLogin(s *web.Server, c *fiber.Ctx, in page.LoginInput) error {
	token, err := s.Sessions.FormToken(c)
	if err != nil {
		return err
	}
	k := s.Kit(c)
	f := s.Frame(c, k, "")
	f.CSRF = token
	in.SignOn = s.SignOn != nil
	return web.Render(c, page.NewLogin(k, f, in))
}

func login(s *web.Server, c *fiber.Ctx) error {
	if err := s.Sessions.CheckLogin(c); err != nil {
		return err
	}
	next := web.Back(c.FormValue("next"), "/")
	login, err := signIn(s, c)
	var e *workflow.Error
	ticket, half := session.Ticket(err)
	switch {
	case half:
		return showLogin(s, c, page.LoginInput{Next: next, Code: true, Ticket: ticket})
	case err != nil && workflow.AsError(err).Code == "login.code_wrong" && c.FormValue("ticket") != "":
		e = workflow.AsError(err)
		c.Status(web.StatusOf(e))
		return showLogin(s, c, page.LoginInput{Next: next, Code: true, Ticket: c.FormValue("ticket"), Err: e})
	case err == nil && login.Who.MustChange:
		return c.Redirect("/password", fiber.StatusSeeOther)
	case err == nil:
		return c.Redirect(next, fiber.StatusSeeOther)
	case errors.As(err, &e) && (e.Kind == workflow.Unauthorized || e.Kind == workflow.TooMany || e.Kind == workflow.Invalid):
		c.Status(web.StatusOf(e))
		if e.Kind == workflow.TooMany {
			c.Set(fiber.HeaderRetryAfter, web.RetryAfter(e))
		}
		return showLogin(s, c, page.LoginInput{Next: next, Name: c.FormValue("name"), Err: e})
	}
	return err
}

// signIn takes either step of a login: name and password, or the code.
func signIn(s *web.Server, c *fiber.Ctx) (session.Login, error) {
	if ticket := c.FormValue("ticket"); ticket != "" {
		return s.Sessions.SignInTicket(c, ticket, c.FormValue("code"))
	}
	return s.Sessions.SignIn(c, c.FormValue("name"), c.FormValue("password"))
}

func logout(s *web.Server, c *fiber.Ctx) error {
	if err := s.Sessions.SignOut(c); err != nil {
		return err
	}
	return c.Redirect("/login", fiber.StatusSeeOther)
}

func passwordPage(s *web.Server, c *fiber.Ctx) error { return showPassword(s, c, nil) }

func showPassword(s *web.Server, c *fiber.Ctx, e *workflow.Error) error {
	k := s.Kit(c)
	return web.Render(c, page.NewPasswordPage(k, s.Frame(c, k, ""), session.From(c).MustChange, passwordRules(s, k), e))
}

// passwordRules are the policy's sentences.
func passwordRules(s *web.Server, k page.Kit) []string {
	p := s.Accounts.Policy
	rules := []string{k.P.T("policy.length", "min", p.Min, "max", credential.MaxPassword)}
	if p.Classes > 0 {
		rules = append(rules, k.P.T("policy.classes", "need", p.Classes, "long", p.Long))
	}
	rules = append(rules, k.P.T("policy.guessable"))
	if p.History > 0 {
		rules = append(rules, k.P.T("policy.history", "n", p.History))
	}
	return rules
}

func changePassword(s *web.Server, c *fiber.Ctx) error {
	fresh := c.FormValue("password")
	err := error(workflow.BadField("again", "password.again"))
	if fresh == c.FormValue("again") {
		_, err = s.Sessions.SignInAnew(c, c.FormValue("old"), fresh)
	}
	var e *workflow.Error
	switch {
	case err == nil:
		return s.Done(c, "/", "password")
	case errors.As(err, &e) && (e.Kind == workflow.Invalid || e.Kind == workflow.Unauthorized || e.Kind == workflow.TooMany):
		c.Status(web.StatusOf(e))
		return showPassword(s, c, e)
	}
	return err
}

// staticFile answers a style, script or picture. Their URLs name their content,
// so a browser may keep them for ever.
func staticFile(s *web.Server, c *fiber.Ctx) error {
	f, ok := static.Find(c.Path())
	if !ok {
		return workflow.Fault(workflow.NotFound, "not_found")
	}
	c.Set(fiber.HeaderContentType, f.Type)
	c.Set(fiber.HeaderCacheControl, static.CacheControl)
	return c.Send(f.Body)
}

// setLanguage keeps the reader's language for a year.
func setLanguage(s *web.Server, c *fiber.Ctx) error {
	lang := c.Query("lang")
	if lang != text.English {
		lang = text.Chinese
	}
	s.Sessions.SetPreference(c, "lang", lang)
	return c.Redirect(web.Back(c.Query("next"), "/"), fiber.StatusSeeOther)
}
