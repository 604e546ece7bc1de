package calendar

import (
	"fmt"
	"strings"
	"testing"
)

// head is a good start of a year file that a fault is put into.
const head = "year: 2022\nsource: 通知\n"

func TestParseYear(t *testing.T) {
	y, err := ParseYear("years/2022.yaml", []byte("\ufeff# the office's own\n"+head+`holidays:
  - {name: 元旦, from: 2021-12-31, to: 2022-01-03}
  - name: "国庆节"
    from: 2022-10-01
    to: '2022-10-07'
make_up: [2021-12-26, 2022-10-08]
`))
	if err != nil {
		t.Fatal(err)
	}
	want := Year{2022, "通知",
		[]Holiday{{"元旦", Date{2021, 12, 31}, Date{2022, 1, 3}}, {"国庆节", Date{2022, 10, 1}, Date{2022, 10, 7}}},
		[]Date{{2021, 12, 26}, {2022, 10, 8}}}
	if fmt.Sprint(y) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", y, want)
	}
	if _, err := ParseYear("2022.yaml", []byte(head+"holidays: [{name: 元旦, from: 2022-01-01, to: 2022-01-01}]\n")); err != nil {
		t.Errorf("make_up left out: %v", err)
	}
}

// TestParseYearLimits reads the largest things a year file may hold.
func TestParseYearLimits(t *testing.T) {
	text := "year: 2022\nsource: " + strings.Repeat("长", maxName) + "\nholidays:\n" +
		"  - {name: 一, from: 2021-12-02, to: 2022-01-01}\n" + // 31 days, one of them in the year
		"  - {name: 二, from: 2022-12-31, to: 2023-01-07}\n" +
		"make_up: [2023-01-14, 2022-01-02]\n"
	text += strings.Repeat("#", maxFile-len(text))
	if _, err := ParseYear("2022.yaml", []byte(text)); err != nil {
		t.Error(err)
	}
	if _, err := ParseYear("2024.yaml", []byte("year: 2024\nsource: 通知\nholidays: [{name: 一, from: 2024-01-01, to: 2024-01-01}]\nmake_up: [2023-12-23]\n")); err != nil {
		t.Error(err)
	}
}

