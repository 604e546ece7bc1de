package workflow_test

import (
	"context"
	"testing"

	"duban/workflow"
)

const (
	taken1  = "2022Q3-01-coop-sft"
	because = "职责不在本单位"
)

// TestTransfer: the former assignment is closed and says where the work went, the new one
// begins with clocks of its own; lateness, counts and reports stay where they came about.
func TestTransfer(t *testing.T) {
	b := newBench(t, opens)
	b.must(coopMan, coop1, workflow.AcceptCommand{})
	due := b.row(coop1).Due
	b.now = due.AddDate(0, 0, 3)
	r := b.must(office, coop1, workflow.TransferCommand{To: "省司法厅", Reason: because})
	if kinds := kindsOf(r.Events); len(r.Events) != 3 || kinds[0] != workflow.KindExpired || kinds[1] != workflow.KindTransferred || kinds[2] != workflow.KindAssigned {
		t.Fatalf("%v", kinds)
	}
	for _, e := range r.Events[1:] {
		if e.Texts["reason"] != because || e.Actor.User != office.User {
			t.Errorf("%s: %q by %s", e.Kind, e.Texts["reason"], e.Actor.User)
		}
	}
	if d := r.Events[1].Data; d.TransferredTo != "sft" || d.Counterpart != taken1 {
		t.Errorf("%+v", d)
	}
	if d := r.Events[2].Data; d.TransferredFrom != "jxt" || d.Counterpart != coop1 {
		t.Errorf("%+v", d)
	}
	was, is := b.row(coop1), b.row(taken1)
	if was.State != workflow.Withdrawn || was.TransferredTo != "sft" || was.ClosedAt == nil || was.AcceptedAt == nil {
		t.Errorf("former %+v", was)
	}
	notice := b.rules.Clock.DayEnd(b.rules.Clock.Calendar.AddWorkdays(b.rules.Clock.Today(b.now), b.rules.Plan.Periods.ShortestNotice))
	if is.State != workflow.Assigned || is.TransferredFrom != "jxt" || is.Role != workflow.Cooperating || is.Task != 1 || is.AcceptedAt != nil || is.Late ||
		!is.AssignedAt.Equal(b.now) || !is.Due.Equal(notice) || is.AcceptBy.After(is.Due) || !is.AcceptBy.After(b.now) {
		t.Errorf("new %+v, want it due %s", is, notice)
	}
	b.must(stranger, taken1, workflow.AcceptCommand{}, filed("接办后开展工作"))
	b.must(office, taken1, workflow.VerifyCommand{Grade: workflow.Good})
	b.refused("assignment.withdrawn", coopMan, coop1, filed("x"))
}

