package ui

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"duban/ui/export"
)

// reportForm is the report form as somebody's browser has it open.
func (w *world) reportForm(who, id, query string) native {
	w.t.Helper()
	return formTo(w.t, w.visit(who, "/assignments/"+id+"/report"+query), "/review")
}

// begun has zrzyt accept task 6 and own the figures of G5.1, which stood at 1200 in June,
// and G5.6.
func (w *world) begun() {
	w.t.Helper()
	w.play(step{as: "office", do: "POST /api/v1/indicators/G5.1/figures", body: `{"value":1200,"as_of":"2022-06-30"}`, status: 201, events: "figure_filed"},
		step{as: "office", do: "PUT /api/v1/indicators/G5.1/owner", body: `{"owner":"zrzyt"}`, status: 200, events: "indicator_assigned"},
		step{as: "office", do: "PUT /api/v1/indicators/G5.6/owner", body: `{"owner":"zrzyt"}`, status: 200, events: "indicator_assigned"},
		step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"})
}

// save sends the open form to be kept as the draft: by the button, or by the script.
func (w *world) save(who string, f native, script bool) answer {
	w.t.Helper()
	f.action = strings.TrimSuffix(f.action, "review") + "draft"
	if !script {
		return w.press(who, f)
	}
	return w.send(w.cookie(who).http, "POST", f.action, f.values.Encode(), map[string]string{
		"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json", "X-CSRF-Token": w.cookie(who).csrf})
}

// TestADraftIsNotSavedOver: two colleagues write one report. Whoever saves from a page that
// is behind the draft is told who changed it and when, nothing is replaced, and both texts
// are there to read; for programs, for scripts and without scripts.
func TestADraftIsNotSavedOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"})
	put := func(who, progress string, head map[string]string) answer {
		t.Helper()
		return w.as(who, "PUT", w.expand("{L6}/draft"), map[string]any{"progress": progress}, head)
	}
	stands := func(progress string) answer {
		t.Helper()
		a := w.as("zrzyt", "GET", w.expand("{L6}/draft"), nil, nil)
		if a.get("report.progress") != progress {
			t.Fatalf("the draft reads %v, want %q", a.get("report.progress"), progress)
		}
		return a
	}
	if a := put("zrzyt", "x", map[string]string{"If-Match": "*"}); a.status != 412 || a.get("code") != "draft.gone" {
		t.Errorf("any draft, where there is none: %s", a)
	}
	first := put("zrzyt", "第一段", map[string]string{"If-None-Match": "*"})
	if first.status != 200 || first.header.Get("ETag") == "" || first.header.Get("ETag") != stands("第一段").header.Get("ETag") {
		t.Fatalf("saved: %s, ETag %q", first, first.header.Get("ETag"))
	}
	old := w.reportForm("zrzyt2", w.vars["l6"], "")
	w.clock.add(15 * 60e9)
	if a := put("zrzyt", "第一段，第二段", map[string]string{"If-Match": first.header.Get("ETag")}); a.status != 200 {
		t.Fatal(a)
	}
	for _, h := range []map[string]string{{"If-Match": first.header.Get("ETag")}, {"If-Match": `"x", "9-9"`}, {"If-None-Match": "*"}} {
		a := put("zrzyt2", "旧稿", h)
		if detail, _ := a.get("detail").(string); a.status != 412 || a.get("code") != "draft.stale" || !strings.Contains(detail, "zrzyt 已于") || !strings.Contains(detail, "09:15") ||
			`"`+fmt.Sprint(a.get("current"))+`"` != stands("第一段，第二段").header.Get("ETag") {
			t.Errorf("%v: %s", h, a)
		}
	}
	if a := put("zrzyt2", "旧稿", map[string]string{"If-Match": "0-1"}); a.status != 400 {
		t.Errorf("what is no tag: %s", a)
	}

	old.values.Set("progress", "旧稿")
	if a := w.save("zrzyt2", old, true); a.status != 412 || a.get("code") != "draft.stale" {
		t.Errorf("the script of the open page: %s", a)
	}
	head := headOf(w)
	for _, where := range []string{"/draft", "/review", "/file"} {
		f := native{strings.TrimSuffix(old.action, "/review") + where, old.values}
		a := w.press("zrzyt2", f)
		if a.status != 412 || !strings.Contains(string(a.body), "zrzyt 已于") || !strings.Contains(string(a.body), "第一段，第二段") || headOf(w) != head {
			t.Fatalf("%s: %d %s", where, a.status, a)
		}
		stands("第一段，第二段")
		if again := formTo(t, string(a.body), "/review"); again.values.Get("progress") != "旧稿" {
			t.Errorf("%s: the page has %q in the form", where, again.values.Get("progress"))
		}
	}

	// Without the script: the page of both texts, one made of the two, saved.
	both := formTo(t, string(w.press("zrzyt2", native{strings.TrimSuffix(old.action, "/review") + "/draft", old.values}).body), "/review")
	both.values.Set("progress", "第一段，第二段，另有旧稿")
	if a := w.save("zrzyt2", both, false); a.status != 303 {
		t.Fatalf("both texts in one: %d %s", a.status, a)
	}
	a := stands("第一段，第二段，另有旧稿")
	if a.get("earlier.0.report.progress") != "第一段，第二段" || a.get("earlier.0.by") != "zrzyt" || a.get("by") != "zrzyt2" {
		t.Errorf("the other's text: %s", a)
	}
	if page := w.visit("zrzyt", "/assignments/"+w.vars["l6"]+"/report"); !strings.Contains(page, "此前的文稿") || !strings.Contains(page, "zrzyt 9月20日 09:15 保存") {
		t.Error("the form does not show the earlier text")
	}
	// The same page goes on saving, also where an answer never came to it.
	both.values.Set("progress", "再写一句")
	for range 2 {
		if a := w.save("zrzyt2", both, true); a.status != 204 || a.header.Get("ETag") == "" {
			t.Fatalf("the page's next save: %s", a)
		}
	}
	// A program that does not ask goes on as it did, and loses nobody's words.
	if a := put("zrzyt", "程序写的", nil); a.status != 200 || a.get("earlier.0.report.progress") != "再写一句" {
		t.Errorf("without If-Match: %s", a)
	}

	// A page of before the report was filed saves nothing over the one returned.
	open := w.reportForm("zrzyt2", w.vars["l6"], "")
	w.play(step{as: "zrzyt", do: "POST {L6}/reports", body: report, status: 201, events: "reported"},
		step{as: "office", do: "POST {L6}/return", body: `{"reason":"补充"}`, status: 201, events: "returned"})
	if a := w.save("zrzyt2", open, false); a.status != 412 || !strings.Contains(string(a.body), "报告已经报送过") {
		t.Errorf("a page of before the report: %d %s", a.status, a)
	}
	if a := w.as("zrzyt", "GET", w.expand("{L6}/draft"), nil, nil); a.status != 404 {
		t.Errorf("its text has become the draft: %s", a)
	}
}

