// Package throttle is how guessing and haste are slowed: failures are counted by key
// and lock it for a while (Throttle), a budget bounds how many of them the journal tells
// one by one (Log), and an account may send so many requests a minute (Pace). Who is
// asking is not known here (ui/session); keys are words to it.
package throttle

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Rule is how failures under one key are answered.
type Rule struct {
	limit  int           // failures that lock
	lock   time.Duration // the first lock; each further one is twice as long
	most   time.Duration // the longest lock
	window time.Duration // failures are counted over this long from the first
	slow   bool          // from the third failure on wait 1 s, 2 s, …
	// trickle: over the limit one attempt is let through per lock, for ever.
	trickle bool
}

var (
	// Pair: five failures on one account from one address or known browser
	// lock just that for 15 minutes, then 30, up to two hours.
	Pair = Rule{limit: 5, lock: 15 * time.Minute, most: 2 * time.Hour, window: time.Hour, slow: true}
	// Address stops one address trying many accounts.
	Address = Rule{limit: 30, lock: 5 * time.Minute, most: time.Hour, window: 15 * time.Minute}
	// Account slows many addresses trying one account; it never locks.
	Account = Rule{limit: 20, lock: 30 * time.Second, most: 30 * time.Second, window: time.Hour, trickle: true}
	// Screen bounds how often one address may ask for a pairing code.
	Screen = Rule{limit: 10, lock: 10 * time.Minute, most: 10 * time.Minute, window: 10 * time.Minute}
)

const (
	// levelLife is how long a lock counts towards the next one's length.
	levelLife = 24 * time.Hour
	// maxCounters bounds the memory of a throttle to about 3 MB.
	maxCounters = 10_000
)

// counter is the state of one key.
type counter struct {
	failures int
	pending  int // attempts being checked right now
	level    int // locks so far
	until    time.Time
	since    time.Time // the first failure that counts
	last     time.Time // the newest failure, or when the counter began
	untold   int       // failures that no event has told yet
}

// Throttle counts failures by key. Attempts that are being checked count as
// failures until they are settled, so that sending many at once gains nothing;
// those over the limit wait for the others' outcome.
type Throttle struct {
	mu       sync.Mutex
	counters map[string]*counter
	dropped  int           // untold failures of counters that are gone
	cleared  time.Time     // when all counters were last looked at
	settled  chan struct{} // closed and replaced when an attempt is settled
	waiting  int
}

// maxWaiting bounds attempts that wait for others' outcome.
const maxWaiting = 256

// New makes a throttle that has counted nothing.
func New() *Throttle {
	return &Throttle{counters: map[string]*counter{}, settled: make(chan struct{})}
}

// Watch is a key with its rule.
type Watch struct {
	key  string
	rule Rule
}

// Of watches the key under the rule.
func (r Rule) Of(key string) Watch { return Watch{key, r} }

// Admit lets an attempt through under all watches, or says how long to stay away.
// An admitted attempt must be settled, counted or cancelled. The error is ctx's.
func (t *Throttle) Admit(ctx context.Context, now time.Time, watches []Watch) (wait time.Duration, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		wait, full := t.look(now, watches)
		switch {
		case wait > 0:
			return wait, nil
		case !full:
			t.enter(now, watches)
			return 0, nil
		case t.waiting >= maxWaiting:
			return time.Second, nil
		}
		settled := t.settled
		t.waiting++
		t.mu.Unlock()
		select {
		case <-settled:
		case <-ctx.Done():
			err = ctx.Err()
		}
		t.mu.Lock()
		t.waiting--
		if err != nil {
			return 0, err
		}
	}
}

// look says how long a lock lasts, or whether all that may fail are being checked.
func (t *Throttle) look(now time.Time, watches []Watch) (wait time.Duration, full bool) {
	for _, w := range watches {
		c := t.counters[w.key]
		if c == nil {
			continue
		}
		c.fade(now, w.rule)
		wait = max(wait, c.until.Sub(now))
		full = full || c.failures+c.pending >= w.rule.limit
	}
	return wait, full
}

func (t *Throttle) enter(now time.Time, watches []Watch) {
	for _, w := range watches {
		c := t.counters[w.key]
		if c == nil {
			t.makeRoom(now)
			c = &counter{last: now}
			t.counters[w.key] = c
		}
		c.pending++
	}
}

