package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/plan"
)

// replan puts a changed plan file in force as "duban plan apply" does, while the server runs. It answers the refusal's code, empty when it was taken.
func (w *world) replan(reason, source string, dissolved ...string) string {
	w.t.Helper()
	next, err := plan.Parse("tasks.yaml", []byte(source))
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, now := w.t.Context(), w.clock.now()
	current, _, err := w.desk.EnsurePeriod(ctx, now)
	if err != nil {
		w.t.Fatal(err)
	}
	call := workflow.Call{Actor: account.Console, Received: now}
	before := w.rules.Plan
	_, err = w.desk.ApplyPlan(ctx, call, workflow.NewPlan{Plan: next, Source: []byte(source), Reason: reason, Dissolved: dissolved}, current)
	if err != nil {
		return workflow.AsError(err).Code
	}
	if _, err := w.accounts.Follow(ctx, now, account.Console, next.Follow(before)); err != nil {
		w.t.Fatal(err)
	}
	w.settle()
	return ""
}

// does sends one request and holds its answer to a status and to values.
func (w *world) does(as, do string, body any, status int, want is) {
	w.t.Helper()
	method, path, _ := strings.Cut(w.expand(do), " ")
	a := w.as(as, method, path, body, nil)
	if a.status != status {
		w.t.Fatalf("%s: %d, want %d: %s", do, a.status, status, a)
	}
	for path, want := range want {
		if got := a.get(path); !same(got, want) {
			w.t.Errorf("%s: %s is %v, want %v", do, path, got, want)
		}
	}
}

// edited is the shipped plan file with pieces replaced; each must be there.
func edited(t *testing.T, pairs ...string) string {
	t.Helper()
	s := string(shippedSource())
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(s, pairs[i]) {
			t.Fatalf("the plan does not hold %q", pairs[i])
		}
		s = strings.ReplaceAll(s, pairs[i], pairs[i+1])
	}
	return s
}

// cells are all cells of a workbook's sheets.
func (w *world) cells(as, path string) string {
	w.t.Helper()
	f := w.workbook(as, path)
	var all strings.Builder
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, r := range rows {
			all.WriteString(strings.Join(r, " | ") + "\n")
		}
	}
	return all.String()
}

// line is the line of a text that holds a word.
func line(text, word string) string {
	for l := range strings.Lines(text) {
		if strings.Contains(l, word) {
			return l
		}
	}
	return ""
}

