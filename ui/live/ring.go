package live

import (
	"bytes"
	"errors"
	"sync"
	"sync/atomic"
)

// errFault is a Frame that panicked: its event cannot be told to that class.
var errFault = errors.New("live: an event cannot be encoded")

// errBehind is a cursor the ring no longer reaches.
var errBehind = errors.New("live: behind the ring")

// ring holds the newest updates and what was encoded of them, per class. A
// cursor is served when base <= cursor <= head.
type ring struct {
	maxEvents int
	maxBytes  int64
	panics    *atomic.Int64

	bytes atomic.Int64 // encoded bytes held

	mu      sync.RWMutex
	entries []*entry // entries[i].Seq == base+1+i
	base    uint64
	head    uint64
}

// entry is one update and its encodings. Classes are few, so a slice is
// searched; equal encodings share their bytes.
type entry struct {
	Update
	mu    sync.Mutex
	size  int64
	coded []coded
}

type coded struct {
	class  string
	event  []byte
	failed bool
}

// push appends in order. What is already there is left out; after a gap the
// ring starts anew, so that nobody is told a sequence with a hole: cursors
// before the gap are behind now and resume from the source.
func (r *ring) push(updates []Update) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, u := range updates {
		if u.Seq <= r.head {
			continue
		}
		if u.Seq != r.head+1 {
			r.drop(len(r.entries))
			r.base = u.Seq - 1
		}
		r.entries = append(r.entries, &entry{Update: u})
		r.head = u.Seq
	}
	for len(r.entries) > r.maxEvents || (len(r.entries) > 1 && r.bytes.Load() > r.maxBytes) {
		r.drop(1)
	}
}

// drop forgets the n oldest entries. r.mu is held.
func (r *ring) drop(n int) {
	for i := range n {
		e := r.entries[i]
		e.mu.Lock()
		r.bytes.Add(-e.size)
		e.size = -1 // what is still encoded for a reader under way is not counted
		e.mu.Unlock()
		r.entries[i] = nil
	}
	r.entries = r.entries[n:]
	r.base += uint64(n) // #nosec G115 -- a number of entries
}

// serves reports whether a screen at the cursor can be handed to the shards: it
// is in the ring, and a quarter of the ring may go by before it falls out.
func (r *ring) serves(cursor uint64) bool {
	base, head := r.span()
	return cursor >= base && head-min(cursor, head) <= uint64(r.maxEvents-r.maxEvents/4) // #nosec G115 -- a length, three quarters of a length
}

func (r *ring) span() (base, head uint64) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.base, r.head
}

// after is up to n entries that follow the cursor.
func (r *ring) after(cursor uint64, n int) ([]*entry, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if cursor < r.base {
		return nil, errBehind
	}
	if cursor >= r.head {
		return nil, nil
	}
	part := r.entries[cursor-r.base:]
	if len(part) > n {
		part = part[:n]
	}
	return append([]*entry(nil), part...), nil
}

// encode is the event for the class, made once.
func (r *ring) encode(e *entry, class string) ([]byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, c := range e.coded {
		if c.class == class {
			if c.failed {
				return nil, errFault
			}
			return c.event, nil
		}
	}
	made := coded{class: class}
	event, ok := guarded(r.panics, func() []byte { return e.Frame(class) })
	made.failed = !ok
	made.event = e.shared(event)
	if len(event) > 0 && e.size >= 0 && &made.event[0] == &event[0] {
		e.size += int64(len(event))
		r.bytes.Add(int64(len(event)))
	}
	e.coded = append(e.coded, made)
	if made.failed {
		return nil, errFault
	}
	return made.event, nil
}

// shared is the same bytes from another class, if there are.
func (e *entry) shared(event []byte) []byte {
	if len(event) == 0 {
		return nil
	}
	for _, c := range e.coded {
		if bytes.Equal(c.event, event) {
			return c.event
		}
	}
	return event
}

// failed reports whether an event after the cursor is known not to encode for
// the class; a reader resuming there needs a snapshot instead.
func (r *ring) failed(cursor uint64, class string) bool {
	rest, err := r.after(cursor, r.maxEvents+1)
	if err != nil {
		return false
	}
	for _, e := range rest {
		e.mu.Lock()
		for _, c := range e.coded {
			if c.class == class && c.failed {
				e.mu.Unlock()
				return true
			}
		}
		e.mu.Unlock()
	}
	return false
}

// guarded calls code from outside; false means it panicked.
func guarded(panics *atomic.Int64, fn func() []byte) (b []byte, ok bool) {
	defer func() {
		if recover() != nil {
			panics.Add(1)
			b, ok = nil, false
		}
	}()
	return fn(), true
}

// batch is one frame for a class from a cursor, and the cursor after it. The
// frame is nil when the class sees none of the events passed.
type batch struct {
	frame  []byte
	to     uint64
	events int
}

// next makes the frame that follows the cursor: at most maxEvents events and
// about maxBytes bytes. With errFault, what came before the faulty event is in
// the batch if there was any.
func (r *ring) next(class string, cursor uint64, maxEvents, maxBytes int) (batch, error) {
	list, err := r.after(cursor, maxEvents)
	if err != nil {
		return batch{to: cursor}, err
	}
	return r.join(list, class, cursor, maxBytes)
}

func (r *ring) join(list []*entry, class string, cursor uint64, maxBytes int) (batch, error) {
	b := batch{to: cursor}
	var events [][]byte
	size := 0
	var last *entry
	for _, e := range list {
		event, err := r.encode(e, class)
		if err != nil {
			if b.to == cursor {
				return b, err
			}
			break
		}
		b.to, last = e.Seq, e
		if event == nil {
			continue
		}
		events = append(events, event)
		if size += len(event); size >= maxBytes {
			break
		}
	}
	if len(events) == 0 {
		return b, nil
	}
	var counts []byte
	if last.Counts != nil {
		// Counts are the latest wins: without them the frame is still whole.
		counts, _ = guarded(r.panics, func() []byte { return last.Counts(class) })
	}
	b.frame, b.events = eventsFrame(events, size, counts), len(events)
	return b, nil
}