// wake lets those who wait look again; the lock is held.
func (t *Throttle) wake() {
	close(t.settled)
	t.settled = make(chan struct{})
}

// Settle ends an admitted attempt. For a failure it answers how many failures of
// the first watch an event should tell now (0: none yet), and whether the first
// watch is locked from now on.
func (t *Throttle) Settle(now time.Time, watches []Watch, good bool) (tell int, locked bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer t.wake()
	for i, w := range watches {
		c := t.counters[w.key]
		if c == nil {
			continue
		}
		c.pending--
		if good {
			if i == 0 { // the other counts are not this caller's to clear
				c.failures, c.level = 0, 0
			}
			continue
		}
		first := c.failures == 0 && c.level == 0
		lockedNow := c.fail(now, w.rule)
		if i > 0 {
			continue
		}
		c.untold++
		if locked = lockedNow; locked || first {
			tell, c.untold = c.untold, 0
		}
	}
	return tell, locked
}

// Count ends an admitted act of which a number is allowed, right or wrong. It is
// no failed login, so no event tells it.
func (t *Throttle) Count(now time.Time, watches []Watch) {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer t.wake()
	for _, w := range watches {
		if c := t.counters[w.key]; c != nil {
			c.pending--
			c.fail(now, w.rule)
		}
	}
}

// Cancel ends an attempt that was neither right nor wrong.
func (t *Throttle) Cancel(watches []Watch) {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer t.wake()
	for _, w := range watches {
		if c := t.counters[w.key]; c != nil {
			c.pending--
		}
	}
}

func (c *counter) fail(now time.Time, r Rule) (locked bool) {
	if c.failures == 0 {
		c.since = now
	}
	c.failures++
	c.last = now
	switch {
	case c.failures >= r.limit:
		c.until = now.Add(min(r.lock<<min(c.level, 10), r.most))
		if r.trickle {
			c.failures = r.limit - 1
			return true
		}
		c.failures = 0
		c.level++
		return true
	case r.slow && c.failures >= 3:
		c.until = now.Add(time.Second << (c.failures - 3))
	}
	return false
}

func (c *counter) fade(now time.Time, r Rule) {
	if now.Sub(c.since) > r.window {
		c.failures = 0
	}
	if now.Sub(c.last) > levelLife {
		c.level = 0
	}
}

// idle is true of a counter that no longer changes any answer.
func (c *counter) idle(now time.Time) bool {
	return c.pending <= 0 && !c.until.After(now) && (now.Sub(c.last) > levelLife || c.level == 0 && now.Sub(c.last) > time.Hour)
}

// makeRoom drops counters that are over, and if that is not enough one of the
// less recently used that nobody waits for.
func (t *Throttle) makeRoom(now time.Time) {
	if len(t.counters) < maxCounters {
		return
	}
	// Looking at all of them for every newcomer would be the attacker's gain.
	if now.Sub(t.cleared) >= time.Minute {
		t.drop(now)
		if len(t.counters) < maxCounters {
			return
		}
	}
	// A few are enough to find one that is old.
	var oldest string
	var at time.Time
	looked := 0
	for k, c := range t.counters {
		if looked++; looked > 64 && oldest != "" {
			break
		}
		if c.pending <= 0 && (oldest == "" || c.last.Before(at)) {
			oldest, at = k, c.last
		}
	}
	if oldest != "" {
		t.dropped += t.counters[oldest].untold
		delete(t.counters, oldest)
	}
}

func (t *Throttle) drop(now time.Time) {
	t.cleared = now
	for k, c := range t.counters {
		if c.idle(now) {
			t.dropped += c.untold
			delete(t.counters, k)
		}
	}
}

// Sweep drops counters that are over and answers the failures nobody told of.
func (t *Throttle) Sweep(now time.Time) (untold int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.drop(now)
	untold, t.dropped = t.dropped, 0
	return untold
}

// Unlock forgets the failures on an account.
func (t *Throttle) Unlock(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for k, c := range t.counters {
		if strings.HasPrefix(k, "pair "+name+" ") || strings.HasPrefix(k, "device "+name+" ") || k == "account "+name {
			c.failures, c.level, c.until = 0, 0, time.Time{}
		}
	}
}

// Network is what counts as one address: an IPv6 subscriber has a whole /64.
func Network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if a = a.Unmap(); a.Is6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}
