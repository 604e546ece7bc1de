package session

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"duban/ui/session/throttle"
	"duban/workflow/account"
)

// Options of a Manager. Zero durations take the defaults.
type Options struct {
	Idle     time.Duration // a session ends after this long without a request; 30 minutes
	Absolute time.Duration // and in any case after this long; 8 hours
	// Secure is set when every browser reaches the server by https. Otherwise it
	// is found out for each request: TLS here, or a trusted proxy that says so.
	Secure bool
	// Proxies are the peers whose X-Forwarded-For, -Proto and -Host are believed.
	Proxies []netip.Prefix
	// AdminFrom are the networks administrators log in and act from, themselves and
	// by their tokens; none: any.
	AdminFrom []netip.Prefix
	// Rate is how many requests a minute one account may send; 0: any number.
	Rate int
}

const (
	defaultIdle     = 30 * time.Minute
	defaultAbsolute = 8 * time.Hour
	// writeEvery is how often at most a last-seen time is written.
	writeEvery = time.Minute
	// maxSessions is how many logins one account may have open; the oldest ends.
	maxSessions = 16
)

// Manager answers who is asking, and logs people in and out. It is safe for
// concurrent use and has no goroutine of its own: its owner calls Sweep.
type Manager struct {
	desk     *account.Desk
	store    *counted // the desk's
	cache    cache
	clock    func() time.Time
	o        Options
	throttle *throttle.Throttle
	failures *throttle.Log
	pace     *throttle.Pace
	stats    stats

	mu   sync.Mutex
	seen map[string]time.Time // by Key: last request, not yet written
	key  []byte               // of tickets; drawn at the first one
}

// New makes a Manager over the desk's store, and lets the desk tell it of changes:
// make it before the desk is used, and change accounts through that desk alone.
// clock gives the time of each request.
func New(desk *account.Desk, clock func() time.Time, o Options) *Manager {
	if o.Idle <= 0 {
		o.Idle = defaultIdle
	}
	if o.Absolute <= 0 {
		o.Absolute = defaultAbsolute
	}
	store := &counted{Store: desk.Store}
	desk.Store = store
	return &Manager{desk: desk, store: store, clock: clock, o: o, throttle: throttle.New(), failures: new(throttle.Log),
		pace: throttle.NewPace(o.Rate),
		seen: map[string]time.Time{}}
}

func (m *Manager) touch(key string, now time.Time) {
	m.mu.Lock()
	m.seen[key] = now
	m.mu.Unlock()
}

// lastSeen is the later of the stored time and the one in memory.
func (m *Manager) lastSeen(key string, stored time.Time) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t, ok := m.seen[key]; ok && t.After(stored) {
		return t
	}
	return stored
}

func (m *Manager) forget(key string) {
	m.mu.Lock()
	delete(m.seen, key)
	m.mu.Unlock()
}

// Stats are what a Manager has counted since it was made, for alarms: the journal
// tells the same one by one, within bounds.
type Stats struct {
	Failures int64 // wrong passwords, codes and proofs
	Locks    int64 // failures that locked an account for an address or browser, or an address
	Refused  int64 // right credentials where they are not good: disabled, unlinked, an administrator from elsewhere
}

type stats struct{ failures, locks, refused atomic.Int64 }

// Stats are the counts.
func (m *Manager) Stats() Stats {
	return Stats{m.stats.failures.Load(), m.stats.locks.Load(), m.stats.refused.Load()}
}
