package ledger_test

import (
	"context"
	"testing"
	"time"

	"duban/store"
	"duban/store/storetest"
	"duban/workflow"
	"duban/workflow/ledger"
)

// TestStartReplaysNothing: a start reads rows, not what led to them, so that a
// server with years of events is ready as soon as one with days of them: the last
// 512 are looked through for what happened lately. It counts allocations, which a
// busy machine does not blur. Its control is to verify both, which reads every event.
func TestStartReplaysNothing(t *testing.T) {
	rules := func() workflow.Rules { return shipped(t) }
	day, years := t.TempDir(), t.TempDir()
	for dir, events := range map[string]int{day: 1000, years: 5000} {
		writeEvents(t, dir, events)
	}
	started := func(dir string, more func(*store.Store) error) float64 {
		return testing.AllocsPerRun(1, func() {
			s, err := store.Open(dir, store.Options{Now: storetest.NewClock().Now})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := ledger.New(t.Context(), s, rules); err != nil {
				t.Error(err)
			}
			if err := more(s); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	none := func(*store.Store) error { return nil }
	few, many := started(day, none), started(years, none)
	if many > 1.2*few {
		t.Errorf("%.0f allocations with 5,000 events, %.0f with 1,000", many, few)
	}
	verified := func(s *store.Store) error { _, err := s.Verify(t.Context(), nil); return err }
	if few, many := started(day, verified), started(years, verified); many < 2*few {
		t.Errorf("who reads all events allocates %.0f with 5,000, %.0f with 1,000: the count has no teeth", many, few)
	}
}

// writeEvents makes a store of 20 assignments and so many events more.
func writeEvents(t *testing.T, dir string, more int) {
	s := storetest.Open(t, dir)
	var events []workflow.Event
	for n := range 20 {
		events = append(events, storetest.Assigned(n+1, "zrzyt"))
	}
	for range more {
		events = append(events, workflow.Event{Kind: workflow.KindExported, Texts: workflow.Texts{"text": "台账"}})
	}
	last := storetest.Noted(events[0].Assignment, "说明")
	last.Period = "2022Q3" // a start goes back to the last event of a period's work
	events = append(events, last)
	_, err := s.Change(context.Background(), workflow.Change{Received: storetest.Start,
		Decide: func(workflow.View, time.Time) ([]workflow.Event, error) { return events, nil }})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
