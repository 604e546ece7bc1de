package ui

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"
)

const assessed = "/api/v1/assessments/2022Q3"

// departmentsOf are the departments an answer shows, with how many scores of each.
func departmentsOf(a answer) map[string]int {
	out := map[string]int{}
	rows, _ := a.get("departments").([]any)
	for _, r := range rows {
		id, _ := at(r, "department").(string)
		scores, _ := at(r, "scores").([]any)
		out[id] = len(scores)
	}
	return out
}

// assessedWorld is a period that was reported on, past its due date: kjt did all, the
// rest nothing.
func assessedWorld(t *testing.T) *world {
	w := newWorld(t)
	const id = "/api/v1/assignments/2022Q3-02-lead-kjt"
	for _, s := range []struct{ who, path, body string }{
		{"kjt", id + "/acceptance", ``},
		{"kjt", id + "/reports", `{"progress":"x","measures":[{"id":"2.1","status":"done"}]}`},
		{"office", id + "/verification", `{"grade":"excellent"}`},
	} {
		if a := w.as(s.who, "POST", s.path, s.body, nil); a.status != 201 {
			t.Fatal(s.path, a)
		}
	}
	w.clock.add(60 * 24 * time.Hour)
	w.tick()
	return w
}

// TestAssessmentOverHTTP leads a period from draft to freeze and looks at it as
// everybody at each stage.
func TestAssessmentOverHTTP(t *testing.T) {
	t.Parallel()
	w := assessedWorld(t)
	do := func(who, path, body string, status int, code string) answer {
		t.Helper()
		a := w.as(who, "POST", assessed+path, body, nil)
		if got, _ := a.get("code").(string); a.status != status || got != code {
			t.Errorf("%s by %s: %d %s", path, who, a.status, a)
		}
		return a
	}
	see := func(who string, stage string, rows, own, others int) {
		t.Helper()
		a := w.as(who, "GET", assessed, nil, nil)
		d := departmentsOf(a)
		if a.status != 200 || a.get("stage") != stage || len(d) != rows || d["kjt"] != own || d["scjgj"] != others {
			t.Errorf("%s sees %v at %s: %s", who, d, stage, a)
		}
	}
	see("office", "none", 0, 0, 0)
	do("office", "/bonuses", `{"department":"省司法厅","points":1.5,"reason":"x"}`, 201, "")
	key := map[string]string{"Idempotency-Key": "one"}
	first := w.as("office", "POST", assessed+"/draft", nil, key)
	again := w.as("office", "POST", assessed+"/draft", nil, key)
	if first.status != 201 || again.status != 200 || first.get("seq") != again.get("seq") {
		t.Errorf("a repeated draft: %s %s", first, again)
	}
	see("viewer", "draft", 16, 4, 9)
	see("kjt", "draft", 0, 0, 0)
	do("kjt", "/notice", ``, 403, "assessment.office_only")
	do("office", "/notice", ``, 201, "")
	see("kjt", "notice", 1, 4, 0)
	a := do("scjgj", "/appeals", `{"assignment":"2022Q3-01-lead-scjgj","rule":"receipt","text":"系统故障"}`, 201, "")
	if a.get("appeals.0.text") != "系统故障" {
		t.Errorf("the appeal's words: %s", a)
	}
	if a := w.as("kjt", "GET", assessed, nil, nil); a.get("appeals.0") != nil {
		t.Errorf("another department's appeal: %s", a)
	}
	do("director", "/freeze", ``, 409, "assessment.unanswered")
	do("office", "/appeals/1/answer", `{"upheld":true,"points":10,"text":"属实"}`, 201, "")
	do("office", "/freeze", ``, 403, "assessment.director_only")
	do("director", "/freeze", ``, 201, "")
	see("kjt", "frozen", 16, 4, 0)
	see("scjgj", "frozen", 16, 0, 9)
	do("office", "/draft", ``, 409, "assessment.frozen")
	a = w.as("office", "GET", assessed, nil, map[string]string{"Accept-Language": "zh-CN"})
	for _, words := range []string{"按时签收", "办公室评定等次为优", "申诉1号成立，更正“签收”一项", "办公室加分"} {
		if !strings.Contains(string(a.body), words) {
			t.Errorf("no line says %s", words)
		}
	}
	if strings.Contains(string(a.body), "score.") && strings.Contains(string(a.body), `"text":"score.`) {
		t.Errorf("a line without words: %s", a)
	}
}

