package ui

import (
	"errors"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/calendar"
)

func (s *server) delegationsPage(c *fiber.Ctx) error { return s.showDelegations(c, nil, nil) }

func (s *server) showDelegations(c *fiber.Ctx, typed url.Values, e *workflow.Error) error {
	k, who, at := s.kit(c), session.From(c), s.o.Sessions.Now()
	in := page.DelegationsInput{At: at, Typed: typed, Err: e}
	if who.Deputy.For == "" && who.Kind == session.BySession {
		in.May = who.Deputy.May
	}
	var err error
	if in.List, err = s.o.Accounts.Delegations(c.UserContext(), at, k.Actor); err != nil {
		return err
	}
	if in.Colleagues, err = s.o.Accounts.Colleagues(c.UserContext(), k.Actor); err != nil {
		return err
	}
	return render(c, page.NewDelegations(k, s.frame(c, k, ""), in))
}

// delegate lets a colleague act for the reader, or for whom an admin names. The
// form has no idempotency key: the same delegation twice is refused.
func (s *server) delegate(c *fiber.Ctx) error {
	form, err := posted(c)
	if err != nil {
		return err
	}
	in := delegationBody{To: form.Get("to"), For: form.Get("for")}
	if in.From, err = dayOf("from", form.Get("from")); err == nil {
		in.Until, err = dayOf("until", form.Get("until"))
	}
	if err == nil {
		_, err = s.grant(c, in)
	}
	if err != nil {
		return retry(c, err, func(e *workflow.Error) error { return s.showDelegations(c, form, e) })
	}
	return s.done(c, "/delegations", "delegated")
}

// dayOf is the day a form field names.
func dayOf(field, day string) (calendar.Date, error) {
	d, err := calendar.ParseDate(day)
	if err != nil {
		return d, workflow.BadField(field, "form.date", "value", day)
	}
	return d, nil
}

func (s *server) revokeDelegation(c *fiber.Ctx) error {
	err := s.o.Accounts.RevokeDelegation(c.UserContext(), s.o.Sessions.Now(), session.From(c).Actor, c.FormValue("id"))
	var e *workflow.Error
	if err != nil && !(errors.As(err, &e) && e.Kind == workflow.NotFound) { // over or revoked meanwhile: as was asked
		return err
	}
	return s.done(c, "/delegations", "delegation_revoked")
}

// actFor switches this browser's login to act for another account.
func (s *server) actFor(c *fiber.Ctx) error {
	name, ok := account.CleanName(c.FormValue("for"))
	if !ok {
		return workflow.Fault(workflow.Forbidden, "delegation.none")
	}
	if err := s.o.Sessions.ActFor(c.UserContext(), session.From(c), name); err != nil {
		return err
	}
	return c.Redirect("/", fiber.StatusSeeOther)
}

// endActing turns this browser's login back to its own account.
func (s *server) endActing(c *fiber.Ctx) error {
	if err := s.o.Sessions.ActFor(c.UserContext(), session.From(c), ""); err != nil {
		return err
	}
	return s.done(c, "/", "acting_ended")
}
