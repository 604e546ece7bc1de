package workflow

import (
	"cmp"
	"slices"
	"strings"

	"duban/workflow/plan"
)

// What figures say of each other: a cumulative one never falls, and a part is never more
// than its whole. What does not agree is asked about at its field, whichever of the two
// came first, and taken when an explanation says why it is right.

// firstAfter is the earliest figure that counts and is later than the day; for a yearly
// indicator only of the same year. Nil when there is none.
func firstAfter(s Series, kind plan.Kind, day plan.Date) *Point {
	var first *Point
	for i := range s.Points {
		p := &s.Points[i]
		if !p.Counts() || !p.Value.Set || !day.Before(p.AsOf) || (kind == plan.Yearly && p.AsOf.Year != day.Year) {
			continue
		}
		if first == nil || !first.AsOf.Before(p.AsOf) { // of one day the last that came
			first = p
		}
	}
	return first
}

func cumulative(kind plan.Kind) bool { return kind == plan.Total || kind == plan.Yearly }

// slipped reports whether two figures are so far apart that the unit of one may be wrong.
func slipped(a, b plan.Number) bool {
	return !a.IsZero() && !b.IsZero() && (a.Abs().GreaterThanOrEqual(b.Abs().Mul(slip)) || b.Abs().GreaterThanOrEqual(a.Abs().Mul(slip)))
}

// doubtLater asks about a backdated figure that does not go with the next one known: a
// cumulative one that is more, or, where there is none before, a slip of the unit.
func doubtLater(f *faults, field string, ind plan.Indicator, later Point, x FigureInput, first bool) {
	switch {
	case first && slipped(later.Value, x.Value):
		f.add(sub(field, "value"), "figure.slip_later", "title", ind.Title, "value", x.Value, "last", later.Value, "unit", ind.Unit, "as_of", later.AsOf)
	case cumulative(ind.Kind) && x.Value.GreaterThan(later.Value.Decimal):
		f.add(sub(field, "value"), "figure.above_later", "title", ind.Title, "value", x.Value, "last", later.Value, "unit", ind.Unit, "as_of", later.AsOf)
	}
}

// slippedTarget reports whether a first figure is so far from the target that its unit
// may be wrong. Far below a target that must not be exceeded is where one wants to be.
func slippedTarget(ind plan.Indicator, value plan.Number) bool {
	t := ind.Target
	if !t.Set || t.IsZero() || value.IsZero() {
		return false
	}
	ceiling := ind.Op == plan.AtMost || ind.Op == plan.Below
	return value.Abs().GreaterThanOrEqual(t.Abs().Mul(slip)) || !ceiling && value.Abs().Mul(slip).LessThanOrEqual(t.Abs())
}

// figureAt is a figure of a day.
type figureAt struct {
	day   plan.Date
	value plan.Number
	own   bool // among those being filed
}

// timeline is what an indicator was on its days, by what is known and what is being
// filed: of one day the last word counts.
func (s Scene) timeline(indicator string, in []FigureInput) ([]figureAt, error) {
	series, err := s.series(indicator)
	if err != nil {
		return nil, err
	}
	var all []figureAt
	put := func(x figureAt) {
		if i := slices.IndexFunc(all, func(y figureAt) bool { return y.day == x.day }); i >= 0 {
			all[i] = x
		} else {
			all = append(all, x)
		}
	}
	for _, p := range series.Points {
		if p.Counts() && p.Value.Set {
			put(figureAt{p.AsOf, p.Value, false})
		}
	}
	for _, x := range in {
		if x.Indicator == indicator && x.Value.Set && !x.AsOf.IsZero() {
			put(figureAt{x.AsOf, x.Value, true})
		}
	}
	slices.SortFunc(all, func(a, b figureAt) int {
		return cmp.Or(cmp.Compare(a.day.Year, b.day.Year), cmp.Compare(a.day.Month, b.day.Month), cmp.Compare(a.day.Day, b.day.Day))
	})
	return all, nil
}

// around are the last of the figures up to the day and the first behind it, of the same
// year where each begins anew; nil when there is none.
func around(all []figureAt, kind plan.Kind, day plan.Date) (last, later *figureAt) {
	for i := range all {
		switch x := &all[i]; {
		case kind == plan.Yearly && x.day.Year != day.Year:
		case !day.Before(x.day):
			last = x
		case later == nil:
			later = x
		}
	}
	return last, later
}

// parts asks about figures that are more than the whole they are a part of, or less than
// one of their parts. field names the fields of the figure with a number.
func (s Scene) parts(f *faults, field func(i int) string, in []FigureInput) error {
	for i, x := range in {
		ind, ok := s.Rules.Plan.Indicator(x.Indicator)
		if !ok || !x.Value.Set || x.AsOf.IsZero() || strings.TrimSpace(x.Explanation) != "" || f.at(sub(field(i), "value")) {
			continue
		}
		for _, other := range s.Rules.Plan.AllIndicators() {
			var err error
			switch {
			case ind.PartOf == other.ID && ind.PartOf != "":
				err = s.aboveWhole(f, field(i), ind, other, x, in)
			case other.PartOf == ind.ID:
				err = s.belowPart(f, field(i), ind, other, x, in)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// aboveWhole compares a part with what is known of its whole on that day. A cumulative one
// cannot be more than its whole of a later day either.
func (s Scene) aboveWhole(f *faults, field string, part, whole plan.Indicator, x FigureInput, in []FigureInput) error {
	all, err := s.timeline(whole.ID, in)
	if err != nil {
		return err
	}
	last, later := around(all, whole.Kind, x.AsOf)
	if !cumulative(whole.Kind) {
		later = nil
	}
	for _, w := range []*figureAt{last, later} {
		if w != nil && x.Value.GreaterThan(w.value.Decimal) {
			f.add(sub(field, "value"), "figure.above_whole", "title", part.Title, "value", x.Value, "unit", part.Unit, "whole", whole.Title, "last", w.value, "as_of", w.day)
			return nil
		}
	}
	return nil
}

// belowPart compares a whole with what is known of a part on that day. A part of a later
// day says nothing of an earlier whole: who enters past figures may begin with either. Of
// a part that is filed together with it, the part is asked about.
func (s Scene) belowPart(f *faults, field string, whole, part plan.Indicator, x FigureInput, in []FigureInput) error {
	all, err := s.timeline(part.ID, in)
	if err != nil {
		return err
	}
	if p, _ := around(all, part.Kind, x.AsOf); p != nil && !p.own && p.value.GreaterThan(x.Value.Decimal) {
		f.add(sub(field, "value"), "figure.below_part", "title", whole.Title, "value", x.Value, "unit", whole.Unit, "part", part.Title, "last", p.value, "as_of", p.day)
	}
	return nil
}

// at reports whether something is wrong with a field.
func (f *faults) at(field string) bool {
	return slices.ContainsFunc(*f, func(e *Error) bool { return e.Field == field })
}