// TestPastKeepsItsNames: tasks are renumbered, a measure and an indicator go, a title, a
// unit's name and a unit of measure change. What was verified before is told, in list,
// page, ledger and API, as it was filed; what is open and what comes next is of today's plan.
func TestPastKeepsItsNames(t *testing.T) {
	w := newWorld(t)
	report := map[string]any{"progress": "盘活存量空间", "measures": []any{map[string]any{"id": "6.1", "status": "done"}},
		"figures": []any{map[string]any{"indicator": "G4.4", "value": 2400, "as_of": "2022-08-31"}}}
	w.does("office", "PUT /api/v1/indicators/G4.4/owner", map[string]any{"owner": "zrzyt"}, 200, nil)
	w.does("zrzyt", "POST {L6}/acceptance", nil, 201, nil)
	w.does("zrzyt", "POST {L6}/reports", report, 201, nil)
	w.does("office", "POST {L6}/verification", map[string]any{"grade": "good"}, 201, nil)
	task := w.rules.Plan.Tasks[5]
	measure := task.Measures[0].Title
	was := w.as("office", "GET", w.expand("{L6}"), nil, nil)
	w.clock.add(24 * time.Hour)
	source := edited(t, "  - no: 6\n", "  - no: 66\n", "  - no: 8\n", "  - no: 6\n", "  - no: 66\n", "  - no: 8\n",
		task.Title, "盘活用地空间", `{id: "6.1", title: `+measure, `{id: "6.9", title: 新举措`,
		"target: 6000, unit: 亿元", "target: 0.6, unit: 万亿元", "name: 省自然资源厅", "name: 省自然资源和规划厅", "lead: 省自然资源厅", "lead: 省自然资源和规划厅")
	source = strings.ReplaceAll(source, "省自然资源厅", "省自然资源和规划厅")
	if code := w.replan("计划调整", source); code != "" {
		t.Fatal(code)
	}
	now := w.as("office", "GET", w.expand("{L6}"), nil, nil)
	for _, field := range []string{"task.no", "task.title", "department.name", "latest_report.measures.0.title", "latest_report.figures.0.unit",
		"latest_report.figures.0.value", "progress_light.colour", "progress_light.cause", "version"} {
		if a, b := fmt.Sprint(was.get(field)), fmt.Sprint(now.get(field)); a != b || a == "<nil>" {
			t.Errorf("%s was %s and is %s", field, a, b)
		}
	}
	page := w.visit("office", "/assignments/2022Q3-06-lead-zrzyt")
	for _, want := range []string{task.Title, measure, "2400", "亿元", "省自然资源厅"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %s", want)
		}
	}
	for _, where := range []string{"/assignments/2022Q3-06-lead-zrzyt", "/assignments/2022Q3-06-lead-zrzyt/versions"} {
		if page := w.visit("office", where); strings.Contains(page, "2022Q3-08-coop-") {
			t.Errorf("%s lists who cooperates on the task that has its number now", where)
		}
	}
	if !strings.Contains(page, "2022Q3-06-coop-fzggw") {
		t.Error("the page does not list who cooperates")
	}
	if strings.Contains(page, "新举措") {
		t.Error("the page shows a measure nobody was asked for")
	}
	row := line(w.cells("office", "/export/ledger.xlsx"), "2022Q3-06-lead-zrzyt")
	for _, want := range []string{"6 " + task.Title, "省自然资源厅", "2400亿元"} {
		if !strings.Contains(row, want) {
			t.Errorf("the ledger does not say %s: %s", want, row)
		}
	}
	open := w.as("office", "GET", "/api/v1/assignments?task=8&role=cooperating&limit=1", nil, nil)
	if fmt.Sprint(open.get("items.0.task.no"), open.get("items.0.task.title"), open.get("items.0.id")) != "8盘活用地空间2022Q3-06-coop-fzggw" {
		t.Errorf("what is open has today's number and title: %s", open)
	}
	list := w.as("office", "GET", "/api/v1/indicators?scope=all", nil, nil)
	for _, raw := range list.get("items").([]any) {
		if v := raw.(map[string]any); v["id"] == "G4.4" && (fmt.Sprint(v["value"], v["unit"], v["percent"]) != "0.24万亿元40") {
			t.Errorf("2400 亿元 are %v %v, %v %%", v["value"], v["unit"], v["percent"])
		}
	}
	if page := w.visit("office", "/indicators/G4.4"); !strings.Contains(page, "填报时为 2400 亿元") {
		t.Error("the figure does not say what was filed")
	}
	w.does("office", "POST /api/v1/indicators/G4.4/figures", map[string]any{"value": 0.3, "as_of": "2022-09-20"}, 201, nil)
	w.does("office", "POST /api/v1/indicators/G4.4/figures", map[string]any{"value": 2500, "as_of": "2022-09-20"}, 422, is{"code": "figure.slip"})
}

// TestUnitThatDoesNotConvert: figures of an indicator that is now counted in something
// else stay on its page in their own unit and count no more; one that has left the plan
// can still be looked up.
func TestUnitThatDoesNotConvert(t *testing.T) {
	w := newWorld(t)
	w.does("office", "POST /api/v1/indicators/G4.4/figures", map[string]any{"value": 2400, "as_of": "2022-08-31"}, 201, nil)
	w.does("office", "POST /api/v1/indicators/G1.3/figures", map[string]any{"value": 3, "as_of": "2022-08-31"}, 201, nil)
	g := line(string(shippedSource()), "{id: G1.3,")
	if g == "" {
		t.Fatal("the plan has no G1.3 on one line")
	}
	if code := w.replan("口径调整", edited(t, "target: 6000, unit: 亿元", "target: 6000, unit: 万户", g, "")); code != "" {
		t.Fatal(code)
	}
	v := w.as("office", "GET", "/api/v1/indicators?scope=all", nil, nil)
	for _, raw := range v.get("items").([]any) {
		if x := raw.(map[string]any); x["id"] == "G4.4" && (x["value"] != nil || len(x["points"].([]any)) != 1) {
			t.Errorf("begun anew: %v", x)
		} else if x["id"] == "G1.3" {
			t.Error("G1.3 is still listed")
		}
	}
	if page := w.visit("office", "/indicators/G4.4"); !strings.Contains(page, "2400 亿元") || !strings.Contains(page, "原口径") {
		t.Error("the old figure is not told in its unit")
	}
	if page := w.visit("office", "/indicators/G1.3"); !strings.Contains(page, "已不在现行计划中") {
		t.Error("an indicator that has left the plan cannot be looked up")
	}
}

