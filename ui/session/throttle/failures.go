package throttle

import (
	"sync"
	"time"
)

// Log bounds how many login_failed events are written.
type Log struct {
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

// Take asks to write an event that tells n failures.
func (l *Log) Take(now time.Time, n int) bool {
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

// Due adds untold failures and answers how many one event should sum up now: all
// of them, at most once a minute.
func (l *Log) Due(now time.Time, untold int) int {
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

// Keep puts failures back whose sum could not be written.
func (l *Log) Keep(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.untold += n
}
