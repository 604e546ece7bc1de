package ledger

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"duban/workflow"
)

// chunkLimit bounds the rows copied when one of them changes.
const chunkLimit = 256

// snapshot is the state after one event. It and all it points to never change.
type snapshot struct {
	seq     uint64
	plan    workflow.PlanRef
	planned bool
	periods []workflow.Period // by first day, then by position
	regular []workflow.Period // those of periods that are not special
	opened  map[string]workflow.Period
	series  map[string]workflow.Series
	// assessments by period; nil when there is none
	assessments map[string]workflow.Assessment
	figures     uint64      // raised with every change of series
	shelves     []*shelf    // by period
	open        openIndex   // of the shelves' rows
	recent      []Happening // newest last
	urged       []urgedAt   // every urge, in the order of the journal

	transfers *workflow.Transfers

	foreign bool // there is a row whose id does not begin with its period

	departments []string // ids in the order they were first met
	numbered    map[string]uint16
}

// empty is the state before the first event.
func empty() *snapshot {
	return &snapshot{series: map[string]workflow.Series{}, numbered: map[string]uint16{}}
}

// shelf holds the assignments of one period, by id.
type shelf struct {
	period string
	chunks []*chunk
}

type chunk struct {
	keys   []key
	rows   []*workflow.Assignment
	states uint8 // bits of the states among the rows, so that scans pass by what is closed
	flags  uint8 // the flags that any of them has
}

func newChunk(keys []key, rows []*workflow.Assignment) *chunk {
	ch := &chunk{keys: keys, rows: rows}
	for i := range keys {
		ch.states |= 1 << keys[i].state
		ch.flags |= keys[i].flags
	}
	return ch
}

func (c *chunk) last() string { return c.rows[len(c.rows)-1].ID }

func (s *snapshot) shelf(period string) (int, bool) {
	return slices.BinarySearchFunc(s.shelves, period, func(sh *shelf, p string) int { return cmp.Compare(sh.period, p) })
}

// in lists the shelves of a period, or all of them.
func (s *snapshot) in(period string) []*shelf {
	if period == "" {
		return s.shelves
	}
	i, ok := s.shelf(period)
	if !ok {
		return nil
	}
	return s.shelves[i : i+1]
}

// find is the row with the id in a period.
func (s *snapshot) find(period, id string) *workflow.Assignment {
	i, ok := s.shelf(period)
	if !ok {
		return nil
	}
	c, j, ok := s.shelves[i].place(id)
	if !ok {
		return nil
	}
	return s.shelves[i].chunks[c].rows[j]
}

// assignment finds a row by its id alone. Ids begin with the period and a hyphen
// (workflow.AssignmentID), and a period's own id may hold hyphens; an id made
// otherwise is looked for on every shelf.
func (s *snapshot) assignment(id string) *workflow.Assignment {
	for i := range len(id) {
		if id[i] == '-' {
			if a := s.find(id[:i], id); a != nil {
				return a
			}
		}
	}
	if !s.foreign {
		return nil
	}
	for _, sh := range s.shelves {
		if c, j, ok := sh.place(id); ok {
			return sh.chunks[c].rows[j]
		}
	}
	return nil
}

// place is the chunk and index where the id stands or would be put.
func (sh *shelf) place(id string) (c, i int, ok bool) {
	c, _ = slices.BinarySearchFunc(sh.chunks, id, func(ch *chunk, id string) int { return cmp.Compare(ch.last(), id) })
	if c == len(sh.chunks) {
		if c == 0 {
			return 0, 0, false
		}
		c--
	}
	rows := sh.chunks[c].rows
	i, ok = slices.BinarySearchFunc(rows, id, func(a *workflow.Assignment, id string) int { return cmp.Compare(a.ID, id) })
	return c, i, ok
}

