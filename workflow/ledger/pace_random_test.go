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

// metColour is the light of a figure that is met or not.
func metColour(met bool, value, target *rat.Rat) ledger.Colour {
	short := new(rat.Rat).Sub(target, value)
	limit := new(rat.Rat).Mul(new(rat.Rat).Abs(target), rat.NewRat(30, 100))
	switch {
	case met:
		return ledger.Green
	case short.Abs(short).Cmp(limit) <= 0:
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
		return drawn("G2.1", day, v), paceColour(behind(planBegin.DaysUntil(day)+1, 1095, frac(v), new(rat.Rat), rat.NewRat(3000, 1)))
	},
	"yearly": func(t *rapid.T) (indicatorCase, ledger.Colour) {
		day, v := planDay(t), rapid.Int64Range(0, 40).Draw(t, "tenths")
		begin := plan.Date{Year: day.Year, Month: 1, Day: 1}
		return drawn("G5.4", day, v), paceColour(behind(begin.DaysUntil(day)+1, 365, frac(v), new(rat.Rat), rat.NewRat(2, 1)))
	},
	"stock from a baseline": func(t *rapid.T) (indicatorCase, ledger.Colour) {
		day, v := planDay(t), rapid.Int64Range(8000, 13000).Draw(t, "tenths")
		c := drawn("G5.1", day, v)
		c.change = baseline("G5.1", 900)
		return c, paceColour(behind(planBegin.DaysUntil(day)+1, 1095, frac(v), rat.NewRat(900, 1), rat.NewRat(1200, 1)))
	},
	"stock without one": func(t *rapid.T) (indicatorCase, ledger.Colour) {
		day, v := planDay(t), rapid.Int64Range(0, 40).Draw(t, "tenths")
		if v >= 20 {
			return drawn("G1.3", day, v), ledger.Green
		}
		return drawn("G1.3", day, v), ledger.Grey
	},
	"rate with a floor": func(t *rapid.T) (indicatorCase, ledger.Colour) {
		v := rapid.Int64Range(0, 60).Draw(t, "tenths")
		return drawn("G3.2", planDay(t), v), metColour(v >= 25, frac(v), frac(25))
	},
	"rate under a ceiling": func(t *rapid.T) (indicatorCase, ledger.Colour) {
		v := rapid.Int64Range(0, 30).Draw(t, "tenths")
		return drawn("T5.1", planDay(t), v), metColour(v < 10, frac(v), frac(10))
	},
	"average growth": func(t *rapid.T) (indicatorCase, ledger.Colour) {
		a, b := rapid.Int64Range(45, 80).Draw(t, "first"), rapid.Int64Range(45, 80).Draw(t, "second")
		c := drawn("G1.6", plan.Date{Year: 2022, Month: 6, Day: 30}, b)
		c.figures = append(c.figures, figure{"2021-12-31", written(a), "", nil})
		if (1000+a)*(1000+b) >= 1060*1060 {
			return c, ledger.Green
		}
		return c, ledger.Yellow // at least 4.5 % each year: no 30 % short of 6
	},
	"relative": func(t *rapid.T) (indicatorCase, ledger.Colour) {
		v, other := rapid.Int64Range(0, 300).Draw(t, "tenths"), rapid.Int64Range(1, 300).Draw(t, "other")
		c := drawn("G4.7", planDay(t), v)
		c.figures[0].comparison = written(other)
		return c, metColour(v >= other, frac(v), frac(other))
	},
	"growing": func(t *rapid.T) (indicatorCase, ledger.Colour) {
		v, before := rapid.Int64Range(0, 3000).Draw(t, "tenths"), rapid.Int64Range(1, 3000).Draw(t, "before")
		c := drawn("G4.8", plan.Date{Year: 2022, Month: 6, Day: 30}, v)
		c.figures = append(c.figures, figure{"2021-06-30", written(before), "", nil})
		return c, metColour(v > before, frac(v), frac(before))
	},
	"judged": func(t *rapid.T) (indicatorCase, ledger.Colour) {
		c := drawn("G4.9", planDay(t), 0)
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

// planDay is a day of the plan before its last, which judges a stock as a target.
func planDay(t *rapid.T) plan.Date { return planBegin.AddDays(rapid.IntRange(0, 1093).Draw(t, "day")) }

func drawn(id string, day plan.Date, tenths int64) indicatorCase {
	return indicatorCase{id: id, now: "2024-01-05 09:00", figures: []figure{{day.String(), written(tenths), "", nil}}}
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
