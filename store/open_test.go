package store_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"duban/store"
	"duban/store/kv"
	"duban/store/storetest"
	"duban/workflow"
	"duban/workflow/account"

	"go.etcd.io/bbolt"
)

func opts() store.Options { return store.Options{Now: storetest.NewClock().Now} }

// TestReopen: what was written is there, in a store of the same epoch.
func TestReopen(t *testing.T) {
	dir := t.TempDir()
	s := storetest.Open(t, dir)
	acts(s, func(act string, err error) {
		if err != nil {
			t.Fatal(act, err)
		}
	})
	seq, hash := s.Head()
	before, err := s.Events(bg, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "duban.pid")); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "duban.pid")); err == nil {
		t.Error("the note about the holder is left behind")
	}
	again := storetest.Open(t, dir)
	if seq2, hash2 := again.Head(); seq2 != seq || hash2 != hash || again.Epoch() != s.Epoch() {
		t.Fatalf("head %d %s epoch %s, was %d %s %s", seq2, hash2, again.Epoch(), seq, hash, s.Epoch())
	}
	after, err := again.Events(bg, 0, 100)
	if err != nil || !reflect.DeepEqual(after, before) {
		t.Fatalf("events differ: %v\n%v\n%v", err, before, after)
	}
	if storetest.New(t).Epoch() == s.Epoch() {
		t.Error("two stores have one epoch")
	}
	r, err := again.Change(bg, workflow.Change{Key: "k2", Decide: just()})
	if err != nil || !r.Repeated {
		t.Fatalf("the key is forgotten: %+v %v", r, err)
	}
	_, err = again.Change(bg, workflow.Change{Key: "k2", Digest: [32]byte{1}, Decide: just()})
	wantCode(t, err, "idempotency.reused")
	if again.Stats().Commits != 0 {
		t.Errorf("a repeat wrote: %+v", again.Stats())
	}
}

