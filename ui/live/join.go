package live

import (
	"context"
	"sync"
)

// boards keeps the last framed snapshot of each class, so that screens coming
// back together share its bytes.
type boards struct {
	mu      sync.Mutex
	byClass map[string]board
}

type board struct {
	seq   uint64
	frame []byte
}

func (b *boards) framed(class string, seq uint64, json []byte) []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	if last, ok := b.byClass[class]; ok && last.seq == seq {
		return last.frame
	}
	frame := snapshotFrame(seq, json)
	b.byClass[class] = board{seq, frame}
	return frame
}

// join tells a new screen where it stands and brings it up to what the shards
// serve, then hands it over. It runs in its own goroutine.
func (c *conn) join(after *uint64, epoch string) {
	h := c.hub
	defer h.running.Done()
	defer func() {
		if recover() != nil {
			h.stats.panics.Add(1)
			c.close(closeFault, "fault")
		}
	}()
	c.mu.Lock()
	c.drained = make(chan struct{}, 1)
	c.mu.Unlock()

	from, resume := h.resume(after, epoch)
	var err error
	if c.reader.View != "" {
		err = c.joinView(h.ctx, from, resume)
	} else {
		err = c.joinEvents(h.ctx, from, resume)
	}

	c.mu.Lock()
	c.drained = nil
	c.mu.Unlock()
	if err != nil {
		if h.ctx.Err() == nil {
			h.stats.sourceErrors.Add(1)
		}
		c.close(closeFault, "fault")
		return
	}
	c.pinged = c.shard.beat.Load()
	c.shard.take(c)
}

// resume is the position to go on from, if the client named one of this journal.
func (h *Hub) resume(after *uint64, epoch string) (uint64, bool) {
	if after == nil || epoch == "" || epoch != h.source.Epoch() || *after > max(h.Head(), h.source.Head()) {
		return 0, false
	}
	return *after, true
}

func (c *conn) hello(seq uint64) {
	h := c.hub
	h.greet(c, helloFrame(seq, h.source.Epoch(), h.opts.Build, h.source.Now()), c.reader.View != "" && seq < h.source.PagesSince())
}

// joinEvents says hello and sends the snapshot, or the pages of history up to
// where the ring begins.
func (c *conn) joinEvents(ctx context.Context, from uint64, resume bool) error {
	h := c.hub
	greeted := false
	c.cursor = from
	if resume { // all pages together; whatever is asked of the source alone is bounded by ask
		within, cancel := context.WithTimeout(ctx, h.opts.PongWait)
		defer cancel()
		ctx = within
	}
	for resume {
		if h.past.serves(c.cursor) {
			resume = h.stats.panics.Load() == 0 || !h.past.failed(c.cursor, c.reader.Class)
			break
		}
		if c.reader.Wall { // it shows what is, and a snapshot says that; the record is no wall's to read
			resume = false
			continue
		}
		b, err := c.page(ctx)
		if err != nil {
			return err
		}
		if b.to == c.cursor {
			resume = false // too old, or not to be told: a snapshot says it all
			continue
		}
		if !greeted {
			c.hello(from)
			greeted = true
		}
		c.cursor = b.to
		if b.frame != nil && c.send(b.frame) {
			h.stats.frames.Add(1)
			h.stats.deliveries.Add(int64(b.events))
		}
		if err := c.flushed(ctx); err != nil {
			return err
		}
	}
	if resume {
		if !greeted {
			c.hello(from)
		}
		return nil
	}
	return c.snapshot(ctx, greeted)
}

// page is a batch of the source's history after the cursor; it goes nowhere when
// the source no longer has it.
func (c *conn) page(ctx context.Context) (batch, error) {
	h := c.hub
	var updates []Update
	var ok bool
	err := h.ask(ctx, func(ctx context.Context) (err error) {
		updates, ok, err = h.source.History(ctx, c.cursor, h.opts.FrameEvents)
		return err
	})
	if err != nil || !ok {
		return batch{to: c.cursor}, err
	}
	list := make([]*entry, 0, len(updates))
	for i, u := range updates {
		if u.Seq != c.cursor+1+uint64(i) {
			break // a hole is never told as if it were none
		}
		list = append(list, &entry{Update: u, size: -1})
	}
	b, err := h.past.join(list, c.reader.Class, c.cursor, h.opts.FrameBytes)
	if err != nil {
		return batch{to: c.cursor}, nil
	}
	return b, nil
}

func (c *conn) snapshot(ctx context.Context, greeted bool) error {
	h := c.hub
	var seq uint64
	var json []byte
	err := h.ask(ctx, func(ctx context.Context) (err error) {
		seq, json, err = h.source.Snapshot(ctx, c.reader.Class)
		return err
	})
	if err != nil {
		return err
	}
	if !greeted {
		c.hello(seq)
	}
	c.cursor = seq
	c.send(h.boards.framed(c.reader.Class, seq, json))
	return nil
}

// joinView says hello and sends the regions that changed since the position, all
// of them when there is none, unless the view's own deltas cover it.
func (c *conn) joinView(ctx context.Context, from uint64, resume bool) error {
	h := c.hub
	if resume {
		if v := h.views.find(c.reader.View); v != nil {
			if number, ok := v.from(from); ok {
				c.hello(from)
				c.cursor = from
				return c.look(v, number)
			}
			h.views.leave(v)
		}
	}
	var r rendered
	err := h.ask(ctx, func(ctx context.Context) (err error) {
		r, err = h.regions(ctx, c.reader.View, from, false)
		return err
	})
	if err != nil {
		return err
	}
	v := h.views.open(c.reader.View, r.seq)
	number, ok := v.from(r.seq)
	if !ok { // the view ran on by more than its deltas while this was rendered
		h.views.leave(v)
		c.close(CloseSlow, "too far behind")
		return nil
	}
	if !resume {
		from = r.seq
	}
	c.hello(from)
	c.cursor = r.seq
	if r.frame != nil && c.send(r.frame) {
		h.stats.frames.Add(1)
	}
	err = c.look(v, number)
	h.views.ring() // what was pushed while the view was not looked at
	return err
}

// look binds the screen to the view; forget counts it out again.
func (c *conn) look(v *view, number uint64) error {
	c.mu.Lock()
	gone := c.gone
	if !gone {
		c.view, c.delta = v, number
	}
	c.mu.Unlock()
	if gone {
		c.hub.views.leave(v)
	}
	return nil
}

// ask calls the source within Options.JoinWait, for a bounded number of joining
// screens at a time.
func (h *Hub) ask(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, h.opts.JoinWait)
	defer cancel()
	select {
	case h.joins <- struct{}{}:
		defer func() { <-h.joins }()
	case <-ctx.Done():
		return ctx.Err()
	}
	return call(ctx)
}

// flushed waits until the screen has taken what was sent.
func (c *conn) flushed(ctx context.Context) error {
	for {
		c.mu.Lock()
		waiting, over := len(c.queue), c.closing || c.gone
		c.mu.Unlock()
		if over || waiting == 0 {
			return nil
		}
		select {
		case <-c.drained:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
