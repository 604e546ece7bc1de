package page

import (
	"sort"
	"strconv"

	"github.com/shopspring/decimal"

	"duban/ui/page/chart"
	"duban/workflow/plan"
)

func sortPoints(points []chart.Point) {
	sort.SliceStable(points, func(i, j int) bool { return points[i].X < points[j].X })
}

// numberOf is an axis step as an exact number: steps have few digits.
func numberOf(f float64) plan.Number {
	n, err := plan.ParseNumber(strconv.FormatFloat(f, 'f', -1, 64))
	if err != nil { // too small or too large to write out: the axis leaves it blank
		return plan.Number{}
	}
	return n
}

// rounded is a derived number as people want it: three figures or so, but as many as it
// takes not to reach or pass a number it stands beside: a forecast of 2999.6 does not
// meet a target of 3000.
func rounded(n plan.Number, beside ...plan.Number) plan.Number {
	if !n.Set {
		return n
	}
	places := int32(2)
	switch size := n.Abs(); {
	case size.GreaterThanOrEqual(decimal.NewFromInt(100)):
		places = 0
	case size.GreaterThanOrEqual(decimal.NewFromInt(10)):
		places = 1
	}
	short := n.Round(places)
	for _, b := range beside {
		for b.Set && short.Cmp(b.Decimal) != n.Cmp(b.Decimal) {
			places++
			short = n.Round(places)
		}
	}
	return plan.Number{Decimal: short, Set: true}
}
