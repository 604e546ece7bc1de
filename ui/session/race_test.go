package session_test

import (
	"context"
	"testing"
	"time"

	"duban/ui/session"
	"duban/workflow"
	"duban/workflow/account"
)

// between is a store in which something happens after the password was checked
// and before the answer is written.
type between struct {
	account.Store
	act func()
}

func (b *between) UpdateAccounts(ctx context.Context, at time.Time, by workflow.Actor,
	fn func(account.Tx, time.Time) ([]workflow.Event, error)) error {
	if act := b.act; act != nil {
		b.act = nil
		act()
	}
	return b.Store.UpdateAccounts(ctx, at, by, fn)
}

func TestAChangeWhileThePasswordIsCheckedWins(t *testing.T) {
	for name, act := range map[string]func(context.Context, *world) error{
		"disabled": func(ctx context.Context, w *world) error { return w.desk.Disable(ctx, w.clock(), admin, "liwei") },
		"reset": func(ctx context.Context, w *world) error {
			_, err := w.desk.Reset(ctx, w.clock(), admin, "liwei")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, session.Options{})
			in := w.login(t, from("10.0.0.1", "liwei", good))
			slow := *w.desk
			b := &between{Store: w.store, act: func() {
				if err := act(t.Context(), w); err != nil {
					t.Error(err)
				}
			}}
			slow.Store = b
			m := session.New(&slow, w.clock, session.Options{})
			if _, err := m.Login(t.Context(), from("10.0.0.1", "liwei", good)); workflow.AsError(err).Code != "login.failed" {
				t.Errorf("login: %v", err)
			}
			if w.lives(t, in.Who) {
				t.Error("the control: the change ended nothing")
			}
		})
		t.Run("changing while "+name, func(t *testing.T) {
			w := newWorld(t, session.Options{})
			in := w.login(t, from("10.0.0.1", "liwei", good))
			slow := *w.desk
			slow.Store = &between{Store: w.store, act: func() {
				if err := act(t.Context(), w); err != nil {
					t.Error(err)
				}
			}}
			m := session.New(&slow, w.clock, session.Options{})
			_, err := m.ChangePassword(t.Context(), in.Who, good, "Qw8!nT4rYbx6", session.Attempt{})
			if workflow.AsError(err).Code != "password.wrong" {
				t.Errorf("%v", err)
			}
			if _, right, err := w.desk.CheckPassword(t.Context(), "liwei", "Qw8!nT4rYbx6"); right || err != nil {
				t.Errorf("the admin's act was overwritten (%v)", err)
			}
		})
	}
}

// A session row that outlived its generation, as an older backup may hold.
func TestASessionOfAnOlderGenerationIsDead(t *testing.T) {
	w := newWorld(t, session.Options{})
	l := w.login(t, from("10.0.0.1", "liwei", good))
	if !w.lives(t, l.Who) {
		t.Fatal("the control")
	}
	err := w.store.UpdateAccounts(t.Context(), w.clock(), admin, func(tx account.Tx, _ time.Time) ([]workflow.Event, error) {
		a, found, err := tx.Account("liwei")
		if err != nil || !found {
			t.Errorf("liwei: %v, %v", found, err)
		}
		a.Generation++
		return nil, tx.PutAccount(a)
	})
	if err != nil {
		t.Fatal(err)
	}
	w.pass(time.Second) // a change past the desk may go unnoticed for that long
	if w.lives(t, l.Who) {
		t.Error("it lives")
	}
	w.sweep(t)
	if got := w.told(); len(got) != 1 || got[0] != "rights "+l.Who.Key {
		t.Errorf("%v", got)
	}
}
