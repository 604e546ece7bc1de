package session_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"duban/ui/session"
	"duban/workflow"
)

func (w *world) sweep(t *testing.T) {
	t.Helper()
	if err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (w *world) lives(t *testing.T, who session.Who) bool {
	t.Helper()
	_, err := w.Recheck(t.Context(), who)
	if err != nil && workflow.AsError(err).Code != "session.ended" {
		t.Fatal(err)
	}
	return err == nil
}

func TestASessionEndsByItselfAndItsSocketsAreTold(t *testing.T) {
	for name, c := range map[string]struct {
		o      session.Options
		until  time.Duration
		reason string
	}{
		"idle":            {session.Options{}, 30 * time.Minute, "idle"},
		"idle, set":       {session.Options{Idle: time.Minute}, time.Minute, "idle"},
		"absolute":        {session.Options{Idle: 99 * time.Hour}, 8 * time.Hour, "age"},
		"absolute, set":   {session.Options{Idle: 99 * time.Hour, Absolute: time.Hour}, time.Hour, "age"},
		"age before idle": {session.Options{Idle: time.Hour, Absolute: time.Hour}, time.Hour, "age"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.o)
			l := w.login(t, from("10.0.0.1", "liwei", good))
			if got := l.Who.Expires.Sub(w.clock()); got != c.until {
				t.Errorf("it says it ends in %s", got)
			}
			w.pass(c.until - time.Second)
			w.sweep(t)
			if !w.lives(t, l.Who) || len(w.told()) != 0 {
				t.Fatalf("ended early: %v", w.told())
			}
			w.pass(time.Second)
			if w.lives(t, l.Who) {
				t.Error("lives on")
			}
			w.sweep(t)
			if got := w.told(); !slices.Equal(got, []string{c.reason + " " + l.Who.Key}) {
				t.Errorf("told %v", got)
			}
			out := w.events(workflow.KindLoggedOut)
			if len(out) != 1 || out[0].Data.Account.Cause != c.reason {
				t.Errorf("%+v", out)
			}
			w.sweep(t)
			if len(w.told()) != 1 || len(w.events(workflow.KindLoggedOut)) != 1 {
				t.Error("ended twice")
			}
		})
	}
}

func TestASweepOfAQuietServerWritesNothing(t *testing.T) {
	w := newWorld(t, session.Options{})
	l := w.login(t, from("10.0.0.1", "liwei", good))
	before, err := w.store.Dump()
	if err != nil {
		t.Fatal(err)
	}
	w.pass(10 * time.Minute)
	w.sweep(t)
	if after, err := w.store.Dump(); err != nil || after != before {
		t.Errorf("it wrote (%v)", err)
	}
	if !w.lives(t, l.Who) {
		t.Error("ended")
	}
}

func TestANewLoginInTheSameBrowserEndsTheOldSession(t *testing.T) {
	w := newWorld(t, session.Options{})
	old := w.login(t, from("10.0.0.1", "liwei", good))
	again := from("10.0.0.1", "wangfang", good)
	again.Replaces = old.Secret
	l := w.login(t, again)
	if l.Secret == old.Secret || l.Who.CSRF == old.Who.CSRF || l.Who.Key == old.Who.Key {
		t.Error("a secret was kept over a login")
	}
	if w.lives(t, old.Who) || !w.lives(t, l.Who) {
		t.Error("the old one lives, or the new one does not")
	}
	if got := w.told(); !slices.Equal(got, []string{"replaced " + old.Who.Key}) {
		t.Errorf("%v", got)
	}
	failed := from("10.0.0.1", "wangfang", "wrong")
	failed.Replaces = l.Secret
	if w.try(t, failed) == "in" || !w.lives(t, l.Who) {
		t.Error("a failed login ended a session")
	}
}

