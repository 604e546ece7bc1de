package bench

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/websocket"
)

// Bare is the least a server does: Fiber that sends bytes it is given or hands a
// request to the floor, and a gorilla broadcast with one goroutine and one prepared
// message.
type Bare struct {
	Base  string
	app   *fiber.App
	plain *http.Server
	Live  string // base of the websocket
	done  sync.WaitGroup
	mu    sync.Mutex
	conns []*websocket.Conn
}

// NewBare serves GET and POST /:n on one loopback port, and websockets on another.
// Both answer send's bytes; a POST puts one report into the floor first.
func NewBare(floor *Floor, send func(client int) ([]byte, error)) (*Bare, error) {
	b := &Bare{app: fiber.New(fiber.Config{DisableStartupMessage: true})}
	answer := func(c *fiber.Ctx) error {
		n, err := c.ParamsInt("n")
		if err != nil {
			return err
		}
		if c.Method() == fiber.MethodPost {
			if err := floor.Put(n); err != nil {
				return err
			}
		}
		row, err := send(n)
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
		return c.Send(row)
	}
	b.app.Get("/:n", answer)
	b.app.Post("/:n", answer)
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

// Joined waits until n websockets are there.
func (b *Bare) Joined(n int) error {
	for begin := time.Now(); ; time.Sleep(time.Millisecond) {
		b.mu.Lock()
		there := len(b.conns)
		b.mu.Unlock()
		if there == n {
			return nil
		}
		if time.Since(begin) > 20*time.Second {
			return fmt.Errorf("%d of %d websockets came to the floor", there, n)
		}
	}
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

// Leave lets all websockets go.
func (b *Bare) Leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.conns {
		_ = c.Close() // the other end may have gone first
	}
	b.conns = nil
}

// Close ends the server and its websockets.
func (b *Bare) Close() error {
	b.Leave()
	err := errors.Join(b.app.Shutdown(), b.plain.Close())
	b.done.Wait()
	return err
}
