package ui

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// TestADirectiveBecomesSpecialWork: with a due day a directive opens a special
// period in the same transaction, for its department or the whole task.
func TestADirectiveBecomesSpecialWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(
		step{as: "office", do: "POST {L6}/directives", body: `{"text":"请专题研究","special":{"name":"批示专项","due":"2022-09-01"}}`, status: 422, code: "due.past", is: is{"field": "special.due"}},
		step{as: "office", do: "POST {L6}/directives", body: `{"text":"请专题研究","special":{"due":"2022-10-20"}}`, status: 422, code: "period.name_required", is: is{"field": "special.name"}},
		step{as: "zrzyt", do: "POST {L6}/directives", body: `{"text":"x","special":{"name":"x","due":"2022-10-20"}}`, status: 403},
		step{as: "office", do: "POST {L6}/directives", body: `{"text":"请专题研究","special":{"name":"批示专项","due":"2022-10-20"}}`, status: 201,
			is: is{"directed": 1}, events: "directed period_opened assigned"},
		step{as: "zrzyt", do: "GET /api/v1/assignments/D20220920_6-06-lead-zrzyt", status: 200, is: is{"state": "assigned", "due": timed("2022-10-20 17:30:00")}},
		step{as: "office", do: "POST {L6}/directives", body: `{"text":"再研究","special":{"name":"批示专项二","due":"2022-10-20","tasks":[6]}}`, status: 201,
			is: is{"directed": 2}, events: "directed period_opened" + strings.Repeat(" assigned", 6)},
		step{as: "office", do: "GET {L6}", status: 200, is: is{"events.1.data.special_period": "D20220920_6", "events.2.data.special_period": "D20220920_6_2"}},
	)
	page := w.visit("office", "/assignments/2022Q3-06-coop-fzggw")
	f := formTo(t, page, "/direct")
	f.values.Set("text", "由省发展改革委单独报告")
	f.values.Set("special.due", "2022-10-21")
	before, _ := w.store.Head()
	if a := w.press("office", f); a.status != http.StatusSeeOther {
		t.Fatalf("the form: %d %s", a.status, a)
	}
	es := w.events(before)
	if len(es) != 3 || es[1].Texts["reason"] != "由省发展改革委单独报告" || es[2].Assignment != "D20220920_6_3-06-coop-fzggw" {
		t.Errorf("recorded %+v", es)
	}
	if page := w.visit("fzggw", "/assignments/2022Q3-06-coop-fzggw"); !strings.Contains(page, "/assignments?period=D20220920_6_3") {
		t.Error("the directive does not lead to its special work")
	}
	f.values.Set("key", "another")
	f.values.Set("version", "")
	f.values.Set("special.due", "昨天")
	if a := w.press("office", f); a.status != http.StatusUnprocessableEntity || !strings.Contains(string(a.body), "由省发展改革委单独报告") {
		t.Errorf("a day that cannot be read: %d", a.status)
	}
}

// TestSpecialWorkSaysWhatItIs: a department that is given special work by a directive reads
// its name and the directive's words wherever it meets the work; who has only a part in
// the task does not, and other tasks do not list it.
func TestSpecialWorkSaysWhatItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(
		step{as: "office", do: "POST {L6}/directives", body: `{"text":"请三日内说明闲置原因","special":{"id":"P1","name":"闲置用地清查","due":"2022-10-20"}}`, status: 201,
			events: "directed period_opened assigned"},
		step{as: "zrzyt", do: "POST /api/v1/assignments/P1-06-lead-zrzyt/acceptance", status: 201, events: "accepted"},
		step{as: "office", do: "POST /api/v1/assignments/P1-06-lead-zrzyt/urges", body: `{"level":"urge","text":"抓紧"}`, status: 201, events: "urged"},
	)
	const work = "/assignments/P1-06-lead-zrzyt"
	for where, page := range map[string]string{
		"the inbox": w.visit("zrzyt", "/"), "the page": w.visit("zrzyt", work), "the form": w.visit("zrzyt", work+"/report"),
		"the urge's sheet": w.visit("zrzyt", work+"/urges/1/print"), "the office's page": w.visit("office", work),
	} {
		if !strings.Contains(page, "闲置用地清查") || !strings.Contains(page, "请三日内说明闲置原因") {
			t.Errorf("%s names it %t, says why %t", where, strings.Contains(page, "闲置用地清查"), strings.Contains(page, "请三日内说明闲置原因"))
		}
	}
	sheet := w.as("zrzyt", "GET", "/export/figures.xlsx?period=P1", nil, nil)
	book, err := excelize.OpenReader(bytes.NewReader(sheet.body))
	if err != nil {
		t.Fatalf("%v: %s", err, sheet)
	}
	defer func() { _ = book.Close() }()
	var notes []string
	for _, name := range book.GetSheetList() {
		rows, err := book.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			notes = append(notes, row...)
		}
	}
	if all := strings.Join(notes, "\n"); !strings.Contains(all, "专项任务：闲置用地清查") || !strings.Contains(all, "交办要求：请三日内说明闲置原因") {
		t.Error("the figures sheet does not say what it is for")
	}
	for path, who := range map[string]string{work: "fzggw", "/": "fzggw", "/tasks/6?period=P1": "fzggw"} {
		if strings.Contains(w.visit(who, path), "请三日内说明闲置原因") {
			t.Errorf("%s reads the directive at %s", who, path)
		}
	}
	for path, want := range map[string]bool{"/tasks/6": true, "/tasks/8": false} {
		if got := strings.Contains(w.visit("office", path), "period=P1"); got != want {
			t.Errorf("%s lists the special work: %t, want %t", path, got, want)
		}
	}
}

