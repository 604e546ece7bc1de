package workflow

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"duban/workflow/plan"
)

// Most a report may carry; more is a mistake or an attack.
const (
	maxFigures  = 500 // as many as a sheet of figures has rows
	maxEvidence = 20
)

// slip is the ratio from which a figure looks like a slip of the unit 万.
var slip = decimal.NewFromInt(1000)

// report checks a filed report against the task, the figures known so far and
// the cooperating departments' inputs, and records it.
func (s Scene) report(a Assignment, actor Actor, in ReportInput) ([]Event, error) {
	var f faults
	e := a.event(KindReported, actor, s.Now)
	e.Data.N, e.Data.Late = len(a.Reports)+1, a.PastDue(s.Now)
	r := &ReportData{NoChange: in.NoChange}
	e.Data.Report = r

	if in.NoChange {
		f.required(e.Texts, "reason", "reason", in.Reason, ShortText, "report.no_change_reason")
		f.text(e.Texts, "progress", "progress", in.Progress, LongText)
	} else {
		f.required(e.Texts, "progress", "progress", in.Progress, LongText, "report.progress_required")
		f.text(e.Texts, "reason", "reason", in.Reason, ShortText)
	}
	f.text(e.Texts, "obstacles", "obstacles", in.Obstacles, PlainText)
	f.text(e.Texts, "asks", "asks", in.Asks, PlainText)
	f.text(e.Texts, "next_steps", "next_steps", in.NextSteps, PlainText)
	f.text(e.Texts, "forecast", "forecast", in.Forecast.Text, PlainText)
	r.HasAsks = e.Texts["asks"] != ""
	if err := s.ask(&e, a); err != nil {
		return nil, err
	}

	task, ok := s.Rules.Plan.Task(a.Task)
	if !ok {
		gone, _ := s.Rules.TaskOf(a)
		return nil, Refuse("task.left_plan", "task", gone.No)
	}
	s.measures(&f, &e, task, in.Measures)
	if err := s.figures(&f, &e, a, in.Figures); err != nil {
		return nil, err
	}
	s.forecast(&f, r, in.Forecast.Figures)
	marks, err := s.inputs(&f, r, a, actor, in.Inputs)
	if err != nil {
		return nil, err
	}
	if err := s.evidence(&f, r, a, in.Evidence); err != nil {
		return nil, err
	}
	return append([]Event{e}, marks...), f.err()
}

func (s Scene) measures(f *faults, e *Event, task plan.Task, in []MeasureInput) {
	if len(in) == 0 {
		return
	}
	r := e.Data.Report
	r.Measures = make([]MeasureData, 0, min(len(in), len(task.Measures)))
	seen := make([]bool, len(task.Measures))
	for i, m := range in {
		known := slices.IndexFunc(task.Measures, func(x plan.Measure) bool { return x.ID == m.ID })
		switch {
		case known < 0:
			f.add(nth("measures", i, "id"), "measure.unknown", "id", clip(m.ID), "task", task.No)
			continue
		case seen[known]:
			f.add(nth("measures", i, "id"), "measure.twice", "id", m.ID)
			continue
		}
		seen[known] = true
		if !slices.Contains(MeasureStatuses, m.Status) {
			f.add(nth("measures", i, "status"), "measure.status_unknown", "value", string(m.Status), "known", MeasureStatuses)
		}
		if m.Percent != nil && (*m.Percent < 0 || *m.Percent > 100) {
			f.add(nth("measures", i, "percent"), "measure.percent", "value", *m.Percent)
		}
		if m.Note != "" {
			f.text(e.Texts, "measure."+m.ID, nth("measures", i, "note"), m.Note, ShortText)
		}
		r.Measures = append(r.Measures, MeasureData{task.Measures[known].ID, m.Status, m.Percent})
	}
}

// nth names a field of an item of a list, as "measures.0.id". Most fields are right
// and need no name, so it is made where one is.
func nth(list string, i int, field string) string { return fmt.Sprintf("%s.%d.%s", list, i, field) }

