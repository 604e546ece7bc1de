package login

import (
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/calendar"
)

func tokensPage(s *web.Server, c *fiber.Ctx) error { return showTokens(s, c, nil, nil, nil) }

func showTokens(s *web.Server, c *fiber.Ctx, secret *page.NewSecret, typed url.Values, e *workflow.Error) error {
	k := s.Kit(c)
	all, err := s.Accounts.Tokens(c.UserContext(), k.Actor)
	if err != nil {
		return err
	}
	accounts, err := s.Accounts.Accounts(c.UserContext(), k.Actor)
	if err != nil {
		return err
	}
	in := page.TokensInput{Tokens: all, Accounts: accounts, Secret: secret, Typed: typed, Err: e}
	return web.Render(c, page.NewTokens(k, s.Frame(c, k, "/tokens"), in))
}

// addToken issues a token and shows its secret, this once. The form has no
// idempotency key: a token issued twice is seen in the list, and a secret cannot
// be answered again.
func addToken(s *web.Server, c *fiber.Ctx) error {
	form, err := web.Posted(c)
	if err != nil {
		return err
	}
	n := account.NewToken{Name: form.Get("name"), Account: form.Get("account"), Scope: account.Scope(form.Get("scope"))}
	var secret string
	if n.Expires, err = endOf(s, form.Get("expires")); err == nil {
		secret, _, err = s.Accounts.IssueToken(c.UserContext(), s.Now(), session.From(c).Actor, n)
	}
	if err != nil {
		return web.Retry(c, err, func(e *workflow.Error) error { return showTokens(s, c, nil, form, e) }, workflow.NotFound)
	}
	return showTokens(s, c, &page.NewSecret{Name: n.Name, Value: secret}, nil, nil)
}

// endOf is the end of a day that a form names; zero for none.
func endOf(s *web.Server, day string) (time.Time, error) {
	if day == "" {
		return time.Time{}, nil
	}
	d, err := calendar.ParseDate(day)
	if err != nil {
		return time.Time{}, workflow.BadField("expires", "form.date", "value", day)
	}
	return time.Date(d.Year, d.Month, d.Day+1, 0, 0, 0, 0, s.Rules().Plan.Zone), nil
}

func revokeToken(s *web.Server, c *fiber.Ctx) error {
	if err := s.Accounts.RevokeToken(c.UserContext(), s.Now(), session.From(c).Actor, c.FormValue("id")); err != nil {
		return err
	}
	return s.Done(c, "/tokens", "token_revoke")
}
