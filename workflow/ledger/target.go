package ledger

import (
	"math"

	"github.com/shopspring/decimal"

	"duban/workflow"
	"duban/workflow/plan"
)

// missed is the light of a target whose day has come and that is not reached.
func (j *judge) missed(w Word) {
	j.Light = judged("figure", w, "missed", j.args(j.Value, j.Target, "percent", j.Percent, "by", j.last())...)
}

// reached is the light of a target that is reached; not green when the figure of its
// day itself says that it was missed then.
func (j *judge) reached() {
	if j.tooLate() {
		return
	}
	j.Light = light(Green, "figure.reached", j.args(j.Value, j.Target, "percent", j.Percent)...)
	j.Light.Word = OK
}

// tooLate lights what was missed on its day and reached afterwards.
func (j *judge) tooLate() bool {
	if !j.in.By.Before(j.AsOf) {
		return false
	}
	missed := false
	for _, p := range j.points {
		if p.AsOf == j.in.By {
			missed = !satisfied(&j.in, p.Value, j.Target)
		}
	}
	if missed {
		j.Light = judged("figure", Slow, "late", j.args(j.Value, j.Target, "by", j.in.By)...)
	}
	return missed
}

// byLimit judges a limit by what is known: passed, it is passed at once and for good.
func (j *judge) byLimit() {
	if j.Basis == nil {
		j.Percent = Share(&j.in, j.Value)
		j.standOn("limit", j.AsOf, j.Value, j.Target)
	}
	if j.meets(j.Value, j.Target) {
		j.Light = judged("figure.limit", OK, "kept", j.args(j.Value, j.Target)...)
		return
	}
	j.standOn("limit", j.AsOf, j.Value, j.Target)
	j.Light = judged("figure.limit", Lag, "over", j.args(j.Value, j.Target)...)
}

// byShare judges a stock whose beginning is not known.
func (j *judge) byShare() {
	j.Percent = Share(&j.in, j.Value)
	due := j.due()
	j.standOn("share", j.AsOf, j.Value, j.Target)
	if due {
		j.standOn("due", j.last(), j.Value, j.Target)
	}
	switch {
	case j.meets(j.Value, j.Target):
		j.reached()
	case due:
		j.missed(missWord(j.plan.Lights, j.Target.Sub(j.Value.Decimal).Mul(hundred), j.Target.Decimal))
	default:
		j.Light = light(Grey, "figure.share", j.args(j.Value, j.Target, "percent", j.Percent)...)
	}
}

// byTarget judges a figure that is met or not, against what the basis names.
func (j *judge) byTarget(family, basis string, value, target plan.Number, more ...any) {
	j.standOn(basis, j.AsOf, value, target)
	due := j.due()
	if due {
		j.Basis.On = j.last()
	}
	met := j.meets(value, target)
	if met && family == "figure.rate" && j.tooLate() {
		return
	}
	missing, size := target.Sub(value.Decimal).Abs().Mul(hundred), target.Abs()
	word := Slow
	switch {
	case due && size.IsPositive():
		word = missWord(j.plan.Lights, missing, size)
	case missing.GreaterThan(size.Mul(points(j.plan.Lights.LagPoints))):
		word = Lag
	}
	args := j.args(value, target, more...)
	switch {
	case met:
		j.Light = judged(family, OK, "", args...)
	case less(&j.in):
		j.Light = judged(family, Lag, "over", args...)
	case due:
		j.Light = judged(family, word, "missed", append(args, "by", j.last())...)
	case size.IsZero(): // nothing is a share of nothing
		j.Light = judged(family, word, "zero", args...)
	default:
		j.Light = judged(family, word, "", append(args, "short", beside(missing, size, percentPlaces, decimal.Zero, points(j.plan.Lights.LagPoints)))...)
	}
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
		j.none()
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
	j.byTarget("figure.average", "average", j.Average, j.Target, "years", j.Years)
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
	j.byTarget("figure.relative", "relative", j.Value, j.Comparison, "relative_to", j.RelativeTo)
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
	j.byTarget("figure.growing", "growing", j.Value, j.Comparison, "earlier", j.ComparisonAsOf)
}

func (j *judge) byOffice(p workflow.Point) {
	args := []any{"indicator", j.ID, "title", j.ShortName, "as_of", j.AsOf}
	j.Met = p.Met
	if p.Met == nil {
		j.Light = light(Grey, "figure.judged.unsaid", args...)
		return
	}
	j.standOn("office", j.AsOf, plan.Number{}, plan.Number{})
	if *p.Met {
		j.Light = judged("figure.judged", OK, "met", args...)
		return
	}
	j.Light = judged("figure.judged", Lag, "unmet", args...)
}
