package store_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"duban/store"
	"duban/store/storetest"
	"duban/workflow"
)

// TestMain lets the test binary be the process that is killed, filled or fed
// damaged files.
func TestMain(m *testing.M) {
	if mode := os.Getenv("STORE_TEST_CHILD"); mode != "" {
		if err := children[mode](os.Getenv("STORE_TEST_DIR")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(3)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

var children = map[string]func(dir string) error{"write": childWrite, "unsynced": childUnsynced, "full": childFull, "sync": childSync, "corrupt": childCorrupt}

func child(mode, dir string, wrap ...string) *exec.Cmd {
	args := append(wrap, os.Args[0])
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "STORE_TEST_CHILD="+mode, "STORE_TEST_DIR="+dir)
	return cmd
}

// childWrite writes from 8 goroutines and tells each acknowledgement on standard
// output as one line: position, hash, key.
func childWrite(dir string) error {
	s, err := store.Open(dir, opts())
	if err != nil {
		return err
	}
	return writeOn(s)
}

func writeOn(s *store.Store) error {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for n := 0; ; n++ {
				id := storetest.Assigned(w, "scjg").Assignment
				key := fmt.Sprintf("%d-%d-%d", os.Getpid(), w, n)
				r, err := s.Change(context.Background(), workflow.Change{Key: key, Subject: id,
					Decide: func(v workflow.View, _ time.Time) ([]workflow.Event, error) {
						if _, found, err := v.Assignment(id); !found || err != nil {
							return []workflow.Event{storetest.Assigned(w, "scjg")}, err
						}
						return []workflow.Event{storetest.Noted(id, key), report(id, n)}, nil
					}})
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					return
				}
				mu.Lock()
				fmt.Printf("%d %s %s\n", r.Seq, r.Events[len(r.Events)-1].Hash, key)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return errors.New("the writers gave up")
}

// ack is a change whose success was told.
type ack struct {
	seq       uint64
	hash, key string
}

func readAcks(b []byte) (out []ack) {
	sc := bufio.NewScanner(bytes.NewReader(b))
	for sc.Scan() {
		f := strings.Fields(sc.Text())
		if len(f) != 3 || len(f[1]) != 64 {
			continue // the line the kill has cut
		}
		seq, err := strconv.ParseUint(f[0], 10, 64)
		if err == nil {
			out = append(out, ack{seq, f[1], f[2]})
		}
	}
	return out
}

// TestKill kills a writing process again and again. Nothing acknowledged is
// lost, nothing half done is found, and a repeat of an acknowledged change is
// recognised.
func TestKill(t *testing.T) {
	rounds := 10
	if n, err := strconv.Atoi(os.Getenv("STORE_KILL_ROUNDS")); err == nil {
		rounds = n
	}
	dir := t.TempDir()
	known := map[uint64]string{}
	r := rand.New(rand.NewPCG(1, 2))
	for round := range rounds {
		out, err := killedAfter(child("write", dir), 1+r.IntN(200))
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if err := survived(dir, readAcks(out), known); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
	}
	t.Logf("%d rounds, %d acknowledged changes", rounds, len(known))
}

// killedAfter starts a writer, kills it as soon as it has told this many acknowledgements,
// however long the machine takes to them, and answers all that it told.
func killedAfter(cmd *exec.Cmd, acks int) ([]byte, error) {
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	var out, errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewReader(pipe)
	for range acks {
		line, err := lines.ReadBytes('\n')
		out.Write(line)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("the writer ended by itself: %w", err), cmd.Wait(), errors.New(errs.String()))
		}
	}
	killed := cmd.Process.Kill()
	if _, err := out.ReadFrom(lines); err != nil { // what it told between the last line read and its end
		return nil, err
	}
	if err := cmd.Wait(); killed != nil || err == nil || errs.Len() > 0 {
		return nil, errors.Join(fmt.Errorf("the writer ended by itself: %w", err), killed, errors.New(errs.String()))
	}
	return out.Bytes(), nil
}