func (s Scene) figures(f *faults, e *Event, a Assignment, in []FigureInput) error {
	if len(in) > maxFigures {
		f.add("figures", "figures.too_many", "limit", maxFigures)
		return nil
	}
	seen := map[string]bool{}
	for i, x := range in {
		field := fmt.Sprintf("figures.%d", i)
		ind, ok := s.Rules.Plan.Indicator(x.Indicator)
		switch {
		case !ok:
			f.add(field+".indicator", "figure.unknown", "id", clip(x.Indicator))
			continue
		case seen[x.Indicator]:
			f.add(field+".indicator", "figure.twice", "title", ind.Title)
			continue
		}
		seen[x.Indicator] = true
		if ind.Kind == plan.Judged {
			f.add(field+".indicator", "figure.office_judges", "title", ind.Title)
			continue
		}
		series, err := s.series(ind.ID)
		if err != nil {
			return err
		}
		leads := a.Role == Lead && ind.Task != 0 && ind.TaskKey == a.Task // also who leads by a transfer
		if owner := OwnerOf(s.Rules.Plan, ind, series); owner != "" && !leads && !s.Rules.Plan.Stands(owner, a.Department) {
			f.add(field+".indicator", "figure.not_yours", "title", ind.Title, "owner", s.Rules.Plan.Name(owner))
			continue
		}
		before := len(*f)
		f.text(e.Texts, "figure."+ind.ID, field+".explanation", x.Explanation, ShortText)
		s.figure(f, field, ind, series, x)
		if len(*f) == before {
			e.Data.Report.Figures = append(e.Data.Report.Figures, x.figure())
		}
	}
	return s.parts(f, func(i int) string { return fmt.Sprintf("figures.%d", i) }, in)
}

// series is an indicator's figures as the plan of today measures them.
func (s Scene) series(indicator string) (Series, error) {
	all, _, err := s.View.Series(indicator)
	return s.Rules.Present(all), err
}

func (x FigureInput) figure() Figure {
	return Figure{Indicator: x.Indicator, Value: x.Value, AsOf: x.AsOf, Provisional: x.Provisional,
		Comparison: x.Comparison, Met: x.Met}
}

// OwnerOf is the department whose figure it is: the lead for a figure inside a
// task, else whom the office assigned it to, else whom the plan names; "" when
// nobody is, and then whoever reports it is checked by the office's verification.
func OwnerOf(p *plan.Plan, ind plan.Indicator, s Series) string {
	if ind.Task != 0 {
		t, _ := p.Task(ind.TaskKey)
		return t.Lead
	}
	if s.Owner != "" {
		return s.Owner
	}
	return ind.Owner
}

// figure checks one figure and questions the unlikely: an Explanation answers.
func (s Scene) figure(f *faults, field string, ind plan.Indicator, series Series, x FigureInput) {
	today := s.Rules.Clock.Today(s.Now)
	switch {
	case x.AsOf.IsZero():
		f.add(sub(field, "as_of"), "figure.as_of_required", "title", ind.Title)
	case today.Before(x.AsOf):
		f.add(sub(field, "as_of"), "figure.as_of_future", "title", ind.Title, "as_of", x.AsOf)
	case x.AsOf.Before(s.Rules.Plan.From):
		f.add(sub(field, "as_of"), "figure.as_of_early", "title", ind.Title, "from", s.Rules.Plan.From)
	}
	if ind.Kind == plan.Judged {
		if x.Met == nil {
			f.add(sub(field, "met"), "figure.judgement_required", "title", ind.Title)
		}
		return
	}
	if !x.Value.Set {
		f.add(sub(field, "value"), "figure.value_required", "title", ind.Title)
		return
	}
	if ind.RelativeTo != "" && !x.Comparison.Set {
		f.add(sub(field, "comparison"), "figure.comparison_required", "title", ind.Title, "series", ind.RelativeTo)
	}
	if ind.Kind != plan.Rate && x.Value.IsNegative() {
		f.add(sub(field, "value"), "figure.negative", "title", ind.Title)
		return
	}
	if strings.TrimSpace(x.Explanation) != "" {
		return
	}
	last, later := lastBefore(series, ind.Kind, x.AsOf), firstAfter(series, ind.Kind, x.AsOf)
	before := len(*f)
	if last != nil {
		question(f, field, ind, *last, x)
	}
	if later != nil && len(*f) == before {
		doubtLater(f, field, ind, *later, x, last == nil)
	}
	if last == nil && later == nil && slippedTarget(ind, x.Value) {
		f.add(sub(field, "value"), "figure.slip_target", "title", ind.Title, "value", x.Value, "target", ind.Target, "unit", ind.Unit)
	}
}

