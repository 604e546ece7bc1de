package session

import "sync/atomic"

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
