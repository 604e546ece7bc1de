package ui

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"
	"time"
)

// file files figures as the office does: indicator, value, statistical date.
func (w *world) file(figures ...[3]string) {
	w.t.Helper()
	for _, f := range figures {
		path, body := "/api/v1/indicators/"+f[0]+"/figures", fmt.Sprintf(`{"value":%s,"as_of":%q}`, f[1], f[2])
		if a := w.as("office", "POST", path, body, nil); a.status != 201 {
			w.t.Fatal(path, a)
		}
	}
}

// marksUp are a page's marks, which stand between its words.
var marksUp = regexp.MustCompile(`(?s)<(script|style)\b.*?</(script|style)>|<[^>]*>`)

// words are what a page of the office says, in a row.
func (w *world) words(path string) string {
	w.t.Helper()
	a := w.look(w.cookie("office"), path)
	if a.status != 200 {
		w.t.Fatal(path, a)
	}
	return strings.Join(strings.Fields(html.UnescapeString(marksUp.ReplaceAllString(string(a.body), " "))), " ")
}

// indicators are the indicators by id, as a program sees them.
func (w *world) indicators() map[string]answer {
	w.t.Helper()
	all := map[string]answer{}
	a := w.as("office", "GET", "/api/v1/indicators?scope=all", nil, nil)
	items, _ := a.get("items").([]any)
	for _, x := range items {
		id, _ := at(x, "id").(string)
		all[id] = answer{json: x}
	}
	return all
}

// TestTheTimeIsUp: after its day no target that was missed is green, above 99.9 per
// cent or on pace, wherever its light or its share is shown.
func TestTheTimeIsUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withPlan(func(s string) string {
		return strings.Replace(s, `kind: total, op: "=", target: 100, unit: 家`, `kind: total, op: "≤", target: 100, unit: 家`, 1) // G2.3 is a limit here
	}))
	w.clock.set(instant("2024-01-10 09:00:00"))
	w.tick()
	w.file([3]string{"G1.1", "59.98", "2023-12-31"}, [3]string{"G1.3", "1.999", "2023-12-31"}, [3]string{"G2.1", "3000", "2023-12-31"},
		[3]string{"G2.2", "600", "2023-12-31"}, [3]string{"G2.3", "109", "2023-12-31"}, [3]string{"G2.4", "97", "2023-11-30"}, [3]string{"G5.1", "1200", "2023-12-31"},
		[3]string{"G5.3", "1.9999", "2023-12-31"}, [3]string{"G5.4", "1.5", "2021-12-31"}, [3]string{"G3.2", "2.49", "2023-12-31"}, [3]string{"T5.1", "1.05", "2023-12-31"}, [3]string{"T1.1", "905", "2023-12-31"})
	all := w.indicators()
	for id, want := range map[string]struct {
		colour, code string
		percent      any
		by           string
	}{
		"G1.1": {"yellow", "figure.missed", 99.9, "due"}, "G1.3": {"yellow", "figure.missed", 99.9, "due"}, "G2.1": {"green", "figure.reached", 100, "due"},
		"G2.2": {"red", "figure.missed", 60, "due"}, "G2.3": {"red", "figure.limit.over", 109, "limit"}, "G2.4": {"yellow", "figure.missed", 97, "due"},
		"G5.1": {"yellow", "figure.missed", 99.9, "due"}, "G5.3": {"yellow", "figure.missed", 99.9, "due"}, "G3.2": {"yellow", "figure.rate.missed", nil, "target"},
		"T5.1": {"red", "figure.rate.over", nil, "target"}, "T1.1": {"yellow", "figure.missed", 90.5, "due"}, "G5.4": {"yellow", "figure.due.none", 75, ""}, "G4.1": {"yellow", "figure.due.none", nil, ""},
	} {
		a := all[id]
		by, _ := a.get("basis.by").(string)
		if a.get("light.colour") != want.colour || a.get("light.code") != want.code || fmt.Sprint(a.get("percent")) != fmt.Sprint(want.percent) || by != want.by {
			t.Errorf("%s: %v %v, %v %%, by %q", id, a.get("light.colour"), a.get("light.code"), a.get("percent"), by)
		}
		page := w.words("/indicators/" + id)
		if met := id == "G2.1"; strings.Contains(page, "100%") != met || !met && strings.Contains(page, "正常") && !strings.Contains(page, "未达到") && !strings.Contains(page, "已超出") && !strings.Contains(page, "到期无数") {
			t.Errorf("%s: %s", id, page)
		}
		if strings.Contains(page, "已完成 109%") || id == "G2.3" && !strings.Contains(page, "已用 109%") {
			t.Errorf("%s: %s", id, page)
		}
	}
	list := w.words("/indicators")
	for _, want := range []string{"59.98 万家 ≥ 60 万家 60 99.9% 未达到", "1.999 万家 2 万家 99.9% 未达到", "109 家 ≤ 100 家 100 已用 109% 已超出", "3000 家 ≥ 3000 家 3000 100% 正常"} {
		if !strings.Contains(list, want) {
			t.Errorf("the list has no %q: %s", want, list)
		}
	}
	board := w.words("/board")
	if strings.Count(board, "未达到") < 6 || strings.Contains(board, "允差内") {
		t.Errorf("the wall: %s", board)
	}
	rows, err := w.workbook("office", "/export/ledger.xlsx").GetRows("主要目标指标")
	if err != nil {
		t.Fatal(err)
	}
	for n, r := range rows {
		if n > 0 && r[0] == "G1.1" && (titled(t, rows, n, "完成（%）") != "99.90" || titled(t, rows, n, "进度灯") != "未达到" || titled(t, rows, n, "评灯依据") != "期限 2023年12月31日 已到，看是否达到目标") {
			t.Errorf("the ledger: %q", r)
		}
	}
}

