package ledger

import (
	"iter"
	"time"

	"duban/workflow"
	"duban/workflow/plan"
)

// Moment is the Book as it stood at one moment. It does not move while it is read,
// however long the reader takes, and may be read from many goroutines.
type Moment struct {
	book  *Book
	rules workflow.Rules
	state *snapshot
	now   time.Time
}

// Moment is the Book as it stands, judged at now.
func (b *Book) Moment(now time.Time) Moment { return Moment{b, b.rules(), b.now(), now} }

// Apart is the same Moment for who goes through many rows once: what their reports said is
// remembered for as long as this Moment, and not with the Book.
func (s Moment) Apart() Moment {
	s.book = &Book{journal: s.book.journal, rules: s.book.rules, reports: &facts{before: s.book.reports}, stopped: true}
	return s
}

// Each yields the row of every assignment the actor may see that q selects, by period
// and id, in one pass. Limit, After and Sort are ignored. A wrong query is an Invalid
// error as of ParseQuery.
func (s Moment) Each(q Query, actor workflow.Actor) (iter.Seq[workflow.Assignment], error) {
	q.After, q.Sort, q.Limit = "", "", 0
	if err := workflow.Faults(q.faults()); err != nil {
		return nil, err
	}
	f := newFilter(s.rules, s.state, q, actor, s.now)
	return func(yield func(workflow.Assignment) bool) {
		for _, sh := range s.state.in(q.Period) {
			for _, ch := range sh.chunks {
				if f.passes(ch) {
					continue
				}
				for i := range ch.keys {
					if (f.all || f.match(&ch.keys[i], sh, ch.rows[i])) && !yield(*ch.rows[i]) {
						return
					}
				}
			}
		}
	}, nil
}

// At is the same Moment read by the plan that was in force at a position of the journal.
func (s Moment) At(seq uint64) Moment {
	s.rules = s.rules.Under(s.rules.PlanAt(seq))
	return s
}

// Plan is the version it is read by.
func (s Moment) Plan() *plan.Plan { return s.rules.Plan }

// Item is the assignment's item. report is its newest report when the caller has read
// it, so that it need not be read again; else the zero Event.
func (s Moment) Item(a workflow.Assignment, report workflow.Event) Item {
	if report.Kind == workflow.KindReported {
		s.book.reports.keep(report)
	}
	return s.book.item(s.rules, s.state, a, s.now)
}

// Periods is how many periods there are.
func (s Moment) Periods() int { return len(s.state.periods) }

// Period finds a period.
func (s Moment) Period(id string) (workflow.Period, bool) { return s.state.period(id) }

// Indicator is one indicator judged by the figures up to a statistical date (the zero
// Date: by all of them); false when no version of the plan has one of that id.
func (s Moment) Indicator(id string, until plan.Date) (IndicatorView, bool) {
	in, ok := s.rules.Plan.KnownIndicator(id)
	if !ok {
		return IndicatorView{}, false
	}
	return view(s.rules, in, s.state.series[id], until, s.now), true
}
