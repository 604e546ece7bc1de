package calendar

import (
	"encoding/json"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"
)

func shanghai(t testing.TB) Clock {
	t.Helper()
	c, err := Load(Published())
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return Clock{Calendar: c, Zone: zone, DayEnds: TimeOfDay{17, 30}}
}

func instant(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// shipped is the rule of the shipped plan: quarters, 3 workdays to accept, due on
// the last workday, cooperating 5 workdays earlier, 5 workdays' notice.
var shipped = Rule{Quarter, 3, 0, 5, 5}

// want is a period's dates, each at 17:30 in Shanghai.
type want struct{ id, assigned, accept, cooperating, due string }

func dates(p Period) want {
	const day = "2006-01-02"
	return want{p.ID, p.AssignedOn.String(), p.AcceptBy.Format(day), p.CooperatingDue.Format(day), p.Due.Format(day)}
}

func TestRegular(t *testing.T) {
	k := shanghai(t)
	for _, c := range []struct {
		day  string
		rule Rule
		want want
	}{
		{"2022-07-01", shipped, want{"2022Q3", "2022-07-01", "2022-07-06", "2022-09-23", "2022-09-30"}},
		{"2022-09-30", shipped, want{"2022Q3", "2022-07-01", "2022-07-06", "2022-09-23", "2022-09-30"}},
		// from the make-up Saturday to the day before New Year's
		{"2022-10-01", shipped, want{"2022Q4", "2022-10-08", "2022-10-11", "2022-12-23", "2022-12-30"}},
		{"2022-12-31", shipped, want{"2022Q4", "2022-10-08", "2022-10-11", "2022-12-23", "2022-12-30"}},
		{"2023-01-01", shipped, want{"2023Q1", "2023-01-03", "2023-01-06", "2023-03-24", "2023-03-31"}},
		// 29 September 2023 begins a holiday of eight days
		{"2023-09-30", shipped, want{"2023Q3", "2023-07-03", "2023-07-06", "2023-09-21", "2023-09-28"}},
		{"2022-02-14", Rule{Month, 3, 2, 3, 5}, want{"2022M02", "2022-02-07", "2022-02-10", "2022-02-21", "2022-02-24"}},
		{"2022-01-31", Rule{Month, 3, 0, 1, 5}, want{"2022M01", "2022-01-04", "2022-01-07", "2022-01-29", "2022-01-30"}},
		// due 5 workdays after the end
		{"2022-09-01", Rule{Quarter, 3, -5, 2, 5}, want{"2022Q3", "2022-07-01", "2022-07-06", "2022-10-10", "2022-10-12"}},
		// rules that do not fit in the month give dates in order
		{"2022-09-01", Rule{Month, 30, 0, 30, 5}, want{"2022M09", "2022-09-01", "2022-09-01", "2022-09-01", "2022-09-30"}},
		{"2022-09-01", Rule{Month, 3, 40, 3, 5}, want{"2022M09", "2022-09-01", "2022-09-01", "2022-09-01", "2022-09-01"}},
		// no list: 1 October 2027 counts as a workday
		{"2027-11-01", shipped, want{"2027Q4", "2027-10-01", "2027-10-06", "2027-12-24", "2027-12-31"}},
	} {
		p := k.Regular(c.rule, day(t, c.day))
		if got := dates(p); got != c.want {
			t.Errorf("%s %+v:\n got %v\nwant %v", c.day, c.rule, got, c.want)
		}
		if h, m, s := p.Due.Clock(); h != 17 || m != 30 || s != 0 {
			t.Errorf("%s: due at %s", p.ID, p.Due)
		}
	}
}

func TestOpened(t *testing.T) {
	k := shanghai(t)
	for _, c := range []struct {
		day, now string
		rule     Rule
		want     want
	}{
		{"2022-09-20", "2022-09-20T09:00:00+08:00", shipped, want{"2022Q3", "2022-09-20", "2022-09-23", "2022-09-23", "2022-09-30"}},
		// in good time, and before the period begins
		{"2022-07-01", "2022-07-01T09:00:00+08:00", shipped, want{"2022Q3", "2022-07-01", "2022-07-06", "2022-09-23", "2022-09-30"}},
		{"2022-07-01", "2022-06-20T09:00:00+08:00", shipped, want{"2022Q3", "2022-07-01", "2022-07-06", "2022-09-23", "2022-09-30"}},
		{"2022-08-10", "2022-08-10T20:00:00+08:00", shipped, want{"2022Q3", "2022-08-10", "2022-08-15", "2022-09-23", "2022-09-30"}},
		// five workdays are left exactly, then four: the due day moves past the holidays
		{"2022-09-23", "2022-09-23T18:00:00+08:00", shipped, want{"2022Q3", "2022-09-23", "2022-09-27", "2022-09-27", "2022-09-30"}},
		{"2022-09-26", "2022-09-26T09:00:00+08:00", shipped, want{"2022Q3", "2022-09-26", "2022-09-28", "2022-09-28", "2022-10-08"}},
		// on the last evening
		{"2022-09-30", "2022-09-30T18:00:00+08:00", shipped, want{"2022Q3", "2022-09-30", "2022-10-09", "2022-10-09", "2022-10-12"}},
		// on a Sunday; an instant that is Monday in Shanghai and Sunday in UTC
		{"2022-09-18", "2022-09-18T10:00:00+08:00", shipped, want{"2022Q3", "2022-09-18", "2022-09-21", "2022-09-23", "2022-09-30"}},
		{"2022-09-19", "2022-09-18T17:00:00Z", shipped, want{"2022Q3", "2022-09-19", "2022-09-22", "2022-09-23", "2022-09-30"}},
		// for a period that is over
		{"2022-06-30", "2022-09-20T09:00:00+08:00", shipped, want{"2022Q2", "2022-09-20", "2022-09-22", "2022-09-22", "2022-09-27"}},
		// no notice at all: today while the working day lasts, then the next workday
		{"2022-09-30", "2022-09-30T17:29:59+08:00", Rule{Quarter, 0, 0, 0, 0}, want{"2022Q3", "2022-09-30", "2022-09-30", "2022-09-30", "2022-09-30"}},
		{"2022-09-30", "2022-09-30T17:30:00+08:00", Rule{Quarter, 0, 0, 0, 0}, want{"2022Q3", "2022-09-30", "2022-10-08", "2022-10-08", "2022-10-08"}},
		// one workday of notice for the lead is one for cooperating departments
		{"2022-09-30", "2022-09-29T09:00:00+08:00", Rule{Quarter, 3, 0, 5, 1}, want{"2022Q3", "2022-09-29", "2022-09-30", "2022-09-30", "2022-09-30"}},
	} {
		if got := dates(k.Opened(c.rule, day(t, c.day), instant(t, c.now))); got != c.want {
			t.Errorf("%s opened at %s %+v:\n got %v\nwant %v", c.day, c.now, c.rule, got, c.want)
		}
	}
}

func TestPeriodID(t *testing.T) {
	for id, want := range map[string][3]string{
		"2022Q1":  {Quarter, "2022-01-01", "2022-03-31"},
		"2022Q2":  {Quarter, "2022-04-01", "2022-06-30"},
		"2022Q3":  {Quarter, "2022-07-01", "2022-09-30"},
		"2022Q4":  {Quarter, "2022-10-01", "2022-12-31"},
		"2024M02": {Month, "2024-02-01", "2024-02-29"},
		"2022M12": {Month, "2022-12-01", "2022-12-31"},
	} {
		every, from, to, err := ParsePeriodID(id)
		if got := [3]string{every, from.String(), to.String()}; err != nil || got != want {
			t.Errorf("%s: %v, %v", id, got, err)
		}
	}
	for _, id := range []string{"", "2022", "2022Q", "2022Q0", "2022Q5", "2022Q9", "2022Q03", "2022M", "2022M1", "2022M00", "2022M13",
		"2022M99", "2022q3", "2022X3", "2022MQ3", "+022Q3", "0000Q1", "22Q3", "2022-Q3", "2022Q3 ", "2022M007", "２０２２Q3", "2022Q255", "专项01"} {
		if every, from, to, err := ParsePeriodID(id); err == nil || every != "" || !from.IsZero() || !to.IsZero() {
			t.Errorf("%q is read as %s %s to %s", id, every, from, to)
		}
	}
}

func TestPeriodJSON(t *testing.T) {
	p := shanghai(t).Regular(shipped, Date{2022, 9, 1})
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	const text = `{"id":"2022Q3","from":"2022-07-01","to":"2022-09-30","assigned_on":"2022-07-01",` +
		`"accept_by":"2022-07-06T17:30:00+08:00","cooperating_due":"2022-09-23T17:30:00+08:00","due":"2022-09-30T17:30:00+08:00"}`
	if string(b) != text {
		t.Errorf("got  %s\nwant %s", b, text)
	}
	var back Period
	if err := json.Unmarshal(b, &back); err != nil || dates(back) != dates(p) || back.From != p.From || back.To != p.To {
		t.Errorf("read back as %+v, %v", back, err)
	}
}

// TestMonthOff: a year file may call a whole month a holiday; its period is then
// the first workday after it.
func TestMonthOff(t *testing.T) {
	k := shanghai(t)
	c, err := Load(fstest.MapFS{"2022.yaml": file("year: 2022\nsource: 通知\nholidays: [{name: 停工, from: 2022-02-01, to: 2022-02-28}]\n")})
	if err != nil {
		t.Fatal(err)
	}
	k.Calendar = c
	p := k.Regular(Rule{Month, 3, 0, 5, 5}, Date{2022, 2, 9})
	if got := dates(p); got != (want{"2022M02", "2022-03-01", "2022-03-01", "2022-03-01", "2022-03-01"}) {
		t.Errorf("got %v", got)
	}
}

// TestPeriodsTile walks the regular periods of ten years: no gap, no overlap, and
// deadlines that only move forward.
func TestPeriodsTile(t *testing.T) {
	k := shanghai(t)
	for every, number := range map[string]int{Quarter: 40, Month: 120} {
		rule := shipped
		rule.Every = every
		last := Period{To: Date{2019, 12, 31}}
		seen := map[string]bool{}
		for range number {
			p := k.Regular(rule, last.Next())
			if p.From != last.Next() || seen[p.ID] || !p.Due.After(last.Due) || !p.CooperatingDue.After(last.CooperatingDue) {
				t.Fatalf("after %+v comes %+v", last, p)
			}
			for d := p.From; !p.To.Before(d); d = d.AddDays(1) {
				if q := k.Regular(rule, d); q != p {
					t.Fatalf("%s is in %+v and in %+v", d, p, q)
				}
			}
			if got, from, to, err := ParsePeriodID(p.ID); err != nil || got != every || from != p.From || to != p.To {
				t.Fatalf("%s reads as %s %s to %s, %v", p.ID, got, from, to, err)
			}
			seen[p.ID], last = true, p
		}
		if last.To != (Date{2029, 12, 31}) {
			t.Errorf("%d periods end on %s", number, last.To)
		}
	}
}

func anyRule(t *rapid.T) Rule {
	n := rapid.IntRange(-5, 40)
	return Rule{
		Every:              rapid.SampledFrom([]string{Quarter, Month}).Draw(t, "every"),
		AcceptWithin:       n.Draw(t, "accept"),
		DueBeforeEnd:       n.Draw(t, "before end"),
		CooperatingEarlier: n.Draw(t, "earlier"),
		ShortestNotice:     n.Draw(t, "notice"),
	}
}

// ordered holds what every period promises: dates in order, ends of workdays.
func ordered(t *rapid.T, k Clock, p Period) {
	if p.AcceptBy.After(p.CooperatingDue) || p.CooperatingDue.After(p.Due) || k.Today(p.AcceptBy).Before(p.AssignedOn) {
		t.Fatalf("out of order: %+v", p)
	}
	for _, at := range []time.Time{p.AcceptBy, p.CooperatingDue, p.Due} {
		if d := k.Today(at); !k.Calendar.IsWorkday(d) || !at.Equal(k.DayEnd(d)) {
			t.Fatalf("%s is not the end of a workday: %+v", at, p)
		}
	}
}

func TestPeriodProperties(t *testing.T) {
	k := shanghai(t)
	rapid.Check(t, func(t *rapid.T) {
		rule, in, now := anyRule(t), planDay().Draw(t, "day"), anyInstant(t, "now")
		regular := k.Regular(rule, in)
		ordered(t, k, regular)
		if !k.Calendar.IsWorkday(regular.AssignedOn) || in.Before(regular.From) || regular.To.Before(in) {
			t.Fatalf("%s: %+v", in, regular)
		}

		p := k.Opened(rule, in, now)
		ordered(t, k, p)
		today := k.Today(now)
		if p.ID != regular.ID || p.From != regular.From || p.To != regular.To {
			t.Fatalf("opened as %+v, not %+v", p, regular)
		}
		if p.AssignedOn != later(regular.AssignedOn, today) {
			t.Fatalf("opened on %s, assigned on %s", today, p.AssignedOn)
		}
		if !p.AcceptBy.After(now) {
			t.Fatalf("opened at %s, to be accepted by %s", now, p.AcceptBy)
		}
		if left := k.WorkdaysLeft(now, p.Due); left < rule.ShortestNotice {
			t.Fatalf("%d workdays for the lead: %+v", left, p)
		}
		if left := k.WorkdaysLeft(now, p.CooperatingDue); left < min(2, rule.ShortestNotice) {
			t.Fatalf("%d workdays for cooperating departments: %+v", left, p)
		}
		if p.Due.Before(regular.Due) {
			t.Fatalf("opening moves the due day forward to %s: %+v", p.Due, regular)
		}
		if q := k.Opened(rule, in, now.UTC()); q != p {
			t.Fatalf("now in UTC: %+v, not %+v", q, p)
		}
		inTime := !regular.AssignedOn.Before(today) && regular.AcceptBy.After(now) &&
			k.WorkdaysLeft(now, regular.Due) >= rule.ShortestNotice &&
			k.WorkdaysLeft(now, regular.CooperatingDue) >= min(2, rule.ShortestNotice)
		if inTime && p != regular {
			t.Fatalf("opened in good time as %+v, not %+v", p, regular)
		}
	})
}

func TestRuleOfNoPeriod(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a rule that names neither quarter nor month makes periods")
		}
	}()
	shanghai(t).Regular(Rule{Every: "week"}, Date{2022, 9, 1})
}