// TestProgressPointsAtTheEnd: task 1 with 905 of 1000 on the last day does not earn what a
// target that is met earns, and the circular's annex says so.
func TestProgressPointsAtTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.set(instant("2023-12-28 09:00:00"))
	w.tick()
	const id = "/api/v1/assignments/2023Q4-01-lead-scjgj"
	do := func(who, path, body string) answer {
		t.Helper()
		a := w.as(who, "POST", path, body, nil)
		if a.status != 201 {
			t.Fatal(path, a)
		}
		return a
	}
	do("scjgj", id+"/acceptance", ``)
	do("scjgj", id+"/reports", `{"progress":"累计培育 905 家","figures":[{"indicator":"T1.1","value":905,"as_of":"2023-12-27"},{"indicator":"T1.2","value":30,"as_of":"2023-12-27"}]}`)
	do("office", id+"/verification", `{"grade":"excellent"}`)
	if l := w.as("office", "GET", id, nil, nil); l.get("progress_light.colour") != "green" || !strings.Contains(fmt.Sprint(l.get("progress_light.cause")), "在允差内") {
		t.Errorf("three days before the end: %v", l.get("progress_light"))
	}
	w.clock.set(instant("2024-01-10 09:00:00"))
	w.tick()
	if l := w.as("office", "GET", id, nil, nil); l.get("progress_light.colour") != "yellow" || !strings.Contains(fmt.Sprint(l.get("progress_light.cause")), "期限 2023年12月31日 已到，没有达到") {
		t.Errorf("when the time is up: %v", l.get("progress_light"))
	}
	const period = "/api/v1/assessments/2023Q4"
	do("office", period+"/draft", ``)
	do("office", period+"/notice", ``)
	do("director", period+"/freeze", ``)
	a := w.as("office", "GET", period, nil, nil)
	found := false
	departments, _ := a.get("departments").([]any)
	for _, d := range departments {
		scores, _ := at(d, "scores").([]any)
		for _, s := range scores {
			lines, _ := at(s, "lines").([]any)
			for _, l := range lines {
				if at(s, "assignment") == "2023Q4-01-lead-scjgj" && at(l, "rule") == "progress" {
					found = true
					if at(l, "code") != "score.progress.yellow" || fmt.Sprint(at(l, "points")) != "24" {
						t.Errorf("%v", l)
					}
				}
			}
		}
	}
	if !found {
		t.Error("no line of the progress")
	}
	if circular := w.words("/circulars/2023Q4"); !strings.Contains(circular, "未达到") {
		t.Errorf("the circular: %s", circular)
	}
}

