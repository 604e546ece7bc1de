package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Crowd is many open screens that hold every event they are told of against the
// one before. They share the processor with what they measure, so they do little: a
// frame of events is searched for its positions and not decoded, and no lock is taken.
type Crowd struct {
	screens []*screen
	read    sync.WaitGroup
	reading sync.RWMutex
	frames  map[string]*parsed // of those that are not read quickly, by their bytes
	size    atomic.Int64       // of the last frame with events, bytes
	head    atomic.Uint64      // the newest event that any screen was told of, or greeted at
	epoch   atomic.Pointer[string]
	shown   atomic.Int64  // screens that have had their snapshot
	settled chan struct{} // closed when all have

	noted atomic.Bool   // every event's arrival is kept
	want  atomic.Uint64 // the event that is timed
	begin atomic.Int64  // when it was filed, on the crowd's clock
	born  time.Time
	left  atomic.Int64 // screens that have not seen it
	seen  chan struct{}

	fault  atomic.Pointer[error]
	broken chan struct{} // closed with the first fault
	closed atomic.Bool
}

// screen is one of them.
type screen struct {
	crowd *Crowd
	conn  net.Conn
	in    *bufio.Reader
	large []byte // for frames that in cannot hold
	at    uint64 // the last event it was told of
	quick parsed
	took  []time.Duration
	heard []Heard
}

// Heard is when a screen was told of an event, on the crowd's clock.
type Heard struct {
	Seq uint64
	At  time.Duration
}

// framesKept is how many frames are kept as read: under load screens are at different ones.
const framesKept = 256

// joiners is how many screens come in at once.
const joiners = 16

// Greeted is Join's after for a server that says in a hello where the screens stand.
const Greeted = ^uint64(0)

// Join opens n screens at base + path, each ready to be told of events when it
// returns. header carries who they are, as lines of HTTP; after is the event they
// stand at, or Greeted.
func Join(ctx context.Context, n int, base, path, header string, after uint64) (*Crowd, error) {
	c := &Crowd{screens: make([]*screen, n), frames: map[string]*parsed{}, seen: make(chan struct{}, 1), settled: make(chan struct{}), broken: make(chan struct{}), born: time.Now()}
	var next atomic.Int64
	var joining sync.WaitGroup
	for range min(joiners, n) {
		joining.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil && c.fault.Load() == nil; i = int(next.Add(1)) - 1 {
				s, err := c.dial(base, path, header, after)
				if err != nil {
					c.fail(fmt.Errorf("screen %d of %d: %w", i+1, n, err))
					return
				}
				c.screens[i] = s
			}
		})
	}
	joining.Wait()
	if err := errors.Join(ctx.Err(), c.err()); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	for _, s := range c.screens {
		c.read.Go(s.listen)
	}
	return c, nil
}

func (c *Crowd) dial(base, path, header string, after uint64) (*screen, error) {
	host := strings.TrimPrefix(base, "http://")
	conn, err := net.DialTimeout("tcp", host, 20*time.Second)
	if err != nil {
		return nil, err
	}
	// Closed with a reset: thousands of ports would wait for a minute otherwise.
	if err := conn.(*net.TCPConn).SetLinger(0); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	s := &screen{crowd: c, conn: conn, in: bufio.NewReaderSize(conn, 4096)}
	if err := s.greet(host, path, header, after); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return s, nil
}

func (s *screen) greet(host, path, header string, after uint64) error {
	if err := s.conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return err
	}
	_, err := io.WriteString(s.conn, "GET "+path+" HTTP/1.1\r\nHost: "+host+"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"+header+"\r\n")
	if err != nil {
		return err
	}
	res, err := http.ReadResponse(s.in, nil)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusSwitchingProtocols {
		return errors.New(res.Status)
	}
	if s.at = after; after == Greeted {
		if err := s.frame(func(p *parsed) error {
			if !p.hello {
				return errors.New("the first frame is no hello")
			}
			s.at = p.seq
			s.crowd.epoch.Store(&p.epoch)
			s.crowd.reached(p.seq)
			return nil
		}); err != nil {
			return err
		}
	}
	return s.conn.SetDeadline(time.Time{})
}

// listen reads until the connection ends.
func (s *screen) listen() {
	for {
		if err := s.frame(s.take); err != nil {
			s.crowd.fail(err)
			return
		}
	}
}

// take holds the events of a frame against what came before.
func (s *screen) take(p *parsed) error {
	if p.whole && s.crowd.shown.Add(1) == int64(len(s.crowd.screens)) {
		close(s.crowd.settled)
	}
	for _, seq := range p.events {
		if seq != s.at+1 {
			return fmt.Errorf("a screen was told of event %d after %d", seq, s.at)
		}
		s.at = seq
		s.crowd.reached(seq)
		if s.crowd.noted.Load() {
			s.heard = append(s.heard, Heard{seq, s.crowd.Clock()})
		}
		if seq == s.crowd.want.Load() {
			s.took = append(s.took, time.Since(s.crowd.born)-time.Duration(s.crowd.begin.Load()))
			if s.crowd.left.Add(-1) == 0 {
				s.crowd.seen <- struct{}{}
			}
		}
	}
	return nil
}

