package journal

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"duban/store/kv"
	"duban/workflow"
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
func (j *Journal) do(ctx context.Context, fn func(*work) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := j.writable(); err != nil {
		return err
	}
	mine := &job{ctx: ctx, run: fn, done: make(chan error, 1)}
	select {
	case j.jobs <- mine:
	case <-ctx.Done():
		return ctx.Err()
	case <-j.quit:
		return Unavailable(CodeClosed, nil)
	}
	select {
	case err := <-mine.done:
		return err
	case <-ctx.Done():
		if mine.held.CompareAndSwap(false, true) {
			return ctx.Err()
		}
	case <-j.drained:
		if mine.held.CompareAndSwap(false, true) {
			return Unavailable(CodeClosed, nil)
		}
	}
	return <-mine.done
}

// committer is the one goroutine that writes. It ends after Close, when every
// job that was taken has its answer.
func (j *Journal) committer() {
	defer j.running.Done()
	defer close(j.drained)
	var last pace
	for {
		jobs := j.collect(last)
		if len(jobs) == 0 {
			return
		}
		last = j.commit(jobs)
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
func (j *Journal) collect(last pace) []*job {
	var jobs []*job
	select {
	case next := <-j.jobs:
		jobs = take(jobs, next)
	case <-j.quit:
	}
	var timeout <-chan time.Time
	for len(jobs) < maxBatch {
		select {
		case next := <-j.jobs:
			jobs = take(jobs, next)
			continue
		default:
		}
		if len(jobs) == 0 { // given up while it waited, or closing
			select {
			case <-j.quit:
				return jobs
			case next := <-j.jobs:
				jobs = take(jobs, next)
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
		case next := <-j.jobs:
			jobs = take(jobs, next)
		case <-timeout:
			return jobs
		}
	}
	return jobs
}

// take adds a job, unless its caller has given it up.
func take(jobs []*job, next *job) []*job {
	if !next.held.CompareAndSwap(false, true) {
		return jobs
	}
	return append(jobs, next)
}

// commit runs the jobs in one transaction and answers each of them.
func (j *Journal) commit(jobs []*job) pace {
	defer func() {
		if r := recover(); r != nil { // a panic of this package: the engine answers its own as errors
			err := fmt.Errorf("panic: %v\n%s", r, debug.Stack())
			j.stop(err)
			answer(jobs, Unavailable(CodeStopped, err))
		}
	}()
	took, err := j.write(jobs)
	answer(jobs, err)
	if j.trashDue && err == nil {
		j.emptyTrash()
	}
	return pace{jobs: len(jobs), wait: min(max(took/4, 0), maxWait)}
}

// errNothing gives up a transaction in which no job has put anything.
var errNothing = errors.New("journal: nothing to write")

// write makes the jobs durable. It answers how long the commit took, or why none of the
// jobs was done.
func (j *Journal) write(jobs []*job) (took time.Duration, err error) {
	if err := j.writable(); err != nil {
		return 0, err
	}
	var b *batch
	var begun time.Time
	err = j.engine.Update(func(tx kv.Tx) error {
		b = j.newBatch(tx, len(jobs))
		for _, one := range jobs {
			one.err = b.run(one)
		}
		j.stats.jobs.Add(uint64(len(jobs)))
		if len(b.pending) == 0 {
			return errNothing
		}
		if err := b.flush(); err != nil {
			return err
		}
		if err := j.fault("commit.before"); err != nil {
			return err
		}
		begun = j.now()
		return nil
	})
	if errors.Is(err, errNothing) {
		return 0, nil
	}
	if !begun.IsZero() {
		took = j.now().Sub(begun)
	}
	if err != nil {
		return took, j.notWritten(err)
	}
	j.committed(b, took)
	return took, nil
}

// committed makes what is durable known.
func (j *Journal) committed(b *batch, took time.Duration) {
	j.stats.committed(took)
	if b.bytes >= probeBytes { // small ones find room among the pages that are free
		j.full.Store(false)
	}
	for at := range b.pending {
		if at.in == kv.Files {
			j.filesStand.Add(1)
			break
		}
	}
	j.stats.events.Add(b.head.seq - j.head.Load().seq)
	j.stats.bytes.Add(b.bytes)
	j.dropTrash = nil
	j.trashDue = j.trashDue || b.deleted
	j.cache(&b.decoded)
	if b.head.seq != j.head.Load().seq {
		j.events.wrote(b.events, b.redacted)
		head := b.head
		j.head.Store(&head)
		j.bell.ring()
	}
}

// notWritten is what the jobs of a failed transaction are told, and what the journal does
// from then on.
func (j *Journal) notWritten(err error) error {
	fault := kv.AsFault(err)
	if fault == nil {
		return Unavailable(CodeFailed, err)
	}
	code := CodeFailed
	switch {
	case fault.Full:
		j.stats.full.Add(1)
		j.full.Store(true)
		j.log.Error("no room to write", "cause", err)
		code = CodeFull
	case fault.Then == kv.Broken:
		j.stop(err)
		code = CodeStopped
	case fault.Then == kv.ReadsOnly:
		j.refuseWrites(CodeReadOnly, err)
		code = CodeReadOnly
	}
	if fault.Unknown {
		code = CodeUnknown
	}
	return Unavailable(code, err)
}

// answer gives every job its own error, or err when the transaction as a whole
// failed: a refusal may rest on another job's rows that were never written.
func answer(jobs []*job, err error) {
	for _, one := range jobs {
		if err != nil {
			one.done <- err
		} else {
			one.done <- one.err
		}
	}
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
	j       *Journal
	tx      kv.Tx
	pending map[place][]byte // nil: to be deleted
	decoded decodedRows
	head    position
	bytes   uint64
	keyed   int          // jobs with an idempotency key
	keyedAt time.Time    // when the last of them was recorded
	events  []*readEvent // what the jobs appended
	deleted bool         // evidence was deleted
	// redacted: a text of an earlier event, maybe of this batch, is gone.
	redacted bool
}

// place is where a value lies.
type place struct {
	in  kv.Space
	key string
}

func (j *Journal) newBatch(tx kv.Tx, jobs int) *batch {
	j.buffers.trim()
	return &batch{j: j, tx: tx, pending: make(map[place][]byte, 4*jobs), head: *j.head.Load()}
}

// run runs one job and keeps what it put only if all went well. A panic of the
// job's functions is the job's error; the engine's own panics are its errors.
func (b *batch) run(one *job) (err error) {
	if err := one.ctx.Err(); err != nil {
		return err
	}
	w := &work{b: b, head: b.head, undo: make([]replaced, 0, 4)}
	defer func() {
		if r := recover(); r != nil {
			err = &workflow.Error{Kind: workflow.Internal, Code: "internal",
				Err: fmt.Errorf("panic: %v\n%s", r, debug.Stack())}
		}
		if err != nil {
			w.rollback()
		}
	}()
	if err := b.j.fault("job.before"); err != nil {
		return err
	}
	if err := one.run(w); err != nil {
		return err
	}
	if w.err != nil {
		return w.err
	}
	if err := b.j.fault("job.after"); err != nil {
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

// flushPoints are the fault points of flush, one for each table.
var flushPoints = func() (all [kv.Spaces]string) {
	for in := range kv.Spaces {
		all[in] = "flush." + in.String()
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
	for _, sum := range b.j.dropTrash {
		if err := b.tx.Delete(kv.Trash, sum); err != nil {
			return err
		}
	}
	for _, at := range places {
		if err := b.j.fault(flushPoints[at.in]); err != nil {
			return err
		}
		v, err := b.pending[at], error(nil)
		if v == nil {
			err = b.tx.Delete(at.in, at.key)
		} else {
			err = b.tx.Put(at.in, at.key, v)
		}
		if err != nil {
			return fmt.Errorf("%s %q: %w", at.in, at.key, err)
		}
		b.bytes += uint64(len(at.key) + len(v))
	}
	return b.trimKeys()
}
