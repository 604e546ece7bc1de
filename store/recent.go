package store

import (
	"maps"
	"sync"

	"duban/workflow"
)

// What recent holds at most: more than the followers lag behind when many write.
const (
	recentEvents = 1024
	recentBytes  = 4 << 20 // of the records
)

// recent holds the newest durable events as they were written. Who answers an act
// and who follows the journal read these a moment after the commit; from here they
// need no transaction, no hashing and no decoding.
type recent struct {
	mu     sync.RWMutex
	events []kept // consecutive positions
	bytes  int
}

// kept is an event and the size of its record. Its texts are its own; its Data is
// shared with all who are given it and never changed.
type kept struct {
	event workflow.Event
	size  int
}

// keep takes the events of one commit. anew forgets all of them: a redaction has
// changed the texts of one.
func (r *recent) keep(events []kept, anew bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if anew {
		r.events, r.bytes = nil, 0
		return
	}
	for _, k := range events {
		if n := len(r.events); n > 0 && r.events[n-1].event.Seq+1 != k.event.Seq {
			r.events, r.bytes = nil, 0
		}
		k.event.Texts = maps.Clone(k.event.Texts)
		r.events, r.bytes = append(r.events, k), r.bytes+k.size
	}
	drop := 0
	for len(r.events)-drop > recentEvents || r.bytes > recentBytes {
		r.bytes -= r.events[drop].size
		r.events[drop] = kept{}
		drop++
	}
	r.events = r.events[drop:]
}

// after is up to limit events after the position, nil when they are not all here
// or there are none.
func (r *recent) after(seq uint64, limit int) []workflow.Event {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if len(r.events) == 0 || seq+1 < r.events[0].event.Seq {
		return nil
	}
	skip := seq + 1 - r.events[0].event.Seq
	if skip >= uint64(len(r.events)) {
		return nil
	}
	part := r.events[skip:]
	part = part[:min(len(part), limit)]
	out := make([]workflow.Event, len(part))
	for i, k := range part {
		out[i] = k.event
		out[i].Texts = maps.Clone(k.event.Texts)
	}
	return out
}
