package page

import (
	"slices"

	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// whyDays bounds how many days a time light's explanation looks through.
const whyDays = 800

// whyTime explains a time light: the dates it stands on, the days off between,
// the rule, and the calendar it was counted by.
func (k Kit) whyTime(i ledger.Item) []Fact {
	if i.State == workflow.Withdrawn {
		return nil
	}
	facts := []Fact{{Label: k.P.T("fact.assigned"), Value: k.P.DateTime(i.AssignedAt)}}
	if !i.Due.Equal(i.OriginalDue) {
		facts = append(facts, Fact{Label: k.P.T("why.original"), Value: k.P.Due(i.OriginalDue),
			Note: k.P.T("why.moved", "extended", i.Extended, "returned", i.Returned+i.Reopened)})
	}
	facts = append(facts, Fact{Label: k.P.T("fact.due"), Value: k.P.Due(i.Due)})
	until, label := k.Now, k.P.T("why.now")
	if i.ReportedAt != nil {
		until, label = *i.ReportedAt, k.P.T("fact.reported")
	}
	facts = append(facts, Fact{Label: label, Value: k.P.Due(until)})
	from, to := k.P.Day(i.Due), k.P.Day(until)
	if to.Before(from) {
		from, to = to, from
	}
	facts = append(facts, k.daysBetween(from, to)...)
	return append(facts, Fact{Label: k.P.T("why.rule"), Value: k.P.T("why.time_rule", "soon", k.Rules.Plan.Lights.SoonWorkdays)},
		Fact{Label: k.P.T("why.calendar"), Value: k.calendarOf(from.Year, to.Year)})
}

// daysBetween says how the days after the first up to the last were counted.
func (k Kit) daysBetween(from, to plan.Date) []Fact {
	c := k.Rules.Clock.Calendar
	all := min(from.DaysUntil(to), whyDays)
	if all == 0 {
		return nil
	}
	var names []string
	var worked []string
	off := 0
	for n := 1; n <= all; n++ {
		d := from.AddDays(n)
		switch {
		case c.IsMakeUp(d):
			worked = append(worked, k.P.Date(d))
		case !c.IsWorkday(d):
			off++
			if name := c.DayName(d); name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	f := Fact{Label: k.P.T("why.between"), Value: k.P.T("why.days", "days", all, "workdays", all-off, "off", off)}
	if len(names) > 0 {
		f.Note = k.P.T("why.holidays", "names", names)
	}
	facts := []Fact{f}
	if len(worked) > 0 {
		facts = append(facts, Fact{Label: k.P.T("why.make_up"), Value: k.P.List(worked)})
	}
	return facts
}

// calendarOf names the notices the years were counted by, and says of a year
// without one that only its weekends are known.
func (k Kit) calendarOf(first, last int) string {
	var said []string
	for y := first; y <= last; y++ {
		if !k.Rules.Clock.Calendar.Known(y) {
			said = append(said, k.P.T("why.no_calendar", "year", k.year(y)))
			continue
		}
		for _, known := range k.Rules.Clock.Calendar.Years() {
			if known.Year == y {
				said = append(said, known.Source)
			}
		}
	}
	return k.P.List(said)
}

// year is a year without the grouping a count has.
func (k Kit) year(y int) string { return itoa(y) }

// gap says that the present year has no published calendar; empty when it has.
func (k Kit) gap() string {
	if year := k.P.Day(k.Now).Year; !k.Rules.Clock.Calendar.Known(year) {
		return k.P.T("why.no_calendar", "year", k.year(year))
	}
	return ""
}

// whyProgress explains a progress light: every figure and what its own light is,
// the measures, and the rule.
func (k Kit) whyProgress(g ledger.Grounds) []Fact {
	var facts []Fact
	for _, v := range g.Figures {
		facts = append(facts, Fact{Label: v.ShortName, Value: k.Say(v.Light.Cause), Note: k.progressLight(v.Light).Word, Tone: whyTone(v.Light)})
	}
	if g.Measures.Cause.Code != "" && len(g.Measures.Cause.Args) > 0 {
		facts = append(facts, Fact{Label: k.P.T("rep.measures"), Value: k.Say(g.Measures.Cause), Note: k.progressLight(g.Measures).Word, Tone: whyTone(g.Measures)})
	}
	if len(facts) == 0 {
		return nil
	}
	return append(facts, k.paceRule())
}

func (k Kit) paceRule() Fact {
	l := k.Rules.Plan.Lights
	return Fact{Label: k.P.T("why.rule"), Value: k.P.T("why.pace_rule", "slow", l.SlowPoints, "lag", l.LagPoints)}
}

func whyTone(l ledger.Light) Tone {
	switch l.Colour {
	case ledger.Red:
		return Bad
	case ledger.Yellow:
		return Warn
	}
	return Plain
}

// whyIndicator explains an indicator's light: the figure, where it came from, what
// time asked for, and the rule.
func (k Kit) whyIndicator(v ledger.IndicatorView) []Fact {
	if !v.Value.Set && v.Met == nil {
		return nil
	}
	in, _ := k.Rules.Plan.KnownIndicator(v.ID)
	var facts []Fact
	add := func(label, value string) {
		if value != "" {
			facts = append(facts, Fact{Label: k.P.T(label), Value: value})
		}
	}
	if v.Average.Set {
		add("ind.f_average", k.P.Number(v.Average)+" "+k.P.T("ind.mean", "years", v.Years))
	}
	add("col.value", k.P.Number(v.Value))
	add("rep.as_of", k.P.FullDate(v.AsOf))
	add("col.source", k.source(v.Source).Text)
	add("col.target", k.target(in))
	if v.Basis != nil {
		add("why.basis", k.P.T("basis."+v.Basis.By, "date", v.Basis.On))
	}
	add("why.reached", k.shareText(v.Percent, v.Limit))
	if v.ExpectedThen.Set && v.Basis != nil && v.Basis.By != "limit" {
		expected := rounded(v.ExpectedThen, v.Value)
		if v.Due() { // the whole of it
			add("why.expected", k.P.Number(expected))
		} else {
			add("why.expected", k.P.T("why.expected_then", "value", expected, "percent", v.ExpectedThenPercent))
		}
		add("why.behind", k.P.T("why.points", "points", v.Behind))
	}
	return append(facts, k.paceRule())
}
