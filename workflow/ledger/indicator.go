package ledger

import (
	"cmp"
	"slices"
	"time"

	"duban/workflow"
	"duban/workflow/plan"
)

// IndicatorView is an indicator with where it stands: for the API, pages and the
// board alike. Numbers are in the indicator's unit; what cannot be said is unset
// (null), never 0. Derived numbers are rounded to four decimal places, percentages
// and points to one; judgements are made before rounding.
type IndicatorView struct {
	ID            string      `json:"id"`
	Group         string      `json:"group"`
	Task          int         `json:"task"` // 0 for a main target
	Title         string      `json:"title"`
	ShortName     string      `json:"short_name"`
	Kind          plan.Kind   `json:"kind"`
	Unit          string      `json:"unit"`
	Op            plan.Op     `json:"op"`
	Target        plan.Number `json:"target"`
	By            plan.Date   `json:"by"`
	PartOf        string      `json:"part_of,omitempty"`
	RelativeTo    string      `json:"relative_to,omitempty"`
	Growing       bool        `json:"growing,omitempty"`
	AverageGrowth bool        `json:"average_growth,omitempty"`
	Owner         *Unit       `json:"owner"`
	LeftPlan      bool        `json:"left_plan,omitempty"` // the plan of today has dropped it: as the last version had it

	// Value is the newest figure that counts, by statistical date, then position.
	Value       plan.Number          `json:"value"`
	AsOf        plan.Date            `json:"as_of"`
	Provisional bool                 `json:"provisional"`
	Status      workflow.PointStatus `json:"status"` // empty: no figure yet
	Source      *Source              `json:"source"`

	Met            *bool       `json:"met"`              // the value satisfies the target; for judged, the office's word
	Average        plan.Number `json:"average"`          // average growth: mean of the yearly figures so far
	Years          int         `json:"years,omitempty"`  // average growth: of so many years
	Comparison     plan.Number `json:"comparison"`       // relative: the other series; growing: a year earlier
	ComparisonAsOf plan.Date   `json:"comparison_as_of"` // growing

	// Basis is what the light stands on; nil when nothing can be judged.
	Basis *Basis `json:"basis"`

	// Percent is the share of the target reached (see Share), or with Limit of what may
	// be used. ExpectedThen is what time asked for at AsOf, or on the target's day once
	// it has come, and what the light is judged by; ExpectedNow is what it asks for
	// today, for information. Behind is in percentage points on the day of ExpectedThen,
	// negative when ahead.
	Limit               bool        `json:"limit,omitempty"`
	Percent             plan.Number `json:"percent"`
	ExpectedThen        plan.Number `json:"expected_then"`
	ExpectedThenPercent plan.Number `json:"expected_then_percent"`
	ExpectedNow         plan.Number `json:"expected_now"`
	ExpectedPercent     plan.Number `json:"expected_percent"` // of today
	Behind              plan.Number `json:"behind"`
	// RunRate is what each month from AsOf on must bring; a month is a twelfth of
	// 365 days. Forecast is the end of the plan (yearly: of the figure's year) if
	// things go on as they did from the beginning to AsOf.
	RunRate  plan.Number `json:"run_rate_per_month"`
	Forecast plan.Number `json:"forecast_end"`

	Light  Light            `json:"light"`
	Points []workflow.Point `json:"points,omitempty"` // every figure, replaced and void ones too; left out on the board
}

// Basis names what an indicator's light stands on: which number decided, what it was
// held against, and as of which day.
type Basis struct {
	// By is pace (what time asked for at the figure's date), due (the target's day has
	// come: met or missed), target or limit (met or not at any time), share (of the
	// target, without a light), average, relative, growing, or office (its word).
	By    string      `json:"by"`
	On    plan.Date   `json:"on"`    // the figure's date, or the target's day once it has come
	Value plan.Number `json:"value"` // the figure, or the mean of an average growth
	Asked plan.Number `json:"asked"`
}

// Due reports whether the target's day has come for the figure: there is nothing to
// expect any more.
func (v *IndicatorView) Due() bool { return v.Basis != nil && v.Basis.By == "due" }