// TestEveryPeriodCountsItsOwn: what a lead of special work is told of its cooperating
// departments, in the inbox and on the desk, is of that work and not of the present quarter.
func TestEveryPeriodCountsItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(
		step{as: "office", do: "POST {L6}/directives", body: `{"text":"全任务清查","special":{"id":"P2","name":"闲置用地清查","due":"2022-10-20","tasks":[6]}}`, status: 201,
			events: "directed period_opened assigned assigned assigned assigned assigned assigned"},
		step{as: "fzggw", do: "POST {C6}/acceptance", status: 201, events: "accepted"},
		step{as: "fzggw", do: "POST {C6}/reports", body: `{"progress":"按时"}`, status: 201, events: "reported"},
	)
	inbox := textOf(t, w.visit("zrzyt", "/"), "main")
	if !strings.Contains(inbox, "配合单位：已报 1 / 5") || !strings.Contains(inbox, "配合单位：已报 0 / 5") {
		t.Errorf("the inbox: %s", inbox)
	}
	desk := textOf(t, w.visit("office", "/?state=assigned"), "main")
	if !strings.Contains(desk, "6 盘活发展空间 省自然资源厅 已报 0 / 5") || !strings.Contains(desk, "6 盘活发展空间 省自然资源厅 已报 1 / 5") {
		t.Errorf("the desk: %s", desk)
	}
	w.clock.set(instant("2022-10-21 09:00:00"))
	w.tick()
	delete(w.clients, "office") // the login of a month ago
	late := textOf(t, w.visit("office", "/?need=overdue"), "main")
	if !strings.Contains(late, "6 盘活发展空间 省自然资源厅 已报 0 / 5") || !strings.Contains(late, "6 盘活发展空间 省自然资源厅 已报 1 / 5") {
		t.Errorf("the heap of what is late: %s", late)
	}
}

// TestADueDateOnADayOffIsWarnedOf: it is set as it was asked for, and whoever sets it is
// told, program or person, also when asked again; a make-up workday is none.
func TestADueDateOnADayOffIsWarnedOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	warned := func(field, code string) is {
		return is{"warnings": listed(1), "warnings.0.field": field, "warnings.0.code": code, "warnings.0.detail": contains("不上班")}
	}
	again := map[string]string{"Idempotency-Key": "once"}
	w.play(
		step{as: "zrzyt", do: "POST {L6}/extension-requests", body: `{"due":"2022-10-03","reason":"数据未出"}`, status: 201, events: "extension_requested", is: warned("due", "due.holiday")},
		step{as: "office", do: "POST {L6}/extension-requests/1/decision", head: again, body: `{"granted":true,"reason":"同意"}`, status: 201, events: "extended", is: warned("due", "due.holiday")},
		step{as: "office", do: "POST {L6}/extension-requests/1/decision", head: again, body: `{"granted":true,"reason":"同意"}`, status: 200, is: warned("due", "due.holiday")},
		step{as: "office", do: "POST {L6}/extension", body: `{"due":"2022-10-15","reason":"再延"}`, status: 201, events: "extended", is: warned("due", "due.weekend")},
		step{as: "office", do: "POST {L6}/extension", body: `{"due":"2022-10-17","reason":"再延"}`, status: 201, events: "extended", is: is{"warnings": nil}},
		step{as: "office", do: "POST {C6}/extension", body: `{"due":"2022-10-08","reason":"调休上班"}`, status: 201, events: "extended", is: is{"warnings": nil}},
		step{as: "office", do: "POST {L6}/directives", body: `{"text":"清查","special":{"id":"P1","name":"清查","due":"2022-10-22"}}`, status: 201,
			events: "directed period_opened assigned", is: warned("special.due", "due.weekend")},
		step{as: "office", do: "POST /api/v1/periods", body: `{"id":"S1","name":"专项","due":"2022-10-20","cooperating_due":"2022-10-05","slots":[{"task":6,"department":"zrzyt"}]}`, status: 201,
			events: "period_opened assigned", is: warned("cooperating_due", "due.holiday")},
	)
	if page := w.visit("office", "/assignments/P1-06-lead-zrzyt"); !strings.Contains(page, "（周末，当天不上班）") {
		t.Error("the page does not say that nobody works that day")
	}
	f := formTo(t, w.visit("office", "/assignments/2022Q3-08-lead-swt"), "/extend")
	f.values.Set("due", "2022-10-04")
	f.values.Set("reason", "另行安排")
	if a := w.press("office", f); a.status != http.StatusSeeOther {
		t.Fatalf("the form: %d", a.status)
	}
	if page := w.visit("office", "/assignments/2022Q3-08-lead-swt"); !strings.Contains(page, "（国庆节假期，当天不上班）") {
		t.Error("the page after the form does not say that it is a holiday")
	}
	if page := w.visit("office", "/periods"); !strings.Contains(page, "（周末，当天不上班）") || !strings.Contains(page, "（国庆节假期，当天不上班）") {
		t.Error("the periods do not say so")
	}
}

