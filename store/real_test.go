package store_test

import (
	"testing"
	"time"

	"duban/store"
	"duban/store/storetest"
	"duban/workflow"
)

// TestRealWork: a store knows whether work was recorded in real time. Rehearsals leave it
// free, accounts and plans do not count, and one real record stays for good.
func TestRealWork(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2022, 9, 20, 9, 0, 0, 0, time.UTC)
	during := func(rehearsal bool, events ...workflow.Event) (real time.Time) {
		t.Helper()
		s := storetest.Open(t, dir, func(o *store.Options) { o.Now, o.Rehearsal = func() time.Time { return now }, rehearsal })
		if len(events) > 0 {
			if _, err := s.Change(t.Context(), workflow.Change{Decide: func(workflow.View, time.Time) ([]workflow.Event, error) { return events, nil }}); err != nil {
				t.Fatal(err)
			}
		}
		real, err := s.RealWork(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		return real
	}
	account := workflow.Event{Kind: workflow.KindAccountAdded, Data: workflow.Data{Account: &workflow.AccountRef{Name: "li"}}}
	if real := during(false, account); !real.IsZero() {
		t.Error("an account is taken for work")
	}
	now = time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)
	if real := during(true, storetest.Assigned(1, "a")); !real.IsZero() {
		t.Error("a rehearsal's work is taken for real")
	}
	if real := during(true); !real.IsZero() {
		t.Error("a rehearsal's store is taken for a real one")
	}
	now = now.Add(time.Hour)
	for range 2 {
		if real := during(false, storetest.Assigned(2, "b")); !real.Equal(time.Date(2027, 3, 1, 10, 0, 0, 0, time.UTC)) {
			t.Errorf("real since %s", real)
		}
		now = now.Add(time.Hour)
	}
	if real := during(true); real.IsZero() {
		t.Error("real work is forgotten")
	}
}
