package ledger

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"duban/workflow"
	"duban/workflow/calendar"
	"duban/workflow/plan"
)

// TestSoonIsOneRule: at any instant of years with holidays and make-up days, what a light
// calls soon is what a box and the order of a list call so.
func TestSoonIsOneRule(t *testing.T) {
	days, err := calendar.New(calendar.Published(), nil)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		p := &plan.Plan{Zone: time.FixedZone("", 8*3600), Periods: plan.PeriodRule{DayEnds: "17:30"}}
		p.Lights.SoonWorkdays = rapid.IntRange(0, 12).Draw(t, "soon")
		r, err := workflow.NewRules(p, days)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Date(2022, 1, 1, 0, 0, 0, 0, p.Zone).Add(time.Duration(rapid.IntRange(0, 2*365*24*60).Draw(t, "minute")) * time.Minute)
		a := workflow.Assignment{State: workflow.Assigned, Due: now.Add(time.Duration(rapid.IntRange(0, 40*24*60).Draw(t, "until due")) * time.Minute)}
		h, k := horizonAt(r, now), keyOf(&a)
		light := TimeLight(r, a, now)
		if (light.Colour == Yellow) != (h.box(k) == BoxSoon) || (light.Colour == Green) != (h.box(k) != BoxSoon) {
			t.Fatalf("now %s, due %s: the light is %s, the box %s", now, a.Due, light.Colour, h.box(k))
		}
	})
}
