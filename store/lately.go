package store

import (
	"maps"
	"slices"

	"duban/workflow"
)

// lately are rows in decoded form, so that the committer need not read and decode
// what it has just written: those of a job until it ends, those of a batch until it
// is durable, and then those of the Store. They are shared: workflow.Apply and
// workflow.ApplySeries do not change them, and nothing else may.
type lately struct {
	assignments map[string]*workflow.Assignment
	series      map[string]*workflow.Series
	points      int // of the series
}

// What the Store's lately holds at most; then it begins anew. An assignment has a
// few KB, a point some 200 bytes.
const (
	maxDecoded = 4096
	maxPoints  = 100_000
)

func (l *lately) keepAssignment(a *workflow.Assignment) {
	if l.assignments == nil || len(l.assignments) >= maxDecoded {
		l.assignments = map[string]*workflow.Assignment{}
	}
	l.assignments[a.ID] = a
}

func (l *lately) keepSeries(s *workflow.Series) {
	if l.series == nil || l.points+len(s.Points) > maxPoints {
		l.series, l.points = map[string]*workflow.Series{}, 0
	}
	if old := l.series[s.Indicator]; old != nil {
		l.points -= len(old.Points)
	}
	l.series[s.Indicator] = s
	l.points += len(s.Points)
}

// add takes all rows of another, newer one.
func (l *lately) add(newer *lately) {
	for _, a := range newer.assignments {
		l.keepAssignment(a)
	}
	for _, s := range newer.series {
		l.keepSeries(s)
	}
}

// assignment is the row as this job sees it, shared.
func (w *work) assignment(id string) (workflow.Assignment, bool, error) {
	if a, ok := w.cached(id); ok {
		return a, true, nil
	}
	a, found, err := w.rows().Assignment(id)
	if found {
		w.b.s.decoded.keepAssignment(&a)
	}
	return a, found, err
}

// cached is the row without reading it, when it was decoded lately.
func (w *work) cached(id string) (a workflow.Assignment, ok bool) {
	for _, l := range []*lately{&w.decoded, &w.b.decoded, &w.b.s.decoded} {
		if a := l.assignments[id]; a != nil {
			return *a, true
		}
	}
	return a, false
}

// series is the row as this job sees it, shared. It grows with every figure, and
// decoding it is most of what one more costs.
func (w *work) series(id string) (workflow.Series, bool, error) {
	for _, l := range []*lately{&w.decoded, &w.b.decoded, &w.b.s.decoded} {
		if s := l.series[id]; s != nil {
			return *s, true, nil
		}
	}
	s, found, err := w.rows().Series(id)
	if found {
		w.b.s.decoded.keepSeries(&s)
	}
	return s, found, err
}

// jobView is what a decision sees: rows of its own, so that it may do with them
// what it likes.
type jobView struct {
	view
	w *work
}

func (w *work) view() jobView { return jobView{view{w}, w} }

func (v jobView) Assignment(id string) (workflow.Assignment, bool, error) {
	a, found, err := v.w.assignment(id)
	return cloneAssignment(a), found, err
}

// TaskAssignments decodes only the rows that were not decoded lately.
func (v jobView) TaskAssignments(period string, task int) ([]workflow.Assignment, error) {
	return v.taskAssignments(period, task, func(k string, b []byte) (workflow.Assignment, error) {
		if a, ok := v.w.cached(k); ok {
			return cloneAssignment(a), nil
		}
		return decode[workflow.Assignment](inAssignments, k, b)
	})
}

func (v jobView) Series(id string) (workflow.Series, bool, error) {
	s, found, err := v.w.series(id)
	s.Points = slices.Clone(s.Points)
	for i := range s.Points {
		s.Points[i].Met = clonePtr(s.Points[i].Met)
	}
	return s, found, err
}

// foldRows is what workflow.Fold changes.
type foldRows struct {
	rows
	w *work
}

func (r foldRows) Assignment(id string) (workflow.Assignment, bool, error) { return r.w.assignment(id) }

func (r foldRows) PutAssignment(a workflow.Assignment) error {
	if r.w.decoded.assignments == nil {
		r.w.decoded.assignments = map[string]*workflow.Assignment{}
	}
	r.w.decoded.assignments[a.ID] = &a
	return r.rows.PutAssignment(a)
}

func (r foldRows) Series(id string) (workflow.Series, bool, error) { return r.w.series(id) }

func (r foldRows) PutSeries(s workflow.Series) error {
	if r.w.decoded.series == nil {
		r.w.decoded.series = map[string]*workflow.Series{}
	}
	r.w.decoded.series[s.Indicator] = &s
	return r.rows.PutSeries(s)
}

// merge takes a job's rows into its batch's, which are all of them kept.
func (l *lately) merge(job *lately) {
	if len(job.assignments) > 0 {
		if l.assignments == nil {
			l.assignments = map[string]*workflow.Assignment{}
		}
		maps.Copy(l.assignments, job.assignments)
	}
	if len(job.series) > 0 {
		if l.series == nil {
			l.series = map[string]*workflow.Series{}
		}
		maps.Copy(l.series, job.series)
	}
}
