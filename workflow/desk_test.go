package workflow_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/workflow"
)

func TestFreshStore(t *testing.T) {
	b := newBench(t, "2022-09-20 09:00:00")
	lead, coop := 0, 0
	for _, a := range b.all() {
		if a.State != workflow.Assigned || a.Period != "2022Q3" || !a.AssignedAt.Equal(b.now) || a.AcceptBy.After(a.Due) || !a.Due.After(b.now) {
			t.Errorf("%+v", a)
		}
		if a.Role == workflow.Lead {
			lead++
		} else {
			coop++
		}
	}
	if lead != 12 || coop != 45 {
		t.Errorf("%d lead, %d cooperating", lead, coop)
	}
	if p, opened, err := b.desk.EnsurePeriod(context.Background(), b.now); err != nil || opened || p.Name != "2022年第三季度" || p.Seq == 0 {
		t.Errorf("%+v %v %v", p, opened, err)
	}
}

func TestTurnOfQuarter(t *testing.T) {
	b := newBench(t, opens)
	b.at("2022-09-30 23:59:59")
	if _, opened, err := b.desk.EnsurePeriod(context.Background(), b.now); err != nil || opened {
		t.Fatal("opened a second too early", err)
	}
	b.at("2022-10-01 00:00:00") // a holiday: assigned now, the clocks count workdays
	p, opened, err := b.desk.EnsurePeriod(context.Background(), b.now)
	if err != nil || !opened || p.ID != "2022Q4" || len(b.all()) != 114 {
		t.Fatal(p, opened, err, len(b.all()))
	}
	if want := b.when("2022-12-30 17:30:00"); !p.Due.Equal(want) {
		t.Errorf("due %s, want %s", p.Due, want)
	}
	b.at("2023-08-15 10:00:00") // after a long standstill only the current one is opened
	if p, opened, err := b.desk.EnsurePeriod(context.Background(), b.now); err != nil || !opened || p.ID != "2023Q3" || len(b.all()) != 171 {
		t.Error(p, opened, err, len(b.all()))
	}
}

