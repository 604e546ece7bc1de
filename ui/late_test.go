package ui

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// textOf is a page's text within the element with the id, white space as single spaces.
func textOf(t *testing.T, page, id string) string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	var walk func(*html.Node, bool)
	walk = func(n *html.Node, in bool) {
		for _, a := range n.Attr {
			in = in || a.Key == "id" && a.Val == id
		}
		if in && n.Type == html.TextNode {
			b.WriteString(n.Data + " ")
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, in)
		}
	}
	walk(doc, id == "")
	return strings.Join(strings.Fields(b.String()), " ")
}

func number1(t *testing.T, text, pattern string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no %s in %.300q", pattern, text)
	}
	return m[1]
}

// TestWhatIsLateIsOneNumber: three cooperating departments of two tasks are late while
// their leads are not, and one with special work is. Desk, its filter, the list, the wall
// and the API say four; the tasks are marked and stand on top.
func TestWhatIsLateIsOneNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(step{as: "office", do: "POST /api/v1/periods", status: 201, events: "period_opened assigned",
		body: `{"id":"S1","name":"专项","due":"2022-09-22","slots":[{"task":2,"department":"swj"}]}`})
	late := map[string]bool{"2022Q3-06-coop-fzggw": true, "2022Q3-06-coop-kjt": true, "2022Q3-08-coop-jxt": true}
	for _, id := range w.pages(t, "office", "/api/v1/assignments?period=2022Q3&role=cooperating&limit=500") {
		if !late[id] {
			who := id[strings.LastIndex(id, "-")+1:]
			w.play(step{as: who, do: "POST /api/v1/assignments/" + id + "/acceptance", status: 201, events: "accepted"},
				step{as: who, do: "POST /api/v1/assignments/" + id + "/reports", body: `{"progress":"已办"}`, status: 201, events: "reported"})
		}
	}
	w.clock.set(instant("2022-09-29 09:00:00")) // cooperating departments were due on the 23rd, leads are on the 30th
	w.tick()
	desk := w.visit("office", "/")
	board := w.as("office", "GET", "/api/v1/board", nil, nil)
	listed := w.as("office", "GET", "/api/v1/assignments?state=overdue", nil, nil)
	wall := textOf(t, w.visit("office", "/board"), "board-counts")
	for where, got := range map[string]string{
		"the desk's card":   number1(t, textOf(t, desk, "desk-cards"), `(\d+) 已逾期`),
		"the desk's filter": number1(t, desk, `已逾期（(\d+)）`),
		"the wall":          number1(t, wall, `已逾期 (\d+)`),
		"the board":         fmt.Sprint(board.get("all.overdue").(json.Number)),
		"the list":          fmt.Sprint(listed.get("total").(json.Number)),
		"what it leads to":  fmt.Sprint(strings.Count(w.visit("office", "/?state=overdue"), `name="select"`)),
		"the card's list":   fmt.Sprint(strings.Count(w.visit("office", "/?need=overdue"), `name="select"`)),
	} {
		if got != "4" {
			t.Errorf("%s says %s are late, want 4", where, got)
		}
	}
	if a, b := board.get("tasks.0.no"), board.get("tasks.1.no"); fmt.Sprintf("%v %v", a, b) != "6 8" {
		t.Errorf("the board's first tasks are %v and %v", a, b)
	}
	if n := board.get("tasks.0.cooperating.days_late"); fmt.Sprint(n) != "6" {
		t.Errorf("days late: %v", n)
	}
	// The wall has a row of the special work too, whose task has no lead there: what is counted is seen.
	onWall := textOf(t, w.visit("office", "/board"), "board-tasks")
	if !strings.Contains(onWall, "配合逾期 2 提升创新能力 省科技厅 专项 1 家逾期 7 天") || strings.Count(onWall, "配合逾期") != 3 {
		t.Errorf("the wall: %s", onWall)
	}
	if rows := textOf(t, desk, "desk-rows"); strings.Count(rows, "配合逾期") != 2 {
		t.Errorf("the desk: %s", rows)
	}
	for where, rows := range map[string]string{"desk": textOf(t, desk, "desk-rows"), "wall": onWall} {
		first, second := strings.Index(rows, "配合逾期 6 "), strings.Index(rows, "配合逾期 8 ")
		if first < 0 || second < first || !strings.Contains(rows, "2 家逾期 6 天") {
			t.Errorf("%s: %s", where, rows)
		}
	}
}

