package ledger_test

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

func sum(c ledger.Counts) int {
	return c.Overdue + c.Soon + c.Reported + c.Assigned + c.InProgress + c.Verified + c.Withdrawn + c.None
}

// TestBoardAddsUp holds that every task and assignment stands in exactly one box,
// in the strip, the rows, the departments and the lists alike.
func TestBoardAddsUp(t *testing.T) {
	outer := t
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(outer, "2022-07-10 09:00")
		w.open()
		w.stumble(t, rapid.IntRange(0, 25).Draw(t, "acts"))
		b := w.book.BoardAt(w.now())
		if len(b.Tasks) != 12 || b.Counts.Total != 12 || sum(b.Counts) != 12 || sum(b.Assignments) != b.Assignments.Total {
			t.Fatalf("counts %+v of %d tasks, %+v", b.Counts, len(b.Tasks), b.Assignments)
		}
		boxes := map[ledger.Box]int{}
		for _, row := range b.Tasks {
			boxes[row.Box]++
			if (row.Box == ledger.BoxOverdue) != (row.TimeLight.Colour == ledger.Red) || (row.Box == ledger.BoxOverdue) != (row.DaysLate > 0) {
				t.Fatalf("task %d: %s, %s, %d days late", row.No, row.Box, row.TimeLight.Colour, row.DaysLate)
			}
		}
		if boxes[ledger.BoxOverdue] != b.Counts.Overdue || boxes[ledger.BoxSoon] != b.Counts.Soon || boxes[ledger.BoxAssigned] != b.Counts.Assigned {
			t.Fatalf("rows %v, counts %+v", boxes, b.Counts)
		}
		var departments ledger.Counts
		for _, d := range b.Departments {
			departments.Total += d.Counts.Total
			departments.Reported += d.Counts.Reported
			if len(d.Cells) != d.Counts.Total || sum(d.Counts) != d.Counts.Total {
				t.Fatalf("%s: %d cells, %+v", d.Name, len(d.Cells), d.Counts)
			}
		}
		if departments.Total != b.Assignments.Total || departments.Reported != b.Assignments.Reported {
			t.Fatalf("departments %+v, assignments %+v", departments, b.Assignments)
		}
		if c := w.book.TaskCounts(w.now()); c != b.Counts {
			t.Fatalf("counted %+v, on the board %+v", c, b.Counts)
		}
		if c := w.book.Counts(b.Period.ID, office, w.now()); c != b.Assignments {
			t.Fatalf("counted %+v, on the board %+v", c, b.Assignments)
		}
	})
}

func TestBoardBeforeThePlanBegins(t *testing.T) {
	w := newWorld(t, "2022-09-20 09:00")
	b := w.book.BoardAt(w.now())
	if c := w.book.TaskCounts(w.now()); c != b.Counts {
		t.Errorf("counted %+v", c)
	}
	if b.Period != nil || b.Counts.None != 12 || b.Counts.Total != 12 || b.Assignments.Total != 0 {
		t.Errorf("period %v, %+v", b.Period, b.Counts)
	}
	if row := b.Tasks[0]; row.State != "" || row.Due != nil || row.TimeLight.Code != "time.none" || row.Lead.Name != "省市场监管局" {
		t.Errorf("%+v", row)
	}
	if len(b.Indicators) != 32 || b.Indicators[0].Value.Set || b.Indicators[0].Light.Colour != ledger.Grey {
		t.Error("a figure out of nothing")
	}
	j, err := json.Marshal(b)
	if err != nil || !strings.Contains(string(j), `"value":null`) || !strings.Contains(string(j), `"events_today":[]`) {
		t.Errorf("%v in %s", err, j)
	}
}

