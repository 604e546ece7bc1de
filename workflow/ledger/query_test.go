package ledger_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"duban/workflow"
	"duban/workflow/ledger"
)

func all(t testing.TB, b *ledger.Book, q ledger.Query, actor workflow.Actor, now time.Time) []ledger.Item {
	t.Helper()
	var items []ledger.Item
	for {
		page, next, total, err := b.Page(q, actor, now)
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, page...)
		if next == "" {
			if total != len(items) {
				t.Fatalf("total %d, listed %d", total, len(items))
			}
			return items
		}
		if len(page) == 0 {
			t.Fatal("a next after an empty page")
		}
		q.After = next
	}
}

func ids(items []ledger.Item) []string {
	list := make([]string, len(items))
	for i, x := range items {
		list[i] = x.ID
	}
	return list
}

// TestPagesVisitEachOnce walks random queries page by page and holds the result
// against a plain filter of everything, for actors of every sort.
func TestPagesVisitEachOnce(t *testing.T) {
	outer := t
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(outer, "2022-06-20 09:00")
		w.open()
		w.set("2022-07-10 09:00")
		w.open()
		w.stumble(t, 10)
		now := w.now()
		everything := all(outer, w.book, ledger.Query{Limit: ledger.MaxLimit}, office, now)
		actor := rapid.SampledFrom([]workflow.Actor{office, screen, liaison("kjt"), liaison("sft"), liaison("scjgj"),
			{User: "x", Role: workflow.Liaison}}).Draw(t, "actor")
		q := ledger.Query{
			Period:     rapid.SampledFrom([]string{"", "2022Q2", "2022Q3", "2030Q1"}).Draw(t, "period"),
			Task:       rapid.SampledFrom([]int{0, 0, 1, 2, 99}).Draw(t, "task"),
			Department: rapid.SampledFrom([]string{"", "", "kjt", "jxt"}).Draw(t, "department"),
			Role:       rapid.SampledFrom([]workflow.Role{"", "", workflow.Lead, workflow.Cooperating}).Draw(t, "role"),
			States:     rapid.SampledFrom([][]workflow.State{nil, nil, {workflow.Assigned}, {workflow.Overdue, workflow.Reported, workflow.InProgress}}).Draw(t, "states"),
			Light:      rapid.SampledFrom([]ledger.Colour{"", "", ledger.Grey, ledger.Green, ledger.Yellow, ledger.Red}).Draw(t, "light"),
			Asks:       rapid.SampledFrom([]string{"", "", ledger.OpenAsks}).Draw(t, "asks"),
			Q:          rapid.SampledFrom([]string{"", "", "科技", "KJT 1", "2022q3", "2022q3 6", "lead-jxt", "没有", "ＫＪＴ １", "2022年第三季度", "任务2 科技"}).Draw(t, "words"),
			Limit:      rapid.IntRange(1, 70).Draw(t, "limit"),
			Sort:       rapid.SampledFrom([]string{"", ledger.Worst}).Draw(t, "sort"),
		}
		var want []string
		for _, i := range everything {
			a, _ := w.book.Assignment(i.ID)
			if (q.Period == "" || i.Period == q.Period) && (q.Task == 0 || i.Task.No == q.Task) &&
				(q.Department == "" || i.Department.ID == q.Department) && (q.Role == "" || i.Role == q.Role) &&
				(q.States == nil || slices.Contains(q.States, i.State)) && (q.Light == "" || i.TimeLight.Colour == q.Light) &&
				(q.Asks == "" || i.OpenAsks > 0) && (i.OpenAsks > 0) == (a.OpenAsk() != nil) &&
				found(w.rules, q.Q, i) && w.rules.MaySee(actor, a) {
				want = append(want, i.ID)
			}
		}
		got := all(outer, w.book, q, actor, now)
		if q.Sort == ledger.Worst {
			checkWorst(t, got)
			slices.SortFunc(got, func(a, b ledger.Item) int { return strings.Compare(a.ID, b.ID) })
		}
		if !slices.Equal(ids(got), want) {
			t.Fatalf("%+v for %+v\n got %q\nwant %q", q, actor, ids(got), want)
		}
	})
}

// found is the plain reading of Query.Q.
func found(r workflow.Rules, words string, i ledger.Item) bool {
	words = strings.NewReplacer("ＫＪＴ １", "kjt 1", "2022年第三季度", "2022q3", "任务2", "2").Replace(words)
	for _, w := range strings.Fields(strings.ToLower(words)) {
		d, _ := r.Plan.Department(i.Department.ID)
		hay := append([]string{i.Task.Title, i.Department.ID, i.Department.Name}, d.Aliases...)
		if !slices.ContainsFunc(hay, func(h string) bool { return strings.Contains(strings.ToLower(h), w) }) &&
			w != fmt.Sprint(i.Task.No) && w != strings.ToLower(i.Period) &&
			!(strings.Contains(w, "-") && strings.Contains(strings.ToLower(i.ID), w)) {
			return false
		}
	}
	return true
}

