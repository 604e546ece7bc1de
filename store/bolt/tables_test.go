package bolt_test

import (
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"duban/store/bolt"
	"duban/store/kv"
	"duban/store/storetest"
)

// newFile is a file with every table and a name for its journal.
func newFile(t *testing.T) *bolt.File {
	t.Helper()
	var all []kv.Space
	for in := range kv.Spaces {
		all = append(all, in)
	}
	o := bolt.Options{Wait: time.Second, Log: slog.New(slog.DiscardHandler), Inject: func(string) error { return nil },
		Steps: []bolt.Step{{Makes: all, Run: func(tx kv.Tx) error {
			return tx.Put(kv.Meta, bolt.KeyEpoch, []byte(strings.Repeat("ab", 16)))
		}}}}
	path := filepath.Join(t.TempDir(), "x.db")
	if err := bolt.Create(path, o); err != nil {
		t.Fatal(err)
	}
	f, err := bolt.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return f
}

func TestTables(t *testing.T) { storetest.Tables(t, newFile(t)) }

// TestPanics: a panic of bbolt is the file's fault, said whatever the caller made of it, and
// leaves what was written before; a caller's own goes on as it is.
func TestPanics(t *testing.T) {
	f := newFile(t)
	err := f.Update(func(tx kv.Tx) error {
		if err := tx.Put(kv.Files, "", nil); err == nil {
			t.Error("an empty key was taken")
		}
		return tx.Put(kv.Files, "kept", []byte("1"))
	})
	if err != nil {
		t.Fatal(err)
	}
	f.Commit = func(*bbolt.Tx) error { panic("boom") }
	err = f.Update(func(tx kv.Tx) error { return tx.Put(kv.Files, "lost", []byte("1")) })
	if fault := kv.AsFault(err); fault == nil || fault.Then != kv.Broken || !fault.Unknown || !strings.Contains(err.Error(), "boom") {
		t.Errorf("a commit that panics: %v", err)
	}
	f.Commit = (*bbolt.Tx).Commit
	func() {
		defer func() {
			if r := recover(); r != "mine" {
				t.Errorf("a caller's panic came as %v", r)
			}
		}()
		_ = f.Update(func(tx kv.Tx) error {
			return tx.Scan(kv.Files, "", func(string, []byte) error { panic("mine") })
		})
	}()
	mine := errors.New("mine")
	if err := f.Update(func(kv.Tx) error { return mine }); !errors.Is(err, mine) || kv.AsFault(err) != nil {
		t.Errorf("an error of the caller came as %v", err)
	}
	err = f.View(t.Context(), func(r kv.Reader) error {
		if v, err := r.Get(kv.Files, "kept"); string(v) != "1" || err != nil {
			t.Errorf("kept: %q %v", v, err)
		}
		if v, err := r.Get(kv.Files, "lost"); v != nil || err != nil {
			t.Errorf("lost: %q %v", v, err)
		}
		return r.Scan(kv.Spaces-1, "", nil) // an empty table: nothing is visited
	})
	if err != nil {
		t.Error(err)
	}
}
