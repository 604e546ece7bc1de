package journal

import (
	"context"
	"iter"
	"sync"

	"duban/workflow"
)

// followPage is how many events Follow reads in one short transaction.
const followPage = 256

// Follow implements workflow.Journal. It reads page by page and holds no
// transaction while the caller works on an event. After Close it yields
// store.closed.
func (j *Journal) Follow(ctx context.Context, after uint64) iter.Seq2[workflow.Event, error] {
	return func(yield func(workflow.Event, error) bool) {
		for {
			rung := j.bell.wait() // before looking, so that no ring is missed
			page, err := j.Events(ctx, after, followPage)
			if err != nil {
				yield(workflow.Event{}, err)
				return
			}
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
				after = e.Seq
			}
			if len(page) > 0 {
				continue
			}
			select {
			case <-rung:
			case <-ctx.Done():
			case <-j.quit:
				yield(workflow.Event{}, Unavailable(CodeClosed, nil))
				return
			}
			if err := j.readable(); err != nil {
				yield(workflow.Event{}, err)
				return
			}
		}
	}
}

// bell wakes every follower. It carries no payload: each reads on from where it
// stands, so nothing can arrive out of order or before it is durable.
type bell struct {
	mu sync.Mutex
	ch chan struct{}
}

func (b *bell) wait() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch == nil {
		b.ch = make(chan struct{})
	}
	return b.ch
}

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch != nil {
		close(b.ch)
		b.ch = nil
	}
}
