// Package journal is the storage engine above the seam of package kv: the journal of
// events, the rows they fold into, accounts, drafts, evidence, and the memory of what was
// just written. It is the same over a file and over memory.
//
// One goroutine, the committer, owns all writing. It runs waiting jobs in one transaction
// (group commit). They work on an overlay in memory, from which a job that is refused or
// fails takes its part out again, so it leaves nothing behind; the overlay is written in
// key order at the end.
//
// Two caches live here, under one budget (Options.Memory): durable events in decoded form
// (events.go), and the rows that the committer has decoded (decoded.go).
//
// Not here: what an event means (workflow.Fold is the only thing that changes a folded
// row), rights, read models, how bytes are encoded (codec) and where they lie (bolt, blob).
package journal

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"duban/store/blob"
	"duban/store/codec"
	"duban/store/kv"
	"duban/workflow"
	"duban/workflow/account"
)

// Options are what a Journal needs from outside. Only Now is required.
type Options struct {
	// Now is the machine's clock, or the rehearsal's.
	Now func() time.Time
	// Random gives salts and file ids; nil: crypto/rand.
	Random io.Reader
	// Logger gets faults; nil: nothing is logged.
	Logger *slog.Logger
	// Watch is how often the engine is asked whether it may still write; 0: 2 s.
	Watch time.Duration
	// Memory bounds the caches, in bytes; 0: 48 MiB.
	Memory int
	// Quota bounds evidence; the zero value does not.
	Quota Quota
	// Disk is the room on the disk and its size, 0 when that is unknown; nil: memory, which
	// has no bound of its own.
	Disk func() (free, size int64, err error)
	// Rehearsal says that Now does not show real time: the work recorded is no real one.
	Rehearsal bool
	// ReadOnly: writes answer store.read_only.
	ReadOnly bool
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
	if o.Watch == 0 {
		o.Watch = 2 * time.Second
	}
	if o.Memory == 0 {
		o.Memory = 48 << 20
	}
	if o.Disk == nil {
		o.Disk = func() (free, size int64, err error) { return 1 << 40, 0, nil }
	}
	if o.Fault == nil {
		o.Fault = func(string) error { return nil }
	}
	return o, nil
}

// Journal is an open journal. Its methods may be called from any goroutine.
type Journal struct {
	engine   kv.Engine
	contents blob.Store
	epoch    string

	now       func() time.Time
	random    io.Reader
	log       *slog.Logger
	fault     func(string) error
	rehearsal bool // work recorded is no real one

	jobs    chan *job
	quit    chan struct{} // closed by Close
	drained chan struct{} // closed when the committer has ended
	running sync.WaitGroup
	once    sync.Once
	closing error

	head   atomic.Pointer[position] // the newest durable event
	mode   atomic.Pointer[mode]
	bell   bell
	events eventCache
	stats  counters
	full   atomic.Bool  // the last commit failed for want of room
	blobs  sync.RWMutex // held for reading while evidence is on its way in

	quota      Quota
	disk       func() (free, size int64, err error)
	usage      usage
	filesStand atomic.Uint64 // raised whenever evidence has come or gone

	// Only the committer touches these.
	decoded     decodedRows // a cache of durable rows
	rowBytes    int         // what it takes at most
	buffers     buffers     // for the event and the row at hand
	trimFrom    string      // where trimKeys goes on
	dropTrash   []string    // contents removed from disk, whose trash rows may go
	trashDue    bool        // trash is waiting for an upload to end
	clockWarned bool
}

var (
	_ workflow.Journal = (*Journal)(nil)
	_ workflow.Files   = (*Journal)(nil)
	_ workflow.Sources = (*Journal)(nil)
	_ workflow.Chain   = (*Journal)(nil)
	_ account.Store    = (*Journal)(nil)
)

// Notes about the journal itself, in kv.Meta.
const (
	keyEpoch   = "epoch"   // hex: names this journal for ever
	keyCreated = "created" // RFC 3339 time
	// keyRehearsed is noted with the first work of a rehearsal.
	keyRehearsed = "rehearsed"
	keyReal      = "real" // when work was first recorded in real time; missing: never, or before this was noted
)