// survived opens what a writer left and asks for everything that was acknowledged in
// this round and those before, which it adds to.
func survived(dir string, acks []ack, known map[uint64]string) error {
	s, err := store.Open(dir, opts())
	if err != nil {
		return err
	}
	report, err := s.Verify(bg, nil)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	for _, a := range acks {
		known[a.seq] = a.hash
	}
	events, err := s.Events(bg, 0, int(report.Events))
	if err != nil || uint64(len(events)) != report.Events {
		return errors.Join(fmt.Errorf("%d of %d events", len(events), report.Events), err, s.Close())
	}
	for seq, hash := range known {
		if seq > report.Events || events[seq-1].Hash.String() != hash {
			return errors.Join(fmt.Errorf("event %d was acknowledged and is lost", seq), s.Close())
		}
	}
	if n := len(acks); n > 0 {
		again, err := s.Change(bg, workflow.Change{Key: acks[n-1].key, Decide: just()})
		if err != nil || !again.Repeated || again.Seq != acks[n-1].seq {
			return errors.Join(fmt.Errorf("repeat: %+v", again), err, s.Close())
		}
	}
	return s.Close()
}

// TestSecondProcess: another process is refused and told who holds the store.
func TestSecondProcess(t *testing.T) {
	dir := t.TempDir()
	cmd := child("write", dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	go func() { // keep the pipe empty
		b := make([]byte, 1<<16)
		for {
			if _, err := out.Read(b); err != nil {
				return
			}
		}
	}()
	start := time.Now()
	if s, err := store.Open(t.TempDir(), opts()); err != nil || s.Close() != nil {
		t.Fatal(err)
	}
	ruler := time.Since(start) // what it takes to open a store at all, now and here
	start = time.Now()
	_, err = store.Open(dir, opts())
	var e *store.InUseError
	if !errors.As(err, &e) || !strings.Contains(e.Holder, fmt.Sprintf("process %d since", cmd.Process.Pid)) {
		t.Fatalf("got %v", err)
	}
	if took := time.Since(start); took > 2*time.Second+10*ruler {
		t.Errorf("refused after %s, where opening another takes %s", took, ruler)
	}
}

// childFull meets the limit on file size twice: when bbolt makes the file longer
// and when it writes a page behind the limit. Then the limit goes.
func childFull(dir string) error {
	s, err := store.Open(dir, opts())
	if err != nil {
		return err
	}
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		return err
	}
	limit := func(n uint64) error {
		return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: was.Max})
	}
	n := 0
	put := func() error {
		n++
		e := storetest.Assigned(n, "scjg")
		e.Texts = workflow.Texts{"text": strings.Repeat("x", 1<<16)}
		return write(s, e)
	}
	for _, size := range []uint64{64 << 10, 256 << 10, 1 << 20} {
		if err := limit(size); err != nil {
			return err
		}
		var full *workflow.Error
		for range 100 {
			if err := put(); err != nil && (!errors.As(err, &full) || full.Code != store.CodeFull) {
				return fmt.Errorf("limit %d: %w", size, err)
			}
		}
		if full == nil {
			return fmt.Errorf("limit %d: never full", size)
		}
		seq, _ := s.Head()
		if events, err := s.Events(bg, 0, 1000); err != nil || uint64(len(events)) != seq {
			return fmt.Errorf("limit %d: %d of %d events, %v", size, len(events), seq, err)
		}
		_, _, err := s.PutFile(bg, workflow.Call{Received: storetest.Start}, workflow.File{}, bytes.NewReader(make([]byte, 2<<20)), 4<<20)
		if !errors.As(err, &full) || full.Code != store.CodeFull {
			return fmt.Errorf("limit %d: a file too long: %w", size, err)
		}
		if err := limit(was.Cur); err != nil {
			return err
		}
		if err := put(); err != nil {
			return fmt.Errorf("the limit %d is gone: %w", size, err)
		}
	}
	if _, err := s.Verify(bg, nil); err != nil {
		return err
	}
	return s.Close()
}

