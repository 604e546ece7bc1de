package ledger

import (
	"github.com/shopspring/decimal"

	"duban/workflow"
	"duban/workflow/plan"
)

// judge works out an IndicatorView's pace and light (product rules, indicators).
//
//   - total: value against target × elapsed share of the plan, at its date.
//   - yearly: the same within the year of its date; each 1 January starts at 0.
//   - stock: the way from the baseline, if the plan gives one; without it the share
//     of the target alone and no judgement before the target is reached or due.
//   - rate: met or not at its date. A missed one is slow up to LagPoints per cent
//     of the target, beyond that it lags.
//   - average growth: the geometric mean of the newest figure of each year so far,
//     judged as a rate.
//   - relative: against the other series' value filed with it, judged as a rate.
//   - growing: against the newest figure of the same month a year earlier, judged
//     as a rate.
//   - judged: the office's word.
//
// Pace is slow from SlowPoints percentage points behind, lags beyond LagPoints.
//
// On its day a target is met or missed, whatever its kind: pace says nothing any more.
// A missed one is slow when less than SlowPoints short and else lags. A limit that is
// exceeded lags at once, for nothing brings it back in time.
type judge struct {
	*IndicatorView
	in     plan.Indicator
	plan   *plan.Plan
	today  plan.Date
	points []workflow.Point // counting, oldest first; the last is the value
}

// stretch is a run of days, both ends included.
type stretch struct{ from, to plan.Date }

func (s stretch) days() int { return max(1, s.from.DaysUntil(s.to)+1) }

// elapsed is how many of the days have come, d included.
func (s stretch) elapsed(d plan.Date) int { return min(max(0, s.from.DaysUntil(d)+1), s.days()) }

// elapsedPercent is the same in per cent, 100 on the last day alone.
func (s stretch) elapsedPercent(d plan.Date) plan.Number {
	return percent(decimal.NewFromInt(int64(s.elapsed(d))), decimal.NewFromInt(int64(s.days())))
}

// stretch is the time the indicator's target is spread over, as seen from a day.
func (j *judge) stretch(d plan.Date) stretch {
	whole := stretch{j.plan.From, j.in.By}
	if j.in.Kind != plan.Yearly {
		return whole
	}
	if whole.to.Before(d) {
		d = whole.to
	}
	if d.Before(whole.from) {
		d = whole.from
	}
	year := stretch{plan.Date{Year: d.Year, Month: 1, Day: 1}, plan.Date{Year: d.Year, Month: 12, Day: 31}}
	if year.from.Before(whole.from) {
		year.from = whole.from
	}
	if whole.to.Before(year.to) {
		year.to = whole.to
	}
	return year
}

// last is the day by which the target is to be reached that the figure counts for.
func (j *judge) last() plan.Date {
	if j.in.Kind == plan.Yearly && !j.AsOf.IsZero() {
		return j.stretch(j.AsOf).to
	}
	return j.in.By
}

// due reports whether that day has come, or the figure is of that day or later.
func (j *judge) due() bool {
	last := j.last()
	return !j.today.Before(last) || !j.AsOf.IsZero() && !j.AsOf.Before(last)
}

func (j *judge) expected(s stretch, d plan.Date) (value, share plan.Number) {
	e, n := decimal.NewFromInt(int64(s.elapsed(d))), decimal.NewFromInt(int64(s.days()))
	return number(j.in.Baseline.Add(way(&j.in).Mul(e).DivRound(n, precision)), places), s.elapsedPercent(d)
}

func (j *judge) expectNow() {
	if paced(&j.in) {
		j.ExpectedNow, j.ExpectedPercent = j.expected(j.stretch(j.today), j.today)
	}
}

// none says that there is nothing to judge by; once the day has come that is no
// excuse any more.
func (j *judge) none() {
	if j.due() && j.in.Kind != plan.Judged {
		j.Light = judged("figure.due", Slow, "none", "indicator", j.ID, "title", j.ShortName, "by", j.last())
		return
	}
	j.Light = light(Grey, "figure.none", "indicator", j.ID, "title", j.ShortName)
}

func (j *judge) light(p workflow.Point) {
	switch {
	case j.in.Kind == plan.Judged:
		j.byOffice(p)
	case !p.Value.Set:
		j.none()
	case j.in.Growing:
		j.byYearBefore(p)
	case j.in.RelativeTo != "":
		j.byOther(p)
	case j.in.AverageGrowth:
		j.byAverage()
	case paced(&j.in):
		j.byTime()
	case isLimit(&j.in):
		j.byLimit()
	case j.in.Kind == plan.Stock && !j.in.Baseline.Set:
		j.byShare()
	default:
		j.byTarget("figure.rate", "target", j.Value, j.Target)
	}
	if j.Light.Colour == Grey && j.due() {
		j.none()
	}
	j.silentYear()
}

// silentYear takes the word from a yearly figure when a whole later year is over for
// which nothing was reported.
func (j *judge) silentYear() {
	if j.in.Kind != plan.Yearly {
		return
	}
	over := j.stretch(j.today).to
	if j.today.Before(over) {
		over = plan.Date{Year: over.Year - 1, Month: 12, Day: 31}
	}
	if j.AsOf.Year < over.Year {
		j.Light = judged("figure.due", Slow, "none", "indicator", j.ID, "title", j.ShortName, "by", over)
		j.Basis = nil
	}
}

