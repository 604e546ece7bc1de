package store

import (
	"encoding/binary"
	"slices"

	"duban/workflow"
)

// readView is a view that stands at a position.
type readView struct {
	view
	at    uint64
	tx    *txKV
	names map[string]string // texts that many events have in common
}

// Event implements workflow.ReadView. The event before, which the hash follows from,
// is its neighbour: both are found with one search.
func (v readView) Event(seq uint64) (workflow.Event, error) {
	if seq == 0 || seq > v.at {
		return workflow.Event{}, workflow.Fault(workflow.NotFound, "event.unknown", "seq", seq)
	}
	c := v.tx.in(inEvents).Cursor()
	var prev workflow.Hash
	k, b := c.Seek([]byte(seqKey(max(seq-1, 1))))
	if seq > 1 {
		before, err := splitRecord(b)
		if err != nil {
			return workflow.Event{}, damagedRow(inEvents, seqKey(seq-1), err)
		}
		prev = before.hash
		k, b = c.Next()
	}
	if string(k) != seqKey(seq) {
		return workflow.Event{}, damagedRow(inEvents, seqKey(seq), errRecord)
	}
	return decodeNamed(string(k), b, prev, v.names)
}

// LastOf implements workflow.ReadView. It goes back along the trail and decodes no more
// than the kind of the events it passes by.
func (v readView) LastOf(assignment string, upto uint64, kinds ...workflow.Kind) (workflow.Event, bool, error) {
	prefix := assignment + "\x00"
	c := v.tx.in(inTrail).Cursor()
	k, _ := c.Seek([]byte(prefix + seqKey(min(upto, v.at)+1)))
	if k == nil {
		k, _ = c.Last()
	} else {
		k, _ = c.Prev()
	}
	for ; len(k) == len(prefix)+8 && string(k[:len(prefix)]) == prefix; k, _ = c.Prev() {
		key := k[len(prefix):]
		r, err := splitRecord(v.tx.in(inEvents).Get(key))
		if err != nil {
			return workflow.Event{}, false, damagedRow(inEvents, string(key), err)
		}
		if kind, ok := r.kind(); ok && !slices.Contains(kinds, kind) {
			continue
		}
		e, err := v.Event(binary.BigEndian.Uint64(key))
		if err == nil && e.Assignment != assignment {
			err = damagedRow(inTrail, string(k), errRecord)
		}
		if err != nil || slices.Contains(kinds, e.Kind) {
			return e, err == nil, err
		}
	}
	return workflow.Event{}, false, nil
}

// kind is the event's kind alone, false when it does not stand where we write it.
func (r record) kind() (workflow.Kind, bool) {
	q := quick{b: r.core}
	q.need('{')
	q.must(`"seq":`)
	q.number()
	q.must(`"at":`)
	q.quoted()
	q.must(`"recorded_at":`)
	q.quoted()
	q.must(`"kind":`)
	kind := q.quoted()
	return workflow.Kind(kind), !q.bad
}
