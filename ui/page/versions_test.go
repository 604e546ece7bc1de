package page

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"duban/ui/text"
	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// TestDiffTextIsBothTexts: what stays and went is the old text, what stays and
// came is the new one, and two pieces of a kind never stand together.
func TestDiffTextIsBothTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"完成", "盘活。", "三个县，", "320 亩", "；", "\n", "。", "abc ", ""})
		draw := func(name string) string { return strings.Join(rapid.SliceOfN(word, 0, 40).Draw(t, name), "") }
		old, now := draw("old"), draw("now")
		var was, is strings.Builder
		last := ""
		for _, p := range diffText(old, now) {
			if p.Kind == last || p.Text == "" {
				t.Fatalf("two pieces of kind %s, or an empty one", p.Kind)
			}
			last = p.Kind
			if p.Kind != "ins" {
				was.WriteString(p.Text)
			}
			if p.Kind != "del" {
				is.WriteString(p.Text)
			}
		}
		if was.String() != old || is.String() != now {
			t.Fatalf("pieces of %q and %q make %q and %q", old, now, was.String(), is.String())
		}
	})
}

func TestDiffTextKeepsWhatStayed(t *testing.T) {
	got := diffText("完成改造 320 亩。三个县已验收。", "完成改造 340 亩。三个县已验收，一个县在办。")
	want := []Piece{{"same", "完成改造 "}, {"del", "320 "}, {"ins", "340 "}, {"same", "亩。"}, {"del", "三个县已验收。"}, {"ins", "三个县已验收，一个县在办。"}}
	if len(got) != len(want) {
		t.Fatalf("%q", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("piece %d is %q, want %q", i, got[i], want[i])
		}
	}
	long := strings.Repeat("，", 3000)
	if got := diffText("a"+long+"b", "c"+long+"，d"); len(got) != 2 {
		t.Errorf("a text of thousands of clauses is replaced whole, not in %d pieces", len(got))
	}
}

// TestWhyATimeLight: the fold names both dates, the days off and the worked
// weekend between them, the rule, and a year nobody has published.
func TestWhyATimeLight(t *testing.T) {
	r := shippedRules(t)
	zone := r.Clock.Zone
	k := NewKit(text.Chinese, r, time.Date(2022, 2, 8, 9, 0, 0, 0, zone), office)
	i := ledger.Item{State: workflow.Overdue, AssignedAt: time.Date(2022, 1, 17, 10, 0, 0, 0, zone),
		OriginalDue: time.Date(2022, 1, 20, 17, 30, 0, 0, zone), Due: time.Date(2022, 1, 28, 17, 30, 0, 0, zone), Extended: 1}
	said := map[string]Fact{}
	for _, f := range k.whyTime(i) {
		said[f.Label] = f
	}
	// 29 and 30 January are worked, 31 January to 6 February is the Spring Festival.
	for label, want := range map[string]string{"原定截止": "1月20日", "报送截止": "1月28日", "相距": "11 天：工作日 4 天，休息 7 天",
		"调休上班": "1月29日、1月30日", "亮灯规则": "3 个工作日", "放假安排": "国办发明电〔2021〕11号"} {
		if !strings.Contains(said[label].Value, want) {
			t.Errorf("%s: %q does not say %q", label, said[label].Value, want)
		}
	}
	if said["相距"].Note != "含春节" || said["原定截止"].Note == "" {
		t.Errorf("notes %q and %q", said["相距"].Note, said["原定截止"].Note)
	}
	i.Due = time.Date(2035, 3, 1, 17, 30, 0, 0, zone)
	k.Now = time.Date(2035, 2, 1, 9, 0, 0, 0, zone)
	var last Fact
	for _, f := range k.whyTime(i) {
		last = f
	}
	if !strings.Contains(last.Value, "2035 年的放假和调休安排还没有公布") || !strings.Contains(k.Frame(Frame{}, "", 0).NoCalendar, "2035") {
		t.Errorf("a year without a calendar: %q", last.Value)
	}
}

// TestWhyAProgressLight: every figure the light was decided by, the worst marked.
func TestWhyAProgressLight(t *testing.T) {
	w := newWorld(t)
	w.at(time.August, 1, 9, 0)
	w.file("T1.1", "100", plan.Date{Year: 2022, Month: 6, Day: 30})
	w.file("T1.2", "20", plan.Date{Year: 2022, Month: 6, Day: 30})
	w.read()
	row, _ := w.book.Assignment(w.id(1, "scjgj"))
	k := w.kit(text.Chinese, office)
	facts := k.whyProgress(w.book.Grounds(row, w.now))
	if len(facts) != 3 || facts[0].Tone != Bad || facts[1].Tone != Plain {
		t.Fatalf("%+v", facts)
	}
	for n, want := range []string{"10%", "66.7%", "10 个百分点起亮黄灯，超过 30"} {
		if !strings.Contains(facts[n].Value, want) {
			t.Errorf("%q does not say %s", facts[n].Value, want)
		}
	}
	if light := w.book.Item(row, w.now).ProgressLight; light.Colour != ledger.Red {
		t.Errorf("the light is %s", light.Colour)
	}
}