// Begin writes the notes of a new journal into empty tables.
func Begin(tx kv.Tx, random io.Reader, now time.Time) error {
	epoch, err := newEpoch(random)
	if err != nil {
		return err
	}
	return errors.Join(tx.Put(kv.Meta, keyEpoch, []byte(epoch)),
		tx.Put(kv.Meta, keyCreated, []byte(now.Format(time.RFC3339Nano))))
}

// Renew makes a copied journal one of its own: a new epoch, which it answers, and nobody
// logged in.
func Renew(tx kv.Tx, random io.Reader) (epoch string, err error) {
	if epoch, err = newEpoch(random); err != nil {
		return "", err
	}
	var sessions []string
	err = tx.Scan(kv.Sessions, "", func(k string, _ []byte) error {
		sessions = append(sessions, k)
		return nil
	})
	for _, k := range sessions {
		err = errors.Join(err, tx.Delete(kv.Sessions, k))
	}
	return epoch, errors.Join(err, tx.Put(kv.Meta, keyEpoch, []byte(epoch)))
}

func newEpoch(random io.Reader) (string, error) {
	var id [16]byte
	if _, err := io.ReadFull(random, id[:]); err != nil {
		return "", fmt.Errorf("no randomness for the epoch: %w", err)
	}
	return hex.EncodeToString(id[:]), nil
}

// Open goes on with the journal in the engine, which Close closes. An error leaves the
// engine open.
func Open(engine kv.Engine, contents blob.Store, o Options) (*Journal, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	j := &Journal{engine: engine, contents: contents, now: o.Now, random: o.Random, log: o.Logger, fault: o.Fault,
		rehearsal: o.Rehearsal, quota: o.Quota, disk: o.Disk, jobs: make(chan *job, 4*maxBatch), quit: make(chan struct{}),
		drained: make(chan struct{}), events: newEventCache(o.Memory / 3 * 2), rowBytes: o.Memory / 3}
	j.head.Store(&position{})
	err = j.read(context.Background(), func(t kv.Reader) error {
		epoch, err := t.Get(kv.Meta, keyEpoch)
		if err != nil {
			return err
		}
		j.epoch = string(epoch)
		head, err := lastPosition(t)
		j.head.Store(&head)
		return err
	})
	if err != nil {
		return nil, err
	}
	if o.ReadOnly {
		j.mode.Store(&mode{code: CodeReadOnly})
		close(j.drained)
		return j, nil
	}
	j.emptyTrash()
	j.running.Add(2)
	go j.committer()
	go j.watch(o.Watch)
	return j, nil
}

// Close answers the jobs already waiting, refuses new ones, ends every Follow
// and closes the engine. It waits for open reads. A second call answers what the
// first did.
func (j *Journal) Close() error {
	j.once.Do(func() {
		close(j.quit)
		j.running.Wait()
		j.mode.Store(&mode{code: CodeClosed})
		j.bell.ring()
		j.closing = j.engine.Close()
	})
	return j.closing
}

// Head implements workflow.Journal.
func (j *Journal) Head() (uint64, workflow.Hash) {
	h := j.head.Load()
	return h.seq, h.hash
}

// Epoch implements workflow.Journal.
func (j *Journal) Epoch() string { return j.epoch }

// Draft implements workflow.Journal.
func (j *Journal) Draft(ctx context.Context, assignment string) (d workflow.Draft, err error) {
	err = j.read(ctx, func(t kv.Reader) error {
		d, err = view{tables{t}}.Draft(assignment)
		return err
	})
	return d, err
}

// inPeriod is in the JSON of every event of a period's work.
var inPeriod = []byte(`"period":`)