// frame reads one frame and hands it over when it is text. A ping is answered.
func (s *screen) frame(take func(*parsed) error) error {
	h, err := s.in.Peek(2)
	if err != nil {
		return err
	}
	op, n, head := h[0], int(h[1]), 2
	switch n {
	case 126:
		if h, err = s.in.Peek(4); err != nil {
			return err
		}
		n, head = int(binary.BigEndian.Uint16(h[2:])), 4
	case 127:
		if h, err = s.in.Peek(10); err != nil {
			return err
		}
		n, head = int(binary.BigEndian.Uint64(h[2:])), 10 // #nosec G115 -- the server measured is our own
	}
	if _, err := s.in.Discard(head); err != nil {
		return err
	}
	b, err := s.payload(n)
	if err != nil {
		return err
	}
	switch op {
	case 0x81:
		p := &s.quick
		if !p.quickly(b) {
			if p, err = s.crowd.parse(b); err != nil {
				return err
			}
		}
		if len(p.events) > 0 {
			s.crowd.size.Store(int64(len(b)))
		}
		if err := take(p); err != nil {
			return err
		}
	case 0x89: // masked with zeros
		if _, err := s.conn.Write(append([]byte{0x8a, 0x80 | byte(n), 0, 0, 0, 0}, b...)); err != nil { // #nosec G115 -- a ping carries at most 125 bytes
			return err
		}
	case 0x88:
		return fmt.Errorf("closed by the server: %q", b)
	}
	if n <= s.in.Size() {
		_, err = s.in.Discard(n)
	}
	return err
}

// payload is the next n bytes, left in the buffer when they fit into it; good until the
// next frame.
func (s *screen) payload(n int) ([]byte, error) {
	if n <= s.in.Size() {
		return s.in.Peek(n)
	}
	if cap(s.large) < n {
		s.large = make([]byte, n+n/2)
	}
	_, err := io.ReadFull(s.in, s.large[:n])
	return s.large[:n], err
}

// reached notes that a screen has come to the event.
func (c *Crowd) reached(seq uint64) {
	for {
		head := c.head.Load()
		if seq <= head || c.head.CompareAndSwap(head, seq) {
			return
		}
	}
}

// Head is the newest event that any screen knows of.
func (c *Crowd) Head() uint64 { return c.head.Load() }

// Epoch is the journal's, as the greetings had it.
func (c *Crowd) Epoch() string {
	if e := c.epoch.Load(); e != nil {
		return *e
	}
	return ""
}

// Settled waits until every screen has had its snapshot: then nothing is on its way.
func (c *Crowd) Settled(ctx context.Context) error {
	late := time.NewTimer(time.Minute)
	defer late.Stop()
	select {
	case <-c.settled:
		return c.err()
	case <-c.broken:
		return c.err()
	case <-ctx.Done():
		return ctx.Err()
	case <-late.C:
		return fmt.Errorf("%d of %d screens had a snapshot within a minute", c.shown.Load(), len(c.screens))
	}
}

// parse reads a frame, or finds that it is the one that was read before.
func (c *Crowd) parse(b []byte) (*parsed, error) {
	c.reading.RLock()
	known := c.frames[string(b)]
	c.reading.RUnlock()
	if known != nil {
		return known, nil
	}
	if bytes.HasPrefix(b, []byte(`{"type":"snapshot"`)) { // large, and its seq is the hello's
		return snapshot, nil
	}
	p, err := decoded(b)
	if err != nil {
		return nil, err
	}
	c.reading.Lock()
	defer c.reading.Unlock()
	if len(c.frames) == framesKept {
		clear(c.frames)
	}
	c.frames[string(b)] = p
	return p, nil
}

// Clock is the time since the crowd came.
func (c *Crowd) Clock() time.Duration { return time.Since(c.born) }

// Note keeps from now on when each screen is told of each event.
func (c *Crowd) Note() { c.noted.Store(true) }

// Arrivals are what was noted, screen by screen. Only after Close.
func (c *Crowd) Arrivals() (all []Heard) {
	for _, s := range c.screens {
		all = append(all, s.heard...)
	}
	return all
}

// FrameBytes is the size of the last frame that carried events.
func (c *Crowd) FrameBytes() int { return int(c.size.Load()) }

// Await does act, which must bring about the event seq and nothing before it that
// was not told yet, and waits until every screen has been told. It answers when the
// last one was.
func (c *Crowd) Await(seq uint64, act func() error) (time.Duration, error) {
	c.left.Store(int64(len(c.screens)))
	c.want.Store(seq)
	begin := time.Since(c.born)
	c.begin.Store(int64(begin))
	if err := act(); err != nil {
		return 0, err
	}
	late := time.NewTimer(20 * time.Second)
	defer late.Stop()
	select {
	case <-c.seen:
		return time.Since(c.born) - begin, c.err()
	case <-c.broken:
		return 0, c.err()
	case <-late.C:
		return 0, errors.Join(c.err(), fmt.Errorf("%d of %d screens did not hear of event %d within 20 s", c.left.Load(), len(c.screens), seq))
	}
}

// Close ends the screens and answers the first thing that went wrong with any.
func (c *Crowd) Close() error {
	c.closed.Store(true)
	for _, s := range c.screens {
		if s != nil {
			_ = s.conn.Close() // the server may have gone first
		}
	}
	c.read.Wait()
	return c.err()
}

// Deliveries is how long each timed event took to each screen, shortest first. Only
// after Close.
func (c *Crowd) Deliveries() []time.Duration {
	var all []time.Duration
	for _, s := range c.screens {
		all = append(all, s.took...)
	}
	slices.Sort(all)
	return all
}

// fail keeps the first fault; the end of a closed connection is none.
func (c *Crowd) fail(err error) {
	if !c.closed.Load() && c.fault.CompareAndSwap(nil, &err) {
		close(c.broken)
	}
}

func (c *Crowd) err() error {
	if e := c.fault.Load(); e != nil {
		return *e
	}
	return nil
}
