// Package turns lets those who look back work one at a time, each caller in turn, so that
// who asks without end waits for themselves. What a turn is spent on is not known here
// (workflow/ledger's Playback).
package turns

import (
	"context"
	"slices"
	"sync"

	"duban/workflow"
)

// The bounds of those who wait to look back.
const (
	// queueMost is how many calls may wait for their turn, all callers' together.
	queueMost = 32
	// ownMost is how many of them may be one caller's: who asks without end waits for
	// themselves, and others find room.
	ownMost = 2
	// ComeBack is how many seconds a refusal says to wait.
	ComeBack = 2
	// callersKept is of how many callers it is remembered when they last had the turn.
	callersKept = 4096
)

// Turns lets one replay at a time, each caller in turn: of those who wait, the one goes
// next whose caller was served longest ago. The zero value is ready.
type Turns struct {
	mu      sync.Mutex
	taken   bool
	waiting []*looker         // as they came
	served  map[string]uint64 // by caller, when it last had the turn
	n       uint64            // turns given
}

// looker is a call that waits for its turn.
type looker struct {
	caller string
	turn   chan struct{} // closed when it has the turn
}

// Take waits for the turn; end gives it on. TooMany playback.one_at_a_time when the
// caller waits already, Unavailable playback.busy when too many do.
func (t *Turns) Take(ctx context.Context, caller string) (end func(), err error) {
	w, err := t.queue(caller)
	if err != nil {
		return nil, err
	}
	select {
	case <-w.turn:
		return t.next, nil
	case <-ctx.Done():
		t.leave(w)
		return nil, ctx.Err()
	}
}

func (t *Turns) queue(caller string) (*looker, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	w := &looker{caller, make(chan struct{})}
	if !t.taken {
		t.give(w)
		return w, nil
	}
	own := 0
	for _, other := range t.waiting {
		if other.caller == caller {
			own++
		}
	}
	switch {
	case own >= ownMost:
		return nil, workflow.Fault(workflow.TooMany, "playback.one_at_a_time", "retry_after", ComeBack)
	case len(t.waiting) >= queueMost:
		return nil, workflow.Fault(workflow.Unavailable, "playback.busy", "retry_after", ComeBack)
	}
	t.waiting = append(t.waiting, w)
	return w, nil
}

// give hands the turn to one. t.mu is held.
func (t *Turns) give(w *looker) {
	if len(t.served) >= callersKept {
		t.served = nil
	}
	if t.served == nil {
		t.served = map[string]uint64{}
	}
	t.n++
	t.taken, t.served[w.caller] = true, t.n
	close(w.turn)
}

// next gives the turn on to whose caller had it longest ago.
func (t *Turns) next() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.taken = false; len(t.waiting) == 0 {
		return
	}
	first := 0
	for i, w := range t.waiting {
		if t.served[w.caller] < t.served[t.waiting[first].caller] {
			first = i
		}
	}
	w := t.waiting[first]
	t.waiting = slices.Delete(t.waiting, first, first+1)
	t.give(w)
}

// leave gives up waiting, or the turn if it has come at the same moment.
func (t *Turns) leave(w *looker) {
	t.mu.Lock()
	i := slices.Index(t.waiting, w)
	if i >= 0 {
		t.waiting = slices.Delete(t.waiting, i, i+1)
	}
	t.mu.Unlock()
	if i < 0 {
		t.next()
	}
}