// with is the shelf with the row put in or replaced.
func (sh *shelf) with(k key, a *workflow.Assignment) *shelf {
	next := &shelf{period: sh.period, chunks: slices.Clone(sh.chunks)}
	if len(next.chunks) == 0 {
		next.chunks = []*chunk{newChunk([]key{k}, []*workflow.Assignment{a})}
		return next
	}
	c, i, found := sh.place(a.ID)
	keys, rows := slices.Clone(sh.chunks[c].keys), slices.Clone(sh.chunks[c].rows)
	if found {
		keys[i], rows[i] = k, a
	} else {
		keys, rows = slices.Insert(keys, i, k), slices.Insert(rows, i, a)
	}
	if len(rows) > chunkLimit {
		half := len(rows) / 2
		rest := newChunk(slices.Clone(keys[half:]), slices.Clone(rows[half:]))
		next.chunks = slices.Insert(next.chunks, c+1, rest)
		keys, rows = slices.Clone(keys[:half]), slices.Clone(rows[:half])
	}
	next.chunks[c] = newChunk(keys, rows)
	return next
}

func newShelf(period string) *shelf { return &shelf{period: period} }

// fill builds the shelves of many rows at once.
func (s *snapshot) fill(rows []*workflow.Assignment) {
	slices.SortFunc(rows, func(a, b *workflow.Assignment) int {
		return cmp.Or(strings.Compare(a.Period, b.Period), strings.Compare(a.ID, b.ID))
	})
	for len(rows) > 0 {
		period := rows[0].Period
		n := 1
		for n < len(rows) && rows[n].Period == period {
			n++
		}
		sh := newShelf(period)
		for some := range slices.Chunk(rows[:n], chunkLimit/2) {
			keys := make([]key, len(some))
			for i, a := range some {
				keys[i] = s.keyOf(a)
			}
			sh.chunks = append(sh.chunks, newChunk(keys, slices.Clip(some)))
		}
		s.shelves = append(s.shelves, sh)
		rows = rows[n:]
	}
	s.open = newOpenIndex(s.shelves)
}

// keyOf is the row's key; a department not met before is given a number.
func (s *snapshot) keyOf(a *workflow.Assignment) key {
	k := keyOf(a)
	if rest, ok := strings.CutPrefix(a.ID, a.Period); !ok || !strings.HasPrefix(rest, "-") {
		s.foreign = true
	}
	n, ok := s.numbered[a.Department]
	if !ok {
		n = uint16(len(s.departments)) // #nosec G115 -- departments of one plan: some dozens
		s.departments = append(slices.Clone(s.departments), a.Department)
		s.numbered = maps.Clone(s.numbered)
		s.numbered[a.Department] = n
	}
	k.department = n
	return k
}

// put puts a row in or replaces it.
func (s *snapshot) put(a *workflow.Assignment) {
	k := s.keyOf(a)
	i, ok := s.shelf(a.Period)
	s.shelves = slices.Clone(s.shelves)
	if !ok {
		s.shelves = slices.Insert(s.shelves, i, newShelf(a.Period).with(k, a))
		s.open = s.open.moved(nil, s.shelves[i], k.task)
		return
	}
	before := s.shelves[i]
	s.shelves[i] = before.with(k, a)
	s.open = s.open.moved(before, s.shelves[i], k.task)
	if c, at, ok := before.place(a.ID); ok && before.chunks[c].keys[at].task != k.task { // no desk does that
		s.open = s.open.moved(before, s.shelves[i], before.chunks[c].keys[at].task)
	}
}

func (s *snapshot) putPeriods(ps []workflow.Period) {
	s.periods, s.opened = ps, make(map[string]workflow.Period, len(ps))
	for _, p := range ps {
		s.opened[p.ID] = p
	}
	slices.SortFunc(ps, func(a, b workflow.Period) int {
		if a.From != b.From {
			if a.From.Before(b.From) {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Seq, b.Seq)
	})
	s.regular = nil
	for _, p := range ps {
		if !p.Special {
			s.regular = append(s.regular, p)
		}
	}
}
