package store

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"duban/workflow"

	"go.etcd.io/bbolt"
)

const (
	maxBatch = 256                  // jobs in one transaction
	maxWait  = 2 * time.Millisecond // longest wait for callers to come back
)

// job is one caller's waiting change.
type job struct {
	ctx  context.Context
	run  func(*work) error
	held atomic.Bool // taken by the committer, or given up by its caller
	done chan error
	err  error // what run answered
}

// do runs fn in the next transaction and returns when it is durable. ctx counts
// until the committer takes the job; from then on the answer is waited for,
// because the change may already be written.
func (s *Store) do(ctx context.Context, fn func(*work) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.writable(); err != nil {
		return err
	}
	j := &job{ctx: ctx, run: fn, done: make(chan error, 1)}
	select {
	case s.jobs <- j:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.quit:
		return unavailable(CodeClosed, nil)
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		if j.held.CompareAndSwap(false, true) {
			return ctx.Err()
		}
	case <-s.drained:
		if j.held.CompareAndSwap(false, true) {
			return unavailable(CodeClosed, nil)
		}
	}
	return <-j.done
}

// committer is the one goroutine that writes. It ends after Close, when every
// job that was taken has its answer.
func (s *Store) committer() {
	defer s.running.Done()
	defer close(s.drained)
	debug.SetPanicOnFault(true) // a file cut under the map is a panic here, not the end of the process
	var last pace
	for {
		jobs := s.collect(last)
		if len(jobs) == 0 {
			return
		}
		last = s.commit(jobs)
	}
}

// pace is what the last commit tells about the next: how many callers are about
// to come back, and how long they are worth waiting for.
type pace struct {
	jobs int
	wait time.Duration
}

// collect takes the waiting jobs, at least one; none after Close. Draining alone
// would split the callers into two cohorts that take turns with half-empty
// transactions, so after a commit of several jobs it waits a little for as many.
func (s *Store) collect(last pace) []*job {
	var jobs []*job
	select {
	case j := <-s.jobs:
		jobs = s.take(jobs, j)
	case <-s.quit:
	}
	var timeout <-chan time.Time
	for len(jobs) < maxBatch {
		select {
		case j := <-s.jobs:
			jobs = s.take(jobs, j)
			continue
		default:
		}
		if len(jobs) == 0 { // given up while it waited, or closing
			select {
			case <-s.quit:
				return jobs
			case j := <-s.jobs:
				jobs = s.take(jobs, j)
				continue
			}
		}
		if len(jobs) >= last.jobs || last.jobs < 2 || last.wait <= 0 {
			break
		}
		if timeout == nil {
			t := time.NewTimer(last.wait)
			defer t.Stop()
			timeout = t.C
		}
		select {
		case j := <-s.jobs:
			jobs = s.take(jobs, j)
		case <-timeout:
			return jobs
		}
	}
	return jobs
}

func (s *Store) take(jobs []*job, j *job) []*job {
	if !j.held.CompareAndSwap(false, true) {
		return jobs
	}
	return append(jobs, j)
}

// commit runs the jobs in one transaction and answers each of them.
func (s *Store) commit(jobs []*job) pace {
	t := &try{s: s, jobs: jobs, code: CodeStopped}
	defer func() {
		if r := recover(); r != nil {
			err := fmt.Errorf("panic: %v\n%s", r, debug.Stack())
			s.stop(err)
			if t.tx == nil || !rollback(t.tx) {
				s.stuck.Store(true)
			}
			answer(jobs, unavailable(t.code, err))
		}
	}()
	took, err := t.run()
	answer(jobs, err)
	if s.trashDue && err == nil {
		s.emptyTrash()
	}
	return pace{jobs: len(jobs), wait: min(max(took/4, 0), maxWait)}
}

// try is one attempt to make jobs durable.
type try struct {
	s    *Store
	jobs []*job
	tx   *bbolt.Tx
	code string // what a panic makes of the jobs
}

