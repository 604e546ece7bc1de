package store_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"duban/store"
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

// TestDamaged: a file that is not what it must be is refused with its name,
// sizes and the newest copy, and left as it is.
func TestDamaged(t *testing.T) {
	sound := soundFile(t)
	first := func(n int) []byte { return append(make([]byte, n), sound[n:]...) }
	for name, c := range map[string]struct {
		content []byte
		reason  string
		sizes   bool
	}{
		"zero bytes":          {nil, "empty", true},
		"cut to one page":     {sound[:4096], "cut", true},
		"cut in the middle":   {sound[:len(sound)/2], "cut", true},
		"cut by a byte":       {sound[:len(sound)-1], "cut", true},
		"text":                {[]byte("this is not a store"), "meta pages", false},
		"beginning zeroed":    {first(8192), "meta pages", false},
		"another bolt file":   {otherBolt(t), "not a store of this program", false},
		"a page names itself": {swapPages(sound), "says it is page", false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "duban.db")
			backup := filepath.Join(dir, "backup-before-v1.db")
			for p, b := range map[string][]byte{path: c.content, backup: sound} {
				if err := os.WriteFile(p, b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for _, open := range []func(string, store.Options) (*store.Store, error){store.Open, store.OpenReadOnly} {
				_, err := open(dir, opts())
				var e *store.DamagedError
				if !errors.As(err, &e) {
					t.Fatalf("got %v", err)
				}
				text := err.Error()
				if !strings.Contains(text, path) || !strings.Contains(text, c.reason) || e.Backup != backup || !strings.Contains(text, backup) {
					t.Errorf("%s", text)
				}
				if c.sizes && (e.Expected == 0 || e.Found != int64(len(c.content))) {
					t.Errorf("sizes %d %d", e.Expected, e.Found)
				}
			}
			if b, err := os.ReadFile(path); err != nil || !bytes.Equal(b, c.content) {
				t.Errorf("the file was changed: %v", err)
			}
		})
	}
	t.Run("first meta page torn", func(t *testing.T) { // this one is repaired by the second
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "duban.db"), first(4096), 0o600); err != nil {
			t.Fatal(err)
		}
		storetest.Open(t, dir)
	})
	t.Run("missing", func(t *testing.T) {
		dir := t.TempDir()
		s := storetest.Open(t, dir)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "duban.db")
		if err := os.Rename(path, path+".away"); err != nil {
			t.Fatal(err)
		}
		var e *store.DamagedError
		if _, err := store.Open(dir, opts()); !errors.As(err, &e) {
			t.Fatalf("got %v", err)
		}
		if _, err := os.Stat(path); err == nil {
			t.Fatal("an empty store was made over a lost one")
		}
		if err := os.Rename(path+".away", path); err != nil {
			t.Fatal(err)
		}
	})
}

// soundFile is the bytes of a small store in which every bucket has something.
func soundFile(t testing.TB) []byte {
	t.Helper()
	s := storetest.New(t, func(o *store.Options) { o.Random = rand.NewChaCha8([32]byte{}) })
	acts(s, func(act string, err error) {
		if err != nil {
			t.Fatal(act, err)
		}
	})
	for i := range 120 { // enough for branch pages
		if err := write(s, storetest.Assigned(i, "scjg"), report(storetest.Assigned(i, "scjg").Assignment, 1)); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := s.Compact(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func otherBolt(t testing.TB) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.db")
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// swapPages exchanges two pages behind the meta pages.
func swapPages(sound []byte) []byte {
	b := bytes.Clone(sound)
	n := len(b)/4096 - 1
	for i := 2; i < n; i++ { // all of them, so that the walk meets one
		copy(b[i*4096:(i+1)*4096], sound[(i+1)*4096:(i+2)*4096])
	}
	return b
}

func TestNewerSchema(t *testing.T) {
	dir := t.TempDir()
	undo := store.AddMigration(func(*bbolt.Tx) error { return nil })
	s, err := store.Open(dir, opts())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	undo()
	var e *store.SchemaError
	if _, err := store.Open(dir, opts()); !errors.As(err, &e) || e.Found != 2 || e.Known != 1 {
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
	undo := store.AddMigration(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket([]byte("new"))
		return errors.Join(err, wrong)
	})
	if _, err := store.Open(dir, opts()); !errors.Is(err, wrong) {
		t.Fatalf("got %v", err)
	}
	undo()
	if err := os.Remove(filepath.Join(dir, "backup-before-v2.db")); err != nil {
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
	defer store.AddMigration(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket([]byte("new"))
		return err
	})()
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
		s.SaveDraft(bg, workflow.Draft{Assignment: id, By: "li", Body: []byte("{}")}),
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

// TestFileGone: the file under the store is deleted, moved, replaced or cut.
// Nothing more is acknowledged, and the alarm comes by itself.
func TestFileGone(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"deleted":  os.Remove,
		"moved":    func(p string) error { return os.Rename(p, p+".away") },
		"replaced": func(p string) error { return errors.Join(os.WriteFile(p+".x", nil, 0o600), os.Rename(p+".x", p)) },
		"cut":      func(p string) error { return os.Truncate(p, 4096) },
	} {
		for _, quiet := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/quiet=%v", name, quiet), func(t *testing.T) {
				dir := t.TempDir()
				o := opts()
				if quiet {
					o.Watch = 5 * time.Millisecond
				} else {
					o.Watch = time.Hour // the write itself must notice
				}
				s, err := store.Open(dir, o)
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				if err := write(s, storetest.Assigned(1, "a")); err != nil {
					t.Fatal(err)
				}
				if err := spoil(filepath.Join(dir, "duban.db")); err != nil {
					t.Fatal(err)
				}
				for n := 0; quiet && s.Stats().ReadOnly == ""; n++ {
					if time.Sleep(5 * time.Millisecond); n > 1000 {
						t.Fatal("nobody noticed")
					}
				}
				if name == "cut" { // its pages cannot even be read
					wantCode(t, write(s, storetest.Assigned(2, "a")), store.CodeStopped)
					_, err := s.Events(bg, 0, 10)
					wantCode(t, err, store.CodeStopped)
					return
				}
				wantCode(t, write(s, storetest.Assigned(2, "a")), store.CodeReadOnly)
				if _, err := s.Events(bg, 0, 10); err != nil {
					t.Errorf("reads ended: %v", err)
				}
			})
		}
	}
}

// TestCutUnderReader: a page is gone while it is read. The read fails, the
// process lives, and the store can be closed.
func TestCutUnderReader(t *testing.T) {
	for _, size := range []int64{0, 3 * 4096} { // without and with the meta pages
		o := opts()
		o.Watch = time.Hour
		dir := t.TempDir()
		s, err := store.Open(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 50 {
			if err := write(s, storetest.Assigned(i, "a")); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Truncate(filepath.Join(dir, "duban.db"), size); err != nil {
			t.Fatal(err)
		}
		if events, err := s.Events(bg, 0, 100); err == nil {
			t.Errorf("read %d events behind the file's end", len(events))
		}
		if err := write(s, storetest.Assigned(99, "a")); err == nil {
			t.Error("written into a cut file")
		}
		closed := make(chan error, 1)
		go func() { closed <- s.Close() }()
		select {
		case <-closed:
		case <-time.After(10 * time.Second):
			t.Fatal("Close hangs")
		}
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
