package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/websocket"
)

// Screens are open websockets that wait for frames with a mark in them.
type Screens struct {
	conns []*websocket.Conn
	read  sync.WaitGroup
	mark  atomic.Pointer[[]byte]
	left  atomic.Int64
	seen  chan struct{} // every screen has had the mark
}

// Join opens n screens. The header carries who they are.
func Join(ctx context.Context, n int, base, path string, header http.Header) (*Screens, error) {
	s := &Screens{seen: make(chan struct{}, 1)}
	d := websocket.Dialer{HandshakeTimeout: 20 * time.Second, ReadBufferSize: 4096}
	for range n {
		c, res, err := d.DialContext(ctx, strings.Replace(base, "http", "ws", 1)+path, header)
		if err != nil {
			if res != nil {
				err = fmt.Errorf("%w: %s", err, res.Status)
			}
			return nil, errors.Join(err, s.Close())
		}
		s.conns = append(s.conns, c)
		s.read.Go(func() { s.listen(c) })
	}
	return s, nil
}

// listen counts the frames with the mark; it ends with the connection.
func (s *Screens) listen(c *websocket.Conn) {
	for {
		_, b, err := c.ReadMessage()
		if err != nil {
			return
		}
		if m := s.mark.Load(); m != nil && bytes.Contains(b, *m) && s.left.Add(-1) == 0 {
			s.seen <- struct{}{}
		}
	}
}

// Await does act and waits until every screen has had a frame with the mark.
func (s *Screens) Await(mark string, act func() error) (time.Duration, error) {
	m := []byte(mark)
	s.left.Store(int64(len(s.conns)))
	s.mark.Store(&m)
	begin := time.Now()
	if err := act(); err != nil {
		return 0, err
	}
	select {
	case <-s.seen:
		return time.Since(begin), nil
	case <-time.After(20 * time.Second):
		return 0, fmt.Errorf("%d of %d screens did not hear of it within 20 s", s.left.Load(), len(s.conns))
	}
}

// Close ends the screens.
func (s *Screens) Close() error {
	var err error
	for _, c := range s.conns {
		err = errors.Join(err, c.Close())
	}
	s.read.Wait()
	return err
}

// Bare is the least a server does: Fiber that sends bytes it is given, and a
// gorilla broadcast with one goroutine and one prepared message.
type Bare struct {
	Base  string
	app   *fiber.App
	plain *http.Server
	Live  string // base of the websocket
	done  sync.WaitGroup
	mu    sync.Mutex
	conns []*websocket.Conn
}

// NewBare serves GET /:n with send's bytes on one loopback port, and websockets on
// another.
func NewBare(send func(client int) ([]byte, error)) (*Bare, error) {
	b := &Bare{app: fiber.New(fiber.Config{DisableStartupMessage: true})}
	b.app.Get("/:n", func(c *fiber.Ctx) error {
		n, err := c.ParamsInt("n")
		if err != nil {
			return err
		}
		row, err := send(n)
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
		return c.Send(row)
	})
	b.plain = &http.Server{Handler: http.HandlerFunc(b.join), ReadHeaderTimeout: 5 * time.Second}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	live, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	b.Base, b.Live = "http://"+ln.Addr().String(), "http://"+live.Addr().String()
	b.done.Go(func() { _ = b.app.Listener(ln) })  // ended by Close
	b.done.Go(func() { _ = b.plain.Serve(live) }) // ended by Close
	return b, nil
}

func (b *Bare) join(w http.ResponseWriter, r *http.Request) {
	c, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
	if err != nil {
		return // it has answered
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.conns = append(b.conns, c)
}

// Broadcast sends the bytes to every websocket, one after the other.
func (b *Bare) Broadcast(frame []byte) error {
	m, err := websocket.NewPreparedMessage(websocket.TextMessage, frame)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.conns {
		if err := c.WritePreparedMessage(m); err != nil {
			return err
		}
	}
	return nil
}

// Close ends the server and its websockets.
func (b *Bare) Close() error {
	b.mu.Lock()
	for _, c := range b.conns {
		_ = c.Close() // the other end may have gone first
	}
	b.conns = nil
	b.mu.Unlock()
	err := errors.Join(b.app.Shutdown(), b.plain.Close())
	b.done.Wait()
	return err
}
