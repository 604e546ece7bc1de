package ledger

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"duban/workflow"
)

// pastPage is how many events Past reads at a time.
const pastPage = 512

// Past is a Book that stands for ever where the journal stood at the position: the
// events up to there folded anew, under the given rules. Each event is handed to each
// (may be nil) in order. It costs a reading of the journal up to the position.
func Past(ctx context.Context, j workflow.Journal, rules workflow.Rules, position uint64, each func(workflow.Event)) (*Book, error) {
	b := &Book{journal: j, rules: func() workflow.Rules { return rules }, stopped: true}
	s := &snapshot{series: map[string]workflow.Series{}, numbered: map[string]uint16{}}
	for s.seq < position {
		events, err := j.Events(ctx, s.seq, int(min(pastPage, position-s.seq)))
		if err != nil {
			return nil, err
		}
		if len(events) == 0 {
			return nil, fmt.Errorf("the journal ends at %d, before position %d", s.seq, position)
		}
		for _, e := range events {
			if err := workflow.Fold(rows{s}, e); err != nil {
				return nil, err
			}
			s.seq = e.Seq
			if e.Kind == workflow.KindReported {
				b.reports.keep(e)
			}
			if each != nil {
				each(e)
			}
		}
	}
	b.state.Store(s)
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

// Assessment is a period's assessment; one not begun has the stage "none".
func (b *Book) Assessment(period string) workflow.Assessment {
	a, ok := b.now().assessments[period]
	if !ok {
		return workflow.Assessment{Period: period, Stage: workflow.NoAssessment}
	}
	return a
}
