// Package accounttest is an account.Store in memory, for tests of what stands on
// accounts. It keeps the promises of the interface: an error from an update
// changes nothing, an update runs more than once, and a view cannot write.
package accounttest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"duban/workflow"
	"duban/workflow/account"
)

// Store is an account.Store. The zero value is empty and ready.
type Store struct {
	mu     sync.Mutex
	rows   rows
	events []workflow.Event
	fault  error
}

type rows struct {
	accounts map[string]account.Account
	sessions map[string]account.Session
	tokens   map[string]account.Token
	screens  map[string]account.ScreenPass
}

func (r rows) clone() rows {
	return rows{own(r.accounts), own(r.sessions), own(r.tokens), own(r.screens)}
}

func own[T any](m map[string]T) map[string]T {
	if m == nil {
		return map[string]T{}
	}
	return maps.Clone(m)
}

// ViewAccounts implements account.Store.
func (s *Store) ViewAccounts(ctx context.Context, fn func(account.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	r := s.rows.clone()
	s.mu.Unlock()
	return fn(tx{r, true})
}

// UpdateAccounts implements account.Store; fn's now is the time received. Every
// fn runs twice, as an engine may do.
func (s *Store) UpdateAccounts(ctx context.Context, received time.Time, actor workflow.Actor,
	fn func(account.Tx, time.Time) ([]workflow.Event, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fault != nil {
		return s.fault
	}
	// The answer of the first run does not count.
	_, _ = fn(tx{s.rows.clone(), false}, received)
	r := s.rows.clone()
	events, err := fn(tx{r, false}, received)
	if err != nil {
		return err
	}
	for _, e := range events {
		e.Seq, e.At, e.RecordedAt = uint64(len(s.events)+1), received, received
		if e.Actor == (workflow.ActorRef{}) {
			e.Actor = actor.Ref()
		}
		s.events = append(s.events, e)
	}
	s.rows = r
	return nil
}

// Events are those written so far.
func (s *Store) Events() []workflow.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.events)
}

// FailWrites makes every update fail with err from now on; nil ends that.
func (s *Store) FailWrites(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = err
}

// Dump is everything kept, as JSON: to look for what must not be there.
func (s *Store) Dump() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := json.Marshal(map[string]any{"accounts": s.rows.accounts, "sessions": s.rows.sessions,
		"tokens": s.rows.tokens, "screens": s.rows.screens, "events": s.events})
	return string(b), err
}

var errViewOnly = errors.New("accounttest: a view does not write")

type tx struct {
	rows     rows
	viewOnly bool
}

func find[T any](m map[string]T, key string) (T, bool, error) {
	v, ok := m[key]
	return v, ok, nil
}

func list[T any](m map[string]T) ([]T, error) {
	var all []T
	for _, k := range slices.SortedFunc(maps.Keys(m), cmp.Compare[string]) {
		all = append(all, m[k])
	}
	return all, nil
}

func put[T any](t tx, m map[string]T, key string, v T) error {
	if t.viewOnly {
		return errViewOnly
	}
	if key == "" {
		return errors.New("accounttest: empty key")
	}
	m[key] = v
	return nil
}

func drop[T any](t tx, m map[string]T, key string) error {
	if t.viewOnly {
		return errViewOnly
	}
	delete(m, key)
	return nil
}

func (t tx) Account(name string) (account.Account, bool, error) { return find(t.rows.accounts, name) }
func (t tx) Accounts() ([]account.Account, error)               { return list(t.rows.accounts) }
func (t tx) PutAccount(a account.Account) error                 { return put(t, t.rows.accounts, a.Name, a) }
func (t tx) Session(id string) (account.Session, bool, error)   { return find(t.rows.sessions, id) }
func (t tx) Sessions() ([]account.Session, error)               { return list(t.rows.sessions) }
func (t tx) PutSession(s account.Session) error                 { return put(t, t.rows.sessions, s.ID, s) }
func (t tx) DropSession(id string) error                        { return drop(t, t.rows.sessions, id) }
func (t tx) Token(digest string) (account.Token, bool, error)   { return find(t.rows.tokens, digest) }
func (t tx) Tokens() ([]account.Token, error)                   { return list(t.rows.tokens) }
func (t tx) PutToken(k account.Token) error                     { return put(t, t.rows.tokens, k.Digest, k) }
func (t tx) Screen(digest string) (account.ScreenPass, bool, error) {
	return find(t.rows.screens, digest)
}
func (t tx) Screens() ([]account.ScreenPass, error) { return list(t.rows.screens) }
func (t tx) PutScreen(p account.ScreenPass) error   { return put(t, t.rows.screens, p.Digest, p) }
func (t tx) DropScreen(digest string) error         { return drop(t, t.rows.screens, digest) }

var _ account.Store = (*Store)(nil)
