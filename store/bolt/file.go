// Package bolt keeps the tables of package kv in one bbolt file: a bucket a table.
//
// bbolt trusts what a file says, so a file is looked at before it is opened (preflight.go),
// and while it is open its name is compared with it (File.Check). A panic of bbolt is an
// error of the file and never ends the process.
//
// Not here: what stands in the tables, and which version of the program knows which.
package bolt

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"duban/store/kv"
)

// Options are what Open needs.
type Options struct {
	// ReadOnly opens a file that nobody writes, and changes nothing in it.
	ReadOnly bool
	// Wait is how long Open waits for another process to let go.
	Wait time.Duration
	// Steps are the versions of the schema; see Step.
	Steps []Step
	// Log is told of a migration.
	Log *slog.Logger
	// Inject is asked at named points and may answer an error or panic: tests put a fault
	// there.
	Inject func(point string) error
}

// File is an open file: a kv.Engine.
type File struct {
	// Commit is (*bbolt.Tx).Commit; tests put a failing disk here before the first write.
	Commit func(*bbolt.Tx) error

	path   string
	o      Options
	db     *bbolt.DB
	handle *os.File    // bbolt's own
	opened os.FileInfo // of handle
	schema int
	size   atomic.Int64 // as last seen
	stuck  atomic.Bool  // bbolt has panicked with its locks held
}

var _ kv.Engine = (*File)(nil)

// Open opens the file at the path, which must be there, and brings it to the newest
// version. Errors: ErrInUse, *DamagedError, *SchemaError, or the system's.
func Open(path string, o Options) (*File, error) {
	f, err := OpenAsIs(path, o)
	if err != nil {
		return nil, err
	}
	if err := f.migrate(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// OpenAsIs is Open without a migration.
func OpenAsIs(path string, o Options) (*File, error) {
	f := &File{Commit: (*bbolt.Tx).Commit, path: path, o: o}
	if err := f.preflight(); err != nil {
		return nil, err
	}
	if err := f.open(); err != nil {
		return nil, err
	}
	err := f.db.View(func(t *bbolt.Tx) (err error) {
		f.schema, err = schemaOf(t, f.path, o.Steps)
		return err
	})
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// open opens bbolt on a file that has passed preflight. A panic of bbolt on a damaged
// freelist is an error here.
func (f *File) open() (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = &DamagedError{Path: f.path, Reason: fmt.Sprintf("bbolt cannot open it: %v", r)}
			if f.handle != nil {
				_ = f.handle.Close() // nothing was written; this lets go of the lock
			}
		}
	}()
	open := func(name string, flag int, perm os.FileMode) (*os.File, error) {
		h, err := os.OpenFile(name, flag&^os.O_CREATE, perm) // #nosec G304 -- bbolt gives back the path it was given
		f.handle = h
		return h, err
	}
	o := settings(f.o.Wait)
	o.ReadOnly, o.OpenFile, o.InitialMmapSize, o.NoStatistics = f.o.ReadOnly, open, 1<<30, true
	f.db, err = bbolt.Open(f.path, 0o600, o)
	if errors.Is(err, berrors.ErrTimeout) {
		return ErrInUse
	}
	if err != nil {
		return err
	}
	if f.opened, err = f.handle.Stat(); err != nil {
		return errors.Join(err, f.Close())
	}
	f.size.Store(f.opened.Size())
	return nil
}

// settings are bbolt's options for every file.
func settings(wait time.Duration) *bbolt.Options {
	return &bbolt.Options{Timeout: wait, FreelistType: bbolt.FreelistMapType}
}

// Create makes a new file of the newest version at the path. It is made beside its place
// and gets its name when it is whole: a crash leaves no half-made file under the real name.
// fs.ErrExist: somebody else has made one meanwhile.
func Create(path string, o Options) (err error) {
	dir := filepath.Dir(path)
	h, err := os.CreateTemp(dir, "duban-new-*.db")
	if err != nil {
		return err
	}
	fresh := h.Name()
	defer func() { err = errors.Join(err, os.Remove(fresh)) }()
	if err := h.Close(); err != nil {
		return err
	}
	db, err := bbolt.Open(fresh, 0o600, settings(time.Second))
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) error { return o.migrate(tx, 0) })
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	if err := o.Inject("create.link"); err != nil {
		return err
	}
	// Link, unlike rename, refuses to replace a file another process has just made.
	if err := os.Link(fresh, path); err != nil {
		return err
	}
	if err := syncDir(filepath.Dir(dir)); err != nil && !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return syncDir(dir)
}

// DB is bbolt's database, for tests that do to it what disks and attackers do.
func (f *File) DB() *bbolt.DB { return f.db }

// Schema is the version of the file.
func (f *File) Schema() int { return f.schema }

