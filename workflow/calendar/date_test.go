package calendar

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseDate(t *testing.T) {
	if d, err := ParseDate("2024-02-29"); err != nil || d != (Date{2024, time.February, 29}) || d.Weekday() != time.Thursday {
		t.Errorf("a leap day: %v, %v", d, err)
	}
	for _, s := range []string{"", "2023-02-29", "2022-9-30", "2022-09-31", "2022/09/30", "2022-09-30T00:00:00Z", "02022-09-30", "-022-09-30", " 2022-09-30", "２０２２-09-30"} {
		if d, err := ParseDate(s); err == nil {
			t.Errorf("%q is read as %v", s, d)
		}
	}
}

func TestDateJSON(t *testing.T) {
	var v struct {
		A, B, C Date
	}
	v.C = Date{2022, 9, 30}
	if err := json.Unmarshal([]byte(`{"A":"2022-09-30","B":null,"C":""}`), &v); err != nil {
		t.Fatal(err)
	}
	if b, err := json.Marshal(v); err != nil || string(b) != `{"A":"2022-09-30","B":null,"C":null}` {
		t.Errorf("%s, %v", b, err)
	}
	for _, s := range []string{`5`, `"30.9.2022"`, `{}`, `"2022-09-31"`} {
		d := Date{2022, 9, 30}
		if err := json.Unmarshal([]byte(s), &d); err == nil {
			t.Errorf("%s is read as %v", s, d)
		} else if d != (Date{2022, 9, 30}) {
			t.Errorf("%s is refused, and the date is changed to %v", s, d)
		}
	}
}

func TestDateCounting(t *testing.T) {
	for _, c := range []struct {
		from string
		days int
		to   string
	}{
		{"2022-09-30", 1, "2022-10-01"},
		{"2023-12-31", 1, "2024-01-01"},
		{"2024-02-28", 2, "2024-03-01"},
		{"2100-02-28", 1, "2100-03-01"},
		{"2022-10-01", -1, "2022-09-30"},
		{"1969-12-31", 1, "1970-01-01"},
		{"2022-01-01", 365, "2023-01-01"},
		{"0001-01-01", 3_652_058, "9999-12-31"}, // further than a time.Duration reaches
	} {
		from, to := day(t, c.from), day(t, c.to)
		if got := from.AddDays(c.days); got != to {
			t.Errorf("%s and %d days: %s", c.from, c.days, got)
		}
		if got := from.DaysUntil(to); got != c.days {
			t.Errorf("%s to %s: %d days", c.from, c.to, got)
		}
		if from.Before(to) != (c.days > 0) || to.Before(from) != (c.days < 0) || from.Before(from) {
			t.Errorf("%s before %s", c.from, c.to)
		}
	}
	if !(Date{}).IsZero() || (Date{}).String() != "" || day(t, "2022-09-30").IsZero() {
		t.Error("the unset date")
	}
}

func TestDateOf(t *testing.T) {
	k := shanghai(t)
	at := instant(t, "2022-09-30T16:30:00Z") // half past midnight in Shanghai
	if got := DateOf(at); got != (Date{2022, 9, 30}) {
		t.Errorf("in UTC: %s", got)
	}
	if got := k.Today(at); got != (Date{2022, 10, 1}) {
		t.Errorf("in Shanghai: %s", got)
	}
	if got := (Date{2022, 10, 1}).In(k.Zone); !got.Equal(instant(t, "2022-09-30T16:00:00Z")) {
		t.Errorf("the first instant: %s", got)
	}
}

func TestDateRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDay().Draw(t, "day")
		if back, err := ParseDate(d.String()); err != nil || back != d {
			t.Fatalf("%s reads as %v, %v", d, back, err)
		}
		b, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var back Date
		if err := json.Unmarshal(b, &back); err != nil || back != d {
			t.Fatalf("%s reads as %v, %v", b, back, err)
		}
		n := rapid.IntRange(-100_000, 100_000).Draw(t, "days")
		if e := d.AddDays(n); d.DaysUntil(e) != n || e.AddDays(-n) != d || d.Before(e) != (n > 0) {
			t.Fatalf("%s and %d days: %s", d, n, e)
		}
	})
}

func day(t testing.TB, s string) Date {
	t.Helper()
	d, err := ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// anyDay is a day between 1700 and 2299.
func anyDay() *rapid.Generator[Date] {
	return rapid.Custom(func(t *rapid.T) Date {
		return Date{1700, 1, 1}.AddDays(rapid.IntRange(0, 600*365).Draw(t, "after 1700"))
	})
}

// planDay is a day from 2020 to 2028: the years published and one unknown on
// either side and more.
func planDay() *rapid.Generator[Date] {
	return rapid.Custom(func(t *rapid.T) Date {
		return Date{2020, 1, 1}.AddDays(rapid.IntRange(0, 9*365).Draw(t, "after 2020"))
	})
}
