// Package store is the bbolt engine: the journal of events, the rows they fold
// into, accounts, drafts, evidence, and the proof that all of it holds together.
//
// Not here: what an event means (workflow.Fold is the only thing that changes a
// folded row), rights, and read models. Only cmd imports this package; others
// see workflow.Journal, workflow.Files, workflow.Sources and account.Store.
//
// A data directory holds
//
//	duban.db                  one bbolt file, locked while a Store is open
//	duban.pid                 who holds it, for the message a second process shows
//	files/ab/cdef…            evidence by the SHA-256 of its content
//	files/tmp/                uploads that are not finished; emptied at Open
//	backup-before-vN.db       the file as it was before migration N
//
// The bucket tree of duban.db (schema version 2). Positions are 8 bytes, big
// endian, so that bucket order is journal order. Rows and records are JSON and a
// checksum (CRC-32C of key and JSON, 4 bytes); events carry the chain's hash.
//
//	meta
//	├── schema                decimal text: the number of migrations applied
//	├── epoch                 text: names this journal for ever
//	└── created               RFC 3339 time
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
//
// One goroutine, the committer, owns all writing. It runs waiting jobs in one
// bbolt transaction (group commit). They work on an overlay in memory, from which
// a job that is refused or fails takes its part out again, so it leaves nothing
// behind; the overlay is written in key order at the end. The newest events are also
// kept in memory as they were written (recent), for those who follow.
package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"duban/workflow"
	"duban/workflow/account"

	"go.etcd.io/bbolt"
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
	if o.Watch == 0 {
		o.Watch = 2 * time.Second
	}
	if o.Fault == nil {
		o.Fault = func(string) error { return nil }
	}
	return o, nil
}

// Store is an open data directory. Its methods may be called from any goroutine.
type Store struct {
	dir, path string
	db        *bbolt.DB
	file      *os.File    // bbolt's own handle
	opened    os.FileInfo // of file
	epoch     string
	schema    int  // the version of the file
	rehearsal bool // work recorded is no real one
	readOnly  bool // opened for reading: there is no committer

	now    func() time.Time
	random io.Reader
	log    *slog.Logger
	fault  func(string) error
	// commitTx is (*bbolt.Tx).Commit; tests put a failing disk here.
	commitTx func(*bbolt.Tx) error

	jobs    chan *job
	quit    chan struct{} // closed by Close
	drained chan struct{} // closed when the committer has ended
	running sync.WaitGroup
	once    sync.Once
	closing error

	head  atomic.Pointer[position] // the newest durable event
	mode  atomic.Pointer[mode]
	size  atomic.Int64 // of the file, as last seen
	bell  bell
	fresh recent
	held  heldEvents
	stats counters
	stuck atomic.Bool  // bbolt has panicked with its locks held
	full  atomic.Bool  // the last commit failed for want of room
	blobs sync.RWMutex // held for reading while evidence is on its way in

	quota      Quota
	free       func() int64 // Options.Free; may be nil
	usage      usage
	filesStand atomic.Uint64 // raised whenever evidence has come or gone

	// Only the committer touches these.
	decoded     lately   // durable rows it has seen
	coding      coding   // for the event and the row at hand
	trimFrom    string   // where trimKeys goes on
	dropTrash   []string // contents removed from disk, whose trash rows may go
	trashDue    bool     // trash is waiting for an upload to end
	clockWarned bool
}

var (
	_ workflow.Journal = (*Store)(nil)
	_ workflow.Files   = (*Store)(nil)
	_ workflow.Sources = (*Store)(nil)
	_ account.Store    = (*Store)(nil)
)

// Open opens the data directory for reading and writing and creates it when
// there is none. It never creates an empty store where there are signs of an
// earlier one. Errors: InUseError, DamagedError, SchemaError, or the system's.
func Open(dir string, o Options) (*Store, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	s := newStore(dir, o)
	if err := s.prepare(o); err != nil {
		return nil, err
	}
	if err := s.openDB(o.LockTimeout); err != nil {
		return nil, err
	}
	if err := s.begin(); err != nil {
		return nil, errors.Join(err, s.closeDB())
	}
	s.running.Add(2)
	go s.committer()
	go s.watch(o.Watch)
	return s, nil
}

// OpenReadOnly opens a data directory that no Store holds, to verify or export
// it. Nothing in it is changed; writes answer store.read_only. Close it.
func OpenReadOnly(dir string, o Options) (*Store, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	s := newStore(dir, o)
	s.readOnly = true
	s.mode.Store(&mode{code: CodeReadOnly})
	close(s.drained)
	if err := s.preflight(o.LockTimeout); err != nil {
		return nil, err
	}
	if err := s.openDB(o.LockTimeout); err != nil {
		return nil, err
	}
	if err := s.begin(); err != nil {
		return nil, errors.Join(err, s.closeDB())
	}
	return s, nil
}

