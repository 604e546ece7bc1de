package store

import (
	"context"
	"io"
	"os"
	"reflect"
	"slices"
	"unsafe"

	"go.etcd.io/bbolt"

	"duban/store/bolt"
	"duban/store/codec"
	"duban/store/journal"
	"duban/store/kv"
	"duban/workflow"
)

// What the tests of package store_test may reach.

// SetCommit puts another disk behind the committer. Call it before any write.
func (s *Store) SetCommit(commit func(*bbolt.Tx) error) { s.file.Commit = commit }

// LeaveOutSyncs makes commits that nothing has put on the disk.
func (s *Store) LeaveOutSyncs() { s.file.DB().NoSync = true }

// AddMigration appends a migration until undo is called.
func AddMigration(step func(tx kv.Tx) error) (undo func()) {
	before := versions
	versions = append(slices.Clone(before), version{step: func(_ Options, tx kv.Tx) error { return step(tx) }})
	return func() { versions = before }
}

// RecordWrites tells rec of every write bbolt makes from now on, in order, before
// it is made. It reaches into bbolt, because its Options cannot carry a file
// that is not an *os.File.
func (s *Store) RecordWrites(rec func(off int64, b []byte)) {
	ops := reflect.ValueOf(s.file.DB()).Elem().FieldByName("ops").FieldByName("writeAt")
	writeAt := (*func([]byte, int64) (int, error))(unsafe.Pointer(ops.UnsafeAddr()))
	real := *writeAt
	*writeAt = func(b []byte, off int64) (int, error) {
		rec(off, b)
		return real(b, off)
	}
}

// SplitEvent and the two below are what an attacker with the file can do.
func SplitEvent(v []byte) (hash [32]byte, core, tail []byte, err error) {
	r, err := codec.Split(v)
	return r.Hash, r.Core, r.Tail, err
}

func JoinEvent(hash [32]byte, core, tail []byte) []byte {
	return codec.Record{Hash: hash, Core: core, Tail: tail}.Join()
}

// Seal is a row's bytes with its checksum.
func Seal(key string, b []byte) []byte { return codec.Seal(key, b) }

// Backup writes a copy of the database as it stands at one position.
func (s *Store) Backup(ctx context.Context, w io.Writer) (seq uint64, head workflow.Hash, err error) {
	err = s.Tables(ctx, func(t kv.Reader) error {
		if seq, head, err = journal.End(t); err != nil {
			return err
		}
		_, err = bolt.WriteTo(w, t)
		return err
	})
	return seq, head, err
}

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
	if err := bbolt.Compact(dst, s.file.DB(), 0); err != nil {
		return err
	}
	if err := dst.View(func(tx *bbolt.Tx) error { _, err := tx.WriteTo(w); return err }); err != nil {
		return err
	}
	return dst.Close()
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

// SpaceNames are the tables of a store.
func SpaceNames() (all []string) {
	for in := range kv.Spaces {
		all = append(all, in.String())
	}
	return all
}
