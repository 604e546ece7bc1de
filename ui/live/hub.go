package live

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Hub keeps the open screens and pushes to them. Make one with New, feed it with
// Push, end it with Close.
type Hub struct {
	source Source
	wall   func() time.Time
	opts   Options
	past   *ring
	shards []*shard
	views  views
	boards boards
	shows  shows
	joins  chan struct{} // bounds the joins under way
	stats  counters

	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup // every goroutine of the hub

	mu        sync.Mutex
	conns     map[*conn]struct{}
	addresses map[string]int
	next      int           // the shard of the next screen
	stopping  bool          // nobody joins any more
	empty     chan struct{} // closed when stopping and the last screen has gone
}

// New is a hub that stands at the source's head: the first Update pushed is the
// one after Head(). wall is the machine's clock (time.Now), for the deadlines of
// sockets; what is shown comes from Source.Now. Close ends its goroutines.
func New(source Source, wall func() time.Time, opts Options) *Hub {
	h := &Hub{
		source: source, wall: wall, opts: opts.filled(),
		conns: map[*conn]struct{}{}, addresses: map[string]int{}, empty: make(chan struct{}),
		joins: make(chan struct{}, 32),
	}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	head := source.Head()
	h.past = &ring{maxEvents: h.opts.RingEvents, maxBytes: h.opts.RingBytes, panics: &h.stats.panics, base: head, head: head}
	h.views.init()
	h.boards.byClass = map[string]board{}
	for range h.opts.Shards {
		s := newShard(h)
		h.shards = append(h.shards, s)
		h.running.Add(1)
		go s.run()
	}
	h.running.Add(1)
	go h.renderViews()
	return h
}

// Head is the position of the last update pushed, or the one the hub was made
// at: what feeds it follows the journal from here.
func (h *Hub) Head() uint64 {
	_, head := h.past.span()
	return head
}

// Push takes committed events in order and returns at once: screens are told by
// the shards, and never waited for. Events the hub has are left out. After a gap
// the readers are closed with 4008 and resume from the source.
func (h *Hub) Push(updates ...Update) {
	h.past.push(updates)
	for _, s := range h.shards {
		s.ring()
	}
	h.views.ring()
}

// Refresh renders every region anew and sends it, for what changes by time
// alone: a light that turns at midnight is no event.
func (h *Hub) Refresh() {
	h.views.refresh.Store(true)
	h.views.ring()
}

// Revoke closes every screen whose reader has the key, at once.
func (h *Hub) Revoke(key string, code int) {
	h.Recheck(func(r Reader) (int, bool) { return code, r.Key != key })
}

// Recheck asks about every reader, after rights or accounts changed: those that
// are not ok are closed with the code.
func (h *Hub) Recheck(ok func(Reader) (code int, ok bool)) {
	for _, c := range h.all() {
		if code, fine := ok(c.reader); !fine {
			c.close(code, reasonOf(code))
		}
	}
}

func reasonOf(code int) string {
	switch code {
	case CloseLogin:
		return "log in again"
	case CloseRevoked:
		return "revoked"
	case CloseSlow:
		return "too slow"
	case CloseRestart:
		return "restart"
	case closeStopping:
		return "stopping"
	}
	return ""
}

func (h *Hub) all() []*conn {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]*conn, 0, len(h.conns))
	for c := range h.conns {
		list = append(list, c)
	}
	return list
}

// Close refuses new screens, sends 1001 to the open ones and waits until they
// have gone and all goroutines have ended. What is still there when ctx ends is
// cut off; then the error is ctx's.
func (h *Hub) Close(ctx context.Context) error {
	h.mu.Lock()
	already := h.stopping
	h.stopping = true
	if !already && len(h.conns) == 0 {
		close(h.empty)
	}
	h.mu.Unlock()
	for _, c := range h.all() {
		c.close(closeStopping, reasonOf(closeStopping))
	}
	var err error
	select {
	case <-h.empty:
	case <-ctx.Done():
		err = ctx.Err()
		for _, c := range h.all() {
			c.mu.Lock()
			c.cut()
			c.mu.Unlock()
		}
		<-h.empty
	}
	h.cancel()
	h.running.Wait()
	return err
}

// enter puts a screen on the books, or says it may not come in.
func (h *Hub) enter(c *conn) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.roomLocked(c.reader.Address); err != nil {
		return err
	}
	h.conns[c] = struct{}{}
	if a := counted(c.reader.Address); a != "" {
		h.addresses[a]++
	}
	c.shard = h.shards[h.next%len(h.shards)]
	h.next++
	h.running.Add(2) // its reader and its join
	return nil
}

func (h *Hub) room(address string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.roomLocked(address)
}

func (h *Hub) roomLocked(address string) error {
	switch a := counted(address); {
	case h.stopping:
		return refuseStopping
	case len(h.conns) >= h.opts.MaxReaders:
		return refuseFull
	case a != "" && h.addresses[a] >= h.opts.MaxPerAddress:
		return refuseAddress
	}
	return nil
}

// counted is the address limits are kept for: a host, and for IPv6 its /64,
// which one client has for itself. Empty for what is not limited.
func counted(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if a = a.Unmap(); a.IsLoopback() {
		return ""
	}
	if a.Is6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}

// forget takes a closed screen off the books.
func (h *Hub) forget(c *conn) {
	h.shows.part(c)
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.conns, c)
	if a := counted(c.reader.Address); a != "" {
		if h.addresses[a]--; h.addresses[a] <= 0 {
			delete(h.addresses, a)
		}
	}
	if c.view != nil {
		h.views.leave(c.view)
	}
	if h.stopping && len(h.conns) == 0 {
		close(h.empty)
	}
}

// Stats are the hub's figures for /metrics. Totals count since New.
type Stats struct {
	Connections  int   // open now
	Joined       int64 // total
	Frames       int64 // event and region frames sent or queued
	Deliveries   int64 // events in them, each counted for each screen
	Slow         int64 // closed with 4008
	Refused      int64 // handshakes refused: no room, wrong origin, malformed
	Panics       int64 // faults survived in encoding, pushing and reading
	SocketErrors int64 // settings a socket did not take
	SourceErrors int64 // failed calls of the Source
	RingEvents   int   // events held
	RingBytes    int64 // their encodings
	QueuedBytes  int64 // waiting for slow screens now
	QueuedFor    int   // how many screens those are
}

type counters struct {
	joined, frames, deliveries, slow, refused, panics, socketErrors, sourceErrors atomic.Int64
}

// Stats reads the figures.
func (h *Hub) Stats() Stats {
	base, head := h.past.span()
	s := Stats{
		Joined: h.stats.joined.Load(), Frames: h.stats.frames.Load(), Deliveries: h.stats.deliveries.Load(),
		Slow: h.stats.slow.Load(), Refused: h.stats.refused.Load(), Panics: h.stats.panics.Load(),
		SocketErrors: h.stats.socketErrors.Load(), SourceErrors: h.stats.sourceErrors.Load(),
		RingEvents: int(head - base), RingBytes: h.past.bytes.Load(), // #nosec G115 -- at most the ring's length
	}
	for _, c := range h.all() {
		s.Connections++
		c.mu.Lock()
		if len(c.queue) > 0 {
			s.QueuedFor++
		}
		for _, f := range c.queue {
			s.QueuedBytes += int64(len(f))
		}
		c.mu.Unlock()
	}
	return s
}