// checkWorst holds the order "worst first".
func checkWorst(t *rapid.T, items []ledger.Item) {
	class := func(i ledger.Item) int {
		if i.Box == ledger.BoxInProgress && i.Returned > 0 {
			return 3
		}
		return map[ledger.Box]int{ledger.BoxOverdue: 0, ledger.BoxSoon: 1, ledger.BoxReported: 2, ledger.BoxAssigned: 4,
			ledger.BoxInProgress: 5, ledger.BoxVerified: 6, ledger.BoxWithdrawn: 7}[i.Box]
	}
	for n := 1; n < len(items); n++ {
		a, b := items[n-1], items[n]
		if class(a) > class(b) || class(a) == class(b) && a.Box == ledger.BoxOverdue && a.Due.After(b.Due) {
			t.Fatalf("%s (%s, due %s) stands before %s (%s, due %s)", a.ID, a.Box, a.Due, b.ID, b.Box, b.Due)
		}
	}
}

// TestLightFilter holds, day by day over a deadline and a holiday, that the filter,
// the boxes and the lights tell one story.
func TestLightFilter(t *testing.T) {
	w := newWorld(t, "2022-07-01 09:00")
	w.open()
	reportBy := func(now string, slots ...string) {
		w.set(now)
		for _, id := range slots {
			a, _ := w.book.Assignment(id)
			w.act(liaison(a.Department), id, workflow.AcceptCommand{})
			w.act(liaison(a.Department), id, report("完成"))
		}
	}
	reportBy("2022-07-04 09:00", "2022Q3-02-lead-kjt", "2022Q3-04-lead-jxt")
	w.act(office, "2022Q3-04-lead-jxt", workflow.ReturnCommand{Reason: "补", Due: &workflow.DueTime{Date: day("2022-09-30")}})
	reportBy("2022-09-24 10:00", "2022Q3-06-coop-kjt", "2022Q3-06-coop-swt") // late by a Saturday
	w.act(office, "2022Q3-06-coop-swt", workflow.VerifyCommand{Grade: workflow.Fair})
	w.act(office, "2022Q3-10-coop-swj", workflow.WithdrawCommand{Reason: "合并"})
	for d := day("2022-09-19"); d.Before(day("2022-10-12")); d = d.AddDays(1) {
		now := at(d.String() + " 12:00")
		byColour := map[ledger.Colour][]string{}
		for _, i := range all(t, w.book, ledger.Query{}, office, now) {
			byColour[i.TimeLight.Colour] = append(byColour[i.TimeLight.Colour], i.ID)
			code := i.TimeLight.Code
			if (i.Box == ledger.BoxSoon) != (code == "time.soon" || code == "time.today") || (i.Box == ledger.BoxOverdue) != (code == "time.overdue") ||
				(i.Box == ledger.BoxOverdue) != (i.WorkdaysLate > 0) || (i.WorkdaysLeft != nil) != (i.Box != ledger.BoxOverdue && i.State.AwaitsReport()) {
				t.Errorf("%s: %s in box %s with %s", d, i.ID, i.Box, code)
			}
		}
		for _, c := range []ledger.Colour{ledger.Grey, ledger.Green, ledger.Yellow, ledger.Red} {
			if got := ids(all(t, w.book, ledger.Query{Light: c}, office, now)); !slices.Equal(got, byColour[c]) {
				t.Errorf("%s %s: %q, want %q", d, c, got, byColour[c])
			}
		}
	}
}

// TestLightOfOneState holds the filter for periods whose rows are all in one state.
func TestLightOfOneState(t *testing.T) {
	w := newWorld(t, "2022-09-20 09:00")
	due := at("2022-12-30 17:30")
	for i, c := range []struct {
		state  workflow.State
		late   bool
		colour ledger.Colour
	}{
		{workflow.Assigned, false, ledger.Green}, {workflow.InProgress, false, ledger.Green}, {workflow.Overdue, false, ledger.Red},
		{workflow.Reported, false, ledger.Grey}, {workflow.Reported, true, ledger.Yellow}, {workflow.Verified, true, ledger.Yellow},
		{workflow.Verified, false, ledger.Grey}, {workflow.Withdrawn, false, ledger.Grey},
	} {
		period := string(rune('A' + i))
		e := workflow.Event{Kind: workflow.KindAssigned, At: w.now(), Actor: office.Ref(), Period: period, Task: 1, Department: "jxt",
			Assignment: period + "-01-coop-jxt", To: workflow.Assigned, Data: workflow.Data{Role: workflow.Cooperating, Due: &due}}
		filed := e
		filed.Kind, filed.To, filed.Data = workflow.KindReported, c.state, workflow.Data{N: 1, Late: c.late}
		w.put(e, filed)
		for _, colour := range []ledger.Colour{ledger.Grey, ledger.Green, ledger.Yellow, ledger.Red} {
			got := all(t, w.book, ledger.Query{Period: period, Light: colour}, office, w.now())
			if (len(got) == 1) != (colour == c.colour) {
				t.Errorf("%s, late %t: %d are %s", c.state, c.late, len(got), colour)
			}
		}
	}
}

