package web

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/serve"
	"duban/ui/session"
	"duban/workflow"
)

// The bounds of long reads: exports, the journal, what is worked out of all of a period.
const (
	// readWait is how long a caller's second long read waits for the first to end: a page
	// that is loaded again leaves its first request behind.
	readWait = 2 * time.Second
	// readBack is how many seconds a refusal says to wait.
	readBack = 5
	// ReadsFree is how many events a request that pages through the journal looks at
	// before it counts as a long read.
	ReadsFree = 2_000
)

// readings gives turns to long reads: a caller has one at a time, and all of them
// together work on half of the processors, a stretch each, so that who waits for a list
// waits no longer for them.
type readings struct {
	slots chan struct{}

	mu   sync.Mutex
	open map[string]*opened
}

// opened is a caller's long read that is under way.
type opened struct {
	ended   chan struct{}
	waiting bool // somebody waits for it to end
}

func newReadings() *readings {
	return &readings{slots: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)), open: map[string]*opened{}}
}

// enter begins a caller's long read; leave ends it. TooMany read.one_at_a_time while
// another one of theirs goes on, and nothing is waited for but its end for a moment, by
// one request.
func (r *readings) enter(ctx context.Context, caller string) (leave func(), err error) {
	before, err := r.claim(caller)
	if err != nil {
		return nil, err
	}
	if before != nil {
		wait := time.NewTimer(readWait)
		defer wait.Stop()
		select {
		case <-before.ended:
		case <-wait.C:
		case <-ctx.Done():
		}
		r.mu.Lock()
		before.waiting = false
		_, there := r.open[caller]
		if there || ctx.Err() != nil {
			r.mu.Unlock()
			return nil, errors.Join(ctx.Err(), oneAtATime())
		}
		r.begin(caller)
		r.mu.Unlock()
	}
	return sync.OnceFunc(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		close(r.open[caller].ended)
		delete(r.open, caller)
	}), nil
}

// claim begins the caller's long read, or answers the one that must end before.
func (r *readings) claim(caller string) (before *opened, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before = r.open[caller]
	switch {
	case before == nil:
		r.begin(caller)
	case before.waiting:
		return nil, oneAtATime()
	default:
		before.waiting = true
	}
	return before, nil
}

// begin notes that the caller has a long read. r.mu is held.
func (r *readings) begin(caller string) { r.open[caller] = &opened{ended: make(chan struct{})} }

func oneAtATime() error {
	return workflow.Fault(workflow.TooMany, "read.one_at_a_time", "retry_after", readBack)
}

// Stretch waits for one of the processors long reads may use; end gives it back. Hold it
// for a batch of work and never while waiting for a client.
func (r *readings) Stretch(ctx context.Context) (end func(), err error) {
	select {
	case r.slots <- struct{}{}:
		return func() { <-r.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// reading is a request that reads for long. Its context ends when its client leaves.
type reading struct {
	end  func()
	kept bool // the answer is still to be sent: who sends it ends the reading
}

type readingKey struct{}

// CallerOf names whose long reads are counted together: an account by whatever login or
// token, a screen, an address.
func (s *Server) CallerOf(c *fiber.Ctx) string {
	switch who := session.From(c); who.Kind {
	case session.BySession, session.ByToken:
		return "account/" + who.Actor.User
	case session.ByScreen:
		return who.Key
	}
	return "address/" + s.Sessions.Address(c)
}

// Watched runs a handler with a context that ends when the client leaves. Where the
// handler has not kept the reading, it has ended afterwards.
func (s *Server) Watched(c *fiber.Ctx, do func(*fiber.Ctx) error) error {
	before := c.UserContext()
	ctx, stop := serve.WhileConnected(before, c.Context().Conn())
	r := &reading{end: stop}
	c.SetUserContext(ctx)
	c.Locals(readingKey{}, r)
	defer func() {
		if !r.kept {
			r.end()
		}
	}()
	err := do(c)
	if err != nil && ctx.Err() != nil && before.Err() == nil && errors.Is(err, context.Canceled) {
		return workflow.Fault(workflow.Unavailable, "request.left")
	}
	return err
}

// ReadLong runs a handler as its caller's one long read.
func (s *Server) ReadLong(c *fiber.Ctx, do func(*fiber.Ctx) error) error {
	return s.Watched(c, func(c *fiber.Ctx) error {
		if err := s.Grow(c); err != nil {
			return err
		}
		return do(c)
	})
}

// Grow makes a watched request its caller's one long read, once.
func (s *Server) Grow(c *fiber.Ctx) error {
	r, _ := c.Locals(readingKey{}).(*reading)
	if _, long := c.Locals(longKey{}).(bool); long || r == nil {
		return nil
	}
	leave, err := s.Readings.enter(c.UserContext(), s.CallerOf(c))
	if err != nil {
		return err
	}
	c.Locals(longKey{}, true)
	stop := r.end
	r.end = func() { stop(); leave() }
	return nil
}

type longKey struct{}

// KeepReading hands the end of the request's reading to who sends its answer.
func KeepReading(c *fiber.Ctx) (end func()) {
	r, ok := c.Locals(readingKey{}).(*reading)
	if !ok {
		return func() {}
	}
	r.kept = true
	return r.end
}

// Sending is an answer on its way whose end is the end of its request's reading.
type Sending struct {
	io.ReadCloser
	End func()
}

// Close is io.Closer's.
func (r Sending) Close() error {
	defer r.End()
	return r.ReadCloser.Close()
}

// UploadsMost is how many uploads one account may have on their way at once: each takes
// some memory and a temporary file.
const UploadsMost = 4

// arriving counts uploads on their way, by who sends them.
type arriving struct {
	mu sync.Mutex
	by map[string]int
}

// Enter begins an upload; leave ends it. TooMany file.too_many_at_once.
func (a *arriving) Enter(caller string) (leave func(), err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.by[caller] >= UploadsMost {
		return nil, workflow.Fault(workflow.TooMany, "file.too_many_at_once", "limit", UploadsMost, "retry_after", readBack)
	}
	if a.by == nil {
		a.by = map[string]int{}
	}
	a.by[caller]++
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.by[caller]--; a.by[caller] == 0 {
			delete(a.by, caller)
		}
	}, nil
}
