package ui

import (
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/calendar"
)

func (s *server) tokensPage(c *fiber.Ctx) error { return s.showTokens(c, nil, nil, nil) }

func (s *server) showTokens(c *fiber.Ctx, secret *page.NewSecret, typed url.Values, e *workflow.Error) error {
	k := s.kit(c)
	all, err := s.o.Accounts.Tokens(c.UserContext(), k.Actor)
	if err != nil {
		return err
	}
	accounts, err := s.o.Accounts.Accounts(c.UserContext(), k.Actor)
	if err != nil {
		return err
	}
	in := page.TokensInput{Tokens: all, Accounts: accounts, Secret: secret, Typed: typed, Err: e}
	return render(c, page.NewTokens(k, s.frame(c, k, "/tokens"), in))
}

// addToken issues a token and shows its secret, this once. The form has no
// idempotency key: a token issued twice is seen in the list, and a secret cannot
// be answered again.
func (s *server) addToken(c *fiber.Ctx) error {
	form, err := posted(c)
	if err != nil {
		return err
	}
	n := account.NewToken{Name: form.Get("name"), Account: form.Get("account"), Scope: account.Scope(form.Get("scope"))}
	var secret string
	if n.Expires, err = s.endOf(form.Get("expires")); err == nil {
		secret, _, err = s.o.Accounts.IssueToken(c.UserContext(), s.o.Now(), session.From(c).Actor, n)
	}
	if err != nil {
		return retry(c, err, func(e *workflow.Error) error { return s.showTokens(c, nil, form, e) }, workflow.NotFound)
	}
	return s.showTokens(c, &page.NewSecret{Name: n.Name, Value: secret}, nil, nil)
}

// endOf is the end of a day that a form names; zero for none.
func (s *server) endOf(day string) (time.Time, error) {
	if day == "" {
		return time.Time{}, nil
	}
	d, err := calendar.ParseDate(day)
	if err != nil {
		return time.Time{}, workflow.BadField("expires", "form.date", "value", day)
	}
	return time.Date(d.Year, d.Month, d.Day+1, 0, 0, 0, 0, s.o.Rules().Plan.Zone), nil
}

func (s *server) revokeToken(c *fiber.Ctx) error {
	if err := s.o.Accounts.RevokeToken(c.UserContext(), s.o.Now(), session.From(c).Actor, c.FormValue("id")); err != nil {
		return err
	}
	return s.done(c, "/tokens", "token_revoke")
}
