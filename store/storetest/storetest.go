// Package storetest is what every storage engine must pass, and two engines for
// other packages' tests: New, a real store in a temporary directory that verifies
// itself at the end of the test, and NewMemory, the same journal over tables in memory.
package storetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"duban/store"
	"duban/workflow"
	"duban/workflow/account"
)

// Engine is everything a storage engine does for the rest of the program.
type Engine interface {
	workflow.Journal
	workflow.Files
	workflow.Sources
	workflow.Chain
	account.Store
	Close() error
}

var (
	_ Engine = (*store.Store)(nil)
	_ Engine = (*Memory)(nil)
)

// Start is where a Clock begins: a working Tuesday in the shipped plan's time.
var Start = time.Date(2022, 9, 20, 9, 0, 0, 0, time.FixedZone("", 8*60*60))

// Clock is a clock a test moves. Each reading is a millisecond after the one
// before, so that instants differ. Safe for several goroutines.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// NewClock is a clock that stands at Start.
func NewClock() *Clock { return &Clock{at: Start} }

// Now reads the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(time.Millisecond)
	return c.at
}

// Set moves the clock, also backwards.
func (c *Clock) Set(to time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = to
}

// Add moves the clock on.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// New is a store in a temporary directory with a Clock of its own; change may
// set other options. When the test ends the store is verified and closed.
func New(t testing.TB, change ...func(*store.Options)) *store.Store {
	t.Helper()
	return Open(t, t.TempDir(), change...)
}

// Patience is after how long a test takes it that what it waits for does not come. It is far from
// what anything takes on a slow machine beside neighbours, and no promise of the program: how
// soon a thing comes is measured (docs/performance.md), not tested by a clock.
const Patience = 2 * time.Minute

// Open is New in a given directory, to open it a second time.
func Open(t testing.TB, dir string, change ...func(*store.Options)) *store.Store {
	t.Helper()
	o := store.Options{Now: NewClock().Now}
	for _, c := range change {
		c(&o)
	}
	s, err := store.Open(dir, o)
	if err != nil {
		t.Fatalf("open the store: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
		Verify(t, dir)
	})
	return s
}

// Verify fails the test when the closed store in dir does not hold.
func Verify(t testing.TB, dir string) store.Report {
	t.Helper()
	s, err := store.OpenReadOnly(dir, store.Options{Now: NewClock().Now})
	if err != nil {
		t.Errorf("open the store to verify it: %v", err)
		return store.Report{}
	}
	r, err := s.Verify(context.Background(), nil)
	if err != nil {
		t.Errorf("verify the store: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("close the verified store: %v", err)
	}
	return r
}
