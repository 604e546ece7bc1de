package web

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/serve"
	"duban/ui/session"
	"duban/workflow"
)

// The bounds of large exports.
const (
	// HeavyRows is from how many rows on a workbook is made one at a time: below, it takes
	// a tenth of a second and little memory.
	HeavyRows = 2_000
	// heavyQueue is how many wait for their turn, heavyWait how long.
	heavyQueue = 4
	heavyWait  = 20 * time.Second
	// heavyBack is how many seconds a refusal says to wait: about one large workbook.
	heavyBack = 10
)

// heavy gives turns to who needs much memory for a while.
type heavy struct {
	turn, queue chan struct{}
	begin       func() (end func()) // Options.Heavy; may be nil
}

func newHeavy(begin func() func()) *heavy {
	return &heavy{turn: make(chan struct{}, 1), queue: make(chan struct{}, heavyQueue), begin: begin}
}

// Take waits for the turn; end gives it back. Unavailable export.busy with retry_after
// when too many wait or it takes too long.
func (h *heavy) Take(ctx context.Context) (end func(), err error) {
	busy := workflow.Fault(workflow.Unavailable, "export.busy", "retry_after", heavyBack)
	select {
	case h.queue <- struct{}{}:
		defer func() { <-h.queue }()
	default:
		return nil, busy
	}
	wait := time.NewTimer(heavyWait)
	defer wait.Stop()
	select {
	case h.turn <- struct{}{}:
	case <-wait.C:
		return nil, busy
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	ended := func() {}
	if h.begin != nil {
		ended = h.begin()
	}
	return func() { ended(); <-h.turn }, nil
}

const (
	// besideFor is how long an account counts as being there after its last request.
	besideFor = time.Second
	// turnWait is how long a request waits for its account's turn.
	turnWait = 10 * time.Second
)

// turns keep one account's reading from all processors while other accounts ask for something
// too: it has half of them then. Alone it has all. Its further requests wait in line, so
// what one sends at once slows itself. Acts wait for the disk and not for processors, and
// share its syncs: they take no turns.
type turns struct {
	most int // at once, beside others
	now  func() time.Time

	mu   sync.Mutex
	by   map[string]*inTurn
	last [2]seen // the last two different accounts that asked
}

// seen is when an account asked.
type seen struct {
	account string
	at      time.Time
}

// inTurn is an account's reading under way.
type inTurn struct {
	running int
	line    []chan struct{} // who waits, the first in front
}

func newTurns(now func() time.Time) *turns {
	return &turns{most: max(1, runtime.GOMAXPROCS(0)/2), now: now, by: map[string]*inTurn{}}
}

// beside notes that the account asks, and reports whether another one did of late. t.mu is held.
func (t *turns) beside(account string) bool {
	now := t.now()
	if t.last[0].account != account {
		t.last[1] = t.last[0]
	}
	t.last[0] = seen{account, now}
	other := t.last[1]
	return other.account != "" && now.Sub(other.at) < besideFor
}

// take waits for the account's turn; end gives it to the next in line. waited: it did not come
// at once. TooMany request.too_many when it takes too long.
func (t *turns) take(ctx context.Context, account string) (end func(), waited bool, err error) {
	t.mu.Lock()
	a := t.by[account]
	if a == nil {
		a = &inTurn{}
		t.by[account] = a
	}
	end = sync.OnceFunc(func() { t.pass(account, a) })
	if beside := t.beside(account); a.running < t.most || !beside && len(a.line) == 0 {
		a.running++
		t.mu.Unlock()
		return end, false, nil
	}
	mine := make(chan struct{})
	a.line = append(a.line, mine)
	t.mu.Unlock()
	wait := time.NewTimer(turnWait)
	defer wait.Stop()
	select {
	case <-mine:
		return end, true, nil
	case <-wait.C:
		err = workflow.Fault(workflow.TooMany, "request.too_many", "retry_after", readBack)
	case <-ctx.Done():
		err = ctx.Err()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := slices.Index(a.line, mine); i >= 0 {
		a.line = slices.Delete(a.line, i, i+1)
		return nil, true, err
	}
	return end, true, nil // it came in the same instant
}

// pass gives a turn that has ended to who waits.
func (t *turns) pass(account string, a *inTurn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if a.running--; a.running < t.most && len(a.line) > 0 {
		a.running++
		close(a.line[0])
		a.line = a.line[1:]
	}
	if a.running == 0 {
		delete(t.by, account)
	}
}

// InTurn runs a handler that reads when it is the turn of who asks. Who has left while
// waiting is not read for.
func (s *Server) InTurn(c *fiber.Ctx, do func(*fiber.Ctx) error) error {
	who := session.From(c)
	if who.Kind != session.BySession && who.Kind != session.ByToken || c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead {
		return do(c)
	}
	end, waited, err := s.turns.take(c.UserContext(), who.Actor.User)
	if err != nil {
		return err
	}
	defer end()
	if waited && serve.Left(c.Context().Conn()) {
		return workflow.Fault(workflow.Unavailable, "request.left")
	}
	return do(c)
}
