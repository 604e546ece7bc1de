package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/store/storetest"
	"duban/workflow"
	"duban/workflow/account"
)

// year walks a whole year of the shipped plan through the HTTP interface: the
// clock is moved day by day, everybody acts as they would, and nothing is looked
// at but what the server answers.
type year struct {
	*world
	reports map[string]map[string]any // what an assignment's report says besides its progress
	silent  map[string]bool           // assignments the ordinary course leaves alone
}

// newYear begins on the first workday of 2022.
func newYear(t *testing.T) *year {
	w := newWorld(t, func(w *world) { w.clock.set(instant("2022-01-04 09:00:00")) })
	return &year{world: w, reports: map[string]map[string]any{}, silent: map[string]bool{}}
}

// until lets the days pass: the clock's work is done at nine in the morning and
// just after the working day, then it is the instant asked for.
func (y *year) until(s string) {
	y.t.Helper()
	end := instant(s)
	if end.Before(y.clock.now()) {
		y.t.Fatalf("%s is over", s)
	}
	for {
		next := storetest.Start // any instant of the zone
		now := y.clock.now().In(next.Location())
		day := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, next.Location())
		for _, hour := range []time.Duration{9 * time.Hour, 17*time.Hour + 30*time.Minute + time.Second, 33 * time.Hour} {
			if next = day.Add(hour); next.After(now) {
				break
			}
		}
		if next.After(end) {
			break
		}
		y.clock.set(next)
		y.tick()
	}
	y.clock.set(end)
}

// do sends what must be taken, as the person.
func (y *year) do(who, request string, body any) answer {
	y.t.Helper()
	method, path, _ := strings.Cut(request, " ")
	a := y.as(who, method, path, body, nil)
	if a.status < 200 || a.status > 299 {
		y.t.Fatalf("%s: %s %s: %d %s", y.clock.now().Format(time.RFC3339), who, request, a.status, a)
	}
	return a
}

// refused sends what must be refused, with the code.
func (y *year) refused(who, request string, body any, code string) {
	y.t.Helper()
	method, path, _ := strings.Cut(request, " ")
	if a := y.as(who, method, path, body, nil); a.get("code") != code {
		y.t.Fatalf("%s %s: %d, want %s: %s", who, request, a.status, code, a)
	}
}

func assignment(id string) string { return "/api/v1/assignments/" + id }

// row is what an assignment's list line says.
type row struct{ id, department, role, state, task string }

func (y *year) rows(period string) []row {
	y.t.Helper()
	var all []row
	items, _ := y.do("office", "GET /api/v1/assignments?limit=500&period="+period, nil).get("items").([]any)
	for _, i := range items {
		all = append(all, row{at(i, "id").(string), at(i, "department.id").(string), at(i, "role").(string),
			at(i, "state").(string), fmt.Sprint(at(i, "task.no"))})
	}
	return all
}

// accept is everybody's acceptance of a period, but for the silent.
func (y *year) accept(period string) {
	for _, r := range y.rows(period) {
		if r.state == "assigned" && !y.silent[r.id] {
			y.do(r.department, "POST "+assignment(r.id)+"/acceptance", nil)
		}
	}
}

// report files for everybody of a role who has accepted. The lead adopts what it
// received, and says what it did not.
func (y *year) report(period, role string) {
	rows := y.rows(period)
	for _, r := range rows {
		if r.role == role && r.state == "in_progress" && !y.silent[r.id] {
			y.file(r, rows)
		}
	}
}

func (y *year) file(r row, rows []row) {
	body := map[string]any{"progress": r.department + "按计划推进", "next_steps": "继续推进"}
	for k, v := range y.reports[r.id] {
		body[k] = v
	}
	var marks []any
	for _, c := range rows {
		if r.role != "lead" || c.role != "cooperating" || c.task != r.task {
			continue
		}
		switch c.state {
		case "withdrawn":
		case "reported", "verified":
			marks = append(marks, map[string]any{"assignment": c.id, "mark": "adopted"})
		default:
			marks = append(marks, map[string]any{"assignment": c.id, "mark": "not_received"})
		}
	}
	body["inputs"] = marks
	y.do(r.department, "POST "+assignment(r.id)+"/reports", body)
}

// fileLate files one report of an assignment that the ordinary course left out.
func (y *year) fileLate(id string) {
	rows := y.rows(strings.SplitN(id, "-", 2)[0])
	y.file(rows[slices.IndexFunc(rows, func(r row) bool { return r.id == id })], rows)
}

// verify is the office's work on what a period brought.
func (y *year) verify(period string) {
	for _, r := range y.rows(period) {
		if r.state == "reported" && !y.silent[r.id] {
			y.do("office", "POST "+assignment(r.id)+"/verification", map[string]any{"grade": "good"})
		}
	}
}

// expect holds an assignment against values worked out by hand.
func (y *year) expect(id string, want is) {
	y.t.Helper()
	y.compare(id, y.do("office", "GET "+assignment(id), nil), want)
}

func (y *year) compare(what string, a answer, want is) {
	y.t.Helper()
	for path, v := range want {
		if got := a.get(path); !same(got, v) {
			if m, ok := v.(matcher); ok {
				v = m.reason
			}
			y.t.Errorf("%s: %s is %v, want %v", what, path, got, v)
		}
	}
}

// indicator holds an indicator against values worked out by hand.
func (y *year) indicator(id string, want is) {
	y.t.Helper()
	y.compare(id, y.indicatorAnswer(id), want)
}

func (y *year) indicatorAnswer(id string) answer {
	y.t.Helper()
	items, _ := y.do("office", "GET /api/v1/indicators?scope=all", nil).get("items").([]any)
	for _, i := range items {
		if at(i, "id") == id {
			return answer{json: i}
		}
	}
	y.t.Fatalf("no indicator %s", id)
	return answer{}
}

// count holds how many assignments of a period stand in each state.
func (y *year) count(period string, want map[string]int) {
	y.t.Helper()
	got := map[string]int{}
	for _, r := range y.rows(period) {
		got[r.state]++
	}
	if !same(got, want) {
		y.t.Errorf("%s: %v, want %v", period, got, want)
	}
}

// member adds a department to the plan in mid-year as "duban plan apply" does,
// and starts the server on the new plan.
func (y *year) member(id, name string) {
	y.t.Helper()
	last := "  - {id: sft, name: 省司法厅}\n"
	source := strings.Replace(string(shippedSource()), last, last+"  - {id: "+id+", name: "+name+"}\n", 1)
	y.replan("增加成员单位", source)
	if _, err := y.accounts.AddAccount(y.t.Context(), y.clock.now(), account.Console,
		account.NewAccount{Name: id, Unit: id, Role: workflow.Liaison, Password: passwordOf}); err != nil {
		y.t.Fatal(err)
	}
	y.settle()
}

// figures is a report's figures: indicator, value, pairs.
func figures(asOf string, pairs ...any) map[string]any {
	var all []any
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, map[string]any{"indicator": pairs[i], "value": pairs[i+1], "as_of": asOf})
	}
	return map[string]any{"figures": all}
}
