package session

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"duban/workflow"
	"duban/workflow/account"
)

// counted is a store that counts attempts to change it, so that what was read
// from it can be known to be current.
type counted struct {
	account.Store
	changes atomic.Uint64
}

// UpdateAccounts implements account.Store. It counts before, so that a read going
// on now is not kept, and after, whatever came of it.
func (s *counted) UpdateAccounts(ctx context.Context, received time.Time, actor workflow.Actor,
	fn func(account.Tx, time.Time) ([]workflow.Event, error)) error {
	s.changes.Add(1)
	defer s.changes.Add(1)
	return s.Store.UpdateAccounts(ctx, received, actor, fn)
}

const (
	// cacheLife bounds how long a change that did not come through the desk could
	// go unnoticed.
	cacheLife = time.Second
	// cacheSize bounds the cache to about 4 MB; a full one begins anew.
	cacheSize = 4096
)

// holder is what a credential's digest leads to: a session or a token, and its
// account. Whether it still lives is decided at each use.
type holder struct {
	session account.Session
	token   account.Token
	account account.Account
	others  map[string]account.Account // those the account has delegations for

	at      time.Time
	changes uint64
}

// cache spares reading and decoding two records for every request: measured, that
// costs as much as the rest of a small one.
type cache struct {
	mu   sync.RWMutex
	held map[string]*holder
}

// find answers what the digest leads to: from memory if nothing has changed since,
// else read by look, which answers found=false for a credential that is none. The
// holder is shared: read-only.
func (m *Manager) find(ctx context.Context, digest string, now time.Time,
	look func(account.Tx, *holder) (bool, error)) (h *holder, found bool, err error) {
	changes := m.store.changes.Load()
	m.cache.mu.RLock()
	h, found = m.cache.held[digest]
	m.cache.mu.RUnlock()
	if found && h.changes == changes {
		if age := now.Sub(h.at); age >= 0 && age < cacheLife {
			return h, true, nil
		}
	}
	h = &holder{at: now, changes: changes}
	err = m.store.ViewAccounts(ctx, func(tx account.Tx) (err error) {
		found, err = look(tx, h)
		return err
	})
	if err != nil || !found {
		return nil, false, err
	}
	m.cache.mu.Lock()
	if len(m.cache.held) >= cacheSize || m.cache.held == nil {
		m.cache.held = map[string]*holder{}
	}
	m.cache.held[digest] = h
	m.cache.mu.Unlock()
	return h, true, nil
}

func (m *Manager) findSession(ctx context.Context, id string, now time.Time) (*holder, bool, error) {
	return m.find(ctx, id, now, func(tx account.Tx, h *holder) (found bool, err error) {
		if h.session, found, err = tx.Session(id); err != nil || !found {
			return false, err
		}
		if h.account, found, err = tx.Account(h.session.Account); err == nil {
			err = h.lookUp(tx)
		}
		return found, err
	})
}

func (m *Manager) findToken(ctx context.Context, digest string, now time.Time) (*holder, bool, error) {
	return m.find(ctx, digest, now, func(tx account.Tx, h *holder) (found bool, err error) {
		if h.token, found, err = tx.Token(digest); err != nil || !found {
			return false, err
		}
		if h.account, found, err = tx.Account(h.token.Account); err == nil {
			err = h.lookUp(tx)
		}
		return found, err
	})
}
