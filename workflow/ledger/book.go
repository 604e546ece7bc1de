package ledger

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"duban/workflow"
)

// recentLimit is how many of the day's events the board can show.
const recentLimit = 64

// recentSearch is how far back New looks for them.
const recentSearch = 512

// Book is the folded state of a journal in memory. Its methods may be called from
// many goroutines at once; Observe only before Run.
type Book struct {
	journal workflow.Journal
	rules   func() workflow.Rules
	state   atomic.Pointer[snapshot]
	reports *facts
	board   boardCache

	observers []func(Update)
	first     []func(workflow.Event)

	applying sync.Mutex // held while events are applied; guards running
	running  bool

	mu      sync.Mutex
	waiting []waiter
	stopped bool
}

type waiter struct {
	seq  uint64
	done chan struct{}
}

// Update is an event with the assignment as it was after it, nil for events of no
// assignment. Both are shared: read-only.
type Update struct {
	Event      workflow.Event
	Assignment *workflow.Assignment
}

// Happening is an event as a wall may show it: no texts, no person's name.
type Happening struct {
	Seq        uint64        `json:"seq"`
	At         time.Time     `json:"at"`
	Kind       workflow.Kind `json:"kind"`
	Unit       Unit          `json:"unit"`       // who acted
	Task       *TaskRef      `json:"task"`       // nil for events of no task
	Department *Unit         `json:"department"` // whose assignment, nil for none
	Period     string        `json:"period,omitempty"`
	Indicator  string        `json:"indicator,omitempty"`
}

// New reads the journal's rows. rules gives the rules in force at the moment of the
// call; it must be ready. The Book stands still until Run.
func New(ctx context.Context, j workflow.Journal, rules func() workflow.Rules) (*Book, error) {
	b := &Book{journal: j, rules: rules, reports: &facts{}}
	s := empty()
	err := j.Read(ctx, func(v workflow.ReadView) error { return s.load(v) })
	if err != nil {
		return nil, err
	}
	events, err := j.Events(ctx, s.seq-min(s.seq, recentSearch), recentSearch)
	if err != nil {
		return nil, err
	}
	for _, e := range events {
		if e.Seq <= s.seq {
			s.remember(e)
		}
	}
	b.state.Store(s)
	return b, nil
}

// load reads every row of a consistent view.
func (s *snapshot) load(v workflow.ReadView) error {
	var err error
	s.seq = v.Position()
	if s.plan, s.planned, err = v.Plan(); err != nil {
		return err
	}
	ps, err := v.Periods()
	if err != nil {
		return err
	}
	s.putPeriods(slices.Clone(ps))
	var all []*workflow.Assignment
	names := map[string]string{} // one copy of each repeated text, not one a row
	for a, err := range v.AllAssignments() {
		if err != nil {
			return err
		}
		for _, text := range []*string{&a.Period, &a.Department, &a.LastUnit, (*string)(&a.State), (*string)(&a.LastKind)} {
			if same, ok := names[*text]; ok {
				*text = same
			} else {
				names[*text] = *text
			}
		}
		all = append(all, &a)
		s.transfers = s.transfers.With(a)
	}
	s.urges(all)
	s.fill(all)
	for _, p := range ps {
		a, ok, err := v.Assessment(p.ID)
		if err != nil {
			return err
		}
		if ok {
			if err := (rows{s}).PutAssessment(a); err != nil {
				return err
			}
		}
	}
	for series, err := range v.AllSeries() {
		if err != nil {
			return err
		}
		s.series[series.Indicator] = series
	}
	return nil
}

// Transfers are those of now (workflow.Rules.Transfers).
func (b *Book) Transfers() *workflow.Transfers { return b.now().transfers }

// Run follows the journal until ctx ends, then returns nil; a journal that fails
// ends it with the error. It may run once.
func (b *Book) Run(ctx context.Context) error {
	b.run(true)
	defer b.stop()
	for e, err := range b.journal.Follow(ctx, b.Seq()) {
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if err := b.follow(e); err != nil {
			return err
		}
	}
	return nil
}

func (b *Book) run(on bool) {
	b.applying.Lock()
	defer b.applying.Unlock()
	b.running = on
}

// follow applies the event, unless somebody who waited has.
func (b *Book) follow(e workflow.Event) error {
	b.applying.Lock()
	defer b.applying.Unlock()
	if e.Seq <= b.Seq() {
		return nil
	}
	return b.apply(e)
}

// help applies the events up to seq in the place of Run: who waits for them has just
// been told that they are durable, and to wait for another goroutine to be woken
// takes longer than to apply them. When one is at it already, or something fails, the
// rest is Run's, which meets the same.
func (b *Book) help(ctx context.Context, seq uint64) {
	if !b.applying.TryLock() {
		return
	}
	defer b.applying.Unlock()
	for b.running && b.Seq() < seq {
		events, err := b.journal.Events(ctx, b.Seq(), int(min(seq-b.Seq(), recentSearch))) // #nosec G115 -- at most recentSearch
		if err != nil || len(events) == 0 {
			return
		}
		for _, e := range events {
			if b.apply(e) != nil {
				return
			}
		}
	}
}

