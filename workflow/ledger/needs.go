package ledger

import (
	"slices"
	"time"

	"duban/workflow"
)

// Counts is how many assignments, or tasks, stand in each box; the boxes add up to
// Total.
type Counts struct {
	Overdue    int `json:"overdue"`
	Soon       int `json:"soon"`
	Reported   int `json:"reported"`
	Assigned   int `json:"assigned"`
	InProgress int `json:"in_progress"`
	Verified   int `json:"verified"`
	Withdrawn  int `json:"withdrawn"`
	None       int `json:"none"` // a task without an assignment in the period
	Total      int `json:"total"`
}

func (c *Counts) add(b Box) { c.more(b, 1) }

func (c *Counts) more(b Box, n int) {
	c.Total += n
	switch b {
	case BoxOverdue:
		c.Overdue += n
	case BoxSoon:
		c.Soon += n
	case BoxReported:
		c.Reported += n
	case BoxAssigned:
		c.Assigned += n
	case BoxInProgress:
		c.InProgress += n
	case BoxVerified:
		c.Verified += n
	case BoxWithdrawn:
		c.Withdrawn += n
	default:
		c.None += n
	}
}

// Counts counts the assignments of a period ("": of all) that the actor may see.
func (b *Book) Counts(period string, actor workflow.Actor, now time.Time) Counts {
	s := b.now()
	f := newFilter(b.rules(), s, Query{}, actor, now)
	var c Counts
	s.each(period, every, func(k *key, sh *shelf, a *workflow.Assignment) {
		if f.match(k, sh, a) {
			c.add(f.box(*k))
		}
	})
	return c
}

// every asks for all chunks.
func every(*shelf, *chunk) bool { return true }

// each visits the rows of a period ("": of all) in the chunks that are asked for.
func (s *snapshot) each(period string, asked func(*shelf, *chunk) bool, fn func(*key, *shelf, *workflow.Assignment)) {
	for _, sh := range s.in(period) {
		for _, ch := range sh.chunks {
			if !asked(sh, ch) {
				continue
			}
			for i := range ch.keys {
				fn(&ch.keys[i], sh, ch.rows[i])
			}
		}
	}
}

// Needs is what waits for the office, over all periods. Each list is worst first.
type Needs struct {
	Overdue     Need `json:"overdue"`      // no report and past due; Marked: urged at least once
	ToVerify    Need `json:"to_verify"`    // reported; Since: the oldest report
	Extensions  Need `json:"extensions"`   // requests that wait for a decision; Since: the oldest
	NotAccepted Need `json:"not_accepted"` // Marked: past the accept-by instant
	Appeals     Need `json:"appeals"`      // against a score, without an answer; Since: the oldest
	Asks        Need `json:"asks"`         // assignments with something the office is asked to coordinate and has not closed; Marked: it is at work on all of it; Since: the oldest
}

// Need is one heading of Needs.
type Need struct {
	Count       int        `json:"count"`
	Assignments []string   `json:"assignments"` // ids
	Marked      int        `json:"marked"`
	Since       *time.Time `json:"since"`    // the instant of the first: due, reported, requested, accept by
	Workdays    int        `json:"workdays"` // from Since to now, 0 when it lies ahead; what came today has waited 0, what is late is so by 1 at least
	Days        int        `json:"days"`
}

// waiting is one line of a Need while it is collected.
type waitingRow struct {
	at     time.Time
	id     string
	marked bool
}

// Needs lists what the office has to do at now. For actors who supervise; it is
// not narrowed to what anyone else may see.
func (b *Book) Needs(now time.Time) Needs {
	r, s := b.rules(), b.now()
	h := horizonAt(r, now)
	var overdue, verify, extensions, receipt, asks []waitingRow
	s.each("", func(_ *shelf, ch *chunk) bool {
		return ch.states&unclosed != 0 || ch.flags&(asksExtension|asksOffice) != 0
	}, func(k *key, _ *shelf, a *workflow.Assignment) {
		box := h.box(*k)
		if box == BoxOverdue {
			overdue = append(overdue, waitingRow{a.Due, a.ID, k.is(isUrged)})
		}
		if box == BoxReported {
			verify = append(verify, waitingRow{time.Unix(0, k.at).In(r.Clock.Zone), a.ID, k.is(isLate)})
		}
		if k.is(asksExtension) {
			extensions = append(extensions, waitingRow{a.PendingExtension().At, a.ID, false})
		}
		if !k.is(isAccepted) && (box == BoxAssigned || box == BoxSoon || box == BoxOverdue) {
			receipt = append(receipt, waitingRow{a.AcceptBy, a.ID, now.After(a.AcceptBy)})
		}
		if k.is(asksOffice) {
			asks = append(asks, waitingRow{a.OpenAsk().At, a.ID, !a.AskWaits()})
		}
	})
	need := func(rows []waitingRow) Need { return needOf(r, rows, now) }
	var appeals []waitingRow
	for _, p := range s.appealed() {
		appeals = append(appeals, waitingRow{p.At, p.Assignment, false})
	}
	late := need(overdue)
	if late.Since != nil {
		late.Workdays, late.Days = r.Clock.Late(*late.Since, now)
	}
	return Needs{late, need(verify), need(extensions), need(receipt), need(appeals), need(asks)}
}

func needOf(r workflow.Rules, rows []waitingRow, now time.Time) Need {
	slices.SortStableFunc(rows, func(a, b waitingRow) int { return a.at.Compare(b.at) })
	n := Need{Count: len(rows), Assignments: make([]string, 0, len(rows))}
	for _, row := range rows {
		n.Assignments = append(n.Assignments, row.id)
		if row.marked {
			n.Marked++
		}
	}
	if len(rows) > 0 {
		n.Since = &rows[0].at
		from, today := r.Clock.Today(rows[0].at), r.Clock.Today(now)
		n.Workdays, n.Days = max(0, r.Clock.Calendar.WorkdaysBetween(from, today)), max(0, from.DaysUntil(today))
	}
	return n
}
