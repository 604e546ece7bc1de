package session

import (
	"context"
	"slices"
	"time"

	"duban/workflow"
	"duban/workflow/account"
)

// Kind is how a caller is authorised.
type Kind string

// The kinds.
const (
	Nobody    Kind = "none"
	BySession Kind = "session"
	ByToken   Kind = "token"
	ByScreen  Kind = "screen"
)

// Who is the caller of a request.
type Who struct {
	Kind  Kind
	Actor workflow.Actor // zero for Nobody
	// Key names the session, token or screen, as account.Desk.OnEnd does.
	Key        string
	CSRF       string // of a session: what its forms and scripts must send
	MustChange bool   // only the password may be changed
	// MustConfirm: the role asks for a second factor and the account has none yet.
	MustConfirm bool
	ReadOnly    bool      // a token that may change nothing
	Old         bool      // the password is older than the policy advises
	Expires     time.Time // when it ends if nothing more is heard; zero: no end
	Deputy      Deputy    // acting for others, by delegation
	Proved      time.Time // when the session's owner last proved who it is; see Manager.Fresh
	// Cause says why the credentials that came were not accepted; nil if none came.
	Cause error
	// Screen is what a wall screen was set to show.
	Screen account.ScreenSettings

	digest string // finds the record again
}

var (
	errEnded = workflow.Fault(workflow.Unauthorized, "session.ended")
	errNone  = workflow.Fault(workflow.Unauthorized, "session.none")
)

func (m *Manager) whoOf(h *holder, seen, now time.Time) Who {
	s, a := h.session, h.account
	expires := s.CreatedAt.Add(m.o.Absolute)
	if idle := seen.Add(m.o.Idle); idle.Before(expires) {
		expires = idle
	}
	w := Who{Kind: BySession, Actor: a.Actor(), Key: account.SessionKey(s.ID), CSRF: s.CSRF, MustChange: a.MustChange && s.Via == account.ViaPassword,
		MustConfirm: a.TOTP == nil && m.desk.Needs(a.Role),
		Old:         s.Via == account.ViaPassword && m.desk.Policy.Old(a.PasswordAt, now), Expires: expires, digest: s.ID}
	if s.ProvedAt != nil {
		w.Proved = *s.ProvedAt
	}
	m.deputise(&w, h, s.OnBehalf, now)
	return w
}

// bySession finds a session by the digest of its secret; errEnded if there is none
// that lives. active counts this as the person's doing.
func (m *Manager) bySession(ctx context.Context, id string, now time.Time, active bool) (Who, error) {
	h, found, err := m.findSession(ctx, id, now)
	if err != nil {
		return Who{}, err
	}
	if !found {
		return Who{}, errEnded
	}
	s, a := h.session, h.account
	if m.over(s, a, now) != "" {
		return Who{}, errEnded
	}
	key := account.SessionKey(s.ID)
	if active {
		m.touch(key, now)
	}
	return m.whoOf(h, m.lastSeen(key, s.SeenAt), now), nil
}

// over says why a session no longer lives, or "".
func (m *Manager) over(s account.Session, a account.Account, now time.Time) account.EndReason {
	switch {
	case a.Name == "" || a.Disabled || a.Generation != s.Generation:
		return account.EndRights
	case now.Sub(s.CreatedAt) >= m.o.Absolute, s.CreatedAt.Sub(now) >= m.o.Absolute: // or the clock went back by more
		return account.EndAge
	case now.Sub(m.lastSeen(account.SessionKey(s.ID), s.SeenAt)) >= m.o.Idle:
		return account.EndIdle
	}
	return ""
}

// byToken finds a token by the digest of its secret; otherwise is the answer for
// one that is none or no longer lives. behalf is the account it says it acts for,
// "" for none.
func (m *Manager) byToken(ctx context.Context, digest, behalf string, now time.Time, otherwise error) (Who, error) {
	h, found, err := m.findToken(ctx, digest, now)
	if err != nil {
		return Who{}, err
	}
	if !found || !h.token.Lives(now, h.account) {
		return Who{}, otherwise
	}
	w := tokenWho(h.token, h.account)
	if m.deputise(&w, h, behalf, now); w.Deputy.Lapsed {
		return Who{}, errNoDelegation
	}
	return w, nil
}

func tokenWho(t account.Token, a account.Account) Who {
	w := Who{Kind: ByToken, Actor: a.Actor(), Key: account.TokenKey(t.ID), ReadOnly: !t.May(account.Act), digest: t.Digest}
	if t.ExpiresAt != nil {
		w.Expires = *t.ExpiresAt
	}
	return w
}