// apply folds one event, shows the new state, then tells who waits and observes.
func (b *Book) apply(e workflow.Event) error {
	next := *b.now()
	next.seq = e.Seq
	if err := workflow.Fold(rows{&next}, e); err != nil {
		return err
	}
	next.remember(e)
	next.urge(e)
	if e.Kind == workflow.KindReported && e.Data.Report != nil {
		b.reports.keep(e)
	}
	for _, fn := range b.first {
		fn(e)
	}
	b.state.Store(&next)
	b.wake(e.Seq)
	if len(b.observers) == 0 {
		return nil
	}
	u := Update{Event: e}
	if e.Assignment != "" {
		u.Assignment = next.assignment(e.Assignment)
	}
	for _, fn := range b.observers {
		fn(u)
	}
	return nil
}

// remember keeps the event for the board if a screen may hear of it.
func (s *snapshot) remember(e workflow.Event) {
	if h, ok := happening(e); ok {
		// Older snapshots share the array but end before what is appended, and only
		// the newest is ever appended to.
		s.recent = append(s.recent[max(0, len(s.recent)+1-recentLimit):], h)
	}
}

// happening is the event as a wall shows it, false when a screen may not hear of it.
// A screen's sight does not depend on the plan.
func happening(e workflow.Event) (Happening, bool) {
	if _, ok := (workflow.Rules{}).ShowEvent(workflow.Actor{Role: workflow.Screen}, e); !ok {
		return Happening{}, false
	}
	h := Happening{Seq: e.Seq, At: e.At, Kind: e.Kind, Unit: Unit{ID: e.Actor.Unit},
		Period: e.Period, Indicator: e.Data.Indicator}
	if e.Task != 0 {
		h.Task = &TaskRef{Key: e.Task, No: e.Task}
	}
	if e.Department != "" {
		h.Department = &Unit{ID: e.Department}
	}
	return h, true
}

// Before registers a function that is called before an event is applied, in the journal's
// order: for what readers of the new state must find in place. It must not block. Before
// Run only.
func (b *Book) Before(fn func(workflow.Event)) { b.first = append(b.first, fn) }

// Observe registers a function that is called after each applied event, in the
// journal's order and one call after the other, by Run or by who waits for the event.
// It must not block. Before Run only.
func (b *Book) Observe(fn func(Update)) { b.observers = append(b.observers, fn) }

// Wait returns when the event at seq has been applied, so that a caller reads its
// own write: nil, ctx's error, or Unavailable ledger.stopped when Run has ended.
func (b *Book) Wait(ctx context.Context, seq uint64) error {
	if b.Seq() >= seq {
		return nil
	}
	b.help(ctx, seq)
	b.mu.Lock()
	if b.Seq() >= seq {
		b.mu.Unlock()
		return nil
	}
	if b.stopped {
		b.mu.Unlock()
		return workflow.Fault(workflow.Unavailable, "ledger.stopped")
	}
	w := waiter{seq, make(chan struct{})}
	b.waiting = append(b.waiting, w)
	b.mu.Unlock()
	select {
	case <-w.done:
		if b.Seq() < seq {
			return workflow.Fault(workflow.Unavailable, "ledger.stopped")
		}
		return nil
	case <-ctx.Done():
		b.leave(w)
		return ctx.Err()
	}
}

func (b *Book) leave(w waiter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = slices.DeleteFunc(b.waiting, func(x waiter) bool { return x.done == w.done })
}

func (b *Book) wake(seq uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = slices.DeleteFunc(b.waiting, func(w waiter) bool {
		if w.seq <= seq {
			close(w.done)
			return true
		}
		return false
	})
}

func (b *Book) stop() {
	b.run(false)
	b.mu.Lock()
	b.stopped = true
	b.mu.Unlock()
	b.wake(^uint64(0))
}

func (b *Book) now() *snapshot { return b.state.Load() }

// Seq is the position of the last event applied.
func (b *Book) Seq() uint64 { return b.now().seq }

// Epoch names the journal the positions belong to.
func (b *Book) Epoch() string { return b.journal.Epoch() }

// Assignment finds a folded row.
func (b *Book) Assignment(id string) (workflow.Assignment, bool) {
	if a := b.now().assignment(id); a != nil {
		return *a, true
	}
	return workflow.Assignment{}, false
}

// Period finds a period.
func (b *Book) Period(id string) (workflow.Period, bool) { return b.now().period(id) }

// Periods lists every period by its first day, then in the order of opening.
func (b *Book) Periods() []workflow.Period { return slices.Clone(b.now().periods) }

// RecentPeriods is the last n of Periods, and whether there are others before them.
func (b *Book) RecentPeriods(n int) ([]workflow.Period, bool) {
	all := b.now().periods
	from := max(0, len(all)-n)
	return slices.Clone(all[from:]), from > 0
}

// CurrentPeriod is the regular period work is reported in (workflow.Rules.Current); false
// before the first.
func (b *Book) CurrentPeriod(now time.Time) (workflow.Period, bool) {
	return b.now().current(b.rules(), now)
}

func (s *snapshot) current(r workflow.Rules, now time.Time) (workflow.Period, bool) {
	return r.Current(s.regular, now)
}

// MissingPeriods are the regular periods that went by unopened before the current one.
func (b *Book) MissingPeriods(now time.Time) []workflow.Period {
	return b.rules().Missing(b.now().regular, now)
}
