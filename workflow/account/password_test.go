package account_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/account/credential"
)

// TestEarlierPasswords: under dengbao none of the last five comes back, however it
// was replaced; under asvs any may, and none is kept.
func TestEarlierPasswords(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	d.add(t, "liwei", "finance", workflow.Liaison)
	liwei := workflow.Actor{User: "liwei", Unit: "finance", Role: workflow.Liaison}
	now := noon
	change := func(old, fresh string) string {
		now = now.Add(time.Hour)
		if err := d.ChangePassword(ctx, now, liwei, old, fresh); err != nil {
			return workflow.AsError(err).Code
		}
		return ""
	}
	nth := func(n int) string { return fmt.Sprintf("%s%d", good, n) }
	byLink := func(fresh string) string {
		secret, _, err := d.ResetByLink(ctx, now, admin, "liwei")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.UseLink(ctx, now, secret, fresh); err != nil {
			return workflow.AsError(err).Code
		}
		return ""
	}
	expect := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	expect(change(good, nth(1)), "")
	expect(change(nth(1), good), "password.reused")
	expect(byLink(nth(1)), "password.reused") // the one the link took away
	expect(byLink(good), "password.reused")
	expect(byLink(nth(2)), "")
	oneTime, err := d.Reset(ctx, now, admin, "liwei")
	if err != nil {
		t.Fatal(err)
	}
	expect(change(oneTime, nth(2)), "password.reused") // the one the reset took away
	expect(change(oneTime, nth(3)), "")
	expect(change(nth(3), nth(4)), "")
	expect(change(nth(4), good), "password.reused") // present, 3, 2, 1, and this: the fifth
	expect(change(nth(4), nth(5)), "")
	expect(change(nth(5), good), "") // the sixth
	d.put(t, "liwei", func(a *account.Account) {
		if len(a.Past) != 5 {
			t.Errorf("%d earlier ones are kept", len(a.Past))
		}
	})
	if all, err := d.Accounts(ctx, admin); err != nil || slices.ContainsFunc(all, func(a account.Account) bool { return a.Past != nil }) {
		t.Errorf("the list shows earlier hashes (%v)", err)
	}
	d.Policy = credential.ASVS
	expect(change(good, nth(1)), "")
	expect(change(nth(1), good), "")
	d.put(t, "liwei", func(a *account.Account) {
		if len(a.Past) != 0 {
			t.Error("earlier ones are kept that no rule looks at")
		}
	})
}

func TestListedPasswords(t *testing.T) {
	l, err := credential.ReadBanned(strings.NewReader("short\nLake-Heron-58-Candle\r\n四号楼东门外有两棵银杏和一口老井\nlake-heron-58-candle\n" + strings.Repeat("x", 200) + "\n"))
	if err != nil || l.Len() != 2 {
		t.Fatalf("%d, %v", l.Len(), err)
	}
	d := newDesk(t)
	add := func(name, password string) []string {
		_, err := d.AddAccount(t.Context(), noon, admin, account.NewAccount{Name: name, Unit: "finance", Role: workflow.Liaison, Password: password})
		if err == nil {
			return nil
		}
		return codes(err)
	}
	if got := add("before", "Lake-Heron-58-Candle"); got != nil {
		t.Errorf("refused without a list: %v", got)
	}
	for _, p := range []credential.Policy{credential.Dengbao, credential.ASVS} {
		p.Banned = l
		d.Policy = p
		for _, password := range []string{"Lake-Heron-58-Candle", "LAKE-heron-58-CANDLE", "四号楼东门外有两棵银杏和一口老井"} {
			if got := add("after", password); !slices.Equal(got, []string{"password password.common"}) {
				t.Errorf("%s: %q: %v", p.Name, password, got)
			}
		}
		if got := add("after"+p.Name, "Lake-Heron-58-Candles"); got != nil {
			t.Errorf("%s: an unlisted one is refused: %v", p.Name, got)
		}
	}
	for name, bad := range map[string]string{"empty": "", "only short ones": "a\nb\n", "GB18030": "\xc3\xdc\xc2\xeb12345678\n", "no lines": strings.Repeat("x", 5000)} {
		if _, err := credential.ReadBanned(strings.NewReader(bad)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := credential.ReadBanned(iotest.ErrReader(errors.New("the disk"))); err == nil {
		t.Error("a list that could not be read is taken")
	}
}