func TestSearch(t *testing.T) {
	w := newWorld(t, "2022-07-10 09:00")
	w.open()
	for _, c := range []struct {
		q string
		n int
	}{
		{"", 57},
		{"盘活发展空间", 6},  // task 6: a lead and five
		{"盘活", 6},      // part of its title
		{"省科技厅", 4},    // lead of 2; cooperates in 6, 9, 12
		{"省科技厅 盘活", 1}, // both words
		{"KJT", 4},     // by id, any case
		{"6", 6},       // the task of that number, not every id with a 6
		{"2022q3", 57},
		{"2022q", 0},
		{"2022q3-06-", 6}, // by assignment id
		{"2022Q3-06-lead-zrzyt", 1},
		{"没有这个", 0},
		{"  ", 57},
	} {
		if got := all(t, w.book, ledger.Query{Q: c.q}, office, w.now()); len(got) != c.n {
			t.Errorf("%q: %d: %q", c.q, len(got), ids(got))
		}
	}
}

// TestPageIsStable holds that what is inserted or removed between two pages shifts
// nothing else.
func TestPageIsStable(t *testing.T) {
	w := newWorld(t, "2022-07-10 09:00")
	w.open()
	first, next, total, err := w.book.Page(ledger.Query{}, office, w.now())
	if err != nil || len(first) != ledger.DefaultLimit || total != 57 {
		t.Fatal(len(first), total, err)
	}
	w.put(workflow.Event{Kind: workflow.KindAssigned, At: w.now(), Actor: office.Ref(), Period: "2022Q3", Task: 1, Department: "zjj",
		Assignment: "2022Q3-01-coop-zjj", To: workflow.Assigned, Data: workflow.Data{Role: workflow.Cooperating}}) // before the cursor
	second, next, total, err := w.book.Page(ledger.Query{After: next}, office, w.now())
	if err != nil || len(second) != 7 || next != "" || total != 58 || second[0].ID <= first[49].ID {
		t.Errorf("%d %q %d %v", len(second), next, total, err)
	}
}

func TestBadQueries(t *testing.T) {
	w := newWorld(t, "2022-07-10 09:00")
	w.open()
	_, next, _, err := w.book.Page(ledger.Query{Limit: 1}, office, w.now())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, value, code string }{
		{"limit", "0", "query.limit"}, {"limit", "-1", "query.limit"}, {"limit", "501", "query.limit"}, {"limit", "x", "query.limit"},
		{"limit", "99999999999999999999", "query.limit"},
		{"task", "0", "query.task"}, {"task", "4294967302", "query.task"}, {"task", "六", "query.task"}, {"role", "boss", "query.role"}, {"state", "done", "query.state"},
		{"state", "assigned,", "query.state"}, {"light", "blue", "query.light"}, {"sort", "best", "query.sort"},
		{"after", "!", "query.after"}, {"after", "W10", "query.after"}, {"after", next + "x", "query.after"},
		{"q", strings.Repeat("长", 101), "query.q"},
		{"limit", "500", ""}, {"state", "assigned,overdue", ""}, {"after", next, ""}, {"q", strings.Repeat("长", 100), ""}, {"sort", "worst", ""},
	} {
		q, err := ledger.ParseQuery(func(name string) string {
			if name == c.name {
				return c.value
			}
			return ""
		})
		if c.code == "" {
			if err == nil {
				_, _, _, err = w.book.Page(q, office, w.now())
			}
			if err != nil {
				t.Errorf("%s=%s: %v", c.name, c.value, err)
			}
			continue
		}
		var e *workflow.Error
		if !errors.As(err, &e) || e.Kind != workflow.Invalid || e.Code != c.code || e.Field != c.name {
			t.Errorf("%s=%.40s: %v", c.name, c.value, err)
		}
	}
	if _, _, _, err := w.book.Page(ledger.Query{After: next, Sort: ledger.Worst}, office, w.now()); workflow.AsError(err).Code != "query.after" {
		t.Errorf("a cursor of another order: %v", err)
	}
	_, err = ledger.ParseQuery(func(name string) string { return map[string]string{"limit": "x", "state": "y", "light": "z"}[name] })
	if e := workflow.AsError(err); e.Code != "fields.invalid" || len(e.Fields) != 3 {
		t.Errorf("several: %v", err)
	}
}
