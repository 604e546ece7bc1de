package store

import (
	"bytes"
	"encoding/json"
	"errors"
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
	series      map[string]*codedSeries
	points      int // of the series
	plan        *workflow.PlanRef
}

// What the Store's lately holds at most; then it begins anew. An assignment has a
// few KB, a point some 400 bytes.
const (
	maxDecoded = 4096
	maxPoints  = 50_000
)

func (l *lately) keepAssignment(a *workflow.Assignment) {
	if l.assignments == nil || len(l.assignments) >= maxDecoded {
		l.assignments = map[string]*workflow.Assignment{}
	}
	l.assignments[a.ID] = a
}

func (l *lately) keepSeries(s *codedSeries) {
	if l.series == nil || l.points+len(s.Points) > maxPoints {
		l.series, l.points = map[string]*codedSeries{}, 0
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
	if newer.plan != nil {
		l.plan = newer.plan
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

// plan is the plan in force as this job sees it, shared.
func (w *work) plan() (workflow.PlanRef, bool, error) {
	for _, l := range []*lately{&w.decoded, &w.b.decoded, &w.b.s.decoded} {
		if l.plan != nil {
			return *l.plan, true, nil
		}
	}
	p, found, err := w.rows().Plan()
	if found {
		w.b.s.decoded.plan = &p
	}
	return p, found, err
}

// series is the row as this job sees it, shared; nil when there is none.
func (w *work) series(id string) (*codedSeries, error) {
	for _, l := range []*lately{&w.decoded, &w.b.decoded, &w.b.s.decoded} {
		if s := l.series[id]; s != nil {
			return s, nil
		}
	}
	row, found, err := w.rows().Series(id)
	if !found || err != nil {
		return nil, err
	}
	s := &codedSeries{Series: row}
	w.b.s.decoded.keepSeries(s)
	return s, nil
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

func (v jobView) Plan() (workflow.PlanRef, bool, error) {
	p, found, err := v.w.plan()
	p.Signing = slices.Clone(p.Signing)
	return p, found, err
}

func (v jobView) Series(id string) (row workflow.Series, found bool, err error) {
	s, err := v.w.series(id)
	if s == nil {
		return row, false, err
	}
	row = s.Series
	row.Points = slices.Clone(row.Points)
	for i := range row.Points {
		row.Points[i].Met = clonePtr(row.Points[i].Met)
	}
	return row, true, nil
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
	if a.ID == "" {
		return r.rows.PutAssignment(a) // which says what is wrong
	}
	b, err := encodeAssignment(r.w.b.s.coding.core[:0], &a)
	if err != nil {
		return err
	}
	r.w.b.s.coding.core = b
	r.w.put(inAssignments, a.ID, seal(a.ID, append(make([]byte, 0, len(b)+4), b...)))
	return nil
}

func (r foldRows) Plan() (workflow.PlanRef, bool, error) { return r.w.plan() }

func (r foldRows) PutPlan(p workflow.PlanRef) error {
	r.w.decoded.plan = &p
	return r.rows.PutPlan(p)
}

func (r foldRows) Series(id string) (workflow.Series, bool, error) {
	s, err := r.w.series(id)
	if s == nil {
		return workflow.Series{}, false, err
	}
	return s.Series, true, nil
}

func (r foldRows) PutSeries(row workflow.Series) error {
	if row.Indicator == "" {
		return r.rows.PutSeries(row) // which says what is wrong
	}
	old, err := r.w.series(row.Indicator)
	if err != nil {
		return err
	}
	s, b, err := encodeSeries(row, old)
	if err != nil {
		return err
	}
	if r.w.decoded.series == nil {
		r.w.decoded.series = map[string]*codedSeries{}
	}
	r.w.decoded.series[row.Indicator] = s
	r.put(inSeries, row.Indicator, seal(row.Indicator, b))
	return nil
}

// codedSeries is a series with the JSON of each of its points. The row grows with
// every figure; encoding all points again is most of what one more would cost.
type codedSeries struct {
	workflow.Series
	coded [][]byte // nil when it was read
}

// encodeSeries is the row's JSON, byte for byte what json.Marshal gives. Points that
// are as they were in old (nil: there is none) are not encoded again.
func encodeSeries(row workflow.Series, old *codedSeries) (*codedSeries, []byte, error) {
	s := &codedSeries{Series: row, coded: make([][]byte, len(row.Points))}
	row.Points = nil
	head, err := json.Marshal(row)
	head, fits := bytes.CutSuffix(head, []byte(`"points":null}`))
	if err == nil && !fits {
		err = errors.New("points do not stand last in a series")
	}
	if err != nil {
		return nil, nil, err
	}
	size := len(head) + 24 // with the brackets and a checksum
	for i, p := range s.Points {
		if old != nil && i < len(old.coded) && old.Points[i] == p {
			s.coded[i] = old.coded[i]
		} else if s.coded[i], err = json.Marshal(p); err != nil {
			return nil, nil, err
		}
		size += len(s.coded[i]) + 1
	}
	b := append(make([]byte, 0, size), head...)
	if s.Points == nil {
		return s, append(b, `"points":null}`...), nil
	}
	b = append(b, `"points":[`...)
	for i, p := range s.coded {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, p...)
	}
	return s, append(b, `]}`...), nil
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
			l.series = map[string]*codedSeries{}
		}
		maps.Copy(l.series, job.series)
	}
	if job.plan != nil {
		l.plan = job.plan
	}
}