// TestTheNumberThatDecides: the light, the sentence, the tick and the number beside it are
// of one day, and a mean that decides is shown.
func TestTheNumberThatDecides(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.set(instant("2022-09-20 09:00:00"))
	w.tick()
	w.file([3]string{"G2.1", "1496", "2022-08-31"}, [3]string{"G1.6", "8", "2021-12-31"}, [3]string{"G1.6", "4", "2022-08-31"})
	all := w.indicators()
	g21, g16 := all["G2.1"], all["G1.6"]
	if g21.get("basis.by") != "pace" || g21.get("basis.on") != "2022-08-31" || g21.get("basis.asked") != g21.get("expected_then") || fmt.Sprint(g21.get("basis.value")) != "1496" {
		t.Errorf("G2.1: %v", g21.get("basis"))
	}
	if g16.get("basis.by") != "average" || g16.get("basis.value") != g16.get("average") || fmt.Sprint(g16.get("basis.value")) != "5.9811" {
		t.Errorf("G1.6: %v", g16.get("basis"))
	}
	const asked, today = "1666", "1721" // 3000 × 608/1095, × 628/1095
	list := w.words("/indicators")
	for _, want := range []string{"1496 家 ≥ 3000 家 " + asked + " 49.9% 允差内", "5.9811 % 2 年平均 ≥ 6 %"} {
		if !strings.Contains(list, want) {
			t.Errorf("the list has no %q: %s", want, list)
		}
	}
	if strings.Contains(list, today) {
		t.Error("the list says what time asks for today beside a light of another day")
	}
	page := w.words("/indicators/G2.1")
	for _, want := range []string{"当日按时间应达 " + asked + "家（55.5%），慢 5.7 个百分点，在允差内", "当时应达（评灯依据） " + asked + " 家，8月31日", "今天应达（供参考） " + today + " 家"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q: %s", want, page)
		}
	}
	if page := w.words("/indicators/G1.6"); !strings.Contains(page, "年均（评灯依据） 5.9811 % 2 年平均") || !strings.Contains(page, "2 年平均 5.9811") {
		t.Errorf("the mean is not shown: %s", page)
	}
	if board := w.words("/board"); !strings.Contains(board, "5.9811") || !strings.Contains(board, "2 年平均") || !strings.Contains(board, "允差内") {
		t.Errorf("the wall: %s", board)
	}
}

// TestSilenceIsNotWork: measures nobody spoke of are unreported in the light, on the page
// and in the score, not under way.
func TestSilenceIsNotWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const id = "/api/v1/assignments/2022Q3-02-lead-kjt"
	form := string(w.look(w.cookie("kjt"), "/assignments/2022Q3-02-lead-kjt/report").body)
	for _, s := range []struct{ who, path, body string }{
		{"kjt", id + "/acceptance", ``},
		{"kjt", id + "/reports", `{"progress":"x","measures":[{"id":"2.1","status":"done"},{"id":"2.2","status":"no_change"}]}`},
	} {
		if a := w.as(s.who, "POST", s.path, s.body, nil); a.status != 201 {
			t.Fatal(s.path, a)
		}
	}
	a := w.as("office", "GET", id, nil, nil)
	cause := fmt.Sprint(a.get("progress_light.cause"))
	if a.get("progress_light.colour") != "red" || !strings.Contains(cause, "完成 1 项、推进中 0 项、未启动 0 项、未填报 7 项") {
		t.Errorf("%v: %s", a.get("progress_light.colour"), cause)
	}
	if page := w.words("/assignments/2022Q3-02-lead-kjt"); !strings.Contains(page, "未填报 7 项") || strings.Contains(page, "推进中 7") {
		t.Errorf("the page: %s", page)
	}
	if !strings.Contains(form, `<option value="" selected>未填报</option>`) {
		t.Error("a measure that nothing is known of is offered as unchanged")
	}
	w.clock.add(60 * 24 * time.Hour)
	if again := w.as("office", "GET", id, nil, nil); again.get("progress_light.colour") != "red" {
		t.Errorf("later: %v", again.get("progress_light"))
	}
}
