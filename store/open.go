package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"duban/workflow"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// prepare makes sure that there is a sound file of the present schema.
func (s *Store) prepare(o Options) error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	if _, err := os.Lstat(s.path); errors.Is(err, fs.ErrNotExist) {
		// When another process is quicker, its store is opened, or found in use.
		if err := s.create(); !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return s.preflight(o.LockTimeout)
}

// create makes a new file beside its place and moves it there when it is whole:
// a crash leaves no half-made store under the real name. ErrExist: somebody else
// has made one meanwhile.
func (s *Store) create() (err error) {
	if err := s.neverLost(); err != nil {
		return err
	}
	f, err := os.CreateTemp(s.dir, "duban-new-*.db")
	if err != nil {
		return err
	}
	fresh := f.Name()
	defer func() { err = errors.Join(err, os.Remove(fresh)) }()
	if err := f.Close(); err != nil {
		return err
	}
	db, err := bbolt.Open(fresh, 0o600, &bbolt.Options{Timeout: time.Second, FreelistType: bbolt.FreelistMapType})
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) error { return s.migrateTx(tx, 0) })
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	if err := s.fault("create.link"); err != nil {
		return err
	}
	// Link, unlike rename, refuses to replace a store another process has just made.
	if err := os.Link(fresh, s.path); err != nil {
		return err
	}
	if err := syncDir(filepath.Dir(s.dir)); err != nil && !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return syncDir(s.dir)
}

// neverLost refuses a directory that has lost its store: evidence or backups
// without a database mean that a file is missing, not that this is a first start.
func (s *Store) neverLost() error {
	evidence, err := os.ReadDir(filepath.Join(s.dir, "files"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	backup := s.newestBackup()
	if len(evidence) == 0 && backup == "" {
		return nil
	}
	return &DamagedError{Path: s.path, Reason: "the store is missing although its directory was in use", Backup: backup}
}

// newestBackup is the youngest copy of the store beside it: a database, or an
// archive. It is named, not proved: restoring proves it.
func (s *Store) newestBackup() string {
	var newest string
	var at time.Time
	for _, pattern := range []string{"backup-*.db", "*.tar", filepath.Join("backups", "*.db"), filepath.Join("backups", "*.tar")} {
		found, _ := filepath.Glob(filepath.Join(s.dir, pattern)) // the only error is a bad pattern
		for _, f := range found {
			if info, err := os.Stat(f); err == nil && info.ModTime().After(at) {
				newest, at = f, info.ModTime()
			}
		}
	}
	return newest
}

// openDB opens bbolt on a file that has passed preflight. A panic of bbolt on a
// damaged freelist is an error here.
func (s *Store) openDB(timeout time.Duration) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = &DamagedError{Path: s.path, Reason: fmt.Sprintf("bbolt cannot open it: %v", r), Backup: s.newestBackup()}
			if s.file != nil {
				_ = s.file.Close() // nothing was written; this lets go of the lock
			}
		}
	}()
	open := func(name string, flag int, perm os.FileMode) (*os.File, error) {
		f, err := os.OpenFile(name, flag&^os.O_CREATE, perm) // #nosec G304 -- bbolt gives back the path it was given
		s.file = f
		return f, err
	}
	s.db, err = bbolt.Open(s.path, 0o600, &bbolt.Options{Timeout: timeout, ReadOnly: s.readOnly, OpenFile: open,
		InitialMmapSize: 1 << 30, FreelistType: bbolt.FreelistMapType, NoStatistics: true})
	if errors.Is(err, berrors.ErrTimeout) {
		return s.inUse()
	}
	if err != nil {
		return err
	}
	if s.opened, err = s.file.Stat(); err != nil {
		return errors.Join(err, s.closeDB())
	}
	s.size.Store(s.opened.Size())
	return nil
}

// begin migrates, reads the head and leaves the note about who holds the store.
func (s *Store) begin() error {
	if err := s.migrate(); err != nil {
		return err
	}
	err := s.read(context.Background(), func(t *txKV) error {
		s.epoch = string(t.get(inMeta, string(keyEpoch)))
		head, err := lastPosition(t)
		s.head.Store(&head)
		return err
	})
	if err != nil {
		return &DamagedError{Path: s.path, Reason: err.Error(), Backup: s.newestBackup()}
	}
	if s.readOnly {
		return nil
	}
	note, err := json.Marshal(holder{os.Getpid(), s.now()})
	if err != nil {
		return err
	}
	if err := os.WriteFile(s.notePath(), note, 0o600); err != nil {
		return err
	}
	return s.prepareFiles()
}

// inPeriod is in the JSON of every event of a period's work.
var inPeriod = []byte(`"period":`)

// lastPosition reads where the journal ends and, going back, when the plan's work
// was last recorded.
func lastPosition(t *txKV) (position, error) {
	k, v := t.in(inEvents).Cursor().Last()
	if k == nil {
		return position{}, nil
	}
	r, err := splitRecord(v)
	if err != nil {
		return position{}, damagedRow(inEvents, string(k), err)
	}
	e, err := r.event(workflow.Hash{})
	if err != nil || seqKey(e.Seq) != string(k) {
		return position{}, damagedRow(inEvents, string(k), errors.Join(err, errRecord))
	}
	at := position{seq: e.Seq, hash: r.hash}
	c := t.in(inEvents).Cursor()
	for k, v = c.Last(); k != nil && at.worked.IsZero(); k, v = c.Prev() {
		if r, err = splitRecord(v); err == nil && !bytes.Contains(r.core, inPeriod) {
			continue // of accounts: there may be thousands since
		}
		if err == nil {
			e, err = r.event(workflow.Hash{})
		}
		if err != nil {
			return position{}, damagedRow(inEvents, string(k), err)
		}
		if ofWork(e) {
			at.worked = e.RecordedAt
		}
	}
	return at, nil
}

// holder is the note in duban.pid.
type holder struct {
	PID     int       `json:"pid"`
	Started time.Time `json:"started"`
}

func (s *Store) notePath() string { return filepath.Join(s.dir, "duban.pid") }

func (s *Store) inUse() error {
	e := &InUseError{Dir: s.dir, Holder: "another process"}
	var h holder
	if b, err := os.ReadFile(s.notePath()); err == nil && json.Unmarshal(b, &h) == nil {
		e.Holder = fmt.Sprintf("process %d since %s", h.PID, h.Started.Format(time.RFC3339))
	}
	return e
}

// closeDB lets go of the file. After a panic inside a transaction bbolt's lock
// cannot be had again, so only the handle, and with it the lock, is given up.
func (s *Store) closeDB() error {
	if s.stuck.Load() {
		return s.file.Close()
	}
	var note error
	if !s.readOnly {
		if note = os.Remove(s.notePath()); errors.Is(note, fs.ErrNotExist) {
			note = nil
		}
	}
	return errors.Join(note, s.db.Close())
}

// syncDir makes a change of names durable.
func syncDir(dir string) error {
	d, err := os.Open(dir) // #nosec G304 -- the data folder or one in it
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
