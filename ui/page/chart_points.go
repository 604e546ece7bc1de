package page

import (
	"sort"
	"strconv"

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
