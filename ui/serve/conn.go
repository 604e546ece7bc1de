package serve

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// conn is a counted connection. It passes on the socket's own settings, which
// ui/live needs.
type conn struct {
	net.Conn
	listener *Listener
	address  netip.Prefix
	lingers  atomic.Bool
	heard    atomic.Bool // the client has sent something
	kept     atomic.Bool // taken over from fasthttp: its Close ends nothing
	slow     atomic.Pointer[allowance]
	once     sync.Once
	err      error
}

// allowance is the time an upload has: in all, and for each stretch of it.
type allowance struct {
	until time.Time
	idle  time.Duration
}

// errNoSocket is a connection that is no socket (in tests, or TLS).
var errNoSocket = errors.New("serve: the connection has no socket of its own")

// Read is net.Conn's.
func (c *conn) Read(b []byte) (int, error) {
	if a := c.slow.Load(); a != nil {
		until := c.listener.wall().Add(a.idle)
		if a.until.Before(until) {
			until = a.until
		}
		if err := c.Conn.SetReadDeadline(until); err != nil {
			return 0, err
		}
	}
	n, err := c.Conn.Read(b)
	note(&c.heard, n)
	return n, err
}

func (c *conn) heardAny() bool { return c.heard.Load() }

// SyscallConn is syscall.Conn's.
func (c *conn) SyscallConn() (syscall.RawConn, error) {
	if s, ok := c.Conn.(syscall.Conn); ok {
		return s.SyscallConn()
	}
	return nil, errNoSocket
}

// SetWriteBuffer is net.TCPConn's.
func (c *conn) SetWriteBuffer(bytes int) error {
	if s, ok := c.Conn.(interface{ SetWriteBuffer(int) error }); ok {
		return s.SetWriteBuffer(bytes)
	}
	return errNoSocket
}

// SetLinger is net.TCPConn's.
func (c *conn) SetLinger(sec int) error {
	if s, ok := c.Conn.(interface{ SetLinger(int) error }); ok {
		return s.SetLinger(sec)
	}
	return errNoSocket
}

// Keep is the connection for the handler that takes it over from fasthttp. Its own
// Close ends it then; fasthttp's, after the handler, does not. fasthttp is not asked to
// keep connections that are taken over: it would leave each its read buffer of HeaderLimit.
func (c *conn) Keep() net.Conn {
	c.kept.Store(true)
	return kept{c}
}

// kept is a connection of its own keeper.
type kept struct{ *conn }

// Close is net.Conn's.
func (c kept) Close() error { return c.end() }

// Close is fasthttp's, and ends the connection unless it was taken over.
func (c *conn) Close() error {
	if c.kept.Load() {
		return nil
	}
	return c.end()
}

// end closes once, however often it is called.
func (c *conn) end() error {
	c.once.Do(func() {
		c.linger()
		c.err = c.Conn.Close()
		c.listener.leave(c)
	})
	return c.err
}

// cut closes without waiting; a Close that lingers ends at once.
func (c *conn) cut() {
	c.lingers.Store(false)
	// A failure means it is closed already.
	_ = c.SetDeadline(time.Unix(1, 0))
	_ = c.end()
}

// What a refused client still sends is taken for so long and so much: a socket
// closed over unread bytes is reset, and the client may lose the answer.
const (
	lingerTime  = 500 * time.Millisecond
	lingerBytes = 4 << 20
)

// lingerOf asks for a lingering close after a refusal.
func lingerOf(c net.Conn) {
	if c := connOf(c); c != nil {
		c.lingers.Store(true)
	}
}

func (c *conn) linger() {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok || !c.lingers.Load() || half.CloseWrite() != nil {
		return
	}
	if c.SetReadDeadline(c.listener.wall().Add(lingerTime)) == nil {
		// Whatever ends it, the connection is closed next.
		_, _ = io.CopyN(io.Discard, c.Conn, lingerBytes)
	}
}