func TestFileSizeLimit(t *testing.T) {
	dir := t.TempDir()
	if out, err := child("full", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	storetest.Verify(t, dir)
}

// TestSmallDisk fills a real file system of 2 MiB. It needs root for the mount.
func TestSmallDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("SKIPPED: no small file system can be mounted here: %v", err)
	}
	defer func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}()
	junk := filepath.Join(dir, "junk")
	if err := os.WriteFile(junk, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	s, err := store.Open(data, opts())
	if err != nil {
		t.Fatal(err)
	}
	var full *workflow.Error
	n := 0
	for ; full == nil && n < 1000; n++ {
		if err := write(s, storetest.Assigned(n, "a")); err != nil && !errors.As(err, &full) {
			t.Fatal(err)
		}
	}
	wantCode(t, full, store.CodeFull)
	if events, err := s.Events(bg, 0, 2000); err != nil || len(events) != n-1 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	if err := os.Remove(junk); err != nil {
		t.Fatal(err)
	}
	if err := write(s, storetest.Assigned(n, "a")); err != nil {
		t.Fatalf("space is back: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	storetest.Verify(t, data)
}

// childSync writes until the sync fails, and says what it was told.
func childSync(dir string) error {
	s, err := store.Open(dir, opts())
	if err != nil {
		return err
	}
	for n := range 1000 {
		e := storetest.Assigned(n, "a")
		r, err := s.Change(bg, workflow.Change{Key: e.Assignment, Subject: e.Assignment, Decide: just(e)})
		if err == nil {
			fmt.Printf("%d %s %s\n", r.Seq, r.Events[0].Hash, e.Assignment)
			continue
		}
		var w *workflow.Error
		if !errors.As(err, &w) || w.Code != store.CodeUnknown {
			return fmt.Errorf("told %w", err)
		}
		fmt.Println("unknown", e.Assignment)
		if err := write(s, e); !errors.As(err, &w) || w.Code != store.CodeReadOnly {
			return fmt.Errorf("after it: %w", err)
		}
		if events, err := s.Events(bg, 0, 2000); err != nil || len(events) != n {
			return fmt.Errorf("%d of %d events, %w", len(events), n, err)
		}
		return nil
	}
	return errors.New("no sync failed")
}

// TestSyncError lets the kernel refuse an fdatasync, at the data pages and at
// the meta page. It needs strace.
func TestSyncError(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("SKIPPED: strace is not installed")
	}
	if out, err := exec.Command(strace, "-o", os.DevNull, "true").CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: strace may not trace here: %v %s", err, out)
	}
	for when := 8; when <= 13; when++ {
		dir := t.TempDir()
		inject := fmt.Sprintf("inject=fdatasync:error=EIO:when=%d", when)
		cmd := child("sync", dir, strace, "-f", "-o", os.DevNull, "-e", "trace=fdatasync", "-e", inject)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v: %s", err, stderr.String())
		}
		s := storetest.Open(t, dir)
		acks := readAcks(out)
		for _, a := range acks {
			r, err := s.Change(bg, workflow.Change{Key: a.key, Decide: just()})
			if err != nil || !r.Repeated || r.Seq != a.seq {
				t.Fatalf("when=%d: %s was acknowledged: %+v %v", when, a.key, r, err)
			}
		}
		_, doubted, found := strings.Cut(strings.TrimSpace(string(out)), "unknown ")
		if !found || len(acks) == 0 {
			t.Fatalf("when=%d: %s", when, out)
		}
		n := uint64(len(acks))
		var e workflow.Event
		for i := range 1000 {
			if e = storetest.Assigned(i, "a"); e.Assignment == doubted {
				break
			}
		}
		r, err := s.Change(bg, workflow.Change{Key: doubted, Subject: doubted, Decide: just(e)})
		if head, _ := s.Head(); err != nil || head != n+1 || r.Seq != n+1 {
			t.Fatalf("when=%d: the repeat did not settle it: %+v %v, head %d", when, r, err, head)
		}
		t.Logf("when=%d: %d acknowledged, the one in doubt was written: %v", when, n, r.Repeated)
	}
}
