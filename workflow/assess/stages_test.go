package assess_test

import (
	"context"
	"testing"

	"duban/workflow"
	"duban/workflow/plan"
)

// TestStages: what each stage allows and to whom.
func TestStages(t *testing.T) {
	w := newWorld(t)
	w.at("09-06 10:00")
	w.act(liaison("zrzyt"), "KH-06-lead-zrzyt", workflow.AcceptCommand{}) // 10 of 100: without a report there is no progress
	w.at("09-28 12:00")
	bg := context.Background()
	yes, no := true, false
	lead := "KH-06-lead-zrzyt"
	own := workflow.AppealCommand{Assignment: lead, Rule: "on_time", Text: "x"}
	full := own
	full.Rule = "receipt"
	do := func(who workflow.Actor, c workflow.AssessmentCommand) error {
		_, err := w.assessor.Do(bg, w.call(who), "KH", c)
		return err
	}
	draft := func(who workflow.Actor) error {
		_, err := w.assessor.Draft(bg, w.call(who), "KH")
		return err
	}
	freeze := func(who workflow.Actor) error {
		_, err := w.assessor.Freeze(bg, w.call(who), "KH")
		return err
	}
	bonus := func(points string) error {
		return do(office, workflow.BonusCommand{Department: "zrzyt", Points: plan.MustNumber(points), Reason: "x"})
	}
	at := func(when string, who workflow.Actor, c workflow.AssessmentCommand) error {
		w.at(when)
		return do(who, c)
	}
	for _, s := range []struct {
		name, code string
		err        error
	}{
		{"appeal before all", "assessment.none", do(liaison("zrzyt"), own)},
		{"notice without a draft", "assessment.none", do(office, workflow.InformCommand{})},
		{"freeze without a draft", "assessment.none", freeze(director)},
		{"draft by a department", "assessment.office_only", draft(liaison("zrzyt"))},
		{"bonus above the limit", "bonus.points", bonus("10.01")},
		{"bonus of nothing", "bonus.points", bonus("0")},
		{"bonus too fine", "bonus.points", bonus("0.001")},
		{"bonus before the draft", "", bonus("6")},
		{"bonuses above the limit together", "bonus.points", bonus("4.01")},
		{"draft", "", draft(office)},
		{"draft anew", "", draft(director)},
		{"appeal against a draft", "assessment.not_noticed", do(liaison("zrzyt"), own)},
		{"notice by a department", "assessment.office_only", do(liaison("zrzyt"), workflow.InformCommand{})},
		{"notice", "", do(office, workflow.InformCommand{})},
		{"draft after the notice", "assessment.noticed", draft(office)},
		{"bonus after the notice", "assessment.noticed", bonus("-1")},
		{"appeal by the office", "appeal.department_only", do(office, own)},
		{"another department's line", "assignment.unknown", do(liaison("sft"), own)},
		{"a line that is not there", "appeal.no_line", do(liaison("zrzyt"), workflow.AppealCommand{Assignment: lead, Rule: "mark", Text: "x"})},
		{"without a reason", "appeal.text_required", do(liaison("zrzyt"), workflow.AppealCommand{Assignment: lead, Rule: "receipt", Text: " "})},
		{"appeal", "", do(liaison("zrzyt"), own)},
		{"appeal against a full line, in the last minute of the fifth workday", "", at("10-10 17:30", liaison("zrzyt"), full)},
		{"appeal twice", "appeal.twice", do(liaison("zrzyt"), own)},
		{"appeal a minute late", "appeal.late", at("10-10 17:31", liaison("zrzyt"), workflow.AppealCommand{Assignment: lead, Rule: "quality", Text: "x"})},
		{"freeze by the office", "assessment.director_only", freeze(office)},
		{"freeze with an appeal open", "assessment.unanswered", freeze(director)},
		{"answer by the department", "assessment.office_only", do(liaison("zrzyt"), workflow.AnswerCommand{N: 1, Upheld: &yes, Points: plan.Num(5), Text: "x"})},
		{"answer to nothing", "appeal.unknown", do(office, workflow.AnswerCommand{N: 9, Upheld: &no, Text: "x"})},
		{"upheld without points", "appeal.points", do(office, workflow.AnswerCommand{N: 1, Upheld: &yes, Text: "x"})},
		{"upheld above a hundred", "appeal.above", do(office, workflow.AnswerCommand{N: 1, Upheld: &yes, Points: plan.Num(100), Text: "x"})},
		{"upheld above what the line lost", "appeal.above", do(office, workflow.AnswerCommand{N: 1, Upheld: &yes, Points: plan.MustNumber("30.01"), Text: "x"})},
		{"upheld on a line that lost nothing", "appeal.full", do(office, workflow.AnswerCommand{N: 2, Upheld: &yes, Points: plan.MustNumber("0.01"), Text: "x"})},
		{"that one is not upheld", "", do(office, workflow.AnswerCommand{N: 2, Upheld: &no, Text: "x"})},
		{"answer", "", do(office, workflow.AnswerCommand{N: 1, Upheld: &yes, Points: plan.Num(30), Text: "x"})},
		{"answer twice", "appeal.answered", do(office, workflow.AnswerCommand{N: 1, Upheld: &no, Text: "x"})},
		{"freeze", "", freeze(director)},
		{"freeze twice", "assessment.frozen", freeze(director)},
		{"appeal when frozen", "assessment.frozen", do(liaison("zrzyt"), workflow.AppealCommand{Assignment: lead, Rule: "quality", Text: "x"})},
		{"another period", "period.unknown", func() error { _, err := w.assessor.Draft(bg, w.call(office), "2030Q1"); return err }()},
	} {
		switch {
		case s.code == "" && s.err != nil:
			t.Errorf("%s: %v", s.name, s.err)
		case s.code != "":
			w.refused(s.code, s.err)
		}
	}
	if r := w.result(); r.Assessment.Stage != workflow.Frozen || len(r.Assessment.Totals) != 16 || r.Assessment.HeadHash == "" {
		t.Errorf("%+v", r.Assessment)
	}
}

// TestWhoHears: drafts and bonuses are the office's, an appeal its department's.
func TestWhoHears(t *testing.T) {
	w := assessed(t)
	events, err := w.journal.Events(context.Background(), 0, 10000)
	if err != nil {
		t.Fatal(err)
	}
	own, other, viewer := liaison("zrzyt"), liaison("sft"), workflow.Actor{User: "v", Role: workflow.Viewer}
	want := map[workflow.Kind][4]bool{ // own department, another, a leader, a wall
		workflow.KindAssessmentDrafted: {false, false, true, false}, workflow.KindBonusGiven: {false, false, true, false},
		workflow.KindAssessmentNoticed: {true, true, true, false}, workflow.KindAssessmentFrozen: {true, true, true, false},
		workflow.KindAppealed: {true, false, true, false}, workflow.KindAppealAnswered: {true, false, true, false},
	}
	met := 0
	for _, e := range events {
		hears, ok := want[e.Kind]
		if !ok || e.Department == "zjj" {
			continue
		}
		met++
		for i, who := range []workflow.Actor{own, other, viewer, {Role: workflow.Screen}} {
			if _, ok := w.rules.ShowEvent(who, e); ok != hears[i] {
				t.Errorf("%s to %s %s: %v", e.Kind, who.Unit, who.Role, ok)
			}
		}
	}
	if met < len(want) {
		t.Fatalf("only %d events met", met)
	}
}