// TestAFormThatDoesNotSay: a client that posts the form's fields without the hidden one goes
// on with its own draft and never with a colleague's.
func TestAFormThatDoesNotSay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"})
	post := func(who, progress string) int {
		return w.post(w.cookie(who), "/assignments/"+w.vars["l6"]+"/report/draft", "progress", progress).status
	}
	if post("zrzyt", "一") != 303 || post("zrzyt", "二") != 303 || post("zrzyt2", "三") != 412 {
		t.Error("a form without its draft")
	}
	w.play(step{as: "zrzyt", do: "GET {L6}/draft", status: 200, is: is{"report.progress": "二"}})
}

// TestASubmissionIsNotErased: what waits for the signatory stays submitted whatever a tab
// left open sends, and a signatory sends back only what they had before them.
func TestASubmissionIsNotErased(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	settings := formTo(t, w.visit("office", "/signing"), "/signing")
	settings.values["departments"] = []string{"zrzyt"}
	w.press("office", settings)
	w.play(step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"})
	tab, colleague := w.reportForm("zrzyt", w.vars["l6"], ""), w.reportForm("zrzyt2", w.vars["l6"], "")
	tab.values.Set("progress", "提交的文稿")
	review := w.press("zrzyt", tab)
	w.press("zrzyt", formTo(t, string(review.body), "/file"))
	submitted := func() bool { return strings.Contains(w.visit("sign", "/"), "等待签发人报送") }
	if !submitted() {
		t.Fatal("nothing was submitted")
	}
	tab.values.Set("progress", "旧标签页")
	colleague.values.Set("progress", "同事的旧标签页")
	for who, f := range map[string]native{"zrzyt": tab, "zrzyt2": colleague} {
		for _, script := range []bool{true, false} {
			if a := w.save(who, f, script); a.status != 412 {
				t.Errorf("%s: %s", who, a)
			}
		}
	}
	if !submitted() {
		t.Error("the submission is gone")
	}
	w.play(step{as: "zrzyt", do: "GET {L6}/draft", status: 200, is: is{"report.progress": "提交的文稿", "signing.state": "submitted"}})

	// The signatory's page is behind a new submission.
	seen := formTo(t, w.visit("sign", "/assignments/"+w.vars["l6"]+"/report"), "/send-back")
	seen.values.Set("note", "面积请核对")
	again := w.reportForm("zrzyt", w.vars["l6"], "")
	again.values.Set("progress", "改过再提交")
	w.press("zrzyt", formTo(t, string(w.press("zrzyt", again).body), "/file"))
	head := headOf(w)
	if a := w.press("sign", seen); a.status != 412 || headOf(w) != head || !strings.Contains(string(a.body), "改过再提交") || !strings.Contains(string(a.body), "面积请核对") {
		t.Errorf("sent back unread: %d %s", a.status, a)
	}
	// What was submitted before is still to be read.
	w.play(step{as: "sign", do: "GET {L6}/draft", status: 200, is: is{"report.progress": "改过再提交", "earlier.0.report.progress": "提交的文稿", "earlier.0.submitted": true}})

	// What is filed is nobody's to send back.
	seen = formTo(t, w.visit("sign", "/assignments/"+w.vars["l6"]+"/report"), "/send-back")
	seen.values.Set("note", "晚了")
	w.press("sign", formTo(t, string(w.press("sign", w.reportForm("sign", w.vars["l6"], "")).body), "/file"))
	head = headOf(w)
	if a := w.press("sign", seen); a.status != http.StatusConflict || headOf(w) != head {
		t.Errorf("sent back after it was filed: %d, %s", a.status, w.kinds(head))
	}
}

// TestWhatTheSignatoryChangedIsSaid: a report that is filed as it was submitted says who
// prepared it; one that is not says what the signatory changed.
func TestWhatTheSignatoryChangedIsSaid(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change  func(f native) // by the signatory in the form
		altered any            // fields of the event
		says    string
	}{
		"as submitted": {func(native) {}, nil, "联络员 zrzyt 填报"},
		"text changed": {func(f native) { f.values.Set("progress", "签发人改写"); f.values.Set("asks", "请协调") },
			[]any{"progress", "asks"}, "签发人在提交的文稿上作了改动：进展情况、需协调事项"},
		"a date":    {func(f native) { f.values.Set("figure.G5.1.as_of", "2022-07-31") }, []any{"figures"}, "作了改动：指标数据"},
		"a measure": {func(f native) { f.values.Set("measure.6.1.status", "done") }, []any{"measures"}, "作了改动：任务举措"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			settings := formTo(t, w.visit("office", "/signing"), "/signing")
			settings.values["departments"] = []string{"zrzyt"}
			w.press("office", settings)
			w.begun()
			f := w.reportForm("zrzyt", w.vars["l6"], "")
			f.values.Set("progress", "盘活 320 亩\n其中工业用地 100 亩")
			f.values.Set("figure.G5.1.value", "1,300.50")
			f.values.Set("figure.G5.1.as_of", "2022-08-31")
			w.press("zrzyt", formTo(t, string(w.press("zrzyt", f).body), "/file"))
			f = w.reportForm("sign", w.vars["l6"], "")
			f.values.Set("progress", strings.ReplaceAll(f.values.Get("progress"), "\n", "\r\n")) // as browsers send it
			c.change(f)
			if a := w.press("sign", formTo(t, string(w.press("sign", f).body), "/file")); a.status != 303 {
				t.Fatal(a)
			}
			one := w.as("office", "GET", w.expand("{L6}"), nil, nil)
			if got := one.get("events.2.data.altered.fields"); fmt.Sprint(got) != fmt.Sprint(c.altered) || one.get("events.2.data.prepared") != "zrzyt" {
				t.Errorf("the record: %v, want %v", got, c.altered)
			}
			for _, who := range []string{"office", "zrzyt"} {
				if page := w.visit(who, "/assignments/"+w.vars["l6"]); !strings.Contains(page, c.says) {
					t.Errorf("the page of %s does not say %q", who, c.says)
				}
			}
		})
	}
	w := newWorld(t)
	settings := formTo(t, w.visit("office", "/signing"), "/signing")
	settings.values["departments"] = []string{"zrzyt"}
	w.press("office", settings)
	w.play(step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"},
		step{as: "sign", do: "POST {L6}/reports", body: report, status: 201, events: "reported"},
		step{as: "office", do: "GET {L6}", status: 200, is: is{"events.2.data.altered.fields.0": "report", "events.2.data.prepared": none}})
}

