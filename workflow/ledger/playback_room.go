package ledger

import (
	"cmp"
	"slices"
)

// The room that the states of a playback may take.
const (
	// rowBytes is about what a row takes in memory, keyBytes what its place in a chunk
	// does: 100,000 rows of a living Book are 81 MB.
	rowBytes, keyBytes = 768, 48
	// roomTimes is how many times what the living Book takes they may take together:
	// states share the rows that did not change between them.
	roomTimes = 4
	// leastRoom is what they may take in any case.
	leastRoom = 64 << 20
)

// pair is two states next to each other.
type pair struct{ before, after *snapshot }

// trim lets states go until those held fit into the room: first those asked for, the one
// asked for longest ago first, then checkpoints that leave the smallest holes. The last
// one asked for stays. p.mu is held.
func (p *Playback) trim() {
	room := p.room
	if room == 0 {
		room = max(p.least, roomTimes*p.live.now().bytes())
	}
	for p.bytes() > room {
		switch {
		case len(p.asked) > 1:
			p.asked = slices.Delete(p.asked, 0, 1)
		case len(p.kept) > 0:
			p.dropCheckpoint()
		default:
			return
		}
	}
}

// bytes is about what the states held take in memory. p.mu is held.
func (p *Playback) bytes() (total int) {
	states := slices.Clone(p.kept)
	for _, a := range p.asked {
		states = append(states, a.snapshot)
	}
	slices.SortFunc(states, func(a, b *snapshot) int { return cmp.Compare(a.seq, b.seq) })
	known := map[pair]int{}
	before := nothing
	for _, s := range states {
		next := pair{before, s}
		n, ok := p.beside[next]
		if !ok {
			n = s.beside(before)
		}
		known[next] = n
		total += n
		before = s
	}
	p.beside = known // of no state that has gone
	return total
}

var nothing = empty()

// bytes is about what the rows of the state take in memory.
func (s *snapshot) bytes() (n int) {
	for _, sh := range s.shelves {
		for _, ch := range sh.chunks {
			n += len(ch.rows) * (rowBytes + keyBytes)
		}
	}
	return n
}

// beside is about what the state takes in memory beside another that it shares rows with.
func (s *snapshot) beside(o *snapshot) (n int) {
	for at, sh := range s.shelves {
		if at < len(o.shelves) && o.shelves[at] == sh { // as most are
			continue
		}
		i, ok := o.shelf(sh.period)
		if ok && o.shelves[i] == sh {
			continue
		}
		for c, ch := range sh.chunks {
			if ok && c < len(o.shelves[i].chunks) && o.shelves[i].chunks[c] == ch {
				continue
			}
			n += len(ch.rows) * keyBytes
			for _, a := range ch.rows {
				if !ok || o.find(sh.period, a.ID) != a {
					n += rowBytes
				}
			}
		}
	}
	return n
}