// run answers how long the commit took, or why none of the jobs was done.
func (t *try) run() (took time.Duration, err error) {
	s := t.s
	if err := s.checkFile(); err != nil {
		s.fileFault(err)
	}
	if err := s.writable(); err != nil {
		return 0, err
	}
	if t.tx, err = s.db.Begin(true); err != nil {
		s.refuseWrites(CodeReadOnly, err)
		return 0, unavailable(CodeReadOnly, err)
	}
	b := s.newBatch(t.tx, len(t.jobs))
	for _, j := range t.jobs {
		j.err = b.run(j)
	}
	s.stats.jobs.Add(uint64(len(t.jobs)))
	if len(b.pending) == 0 {
		return 0, t.tx.Rollback()
	}
	if err = b.flush(); err == nil {
		err = s.fault("commit.before")
	}
	if err != nil {
		rollback(t.tx)
		return 0, unavailable(CodeFailed, err)
	}
	id, size, started := t.tx.ID(), t.tx.Size(), s.now()
	t.code = CodeUnknown // from here on even a panic may leave them written
	err = s.commitTx(t.tx)
	took = s.now().Sub(started)
	if err != nil {
		return took, s.commitFailed(id, err)
	}
	s.committed(b, size, took)
	return took, nil
}

// committed makes what is durable known.
func (s *Store) committed(b *batch, size int64, took time.Duration) {
	s.size.Store(max(s.size.Load(), size))
	s.stats.committed(took)
	if b.bytes >= probeBytes { // small ones find room among the pages that are free
		s.full.Store(false)
	}
	for at := range b.pending {
		if at.in == inFiles {
			s.filesStand.Add(1)
			break
		}
	}
	s.stats.events.Add(b.head.seq - s.head.Load().seq)
	s.stats.bytes.Add(b.bytes)
	s.dropTrash = nil
	s.trashDue = s.trashDue || b.deleted
	s.decoded.add(&b.decoded)
	if b.head.seq != s.head.Load().seq {
		s.fresh.keep(b.events, b.redacted)
		if b.redacted {
			s.held.Forget()
		}
		head := b.head
		s.head.Store(&head)
		s.bell.ring()
	}
}

// commitFailed sorts a failed commit. bbolt writes data pages, syncs, writes the
// meta page, syncs. Want of space stops it before the meta page, so nothing was
// done and the next commit may succeed. Anything else leaves open what is on the
// disk, even whether a later sync would tell the truth: no more writes.
func (s *Store) commitFailed(id int, err error) error {
	if noSpace(err) {
		if newest, merr := newestMeta(s.file); merr == nil && newest.txid < uint64(id) { // #nosec G115 -- bbolt's transaction ids count up from 0
			s.stats.full.Add(1)
			s.full.Store(true)
			s.log.Error("no room to write", "cause", err)
			return unavailable(CodeFull, err)
		}
	}
	s.refuseWrites(CodeReadOnly, err)
	return unavailable(CodeUnknown, err)
}

// noSpace also reads the text of bbolt's resize error, which hides its cause.
func noSpace(err error) bool {
	if spaceFault(err) {
		return true
	}
	text, resize := strings.CutPrefix(err.Error(), "file resize error: ")
	return resize && (strings.HasSuffix(text, syscall.ENOSPC.Error()) ||
		strings.HasSuffix(text, syscall.EFBIG.Error()) || strings.HasSuffix(text, syscall.EDQUOT.Error()))
}

// answer gives every job its own error, or err when the transaction as a whole
// failed: a refusal may rest on another job's rows that were never written.
func answer(jobs []*job, err error) {
	for _, j := range jobs {
		if err != nil {
			j.done <- err
		} else {
			j.done <- j.err
		}
	}
}

// rollback gives the transaction up; false when even that panics.
func rollback(tx *bbolt.Tx) (ok bool) {
	defer func() { ok = recover() == nil }()
	_ = tx.Rollback() // the only error says that it is closed already
	return true
}

