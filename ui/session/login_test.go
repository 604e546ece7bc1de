package session_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"duban/ui/session"
	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/account/accounttest"
	"duban/workflow/account/credential"
	"duban/workflow/plan"
)

const good = "Kx7#mP2qWvz9"

var admin = workflow.Actor{User: "admin", Unit: plan.OfficeID, Role: workflow.Admin}

// world is a manager over a store in memory, with a clock the test moves.
type world struct {
	*session.Manager
	desk  *account.Desk
	store *accounttest.Store

	mu    sync.Mutex
	now   time.Time
	ended []string
}

func newWorld(t *testing.T, o session.Options) *world {
	t.Helper()
	w := &world{store: &accounttest.Store{}, now: time.Date(2022, 9, 20, 9, 0, 0, 0, time.UTC)}
	w.desk = &account.Desk{
		Store: w.store, Random: rand.Reader, Policy: credential.Dengbao, Sealer: accounttest.Sealer(),
		Hasher:   credential.NewHasher(rand.Reader, credential.Cost{KiB: 64, Passes: 1, Lanes: 1}),
		FindUnit: func(s string) (string, bool) { return s, true },
		OnEnd: func(key string, why account.EndReason) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.ended = append(w.ended, string(why)+" "+key)
		},
	}
	w.Manager = session.New(w.desk, w.clock, o)
	if _, _, err := w.desk.EnsureAdmin(t.Context(), w.now, "", good); err != nil {
		t.Fatal(err)
	}
	w.add(t, "liwei", "finance", workflow.Liaison)
	w.add(t, "wangfang", "water", workflow.Liaison)
	w.add(t, "gone", "water", workflow.Liaison)
	if err := w.desk.Disable(t.Context(), w.now, admin, "gone"); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) add(t *testing.T, name, unit string, role workflow.UserRole) {
	t.Helper()
	n := account.NewAccount{Name: name, Unit: unit, Role: role, Password: good}
	if _, err := w.desk.AddAccount(t.Context(), w.now, admin, n); err != nil {
		t.Fatal(err)
	}
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) told() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.ended)
}

// try logs in and answers the code, "in" for a good login.
func (w *world) try(t *testing.T, a session.Attempt) string {
	t.Helper()
	_, err := w.Login(t.Context(), a)
	if err == nil {
		return "in"
	}
	return workflow.AsError(err).Code
}

func (w *world) login(t *testing.T, a session.Attempt) session.Login {
	t.Helper()
	l, err := w.Login(t.Context(), a)
	if err != nil {
		t.Fatalf("%s from %s: %v", a.Name, a.Address, err)
	}
	return l
}

func from(address, name, password string) session.Attempt {
	return session.Attempt{Name: name, Password: password, Address: address, Agent: "test"}
}

func (w *world) events(kind workflow.Kind) (all []workflow.Event) {
	for _, e := range w.store.Events() {
		if e.Kind == kind {
			all = append(all, e)
		}
	}
	return all
}

func TestRefusedLoginsAreAllAlike(t *testing.T) {
	w := newWorld(t, session.Options{})
	var first *workflow.Error
	for _, a := range []session.Attempt{
		from("10.0.0.1", "liwei", "wrong"), from("10.0.0.1", "nobody", "wrong"), from("10.0.0.1", "gone", good),
		from("10.0.0.1", "gone", "wrong"), from("10.0.0.1", "", good), from("10.0.0.1", "a b", good),
		from("10.0.0.1", strings.Repeat("x", 100_000), good), from("10.0.0.1", "wangfang", strings.Repeat("x", 100_000)),
	} {
		_, err := w.Login(t.Context(), a)
		e := workflow.AsError(err)
		if first == nil {
			first = e
		}
		if e.Kind != workflow.Unauthorized || e.Code != "login.failed" || e.Field != "" || len(e.Args) != 0 || e.Error() != first.Error() {
			t.Errorf("%.20q: %+v", a.Name, e)
		}
	}
	if w.try(t, from("10.0.0.2", "liwei", good)) != "in" {
		t.Error("the control: a right password")
	}
}

