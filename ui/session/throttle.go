package session

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// rule is how failures under one key are answered.
type rule struct {
	limit  int           // failures that lock
	lock   time.Duration // the first lock; each further one is twice as long
	most   time.Duration // the longest lock
	window time.Duration // failures are counted over this long from the first
	slow   bool          // from the third failure on wait 1 s, 2 s, …
	// trickle: over the limit one attempt is let through per lock, for ever.
	trickle bool
}

var (
	// pairRule: five failures on one account from one address or known browser
	// lock just that for 15 minutes, then 30, up to two hours.
	pairRule = rule{limit: 5, lock: 15 * time.Minute, most: 2 * time.Hour, window: time.Hour, slow: true}
	// addressRule stops one address trying many accounts.
	addressRule = rule{limit: 30, lock: 5 * time.Minute, most: time.Hour, window: 15 * time.Minute}
	// accountRule slows many addresses trying one account; it never locks.
	accountRule = rule{limit: 20, lock: 30 * time.Second, most: 30 * time.Second, window: time.Hour, trickle: true}
	// screenRule bounds how often one address may ask for a pairing code.
	screenRule = rule{limit: 10, lock: 10 * time.Minute, most: 10 * time.Minute, window: 10 * time.Minute}
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

// throttle counts failures by key. Attempts that are being checked count as
// failures until they are settled, so that sending many at once gains nothing;
// those over the limit wait for the others' outcome.
type throttle struct {
	mu       sync.Mutex
	counters map[string]*counter
	dropped  int           // untold failures of counters that are gone
	cleared  time.Time     // when all counters were last looked at
	settled  chan struct{} // closed and replaced when an attempt is settled
	waiting  int
}

// maxWaiting bounds attempts that wait for others' outcome.
const maxWaiting = 256

func newThrottle() *throttle {
	return &throttle{counters: map[string]*counter{}, settled: make(chan struct{})}
}

// watch is a key with its rule.
type watch struct {
	key  string
	rule rule
}

// admit lets an attempt through under all watches, or says how long to stay away.
// An admitted attempt must be settled, counted or cancelled. The error is ctx's.
func (t *throttle) admit(ctx context.Context, now time.Time, watches []watch) (wait time.Duration, err error) {
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
func (t *throttle) look(now time.Time, watches []watch) (wait time.Duration, full bool) {
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

func (t *throttle) enter(now time.Time, watches []watch) {
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
func (t *throttle) wake() {
	close(t.settled)
	t.settled = make(chan struct{})
}

// settle ends an admitted attempt. For a failure it answers how many failures of
// the first watch an event should tell now (0: none yet), and whether the first
// watch is locked from now on.
func (t *throttle) settle(now time.Time, watches []watch, good bool) (tell int, locked bool) {
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

// count ends an admitted act of which a number is allowed, right or wrong. It is
// no failed login, so no event tells it.
func (t *throttle) count(now time.Time, watches []watch) {
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

// cancel ends an attempt that was neither right nor wrong.
func (t *throttle) cancel(watches []watch) {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer t.wake()
	for _, w := range watches {
		if c := t.counters[w.key]; c != nil {
			c.pending--
		}
	}
}

func (c *counter) fail(now time.Time, r rule) (locked bool) {
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

func (c *counter) fade(now time.Time, r rule) {
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
func (t *throttle) makeRoom(now time.Time) {
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

func (t *throttle) drop(now time.Time) {
	t.cleared = now
	for k, c := range t.counters {
		if c.idle(now) {
			t.dropped += c.untold
			delete(t.counters, k)
		}
	}
}

// sweep drops counters that are over and answers the failures nobody told of.
func (t *throttle) sweep(now time.Time) (untold int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.drop(now)
	untold, t.dropped = t.dropped, 0
	return untold
}

// unlock forgets the failures on an account.
func (t *throttle) unlock(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for k, c := range t.counters {
		if strings.HasPrefix(k, "pair "+name+" ") || strings.HasPrefix(k, "device "+name+" ") || k == "account "+name {
			c.failures, c.level, c.until = 0, 0, time.Time{}
		}
	}
}

// network is what counts as one address: an IPv6 subscriber has a whole /64.
func network(address string) string {
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

// failureLog bounds how many login_failed events are written.
type failureLog struct {
	mu     sync.Mutex
	spent  int
	since  time.Time
	untold int       // failures that no event has told
	summed time.Time // when the last sum was written
}

const (
	// failureBudget events may be written per failurePeriod, besides one sum a minute.
	failureBudget = 60
	failurePeriod = time.Hour
)

// take asks to write an event that tells n failures.
func (l *failureLog) take(now time.Time, n int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.since) >= failurePeriod {
		l.since, l.spent = now, 0
	}
	if l.spent >= failureBudget {
		l.untold += n
		return false
	}
	l.spent++
	return true
}

// due adds untold failures and answers how many one event should sum up now: all
// of them, at most once a minute.
func (l *failureLog) due(now time.Time, untold int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.untold += untold
	if l.untold == 0 || now.Sub(l.summed) < time.Minute {
		return 0
	}
	n := l.untold
	l.untold, l.summed = 0, now
	return n
}

// keep puts failures back whose sum could not be written.
func (l *failureLog) keep(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.untold += n
}
