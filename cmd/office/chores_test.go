package office

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"duban/store"
	"duban/store/storetest"
	"duban/workflow"
)

// TestTheClocksWorkSurvivesAPanic: a panic in what the clock does is logged with
// its stack and counted, and the work is done at the next tick.
func TestTheClocksWorkSurvivesAPanic(t *testing.T) {
	t.Parallel()
	var log lockedText
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var done atomic.Int64
	a := &Office{log: slog.New(slog.NewJSONHandler(&log, nil))}
	a.c.Demo = true // looks four times a second
	a.work = func(context.Context, int) error {
		switch done.Add(1) {
		case 1:
			panic("the sweep fell over")
		case 2:
			return errors.New("no room")
		case 3:
			cancel()
		}
		return nil
	}
	if err := a.keepTime(ctx); err != nil || done.Load() != 3 || a.faults.Load() != 2 {
		t.Errorf("%v, %d rounds, %d faults", err, done.Load(), a.faults.Load())
	}
	if s := log.String(); !strings.Contains(s, "the sweep fell over") || !strings.Contains(s, "goroutine") || !strings.Contains(s, "no room") {
		t.Errorf("the log: %s", s)
	}
}

// lockedText is a log a test reads.
type lockedText struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestUnusedEvidenceIsSwept: a month after it came evidence that nothing names is deleted,
// recorded as the clock's act; what a report names stays, and so does what is new.
func TestUnusedEvidenceIsSwept(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock()
	s, err := store.Open(t.TempDir(), store.Options{Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	desk := workflow.NewDesk(s, func() workflow.Rules { return workflow.Rules{} })
	bring := func(name string) workflow.File {
		t.Helper()
		call := workflow.Call{Actor: workflow.Actor{User: "anna", Unit: "x", Role: workflow.Liaison}, Received: clock.Now()}
		f, _, err := s.PutFile(t.Context(), call, workflow.File{Name: name, Type: "application/pdf", Size: 9}, strings.NewReader("%PDF-1.4 "+name), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	unused, used := bring("a"), bring("b")
	filed := storetest.Assigned(1, "x")
	filed.Kind, filed.Data = workflow.KindReported, workflow.Data{Report: &workflow.ReportData{Evidence: []string{used.ID}}}
	for _, e := range []workflow.Event{storetest.Assigned(1, "x"), filed} {
		if _, err := s.Change(t.Context(), workflow.Change{Received: clock.Now(), Decide: func(workflow.View, time.Time) ([]workflow.Event, error) {
			return []workflow.Event{e}, nil
		}}); err != nil {
			t.Fatal(err)
		}
	}
	var log bytes.Buffer
	sweep := func(now time.Time, days int) {
		t.Helper()
		if err := sweepEvidence(t.Context(), s, desk, now, days, slog.New(slog.NewJSONHandler(&log, nil))); err != nil {
			t.Fatal(err)
		}
	}
	there := func(f workflow.File) bool {
		t.Helper()
		now, ok, err := s.File(t.Context(), f.ID)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		return !now.Gone
	}
	month := unused.At.AddDate(0, 0, 30)
	sweep(month, 30)
	sweep(month.AddDate(1, 0, 0), 0) // never
	if !there(unused) || log.Len() > 0 {
		t.Errorf("deleted before its time: %s", &log)
	}
	sweep(month.Add(time.Minute), 30)
	if there(unused) || !there(used) {
		t.Errorf("unused there: %v, used there: %v", there(unused), there(used))
	}
	head, _ := s.Head()
	events, err := s.Events(t.Context(), head-1, 1)
	if err != nil || len(events) != 1 || events[0].Kind != workflow.KindFileDeleted || events[0].Actor.User != "clock" || events[0].Data.File.ID != unused.ID {
		t.Errorf("recorded %+v %v", events, err)
	}
	if !strings.Contains(log.String(), "unused evidence deleted") {
		t.Errorf("the log says %s", &log)
	}
}
