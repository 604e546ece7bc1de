package page

import (
	"strings"
	"testing"
	"time"

	"duban/workflow"
	"duban/workflow/assess"
	"duban/workflow/plan"
)

// assessedInput is an assessment as the office sees it while appeals are open.
func assessedInput(w *world) AssessmentInput {
	two := -2
	asOf := w.now
	return AssessmentInput{Period: w.period.ID, Name: w.period.Name, Stage: workflow.Noticed, Position: 12, AsOf: &asOf,
		Rubric: strings.Repeat("ab", 32), Key: "key",
		Rows: []assess.Row{{Department: "zrzyt", Name: "省自然资源厅", Standing: assess.Ranked, Rank: 3, RankBefore: 1, Change: &two,
			Mean: plan.MustNumber("85.5"), Bonus: plan.Num(3), Points: plan.MustNumber("88.5"),
			Bonuses: []assess.Line{{Rule: "bonus", Code: "score.bonus", Seq: 9, At: w.now, Points: plan.Num(3), Text: "办公室加分。"}},
			Scores: []assess.Score{{Assignment: w.id(6, "zrzyt"), Task: 6, Role: workflow.Lead, Status: assess.Scored, Weight: plan.Num(1), Points: plan.MustNumber("85.5"),
				Lines: []assess.Line{{Rule: "receipt", Seq: 7, At: w.now, Of: plan.Num(10), Points: plan.Num(10), Text: "按时签收。"}}}}}},
		Appeals: []AppealInput{
			{Ref: workflow.AppealRef{N: 1, At: w.now, Department: "zrzyt", Assignment: w.id(6, "zrzyt"), Rule: "receipt"}, Text: "理由<b>"},
			{Ref: workflow.AppealRef{N: 2, At: w.now, Department: "zrzyt", Assignment: w.id(6, "zrzyt"), Rule: "on_time", AnsweredAt: &asOf, Upheld: true, Points: plan.Num(10)}, Text: "x", Answer: "属实"}}}
}

// TestAssessedIsSound holds the pages of assessments to what every page is held to,
// and shows the office its answer form, a department its appeal form.
func TestAssessedIsSound(t *testing.T) {
	w := fullWorld(t)
	for _, lang := range languages {
		k, own := w.kit(lang, office), w.kit(lang, liaison("zrzyt"))
		in := assessedInput(w)
		wrong := in
		wrong.Failed, wrong.Typed, wrong.Err = "answer", values("n", "1", "points", "200", "upheld", "true"), workflow.BadField("points", "appeal.points")
		early := in
		early.Stage, early.Appeals = workflow.Drafted, nil
		frozen := in
		at := w.now.Add(time.Hour)
		frozen.Stage, frozen.FrozenAt, frozen.Head, frozen.Hash = workflow.Frozen, &at, 99, strings.Repeat("cd", 32)
		for name, p := range map[string]Page{
			"list": NewAssessments(k, w.frame(k, AssessmentsPath), AssessmentsInput{Periods: w.book.Periods(),
				By: map[string]workflow.Assessment{w.period.ID: {Stage: workflow.Frozen}}, Appeals: in.Appeals, Years: []YearInput{{2022, in.Rows}}}),
			"office": NewAssessed(k, w.frame(k, AssessmentsPath), in), "wrong": NewAssessed(k, w.frame(k, AssessmentsPath), wrong),
			"draft": NewAssessed(k, w.frame(k, AssessmentsPath), early), "frozen": NewAssessed(k, w.frame(k, AssessmentsPath), frozen),
			"department": NewAssessed(own, w.frame(own, AssessmentsPath), in),
		} {
			t.Run(lang+"/"+name, func(t *testing.T) {
				out := render(t, p)
				d := parse(t, out)
				if len(d.dup) > 0 {
					t.Errorf("ids twice: %v", d.dup)
				}
				d.checkPolicy(t)
				d.checkLabels(t)
				d.checkHeadings(t)
				d.checkReferences(t)
				if key := rawKey.FindString(out); key != "" {
					t.Errorf("a text is missing: %s", key)
				}
				if strings.Contains(out, "理由<b>") {
					t.Error("a text is not escaped")
				}
				if has := strings.Contains(out, `name="upheld"`); has != (name == "office" || name == "wrong") {
					t.Errorf("the office's answer form is there: %v", has)
				}
				if has := strings.Contains(out, `name="rule"`); has != (name == "department") {
					t.Errorf("a department's appeal form is there: %v", has)
				}
			})
		}
	}
}
