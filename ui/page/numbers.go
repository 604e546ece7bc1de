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

// rounded is a derived number as people want it: three figures or so.
func rounded(n plan.Number) plan.Number {
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
	return plan.Number{Decimal: n.Round(places), Set: true}
}
