package session_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"duban/ui/session"
	"duban/workflow"
)

func TestFiveFailuresLockThatAccountFromThatAddressOnly(t *testing.T) {
	w := newWorld(t, session.Options{})
	for i := range 5 {
		if got := w.try(t, from("10.0.0.1", "liwei", "wrong")); got != "login.failed" {
			t.Fatalf("failure %d: %s", i+1, got)
		}
		w.pass(5 * time.Second)
	}
	_, err := w.Login(t.Context(), from("10.0.0.1", "liwei", good))
	e := workflow.AsError(err)
	if e.Kind != workflow.TooMany || e.Code != "login.locked" || e.Args["retry_after"] != 895 || e.Args["minutes"] != 15 {
		t.Fatalf("%+v", e)
	}
	for _, a := range []session.Attempt{from("10.0.0.2", "liwei", good), from("10.0.0.1", "wangfang", good)} {
		if got := w.try(t, a); got != "in" {
			t.Errorf("%s from %s: %s", a.Name, a.Address, got)
		}
	}
	w.pass(894 * time.Second)
	if got := w.try(t, from("10.0.0.1", "liwei", good)); got != "login.locked" {
		t.Errorf("a second early: %s", got)
	}
	w.pass(time.Second)
	if got := w.try(t, from("10.0.0.1", "liwei", good)); got != "in" {
		t.Errorf("after 15 minutes: %s", got)
	}
}

func TestEachFurtherLockIsTwiceAsLong(t *testing.T) {
	w := newWorld(t, session.Options{})
	for _, want := range []time.Duration{15, 30, 60, 120, 120} {
		for range 5 {
			if got := w.try(t, from("10.0.0.1", "liwei", "wrong")); got != "login.failed" {
				t.Fatalf("before the lock of %d minutes: %s", want, got)
			}
			w.pass(2 * time.Second)
		}
		w.pass(want*time.Minute - 10*time.Second)
		if got := w.try(t, from("10.0.0.1", "liwei", good)); got != "login.locked" {
			t.Fatalf("before %d minutes are over: %s", want, got)
		}
		w.pass(10 * time.Second)
	}
}

func TestTheThirdFailureSlowsDown(t *testing.T) {
	w := newWorld(t, session.Options{})
	steps := []struct {
		wait time.Duration
		want string
	}{{0, "login.failed"}, {0, "login.failed"}, {0, "login.failed"}, {0, "login.locked"}, {time.Second, "login.failed"},
		{time.Second, "login.locked"}, {time.Second, "login.failed"}, {time.Minute, "login.locked"}}
	for i, s := range steps {
		w.pass(s.wait)
		if got := w.try(t, from("10.0.0.1", "liwei", "wrong")); got != s.want {
			t.Errorf("step %d: %s, want %s", i+1, got, s.want)
		}
	}
}

func TestUnknownNamesAreLockedLikeKnownOnes(t *testing.T) {
	answers := map[string][]string{}
	for _, name := range []string{"liwei", "nobody", "gone"} {
		w := newWorld(t, session.Options{})
		for range 12 {
			answers[name] = append(answers[name], w.try(t, from("10.0.0.1", name, "wrong")))
			w.pass(1500 * time.Millisecond)
		}
	}
	if !slices.Equal(answers["liwei"], answers["nobody"]) || !slices.Equal(answers["liwei"], answers["gone"]) {
		t.Errorf("%v", answers)
	}
	if !slices.Contains(answers["liwei"], "login.locked") {
		t.Error("the control: nothing was locked")
	}
}

func TestOneAddressOverManyAccountsIsStopped(t *testing.T) {
	w := newWorld(t, session.Options{})
	for i := range 30 {
		if got := w.try(t, from("10.6.6.6", fmt.Sprintf("user%d", i), "wrong")); got != "login.failed" {
			t.Fatalf("%d: %s", i, got)
		}
	}
	if got := w.try(t, from("10.6.6.6", "fresh", "wrong")); got != "login.locked" {
		t.Errorf("the thirty-first account: %s", got)
	}
	if got := w.try(t, from("10.6.6.7", "liwei", good)); got != "in" {
		t.Errorf("another address: %s", got)
	}
	six := newWorld(t, session.Options{}) // one IPv6 subscriber has 2^64 addresses
	for i := range 30 {
		six.try(t, from(fmt.Sprintf("2001:db8:1:1::%x", i+1), fmt.Sprintf("user%d", i), "wrong"))
	}
	if got := six.try(t, from("2001:db8:1:1:ffff::1", "fresh", "wrong")); got != "login.locked" {
		t.Errorf("the same /64: %s", got)
	}
	if got := six.try(t, from("2001:db8:1:2::1", "fresh", "wrong")); got != "login.failed" {
		t.Errorf("another /64: %s", got)
	}
}