func (m *Manager) byScreen(ctx context.Context, secret string, now time.Time) (Who, error) {
	p, err := m.desk.AuthenticateScreen(ctx, now, secret)
	if err != nil {
		return Who{}, err
	}
	return screenWho(p), nil
}

func screenWho(p account.ScreenPass) Who {
	return Who{Kind: ByScreen, Actor: p.Actor(), Key: account.ScreenKey(p.ID), Screen: p.Settings, digest: p.Digest}
}

// Recheck looks again whether a caller may still act, with the rights of now. It
// does not count as activity: an open socket does not keep a session alive.
func (m *Manager) Recheck(ctx context.Context, who Who) (Who, error) {
	now := m.clock()
	switch who.Kind {
	case BySession:
		return m.bySession(ctx, who.digest, now, false)
	case ByToken:
		return m.byToken(ctx, who.digest, who.Deputy.For, now, errEnded)
	case ByScreen:
		var p account.ScreenPass
		err := m.store.ViewAccounts(ctx, func(tx account.Tx) (err error) {
			p, _, err = tx.Screen(who.digest)
			return err
		})
		if err != nil {
			return Who{}, err
		}
		if !p.Approved || p.Revoked {
			return Who{}, errEnded
		}
		return screenWho(p), nil
	}
	return Who{}, errNone
}

// Logout ends the caller's session.
func (m *Manager) Logout(ctx context.Context, who Who) error {
	if who.Kind != BySession {
		return errNone
	}
	_, err := m.end(ctx, who.Actor, func(s account.Session) bool { return s.ID == who.digest })
	return err
}

// Mine lists the caller's open sessions, newest first, without their CSRF tokens.
func (m *Manager) Mine(ctx context.Context, who Who) ([]account.Session, error) {
	var mine []account.Session
	now := m.clock()
	err := m.store.ViewAccounts(ctx, func(tx account.Tx) error {
		a, _, err := tx.Account(who.Actor.User)
		if err != nil {
			return err
		}
		all, err := tx.Sessions()
		for _, s := range all {
			if s.Account == a.Name && m.over(s, a, now) == "" {
				s.CSRF, s.SeenAt = "", m.lastSeen(account.SessionKey(s.ID), s.SeenAt)
				mine = append(mine, s)
			}
		}
		return err
	})
	slices.SortFunc(mine, func(a, b account.Session) int { return b.SeenAt.Compare(a.SeenAt) })
	return mine, err
}

// End ends one of the caller's own sessions.
func (m *Manager) End(ctx context.Context, who Who, id string) error {
	n, err := m.end(ctx, who.Actor, func(s account.Session) bool { return s.ID == id && s.Account == who.Actor.User })
	if err == nil && n == 0 {
		return workflow.Fault(workflow.NotFound, "session.unknown")
	}
	return err
}

// EndOthers ends all the caller's sessions but this one.
func (m *Manager) EndOthers(ctx context.Context, who Who) error {
	_, err := m.end(ctx, who.Actor, func(s account.Session) bool { return s.Account == who.Actor.User && s.ID != who.digest })
	return err
}

// EndAll ends all the caller's sessions, this one too, and answers how many.
func (m *Manager) EndAll(ctx context.Context, who Who) (int, error) {
	return m.end(ctx, who.Actor, func(s account.Session) bool { return s.Account == who.Actor.User })
}

// end drops the sessions that match, with one logged_out event each.
func (m *Manager) end(ctx context.Context, by workflow.Actor, match func(account.Session) bool) (int, error) {
	var keys []string
	err := m.store.UpdateAccounts(ctx, m.clock(), by, func(tx account.Tx, _ time.Time) ([]workflow.Event, error) {
		keys = nil
		var events []workflow.Event
		all, err := tx.Sessions()
		if err != nil {
			return nil, err
		}
		for _, s := range all {
			if !match(s) {
				continue
			}
			keys = append(keys, account.SessionKey(s.ID))
			events = append(events, logoutEvent(s, account.EndLogout))
			if err := tx.DropSession(s.ID); err != nil {
				return nil, err
			}
		}
		return events, nil
	})
	if err != nil {
		return 0, err
	}
	for _, key := range keys {
		m.ended(key, account.EndLogout)
	}
	return len(keys), nil
}

func logoutEvent(s account.Session, why account.EndReason) workflow.Event {
	return workflow.Event{Kind: workflow.KindLoggedOut,
		Data: workflow.Data{Account: &workflow.AccountRef{Name: s.Account, Address: s.Address, Cause: string(why)}}}
}

func (m *Manager) ended(key string, why account.EndReason) {
	m.forget(key)
	m.desk.Ended(key, why)
}
