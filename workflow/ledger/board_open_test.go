package ledger_test

import (
	"context"
	"fmt"
	"testing"

	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// TestBoardKeepsWhatIsStillLate: the next quarter's opening takes no late task off
// the wall. What the office's desk counts among the leads is what the wall shows.
func TestBoardKeepsWhatIsStillLate(t *testing.T) {
	w := newWorld(t, "2022-07-01 09:00")
	w.open()
	for id, who := range map[string]string{"2022Q3-03-lead-scjgj": "scjgj", "2022Q3-02-lead-kjt": "kjt", "2022Q3-06-lead-zrzyt": "zrzyt"} {
		w.act(liaison(who), id, workflow.AcceptCommand{})
		w.act(liaison(who), id, report("完成"))
	}
	w.act(office, "2022Q3-03-lead-scjgj", workflow.VerifyCommand{Grade: workflow.Good})
	w.act(office, "2022Q3-06-lead-zrzyt", workflow.ReturnCommand{Reason: "补充"})
	w.act(office, "2022Q3-08-lead-swt", workflow.WithdrawCommand{Reason: "合并"})
	if b := w.book.BoardAt(w.now()); len(b.AlsoOpen) != 0 || b.Shown != b.Counts {
		t.Fatalf("in its own quarter: %+v", b.AlsoOpen)
	}
	w.set("2022-10-08 09:00")
	w.open() // the fourth quarter
	b := w.book.BoardAt(w.now())
	if b.Period.ID != "2022Q4" || len(b.Tasks) != 12 || b.Counts.Assigned != 12 {
		t.Fatalf("%s, %+v", b.Period.ID, b.Counts)
	}
	// 12 less one that is verified, on which nobody cooperates. One is withdrawn, but its
	// cooperating departments are late; the returned one is late by now.
	if len(b.AlsoOpen) != 11 || b.Shown.Total != 23 || sum(b.Shown) != 23 || b.Shown.Overdue != 9 || b.Shown.Reported != 1 || b.Shown.Withdrawn != 1 {
		t.Fatalf("%d rows, %+v", len(b.AlsoOpen), b.Shown)
	}
	late, silent := 0, 0
	for i, row := range b.AlsoOpen {
		if row.Period != (ledger.PeriodRef{ID: "2022Q3", Name: "2022年第三季度"}) || row.Assignment[:6] != "2022Q3" {
			t.Errorf("task %d: %+v", row.No, row.Period)
		}
		if row.Box == ledger.BoxOverdue {
			late++
		}
		if row.Box != ledger.BoxOverdue && i < 9 {
			t.Errorf("task %d, whose lead is not late, stands before those whose lead is", row.No)
		}
		silent += len(row.Cooperating.Overdue)
	}
	// One count: the wall names every late cooperating department that the desk counts.
	if n := len(w.book.Needs(w.now()).Overdue.Assignments); n != late+silent || n != b.All.Overdue {
		t.Errorf("the desk counts %d, the wall says %d and has rows of %d leads and %d others", n, b.All.Overdue, late, silent)
	}
	leads := 0
	for _, id := range w.book.Needs(w.now()).Overdue.Assignments {
		if a, _ := w.book.Assignment(id); a.Role == workflow.Lead {
			leads++
		}
	}
	if leads != late || late != b.Shown.Overdue {
		t.Errorf("the desk counts %d late leads, the wall shows %d and says %d", leads, late, b.Shown.Overdue)
	}
	w.act(office, "2022Q3-02-lead-kjt", workflow.VerifyCommand{Grade: workflow.Good})
	if b = w.book.BoardAt(w.now()); len(b.AlsoOpen) != 11 {
		t.Errorf("%d rows after one was verified whose cooperating departments are late", len(b.AlsoOpen))
	}
	for _, a := range w.book.BoardAt(w.now()).AlsoOpen {
		if a.No != 2 {
			continue
		}
		for _, d := range a.Cooperating.Overdue {
			w.act(office, "2022Q3-02-coop-"+d.ID, workflow.WithdrawCommand{Reason: "合并"})
		}
	}
	if b = w.book.BoardAt(w.now()); len(b.AlsoOpen) != 10 || b.Shown.Total != 22 {
		t.Errorf("%d rows, %+v after nobody is late on task 2", len(b.AlsoOpen), b.Shown)
	}
}

// TestBoardCarriesTheWorst: however much special work is open, the board carries so
// many rows, the worst first, and counts all of them.
func TestBoardCarriesTheWorst(t *testing.T) {
	w := newWorld(t, "2022-09-01 09:00")
	w.open()
	for n := range 8 { // 96 leads
		due := fmt.Sprintf("2022-09-%02d", 13+n)
		in := workflow.PeriodInput{ID: fmt.Sprintf("S%d", n), Name: "专项", Due: &workflow.DueTime{Date: day(due)}}
		if _, _, err := w.desk.OpenPeriod(context.Background(), w.call(office), in); err != nil {
			t.Fatal(err)
		}
	}
	w.settle()
	w.set("2022-09-15 09:00") // S0 and S1 are late
	b := w.book.BoardAt(w.now())
	if len(b.AlsoOpen) != 60 || b.Shown.Total != 108 || sum(b.Shown) != 108 {
		t.Fatalf("%d rows, %+v", len(b.AlsoOpen), b.Shown)
	}
	for i, row := range b.AlsoOpen {
		if want := fmt.Sprintf("S%d", i/12); row.Period.ID != want {
			t.Errorf("row %d is of %s, want %s", i, row.Period.ID, want)
		}
	}
}

// TestBoardNamesNoSpecialPeriod: what is due in a special period stands on the wall,
// its name, which somebody wrote, does not.
func TestBoardNamesNoSpecialPeriod(t *testing.T) {
	w := newWorld(t, "2022-09-01 09:00")
	w.open()
	in := workflow.PeriodInput{ID: "S1", Name: "某某同志的批示", Due: &workflow.DueTime{Date: day("2022-09-20")}, Tasks: []int{6}}
	if _, _, err := w.desk.OpenPeriod(context.Background(), w.call(office), in); err != nil {
		t.Fatal(err)
	}
	w.settle()
	b := w.book.BoardAt(w.now())
	if len(b.AlsoOpen) != 1 || b.AlsoOpen[0].No != 6 || b.AlsoOpen[0].Period != (ledger.PeriodRef{ID: "S1", Special: true}) {
		t.Errorf("%+v", b.AlsoOpen)
	}
	w.rules = shipped(t, func(p *plan.Plan) { p.Tasks = p.Tasks[:5] })
	if b = w.book.BoardAt(w.now()); len(b.AlsoOpen) != 1 || b.AlsoOpen[0].Lead.ID == "" {
		t.Errorf("of a task the plan has dropped: %+v", b.AlsoOpen)
	}
}

// TestBoardRanksWhatIsFrozen: a draft and a notice are no ranking for a wall.
func TestBoardRanksWhatIsFrozen(t *testing.T) {
	w := newWorld(t, "2022-07-01 09:00")
	w.open()
	put := func(kind workflow.Kind, totals ...workflow.Total) *ledger.Ranking {
		asOf := w.now()
		w.put(workflow.Event{Kind: kind, At: w.now(), Actor: office.Ref(), Period: "2022Q3", Data: workflow.Data{
			Assessment: &workflow.AssessmentData{Position: 1, AsOf: &asOf, Totals: totals}}})
		return w.book.BoardAt(w.now()).Ranking
	}
	if r := put(workflow.KindAssessmentDrafted, workflow.Total{Department: "kjt", Points: plan.MustNumber("80"), Rank: 1}); r != nil {
		t.Errorf("a draft: %+v", r)
	}
	if r := put(workflow.KindAssessmentNoticed); r != nil {
		t.Errorf("a notice: %+v", r)
	}
	r := put(workflow.KindAssessmentFrozen, workflow.Total{Department: "czt"}, workflow.Total{Department: "scjgj", Points: plan.MustNumber("70.5"), Rank: 2},
		workflow.Total{Department: "kjt", Points: plan.MustNumber("90.25"), Rank: 1})
	if r == nil || r.Period.ID != "2022Q3" || len(r.Rows) != 3 || r.Rows[0].Department.Name != "省科技厅" || r.Rows[1].Rank != 2 || r.Rows[2].Points.Set {
		t.Errorf("frozen: %+v", r)
	}
}
