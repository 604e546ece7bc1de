package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/workflow"
	"duban/workflow/plan"
)

// situation is a column of the matrix: a state, split where the past or the
// time of day decides.
type situation struct {
	name string
	a    workflow.Assignment
	past bool // now is past due
}

var matrixDue = time.Date(2022, 9, 23, 17, 30, 0, 0, time.FixedZone("CST", 8*3600))

func situations() []situation {
	row := func(s workflow.State, fill func(*workflow.Assignment)) workflow.Assignment {
		at := matrixDue.AddDate(0, 0, -10)
		a := workflow.Assignment{ID: coop1, Version: 3, Period: "2022Q3", Task: 1, Department: "jxt",
			Role: workflow.Cooperating, State: s, AssignedAt: at, AcceptBy: at.AddDate(0, 0, 5),
			Due: matrixDue, OriginalDue: matrixDue,
			Urges: []workflow.UrgeRef{{N: 1, At: at, Level: workflow.PlainUrge}}}
		if fill != nil {
			fill(&a)
		}
		return a
	}
	accepted := func(a *workflow.Assignment) { at := a.AssignedAt.Add(time.Hour); a.AcceptedAt = &at }
	reported := func(a *workflow.Assignment) {
		accepted(a)
		at := a.AssignedAt.Add(2 * time.Hour)
		a.ReportedAt, a.ReportedBy = &at, "filer"
		a.Reports = []workflow.ReportRef{{N: 1, At: at}}
	}
	closed := func(a *workflow.Assignment) { reported(a); at := a.AssignedAt.Add(3 * time.Hour); a.ClosedAt = &at }
	return []situation{
		{"assigned", row(workflow.Assigned, nil), false},
		{"in_progress", row(workflow.InProgress, accepted), false},
		{"reported", row(workflow.Reported, reported), false},
		{"reported_past_due", row(workflow.Reported, reported), true},
		{"verified", row(workflow.Verified, closed), false},
		{"overdue", row(workflow.Overdue, nil), true},
		{"overdue_accepted", row(workflow.Overdue, accepted), true},
		{"withdrawn", row(workflow.Withdrawn, closed), false},
	}
}

// tries are the rows of the matrix: every trigger with a command that is valid in
// itself, twice where a waiting extension request decides, or a level.
type try struct {
	name    string
	command workflow.Command
	pending bool
}

func tries() []try {
	due := &workflow.DueTime{At: matrixDue.AddDate(0, 1, 0)}
	return []try{
		{"accept", workflow.AcceptCommand{}, false},
		{"report", filed("开展培育工作"), false},
		{"recall", workflow.RecallCommand{}, false},
		{"reply_urge", workflow.ReplyUrgeCommand{N: 1, Text: "已安排"}, false},
		{"read_urge", workflow.ReadUrgeCommand{N: 1}, false},
		{"request_extension", workflow.RequestExtensionCommand{Due: due, Reason: "数据未出"}, false},
		{"request_extension/pending", workflow.RequestExtensionCommand{Due: due, Reason: "数据未出"}, true},
		{"withdraw_ask", workflow.WithdrawAskCommand{N: 1}, false},
		{"withdraw_ask/open", workflow.WithdrawAskCommand{N: 1}, false},
		{"reopen_ask", workflow.ReopenAskCommand{N: 1, Text: "指标仍未落实"}, false},
		{"reopen_ask/answered", workflow.ReopenAskCommand{N: 1, Text: "指标仍未落实"}, false},
		{"verify", workflow.VerifyCommand{Grade: workflow.Good}, false},
		{"return", workflow.ReturnCommand{Reason: "请补充数据", Due: due}, false},
		{"answer_ask", workflow.AnswerAskCommand{N: 1, Text: "已商自然资源厅"}, false},
		{"answer_ask/open", workflow.AnswerAskCommand{N: 1, Text: "已商自然资源厅"}, false},
		{"urge/reminder", workflow.UrgeCommand{Level: workflow.Reminder}, false},
		{"urge/urge", workflow.UrgeCommand{Level: workflow.PlainUrge, Text: "请抓紧"}, false},
		{"urge/formal", workflow.UrgeCommand{Level: workflow.FormalUrge, Text: "请抓紧"}, false},
		{"remind", workflow.RemindCommand{Workdays: 1}, false},
		{"extend", workflow.ExtendCommand{Due: due}, false},
		{"extend/pending", workflow.ExtendCommand{N: 1, Due: due}, true},
		{"refuse_extension", workflow.RefuseExtensionCommand{N: 1, Reason: "时间充足"}, false},
		{"refuse_extension/pending", workflow.RefuseExtensionCommand{N: 1, Reason: "时间充足"}, true},
		{"direct", workflow.DirectCommand{Text: "请高度重视"}, false},
		{"note", workflow.NoteCommand{Text: "已电话联系"}, false},
		{"transfer", workflow.TransferCommand{To: "sft", Reason: "职责不在本单位"}, false},
		{"withdraw", workflow.WithdrawCommand{Reason: "计划调整"}, false},
		{"reopen", workflow.ReopenCommand{Reason: "数据有误", Due: due}, false},
		{"expire", workflow.ExpireCommand{}, false},
	}
}

