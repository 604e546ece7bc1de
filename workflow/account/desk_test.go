package account_test

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/account/accounttest"
	"duban/workflow/account/credential"
	"duban/workflow/plan"
)

var (
	noon  = time.Date(2022, 9, 20, 12, 0, 0, 0, time.UTC)
	admin = workflow.Actor{User: "admin", Unit: plan.OfficeID, Role: workflow.Admin}
)

const good = "Kx7#mP2qWvz9"

type desk struct {
	*account.Desk
	store *accounttest.Store
	ended []string // keys, with reasons
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{store: &accounttest.Store{}}
	units := map[string]string{"office": "office", "finance": "finance", "财政局": "finance", "water": "water"}
	d.Desk = &account.Desk{
		Store: d.store, Random: rand.Reader, Policy: credential.Dengbao, Sealer: accounttest.Sealer(),
		Hasher:   credential.NewHasher(rand.Reader, credential.Cost{KiB: 64, Passes: 1, Lanes: 1}),
		FindUnit: func(s string) (string, bool) { id, ok := units[s]; return id, ok },
		OnEnd:    func(key string, why account.EndReason) { d.ended = append(d.ended, key+" "+string(why)) },
	}
	if _, created, err := d.EnsureAdmin(t.Context(), noon, "", good); err != nil || !created {
		t.Fatal(created, err)
	}
	return d
}

func (d *desk) add(t *testing.T, name, unit string, role workflow.UserRole) {
	t.Helper()
	n := account.NewAccount{Name: name, Unit: unit, Role: role, Password: good}
	if _, err := d.AddAccount(t.Context(), noon, admin, n); err != nil {
		t.Fatal(err)
	}
}

