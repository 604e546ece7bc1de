package session

import (
	"context"
	"maps"
	"time"

	"duban/workflow"
	"duban/workflow/account"
)

// Sweep ends sessions whose time is over (so that their sockets close), and tokens,
// delegations and links that have expired: what is over is written down, so that a clock
// that goes back revives none of it. It writes
// last-seen times at most once a minute each, and sums up failed logins. Its
// owner calls it every few seconds; requests never write on their own. An error
// leaves all as it was, to be tried at the next call.
func (m *Manager) Sweep(ctx context.Context) error {
	now := m.clock()
	m.mu.Lock()
	seen := maps.Clone(m.seen)
	m.mu.Unlock()
	failed := m.failures.Due(now, m.throttle.Sweep(now))

	var d chores
	err := m.store.ViewAccounts(ctx, func(tx account.Tx) (err error) {
		d, err = m.chores(tx, seen, now)
		return err
	})
	if err == nil && (failed > 0 || d.any()) {
		err = m.store.UpdateAccounts(ctx, now, workflow.Clock, func(tx account.Tx, _ time.Time) ([]workflow.Event, error) {
			events, err := m.write(tx, seen, now, &d)
			if err == nil && failed > 0 {
				events = append(events, failureEvent(failed, &workflow.AccountRef{Cause: causeSum})...)
			}
			return events, err
		})
	}
	if err != nil {
		m.failures.Keep(failed)
		return err
	}
	for key, why := range d.over {
		m.ended(key, why)
	}
	m.prune(now)
	return nil
}

// chores is what a sweep has to write.
type chores struct {
	sessions []account.Session
	over     map[string]account.EndReason // by key; among sessions
	tokens   []account.Token
	screens  []account.ScreenPass
	accounts []account.Account // without what has expired of them
	expired  []workflow.Event
}

func (d chores) any() bool {
	return len(d.sessions)+len(d.tokens)+len(d.screens)+len(d.accounts) > 0
}

// chores finds them; it runs in a view first, so that a quiet server writes nothing.
func (m *Manager) chores(tx account.Tx, seen map[string]time.Time, now time.Time) (chores, error) {
	d := chores{over: map[string]account.EndReason{}}
	sessions, err := tx.Sessions()
	if err != nil {
		return d, err
	}
	for _, s := range sessions {
		a, _, err := tx.Account(s.Account)
		if err != nil {
			return d, err
		}
		key := account.SessionKey(s.ID)
		if why := m.over(s, a, now); why != "" {
			d.over[key] = why
			d.sessions = append(d.sessions, s)
		} else if at, ok := seen[key]; ok && at.Sub(s.SeenAt) >= writeEvery {
			s.SeenAt = at
			d.sessions = append(d.sessions, s)
		}
	}
	tokens, err := tx.Tokens()
	if err != nil {
		return d, err
	}
	for _, t := range tokens {
		if !t.Revoked && t.ExpiresAt != nil && !now.Before(*t.ExpiresAt) {
			a, _, err := tx.Account(t.Account)
			if err != nil {
				return d, err
			}
			events := t.Expire(a)
			d.over[account.TokenKey(t.ID)], d.expired = account.EndAge, append(d.expired, events...)
			d.tokens = append(d.tokens, t)
			continue
		}
		if at, ok := seen[account.TokenKey(t.ID)]; ok && (t.LastUsed == nil || at.Sub(*t.LastUsed) >= writeEvery) {
			t.LastUsed = &at
			d.tokens = append(d.tokens, t)
		}
	}
	screens, err := tx.Screens()
	if err != nil {
		return d, err
	}
	for _, p := range screens {
		if at, ok := seen[account.ScreenKey(p.ID)]; ok && (p.SeenAt == nil || at.Sub(*p.SeenAt) >= writeEvery) {
			p.SeenAt = &at
			d.screens = append(d.screens, p)
		}
	}
	accounts, err := tx.Accounts()
	for _, a := range accounts {
		if events, changed := a.Expire(now); changed {
			d.accounts, d.expired = append(d.accounts, a), append(d.expired, events...)
		}
	}
	return d, err
}

// write finds the chores again inside the transaction and does them.
func (m *Manager) write(tx account.Tx, seen map[string]time.Time, now time.Time, out *chores) ([]workflow.Event, error) {
	d, err := m.chores(tx, seen, now)
	if err != nil {
		return nil, err
	}
	*out = d
	var events []workflow.Event
	for _, s := range d.sessions {
		if why, over := d.over[account.SessionKey(s.ID)]; over {
			events = append(events, logoutEvent(s, why))
			err = tx.DropSession(s.ID)
		} else {
			err = tx.PutSession(s)
		}
		if err != nil {
			return nil, err
		}
	}
	for _, t := range d.tokens {
		if err := tx.PutToken(t); err != nil {
			return nil, err
		}
	}
	for _, p := range d.screens {
		if err := tx.PutScreen(p); err != nil {
			return nil, err
		}
	}
	for _, a := range d.accounts {
		if err := tx.PutAccount(a); err != nil {
			return nil, err
		}
	}
	return append(events, d.expired...), nil
}

// prune forgets times that no longer matter: a session's idle time has passed, or
// the time is written by now.
func (m *Manager) prune(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key, at := range m.seen {
		if now.Sub(at) > m.o.Idle+writeEvery {
			delete(m.seen, key)
		}
	}
}