// TestWhatNobodyTouchedIsNotFiled: a figure of June was filed again as September's by a form
// in which nobody had touched it.
func TestWhatNobodyTouchedIsNotFiled(t *testing.T) {
	t.Parallel()
	for name, fill := range map[string]func(w *world) answer{
		"only progress": func(w *world) answer {
			f := w.reportForm("zrzyt", w.vars["l6"], "")
			f.values.Set("progress", "只写了进展")
			return w.press("zrzyt", formTo(w.t, string(w.press("zrzyt", f).body), "/file"))
		},
		"no change": func(w *world) answer {
			return w.press("zrzyt", formTo(w.t, string(w.press("zrzyt", w.reportForm("zrzyt", w.vars["l6"], "?no_change=1")).body), "/file"))
		},
		"a draft saved and opened again": func(w *world) answer {
			f := w.reportForm("zrzyt", w.vars["l6"], "")
			f.values.Set("progress", "只写了进展")
			w.save("zrzyt", f, true)
			w.clock.add(48 * 3600e9)
			clear(w.clients) // logged out by now
			return w.press("zrzyt2", formTo(w.t, string(w.press("zrzyt2", w.reportForm("zrzyt2", w.vars["l6"], "")).body), "/file"))
		},
		"json": func(w *world) answer {
			return w.as("zrzyt", "POST", w.expand("{L6}/reports"), `{"progress":"只写了进展"}`, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.begun()
			if page := w.visit("zrzyt", "/assignments/"+w.vars["l6"]+"/report"); !strings.Contains(page, ">1200<") {
				t.Fatal("the form does not show the last figure")
			}
			if a := fill(w); a.status != 303 && a.status != 201 {
				t.Fatal(a)
			}
			w.settle()
			one := w.as("office", "GET", w.expand("{L6}"), nil, nil)
			if f, m := one.get("events.2.data.report.figures"), one.get("events.2.data.report.measures"); f != nil || m != nil {
				t.Errorf("filed untouched: figures %v, measures %v", f, m)
			}
			if v, _ := w.book.Indicator("G5.1", w.clock.now()); v.AsOf.String() != "2022-06-30" {
				t.Errorf("G5.1 is dated %s", v.AsOf)
			}
		})
	}
}

