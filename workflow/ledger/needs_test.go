package ledger_test

import (
	"slices"
	"testing"

	"duban/workflow"
	"duban/workflow/ledger"
)

func TestNeeds(t *testing.T) {
	w := newWorld(t, "2022-07-01 09:00")
	w.open() // accept by 2022-07-06, cooperating due 2022-09-23, due 2022-09-30
	const late, asking, waiting = "2022Q3-06-lead-zrzyt", "2022Q3-02-lead-kjt", "2022Q3-04-lead-jxt"
	for id, who := range map[string]string{late: "zrzyt", asking: "kjt", waiting: "jxt"} {
		w.act(liaison(who), id, workflow.AcceptCommand{})
	}
	if n := w.book.Needs(w.now()); n.NotAccepted.Count != 54 || n.NotAccepted.Marked != 0 || n.NotAccepted.Days != 0 || n.Overdue.Count != 0 || n.Overdue.Since != nil {
		t.Errorf("on the first day: %+v", n)
	}
	w.set("2022-09-20 09:00")
	c := report("进展")
	c.Asks = "请协调"
	w.act(liaison("kjt"), asking, c)
	w.act(liaison("jxt"), waiting, workflow.RequestExtensionCommand{Due: &workflow.DueTime{Date: day("2022-10-20")}, Reason: "等验收"})
	w.set("2022-09-26 09:00")
	w.act(office, "2022Q3-06-coop-kjt", workflow.UrgeCommand{Level: workflow.PlainUrge, Text: "请报"})
	n := w.book.Needs(w.now())
	if n.Overdue.Count != 45 || n.Overdue.Marked != 1 || n.Overdue.Workdays != 1 || n.Overdue.Days != 3 || n.Overdue.Assignments[0] != "2022Q3-01-coop-dfjrjgj" {
		t.Errorf("overdue: %+v", n.Overdue)
	}
	if n.ToVerify.Count != 1 || n.ToVerify.Assignments[0] != asking || n.ToVerify.Workdays != 4 || !n.ToVerify.Since.Equal(at("2022-09-20 09:00")) {
		t.Errorf("to verify: %+v", n.ToVerify)
	}
	if !slices.Equal(n.Extensions.Assignments, []string{waiting}) || !slices.Equal(n.Asks.Assignments, []string{asking}) {
		t.Errorf("extensions %+v, asks %+v", n.Extensions, n.Asks)
	}
	if n.NotAccepted.Count != 54 || n.NotAccepted.Marked != 54 || n.NotAccepted.Days != 82 {
		t.Errorf("not accepted: %+v", n.NotAccepted)
	}
	w.act(office, asking, workflow.VerifyCommand{Grade: workflow.Good})
	w.act(office, waiting, workflow.ExtendCommand{N: 1})
	n = w.book.Needs(w.now())
	if n.ToVerify.Count != 0 || n.Extensions.Count != 0 || n.Asks.Count != 1 {
		t.Errorf("verified and granted: %+v, %+v, %+v", n.ToVerify, n.Extensions, n.Asks)
	}
	w.set("2022-10-08 09:00")
	w.open()
	// The turn of the quarter takes nothing off the table; the list of all periods says the same.
	if n = w.book.Needs(w.now()); n.Asks.Count != 1 || n.Asks.Marked != 0 || n.Asks.Days != 18 || !n.Asks.Since.Equal(at("2022-09-20 09:00")) || n.Overdue.Count != 55 {
		t.Errorf("in the next period: asks %+v, overdue %d", n.Asks, n.Overdue.Count)
	}
	open := func() []string { return ids(all(t, w.book, ledger.Query{Asks: ledger.OpenAsks}, office, w.now())) }
	if got := open(); !slices.Equal(got, n.Asks.Assignments) {
		t.Errorf("listed %v, counted %v", got, n.Asks.Assignments)
	}
	w.act(office, asking, workflow.AnswerAskCommand{N: 1, Text: "已商财政厅，下周会商"})
	if n = w.book.Needs(w.now()); n.Asks.Count != 1 || n.Asks.Marked != 1 || len(open()) != 1 {
		t.Errorf("at work on it: %+v, %v", n.Asks, open())
	}
	w.act(office, asking, workflow.AnswerAskCommand{N: 1, Text: "已落实", Closed: true})
	if n = w.book.Needs(w.now()); n.Asks.Count != 0 || len(open()) != 0 {
		t.Errorf("closed: %+v, %v", n.Asks, open())
	}
	w.act(liaison("kjt"), asking, workflow.ReopenAskCommand{N: 1, Text: "仍未落实"})
	if n = w.book.Needs(w.now()); n.Asks.Count != 1 || n.Asks.Marked != 0 || n.Asks.Days != 18 || len(open()) != 1 {
		t.Errorf("not settled: %+v, %v", n.Asks, open())
	}
}

// TestChores holds that the clock's work found by keys is what the rules say row by row.
func TestChores(t *testing.T) {
	w := newWorld(t, "2022-07-01 09:00")
	w.open()
	w.act(office, "2022Q3-03-lead-scjgj", workflow.WithdrawCommand{Reason: "合并"})
	for now, n := range map[string]int{"2022-09-16 09:00": 0, "2022-09-20 09:00": 45, "2022-09-23 17:30": 45, "2022-09-23 17:31": 45,
		"2022-09-27 09:00": 56, "2022-09-30 17:31": 56} {
		var want []workflow.Chore
		for _, i := range all(t, w.book, ledger.Query{Limit: ledger.MaxLimit}, office, at(now)) {
			a, _ := w.book.Assignment(i.ID)
			want = append(want, w.rules.Chores(a, at(now))...)
		}
		if got := w.book.Chores(at(now)); !slices.Equal(got, want) || len(got) != n {
			t.Errorf("%s: %d chores, row by row %d, want %d", now, len(got), len(want), n)
		}
	}
}

func TestCountsOfADepartment(t *testing.T) {
	w := newWorld(t, "2022-07-01 09:00")
	w.open()
	// 省工商联 has a part in tasks 1 (5 assignments) and 9 (16).
	if c := w.book.Counts("2022Q3", liaison("gsl"), w.now()); c.Total != 21 || c.Assigned != 21 {
		t.Errorf("%+v", c)
	}
	if c := w.book.Counts("", office, w.now()); c.Total != 57 {
		t.Errorf("%+v", c)
	}
}
