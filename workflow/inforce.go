package workflow

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// InForce holds the rules in force while a program runs. A change of plan replaces them
// for all readers at once.
//
// Whoever folds the journal calls Loaded before it shows what the event changed, so that
// no reader meets rows of a plan whose rules it does not have yet.
type InForce struct {
	mu    sync.RWMutex
	rules Rules
	next  *Rules // of the version that is being recorded; nil: none is
	taken func() *Transfers
}

// NewInForce begins with the rules of the newest version in the journal.
func NewInForce(r Rules) *InForce { return &InForce{rules: r} }

// Transferred names who knows the transfers, which are a part of the rules: the read
// model, once there is one.
func (f *InForce) Transferred(transfers func() *Transfers) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.taken = transfers
}

// Rules are those in force now.
func (f *InForce) Rules() Rules {
	f.mu.RLock()
	r, taken := f.rules, f.taken
	f.mu.RUnlock()
	if taken != nil {
		r.Transfers = taken()
	}
	return r
}

// prepare keeps the rules of a version that is about to be recorded.
func (f *InForce) prepare(next Rules) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next = &next
}

// Loaded puts the prepared rules in force once their event is in the journal. Other
// events, and one that is in force already, change nothing.
func (f *InForce) Loaded(e Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if e.Kind != KindPlanLoaded || e.Data.Plan == nil || f.next == nil || f.next.Plan.Digest != e.Data.Plan.Digest {
		return
	}
	next := *f.next
	var before Versions
	if f.rules.Versions != nil {
		before = *f.rules.Versions
	}
	all := append(slices.Clip(before), Version{PlanVersion{Seq: e.Seq, At: e.At, Digest: next.Plan.Digest}, next.Plan})
	next.Versions = &all
	f.rules, f.next = next, nil
}

// NewRunningDesk stands a desk on a journal whose plan may change while it acts: an act
// is decided by the rules in force, and a change of plan waits for the acts under way and
// lets no other begin until it is done.
func NewRunningDesk(j Journal, f *InForce) *Desk {
	return &Desk{journal: j, rules: f.Rules, inForce: f}
}

// enter holds the plan as it is until leave: no act is decided by one plan and recorded
// under another. It must not be called by who has entered.
func (d *Desk) enter() (rules Rules, leave func()) {
	d.changing.RLock()
	return d.rules(), d.changing.RUnlock
}

// record does a change of a call that has entered. Who looked at another version of the
// plan is refused before anything is decided: the same number may mean another thing.
func (d *Desk) record(ctx context.Context, rules Rules, call Call, ch Change) (Receipt, error) {
	decide := ch.Decide
	ch.Decide = func(v View, now time.Time) ([]Event, error) {
		if err := rules.shownTo(call); err != nil {
			return nil, err
		}
		return decide(v, now)
	}
	return d.journal.Change(ctx, ch)
}

// shownTo refuses a call that was made from a page, or an answer, of another version of
// the plan.
func (r Rules) shownTo(call Call) error {
	if call.Plan == "" || strings.HasPrefix(r.Plan.Digest, call.Plan) {
		return nil
	}
	return Fault(Stale, "plan.changed", "current", r.Plan.Digest, "title", r.Plan.Title)
}

// PlanChanged reports whether the error says that a call was made under a version of the
// plan that is not in force any more.
func PlanChanged(err error) bool { return err != nil && AsError(err).Code == "plan.changed" }