// TestBoardOfADay follows one day of the sketch: who is late stands first.
func TestBoardOfADay(t *testing.T) {
	w := newWorld(t, "2022-07-01 09:00")
	w.open() // due 2022-09-30, cooperating 2022-09-23
	const done, reported = "2022Q3-03-lead-scjgj", "2022Q3-02-lead-kjt"
	for id, who := range map[string]string{done: "scjgj", reported: "kjt", "2022Q3-06-coop-kjt": "kjt", "2022Q3-09-lead-scjgj": "scjgj"} {
		w.act(liaison(who), id, workflow.AcceptCommand{})
	}
	w.act(liaison("scjgj"), done, report("完成"))
	w.act(office, done, workflow.VerifyCommand{Grade: workflow.Excellent})
	w.act(liaison("kjt"), "2022Q3-06-coop-kjt", report("配合"))
	w.set("2022-09-26 10:00")
	w.act(liaison("kjt"), reported, report("完成"))
	due := at("2022-09-28 17:30")
	w.put(workflow.Event{Kind: workflow.KindExtended, At: w.now(), Actor: office.Ref(), Assignment: "2022Q3-10-lead-fzggw",
		Period: "2022Q3", Task: 10, Department: "fzggw", Data: workflow.Data{Due: &due}})
	b := w.book.BoardAt(w.now())
	if b.Period.ID != "2022Q3" || b.Plan.ElapsedDays != 634 || b.Plan.ElapsedPercent.String() != "57.9" {
		t.Errorf("%s, %+v", b.Period.ID, b.Plan)
	}
	if b.Tasks[0].No != 10 || b.Tasks[0].Box != ledger.BoxSoon || *b.Tasks[0].WorkdaysLeft != 2 || b.Tasks[1].No != 2 || b.Tasks[11].No != 3 {
		t.Errorf("%d %s, %d, last %d", b.Tasks[0].No, b.Tasks[0].Box, b.Tasks[1].No, b.Tasks[11].No)
	}
	want := ledger.Counts{Soon: 1, Reported: 1, Assigned: 8, InProgress: 1, Verified: 1, Total: 12}
	if b.Counts != want {
		t.Errorf("%+v", b.Counts)
	}
	for _, row := range b.Tasks {
		if row.No == 6 && (row.Cooperating.Reported != 1 || row.Cooperating.Total != 5 || len(row.Cooperating.Overdue) != 4) {
			t.Errorf("task 6: %+v", row.Cooperating)
		}
		if row.No == 3 && (row.Cooperating.Total != 0 || row.ClosedAt == nil) {
			t.Errorf("task 3: %+v", row)
		}
	}
	if e := b.EventsToday; len(e) != 2 || e[0].Kind != workflow.KindExtended || e[1].Unit.Name != "省科技厅" || e[1].Task.Title != "提升创新能力" {
		t.Errorf("today: %+v", e)
	}
	for _, d := range b.Departments {
		if d.ID == "kjt" && (d.OnTime != 2 || d.Late != 0 || d.Counts.Overdue != 2 || d.Lead.Reported != 1) {
			t.Errorf("省科技厅: %+v", d)
		}
	}
	w.set("2022-10-08 09:00") // the first workday after the due day, Q4 not opened yet
	b = w.book.BoardAt(w.now())
	if b.Counts.Overdue != 10 || b.Tasks[0].No != 10 || b.Tasks[0].WorkdaysLate != 3 || b.Tasks[0].DaysLate != 10 || b.Tasks[1].No != 1 {
		t.Errorf("%+v, first %d: %d, %d", b.Counts, b.Tasks[0].No, b.Tasks[0].WorkdaysLate, b.Tasks[0].DaysLate)
	}
}

// TestBoardShowsNobody holds that no person and no free text reaches the wall.
func TestBoardShowsNobody(t *testing.T) {
	w := newWorld(t, "2022-09-26 09:00")
	w.open()
	const id = "2022Q3-02-lead-kjt"
	w.act(liaison("kjt"), id, workflow.AcceptCommand{})
	w.act(liaison("kjt"), id, report("私下的话"))
	w.act(office, id, workflow.ReturnCommand{Reason: "私下的话"})
	w.put(workflow.Event{Kind: workflow.KindLoggedIn, At: w.now(), Actor: office.Ref(), Data: workflow.Data{Account: &workflow.AccountRef{Name: "wang"}}})
	j, err := json.Marshal(w.book.BoardAt(w.now()))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"l-kjt", "wang", "私下", "logged_in"} {
		if strings.Contains(string(j), secret) {
			t.Errorf("the board says %q", secret)
		}
	}
}

func TestBoardIsKept(t *testing.T) {
	w := newWorld(t, "2022-09-26 09:00")
	w.open()
	now := at("2022-09-26 09:00")
	first := w.book.BoardAt(now)
	if w.book.BoardAt(now.Add(59e9)) != first {
		t.Error("made anew within the minute")
	}
	if w.book.BoardAt(now.Add(60e9)) == first {
		t.Error("kept beyond the minute")
	}
	second := w.book.BoardAt(now)
	w.act(office, "2022Q3-02-lead-kjt", workflow.UrgeCommand{Level: workflow.FormalUrge, Text: "快"})
	third := w.book.BoardAt(now)
	if third == second || third.Seq != second.Seq+1 {
		t.Error("an event is not on the board")
	}
	w.figure(figure{"2022-06-30", "31", "", nil}.of("G1.1"))
	third = w.book.BoardAt(now)
	if third.Indicators[0].Value.String() != "31" {
		t.Error("a figure is not on the board")
	}
	w.rules = shipped(t, func(p *plan.Plan) { p.Title = "另一个计划" })
	if w.book.BoardAt(now) == third {
		t.Error("a new plan is not on the board")
	}
}

func TestTransferredTask(t *testing.T) {
	w := newWorld(t, "2022-09-20 09:00")
	w.open()
	w.act(office, "2022Q3-06-lead-zrzyt", workflow.WithdrawCommand{Reason: "移交"})
	due, accept := at("2022-09-30 17:30"), at("2022-09-23 17:30")
	w.put(workflow.Event{Kind: workflow.KindAssigned, At: w.now(), Actor: office.Ref(), Period: "2022Q3", Task: 6, Department: "czt",
		Assignment: "2022Q3-06-lead-czt", To: workflow.Assigned, Data: workflow.Data{Role: workflow.Lead, Due: &due, AcceptBy: &accept}})
	for _, row := range w.book.BoardAt(w.now()).Tasks {
		if row.No == 6 && (row.Assignment != "2022Q3-06-lead-czt" || row.Lead.Name != "省财政厅" || row.State != workflow.Assigned) {
			t.Errorf("%+v", row)
		}
	}
}
