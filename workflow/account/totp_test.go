package account_test

import (
	"encoding/base32"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/account/credential"
)

// rfcKey is the key of RFC 6238, appendix B, as apps take it.
var rfcKey = base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))

func TestCodesAreThoseOfRFC6238(t *testing.T) {
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924",
		2000000000: "279037", 20000000000: "353130"} {
		if got, ok := account.TOTPCode(rfcKey, time.Unix(at, 0)); !ok || got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
	for _, key := range []string{"", "not base32!", "MZXW6==="} {
		if code, ok := account.TOTPCode(key, noon); ok {
			t.Errorf("a code %s out of the key %q", code, key)
		}
	}
}

func code(t *testing.T, at time.Time) string {
	t.Helper()
	c, ok := account.TOTPCode(rfcKey, at)
	if !ok {
		t.Fatal("no code")
	}
	return c
}

// second tries a code for liwei at a time and keeps what it used up.
func (d *desk) second(t *testing.T, at time.Time, code string) (how account.Factor, ok bool) {
	t.Helper()
	err := d.store.UpdateAccounts(t.Context(), at, admin, func(tx account.Tx, _ time.Time) ([]workflow.Event, error) {
		a, _, err := tx.Account("liwei")
		if err != nil {
			return nil, err
		}
		how, ok = d.TakeSecond(&a, code, at)
		return nil, tx.PutAccount(a)
	})
	if err != nil {
		t.Fatal(err)
	}
	return how, ok
}

func TestSecondFactor(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	d.add(t, "liwei", "finance", workflow.Liaison)
	liwei := workflow.Actor{User: "liwei", Unit: "finance", Role: workflow.Liaison}
	if how, ok := d.second(t, noon, ""); !ok || how != account.NoSecond {
		t.Error("an account without a second factor needs none")
	}
	if _, err := d.SetTOTP(ctx, noon, liwei, "", rfcKey, "000000"); workflow.AsError(err).Code != "totp.code_wrong" {
		t.Errorf("set by a wrong code: %v", err)
	}
	recovery, err := d.SetTOTP(ctx, noon, liwei, "", rfcKey, code(t, noon))
	if err != nil || len(recovery) != account.RecoveryCodes {
		t.Fatal(recovery, err)
	}
	if _, err := d.SetTOTP(ctx, noon, liwei, "", rfcKey, code(t, noon.Add(time.Minute))); workflow.AsError(err).Code != "totp.already_set" {
		t.Errorf("set twice: %v", err)
	}
	if dump, err := d.store.Dump(); err != nil || strings.Contains(dump, recovery[0]) || strings.Contains(dump, strings.ReplaceAll(recovery[0], "-", "")) {
		t.Errorf("the store holds a recovery code (%v)", err)
	}
	step := 30 * time.Second
	for _, c := range []struct {
		name string
		at   time.Time
		code string
		want account.Factor
		ok   bool
	}{
		{"the code it was set with", noon, code(t, noon), "", false},
		{"none", noon.Add(step), "", "", false},
		{"next, phone ahead", noon, code(t, noon.Add(step)), account.ByTOTP, true},
		{"replayed", noon.Add(step), code(t, noon.Add(step)), "", false},
		{"older than the last", noon.Add(step), code(t, noon), "", false},
		{"typed with a space, phone behind", noon.Add(3 * step), code(t, noon.Add(2*step))[:3] + " " + code(t, noon.Add(2*step))[3:], account.ByTOTP, true},
		{"two steps behind", noon.Add(9 * step), code(t, noon.Add(7*step)), "", false},
		{"two steps ahead", noon.Add(9 * step), code(t, noon.Add(11*step)), "", false},
		{"recovery", noon.Add(9 * step), strings.ToLower(strings.ReplaceAll(recovery[3], "-", " ")), account.ByRecovery, true},
		{"recovery twice", noon.Add(9 * step), recovery[3], "", false},
		{"another recovery", noon.Add(9 * step), recovery[4], account.ByRecovery, true},
	} {
		if how, ok := d.second(t, c.at, c.code); ok != c.ok || how != c.want {
			t.Errorf("%s: %q %v", c.name, how, ok)
		}
	}
	later := noon.Add(time.Hour)
	fresh, err := d.RenewRecovery(ctx, later, liwei, "", code(t, later))
	if err != nil || slices.Contains(fresh, recovery[0]) {
		t.Fatal(err)
	}
	if _, ok := d.second(t, later, recovery[0]); ok {
		t.Error("an old recovery code after they were replaced")
	}
	if err := d.RemoveTOTP(ctx, later, liwei, "liwei"); workflow.AsError(err).Kind != workflow.Forbidden {
		t.Errorf("removed by its owner: %v", err)
	}
	if err := d.RemoveTOTP(ctx, later, admin, "liwei"); err != nil {
		t.Fatal(err)
	}
	if _, ok := d.second(t, later, ""); !ok {
		t.Error("asked for after it was removed")
	}
	want := []workflow.Kind{workflow.KindTOTPSet, workflow.KindTOTPSet, workflow.KindTOTPRemoved}
	if got := d.kinds()[2:]; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	for _, e := range d.store.Events() {
		if e.Kind == workflow.KindTOTPSet && e.Actor.User != "liwei" || e.Kind == workflow.KindTOTPRemoved && e.Actor.User != "admin" {
			t.Errorf("%s by %s", e.Kind, e.Actor.User)
		}
	}
}

