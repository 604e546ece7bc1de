package ledger

import (
	"time"

	"duban/workflow"
)

// Row is an assignment as the Book had it at one moment, with all that its Item is
// made of.
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

// unread is the code of the light of measures that could not be read from the journal.
const unread = "progress.unread"

// Unread reports whether the item lacks what the journal did not give.
func (i Item) Unread() bool { return i.ProgressLight.Code == unread }