// question asks back about a value that looks like a slip of the unit or a
// cumulative figure that falls.
func question(f *faults, field string, ind plan.Indicator, last Point, x FigureInput) {
	args := []any{"title", ind.Title, "value", x.Value, "last", last.Value, "unit", ind.Unit, "as_of", last.AsOf}
	switch {
	case slipped(last.Value, x.Value):
		f.add(sub(field, "value"), "figure.slip", args...)
	case cumulative(ind.Kind) && x.Value.LessThan(last.Value.Decimal):
		f.add(sub(field, "value"), "figure.falls", args...)
	}
}

// lastBefore is the newest figure that counts, not later than the day; for a
// yearly indicator only of the same year. Nil when there is none.
func lastBefore(s Series, kind plan.Kind, day plan.Date) *Point {
	var last *Point
	for i := range s.Points {
		p := &s.Points[i]
		if !p.Counts() || !p.Value.Set || day.Before(p.AsOf) || (kind == plan.Yearly && p.AsOf.Year != day.Year) {
			continue
		}
		if last == nil || !p.AsOf.Before(last.AsOf) {
			last = p
		}
	}
	return last
}

func (s Scene) forecast(f *faults, r *ReportData, in []Forecast) {
	if len(in) > maxFigures {
		f.add("forecast", "figures.too_many", "limit", maxFigures)
		return
	}
	seen := map[string]bool{}
	for i, x := range in {
		field := fmt.Sprintf("forecast.%d.indicator", i)
		ind, ok := s.Rules.Plan.Indicator(x.Indicator)
		switch {
		case !ok:
			f.add(field, "figure.unknown", "id", clip(x.Indicator))
		case seen[x.Indicator]:
			f.add(field, "figure.twice", "title", ind.Title)
		case x.Value.Set:
			r.Forecast = append(r.Forecast, x)
		}
		seen[x.Indicator] = true
	}
}

// inputs records the lead's marks on what the cooperating departments filed,
// an event for each, and names those that have not reported.
func (s Scene) inputs(f *faults, r *ReportData, a Assignment, actor Actor, in []Input) ([]Event, error) {
	if a.Role != Lead {
		if len(in) > 0 {
			f.add("inputs", "inputs.lead_only")
		}
		return nil, nil
	}
	rows, err := s.View.TaskAssignments(a.Period, a.Task)
	if err != nil {
		return nil, err
	}
	takesPart := func(c *Assignment) bool { return c.Role == Cooperating && c.State != Withdrawn }
	for i := range rows {
		if c := &rows[i]; takesPart(c) && c.State != Reported && c.State != Verified {
			r.Missing = append(r.Missing, c.Department)
		}
	}
	var marks []Event
	seen := map[string]bool{}
	for i, m := range in {
		field := fmt.Sprintf("inputs.%d", i)
		at := slices.IndexFunc(rows, func(c Assignment) bool { return c.ID == m.Assignment && takesPart(&c) })
		if at < 0 || seen[m.Assignment] {
			f.add(field+".assignment", "input.unknown", "id", clip(m.Assignment))
			continue
		}
		c := rows[at]
		seen[m.Assignment] = true
		oneOf(f, field+".mark", "input.mark_unknown", m.Mark, Marks)
		filed := c.State == Reported || c.State == Verified
		if !filed && m.Mark != NotReceived {
			f.add(field+".mark", "input.not_received", "department", s.Rules.Plan.Name(c.Department))
		} else if filed && m.Mark == NotReceived {
			f.add(field+".mark", "input.received", "department", s.Rules.Plan.Name(c.Department))
		}
		r.Inputs = append(r.Inputs, m)
		if c.Mark != m.Mark {
			marks = append(marks, c.expire(s.Now)...)
			e := c.event(KindMarked, actor, s.Now)
			e.Data.Mark = m.Mark
			marks = append(marks, e)
		}
	}
	return marks, nil
}

