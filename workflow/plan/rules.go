package plan

import (
	"strconv"

	"github.com/shopspring/decimal"
	yaml "go.yaml.in/yaml/v3"
)

// hundred is what the weights of a role add up to, and the share a best grade may earn.
const hundred = 100

func (b *builder) periods(n *yaml.Node) {
	f := b.fields(n, "every", "accept_within", "due_before_end", "cooperating_earlier",
		"shortest_notice", "day_ends", "return_due", "remind_before")
	days := func(name string, low int64) int {
		v, _ := b.whole(f.need(name), low, 60)
		return v
	}
	b.p.Periods = PeriodRule{
		Every:              b.choice(f.need("every"), "quarter", "month"),
		AcceptWithin:       days("accept_within", 1),
		DueBeforeEnd:       days("due_before_end", 0),
		CooperatingEarlier: days("cooperating_earlier", 0),
		ShortestNotice:     days("shortest_notice", 1),
		DayEnds:            b.clock(f.need("day_ends")),
		ReturnDue:          days("return_due", 1),
	}
	last := int64(60)
	for _, c := range b.list(f.need("remind_before"), 5) {
		v, ok := b.whole(c, 0, 60)
		if !ok {
			continue
		}
		if len(b.p.Periods.RemindBefore) > 0 && int64(v) >= last {
			b.at(c, "plan.order_falling", strconv.Itoa(v), strconv.FormatInt(last, 10))
		}
		last = int64(v)
		b.p.Periods.RemindBefore = append(b.p.Periods.RemindBefore, v)
	}
}

func (b *builder) lights(n *yaml.Node) {
	f := b.fields(n, "soon_workdays", "slow_points", "lag_points")
	soon, _ := b.whole(f.need("soon_workdays"), 0, 60)
	slow, slowOK := b.whole(f.need("slow_points"), 0, hundred)
	lagNode := f.need("lag_points")
	lag, lagOK := b.whole(lagNode, 0, hundred)
	if slowOK && lagOK && lag <= slow {
		b.at(lagNode, "plan.lag_below_slow", strconv.Itoa(lag), strconv.Itoa(slow))
	}
	b.p.Lights = Lights{SoonWorkdays: soon, SlowPoints: slow, LagPoints: lag}
}

func (b *builder) rubric(n *yaml.Node) {
	f := b.fields(n, "lead", "cooperating", "lead_weight", "cooperating_weight", "bonus_limit", "appeal_within")
	weight := func(name string) Number {
		v := b.number(f.need(name), 0, hundred)
		if v.Set && v.IsZero() && name == "lead_weight" {
			b.at(f.values[name], "plan.number_range", "0", "0.000001", "100")
		}
		return v
	}
	within := 0
	if n := f.may("appeal_within"); n != nil {
		within, _ = b.whole(n, 1, 60)
	}
	b.p.Rubric = Rubric{
		Lead:              b.leadRubric(f.need("lead")),
		Cooperating:       b.cooperatingRubric(f.need("cooperating")),
		LeadWeight:        weight("lead_weight"),
		CooperatingWeight: weight("cooperating_weight"),
		BonusLimit:        b.number(f.need("bonus_limit"), 0, hundred),
		AppealWithin:      within,
	}
}

func (b *builder) leadRubric(n *yaml.Node) LeadRubric {
	f := b.fields(n, "receipt", "on_time", "progress", "quality", "lights", "grades", "per_return")
	points := b.weights(f, "receipt", "on_time", "progress", "quality")
	lights := b.shares(f.need("lights"), "green", "yellow", "red")
	return LeadRubric{
		Receipt: points[0], OnTime: points[1], Progress: points[2], Quality: points[3],
		Lights:    LightShares{lights[0], lights[1], lights[2]},
		Grades:    b.grades(f.need("grades")),
		PerReturn: b.number(f.need("per_return"), 0, hundred),
	}
}

func (b *builder) cooperatingRubric(n *yaml.Node) CooperatingRubric {
	f := b.fields(n, "receipt", "on_time", "quality", "lead_mark", "grades", "marks", "per_return")
	points := b.weights(f, "receipt", "on_time", "quality", "lead_mark")
	marks := b.shares(f.need("marks"), "adopted", "amended", "not_received")
	return CooperatingRubric{
		Receipt: points[0], OnTime: points[1], Quality: points[2], LeadMark: points[3],
		Grades:    b.grades(f.need("grades")),
		Marks:     MarkShares{marks[0], marks[1], marks[2]},
		PerReturn: b.number(f.need("per_return"), 0, hundred),
	}
}

func (b *builder) grades(n *yaml.Node) GradeShares {
	g := b.shares(n, "excellent", "good", "fair", "poor")
	return GradeShares{g[0], g[1], g[2], g[3]}
}

// weights reads the points of a role's lines, which must add up to 100.
func (b *builder) weights(f fields, names ...string) []Number {
	all := make([]Number, len(names))
	sum, complete := decimal.Zero, true
	for i, name := range names {
		all[i] = b.number(f.need(name), 0, hundred)
		complete = complete && all[i].Set
		sum = sum.Add(all[i].Decimal)
	}
	if complete && !sum.Equal(decimal.NewFromInt(hundred)) {
		b.at(f.node, "plan.weights_sum", sum.String())
	}
	return all
}

// shares reads percentages that fall, or stay, from the best to the worst.
func (b *builder) shares(n *yaml.Node, names ...string) []Number {
	f := b.fields(n, names...)
	all := make([]Number, len(names))
	for i, name := range names {
		all[i] = b.number(f.need(name), 0, hundred)
		if i > 0 && all[i].Set && all[i-1].Set && all[i].GreaterThan(all[i-1].Decimal) {
			b.at(f.values[name], "plan.share_order", name, names[i-1]) // #nosec G602 -- i > 0 in this branch
		}
	}
	return all
}
