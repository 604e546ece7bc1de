package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// program is the binary that is measured, as a process of its own.
type program struct {
	self     string // path of the binary
	plan     string // file
	password string // file with the first line that every account's password is
	profile  string // folder for profiles, "": none
}

// run is one command of the program, which must do. It answers what was printed.
func (p program) run(ctx context.Context, args ...string) (string, error) {
	c := exec.CommandContext(ctx, p.self, args...) // #nosec G204 -- the operator's own binary
	c.Env = environment()
	var out, failed bytes.Buffer
	c.Stdout, c.Stderr = &out, &failed
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("duban %s: %w: %s", strings.Join(args[:min(2, len(args))], " "), err, strings.TrimSpace(failed.String()))
	}
	return out.String(), nil
}

// environment is this process's own without the twins of the program's flags: they would
// measure another server than the one that is told of.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "DUBAN_") })
}

// stopWithin bounds the stop of a process; the contract gives a server 10 s.
const stopWithin = 15 * time.Second

// server is the program, serving.
type server struct {
	process
	base  string
	ready time.Duration // from its start to its first answer that it is ready
}

// serve starts the program on the data folder, with env beside this process's own. What
// it does is profiled under the name, if profiles are wanted.
func (p program) serve(ctx context.Context, data, name string, env ...string) (*server, error) {
	args := []string{"serve", "--data", data, "--plan", p.plan, "--addr", "127.0.0.1:0", "--admin-password-file", p.password}
	if p.profile != "" {
		args = append([]string{"bench", Profiled, p.profile, name}, args[1:]...)
	}
	begin := time.Now()
	s := &server{}
	err := s.start(ctx, p.self, args, env, func(c *exec.Cmd) (io.Reader, error) { return c.StderrPipe() }, func(line []byte) bool {
		var l struct{ Msg, Addr string }
		if json.Unmarshal(line, &l) != nil || l.Msg != "serving" {
			return false
		}
		s.base = "http://" + l.Addr
		return true
	})
	if err != nil {
		return nil, err
	}
	if _, err := NewClient(s.base, 1).Do(ctx, "", http.MethodGet, "/readyz", ""); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	s.ready = time.Since(begin)
	return s, nil
}

// process is one that was started and says in a line that it is there.
type process struct {
	cmd  *exec.Cmd
	read chan error // what reading its lines came to, once
}

// start starts the binary and waits for the line that there says yes to; later lines are
// read and dropped.
func (s *process) start(ctx context.Context, self string, args, env []string, lines func(*exec.Cmd) (io.Reader, error), there func([]byte) bool) error {
	s.cmd = exec.CommandContext(ctx, self, args...) // #nosec G204 -- the operator's own binary
	s.cmd.Cancel, s.cmd.WaitDelay = func() error { return s.cmd.Process.Signal(syscall.SIGTERM) }, stopWithin
	s.cmd.Env = append(environment(), env...)
	from, err := lines(s.cmd)
	if err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	up := make(chan struct{})
	s.read = make(chan error, 1)
	var last string
	go func() {
		seen := false
		all := bufio.NewScanner(from)
		for all.Scan() {
			if last = all.Text(); !seen && there(all.Bytes()) {
				seen = true
				close(up)
			}
		}
		s.read <- all.Err()
	}()
	select {
	case <-up:
		return nil
	case err := <-s.read:
		s.read <- nil
		return errors.Join(fmt.Errorf("duban %s ended before it served: %s", args[0], last), err, s.stop())
	}
}

// stop ends the process and waits for it.
func (s *process) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return errors.Join(<-s.read, s.cmd.Wait())
}

// life is the processor time of an ended process.
func (s *process) life() time.Duration {
	return s.cmd.ProcessState.UserTime() + s.cmd.ProcessState.SystemTime()
}

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
