package store_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"duban/store"
	"duban/store/storetest"
	"duban/workflow"
	"duban/workflow/account"

	"go.etcd.io/bbolt"
)

var bg = context.Background()

func wantCode(t testing.TB, err error, code string) {
	t.Helper()
	var e *workflow.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Fatalf("got %v, want code %s", err, code)
	}
}

func write(s storetest.Engine, events ...workflow.Event) error {
	_, err := s.Change(bg, workflow.Change{Received: storetest.Start, Decide: just(events...)})
	return err
}

// TestOutcomeUnknown lets the sync fail, once after the commit reached the disk
// and once before. Nobody can tell from inside; a restart and the key can.
func TestOutcomeUnknown(t *testing.T) {
	for name, reached := range map[string]bool{"written": true, "lost": false} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := storetest.Open(t, dir)
			e := storetest.Assigned(1, "scjg")
			if err := write(s, e); err != nil {
				t.Fatal(err)
			}
			s.SetCommit(func(tx *bbolt.Tx) error {
				if !reached {
					return errors.Join(tx.Rollback(), syscall.EIO)
				}
				return errors.Join(tx.Commit(), syscall.EIO)
			})
			change := workflow.Change{Key: "k", Subject: e.Assignment, Decide: just(storetest.Noted(e.Assignment, "x"))}
			_, err := s.Change(bg, change)
			wantCode(t, err, store.CodeUnknown)
			_, err = s.Change(bg, change)
			wantCode(t, err, store.CodeReadOnly)
			if got := s.Stats().ReadOnly; got != store.CodeReadOnly {
				t.Errorf("stats say %q", got)
			}
			// Reads go on, and nothing that may not be durable is told as an event.
			if events, err := s.Events(bg, 0, 10); err != nil || len(events) != 1 {
				t.Fatalf("events %d %v", len(events), err)
			}
			if trail, err := s.Trail(bg, e.Assignment); err != nil || len(trail) != 1 {
				t.Fatalf("trail %d %v", len(trail), err)
			}
			if seq, _ := s.Head(); seq != 1 {
				t.Fatalf("head %d", seq)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = storetest.Open(t, dir)
			r, err := s.Change(bg, change)
			if err != nil || r.Repeated != reached || r.Seq != 2 || r.Assignment.Version != 2 {
				t.Fatalf("after the restart: %+v %v", r, err)
			}
		})
	}
}

// TestFullDisk lets writes fail for want of space, and then succeed again.
func TestFullDisk(t *testing.T) {
	for _, cause := range []error{
		&fs.PathError{Op: "write", Err: syscall.ENOSPC}, &fs.PathError{Op: "write", Err: syscall.EFBIG},
		&fs.PathError{Op: "write", Err: syscall.EDQUOT},
		errors.New("file resize error: truncate duban.db: no space left on device"),
	} {
		t.Run(cause.Error(), func(t *testing.T) {
			s := storetest.New(t)
			full := false
			s.SetCommit(func(tx *bbolt.Tx) error {
				if full {
					return errors.Join(tx.Rollback(), cause)
				}
				return tx.Commit()
			})
			e := storetest.Assigned(1, "scjg")
			if err := write(s, e); err != nil {
				t.Fatal(err)
			}
			full = true
			var wg sync.WaitGroup
			for range 8 { // refusals in the same transaction fail with it, not with their own error
				wg.Go(func() {
					var e *workflow.Error
					if err := write(s, storetest.Noted(storetest.Assigned(1, "scjg").Assignment, "x")); !errors.As(err, &e) || e.Code != store.CodeFull {
						t.Errorf("full disk: %v", err)
					}
				})
			}
			wg.Wait()
			if seq, _ := s.Head(); seq != 1 {
				t.Fatalf("head %d", seq)
			}
			full = false
			if err := write(s, storetest.Noted(e.Assignment, "again")); err != nil {
				t.Fatalf("space is back: %v", err)
			}
			trail, err := s.Trail(bg, e.Assignment)
			if err != nil || len(trail) != 2 || trail[1].Texts["text"] != "again" {
				t.Fatalf("%+v %v", trail, err)
			}
			if s.Stats().Full == 0 {
				t.Error("stats do not count it")
			}
		})
	}
}

