package ledger

import (
	"context"
	"sync"

	"github.com/shopspring/decimal"

	"duban/workflow"
	"duban/workflow/plan"
)

// facts are what filed reports said of their measures, by the event's position.
// Rows do not hold it; a filed report never changes, so what was read once is kept.
type facts struct{ measures sync.Map } // uint64: []workflow.MeasureData

func (f *facts) keep(e workflow.Event) {
	var all []workflow.MeasureData
	if e.Data.Report != nil {
		all = e.Data.Report.Measures
	}
	f.measures.Store(e.Seq, all)
}

// measures is what the report at the position said, read from the journal when it
// was filed before this Book began; false when it cannot be read.
func (b *Book) measures(seq uint64) ([]workflow.MeasureData, bool) {
	if all, ok := b.reports.measures.Load(seq); ok {
		return all.([]workflow.MeasureData), true
	}
	// One row by its key; a caller's deadline has no place in a light.
	events, err := b.journal.Events(context.Background(), seq-1, 1)
	if err != nil || len(events) != 1 || events[0].Seq != seq {
		return nil, false
	}
	b.reports.keep(events[0])
	return b.measures(seq)
}

// progressLight is the worst of two judgements: of the figures, for a lead, and of
// the measures in the newest report in force, against the plan's elapsed time at
// the report. Neither depends on now: without a newer report nothing newer is
// known, and the time light says that one is due.
//
// The figures are those of the task's own text, and the main targets the
// department owns: those whose newest figure came through this task, or all of
// them when it leads this task alone. Figures of a later date than the
// assignment's period say nothing about it.
func (b *Book) progressLight(r workflow.Rules, s *snapshot, a workflow.Assignment) Light {
	if a.State == workflow.Withdrawn {
		return light(Grey, "progress.withdrawn")
	}
	worst := light(Grey, "progress.none")
	if a.Role == workflow.Lead {
		p, _ := s.period(a.Period)
		for _, in := range figuresOf(r, s, a) {
			if l := view(r, in, s.series[in.ID], p.To, a.LastAt).Light; worse[l.Colour] > worse[worst.Colour] {
				worst = l
			}
		}
	}
	if l := b.measuresLight(r, s, a); worse[l.Colour] > worse[worst.Colour] || l.Code == "progress.unread" && worst.Colour == Grey {
		worst = l
	}
	return worst
}

func figuresOf(r workflow.Rules, s *snapshot, a workflow.Assignment) []plan.Indicator {
	t, _ := r.Plan.Task(a.Task)
	all := t.Figures
	leads := 0
	for _, t := range r.Plan.Tasks {
		if t.Lead == a.Department {
			leads++
		}
	}
	for _, in := range r.Plan.Indicators {
		series := s.series[in.ID]
		owner := in.Owner
		if series.Owner != "" {
			owner = series.Owner
		}
		if owner != a.Department {
			continue
		}
		if leads == 1 || cameThrough(s, series, a) {
			all = append(all[:len(all):len(all)], in)
		}
	}
	return all
}

// cameThrough reports whether the newest figure was filed on the assignment's task.
func cameThrough(s *snapshot, series workflow.Series, a workflow.Assignment) bool {
	points := counting(series.Points, plan.Date{})
	if len(points) == 0 {
		return false
	}
	from := s.assignment(points[len(points)-1].Assignment)
	return from != nil && from.Task == a.Task
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
		return light(Grey, "progress.unread")
	}
	whole := stretch{r.Plan.From, r.Plan.To}
	days := decimal.NewFromInt(int64(whole.days()))
	elapsed := decimal.NewFromInt(int64(whole.elapsed(r.Clock.Today(*a.ReportedAt)))).Mul(hundred) // per cent × days
	var done, begun, idle, said int
	sum := decimal.Zero // per cent × days
	for _, m := range t.Measures {
		k, ok := known[m.ID]
		switch {
		case ok && k.Status == workflow.Done:
			done++
			said++
			sum = sum.Add(hundred.Mul(days))
		case ok && k.Status == workflow.NotStarted:
			idle++
			said++
		case ok && k.Percent != nil:
			begun++
			said++
			sum = sum.Add(decimal.NewFromInt(int64(*k.Percent)).Mul(days))
		default:
			begun++
			sum = sum.Add(elapsed)
		}
	}
	if said == 0 {
		return light(Grey, "progress.none")
	}
	total := decimal.NewFromInt(int64(len(t.Measures)))
	part, count := elapsed.Mul(total).Sub(sum), total.Mul(days)
	return judged("progress.measures", paceWord(r.Plan.Lights, part, count),
		"done", done, "under_way", begun, "not_started", idle, "total", len(t.Measures),
		"share", number(sum.DivRound(count, precision), percentPlaces),
		"elapsed", number(elapsed.DivRound(days, precision), percentPlaces),
		"behind", number(part.DivRound(count, precision), percentPlaces), "at", *a.ReportedAt)
}

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
	for i := len(s.periods) - 1; i >= 0; i-- {
		q := s.periods[i]
		if q.Special || !q.From.Before(p.From) {
			continue
		}
		if r := s.find(q.ID, workflow.AssignmentID(q.ID, a.Task, a.Role, a.Department)); r != nil {
			return r
		}
	}
	return nil
}
