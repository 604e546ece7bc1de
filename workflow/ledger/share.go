package ledger

import (
	"github.com/shopspring/decimal"

	"duban/workflow/plan"
)

// The places derived numbers are rounded to, and those of a quotient before that.
const (
	places        = 4
	percentPlaces = 1
	precision     = 16
)

var hundred = decimal.NewFromInt(100)

// way is what lies between the beginning and the target; negative for a stock that
// is to shrink.
func way(in *plan.Indicator) decimal.Decimal { return in.Target.Sub(in.Baseline.Decimal) }

// less reports whether less is better: a limit, and a stock that is to shrink, also
// when the plan writes no operator but a number below where it begins.
func less(in *plan.Indicator) bool {
	switch in.Op {
	case plan.Below, plan.AtMost:
		return true
	case plan.Reach:
		return in.Baseline.Set && way(in).IsNegative()
	}
	return false
}

// isLimit reports whether the target is a limit that is not to be passed at any time and
// of which a share is used: a ceiling that is not begun above.
func isLimit(in *plan.Indicator) bool {
	return in.Kind != plan.Rate && less(in) && !(in.Baseline.Set && way(in).IsNegative())
}

// paced reports whether time says how far the figure should be.
func paced(in *plan.Indicator) bool {
	switch in.Kind {
	case plan.Total, plan.Yearly:
		return !in.Target.IsZero()
	case plan.Stock:
		// A level that begins where a floor lies, or above it, is to be kept, not reached.
		return in.Baseline.Set && in.Target.Set && !way(in).IsZero() && (less(in) || way(in).IsPositive())
	}
	return false
}

// satisfied reports whether a value meets a target by the indicator's operator.
func satisfied(in *plan.Indicator, value, target plan.Number) bool {
	c := value.Cmp(target.Decimal)
	switch {
	case in.Op == plan.Above:
		return c > 0
	case in.Op == plan.Below:
		return c < 0
	case less(in):
		return c <= 0
	}
	return c >= 0
}

// Share is how much of its target a figure is, in per cent: of the way from the
// baseline for a stock that has one, of what may be used for a limit. It is below 100
// until the target is met, and above 100 once a limit is passed. Unset for what has
// no share.
func Share(in *plan.Indicator, value plan.Number) plan.Number {
	shared := paced(in) || in.Kind == plan.Stock && !in.Baseline.Set && !in.Growing && !in.Target.IsZero()
	if !shared || !value.Set || !in.Target.Set {
		return plan.Number{}
	}
	n := percent(value.Sub(in.Baseline.Decimal), way(in))
	if !isLimit(in) && !satisfied(in, value, in.Target) && !n.LessThan(hundred) {
		return belowHundred()
	}
	return n
}

// Paced reports whether time says how far the figure should be.
func Paced(in *plan.Indicator) bool { return paced(in) }

// IsLimit reports whether Share says how much of a limit is used, not how much of a
// target is done.
func IsLimit(in *plan.Indicator) bool { return isLimit(in) }

// percent is part of whole, on the side of 100 that it is on to the digit.
func percent(part, whole decimal.Decimal) plan.Number {
	if whole.IsNegative() {
		part, whole = part.Neg(), whole.Neg()
	}
	return beside(part.Mul(hundred), whole, percentPlaces, hundred)
}

// belowHundred is the most that is shown of what is not all.
func belowHundred() plan.Number {
	return plan.Number{Decimal: hundred.Sub(decimal.New(1, -percentPlaces)), Set: true}
}

// beside is part ÷ whole rounded, but never onto or over a mark that the exact number
// is not on: 99.97 is not 100, and 9.998 behind is not yet 10. whole is positive.
func beside(part, whole decimal.Decimal, places int32, marks ...decimal.Decimal) plan.Number {
	n := part.DivRound(whole, precision).Round(places)
	for _, m := range marks {
		if side := part.Cmp(m.Mul(whole)); n.Cmp(m) != side {
			n = m.Add(decimal.New(int64(side), -places))
		}
	}
	return plan.Number{Decimal: n, Set: true}
}

func number(d decimal.Decimal, places int32) plan.Number {
	return plan.Number{Decimal: d.Round(places), Set: true}
}