// group is people who must get the same answers throughout.
type group struct {
	name   string
	people []workflow.Actor
}

func groups() []group {
	unit := func(id string) []workflow.Actor {
		return []workflow.Actor{{User: "a", Unit: id, Role: workflow.Liaison}, {User: "b", Unit: id, Role: workflow.Signatory}}
	}
	desk := func(user, unit, behalf string) []workflow.Actor {
		return []workflow.Actor{{User: user, Unit: unit, Role: workflow.OfficeMan, OnBehalf: behalf},
			{User: user, Unit: unit, Role: workflow.Director, OnBehalf: behalf}}
	}
	return []group{
		{"own", unit("jxt")},
		{"lead_of_task", unit("scjgj")},
		{"same_task", unit("whlyt")},
		{"other", unit("sft")},
		{"office", desk("wang", plan.OfficeID, "")},
		{"office_reporter", slices.Concat(desk("filer", plan.OfficeID, ""), desk("wang", "jxt", ""), desk("wang", plan.OfficeID, "filer"))},
		{"system", []workflow.Actor{workflow.Clock}},
		{"admin", []workflow.Actor{admin}},
		{"reader", []workflow.Actor{{User: "v", Unit: plan.OfficeID, Role: workflow.Viewer}, {User: "u", Unit: plan.OfficeID, Role: workflow.Auditor}}},
		{"screen", []workflow.Actor{{User: "s", Unit: plan.OfficeID, Role: workflow.Screen}}},
	}
}

// outcome is a cell: "→ state", "· state" when it stays, or the refusal's code
// with those of its arguments that are words.
func outcome(t *testing.T, r workflow.Rules, who workflow.Actor, s situation, x try) string {
	t.Helper()
	a := s.a
	if x.pending {
		a.Extensions = []workflow.ExtensionRef{{N: 1, At: a.AssignedAt, From: a.Due, Wanted: a.Due.AddDate(0, 0, 7)}}
	}
	if _, on, ok := strings.Cut(x.name, "_ask/"); ok {
		ask := workflow.AskRef{N: 1, Seq: 1, At: a.AssignedAt, State: workflow.AskWaiting}
		if on == "answered" {
			ask.State, ask.Words = workflow.AskClosed, []workflow.AskWord{{Kind: workflow.KindAskAnswered, Seq: 2, At: a.AssignedAt, Closed: true}}
		}
		a.Reports = []workflow.ReportRef{{N: 1, Seq: 1, At: a.AssignedAt, Asks: true, Ask: 1}}
		a.Asked = []workflow.AskRef{ask}
	}
	now := a.Due
	if s.past {
		now = now.Add(time.Second)
	}
	v := newRows()
	v.assignments[a.ID] = a
	desk := workflow.NewDesk(still{rows: v}, func() workflow.Rules { return r })
	got, err := desk.Act(context.Background(), workflow.Call{Actor: who, Received: now}, a.ID, x.command)
	if err != nil {
		var e *workflow.Error
		if !errors.As(err, &e) || len(got.Events) > 0 {
			t.Fatalf("%s by %s in %s: %v with %d events", x.name, who.Role, s.name, err, len(got.Events))
		}
		return refusal(e)
	}
	about := slices.DeleteFunc(slices.Clone(got.Events), func(e workflow.Event) bool { return e.Assignment != a.ID })
	if len(about) != 1 {
		t.Fatalf("%s by %s in %s: %d events", x.name, who.Role, s.name, len(got.Events))
	}
	if acts := r.Actions(who, a, now); !slices.Contains(acts, x.command.Trigger()) {
		t.Errorf("%s by %s in %s: done, but %v are the buttons", x.name, who.Role, s.name, acts)
	}
	after := workflow.Apply(a, got.Events[0])
	if after.State == a.State {
		return "· " + string(a.State)
	}
	return "→ " + string(after.State)
}

func refusal(e *workflow.Error) string {
	words := []string{e.Code}
	for _, k := range slices.Sorted(maps.Keys(e.Args)) {
		switch v := e.Args[k].(type) {
		case workflow.State, workflow.Trigger, workflow.UserRole:
			words = append(words, fmt.Sprintf("%s=%s", k, v))
		}
	}
	return strings.Join(words, " ")
}

