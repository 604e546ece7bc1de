package store_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"duban/store"
	"duban/store/storetest"
	"duban/workflow"

	"go.etcd.io/bbolt"
)

// bringAs uploads so many bytes for somebody.
func bringAs(s *store.Store, user, unit string, size int) (workflow.File, error) {
	call := workflow.Call{Actor: workflow.Actor{User: user, Unit: unit, Role: workflow.Liaison}, Received: storetest.Start}
	body := bytes.Repeat([]byte(user[:1]), size)
	f, _, err := s.PutFile(bg, call, workflow.File{Name: "a.pdf", Type: "application/pdf", Size: int64(size)}, bytes.NewReader(body), 20<<20)
	return f, err
}

// TestQuotas: evidence is bounded for an account, a unit and in all, and by what is kept
// free on the disk; others and acts go on; what is deleted makes room again, also after
// the store was opened anew.
func TestQuotas(t *testing.T) {
	t.Parallel()
	var free atomic.Int64
	free.Store(1 << 30)
	dir := t.TempDir()
	o := opts()
	o.Free = free.Load
	o.Quota = store.Quota{PerAccount: 100_000, PerUnit: 150_000, Total: 230_000, Reserve: 1 << 20}
	s, err := store.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	take := func(user, unit string, size int) workflow.File {
		t.Helper()
		f, err := bringAs(s, user, unit, size)
		if err != nil {
			t.Fatalf("%s of %s brings %d: %v", user, unit, size, err)
		}
		return f
	}
	refuse := func(user, unit string, size int, code string) {
		t.Helper()
		before, _ := s.Head()
		_, err := bringAs(s, user, unit, size)
		wantCode(t, err, code)
		if after, _ := s.Head(); after != before {
			t.Error("a refused upload is recorded")
		}
	}
	first := take("anna", "x", 60_000)
	take("anna", "x", 40_000)
	refuse("anna", "x", 1, "file.quota_account")
	take("berta", "x", 50_000)
	refuse("berta", "x", 1, "file.quota_unit")
	take("cilla", "y", 80_000)
	refuse("dora", "z", 1, "file.quota_total")
	if r, err := s.Room(bg, "anna", "x"); err != nil || r.Account != 100_000 || r.Unit != 150_000 || r.Total != 230_000 || r.Left() != 0 {
		t.Errorf("%+v %v", r, err)
	}
	if err := write(s, storetest.Assigned(1, "a")); err != nil {
		t.Errorf("an act: %v", err)
	}
	if err := write(s, workflow.Event{Kind: workflow.KindFileDeleted, Data: workflow.Data{File: &workflow.FileRef{ID: first.ID}}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = store.Open(dir, o); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	refuse("anna", "x", 60_001, "file.quota_account")
	take("anna", "x", 40_000)

	// What is kept free on the disk is for acts alone.
	free.Store(1<<20 + 5_000)
	refuse("dora", "z", 5_001, "file.no_room")
	take("dora", "z", 5_000)
	free.Store(1 << 19)
	refuse("dora", "z", 1, "file.no_room")
	if _, err := s.Snapshot(bg, ""); err == nil {
		t.Error("a backup takes the room that is kept for acts")
	} else {
		wantCode(t, err, store.CodeFull)
	}
	if err := write(s, storetest.Assigned(2, "a")); err != nil {
		t.Errorf("an act: %v", err)
	}
	free.Store(1 << 30)
	take("dora", "z", 1)
}

// TestQuotaOfManyAtOnce: uploads side by side take no more than one after the other.
func TestQuotaOfManyAtOnce(t *testing.T) {
	t.Parallel()
	o := opts()
	o.Quota = store.Quota{PerAccount: 100_000}
	s, err := store.Open(t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var all sync.WaitGroup
	var taken atomic.Int64
	for range 40 {
		all.Go(func() {
			if _, err := bringAs(s, "anna", "x", 10_000); err == nil {
				taken.Add(1)
			}
		})
	}
	all.Wait()
	if n := taken.Load(); n == 0 || n > 10 {
		t.Errorf("%d of 10,000 bytes fit into 100,000", n)
	}
	r, err := s.Room(bg, "anna", "x")
	if err != nil || r.Account != taken.Load()*10_000 {
		t.Errorf("%+v %v", r, err)
	}
}

// TestSweeps: contents no record names go, those that are named stay, and what is not ours
// too; unused evidence is what nothing names.
func TestSweeps(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := store.Open(dir, opts())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	kept, err := bringAs(s, "anna", "x", 1000)
	if err != nil {
		t.Fatal(err)
	}
	drafted, err := bringAs(s, "berta", "x", 1000)
	if err != nil {
		t.Fatal(err)
	}
	orphan := filepath.Join(dir, "files", "ab", strings.Repeat("cd", 31))
	foreign := filepath.Join(dir, "files", "ab", "notes.txt")
	for _, name := range []string{orphan, foreign} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, []byte("x"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := s.SweepContents(bg); err != nil || n != 1 {
		t.Errorf("%d swept: %v", n, err)
	}
	if _, err := os.Stat(orphan); err == nil {
		t.Error("what no record names is still there")
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Error("what is not ours is gone")
	}
	for _, f := range []workflow.File{kept, drafted} {
		r, _, err := s.OpenFile(bg, f.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := keepDraft(s, workflow.Draft{Assignment: "a", Body: []byte(`{"evidence":["` + drafted.ID + `"]}`)}); err != nil {
		t.Fatal(err)
	}
	unused, err := s.UnusedFiles(bg, kept.At.Add(time.Hour))
	if err != nil || len(unused) != 1 || unused[0].ID != kept.ID {
		t.Errorf("unused: %+v %v", unused, err)
	}
	if unused, err = s.UnusedFiles(bg, kept.At); err != nil || len(unused) != 0 {
		t.Errorf("unused before it came: %+v %v", unused, err)
	}
}

// TestFullIsSaidUntilThereIsRoom: while commits fail for want of room the store says so,
// and by itself that it is over, though nobody writes.
func TestFullIsSaidUntilThereIsRoom(t *testing.T) {
	t.Parallel()
	var noRoom atomic.Bool
	o := opts()
	o.Watch = 5 * time.Millisecond
	s, err := store.Open(t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.SetCommit(func(tx *bbolt.Tx) error {
		if noRoom.Load() {
			return errors.Join(syscall.ENOSPC, tx.Rollback())
		}
		return tx.Commit()
	})
	noRoom.Store(true)
	wantCode(t, write(s, storetest.Assigned(1, "a")), store.CodeFull)
	if got := s.Stats().ReadOnly; got != store.CodeFull {
		t.Errorf("while full it says %q", got)
	}
	noRoom.Store(false)
	ctx, cancel := context.WithTimeout(bg, 20*time.Second)
	defer cancel()
	for s.Stats().ReadOnly != "" && ctx.Err() == nil {
		time.Sleep(time.Millisecond)
	}
	if got := s.Stats().ReadOnly; got != "" {
		t.Errorf("with room again it says %q", got)
	}
}