// TestBulkActs: several at once, each judged by itself, with what came of it.
func TestBulkActs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(
		step{as: "fzggw", do: "POST {C6}/acceptance", status: 201, events: "accepted"},
		step{as: "fzggw", do: "POST {C6}/reports", body: `{"progress":"已报"}`, status: 201, events: "reported"},
	)
	desk := formTo(t, w.visit("office", "/assignments"), "/assignments/urge")
	desk.action = "/assignments/bulk/extend"
	if a := w.press("office", desk); a.status != http.StatusOK || !strings.Contains(string(a.body), "没有选中任何一项") {
		t.Errorf("nothing ticked: %d", a.status)
	}
	desk.values["select"] = []string{"2022Q3-06-lead-zrzyt", "2022Q3-06-coop-fzggw", "2022Q3-08-lead-swt"}
	ask := w.press("office", desk)
	f := formTo(t, string(ask.body), "/bulk/extend")
	before, _ := w.store.Head()
	if a := w.press("office", f); a.status != http.StatusUnprocessableEntity {
		t.Errorf("without a day: %d", a.status)
	}
	f.values.Set("due", "2022-09-21")
	if a := w.press("office", f); a.status != http.StatusUnprocessableEntity || len(w.events(before)) != 0 {
		t.Errorf("a day that is not later: %d, %d events", a.status, len(w.events(before)))
	}
	f.values.Set("due", "2022-10-12")
	f.values.Set("reason", "全省统一调整")
	done := w.press("office", f)
	if text := string(done.body); done.status != http.StatusOK || !strings.Contains(text, "已办理 2 项，未办理 1 项") || !strings.Contains(text, "省发展改革委（任务 6") {
		t.Errorf("the outcome: %d %s", done.status, done)
	}
	if es := w.events(before); len(es) != 2 || es[0].Kind != "extended" || es[1].Texts["reason"] != "全省统一调整" {
		t.Errorf("recorded %+v", es)
	}
	w.press("office", f) // a double click
	w.play(step{as: "office", do: "GET {L6}", status: 200, is: is{"extended": 1, "due": timed("2022-10-12 17:30:00")}})

	// zrzyt leads 6 and swt cooperates in it: the slots are those ticked and no other.
	desk.action, desk.values["select"] = "/assignments/bulk/special", []string{"2022Q3-06-lead-zrzyt", "2022Q3-08-lead-swt"}
	f = formTo(t, string(w.press("office", desk).body), "/bulk/special")
	f.values.Set("name", "四季度专项")
	f.values.Set("id", "ZX2022Q3")
	f.values.Set("due", "2022-10-20")
	for range 2 { // a double click is told the same
		a := w.press("office", f)
		if a.status != http.StatusOK || !strings.Contains(string(a.body), "已办理 2 项") {
			t.Errorf("a special period for the ticked: %d %s", a.status, a)
		}
		if said := textOf(t, string(a.body), "main"); strings.Count(said, "10月20日") != 2 || strings.Contains(said, "9月30日") {
			t.Errorf("the due dates that were set: %s", said)
		}
	}
	if ids := w.pages(t, "office", "/api/v1/assignments?period=ZX2022Q3"); len(ids) != 2 {
		t.Errorf("the special period has %v", ids)
	}
	if a := w.press("zrzyt", f); a.status != http.StatusForbidden {
		t.Errorf("a department: %d", a.status)
	}
}

