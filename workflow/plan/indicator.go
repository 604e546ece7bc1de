package plan

import (
	"regexp"
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v3"
)

// part is an indicator that names the whole it is a part of.
type part struct {
	node  *yaml.Node
	child string
	whole string
}

// forKind lists the fields that mean something for each kind, beside those
// every indicator has.
var forKind = map[Kind][]string{
	Total:  {"op", "target", "unit", "part_of"},
	Stock:  {"op", "target", "unit", "part_of", "growing", "baseline"},
	Yearly: {"op", "target", "unit", "part_of"},
	Rate:   {"op", "target", "unit", "average_growth", "relative_to"},
	Judged: {},
}

// ops are the ways to write an operator: as the plan is read, or as programs do.
var ops = map[string]Op{"≥": AtLeast, ">=": AtLeast, ">": Above, "≤": AtMost, "<=": AtMost, "<": Below, "=": Reach}

// indicator reads a main target, or a figure inside a task.
func (b *builder) indicator(n *yaml.Node, inTask bool) Indicator {
	known := []string{"id", "title", "short_name", "kind", "op", "target", "unit", "by", "part_of",
		"owner", "average_growth", "relative_to", "growing", "baseline"}
	if !inTask {
		known = slices.Insert(known, 1, "group")
	}
	f := b.fields(n, known...)
	id := f.need("id")
	in := Indicator{
		ID:        b.id(id),
		Title:     b.text(f.need("title"), longTitle),
		ShortName: b.text(f.may("short_name"), shortTitle),
		Kind:      Kind(b.choice(f.need("kind"), string(Total), string(Stock), string(Yearly), string(Rate), string(Judged))),
		By:        b.by(f.may("by")),
	}
	b.once(b.indicators, id, in.ID, "plan.id_twice")
	if !inTask {
		group := f.need("group")
		in.Group = b.id(group)
		if in.Group != "" && b.groups != nil && !b.groups[in.Group] {
			b.at(group, "plan.group_unknown", in.Group)
		}
	}
	if owner := f.may("owner"); owner != nil {
		in.Owner = b.department(owner, b.text(owner, longTitle))
	}
	b.misplaced(f, in.Kind)
	b.target(f, &in)
	if whole := f.may("part_of"); whole != nil {
		in.PartOf = b.id(whole)
		b.parts = append(b.parts, part{whole, in.ID, in.PartOf})
	}
	return in
}

// by reads the date of a target. Left out, it is the plan's last day.
func (b *builder) by(n *yaml.Node) Date {
	if n == nil {
		return b.p.To
	}
	d := b.date(n)
	known := !d.IsZero() && !b.p.From.IsZero() && b.p.From.Before(b.p.To)
	if known && (d.Before(b.p.From) || b.p.To.Before(d)) {
		b.at(n, "plan.date_outside", d.String(), b.p.From.String(), b.p.To.String())
	}
	return d
}

// misplaced reports fields that the kind gives no meaning.
func (b *builder) misplaced(f fields, kind Kind) {
	allowed, ok := forKind[kind]
	if !ok {
		return // the kind itself is at fault
	}
	for _, name := range []string{"op", "target", "unit", "part_of", "average_growth", "relative_to", "growing", "baseline"} {
		if f.has(name) && !slices.Contains(allowed, name) {
			b.at(f.keys[name], "plan.field_for_kind", name, string(kind))
		}
	}
}

// target reads what is asked of the figure: a number, another series, or growth.
func (b *builder) target(f fields, in *Indicator) {
	in.AverageGrowth = b.flag(f.may("average_growth"))
	in.Growing = b.flag(f.may("growing"))
	in.RelativeTo = b.text(f.may("relative_to"), longTitle)
	if f.has("baseline") {
		in.Baseline = b.number(f.may("baseline"), 0, 1e15)
	}
	if in.Kind == Judged || in.Kind == "" && !f.has("target") {
		return
	}
	unit := f.need("unit")
	in.Unit = b.unit(unit, in.Kind)
	op, target := f.may, f.may
	switch {
	case in.Growing:
		b.instead(f, "growing", "op", "target", "relative_to")
	case in.RelativeTo != "":
		b.instead(f, "relative_to", "target")
		op = f.need
	default:
		op, target = f.need, f.need
	}
	in.Op = ops[b.choice(op("op"), "≥", ">", "=", "<", "≤", ">=", "<=")]
	low := int64(0)
	if in.Kind == Rate {
		low = -1000 // a fall, as in energy used, is a negative growth
	}
	high := int64(1e15)
	if in.Kind == Rate {
		high = 1000
	}
	t := target("target")
	in.Target = b.number(t, low, high)
	if in.Target.Set && in.Target.IsZero() && in.Kind != Rate && (in.Op == AtLeast || in.Op == Above || in.Op == Reach) {
		b.at(t, "plan.target_zero")
	}
}

// instead reports fields that the field leader replaces.
func (b *builder) instead(f fields, leader string, names ...string) {
	for _, name := range names {
		if f.has(name) {
			b.at(f.keys[name], "plan.field_instead", name, leader)
			delete(f.values, name)
		}
	}
}

// magnitude is a Chinese power of ten without the thing it counts.
var magnitude = regexp.MustCompile(`^[十百千万亿]+$`)

// unit reads a unit as it is printed: 万家, 亿平方米, %. A rate is a percentage
// and only a rate is.
func (b *builder) unit(n *yaml.Node, kind Kind) string {
	s := b.text(n, 16)
	percent := slices.Contains([]string{"%", "‰", "个百分点"}, s)
	switch {
	case s == "" || kind == "":
	case s == "％":
		b.at(n, "plan.unit_wide", s)
	case strings.ContainsAny(s, " 　") || s[0] >= '0' && s[0] <= '9' || magnitude.MatchString(s):
		b.at(n, "plan.unit_wrong", s)
	case kind == Rate && !percent:
		b.at(n, "plan.unit_of_rate", s)
	case kind != Rate && percent:
		b.at(n, "plan.unit_of_count", s, string(kind))
	}
	return s
}

// checkParts holds that a part and its whole are main targets of one kind and
// unit, and that nothing is a part of itself.
func (b *builder) checkParts() {
	byID := map[string]Indicator{}
	for _, in := range b.p.AllIndicators() {
		byID[in.ID] = in
	}
	for _, pt := range b.parts {
		if pt.whole == "" || pt.child == "" {
			continue
		}
		child := byID[pt.child]
		whole, ok := byID[pt.whole]
		switch {
		case !ok:
			b.at(pt.node, "plan.part_unknown", pt.whole)
		case loops(byID, pt.child):
			b.at(pt.node, "plan.part_of_itself", pt.child)
		case whole.Kind != child.Kind || whole.Unit != child.Unit:
			b.at(pt.node, "plan.part_differs", pt.child, pt.whole)
		}
	}
}

// loops reports whether following part_of from id comes back to id.
func loops(byID map[string]Indicator, id string) bool {
	at := byID[id].PartOf
	for range byID {
		if at == id || at == "" {
			break
		}
		at = byID[at].PartOf
	}
	return at == id
}
