package store

import (
	"context"
	"errors"
	"time"

	"duban/workflow"
	"duban/workflow/account"
)

// ViewAccounts implements account.Store.
func (s *Store) ViewAccounts(ctx context.Context, fn func(account.Tx) error) error {
	return s.read(ctx, func(t *txKV) error { return fn(accountTx{rows{view: view{t}}}) })
}

// UpdateAccounts implements account.Store. Records without events are written too.
func (s *Store) UpdateAccounts(ctx context.Context, received time.Time, actor workflow.Actor,
	fn func(account.Tx, time.Time) ([]workflow.Event, error)) error {
	return s.do(ctx, func(w *work) error {
		now, recorded := w.times(received)
		events, err := fn(accountTx{w.rows()}, now)
		if err != nil {
			return err
		}
		_, err = w.append(events, actor, now, recorded)
		return err
	})
}

// accountTx is account.Tx over rows; without put it only reads.
type accountTx struct{ rows rows }

var errViewOnly = errors.New("store: ViewAccounts does not write")

func (t accountTx) Account(name string) (account.Account, bool, error) {
	return load[account.Account](t.rows, inAccounts, name)
}
func (t accountTx) Accounts() ([]account.Account, error) {
	return list[account.Account](t.rows, inAccounts)
}
func (t accountTx) PutAccount(a account.Account) error { return t.save(inAccounts, a.Name, a) }

func (t accountTx) Session(id string) (account.Session, bool, error) {
	return load[account.Session](t.rows, inSessions, id)
}
func (t accountTx) Sessions() ([]account.Session, error) {
	return list[account.Session](t.rows, inSessions)
}
func (t accountTx) PutSession(s account.Session) error { return t.save(inSessions, s.ID, s) }
func (t accountTx) DropSession(id string) error        { return t.drop(inSessions, id) }

func (t accountTx) Token(digest string) (account.Token, bool, error) {
	return load[account.Token](t.rows, inTokens, digest)
}
func (t accountTx) Tokens() ([]account.Token, error) { return list[account.Token](t.rows, inTokens) }
func (t accountTx) PutToken(k account.Token) error   { return t.save(inTokens, k.Digest, k) }

func (t accountTx) Screen(digest string) (account.ScreenPass, bool, error) {
	return load[account.ScreenPass](t.rows, inScreens, digest)
}
func (t accountTx) Screens() ([]account.ScreenPass, error) {
	return list[account.ScreenPass](t.rows, inScreens)
}
func (t accountTx) PutScreen(p account.ScreenPass) error { return t.save(inScreens, p.Digest, p) }
func (t accountTx) DropScreen(digest string) error       { return t.drop(inScreens, digest) }

func (t accountTx) save(in space, key string, row any) error {
	if t.rows.put == nil {
		return errViewOnly
	}
	return t.rows.save(in, key, row)
}

func (t accountTx) drop(in space, key string) error {
	if t.rows.put == nil {
		return errViewOnly
	}
	t.rows.put(in, key, nil)
	return nil
}