// reorganised is the shipped plan with 人行杭州中心支行 as 人行浙江省分行.
func reorganised(t *testing.T, replaces string) string {
	return edited(t, "{id: rhhz, name: 人行杭州中心支行", "{id: rhzjfh, name: 人行浙江省分行"+replaces, "人行杭州中心支行", "人行浙江省分行")
}

// TestReorganisation: a unit is replaced by another in mid-quarter. Filed work, drafts,
// special work, its indicator, its people and their tokens go on under the new one;
// verified work keeps the old name and is not asked for again, and nobody sees a raw id.
func TestReorganisation(t *testing.T) {
	w := newWorld(t)
	const l5, c10 = "/api/v1/assignments/2022Q3-05-lead-rhhz", "/api/v1/assignments/2022Q3-10-coop-rhhz"
	w.does("office", "PUT /api/v1/indicators/G4.4/owner", map[string]any{"owner": "rhhz"}, 200, nil)
	w.does("office", "POST /api/v1/periods", map[string]any{"id": "ZX5", "name": "专项", "due": "2022-09-29", "tasks": []any{5}}, 201, nil)
	w.does("rhhz", "POST /api/v1/assignments/ZX5-05-lead-rhhz/acceptance", nil, 201, nil)
	w.does("rhhz", "PUT /api/v1/assignments/ZX5-05-lead-rhhz/draft", map[string]any{"progress": "写了一半"}, 200, nil)
	w.does("rhhz", "POST "+l5+"/acceptance", nil, 201, nil)
	w.does("rhhz", "POST "+c10+"/acceptance", nil, 201, nil)
	w.does("rhhz", "POST "+l5+"/reports", map[string]any{"progress": "已投放", "figures": []any{map[string]any{"indicator": "G4.4", "value": 2500, "as_of": "2022-08-31"}}}, 201, nil)
	w.does("rhhz", "POST "+c10+"/reports", map[string]any{"progress": "已配合"}, 201, nil)
	w.does("office", "POST "+c10+"/verification", map[string]any{"grade": "good"}, 201, nil)
	w.clock.add(24 * time.Hour)
	if code := w.replan("机构改革", reorganised(t, "")); code != "plan.unit_lost" {
		t.Fatalf("without a successor: %q", code)
	}
	before := headOf(w)
	if code := w.replan("机构改革", reorganised(t, ", replaces: [rhhz]")); code != "" {
		t.Fatal(code)
	}
	for _, e := range w.events(before) {
		if e.Kind == workflow.KindWithdrawn || e.Kind == workflow.KindAssigned {
			t.Errorf("%s %s", e.Kind, e.Assignment)
		}
	}
	w.does("office", "GET "+l5, nil, 200, is{"state": "reported", "department.id": "rhzjfh", "department.name": "人行浙江省分行", "latest_report.progress": "已投放"})
	w.does("office", "GET "+c10, nil, 200, is{"state": "verified", "department.name": "人行杭州中心支行"})
	w.does("rhhz", "GET /api/v1/me", nil, 200, is{"unit": "rhzjfh", "unit_name": "人行浙江省分行"})
	w.does("rhhz", "GET /api/v1/assignments/ZX5-05-lead-rhhz/draft", nil, 200, is{"report.progress": "写了一半"})
	w.does("rhhz", "POST /api/v1/assignments/ZX5-05-lead-rhhz/reports", map[string]any{"progress": "写完了", "figures": []any{map[string]any{"indicator": "G4.4", "value": 2600, "as_of": "2022-09-20"}}}, 201, nil)
	w.does("rhhz", "GET "+c10, nil, 200, nil)
	for _, x := range []string{"/assignments?task=10", "/assignments/2022Q3-10-coop-rhhz", "/assignments/2022Q3-05-lead-rhhz", "/tasks/5", "/indicators/G4.4", "/board"} {
		if page := w.visit("office", x); strings.Contains(page, ">rhhz<") || strings.Contains(page, " rhhz ") {
			t.Errorf("%s shows the unit as rhhz", x)
		}
	}
	if got := w.as("office", "GET", "/api/v1/assignments?department=rhzjfh&period=2022Q3", nil, nil).get("total"); fmt.Sprint(got) != fmt.Sprint(len(slotsOf(w, "rhzjfh"))) {
		t.Errorf("the new unit has %v assignments of the quarter, the plan gives it %d", got, len(slotsOf(w, "rhzjfh")))
	}
	w.does("office", "POST /api/v1/assessments/2022Q3/draft", nil, 201, nil)
	scores := w.as("office", "GET", "/api/v1/assessments/2022Q3", nil, nil)
	found := false
	for _, raw := range scores.get("departments").([]any) {
		row := raw.(map[string]any)
		if row["department"] == "rhzjfh" {
			for _, s := range row["scores"].([]any) {
				found = found || s.(map[string]any)["assignment"] == "2022Q3-10-coop-rhhz"
			}
		}
	}
	if !found {
		t.Errorf("the verified score is in nobody's sum: %s", scores)
	}
}

