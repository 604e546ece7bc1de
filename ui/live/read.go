package live

import (
	"errors"
	"io"
	"net"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

// wire is the connection as gorilla sees it: reading is the socket's, every
// write goes through the screen's own queue, and closing is not gorilla's to do.
type wire struct{ c *conn }

func (w wire) Read(p []byte) (int, error) { return w.c.raw.Read(p) }

// Write takes what gorilla makes by itself: the 101 answer and control frames,
// each whole in one call.
func (w wire) Write(p []byte) (int, error) {
	frame := append([]byte(nil), p...)
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	if w.c.closing || w.c.gone {
		return len(p), nil // nothing follows a close frame
	}
	if len(frame) > 0 && frame[0] == opClose {
		w.c.end(frame)
	} else {
		w.c.put(frame)
	}
	return len(p), nil
}

func (w wire) Close() error                      { return nil }
func (w wire) LocalAddr() net.Addr               { return w.c.raw.LocalAddr() }
func (w wire) RemoteAddr() net.Addr              { return w.c.raw.RemoteAddr() }
func (w wire) SetDeadline(time.Time) error       { return nil }
func (w wire) SetReadDeadline(t time.Time) error { return w.c.raw.SetReadDeadline(t) }
func (w wire) SetWriteDeadline(time.Time) error  { return nil }

// read is the screen's reading goroutine. Nothing a client says matters beyond
// that it is there; when it ends the socket is closed, here and nowhere else.
func (c *conn) read() {
	defer c.hub.running.Done()
	defer c.leave()
	defer func() {
		if recover() != nil {
			c.hub.stats.panics.Add(1)
			c.close(closeFault, "fault")
		}
	}()
	c.ws.SetReadLimit(readLimit)
	c.ws.SetPongHandler(func(string) error { return c.heard() })
	c.ws.SetPingHandler(func(data string) error {
		c.send(control(opPong, []byte(data)))
		return c.heard()
	})
	c.ws.SetCloseHandler(func(code int, _ string) error {
		c.close(code, "")
		return nil
	})
	for {
		if err := c.heard(); err != nil {
			c.ended(err)
			return
		}
		kind, b, err := c.ws.ReadMessage()
		if err != nil {
			c.ended(err)
			return
		}
		if kind == websocket.TextMessage && !utf8.Valid(b) { // RFC 6455 §8.1
			c.close(websocket.CloseInvalidFramePayloadData, "")
		}
	}
}

// ended is the last of reading. A socket closed over unread bytes is reset, and
// the peer may lose the close frame: so what a rude client still sends is taken
// first, within limits.
func (c *conn) ended(err error) {
	var ne net.Error
	var ce *websocket.CloseError
	switch {
	case errors.As(err, &ne) && ne.Timeout():
		// Silent past the pings. Does nothing when the wait for a close ran out.
		c.close(CloseSlow, "no answer")
	case !errors.As(err, &ce):
		if errors.Is(err, websocket.ErrReadLimit) { // gorilla does not always say so
			c.close(websocket.CloseMessageTooBig, "")
		}
		c.mu.Lock()
		closing := c.closing
		c.mu.Unlock()
		if closing {
			// Whatever ends this, the socket is closed next.
			_, _ = io.CopyN(io.Discard, c.raw, maxUnread)
		}
	}
}

// maxUnread is how many bytes of a client that was told off are still read.
const maxUnread = 256 << 10

var errTalk = errors.New("live: the client talks too much")

// heard moves the read deadline on: the peer is alive.
func (c *conn) heard() error {
	if c.talk.Add(1) > maxTalk {
		c.close(closeTalk, "too many frames")
		return errTalk
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closing && !c.gone {
		c.deadline(c.raw.SetReadDeadline, c.hub.wall().Add(c.hub.opts.PongWait))
	}
	return nil
}

// maxTalk is how many frames a client may send in one Options.Tick.
const maxTalk = 100

// leave closes the socket and takes the screen off the books.
func (c *conn) leave() {
	c.mu.Lock()
	c.gone = true
	if !c.draining {
		c.queue = nil
	}
	c.signal()
	err := c.raw.Close()
	c.mu.Unlock()
	c.note(err)
	c.hub.forget(c)
}
