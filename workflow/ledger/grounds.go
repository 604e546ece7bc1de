package ledger

import (
	"time"

	"duban/workflow"
)

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
