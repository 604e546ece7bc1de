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

// Limits bound what a Listener accepts; zero values take the defaults named.
type Limits struct {
	// Max is all connections, websockets included. Default: the descriptors the
	// process may have, less 256 for its files, at most 65,536.
	Max int
	// MaxPerAddress is the connections of one client address, for IPv6 of one
	// /64. Default 512. Loopback and Exempt are not counted.
	MaxPerAddress int
	// Exempt are the proxies many clients come through.
	Exempt Proxies
	// After is time.After, replaceable in tests.
	After func(time.Duration) <-chan time.Time
}

// Listener accepts connections within limits and goes on when the process or
// the system is out of descriptors: fasthttp takes such an error as the end of
// the server.
type Listener struct {
	inner  net.Listener
	wall   func() time.Time
	limits Limits
	closed chan struct{}
	once   sync.Once
	err    error // of closing

	retried, refused atomic.Int64

	mu        sync.Mutex
	conns     map[*conn]struct{}
	addresses map[netip.Prefix]int
}

// Listen wraps a listener. wall is the machine's clock (time.Now).
func Listen(inner net.Listener, wall func() time.Time, limits Limits) *Listener {
	def(&limits.Max, defaultMax())
	def(&limits.MaxPerAddress, 512)
	if limits.After == nil {
		limits.After = time.After
	}
	return &Listener{
		inner: inner, wall: wall, limits: limits, closed: make(chan struct{}),
		conns: map[*conn]struct{}{}, addresses: map[netip.Prefix]int{},
	}
}

// The wait after a failed Accept doubles from the first to the last.
const (
	firstWait = 5 * time.Millisecond
	lastWait  = time.Second
)

// Accept is net.Listener's. It fails only when the listener is closed or broken.
func (l *Listener) Accept() (net.Conn, error) {
	wait := firstWait
	for {
		nc, err := l.inner.Accept()
		if err != nil {
			if !passing(err) {
				return nil, err
			}
			l.retried.Add(1)
			select {
			case <-l.closed:
				return nil, net.ErrClosed
			case <-l.limits.After(wait):
			}
			wait = min(2*wait, lastWait)
			continue
		}
		wait = firstWait
		c := &conn{Conn: nc, listener: l, address: l.counted(nc.RemoteAddr())}
		if answer := l.enter(c); answer != "" {
			l.refused.Add(1)
			l.turnAway(nc, answer)
			continue
		}
		return c, nil
	}
}

// passing reports an error of Accept that goes away: no descriptors or memory
// now, or a client that left before it was accepted.
func passing(err error) bool {
	for _, e := range []syscall.Errno{
		syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM,
		syscall.ECONNABORTED, syscall.ECONNRESET, syscall.EINTR, syscall.EAGAIN,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// The answers to a connection over a limit; it has not said anything yet.
const (
	answerFull    = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
	answerAddress = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
)

// turnAway answers without waiting: the buffer of a new socket takes it all.
// Whether it arrives is up to the client, so errors do not matter.
func (l *Listener) turnAway(nc net.Conn, answer string) {
	if nc.SetWriteDeadline(l.wall().Add(10*time.Millisecond)) == nil {
		_, _ = io.WriteString(nc, answer)
	}
	_ = nc.Close()
}

func (l *Listener) enter(c *conn) (refusal string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case len(l.conns) >= l.limits.Max:
		return answerFull
	case c.address.IsValid() && l.addresses[c.address] >= l.limits.MaxPerAddress:
		return answerAddress
	}
	l.conns[c] = struct{}{}
	if c.address.IsValid() {
		l.addresses[c.address]++
	}
	return ""
}

func (l *Listener) leave(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
	if c.address.IsValid() {
		if l.addresses[c.address]--; l.addresses[c.address] <= 0 {
			delete(l.addresses, c.address)
		}
	}
}

// counted is the network limits are kept for; the zero Prefix is not limited.
func (l *Listener) counted(addr net.Addr) netip.Prefix {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return netip.Prefix{}
	}
	a, ok := netip.AddrFromSlice(tcp.IP)
	if a = a.Unmap(); !ok || a.IsLoopback() || l.limits.Exempt.Has(a) {
		return netip.Prefix{}
	}
	bits := 32
	if a.Is6() {
		bits = 64
	}
	return netip.PrefixFrom(a, bits).Masked()
}

// Close stops accepting; connections stay.
func (l *Listener) Close() error {
	l.once.Do(func() {
		close(l.closed)
		l.err = l.inner.Close()
	})
	return l.err
}

// Addr is net.Listener's.
func (l *Listener) Addr() net.Addr { return l.inner.Addr() }

// ListenerStats are a Listener's figures for /metrics.
type ListenerStats struct {
	Connections int   // open now, websockets included
	Refused     int64 // turned away over a limit
	Retried     int64 // failed Accepts survived
}

// Stats reads the figures.
func (l *Listener) Stats() ListenerStats {
	l.mu.Lock()
	defer l.mu.Unlock()
	return ListenerStats{Connections: len(l.conns), Refused: l.refused.Load(), Retried: l.retried.Load()}
}

// cutAll closes what is still open.
func (l *Listener) cutAll() {
	l.mu.Lock()
	list := make([]*conn, 0, len(l.conns))
	for c := range l.conns {
		list = append(list, c)
	}
	l.mu.Unlock()
	for _, c := range list {
		c.cut()
	}
}
