package live

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// shard pushes to its screens from one goroutine.
type shard struct {
	hub  *Hub
	bell chan struct{}

	// beat counts the sweeps done. Silence is measured in it and not by a
	// clock, so that a jump of the machine's clock mutes no screen.
	beat atomic.Int64

	mu     sync.Mutex
	joined []*conn // waiting to be taken in

	// The rest belongs to run.
	conns   []*conn
	batches map[batchKey]batchResult // made in this pass
	lastKey batchKey                 // of last, the one asked for before
	last    batchResult
	head    uint64
	tick    []byte // the last tick made, for tickSeq
	tickSeq uint64
}

type batchKey struct {
	class  string
	cursor uint64
}

type batchResult struct {
	batch
	err error
}

func newShard(h *Hub) *shard {
	return &shard{hub: h, bell: make(chan struct{}, 1), batches: map[batchKey]batchResult{}}
}

// ring says there is something to do; it carries nothing and never waits.
func (s *shard) ring() {
	select {
	case s.bell <- struct{}{}:
	default:
	}
}

// take hands a screen over to the shard.
func (s *shard) take(c *conn) {
	s.mu.Lock()
	s.joined = append(s.joined, c)
	s.mu.Unlock()
	s.ring()
}

// sweeps is how many times in one Options.Tick silence is looked for: a tick
// comes a tenth of that late at most.
const sweeps = 10

func (s *shard) run() {
	defer s.hub.running.Done()
	tick, stop := s.hub.opts.Ticker(s.hub.opts.Tick / sweeps)
	defer stop()
	for {
		select {
		case <-s.hub.ctx.Done():
			return
		case <-s.bell:
			for s.pass() && s.hub.ctx.Err() == nil {
			}
		case <-tick:
			s.sweep()
		}
	}
}

// pass sends every screen at most one frame and reports whether some have more
// to come. Events committed meanwhile go out together in the next pass.
func (s *shard) pass() bool {
	s.admit()
	clear(s.batches)
	_, s.head = s.hub.past.span()
	more := false
	for i := 0; i < len(s.conns); {
		c := s.conns[i]
		if c.left() {
			s.drop(i)
			continue
		}
		if s.step(c) {
			more = true
		}
		i++
	}
	return more
}

func (s *shard) admit() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns = append(s.conns, s.joined...)
	s.joined = nil
}

func (s *shard) drop(i int) {
	last := len(s.conns) - 1
	s.conns[i] = s.conns[last]
	s.conns[last] = nil
	s.conns = s.conns[:last]
}

func (c *conn) left() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.gone
}

// step sends c its next frame and reports whether more follows. Whatever goes
// wrong here is this screen's alone.
func (s *shard) step(c *conn) (more bool) {
	defer func() {
		if recover() != nil {
			s.hub.stats.panics.Add(1)
			c.close(closeFault, "fault")
		}
	}()
	if c.view != nil {
		return s.stepView(c)
	}
	if c.cursor >= s.head || c.busy() {
		return false
	}
	b := s.batch(c.reader.Class, c.cursor)
	switch {
	case errors.Is(b.err, errBehind):
		s.hub.stats.slow.Add(1)
		c.close(CloseSlow, "too far behind")
		return false
	case b.err != nil:
		c.close(closeFault, "fault")
		return false
	}
	c.cursor = b.to
	if b.frame != nil && c.send(b.frame) {
		s.hub.stats.frames.Add(1)
		s.hub.stats.deliveries.Add(int64(b.events))
	}
	return c.cursor < s.head
}

// batch is made once per pass for all screens of a class at the same position.
func (s *shard) batch(class string, cursor uint64) batchResult {
	key := batchKey{class, cursor}
	if len(s.batches) > 0 && key == s.lastKey { // mostly: screens are alike and stand together
		return s.last
	}
	r, ok := s.batches[key]
	if !ok {
		b, err := s.hub.past.next(class, cursor, s.hub.opts.FrameEvents, s.hub.opts.FrameBytes)
		r = batchResult{b, err}
		s.batches[key] = r
	}
	s.lastKey, s.last = key, r
	return r
}

func (s *shard) stepView(c *conn) bool {
	if c.busy() {
		return false
	}
	d, more, err := c.view.next(c.delta)
	if err != nil {
		s.hub.stats.slow.Add(1)
		c.close(CloseSlow, "too far behind")
		return false
	}
	if d == nil {
		return false
	}
	c.delta++
	c.cursor = max(c.cursor, d.to)
	if d.frame != nil && c.send(d.frame) {
		s.hub.stats.frames.Add(1)
	}
	return more
}

// sweep looks after silence: ticks, pings, the end of a session, and those that
// have left.
func (s *shard) sweep() {
	s.hub.expire()
	s.admit()
	defer s.beat.Add(1)
	now, shown := s.beat.Load(), s.hub.source.Now()
	s.tick = nil
	for i := 0; i < len(s.conns); {
		c := s.conns[i]
		if c.left() {
			s.drop(i)
			continue
		}
		i++
		if now%sweeps == 0 {
			c.talk.Store(0)
		}
		if !c.reader.Expires.IsZero() && !shown.Before(c.reader.Expires) {
			c.close(CloseLogin, reasonOf(CloseLogin))
			continue
		}
		if !c.busy() {
			s.keepAlive(c, now, shown)
		}
	}
}

func (s *shard) keepAlive(c *conn, now int64, shown time.Time) {
	if now-c.sent.Load() >= sweeps {
		if s.tick == nil || s.tickSeq != c.cursor {
			s.tick, s.tickSeq = tickFrame(c.cursor, shown), c.cursor
		}
		c.send(s.tick)
	}
	if now-c.pinged >= int64(s.hub.opts.Ping*sweeps/s.hub.opts.Tick) {
		c.pinged = now
		c.send(pingFrame)
	}
}

var pingFrame = control(opPing, nil)