func TestAnAccountHasSixteenSessionsAtMost(t *testing.T) {
	w := newWorld(t, session.Options{})
	other := w.login(t, from("10.0.0.1", "wangfang", good))
	var all []session.Login
	for range 18 {
		all = append(all, w.login(t, from("10.0.0.1", "liwei", good)))
		w.pass(time.Second)
	}
	for i, l := range all {
		if got, want := w.lives(t, l.Who), i >= 2; got != want {
			t.Errorf("login %d lives: %v", i+1, got)
		}
	}
	if !w.lives(t, other.Who) {
		t.Error("another account's session made way")
	}
}

func TestWhatEndsSessionsAndTokensAtOnce(t *testing.T) {
	for name, act := range map[string]func(context.Context, *world) error{
		"reset": func(ctx context.Context, w *world) error {
			_, err := w.desk.Reset(ctx, w.clock(), admin, "liwei")
			return err
		},
		"disabled": func(ctx context.Context, w *world) error { return w.desk.Disable(ctx, w.clock(), admin, "liwei") },
		"moved": func(ctx context.Context, w *world) error {
			return w.desk.Move(ctx, w.clock(), admin, "liwei", "water", workflow.Liaison)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, session.Options{})
			a, b := w.login(t, from("10.0.0.1", "liwei", good)), w.login(t, from("10.0.0.2", "liwei", good))
			other := w.login(t, from("10.0.0.1", "wangfang", good))
			if err := act(t.Context(), w); err != nil {
				t.Fatal(err)
			}
			if w.lives(t, a.Who) || w.lives(t, b.Who) || !w.lives(t, other.Who) {
				t.Error("the wrong sessions live")
			}
			told := w.told()
			slices.Sort(told)
			want := []string{"rights " + a.Who.Key, "rights " + b.Who.Key}
			slices.Sort(want)
			if !slices.Equal(told, want) {
				t.Errorf("%v", told)
			}
		})
	}
}

func TestChangingThePasswordLeavesOneNewSession(t *testing.T) {
	w := newWorld(t, session.Options{})
	here, elsewhere := w.login(t, from("10.0.0.1", "liwei", good)), w.login(t, from("10.0.0.2", "liwei", good))
	l, err := w.ChangePassword(t.Context(), here.Who, good, "Qw8!nT4rYbx6", from("10.0.0.1", "", ""))
	if err != nil {
		t.Fatal(err)
	}
	if w.lives(t, here.Who) || w.lives(t, elsewhere.Who) || !w.lives(t, l.Who) {
		t.Error("the wrong sessions live")
	}
	if w.try(t, from("10.0.0.3", "liwei", good)) != "login.failed" || w.try(t, from("10.0.0.3", "liwei", "Qw8!nT4rYbx6")) != "in" {
		t.Error("the password did not change")
	}
}

func TestGuessingTheOldPasswordIsSlowedToo(t *testing.T) {
	w := newWorld(t, session.Options{})
	l := w.login(t, from("10.0.0.1", "liwei", good))
	checked := 0
	for range 30 {
		_, err := w.ChangePassword(t.Context(), l.Who, "guess", "Qw8!nT4rYbx6", session.Attempt{})
		switch code := workflow.AsError(err).Code; code {
		case "password.wrong":
			checked++
		case "login.locked":
		default:
			t.Fatal(code)
		}
		w.pass(10 * time.Second)
	}
	if checked != 5 {
		t.Errorf("%d guesses", checked)
	}
	if _, err := w.ChangePassword(t.Context(), session.Who{Kind: session.ByToken, Actor: l.Who.Actor}, good, "Qw8!nT4rYbx6",
		session.Attempt{}); workflow.AsError(err).Code != "session.needed" {
		t.Errorf("by a token: %v", err)
	}
}