// TestMatrix holds every state × trigger × role × relation in a golden file, from
// which docs/state-matrix.md is written in Chinese. Past due and not yet marked
// must answer as overdue does.
func TestMatrix(t *testing.T) {
	r := shippedRules(t)
	var b strings.Builder
	b.WriteString("# group\ttrigger\tsituation\toutcome: → next state, · stays, or the refusal's code\n")
	cells := 0
	for _, g := range groups() {
		for _, x := range tries() {
			for _, s := range situations() {
				cell := outcome(t, r, g.people[0], s, x)
				for _, who := range g.people {
					cells++
					if other := outcome(t, r, who, s, x); stripRole(other) != stripRole(cell) {
						t.Errorf("%s/%s %s in %s: %s, others of %s: %s", who.Role, who.User, x.name, s.name, other, g.name, cell)
					}
				}
				fmt.Fprintf(&b, "%s\t%s\t%s\t%s\n", g.name, x.name, s.name, cell)
			}
		}
	}
	t.Logf("%d cells", cells)
	golden(t, "testdata/matrix.golden", b.String())
}

func stripRole(s string) string {
	before, _, _ := strings.Cut(s, " role=")
	return before
}

// TestPastDueUnmarked: the clock has not ticked yet, the answers are those of an
// overdue assignment, with the expired event recorded first.
func TestPastDueUnmarked(t *testing.T) {
	r := shippedRules(t)
	for _, s := range situations() {
		if s.a.State != workflow.Assigned && s.a.State != workflow.InProgress {
			continue
		}
		marked := s.a
		marked.State = workflow.Overdue
		now := s.a.Due.Add(time.Nanosecond)
		for _, x := range tries() {
			for _, g := range groups() {
				for _, who := range g.people {
					scene := workflow.Scene{Rules: r, View: newRows(), Now: now}
					got, err := workflow.Decide(s.a, who, x.command, scene)
					want, wantErr := workflow.Decide(marked, who, x.command, scene)
					if x.name == "expire" && g.name == "system" {
						want, wantErr = nil, nil
					}
					if fmt.Sprint(err) != fmt.Sprint(wantErr) {
						t.Fatalf("%s %s by %s: %v, when marked %v", s.name, x.name, who.Role, err, wantErr)
					}
					if err != nil {
						continue
					}
					if len(got) != len(want)+1 || got[0].Kind != workflow.KindExpired || !got[0].At.Equal(s.a.Due) ||
						got[0].From != s.a.State || got[0].To != workflow.Overdue {
						t.Fatalf("%s %s by %s: %+v", s.name, x.name, who.Role, got)
					}
					same(t, got[1:], append([]workflow.Event{}, want...))
				}
			}
			if got, want := r.Actions(coopMan, s.a, now), r.Actions(coopMan, marked, now); !slices.Equal(got, want) {
				t.Fatalf("buttons %v, when marked %v", got, want)
			}
		}
	}
}

// TestUnknownState: a row with a state of a later version is refused whatever is
// asked, and the machine does not learn the state.
func TestUnknownState(t *testing.T) {
	r := shippedRules(t)
	before := workflow.Graph()
	a := workflow.Assignment{ID: coop1, Task: 1, Department: "jxt", State: "parked", Due: matrixDue}
	for _, x := range tries() {
		for _, g := range groups() {
			if es, err := workflow.Decide(a, g.people[0], x.command, workflow.Scene{Rules: r, View: newRows(), Now: matrixDue}); err == nil {
				t.Errorf("%s by %s: %v", x.name, g.name, es)
			}
		}
	}
	if acts := r.Actions(office, a, matrixDue); acts != nil {
		t.Errorf("buttons %v", acts)
	}
	if workflow.Graph() != before {
		t.Error("the machine has learnt a state")
	}
}

// TestGraph holds the drawing of the machine; docs shows it.
func TestGraph(t *testing.T) {
	g := workflow.Graph()
	for range 20 {
		if workflow.Graph() != g {
			t.Fatal("two drawings differ")
		}
	}
	for _, s := range workflow.States {
		if !strings.Contains(g, string(s)) {
			t.Errorf("%s is not drawn", s)
		}
	}
	for _, x := range workflow.Triggers {
		if !strings.Contains(g, string(x)) {
			t.Errorf("%s is not drawn", x)
		}
	}
	golden(t, "../docs/state-graph.dot", g)
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range g {
		if i >= len(w) || g[i] != w[i] {
			t.Fatalf("%s, line %d:\ngot  %s\nwant %s\nif this is meant: go test ./workflow -run %s -update", path, i+1, g[i], w[min(i, len(w)-1)], t.Name())
		}
	}
	t.Fatalf("%s is longer", path)
}
