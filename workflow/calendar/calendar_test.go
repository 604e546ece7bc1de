package calendar

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"
)

func TestDays(t *testing.T) {
	c := shanghai(t).Calendar
	for _, d := range []struct {
		day     string
		works   bool
		holiday string
		makeUp  bool
	}{
		{"2022-01-28", true, "", false},     // Friday
		{"2022-01-29", true, "", true},      // Saturday, made up for the Spring Festival
		{"2022-01-30", true, "", true},      // Sunday
		{"2022-01-31", false, "春节", false},  // Monday
		{"2022-02-05", false, "春节", false},  // Saturday within
		{"2022-02-07", true, "", false},     // Monday after
		{"2022-02-12", false, "", false},    // any Saturday
		{"2022-10-07", false, "国庆节", false}, // Friday
		{"2022-10-08", true, "", true},      // Saturday
		{"2022-10-09", true, "", true},      // Sunday
		{"2022-12-30", true, "", false},     // Friday
		{"2022-12-31", false, "元旦", false},  // Saturday, by the notice for 2023
		{"2023-01-02", false, "元旦", false},  // Monday
		{"2023-01-03", true, "", false},     // Tuesday
		{"2024-02-09", true, "", false},     // the eve: the notice only encourages leave
		{"2020-10-01", true, "", false},     // Thursday of a year without a list
		{"2027-10-01", true, "", false},     // Friday of a year without a list
		{"2027-10-02", false, "", false},    // Saturday
	} {
		at := day(t, d.day)
		if c.IsWorkday(at) != d.works || c.DayName(at) != d.holiday || c.IsMakeUp(at) != d.makeUp {
			t.Errorf("%s: workday %t, %q, make-up %t", d.day, c.IsWorkday(at), c.DayName(at), c.IsMakeUp(at))
		}
	}
	for y := 2019; y <= 2030; y++ {
		if want := 2021 <= y && y <= 2026; c.Known(y) != want {
			t.Errorf("%d known: %t", y, !want)
		}
	}
}

func TestAddWorkdays(t *testing.T) {
	c := shanghai(t).Calendar
	for _, d := range []struct {
		from string
		n    int
		to   string
	}{
		{"2022-09-30", 0, "2022-09-30"},
		{"2022-09-30", 1, "2022-10-08"}, // over the National Day week, a Saturday made up
		{"2022-09-30", 3, "2022-10-10"},
		{"2022-10-01", 0, "2022-10-08"},
		{"2022-10-01", 1, "2022-10-08"},
		{"2022-10-01", -1, "2022-09-30"},
		{"2022-10-09", -2, "2022-09-30"},
		{"2022-01-28", 3, "2022-02-07"}, // Saturday 29, Sunday 30, then after the festival
		{"2022-01-28", 1, "2022-01-29"},
		{"2022-12-30", 1, "2023-01-03"},
		{"2023-01-02", -1, "2022-12-30"},
		{"2023-01-20", 5, "2023-02-01"}, // 28 and 29 made up, 30, 31, 1
		{"2022-09-23", 5, "2022-09-30"},
		{"2027-09-30", 1, "2027-10-01"}, // no list: weekends only
		{"2027-10-01", 1, "2027-10-04"},
	} {
		if got := c.AddWorkdays(day(t, d.from), d.n); got.String() != d.to {
			t.Errorf("%s and %d workdays: %s, want %s", d.from, d.n, got, d.to)
		}
	}
}

func TestWorkdaysBetween(t *testing.T) {
	c := shanghai(t).Calendar
	for _, d := range []struct {
		from, to string
		want     int
	}{
		{"2022-09-30", "2022-09-30", 0},
		{"2022-09-30", "2022-10-07", 0},
		{"2022-09-30", "2022-10-10", 3},
		{"2022-10-10", "2022-09-30", -3},
		{"2022-10-01", "2022-10-08", 1},
		{"2022-12-31", "2023-12-31", 249}, // 260 weekdays - 18 of holidays + 7 made up
		{"2021-12-31", "2022-12-31", 249}, // 260 - 18 + 7
		{"2020-12-31", "2021-12-31", 250}, // 261 - 18 + 7
		{"2026-12-31", "2027-12-31", 261}, // no list
		{"1969-07-18", "1969-07-23", 3},   // Friday to Wednesday
		{"1969-07-19", "1969-07-20", 0},
		{"0001-01-01", "9999-12-31", 2608614 - 18 - 18 - 18 - 19 - 18 - 19 + 7 + 7 + 7 + 8 + 5 + 6},
	} {
		if got := c.WorkdaysBetween(day(t, d.from), day(t, d.to)); got != d.want {
			t.Errorf("%s to %s: %d workdays, want %d", d.from, d.to, got, d.want)
		}
	}
}