// TestAssessmentPages does the same by forms.
func TestAssessmentPages(t *testing.T) {
	t.Parallel()
	w := assessedWorld(t)
	post := func(who, act string, form url.Values, want string) answer {
		t.Helper()
		form.Set("key", act+who)
		b := w.cookie(who)
		a := w.send(b.http, "POST", "/assessments/2022Q3/"+act, form.Encode(),
			map[string]string{"Content-Type": "application/x-www-form-urlencoded", "X-CSRF-Token": b.csrf, "Accept": "text/html"})
		if got := a.header.Get("Location"); want != "" && got != want || want == "" && !a.formAgain() {
			t.Errorf("%s by %s: %d %s %s", act, who, a.status, got, a)
		}
		return a
	}
	done := func(act string) string { return "/assessments/2022Q3?done=assess_" + act }
	post("office", "bonus", url.Values{"department": {"kjt"}, "points": {"11"}, "reason": {"x"}}, "")
	post("office", "bonus", url.Values{"department": {"kjt"}, "points": {"-2.5"}, "reason": {"x"}}, done("bonus"))
	post("office", "draft", url.Values{}, done("draft"))
	post("office", "notice", url.Values{}, done("notice"))
	post("scjgj", "appeal", url.Values{"assignment": {"2022Q3-01-lead-scjgj"}, "rule": {"on_time"}, "text": {""}}, "")
	post("scjgj", "appeal", url.Values{"assignment": {"2022Q3-01-lead-scjgj"}, "rule": {"on_time"}, "text": {"不实"}}, done("appeal"))
	office := string(w.look(w.cookie("office"), "/assessments/2022Q3").body)
	for _, want := range []string{"不实", `name="upheld"`, "<details", "省市场监管局", "细则版本"} {
		if !strings.Contains(office, want) {
			t.Errorf("the office's page has no %s", want)
		}
	}
	if p := string(w.look(w.cookie("kjt"), "/assessments/2022Q3").body); strings.Contains(p, "不实") || strings.Contains(p, "省市场监管局</th>") {
		t.Error("a department sees another's appeal or score")
	}
	post("office", "answer", url.Values{"n": {"1"}, "upheld": {"true"}, "text": {"x"}}, "")
	post("office", "answer", url.Values{"n": {"1"}, "upheld": {"false"}, "text": {"未在期限内报送"}}, done("answer"))
	post("director", "freeze", url.Values{}, done("freeze"))
	list := string(w.look(w.cookie("kjt"), "/assessments").body)
	if !strings.Contains(list, "已定稿") || !strings.Contains(list, "2022年度") {
		t.Errorf("the list: %s", list)
	}
}

// frozenWorld is the assessed period, frozen.
func frozenWorld(t *testing.T) *world {
	w := assessedWorld(t)
	for _, s := range []struct{ who, act string }{{"office", "draft"}, {"office", "notice"}, {"director", "freeze"}} {
		if a := w.as(s.who, "POST", assessed+"/"+s.act, nil, nil); a.status != 201 {
			t.Fatal(a)
		}
	}
	return w
}

