// Package store is the door to the storage of a data folder: it opens the folder, backs it
// up and restores it. What happens inside is told by the rooms below.
//
//	kv       the seam: tables of keys and values, in transactions
//	bolt     the tables in one bbolt file
//	memory   the tables in memory, for tests
//	codec    how events and rows are written as bytes
//	blob     the contents of evidence
//	journal  the journal, the rows it folds into, accounts, drafts, evidence
//	proof    whether all of it holds together
//
// Not here: what an event means, rights, and read models. Only cmd imports this package;
// others see workflow.Journal, workflow.Files, workflow.Sources and account.Store.
//
// A data folder holds
//
//	duban.db                  one bbolt file, locked while a Store is open
//	duban.pid                 who holds it, for the message a second process shows
//	files/ab/cdef…            evidence by the SHA-256 of its content
//	files/tmp/                uploads that are not finished; emptied at Open
//	backup-before-vN.db       the file as it was before migration N
//
// The tables (schema version 2); each is a bucket of duban.db. Positions are 8 bytes, big
// endian, so that key order is journal order. Rows and records are JSON and a
// checksum (CRC-32C of key and JSON, 4 bytes); events carry the chain's hash.
//
//	meta
//	├── schema                decimal text: the number of migrations applied
//	├── epoch                 text: names this journal for ever
//	├── created               RFC 3339 time
//	├── real, rehearsed       RFC 3339 time: when work was first recorded, in real time or not
//	└── room                  written and taken away, to know whether a full disk has room again
//	events
//	└── <seq>                 hash (32 bytes) ‖ uvarint(len core) ‖ core ‖ tail
//	trail
//	└── <assignment> 00 <seq> nothing: which events belong to an assignment
//	assignments
//	└── <id>                  workflow.Assignment
//	periods
//	└── <id>                  workflow.Period
//	series
//	└── <indicator>           workflow.Series
//	plan
//	└── current               workflow.PlanRef
//	files
//	└── <id>                  workflow.File without its name
//	assessments
//	└── <period>              workflow.Assessment
//	keys
//	└── <idempotency key>     unix nanoseconds (8 bytes) ‖ digest (32) ‖
//	                          uvarint(len answer) ‖ answer ‖
//	                          workflow.Assignment ‖ checksum
//	drafts
//	└── <assignment>          workflow.Draft
//	accounts, sessions, tokens, screens
//	└── <name, id, digest>    the records of workflow/account
//	sources
//	└── <sha256 hex>          bytes of a plan file
//	trash
//	└── <sha256 hex>          nothing: evidence whose bytes are to be removed
//
// core is the JSON of workflow.Event. tail is empty or {"salt","texts"}: free
// text is only bound to the chain by the salted digest in core, so a redaction
// rewrites a tail and no hash. The old bytes stay in free pages until they are
// used again, and in copies made before.
package store

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"duban/store/blob"
	"duban/store/bolt"
	"duban/store/journal"
	"duban/store/kv"
)

// Options are what a Store needs from outside. Only Now is required.
type Options struct {
	// Now is the machine's clock, or the rehearsal's.
	Now func() time.Time
	// Random gives the epoch, salts and file ids; nil: crypto/rand.
	Random io.Reader
	// Logger gets faults and migrations; nil: nothing is logged.
	Logger *slog.Logger
	// LockTimeout is how long Open waits for another process to let go; 0: 1 s.
	LockTimeout time.Duration
	// Watch is how often the file on disk is compared with the open one; 0: 2 s.
	Watch time.Duration
	// Memory bounds the caches, in bytes; 0: 48 MiB.
	Memory int
	// Quota bounds evidence; the zero value does not.
	Quota Quota
	// Free is the room on the disk, in bytes; nil: the system is asked.
	Free func() int64
	// Rehearsal says that Now does not show real time: the work recorded is no real one.
	Rehearsal bool
	// Fault is asked at named points and may answer an error or panic, so that
	// tests can put a fault there; nil in production.
	Fault func(point string) error
}

