package workflow_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"duban/workflow"
)

// The third quarter of 2022: opened on 1 July, lead due Friday 30 September
// 17:30, cooperating departments five workdays earlier, Friday 23 September.
const (
	opens   = "2022-07-01 09:00:00"
	coopDue = "2022-09-23 17:30:00"
	leadDue = "2022-09-30 17:30:00"
)

func TestReportAtTheVerySecond(t *testing.T) {
	for _, c := range []struct {
		at    string
		late  bool
		kinds []workflow.Kind
	}{
		{"2022-09-23 17:29:59", false, []workflow.Kind{"accepted", "reported"}},
		{coopDue, false, []workflow.Kind{"accepted", "reported"}},
		{"2022-09-23 17:30:01", true, []workflow.Kind{"accepted", "expired", "reported"}}, // though no sweep has run
	} {
		b := newBench(t, opens)
		b.must(coopMan, coop1, workflow.AcceptCommand{})
		b.at(c.at)
		b.must(coopMan, coop1, filed("开展培育工作"))
		a := b.row(coop1)
		if a.State != workflow.Reported || a.Late != c.late || a.Reports[0].Late != c.late || !slices.Equal(b.kinds(coop1), c.kinds) {
			t.Errorf("filed at %s: late %v, %v", c.at, a.Late, b.kinds(coop1))
		}
		if c.late {
			if e := b.trail(coop1)[2]; !e.At.Equal(b.when(coopDue)) || !e.RecordedAt.Equal(b.now) {
				t.Errorf("overdue from %s, recorded at %s", e.At, e.RecordedAt)
			}
		}
		if n := b.sweep(); slices.Contains(b.kinds(coop1)[len(c.kinds):], workflow.KindExpired) {
			t.Errorf("the sweep of %d expired a filed report", n)
		}
	}
}

func TestReportAfterExpiry(t *testing.T) {
	b := newBench(t, opens)
	b.at("2022-09-26 08:00:00")
	b.sweep()
	b.state(coop1, workflow.Overdue)
	b.must(coopMan, coop1, filed("开展培育工作")) // never accepted: filing accepts
	if a := b.row(coop1); !a.Late || !a.AcceptedLate || a.AcceptedAt == nil || a.State != workflow.Reported {
		t.Errorf("%+v", a)
	}
	if k := b.kinds(coop1); !slices.Equal(k, []workflow.Kind{"expired", "reported"}) {
		t.Errorf("%v", k)
	}
}

func TestAccept(t *testing.T) {
	b := newBench(t, opens)
	if by := b.row(coop1).AcceptBy; !by.Equal(b.when("2022-07-06 17:30:00")) { // three workdays after Friday 1 July
		t.Fatal(by)
	}
	b.refused("report.not_accepted", coopMan, coop1, filed("开展培育工作"))
	b.at("2022-07-06 17:30:00")
	b.must(coopMan, coop1, workflow.AcceptCommand{})
	b.refused("accept.already", coopMan, coop1, workflow.AcceptCommand{})
	b.at("2022-07-06 17:30:01")
	b.must(fellowMan, "2022Q3-01-coop-whlyt", workflow.AcceptCommand{})
	if b.row(coop1).AcceptedLate || !b.row("2022Q3-01-coop-whlyt").AcceptedLate {
		t.Error("accepting at the instant is in time, a second later is not")
	}
	b.at("2022-09-24 09:00:00")
	b.must(liaison("gsl"), "2022Q3-01-coop-gsl", workflow.AcceptCommand{})
	if a := b.row("2022Q3-01-coop-gsl"); a.State != workflow.Overdue || a.AcceptedAt == nil {
		t.Errorf("accepted when overdue stays overdue: %+v", a)
	}
}

func TestRecall(t *testing.T) {
	for at, want := range map[string]workflow.State{coopDue: workflow.InProgress, "2022-09-23 17:30:01": workflow.Overdue} {
		b := newBench(t, opens)
		b.must(coopMan, coop1, workflow.AcceptCommand{}, filed("开展培育工作"))
		b.at(at)
		b.must(coopMan, coop1, workflow.RecallCommand{})
		b.state(coop1, want)
		a := b.row(coop1)
		if a.Recalled != 1 || a.ReportedAt != nil || a.LatestReport() == nil {
			t.Errorf("%+v", a)
		}
		b.must(coopMan, coop1, filed("开展培育工作，已补充"))
		if a := b.row(coop1); len(a.Reports) != 2 || a.Late != (want == workflow.Overdue) {
			t.Errorf("filed again after %s: %+v", at, a)
		}
	}
	b := newBench(t, opens)
	b.must(coopMan, coop1, workflow.AcceptCommand{}, filed("开展培育工作"))
	b.must(office, coop1, workflow.VerifyCommand{Grade: workflow.Good})
	b.refused("assignment.verified", coopMan, coop1, workflow.RecallCommand{})
}