// lastPosition reads where the journal ends and, going back, when the plan's work
// was last recorded.
func lastPosition(t kv.Reader) (at position, err error) {
	err = t.Back(kv.Events, "", func(k string, v []byte) error {
		r, err := codec.Split(v)
		if err == nil && at.seq != 0 && !bytes.Contains(r.Core, inPeriod) {
			return nil // of accounts: there may be thousands since
		}
		var e workflow.Event
		if err == nil {
			e, err = r.Event(workflow.Hash{}, nil)
		}
		if err == nil && codec.SeqKey(e.Seq) != k {
			err = codec.ErrRecord
		}
		if err != nil {
			return codec.Damaged(kv.Events, k, err)
		}
		if at.seq == 0 {
			at.seq, at.hash = e.Seq, r.Hash
		}
		if ofWork(e) {
			at.worked = e.RecordedAt
			return kv.ErrStop
		}
		return nil
	})
	if err != nil {
		return position{}, err
	}
	return at, nil
}

// End is where the journal in the tables ends: the position and hash of its newest event.
func End(t kv.Reader) (uint64, workflow.Hash, error) {
	at, err := lastPosition(t)
	return at.seq, at.hash, err
}

// firstReal is before any real work was recorded with this program: a journal from before
// it was noted what is real, and whose work is older, was a rehearsal's.
var firstReal = time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)

// RealWork is when work of the plan was first recorded in real time, as far as is known;
// zero when all there is was recorded in rehearsals, or nothing but accounts.
func (j *Journal) RealWork(ctx context.Context) (at time.Time, err error) {
	err = j.read(ctx, func(t kv.Reader) error {
		noted, err := t.Get(kv.Meta, keyReal)
		if err != nil {
			return err
		}
		if noted != nil {
			at, err = time.Parse(time.RFC3339Nano, string(noted))
			return err
		}
		rehearsed, err := t.Get(kv.Meta, keyRehearsed)
		if worked := j.Worked(); err == nil && rehearsed == nil && !worked.Before(firstReal) {
			at = worked
		}
		return err
	})
	return at, err
}

// Worked is when the plan's work was last recorded: the highest time the journal has
// seen. Zero when there is none.
func (j *Journal) Worked() time.Time { return j.head.Load().worked }

// noteReal notes with the first work whether it is real. Rehearsals on a store that
// holds no real work leave it free for more of them.
func (w *work) noteReal(at time.Time) error {
	key := keyReal
	if w.b.j.rehearsal {
		key = keyRehearsed
	}
	noted, err := w.get(kv.Meta, key)
	if err == nil && noted == nil {
		w.put(kv.Meta, key, []byte(at.Format(time.RFC3339Nano)))
	}
	return err
}

// PlanSource implements workflow.Sources.
func (j *Journal) PlanSource(ctx context.Context, digest string) (b []byte, found bool, err error) {
	err = j.read(ctx, func(t kv.Reader) error {
		v, err := t.Get(kv.Sources, digest)
		if err != nil {
			return err
		}
		if sum := sha256.Sum256(v); v != nil && hex.EncodeToString(sum[:]) != digest {
			return codec.Damaged(kv.Sources, digest, errors.New("its content has another SHA-256"))
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
func (j *Journal) PlanVersions(ctx context.Context) (all []workflow.PlanVersion, err error) {
	err = j.read(ctx, func(t kv.Reader) error {
		now, ok, err := view{tables{t}}.Plan()
		if !ok || err != nil {
			return err
		}
		return t.Scan(kv.Events, "", func(k string, v []byte) error {
			r, err := codec.Split(v)
			if err == nil && !bytes.Contains(r.Core, planLoaded) {
				return nil
			}
			var e workflow.Event
			if err == nil {
				e, err = r.Bare(nil)
			}
			if err != nil {
				return codec.Damaged(kv.Events, k, err)
			}
			if e.Kind != workflow.KindPlanLoaded || e.Data.Plan == nil {
				return nil
			}
			all = append(all, workflow.PlanVersion{Seq: e.Seq, At: e.At, Digest: e.Data.Plan.Digest})
			if now.Before == "" {
				return kv.ErrStop // the first and only one
			}
			return nil
		})
	})
	return all, err
}
