package ledger_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"duban/workflow"
	"duban/workflow/ledger"
)

// walked is a task that a lead has open, as a walk through all rows finds it.
type walked struct {
	class, task int
	at          time.Time
	period      string
	box         ledger.Box // of the lead
	open, late  bool       // the lead has not finished; anybody is late
	since       time.Time  // when the first late cooperating department was due
}

// compare is worst first: late leads, then tasks of which a cooperating department is late,
// longest first each, then the others as their leads stand.
func (l walked) compare(o walked) int {
	group := func(l walked) int {
		switch {
		case l.class == 0:
			return 0
		case !l.since.IsZero():
			return 1
		}
		return 2
	}
	bySince := 0
	if group(l) == 1 {
		bySince = l.since.Compare(o.since)
	}
	return cmp.Or(cmp.Compare(group(l), group(o)), bySince, cmp.Compare(l.class, o.class), l.at.Compare(o.at), cmp.Compare(l.task, o.task), cmp.Compare(l.period, o.period))
}

// walk looks through every row of the other periods: those that have begun and whose lead has
// not finished are open, and those of which anybody is late.
func walk(b *ledger.Book, now time.Time) (open []walked, counts map[ledger.Box]int) {
	counts = map[ledger.Box]int{}
	current, _ := b.CurrentPeriod(now)
	today := b.Rules().Clock.Today(now)
	for _, p := range b.Periods() {
		if p.ID == current.ID {
			continue
		}
		tasks := map[int]*walked{}
		for _, a := range b.InPeriod(p.ID) {
			l := tasks[a.Task]
			if l == nil {
				l = &walked{class: 8, task: a.Task, period: p.ID, box: ledger.BoxNone}
				tasks[a.Task] = l
			}
			box := b.Item(a, now).Box
			l.late = l.late || box == ledger.BoxOverdue
			switch {
			case a.Role == workflow.Lead:
				l.box, l.at, l.open = box, a.Due, a.State.Open()
				l.class = slices.Index([]ledger.Box{ledger.BoxOverdue, ledger.BoxSoon, ledger.BoxReported, "", ledger.BoxAssigned, ledger.BoxInProgress,
					ledger.BoxVerified, ledger.BoxWithdrawn}, box)
				switch {
				case box == ledger.BoxReported:
					l.at = *a.ReportedAt
				case a.ClosedAt != nil:
					l.at = *a.ClosedAt
				case box == ledger.BoxInProgress && a.Returned > 0:
					l.class = 3
				}
			case box == ledger.BoxOverdue && (l.since.IsZero() || a.Due.Before(l.since)):
				l.since = a.Due
			}
		}
		for _, l := range tasks {
			if l.late || l.open && !today.Before(p.From) {
				counts[l.box]++
				open = append(open, *l)
			}
		}
	}
	slices.SortFunc(open, walked.compare)
	return open, counts
}

// heldToWalk fails when the board of other periods is not what a walk finds.
func heldToWalk(t *rapid.T, b *ledger.Book, now time.Time) int {
	open, counts := walk(b, now)
	board := b.BoardAt(now)
	got := map[ledger.Box]int{ledger.BoxOverdue: board.Shown.Overdue - board.Counts.Overdue, ledger.BoxSoon: board.Shown.Soon - board.Counts.Soon,
		ledger.BoxReported: board.Shown.Reported - board.Counts.Reported, ledger.BoxAssigned: board.Shown.Assigned - board.Counts.Assigned,
		ledger.BoxInProgress: board.Shown.InProgress - board.Counts.InProgress, ledger.BoxVerified: board.Shown.Verified - board.Counts.Verified,
		ledger.BoxWithdrawn: board.Shown.Withdrawn - board.Counts.Withdrawn, ledger.BoxNone: board.Shown.None - board.Counts.None}
	for box, n := range got {
		if n != counts[box] {
			t.Fatalf("at %s %d %s, a walk finds %d", now, n, box, counts[box])
		}
	}
	if board.Shown.Total-board.Counts.Total != len(open) {
		t.Fatalf("at %s %d in all, a walk finds %d", now, board.Shown.Total-board.Counts.Total, len(open))
	}
	if len(board.AlsoOpen) != min(len(open), 60) {
		t.Fatalf("at %s %d rows, a walk finds %d", now, len(board.AlsoOpen), len(open))
	}
	total := len(open)
	for i, row := range board.AlsoOpen {
		if row.Period.ID != open[i].period || row.No != open[i].task {
			t.Fatalf("at %s row %d is task %d of %s, a walk finds %+v", now, i, row.No, row.Period.ID, open[i])
		}
	}
	all := 0
	for _, p := range b.Periods() {
		for _, a := range b.InPeriod(p.ID) {
			if b.Item(a, now).Box == ledger.BoxOverdue {
				all++
			}
		}
	}
	if needs := b.Needs(now).Overdue.Count; board.All.Overdue != all || needs != all {
		t.Fatalf("at %s the wall counts %d late, the desk %d, a walk finds %d", now, board.All.Overdue, needs, all)
	}
	return total
}

