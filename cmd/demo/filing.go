package demo

import (
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"duban/workflow/plan"
)

// monthBefore is the last day of the month before now: statistics are that far. False
// when that is before the plan.
func (c *Cast) monthBefore() (day plan.Date, ok bool) {
	today := c.Clock.Today(c.Now())
	day = plan.Date{Year: today.Year, Month: today.Month, Day: 1}.AddDays(-1)
	return day, !day.Before(c.Plan.From)
}

// filing is the department's report on the assignment.
func (c *Cast) filing(i item, k course, all []item, r *rand.Rand) map[string]any {
	if k.noChange && i.Returned == 0 {
		return map[string]any{"no_change": true, "reason": c.says.NoChange}
	}
	task, _ := c.Plan.Task(i.Task.No)
	var measures []map[string]any
	moving := 0
	for _, m := range task.Measures {
		status := []string{"under_way", "under_way", "under_way", "done", "no_change", "not_started"}[r.IntN(6)]
		entry := map[string]any{"id": m.ID, "status": status}
		if status == "under_way" {
			entry["percent"], entry["note"] = 10*(2+r.IntN(8)), c.says.Note
		}
		if status == "under_way" || status == "done" {
			moving++
		}
		measures = append(measures, entry)
	}
	other := c.Plan.Departments[r.IntN(len(c.Plan.Departments))].Name
	measure := ""
	if n := len(task.Measures); n > 0 {
		measure = task.Measures[r.IntN(n)].Title
	}
	say := strings.NewReplacer("{task}", task.Title, "{measure}", measure, "{department}", other,
		"{done}", strconv.Itoa(moving), "{total}", strconv.Itoa(len(task.Measures))).Replace
	out := map[string]any{"progress": say(pick(r, c.says.Progress)), "measures": measures,
		"obstacles": say(pick(r, c.says.Obstacles)), "asks": say(pick(r, c.says.Asks)), "next_steps": say(pick(r, c.says.NextSteps))}
	day, some := c.monthBefore()
	var figures, ahead []map[string]any
	for _, ind := range c.figuresOf(i, all) {
		if !some {
			break
		}
		figures = append(figures, c.figure(ind, day))
		if next := c.value(ind, day.AddDays(91)); ind.RelativeTo == "" {
			ahead = append(ahead, map[string]any{"indicator": ind.ID, "value": next})
		}
	}
	out["figures"], out["forecast"] = figures, map[string]any{"text": pick(r, c.says.Forecast), "figures": ahead}
	if i.Role == "lead" {
		out["inputs"] = c.marks(i, all)
	}
	return out
}

// marks is the lead's judgement of what the cooperating departments filed. One
// that is verified is no longer in the list, and needs a mark no less.
func (c *Cast) marks(lead item, all []item) []map[string]any {
	waiting := map[string]item{}
	for _, i := range all {
		if i.Period == lead.Period && i.Task.No == lead.Task.No && i.Role == "cooperating" {
			waiting[i.Department.ID] = i
		}
	}
	var out []map[string]any
	task, _ := c.Plan.Task(lead.Task.No)
	for _, d := range task.Cooperating {
		id := lead.Period + "-" + two(lead.Task.No) + "-coop-" + d
		mark := "adopted"
		if i, open := waiting[d]; open && i.State != "reported" {
			mark = "not_received"
		} else if drawn(c.Seed, "mark", id).IntN(4) == 0 {
			mark = "amended"
		}
		out = append(out, map[string]any{"assignment": id, "mark": mark})
	}
	return out
}

func two(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// figuresOf are the indicators a department files with this assignment: a lead
// those inside its task, and each department its main targets with one of its
// assignments, the first.
func (c *Cast) figuresOf(i item, all []item) []plan.Indicator {
	var out []plan.Indicator
	carrier := c.carrier(i.Department.ID)
	for _, ind := range c.Plan.AllIndicators() {
		switch {
		case ind.Kind == plan.Judged:
		case ind.Task != 0 && ind.Task == i.Task.No && i.Role == "lead",
			ind.Task == 0 && c.owner[ind.ID] == i.Department.ID && carrier == i.Task.No:
			out = append(out, ind)
		}
	}
	return out
}

// carrier is the task with whose report a department files its main targets: the
// first it leads, else the first it cooperates in.
func (c *Cast) carrier(department string) int {
	first := 0
	for _, s := range c.Plan.Assignments() {
		if s.Department != department {
			continue
		}
		if s.Role == "lead" {
			return s.Task
		}
		if first == 0 {
			first = s.Task
		}
	}
	return first
}

// figure is an indicator's sample figure of a day.
func (c *Cast) figure(ind plan.Indicator, day plan.Date) map[string]any {
	out := map[string]any{"indicator": ind.ID, "value": c.value(ind, day), "as_of": day.String()}
	if ind.RelativeTo != "" {
		out["comparison"] = plan.MustNumber("15.2")
	}
	return out
}

// value is where a sample department is with its target on a day: a little before
// or behind time, always the same for the same seed, and never falling within what
// only grows.
func (c *Cast) value(ind plan.Indicator, day plan.Date) plan.Number {
	r := drawn(c.Seed, "pace", ind.ID)
	pace := 0.62 + 0.5*r.Float64() // 1 is exactly on time
	target := ind.Target.InexactFloat64()
	whole := share(c.Plan.From, ind.By, day)
	v := 0.0
	switch {
	case ind.Kind == plan.Yearly:
		first := plan.Date{Year: day.Year, Month: 1, Day: 1}
		v = target * share(first, plan.Date{Year: day.Year, Month: 12, Day: 31}, day) * pace
	case ind.Kind == plan.Total:
		v = target * whole * pace
	case ind.Growing:
		v = 3_180_000 * (1 + 0.18*whole)
	case ind.Kind == plan.Stock:
		v = target * (0.45 + 0.6*whole*pace)
	case ind.RelativeTo != "":
		v = 15.2 + 6*(pace-0.7)
	case ind.Op == plan.Below || ind.Op == plan.AtMost:
		v = target * (1.25 - 0.35*whole*pace)
	case ind.Unit == "%" && target >= 99:
		v = min(100, 88+12*whole*pace)
	default:
		v = target * (0.85 + 0.3*whole*pace)
	}
	return plan.Number{Decimal: decimal.NewFromFloat(v).Round(places(ind, target)), Set: true}
}

// places is how many decimals a figure of the size is written with.
func places(ind plan.Indicator, target float64) int32 {
	switch {
	case ind.Growing || target >= 100 && ind.Unit != "%":
		return 0
	case target >= 10:
		return 1
	}
	return 2
}

// share is how much of the days from a to b is over on day.
func share(a, b, day plan.Date) float64 {
	whole := float64(max(1, a.DaysUntil(b)+1))
	return min(1, max(0, float64(a.DaysUntil(day)+1)/whole))
}
