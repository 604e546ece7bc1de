package journal

import (
	"maps"
	"slices"

	"duban/store/codec"
	"duban/store/kv"
	"duban/workflow"
)

// decodedRows are rows in decoded form: a job's until it ends, a batch's until it is
// durable, and the Journal's, a cache of what the committer has read or written. The
// committer need not read and decode what it has just written. The rows are shared:
// workflow.Apply and workflow.ApplySeries do not change them, and nothing else may.
type decodedRows struct {
	assignments map[string]*workflow.Assignment
	series      map[string]*codec.Series
	plan        *workflow.PlanRef
	bytes       int // about what the cache takes
}

// About what a row takes in memory.
const (
	assignmentSize = 4 << 10
	pointSize      = 400 // one point of a series
)

func seriesSize(s *codec.Series) int { return pointSize * (1 + len(s.Points)) }

// makeRoom makes room in the cache: when there is none it begins anew.
func (j *Journal) makeRoom(size int) {
	d := &j.decoded
	if d.bytes += size; d.bytes > j.rowBytes {
		*d = decodedRows{plan: d.plan, bytes: size}
	}
	if d.assignments == nil {
		d.assignments, d.series = map[string]*workflow.Assignment{}, map[string]*codec.Series{}
	}
}

func (j *Journal) cacheAssignment(a *workflow.Assignment) {
	if j.decoded.assignments[a.ID] == nil {
		j.makeRoom(assignmentSize)
	}
	j.decoded.assignments[a.ID] = a
}

func (j *Journal) cacheSeries(s *codec.Series) {
	if old := j.decoded.series[s.Indicator]; old != nil {
		j.decoded.bytes -= seriesSize(old)
		delete(j.decoded.series, s.Indicator)
	}
	j.makeRoom(seriesSize(s))
	j.decoded.series[s.Indicator] = s
}

// cache takes the rows that a batch has made durable.
func (j *Journal) cache(newer *decodedRows) {
	for _, a := range newer.assignments {
		j.cacheAssignment(a)
	}
	for _, s := range newer.series {
		j.cacheSeries(s)
	}
	if newer.plan != nil {
		j.decoded.plan = newer.plan
	}
}

// assignment is the row as this job sees it, shared.
func (w *work) assignment(id string) (workflow.Assignment, bool, error) {
	if a, ok := w.cached(id); ok {
		return a, true, nil
	}
	a, found, err := w.rows().Assignment(id)
	if found {
		w.b.j.cacheAssignment(&a)
	}
	return a, found, err
}

// cached is the row without reading it, when it is cached.
func (w *work) cached(id string) (a workflow.Assignment, ok bool) {
	for _, l := range []*decodedRows{&w.decoded, &w.b.decoded, &w.b.j.decoded} {
		if a := l.assignments[id]; a != nil {
			return *a, true
		}
	}
	return a, false
}

// plan is the plan in force as this job sees it, shared.
func (w *work) plan() (workflow.PlanRef, bool, error) {
	for _, l := range []*decodedRows{&w.decoded, &w.b.decoded, &w.b.j.decoded} {
		if l.plan != nil {
			return *l.plan, true, nil
		}
	}
	p, found, err := w.rows().Plan()
	if found {
		w.b.j.decoded.plan = &p
	}
	return p, found, err
}

// series is the row as this job sees it, shared; nil when there is none.
func (w *work) series(id string) (*codec.Series, error) {
	for _, l := range []*decodedRows{&w.decoded, &w.b.decoded, &w.b.j.decoded} {
		if s := l.series[id]; s != nil {
			return s, nil
		}
	}
	row, found, err := w.rows().Series(id)
	if !found || err != nil {
		return nil, err
	}
	s := &codec.Series{Series: row}
	w.b.j.cacheSeries(s)
	return s, nil
}

// jobView is what a decision sees. It gets copies of rows and may change them.
type jobView struct {
	view
	w *work
}

func (w *work) view() jobView { return jobView{view{w}, w} }

func (v jobView) Assignment(id string) (workflow.Assignment, bool, error) {
	a, found, err := v.w.assignment(id)
	return codec.CloneAssignment(a), found, err
}

// TaskAssignments decodes only the rows that are not cached.
func (v jobView) TaskAssignments(period string, task int) ([]workflow.Assignment, error) {
	return v.taskAssignments(period, task, func(k string, b []byte) (workflow.Assignment, error) {
		if a, ok := v.w.cached(k); ok {
			return codec.CloneAssignment(a), nil
		}
		return codec.Row[workflow.Assignment](kv.Assignments, k, b)
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
	return codec.CloneSeries(s.Series), true, nil
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
	b, err := codec.Assignment(r.w.b.j.buffers.core[:0], &a)
	if err != nil {
		return err
	}
	r.w.b.j.buffers.core = b
	r.w.put(kv.Assignments, a.ID, codec.Seal(a.ID, append(make([]byte, 0, len(b)+4), b...)))
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
	s, b, err := codec.EncodeSeries(row, old)
	if err != nil {
		return err
	}
	if r.w.decoded.series == nil {
		r.w.decoded.series = map[string]*codec.Series{}
	}
	r.w.decoded.series[row.Indicator] = s
	r.put(kv.Series, row.Indicator, codec.Seal(row.Indicator, b))
	return nil
}

// merge takes a job's rows into its batch's, which are all of them kept.
func (l *decodedRows) merge(job *decodedRows) {
	if len(job.assignments) > 0 {
		if l.assignments == nil {
			l.assignments = map[string]*workflow.Assignment{}
		}
		maps.Copy(l.assignments, job.assignments)
	}
	if len(job.series) > 0 {
		if l.series == nil {
			l.series = map[string]*codec.Series{}
		}
		maps.Copy(l.series, job.series)
	}
	if job.plan != nil {
		l.plan = job.plan
	}
}
