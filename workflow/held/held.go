// Package held keeps what was made once and will be asked for again, within a bound
// of bytes, and forgets it at a word: decoded events in the store, encoded answers in
// the face. It knows nothing of either, and decides nothing: what must not be given
// to somebody is the keeper's to leave out of the key.
//
// The libraries looked at bound how many things are kept and not their bytes, or work
// in goroutines of their own, so that what was forgotten may still be handed out for a
// moment: a text that was taken out of the record must not.
package held

import "sync"

// Held is a bounded memory. The zero Held keeps nothing; make one with New. Its
// methods may be called from many goroutines at once.
//
// It has two halves. What is put goes into the young one, and goes there again when it
// is found in the old one; when the young one is full it becomes the old one, and what
// stood in the old one is let go. So what is asked for stays.
type Held[K comparable, V any] struct {
	half int // bytes one half takes at most

	mu         sync.RWMutex
	young, old map[K]entry[V]
	bytes      [2]int // of young and old
	forgotten  uint64 // how often
}

type entry[V any] struct {
	value V
	size  int
}

// New keeps at most so many bytes, by the sizes that Put is told.
func New[K comparable, V any](bytes int) *Held[K, V] { return &Held[K, V]{half: bytes / 2} }

// Stand is what Put wants back: take it before reading what will be put, so that what
// was read before a Forget is not put after it.
func (h *Held[K, V]) Stand() uint64 {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.forgotten
}

// Get is what was put under the key, if it is still kept. It is shared: read-only.
func (h *Held[K, V]) Get(key K) (V, bool) {
	h.mu.RLock()
	e, found := h.young[key]
	isYoung := found
	if !found {
		e, found = h.old[key]
	}
	stand := h.forgotten
	h.mu.RUnlock()
	if found && !isYoung {
		h.Put(stand, key, e.value, e.size)
	}
	return e.value, found
}

// Put keeps the value, which takes about size bytes with its key, unless Forget was
// called since Stand gave stand. What is kept already stays as it is, and what is
// larger than a half is not kept.
func (h *Held[K, V]) Put(stand uint64, key K, value V, size int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if stand != h.forgotten || size > h.half {
		return
	}
	if _, found := h.young[key]; found {
		return
	}
	if h.young == nil || h.bytes[0]+size > h.half {
		h.young, h.old, h.bytes = map[K]entry[V]{}, h.young, [2]int{0, h.bytes[0]}
	}
	h.young[key] = entry[V]{value, size}
	h.bytes[0] += size
}

// Forget forgets all.
func (h *Held[K, V]) Forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.young, h.old, h.bytes = nil, nil, [2]int{}
	h.forgotten++
}

// Bytes is what is kept, by the sizes that Put was told.
func (h *Held[K, V]) Bytes() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.bytes[0] + h.bytes[1]
}
