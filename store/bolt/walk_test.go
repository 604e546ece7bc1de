package bolt

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"duban/store/kv"
)

// TestWalk: a large file is looked at in part, and that part is held to the same.
func TestWalk(t *testing.T) {
	sound := soundFile(t)
	for name, c := range map[string]struct {
		content  []byte
		all, few bool // found when all pages are looked at, and when few are
	}{
		"sound":                   {sound, false, false},
		"first leaf is a branch":  {branchForLeaf(bytes.Clone(sound), 0), true, true},
		"second leaf is a branch": {branchForLeaf(bytes.Clone(sound), 1), true, false},
		"pages moved up":          {swapPages(sound), true, true},
	} {
		path := filepath.Join(t.TempDir(), "x.db")
		if err := os.WriteFile(path, c.content, 0o600); err != nil {
			t.Fatal(err)
		}
		for all, want := range map[bool]bool{true: c.all, false: c.few} {
			if err := walkAt(path, all); (err != nil) != want {
				t.Errorf("%s, all %v: %v", name, all, err)
			}
		}
	}
}

// walkAt looks at a file's tree as Open does, at all its pages or at those it looks at in a
// large one.
func walkAt(path string, all bool) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	m, err := newestMeta(bytes.NewReader(data))
	if err != nil {
		return err
	}
	w := &walk{meta: m, seen: make([]bool, m.pages), all: all, data: data}
	if err := w.free(); err != nil {
		return err
	}
	return w.root()
}

// soundFile is the bytes of a file with enough rows for branch pages.
func soundFile(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	db, err := bbolt.Open(filepath.Join(dir, "a.db"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(b *bbolt.Tx) error {
		step := Step{Makes: []kv.Space{kv.Meta, kv.Files}, Run: func(tx kv.Tx) error {
			for i := range 300 {
				if err := tx.Put(kv.Files, fmt.Sprintf("%04d", i), []byte(strings.Repeat("x", 100))); err != nil {
					return err
				}
			}
			return tx.Put(kv.Meta, "a", []byte("b"))
		}}
		return step.do(b)
	})
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(dir, "b.db")
	dst, err := bbolt.Open(to, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := bbolt.Compact(dst, db, 0); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := dst.View(func(tx *bbolt.Tx) error { _, err := tx.WriteTo(&b); return err }); err != nil {
		t.Fatal(err)
	}
	for _, d := range []*bbolt.DB{db, dst} {
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
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