// TestSpecialWorkFilesWhatWasTouched: the form of special work, by a period or by a directive,
// asks for the same figures, and a figure that nobody touched there keeps its date too.
func TestSpecialWorkFilesWhatWasTouched(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]step{
		"a special period": {as: "office", do: "POST /api/v1/periods", body: `{"id":"S1","name":"专项","due":"2022-09-20","tasks":[6]}`, status: 201, events: "period_opened" + strings.Repeat(" assigned", 6)},
		"a directive":      {as: "director", do: "POST {L6}/directives", body: `{"text":"请专题研究","special":{"id":"S1","name":"批示专项","due":"2022-09-20"}}`, status: 201, events: "directed period_opened assigned"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.begun()
			w.play(open)
			id := "S1-06-lead-zrzyt"
			w.play(step{as: "zrzyt", do: "POST /api/v1/assignments/" + id + "/acceptance", body: "{}", status: 201, events: "accepted"})
			f := w.reportForm("zrzyt", id, "")
			if f.values.Get("figure.G5.1.value") != "" || f.values.Get("figure.G5.1.as_of") == "" {
				t.Fatalf("the form asks for G5.1 with %q of %q", f.values.Get("figure.G5.1.value"), f.values.Get("figure.G5.1.as_of"))
			}
			f.values.Set("progress", "只写了进展")
			f.values.Set("figure.G5.6.value", "25")
			f.values.Set("figure.G5.6.as_of", "2022-08-31")
			if a := w.press("zrzyt", formTo(t, string(w.press("zrzyt", f).body), "/file")); a.status != 303 {
				t.Fatal(a)
			}
			w.settle()
			if v, _ := w.book.Indicator("G5.1", w.clock.now()); v.AsOf.String() != "2022-06-30" {
				t.Errorf("G5.1, which nobody touched, is dated %s", v.AsOf)
			}
			if v, _ := w.book.Indicator("G5.6", w.clock.now()); v.AsOf.String() != "2022-08-31" {
				t.Errorf("G5.6, which was typed, is dated %s", v.AsOf)
			}
		})
	}
}