// Size implements kv.Engine.
func (f *File) Size() int64 { return f.size.Load() }

// Check implements kv.Engine. It compares the open file with the one its name leads to:
// bbolt would go on writing into a file that was renamed over or deleted. What can be read
// goes on being read; a read that comes upon pages which are gone fails by itself.
func (f *File) Check() error {
	named, err := os.Stat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = fmt.Errorf("%s was deleted or moved away while in use", f.path)
	case err != nil:
	case !os.SameFile(named, f.opened):
		err = fmt.Errorf("%s was replaced by another file while in use", f.path)
	case named.Size() < f.size.Load():
		err = fmt.Errorf("%s was cut while in use: it has %d bytes, it had %d", f.path, named.Size(), f.size.Load())
	}
	if err != nil {
		return &kv.Fault{Err: err, Then: kv.ReadsOnly}
	}
	f.size.Store(named.Size())
	return nil
}

// View implements kv.Engine.
func (f *File) View(_ context.Context, fn func(kv.Reader) error) error {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // the bytes lie in the mapped file
	btx, err := f.begin(false)
	if err != nil {
		return err
	}
	t := &tx{tx: btx}
	defer rollback(btx)
	if err := fn(t); t.panicked == nil {
		return err
	}
	return &kv.Fault{Err: t.panicked.Err} // a damaged page; others may be read
}

// begin starts a transaction. A panic there leaves bbolt's locks held.
func (f *File) begin(writable bool) (_ *bbolt.Tx, err error) {
	defer func() {
		if r := recover(); r != nil {
			f.stuck.Store(true)
			err = panicked(r)
		}
	}()
	return f.db.Begin(writable)
}

// Update implements kv.Engine.
func (f *File) Update(fn func(kv.Tx) error) (err error) {
	if err := f.Check(); err != nil {
		return err
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // a file cut under the map is a panic here, not the end of the process
	btx, err := f.begin(true)
	if err != nil {
		if kv.AsFault(err) == nil {
			err = &kv.Fault{Err: err, Then: kv.ReadsOnly}
		}
		return err
	}
	t := &tx{tx: btx}
	done := false
	defer func() {
		if !done && !rollback(btx) {
			f.stuck.Store(true)
		}
	}()
	err = fn(t)
	if t.panicked != nil {
		return t.panicked
	}
	if err != nil {
		return err
	}
	id, size := btx.ID(), btx.Size()
	if err := f.commit(btx); err != nil {
		return f.commitFault(id, err)
	}
	done = true
	f.size.Store(max(f.size.Load(), size))
	return nil
}

// commit makes the transaction durable. From its first moment on even a panic may leave it
// written.
func (f *File) commit(t *bbolt.Tx) (err error) {
	defer func() {
		if r := recover(); r != nil {
			fault := panicked(r)
			fault.Unknown = true
			err = fault
		}
	}()
	return f.Commit(t)
}

// commitFault sorts a failed commit. bbolt writes data pages, syncs, writes the meta page,
// syncs. Want of room stops it before the meta page: nothing was done, and the next commit
// may succeed. After any other error it is open what is on the disk, even whether a later
// sync would tell the truth: no more writes.
func (f *File) commitFault(id int, err error) error {
	if kv.AsFault(err) != nil {
		return err
	}
	if noSpace(err) {
		if newest, merr := newestMeta(f.handle); merr == nil && newest.txid < uint64(id) { // #nosec G115 -- bbolt's transaction ids count up from 0
			return &kv.Fault{Err: err, Full: true}
		}
	}
	return &kv.Fault{Err: err, Unknown: true, Then: kv.ReadsOnly}
}

// noSpace reports whether there was no room. It also reads the text of bbolt's resize error,
// which hides its cause.
func noSpace(err error) bool {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EFBIG) || errors.Is(err, syscall.EDQUOT) {
		return true
	}
	text, resize := strings.CutPrefix(err.Error(), "file resize error: ")
	return resize && (strings.HasSuffix(text, syscall.ENOSPC.Error()) ||
		strings.HasSuffix(text, syscall.EFBIG.Error()) || strings.HasSuffix(text, syscall.EDQUOT.Error()))
}

// rollback gives a transaction up; false when even that panics.
func rollback(t *bbolt.Tx) (ok bool) {
	defer func() { ok = recover() == nil }()
	_ = t.Rollback() // the only error says that it is closed already
	return true
}

// Close lets go of the file and waits for open reads. After a panic inside a transaction
// bbolt's lock cannot be had again: then the handle alone, and with it the file's lock, is
// given up.
func (f *File) Close() error {
	if f.stuck.Load() {
		return f.handle.Close()
	}
	return f.db.Close()
}

// syncDir makes a change of names durable.
func syncDir(dir string) error {
	d, err := os.Open(dir) // #nosec G304 -- the data folder or one in it
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
