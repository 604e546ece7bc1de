package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/store"
	"duban/store/storetest"
	"duban/workflow"
	"duban/workflow/account"
)

// oldSecret is in what every earlier password's hash of the test is.
const oldSecret = "argon2id-of-a-password-that-was-replaced"

func compactOptions() store.Options {
	return store.Options{Now: func() time.Time { return storetest.Start }}
}

// used is a store in which passwords were replaced, and in whose freed pages their
// hashes still lie: else the test proves nothing.
func used(t *testing.T) (dir string, before store.Report) {
	t.Helper()
	dir = t.TempDir()
	s, err := store.Open(dir, compactOptions())
	if err != nil {
		t.Fatal(err)
	}
	put := func(hash string) {
		t.Helper()
		for i := range 40 {
			err := s.UpdateAccounts(bg, storetest.Start, account.Console, func(tx account.Tx, now time.Time) ([]workflow.Event, error) {
				a := account.Account{Name: fmt.Sprintf("p%02d", i), Unit: "office", Role: workflow.OfficeMan, PasswordHash: fmt.Sprintf("%s-%d", hash, i), PasswordAt: now}
				return []workflow.Event{{Kind: workflow.KindAccountChanged, Data: workflow.Data{Account: &workflow.AccountRef{Name: a.Name}}}}, tx.PutAccount(a)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	put(oldSecret)
	put("the present one")
	if before, err = s.Verify(bg, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if !found(t, dir) {
		t.Fatal("no freed page holds an old hash")
	}
	return dir, before
}

// found looks through every file of the folder for an old hash.
func found(t *testing.T, dir string) bool {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	return slices.ContainsFunc(names, func(name string) bool {
		b, err := os.ReadFile(name)
		if err != nil && !strings.Contains(err.Error(), "is a directory") {
			t.Fatal(err)
		}
		return bytes.Contains(b, []byte(oldSecret))
	})
}

// whole holds the store against what it was.
func whole(t *testing.T, dir string, before store.Report) {
	t.Helper()
	s, err := store.OpenReadOnly(dir, compactOptions())
	if err != nil {
		t.Fatal(err)
	}
	after, err := s.Verify(bg, nil)
	if err != nil || after != before {
		t.Errorf("%+v, %v; was %+v", after, err, before)
	}
	err = s.ViewAccounts(bg, func(tx account.Tx) error {
		a, _, err := tx.Account("p07")
		if a.PasswordHash != "the present one-7" {
			t.Errorf("p07 has %q", a.PasswordHash)
		}
		return err
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestCompactLeavesNoOldSecrets: neither in the folder nor in the blocks of the file
// that is let go, which this test keeps open.
func TestCompactLeavesNoOldSecrets(t *testing.T) {
	dir, before := used(t)
	letGo, err := os.Open(filepath.Join(dir, "duban.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer letGo.Close()
	c, err := store.Compact(bg, dir, compactOptions())
	if err != nil || c.After >= c.Before || c.After == 0 {
		t.Fatalf("%+v, %v", c, err)
	}
	if found(t, dir) {
		t.Error("an old hash is in the folder")
	}
	b := make([]byte, c.Before)
	if n, err := letGo.ReadAt(b, 0); err != nil || n != len(b) {
		t.Fatal(n, err)
	}
	if i := slices.IndexFunc(b, func(x byte) bool { return x != 0 }); i >= 0 {
		t.Errorf("the old file was let go with its content, at %d", i)
	}
	whole(t, dir, before)
	if _, err := store.Compact(bg, dir, compactOptions()); err != nil {
		t.Errorf("once more: %v", err)
	}
	whole(t, dir, before)
}

// TestCompactInterrupted: wherever it stops, the store is whole and the next one
// clears what was left.
func TestCompactInterrupted(t *testing.T) {
	for _, point := range []string{"compact.written", "compact.link", "compact.renamed"} {
		t.Run(point, func(t *testing.T) {
			dir, before := used(t)
			o := compactOptions()
			o.Fault = func(p string) error {
				if p == point {
					return errors.New("stopped here")
				}
				return nil
			}
			if _, err := store.Compact(bg, dir, o); err == nil || !strings.Contains(err.Error(), "stopped here") {
				t.Fatal(err)
			}
			whole(t, dir, before)
			if left, _ := filepath.Glob(filepath.Join(dir, "duban-compact-*")); len(left) > 0 {
				t.Error(left)
			}
			if _, err := store.Compact(bg, dir, compactOptions()); err != nil {
				t.Fatal(err)
			}
			if found(t, dir) {
				t.Error("an old hash is in the folder")
			}
			whole(t, dir, before)
		})
	}
}

// TestCompactAfterACrash: names that a killed compaction left are cleared, but never
// the database itself under its second name.
func TestCompactAfterACrash(t *testing.T) {
	dir, before := used(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.Link(at("duban.db"), at("duban-old-1.db")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"duban-old-2.db", "duban-compact-3.db"} {
		if err := os.WriteFile(at(name), []byte(oldSecret), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.Compact(bg, dir, compactOptions()); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(at("duban-*.db")); len(left) > 0 || found(t, dir) {
		t.Error(left)
	}
	whole(t, dir, before)
}

// TestCompactOfAStoreInUse is refused.
func TestCompactOfAStoreInUse(t *testing.T) {
	dir, _ := used(t)
	s, err := store.Open(dir, compactOptions())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var held *store.InUseError
	if _, err := store.Compact(bg, dir, compactOptions()); !errors.As(err, &held) {
		t.Error(err)
	}
}
