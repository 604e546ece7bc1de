package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/websocket"

	"duban/store/storetest"
	"duban/ui/serve"
	"duban/workflow"
)

// journal is a Source in memory: event n is visible to class "all", and to
// "even" when n is even; "broken" panics on event 7.
type journal struct {
	mu      sync.Mutex
	head    uint64
	keep    uint64 // History answers after positions from here on
	renders int
	asked   int // snapshots
	fail    error

	pagesSince atomic.Uint64
}

func (j *journal) update(seq uint64) Update {
	return Update{
		Seq: seq,
		Frame: func(class string) []byte {
			switch {
			case class == "even" && seq%2 == 1:
				return nil
			case class == "broken" && seq == 7:
				panic("event 7")
			}
			return fmt.Appendf(nil, `{"seq":%d,"at":"2022-09-20T09:00:00+08:00","kind":"reported"}`, seq)
		},
		Counts: func(string) []byte { return fmt.Appendf(nil, `{"events":%d}`, seq) },
	}
}

// commit makes n more events durable and pushes them one by one.
func (j *journal) commit(h *Hub, n int) {
	for range n {
		j.mu.Lock()
		j.head++
		u := j.update(j.head)
		j.mu.Unlock()
		h.Push(u)
	}
}

func (j *journal) Head() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.head
}

func (j *journal) Epoch() string { return "epoch-1" }

func (j *journal) PagesSince() uint64 { return j.pagesSince.Load() }
func (j *journal) Now() time.Time {
	return time.Date(2022, 9, 20, 9, 0, 0, 0, time.FixedZone("", 8*3600))
}

func (j *journal) History(_ context.Context, after uint64, limit int) ([]Update, bool, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if after < j.keep {
		return nil, false, j.fail
	}
	var list []Update
	for s := after + 1; s <= j.head && len(list) < limit; s++ {
		list = append(list, j.update(s))
	}
	return list, true, j.fail
}

func (j *journal) Snapshot(_ context.Context, class string) (uint64, []byte, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.asked++
	return j.head, fmt.Appendf(nil, `{"class":%q,"events":%d}`, class, j.head), j.fail
}

// Regions has one region for each of the last events since, and "all".
func (j *journal) Regions(_ context.Context, view string, since uint64) (uint64, []byte, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.renders++
	if view == "panic" {
		panic("template")
	}
	if since >= j.head && since != 0 {
		return j.head, nil, j.fail
	}
	return j.head, fmt.Appendf(nil, `{"total":"%d","since":"%d"}`, j.head, since), j.fail
}

// rig is a real Fiber app with a hub on loopback.
type rig struct {
	t    *testing.T
	hub  *Hub
	src  *journal
	app  *fiber.App
	addr string
}

func newRig(t *testing.T, opts Options) *rig {
	t.Helper()
	r := &rig{t: t, src: &journal{}}
	return r.start(opts)
}

func (r *rig) start(opts Options) *rig {
	r.t.Helper()
	before := runtime.NumGoroutine()
	r.hub = New(r.src, time.Now, opts)
	return r.serve(before)
}

