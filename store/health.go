package store

import (
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
	for {
		select {
		case <-s.quit:
			return
		case <-t.C:
		}
		if err := s.checkFile(); err != nil {
			s.fileFault(err)
		}
		var fs syscall.Statfs_t
		if err := syscall.Statfs(s.dir, &fs); err != nil {
			continue // the directory is gone: checkFile has said so
		}
		free := int64(fs.Bavail) * int64(fs.Bsize) // #nosec G115 -- blocks and their size, as the kernel counts them
		s.stats.free.Store(free)
		if now := free < lowSpace; now != low {
			low = now
			if low {
				s.log.Warn("little room is left for the store", "free_bytes", free)
			}
		}
	}
}

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
		return fmt.Errorf("%w: %s has %d bytes, it had %d", errCut, s.path, named.Size(), s.size.Load())
	}
	s.size.Store(named.Size())
	return nil
}

// errCut says that pages which are mapped are no longer there: not even reads
// are safe.
var errCut = errors.New("the file was cut while in use")

// fileFault acts on what checkFile found.
func (s *Store) fileFault(err error) {
	if errors.Is(err, errCut) {
		s.stop(err)
	} else {
		s.refuseWrites(CodeReadOnly, err)
	}
}

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
	ReadOnly    string // code of the reason, "" while writes are taken
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
	if m := s.mode.Load(); m != nil {
		st.ReadOnly = m.code
	}
	for i := range c.times {
		st.CommitTimes[i] = c.times[i].Load()
	}
	return st
}