// TestReturnOverNationalDay: five workdays from Thursday 29 September 2022 are
// the 30th, then 8, 9 (made up for the holiday), 10 and 11 October.
func TestReturnOverNationalDay(t *testing.T) {
	b := newBench(t, opens)
	b.must(coopMan, coop1, workflow.AcceptCommand{})
	b.at("2022-09-29 10:00:00")
	b.must(coopMan, coop1, filed("开展培育工作"))
	b.refused("return.reason_required", office, coop1, workflow.ReturnCommand{Reason: " \n"})
	b.refused("due.past", office, coop1, workflow.ReturnCommand{Reason: "请补充", Due: day("2022-09-28")})
	b.refused("due.too_far", office, coop1, workflow.ReturnCommand{Reason: "请补充", Due: day("2202-09-28")})
	b.must(office, coop1, workflow.ReturnCommand{Reason: "请补充数据"})
	a := b.row(coop1)
	if want := b.when("2022-10-11 17:30:00"); !a.Due.Equal(want) || !a.OriginalDue.Equal(b.when(coopDue)) {
		t.Errorf("due %s, want %s; originally %s", a.Due, want, a.OriginalDue)
	}
	if a.State != workflow.InProgress || a.Returned != 1 || !a.Late || len(a.Reports) != 1 || !a.Reports[0].Late {
		t.Errorf("%+v", a)
	}
	b.at("2022-10-11 17:30:00")
	b.must(coopMan, coop1, filed("开展培育工作，已补充"))
	if a := b.row(coop1); !a.Late || a.Reports[1].Late || !a.Reports[0].Late {
		t.Errorf("%+v", a)
	}
}

func TestVerifyAndReopen(t *testing.T) {
	b := newBench(t, opens)
	b.must(coopMan, coop1, workflow.AcceptCommand{}, filed("开展培育工作"))
	b.refused("grade.unknown", office, coop1, workflow.VerifyCommand{Grade: "A"})
	b.must(office, coop1, workflow.VerifyCommand{Grade: workflow.Excellent, Comment: "材料完整"})
	if a := b.row(coop1); a.State != workflow.Verified || a.Grade != workflow.Excellent || a.ClosedAt == nil {
		t.Errorf("%+v", a)
	}
	b.refused("assignment.verified", office, coop1, workflow.WithdrawCommand{Reason: "计划调整"})
	b.refused("reopen.due_required", office, coop1, workflow.ReopenCommand{Reason: "数据有误"})
	b.refused("reopen.reason_required", office, coop1, workflow.ReopenCommand{Due: day("2022-10-20")})
	b.must(director, coop1, workflow.ReopenCommand{Reason: "数据有误", Due: day("2022-10-20")})
	a := b.row(coop1)
	if a.State != workflow.InProgress || a.Grade != "" || a.ClosedAt != nil || a.Reopened != 1 || !a.Due.Equal(b.when("2022-10-20 17:30:00")) {
		t.Errorf("%+v", a)
	}
	b.refused("reopen.not_verified", director, coop1, workflow.ReopenCommand{Reason: "数据有误", Due: day("2022-10-20")})
}

func TestNoSelfVerification(t *testing.T) {
	b := newBench(t, opens)
	b.must(coopMan, coop1, workflow.AcceptCommand{})
	forJxt := coopMan
	forJxt.User, forJxt.OnBehalf = "wang", coopMan.User // wang files for the department's liaison
	b.must(forJxt, coop1, filed("开展培育工作"))
	lent := workflow.Actor{User: "lin", Unit: "jxt", Role: workflow.OfficeMan}
	deputy := director
	deputy.OnBehalf = "wang"
	for _, who := range []workflow.Actor{office, lent, deputy} {
		b.refused("verify.own_report", who, coop1, workflow.VerifyCommand{Grade: workflow.Good})
		if slices.Contains(b.rules.Actions(who, b.row(coop1), b.now), workflow.Verify) {
			t.Errorf("%+v has the button", who)
		}
	}
	b.must(director, coop1, workflow.VerifyCommand{Grade: workflow.Good})
	e := b.trail(coop1)[2]
	if e.Actor.User != "wang" || e.Actor.OnBehalf != coopMan.User {
		t.Errorf("recorded as %+v", e.Actor)
	}
}