func slotsOf(w *world, department string) (all []plan.Slot) {
	for _, s := range w.rules.Plan.Assignments() {
		if s.Department == department {
			all = append(all, s)
		}
	}
	return all
}

// TestSplitUnit: two units replace one. Each goes on with what the new plan gives it and
// sees what was filed before; nobody acts for the old one, whose account is pointed at until
// it is moved, and the score of what was done stands by the old name.
func TestSplitUnit(t *testing.T) {
	w := newWorld(t)
	const done, lead = "/api/v1/assignments/2022Q3-10-coop-rhhz", "/api/v1/assignments/2022Q3-05-lead-rhhz"
	w.does("rhhz", "POST "+done+"/acceptance", nil, 201, nil)
	w.does("rhhz", "POST "+done+"/reports", map[string]any{"progress": "已配合"}, 201, nil)
	w.does("office", "POST "+done+"/verification", map[string]any{"grade": "good"}, 201, nil)
	w.does("rhhz", "POST "+lead+"/acceptance", nil, 201, nil)
	w.does("rhhz", "PUT "+lead+"/draft", map[string]any{"progress": "写了一半"}, 200, nil)
	w.clock.add(24 * time.Hour)
	source := edited(t, "  - {id: rhhz, name: 人行杭州中心支行", "  - {id: rhsc, name: 人行市场处, replaces: [rhhz]}\n  - {id: rhzjfh, name: 人行浙江省分行, replaces: [rhhz]",
		"人行杭州中心支行", "人行浙江省分行")
	if code := w.replan("机构拆分", source); code != "" {
		t.Fatal(code)
	}
	w.does("rhhz", "POST "+lead+"/reports", map[string]any{"progress": "旧单位仍报"}, 404, is{"code": "assignment.unknown"})
	if page := w.visit("boss", "/accounts"); !strings.Contains(page, "单位已撤并") {
		t.Error("the account of the split unit is not pointed at")
	}
	if err := w.accounts.Move(w.t.Context(), w.clock.now(), account.Console, "rhhz", "rhzjfh", ""); err == nil {
		t.Error("moved into no role")
	}
	if err := w.accounts.Move(w.t.Context(), w.clock.now(), account.Console, "rhhz", "rhzjfh", workflow.Liaison); err != nil {
		t.Fatal(err)
	}
	w.settle()
	delete(w.tokens, "rhhz")
	w.does("rhhz", "GET /api/v1/me", nil, 200, is{"unit": "rhzjfh", "unit_name": "人行浙江省分行"})
	w.does("office", "GET "+done, nil, 200, is{"state": "verified", "department.name": "人行杭州中心支行"})
	w.does("office", "GET /api/v1/assignments?department=rhzjfh&period=2022Q3&role=lead", nil, 200, is{"total": 1, "items.0.state": "in_progress"})
	if page := w.visit("boss", "/accounts"); strings.Contains(page, "单位已撤并") {
		t.Error("the moved account is still pointed at")
	}
	for _, x := range []string{"/assignments?task=10", "/assignments/2022Q3-10-coop-rhhz", "/tasks/5", "/board"} {
		if page := w.visit("office", x); strings.Contains(page, ">rhhz<") || strings.Contains(page, " rhhz ") {
			t.Errorf("%s shows the unit as rhhz", x)
		}
	}
}

