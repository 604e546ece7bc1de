package session

import (
	"context"
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/account/credential"
)

// SignOn opens a session on a provider's word. The account's own second factor is
// asked for all the same: login.code_required, with a Ticket. What the provider
// says cannot be guessed, so nothing is counted; what is refused is recorded.
//
// Errors besides: signon.unlinked (with the subject), signon.disabled,
// login.admin_from, login.ticket_ended when the account changed meanwhile.
func (m *Manager) SignOn(ctx context.Context, in Attempt, id account.Identity) (Login, error) {
	now := m.clock()
	in.via = account.ViaProvider
	a, found, err := m.desk.FindIdentity(ctx, id)
	switch {
	case err != nil:
		return Login{}, err
	case !found:
		return Login{}, m.refuse(ctx, now, in, a, login{causeUnlinked, workflow.Fault(workflow.Forbidden, "signon.unlinked", "subject", id.Subject)})
	case a.Disabled:
		return Login{}, m.refuse(ctx, now, in, a, login{causeDisabled, workflow.Fault(workflow.Forbidden, "signon.disabled", "name", a.Name)})
	case !m.mayComeFrom(a.Role, in.Address):
		return Login{}, m.refuse(ctx, now, in, a, login{causeAddress, errAdminFrom})
	case a.TOTP != nil:
		return Login{}, m.askCode(now, a, in.via)
	}
	l, err := m.open(ctx, now, in, a)
	if errors.Is(err, errRaced) || errors.Is(err, errWrongCode) {
		err = errTicket
	}
	return l, err
}

// Refused records that a provider's answer proved nobody.
func (m *Manager) Refused(c *fiber.Ctx) error {
	in := m.attempt(c)
	in.via = account.ViaProvider
	return m.refuse(c.UserContext(), m.clock(), in, account.Account{}, login{cause: causeInvalid})
}

// refuse records a refused login without counting it against anybody. The answer
// is f's, or why the record could not be written.
func (m *Manager) refuse(ctx context.Context, now time.Time, in Attempt, a account.Account, f login) error {
	m.stats.refused.Add(1)
	if !m.failures.Take(now, 1) {
		return f.answer
	}
	err := m.store.UpdateAccounts(ctx, now, workflow.Clock, func(account.Tx, time.Time) ([]workflow.Event, error) {
		return failureEvent(1, &workflow.AccountRef{Name: a.Name, Unit: a.Unit, Role: a.Role, Address: in.Address, Cause: f.cause, Via: string(in.via)}), nil
	})
	if err != nil {
		m.failures.Keep(1)
		return err
	}
	return f.answer
}

// BeginSignOn gives the browser a secret for one login through a provider.
func (m *Manager) BeginSignOn(c *fiber.Ctx, life time.Duration) (secret string, err error) {
	if secret, err = credential.NewSecret(m.desk.Random); err != nil {
		return "", err
	}
	// Lax: the provider's page sends the browser back.
	m.setCookie(c, cookieSignOn, secret, life, fiber.CookieSameSiteLaxMode)
	return secret, nil
}

// TakeSignOn is that secret, "" if the browser has none; it is good once.
func (m *Manager) TakeSignOn(c *fiber.Ctx) string {
	secret := m.cookie(c, cookieSignOn)
	m.setCookie(c, cookieSignOn, "", -1, fiber.CookieSameSiteLaxMode)
	return secret
}

// SignInAs logs the browser in on a provider's word and sets its cookies.
// asked says that the provider asked the person just now, and did not go by an
// earlier login of its own: then the session is fresh.
func (m *Manager) SignInAs(c *fiber.Ctx, id account.Identity, asked bool) (Login, error) {
	in := m.attempt(c)
	in.asked = asked
	l, err := m.SignOn(c.UserContext(), in, id)
	if err != nil {
		return Login{}, err
	}
	m.setLogin(c, l)
	return l, nil
}
