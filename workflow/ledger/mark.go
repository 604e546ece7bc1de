package ledger

import (
	"slices"
	"sort"
	"time"

	"duban/workflow"
	"duban/workflow/plan"
)

// Row is an assignment as the Book had it at one moment, with all that its Item is
// made of: who keeps what was made of an item asks its Mark first.
type Row struct {
	b   *Book
	r   workflow.Rules
	s   *snapshot
	h   horizon // zero: not asked for yet
	a   *workflow.Assignment
	now time.Time
}

// Row finds an assignment by its id, to be seen at now.
func (b *Book) Row(id string, now time.Time) (Row, bool) {
	s := b.now()
	a := s.assignment(id)
	return Row{b: b, r: b.rules(), s: s, a: a, now: now}, a != nil
}

// Assignment is the folded row. It is shared: read-only.
func (r Row) Assignment() *workflow.Assignment { return r.a }

// At is the hour the row is seen at.
func (r Row) At() time.Time { return r.now }

// Rules are those the row is read by.
func (r Row) Rules() workflow.Rules { return r.r }

// Item builds the row's item.
func (r Row) Item() Item {
	if r.h == (horizon{}) {
		r.h = horizonAt(r.r, r.now)
	}
	return r.b.itemAt(r.r, r.s, r.h, r.a, r.now)
}

// Mark stands for everything an Item depends on: rows with equal marks have equal items,
// whenever and by whomever they are asked for. It can be compared and be the key of a map;
// it is good within this process. Unread items (Item.Unread) are the exception: they say
// that the journal could not be read, which the next one may.
type Mark struct {
	book *Book
	row  *workflow.Assignment // never changes: a changed row is another one
	// rules are of pointers to what never changes either.
	rules   workflow.Rules
	figures uint64 // snapshot.figures
	periods uint64 // snapshot.opening
	before  uint64 // when a row last changed that the light may look back at
	day     plan.Date
	pastDue bool
}

// Mark is the row's mark. An item depends on the hour by the day and by whether the due
// instant has gone by, no further (TimeLight, horizon, calendar.Clock).
func (r Row) Mark() Mark {
	return Mark{book: r.b, row: r.a, rules: r.r, figures: r.s.figures, periods: r.s.opening, before: r.s.changedBefore(r.a.Period),
		day: r.r.Clock.Today(r.now), pastDue: r.a.PastDue(r.now)}
}

// unread is the code of the light of measures that could not be read from the journal.
const unread = "progress.unread"

// Unread reports whether the item lacks what the journal did not give.
func (i Item) Unread() bool { return i.ProgressLight.Code == unread }

// changedBefore is the position at which a row of a regular period before this one last
// changed: those are what standing looks back at.
func (s *snapshot) changedBefore(period string) uint64 {
	p, ok := s.period(period)
	if !ok {
		return 0
	}
	n := sort.Search(len(s.regular), func(i int) bool { return !s.regular[i].From.Before(p.From) })
	if n == 0 {
		return 0
	}
	return s.changed[n-1]
}

// touch notes that a row of the period changes.
func (s *snapshot) touch(period string) {
	for i := len(s.regular) - 1; i >= 0; i-- { // the newest change most
		if s.regular[i].ID != period {
			continue
		}
		s.changed = slices.Clone(s.changed)
		for j := i; j < len(s.changed); j++ {
			s.changed[j] = s.seq
		}
		return
	}
}