// acts is a day's work that passes every fault point. Each act says whether it
// was acknowledged.
func acts(s storetest.Engine, done func(act string, err error)) {
	id := storetest.Assigned(1, "scjg").Assignment
	step := func(act string, fn func() error) {
		err := error(nil)
		func() {
			defer func() {
				if r := recover(); r != nil {
					err = fmt.Errorf("panic: %v", r)
				}
			}()
			err = fn()
		}()
		done(act, err)
	}
	change := func(c workflow.Change) func() error {
		return func() error { _, err := s.Change(bg, c); return err }
	}
	var f workflow.File
	step("plan", change(workflow.Change{Source: []byte("plan"), Decide: just(workflow.Event{Kind: workflow.KindPlanLoaded,
		Data: workflow.Data{Plan: &workflow.PlanRef{ID: "p", Digest: "d"}}})}))
	step("period", change(workflow.Change{Decide: just(workflow.Event{Kind: workflow.KindPeriodOpened,
		Data: workflow.Data{OpenPeriod: &workflow.Period{ID: "2022Q3"}}})}))
	step("assign", change(workflow.Change{Key: "k1", Decide: just(storetest.Assigned(1, "scjg"))}))
	step("figure", change(workflow.Change{Decide: just(workflow.Event{Kind: workflow.KindFigureFiled,
		Data: workflow.Data{Indicator: "G1.1", Figure: &workflow.Figure{Indicator: "G1.1"}}})}))
	step("draft", func() error { return keepDraft(s, workflow.Draft{Assignment: id, Body: []byte("{}")}) })
	step("note", change(workflow.Change{Key: "k2", Subject: id, Decide: just(storetest.Noted(id, "x"))}))
	step("account", func() error {
		return s.UpdateAccounts(bg, storetest.Start, workflow.Actor{}, func(tx account.Tx, _ time.Time) ([]workflow.Event, error) {
			return []workflow.Event{{Kind: workflow.KindAccountAdded}}, errors.Join(tx.PutAccount(account.Account{Name: "li"}),
				tx.PutSession(account.Session{ID: "s"}), tx.PutToken(account.Token{Digest: "d"}), tx.PutScreen(account.ScreenPass{Digest: "c"}))
		})
	})
	step("file", func() (err error) {
		f, _, err = s.PutFile(bg, workflow.Call{Received: storetest.Start}, workflow.File{Name: "a"}, strings.NewReader("evidence"), 100)
		return err
	})
	step("delete", change(workflow.Change{Decide: just(workflow.Event{Kind: workflow.KindFileDeleted,
		Data: workflow.Data{File: &workflow.FileRef{ID: f.ID, SHA256: f.SHA256}}})}))
	step("last", change(workflow.Change{Decide: just(storetest.Noted(id, "last"))}))
}

// TestFaultPoints puts an error and a panic at every named point. Whatever is
// acknowledged is there after a reopen, and the store holds.
func TestFaultPoints(t *testing.T) {
	points := map[string]bool{}
	seen := storetest.New(t, func(o *store.Options) {
		var mu sync.Mutex
		o.Fault = func(p string) error {
			mu.Lock()
			defer mu.Unlock()
			points[p] = true
			return nil
		}
	})
	acts(seen, func(act string, err error) {
		if err != nil {
			t.Fatalf("%s without faults: %v", act, err)
		}
	})
	if len(points) < 20 {
		t.Fatalf("only %d fault points: %v", len(points), slices.Sorted(maps.Keys(points)))
	}
	for _, point := range slices.Sorted(maps.Keys(points)) {
		for _, panics := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/panic=%v", point, panics), func(t *testing.T) { testFaultPoint(t, point, panics) })
		}
	}
}

func testFaultPoint(t *testing.T, point string, panics bool) {
	dir := t.TempDir()
	var once sync.Once
	injected := false
	faulty := func(o *store.Options) {
		o.Now = storetest.NewClock().Now
		o.Fault = func(p string) (err error) {
			if p == point {
				once.Do(func() { injected, err = true, errors.New("injected") })
			}
			if err != nil && panics {
				panic("injected")
			}
			return err
		}
	}
	var o store.Options
	faulty(&o)
	acked := map[string]bool{}
	func() {
		defer func() { _ = recover() }() // a panic while the store is made
		s, err := store.Open(dir, o)
		if err != nil {
			return
		}
		acts(s, func(act string, err error) { acked[act] = err == nil })
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}()
	if !injected {
		t.Fatal("the point was not passed")
	}
	s := storetest.Open(t, dir) // verified in Cleanup
	there := present(t, s)
	there["delete"] = acked["delete"] // of an unknown file when the upload failed: nothing to see
	for act, ok := range acked {
		if ok != there[act] {
			t.Errorf("%s: acknowledged %v, there %v", act, ok, there[act])
		}
	}
	acts(s, func(act string, err error) { // and it works on
		if err != nil && act != "note" && act != "assign" {
			t.Errorf("%s after the restart: %v", act, err)
		}
	})
}

