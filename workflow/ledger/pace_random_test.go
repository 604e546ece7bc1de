package ledger_test

import (
	rat "math/big"
	"testing"

	"pgregory.net/rapid"

	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// frac is a number to the digit, so that the model meets a threshold exactly.
func frac(tenths int64) *rat.Rat { return rat.NewRat(tenths, 10) }

func written(tenths int64) string { return frac(tenths).FloatString(1) }

// paceColour is the light of so many percentage points behind: the product's rule
// in its own words (green within 10, yellow to 30, red beyond).
func paceColour(behind *rat.Rat) ledger.Colour {
	switch {
	case behind.Cmp(rat.NewRat(10, 1)) < 0:
		return ledger.Green
	case behind.Cmp(rat.NewRat(30, 1)) <= 0:
		return ledger.Yellow
	}
	return ledger.Red
}

// dueColour is the light on the target's day: met, or so many per cent short of it.
func dueColour(short *rat.Rat) ledger.Colour {
	switch {
	case short.Sign() <= 0:
		return ledger.Green
	case short.Cmp(rat.NewRat(10, 1)) < 0:
		return ledger.Yellow
	}
	return ledger.Red
}

// colour is that of the way from one number to another by a day: all of its time has
// elapsed once the time is up.
func (c indicatorCase) colour(elapsed, all int, value, from, target *rat.Rat) ledger.Colour {
	if c.now == timeUp {
		return dueColour(behind(1, 1, value, from, target))
	}
	return paceColour(behind(elapsed, all, value, from, target))
}

// metColour is the light of a figure that is met or not.
func (c indicatorCase) metColour(met bool, value, target *rat.Rat) ledger.Colour {
	short := new(rat.Rat).Sub(target, value)
	limit := new(rat.Rat).Mul(new(rat.Rat).Abs(target), rat.NewRat(30, 100))
	switch short.Abs(short); {
	case met:
		return ledger.Green
	case c.now == timeUp:
		if short.Sign() == 0 { // nothing short, and yet not more, as was asked
			return ledger.Yellow
		}
		return dueColour(short.Quo(short.Mul(short, rat.NewRat(100, 1)), new(rat.Rat).Abs(target)))
	case short.Cmp(limit) <= 0:
		return ledger.Yellow
	}
	return ledger.Red
}

// behind is elapsed ÷ all − (value − from) ÷ (target − from), in points.
func behind(elapsed, all int, value, from, target *rat.Rat) *rat.Rat {
	reached := new(rat.Rat).Sub(value, from)
	reached.Quo(reached, new(rat.Rat).Sub(target, from))
	b := new(rat.Rat).Sub(rat.NewRat(int64(elapsed), int64(all)), reached)
	return b.Mul(b, rat.NewRat(100, 1))
}

// paceKinds is a random figure of each kind of indicator and the light the rules
// ask for: the targets are the shipped plan's, the days its 1,095.
var paceKinds = map[string]func(*rapid.T) (indicatorCase, ledger.Colour){
	"total": func(t *rapid.T) (indicatorCase, ledger.Colour) {
		day, v := planDay(t), rapid.Int64Range(0, 45000).Draw(t, "tenths")
		c := drawn(t, "G2.1", day, v)
		return c, c.colour(planBegin.DaysUntil(day)+1, 1095, frac(v), new(rat.Rat), rat.NewRat(3000, 1))
	},
	"limit": func(t *rapid.T) (indicatorCase, ledger.Colour) {
		day, v := planDay(t), rapid.Int64Range(0, 45000).Draw(t, "tenths")
		c := drawn(t, "G2.1", day, v)
		c.change = limit("G2.1")
		switch early := behind(planBegin.DaysUntil(day)+1, 1095, frac(v), new(rat.Rat), rat.NewRat(3000, 1)); {
		case v > 30000:
			return c, ledger.Red
		case c.now == timeUp:
			return c, ledger.Green
		default:
			return c, paceColour(early.Neg(early))
		}
	},
	"yearly": func(t *rapid.T) (indicatorCase, ledger.Colour) {
		day, v := planDay(t), rapid.Int64Range(0, 40).Draw(t, "tenths")
		c := drawn(t, "G5.4", day, v)
		begin, end := plan.Date{Year: day.Year, Month: 1, Day: 1}, plan.Date{Year: day.Year, Month: 12, Day: 31}
		switch short := behind(1, 1, frac(v), new(rat.Rat), rat.NewRat(2, 1)); {
		case c.now == timeUp && day.Year < 2023: // and nothing said of 2023
			return c, ledger.Yellow
		case day == end:
			return c, dueColour(short)
		default:
			return c, c.colour(begin.DaysUntil(day)+1, 365, frac(v), new(rat.Rat), rat.NewRat(2, 1))
		}
	},
	"stock from a baseline": func(t *rapid.T) (indicatorCase, ledger.Colour) {
		day, v := planDay(t), rapid.Int64Range(8000, 13000).Draw(t, "tenths")
		c := drawn(t, "G5.1", day, v)
		c.change = func(p *plan.Plan) { baseline("G5.1", 900)(p); op("G5.1", plan.AtLeast)(p) }
		return c, c.colour(planBegin.DaysUntil(day)+1, 1095, frac(v), rat.NewRat(900, 1), rat.NewRat(1200, 1))
	},
	"stock that shrinks": func(t *rapid.T) (indicatorCase, ledger.Colour) {
		day, v := planDay(t), rapid.Int64Range(11000, 16000).Draw(t, "tenths")
		c := drawn(t, "G5.1", day, v)
		c.change = shrinking("G5.1", 1500)
		return c, c.colour(planBegin.DaysUntil(day)+1, 1095, frac(v), rat.NewRat(1500, 1), rat.NewRat(1200, 1))
	},
	"stock without one": func(t *rapid.T) (indicatorCase, ledger.Colour) {
		day, v := planDay(t), rapid.Int64Range(0, 40).Draw(t, "tenths")
		c := drawn(t, "G1.3", day, v)
		switch {
		case v >= 20:
			return c, ledger.Green
		case c.now == timeUp:
			return c, dueColour(behind(1, 1, frac(v), new(rat.Rat), rat.NewRat(2, 1)))
		}
		return c, ledger.Grey
	},
	"rate with a floor": func(t *rapid.T) (indicatorCase, ledger.Colour) {
		v := rapid.Int64Range(0, 60).Draw(t, "tenths")
		c := drawn(t, "G3.2", planDay(t), v)
		return c, c.metColour(v >= 25, frac(v), frac(25))
	},
	"rate under a ceiling": func(t *rapid.T) (indicatorCase, ledger.Colour) {
		v := rapid.Int64Range(0, 30).Draw(t, "tenths")
		c := drawn(t, "T5.1", planDay(t), v)
		if v < 10 {
			return c, ledger.Green
		}
		return c, ledger.Red
	},
	"average growth": func(t *rapid.T) (indicatorCase, ledger.Colour) {
		a, b := rapid.Int64Range(55, 80).Draw(t, "first"), rapid.Int64Range(55, 80).Draw(t, "second")
		c := drawn(t, "G1.6", plan.Date{Year: 2022, Month: 6, Day: 30}, b)
		c.figures = append(c.figures, figure{"2021-12-31", written(a), "", nil})
		if (1000+a)*(1000+b) >= 1060*1060 {
			return c, ledger.Green
		}
		return c, ledger.Yellow // at least 5.5 % each year: no 10 % short of 6
	},
	"relative": func(t *rapid.T) (indicatorCase, ledger.Colour) {
		v, other := rapid.Int64Range(0, 300).Draw(t, "tenths"), rapid.Int64Range(1, 300).Draw(t, "other")
		c := drawn(t, "G4.7", planDay(t), v)
		c.figures[0].comparison = written(other)
		return c, c.metColour(v >= other, frac(v), frac(other))
	},
	"growing": func(t *rapid.T) (indicatorCase, ledger.Colour) {
		v, before := rapid.Int64Range(0, 3000).Draw(t, "tenths"), rapid.Int64Range(1, 3000).Draw(t, "before")
		c := drawn(t, "G4.8", plan.Date{Year: 2022, Month: 6, Day: 30}, v)
		c.figures = append(c.figures, figure{"2021-06-30", written(before), "", nil})
		return c, c.metColour(v > before, frac(v), frac(before))
	},
	"judged": func(t *rapid.T) (indicatorCase, ledger.Colour) {
		c := drawn(t, "G4.9", planDay(t), 0)
		c.figures[0].value = ""
		switch rapid.IntRange(0, 2).Draw(t, "word") {
		case 0:
			c.figures[0].met = said(true)
			return c, ledger.Green
		case 1:
			c.figures[0].met = said(false)
			return c, ledger.Red
		}
		return c, ledger.Grey
	},
}

var planBegin = plan.Date{Year: 2021, Month: 1, Day: 1}

// timeUp is after every target's day.
const timeUp = "2024-01-05 09:00"

// planDay is a day of the plan before its last, which judges all as targets.
func planDay(t *rapid.T) plan.Date { return planBegin.AddDays(rapid.IntRange(0, 1093).Draw(t, "day")) }

// drawn is a figure seen on its own day, or when the time is up.
func drawn(t *rapid.T, id string, day plan.Date, tenths int64) indicatorCase {
	now := day.String() + " 09:00"
	if rapid.Bool().Draw(t, "over") {
		now = timeUp
	}
	return indicatorCase{id: id, now: now, figures: []figure{{day.String(), written(tenths), "", nil}}}
}

// TestPaceOfAnyFigure holds every kind of indicator to the product's rule, worked
// out apart in whole fractions.
func TestPaceOfAnyFigure(t *testing.T) {
	for name, kind := range paceKinds {
		t.Run(name, func(t *testing.T) {
			outer := t
			rapid.Check(t, func(t *rapid.T) {
				c, want := kind(t)
				v := c.view(outer)
				if v.Light.Colour != want {
					t.Fatalf("%s: %s %s, want %s", c.id, v.Light.Colour, v.Light.Code, want)
				}
			})
		})
	}
}
