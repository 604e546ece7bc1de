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
	mu    sync.RWMutex
	ring  [recentEvents]*kept // by position modulo its length
	first uint64              // the oldest held
	next  uint64              // after the newest; first when none is held
	bytes int
}

// kept is an event and the size of its record. Its texts are its own; its Data is
// shared with all who are given it and never changed.
type kept struct {
	event workflow.Event
	size  int
}

// keep takes the events of one commit. anew forgets all of them: a redaction has
// changed the texts of one.
func (r *recent) keep(events []*kept, anew bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if anew {
		r.forget()
		return
	}
	for _, k := range events {
		if k.event.Seq != r.next {
			r.forget()
			r.first, r.next = k.event.Seq, k.event.Seq
		}
		for r.next > r.first && (r.next-r.first == recentEvents || r.bytes+k.size > recentBytes) {
			r.drop()
		}
		r.ring[r.next%recentEvents] = k
		r.next++
		r.bytes += k.size
	}
}

func (r *recent) drop() {
	at := r.first % recentEvents
	r.bytes -= r.ring[at].size
	r.ring[at] = nil
	r.first++
}

func (r *recent) forget() {
	for r.first < r.next {
		r.drop()
	}
	r.first, r.next = 0, 0
}

// after is up to limit events after the position, nil when they are not all here
// or there are none.
func (r *recent) after(seq uint64, limit int) []workflow.Event {
	r.mu.RLock()
	defer r.mu.RUnlock()
	from := seq + 1
	if from < r.first || from >= r.next {
		return nil
	}
	out := make([]workflow.Event, min(r.next-from, uint64(limit))) // #nosec G115 -- above 0: Events answers the rest
	for i := range out {
		out[i] = r.ring[(from+uint64(i))%recentEvents].event
		out[i].Texts = maps.Clone(out[i].Texts)
	}
	return out
}