// TestAReturnedFigureKeepsItsDate: who files a returned report again without touching a
// figure files it of the day it was of.
func TestAReturnedFigureKeepsItsDate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.begun()
	w.play(step{as: "zrzyt", do: "POST {L6}/reports", body: `{"progress":"x","figures":[{"indicator":"G5.1","value":1300,"as_of":"2022-08-31","provisional":true}]}`, status: 201, events: "reported"},
		step{as: "office", do: "POST {L6}/return", body: `{"reason":"补充"}`, status: 201, events: "returned"})
	w.clock.add(72 * 3600e9)
	w.press("zrzyt", formTo(t, string(w.press("zrzyt", w.reportForm("zrzyt", w.vars["l6"], "")).body), "/file"))
	w.play(step{as: "office", do: "GET {L6}", status: 200, is: is{"latest_report.n": 2,
		"events.4.data.report.figures.0.as_of": "2022-08-31", "events.4.data.report.figures.0.provisional": true, "events.4.data.report.figures.#": 1}})
}

// TestASheetTakesOnlyWhatItBrings: the rest of the report is not begun by it, and a draft
// that was changed since the sheet was handed out is not set back.
func TestASheetTakesOnlyWhatItBrings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.begun()
	sheet := func(value any) []byte {
		return w.sheetBytes("zrzyt", func(f *excelize.File) {
			put(t, f, export.FigureValue, rowOf(t, f, "G5.1"), value)
			put(t, f, export.FigureAsOf, rowOf(t, f, "G5.1"), "2022-08-31")
		})
	}
	f := w.reportForm("zrzyt2", w.vars["l6"], "")
	f.values.Set("figure.G5.6.value", "约二十五")
	w.save("zrzyt2", f, true)
	if a := w.importSheet("zrzyt", importPath, sheet(1250), nil); a.status != 201 {
		t.Fatal(a)
	}
	w.play(step{as: "zrzyt", do: "GET {L6}/draft", status: 200, is: is{"report.figures.#": 1, "report.figures.0.value": 1250, "report.measures": none,
		"earlier.#": 1}})
	if page := w.reportForm("zrzyt", w.vars["l6"], ""); page.values.Get("figure.G5.6.value") != "约二十五" {
		t.Errorf("what a colleague typed: %q", page.values.Get("figure.G5.6.value"))
	}
	stale := sheet(1260) // knows 1250
	if a := w.as("zrzyt2", "PUT", w.expand("{L6}/draft"), `{"progress":"p","figures":[{"indicator":"G5.1","value":1270,"as_of":"2022-08-31"}]}`, nil); a.status != 200 {
		t.Fatal(a)
	}
	if a := w.importSheet("zrzyt", importPath+"/preview", stale, nil); a.get("figures.0.stands") != "moved" {
		t.Errorf("the preview: %s", a)
	}
	if a := w.importSheet("zrzyt", importPath, stale, nil); a.status != 412 || a.get("code") != "figures.moved" {
		t.Errorf("a sheet of before the draft was changed: %s", a)
	}
	w.play(step{as: "zrzyt", do: "GET {L6}/draft", status: 200, is: is{"report.figures.0.value": 1270}})

	// The page shows it once more, and takes it when it is confirmed with that in view.
	b := w.cookie("zrzyt")
	a := w.bring(b, "/figures/import", stale)
	if !strings.Contains(string(a.body), "草稿中的数改过") || !strings.Contains(string(a.body), "草稿 1270") {
		t.Errorf("the page: %s", a)
	}
	if a := w.submit(b, a.form(t, "/figures/import/confirm")); a.status != 200 {
		t.Fatal(a)
	}
	w.play(step{as: "zrzyt", do: "GET {L6}/draft", status: 200, is: is{"report.figures.0.value": 1260, "report.progress": "p"}})
}