func TestPeriodNames(t *testing.T) {
	for id, want := range map[string]string{"2022Q1": "2022年第一季度", "2022Q4": "2022年第四季度", "2022M07": "2022年7月", "2022M12": "2022年12月", "S1": "S1"} {
		if got := workflow.PeriodName(id); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
}

// special is a period for tasks 1 and 3 of two departments.
func special() workflow.PeriodInput {
	return workflow.PeriodInput{ID: "flood2022", Name: "防汛专项", Due: day("2022-09-30"), CooperatingDue: day("2022-09-28"),
		AcceptBy: day("2022-09-22"), Tasks: []int{1, 1, 3}, Departments: []string{"省市场监管局", "jxt"}}
}

func TestSpecialPeriod(t *testing.T) {
	b := newBench(t, "2022-09-20 09:00:00")
	open := func(who workflow.Actor, change func(*workflow.PeriodInput)) (workflow.Period, error) {
		in := special()
		if change != nil {
			change(&in)
		}
		p, _, err := b.desk.OpenPeriod(context.Background(), b.call(who), in)
		return p, err
	}
	_, err := open(leadMan, nil)
	wantCode(t, err, "period.office_only")
	for code, change := range map[string]func(*workflow.PeriodInput){
		"period.id":                     func(in *workflow.PeriodInput) { in.ID = "../x" },
		"period.name_required":          func(in *workflow.PeriodInput) { in.Name = " " },
		"text.too_long":                 func(in *workflow.PeriodInput) { in.Name = strings.Repeat("专", 61) },
		"text.control":                  func(in *workflow.PeriodInput) { in.Reason = "因\x07汛" },
		"period.due_required":           func(in *workflow.PeriodInput) { in.Due = nil },
		"due.past":                      func(in *workflow.PeriodInput) { in.Due = day("2022-09-19") },
		"due.too_far":                   func(in *workflow.PeriodInput) { in.Due = day("2122-09-19") },
		"period.cooperating_after_lead": func(in *workflow.PeriodInput) { in.CooperatingDue = day("2022-10-01") },
		"period.accept_after_due":       func(in *workflow.PeriodInput) { in.AcceptBy = day("2022-10-01") },
		"period.dates":                  func(in *workflow.PeriodInput) { in.From, in.To = day("2022-09-20"), day("2022-09-19") },
		"task.unknown":                  func(in *workflow.PeriodInput) { in.Tasks = []int{13} },
		"department.unknown":            func(in *workflow.PeriodInput) { in.Departments = []string{"省公安厅"} },
		"period.nobody":                 func(in *workflow.PeriodInput) { in.Tasks, in.Departments = []int{3}, []string{"jxt"} },
		"period.id_regular":             func(in *workflow.PeriodInput) { in.ID = "2022Q4" },
		"period.exists": func(in *workflow.PeriodInput) {
			in.ID, in.Tasks, in.Departments = "2022Q3", nil, nil
			in.From, in.To = day("2022-07-01"), day("2022-09-30")
		},
	} {
		_, err := open(office, change)
		wantCode(t, err, code)
	}
	if n := len(b.all()); n != 57 {
		t.Fatalf("refused periods left %d rows", n)
	}
	if _, err := open(office, nil); err != nil {
		t.Fatal(err)
	}
	_, err = open(office, nil)
	wantCode(t, err, "period.exists")
	_, err = open(office, func(in *workflow.PeriodInput) { in.ID, in.AcceptBy = "flood2", nil }) // to be accepted by the due instant
	if a := b.row("flood2-01-coop-jxt"); err != nil || !a.AcceptBy.Equal(a.Due) {
		t.Errorf("accept by %s, due %s: %v", a.AcceptBy, a.Due, err)
	}
}

// TestSpecialPeriodOpens what was chosen and nothing else.
func TestSpecialPeriodOpens(t *testing.T) {
	b := newBench(t, "2022-09-20 09:00:00")
	in := special()
	in.Reason = "省领导批示"
	p, _, err := b.desk.OpenPeriod(context.Background(), b.call(office), in)
	if err != nil || !p.Special || p.From != date("2022-09-20") || p.To != date("2022-09-30") || !slices.Equal(p.Tasks, []int{1, 3}) {
		t.Fatal(p, err)
	}
	var ids []string
	for _, a := range b.all() {
		if a.Period == "flood2022" {
			ids = append(ids, a.ID)
		}
	}
	if want := []string{"flood2022-01-coop-jxt", "flood2022-01-lead-scjgj", "flood2022-03-lead-scjgj"}; !slices.Equal(ids, want) {
		t.Errorf("%v", ids)
	}
	if a := b.row("flood2022-01-coop-jxt"); !a.Due.Equal(b.when("2022-09-28 17:30:00")) || !a.AcceptBy.Equal(b.when("2022-09-22 17:30:00")) {
		t.Errorf("%+v", a)
	}
}

func TestOpenPeriodRepeated(t *testing.T) {
	b := newBench(t, opens)
	call := b.call(office)
	call.Key = "open-once"
	in := workflow.PeriodInput{ID: "S1", Name: "专项", Due: day("2022-09-30")}
	first, r1, err1 := b.desk.OpenPeriod(context.Background(), call, in)
	again, r2, err2 := b.desk.OpenPeriod(context.Background(), call, in)
	if err1 != nil || err2 != nil || !r2.Repeated || r1.Seq != r2.Seq || again.ID != first.ID || again.Seq == 0 {
		t.Errorf("%+v %+v %v %v", first, again, err1, err2)
	}
}

// TestReminders: on the third and the last workday before due, once each, also
// after a standstill, and anew when the due date has moved.
func TestReminders(t *testing.T) {
	b := newBench(t, opens)
	b.must(coopMan, coop1, workflow.AcceptCommand{})
	sent := func() (days []int) {
		for _, e := range b.trail(coop1) {
			if e.Kind == workflow.KindReminded {
				days = append(days, *e.Data.Workdays)
			}
		}
		return days
	}
	for _, step := range []struct {
		at   string
		want []int
	}{
		{"2022-09-19 23:59:59", nil}, // Monday: four workdays left
		{"2022-09-20 00:00:00", []int{3}},
		{"2022-09-20 17:30:00", []int{3}},
		{"2022-09-21 09:00:00", []int{3}},
		{"2022-09-22 00:00:01", []int{3, 1}},
		{"2022-09-23 17:30:00", []int{3, 1}},
		{"2022-09-24 09:00:00", []int{3, 1}}, // overdue, and a Saturday
	} {
		b.at(step.at)
		b.sweep()
		if got := sent(); !slices.Equal(got, step.want) {
			t.Errorf("%s: %v, want %v", step.at, got, step.want)
		}
	}
	b.must(office, coop1, workflow.ExtendCommand{Due: day("2022-10-11")})
	for _, at := range []string{"2022-10-06 09:00:00", "2022-10-08 09:00:00", "2022-10-10 09:00:00", "2022-10-11 09:00:00"} {
		b.at(at) // 6 October is a holiday; the 8th, a Saturday, is worked: three left
		b.sweep()
	}
	if got := sent(); !slices.Equal(got, []int{3, 1, 3, 1}) {
		t.Errorf("after the extension: %v", got)
	}
}

func TestRemindersAfterStandstill(t *testing.T) {
	b := newBench(t, opens)
	b.at("2022-09-23 09:00:00") // the server was off on the 20th and the 22nd: the nearest alone
	b.sweep()
	if k := b.kinds(coop1); !slices.Equal(k, []workflow.Kind{"reminded"}) || *b.trail(coop1)[1].Data.Workdays != 1 {
		t.Errorf("%v", k)
	}
	b.at("2023-03-01 09:00:00") // and over the due instant: one overdue event each, effective when it was due
	b.sweep()
	for _, a := range b.all() {
		n := 0
		for _, e := range b.trail(a.ID) {
			if e.Kind == workflow.KindExpired {
				n++
				if !e.At.Equal(a.Due) || !e.RecordedAt.Equal(b.now) {
					t.Errorf("%+v", e)
				}
			}
		}
		if n != 1 || a.State != workflow.Overdue {
			t.Errorf("%s: %d expired events, %s", a.ID, n, a.State)
		}
	}
}

// TestChoreTwiceInOneBatch: the same chore named twice is done once.
func TestChoreTwiceInOneBatch(t *testing.T) {
	b := newBench(t, opens)
	b.at("2022-09-24 09:00:00")
	owed := []workflow.Chore{{Assignment: coop1, Command: workflow.RemindCommand{Workdays: 1}},
		{Assignment: coop1, Command: workflow.ExpireCommand{}}, {Assignment: coop1, Command: workflow.ExpireCommand{}},
		{Assignment: "gone", Command: workflow.ExpireCommand{}}}
	if n, err := b.desk.Do(context.Background(), b.now, owed); err != nil || n != 1 {
		t.Errorf("%d events, %v", n, err)
	}
}

// draftOf is a draft with one text, made from the draft with the tag; "" does not say.
func draftOf(progress, tag string) workflow.DraftInput {
	in := workflow.DraftInput{Body: []byte(`{"progress":"` + progress + `"}`)}
	if tag != "" {
		in.Basis = workflow.From(tag)
	}
	return in
}

func TestDrafts(t *testing.T) {
	b := newBench(t, opens)
	ctx := context.Background()
	save := func(who workflow.Actor) error {
		_, err := b.desk.SaveDraft(ctx, b.call(who), coop1, draftOf("半", ""))
		return err
	}
	wantCode(t, save(stranger), "assignment.unknown")
	wantCode(t, save(leadMan), "act.not_yours")
	wantCode(t, save(office), "act.forbidden")
	if err := save(coopMan); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.desk.Draft(ctx, office, b.row(coop1)); err == nil {
		t.Error("a draft is the department's own")
	}
	if d, ok, err := b.desk.Draft(ctx, coopMan, b.row(coop1)); err != nil || !ok || d.By != coopMan.User {
		t.Errorf("%+v %v %v", d, ok, err)
	}
	b.must(coopMan, coop1, workflow.AcceptCommand{}, filed("全"))
	wantCode(t, save(coopMan), "report.already")
	if d, ok, err := b.desk.Draft(ctx, coopMan, b.row(coop1)); err != nil || ok || d.Tag() != "1-0" {
		t.Error("a filed report makes its draft stale", d.Tag(), err)
	}
}

// TestADraftIsNotOverwritten: what was made from another text than the one that stands is
// refused and changes nothing, and a text somebody else's takes the place of is remembered.
func TestADraftIsNotOverwritten(t *testing.T) {
	b := newBench(t, opens)
	ctx := context.Background()
	other := coopMan
	other.User = "coop-2"
	save := func(who workflow.Actor, in workflow.DraftInput) (workflow.Draft, error) {
		return b.desk.SaveDraft(ctx, b.call(who), coop1, in)
	}
	stands := func(progress string, earlier ...string) {
		t.Helper()
		d, _, err := b.desk.Draft(ctx, coopMan, b.row(coop1))
		if err != nil || string(d.Body) != `{"progress":"`+progress+`"}` || len(d.Earlier) != len(earlier) {
			t.Fatalf("%s with %d earlier, %v", d.Body, len(d.Earlier), err)
		}
		for i, e := range d.Earlier {
			if string(e.Body) != `{"progress":"`+earlier[i]+`"}` {
				t.Errorf("earlier %d is %s", i, e.Body)
			}
		}
	}
	first, err := save(coopMan, draftOf("一", "0-0"))
	if err != nil || first.Tag() != "0-1" {
		t.Fatal(first.Tag(), err)
	}
	in := draftOf("二", "0-1")
	in.Window = "w1"
	if _, err := save(coopMan, in); err != nil {
		t.Fatal(err)
	}
	stands("二") // one's own text goes on: nothing to remember
	_, err = save(other, draftOf("旧", "0-1"))
	wantCode(t, err, "draft.stale")
	if e := workflow.AsError(err); e.Kind != workflow.Stale || e.Args["by"] != coopMan.User || !e.Args["at"].(time.Time).Equal(b.now) || e.Args["current"] != "0-2" {
		t.Errorf("%+v", e)
	}
	_, err = save(other, draftOf("旧", "0-0")) // a page opened before anybody had begun
	wantCode(t, err, "draft.stale")
	stands("二")
	in.Body = draftOf("三", "").Body // the answer to its last save never reached this page
	if d, err := save(coopMan, in); err != nil || d.Tag() != "0-3" {
		t.Fatal(d.Tag(), err)
	}
	if _, err := save(other, draftOf("四", "0-3")); err != nil {
		t.Fatal(err)
	}
	stands("四", "三")
	if _, err := save(coopMan, draftOf("五", "")); err != nil { // a program that does not ask
		t.Fatal(err)
	}
	stands("五", "四", "三")
	any := draftOf("六", "")
	any.Basis = &workflow.Basis{Any: true}
	if _, err := save(coopMan, any); err != nil {
		t.Fatal(err)
	}
	over := draftOf("七", "0-6")
	over.Over = true
	if _, err := save(coopMan, over); err != nil {
		t.Fatal(err)
	}
	stands("七", "六", "四", "三")
	for n, who := range []workflow.Actor{other, coopMan, other, coopMan} {
		if _, err := save(who, draftOf(string(rune('a'+n)), "")); err != nil {
			t.Fatal(err)
		}
	}
	stands("d", "c", "b", "a", "七", "六") // five, and no more

	b.must(coopMan, coop1, workflow.AcceptCommand{}, filed("全"))
	b.must(office, coop1, workflow.ReturnCommand{Reason: "补"})
	_, err = save(coopMan, draftOf("旧", "0-11"))
	wantCode(t, err, "draft.gone") // a page of before the report
	_, err = save(coopMan, any)
	wantCode(t, err, "draft.gone")
	if _, err := save(coopMan, draftOf("新", "1-0")); err != nil {
		t.Fatal(err)
	}
}

// TestAReadMarkMakesNoViewStale: the first act of every urged department was refused,
// because its page had marked the urge as read.
func TestAReadMarkMakesNoViewStale(t *testing.T) {
	b := newBench(t, opens)
	b.must(office, coop1, workflow.UrgeCommand{Level: workflow.PlainUrge, Text: "请报"}, workflow.UrgeCommand{Level: workflow.PlainUrge, Text: "请速报"})
	call := b.call(coopMan)
	call.Version = b.row(coop1).Version
	b.must(coopMan, coop1, workflow.ReadUrgeCommand{N: 1}, workflow.ReadUrgeCommand{N: 2})
	if _, err := b.desk.Act(context.Background(), call, coop1, workflow.AcceptCommand{}); err != nil {
		t.Fatalf("the page of before the marks: %v", err)
	}
	_, err := b.desk.Act(context.Background(), call, coop1, workflow.RequestExtensionCommand{Reason: "x"})
	wantCode(t, err, "assignment.stale") // it was accepted since
	call.Version = 99
	_, err = b.desk.Act(context.Background(), call, coop1, workflow.RequestExtensionCommand{Reason: "x"})
	wantCode(t, err, "assignment.stale")
}

// planWith is the shipped plan with one text put for another.
func planWith(t *testing.T, old, changed string) (workflow.Rules, []byte) {
	t.Helper()
	source, err := os.ReadFile("../tasks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(source), old) != 1 {
		t.Fatalf("%q stands %d times in the plan", old, strings.Count(string(source), old))
	}
	source = []byte(strings.Replace(string(source), old, changed, 1))
	r, err := rulesOf(source)
	if err != nil {
		t.Fatal(err)
	}
	return r, source
}

// TestPlanChange: task 2 goes from 省科技厅 to 省税务局, 省司法厅 joins it.
func TestPlanChange(t *testing.T) {
	b := newBench(t, opens)
	ctx := context.Background()
	next, source := planWith(t, "    lead: 省科技厅\n    cooperating: [省税务局, 省市场监管局]", "    lead: 省税务局\n    cooperating: [省市场监管局, 省司法厅]")
	b.at("2022-09-28 09:00:00") // two workdays before the lead is due; the cooperating ones are past due, unmarked
	current, _, err := b.desk.EnsurePeriod(ctx, b.now)
	if err != nil {
		t.Fatal(err)
	}
	if ref, same, err := b.desk.LoadPlan(ctx, b.now, next.Plan, source); err != nil || same || ref.Digest != b.rules.Plan.Digest {
		t.Fatal("another file is not in force by being there", ref, same, err)
	}
	apply := func(who workflow.Actor, reason string) (workflow.Receipt, error) {
		return b.desk.ApplyPlan(ctx, b.call(who), workflow.NewPlan{Plan: next.Plan, Source: source, Reason: reason}, current)
	}
	_, err = apply(leadMan, "职能调整")
	wantCode(t, err, "plan.forbidden")
	_, err = apply(office, "  ")
	wantCode(t, err, "plan.reason_required")
	r, err := apply(office, "职能调整")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range r.Events {
		got = append(got, strings.TrimSuffix(string(e.Kind)+" "+e.Assignment, " "))
	}
	if want := []string{"plan_loaded", "withdrawn 2022Q3-02-lead-kjt", "expired 2022Q3-02-coop-swj", "withdrawn 2022Q3-02-coop-swj",
		"assigned 2022Q3-02-lead-swj", "assigned 2022Q3-02-coop-sft"}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if e := r.Events[1]; e.Data.TransferredTo != "swj" || e.Texts["reason"] != "职能调整" || e.From != workflow.Assigned {
		t.Errorf("%+v", e)
	}
	// Five workdays from Wednesday 28 September: 29, 30, then 8, 9, 10 October.
	for _, id := range []string{"2022Q3-02-lead-swj", "2022Q3-02-coop-sft"} {
		a := b.row(id)
		if !a.Due.Equal(b.when("2022-10-10 17:30:00")) || !a.AcceptBy.Equal(b.when("2022-10-08 17:30:00")) || !a.AssignedAt.Equal(b.now) {
			t.Errorf("%s: due %s, accept by %s", id, a.Due, a.AcceptBy)
		}
	}
	b.state("2022Q3-02-coop-scjgj", workflow.Assigned) // not touched
	again, err := apply(office, "职能调整")
	if err != nil || len(again.Events) != 0 {
		t.Error("the plan in force is in force already", again.Events, err)
	}
	b.rules = next
	b.refused("act.not_yours", liaison("sft"), "2022Q3-02-lead-swj", workflow.AcceptCommand{})
	b.must(liaison("swj"), "2022Q3-02-lead-swj", workflow.AcceptCommand{})
}

// TestPlanBackAgain: a slot that left and comes back in the same period is
// assigned anew if it was withdrawn, and left alone if its work was done.
func TestPlanBackAgain(t *testing.T) {
	b := newBench(t, opens)
	ctx := context.Background()
	source, err := os.ReadFile("../tasks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	first := b.rules
	without, other := planWith(t, "    cooperating: [省税务局, 省市场监管局]", "    cooperating: []")
	b.must(liaison("swj"), "2022Q3-02-coop-swj", workflow.AcceptCommand{}, filed("已办"))
	b.must(office, "2022Q3-02-coop-swj", workflow.VerifyCommand{Grade: workflow.Good})
	current, _, err := b.desk.EnsurePeriod(ctx, b.now)
	if err != nil {
		t.Fatal(err)
	}
	change := func(to workflow.Rules, file []byte) {
		t.Helper()
		if _, err := b.desk.ApplyPlan(ctx, b.call(office), workflow.NewPlan{Plan: to.Plan, Source: file, Reason: "职能调整"}, current); err != nil {
			t.Fatal(err)
		}
		b.rules = to
	}
	change(without, other)
	b.state("2022Q3-02-coop-swj", workflow.Verified)
	b.state("2022Q3-02-coop-scjgj", workflow.Withdrawn)
	change(first, source)
	b.state("2022Q3-02-coop-swj", workflow.Verified)
	b.state("2022Q3-02-coop-scjgj", workflow.Assigned)
}

// TestClockGoneBack: Received before the due instant on a machine whose clock was
// set back does not undo overdue.
func TestClockGoneBack(t *testing.T) {
	b := newBench(t, opens)
	b.at("2022-09-24 09:00:00")
	b.sweep()
	b.at("2022-09-20 09:00:00")
	b.must(coopMan, coop1, filed("开展培育工作"))
	if a := b.row(coop1); !a.Late || !a.ReportedAt.Equal(b.when("2022-09-24 09:00:00")) {
		t.Errorf("late %v at %s", a.Late, a.ReportedAt)
	}
}

func TestRulesRefuseABadDayEnd(t *testing.T) {
	p := *shippedRules(t).Plan
	p.Periods.DayEnds = "25:00"
	if _, err := workflow.NewRules(&p, nil); err == nil {
		t.Error("25:00 is taken")
	}
}