// TestADepartmentsTableIsItsOwn: the tasks on a department's first page stand as its own
// part does, whatever the lead's does.
func TestADepartmentsTableIsItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(
		step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"},
		step{as: "zrzyt", do: "POST {L6}/reports", body: report, status: 201, events: "reported"},
	)
	w.clock.set(instant("2022-09-29 09:00:00"))
	w.tick()
	row := func(who string) string {
		rows := textOf(t, w.visit(who, "/"), "inbox-tasks")
		_, rows, _ = strings.Cut(rows, "盘活发展空间 ")
		return rows[:min(len(rows), 120)]
	}
	if got := row("fzggw"); !strings.HasPrefix(got, "省自然资源厅") || !strings.Contains(got, "逾期 6 天") {
		t.Errorf("a late cooperating department reads %s", got)
	}
	if got := row("zrzyt"); !strings.HasPrefix(got, "省自然资源厅") || strings.Contains(got, "逾期") {
		t.Errorf("the lead that has reported reads %s", got)
	}
}

// TestAWallSpeaksAsItWasSet: a screen's language is its setting, not what its browser was
// installed in; the code it waits with is Chinese too.
func TestAWallSpeaksAsItWasSet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	english := map[string]string{"Accept": "text/html", "Accept-Language": "en-US,en;q=0.9"}
	lang := func(b *browser) string {
		t.Helper()
		return number1(t, string(w.send(b.http, "GET", "/board", nil, english).body), `<html lang="([^"]*)"`)
	}
	wall, id := w.screen("一号会议室")
	if got := lang(w.newBrowser()); got != "zh-CN" {
		t.Errorf("the code is shown in %s", got)
	}
	if got := lang(wall); got != "zh-CN" {
		t.Errorf("an unset wall speaks %s", got)
	}
	if a := w.send(wall.http, "GET", "/api/v1/board", nil, english); !strings.Contains(fmt.Sprint(a.get("tasks.0.time_light.cause")), "截止") {
		t.Errorf("its board: %s", a)
	}
	f := formTo(t, w.visit("office", "/screens"), "/screens/set")
	f.values.Set("lang", "fr")
	if a := w.press("office", f); a.status != 422 {
		t.Errorf("a language that is not spoken: %d", a.status)
	}
	f.values.Set("lang", "en")
	if a := w.press("office", f); a.status != 303 || f.values.Get("id") != id {
		t.Fatalf("set: %d %s", a.status, a)
	}
	if got := lang(wall); got != "en" {
		t.Errorf("a wall set to English speaks %s", got)
	}
}

// TestTheWallsLastLineIsTheReport: a lead's report brings marks of the others' along; the
// last line names the report. What came in today has not waited a day.
func TestTheWallsLastLineIsTheReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(
		step{as: "fzggw", do: "POST {C6}/acceptance", status: 201, events: "accepted"},
		step{as: "fzggw", do: "POST {C6}/reports", body: `{"progress":"已办"}`, status: 201, events: "reported"},
		step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"},
		step{as: "zrzyt", do: "POST {L6}/reports", status: 201, events: "reported marked",
			body: `{"progress":"盘活 320 亩","inputs":[{"assignment":"2022Q3-06-coop-fzggw","mark":"adopted"}]}`},
	)
	if last := textOf(t, w.visit("office", "/board"), "board-latest"); !strings.Contains(last, "省自然资源厅 报送") {
		t.Errorf("the last line is %q", last)
	}
	cards := func() string { return textOf(t, w.visit("office", "/"), "desk-cards") }
	if got := cards(); !strings.Contains(got, "2 报告待审核 都是今天收到的") {
		t.Errorf("today: %s", got)
	}
	w.clock.add(24 * time.Hour)
	delete(w.clients, "office") // that login has ended
	if got := cards(); !strings.Contains(got, "2 报告待审核 最早 9月20日，已等 1 天") {
		t.Errorf("a day later: %s", got)
	}
}