func TestExtension(t *testing.T) {
	b := newBench(t, opens)
	ask := func(due *workflow.DueTime) workflow.Command {
		return workflow.RequestExtensionCommand{Due: due, Reason: "统计口径调整"}
	}
	b.refused("extension.due_required", coopMan, coop1, ask(nil))
	b.refused("due.not_later", coopMan, coop1, ask(day("2022-09-23")))
	b.refused("extension.reason_required", coopMan, coop1, workflow.RequestExtensionCommand{Due: day("2022-10-10")})
	b.refused("extension.none_pending", office, coop1, workflow.RefuseExtensionCommand{N: 1, Reason: "时间充足"})
	b.must(coopMan, coop1, ask(day("2022-10-10")))
	b.refused("extension.pending", coopMan, coop1, ask(day("2022-10-12")))
	b.refused("extension.unknown", office, coop1, workflow.RefuseExtensionCommand{N: 2, Reason: "时间充足"})
	b.refused("extension.refusal_reason_required", office, coop1, workflow.RefuseExtensionCommand{N: 1})
	b.must(office, coop1, workflow.RefuseExtensionCommand{N: 1, Reason: "时间充足"})
	if a := b.row(coop1); a.PendingExtension() != nil || a.Extensions[0].Granted || a.Extended != 0 || !a.Due.Equal(a.OriginalDue) {
		t.Errorf("%+v", a)
	}
	b.at("2022-09-24 09:00:00")
	b.must(coopMan, coop1, ask(day("2022-10-10"))) // overdue now, never accepted
	b.state(coop1, workflow.Overdue)
	b.must(office, coop1, workflow.ExtendCommand{N: 2})
	a := b.row(coop1)
	if a.State != workflow.Assigned || a.Extended != 1 || !a.Extensions[1].Granted || !a.Due.Equal(b.when("2022-10-10 17:30:00")) || !a.OriginalDue.Equal(b.when(coopDue)) {
		t.Errorf("%+v", a)
	}
	b.must(coopMan, coop1, workflow.AcceptCommand{}, filed("开展培育工作"))
	if a := b.row(coop1); a.Late || !a.AcceptedLate {
		t.Errorf("an approved extension is not late: %+v", a)
	}
}

// TestExtensionOvertaken: a request does not wait for ever when another act has
// settled the matter.
func TestExtensionOvertaken(t *testing.T) {
	for name, overtake := range map[string][]workflow.Command{
		"returned":  {workflow.ReturnCommand{Reason: "请补充", Due: day("2022-10-20")}},
		"verified":  {workflow.VerifyCommand{Grade: workflow.Good}},
		"withdrawn": {workflow.WithdrawCommand{Reason: "计划调整"}},
	} {
		b := newBench(t, opens)
		b.must(coopMan, coop1, workflow.AcceptCommand{}, workflow.RequestExtensionCommand{Due: day("2022-10-10"), Reason: "数据未出"},
			filed("开展培育工作"))
		b.refused("extension.reported", office, coop1, workflow.ExtendCommand{N: 1})
		b.must(office, coop1, overtake...)
		a := b.row(coop1)
		if x := a.Extensions[0]; a.PendingExtension() != nil || x.Granted || !x.Lapsed {
			t.Errorf("%s: %+v", name, x)
		}
	}
}

func TestUrgingLadder(t *testing.T) {
	b := newBench(t, opens)
	b.must(leadMan, coop1, workflow.UrgeCommand{}) // a lead's reminder, in standard words
	b.must(leadMan, coop1, workflow.UrgeCommand{Level: workflow.Reminder, Text: "请于本周报送"})
	for _, l := range []workflow.Level{workflow.PlainUrge, workflow.FormalUrge} {
		b.refused("urge.lead_reminds_only", leadMan, coop1, workflow.UrgeCommand{Level: l, Text: "请抓紧"})
	}
	b.refused("act.forbidden", fellowMan, coop1, workflow.UrgeCommand{})
	b.refused("act.forbidden", leadMan, lead1, workflow.UrgeCommand{})
	b.refused("urge.level_unknown", office, coop1, workflow.UrgeCommand{Level: "shout", Text: "请抓紧"})
	b.refused("urge.text_required", office, coop1, workflow.UrgeCommand{Level: workflow.PlainUrge})
	b.must(office, coop1, workflow.UrgeCommand{Level: workflow.PlainUrge, Text: "请抓紧"},
		workflow.UrgeCommand{Level: workflow.FormalUrge, Text: "限三日内报送"})
	b.refused("urge.unknown", coopMan, coop1, workflow.ReadUrgeCommand{N: 5})
	b.must(coopMan, coop1, workflow.ReadUrgeCommand{N: 4})
	b.refused("urge.read", coopMan, coop1, workflow.ReadUrgeCommand{N: 4})
	b.refused("urge.reply_required", coopMan, coop1, workflow.ReplyUrgeCommand{N: 4})
	b.must(coopMan, coop1, workflow.ReplyUrgeCommand{N: 4, Text: "明日报送"})
	b.refused("urge.replied", coopMan, coop1, workflow.ReplyUrgeCommand{N: 4, Text: "明日报送"})
	a := b.row(coop1)
	var levels []workflow.Level
	for _, u := range a.Urges {
		levels = append(levels, u.Level)
	}
	if !slices.Equal(levels, []workflow.Level{"reminder", "reminder", "urge", "formal"}) || a.Urges[3].RepliedAt == nil || a.Urges[2].ReadAt != nil {
		t.Errorf("%+v", a.Urges)
	}
	b.must(coopMan, coop1, workflow.AcceptCommand{}, filed("开展培育工作"))
	b.refused("urge.nothing_due", office, coop1, workflow.UrgeCommand{})
}