// present says which acts left what they were to leave.
func present(t *testing.T, s storetest.Engine) map[string]bool {
	kinds := map[workflow.Kind]string{workflow.KindPlanLoaded: "plan", workflow.KindPeriodOpened: "period", workflow.KindAssigned: "assign",
		workflow.KindFigureFiled: "figure", workflow.KindAccountAdded: "account", workflow.KindFileAdded: "file"}
	events, err := s.Events(bg, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, e := range events {
		there[kinds[e.Kind]] = true
		if e.Kind == workflow.KindNoted {
			there[map[string]string{"x": "note", "last": "last"}[e.Texts["text"]]] = true
		}
	}
	d, err := s.Draft(bg, storetest.Assigned(1, "scjg").Assignment)
	there["draft"] = err == nil && d.Assignment != ""
	return there
}

// TestStorePanic: a panic in the store's own code ends it for good.
func TestStorePanic(t *testing.T) {
	s := storetest.New(t)
	e := storetest.Assigned(1, "scjg")
	if err := write(s, e); err != nil {
		t.Fatal(err)
	}
	followed := make(chan error, 1)
	go func() {
		for _, err := range s.Follow(bg, 1) {
			followed <- err
		}
	}()
	s.SetCommit(func(*bbolt.Tx) error { panic("boom") })
	wantCode(t, write(s, storetest.Noted(e.Assignment, "x")), store.CodeUnknown)
	wantCode(t, write(s, storetest.Noted(e.Assignment, "x")), store.CodeStopped)
	wantCode(t, s.Read(bg, func(workflow.ReadView) error { return nil }), store.CodeStopped)
	wantCode(t, <-followed, store.CodeStopped)
}

// TestQueuedContext: a caller may leave while its job waits, and it is not run.
func TestQueuedContext(t *testing.T) {
	s := storetest.New(t)
	started, release := make(chan struct{}), make(chan struct{})
	first := make(chan error, 1)
	go func() {
		_, err := s.Change(bg, workflow.Change{Decide: func(workflow.View, time.Time) ([]workflow.Event, error) {
			close(started)
			<-release
			return []workflow.Event{storetest.Assigned(1, "a")}, nil
		}})
		first <- err
	}()
	<-started
	ctx, cancel := context.WithCancel(bg)
	second := make(chan error, 1)
	go func() {
		_, err := s.Change(ctx, workflow.Change{Decide: func(workflow.View, time.Time) ([]workflow.Event, error) {
			t.Error("a job whose caller had left was run")
			return nil, nil
		}})
		second <- err
	}()
	for s.Stats().Waiting == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Fatalf("the waiting caller got %v", err)
	}
	close(release)
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	if err := write(s, storetest.Assigned(2, "a")); err != nil {
		t.Fatal(err)
	}
}

// TestCloseUnderLoad: every job is either done or refused, and what is
// acknowledged is kept.
func TestCloseUnderLoad(t *testing.T) {
	dir := t.TempDir()
	s := storetest.Open(t, dir)
	var wg sync.WaitGroup
	var mu sync.Mutex
	acked := uint64(0)
	busy := make(chan struct{})
	for w := range 16 {
		wg.Go(func() {
			for n := 0; ; n++ {
				err := write(s, storetest.Assigned(w*1000+n, "a"))
				if err != nil {
					var e *workflow.Error
					if !errors.As(err, &e) || e.Code != store.CodeClosed {
						t.Errorf("refused with %v", err)
					}
					return
				}
				mu.Lock()
				if acked++; acked == 100 {
					close(busy)
				}
				mu.Unlock()
			}
		})
	}
	<-busy
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	if r := storetest.Verify(t, dir); r.Events != acked {
		t.Fatalf("%d acknowledged, %d there", acked, r.Events)
	}
}
