package ledger

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"duban/workflow"
	"duban/workflow/ledger/turns"
)

// The bounds of playback.
const (
	// checkpoints is how many states are kept at most, spread over the journal, for replays
	// to begin at. They share the rows that did not change between them; see also trim.
	checkpoints = 8
	// leastGap is the fewest events between two of them: folding fewer is nothing.
	leastGap = 4096
	// lastAsked is how many states that were asked for, or reached on the way, are kept at
	// most.
	lastAsked = 8
	// replayMost is how many events one call folds; a few seconds. What it has come to
	// is kept, so that asking again goes on from there.
	replayMost = 150_000
)

// Playback gives Books that stand where a living one stood at an earlier instant:
// what had been recorded by then, in the journal's order, read under the plan that was
// in force and with the rights of now (the calendar, too, is as it is now). Board, lists
// and lights of such a Book are made by the code that makes the present ones.
//
// Its methods may be called from many goroutines; one replays at a time, the others
// wait, each caller in turn. An answer that would need more folding than a call may do is
// Unavailable playback.going_on, too many waiting are Unavailable playback.busy, and too
// many of one caller TooMany playback.one_at_a_time; all with retry_after, and all have
// moved what is kept, or will find it moved.
type Playback struct {
	live    *Book
	sources workflow.Sources
	most    uint64
	turns   turns.Turns

	least int // leastRoom
	room  int // what the states may take; 0: least, or roomTimes the living Book

	mu     sync.Mutex
	beside map[pair]int // what a state takes beside the one before, as far as it is known
	kept   []*snapshot  // by position
	asked  []*asked     // the last one asked for last
	rules  workflow.Rules
	begin  time.Time // once it is known for good
}

// asked is a state that was asked for; one only reached on the way has no book.
type asked struct {
	*snapshot
	book *Book
}

// NewPlayback plays back the journal that a Book follows. sources gives back the plans
// that were in force.
func NewPlayback(live *Book, sources workflow.Sources) *Playback {
	return &Playback{live: live, sources: sources, most: replayMost, least: leastRoom}
}

// Within bounds what the states take together, in bytes, but for the last one asked for. 0: by
// the living Book. Before the first use only.
func (p *Playback) Within(bytes int) *Playback {
	p.room = bytes
	return p
}

// Bytes is about what the states take together.
func (p *Playback) Bytes() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bytes()
}

// Position is where the journal stood at the instant: what had been recorded by then.
// Invalid at the field asof: playback.future for an instant after now,
// playback.before_first for one before the record begins.
//
// Recorded times never fall along the events of work, those of a period. Records of
// accounts may have been made by another clock (a server that rehearses begins in
// another year) and do not hold the plan's; so the work recorded last by the instant
// is looked for first, and what follows it counts up to the first later record.
func (p *Playback) Position(ctx context.Context, at, now time.Time) (uint64, error) {
	if at.After(now) {
		return 0, workflow.BadField("asof", "playback.future", "now", now)
	}
	low, high := uint64(0), p.live.Seq() // no work up to low was recorded later
	for low < high {
		middle := low + (high-low+1)/2
		work, err := p.lastWork(ctx, low, middle)
		if err != nil {
			return 0, err
		}
		if work.Seq == 0 || !work.RecordedAt.After(at) {
			low = middle
		} else {
			high = work.Seq - 1
		}
	}
	work, err := p.lastWork(ctx, 0, low)
	if err != nil {
		return 0, err
	}
	position := work.Seq
	for position < low {
		events, err := p.live.journal.Events(ctx, position, int(min(replayPage, low-position)))
		if err != nil {
			return 0, err
		}
		later := slices.IndexFunc(events, func(e workflow.Event) bool { return e.RecordedAt.After(at) })
		if later >= 0 {
			position += uint64(later)
			break
		}
		position += uint64(len(events))
	}
	if position > 0 {
		return position, nil
	}
	first, err := p.Begin(ctx)
	switch {
	case err != nil:
		return 0, err
	case first.IsZero():
		return 0, workflow.BadField("asof", "playback.empty")
	case at.Before(first) && !at.Before(first.Truncate(time.Minute)) && !first.After(now):
		return p.Position(ctx, first, now) // people are told the minute it begins in
	}
	return 0, workflow.BadField("asof", "playback.before_first", "first", first)
}

// lastWork is the last event of a period in (after, upto], none if there is none.
func (p *Playback) lastWork(ctx context.Context, after, upto uint64) (workflow.Event, error) {
	for page := uint64(8); upto > after; page = min(2*page, replayPage) {
		from := max(after, upto-min(upto, page))
		events, err := p.live.journal.Events(ctx, from, int(upto-from)) // #nosec G115 -- at most replayPage
		if err != nil {
			return workflow.Event{}, err
		}
		for _, e := range slices.Backward(events) {
			if e.Period != "" {
				return e, nil
			}
		}
		upto = from
	}
	return workflow.Event{}, nil
}

// Begin is the first instant there is anything to see of: the first record, or the
// first work if its clock was behind. Zero for an empty journal.
func (p *Playback) Begin(ctx context.Context) (time.Time, error) {
	p.mu.Lock()
	begin := p.begin
	p.mu.Unlock()
	if !begin.IsZero() {
		return begin, nil
	}
	for after, head := uint64(0), p.live.Seq(); after < head; {
		events, err := p.live.journal.Events(ctx, after, int(min(replayPage, head-after)))
		if err != nil || len(events) == 0 {
			return begin, err
		}
		if begin.IsZero() {
			begin = events[0].RecordedAt
		}
		if i := slices.IndexFunc(events, func(e workflow.Event) bool { return e.Period != "" }); i >= 0 {
			if t := events[i].RecordedAt; t.Before(begin) {
				begin = t
			}
			p.mu.Lock()
			p.begin = begin
			p.mu.Unlock()
			return begin, nil
		}
		after += uint64(len(events))
	}
	return begin, nil
}