// bears reports whether a token's secret lets its account in.
func (d *desk) bears(t *testing.T, at time.Time, secret string) bool {
	t.Helper()
	var lives bool
	err := d.store.ViewAccounts(t.Context(), func(tx account.Tx) error {
		k, found, err := tx.Token(credential.Digest(secret))
		if err != nil || !found {
			return err
		}
		a, found, err := tx.Account(k.Account)
		lives = found && k.Lives(at, a)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return lives
}

func (d *desk) kinds() (all []workflow.Kind) {
	for _, e := range d.store.Events() {
		all = append(all, e.Kind)
	}
	return all
}

func codes(err error) []string {
	if err == nil {
		return nil
	}
	e := workflow.AsError(err)
	if len(e.Fields) == 0 {
		return []string{e.Field + " " + e.Code}
	}
	var all []string
	for _, f := range e.Fields {
		all = append(all, f.Field+" "+f.Code)
	}
	return all
}

func TestAddAccount(t *testing.T) {
	d := newDesk(t)
	d.add(t, "liwei", "财政局", workflow.Liaison)
	for _, c := range []struct {
		name, unit string
		role       workflow.UserRole
		password   string
		want       []string
	}{
		{"wangfang", "finance", workflow.Signatory, good, nil},
		{"张伟.2", "office", workflow.OfficeMan, good, nil},
		{"e\u0301tienne", "water", workflow.Viewer, good, nil}, // a leader in a department
		{"", "office", workflow.OfficeMan, good, []string{"name name.empty"}},
		{"li wei", "office", workflow.OfficeMan, good, []string{"name name.characters"}},
		{"li\u202ewei", "office", workflow.OfficeMan, good, []string{"name name.characters"}},
		{"li\r\nwei", "office", workflow.OfficeMan, good, []string{"name name.characters"}},
		{"screen:1", "office", workflow.OfficeMan, good, []string{"name name.characters"}},
		{"li\xffwei", "office", workflow.OfficeMan, good, []string{"name name.characters"}},
		{strings.Repeat("李", 65), "office", workflow.OfficeMan, good, []string{"name name.long"}},
		{strings.Repeat("李", 64), "office", workflow.OfficeMan, good, nil},
		{"LiWei", "office", workflow.OfficeMan, good, []string{"name account.name_taken"}},
		{"ｌｉｗｅｉ", "office", workflow.OfficeMan, good, []string{"name account.name_taken"}},
		{"étienne", "office", workflow.OfficeMan, good, []string{"name account.name_taken"}}, // NFC of the above
		{"clock", "office", workflow.OfficeMan, good, []string{"name account.name_taken"}},
		{"Console", "office", workflow.OfficeMan, good, []string{"name account.name_taken"}},
		{"a1", "office", workflow.Liaison, good, []string{"unit account.unit_needs_department"}},
		{"a2", "office", workflow.Signatory, good, []string{"unit account.unit_needs_department"}},
		{"a3", "finance", workflow.OfficeMan, good, []string{"unit account.unit_needs_office"}},
		{"a4", "finance", workflow.Director, good, []string{"unit account.unit_needs_office"}},
		{"a3", "nowhere", workflow.Liaison, good, []string{"unit account.unit_unknown"}},
		{"a4", "finance", workflow.Screen, good, []string{"role account.role_unknown"}},
		{"a5", "finance", workflow.System, good, []string{"role account.role_unknown"}},
		{"a6", "finance", "", good, []string{"role account.role_unknown"}},
		{" ", "x", "y", "z", []string{"name name.empty", "role account.role_unknown", "unit account.unit_unknown",
			"password password.short", "password password.classes"}},
	} {
		before := len(d.store.Events())
		_, err := d.AddAccount(t.Context(), noon, admin,
			account.NewAccount{Name: c.name, Unit: c.unit, Role: c.role, Password: c.password})
		if got := codes(err); !slices.Equal(got, c.want) {
			t.Errorf("%q in %s as %s: %v, want %v", c.name, c.unit, c.role, got, c.want)
		}
		if wrote := len(d.store.Events()) - before; (wrote == 1) != (c.want == nil) {
			t.Errorf("%q: %d events", c.name, wrote)
		}
	}
	e := d.store.Events()[1]
	if e.Kind != workflow.KindAccountAdded || e.Actor.User != "admin" || *e.Data.Account != (workflow.AccountRef{Name: "liwei", Unit: "finance", Role: workflow.Liaison}) {
		t.Errorf("%+v", e)
	}
}

func TestFirstStartMakesOneAdminWithAPasswordKeptNowhere(t *testing.T) {
	d := newDesk(t)
	d.store = &accounttest.Store{}
	d.Store = d.store
	oneTime, created, err := d.EnsureAdmin(t.Context(), noon, "", "")
	if err != nil || !created || oneTime == "" {
		t.Fatal(oneTime, created, err)
	}
	a, right, err := d.CheckPassword(t.Context(), "admin", oneTime)
	if err != nil || !right || !a.MustChange || a.Role != workflow.Admin || a.Unit != plan.OfficeID {
		t.Errorf("%+v %v %v", a, right, err)
	}
	dump, err := d.store.Dump()
	if err != nil || strings.Contains(dump, oneTime) {
		t.Errorf("the store holds the password (%v)", err)
	}
	if again, created, err := d.EnsureAdmin(t.Context(), noon, "", ""); again != "" || created || err != nil {
		t.Error("a second start made another password")
	}
	if n := len(d.store.Events()); n != 1 {
		t.Errorf("%d events", n)
	}
}

// The first administrator need not be called admin.
func TestTheFirstAdminsName(t *testing.T) {
	d := newDesk(t)
	d.store = &accounttest.Store{}
	d.Store = d.store
	if _, _, err := d.EnsureAdmin(t.Context(), noon, "system", good); !slices.Contains(codes(err), "name account.name_taken") {
		t.Errorf("a reserved name: %v", err)
	}
	if _, created, err := d.EnsureAdmin(t.Context(), noon, "陈志远", good); err != nil || !created {
		t.Fatal(created, err)
	}
	all, err := d.Accounts(t.Context(), admin)
	if err != nil || len(all) != 1 || all[0].Name != "陈志远" || all[0].Role != workflow.Admin {
		t.Errorf("%+v, %v", all, err)
	}
	if _, created, err := d.EnsureAdmin(t.Context(), noon, "", good); created || err != nil {
		t.Errorf("a second start made another: %v", err)
	}
}

// The operator's own file is held to the limits only; how guessable it is the
// command line says.
func TestFirstStartRefusesAShortPasswordFile(t *testing.T) {
	d := newDesk(t)
	d.store = &accounttest.Store{}
	d.Store = d.store
	if _, _, err := d.EnsureAdmin(t.Context(), noon, "", "1234567"); !slices.Contains(codes(err), "password password.short") {
		t.Errorf("%v", err)
	}
	if n := len(d.store.Events()); n != 0 {
		t.Errorf("%d events", n)
	}
}

func TestTheLastAdminStays(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	last := func(err error) {
		t.Helper()
		if e := workflow.AsError(err); err == nil || e.Kind != workflow.Refused || e.Code != "account.last_admin" {
			t.Errorf("%v", err)
		}
	}
	last(d.Disable(ctx, noon, admin, "admin"))
	last(d.Move(ctx, noon, admin, "admin", "office", workflow.OfficeMan))
	d.add(t, "second", "office", workflow.Admin)
	if err := d.Disable(ctx, noon, admin, "second"); err != nil {
		t.Fatal(err)
	}
	last(d.Disable(ctx, noon, admin, "admin")) // the other one is disabled
	if err := d.Enable(ctx, noon, admin, "second"); err != nil {
		t.Fatal(err)
	}
	if err := d.Disable(ctx, noon, admin, "admin"); err != nil {
		t.Errorf("with another admin: %v", err)
	}
	last(d.Disable(ctx, noon, account.Console, "second"))
}

// issued is an account with a token, and what lets it in.
func TestEveryChangeEndsWhatWasIssued(t *testing.T) {
	for name, act := range map[string]func(context.Context, *desk) error{
		"reset": func(ctx context.Context, d *desk) error {
			_, err := d.Reset(ctx, noon, admin, "liwei")
			return err
		},
		"disable": func(ctx context.Context, d *desk) error { return d.Disable(ctx, noon, admin, "liwei") },
		"disable and enable": func(ctx context.Context, d *desk) error {
			return errors.Join(d.Disable(ctx, noon, admin, "liwei"), d.Enable(ctx, noon, admin, "liwei"))
		},
		"move": func(ctx context.Context, d *desk) error {
			return d.Move(ctx, noon, admin, "liwei", "water", workflow.Signatory)
		},
		"own change": func(ctx context.Context, d *desk) error {
			return d.ChangePassword(ctx, noon, workflow.Actor{User: "liwei", Unit: "finance", Role: workflow.Liaison}, good, "Qw8!nT4rYbx6")
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			ctx := t.Context()
			d.add(t, "liwei", "finance", workflow.Liaison)
			d.add(t, "other", "finance", workflow.Liaison)
			secret, token, err := d.AddToken(ctx, noon, admin, "接口", "liwei", time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			others, _, err := d.AddToken(ctx, noon, admin, "接口", "other", time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			session := account.Session{ID: "s1", Account: "liwei"}
			err = d.store.UpdateAccounts(ctx, noon, admin, func(tx account.Tx, _ time.Time) ([]workflow.Event, error) {
				return nil, errors.Join(tx.PutSession(session), tx.PutSession(account.Session{ID: "s2", Account: "other"}))
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := act(ctx, d); err != nil {
				t.Fatal(err)
			}
			if d.bears(t, noon, secret) || !d.bears(t, noon, others) {
				t.Error("the token lives, or another's died")
			}
			for _, key := range []string{account.SessionKey("s1") + " rights", account.TokenKey(token.ID) + " rights"} {
				if n := len(slices.DeleteFunc(slices.Clone(d.ended), func(s string) bool { return s != key })); n != 1 {
					t.Errorf("%s was told %d times of %v", key, n, d.ended)
				}
			}
			if slices.Contains(d.ended, account.SessionKey("s2")+" rights") {
				t.Error("another's session ended")
			}
		})
	}
}

func TestResetGivesAPasswordForOneLogin(t *testing.T) {
	d := newDesk(t)
	d.add(t, "liwei", "finance", workflow.Liaison)
	oneTime, err := d.Reset(t.Context(), noon, admin, "liwei")
	if err != nil {
		t.Fatal(err)
	}
	if _, right, _ := d.CheckPassword(t.Context(), "liwei", good); right {
		t.Error("the old password still works")
	}
	a, right, err := d.CheckPassword(t.Context(), "liwei", oneTime)
	if err != nil || !right || !a.MustChange {
		t.Errorf("%v %v %v", a.MustChange, right, err)
	}
	me := a.Actor()
	if err := d.ChangePassword(t.Context(), noon.Add(time.Hour), me, oneTime, "Qw8!nT4rYbx6"); err != nil {
		t.Fatal(err)
	}
	a, right, err = d.CheckPassword(t.Context(), "liwei", "Qw8!nT4rYbx6")
	if err != nil || !right || a.MustChange || !a.PasswordAt.Equal(noon.Add(time.Hour)) {
		t.Errorf("%+v %v %v", a, right, err)
	}
	want := []workflow.Kind{workflow.KindAccountAdded, workflow.KindAccountAdded, workflow.KindPasswordReset, workflow.KindAccountChanged}
	if got := d.kinds(); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

func TestChangePasswordRefusals(t *testing.T) {
	d := newDesk(t)
	d.add(t, "liwei", "finance", workflow.Liaison)
	me := workflow.Actor{User: "liwei", Unit: "finance", Role: workflow.Liaison}
	for _, c := range []struct{ old, replacement, want string }{
		{"wrong", "Qw8!nT4rYbx6", "old_password password.wrong"},
		{good, good, "new_password password.same"},
		{good, "Qw8!", "new_password password.short"},
		{good, "Liwei8!nT4rY", "new_password password.contains_name"},
	} {
		if got := codes(d.ChangePassword(t.Context(), noon, me, c.old, c.replacement)); !slices.Equal(got, []string{c.want}) {
			t.Errorf("%s to %s: %v", c.old, c.replacement, got)
		}
	}
	if _, right, _ := d.CheckPassword(t.Context(), "liwei", good); !right || len(d.ended) != 0 {
		t.Error("a refused change changed something")
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	roles := append(slices.Clone(workflow.UserRoles), workflow.Screen, workflow.System)
	manage := []workflow.UserRole{workflow.Admin, workflow.System}
	pair := append(slices.Clone(manage), workflow.OfficeMan, workflow.Director)
	type act struct {
		may []workflow.UserRole
		do  func(context.Context, *desk, workflow.Actor) error
	}
	for name, a := range map[string]act{
		"add": {manage, func(ctx context.Context, d *desk, by workflow.Actor) error {
			_, err := d.AddAccount(ctx, noon, by, account.NewAccount{Name: "x", Unit: "office", Role: workflow.Viewer, Password: good})
			return err
		}},
		"move": {manage, func(ctx context.Context, d *desk, by workflow.Actor) error {
			return d.Move(ctx, noon, by, "liwei", "office", workflow.Viewer)
		}},
		"disable": {manage, func(ctx context.Context, d *desk, by workflow.Actor) error { return d.Disable(ctx, noon, by, "liwei") }},
		"enable": {manage, func(ctx context.Context, d *desk, by workflow.Actor) error {
			if err := d.Disable(ctx, noon, admin, "liwei"); err != nil {
				return err
			}
			return d.Enable(ctx, noon, by, "liwei")
		}},
		"reset": {manage, func(ctx context.Context, d *desk, by workflow.Actor) error {
			_, err := d.Reset(ctx, noon, by, "liwei")
			return err
		}},
		"token": {manage, func(ctx context.Context, d *desk, by workflow.Actor) error {
			return second(d.AddToken(ctx, noon, by, "x", "liwei", time.Time{}))
		}},
		"tokens": {append(slices.Clone(manage), workflow.Auditor), func(ctx context.Context, d *desk, by workflow.Actor) error {
			_, err := d.Tokens(ctx, by)
			return err
		}},
		"accounts": {append(slices.Clone(manage), workflow.Auditor, workflow.Director), func(ctx context.Context, d *desk, by workflow.Actor) error {
			_, err := d.Accounts(ctx, by)
			return err
		}},
		"pair": {pair, func(ctx context.Context, d *desk, by workflow.Actor) error {
			_, p, err := d.RequestScreen(ctx, noon, "")
			if err != nil {
				return err
			}
			_, err = d.ApproveScreen(ctx, noon, by, p.Code, "x")
			return err
		}},
		"screens": {append(slices.Clone(pair), workflow.Auditor), func(ctx context.Context, d *desk, by workflow.Actor) error {
			_, err := d.Screens(ctx, by)
			return err
		}},
	} {
		for _, role := range roles {
			d := newDesk(t)
			d.add(t, "liwei", "finance", workflow.Liaison)
			err := a.do(t.Context(), d, workflow.Actor{User: "somebody", Unit: "finance", Role: role})
			if slices.Contains(a.may, role) {
				if err != nil {
					t.Errorf("%s by %s: %v", name, role, err)
				}
			} else if workflow.AsError(err).Kind != workflow.Forbidden {
				t.Errorf("%s by %s: %v", name, role, err)
			}
		}
	}
}

func TestAFailedWriteEndsNothing(t *testing.T) {
	d := newDesk(t)
	d.add(t, "liwei", "finance", workflow.Liaison)
	full := workflow.Fault(workflow.Unavailable, "store.full")
	d.store.FailWrites(full)
	if err := d.Disable(t.Context(), noon, admin, "liwei"); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
	if _, right, _ := d.CheckPassword(t.Context(), "liwei", good); !right || len(d.ended) != 0 {
		t.Errorf("told of what did not happen: %v", d.ended)
	}
}

func TestListsCarryNoSecrets(t *testing.T) {
	d := newDesk(t)
	all, err := d.Accounts(t.Context(), admin)
	if err != nil || len(all) != 1 || all[0].PasswordHash != "" {
		t.Errorf("%+v %v", all, err)
	}
	if _, right, _ := d.CheckPassword(t.Context(), "admin", good); !right {
		t.Error("listing blanked the stored hash")
	}
}
