package serve

import (
	"crypto/tls"
	"net"
	"sync/atomic"
)

// Secure speaks TLS on the connections of a listener of this package, and nothing else.
func Secure(l *Listener, keys *tls.Config) net.Listener { return &secure{l, keys} }

type secure struct {
	*Listener
	keys *tls.Config
}

// Accept is net.Listener's.
func (l *secure) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &secured{Conn: tls.Server(c, l.keys)}, nil
}

// secured knows whether something was said inside TLS: the connection below has
// heard the handshake.
type secured struct {
	*tls.Conn
	heard atomic.Bool
	kept  atomic.Bool // as conn's
}

// Keep is conn's, of what is said inside TLS.
func (c *secured) Keep() net.Conn {
	c.kept.Store(true)
	return keptSecured{c}
}

type keptSecured struct{ *secured }

// Close is net.Conn's.
func (c keptSecured) Close() error { return c.Conn.Close() }

// Close is fasthttp's, and ends the connection unless it was taken over.
func (c *secured) Close() error {
	if c.kept.Load() {
		return nil
	}
	return c.Conn.Close()
}

// Read is net.Conn's.
func (c *secured) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	note(&c.heard, n)
	return n, err
}

func (c *secured) heardAny() bool { return c.heard.Load() }

// hearing is a connection that knows whether its client has asked anything.
type hearing interface{ heardAny() bool }

// note keeps that something was heard; most reads find it kept.
func note(heard *atomic.Bool, n int) {
	if n > 0 && !heard.Load() {
		heard.Store(true)
	}
}

// connOf is our connection, below TLS where there is TLS; nil: another's.
func connOf(c net.Conn) *conn {
	if s, ok := c.(*secured); ok {
		c = s.NetConn()
	}
	own, _ := c.(*conn)
	return own
}
