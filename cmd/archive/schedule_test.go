package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"duban/store"
	"duban/store/storetest"
	"duban/workflow"
)

// scheduled is a store with backups into a folder of their own.
func scheduled(t *testing.T, b Schedule) (*Backups, *store.Store) {
	t.Helper()
	s := storetest.New(t)
	b.Dir = t.TempDir()
	k, err := NewBackups(b, s, slog.New(slog.DiscardHandler), storetest.NewClock().Now)
	if err != nil {
		t.Fatal(err)
	}
	return k, s
}

// TestScheduledBackups: one at each due time and no more, the newest are kept, and
// a restart does not make another.
func TestScheduledBackups(t *testing.T) {
	k, s := scheduled(t, Schedule{Every: time.Hour, Keep: 3})
	start := time.Now()
	for minutes := 0; minutes < 6*60; minutes += 15 {
		k.Due(t.Context(), start.Add(time.Duration(minutes)*time.Minute))
		k.Wait()
		_, err := s.Change(t.Context(), workflow.Change{Received: storetest.Start, Decide: func(workflow.View, time.Time) ([]workflow.Event, error) {
			return []workflow.Event{storetest.Assigned(minutes, "scjg")}, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	have, err := k.have()
	if err != nil || len(have) != 3 {
		t.Fatalf("kept %v %v", have, err)
	}
	for i, file := range have {
		m, err := Check(t.Context(), file)
		if want := uint64(12 + 4*i); err != nil || m.Seq != want {
			t.Errorf("%s stands at %d, want %d: %v", file, m.Seq, want, err)
		}
	}
	if k.newest.Load() != start.Add(5*time.Hour).Unix() || k.faults.Load() != 0 {
		t.Errorf("newest %d, faults %d", k.newest.Load(), k.faults.Load())
	}
	again, err := NewBackups(k.Schedule, s, k.log, k.plan)
	if err != nil {
		t.Fatal(err)
	}
	again.Due(t.Context(), time.Now())
	again.Wait()
	if after, err := again.have(); err != nil || fmt.Sprint(after) != fmt.Sprint(have) {
		t.Errorf("after a restart %v, before %v (%v)", after, have, err)
	}
}

// TestScheduledBackupFails: a backup that fails is counted and tried again soon,
// removes no older one and leaves no half of a new one.
func TestScheduledBackupFails(t *testing.T) {
	k, _ := scheduled(t, Schedule{Every: 24 * time.Hour, Keep: 1})
	start := time.Now()
	k.Due(t.Context(), start)
	k.Wait()
	good, err := k.have()
	if err != nil || len(good) != 1 {
		t.Fatalf("%v %v", good, err)
	}
	dir := k.Dir
	k.Dir = filepath.Join(dir, "gone") // the other disk is not there
	k.Due(t.Context(), start.Add(24*time.Hour))
	k.Wait()
	if k.faults.Load() != 1 {
		t.Fatalf("%d failures", k.faults.Load())
	}
	k.Dir = dir
	k.Due(t.Context(), start.Add(24*time.Hour+time.Minute)) // learns of the failure
	k.Wait()
	if now, err := k.have(); err != nil || fmt.Sprint(now) != fmt.Sprint(good) {
		t.Fatalf("%v %v", now, err)
	}
	k.Due(t.Context(), start.Add(24*time.Hour+time.Minute+retryAfter))
	k.Wait()
	now, err := k.have()
	if err != nil || len(now) != 1 || now[0] == good[0] {
		t.Errorf("tried again: %v %v", now, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left %v %v", entries, err)
	}
}

// TestHotBackupIsCleared: what lies on the disk for a download is gone when it ends,
// also one that ends early.
func TestHotBackupIsCleared(t *testing.T) {
	dir := t.TempDir()
	s := storetest.Open(t, dir)
	for _, n := range []int64{100, 1 << 30} {
		r, size, err := Hot(s)(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.Copy(io.Discard, io.LimitReader(r, n))
		if err = errors.Join(err, r.Close()); err != nil || got != min(n, size) {
			t.Errorf("%d of %d: %v", got, size, err)
		}
		left, err := os.ReadDir(filepath.Join(dir, "files", "tmp"))
		if err != nil || len(left) > 0 {
			t.Errorf("left %v %v", left, err)
		}
	}
}
