package ledger

import (
	"maps"
	"slices"

	"duban/workflow"
)

// rows is a snapshot being made, as workflow.Fold writes it. Files and texts are
// no part of the read model: a file put is dropped and none is ever found.
type rows struct{ *snapshot }

var _ workflow.Rows = rows{}

// Assignment finds a folded row.
func (r rows) Assignment(id string) (workflow.Assignment, bool, error) {
	if a := r.assignment(id); a != nil {
		return *a, true, nil
	}
	return workflow.Assignment{}, false, nil
}

// TaskAssignments lists the rows of one task in one period, by id.
func (r rows) TaskAssignments(period string, task int) ([]workflow.Assignment, error) {
	var all []workflow.Assignment
	for _, sh := range r.in(period) {
		for _, ch := range sh.chunks {
			for i := range ch.keys {
				if int(ch.keys[i].task) == task {
					all = append(all, *ch.rows[i])
				}
			}
		}
	}
	return all, nil
}

// Period finds a period.
func (r rows) Period(id string) (workflow.Period, bool, error) {
	p, ok := r.period(id)
	return p, ok, nil
}

func (s *snapshot) period(id string) (workflow.Period, bool) {
	p, ok := s.opened[id]
	return p, ok
}

// Periods lists the periods.
func (r rows) Periods() ([]workflow.Period, error) { return slices.Clone(r.periods), nil }

// Series finds the figures of an indicator.
func (r rows) Series(indicator string) (workflow.Series, bool, error) {
	s, ok := r.series[indicator]
	return s, ok, nil
}

// Draft finds none: what is not filed is the department's own.
func (r rows) Draft(string) (workflow.Draft, error) { return workflow.Draft{}, nil }

// Plan is the plan last loaded.
func (r rows) Plan() (workflow.PlanRef, bool, error) { return r.plan, r.planned, nil }

// File is not kept here.
func (r rows) File(string) (workflow.File, bool, error) { return workflow.File{}, false, nil }

// Texts are not kept here.
func (r rows) Texts(uint64) (workflow.Texts, error) { return nil, nil }

// PutAssignment puts a folded row.
func (r rows) PutAssignment(a workflow.Assignment) error {
	r.put(&a)
	r.transfers = r.transfers.With(a)
	return nil
}

// PutPeriod puts a period.
func (r rows) PutPeriod(p workflow.Period) error {
	kept := slices.DeleteFunc(slices.Clone(r.periods), func(q workflow.Period) bool { return q.ID == p.ID })
	r.putPeriods(append(kept, p))
	return nil
}

// PutSeries puts an indicator's figures.
func (r rows) PutSeries(s workflow.Series) error {
	r.series = maps.Clone(r.series)
	r.series[s.Indicator] = s
	r.figures++
	return nil
}

// PutPlan puts the plan loaded.
func (r rows) PutPlan(p workflow.PlanRef) error {
	r.plan, r.planned = p, true
	return nil
}

// PutFile drops the file.
func (r rows) PutFile(workflow.File) error { return nil }

// Assessment finds a period's assessment.
func (r rows) Assessment(period string) (workflow.Assessment, bool, error) {
	a, ok := r.assessments[period]
	return a, ok, nil
}

// PutAssessment puts a period's assessment.
func (r rows) PutAssessment(a workflow.Assessment) error {
	r.assessments = maps.Clone(r.assessments)
	if r.assessments == nil {
		r.assessments = map[string]workflow.Assessment{}
	}
	r.assessments[a.Period] = a
	return nil
}
