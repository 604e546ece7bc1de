package serve

import (
	"context"
	"net"
	"sync"
	"time"
)

// WhileConnected is ctx until the client of the connection leaves: what is made for
// somebody who does not wait for it any more can end. fasthttp looks at a connection
// again only when it writes the answer. Call stop before the request ends; it waits for
// the look-out to end. A client that closes its sending half alone is taken to have left.
//
// Where the system does not tell (no TCP, or no Linux), it is ctx.
func WhileConnected(ctx context.Context, nc net.Conn) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	c := connOf(nc)
	if c == nil {
		return ctx, cancel
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return ctx, cancel
	}
	// The time its request had to arrive in would end the look-out.
	if err := c.Conn.SetReadDeadline(time.Time{}); err != nil {
		cancel() // it is closed already
		return ctx, cancel
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		// It is asked again whenever something comes in, and reads nothing. An error says
		// that stop was called, or that the connection is closed.
		_ = raw.Read(func(fd uintptr) bool {
			open, known := peerThere(fd)
			if known && !open {
				cancel()
			}
			return !known || !open
		})
	}()
	return ctx, sync.OnceFunc(func() {
		// A failure means that it is closed already, which ends the look-out too.
		_ = c.Conn.SetReadDeadline(time.Unix(1, 0))
		<-ended
		_ = c.Conn.SetReadDeadline(time.Time{})
		cancel()
	})
}

// Left reports whether the client of the connection is known to have left.
func Left(nc net.Conn) (left bool) {
	c := connOf(nc)
	if c == nil {
		return false
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return false // it cannot be told
	}
	err = raw.Control(func(fd uintptr) {
		open, known := peerThere(fd)
		left = known && !open
	})
	return left || err != nil // a closed descriptor
}
