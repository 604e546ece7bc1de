package store

import (
	"maps"
	"sync"

	"duban/workflow"
)

// heldBytes is what one half of held takes at most, by heldSize.
const heldBytes = 16 << 20

// held are durable events in decoded form that were read one by one: those of a
// trail, and the latest reports of a list. Who reads them again needs no hashing
// and no decoding. An event never changes but by a redaction, and that forgets all
// of them, so that no text outlives it here. Rights are asked after this, of each
// caller.
//
// It has two halves. Events are put into the young one, and go there again when
// they are found in the old one; when the young one is full it becomes the old one,
// whose events are forgotten. So what is asked for stays, and there are never more
// than two times heldBytes.
type held struct {
	mu         sync.RWMutex
	young, old map[uint64]*kept
	bytes      int    // of the young half
	redactions uint64 // how often it was forgotten
}

// heldSize is about what an event takes in memory: its record once decoded, with
// what maps and lists add, and the event itself.
func heldSize(record int) int { return 1024 + 2*record }

// heldCopy is an event whose reader gets texts of their own.
func heldCopy(e workflow.Event, record int) *kept {
	e.Texts = maps.Clone(e.Texts)
	return &kept{event: e, size: record}
}

// stand is what put wants back: taken before the transaction that reads, so that
// what was read before a redaction is not put after it.
func (h *held) stand() uint64 {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.redactions
}

// get is the event at the position, if it is held. Its texts are the caller's own;
// its Data is shared and never changed.
func (h *held) get(seq uint64) (e workflow.Event, ok bool) {
	h.mu.RLock()
	k, isYoung := h.young[seq]
	if !isYoung {
		k = h.old[seq]
	}
	stand := h.redactions
	h.mu.RUnlock()
	if k == nil {
		return e, false
	}
	if !isYoung {
		h.put(stand, k)
	}
	e = k.event
	e.Texts = maps.Clone(e.Texts)
	return e, true
}

// put takes events that were read when held stood so.
func (h *held) put(stand uint64, events ...*kept) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if stand != h.redactions {
		return
	}
	for _, k := range events {
		size := heldSize(k.size)
		if h.young[k.event.Seq] != nil || size > heldBytes {
			continue
		}
		if h.young == nil || h.bytes+size > heldBytes {
			h.young, h.old, h.bytes = map[uint64]*kept{}, h.young, 0
		}
		h.young[k.event.Seq] = k
		h.bytes += size
	}
}

// forget forgets all: a redaction is durable.
func (h *held) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.young, h.old, h.bytes = nil, nil, 0
	h.redactions++
}
