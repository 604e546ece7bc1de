package assess_test

import (
	"context"
	"testing"

	"duban/store/storetest"
	"duban/workflow"
	"duban/workflow/assess"
	"duban/workflow/plan"
)

// TestFullMarksAreFull: what is not all of it is never shown as all.
func TestFullMarksAreFull(t *testing.T) {
	for _, c := range []struct {
		of   []string
		want string
	}{
		{[]string{"100", "100", "99.99"}, "99.99"}, // 99.9967
		{[]string{"99.99", "100"}, "99.99"},        // 99.995
		{[]string{"100", "100"}, "100"},
		{[]string{"99.985", "99.98"}, "99.98"}, // 99.9825
		{[]string{"100.01", "100"}, "100.01"},  // 100.005, with a bonus
		{nil, ""},
	} {
		var all []plan.Number
		var periods [][]workflow.Total
		for _, s := range c.of {
			n := plan.MustNumber(s)
			all = append(all, n)
			periods = append(periods, []workflow.Total{{Department: "kjt", Points: n}})
		}
		if got := assess.Mean(all...).String(); got != c.want {
			t.Errorf("mean of %v: %s, want %s", c.of, got, c.want)
		}
		w := newWorld(t)
		for _, row := range assess.Year(w.rules.Plan, periods) {
			if row.Department == "kjt" && row.Points.String() != c.want {
				t.Errorf("the year of %v: %s, want %s", c.of, row.Points, c.want)
			}
		}
	}
}

// TestADepartmentJustBelow: three tasks, one of which lost a hundredth to a return, weigh
// into a mean that is not full.
func TestADepartmentJustBelow(t *testing.T) {
	w := newWorld(t)
	rubric := w.rules.Plan.Rubric
	rubric.Lead.PerReturn = plan.MustNumber("0.01")
	p := *w.rules.Plan
	p.Rubric = rubric
	row := func(id string, returns int) assess.Facts {
		at := w.when("09-26 16:00")
		f := assess.Facts{Row: workflow.Assignment{ID: id, Department: "kjt", Role: workflow.Lead, State: workflow.Verified, AcceptedAt: &at,
			ReportedAt: &at, Due: at, Grade: workflow.Excellent, Reports: []workflow.ReportRef{{N: 1, At: at, Due: at}}}}
		f.Light.Colour = "green"
		for range returns {
			f.Trail = append(f.Trail, workflow.Event{Kind: workflow.KindReturned, At: at})
		}
		return f
	}
	for _, got := range assess.Work(assess.Input{Plan: &p, AsOf: w.when("09-28 12:00"), Assignments: []assess.Facts{row("a", 0), row("b", 0), row("c", 1)}}) {
		if got.Department == "kjt" && (got.Mean.String() != "99.99" || got.Points.String() != "99.99") {
			t.Errorf("mean %s, score %s, of %v", got.Mean, got.Points, got.Scores)
		}
	}
}

// TestSilenceEarnsNothing: a lead that never reports has no points for progress, whatever a
// figure shows, and its weight goes nowhere; one whose report says nothing of any measure
// earns what one that has begun none does.
func TestSilenceEarnsNothing(t *testing.T) {
	w := newWorld(t)
	w.play([]course{{"02-lead-kjt", "in time", "in time", "good", "", ""}, {"06-lead-zrzyt", "in time", "never", "", "", ""}, {"08-lead-swt", "in time", "in time", "good", "", "red"}})
	w.at("09-28 12:00")
	if _, err := w.assessor.Draft(t.Context(), w.call(office), "KH"); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{"KH-02-lead-kjt": "65", "KH-08-lead-swt": "65", "KH-06-lead-zrzyt": "10"} { // 10 + 30 + 8 + 17
		s, _ := w.result().Score(id)
		if s.Points.String() != want {
			t.Errorf("%s: %s, want %s: %+v", id, s.Points, want, s.Lines)
		}
		for _, l := range s.Lines {
			if l.Rule == "spread" {
				t.Errorf("%s: the weight of silence is spread", id)
			}
		}
	}
}

// between is a journal in which somebody else's change comes first, once.
type between struct {
	*storetest.Memory
	first func()
}

func (b *between) Change(ctx context.Context, c workflow.Change) (workflow.Receipt, error) {
	if first := b.first; first != nil {
		b.first = nil
		first()
	}
	return b.Memory.Change(ctx, c)
}

// TestTwoAnswersAtOnce: what an appeal may win back is what its line lost when it is
// answered, not when somebody looked.
func TestTwoAnswersAtOnce(t *testing.T) {
	w := newWorld(t)
	w.play([]course{{"09-lead-scjgj", "in time", "in time", "good", "", "grey"}}) // 10 + 30 + 17 of 60
	w.at("09-28 12:00")
	if _, err := w.assessor.Draft(t.Context(), w.call(office), "KH"); err != nil {
		t.Fatal(err)
	}
	const id = "KH-09-lead-scjgj"
	w.do(office, workflow.InformCommand{})
	for _, rule := range []string{"quality", "progress"} {
		w.do(liaison("scjgj"), workflow.AppealCommand{Assignment: id, Rule: rule, Text: "x"})
	}
	yes := true
	answer := func(n int, points string) workflow.AnswerCommand {
		return workflow.AnswerCommand{N: n, Upheld: &yes, Points: plan.MustNumber(points), Text: "x"}
	}
	rules := func() workflow.Rules { return w.rules }
	racing := &between{w.journal, func() { w.do(office, answer(1, "3")) }} // the score is 98 by then
	slow := assess.New(racing, racing.Memory, workflow.NewDesk(racing, rules), rules)
	_, err := slow.Do(t.Context(), w.call(director), "KH", answer(2, "2")) // 40 less 40 × 95 %, of before
	w.refused("appeal.above", err)
	racing.first = func() {
		w.do(liaison("scjgj"), workflow.AppealCommand{Assignment: id, Rule: "receipt", Text: "x"})
	}
	if _, err = slow.Do(t.Context(), w.call(director), "KH", answer(2, "0.8")); err != nil {
		t.Errorf("an appeal between: %v", err)
	}
	if s, _ := w.result().Score(id); s.Points.String() != "98.8" {
		t.Errorf("%s", s.Points)
	}
}