// TestReadOnly opens a store that cannot be written, and changes nothing.
func TestReadOnly(t *testing.T) {
	dir := t.TempDir()
	s := storetest.Open(t, dir)
	if err := write(s, storetest.Assigned(1, "a")); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(filepath.Join(dir, "duban.db"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := store.OpenReadOnly(dir, opts())
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, write(r, storetest.Assigned(2, "a")), store.CodeReadOnly)
	if events, err := r.Events(bg, 0, 10); err != nil || len(events) != 1 {
		t.Fatal(events, err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(filepath.Join(dir, "duban.db"))
	if err != nil || !bytes.Equal(before, after) {
		t.Fatalf("the file changed: %v", err)
	}
	if _, err := store.OpenReadOnly(t.TempDir(), opts()); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("no store: %v", err)
	}
}

func TestNewerSchema(t *testing.T) {
	dir := t.TempDir()
	undo := store.AddMigration(func(kv.Tx) error { return nil })
	s, err := store.Open(dir, opts())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	undo()
	var e *store.SchemaError
	if _, err := store.Open(dir, opts()); !errors.As(err, &e) || e.Found != 3 || e.Known != 2 {
		t.Fatalf("got %v", err)
	}
}

// TestMigration: the copy comes first, a failing step changes nothing.
func TestMigration(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(dir, opts())
	if err != nil {
		t.Fatal(err)
	}
	acts(s, func(string, error) {})
	seq, hash := s.Head()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wrong := errors.New("step failed")
	undo := store.AddMigration(func(tx kv.Tx) error {
		return errors.Join(tx.Put(kv.Meta, "new", []byte("1")), wrong)
	})
	if _, err := store.Open(dir, opts()); !errors.Is(err, wrong) {
		t.Fatalf("got %v", err)
	}
	undo()
	if err := os.Remove(filepath.Join(dir, "backup-before-v3.db")); err != nil {
		t.Fatal("no copy was made first: ", err)
	}
	if s, err = store.Open(dir, opts()); err != nil {
		t.Fatal(err)
	}
	if seq2, hash2 := s.Head(); seq2 != seq || hash2 != hash {
		t.Fatal("the failed migration changed the journal")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	defer store.AddMigration(func(tx kv.Tx) error { return tx.Put(kv.Meta, "new", []byte("1")) })()
	if _, err := store.OpenReadOnly(dir, opts()); !errors.As(err, new(*store.SchemaError)) {
		t.Fatalf("an older schema opened for reading: %v", err)
	}
	if s, err = store.Open(dir, opts()); err != nil {
		t.Fatal(err)
	}
	if r, err := s.Verify(bg, nil); err != nil || r.Events != seq || r.Head != hash {
		t.Fatalf("%+v %v", r, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

var makeOld = flag.Bool("make-old", false, "write testdata/v1.db anew (only while version 1 is not released)")

// TestOldFile opens the file an earlier version has left. Its journal must keep
// its hashes, its rows must be what the present code folds.
func TestOldFile(t *testing.T) {
	const golden = "testdata/v1.db"
	if *makeOld {
		writeOldFile(t, golden)
	}
	b, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/v1.head")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "duban.db"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(dir, opts())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	seq, hash := s.Head()
	if got := fmt.Sprintf("%d %s\n", seq, hash); got != string(want) {
		t.Fatalf("head %s, want %s", got, want)
	}
	r, err := s.Verify(bg, nil)
	if err != nil || r.Events != seq {
		t.Fatalf("%+v %v", r, err)
	}
	id := storetest.Assigned(1, "scjg").Assignment
	if d, err := s.Draft(bg, id); err != nil || d.By != "li" {
		t.Errorf("draft %+v %v", d, err)
	}
	err = s.ViewAccounts(bg, func(tx account.Tx) error {
		if a, found, err := tx.Account("li"); !found || err != nil || a.Unit != "scjg" {
			t.Errorf("account %+v %v %v", a, found, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if again, err := s.Change(bg, workflow.Change{Key: "li:1", Decide: just()}); err != nil || !again.Repeated || again.Assignment.ID != id {
		t.Errorf("key: %+v %v", again, err)
	}
	if _, found, err := s.PlanSource(bg, storetest.SHA256("plan")); !found || err != nil {
		t.Errorf("plan file: %v %v", found, err)
	}
	if err := write(s, storetest.Noted(id, "new")); err != nil {
		t.Errorf("it cannot be written: %v", err)
	}
}

func writeOldFile(t *testing.T, path string) {
	s := storetest.New(t, func(o *store.Options) { o.Random = bytes.NewReader(bytes.Repeat([]byte("duban"), 10000)) })
	id := storetest.Assigned(1, "scjg").Assignment
	model := newModel(7)
	for range 60 {
		if err := write(s, model.next()...); err != nil {
			t.Fatal(err)
		}
	}
	err := errors.Join(
		write(s, workflow.Event{Kind: workflow.KindTextRedacted, Data: workflow.Data{Redacted: 4}}),
		keepDraft(s, workflow.Draft{Assignment: id, By: "li", Body: []byte("{}")}),
		s.UpdateAccounts(bg, storetest.Start, workflow.Actor{}, func(tx account.Tx, _ time.Time) ([]workflow.Event, error) {
			return []workflow.Event{{Kind: workflow.KindAccountAdded, Data: workflow.Data{Account: &workflow.AccountRef{Name: "li"}}}},
				tx.PutAccount(account.Account{Name: "li", Unit: "scjg"})
		}))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []workflow.Change{
		{Key: "li:1", Subject: id, Decide: just(storetest.Assigned(1, "scjg"), storetest.Noted(id, "x"))},
		{Source: []byte("plan"), Decide: just(workflow.Event{Kind: workflow.KindPlanLoaded, Data: workflow.Data{Plan: &workflow.PlanRef{ID: "p"}}})},
	} {
		if _, err := s.Change(bg, c); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := s.Compact(&b); err != nil {
		t.Fatal(err)
	}
	seq, hash := s.Head()
	err = errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(path, b.Bytes(), 0o644),
		os.WriteFile("testdata/v1.head", fmt.Appendf(nil, "%d %s\n", seq, hash), 0o644))
	if err != nil {
		t.Fatal(err)
	}
}

// TestSecondStore: one directory, one store, also within a process.
func TestSecondStore(t *testing.T) {
	dir := t.TempDir()
	s := storetest.Open(t, dir)
	o := opts()
	o.LockTimeout = 100 * time.Millisecond
	for _, open := range []func(string, store.Options) (*store.Store, error){store.Open, store.OpenReadOnly} {
		_, err := open(dir, o)
		var e *store.InUseError
		if !errors.Is(err, store.ErrInUse) || !errors.As(err, &e) {
			t.Fatalf("got %v", err)
		}
		if want := fmt.Sprintf("process %d since ", os.Getpid()); !strings.Contains(err.Error(), want) {
			t.Fatalf("%v does not name %q", err, want)
		}
	}
	if err := write(s, storetest.Assigned(1, "a")); err != nil {
		t.Fatal(err)
	}
}

// TestKeysAreTrimmed: old keys go a few at a time, none is kept for ever.
func TestKeysAreTrimmed(t *testing.T) {
	clock := storetest.NewClock()
	s, dir := opened(t, func(o *store.Options) { o.Now = clock.Now })
	put := func(prefix string, n int) {
		for i := range n {
			c := workflow.Change{Key: fmt.Sprintf("%s%d", prefix, i), Decide: just(workflow.Event{Kind: workflow.KindExported})}
			if _, err := s.Change(bg, c); err != nil {
				t.Fatal(err)
			}
		}
	}
	put("old", 50)
	clock.Add(31 * 24 * time.Hour)
	put("new", 60)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(filepath.Join(dir, "duban.db"), 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	count := map[string]int{}
	err = db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("keys")).ForEach(func(k, _ []byte) error { count[string(k[:3])]++; return nil })
	})
	if err != nil || count["old"] != 0 || count["new"] != 60 {
		t.Fatalf("%v %v", count, err)
	}
}

// TestFirstStarts: several first starts at once make one store, whole.
func TestFirstStarts(t *testing.T) {
	dir := t.TempDir()
	o := opts()
	o.LockTimeout = time.Minute
	got := make(chan string, 4)
	for range cap(got) {
		go func() {
			s, err := store.Open(dir, o)
			if err != nil {
				got <- err.Error()
				return
			}
			epoch := s.Epoch()
			if err := s.Close(); err != nil {
				epoch = err.Error()
			}
			got <- epoch
		}()
	}
	first := <-got
	for range cap(got) - 1 {
		if next := <-got; next != first || len(next) != 32 {
			t.Errorf("epochs %q and %q", first, next)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "duban-new-*")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestASecondFirstStart: a first start that is overtaken by another, which makes the store and
// goes on to use it, opens that store; it does not take it for one that has been lost.
func TestASecondFirstStart(t *testing.T) {
	for _, point := range []string{"create.look", "create.link"} {
		dir := t.TempDir()
		o, overtaken := opts(), ""
		o.Fault = func(at string) error {
			if at != point || overtaken != "" {
				return nil
			}
			s, err := store.Open(dir, opts())
			if err != nil {
				return err
			}
			overtaken = s.Epoch()
			return s.Close()
		}
		s, err := store.Open(dir, o)
		if err != nil {
			t.Fatalf("overtaken at %s: %v", point, err)
		}
		if overtaken == "" || s.Epoch() != overtaken {
			t.Errorf("overtaken at %s: epoch %q, the other made %q", point, s.Epoch(), overtaken)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// keepDraft keeps an unfinished report.
func keepDraft(s workflow.Journal, d workflow.Draft) error {
	_, err := s.Change(bg, workflow.Change{Drafts: func(workflow.View, time.Time) ([]workflow.Draft, error) { return []workflow.Draft{d}, nil }})
	return err
}
