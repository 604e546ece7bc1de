package login

import (
	"errors"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"duban/ui/api"
	"duban/ui/page"
	"duban/ui/session"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/calendar"
)

func delegationsPage(s *web.Server, c *fiber.Ctx) error { return showDelegations(s, c, nil, nil) }

func showDelegations(s *web.Server, c *fiber.Ctx, typed url.Values, e *workflow.Error) error {
	k, who, at := s.Kit(c), session.From(c), s.Sessions.Now()
	in := page.DelegationsInput{At: at, Typed: typed, Err: e}
	if who.Deputy.For == "" && who.Kind == session.BySession {
		in.May = who.Deputy.May
	}
	var err error
	if in.List, err = s.Accounts.Delegations(c.UserContext(), at, k.Actor); err != nil {
		return err
	}
	if in.Colleagues, err = s.Accounts.Colleagues(c.UserContext(), k.Actor); err != nil {
		return err
	}
	return web.Render(c, page.NewDelegations(k, s.Frame(c, k, ""), in))
}

// delegate lets a colleague act for the reader, or for whom an admin names. The
// form has no idempotency key: the same delegation twice is refused.
func delegate(s *web.Server, c *fiber.Ctx) error {
	form, err := web.Posted(c)
	if err != nil {
		return err
	}
	in := api.DelegationBody{To: form.Get("to"), For: form.Get("for")}
	if in.From, err = dayOf("from", form.Get("from")); err == nil {
		in.Until, err = dayOf("until", form.Get("until"))
	}
	if err == nil {
		_, err = api.Grant(s, c, in)
	}
	if err != nil {
		return web.Retry(c, err, func(e *workflow.Error) error { return showDelegations(s, c, form, e) })
	}
	return s.Done(c, "/delegations", "delegated")
}

// dayOf is the day a form field names.
func dayOf(field, day string) (calendar.Date, error) {
	d, err := calendar.ParseDate(day)
	if err != nil {
		return d, workflow.BadField(field, "form.date", "value", day)
	}
	return d, nil
}

func revokeDelegation(s *web.Server, c *fiber.Ctx) error {
	err := s.Accounts.RevokeDelegation(c.UserContext(), s.Sessions.Now(), session.From(c).Actor, c.FormValue("id"))
	var e *workflow.Error
	if err != nil && !(errors.As(err, &e) && e.Kind == workflow.NotFound) { // over or revoked meanwhile: as was asked
		return err
	}
	return s.Done(c, "/delegations", "delegation_revoked")
}

// actFor switches this browser's login to act for another account.
func actFor(s *web.Server, c *fiber.Ctx) error {
	name, ok := account.CleanName(c.FormValue("for"))
	if !ok {
		return workflow.Fault(workflow.Forbidden, "delegation.none")
	}
	if err := s.Sessions.ActFor(c.UserContext(), session.From(c), name); err != nil {
		return err
	}
	return c.Redirect("/", fiber.StatusSeeOther)
}

// endActing turns this browser's login back to its own account.
func endActing(s *web.Server, c *fiber.Ctx) error {
	if err := s.Sessions.ActFor(c.UserContext(), session.From(c), ""); err != nil {
		return err
	}
	return s.Done(c, "/", "acting_ended")
}
