package ledger

import (
	"math"

	"github.com/shopspring/decimal"

	"duban/workflow"
	"duban/workflow/plan"
)

// The places derived numbers are rounded to, and those of a quotient before that.
const (
	places        = 4
	percentPlaces = 1
	precision     = 16
)

var hundred = decimal.NewFromInt(100)

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

// paced reports whether time says how far the figure should be.
func (j *judge) paced() bool {
	switch j.in.Kind {
	case plan.Total, plan.Yearly:
		return !j.in.Target.IsZero()
	case plan.Stock:
		return j.in.Baseline.Set && j.in.Target.Set && !j.way().IsZero()
	}
	return false
}

// way is what lies between the beginning and the target; negative for a stock that
// is to shrink.
func (j *judge) way() decimal.Decimal { return j.in.Target.Sub(j.in.Baseline.Decimal) }

func (j *judge) expected(s stretch, d plan.Date) (value, percent plan.Number) {
	e, n := decimal.NewFromInt(int64(s.elapsed(d))), decimal.NewFromInt(int64(s.days()))
	return number(j.in.Baseline.Add(j.way().Mul(e).DivRound(n, precision)), places),
		number(e.Mul(hundred).DivRound(n, precision), percentPlaces)
}

func (j *judge) expectNow() {
	if j.paced() {
		j.ExpectedNow, j.ExpectedPercent = j.expected(j.stretch(j.today), j.today)
	}
}

func (j *judge) light(p workflow.Point) {
	switch {
	case j.in.Kind == plan.Judged:
		j.byOffice(p)
	case !p.Value.Set:
		j.Light = light(Grey, "figure.none", "indicator", j.ID, "title", j.ShortName)
	case j.in.Growing:
		j.byYearBefore(p)
	case j.in.RelativeTo != "":
		j.byOther(p)
	case j.in.AverageGrowth:
		j.byAverage()
	case j.paced():
		j.byTime()
	case j.in.Kind == plan.Stock:
		j.byShare()
	default:
		j.byTarget("figure.rate", j.Value, j.Target)
	}
}

// args are figureArgs with more behind them.
func (j *judge) args(value, target plan.Number, more ...any) []any {
	return append([]any{"indicator", j.ID, "title", j.ShortName, "value", value, "unit", j.Unit,
		"as_of", j.AsOf, "op", j.in.Op, "target", target}, more...)
}

// ceiling reports whether less is better.
func (j *judge) ceiling() bool { return j.in.Op == plan.Below || j.in.Op == plan.AtMost }

func (j *judge) satisfied(value, target plan.Number) bool {
	c := value.Cmp(target.Decimal)
	switch j.in.Op {
	case plan.Above:
		return c > 0
	case plan.Below:
		return c < 0
	case plan.AtMost:
		return c <= 0
	}
	return c >= 0
}

func (j *judge) meets(value, target plan.Number) bool {
	ok := j.satisfied(value, target)
	j.Met = &ok
	return ok
}

// byTime judges a figure that should grow with time.
func (j *judge) byTime() {
	s := j.stretch(j.AsOf)
	e, n := decimal.NewFromInt(int64(s.elapsed(j.AsOf))), decimal.NewFromInt(int64(s.days()))
	come, way := j.Value.Sub(j.in.Baseline.Decimal), j.way()
	j.meets(j.Value, j.Target)
	j.Percent = number(come.Mul(hundred).DivRound(way, precision), percentPlaces)
	j.ExpectedThen, j.ExpectedThenPercent = j.expected(s, j.AsOf)

	// behind = part ÷ whole, kept apart so that a threshold is met exactly.
	part, whole := way.Mul(e).Sub(come.Mul(n)).Mul(hundred), way.Mul(n)
	if whole.IsNegative() {
		part, whole = part.Neg(), whole.Neg()
	}
	if j.ceiling() && !j.in.Baseline.Set {
		part = part.Neg() // a budget: what is used before its time is too much
	}
	j.Behind = number(part.DivRound(whole, precision), percentPlaces)
	if !e.IsZero() {
		j.Forecast = number(j.in.Baseline.Add(come.Mul(n).DivRound(e, precision)), places)
	}
	j.needed(s)
	j.Light = judged("figure.pace", paceWord(j.plan.Lights, part, whole), j.args(j.Value, j.Target, "percent", j.Percent,
		"expected", j.ExpectedThen, "expected_percent", j.ExpectedThenPercent, "behind", j.Behind)...)
}

// paceWord judges part ÷ whole percentage points behind; whole is positive.
func paceWord(l plan.Lights, part, whole decimal.Decimal) Word {
	switch {
	case part.LessThan(whole.Mul(decimal.NewFromInt(int64(l.SlowPoints)))):
		return OK
	case part.LessThanOrEqual(whole.Mul(decimal.NewFromInt(int64(l.LagPoints)))):
		return Slow
	}
	return Lag
}