// TestDissolvedUnit: nobody takes over. What it filed waits for the office under its
// old name, other work is withdrawn, and its account is pointed at.
func TestDissolvedUnit(t *testing.T) {
	w := newWorld(t)
	w.does("sft", "GET /api/v1/me", nil, 200, is{"unit": "sft"})
	id := slotsOf(w, "sft")[0]
	assignment := workflow.AssignmentID("2022Q3", id.Task, workflow.Role(id.Role), "sft")
	w.does("sft", "POST /api/v1/assignments/"+assignment+"/acceptance", nil, 201, nil)
	w.does("sft", "POST /api/v1/assignments/"+assignment+"/reports", map[string]any{"progress": "已办"}, 201, nil)
	source := edited(t, "  - {id: sft, name: 省司法厅}\n", "", "省司法厅, ", "")
	if code := w.replan("撤并", source); code != "plan.unit_lost" {
		t.Fatal(code)
	}
	if code := w.replan("撤并", source, "sft"); code != "" {
		t.Fatal(code)
	}
	w.does("office", "GET /api/v1/assignments/"+assignment, nil, 200, is{"state": "reported", "department.name": "省司法厅"})
	if page := w.visit("boss", "/accounts"); !strings.Contains(page, "单位已撤并") || !strings.Contains(page, "省司法厅") {
		t.Error("nobody is told of the account whose unit is gone")
	}
}

// TestJournalAheadOfTheClock: a clock that has gone back is said on every page, on the
// wall and in every answer, and no longer when it is right.
func TestJournalAheadOfTheClock(t *testing.T) {
	w := newWorld(t)
	w.stop()
	w.clock.add(-10 * time.Minute)
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	w.start()
	for _, path := range []string{"/", "/assignments", "/indicators", "/board"} {
		if page := w.visit("office", path); !strings.Contains(page, "时钟有误") && !strings.Contains(page, "时钟落后于记录") {
			t.Errorf("%s does not say that the clock is wrong", path)
		}
	}
	if a := w.as("office", "GET", "/api/v1/me", nil, nil); a.header.Get("Duban-Journal-Ahead") == "" {
		t.Error("the API does not say it")
	}
	w.clock.add(11 * time.Minute)
	if page := w.visit("office", "/assignments"); strings.Contains(page, "时钟有误") {
		t.Error("the clock is right again")
	}
	if a := w.as("office", "GET", "/api/v1/me", nil, nil); a.header.Get("Duban-Journal-Ahead") != "" {
		t.Error("the API still says it")
	}
}

// TestMissedQuarter: after a standstill the office's first page and the page of periods
// name the quarter nobody was asked for, and open it.
func TestMissedQuarter(t *testing.T) {
	w := newWorld(t)
	w.clock.set(instant("2023-01-04 09:00:00"))
	if _, _, err := w.desk.EnsurePeriod(t.Context(), w.clock.now()); err != nil {
		t.Fatal(err)
	}
	w.settle()
	w.does("office", "GET /api/v1/periods", nil, 200, is{"missing.0.id": "2022Q4"})
	if strings.Contains(w.visit("viewer", "/periods"), "补开") {
		t.Error("a viewer is offered to open it")
	}
	var form native
	for _, path := range []string{"/periods", "/"} {
		page := w.visit("office", path)
		if !strings.Contains(page, "2022年第四季度") {
			t.Fatalf("%s does not name the quarter", path)
		}
		for _, f := range natives(t, page) {
			if f.action == "/periods" && f.values.Get("id") == "2022Q4" {
				form = f
			}
		}
	}
	if a := w.press("office", form); a.status != 303 {
		t.Fatal(a)
	}
	w.does("office", "GET /api/v1/assignments?period=2022Q4&limit=1", nil, 200, is{"total": 57})
	if strings.Contains(w.visit("office", "/"), "补开") {
		t.Error("it is open and still offered")
	}
}