func newStore(dir string, o Options) *Store {
	s := &Store{dir: dir, path: filepath.Join(dir, "duban.db"), now: o.Now, random: o.Random, log: o.Logger,
		rehearsal: o.Rehearsal, fault: o.Fault, quota: o.Quota, free: o.Free, commitTx: (*bbolt.Tx).Commit, jobs: make(chan *job, 4*maxBatch), quit: make(chan struct{}),
		drained: make(chan struct{}), held: newHeldEvents()}
	s.head.Store(&position{})
	return s
}

// Close answers the jobs already waiting, refuses new ones, ends every Follow
// and lets go of the directory. It waits for open reads. A second call answers
// what the first did.
func (s *Store) Close() error {
	s.once.Do(func() {
		close(s.quit)
		s.running.Wait()
		s.mode.Store(&mode{code: CodeClosed})
		s.bell.ring()
		s.closing = s.closeDB()
	})
	return s.closing
}

// Head implements workflow.Journal.
func (s *Store) Head() (uint64, workflow.Hash) {
	h := s.head.Load()
	return h.seq, h.hash
}

// Epoch implements workflow.Journal.
func (s *Store) Epoch() string { return s.epoch }

// Draft implements workflow.Journal.
func (s *Store) Draft(ctx context.Context, assignment string) (d workflow.Draft, err error) {
	err = s.read(ctx, func(t *txKV) error {
		d, _, err = load[workflow.Draft](t, inDrafts, assignment)
		return err
	})
	return d, err
}

// PlanSource implements workflow.Sources.
func (s *Store) PlanSource(ctx context.Context, digest string) (b []byte, found bool, err error) {
	err = s.read(ctx, func(t *txKV) error {
		v := t.get(inSources, digest)
		if sum := sha256.Sum256(v); v != nil && hex.EncodeToString(sum[:]) != digest {
			return damagedRow(inSources, digest, errors.New("its content has another SHA-256"))
		}
		b, found = append(b, v...), v != nil
		return nil
	})
	return b, found, err
}

// planLoaded is in the JSON of every event that put a plan in force, and of few others.
var planLoaded = []byte(`"kind":"plan_loaded"`)

// PlanVersions implements workflow.Sources. Only a store whose plan has changed is
// gone through to its end, and there only what may be such an event is decoded.
func (s *Store) PlanVersions(ctx context.Context) (all []workflow.PlanVersion, err error) {
	err = s.read(ctx, func(t *txKV) error {
		now, ok, err := (view{t}).Plan()
		if !ok || err != nil {
			return err
		}
		err = t.scan(inEvents, "", func(k string, v []byte) error {
			r, err := splitRecord(v)
			if err == nil && !bytes.Contains(r.core, planLoaded) {
				return nil
			}
			var e workflow.Event
			if err == nil {
				e, err = r.bare()
			}
			if err != nil {
				return damagedRow(inEvents, k, err)
			}
			if e.Kind != workflow.KindPlanLoaded || e.Data.Plan == nil {
				return nil
			}
			all = append(all, workflow.PlanVersion{Seq: e.Seq, At: e.At, Digest: e.Data.Plan.Digest})
			if now.Before == "" {
				return errEnough // the first and only one
			}
			return nil
		})
		if errors.Is(err, errEnough) {
			err = nil
		}
		return err
	})
	return all, err
}

// clockBack counts the jobs that meet a clock behind the journal, and warns once
// each time it falls behind.
func (s *Store) clockBack(back bool, machine, highest time.Time) {
	if back {
		s.stats.clockBack.Add(1)
		if !s.clockWarned {
			s.log.Warn("the machine's clock stands behind the journal", "clock", machine, "journal", highest)
		}
	}
	s.clockWarned = back
}

// space names a bucket.
type space byte

const (
	inMeta space = iota
	inEvents
	inTrail
	inAssignments
	inPeriods
	inSeries
	inPlan
	inFiles
	inKeys
	inDrafts
	inAccounts
	inSessions
	inTokens
	inScreens
	inSources
	inTrash
	inAssessments
	spaces // how many there are
)

var spaceNames = [spaces]string{"meta", "events", "trail", "assignments", "periods", "series", "plan", "files",
	"keys", "drafts", "accounts", "sessions", "tokens", "screens", "sources", "trash",
	"assessments"}

var (
	keySchema  = []byte("schema")
	keyEpoch   = []byte("epoch")
	keyCreated = []byte("created")
	// keyRehearsed is noted with the first work of a rehearsal.
	keyRehearsed = []byte("rehearsed")
	keyReal      = []byte("real") // when work was first recorded in real time; missing: never, or before this was noted
)

// keyPlan is the one key of the plan bucket.
const keyPlan = "current"

// bucket is the only place that yields a bucket; nil when the file lacks it.
func bucket(tx *bbolt.Tx, in space) *bbolt.Bucket { return tx.Bucket([]byte(spaceNames[in])) }
