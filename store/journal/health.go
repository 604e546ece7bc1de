package journal

import (
	"context"
	"sync/atomic"
	"time"

	"duban/store/kv"
	"duban/workflow"
)

// Codes of the Unavailable errors of this package.
const (
	CodeFull     = "store.full"            // no space; nothing was done; later writes may succeed
	CodeFailed   = "store.failed"          // the change could not be prepared; nothing was done
	CodeUnknown  = "store.outcome_unknown" // the disk failed at the sync: done or not, a restart tells
	CodeReadOnly = "store.read_only"       // no more writes until a restart
	CodeStopped  = "store.stopped"         // the store itself failed; neither reads nor writes
	CodeClosed   = "store.closed"          // Close was called
)

// Unavailable is an error with one of the codes.
func Unavailable(code string, cause error) *workflow.Error {
	return &workflow.Error{Kind: workflow.Unavailable, Code: code, Err: cause}
}

// mode is why writes (and reads) are refused; nil code means all is well.
type mode struct {
	code  string
	cause error
}

// refuseWrites makes the store read-only until it is opened again. The first
// reason stays.
func (j *Journal) refuseWrites(code string, cause error) {
	if j.mode.CompareAndSwap(nil, &mode{code, cause}) {
		j.log.Error("the store takes no more writes", "code", code, "cause", cause)
	}
}

// stop refuses reads too: the store's own code has panicked, or its pages are gone.
func (j *Journal) stop(cause error) {
	if was := j.mode.Swap(&mode{CodeStopped, cause}); was != nil && was.code == CodeStopped {
		return
	}
	j.log.Error("the store has stopped", "cause", cause)
	j.bell.ring()
}

func (j *Journal) writable() error {
	if m := j.mode.Load(); m != nil {
		return Unavailable(m.code, m.cause)
	}
	return nil
}

func (j *Journal) readable() error {
	if m := j.mode.Load(); m != nil && (m.code == CodeStopped || m.code == CodeClosed) {
		return Unavailable(m.code, m.cause)
	}
	return nil
}

// lowSpace is when the log warns about the disk.
const lowSpace = 1 << 30

// watch asks every interval whether the engine may still write, and how much room is
// left. It ends with Close.
func (j *Journal) watch(every time.Duration) {
	defer j.running.Done()
	t := time.NewTicker(every)
	defer t.Stop()
	low := false
	probe := make(chan struct{}, 1) // one at a time
	for {
		select {
		case <-j.quit:
			return
		case <-t.C:
		}
		if err := j.engine.Check(); err != nil {
			j.refuseWrites(CodeReadOnly, err)
		}
		if j.full.Load() {
			select {
			case probe <- struct{}{}:
				j.running.Go(func() { j.probe(); <-probe })
			default:
			}
		}
		free, _, err := j.disk()
		if err != nil {
			continue // the directory is gone: Check has said so
		}
		j.stats.free.Store(free)
		if now := free < lowSpace; now != low {
			low = now
			if low {
				j.log.Warn("little room is left for the store", "free_bytes", free)
			}
		}
	}
}

// probe writes what an act may take, and takes it away again, to know whether there is
// room once more: nobody else may have anything to write.
func (j *Journal) probe() {
	for _, v := range [][]byte{make([]byte, probeBytes), nil} {
		// An error says that there is none yet, which full goes on saying, or that nothing
		// is written any more.
		if j.do(context.Background(), func(w *work) error { w.put(kv.Meta, keyProbe, v); return nil }) != nil {
			return
		}
	}
}

// probeBytes is as much as the largest act writes, about; keyProbe is where.
const (
	probeBytes = 128 << 10
	keyProbe   = "room"
)

// CommitBounds are the upper bounds, in seconds, of Stats.CommitTimes.
var CommitBounds = [...]float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1}

// Stats counts what the store has done since it was opened.
type Stats struct {
	Commits     uint64 // transactions made durable
	Jobs        uint64 // jobs run, refused ones included
	Events      uint64 // events written
	Bytes       uint64 // keys and values written
	Full        uint64 // commits that failed for want of space
	ClockBack   uint64 // jobs that met a clock more than 2 s behind the journal
	Waiting     int    // jobs in the queue now
	FileBytes   int64  // what the tables take
	FreeBytes   int64  // room on its file system at the last look, 0 before the first
	ReadOnly    string // code of the reason, "" while writes are taken: store.full, too, until there is room
	CommitTimes [len(CommitBounds) + 1]uint64
	CommitTotal time.Duration // sum of all commits' times
}

type counters struct {
	commits, jobs, events, bytes, full, clockBack atomic.Uint64
	free, total                                   atomic.Int64
	times                                         [len(CommitBounds) + 1]atomic.Uint64
}

func (c *counters) committed(took time.Duration) {
	c.commits.Add(1)
	c.total.Add(int64(took))
	i := 0
	for i < len(CommitBounds) && took.Seconds() > CommitBounds[i] {
		i++
	}
	c.times[i].Add(1)
}

// Stats reads the counters, for a metrics page.
func (j *Journal) Stats() Stats {
	c := &j.stats
	st := Stats{Commits: c.commits.Load(), Jobs: c.jobs.Load(), Events: c.events.Load(), Bytes: c.bytes.Load(),
		Full: c.full.Load(), ClockBack: c.clockBack.Load(), Waiting: len(j.jobs), FileBytes: j.engine.Size(),
		FreeBytes: c.free.Load(), CommitTotal: time.Duration(c.total.Load())}
	if j.full.Load() {
		st.ReadOnly = CodeFull
	}
	if m := j.mode.Load(); m != nil {
		st.ReadOnly = m.code
	}
	for i := range c.times {
		st.CommitTimes[i] = c.times[i].Load()
	}
	return st
}