func (o Options) withDefaults() (Options, error) {
	if o.Now == nil {
		return o, errors.New("store: Options.Now is required")
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.LockTimeout == 0 {
		o.LockTimeout = time.Second
	}
	if o.Fault == nil {
		o.Fault = func(string) error { return nil }
	}
	return o, nil
}

// disk is the room in a folder and the size of its file system, 0 when that is not asked.
func (o Options) disk(dir string) (free, size int64, err error) {
	if o.Free != nil {
		return o.Free(), 0, nil
	}
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	block := int64(s.Bsize)
	return int64(s.Bavail) * block, int64(s.Blocks) * block, nil // #nosec G115 -- blocks and their size, as the kernel counts them
}

// Store is an open data folder. Its methods may be called from any goroutine.
type Store struct {
	*journal.Journal
	dir   string
	o     Options
	file  *bolt.File
	files *blob.Folder // the contents of evidence
}

// Open opens the data folder for reading and writing and creates it when
// there is none. It never creates an empty store where there are signs of an
// earlier one. Errors: InUseError, DamagedError, SchemaError, or the system's.
func Open(dir string, o Options) (*Store, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := o.create(dir); err != nil {
		return nil, err
	}
	return open(dir, o, false)
}

// OpenReadOnly opens a data folder that no Store holds, to verify or export
// it. Nothing in it is changed; writes answer store.read_only. Close it.
func OpenReadOnly(dir string, o Options) (*Store, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	return open(dir, o, true)
}

func (o Options) bolt(readOnly bool) bolt.Options {
	return bolt.Options{ReadOnly: readOnly, Wait: o.LockTimeout, Steps: steps(o), Log: o.Logger, Inject: o.Fault}
}

func open(dir string, o Options, readOnly bool) (*Store, error) {
	s := &Store{dir: dir, o: o, files: blob.NewFolder(filepath.Join(dir, "files"), o.Fault)}
	var err error
	if s.file, err = bolt.Open(s.path(), o.bolt(readOnly)); err != nil {
		return nil, told(dir, err)
	}
	var engine kv.Engine = s.file
	if !readOnly {
		engine = notedFile{s.file, notePath(dir)}
	}
	s.Journal, err = journal.Open(engine, s.files, journal.Options{Now: o.Now, Random: o.Random, Logger: o.Logger, Watch: o.Watch,
		Memory: o.Memory, Quota: o.Quota, Rehearsal: o.Rehearsal, ReadOnly: readOnly, Fault: o.Fault,
		Disk: func() (free, size int64, err error) { return o.disk(dir) }})
	if err != nil {
		err = &DamagedError{Path: s.path(), Reason: err.Error(), Backup: newestBackup(dir)}
		return nil, errors.Join(err, engine.Close())
	}
	if readOnly {
		return s, nil
	}
	if err := errors.Join(s.note(), s.files.Prepare()); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// notedFile is the file with the note about who holds it.
type notedFile struct {
	*bolt.File
	note string
}

// Close removes the note while the file's lock is still held: the next note is another
// process's.
func (f notedFile) Close() error {
	err := os.Remove(f.note)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, f.File.Close())
}

func (s *Store) path() string { return filepath.Join(s.dir, databaseName) }

// create makes sure that there is a store in the folder.
func (o Options) create(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	path := filepath.Join(dir, databaseName)
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	in := o.bolt(false)
	if err := in.Inject("create.look"); err != nil {
		return err
	}
	if err := neverLost(dir); err != nil {
		if _, e := os.Lstat(path); e == nil {
			return nil // what it saw in use is the store that another process made just now
		}
		return err
	}
	// When another process is quicker, its store is opened, or found in use.
	if err := bolt.Create(path, in); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// neverLost refuses a folder that has lost its store: evidence or backups
// without a database mean that a file is missing, not that this is a first start.
func neverLost(dir string) error {
	evidence, err := os.ReadDir(filepath.Join(dir, "files"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	backup := newestBackup(dir)
	if len(evidence) == 0 && backup == "" {
		return nil
	}
	return &DamagedError{Path: filepath.Join(dir, databaseName), Reason: "the store is missing although its directory was in use", Backup: backup}
}

// newestBackup is the youngest copy of the store beside it: a database, or an
// archive. It is named, not proved: restoring proves it.
func newestBackup(dir string) string {
	var newest string
	var at time.Time
	for _, pattern := range []string{"backup-*.db", "*.tar", filepath.Join("backups", "*.db"), filepath.Join("backups", "*.tar")} {
		found, _ := filepath.Glob(filepath.Join(dir, pattern)) // the only error is a bad pattern
		for _, f := range found {
			if info, err := os.Stat(f); err == nil && info.ModTime().After(at) {
				newest, at = f, info.ModTime()
			}
		}
	}
	return newest
}

// InUseError says that another process holds the data folder.
type InUseError struct {
	Dir    string
	Holder string // "process 123 since …", or "another process" when it left no note
}

func (e *InUseError) Error() string { return fmt.Sprintf("%s is in use by %s", e.Dir, e.Holder) }

// Unwrap is ErrInUse.
func (e *InUseError) Unwrap() error { return ErrInUse }

// told adds what the folder tells to an error of opening its file: who holds it, or which
// copy there is.
func told(dir string, err error) error {
	var bad *DamagedError
	if errors.As(err, &bad) {
		bad.Backup = newestBackup(dir)
	}
	if !errors.Is(err, ErrInUse) {
		return err
	}
	e := &InUseError{Dir: dir, Holder: "another process"}
	var h holder
	if b, err := os.ReadFile(notePath(dir)); err == nil && json.Unmarshal(b, &h) == nil {
		e.Holder = fmt.Sprintf("process %d since %s", h.PID, h.Started.Format(time.RFC3339))
	}
	return e
}

// holder is the note in duban.pid.
type holder struct {
	PID     int       `json:"pid"`
	Started time.Time `json:"started"`
}

func notePath(dir string) string { return filepath.Join(dir, "duban.pid") }

// note says who holds the folder.
func (s *Store) note() error {
	b, err := json.Marshal(holder{os.Getpid(), s.o.Now()})
	if err != nil {
		return err
	}
	return os.WriteFile(notePath(s.dir), b, 0o600)
}