func TestWithdraw(t *testing.T) {
	b := newBench(t, opens)
	b.refused("withdraw.reason_required", office, coop1, workflow.WithdrawCommand{})
	b.must(office, coop1, workflow.WithdrawCommand{Reason: "计划调整"})
	b.state(coop1, workflow.Withdrawn)
	b.refused("assignment.withdrawn", coopMan, coop1, workflow.AcceptCommand{})
	b.refused("assignment.withdrawn", office, coop1, workflow.DirectCommand{Text: "请重视"})
	b.must(office, coop1, workflow.NoteCommand{Text: "已电话告知"})
	b.at("2023-01-05 09:00:00")
	for _, c := range b.rules.Chores(b.row(coop1), b.now) {
		t.Errorf("the clock owes %v", c)
	}
}

func TestWhoSeesAndWho(t *testing.T) {
	b := newBench(t, opens)
	for _, c := range []struct {
		who  workflow.Actor
		kind workflow.ErrorKind
		code string
	}{
		{stranger, workflow.NotFound, "assignment.unknown"},
		{workflow.Actor{User: "tv", Role: workflow.Screen}, workflow.NotFound, "assignment.unknown"},
		{fellowMan, workflow.Forbidden, "act.not_yours"},
		{leadMan, workflow.Forbidden, "act.not_yours"},
		{office, workflow.Forbidden, "act.forbidden"},
		{admin, workflow.Forbidden, "act.forbidden"},
	} {
		if e := b.refused(c.code, c.who, coop1, workflow.AcceptCommand{}); e.Kind != c.kind {
			t.Errorf("%s: kind %d", c.who.User, e.Kind)
		}
	}
	if e := b.refused("assignment.unknown", office, "2022Q3-99-lead-x", workflow.NoteCommand{Text: "无"}); e.Kind != workflow.NotFound {
		t.Error(e.Kind)
	}
}

func TestStaleAndRepeat(t *testing.T) {
	b := newBench(t, opens)
	ctx := context.Background()
	call := workflow.Call{Actor: coopMan, Received: b.now, Key: "k1", Digest: [32]byte{1}, Version: 1}
	first, err := b.desk.Act(ctx, call, coop1, workflow.AcceptCommand{})
	if err != nil {
		t.Fatal(err)
	}
	b.now = b.now.Add(time.Hour)
	again, err := b.desk.Act(ctx, call, coop1, workflow.AcceptCommand{}) // stale and already accepted, but a repeat
	if err != nil || !again.Repeated || again.Seq != first.Seq || again.Assignment.Version != first.Assignment.Version {
		t.Errorf("%+v %v", again, err)
	}
	other := call
	other.Digest = [32]byte{2}
	_, err = b.desk.Act(ctx, other, coop1, workflow.AcceptCommand{})
	wantCode(t, err, "idempotency.reused")
	fellow := call // the same key of somebody else is another key
	fellow.Actor, fellow.Digest = fellowMan, [32]byte{3}
	if r, err := b.desk.Act(ctx, fellow, "2022Q3-01-coop-whlyt", workflow.AcceptCommand{}); err != nil || r.Repeated {
		t.Errorf("%+v %v", r, err)
	}
	stale := workflow.Call{Actor: office, Received: b.now, Version: 1}
	_, err = b.desk.Act(ctx, stale, coop1, workflow.NoteCommand{Text: "已联系"})
	e := wantCode(t, err, "assignment.stale")
	if e.Kind != workflow.Stale || e.Args["current"] != 2 || e.Args["unit"] != "省经信厅" || e.Args["kind"] != workflow.KindAccepted {
		t.Errorf("%+v", e.Args)
	}
	b.refused("assignment.unknown", stranger, coop1, workflow.AcceptCommand{}) // no version is told to strangers
}