// docx is the text of the circular's parts, as the office downloads it.
func (w *world) docx() string {
	w.t.Helper()
	a := w.as("office", "GET", "/export/circular/2022Q3.docx", nil, nil)
	z, err := zip.NewReader(bytes.NewReader(a.body), int64(len(a.body)))
	if a.status != 200 || err != nil {
		w.t.Fatalf("%v %s", err, a)
	}
	var all strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err == nil {
			_, err = io.Copy(&all, r)
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
	return all.String()
}

// TestCircular: four sections and three attachments from the frozen numbers; the prose
// can be edited and the numbers cannot.
func TestCircular(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if a := w.as("office", "GET", "/export/circular/2022Q3.docx", nil, nil); a.status != 409 || a.get("code") != "assessment.not_frozen" {
		t.Error(a)
	}
	w = frozenWorld(t)
	totals := w.as("office", "GET", assessed, nil, nil)
	hash, _ := totals.get("head_hash").(string)
	doc := w.docx()
	for _, want := range []string{"一、总体情况", "二、进展较好", "三、存在问题", "四、下步要求", "附件1", "附件2", "附件3", "省科技厅", "数据截至", hash[:16], "未签收", "小微企业三年成长计划"} {
		if !strings.Contains(doc, want) {
			t.Errorf("the paper has no %s", want)
		}
	}
	if strings.Contains(doc, "【") || strings.Contains(doc, ">circular.") || strings.Contains(doc, ">score.") {
		t.Error("a mark or a text was not filled")
	}
	b := w.cookie("office")
	edit := func(overview string) answer {
		form := url.Values{"overview": {overview}, "ahead": {"a"}, "problems": {"b"}, "next": {"c"}, "key": {overview}}
		return w.send(b.http, "POST", "/circulars/2022Q3", form.Encode(),
			map[string]string{"Content-Type": "application/x-www-form-urlencoded", "X-CSRF-Token": b.csrf, "Accept": "text/html"})
	}
	for _, bad := range []string{"", "本期【没有的数】", "最高为99.99分"} {
		if a := edit(bad); !a.formAgain() {
			t.Errorf("%q was taken: %s", bad, a)
		}
	}
	if a := edit("本期【周期】\n\n平均【平均分】分 <b>"); a.status != 303 {
		t.Fatal(a)
	}
	doc = w.docx()
	if !strings.Contains(doc, "本期2022年第三季度") || !strings.Contains(doc, "&lt;b&gt;") || strings.Contains(doc, "【") {
		t.Error("the edited prose is not on the paper")
	}
	page := string(w.look(b, "/circulars/2022Q3").body)
	if !strings.Contains(page, "本期2022年第三季度") || !strings.Contains(page, "【平均分】") {
		t.Error("the page does not show the paper and its marks")
	}
	if a := w.as("office", "GET", assessed, nil, nil); a.get("head_hash") != hash || a.get("seq") != totals.get("seq") {
		t.Error("an edit of the circular moved the assessment")
	}
}

// TestAppealsAreSeen: an appeal stands on the office's desk, beside its place in the
// navigation and in a list; it wins back what its line lost and no more, by call and by
// form; and the time for appeals ends on the fifth workday after the notice.
func TestAppealsAreSeen(t *testing.T) {
	t.Parallel()
	w := assessedWorld(t)
	do := func(who, path, body string, status int, code string) answer {
		t.Helper()
		a := w.as(who, "POST", assessed+path, body, map[string]string{"Accept-Language": "zh-CN"})
		if got, _ := a.get("code").(string); a.status != status || got != code {
			t.Errorf("%s by %s: %d %s", path, who, a.status, a)
		}
		return a
	}
	page := func(who, path string) string { return string(w.look(w.cookie(who), path).body) }
	do("office", "/draft", ``, 201, "")
	do("office", "/notice", ``, 201, "")
	until, err := time.Parse(time.RFC3339, w.as("kjt", "GET", assessed, nil, nil).get("appeals_until").(string))
	if want := w.rules.Clock.DayEnd(w.rules.Clock.Calendar.AddWorkdays(w.rules.Clock.Today(w.clock.now()), 5)); err != nil || !until.Equal(want) {
		t.Errorf("appeals are taken until %v, want %v (%v)", until, want, err)
	}
	if p := page("kjt", "/assessments/2022Q3"); !strings.Contains(p, "申诉受理至") || !strings.Contains(p, `name="rule"`) {
		t.Error("the department is not told to when it may appeal")
	}
	if p := page("office", "/"); strings.Contains(p, "申诉待答复") {
		t.Error("the desk has appeals before there is one")
	}
	do("kjt", "/appeals", `{"assignment":"2022Q3-02-lead-kjt","rule":"receipt","text":"已按时签收"}`, 201, "")
	do("scjgj", "/appeals", `{"assignment":"2022Q3-01-lead-scjgj","rule":"receipt","text":"系统故障"}`, 201, "")
	desk := page("office", "/")
	if !strings.Contains(desk, `href="/assessments#appeals"><b>2</b>`) || !strings.Contains(desk, "申诉待答复") {
		t.Errorf("the desk does not show two appeals: %s", desk)
	}
	if nav := desk[strings.Index(desk, "<nav"):strings.Index(desk, "</nav>")]; !strings.Contains(nav, ">考核 <b>2<") {
		t.Errorf("no badge beside the assessments: %s", nav)
	}
	list := page("office", "/assessments")
	if !strings.Contains(list, "待答复的申诉（2）") || !strings.Contains(list, `/assessments/2022Q3#appeal-2`) {
		t.Errorf("no list of open appeals: %s", list)
	}
	if own := page("kjt", "/assessments"); !strings.Contains(own, "#appeal-1") || strings.Contains(own, "#appeal-2") {
		t.Errorf("a department's own appeals: %s", own)
	}
	// 15 more on a line of 10 that has 10; 15 and 10.01 on one that has none.
	full := do("office", "/appeals/1/answer", `{"upheld":true,"points":15,"text":"属实"}`, 422, "appeal.full")
	if said, _ := full.get("detail").(string); !strings.Contains(said, "申诉不成立") {
		t.Errorf("what to do is not said: %s", full)
	}
	do("office", "/appeals/2/answer", `{"upheld":true,"points":15,"text":"属实"}`, 422, "appeal.above")
	do("office", "/appeals/2/answer", `{"upheld":true,"points":10.01,"text":"属实"}`, 422, "appeal.above")
	if most := w.as("office", "GET", assessed, nil, nil).get("appeals.1.most"); fmt.Sprint(most) != "10" {
		t.Errorf("the second appeal wins back %v at most", most)
	}
	b := w.cookie("office")
	form := url.Values{"n": {"2"}, "upheld": {"true"}, "points": {"15"}, "text": {"属实"}, "key": {"above"}}
	if a := w.send(b.http, "POST", "/assessments/2022Q3/answer", form.Encode(), map[string]string{"Content-Type": "application/x-www-form-urlencoded",
		"X-CSRF-Token": b.csrf, "Accept": "text/html"}); !a.formAgain() || !strings.Contains(string(a.body), "最多 10 分") {
		t.Errorf("the page takes 15 points on a line of 10: %s", a)
	}
	do("office", "/appeals/1/answer", `{"upheld":false,"text":"该项已得满分"}`, 201, "")
	w.clock.set(until)
	do("kjt", "/appeals", `{"assignment":"2022Q3-02-lead-kjt","rule":"progress","text":"x"}`, 201, "")
	w.clock.add(time.Second)
	clear(w.clients) // sessions ended meanwhile
	do("kjt", "/appeals", `{"assignment":"2022Q3-02-lead-kjt","rule":"quality","text":"x"}`, 409, "appeal.late")
	if p := page("kjt", "/assessments/2022Q3"); strings.Contains(p, `name="rule"`) || !strings.Contains(p, "已过") {
		t.Error("the form is offered after the time for appeals")
	}
	do("office", "/appeals/2/answer", `{"upheld":true,"points":10,"text":"属实"}`, 201, "")
	do("office", "/appeals/3/answer", `{"upheld":false,"text":"x"}`, 201, "")
	if p := page("office", "/"); strings.Contains(p, "申诉待答复") {
		t.Error("the desk still counts answered appeals")
	}
	a := w.as("office", "GET", assessed, nil, nil)
	for _, d := range a.get("departments").([]any) {
		for _, s := range at(d, "scores").([]any) {
			if p, ok := at(s, "points").(float64); ok && p > 100 {
				t.Errorf("a score above 100: %v", s)
			}
		}
	}
}
