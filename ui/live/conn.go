package live

import (
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gorilla/websocket"
)

// errNoSocket is a connection whose socket cannot be reached.
var errNoSocket = errors.New("live: the connection has no socket of its own")

const (
	// sendBuffer is the kernel's send buffer of a screen, bytes (the kernel
	// doubles it). With default buffers 20 dead screens held 81 MB.
	sendBuffer = 64 << 10
	// readLimit is the longest message a client may send, bytes. Clients have
	// nothing to say but pings and closes.
	readLimit = 512
	// maxQueue is how many frames may wait: one of data, the rest are answers to
	// pings of a client that does not read.
	maxQueue = 16
)

// conn is one screen. cursor, delta and pinged belong to whoever steps it: the
// goroutine that joins it, then its shard.
type conn struct {
	hub    *Hub
	reader Reader
	ws     *websocket.Conn // read side only
	raw    net.Conn
	rc     syscall.RawConn // nil: every frame goes through the queue
	shard  *shard
	view   *view // nil: events
	cursor uint64
	delta  uint64 // the view's next delta for this screen
	pinged int64  // the shard's beat of the last ping

	sent atomic.Int64 // the shard's beat of the last text frame
	talk atomic.Int32 // frames the client sent since the last sweep of it

	mu       sync.Mutex
	queue    [][]byte      // what the kernel did not take; the first may be begun
	drained  chan struct{} // signalled when the queue empties; only while joining
	open     bool          // the connection is ours; before that frames wait
	draining bool          // a goroutine writes the queue
	closing  bool          // a close frame is the last in the queue, or was sent
	gone     bool          // the reader has ended and the socket is closed
}

// send writes one whole frame or queues it; false once the connection closes.
func (c *conn) send(frame []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing || c.gone {
		return false
	}
	c.put(frame)
	return true
}

// put is the only place bytes leave through. c.mu is held.
func (c *conn) put(frame []byte) {
	if frame[0] == opText { // pages hear no pings: only text puts a tick off
		c.sent.Store(c.shard.beat.Load())
	}
	if c.open && len(c.queue) == 0 && c.rc != nil {
		n, err := writeNow(c.rc, frame)
		if err != nil {
			c.cut()
			return
		}
		if frame = frame[n:]; len(frame) == 0 {
			return
		}
	}
	c.queue = append(c.queue, frame)
	if c.open && !c.draining {
		c.draining = true
		c.hub.running.Add(1)
		go c.drain()
	}
	if len(c.queue) > maxQueue && !c.closing {
		c.hub.stats.slow.Add(1)
		c.end(closing(CloseSlow, "too slow"))
	}
}

// busy reports whether frames wait or the connection closes.
func (c *conn) busy() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.queue) > 0 || c.closing || c.gone
}

// close sends a close frame as the last one and gives the peer CloseWait to
// answer. What waits is dropped, except the frame that may be half written.
func (c *conn) close(code int, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closing && !c.gone {
		c.end(closing(code, reason))
	}
}

// end is close with a ready frame. c.mu is held, c.closing is false.
func (c *conn) end(frame []byte) {
	c.closing = true
	if len(c.queue) > 1 {
		clear(c.queue[1:])
		c.queue = c.queue[:1]
	}
	until := c.hub.wall().Add(c.hub.opts.CloseWait)
	if c.draining {
		c.deadline(c.raw.SetWriteDeadline, until)
	}
	c.deadline(c.raw.SetReadDeadline, until)
	c.put(frame)
}

// cut ends the connection without a word: the peer is gone or takes nothing.
// The reader wakes and closes the socket. c.mu is held.
func (c *conn) cut() {
	c.closing = true
	if l, ok := c.raw.(interface{ SetLinger(int) error }); ok {
		// Reset, so that the kernel drops what it holds for this peer.
		c.note(l.SetLinger(0))
	}
	c.deadline(c.raw.SetReadDeadline, past)
}

// past is a deadline that has passed on any clock.
var past = time.Unix(1, 0)

// deadline sets one; a socket that refuses has been closed already.
func (c *conn) deadline(set func(time.Time) error, at time.Time) { c.note(set(at)) }

// note counts an error of the socket's settings. There is nothing else to do:
// the reader meets the broken connection itself.
func (c *conn) note(err error) {
	if err != nil && !errors.Is(err, net.ErrClosed) {
		c.hub.stats.socketErrors.Add(1)
	}
}

// drain writes the queue until it is empty, waiting for the peer.
func (c *conn) drain() {
	defer c.hub.running.Done()
	for {
		c.mu.Lock()
		if c.gone || len(c.queue) == 0 {
			c.rest()
			c.mu.Unlock()
			c.shard.ring()
			return
		}
		p := c.queue[0]
		wait := c.hub.opts.SlowAfter
		if c.closing {
			wait = c.hub.opts.CloseWait
		}
		c.deadline(c.raw.SetWriteDeadline, c.hub.wall().Add(wait))
		c.mu.Unlock()

		n, err := c.raw.Write(p)

		c.mu.Lock()
		c.took(n)
		stuck := errors.Is(err, os.ErrDeadlineExceeded)
		switch {
		case err == nil, stuck && n > 0 && !c.closing:
			c.mu.Unlock()
			continue
		case stuck && !c.closing:
			c.giveUp()
		case !c.gone:
			c.cut()
		}
		c.queue = nil
		c.rest()
		c.mu.Unlock()
		return
	}
}

// rest ends draining; c.mu is held.
func (c *conn) rest() {
	c.draining = false
	if !c.gone {
		c.deadline(c.raw.SetWriteDeadline, time.Time{})
	}
	c.signal()
}

// signal wakes who waits for the queue; c.mu is held.
func (c *conn) signal() {
	if c.drained != nil {
		select {
		case c.drained <- struct{}{}:
		default:
		}
	}
}

// took removes n written bytes from the head of the queue; c.mu is held.
func (c *conn) took(n int) {
	if n == len(c.queue[0]) {
		c.queue[0] = nil
		c.queue = c.queue[1:]
		if len(c.queue) == 0 {
			c.queue = nil
		}
		return
	}
	c.queue[0] = c.queue[0][n:]
}

// giveUp closes a screen that took nothing for SlowAfter. The rest of the frame
// begun and the close frame are left with the kernel, in a buffer made larger
// for them: should the peer read again soon, it learns why. c.mu is held by the
// draining goroutine, the only writer.
func (c *conn) giveUp() {
	c.hub.stats.slow.Add(1)
	c.closing = true
	if c.rc == nil || len(c.queue) == 0 {
		c.cut()
		return
	}
	last := append(append([]byte(nil), c.queue[0]...), closing(CloseSlow, "too slow")...)
	c.deadline(c.raw.SetWriteDeadline, time.Time{})
	if err := linger(c.raw, c.rc, 2*sendBuffer+2*len(last), int(orphanTime.Milliseconds())); err != nil {
		c.cut()
		return
	}
	if n, err := writeNow(c.rc, last); err != nil || n < len(last) {
		c.cut()
		return
	}
	c.deadline(c.raw.SetReadDeadline, c.hub.wall().Add(c.hub.opts.CloseWait))
}

// orphanTime is how long the kernel keeps the last bytes for a silent peer.
const orphanTime = 30 * time.Second