// TestBoardIsWhatAWalkFinds: whatever is opened and done in however many periods, and at
// whatever instant the board is looked at, the tasks of other periods and their counts are
// those of a plain walk through all rows; for a Book that followed, one that was read
// anew, and one of an earlier position alike.
func TestBoardIsWhatAWalkFinds(t *testing.T) {
	ctx := context.Background()
	most := 0
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, "2022-09-01 09:00")
		if _, _, err := w.desk.LoadPlan(ctx, w.now(), w.rules.Plan, source(t)); err != nil {
			t.Fatal(err)
		}
		w.open()
		var ids []string
		periods := rapid.IntRange(0, 9).Draw(rt, "periods")
		for n := range periods {
			p := workflow.PeriodInput{ID: fmt.Sprintf("S%d", n), Name: "专项",
				Due: &workflow.DueTime{Date: day("2022-09-05").AddDays(rapid.IntRange(0, 60).Draw(rt, "due"))}}
			if from := rapid.IntRange(-20, 30).Draw(rt, "from"); from > 0 && from < 4 {
				p.From = &workflow.DueTime{Date: day("2022-09-01").AddDays(from)}
			}
			if _, _, err := w.desk.OpenPeriod(ctx, w.call(office), p); err != nil {
				rt.Fatal(err)
			}
			for _, s := range w.rules.Plan.Assignments() {
				if s.Role == string(workflow.Lead) || s.Task%4 == 0 {
					ids = append(ids, workflow.AssignmentID(p.ID, s.Task, workflow.Role(s.Role), s.Department))
				}
			}
		}
		w.settle()
		positions := map[uint64]time.Time{w.book.Seq(): w.now()}
		for range rapid.IntRange(1, 5).Draw(rt, "days") {
			w.mu.Lock()
			w.time = w.time.Add(time.Duration(rapid.IntRange(1, 12_000).Draw(rt, "minutes")) * time.Minute)
			w.mu.Unlock()
			w.open() // the next quarter, once its day has come
			if len(ids) > 0 {
				for range rapid.IntRange(0, 12).Draw(rt, "acts") {
					w.anything(rt, rapid.SampledFrom(ids).Draw(rt, "id"))
				}
			}
			w.settle()
			most = max(most, heldToWalk(rt, w.book, w.now()))
			heldToWalk(rt, w.book, w.now().AddDate(0, 0, rapid.IntRange(-20, 60).Draw(rt, "other day")))
			positions[w.book.Seq()] = w.now()
		}
		heldToWalk(rt, w.fresh(), w.now())
		p := ledger.NewPlayback(w.book, w.Memory)
		for seq, now := range positions {
			b, err := p.At(ctx, "anna", seq)
			if err != nil {
				rt.Fatal(err)
			}
			heldToWalk(rt, b, now)
		}
	})
	if most <= 60 {
		t.Errorf("at most %d tasks were open: never more than a board carries", most)
	}
}

// anything does a random act on the assignment, which may be refused.
func (w *world) anything(t *rapid.T, id string) {
	a, ok := w.book.Assignment(id)
	if !ok {
		return
	}
	who := liaison(a.Department)
	due := &workflow.DueTime{At: w.now().AddDate(0, 0, rapid.IntRange(1, 40).Draw(t, "due"))}
	type act struct {
		who workflow.Actor
		c   workflow.Command
	}
	do := rapid.SampledFrom([]act{
		{who, workflow.AcceptCommand{}}, {who, workflow.AcceptCommand{}}, {who, report("完成")}, {who, report("完成")}, {who, workflow.RecallCommand{}},
		{office, workflow.VerifyCommand{Grade: workflow.Good}}, {office, workflow.ReturnCommand{Reason: "补充", Due: due}},
		{office, workflow.WithdrawCommand{Reason: "合并"}}, {office, workflow.ReopenCommand{Reason: "补报", Due: due}},
		{workflow.Clock, workflow.ExpireCommand{}},
	}).Draw(t, "act")
	if _, err := w.desk.Act(context.Background(), w.call(do.who), id, do.c); err != nil && workflow.AsError(err).Kind == workflow.Internal {
		t.Fatalf("%T: %v", do.c, err)
	}
	w.settle()
}