// Logging in to an account of one's own does not wipe the slate of the address.
func TestAGoodLoginForgivesOnlyItsOwnCount(t *testing.T) {
	w := newWorld(t, session.Options{})
	for i := range 29 {
		w.try(t, from("10.6.6.6", fmt.Sprintf("user%d", i), "wrong"))
	}
	if got := w.try(t, from("10.6.6.6", "liwei", good)); got != "in" {
		t.Fatalf("the attacker's own account: %s", got)
	}
	if got := w.try(t, from("10.6.6.6", "user30", "wrong")); got != "login.failed" {
		t.Fatal(got)
	}
	if got := w.try(t, from("10.6.6.6", "user31", "wrong")); got != "login.locked" {
		t.Errorf("the thirty-first failure: %s", got)
	}
}

// A thousand machines guess at one account: strangers are slowed to a trickle,
// and the owner is not kept out.
func TestAnAttackCannotKeepTheOwnerOut(t *testing.T) {
	w := newWorld(t, session.Options{})
	home := w.login(t, from("10.0.0.1", "admin", good))
	held := 0
	for i := range 300 {
		if w.try(t, from(fmt.Sprintf("100.64.%d.%d", i/200, i%200), "admin", "wrong")) == "login.locked" {
			held++
		}
	}
	if held < 270 {
		t.Errorf("only %d of 300 guesses were held back", held)
	}
	if got := w.try(t, from("192.0.2.77", "admin", good)); got != "login.locked" {
		t.Errorf("a stranger with the right password, during the attack: %s", got)
	}
	if got := w.try(t, from("10.0.0.1", "admin", good)); got != "in" {
		t.Errorf("from the known address: %s", got)
	}
	travelling := from("192.0.2.78", "admin", good)
	travelling.Device = home.Device
	if got := w.try(t, travelling); got != "in" {
		t.Errorf("with the known browser elsewhere: %s", got)
	}
	if got := w.try(t, from("192.0.2.77", "liwei", good)); got != "in" {
		t.Errorf("another account: %s", got)
	}
	w.pass(30 * time.Second)
	if got := w.try(t, from("192.0.2.79", "admin", good)); got != "in" {
		t.Errorf("a stranger's turn in the trickle: %s", got)
	}
}

// The attacker sits behind the same address as the whole office.
func TestAnAttackerInTheOfficeCannotLockTheOfficeOut(t *testing.T) {
	w := newWorld(t, session.Options{})
	devices := map[string]string{}
	for _, name := range []string{"admin", "liwei", "wangfang"} {
		devices[name] = w.login(t, from("10.0.0.1", name, good)).Device
	}
	for round := range 20 {
		for _, name := range []string{"admin", "liwei", "wangfang", fmt.Sprintf("x%d", round), fmt.Sprintf("y%d", round)} {
			w.try(t, from("10.0.0.1", name, "wrong"))
		}
	}
	for name, device := range devices {
		a := from("10.0.0.1", name, good)
		if got := w.try(t, a); got != "login.locked" {
			t.Errorf("the control: %s without its browser: %s", name, got)
		}
		a.Device = device
		if got := w.try(t, a); got != "in" {
			t.Errorf("%s in its own browser: %s", name, got)
		}
	}
}

func TestAKnownBrowserGivesNoFreeGuesses(t *testing.T) {
	w := newWorld(t, session.Options{})
	a := from("10.0.0.1", "liwei", "wrong")
	a.Device = w.login(t, from("10.0.0.1", "liwei", good)).Device
	failed := 0
	for range 50 {
		if w.try(t, a) == "login.failed" {
			failed++
		}
		w.pass(10 * time.Second)
	}
	if failed != 5 {
		t.Errorf("%d guesses in eight minutes", failed)
	}
	other := from("10.9.9.9", "wangfang", "wrong") // the browser of liwei, not of wangfang
	other.Device = a.Device
	for range 5 {
		w.try(t, other)
		w.pass(5 * time.Second)
	}
	other.Password = good
	if got := w.try(t, other); got != "login.locked" {
		t.Errorf("another account's browser: %s", got)
	}
}
