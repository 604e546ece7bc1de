package web

import (
	"context"
	"time"

	"duban/workflow"
)

// The bounds of large exports.
const (
	// HeavyRows is from how many rows on a workbook is made one at a time: below, it takes
	// a tenth of a second and little memory.
	HeavyRows = 2_000
	// heavyQueue is how many wait for their turn, heavyWait how long.
	heavyQueue = 4
	heavyWait  = 20 * time.Second
	// heavyBack is how many seconds a refusal says to wait: about one large workbook.
	heavyBack = 10
)

// heavy gives turns to who needs much memory for a while.
type heavy struct {
	turn, queue chan struct{}
	begin       func() (end func()) // Options.Heavy; may be nil
}

func newHeavy(begin func() func()) *heavy {
	return &heavy{turn: make(chan struct{}, 1), queue: make(chan struct{}, heavyQueue), begin: begin}
}

// Take waits for the turn; end gives it back. Unavailable export.busy with retry_after
// when too many wait or it takes too long.
func (h *heavy) Take(ctx context.Context) (end func(), err error) {
	busy := workflow.Fault(workflow.Unavailable, "export.busy", "retry_after", heavyBack)
	select {
	case h.queue <- struct{}{}:
		defer func() { <-h.queue }()
	default:
		return nil, busy
	}
	wait := time.NewTimer(heavyWait)
	defer wait.Stop()
	select {
	case h.turn <- struct{}{}:
	case <-wait.C:
		return nil, busy
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	ended := func() {}
	if h.begin != nil {
		ended = h.begin()
	}
	return func() { ended(); <-h.turn }, nil
}