func TestCodesFollowTheMachinesClock(t *testing.T) {
	d := newDesk(t)
	wall := noon.AddDate(4, 0, 0)
	d.Wall = func() time.Time { return wall }
	boss := admin
	if _, err := d.SetTOTP(t.Context(), noon, boss, "", rfcKey, code(t, noon)); err == nil {
		t.Error("a code of the plan clock was taken in a rehearsal")
	}
	if _, err := d.SetTOTP(t.Context(), noon, boss, "", rfcKey, code(t, wall)); err != nil {
		t.Error(err)
	}
	all, err := d.Accounts(t.Context(), admin)
	if err != nil || all[0].TOTP == nil || all[0].TOTP.Key != "" || all[0].TOTP.Recovery != nil {
		t.Errorf("the list shows %+v, %v", all[0].TOTP, err)
	}
}

func TestURIForPhones(t *testing.T) {
	got := account.TOTPURI("数字经济 督办", "张伟", rfcKey)
	want := "otpauth://totp/%E6%95%B0%E5%AD%97%E7%BB%8F%E6%B5%8E%20%E7%9D%A3%E5%8A%9E:%E5%BC%A0%E4%BC%9F?issuer=%E6%95%B0%E5%AD%97%E7%BB%8F%E6%B5%8E%20%E7%9D%A3%E5%8A%9E&secret=" + rfcKey
	if got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestOneTimeLinks(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	n := account.NewAccount{Name: "liwei", Unit: "财政局", Role: workflow.Liaison}
	first, until, err := d.InviteByLink(ctx, noon, admin, n)
	if err != nil || len(first) != 43 || !until.Equal(noon.Add(72*time.Hour)) {
		t.Fatal(first, until, err)
	}
	if dump, err := d.store.Dump(); err != nil || strings.Contains(dump, first) {
		t.Errorf("the store holds the secret (%v)", err)
	}
	if _, right, err := d.CheckPassword(ctx, "liwei", ""); right || err != nil {
		t.Errorf("an account without a password lets in: %v", err)
	}
	use := func(at time.Time, secret, password string) string {
		_, err := d.UseLink(ctx, at, secret, password)
		if err == nil {
			return "set"
		}
		return workflow.AsError(err).Code
	}
	second := func() string { // a reset, which makes the first link void
		s, _, err := d.ResetByLink(ctx, noon, admin, "liwei")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, c := range []struct {
		name     string
		secret   func() string
		after    time.Duration
		password string
		want     string
	}{
		{"not a link", func() string { return "x" }, 0, good, "link.unknown"},
		{"empty", func() string { return "" }, 0, good, "link.unknown"},
		{"too late", func() string { return first }, 72 * time.Hour, good, "link.unknown"},
		{"a weak password", func() string { return first }, time.Hour, "short", "fields.invalid"},
		{"in time", func() string { return first }, 72*time.Hour - time.Second, good, "set"},
		{"again", func() string { return first }, time.Hour, good, "link.unknown"},
		{"after a reset", second, time.Hour, good + "2", "set"},
		{"replaced", func() string { s := second(); second(); return s }, time.Hour, good, "link.unknown"},
	} {
		if got := use(noon.Add(c.after), c.secret(), c.password); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if _, right, err := d.CheckPassword(ctx, "liwei", good+"2"); right || err != nil {
		t.Errorf("the old password lives after a reset (%v)", err)
	}
	third := second()
	if err := d.Disable(ctx, noon, admin, "liwei"); err != nil {
		t.Fatal(err)
	}
	if got := use(noon, third, good); got != "link.unknown" {
		t.Errorf("of a disabled account: %s", got)
	}
	if _, _, err := d.ResetByLink(ctx, noon, admin, "liwei"); workflow.AsError(err).Code != "link.disabled" {
		t.Error(err)
	}
	liwei := workflow.Actor{User: "liwei", Unit: "finance", Role: workflow.Liaison}
	for _, err := range []error{thirdOf(d.InviteByLink(ctx, noon, liwei, n)), thirdOf(d.ResetByLink(ctx, noon, liwei, "admin"))} {
		if workflow.AsError(err).Kind != workflow.Forbidden {
			t.Errorf("by a liaison: %v", err)
		}
	}
	n.Name, n.Unit = "clock", "nowhere"
	if got := codes(thirdOf(d.InviteByLink(ctx, noon, admin, n))); !slices.Equal(got, []string{"name account.name_taken", "unit account.unit_unknown"}) {
		t.Errorf("%v", got)
	}
	if got := d.kinds()[1:4]; !slices.Equal(got, []workflow.Kind{workflow.KindAccountAdded, workflow.KindLinkIssued, workflow.KindLinkUsed}) {
		t.Errorf("%v", got)
	}
}

func thirdOf[A, B any](_ A, _ B, err error) error { return err }

func TestTokenScopes(t *testing.T) {
	d := newDesk(t)
	for scope, want := range map[account.Scope]string{account.Read: "", account.Act: "", "": "token.scope_unknown", "admin": "token.scope_unknown"} {
		_, tok, err := d.IssueToken(t.Context(), noon, admin, account.NewToken{Name: "x", Account: "admin", Scope: scope})
		if want != "" {
			if workflow.AsError(err).Code != want {
				t.Errorf("%q: %v", scope, err)
			}
			continue
		}
		if err != nil || !tok.May(account.Read) || tok.May(account.Act) != (scope == account.Act) {
			t.Errorf("%q: %v", scope, err)
		}
	}
	if old := (account.Token{}); !old.May(account.Act) {
		t.Error("a token from before there were scopes lost its rights")
	}
}

// TestCodesLiveThirtySecondsUnderASVS: no step before, none after.
func TestCodesLiveThirtySecondsUnderASVS(t *testing.T) {
	d := newDesk(t)
	d.Policy = credential.ASVS
	d.add(t, "liwei", "finance", workflow.Liaison)
	liwei := workflow.Actor{User: "liwei", Unit: "finance", Role: workflow.Liaison}
	start := noon.Truncate(30 * time.Second)
	if _, err := d.SetTOTP(t.Context(), start, liwei, "", rfcKey, code(t, start.Add(-time.Second))); workflow.AsError(err).Code != "totp.code_wrong" {
		t.Errorf("set by the step before: %v", err)
	}
	if _, err := d.SetTOTP(t.Context(), start, liwei, "", rfcKey, code(t, start)); err != nil {
		t.Fatal(err)
	}
	at := start.Add(10 * time.Minute)
	for _, c := range []struct {
		name  string
		after time.Duration
		ok    bool
	}{{"before its time", -time.Second, false}, {"as it ends", 30 * time.Second, false}, {"at its last second", 29 * time.Second, true}} {
		if _, ok := d.second(t, at.Add(c.after), code(t, at)); ok != c.ok {
			t.Errorf("%s: %v", c.name, ok)
		}
	}
}
