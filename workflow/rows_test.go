package workflow_test

import (
	"context"
	"maps"
	"slices"
	"strings"

	"duban/workflow"
)

// rows are the folded rows in maps: what a fold needs and a decision reads.
type rows struct {
	assignments map[string]workflow.Assignment
	periods     map[string]workflow.Period
	series      map[string]workflow.Series
	files       map[string]workflow.File
	plan        *workflow.PlanRef
	assessments map[string]workflow.Assessment
	texts       map[uint64]workflow.Texts // beside the rows: no fold makes them
}

func newRows() *rows {
	return &rows{map[string]workflow.Assignment{}, map[string]workflow.Period{},
		map[string]workflow.Series{}, map[string]workflow.File{}, nil, map[string]workflow.Assessment{}, map[uint64]workflow.Texts{}}
}

// clone copies the maps; the values stay shared, which Apply must allow.
func (r *rows) clone() *rows {
	return &rows{maps.Clone(r.assignments), maps.Clone(r.periods), maps.Clone(r.series), maps.Clone(r.files), r.plan, maps.Clone(r.assessments), maps.Clone(r.texts)}
}

func (r *rows) Assignment(id string) (workflow.Assignment, bool, error) {
	a, ok := r.assignments[id]
	return a, ok, nil
}

func (r *rows) TaskAssignments(period string, task int) (out []workflow.Assignment, err error) {
	for _, a := range r.assignments {
		if a.Period == period && a.Task == task {
			out = append(out, a)
		}
	}
	slices.SortFunc(out, func(a, b workflow.Assignment) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

func (r *rows) Period(id string) (workflow.Period, bool, error) {
	p, ok := r.periods[id]
	return p, ok, nil
}

func (r *rows) Periods() ([]workflow.Period, error) {
	return slices.Collect(maps.Values(r.periods)), nil
}

func (r *rows) Series(id string) (workflow.Series, bool, error) {
	s, ok := r.series[id]
	return s, ok, nil
}

func (r *rows) Plan() (ref workflow.PlanRef, ok bool, err error) {
	if r.plan != nil {
		return *r.plan, true, nil
	}
	return ref, false, nil
}

func (r *rows) File(id string) (workflow.File, bool, error) {
	f, ok := r.files[id]
	return f, ok, nil
}

func (r *rows) Texts(seq uint64) (workflow.Texts, error) { return r.texts[seq], nil }

func (r *rows) PutAssignment(a workflow.Assignment) error { r.assignments[a.ID] = a; return nil }
func (r *rows) PutPeriod(p workflow.Period) error         { r.periods[p.ID] = p; return nil }
func (r *rows) PutSeries(s workflow.Series) error         { r.series[s.Indicator] = s; return nil }
func (r *rows) PutPlan(p workflow.PlanRef) error          { r.plan = &p; return nil }
func (r *rows) PutFile(f workflow.File) error             { r.files[f.ID] = f; return nil }

func (r *rows) PutAssessment(a workflow.Assessment) error {
	r.assessments[a.Period] = a
	return nil
}

func (r *rows) Assessment(period string) (workflow.Assessment, bool, error) {
	a, ok := r.assessments[period]
	return a, ok, nil
}

// still is a journal that decides and forgets: one act is tried, nothing changes.
type still struct {
	workflow.Journal
	rows *rows
}

func (s still) Change(_ context.Context, c workflow.Change) (workflow.Receipt, error) {
	events, err := c.Decide(s.rows, c.Received)
	return workflow.Receipt{Events: events}, err
}

// Trail: nothing has happened.
func (still) Trail(context.Context, string) ([]workflow.Event, error) { return nil, nil }

// Draft: nobody has begun a report.
func (*rows) Draft(string) (workflow.Draft, error) { return workflow.Draft{}, nil }