// needed is the monthly rate from the figure's date on; in a later year than a
// yearly figure's, that year's target from its beginning.
func (j *judge) needed(s stretch) {
	if j.ceiling() {
		return
	}
	left, days := j.Target.Sub(j.Value.Decimal), j.AsOf.DaysUntil(s.to)
	if current := j.stretch(j.today); j.in.Kind == plan.Yearly && s.to.Before(current.from) {
		left, days = j.Target.Decimal, current.days()
	}
	switch {
	case !left.IsPositive():
		j.RunRate = plan.Num(0)
	case days > 0:
		j.RunRate = number(left.Mul(decimal.NewFromInt(365)).DivRound(decimal.NewFromInt(int64(12*days)), precision), places)
	}
}

// byShare judges a stock whose beginning is not known.
func (j *judge) byShare() {
	if !j.Target.IsZero() {
		j.Percent = number(j.Value.Mul(hundred).DivRound(j.Target.Decimal, precision), percentPlaces)
	}
	switch {
	case j.meets(j.Value, j.Target):
		j.Light = light(Green, "figure.reached", j.args(j.Value, j.Target, "percent", j.Percent)...)
		j.Light.Word = OK
	case j.AsOf.Before(j.By):
		j.Light = light(Grey, "figure.share", j.args(j.Value, j.Target, "percent", j.Percent)...)
	default:
		j.byTarget("figure.rate", j.Value, j.Target)
	}
}

// byTarget judges a figure that is met or not.
func (j *judge) byTarget(family string, value, target plan.Number, more ...any) {
	if j.meets(value, target) {
		j.Light = judged(family, OK, j.args(value, target, more...)...)
		return
	}
	missing := target.Sub(value.Decimal).Abs().Mul(hundred)
	word, size := Slow, target.Abs()
	if missing.GreaterThan(size.Mul(decimal.NewFromInt(int64(j.plan.Lights.LagPoints)))) {
		word = Lag
	}
	var short plan.Number // not said of a target of 0
	if !size.IsZero() {
		short = number(missing.DivRound(size, precision), percentPlaces)
	}
	j.Light = judged(family, word, j.args(value, target, append(more, "short", short)...)...)
}

// byAverage judges the mean growth of the years so far.
func (j *judge) byAverage() {
	var growth []decimal.Decimal // 100 + per cent, one a year
	for i, p := range j.points {
		if i+1 < len(j.points) && j.points[i+1].AsOf.Year == p.AsOf.Year || p.AsOf.Before(j.plan.From) {
			continue
		}
		growth = append(growth, decimal.Max(decimal.Zero, hundred.Add(p.Value.Decimal)))
	}
	j.Years = len(growth)
	if j.Years == 0 {
		j.Light = light(Grey, "figure.none", "indicator", j.ID, "title", j.ShortName)
		return
	}
	product, log := decimal.NewFromInt(1), 0.0
	for _, g := range growth {
		product = product.Mul(g)
		log += math.Log(g.InexactFloat64())
	}
	mean := decimal.NewFromFloat(math.Exp(log/float64(j.Years)) - 100)
	asked := hundred.Add(j.Target.Decimal).Pow(decimal.NewFromInt(int64(j.Years)))
	j.Average = number(onSide(mean.Round(places), j.Target.Decimal, product.Cmp(asked)), places)
	j.byTarget("figure.average", j.Average, j.Target, "years", j.Years)
}

// onSide keeps a rounded mean on the side of the target that the exact figures are
// on (below -1, met to the digit 0, above +1): a mean of 5.99995 is not 6.
func onSide(mean, target decimal.Decimal, side int) decimal.Decimal {
	switch {
	case mean.Cmp(target) == side:
		return mean
	case side == 0:
		return target
	}
	return target.Add(decimal.New(int64(side), -places))
}

// byOther judges against the other series' value at the same date.
func (j *judge) byOther(p workflow.Point) {
	j.Comparison = p.Comparison
	if !p.Comparison.Set {
		j.Light = light(Grey, "figure.relative.none", j.args(j.Value, plan.Number{}, "relative_to", j.RelativeTo)...)
		return
	}
	j.byTarget("figure.relative", j.Value, j.Comparison, "relative_to", j.RelativeTo)
}

// byYearBefore judges against the same month of the year before.
func (j *judge) byYearBefore(p workflow.Point) {
	for _, q := range j.points {
		if q.AsOf.Year == p.AsOf.Year-1 && q.AsOf.Month == p.AsOf.Month && q.Value.Set {
			j.Comparison, j.ComparisonAsOf = q.Value, q.AsOf
		}
	}
	if !j.Comparison.Set {
		j.Light = light(Grey, "figure.growing.none", j.args(j.Value, plan.Number{})...)
		return
	}
	j.in.Op = plan.Above // to grow is to be more than before
	j.byTarget("figure.growing", j.Value, j.Comparison, "earlier", j.ComparisonAsOf)
}

func (j *judge) byOffice(p workflow.Point) {
	args := []any{"indicator", j.ID, "title", j.ShortName, "as_of", j.AsOf}
	j.Met = p.Met
	switch {
	case p.Met == nil:
		j.Light = light(Grey, "figure.judged.unsaid", args...)
	case *p.Met:
		j.Light = light(Green, "figure.judged.met", args...)
		j.Light.Word = OK
	default:
		j.Light = light(Red, "figure.judged.unmet", args...)
		j.Light.Word = Lag
	}
}
