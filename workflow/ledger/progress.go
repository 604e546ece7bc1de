package ledger

import (
	"context"
	"slices"
	"sync"

	"github.com/shopspring/decimal"

	"duban/workflow"
	"duban/workflow/plan"
)

// facts are what filed reports said of their measures, by the event's position.
// Rows do not hold it; a filed report never changes, so what was read once is kept.
type facts struct {
	measures sync.Map // uint64: []workflow.MeasureData
	before   *facts   // asked when there is nothing here; may be nil

	mu  sync.RWMutex
	ids map[string]string // one copy of each measure's id, of all versions of the plan
}

func (f *facts) of(seq uint64) ([]workflow.MeasureData, bool) {
	for ; f != nil; f = f.before {
		if all, ok := f.measures.Load(seq); ok {
			return all.([]workflow.MeasureData), true
		}
	}
	return nil, false
}

func (f *facts) keep(e workflow.Event) {
	var all []workflow.MeasureData
	if e.Data.Report != nil {
		all = slices.Clone(e.Data.Report.Measures)
		for i := range all { // the same few words in every report: one copy of each
			all[i].ID = f.id(all[i].ID)
			if at := slices.Index(workflow.MeasureStatuses, all[i].Status); at >= 0 {
				all[i].Status = workflow.MeasureStatuses[at]
			}
		}
	}
	f.measures.Store(e.Seq, all)
}

