package main

import (
	"strings"
	"testing"
	"time"

	"duban/cmd/office"
	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/account/accounttest"
)

// A lost phone of the only administrator is mended at the console, on record.
func TestSecondFactorsAreResetAtTheConsole(t *testing.T) {
	f := newFolder(t)
	at := []string{"--data", f.path("data"), "--plan", "../../tasks.yaml"}
	user := func(args ...string) (int, string) { return f.run(append(append([]string{"user"}, args...), at...)...) }
	if code, out := user("add", "li", "--unit", "office", "--role", "admin", "--password-file", f.path("password")); code != 0 {
		t.Fatal(code, out)
	}
	if code, out := user("reset-second-factor", "li"); code != 1 || !strings.Contains(out, "totp.not_set") {
		t.Errorf("an account without one: %d %s", code, out)
	}
	inHouse := func(do func(*office.House)) {
		t.Helper()
		p := place{data: f.path("data"), plan: "../../tasks.yaml", policy: "dengbao"}
		if err := withHouse(t.Context(), p, env{err: t.Output(), out: t.Output()}, func(h *office.House) error { h.Accounts.Sealer = accounttest.Sealer(); do(h); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	inHouse(func(h *office.House) {
		now, key := time.Now(), account.TOTPKey([20]byte{1, 2, 3})
		code, _ := account.TOTPCode(key, now)
		li := workflow.Actor{User: "li", Unit: "office", Role: workflow.Admin}
		if _, err := h.Accounts.SetTOTP(t.Context(), now, li, "", key, code); err != nil {
			t.Fatal(err)
		}
	})
	if code, out := user("reset-second-factor"); code != exitUsage {
		t.Errorf("without a name: %d %s", code, out)
	}
	if code, out := user("reset-second-factor", "li"); code != 0 {
		t.Fatal(code, out)
	}
	inHouse(func(h *office.House) {
		if set, _, err := h.Accounts.Second(t.Context(), "li"); set || err != nil {
			t.Error("still set", err)
		}
		events, err := h.Store.Events(t.Context(), 0, 1000)
		if err != nil || len(events) == 0 {
			t.Fatal(err)
		}
		last := events[len(events)-1]
		if last.Kind != workflow.KindTOTPRemoved || last.Actor.User != account.Console.User || last.Data.Account.Name != "li" {
			t.Errorf("the record says %+v", last)
		}
	})
}
