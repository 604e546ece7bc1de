package journal

import (
	"maps"

	"duban/workflow"
	"duban/workflow/held"
)

// eventCache holds durable events in decoded form: those that were just written, for
// whoever answers an act or follows the journal a moment later, and those that were read
// one by one, of a trail or of a list's latest reports. A reader that finds one here needs
// no transaction, no hashing and no decoding.
//
// An event never changes but by a redaction. That invalidates the whole cache, so no text
// outlives its redaction here. Rights are checked behind the cache, for each caller.
type eventCache struct {
	*held.Held[uint64, *readEvent]
	most int // bytes
}

func newEventCache(most int) eventCache {
	return eventCache{held.New[uint64, *readEvent](most), most}
}

// readEvent is an event and the size of its record. An event is large beside a pointer:
// batch and cache share one copy.
type readEvent struct {
	event workflow.Event
	size  int
}

// eventSize is about what an event takes in memory: its record once decoded, with what
// maps and lists add, and the event itself.
func eventSize(record int) int { return 1024 + 2*record }

// Cached is about how many bytes of events are cached, and how many may be.
func (j *Journal) Cached() (now, most int) { return j.events.Bytes(), j.events.most }

// get is the event at the position, if it is cached. Its texts are the caller's own; its
// Data is shared and never changed.
func (c eventCache) get(seq uint64) (e workflow.Event, ok bool) {
	r, ok := c.Get(seq)
	if !ok {
		return e, false
	}
	e = r.event
	e.Texts = maps.Clone(e.Texts)
	return e, true
}

// between are the events after the one position and up to the other, nil when any of them
// is missing.
func (c eventCache) between(after, last uint64) []workflow.Event {
	if _, found := c.Get(after + 1); !found {
		return nil
	}
	out := make([]workflow.Event, 0, last-after)
	for seq := after + 1; seq <= last; seq++ {
		e, found := c.get(seq)
		if !found {
			return nil
		}
		out = append(out, e)
	}
	return out
}

// put takes events that were read while the cache's Stand was this one. Their texts may be
// a caller's: the cache holds copies.
func (c eventCache) put(stand uint64, events ...*readEvent) {
	for _, r := range events {
		own := *r
		own.event.Texts = maps.Clone(r.event.Texts)
		c.Put(stand, own.event.Seq, &own, eventSize(r.size))
	}
}

// wrote takes the events of one commit, whose texts nobody else has. redacted: the commit
// has removed a text.
func (c eventCache) wrote(events []*readEvent, redacted bool) {
	if redacted {
		c.Forget()
		return
	}
	stand := c.Stand()
	for _, r := range events {
		c.Put(stand, r.event.Seq, r, eventSize(r.size))
	}
}