// TestUrgingSeveralIsOneChange: what can be urged is urged in one change, a page says what
// was and what was left and why, a fault keeps ticks and words, and a double click does
// nothing twice.
func TestUrgingSeveralIsOneChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(
		step{as: "fzggw", do: "POST {C6}/acceptance", status: 201, events: "accepted"},
		step{as: "fzggw", do: "POST {C6}/reports", body: `{"progress":"已报"}`, status: 201, events: "reported"},
	)
	f := formTo(t, w.visit("office", "/"), "/assignments/urge")
	if a := w.press("office", f); !strings.Contains(string(a.body), "没有选中任何一项") {
		t.Errorf("nothing ticked: %d", a.status)
	}
	f.values["select"] = []string{"2022Q3-06-lead-zrzyt", "2022Q3-06-coop-fzggw", "2022Q3-08-lead-swt", "2022Q3-06-lead-zrzyt"}
	f.values.Set("level", "urge")
	f.values.Set("text", strings.Repeat("急", 2001))
	before, _ := w.store.Head()
	bad := w.press("office", f)
	kept := formTo(t, string(bad.body), "/assignments/urge")
	if bad.status != http.StatusUnprocessableEntity || len(w.events(before)) != 0 || len(kept.values["select"]) < 3 || kept.values.Get("text") != f.values.Get("text") {
		t.Errorf("words that are too long: %d, %d events, %d ticks kept", bad.status, len(w.events(before)), len(kept.values["select"]))
	}
	f.values.Set("text", "请本周报送")
	for n := range 2 {
		a := w.press("office", f)
		said := textOf(t, string(a.body), "main")
		if a.status != http.StatusOK || !strings.Contains(said, "已办理 2 项，未办理 1 项") || !strings.Contains(said, "省发展改革委（任务 6") {
			t.Errorf("click %d: %d %s", n+1, a.status, said)
		}
		if n == 0 && !strings.Contains(said, "已经报送") {
			t.Errorf("why one was left: %s", said)
		}
	}
	es := w.events(before)
	if len(es) != 2 || es[0].Kind != "urged" || es[1].Seq != es[0].Seq+1 || !es[0].RecordedAt.Equal(es[1].RecordedAt) || es[1].Texts["text"] != "请本周报送" {
		t.Errorf("recorded %+v", es)
	}
}

// TestTheUrgeSheet: each rung has its colour in words, the dates as they stood
// when it was urged, and the read mark and reply that came.
func TestTheUrgeSheet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(
		step{as: "office", do: "POST {L6}/urges", body: `{"level":"reminder"}`, status: 201, events: "urged"},
		step{at: "2022-10-09 10:00:00", as: "office", do: "POST {L6}/urges", body: `{"level":"formal","text":"三日内报送"}`, status: 201, events: "expired urged"},
		step{as: "zrzyt", do: "POST {L6}/urges/2/read", status: 201, events: "urge_read"},
		step{at: "+1h", as: "zrzyt", do: "POST {L6}/urges/2/reply", body: `{"text":"周三前报送"}`, status: 201, events: "urge_replied"},
	)
	path := "/assignments/2022Q3-06-lead-zrzyt"
	w.clock.add(48 * time.Hour)
	for n, want := range map[string][]string{
		"1": {"绿色：提醒", "工作提醒单", "请按期报送本期进展", "未阅"},
		"2": {"红色：督办", "工作督办单", "省自然资源厅：", "三日内报送", "逾期 2 个工作日（9 天）", "周三前报送", "此前催办", "已阅"}, // 8 and 9 October are worked
	} {
		sheet := w.visit("office", path+"/urges/"+n+"/print")
		for _, s := range want {
			if !strings.Contains(sheet, s) {
				t.Errorf("sheet %s does not say %q", n, s)
			}
		}
	}
	if page := w.visit("zrzyt", path); !strings.Contains(page, path+"/urges/2/print") {
		t.Error("the urge does not lead to its sheet")
	}
	for who, n := range map[string]string{"sft": "1", "office": "3"} {
		if a := w.send(w.cookie(who).http, "GET", path+"/urges/"+n+"/print", nil, map[string]string{"Accept": "text/html"}); a.status != http.StatusNotFound {
			t.Errorf("%s opens sheet %s: %d", who, n, a.status)
		}
	}
}