// TestWhatCannotBeReadStays: what was typed is in the draft as it was typed, and is shown
// again with what is wrong.
func TestWhatCannotBeReadStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.begun()
	f := w.reportForm("zrzyt", w.vars["l6"], "")
	typed := map[string]string{
		"progress": "写到一半", "reason": "理由写了一半",
		"figure.G5.1.value": "1,2", "figure.G5.1.explanation": "说明", "figure.G5.1.provisional": "1", "figure.G5.1.as_of": "2022-08-31",
		"figure.G5.6.value": "25", "figure.G5.6.as_of": "8月底", "forecast.G5.6": "三十左右",
		"measure.6.1.percent": "七成", "measure.6.1.note": "签了意向",
		"measure.6.2.note": "只写说明",
	}
	for name, value := range typed {
		f.values.Set(name, value)
	}
	faults := []string{"“1,2”不是数字", "“8月底”不是日期", "“三十左右”不是数字", "“七成”不是 0 到 100 的整数"}
	check := func(who, page string) native {
		t.Helper()
		again := formTo(t, page, "/review")
		for name, value := range typed {
			if again.values.Get(name) != value {
				t.Errorf("%s finds %q in %s, want %q", who, again.values.Get(name), name, value)
			}
		}
		for _, says := range faults {
			if !strings.Contains(page, says) {
				t.Errorf("%s is not told that %s", who, says)
			}
		}
		return again
	}
	if a := w.save("zrzyt", f, true); a.status != 204 {
		t.Fatal(a)
	}
	again := check("the colleague", w.visit("zrzyt2", "/assignments/"+w.vars["l6"]+"/report"))
	draft := w.as("zrzyt", "GET", w.expand("{L6}/draft"), nil, nil)
	unread, _ := draft.get("unread").(map[string]any)
	if unread["figure.G5.1.value"] != "1,2" || unread["measure.6.1.percent"] != "七成" || draft.get("report.figures") != nil && fmt.Sprint(draft.get("report.figures")) != "[]" {
		t.Errorf("the draft: %s", draft)
	}
	review := w.press("zrzyt2", again)
	if review.status != 422 {
		t.Fatalf("reviewed: %d", review.status)
	}
	again = check("who wants to file it", string(review.body))
	for name, value := range map[string]string{"figure.G5.1.value": "1,200", "figure.G5.6.as_of": "2022-08-31", "forecast.G5.6": "30",
		"measure.6.1.percent": "70", "measure.6.1.status": "under_way", "measure.6.2.status": "under_way"} {
		again.values.Set(name, value)
	}
	if a := w.press("zrzyt2", formTo(t, string(w.press("zrzyt2", again).body), "/file")); a.status != 303 {
		t.Fatalf("mended: %s", a)
	}
	w.play(step{as: "office", do: "GET {L6}", status: 200, is: is{"events.2.data.report.figures.0.value": 1200, "events.2.data.report.figures.0.provisional": true,
		"events.2.data.report.figures.1.as_of": "2022-08-31", "events.2.data.report.measures.0.percent": 70}})
}

// TestAPersonDropsNothingAProgramDrafted: figures that the form does not ask for stay in the
// draft when a person saves it.
func TestAPersonDropsNothingAProgramDrafted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"},
		step{as: "zrzyt", do: "PUT {L6}/draft", body: `{"progress":"p","figures":[{"indicator":"G1.1","value":12,"as_of":"2022-08-31","explanation":"e"}],"forecast":[{"indicator":"G1.1","value":13}]}`, status: 200})
	f := w.reportForm("zrzyt2", w.vars["l6"], "")
	f.values.Set("progress", "人写的")
	w.save("zrzyt2", f, true)
	w.play(step{as: "zrzyt", do: "GET {L6}/draft", status: 200, is: is{"report.progress": "人写的", "report.figures.0.value": 12, "report.figures.0.explanation": "e", "report.forecast.figures.0.value": 13}})
}
