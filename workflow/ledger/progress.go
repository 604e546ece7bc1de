package ledger

import (
	"context"
	"slices"
	"sync"
	"time"

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
// in the newest report in force. A lead that is past due without one, or whose report says
// nothing of any measure, has no progress where no figure shows any: silence is never
// better than speech. Pace is that of their own dates; now says, up to the
// period's end, whether the day of a target has come. What happens after the period
// does not change it.
func (b *Book) progressLight(r workflow.Rules, s *snapshot, a workflow.Assignment, now time.Time) Light {
	if a.State == workflow.Withdrawn {
		return light(Grey, "progress.withdrawn")
	}
	r = r.Under(r.PlanOf(a)) // what is closed was judged by what it was done under
	worst := light(Grey, "progress.none")
	until := s.end(r, a.Period)
	for _, in := range figuresOf(r, s, a, until) {
		if l := view(r, in, s.series[in.ID], until, now).Light; worse[l.Colour] > worse[worst.Colour] {
			worst = l
		}
	}
	if l := b.measuresLight(r, s, a, worst.Colour == Grey, until, now); worse[l.Colour] > worse[worst.Colour] || worst.Colour == Grey {
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
	leads, other := 0, false
	for i := range r.Plan.Tasks {
		t := &r.Plan.Tasks[i]
		if t.Lead == a.Department {
			leads++
			other = other || t.Key != a.Task // what it leads by a transfer is beside that
		}
		if t.Key == a.Task && a.Role == workflow.Lead {
			all = append(all, t.Figures...)
		}
	}
	for i := range r.Plan.Indicators {
		in := &r.Plan.Indicators[i]
		series := s.series[in.ID]
		answers := leads == 1 && !other && a.Role == workflow.Lead && workflow.OwnerOf(r.Plan, *in, series) == a.Department
		if answers || s.brought(r, series, a, until) {
			all = append(all, *in)
		}
	}
	return all
}

// brought reports whether the newest figure was filed by the assignment's
// department on its task. A corrected figure stays its reporter's.
func (s *snapshot) brought(r workflow.Rules, series workflow.Series, a workflow.Assignment, until plan.Date) bool {
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
	if newest == nil || newest.Assignment == "" {
		return false
	}
	from := s.assignment(newest.Assignment)
	return from != nil && from.Task == a.Task && r.Plan.Stands(a.Department, from.Department)
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

// tally is what is known of a task's measures: how many are how far, and how many
// nobody has said anything of. Its counts add up to all.
type tally struct {
	done, idle, unreported int
	paced, vague           int // under way with a percentage, and without one
	percent                int // of the paced ones together
}

func (t tally) total() int { return t.done + t.idle + t.unreported + t.paced + t.vague }

// measures counts a task's measures by the last word on each.
func count(measures []plan.Measure, known map[string]workflow.MeasureData) (t tally) {
	for _, m := range measures {
		k, said := known[m.ID]
		switch {
		case !said:
			t.unreported++
		case k.Status == workflow.Done:
			t.done++
		case k.Status == workflow.NotStarted:
			t.idle++
		case k.Percent != nil:
			t.paced++
			t.percent += *k.Percent
		default:
			t.vague++
		}
	}
	return t
}

// measuresLight judges what is known of the measures. Done is 100, not started 0, a
// percentage itself; a measure under way without one says nothing of how far it
// is and is taken to be in time. A measure without change is as the report before
// said. One that nobody has said anything of is 0 for the lead, who answers for all of
// them, and keeps its light from being green; a cooperating department answers for
// those it speaks of, and without the others it cannot be called in time. Grey when
// no measure says how far it is; a lead's that says nothing at all, though, where the
// measures are judged alone, with no figure beside them. When the plan's last day has come all are to be done.
func (b *Book) measuresLight(r workflow.Rules, s *snapshot, a workflow.Assignment, alone bool, until plan.Date, now time.Time) Light {
	silent := alone && a.Role == workflow.Lead
	if silent && a.ReportedAt == nil && (a.State == workflow.Overdue || a.PastDue(now)) {
		return judged("progress", Lag, "silent", "due", a.Due)
	}
	t, ok := r.TaskOf(a)
	if !ok || a.ReportedAt == nil || len(t.Measures) == 0 {
		return light(Grey, "progress.none")
	}
	known, ok := b.standing(r, s, a, t)
	if !ok {
		return light(Grey, unread)
	}
	c := count(t.Measures, known)
	if c.total() == c.unreported && !silent || c.total() == c.vague {
		return light(Grey, "progress.measures.none", "under_way", c.vague, "unreported", c.unreported, "total", c.total(), "at", *a.ReportedAt)
	}
	whole := stretch{r.Plan.From, r.Plan.To}
	on := r.Clock.Today(*a.ReportedAt)
	due := !earlier(r.Clock.Today(now), until).Before(whole.to)
	if due {
		on = whole.to
	}
	judging := c.total()
	if a.Role == workflow.Cooperating {
		judging -= c.unreported
	}
	days, elapsed := whole.days(), whole.elapsed(on)
	sum := (c.done*100+c.percent)*days + c.vague*elapsed*100 // per cent × days
	part, all := exactly(elapsed*100*judging-sum), exactly(judging*days)
	share := percent(exactly(sum), all.Mul(hundred))
	if c.done < judging && share.Equal(hundred) {
		share = belowHundred()
	}
	l := r.Plan.Lights
	args := []any{"done", c.done, "under_way", c.paced + c.vague, "not_started", c.idle, "unreported", c.unreported, "total", c.total(),
		"share", share, "elapsed", whole.elapsedPercent(on), "behind", behindBy(l, part, all), "at", *a.ReportedAt}
	switch w := paceWord(l, part, all); {
	case due && c.done < judging:
		return judged("progress.measures", missWord(l, part, all), "missed", append(args, "by", whole.to)...)
	case c.unreported == 0 || w != OK:
		return paceLight("progress.measures", l, part, all, args...)
	case a.Role == workflow.Cooperating:
		return light(Grey, "progress.measures.part", args...)
	}
	return judged("progress.measures", Slow, "part", args...)
}

func exactly(n int) decimal.Decimal { return decimal.NewFromInt(int64(n)) }

// standing is the last word on each measure: of the report in force, and where it
// says nothing new, of the department's report in force on the task in the regular
// period before, and so on.
func (b *Book) standing(r workflow.Rules, s *snapshot, a workflow.Assignment, t plan.Task) (map[string]workflow.MeasureData, bool) {
	known := make(map[string]workflow.MeasureData, len(t.Measures))
	for at := &a; at != nil && len(known) < len(t.Measures); at = s.before(r, at) {
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
// period before the assignment's, or a row of a unit it stands for; nil when there is none.
func (s *snapshot) before(r workflow.Rules, a *workflow.Assignment) *workflow.Assignment {
	p, ok := s.period(a.Period)
	if !ok {
		return nil
	}
	for i := len(s.regular) - 1; i >= 0; i-- {
		q := &s.regular[i]
		if !q.From.Before(p.From) {
			continue
		}
		if row := s.find(q.ID, workflow.AssignmentID(q.ID, a.Task, a.Role, a.Department)); row != nil {
			return row
		}
		for _, d := range r.Plan.FormerDepartments() {
			if row := s.find(q.ID, workflow.AssignmentID(q.ID, a.Task, a.Role, d.ID)); row != nil && r.Plan.Stands(a.Department, d.ID) {
				return row
			}
		}
	}
	return nil
}

// Grounds are what an assignment's progress light was decided by: every figure
// looked at, as it stood for the period, and the judgement of the measures. The
// worst of their lights is the progress light.
type Grounds struct {
	Figures  []IndicatorView // without points
	Measures Light           // Grey: the measures say nothing
}

// Grounds explains the assignment's progress light at now with the figures the Book
// stands at. A withdrawn assignment has none.
func (b *Book) Grounds(a workflow.Assignment, now time.Time) Grounds {
	r, s := b.rules(), b.now()
	r = r.Under(r.PlanOf(a))
	if a.State == workflow.Withdrawn {
		return Grounds{Measures: light(Grey, "progress.withdrawn")}
	}
	until := s.end(r, a.Period)
	g, alone := Grounds{}, true
	for _, in := range figuresOf(r, s, a, until) {
		v := view(r, in, s.series[in.ID], until, now)
		v.Points = nil
		g.Figures = append(g.Figures, v)
		alone = alone && v.Light.Colour == Grey
	}
	g.Measures = b.measuresLight(r, s, a, alone, until, now)
	return g
}
