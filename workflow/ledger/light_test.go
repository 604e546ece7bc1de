package ledger_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"duban/workflow"
	"duban/workflow/ledger"
)

// widerCodes are what programs go on knowing finer causes by.
var widerCodes = map[string]string{"figure.pace.within": "figure.pace.ok", "figure.limit.within": "figure.limit.ok",
	"progress.measures.within": "progress.measures.ok", "progress.measures.none": "progress.none"}

// checkLight holds a light against the list of causes.
func checkLight(t testing.TB, l ledger.Light) {
	t.Helper()
	args, ok := ledger.Causes[l.Cause.Code]
	got := slices.Sorted(maps.Keys(l.Cause.Args))
	want := slices.Sorted(slices.Values(args))
	if !ok || l.Cause.Code != l.Code && widerCodes[l.Cause.Code] != l.Code || !slices.Equal(got, want) {
		t.Errorf("cause %q (%q) with %q, the list says %q", l.Code, l.Cause.Code, got, want)
	}
	if l.Word != "" && map[ledger.Word]ledger.Colour{ledger.OK: ledger.Green, ledger.Slow: ledger.Yellow, ledger.Lag: ledger.Red}[l.Word] != l.Colour {
		t.Errorf("%s says %s in %s", l.Code, l.Word, l.Colour)
	}
}

// timeCase: the task is due on Friday 2022-09-30 at 17:30. National Day takes
// 1 to 7 October; Saturday 8 and Sunday 9 are make-up workdays.
type timeCase struct {
	name, now      string
	state          workflow.State
	reported       string // instant of a report in force
	colour         ledger.Colour
	code           string
	workdays, days int
}

var timeCases = []timeCase{
	{"four workdays left", "2022-09-26 09:00", workflow.InProgress, "", ledger.Green, "time.enough", 4, 4},
	{"three workdays left", "2022-09-27 23:59", workflow.Assigned, "", ledger.Yellow, "time.soon", 3, 3},
	{"over a weekend", "2022-09-24 10:00", workflow.Assigned, "", ledger.Green, "time.enough", 5, 6},
	{"today", "2022-09-30 09:00", workflow.InProgress, "", ledger.Yellow, "time.today", 0, 0},
	{"at the instant", "2022-09-30 17:30", workflow.InProgress, "", ledger.Yellow, "time.today", 0, 0},
	{"a minute late, not yet expired", "2022-09-30 17:31", workflow.InProgress, "", ledger.Red, "time.overdue", 1, 1},
	{"overdue over the holiday", "2022-10-08 09:00", workflow.Overdue, "", ledger.Red, "time.overdue", 1, 8},
	{"overdue on a make-up Sunday", "2022-10-09 09:00", workflow.Overdue, "", ledger.Red, "time.overdue", 2, 9},
	{"overdue, clock set back", "2022-09-30 09:00", workflow.Overdue, "", ledger.Red, "time.overdue", 1, 1},
	{"reported in time", "2022-10-09 09:00", workflow.Reported, "2022-09-30 17:30", ledger.Grey, "time.reported", 0, 0},
	{"reported late", "2022-12-01 09:00", workflow.Reported, "2022-10-09 09:00", ledger.Yellow, "time.repaired", 2, 9},
	{"verified", "2022-12-01 09:00", workflow.Verified, "2022-09-29 09:00", ledger.Grey, "time.verified", 0, 0},
	{"verified after a late report", "2022-12-01 09:00", workflow.Verified, "2022-10-08 09:00", ledger.Yellow, "time.repaired", 1, 8},
	{"withdrawn", "2022-12-01 09:00", workflow.Withdrawn, "", ledger.Grey, "time.withdrawn", 0, 0},
}

func (c timeCase) light(t testing.TB) ledger.Light {
	a := workflow.Assignment{State: c.state, Due: at("2022-09-30 17:30")}
	if c.reported != "" {
		r := at(c.reported)
		a.ReportedAt, a.Late = &r, r.After(a.Due)
	}
	return ledger.TimeLight(shipped(t), a, at(c.now))
}

func TestTimeLight(t *testing.T) {
	for _, c := range timeCases {
		t.Run(c.name, func(t *testing.T) {
			l := c.light(t)
			if l.Colour != c.colour || l.Code != c.code || l.Ring != (c.code == "time.repaired") {
				t.Errorf("%s %s ring %t", l.Colour, l.Code, l.Ring)
			}
			if w, ok := l.Cause.Args["workdays"]; ok && (w != c.workdays || l.Cause.Args["days"] != c.days) {
				t.Errorf("%v workdays, %v days", w, l.Cause.Args["days"])
			}
			checkLight(t, l)
		})
	}
}

// TestTimeLightWorsens holds that waiting never makes a deadline's light better.
func TestTimeLightWorsens(t *testing.T) {
	rules := shipped(t)
	colours := []ledger.Colour{ledger.Green, ledger.Yellow, ledger.Red}
	rapid.Check(t, func(t *rapid.T) {
		a := workflow.Assignment{
			State: rapid.SampledFrom([]workflow.State{workflow.Assigned, workflow.InProgress}).Draw(t, "state"),
			Due:   rules.Clock.DayEnd(day("2021-06-01").AddDays(rapid.IntRange(0, 1500).Draw(t, "due"))),
		}
		first := a.Due.Add(time.Duration(rapid.IntRange(-20*24*60, 3*24*60).Draw(t, "minutes")) * time.Minute)
		later := first.Add(time.Duration(rapid.IntRange(0, 20*24*60).Draw(t, "wait")) * time.Minute)
		x, y := ledger.TimeLight(rules, a, first), ledger.TimeLight(rules, a, later)
		if slices.Index(colours, x.Colour) < 0 || slices.Index(colours, x.Colour) > slices.Index(colours, y.Colour) {
			t.Fatalf("due %s: %s at %s, %s at %s", a.Due, x.Colour, first, y.Colour, later)
		}
		if (x.Colour == ledger.Red) != first.After(a.Due) {
			t.Fatalf("due %s: %s at %s", a.Due, x.Colour, first)
		}
	})
}
