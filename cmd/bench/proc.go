package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What a process needs is read where the kernel tells it: its own counters would be the
// ruler measuring itself.

// used is the processor time of all threads of the process so far; unlike a rate it does
// not depend on what else the machine does. A thread that has ended is not in it, which
// Go's hardly ever do.
func (s *process) used() (sum time.Duration, err error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", s.cmd.Process.Pid))
	if err == nil && len(files) == 0 {
		err = errors.New("bench: the kernel does not tell the processor time of threads (/proc/PID/task/*/schedstat)")
	}
	for _, file := range files {
		b, gone := os.ReadFile(file) // #nosec G304 -- of a process of ours
		if gone != nil {
			continue // the thread has ended
		}
		first, _, _ := strings.Cut(string(b), " ")
		ns, bad := strconv.ParseInt(first, 10, 64)
		err = errors.Join(err, bad)
		sum += time.Duration(ns)
	}
	return sum, err
}

// spent is what the process uses while fn runs.
func (s *process) spent(fn func() error) (time.Duration, error) {
	before, err := s.used()
	if err != nil {
		return 0, err
	}
	if err := fn(); err != nil {
		return 0, err
	}
	after, err := s.used()
	return after - before, err
}

var anonymous = regexp.MustCompile(`(?m)^Anonymous: +(\d+) kB$`)

// memory is what the process holds of the machine's memory that is no file's, in bytes. The
// rest of what is resident is pages of the program's code and of the store's file.
func (s *process) memory() (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	line := anonymous.FindSubmatch(b)
	if line == nil {
		return 0, fmt.Errorf("bench: smaps_rollup says %q", b)
	}
	kb, err := strconv.ParseInt(string(line[1]), 10, 64)
	return kb << 10, err
}

// watched runs fn and tells how far the process's own memory rose meanwhile.
func (s *process) watched(fn func() error) (rose int64, err error) {
	idle, err := s.memory()
	if err != nil {
		return 0, err
	}
	most := idle
	stop := make(chan struct{})
	var watch sync.WaitGroup
	var failed error
	watch.Go(func() {
		look := time.NewTicker(25 * time.Millisecond)
		defer look.Stop()
		for {
			select {
			case <-stop:
				return
			case <-look.C:
				m, err := s.memory()
				if failed = err; err != nil {
					return
				}
				most = max(most, m)
			}
		}
	})
	err = fn()
	close(stop)
	watch.Wait()
	return most - idle, errors.Join(err, failed)
}

var collections = regexp.MustCompile(`(?m)^go_gc_duration_seconds_count (\d+)$`)

// collected is how often the server has collected its memory, as it tells every monitor.
func (s *server) collected(ctx context.Context, c *Client) (int, error) {
	var b strings.Builder
	if _, err := c.Fetch(ctx, "", http.MethodGet, "/metrics", "", &b); err != nil {
		return 0, err
	}
	n := collections.FindStringSubmatch(b.String())
	if n == nil {
		return 0, errors.New("bench: /metrics does not tell how often memory was collected")
	}
	return strconv.Atoi(n[1])
}
