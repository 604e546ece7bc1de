package papers

import (
	"slices"

	"duban/ui/text"
	"duban/workflow/assess"
	"duban/workflow/plan"
)

// shownRanks is how many departments of a group the drafted prose names at either end;
// more only where they are equal.
const shownRanks = 3

// FullMarks is a score that nobody is named for under problems, whatever its place.
var FullMarks = plan.Num(100).Decimal

// ends are the departments of one group that a circular names: ahead those above the
// group's mean, behind those below it without full marks. Equals are named together or
// not at all, so that whoever is named is better, or worse, than everyone of the group
// who is not; nobody is named twice. rows are ranked ones.
func ends(rows []assess.Row) (ahead, behind [][]assess.Row) {
	classes := equals(rows)
	sum, n := plan.Num(0), plan.Num(int64(len(rows))).Decimal
	for _, r := range rows {
		sum.Decimal = sum.Add(r.Points.Decimal)
	}
	take := func(into [][]assess.Row, class []assess.Row) [][]assess.Row {
		named := len(class)
		for _, c := range into {
			named += len(c)
		}
		if len(into) > 0 && named > shownRanks {
			return nil
		}
		return append(into, class)
	}
	for _, c := range classes {
		more := take(ahead, c)
		if more == nil || !c[0].Points.Mul(n).GreaterThan(sum.Decimal) {
			break
		}
		ahead = more
	}
	for _, c := range slices.Backward(classes) {
		more := take(behind, c)
		if more == nil || !c[0].Points.Mul(n).LessThan(sum.Decimal) || !c[0].Points.LessThan(FullMarks) {
			break
		}
		behind = more
	}
	slices.Reverse(behind) // the better ones first, as ahead
	return ahead, behind
}

// equals are the rows by score, the highest first.
func equals(rows []assess.Row) [][]assess.Row {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b assess.Row) int { return b.Points.Cmp(a.Points.Decimal) })
	var classes [][]assess.Row
	for i, r := range rows {
		if i == 0 || !rows[i-1].Points.Equal(r.Points.Decimal) {
			classes = append(classes, nil)
		}
		last := len(classes) - 1
		classes[last] = append(classes[last], r)
	}
	return classes
}

// ByGroup are the ranked rows of each group, in the order of the rows: ranks are within
// a group, and so is what is said of them.
func ByGroup(rows []assess.Row) [][]assess.Row {
	var names []string
	var groups [][]assess.Row
	for _, r := range rows {
		if r.Standing != assess.Ranked {
			continue
		}
		at := slices.Index(names, r.Group)
		if at < 0 {
			at, names, groups = len(names), append(names, r.Group), append(groups, nil)
		}
		groups[at] = append(groups[at], r)
	}
	return groups
}

// nameEnds are the two lists in words, each empty when nobody is named.
func nameEnds(p *text.Printer, groups [][]assess.Row) (ahead, behind string) {
	say := func(into *string, group string, classes [][]assess.Row) {
		if len(classes) == 0 {
			return
		}
		var said []string
		for _, c := range classes {
			var names []string
			for _, r := range c {
				names = append(names, r.Name)
			}
			key := "circular.scored"
			if len(c) > 1 {
				key = "circular.scored_equal"
			}
			said = append(said, p.T(key, "department", p.List(names), "points", c[0].Points.StringFixed(2)))
		}
		list := p.List(said)
		if len(groups) > 1 {
			if group == "" {
				group = p.T("circular.no_group")
			}
			list = p.T("circular.of_group", "group", group, "list", list)
		}
		if *into != "" {
			list = p.T("circular.groups", "before", *into, "next", list)
		}
		*into = list
	}
	for _, g := range groups {
		a, b := ends(g)
		say(&ahead, g[0].Group, a)
		say(&behind, g[0].Group, b)
	}
	return ahead, behind
}
