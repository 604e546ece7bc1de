package ledger

import (
	"cmp"
	"slices"

	"duban/workflow"
)

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