func (s Scene) evidence(f *faults, r *ReportData, a Assignment, ids []string) error {
	if len(ids) > maxEvidence {
		f.add("evidence", "evidence.too_many", "limit", maxEvidence)
		return nil
	}
	for i, id := range ids {
		file, ok, err := s.View.File(id)
		if err != nil {
			return err
		}
		if !ok || file.Gone || !s.Rules.Plan.Stands(a.Department, file.Unit) {
			f.add(fmt.Sprintf("evidence.%d", i), "evidence.unknown", "id", clip(id))
			continue
		}
		if !slices.Contains(r.Evidence, id) {
			r.Evidence = append(r.Evidence, id)
		}
	}
	return nil
}

// clip shortens outside text before it is quoted in a refusal.
func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// FileFigureInput is a figure the office files itself, or a correction.
type FileFigureInput struct {
	FigureInput
	Corrects uint64 `json:"corrects"`
	Reason   string `json:"reason"`
}

// DecideFigure records a figure the office files for an indicator, or a
// correction of one: the old value stays listed and a correction needs a reason.
func (s Scene) DecideFigure(actor Actor, in FileFigureInput) ([]Event, error) {
	events, err := s.decideFigure(actor, in)
	var f faults
	if err := f.within("", err); err != nil {
		return nil, err
	}
	if err := s.parts(&f, func(int) string { return "" }, []FigureInput{in.answered()}); err != nil {
		return nil, err
	}
	return events, f.err()
}

// answered is the figure with what answers a question about its value: an explanation. A
// correction has its reason, which is asked for by itself.
func (in FileFigureInput) answered() FigureInput {
	x := in.FigureInput
	if in.Corrects != 0 {
		x.Explanation = "corrects"
	}
	return x
}

// decideFigure judges one figure by its own series alone.
func (s Scene) decideFigure(actor Actor, in FileFigureInput) ([]Event, error) {
	if !actor.Supervises() {
		return nil, Fault(Forbidden, "figure.office_only")
	}
	ind, ok := s.Rules.Plan.Indicator(in.Indicator)
	if !ok {
		return nil, Fault(NotFound, "indicator.unknown", "id", clip(in.Indicator))
	}
	series, err := s.series(ind.ID)
	if err != nil {
		return nil, err
	}
	var f faults
	e := Event{At: s.Now, Kind: KindFigureFiled, Actor: actor.Ref(), Texts: Texts{}}
	f.text(e.Texts, "explanation", "explanation", in.Explanation, ShortText)
	if ind.Task != 0 {
		e.Task = ind.TaskKey
	}
	if in.Corrects != 0 {
		e.Kind, e.Data.Corrects = KindFigureCorrected, in.Corrects
		if !slices.ContainsFunc(series.Points, func(p Point) bool { return p.Seq == in.Corrects && p.Counts() }) {
			f.add("corrects", "figure.corrects_unknown", "seq", in.Corrects)
		}
		f.required(e.Texts, "reason", "reason", in.Reason, ShortText, "figure.correction_reason")
	} else if ind.Kind == plan.Judged {
		f.required(e.Texts, "reason", "reason", in.Reason, ShortText, "figure.judgement_reason")
	} else {
		f.text(e.Texts, "reason", "reason", in.Reason, ShortText)
	}
	s.figure(&f, "", ind, series, in.answered())
	fig := in.figure()
	e.Data.Indicator, e.Data.Figure, e.Data.Owner = ind.ID, &fig, OwnerOf(s.Rules.Plan, ind, series)
	return []Event{e}, f.err()
}

// DecideOwner assigns an indicator to a department, or back to the office ("").
func (s Scene) DecideOwner(actor Actor, indicator, department string) ([]Event, error) {
	if !actor.Supervises() {
		return nil, Fault(Forbidden, "figure.office_only")
	}
	ind, ok := s.Rules.Plan.Indicator(indicator)
	if !ok {
		return nil, Fault(NotFound, "indicator.unknown", "id", clip(indicator))
	}
	if ind.Task != 0 {
		return nil, Refuse("indicator.belongs_to_task", "title", ind.Title, "task", ind.Task)
	}
	if department != "" {
		if _, ok := s.Rules.Plan.Department(department); !ok {
			return nil, BadField("owner", "department.unknown", "id", clip(department))
		}
	}
	return []Event{{At: s.Now, Kind: KindIndicatorAssigned, Actor: actor.Ref(),
		Data: Data{Indicator: ind.ID, Owner: department}}}, nil
}

// sub names a field of a field; of the body itself when field is empty.
func sub(field, name string) string {
	if field == "" {
		return name
	}
	return field + "." + name
}