// id is the copy of a measure's id that all reports share.
func (f *facts) id(id string) string {
	f.mu.RLock()
	same, ok := f.ids[id]
	f.mu.RUnlock()
	if ok {
		return same
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ids == nil {
		f.ids = map[string]string{}
	}
	f.ids[id] = id
	return id
}

// measures is what the report at the position said, read from the journal when it
// was filed before this Book began; false when it cannot be read.
func (b *Book) measures(seq uint64) ([]workflow.MeasureData, bool) {
	if all, ok := b.reports.of(seq); ok {
		return all, true
	}
	// One row by its key; a caller's deadline has no place in a light.
	events, err := b.journal.Events(context.Background(), seq-1, 1)
	if err != nil || len(events) != 1 || events[0].Seq != seq {
		return nil, false
	}
	b.reports.keep(events[0])
	return b.measures(seq)
}

// progressLight is the worst of two judgements: of the figures, and of the measures
// in the newest report in force, against the plan's elapsed time at the report.
// Neither depends on now: without a newer report nothing newer is known, and the
// time light says that one is due.
func (b *Book) progressLight(r workflow.Rules, s *snapshot, a workflow.Assignment) Light {
	if a.State == workflow.Withdrawn {
		return light(Grey, "progress.withdrawn")
	}
	worst := light(Grey, "progress.none")
	until := s.end(r, a.Period)
	for _, in := range figuresOf(r, s, a, until) {
		if l := view(r, in, s.series[in.ID], until, a.LastAt).Light; worse[l.Colour] > worse[worst.Colour] {
			worst = l
		}
	}
	if l := b.measuresLight(r, s, a); worse[l.Colour] > worse[worst.Colour] || worst.Colour == Grey {
		return l
	}
	return worst
}

// end is the last statistical date that says something about a period: its own
// last day, or the due day if that is later; zero, no limit, for an unknown one.
func (s *snapshot) end(r workflow.Rules, period string) plan.Date {
	p, ok := s.period(period)
	if !ok {
		return plan.Date{}
	}
	if due := r.Clock.Today(p.Due); p.To.Before(due) {
		return due
	}
	return p.To
}

// figuresOf are the indicators an assignment's progress is judged by: for the lead
// the figures of the task's own text; for any department the main targets whose
// newest figure it brought on this task. A department that leads one task alone
// answers there for every main target it owns.
func figuresOf(r workflow.Rules, s *snapshot, a workflow.Assignment, until plan.Date) []plan.Indicator {
	var all []plan.Indicator
	leads := 0
	for i := range r.Plan.Tasks {
		t := &r.Plan.Tasks[i]
		if t.Lead == a.Department {
			leads++
		}
		if t.No == a.Task && a.Role == workflow.Lead {
			all = append(all, t.Figures...)
		}
	}
	for i := range r.Plan.Indicators {
		in := &r.Plan.Indicators[i]
		series := s.series[in.ID]
		answers := leads == 1 && a.Role == workflow.Lead && workflow.OwnerOf(r.Plan, *in, series) == a.Department
		if answers || s.brought(series, a, until) {
			all = append(all, *in)
		}
	}
	return all
}

// brought reports whether the newest figure was filed by the assignment's
// department on its task. A corrected figure stays its reporter's.
func (s *snapshot) brought(series workflow.Series, a workflow.Assignment, until plan.Date) bool {
	var newest *workflow.Point
	for i := range series.Points {
		p := &series.Points[i]
		if p.Counts() && (until.IsZero() || compareDays(p.AsOf, until) <= 0) && (newest == nil || compareDays(p.AsOf, newest.AsOf) >= 0) {
			newest = p
		}
	}
	if newest != nil {
		newest = filed(series, newest)
	}
	if newest == nil || newest.Assignment == "" || newest.Unit != a.Department {
		return false
	}
	from := s.assignment(newest.Assignment)
	return from != nil && from.Task == a.Task
}

// filed is the figure a chain of corrections began with.
func filed(series workflow.Series, p *workflow.Point) *workflow.Point {
	for i := len(series.Points) - 1; i >= 0; i-- { // a correction comes after what it corrects
		if q := &series.Points[i]; p.Corrects != 0 && q.Seq == p.Corrects {
			p = q
		}
	}
	return p
}

// measuresLight judges what is known of the measures. Done is 100, not started 0, a
// percentage itself; a measure under way without one says nothing of how far it
// is and is taken to be in time. A measure without change is as the report before
// said. Grey when no measure says anything.
func (b *Book) measuresLight(r workflow.Rules, s *snapshot, a workflow.Assignment) Light {
	t, ok := r.Plan.Task(a.Task)
	if !ok || a.ReportedAt == nil || len(t.Measures) == 0 {
		return light(Grey, "progress.none")
	}
	known, ok := b.standing(s, a, t)
	if !ok {
		return light(Grey, unread)
	}
	whole := stretch{r.Plan.From, r.Plan.To}
	days := whole.days()
	elapsed := whole.elapsed(r.Clock.Today(*a.ReportedAt)) * 100 // per cent × days
	var done, begun, idle, said int
	sum := 0 // per cent × days
	for _, m := range t.Measures {
		k, ok := known[m.ID]
		switch {
		case ok && k.Status == workflow.Done:
			done++
			said++
			sum += 100 * days
		case ok && k.Status == workflow.NotStarted:
			idle++
			said++
		case ok && k.Percent != nil:
			begun++
			said++
			sum += *k.Percent * days
		default:
			begun++
			sum += elapsed
		}
	}
	if said == 0 {
		return light(Grey, "progress.none")
	}
	total := len(t.Measures)
	part, count := exactly(elapsed*total-sum), exactly(total*days)
	return judged("progress.measures", paceWord(r.Plan.Lights, part, count),
		"done", done, "under_way", begun, "not_started", idle, "total", total,
		"share", number(exactly(sum).DivRound(count, precision), percentPlaces),
		"elapsed", number(exactly(elapsed).DivRound(exactly(days), precision), percentPlaces),
		"behind", number(part.DivRound(count, precision), percentPlaces), "at", *a.ReportedAt)
}

func exactly(n int) decimal.Decimal { return decimal.NewFromInt(int64(n)) }

// standing is the last word on each measure: of the report in force, and where it
// says nothing new, of the department's report in force on the task in the regular
// period before, and so on.
func (b *Book) standing(s *snapshot, a workflow.Assignment, t plan.Task) (map[string]workflow.MeasureData, bool) {
	known := make(map[string]workflow.MeasureData, len(t.Measures))
	for at := &a; at != nil && len(known) < len(t.Measures); at = s.before(at) {
		ref := at.LatestReport()
		if at.ReportedAt == nil || ref == nil {
			continue
		}
		said, ok := b.measures(ref.Seq)
		if !ok {
			return nil, false
		}
		for _, m := range said {
			if _, newer := known[m.ID]; !newer && m.Status != workflow.NoChange {
				known[m.ID] = m
			}
		}
	}
	return known, true
}

// before is the same department's row on the same task in the latest regular
// period before the assignment's, nil when there is none.
func (s *snapshot) before(a *workflow.Assignment) *workflow.Assignment {
	p, ok := s.period(a.Period)
	if !ok {
		return nil
	}
	for i := len(s.regular) - 1; i >= 0; i-- {
		q := &s.regular[i]
		if !q.From.Before(p.From) {
			continue
		}
		if r := s.find(q.ID, workflow.AssignmentID(q.ID, a.Task, a.Role, a.Department)); r != nil {
			return r
		}
	}
	return nil
}