// At is the Book as it stood at the position, which the journal must have reached.
// The same Book may be given to several callers; caller says whose turn a replay takes.
func (p *Playback) At(ctx context.Context, caller string, position uint64) (*Book, error) {
	if b := p.ready(position); b != nil {
		return b, nil
	}
	end, err := p.turns.Take(ctx, caller)
	if err != nil {
		return nil, err
	}
	defer end()
	if b := p.ready(position); b != nil { // whoever had the turn before wanted the same
		return b, nil
	}
	s, err := p.reach(ctx, position)
	if err != nil {
		return nil, err
	}
	return p.open(ctx, s)
}

// ready is the Book at the position if it is at hand and its calendar and rights
// still stand.
func (p *Playback) ready(position uint64) *Book {
	present := p.live.rules()
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, a := range p.asked {
		if a.seq == position && a.book != nil && a.book.rules().Clock.Calendar == present.Clock.Calendar && a.book.rules().Rights == present.Plan &&
			a.book.rules().Transfers == present.Transfers {
			p.asked = append(slices.Delete(p.asked, i, i+1), a)
			return a.book
		}
	}
	return nil
}

// reach replays to the position from the nearest state before it.
func (p *Playback) reach(ctx context.Context, position uint64) (*snapshot, error) {
	base := p.before(position)
	if base.seq == position {
		return base, nil
	}
	r := newReplay(base)
	gap := max(leastGap, p.live.Seq()/checkpoints)
	end := min(position, base.seq+p.most)
	for r.seq < end {
		if err := r.advance(ctx, p.live.journal, min(end, r.seq+gap)); err != nil {
			if errors.Is(err, ctx.Err()) {
				p.keep(r.freeze(), nil)
			}
			return nil, err
		}
		if r.seq < position {
			p.checkpoint(r.freeze(), gap)
		}
	}
	if r.seq < position {
		p.keep(r.freeze(), nil)
		return nil, workflow.Fault(workflow.Unavailable, "playback.going_on", "retry_after", turns.ComeBack,
			"percent", int(r.seq*100/position)) // #nosec G115 -- at most 100
	}
	return r.freeze(), nil
}

// before is the last state kept that is not behind the position.
func (p *Playback) before(position uint64) *snapshot {
	p.mu.Lock()
	defer p.mu.Unlock()
	best := empty()
	for _, s := range p.kept {
		if s.seq <= position && s.seq > best.seq {
			best = s
		}
	}
	for _, a := range p.asked {
		if a.seq <= position && a.seq > best.seq {
			best = a.snapshot
		}
	}
	return best
}

// checkpoint keeps a state if none stands near it.
func (p *Playback) checkpoint(s *snapshot, gap uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i, found := slices.BinarySearchFunc(p.kept, s.seq, func(k *snapshot, seq uint64) int {
		return int(int64(k.seq) - int64(seq)) // #nosec G115 -- positions count events
	})
	if found || i > 0 && s.seq-p.kept[i-1].seq < gap/2 || i < len(p.kept) && p.kept[i].seq-s.seq < gap/2 {
		return
	}
	p.kept = slices.Insert(p.kept, i, s)
	if len(p.kept) > checkpoints {
		p.dropCheckpoint()
	}
	p.trim()
}

// dropCheckpoint lets the checkpoint go that leaves the smallest hole. p.mu is held.
func (p *Playback) dropCheckpoint() {
	if len(p.kept) == 1 {
		p.kept = nil
		return
	}
	least, smallest := 0, p.kept[1].seq
	for i := 1; i < len(p.kept)-1; i++ {
		if hole := p.kept[i+1].seq - p.kept[i-1].seq; hole < smallest {
			least, smallest = i, hole
		}
	}
	p.kept = slices.Delete(p.kept, least, least+1)
}

// keep remembers a state that was asked for or reached.
func (p *Playback) keep(s *snapshot, b *Book) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = slices.DeleteFunc(p.asked, func(a *asked) bool { return a.seq == s.seq })
	p.asked = append(p.asked, &asked{s, b})
	p.asked = slices.Delete(p.asked, 0, max(0, len(p.asked)-lastAsked))
	p.trim()
}

// open makes a Book of a state, under the plan then in force. Before the first plan
// was loaded nothing stands on one, and the present one names the units.
func (p *Playback) open(ctx context.Context, s *snapshot) (*Book, error) {
	present := p.live.rules()
	rules := present
	if s.planned {
		var err error
		if rules, err = p.under(ctx, present, s.plan.Digest); err != nil {
			return nil, err
		}
	}
	rules.Rights, rules.Transfers = present.Plan, present.Transfers
	b := &Book{journal: p.live.journal, rules: func() workflow.Rules { return rules }, reports: p.live.reports, stopped: true}
	b.state.Store(s)
	p.keep(s, b)
	return b, nil
}

// under is the rules of an earlier plan; the last one read is kept, since who looks
// back does so step by step.
func (p *Playback) under(ctx context.Context, present workflow.Rules, digest string) (workflow.Rules, error) {
	p.mu.Lock()
	last := p.rules
	p.mu.Unlock()
	if last.Plan != nil && last.Plan.Digest == digest && last.Clock.Calendar == present.Clock.Calendar {
		return last, nil
	}
	rules, err := present.As(ctx, p.sources, digest)
	if err != nil {
		return rules, err
	}
	p.mu.Lock()
	p.rules = rules
	p.mu.Unlock()
	return rules, nil
}

// Rules are the rules this Book reads its rows with: for a living one those in force.
func (b *Book) Rules() workflow.Rules { return b.rules() }
