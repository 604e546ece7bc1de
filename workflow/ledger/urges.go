package ledger

import (
	"cmp"
	"slices"
	"time"

	"duban/workflow"
)

// UrgeNumber is the number an urge is called by on paper: the N-th of its year, among
// those of all assignments, without a gap. Urges are only ever added, so that a number
// stays what it was.
type UrgeNumber struct {
	Year int `json:"year"`
	N    int `json:"n"`
}

// urgedAt is one urge in the order of the journal.
type urgedAt struct {
	seq uint64
	at  time.Time
}

// urge keeps an urge's place. Older snapshots share the array but end before what is
// appended, and only the newest is ever appended to.
func (s *snapshot) urge(e workflow.Event) {
	if e.Kind == workflow.KindUrged {
		s.urged = append(s.urged, urgedAt{e.Seq, e.At})
	}
}

// urges keeps the places of the urges of many rows at once.
func (s *snapshot) urges(rows []*workflow.Assignment) {
	for _, a := range rows {
		for _, u := range a.Urges {
			s.urged = append(s.urged, urgedAt{u.Seq, u.At})
		}
	}
	slices.SortFunc(s.urged, func(a, b urgedAt) int { return cmp.Compare(a.seq, b.seq) })
}

// UrgeNumbers are the numbers of the assignments' urges, by the position of each.
func (b *Book) UrgeNumbers(rows ...workflow.Assignment) map[uint64]UrgeNumber {
	s, zone := b.now(), b.rules().Clock.Zone
	wanted := map[uint64]bool{}
	for _, a := range rows {
		for _, u := range a.Urges {
			wanted[u.Seq] = true
		}
	}
	numbers := make(map[uint64]UrgeNumber, len(wanted))
	if len(wanted) == 0 {
		return numbers
	}
	counts := map[int]int{}
	for _, u := range s.urged {
		year := u.at.In(zone).Year()
		counts[year]++
		if wanted[u.seq] {
			numbers[u.seq] = UrgeNumber{year, counts[year]}
		}
	}
	return numbers
}