func TestAnAdminCanForgiveFailures(t *testing.T) {
	w := newWorld(t, session.Options{})
	for range 5 {
		w.try(t, from("10.0.0.1", "liwei", "wrong"))
		w.pass(3 * time.Second)
	}
	if w.try(t, from("10.0.0.1", "liwei", good)) != "login.locked" {
		t.Fatal("the control: not locked")
	}
	w.Unlock("liwei")
	if got := w.try(t, from("10.0.0.1", "liwei", good)); got != "in" {
		t.Error(got)
	}
}

func TestMySessions(t *testing.T) {
	w := newWorld(t, session.Options{})
	a := w.login(t, session.Attempt{Name: "liwei", Password: good, Address: "10.0.0.1", Agent: "Chrome\x00\r\n78\u202e"})
	w.pass(time.Minute)
	b := w.login(t, from("10.0.0.2", "liwei", good))
	other := w.login(t, from("10.0.0.3", "wangfang", good))
	mine, err := w.Mine(t.Context(), a.Who)
	if err != nil || len(mine) != 2 || mine[0].Address != "10.0.0.2" || mine[1].Agent != "Chrome78" || mine[0].CSRF != "" {
		t.Fatalf("%+v %v", mine, err)
	}
	if err := w.End(t.Context(), other.Who, mine[0].ID); workflow.AsError(err).Kind != workflow.NotFound || !w.lives(t, b.Who) {
		t.Errorf("another's session: %v", err)
	}
	if err := w.End(t.Context(), a.Who, mine[0].ID); err != nil || w.lives(t, b.Who) || !w.lives(t, a.Who) {
		t.Errorf("mine: %v", err)
	}
	if n, err := w.EndAll(t.Context(), a.Who); err != nil || n != 1 || w.lives(t, a.Who) || !w.lives(t, other.Who) {
		t.Errorf("all: %d %v", n, err)
	}
	if n := len(w.events(workflow.KindLoggedOut)); n != 2 {
		t.Errorf("%d events", n)
	}
}

func TestRecheckOfTokensAndScreens(t *testing.T) {
	w := newWorld(t, session.Options{})
	ctx := t.Context()
	if _, err := w.Recheck(ctx, session.Who{Kind: session.Nobody}); workflow.AsError(err).Code != "session.none" {
		t.Errorf("nobody: %v", err)
	}
	if w.lives(t, session.Who{Kind: session.ByToken}) || w.lives(t, session.Who{Kind: session.ByScreen}) {
		t.Error("an empty token or screen lives")
	}
}

func TestManyAtOnce(t *testing.T) {
	w := newWorld(t, session.Options{})
	l := w.login(t, from("10.0.0.1", "wangfang", good))
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			one, err := w.Login(t.Context(), from("10.0.0.1", "liwei", good))
			if err != nil {
				t.Errorf("login: %v", err)
				return
			}
			if _, err := w.Recheck(t.Context(), one.Who); err != nil {
				t.Errorf("recheck: %v", err)
			}
			w.pass(time.Second)
			if err := w.Sweep(t.Context()); err != nil {
				t.Errorf("sweep: %v", err)
			}
			if err := w.Logout(t.Context(), one.Who); err != nil {
				t.Errorf("logout: %v", err)
			}
		})
	}
	wait.Wait()
	if !w.lives(t, l.Who) {
		t.Error("another's session ended")
	}
	if n := len(w.events(workflow.KindLoggedOut)); n != 8 {
		t.Errorf("%d of 8 logouts", n)
	}
}

// TestALoginFromTheFutureEnds: a login that began later than the clock says, by more than
// a login may last, has ended: the clock was set back.
func TestALoginFromTheFutureEnds(t *testing.T) {
	w := newWorld(t, session.Options{})
	l := w.login(t, from("10.0.0.1", "liwei", good))
	w.pass(-7 * time.Hour)
	if !w.lives(t, l.Who) {
		t.Error("a clock put right by hours ends logins")
	}
	w.pass(-time.Hour)
	if w.lives(t, l.Who) {
		t.Error("it lives until the clock comes round again")
	}
}
