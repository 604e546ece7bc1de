package ledger

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"duban/workflow"
)

// TestPlaybackFitsItsRoom: however states that change many or few rows are kept and asked
// for, what they hold together, counted row by row, fits into the room as long as there is
// one to let go; the last one asked for stays, and where there is room for all, all stay.
func TestPlaybackFitsItsRoom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := empty()
		var rows []*workflow.Assignment
		periods := rapid.IntRange(1, 6).Draw(t, "periods")
		for n := range rapid.IntRange(1, 900).Draw(t, "rows") {
			p := fmt.Sprintf("S%d", n%periods)
			rows = append(rows, &workflow.Assignment{ID: fmt.Sprintf("%s-%04d", p, n), Period: p, State: workflow.Assigned})
		}
		s.fill(append([]*workflow.Assignment(nil), rows...))
		live := &Book{}
		live.state.Store(s)
		p := &Playback{live: live, least: rapid.SampledFrom([]int{0, 4 * s.bytes(), 100 * s.bytes()}).Draw(t, "least"),
			room: rapid.SampledFrom([]int{0, s.bytes() / 2, 2 * s.bytes()}).Draw(t, "room")}
		room := p.room
		if room == 0 {
			room = max(p.least, roomTimes*s.bytes())
		}
		steps := rapid.IntRange(1, 7).Draw(t, "steps")
		for step := range steps {
			next := *s
			next.seq = uint64(100 * (step + 1))
			many := rapid.SampledFrom([]int{0, 1, len(rows) / 2, len(rows)}).Draw(t, "changed")
			for n := range many {
				a := *rows[n]
				a.Version = step + 1
				next.put(&a)
			}
			s = &next
			if rapid.Bool().Draw(t, "asked") {
				p.keep(s, nil)
				if last := p.asked[len(p.asked)-1].snapshot; last != s {
					t.Fatal("the last one asked for has gone")
				}
			} else {
				p.checkpoint(s, 100)
			}
			if n := len(p.kept) + len(p.asked); n > 1 {
				if got := counted(p); got > room {
					t.Fatalf("%d states hold %d bytes, there is room for %d", n, got, room)
				}
			}
		}
		if n := len(p.kept) + len(p.asked); n < steps && p.room == 0 && p.least == 100*s.bytes() {
			t.Fatalf("%d of %d states are kept, and there is room", n, steps)
		}
	})
}

// TestPlaybackLetsGo: of seven states that share no row not all have room, of seven that
// share all of them all do.
func TestPlaybackLetsGo(t *testing.T) {
	for changed, want := range map[int]bool{500: false, 0: true} {
		s := empty()
		var rows []*workflow.Assignment
		for n := range 500 {
			rows = append(rows, &workflow.Assignment{ID: fmt.Sprintf("S-%04d", n), Period: "S", State: workflow.Assigned})
		}
		s.fill(append([]*workflow.Assignment(nil), rows...))
		live := &Book{}
		live.state.Store(s)
		p := &Playback{live: live}
		for step := range 7 {
			next := *s
			next.seq = uint64(100 * (step + 1))
			for _, a := range rows[:changed] {
				b := *a
				b.Version = step + 1
				next.put(&b)
			}
			s = &next
			p.keep(s, nil)
		}
		if n := len(p.kept) + len(p.asked); (n == 7) != want || n == 0 {
			t.Errorf("%d rows changed from one state to the next: %d of 7 states are kept", changed, n)
		}
	}
}

// counted is what the states of a playback hold: every row and every chunk once.
func counted(p *Playback) (n int) {
	rows, chunks := map[*workflow.Assignment]bool{}, map[*chunk]bool{}
	states := append([]*snapshot(nil), p.kept...)
	for _, a := range p.asked {
		states = append(states, a.snapshot)
	}
	for _, s := range states {
		for _, sh := range s.shelves {
			for _, ch := range sh.chunks {
				if chunks[ch] {
					continue
				}
				chunks[ch] = true
				n += len(ch.rows) * keyBytes
				for _, a := range ch.rows {
					if !rows[a] {
						rows[a] = true
						n += rowBytes
					}
				}
			}
		}
	}
	return n
}
