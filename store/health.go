package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

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

// ErrInUse is what errors.Is finds in an InUseError.
var ErrInUse = errors.New("the data directory is in use")

// InUseError says that another process holds the data directory.
type InUseError struct {
	Dir    string
	Holder string // "process 123 since …", or "another process" when it left no note
}

func (e *InUseError) Error() string { return fmt.Sprintf("%s is in use by %s", e.Dir, e.Holder) }

// Unwrap is ErrInUse.
func (e *InUseError) Unwrap() error { return ErrInUse }

// DamagedError says that a file is not what it must be. The store is not opened
// and nothing is changed.
type DamagedError struct {
	Path     string
	Reason   string
	Expected int64  // bytes the file must have at least; 0 when that is not the point
	Found    int64  // bytes it has
	Backup   string // the newest copy found beside it, "" if none
}

func (e *DamagedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.Path, e.Reason)
	if e.Expected > 0 {
		fmt.Fprintf(&b, " (expected at least %d bytes, found %d)", e.Expected, e.Found)
	}
	b.WriteString("; the file was left as it is")
	if e.Backup != "" {
		fmt.Fprintf(&b, "; the newest copy found is %s", e.Backup)
		if filepath.Ext(e.Backup) == ".tar" {
			fmt.Fprintf(&b, "; to restore it: duban restore %s --data %s --force", e.Backup, filepath.Dir(e.Path))
		}
	} else {
		b.WriteString("; restore it from a backup")
	}
	return b.String()
}

func unavailable(code string, cause error) *workflow.Error {
	return &workflow.Error{Kind: workflow.Unavailable, Code: code, Err: cause}
}

// mode is why writes (and reads) are refused; nil code means all is well.
type mode struct {
	code  string
	cause error
}

// refuseWrites makes the store read-only until it is opened again. The first
// reason stays.
func (s *Store) refuseWrites(code string, cause error) {
	if s.mode.CompareAndSwap(nil, &mode{code, cause}) {
		s.log.Error("the store takes no more writes", "code", code, "cause", cause)
	}
}

// stop refuses reads too: the store's own code has panicked, or its pages are gone.
func (s *Store) stop(cause error) {
	if was := s.mode.Swap(&mode{CodeStopped, cause}); was != nil && was.code == CodeStopped {
		return
	}
	s.log.Error("the store has stopped", "cause", cause)
	s.bell.ring()
}

func (s *Store) writable() error {
	if m := s.mode.Load(); m != nil {
		return unavailable(m.code, m.cause)
	}
	return nil
}

func (s *Store) readable() error {
	if m := s.mode.Load(); m != nil && (m.code == CodeStopped || m.code == CodeClosed) {
		return unavailable(m.code, m.cause)
	}
	return nil
}

// spaceFault reports whether the error says that there is no room for the write.
func spaceFault(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EFBIG) || errors.Is(err, syscall.EDQUOT)
}

// lowSpace is when the log warns about the disk.
const lowSpace = 1 << 30

// watch looks every interval whether the file on disk is still the one that is
// open, and how much room is left. It ends with Close.
func (s *Store) watch(every time.Duration) {
	defer s.running.Done()
	t := time.NewTicker(every)
	defer t.Stop()
	low := false
	probe := make(chan struct{}, 1) // one at a time
	for {
		select {
		case <-s.quit:
			return
		case <-t.C:
		}
		if err := s.checkFile(); err != nil {
			s.fileFault(err)
		}
		if s.full.Load() {
			select {
			case probe <- struct{}{}:
				s.running.Go(func() { s.probe(); <-probe })
			default:
			}
		}
		free, err := s.freeBytes(s.dir)
		if err != nil {
			continue // the directory is gone: checkFile has said so
		}
		s.stats.free.Store(free)
		if now := free < lowSpace; now != low {
			low = now
			if low {
				s.log.Warn("little room is left for the store", "free_bytes", free)
			}
		}
	}
}

// probe writes what an act may take, and takes it away again, to know whether there is
// room once more: nobody else may have anything to write.
func (s *Store) probe() {
	for _, v := range [][]byte{make([]byte, probeBytes), nil} {
		// An error says that there is none yet, which full goes on saying, or that nothing
		// is written any more.
		if s.do(context.Background(), func(w *work) error { w.put(inMeta, keyProbe, v); return nil }) != nil {
			return
		}
	}
}

// probeBytes is as much as the largest act writes, about; keyProbe is where.
const (
	probeBytes = 128 << 10
	keyProbe   = "room"
)

// checkFile compares the open file with the one its name leads to. bbolt would
// go on writing into a file that was renamed over or deleted.
func (s *Store) checkFile() error {
	named, err := os.Stat(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s was deleted or moved away while in use", s.path)
	case err != nil:
		return err
	case !os.SameFile(named, s.opened):
		return fmt.Errorf("%s was replaced by another file while in use", s.path)
	case named.Size() < s.size.Load():
		return fmt.Errorf("%s was cut while in use: it has %d bytes, it had %d", s.path, named.Size(), s.size.Load())
	}
	s.size.Store(named.Size())
	return nil
}

// fileFault acts on what checkFile found. What can be read goes on being read: a read that
// comes upon pages which are gone fails by itself.
func (s *Store) fileFault(err error) { s.refuseWrites(CodeReadOnly, err) }

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
	FileBytes   int64  // size of duban.db
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
func (s *Store) Stats() Stats {
	c := &s.stats
	st := Stats{Commits: c.commits.Load(), Jobs: c.jobs.Load(), Events: c.events.Load(), Bytes: c.bytes.Load(),
		Full: c.full.Load(), ClockBack: c.clockBack.Load(), Waiting: len(s.jobs), FileBytes: s.size.Load(),
		FreeBytes: c.free.Load(), CommitTotal: time.Duration(c.total.Load())}
	if s.full.Load() {
		st.ReadOnly = CodeFull
	}
	if m := s.mode.Load(); m != nil {
		st.ReadOnly = m.code
	}
	for i := range c.times {
		st.CommitTimes[i] = c.times[i].Load()
	}
	return st
}
