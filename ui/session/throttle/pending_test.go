package throttle

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Five guesses may be checked at once; a sixth waits for their outcome, and is
// turned away when they were wrong.
func TestAttemptsBeingCheckedCountAsFailures(t *testing.T) {
	for name, c := range map[string]struct {
		good bool
		lets bool
	}{"they were wrong": {false, false}, "one was right": {true, true}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				now := time.Now()
				th := New()
				watches := []Watch{Pair.Of("pair liwei 10.0.0.1")}
				for range Pair.limit {
					if wait, err := th.Admit(t.Context(), now, watches); wait != 0 || err != nil {
						t.Fatal(wait, err)
					}
				}
				ended := false
				var wait time.Duration
				var err error
				go func() {
					wait, err = th.Admit(t.Context(), now, watches)
					ended = true
				}()
				synctest.Wait()
				if ended {
					t.Fatal("a sixth was let through, or turned away before it was known why")
				}
				for i := range Pair.limit {
					if c.good && i > 0 {
						break
					}
					th.Settle(now, watches, c.good)
				}
				synctest.Wait()
				if !ended || err != nil || (wait == 0) != c.lets {
					t.Errorf("ended %v, wait %s, %v", ended, wait, err)
				}
			})
		})
	}
}

func TestWaitingEndsWithTheRequestAndIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		th := New()
		watches := []Watch{Rule{limit: 1, lock: time.Second, most: time.Second, window: time.Hour}.Of("account admin")}
		if wait, err := th.Admit(t.Context(), now, watches); wait != 0 || err != nil {
			t.Fatal(wait, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var gone atomic.Int32
		for range maxWaiting {
			go func() {
				if _, err := th.Admit(ctx, now, watches); errors.Is(err, context.Canceled) {
					gone.Add(1)
				}
			}()
			synctest.Wait()
		}
		if wait, err := th.Admit(ctx, now, watches); wait != time.Second || err != nil {
			t.Errorf("one more: %s, %v", wait, err)
		}
		cancel()
		synctest.Wait()
		if gone.Load() != maxWaiting || th.waiting != 0 {
			t.Errorf("%d of %d left, %d wait", gone.Load(), maxWaiting, th.waiting)
		}
		th.Cancel(watches)
		if wait, err := th.Admit(t.Context(), now, watches); wait != 0 || err != nil {
			t.Errorf("after a cancelled attempt: %s, %v", wait, err)
		}
	})
}

func TestTheThrottleIsBoundedAndKeepsLocksAndCounts(t *testing.T) {
	th := New()
	now := time.Date(2022, 9, 20, 9, 0, 0, 0, time.UTC)
	failed := 0
	for i := range 3 * maxCounters {
		watches := []Watch{Pair.Of("pair " + string(rune('a'+i%26)) + time.Duration(i).String())}
		for range 2 {
			if wait, err := th.Admit(t.Context(), now, watches); wait != 0 || err != nil {
				t.Fatal(wait, err)
			}
			tell, _ := th.Settle(now, watches, false)
			failed += 1 - tell
		}
		now = now.Add(time.Millisecond)
	}
	if n := len(th.counters); n > maxCounters {
		t.Errorf("%d counters", n)
	}
	untold := 0
	for _, at := range []time.Time{now, now.Add(levelLife + time.Hour)} {
		untold += th.Sweep(at)
	}
	if untold != failed || len(th.counters) != 0 {
		t.Errorf("%d of %d untold failures came out, %d counters stay", untold, failed, len(th.counters))
	}
}
