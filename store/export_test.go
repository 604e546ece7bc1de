package store

import (
	"io"
	"os"
	"reflect"
	"slices"
	"unsafe"

	"go.etcd.io/bbolt"
)

// What the tests of package store_test may reach.

// CloneAssignment is cloneAssignment.
var CloneAssignment = cloneAssignment

// SetCommit puts another disk behind the committer. Call it before any write.
func (s *Store) SetCommit(commit func(*bbolt.Tx) error) { s.commitTx = commit }

// LeaveOutSyncs makes commits that nothing has put on the disk.
func (s *Store) LeaveOutSyncs() { s.db.NoSync = true }

// AddMigration appends a migration until undo is called.
func AddMigration(step func(tx *bbolt.Tx) error) (undo func()) {
	before := versions
	versions = append(slices.Clone(before), version{step: func(_ *Store, tx *bbolt.Tx) error { return step(tx) }})
	return func() { versions = before }
}

// RecordWrites tells rec of every write bbolt makes from now on, in order, before
// it is made. It reaches into bbolt, because its Options cannot carry a file
// that is not an *os.File.
func (s *Store) RecordWrites(rec func(off int64, b []byte)) {
	ops := reflect.ValueOf(s.db).Elem().FieldByName("ops").FieldByName("writeAt")
	writeAt := (*func([]byte, int64) (int, error))(unsafe.Pointer(ops.UnsafeAddr()))
	real := *writeAt
	*writeAt = func(b []byte, off int64) (int, error) {
		rec(off, b)
		return real(b, off)
	}
}

// EventBytes and the two below are what an attacker with the file can do.
func SplitEvent(v []byte) (hash [32]byte, core, tail []byte, err error) {
	r, err := splitRecord(v)
	return r.hash, r.core, r.tail, err
}

func JoinEvent(hash [32]byte, core, tail []byte) []byte { return joinRecord(hash, core, tail) }

// Seal is a row's bytes with its checksum.
func Seal(key string, b []byte) []byte { return seal(key, b) }

// HeldBytes is heldBytes.
const HeldBytes = heldBytes

// Held is what held takes in memory, by heldSize.
func (s *Store) Held() int { return s.held.Bytes() }

// Compact writes the store's used pages only, for a small file in testdata.
func (s *Store) Compact(w io.Writer) error {
	tmp, err := os.CreateTemp("", "compact-")
	if err != nil {
		return err
	}
	tmp.Close()
	defer os.Remove(tmp.Name())
	dst, err := bbolt.Open(tmp.Name(), 0o600, nil)
	if err != nil {
		return err
	}
	if err := bbolt.Compact(dst, s.db, 0); err != nil {
		return err
	}
	if err := dst.View(func(tx *bbolt.Tx) error { _, err := tx.WriteTo(w); return err }); err != nil {
		return err
	}
	return dst.Close()
}

// WalkFile looks at a file's tree as Open does, at all its pages or at those it
// looks at in a large one.
func WalkFile(path string, all bool) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	m, err := newestMeta(f)
	if err != nil {
		return err
	}
	w := &walk{meta: m, seen: make([]bool, m.pages), all: all, data: make([]byte, info.Size())}
	if _, err := f.ReadAt(w.data, 0); err != nil {
		return err
	}
	if err := w.free(); err != nil {
		return err
	}
	return w.root()
}

// KnowOnly makes the program one that knows the first n versions of the schema, until undo
// is called.
func KnowOnly(n int) (undo func()) {
	before := versions
	versions = versions[:n]
	return func() { versions = before }
}

// Versions is how many versions of the schema there are.
func Versions() int { return len(versions) }

// SpaceNames are the buckets of a store.
func SpaceNames() []string { return slices.Clone(spaceNames[:]) }
