package session

import (
	"context"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/account/credential"
)

// HeaderBehalf names, on a program's request, the account its token's account acts
// for: the login name, percent-encoded UTF-8. A browser's session is switched
// instead (ActFor), so that a page and what it posts have the same hat on.
const HeaderBehalf = "Duban-On-Behalf-Of"

var (
	errNoDelegation = workflow.Fault(workflow.Forbidden, "delegation.none")
	errBehalf       = workflow.Fault(workflow.Malformed, "delegation.bad_header")
)

// Deputy is how a caller acts for others.
type Deputy struct {
	// For is the account the session or request says it acts for; "" for oneself.
	For string
	// Lapsed: it may not, or no more. Then Who.Actor is the caller's own, and
	// nothing may be changed until the switch is turned back: what was meant to be
	// done for another must not be recorded as one's own.
	Lapsed bool
	Until  time.Time // when the delegation in use ends; zero: none is
	// May are the delegations the caller can use now.
	May []account.Delegation

	self workflow.Actor
}

// Self is the caller without anybody's delegation: for what concerns the caller's
// own account.
func (w Who) Self() Who {
	if w.Deputy.self.User != "" {
		w.Actor = w.Deputy.self
	}
	return w
}

// AsSelf makes the request one of the caller's own, whomever the session acts for.
func AsSelf(c *fiber.Ctx) { c.Locals(whoKey{}, From(c).Self()) }

// lookUp reads the accounts the holder has delegations for.
func (h *holder) lookUp(tx account.Tx) error {
	for _, d := range h.account.Delegations {
		other, found, err := tx.Account(d.For)
		if err != nil {
			return err
		}
		if found {
			if h.others == nil {
				h.others = map[string]account.Account{}
			}
			h.others[d.For] = other
		}
	}
	return nil
}

// deputise puts on the hat of the account acted for, where a delegation of now
// allows it. A role that must have a second factor must have it behind a delegation
// too: the caller's own.
func (m *Manager) deputise(w *Who, h *holder, behalf string, now time.Time) {
	w.Deputy = Deputy{For: behalf, Lapsed: behalf != "", self: w.Actor}
	for _, d := range h.account.Delegations {
		if !d.Lives(now, h.account, h.others[d.For]) {
			continue
		}
		w.Deputy.May = append(w.Deputy.May, d)
		if d.For != behalf {
			continue
		}
		w.Actor, w.Deputy.Lapsed, w.Deputy.Until = d.Actor(h.account), false, d.Until
		if w.Kind == BySession && h.account.TOTP == nil && m.desk.Needs(d.Role) {
			w.MustConfirm = true
		}
	}
}

// sentBehalf is the account a request says it acts for.
func sentBehalf(c *fiber.Ctx) (string, error) {
	sent := c.Get(HeaderBehalf)
	if sent == "" {
		return "", nil
	}
	name, err := url.PathUnescape(sent)
	if err != nil {
		return "", errBehalf
	}
	name, ok := account.CleanName(name)
	if !ok {
		return "", errBehalf
	}
	return name, nil
}

// ActFor switches the caller's session to act for the account, "" for itself
// again. The session gets another CSRF token, so that no page opened before can
// post under the new hat, and its open sockets close.
//
// Errors: Forbidden (session.needed, delegation.none).
func (m *Manager) ActFor(ctx context.Context, who Who, name string) error {
	if who.Kind != BySession {
		return workflow.Fault(workflow.Forbidden, "session.needed")
	}
	csrf, err := credential.NewSecret(m.desk.Random)
	if err != nil {
		return err
	}
	at := m.clock()
	err = m.store.UpdateAccounts(ctx, at, who.Self().Actor, func(tx account.Tx, _ time.Time) ([]workflow.Event, error) {
		s, found, err := tx.Session(who.digest)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, errEnded
		}
		a, _, err := tx.Account(s.Account)
		if err != nil {
			return nil, err
		}
		h := &holder{session: s, account: a}
		if err := h.lookUp(tx); err != nil {
			return nil, err
		}
		s.OnBehalf, s.CSRF = name, csrf
		h.session = s
		if name != "" && m.whoOf(h, at, at).Deputy.Lapsed {
			return nil, errNoDelegation
		}
		return nil, tx.PutSession(s)
	})
	if err == nil {
		m.desk.Ended(who.Key, account.EndRights)
	}
	return err
}

// Now is the hour by which sessions and delegations live.
func (m *Manager) Now() time.Time { return m.clock() }
