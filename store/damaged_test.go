package store_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"duban/store"
	"duban/store/storetest"

	"go.etcd.io/bbolt"
)

// TestDamaged: a file that is not what it must be is refused with its name,
// sizes and the newest copy, and left as it is.
func TestDamaged(t *testing.T) {
	sound := soundFile(t)
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
		"beginning zeroed":    {zeroed(sound, 8192), "meta pages", false},
		"another bolt file":   {otherBolt(t), "not a store of this program", false},
		"a page names itself": {swapPages(sound), "says it is page", false},
		"a circle of pages":   {branchForLeaf(bytes.Clone(sound), 1), "reached twice", false},
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
}

// TestTornMeta: the first meta page is lost, the second repairs it.
func TestTornMeta(t *testing.T) {
	sound, dir := soundFile(t), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "duban.db"), zeroed(sound, 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	storetest.Open(t, dir)
}

// zeroed is the file without its first n bytes.
func zeroed(sound []byte, n int) []byte { return append(make([]byte, n), sound[n:]...) }

// TestMissing: a directory that was in use and has no store is not a first start.
func TestMissing(t *testing.T) {
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
				for quiet && s.Stats().ReadOnly == "" { // somebody notices, or the test ends by its own time
					time.Sleep(5 * time.Millisecond)
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
		// Not Events: those of a moment ago are answered from memory.
		if events, err := s.Trail(bg, storetest.Assigned(7, "a").Assignment); err == nil {
			t.Errorf("read %d events behind the file's end", len(events))
		}
		if err := write(s, storetest.Assigned(99, "a")); err == nil {
			t.Error("written into a cut file")
		}
		_ = s.Close() // what it says does not matter, only that it comes back
	}
}

// branchForLeaf puts a branch page in the place of its n-th child. bbolt would
// follow it round until the memory is full; a lost write can leave such a page.
func branchForLeaf(b []byte, n int) []byte {
	for at := 2 * 4096; at < len(b); at += 4096 {
		p := b[at : at+4096]
		if flags, count := binary.NativeEndian.Uint16(p[8:]), int(binary.NativeEndian.Uint16(p[10:])); flags != 1 || count <= n {
			continue
		}
		id := binary.NativeEndian.Uint64(p[16+n*16+8:])
		copy(b[id*4096:], p)
		binary.NativeEndian.PutUint64(b[id*4096:], id)
		return b
	}
	panic("no branch page with so many children")
}
