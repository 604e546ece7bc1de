package text

import (
	"testing"
	"testing/fstest"
	"time"

	"duban/workflow"
	"duban/workflow/plan"
)

var shanghai = time.FixedZone("CST", 8*3600)

func TestDatesAndTimes(t *testing.T) {
	at := time.Date(2022, 9, 30, 9, 30, 5, 0, time.UTC) // 17:30:05 in Shanghai
	zh, en := For(Chinese).In(shanghai).At(at), For(English).In(shanghai).At(at)
	day := plan.Date{Year: 2022, Month: 9, Day: 30}
	for _, c := range []struct{ got, want string }{
		{zh.DateTime(at), "9月30日 17:30"},
		{en.DateTime(at), "30 Sep 17:30"},
		{zh.Due(at), "9月30日（周五）17:30"},
		{en.Due(at), "Fri 30 Sep 17:30"},
		{zh.FullDate(day), "2022年9月30日"},
		{en.FullDate(day), "30 Sep 2022"},
		{zh.Weekday(plan.Date{Year: 2022, Month: 10, Day: 2}), "周日"},
		{zh.Exact(at), "2022-09-30 17:30:05"},
		{zh.Clock(at), "17:30"},
		{zh.DateTime(time.Time{}), ""},
		{zh.Show((*time.Time)(nil)), ""},
		{zh.Month(day), "2022年9月"},
		{en.Month(day), "Sep 2022"},
		{zh.Period("2022Q3", "2022年第三季度"), "2022年第三季度"},
		{en.Period("2022Q3", "2022年第三季度"), "Q3 2022"},
		{en.Period("2022M07", "2022年7月"), "Jul 2022"},
		{en.Period("2022Q3", "三季度集中督办"), "三季度集中督办"},
		{en.Period("2022Q9", "2022Q9"), "2022Q9"},
		{en.Period("S1", "S1"), "S1"},
		{zh.Day(time.Date(2022, 9, 30, 17, 0, 0, 0, time.UTC)).String(), "2022-10-01"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// TestADateOfAnotherYearCarriesIt: 12月31日 in March is nine months ahead to whoever reads
// it, and was a quarter ago.
func TestADateOfAnotherYearCarriesIt(t *testing.T) {
	last := time.Date(2021, 12, 31, 9, 30, 0, 0, time.UTC)
	eve := time.Date(2021, 12, 31, 16, 30, 0, 0, time.UTC) // 2022 has begun in Shanghai, not in UTC
	for _, c := range []struct {
		now    time.Time
		at     time.Time
		zh, en string
	}{
		{last, last, "12月31日（周五）17:30", "Fri 31 Dec 17:30"},
		{last.AddDate(1, 0, -11), last, "2021年12月31日（周五）17:30", "Fri 31 Dec 2021 17:30"},
		{last, last.AddDate(0, 0, 5), "2022年1月5日（周三）17:30", "Wed 5 Jan 2022 17:30"},
		{eve, last, "2021年12月31日（周五）17:30", "Fri 31 Dec 2021 17:30"},
		{time.Time{}, last, "2021年12月31日（周五）17:30", "Fri 31 Dec 2021 17:30"}, // no now: a paper
	} {
		zh, en := For(Chinese).In(shanghai), For(English).In(shanghai)
		if !c.now.IsZero() {
			zh, en = zh.At(c.now), en.At(c.now)
		}
		if got := zh.Due(c.at); got != c.zh {
			t.Errorf("at %s: %q, want %q", c.now, got, c.zh)
		}
		if got := en.Due(c.at); got != c.en {
			t.Errorf("at %s: %q, want %q", c.now, got, c.en)
		}
	}
	p := For(Chinese).In(shanghai).At(last.AddDate(1, 0, 0))
	for got, want := range map[string]string{
		p.Date(plan.Date{Year: 2021, Month: 12, Day: 31}): "2021年12月31日",
		p.DateTime(last): "2021年12月31日 17:30",
		p.T("time.overdue", "due", last, "workdays", 241, "days", 355): "应于 2021年12月31日 17:30 前报送，已逾期 241 个工作日（355 天）。",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ in, zh, en string }{
		{"0", "0", "0"}, {"1315", "1315", "1,315"}, {"12345", "12,345", "12,345"}, {"-12345.67", "-12,345.67", "-12,345.67"},
		{"1234567", "1,234,567", "1,234,567"}, {"0.5", "0.5", "0.5"}, {"999", "999", "999"},
	} {
		n := plan.MustNumber(c.in)
		if got := For(Chinese).Number(n); got != c.zh {
			t.Errorf("zh %s: %q, want %q", c.in, got, c.zh)
		}
		if got := For(English).Number(n); got != c.en {
			t.Errorf("en %s: %q, want %q", c.in, got, c.en)
		}
	}
	if got := For(Chinese).Number(plan.Number{}); got != "" {
		t.Errorf("an unset number is %q, want nothing", got)
	}
}

func TestSizes(t *testing.T) {
	for n, want := range map[int64]string{12: "12 B", 88064: "86 KB", 20 << 20: "20 MB", 1258291: "1.2 MB"} {
		if got := For(Chinese).Size(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestPlaceholders(t *testing.T) {
	p := &Printer{lang: English, text: map[string]string{
		"days": "{n} {n|day|days} left", "state": "it is {state}", "open": "{a} { {b"}}
	for _, c := range []struct{ got, want string }{
		{p.T("days", "n", 1), "1 day left"},
		{p.T("days", "n", 2), "2 days left"},
		{p.T("days"), "{n} {n|day|days} left"},
		{p.T("state", "state", workflow.Overdue), "it is state.overdue"}, // named by its key where the catalogue has no word
		{p.T("open", "a", "x"), "x { {b"},
		{p.T("missing.key"), "missing.key"},
		{For(Chinese).T("due.left", "days", 3), "剩 3 天"},
		{For(Chinese).Show(workflow.Overdue), "已逾期"},
		{For(Chinese).Show([]string{"甲", "乙"}), "甲、乙"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestMatch(t *testing.T) {
	for header, want := range map[string]string{
		"": Chinese, "en-GB,en;q=0.9": English, "zh-CN,zh;q=0.9,en;q=0.8": Chinese, "fr,en;q=0.5": English, "de": Chinese,
	} {
		if got := Match(header); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
	if got := For("fr").Lang(); got != Chinese {
		t.Errorf("an unknown language is %s, want Chinese", got)
	}
}

func TestErrorSaysWhatHappenedAndWhatNext(t *testing.T) {
	at := time.Date(2022, 9, 30, 1, 2, 0, 0, time.UTC)
	p := For(Chinese).In(shanghai).At(at)
	title, detail := p.Error(workflow.Refuse("report.already", "at", at))
	if want := "已经报送，正在等待审核（报送时间：9月30日 09:02）。需要修改时请先撤回。"; detail != want {
		t.Errorf("detail %q, want %q", detail, want)
	}
	if title != "现在不能办理" {
		t.Errorf("title %q", title)
	}
}

func TestAKeyStandsInOneFile(t *testing.T) {
	_, err := read(fstest.MapFS{
		"c/a.yaml": {Data: []byte("x: 1\n")}, "c/b.yaml": {Data: []byte("x: 2\n")}}, "c")
	if err == nil {
		t.Error("a key in two files was taken")
	}
	if _, err := read(fstest.MapFS{"c/a.yaml": {Data: []byte("x: 1\nx: 2\n")}}, "c"); err == nil {
		t.Error("a key twice in one file was taken")
	}
}
