package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/websocket"
)

// Bare is the least a server does: Fiber that sends ready bytes or hands a request to
// the floor, and a gorilla broadcast with one goroutine and one prepared
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

// NewBare serves the floor on one loopback port:
//
//	GET  /rows/:n       a row
//	POST /rows/:n       puts one report and answers its row
//	GET  /bytes/:n      so many ready bytes
//	POST /acts/:seq     puts one report and tells every websocket of the event, in :size bytes
//	GET  /joined/:n     when n websockets are there
//	POST /leave         lets all websockets go
//
// and websockets on another.
func NewBare(floor *Floor) (*Bare, error) {
	b := &Bare{app: fiber.New(fiber.Config{DisableStartupMessage: true})}
	row := func(c *fiber.Ctx, n int) error {
		row, err := floor.Row(n)
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
		return c.Send(row)
	}
	numbered := func(do func(c *fiber.Ctx, n int) error) fiber.Handler {
		return func(c *fiber.Ctx) error {
			n, err := c.ParamsInt("n")
			if err != nil {
				return err
			}
			return do(c, n)
		}
	}
	b.app.Get("/rows/:n", numbered(row))
	b.app.Post("/rows/:n", numbered(func(c *fiber.Ctx, n int) error {
		if err := floor.Put(n); err != nil {
			return err
		}
		return row(c, n)
	}))
	var ready sync.Map // by size
	b.app.Get("/bytes/:n", numbered(func(c *fiber.Ctx, n int) error {
		bytes, ok := ready.Load(n)
		if !ok {
			bytes, _ = ready.LoadOrStore(n, make([]byte, n))
		}
		return c.Send(bytes.([]byte))
	}))
	b.app.Post("/acts/:n", numbered(func(c *fiber.Ctx, seq int) error {
		if err := floor.Put(0); err != nil {
			return err
		}
		return b.Broadcast(padded(seq, c.QueryInt("size")))
	}))
	b.app.Get("/joined/:n", numbered(func(_ *fiber.Ctx, n int) error { return b.Joined(n) }))
	b.app.Post("/leave", func(*fiber.Ctx) error { b.Leave(); return nil })
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

// padded is a frame of the size with one event.
func padded(seq, size int) []byte {
	frame := fmt.Sprintf(`{"type":"events","events":[{"seq":%d,"pad":"`, seq)
	return []byte(frame + strings.Repeat("x", max(0, size-len(frame)-4)) + `"}]}`)
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

// The words after "duban bench" that start the two processes a bench needs beside itself.
const (
	// Floored is the floor, in a process of its own as the program is: FILE.
	Floored = "floor"
	// Profiled is the program serving, with profiles: DIR NAME, then serve's own flags.
	Profiled = "profiled"
)

// places are where a floor serves, as it says in a line.
type places struct{ Base, Live string }

// ServeFloor serves the floor over the file until ctx ends, and says where in a line on out.
func ServeFloor(ctx context.Context, file string, out io.Writer) error {
	floor, err := NewFloor(file)
	if err != nil {
		return err
	}
	bare, err := NewBare(floor)
	if err != nil {
		return errors.Join(err, floor.Close())
	}
	err = json.NewEncoder(out).Encode(places{bare.Base, bare.Live})
	if err == nil {
		<-ctx.Done()
	}
	return errors.Join(err, bare.Close(), floor.Close())
}

// floorProcess is a floor that runs.
type floorProcess struct {
	process
	places
}

// floor starts one over the file, which must not be there.
func (p program) floor(ctx context.Context, file string) (*floorProcess, error) {
	f := &floorProcess{}
	err := f.start(ctx, p.self, []string{"bench", Floored, file}, nil, func(c *exec.Cmd) (io.Reader, error) { return c.StdoutPipe() },
		func(line []byte) bool { return json.Unmarshal(line, &f.places) == nil && f.Live != "" })
	if err != nil {
		return nil, fmt.Errorf("the floor: %w", err)
	}
	return f, nil
}