func TestParseYearFaults(t *testing.T) {
	const holidays = "holidays:\n  - {name: 元旦, from: 2022-01-01, to: 2022-01-03}\n"
	for name, c := range map[string]struct{ file, want string }{
		"empty":    {"", "1:1: the file is empty"},
		"comments": {"# 2022\n", "1:1: the file is empty"},
		"list":     {"- 2022\n", "1:1: want a mapping with year, source, holidays, make_up"},
		"scalar":   {"2022\n", "1:1: want a mapping with year, source, holidays, make_up"},
		"nothing in it": {"{}\n", "1:1: year is missing\n" +
			"1:1: source is missing\n" +
			"1:1: holidays is missing"},
		"two documents":   {head + holidays + "---\n" + head, "5:1: a second document: the file must hold one"},
		"broken second":   {head + holidays + "---\n[", "6:1: not YAML: did not find expected node content"},
		"tab":             {head + "holidays:\n\t- {}\n", "4:1: not YAML: found character that cannot start any token"},
		"open bracket":    {head + "holidays: [", "3:1: not YAML: did not find expected node content"},
		"GB18030":         {"year: 2022\nsource: \xd4\xaa\xb5\xa9\n", "2:10: not UTF-8 text; save the file as UTF-8"},
		"after a BOM":     {"年\xff", "1:2: not UTF-8 text; save the file as UTF-8"},
		"too long":        {head + holidays + strings.Repeat("#\n", maxFile/2), "1:1: the file is longer than 64 KiB"},
		"deep nesting":    {head + "holidays: " + strings.Repeat("[", 20_000), "3:1: not YAML: exceeded max depth of 10000"},
		"unknown key":     {head + holidays + "weekends: no\n", `5:1: unknown key "weekends"; known are year, source, holidays, make_up`},
		"twice":           {head + holidays + "year: 2022\n", "5:1: year stands twice"},
		"merge":           {head + holidays + "<<: {}\n", `5:1: unknown key "<<"; known are year, source, holidays, make_up`},
		"alias":           {"year: &y 2022\nsource: *y\n" + holidays, "1:7: want a simple value, without anchors, aliases and tags\n2:9: want a simple value, without anchors, aliases and tags"},
		"tag":             {head + "holidays: !!seq []\n", "3:11: want a list"},
		"other name":      {"year: 2023\nsource: 通知\nholidays: [{name: 元旦, from: 2023-01-01, to: 2023-01-01}]\n", "1:7: the file of this year is named 2023.yaml"},
		"octal year":      {"year: 02022\nsource: 通知\n" + holidays, `1:7: not a year: "02022"`},
		"word for year":   {"year: 二〇二二\nsource: 通知\n" + holidays, `1:7: not a year: "二〇二二"`},
		"empty source":    {"year: 2022\nsource:\n" + holidays, "2:8: must not be empty"},
		"null source":     {"year: 2022\nsource: ~\n" + holidays, "2:9: must not be empty"},
		"long source":     {"year: 2022\nsource: " + strings.Repeat("长", 101) + "\n" + holidays, "2:9: longer than 100 characters"},
		"bidi":            {"year: 2022\nsource: \"\\u202e\"\n" + holidays, "2:9: has a character that cannot be printed"},
		"no holidays":     {head + "holidays: []\n", "3:11: no holidays: a year without a list has no file"},
		"holidays a map":  {head + "holidays: {元旦: 2022-01-01}\n", "3:11: want a list"},
		"short date":      {head + "holidays:\n  - {name: 元旦, from: 2022-1-1, to: 2022-02-30}\n", "4:22: not a date as YYYY-MM-DD: \"2022-1-1\"\n4:36: not a date as YYYY-MM-DD: \"2022-02-30\""},
		"no last day":     {head + "holidays:\n  - {name: 元旦, from: 2022-01-01}\n", "4:5: to is missing"},
		"backwards":       {head + "holidays:\n  - {name: 元旦, from: 2022-01-03, to: 2022-01-01}\n", "4:38: the last day 2022-01-01 is before the first, 2022-01-03"},
		"slip of a key":   {head + "holidays:\n  - {name: 国庆节, from: 2022-10-01, to: 2023-10-07}\n", "4:39: 372 days: a holiday has 31 at most"},
		"a day too long":  {head + "holidays:\n  - {name: 元旦, from: 2022-01-01, to: 2022-02-01}\n", "4:38: 32 days: a holiday has 31 at most"},
		"the year before": {head + "holidays:\n  - {name: 元旦, from: 2021-12-30, to: 2021-12-31}\n", "4:22: 2021-12-30 to 2021-12-31 has no day in 2022"},
		"ancient":         {"year: 1899\nsource: 通知\n" + holidays, "1:7: not a year: \"1899\""},
		"list as a key":   {head + holidays + "? [a]\n: b\n", "5:3: want a simple value, without anchors, aliases and tags"},
		"a list of days":  {head + "holidays:\n  - 2022-01-01\n", "4:5: want a mapping with name, from, to"},
		"no make-up date": {head + holidays + "make_up: [Saturday]\n", "5:11: not a date as YYYY-MM-DD: \"Saturday\""},
		"other year":      {head + "holidays:\n  - {name: 元旦, from: 2023-01-01, to: 2023-01-03}\n", "4:22: 2023-01-01 to 2023-01-03 has no day in 2022"},
		"overlap":         {head + holidays + "  - {name: 新年, from: 2022-01-03, to: 2022-01-04}\n", "5:22: 2022-01-03 stands twice, also on line 4"},
		"works and not":   {head + holidays + "make_up: [2022-01-02]\n", "5:11: 2022-01-02 stands twice, also on line 4"},
		"make-up twice":   {head + holidays + "make_up:\n- 2022-10-08\n- 2022-10-08\n", "7:3: 2022-10-08 stands twice, also on line 6"},
		"Monday":          {head + holidays + "make_up: [2022-10-10]\n", "5:11: 2022-10-10 is a Monday: a make-up workday is a Saturday or Sunday"},
		"far":             {head + holidays + "make_up: [2021-12-12, 2023-01-21]\n", "5:11: 2021-12-12 is not in 2022\n5:23: 2023-01-21 is not in 2022"},
		"all at once, in order": {"make_up: [2022-10-10]\nholidays: [{name: '', from: 2022-01-01, to: x}]\nsauce: 1\nyear: 22\n",
			"1:1: source is missing\n" +
				"1:11: 2022-10-10 is a Monday: a make-up workday is a Saturday or Sunday\n" +
				"2:19: must not be empty\n" +
				"2:45: not a date as YYYY-MM-DD: \"x\"\n" +
				"3:1: unknown key \"sauce\"; known are year, source, holidays, make_up\n" +
				"4:7: not a year: \"22\""},
	} {
		t.Run(name, func(t *testing.T) {
			y, err := ParseYear("2022.yaml", []byte(c.file))
			if err == nil {
				t.Fatalf("read as %v", y)
			}
			want := "2022.yaml:" + strings.ReplaceAll(c.want, "\n", "\n2022.yaml:")
			if err.Error() != want {
				t.Errorf("got\n%s\nwant\n%s", err, want)
			}
		})
	}
}

// FuzzParseYear holds that any file is read or refused with a place, and that what
// is read can be built into a calendar that agrees with it.
func FuzzParseYear(f *testing.F) {
	f.Add([]byte(head + "holidays:\n  - {name: 元旦, from: 2021-12-31, to: 2022-01-03}\nmake_up: [2022-10-08]\n"))
	f.Add([]byte("year: &y 2022\nsource: *y\nholidays: [[]]\nmake_up: {}\n---\n"))
	f.Add([]byte("\xff\xfe"))
	f.Fuzz(func(t *testing.T, b []byte) {
		y, err := ParseYear("2022.yaml", b)
		if err != nil {
			for _, line := range strings.Split(err.Error(), "\n") {
				if !strings.HasPrefix(line, "2022.yaml:") {
					t.Fatalf("a fault without its place: %q", line)
				}
			}
			return
		}
		c, err := build([]Year{y})
		if err != nil {
			t.Fatal(err)
		}
		if y.Year != 2022 || !c.Known(2022) {
			t.Fatalf("read as the year %d", y.Year)
		}
		for _, h := range y.Holidays {
			if c.IsWorkday(h.From) || c.DayName(h.To) != h.Name {
				t.Fatalf("%v is not in the calendar", h)
			}
		}
		for _, d := range y.MakeUp {
			if !c.IsWorkday(d) || !c.IsMakeUp(d) {
				t.Fatalf("%v is not in the calendar", d)
			}
		}
	})
}