// serve opens the door to r.hub; before is how many goroutines there were
// without it, and must be again at the end.
func (r *rig) serve(before int) *rig {
	t := r.t
	t.Helper()
	r.app = fiber.New(fiber.Config{DisableStartupMessage: true, Immutable: true, ErrorHandler: func(c *fiber.Ctx, err error) error {
		e := workflow.AsError(err)
		status := map[workflow.ErrorKind]int{workflow.Forbidden: 403, workflow.Malformed: 400, workflow.Unavailable: 503, workflow.TooMany: 429}[e.Kind]
		if status == 0 {
			status = 500
		}
		return c.Status(status).SendString(e.Code)
	}})
	r.app.Get("/live", func(c *fiber.Ctx) error {
		reader := Reader{
			Class: c.Query("class", "all"), View: c.Query("view"), Key: c.Query("key"), Address: c.Query("address"),
			Cookie: c.Get("Cookie") != "", Wall: c.Query("wall") != "", Actor: workflow.Actor{User: c.Query("user")},
		}
		if e := c.Query("expires"); e != "" {
			reader.Expires = r.src.Now().Add(time.Minute)
			if e == "past" {
				reader.Expires = r.src.Now()
			}
		}
		var after *uint64
		if v, err := strconv.ParseUint(c.Query("after"), 10, 64); err == nil {
			after = &v
		}
		return r.hub.Serve(c, reader, after, c.Query("epoch"))
	})
	r.app.Get("/plain", func(c *fiber.Ctx) error { return c.SendString("plain") })
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.addr = ln.Addr().String()
	done := make(chan error, 1)
	go func() { done <- r.app.Listener(serve.Listen(ln, time.Now, serve.Limits{})) }()
	t.Cleanup(func() {
		r.close()
		if err := r.app.ShutdownWithTimeout(storetest.Patience); err != nil {
			t.Error(err)
		}
		<-done
		settle(t, before)
	})
	return r
}

// close ends the hub; it is harmless twice.
func (r *rig) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	if err := r.hub.Close(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		r.t.Error(err)
	}
}

// settle fails when goroutines stay behind.
func settle(t *testing.T, before int) {
	t.Helper()
	for began := time.Now(); time.Since(began) < storetest.Patience; time.Sleep(20 * time.Millisecond) {
		if runtime.NumGoroutine() <= before+2 { // fasthttp's worker pool cleaner and its clock
			return
		}
	}
	buf := make([]byte, 1<<16)
	t.Errorf("goroutines: %d before, %d after\n%s", before, runtime.NumGoroutine(), buf[:runtime.Stack(buf, true)])
}

// frame is any frame of the contract.
type frame struct {
	Type   string
	Seq    uint64
	Epoch  string
	Now    string
	Build  string
	Board  json.RawMessage
	Events []struct {
		Seq  uint64
		Kind string
	}
	Counts  map[string]uint64
	Regions map[string]string
}

type client struct {
	*websocket.Conn
	t *testing.T
}

func (r *rig) dial(query string) *client {
	r.t.Helper()
	c, resp, err := r.try(query, nil)
	if err != nil {
		status := 0
		if resp != nil {
			status = resp.StatusCode
		}
		r.t.Fatalf("dial %s: %v, status %d", query, err, status)
	}
	return c
}

func (r *rig) try(query string, header http.Header) (*client, *http.Response, error) {
	d := websocket.Dialer{HandshakeTimeout: storetest.Patience}
	ws, resp, err := d.Dial("ws://"+r.addr+"/live?"+query, header)
	if err != nil {
		return nil, resp, err
	}
	r.t.Cleanup(func() { _ = ws.Close() })
	return &client{ws, r.t}, resp, nil
}

func (c *client) next() (frame, error) {
	var f frame
	if err := c.SetReadDeadline(time.Now().Add(storetest.Patience)); err != nil {
		return f, err
	}
	_, b, err := c.ReadMessage()
	if err != nil {
		return f, err
	}
	return f, json.Unmarshal(b, &f)
}

func (c *client) want(kind string) frame {
	c.t.Helper()
	f, err := c.next()
	if err != nil {
		c.t.Fatalf("waiting for %s: %v", kind, err)
	}
	if f.Type != kind {
		c.t.Fatalf("got %+v, want a %s", f, kind)
	}
	return f
}

// code reads until the connection ends and is its close code.
func (c *client) code() int {
	c.t.Helper()
	for {
		if _, err := c.next(); err != nil {
			var ce *websocket.CloseError
			if errors.As(err, &ce) {
				return ce.Code
			}
			c.t.Fatalf("ended without a close frame: %v", err)
		}
	}
}

// eventually waits for a condition of another goroutine.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for began := time.Now(); time.Since(began) < storetest.Patience; time.Sleep(10 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

func after(seq uint64) string { return "epoch=epoch-1&after=" + strconv.FormatUint(seq, 10) }

func both(parts ...string) string { return strings.Join(parts, "&") }
