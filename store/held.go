package store

import (
	"maps"

	"duban/workflow"
	"duban/workflow/held"
)

// heldBytes is what heldEvents takes at most, by heldSize.
const heldBytes = 32 << 20

// heldEvents are durable events in decoded form that were read one by one: those of a
// trail, and the latest reports of a list. Who reads them again needs no hashing
// and no decoding. An event never changes but by a redaction, and that forgets all
// of them, so that no text outlives it here. Rights are asked after this, of each
// caller.
type heldEvents struct {
	*held.Held[uint64, workflow.Event]
}

func newHeldEvents() heldEvents { return heldEvents{held.New[uint64, workflow.Event](heldBytes)} }

// heldSize is about what an event takes in memory: its record once decoded, with
// what maps and lists add, and the event itself.
func heldSize(record int) int { return 1024 + 2*record }

// get is the event at the position, if it is held. Its texts are the caller's own;
// its Data is shared and never changed.
func (h heldEvents) get(seq uint64) (e workflow.Event, ok bool) {
	if e, ok = h.Get(seq); ok {
		e.Texts = maps.Clone(e.Texts)
	}
	return e, ok
}

// put takes events that were read when held stood so.
func (h heldEvents) put(stand uint64, events ...readEvent) {
	for _, r := range events {
		e := r.event
		e.Texts = maps.Clone(e.Texts)
		h.Put(stand, e.Seq, e, heldSize(r.size))
	}
}

// readEvent is an event and the size of its record.
type readEvent struct {
	event workflow.Event
	size  int
}