func TestALoginIsRecordedWithoutSecrets(t *testing.T) {
	w := newWorld(t, session.Options{})
	l := w.login(t, from("10.0.0.1", "liwei", good))
	in := w.events(workflow.KindLoggedIn)
	if len(in) != 1 || in[0].Actor.User != "liwei" || in[0].Data.Account.Address != "10.0.0.1" {
		t.Errorf("%+v", in)
	}
	if l.Who.Actor.Role != workflow.Liaison || l.Who.Actor.Unit != "finance" || l.Who.CSRF == "" || l.Who.Kind != session.BySession {
		t.Errorf("%+v", l.Who)
	}
	if w.try(t, from("10.0.0.9", "my-Secret-typed-in-the-name-field", "x")) != "login.failed" {
		t.Error("let in")
	}
	dump, err := w.store.Dump()
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{good, l.Secret, l.Device, "my-Secret-typed"} {
		if strings.Contains(dump, secret) {
			t.Errorf("the store holds %q", secret)
		}
	}
}

func TestFailuresAreRecordedButBounded(t *testing.T) {
	w := newWorld(t, session.Options{})
	failed := 0
	for i := range 2000 {
		if w.try(t, from(fmt.Sprintf("100.64.%d.%d", i/200, i%200), fmt.Sprintf("u%d", i), "x")) == "login.failed" {
			failed++
		}
	}
	for range 5 {
		if w.try(t, from("10.0.0.1", "liwei", "wrong")) == "login.failed" {
			failed++
		}
		w.pass(3 * time.Second)
	}
	if n := len(w.events(workflow.KindLoginFailed)); n > 61 {
		t.Errorf("%d events for %d failures", n, failed)
	}
	for range 30 {
		w.pass(time.Hour)
		if err := w.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	told := 0
	for _, e := range w.events(workflow.KindLoginFailed) {
		told += e.Data.N
	}
	if told != failed || failed < 2000 {
		t.Errorf("the events tell %d failures, there were %d", told, failed)
	}
}

func TestALockIsRecordedWithAccountAndAddress(t *testing.T) {
	w := newWorld(t, session.Options{})
	for range 5 {
		w.try(t, from("10.0.0.1", "liwei", "wrong"))
		w.pass(5 * time.Second)
	}
	all := w.events(workflow.KindLoginFailed)
	if len(all) != 2 || all[0].Data.Account.Cause != "wrong_password" || all[0].Data.N != 1 ||
		all[1].Data.Account.Cause != "locked" || all[1].Data.N != 4 || all[1].Data.Account.Name != "liwei" ||
		all[1].Data.Account.Address != "10.0.0.1" {
		t.Errorf("%+v", all)
	}
	l := w.login(t, from("10.0.0.2", "liwei", good))
	if l.Failures != 5 {
		t.Errorf("the person is told of %d failures", l.Failures)
	}
	if again := w.login(t, from("10.0.0.2", "liwei", good)); again.Failures != 0 || again.Before == nil {
		t.Errorf("%+v", again)
	}
}

func TestAStoreThatCannotWriteLetsNobodyIn(t *testing.T) {
	w := newWorld(t, session.Options{})
	full := workflow.Fault(workflow.Unavailable, "store.full")
	w.store.FailWrites(full)
	for _, password := range []string{good, "wrong"} {
		if _, err := w.Login(t.Context(), from("10.0.0.1", "liwei", password)); !errors.Is(err, full) {
			t.Errorf("%s: %v", password, err)
		}
	}
	w.store.FailWrites(nil)
	if got := w.try(t, from("10.0.0.1", "liwei", good)); got != "in" {
		t.Errorf("afterwards: %s", got)
	}
	w.pass(2 * time.Minute)
	if err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if all := w.events(workflow.KindLoginFailed); len(all) != 1 || all[0].Data.N != 1 {
		t.Errorf("the failure was not told later: %+v", all)
	}
}
