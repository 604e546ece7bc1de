package turns

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"duban/workflow"
)

// TestPlaybackTurnsByCaller: who looks back without end waits for themselves: two of
// theirs may wait, more are refused, and everybody else comes before their next one. Who
// leaves while waiting takes no turn.
func TestPlaybackTurnsByCaller(t *testing.T) {
	t.Parallel()
	var turns Turns
	end, err := turns.Take(t.Context(), "greedy")
	if err != nil {
		t.Fatal(err)
	}
	var order []string // only who has the turn touches it
	var all sync.WaitGroup
	ask := func(ctx context.Context, caller string) {
		turns.mu.Lock()
		before := len(turns.waiting)
		turns.mu.Unlock()
		all.Go(func() {
			end, err := turns.Take(ctx, caller)
			if err != nil {
				if !errors.Is(err, context.Canceled) {
					t.Errorf("%s: %v", caller, err)
				}
				return
			}
			order = append(order, caller)
			end()
		})
		for {
			turns.mu.Lock()
			n := len(turns.waiting)
			turns.mu.Unlock()
			if n > before {
				return
			}
			runtime.Gosched()
		}
	}
	ask(t.Context(), "greedy")
	ask(t.Context(), "greedy")
	for range 100 {
		if _, err := turns.Take(t.Context(), "greedy"); workflow.AsError(err).Code != "playback.one_at_a_time" || workflow.AsError(err).Kind != workflow.TooMany {
			t.Fatalf("the third of one caller: %v", err)
		}
	}
	gone, leave := context.WithCancel(t.Context())
	ask(gone, "left")
	for n := range 3 {
		ask(t.Context(), fmt.Sprint("other", n))
	}
	leave()
	for {
		turns.mu.Lock()
		n := len(turns.waiting)
		turns.mu.Unlock()
		if n == 5 {
			break
		}
		runtime.Gosched()
	}
	end()
	all.Wait()
	if got := strings.Join(order, " "); got != "other0 other1 other2 greedy greedy" {
		t.Errorf("in the order %s", got)
	}
	if turns.taken || len(turns.waiting) > 0 {
		t.Error("somebody still has the turn")
	}
}
