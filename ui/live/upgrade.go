package live

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/websocket"

	"duban/workflow"
)

// Refusals of a handshake, as codes of the text catalogue.
var (
	refuseStopping = workflow.Fault(workflow.Unavailable, "live.stopping")
	refuseFull     = workflow.Fault(workflow.Unavailable, "live.full")
	refuseAddress  = workflow.Fault(workflow.TooMany, "live.address_full")
)

// Serve turns the request into a websocket for the reader and returns; the hub
// keeps the connection from then on. after and epoch are the client's resume
// point, nil or empty when it names none. The connection must be one that can be
// kept, such as those of ui/serve's Listener: fasthttp closes every other.
//
// The error of a refused handshake is a *workflow.Error: Forbidden live.origin,
// Malformed live.handshake, Unavailable live.stopping or live.full, TooMany
// live.address_full (with Retry-After set). Then nothing has been taken over and
// the handler answers as usual.
//
// gorilla works on the raw connection, whose bytes wait in the screen's queue
// until fasthttp has let go of it: the 101 answer can neither overtake an answer
// to an earlier request nor be left behind on a path that fails.
func (h *Hub) Serve(ctx *fiber.Ctx, r Reader, after *uint64, epoch string) error {
	if err := h.room(r.Address); err != nil {
		h.stats.refused.Add(1)
		ctx.Set(fiber.HeaderRetryAfter, "5")
		return err
	}
	if _, ok := ctx.Context().Conn().(keeper); !ok {
		return &workflow.Error{Kind: workflow.Internal, Code: "internal", Err: errors.New("live: the connection cannot be kept from fasthttp")}
	}
	c := &conn{hub: h, reader: r, raw: ctx.Context().Conn()}
	ws, err := h.upgrade(c, ctx)
	if err != nil {
		h.stats.refused.Add(1)
		return err
	}
	c.ws = ws
	var from *uint64
	if after != nil {
		at := *after
		from = &at
	}
	epoch = strings.Clone(epoch)
	ctx.Context().HijackSetNoResponse(true)
	ctx.Context().Hijack(func(nc net.Conn) { h.begin(c, nc, from, epoch) })
	return nil
}

// keeper is a connection that can be taken over from fasthttp, which closes it after
// the handler otherwise.
type keeper interface{ Keep() net.Conn }

// asked are the headers that gorilla and sameOrigin look at. No other is copied.
var asked = []string{"Connection", "Upgrade", "Sec-Websocket-Version", "Sec-Websocket-Key", "Origin"}

// handshake is what gorilla wants while it upgrades a connection and keeps nothing of
// afterwards. It is used again: whatever a join leaves behind stays resident until the
// next collection, for every screen.
type handshake struct {
	req http.Request
	buf *bufio.ReadWriter
	c   *conn
}

var handshakes = sync.Pool{New: func() any {
	return &handshake{req: http.Request{Header: make(http.Header, len(asked))},
		buf: bufio.NewReadWriter(bufio.NewReaderSize(nil, 16), bufio.NewWriterSize(nil, 144))} // the 101 answer has 129 bytes
}}

// begin copies what is asked of the request: fasthttp reuses its buffers.
func (s *handshake) begin(ctx *fiber.Ctx, c *conn) {
	s.c = c
	s.req.Method, s.req.Host = strings.Clone(ctx.Method()), strings.Clone(ctx.Hostname())
	for _, name := range asked {
		values := s.req.Header[name][:0]
		for _, v := range ctx.Context().Request.Header.PeekAll(name) {
			values = append(values, string(v))
		}
		s.req.Header[name] = values
	}
	s.buf.Reader.Reset(wire{c})
	s.buf.Writer.Reset(wire{c})
}

// end lets go of the connection.
func (s *handshake) end() {
	s.c = nil
	s.buf.Reader.Reset(nil)
	s.buf.Writer.Reset(nil)
	handshakes.Put(s)
}

func (h *Hub) upgrade(c *conn, ctx *fiber.Ctx) (*websocket.Conn, error) {
	shake := handshakes.Get().(*handshake)
	defer shake.end()
	shake.begin(ctx, c)
	var refusal *workflow.Error
	up := websocket.Upgrader{
		ReadBufferSize:  maxControl,  // a longer message is read in pieces
		WriteBufferPool: noBuffers{}, // messages are framed here, control frames bring their own
		CheckOrigin:     func(req *http.Request) bool { return sameOrigin(req, c.reader.Cookie) },
		Error: func(_ http.ResponseWriter, _ *http.Request, status int, reason error) {
			refusal = &workflow.Error{Kind: workflow.Malformed, Code: "live.handshake", Err: reason}
			if status == http.StatusForbidden {
				refusal.Kind, refusal.Code = workflow.Forbidden, "live.origin"
			}
		},
	}
	ws, err := up.Upgrade(hijacker{shake}, &shake.req, nil)
	if refusal != nil {
		return nil, refusal
	}
	if err != nil {
		return nil, &workflow.Error{Kind: workflow.Internal, Code: "internal", Err: err}
	}
	return ws, nil
}

// sameOrigin holds Origin against Host. A credential the browser adds by itself
// needs it (cross-site websocket hijacking); a program with a token may have no
// Origin, but a foreign one is refused in any case.
func sameOrigin(req *http.Request, required bool) bool {
	origins := req.Header.Values("Origin")
	if len(origins) == 0 {
		return !required
	}
	u, err := url.Parse(origins[0])
	return err == nil && len(origins) == 1 && u.Host != "" && strings.EqualFold(u.Host, req.Host)
}

// begin takes the connection over from fasthttp, whose handler has returned:
// deadlines set from here on stay.
func (h *Hub) begin(c *conn, nc net.Conn, after *uint64, epoch string) {
	if early(nc) || h.enter(c) != nil {
		// Nothing was sent yet. There is no way left to say why: fasthttp closes it.
		return
	}
	h.stats.joined.Add(1)
	c.mu.Lock()
	c.raw = c.raw.(keeper).Keep() // Serve has looked
	c.rc = rawOf(c.raw)
	if sized, ok := c.raw.(interface{ SetWriteBuffer(int) error }); ok {
		c.note(sized.SetWriteBuffer(sendBuffer))
	}
	c.open = true
	waiting := c.queue
	c.queue = nil
	for _, frame := range waiting {
		c.put(frame)
	}
	c.mu.Unlock()
	go c.read()
	go c.join(after, epoch)
}

// early reports whether fasthttp has already read bytes behind the request. A
// client must not send any before it has the answer, and gorilla, which reads
// the socket, would never see them. A read whose deadline has passed gives what
// is buffered and nothing else.
func early(nc net.Conn) bool {
	if nc.SetReadDeadline(past) != nil {
		return true
	}
	n, _ := nc.Read(make([]byte, 1))
	return n > 0 || nc.SetReadDeadline(time.Time{}) != nil
}

// hijacker is the http.ResponseWriter gorilla wants; it only ever hands the
// connection over.
type hijacker struct{ shake *handshake }

func (hijacker) Header() http.Header         { return http.Header{} }
func (hijacker) Write(p []byte) (int, error) { return len(p), nil }
func (hijacker) WriteHeader(int)             {}

// Hijack is http.Hijacker.
func (w hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return wire{w.shake.c}, w.shake.buf, nil
}

// noBuffers keeps gorilla from holding a write buffer for each connection: no
// message is ever written through it.
type noBuffers struct{}

func (noBuffers) Get() any { return nil }
func (noBuffers) Put(any)  {}
