package workflow_test

import (
	"context"
	"testing"

	"duban/workflow"
)

// TestFiguresThatContradictEachOther: a part above its whole, a cumulative figure above a
// later one or below an earlier one, and a first figure in the wrong unit are asked about
// at the field, whichever came first and by whichever way; an explanation answers.
func TestFiguresThatContradictEachOther(t *testing.T) {
	const whole, part = "G1.1", "G1.2" // of 60 and of 18 万家
	type known = workflow.FigureInput
	for _, c := range []struct {
		name  string
		known []known
		filed []known
		code  string // "": taken
		field string // of which of them
	}{
		{"a part above its whole", []known{figure(whole, "34", "2022-08-31")}, []known{figure(part, "41", "2022-08-31")}, "figure.above_whole", "0.value"},
		{"a part as large", []known{figure(whole, "34", "2022-08-31")}, []known{figure(part, "34", "2022-08-31")}, "", ""},
		{"a part below it", []known{figure(whole, "34", "2022-08-31")}, []known{figure(part, "11", "2022-08-31")}, "", ""},
		{"explained", []known{figure(whole, "34", "2022-08-31")}, []known{explained(figure(part, "41", "2022-08-31"), "口径不同")}, "", ""},
		{"a whole below its part", []known{figure(part, "11", "2022-08-31")}, []known{figure(whole, "9", "2022-08-31")}, "figure.below_part", "0.value"},
		{"a later whole below it", []known{figure(part, "11", "2022-06-30")}, []known{figure(whole, "9", "2022-08-31")}, "figure.below_part", "0.value"},
		{"a whole of before, the part being later", []known{figure(part, "11", "2022-08-31")}, []known{figure(whole, "9", "2022-06-30")}, "", ""},
		{"the same where a newer whole is known", []known{figure(whole, "20", "2022-07-31"), figure(part, "11", "2022-08-31")}, []known{figure(whole, "9", "2022-06-30")}, "", ""},
		{"a part above a later whole", []known{figure(whole, "9", "2022-08-31")}, []known{figure(part, "11", "2022-06-30")}, "figure.above_whole", "0.value"},
		{"a part above the last whole", []known{figure(whole, "9", "2022-06-30")}, []known{figure(part, "11", "2022-08-31")}, "figure.above_whole", "0.value"},
		{"both at once", nil, []known{figure(part, "41", "2022-08-31"), figure(whole, "34", "2022-08-31")}, "figure.above_whole", "0.value"},
		{"both at once, above what was", []known{figure(whole, "34", "2022-06-30"), figure(part, "11", "2022-06-30")}, []known{figure(part, "41", "2022-08-31"), figure(whole, "55", "2022-08-31")}, "", ""},
		{"a part of that day put right with its whole", []known{figure(whole, "50", "2022-08-31"), figure(part, "41", "2022-08-31")},
			[]known{explained(figure(whole, "34", "2022-08-31"), "重新核对"), explained(figure(part, "11", "2022-08-31"), "重新核对")}, "", ""},

		{"backdated above a later one", []known{figure(whole, "30", "2022-06-30")}, []known{figure(whole, "31", "2022-03-31")}, "figure.above_later", "0.value"},
		{"backdated below it", []known{figure(whole, "30", "2022-06-30")}, []known{figure(whole, "29", "2022-03-31")}, "", ""},
		{"backdated below an earlier one", []known{figure(whole, "20", "2021-12-31"), figure(whole, "30", "2022-06-30")}, []known{figure(whole, "19", "2022-03-31")}, "figure.falls", "0.value"},
		{"backdated in another unit", []known{figure(whole, "30", "2022-06-30")}, []known{figure(whole, "0.0025", "2022-03-31")}, "figure.slip_later", "0.value"},
		{"backdated, of a stock", []known{figure("G1.3", "1", "2022-06-30")}, []known{figure("G1.3", "1.5", "2022-03-31")}, "", ""},
		{"of another year", []known{figure("G5.3", "1.1", "2022-06-30")}, []known{figure("G5.3", "1.9", "2021-12-31")}, "", ""},

		{"a first figure in a larger unit", nil, []known{figure(whole, "0.0025", "2022-06-30")}, "figure.slip_target", "0.value"},
		{"a first figure in a smaller unit", nil, []known{figure(whole, "250000", "2022-06-30")}, "figure.slip_target", "0.value"},
		{"a small first figure", nil, []known{figure(whole, "0.07", "2021-03-31")}, "", ""},
		{"none at all", nil, []known{figure(whole, "0", "2021-03-31")}, "", ""},
		{"far below a ceiling", nil, []known{figure("T5.1", "0.001", "2022-06-30")}, "", ""}, // < 1 %
	} {
		run := func(way string, file func(b *bench) error, prefix string) {
			b := newBench(t, opens)
			b.at("2022-09-20 09:00:00")
			for _, f := range c.known {
				if _, err := b.desk.FileFigure(context.Background(), b.call(office), workflow.FileFigureInput{FigureInput: f}); err != nil {
					t.Fatal(c.name, err)
				}
			}
			err := file(b)
			if c.code == "" {
				if err != nil {
					t.Errorf("%s by %s: %v", c.name, way, err)
				}
				return
			}
			wantCode(t, err, c.code)
			if e := workflow.AsError(err); e.Field != prefix+c.field && !(prefix == "" && e.Field == "value") {
				t.Errorf("%s by %s: at %q", c.name, way, e.Field)
			}
		}
		run("a sheet of the office", func(b *bench) error {
			var all []workflow.FileFigureInput
			for _, f := range c.filed {
				all = append(all, workflow.FileFigureInput{FigureInput: f})
			}
			return b.desk.PreviewFigures(context.Background(), b.call(office), all)
		}, "figures.")
		if len(c.filed) == 1 {
			run("the office", func(b *bench) error {
				_, err := b.desk.FileFigure(context.Background(), b.call(office), workflow.FileFigureInput{FigureInput: c.filed[0]})
				return err
			}, "")
		}
		if c.filed[0].Indicator == "T5.1" {
			continue // another department's
		}
		run("a sheet of a department", func(b *bench) error {
			return b.desk.CheckFigures(context.Background(), b.call(leadMan), lead1, c.filed)
		}, "figures.")
		run("a report", func(b *bench) error {
			b.must(leadMan, lead1, workflow.AcceptCommand{})
			_, err := b.desk.Preview(context.Background(), b.call(leadMan), lead1, with(c.filed...))
			return err
		}, "figures.")
	}
}

// TestACorrectionAnswersTheQuestion: its reason is the explanation.
func TestACorrectionAnswersTheQuestion(t *testing.T) {
	b := newBench(t, opens)
	file := func(in workflow.FileFigureInput) (uint64, error) {
		r, err := b.desk.FileFigure(context.Background(), b.call(office), in)
		return r.Seq, err
	}
	if _, err := file(workflow.FileFigureInput{FigureInput: figure("G1.1", "34", "2022-06-30")}); err != nil {
		t.Fatal(err)
	}
	seq, err := file(workflow.FileFigureInput{FigureInput: figure("G1.2", "11", "2022-06-30")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file(workflow.FileFigureInput{FigureInput: figure("G1.2", "41", "2022-06-30"), Corrects: seq, Reason: "统计口径调整"}); err != nil {
		t.Error(err)
	}
}
