package live

import (
	"net"
	"sync"
	"syscall"
)

// tcpUserTimeout is TCP_USER_TIMEOUT of linux/tcp.h, in milliseconds; the
// syscall package does not name it.
const tcpUserTimeout = 0x12

// rawOf is the way to write without waiting, or nil when the connection has no
// socket of its own (TLS, a pipe): then every frame goes through the queue.
func rawOf(c net.Conn) syscall.RawConn {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return nil
	}
	rc, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	return rc
}

// rawWrite is one write(2) on a descriptor. RawConn takes a function, and a
// closure for every frame and screen would be garbage; these are pooled.
type rawWrite struct {
	p   []byte
	n   int
	err error
	fn  func(fd uintptr) bool
}

var rawWrites = sync.Pool{New: func() any {
	w := new(rawWrite)
	w.fn = w.do
	return w
}}

// do always answers true: RawConn must not wait until the socket is writable.
func (w *rawWrite) do(fd uintptr) bool {
	for {
		w.n, w.err = syscall.Write(int(fd), w.p)
		if w.err != syscall.EINTR {
			return true
		}
	}
}

// writeNow writes what the kernel takes at once; a full socket is not an error.
// It may only be called while nobody writes to the connection in another way:
// RawConn would wait for that write.
func writeNow(rc syscall.RawConn, p []byte) (int, error) {
	w := rawWrites.Get().(*rawWrite)
	w.p, w.n, w.err = p, 0, nil
	err := rc.Write(w.fn)
	n, werr := max(w.n, 0), w.err
	w.p = nil
	rawWrites.Put(w)
	if err != nil {
		return 0, err
	}
	if werr == syscall.EAGAIN {
		werr = nil
	}
	return n, werr
}

// linger lets the kernel keep room more bytes for a peer that does not read, so
// that a close frame fits behind what is stuck, and bounds how long it keeps them.
func linger(c net.Conn, rc syscall.RawConn, room, millis int) error {
	sized, ok := c.(interface{ SetWriteBuffer(int) error })
	if !ok {
		return errNoSocket
	}
	if err := sized.SetWriteBuffer(room); err != nil {
		return err
	}
	var serr error
	err := rc.Control(func(fd uintptr) {
		serr = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, millis)
	})
	if err != nil {
		return err
	}
	return serr
}