func kindsOf(events []workflow.Event) (kinds []workflow.Kind) {
	for _, e := range events {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

// TestTransferDue: without a date the due instant is kept where it leaves the plan's
// shortest notice; with one, that stands.
func TestTransferDue(t *testing.T) {
	b := newBench(t, opens)
	due := b.row(coop1).Due
	b.must(office, coop1, workflow.TransferCommand{To: "sft", Reason: because})
	if got := b.row(taken1); !got.Due.Equal(due) || !got.OriginalDue.Equal(due) {
		t.Errorf("due %s, it was %s", got.Due, due)
	}
	sooner := due.AddDate(0, 0, -7)
	b.must(office, lead1, workflow.TransferCommand{To: "zjj", Reason: because, Due: &workflow.DueTime{At: sooner}})
	if got := b.row("2022Q3-01-lead-zjj"); !got.Due.Equal(sooner) || got.AcceptBy.After(sooner) || got.Role != workflow.Lead {
		t.Errorf("%+v", got)
	}
}

// TestTransferRefused: what stands in the way of a transfer, each said at its field.
func TestTransferRefused(t *testing.T) {
	b := newBench(t, opens)
	past := &workflow.DueTime{At: b.now.AddDate(0, 0, -1)}
	for _, c := range []struct {
		code, field string
		command     workflow.TransferCommand
	}{
		{"transfer.to_required", "to", workflow.TransferCommand{Reason: because}},
		{"transfer.to_itself", "to", workflow.TransferCommand{To: "jxt", Reason: because}},
		{"transfer.takes_part", "to", workflow.TransferCommand{To: "scjgj", Reason: because}},
		{"transfer.takes_part", "to", workflow.TransferCommand{To: "whlyt", Reason: because}},
		{"department.unknown", "to", workflow.TransferCommand{To: "nobody", Reason: because}},
		{"department.unknown", "to", workflow.TransferCommand{To: "office", Reason: because}},
		{"transfer.reason_required", "reason", workflow.TransferCommand{To: "sft"}},
		{"due.past", "due", workflow.TransferCommand{To: "sft", Reason: because, Due: past}},
	} {
		if e := b.refused(c.code, office, coop1, c.command); e.Field != c.field {
			t.Errorf("%s at %q", c.code, e.Field)
		}
	}
	b.refused("act.forbidden", coopMan, coop1, workflow.TransferCommand{To: "sft", Reason: because})
	b.must(coopMan, coop1, workflow.AcceptCommand{}, filed("已完成"))
	b.must(office, coop1, workflow.VerifyCommand{Grade: workflow.Good})
	b.refused("assignment.verified", office, coop1, workflow.TransferCommand{To: "sft", Reason: because})
}

// TestTransferThereAndBack: work that comes back is a new assignment, and nothing of the
// first one is lost.
func TestTransferThereAndBack(t *testing.T) {
	b := newBench(t, opens)
	b.must(coopMan, coop1, workflow.AcceptCommand{}, filed("第一稿"))
	b.must(office, coop1, workflow.TransferCommand{To: "sft", Reason: because})
	b.must(office, taken1, workflow.TransferCommand{To: "jxt", Reason: "转错了"})
	again := b.row(coop1 + "-2")
	if again.State != workflow.Assigned || again.Department != "jxt" || len(again.Reports) != 0 {
		t.Errorf("%+v", again)
	}
	if was := b.row(coop1); len(was.Reports) != 1 || was.State != workflow.Withdrawn {
		t.Errorf("%+v", was)
	}
}

// TestTransferGivesAPart: who takes work over may see the task in that period and no
// other, a new lead may remind and file the task's figures; both end with the part.
func TestTransferGivesAPart(t *testing.T) {
	b := newBench(t, opens)
	follow := func() {
		for _, id := range []string{lead1, "2022Q3-01-lead-sft", "2022Q3-01-lead-zjj"} {
			err := b.journal.Read(context.Background(), func(v workflow.ReadView) error {
				a, ok, err := v.Assignment(id)
				if ok {
					b.rules.Transfers = b.rules.Transfers.With(a)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	before := b.rules.Transfers
	b.must(office, lead1, workflow.TransferCommand{To: "sft", Reason: because})
	if follow(); before == b.rules.Transfers {
		t.Fatal("the transfers are those of before")
	}
	same := b.rules.Transfers
	if follow(); same != b.rules.Transfers {
		t.Error("nothing has changed, and yet they are others")
	}
	coop := b.row(coop1)
	other := coop
	other.Period = "2022Q4"
	if !b.rules.MayRead(stranger, coop) || b.rules.MaySee(stranger, other) || b.rules.LeadOf("2022Q3", 1) != "sft" || b.rules.LeadOf("2022Q4", 1) != "scjgj" {
		t.Error("the new lead's part")
	}
	b.must(stranger, coop1, workflow.UrgeCommand{Level: workflow.Reminder})
	b.refused("act.not_yours", leadMan, coop1, workflow.AcceptCommand{})
	b.refused("act.forbidden", leadMan, coop1, workflow.UrgeCommand{Level: workflow.Reminder})
	b.must(coopMan, coop1, workflow.AcceptCommand{}, filed("配合内容"))
	report := filed("牵头汇总")
	report.Inputs = []workflow.Input{{Assignment: coop1, Mark: workflow.Adopted}}
	report.Figures = []workflow.FigureInput{figure("T1.1", "100", "2022-06-30")}
	b.must(stranger, "2022Q3-01-lead-sft", workflow.AcceptCommand{}, report)
	if b.row(coop1).Mark != workflow.Adopted {
		t.Error("the new lead's mark")
	}
	b.must(office, "2022Q3-01-lead-sft", workflow.TransferCommand{To: "zjj", Reason: because})
	follow()
	if b.rules.MaySee(stranger, coop) || b.rules.LeadOf("2022Q3", 1) != "zjj" {
		t.Error("the part has not ended")
	}
	if p := b.series("T1.1").Points; len(p) != 1 || p[0].Status != workflow.PointVoid {
		t.Errorf("the figures of a report that went out of force: %+v", p)
	}
}

// TestTransferOutlivesAPlan: a change of plan that says nothing of the department or the
// task leaves what was transferred where it is.
func TestTransferOutlivesAPlan(t *testing.T) {
	b := newBench(t, opens)
	b.must(office, coop1, workflow.TransferCommand{To: "sft", Reason: because})
	next, source := planWith(t, "    lead: 省科技厅\n    cooperating: [省税务局, 省市场监管局]", "    lead: 省税务局\n    cooperating: [省市场监管局, 省司法厅]")
	current, _, err := b.desk.EnsurePeriod(context.Background(), b.now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.desk.ApplyPlan(context.Background(), b.call(office), workflow.NewPlan{Plan: next.Plan, Source: source, Reason: "职能调整"}, current); err != nil {
		t.Fatal(err)
	}
	b.state(taken1, workflow.Assigned)
	b.state(coop1, workflow.Withdrawn)
}