// position is a place in the journal.
type position struct {
	seq  uint64
	hash workflow.Hash
	// worked is when the plan's work was last recorded: the highest time seen. The
	// records of accounts do not count: an account made at the machine's real time
	// must not keep a rehearsal's clock from running before it.
	worked time.Time
}

// ofWork reports whether the event is of a period's work.
func ofWork(e workflow.Event) bool { return e.Period != "" }

// batch is the overlay that the jobs of one transaction fill.
type batch struct {
	s       *Store
	tx      *txKV
	pending map[place][]byte // nil: to be deleted
	decoded lately
	head    position
	bytes   uint64
	keyed   int       // jobs with an idempotency key
	keyedAt time.Time // when the last of them was recorded
	events  []*kept   // what the jobs appended
	deleted bool      // evidence was deleted
	// redacted: a text of an earlier event, maybe of this batch, is gone.
	redacted bool
}

// place is where a value lies.
type place struct {
	in  space
	key string
}

func (s *Store) newBatch(tx *bbolt.Tx, jobs int) *batch {
	s.coding.trim()
	return &batch{s: s, tx: newTxKV(tx), pending: make(map[place][]byte, 4*jobs), head: *s.head.Load()}
}

// run runs one job and keeps what it put only if all went well.
// A panic of the job's functions is the job's; one inside bbolt is the store's.
func (b *batch) run(j *job) (err error) {
	if err := j.ctx.Err(); err != nil {
		return err
	}
	w := &work{b: b, head: b.head, undo: make([]replaced, 0, 4)}
	defer func() {
		if r := recover(); r != nil {
			if b.tx.busy {
				panic(r)
			}
			err = &workflow.Error{Kind: workflow.Internal, Code: "internal",
				Err: fmt.Errorf("panic: %v\n%s", r, debug.Stack())}
		}
		if err != nil {
			w.rollback()
		}
	}()
	if err := b.s.fault("job.before"); err != nil {
		return err
	}
	if err := j.run(w); err != nil {
		return err
	}
	if w.err != nil {
		return w.err
	}
	if err := b.s.fault("job.after"); err != nil {
		return err
	}
	b.decoded.merge(&w.decoded)
	b.head = w.head
	b.events = append(b.events, w.events...)
	b.deleted, b.redacted = b.deleted || w.deleted, b.redacted || w.redacted
	if !w.keyedAt.IsZero() {
		b.keyed++
		b.keyedAt = w.keyedAt
	}
	return nil
}

// flushPoints are the fault points of flush, one for each bucket.
var flushPoints = func() (all [spaces]string) {
	for in, name := range spaceNames {
		all[in] = "flush." + name
	}
	return all
}()

// flush writes the overlay into the transaction in key order.
func (b *batch) flush() error {
	places := make([]place, 0, len(b.pending))
	for at := range b.pending {
		places = append(places, at)
	}
	slices.SortFunc(places, func(x, y place) int {
		if x.in != y.in {
			return int(x.in) - int(y.in)
		}
		return strings.Compare(x.key, y.key)
	})
	b.tx.busy = true
	b.tx.in(inEvents).FillPercent = 0.9 // only ever appended to
	for _, sum := range b.s.dropTrash {
		if err := b.tx.in(inTrash).Delete([]byte(sum)); err != nil {
			return err
		}
	}
	var key []byte // bbolt keeps a copy
	for _, at := range places {
		if err := b.s.fault(flushPoints[at.in]); err != nil {
			return err
		}
		key = append(key[:0], at.key...)
		v, err := b.pending[at], error(nil)
		if v == nil {
			err = b.tx.in(at.in).Delete(key)
		} else {
			err = b.tx.in(at.in).Put(key, v)
		}
		if err != nil {
			return fmt.Errorf("%s %q: %w", spaceNames[at.in], at.key, err)
		}
		b.bytes += uint64(len(at.key) + len(v))
	}
	return b.trimKeys()
}