// Source is where a figure came from: a report of an assignment, or the unit that
// filed it directly.
type Source struct {
	Assignment string `json:"assignment,omitempty"`
	Report     int    `json:"report,omitempty"`
	Unit       Unit   `json:"unit"`
	Seq        uint64 `json:"seq"`
}

// Localise is the view with its light's cause in words.
func (v IndicatorView) Localise(say func(Cause) string) IndicatorView {
	v.Light = v.Light.localise(say)
	return v
}

// Indicators is every indicator of the plan at now, the main targets first.
func (b *Book) Indicators(now time.Time) []IndicatorView {
	r, s := b.rules(), b.now()
	all := r.Plan.AllIndicators()
	views := make([]IndicatorView, len(all))
	for i, in := range all {
		views[i] = view(r, in, s.series[in.ID], plan.Date{}, now)
	}
	return views
}

// Indicator is one indicator at now, one that has left the plan included; false when no
// version has one of that id.
func (b *Book) Indicator(id string, now time.Time) (IndicatorView, bool) {
	r := b.rules()
	in, ok := r.Plan.KnownIndicator(id)
	if !ok {
		return IndicatorView{}, false
	}
	v := view(r, in, b.now().series[id], plan.Date{}, now)
	_, there := r.Plan.Indicator(id)
	v.LeftPlan = !there
	return v, true
}

// view judges an indicator by the figures up to a statistical date (the zero Date:
// by all of them), as on that day if now is later: what has become due since does not
// change what stood then.
func view(r workflow.Rules, in plan.Indicator, s workflow.Series, until plan.Date, now time.Time) IndicatorView {
	v := IndicatorView{
		ID: in.ID, Group: in.Group, Task: in.Task, Title: in.Title, ShortName: cmp.Or(in.ShortName, in.Title),
		Kind: in.Kind, Unit: in.Unit, Op: in.Op, Target: in.Target, By: in.By, PartOf: in.PartOf,
		RelativeTo: in.RelativeTo, Growing: in.Growing, AverageGrowth: in.AverageGrowth,
		Limit: isLimit(&in) && Share(&in, in.Target).Set,
	}
	s = r.Present(s)
	v.Points = s.Points
	if owner := cmp.Or(s.Owner, in.Owner); owner != "" {
		u := unit(r, owner)
		v.Owner = &u
	}
	j := judge{IndicatorView: &v, in: in, plan: r.Plan, today: earlier(r.Clock.Today(now), until)}
	if in.Kind == plan.Yearly { // a later year's figure is no part of the last year's target
		until = earlier(in.By, until)
	}
	j.points = counting(s.Points, until)
	j.expectNow()
	if len(j.points) == 0 {
		j.none()
		return v
	}
	p := j.points[len(j.points)-1]
	v.Value, v.AsOf, v.Provisional, v.Status = p.Value, p.AsOf, p.Provisional, p.Status
	v.Source = &Source{Assignment: p.Assignment, Report: p.Report, Unit: Unit{ID: p.Unit, Name: r.UnitAt(p.Seq, p.Unit)}, Seq: p.Seq}
	j.light(p)
	return v
}

// earlier is the day, or until when that is set and before it.
func earlier(day, until plan.Date) plan.Date {
	if !until.IsZero() && until.Before(day) {
		return until
	}
	return day
}

// counting lists the points that count, by statistical date, then position.
func counting(points []workflow.Point, until plan.Date) []workflow.Point {
	var all []workflow.Point
	for _, p := range points {
		if p.Counts() && (until.IsZero() || compareDays(p.AsOf, until) <= 0) {
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b workflow.Point) int {
		return cmp.Or(compareDays(a.AsOf, b.AsOf), cmp.Compare(a.Seq, b.Seq))
	})
	return all
}

func compareDays(a, b plan.Date) int {
	return cmp.Or(cmp.Compare(a.Year, b.Year), cmp.Compare(a.Month, b.Month), cmp.Compare(a.Day, b.Day))
}

// Series is what is known of an indicator, false when nothing is.
func (b *Book) Series(indicator string) (workflow.Series, bool) {
	s, ok := b.now().series[indicator]
	return s, ok
}
