package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"duban/cmd/keys"
	"duban/workflow"
	"duban/workflow/account"
)

// starts tries to start the server and answers why it does not, or "".
func (f folder) starts(args ...string) string {
	f.t.Helper()
	var s settings
	e := env{strings.NewReader(""), &strings.Builder{}, &strings.Builder{}, func(string) string { return "" }}
	args = append([]string{"--addr", "127.0.0.1:0", "--data", f.path("data"), "--plan", "../../tasks.yaml",
		"--admin-password-file", f.path("password")}, args...)
	if _, err := parse(flags("serve", e, s.flags), args, e); err != nil {
		f.t.Fatal(err)
	}
	a, err := newOffice(f.t.Context(), s, slog.New(slog.DiscardHandler), e)
	if err != nil {
		return err.Error()
	}
	if err := a.Stop(f.t.Context()); err != nil {
		f.t.Error(err)
	}
	return ""
}

func TestTheKeyOfSecondFactorsLiesBesideTheStore(t *testing.T) {
	f := newFolder(t)
	a, stop := f.serving()
	key := filepath.Join(f.path("data"), keys.SealName)
	if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	totp := account.TOTPKey([20]byte{1, 2, 3})
	code, _ := account.TOTPCode(totp, time.Now())
	boss := workflow.Actor{User: "admin", Unit: "office", Role: workflow.Admin}
	if _, err := a.Accounts.SetTOTP(t.Context(), a.Now(), boss, "", totp, code); err != nil {
		t.Fatal(err)
	}
	stop()
	if code, out := f.run("backup", f.path("copy.tar"), "--data", f.path("data"), "--plan", "../../tasks.yaml"); code != 0 {
		t.Fatal(out)
	}
	secret, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"copy.tar", "data/duban.db"} {
		b, err := os.ReadFile(f.path(name))
		if err != nil || strings.Contains(string(b), totp) || strings.Contains(string(b), strings.TrimSpace(string(secret))) {
			t.Errorf("%s holds a key (%v)", name, err)
		}
	}

	// A restored store waits for its key file.
	restored := folder{t, filepath.Join(f.dir, "elsewhere")}
	if err := os.Mkdir(restored.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	restored.write("password", "Lake-Heron-58-Candle\n", 0o600)
	if code, out := f.run("restore", f.path("copy.tar"), "--data", restored.path("data")); code != 0 || !strings.Contains(out, keys.SealName) {
		t.Fatal(out)
	}
	for name, put := range map[string]func(){
		"is not there": func() {},
		"is not the right one": func() {
			restored.write("other", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", 0o600)
		},
	} {
		put()
		args := []string{}
		if name == "is not the right one" {
			args = []string{"--secret-key-file", restored.path("other")}
		}
		if why := restored.starts(args...); !strings.Contains(why, name) || !strings.Contains(why, "duban user reset-second-factor admin --data") {
			t.Errorf("%s: %s", name, why)
		}
	}
	if _, err := os.Stat(filepath.Join(restored.path("data"), keys.SealName)); err == nil {
		t.Error("another key was made where one is missing")
	}
	if why := restored.starts("--secret-key-file", key); why != "" {
		t.Error(why)
	}

	// The key is lost: the command says how to go on, and leaves it in the record.
	if code, out := f.run("user", "reset-second-factor", "admin", "nobody", "--data", restored.path("data")); code != 1 || !strings.Contains(out, "nobody") {
		t.Error(out)
	}
	if code, out := f.run("user", "reset-second-factor", "admin", "--data", restored.path("data")); code != 1 || !strings.Contains(out, "totp.not_set") {
		t.Error(out)
	}
	if code, _ := f.run("user", "reset-second-factor"); code != 2 {
		t.Error("without a name")
	}
	b, stopAgain := restored.serving()
	defer stopAgain()
	events, err := b.Store.Events(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, e := range events {
		found = found || e.Kind == workflow.KindTOTPRemoved && e.Actor.User == account.Console.User && e.Data.Account.Name == "admin"
	}
	if !found {
		t.Error("the removal is not in the record")
	}
}

func TestBadSecretKeyFiles(t *testing.T) {
	f := newFolder(t)
	f.write("short", "AAAA\n", 0o600)
	f.write("text", "not a key\n", 0o600)
	f.write("open", strings.Repeat("A", 43)+"=\n", 0o644)
	for file, want := range map[string]string{"short": "32 bytes", "text": "32 bytes", "open": "chmod 600", "no/folder": "secret-key-file"} {
		if why := f.starts("--secret-key-file", f.path(file)); !strings.Contains(why, want) {
			t.Errorf("%s: %s", file, why)
		}
	}
}

func TestPasswordListFlag(t *testing.T) {
	f := newFolder(t)
	f.write("empty", "", 0o644)
	f.write("common", "Lake-Heron-58-Candle\n", 0o644)
	for file, want := range map[string]string{"empty": "no password", "nothing": "no such file"} {
		if why := f.starts("--password-list", f.path(file)); !strings.Contains(why, want) {
			t.Errorf("%s: %s", file, why)
		}
	}
	code, out := f.run("user", "add", "li", "--unit", "office", "--role", "viewer", "--password-file", f.path("password"),
		"--data", f.path("data"), "--plan", "../../tasks.yaml", "--password-list", f.path("common"))
	if code != 0 || !strings.Contains(out, "weaker") {
		t.Errorf("%d %s", code, out)
	}
}
