package ledger

import (
	"cmp"
	"context"
	"slices"

	"duban/workflow"
)

// Past is a Book that stands for ever where the journal stood at the position: the
// events up to there folded anew, under the given rules. Each event is handed to each
// (may be nil) in order. It costs a reading of the journal up to the position;
// Playback is for who asks again and again.
func Past(ctx context.Context, j workflow.Journal, rules workflow.Rules, position uint64, each func(workflow.Event)) (*Book, error) {
	b := &Book{journal: j, rules: func() workflow.Rules { return rules }, reports: &facts{}, stopped: true}
	r := newReplay(empty())
	r.each = func(e workflow.Event) {
		if e.Kind == workflow.KindReported {
			b.reports.keep(e)
		}
		if each != nil {
			each(e)
		}
	}
	if err := r.advance(ctx, j, position); err != nil {
		return nil, err
	}
	b.state.Store(r.freeze())
	return b, nil
}

// InPeriod lists the assignments of a period, by id.
func (b *Book) InPeriod(period string) []workflow.Assignment {
	var all []workflow.Assignment
	for _, sh := range b.now().in(period) {
		for _, ch := range sh.chunks {
			for _, a := range ch.rows {
				all = append(all, *a)
			}
		}
	}
	slices.SortFunc(all, func(a, b workflow.Assignment) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// OpenAppeals are the appeals of all periods that have no answer, the oldest first.
func (b *Book) OpenAppeals() []workflow.AppealRef { return b.now().appealed() }

func (s *snapshot) appealed() []workflow.AppealRef {
	var open []workflow.AppealRef
	for _, a := range s.assessments {
		for _, p := range a.Appeals {
			if p.AnsweredAt == nil {
				open = append(open, p)
			}
		}
	}
	slices.SortFunc(open, func(a, b workflow.AppealRef) int { return cmp.Compare(a.Seq, b.Seq) })
	return open
}

// Assessment is a period's assessment; one not begun has the stage "none".
func (b *Book) Assessment(period string) workflow.Assessment {
	a, ok := b.now().assessments[period]
	if !ok {
		return workflow.Assessment{Period: period, Stage: workflow.NoAssessment}
	}
	return a
}

// Series is what is known of an indicator, false when nothing is.
func (b *Book) Series(indicator string) (workflow.Series, bool) {
	s, ok := b.now().series[indicator]
	return s, ok
}
