package account_test

import (
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/account/accounttest"
)

func sealer(t *testing.T, first byte) *account.Sealer {
	t.Helper()
	s, err := account.NewSealer([account.SealKeySize]byte{first}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// put writes an account as a test wants it to stand in the store.
func (d *desk) put(t *testing.T, name string, change func(*account.Account)) {
	t.Helper()
	err := d.store.UpdateAccounts(t.Context(), noon, admin, func(tx account.Tx, _ time.Time) ([]workflow.Event, error) {
		a, _, err := tx.Account(name)
		if err != nil {
			return nil, err
		}
		change(&a)
		return nil, tx.PutAccount(a)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestKeysOfSecondFactorsAreSealed(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	d.add(t, "liwei", "finance", workflow.Liaison)
	d.add(t, "zhang", "finance", workflow.Liaison)
	liwei := workflow.Actor{User: "liwei", Unit: "finance", Role: workflow.Liaison}
	recovery, err := d.SetTOTP(ctx, noon, liwei, "", rfcKey, code(t, noon))
	if err != nil {
		t.Fatal(err)
	}
	dump, err := d.store.Dump()
	if err != nil || strings.Contains(dump, rfcKey) {
		t.Errorf("the store holds the key (%v)", err)
	}
	at := noon.Add(time.Minute)
	if _, ok := d.second(t, at, code(t, at)); !ok {
		t.Fatal("a code of a sealed key is not taken")
	}

	// The sealed key of one account in the place of another's gives nothing.
	var stolen account.TOTP
	d.put(t, "liwei", func(a *account.Account) { stolen = *a.TOTP })
	d.put(t, "zhang", func(a *account.Account) { a.TOTP = &stolen })
	if lost, err := d.Unreadable(ctx); err != nil || !slices.Equal(lost, []string{"zhang"}) {
		t.Errorf("moved to another account: %v, %v", lost, err)
	}
	d.put(t, "zhang", func(a *account.Account) { a.TOTP = nil })

	// Nor does a changed byte, or another key; recovery codes are good all the same.
	right := d.Sealer
	for name, s := range map[string]*account.Sealer{"another key": sealer(t, 2), "no key": nil} {
		d.Sealer = s
		if lost, err := d.Unreadable(ctx); err != nil || !slices.Equal(lost, []string{"liwei"}) {
			t.Errorf("%s: %v, %v", name, lost, err)
		}
		if _, ok := d.second(t, at.Add(time.Minute), code(t, at.Add(time.Minute))); ok {
			t.Errorf("%s: a code is taken", name)
		}
		if _, err := d.RenewRecovery(ctx, at, liwei, "", code(t, at.Add(time.Minute))); workflow.AsError(err).Code != "totp.code_wrong" {
			t.Errorf("%s: new recovery codes: %v", name, err)
		}
	}
	if how, ok := d.second(t, at, recovery[0]); !ok || how != account.ByRecovery {
		t.Error("a recovery code is not taken without the key")
	}
	d.Sealer = nil
	if _, err := d.SetTOTP(ctx, noon, admin, "", rfcKey, code(t, noon)); err == nil {
		t.Error("a second factor was set up without a key to seal it")
	}
	d.Sealer = right
	d.put(t, "liwei", func(a *account.Account) {
		other := *a.TOTP
		b := []byte(other.Sealed)
		b[len(b)/2] ^= 1
		other.Sealed = string(b)
		a.TOTP = &other
	})
	if lost, err := d.Unreadable(ctx); err != nil || !slices.Equal(lost, []string{"liwei"}) {
		t.Errorf("changed: %v, %v", lost, err)
	}
}

func TestOpenKeysAreSealed(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	d.add(t, "liwei", "finance", workflow.Liaison)
	d.put(t, "liwei", func(a *account.Account) { a.TOTP = &account.TOTP{Key: rfcKey, At: noon, Last: 7} })
	before := len(d.store.Events())
	broken, err := account.NewSealer([account.SealKeySize]byte{}, iotest.ErrReader(errors.New("no randomness")))
	if err != nil {
		t.Fatal(err)
	}
	d.Sealer = broken
	if _, err := d.SealKeys(ctx, noon); err == nil {
		t.Error("sealed without randomness")
	}
	d.Sealer = accounttest.Sealer()
	for _, want := range []int{1, 0} {
		if n, err := d.SealKeys(ctx, noon); n != want || err != nil {
			t.Errorf("sealed %d, want %d: %v", n, want, err)
		}
	}
	if dump, err := d.store.Dump(); err != nil || strings.Contains(dump, rfcKey) {
		t.Errorf("the store still holds the open key (%v)", err)
	}
	if _, ok := d.second(t, noon, code(t, noon)); !ok {
		t.Error("a code is not taken after sealing")
	}
	if n := len(d.store.Events()); n != before {
		t.Errorf("%d events more", n-before)
	}
}