// TestCounting holds the counting against a walk day by day.
func TestCounting(t *testing.T) {
	k := shanghai(t)
	for name, c := range map[string]*Calendar{"published": k.Calendar, "none": {}} {
		rapid.Check(t, func(t *rapid.T) {
			d, n := rapid.OneOf(planDay(), anyDay()).Draw(t, "day"), rapid.IntRange(-300, 300).Draw(t, "n")
			want, left, step := d, n, 1
			switch {
			case n < 0:
				left, step = -n, -1
			case n == 0 && !c.IsWorkday(d):
				left = 1
			}
			for left > 0 {
				if want = want.AddDays(step); c.IsWorkday(want) {
					left--
				}
			}
			got := c.AddWorkdays(d, n)
			if got != want {
				t.Fatalf("%s: %s and %d workdays: %s, a walk says %s", name, d, n, got, want)
			}
			between := c.WorkdaysBetween(d, got)
			if (c.IsWorkday(d) || n > 0) && between != n {
				t.Fatalf("%s: %d workdays lie between %s and %s", name, between, d, got)
			}
			if c.WorkdaysBetween(got, d) != -between {
				t.Fatalf("%s: %s to %s is not the reverse of the way back", name, d, got)
			}
			e := planDay().Draw(t, "other")
			if c.WorkdaysBetween(d, e)+c.WorkdaysBetween(e, got) != between {
				t.Fatalf("%s: by way of %s the count differs", name, e)
			}
		})
	}
}

func TestLastWorkday(t *testing.T) {
	c := shanghai(t).Calendar
	for _, d := range []struct{ from, to, last string }{
		{"2022-10-01", "2022-12-31", "2022-12-30"},
		{"2023-07-01", "2023-09-30", "2023-09-28"},
		{"2022-01-29", "2022-02-06", "2022-01-30"},
		{"2022-09-30", "2022-09-30", "2022-09-30"},
		{"2022-10-01", "2022-10-07", ""},
		{"2022-09-30", "2022-09-29", ""},
	} {
		last, ok := c.LastWorkday(day(t, d.from), day(t, d.to))
		if ok != (d.last != "") || ok && last.String() != d.last {
			t.Errorf("the last of %s to %s: %s, %t", d.from, d.to, last, ok)
		}
	}
}

func TestNewOverride(t *testing.T) {
	own := fstest.MapFS{
		"2022.yaml":  file("year: 2022\nsource: 省里的通知\nholidays: [{name: 避风, from: 2022-09-14, to: 2022-09-15}]\nmake_up: [2022-09-17]\n"),
		"2030.yaml":  file("year: 2030\nsource: 通知\nholidays: [{name: 元旦, from: 2030-01-01, to: 2030-01-01}]\n"),
		"2022.yaml~": file("an editor's leftover"),
		"README":     file("左: year files"),
	}
	c, err := New(Published(), own)
	if err != nil {
		t.Fatal(err)
	}
	if c.IsWorkday(Date{2022, 9, 14}) || !c.IsMakeUp(Date{2022, 9, 17}) || !c.IsWorkday(Date{2022, 10, 7}) {
		t.Error("the office's year is not read in place of the shipped one")
	}
	if c.DayName(Date{2022, 12, 31}) != "元旦" || c.DayName(Date{2021, 10, 1}) != "国庆节" {
		t.Error("other years are not kept")
	}
	if c.IsWorkday(Date{2030, 1, 1}) || !c.Known(2030) || len(c.Years()) != 7 || c.Years()[6].Source != "通知" {
		t.Error("the office's new year is not read")
	}
}

func TestNewFaults(t *testing.T) {
	good := "source: 通知\nholidays: [{name: 元旦, from: 2022-12-31, to: 2023-01-02}]\n"
	for name, c := range map[string]struct {
		own  fstest.MapFS
		want string
	}{
		"another ending": {fstest.MapFS{"2023.yml": file("year: 2023\n" + good)}, "2023.yml:1:7: the file of this year is named 2023.yaml"},
		"another name":   {fstest.MapFS{"放假.yaml": file("year: 2023\n" + good)}, "放假.yaml:1:7: the file of this year is named 2023.yaml"},
		"too long":       {fstest.MapFS{"2023.yaml": file(strings.Repeat("#\n", maxFile))}, "2023.yaml:1:1: the file is longer than 64 KiB"},
		"two bad files": {fstest.MapFS{"2022.yaml": file("1"), "2023.yaml": file("")},
			"2022.yaml:1:1: want a mapping with year, source, holidays, make_up\n2023.yaml:1:1: the file is empty"},
		"two years on one day": {fstest.MapFS{
			"2022.yaml": file("year: 2022\nsource: 通知\nholidays: [{name: 元旦, from: 2022-01-01, to: 2022-01-01}]\nmake_up: [2022-12-31]\n"),
			"2023.yaml": file("year: 2023\n" + good)},
			"2022.yaml and 2023.yaml disagree: 2022-12-31 is a holiday in one and a make-up workday in the other"},
	} {
		c2, err := New(Published(), c.own)
		if err == nil || err.Error() != c.want || c2 != nil {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if _, err := New(fstest.MapFS{}, unreadable{}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a directory that cannot be read: %v", err)
	}
	if _, err := New(unreadable{}, fstest.MapFS{"2023.yaml": file("year: 2023\n" + good)}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a shipped directory that cannot be read: %v", err)
	}
	broken := fstest.MapFS{"2023.yaml/x": file(""), "2024.yaml": {Mode: fs.ModeSymlink, Data: []byte("gone")}}
	if _, err := Load(broken); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a dangling link: %v", err)
	}
}

type unreadable struct{}

func (unreadable) Open(string) (fs.File, error) { return nil, fs.ErrPermission }

func file(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
