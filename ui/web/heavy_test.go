package web

import (
	"context"
	"sync"
	"testing"
	"time"

	"duban/workflow"
)

// TestHeavyTurns: one large export at a time, the next ones wait, and when too many wait
// the caller is told when to come back. Whoever gives up waiting takes no turn.
func TestHeavyTurns(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	running, most := 0, 0
	h := newHeavy(func() func() {
		mu.Lock()
		defer mu.Unlock()
		running++
		most = max(most, running)
		return func() { mu.Lock(); defer mu.Unlock(); running-- }
	})
	first, err := h.Take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	gone, leave := context.WithCancel(t.Context())
	var waiting, left sync.WaitGroup
	for n := range heavyQueue {
		if n == 0 {
			left.Go(func() {
				if _, err := h.Take(gone); err != context.Canceled {
					t.Errorf("who left: %v", err)
				}
			})
			continue
		}
		waiting.Go(func() {
			end, err := h.Take(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			end()
		})
	}
	for len(h.queue) < heavyQueue {
		time.Sleep(time.Millisecond)
	}
	_, err = h.Take(t.Context())
	if e := workflow.AsError(err); e.Code != "export.busy" || e.Kind != workflow.Unavailable || e.Args["retry_after"] != heavyBack {
		t.Errorf("one too many: %+v", e)
	}
	leave()
	left.Wait()
	first()
	waiting.Wait()
	if end, err := h.Take(t.Context()); err != nil {
		t.Error(err)
	} else {
		end()
	}
	if running != 0 || most != 1 {
		t.Errorf("%d at once, %d still there", most, running)
	}
}