// args are figureArgs with more behind them.
func (j *judge) args(value, target plan.Number, more ...any) []any {
	return append([]any{"indicator", j.ID, "title", j.ShortName, "value", value, "unit", j.Unit,
		"as_of", j.AsOf, "op", j.in.Op, "target", target}, more...)
}

// standOn records what the light stands on.
func (j *judge) standOn(by string, on plan.Date, value, asked plan.Number) {
	j.Basis = &Basis{By: by, On: on, Value: value, Asked: asked}
}

func (j *judge) meets(value, target plan.Number) bool {
	ok := satisfied(&j.in, value, target)
	j.Met = &ok
	return ok
}

// byTime judges a figure that should move with time.
func (j *judge) byTime() {
	s, due := j.stretch(j.AsOf), j.due()
	on := j.AsOf
	if due {
		on = s.to
	}
	met := j.meets(j.Value, j.Target)
	j.Percent = Share(&j.in, j.Value)
	j.ExpectedThen, j.ExpectedThenPercent = j.expected(s, on)

	// behind = part ÷ whole, kept apart so that a threshold is met exactly.
	e, n := decimal.NewFromInt(int64(s.elapsed(on))), decimal.NewFromInt(int64(s.days()))
	come, way := j.Value.Sub(j.in.Baseline.Decimal), way(&j.in)
	part, whole := way.Mul(e).Sub(come.Mul(n)).Mul(hundred), way.Abs().Mul(n)
	if less(&j.in) {
		part = part.Neg()
	}
	l := j.plan.Lights
	j.Behind = behindBy(l, part, whole)
	j.ahead(s, come)
	j.needed(s)

	basis, family := "pace", "figure.pace"
	if isLimit(&j.in) {
		family = "figure.limit"
	}
	if due {
		basis = "due"
	}
	j.standOn(basis, on, j.Value, j.ExpectedThen)
	args := j.args(j.Value, j.Target, "percent", j.Percent, "expected", j.ExpectedThen,
		"expected_percent", j.ExpectedThenPercent, "behind", j.Behind)
	switch {
	case isLimit(&j.in) && (due || !met):
		j.byLimit()
	case due && met:
		j.reached()
	case due:
		j.missed(missWord(l, part, whole))
	case met && !isLimit(&j.in):
		j.Light = judged(family, OK, "", args...)
	default:
		j.Light = paceLight(family, l, part, whole, args...)
	}
}

// ahead is where the figure ends if it goes on as it did.
func (j *judge) ahead(s stretch, come decimal.Decimal) {
	e, n := decimal.NewFromInt(int64(s.elapsed(j.AsOf))), decimal.NewFromInt(int64(s.days()))
	if e.IsZero() || j.due() && j.AsOf.Before(s.to) {
		return
	}
	j.Forecast = beside(j.in.Baseline.Mul(e).Add(come.Mul(n)), e, places, j.Target.Decimal)
}

// needed is the monthly rate from the figure's date on; in a later year than a
// yearly figure's, that year's target from its beginning. Once the time is up nothing
// can be needed any more.
func (j *judge) needed(s stretch) {
	if less(&j.in) {
		return
	}
	left, days := j.Target.Sub(j.Value.Decimal), j.AsOf.DaysUntil(s.to)
	switch current := j.stretch(j.today); {
	case j.in.Kind == plan.Yearly && s.to.Before(current.from):
		left, days = j.Target.Decimal, current.days()
	case j.due():
		days = 0
	}
	switch {
	case !left.IsPositive():
		j.RunRate = plan.Num(0)
	case days > 0:
		j.RunRate = number(left.Mul(decimal.NewFromInt(365)).DivRound(decimal.NewFromInt(int64(12*days)), precision), places)
	}
}

// paceWord judges part ÷ whole percentage points behind; whole is positive.
func paceWord(l plan.Lights, part, whole decimal.Decimal) Word {
	switch {
	case part.LessThan(whole.Mul(points(l.SlowPoints))):
		return OK
	case part.LessThanOrEqual(whole.Mul(points(l.LagPoints))):
		return Slow
	}
	return Lag
}

// paceLight is the light of so many points behind. What is behind and yet in time is
// said to be within tolerance, not on pace.
func paceLight(family string, l plan.Lights, part, whole decimal.Decimal, args ...any) Light {
	w := paceWord(l, part, whole)
	if w != OK || !part.IsPositive() {
		return judged(family, w, "", args...)
	}
	return judged(family, OK, "within", args...)
}

// missWord judges a target missed on its day by part ÷ whole per cent.
func missWord(l plan.Lights, part, whole decimal.Decimal) Word {
	if part.LessThan(whole.Mul(points(l.SlowPoints))) {
		return Slow
	}
	return Lag
}

func points(n int) decimal.Decimal { return decimal.NewFromInt(int64(n)) }

// behindBy is part ÷ whole as it is shown: on the side of each threshold that the
// exact number is on.
func behindBy(l plan.Lights, part, whole decimal.Decimal) plan.Number {
	return beside(part, whole, percentPlaces, decimal.Zero, points(l.SlowPoints), points(l.LagPoints))
}
