package workflow_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"duban/workflow"
	"duban/workflow/calendar"
	"duban/workflow/plan"
)

func date(s string) plan.Date {
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// with is a report of task 1's lead with figures.
func with(figures ...workflow.FigureInput) workflow.ReportCommand {
	return workflow.ReportCommand{ReportInput: workflow.ReportInput{Progress: "开展培育工作", Figures: figures}}
}

func figure(id, value, asOf string) workflow.FigureInput {
	return workflow.FigureInput{Indicator: id, Value: plan.MustNumber(value), AsOf: date(asOf)}
}

func explained(f workflow.FigureInput, why string) workflow.FigureInput {
	f.Explanation = why
	return f
}

func TestReportFields(t *testing.T) {
	over, under := 101, -1
	many := make([]workflow.FigureInput, 501)
	pages := make([]string, 21)
	measures := func(ms ...workflow.MeasureInput) workflow.ReportInput {
		return workflow.ReportInput{Progress: "开展", Measures: ms}
	}
	for _, c := range []struct {
		field, code string
		in          workflow.ReportInput
	}{
		{"progress", "report.progress_required", workflow.ReportInput{Progress: " \n\t"}},
		{"reason", "report.no_change_reason", workflow.ReportInput{NoChange: true, Progress: "无"}},
		{"progress", "text.too_long", workflow.ReportInput{Progress: strings.Repeat("字", 4001)}},
		{"obstacles", "text.too_long", workflow.ReportInput{Progress: "开展", Obstacles: strings.Repeat("字", 2001)}},
		{"asks", "text.bidi", workflow.ReportInput{Progress: "开展", Asks: "请\u202e协调"}},
		{"next_steps", "text.control", workflow.ReportInput{Progress: "开展", NextSteps: "下步\x00打算"}},
		{"measures.0.id", "measure.unknown", measures(workflow.MeasureInput{ID: "2.1", Status: workflow.Done})},
		{"measures.1.id", "measure.twice", measures(workflow.MeasureInput{ID: "1.1", Status: workflow.Done}, workflow.MeasureInput{ID: "1.1", Status: workflow.Done})},
		{"measures.0.status", "measure.status_unknown", measures(workflow.MeasureInput{ID: "1.1", Status: "half"})},
		{"measures.0.percent", "measure.percent", measures(workflow.MeasureInput{ID: "1.1", Status: workflow.UnderWay, Percent: &over})},
		{"measures.0.percent", "measure.percent", measures(workflow.MeasureInput{ID: "1.1", Status: workflow.UnderWay, Percent: &under})},
		{"measures.0.note", "text.too_long", measures(workflow.MeasureInput{ID: "1.1", Status: workflow.Done, Note: strings.Repeat("字", 501)})},
		{"figures", "figures.too_many", workflow.ReportInput{Progress: "开展", Figures: many}},
		{"evidence", "evidence.too_many", workflow.ReportInput{Progress: "开展", Evidence: pages}},
		{"evidence.0", "evidence.unknown", workflow.ReportInput{Progress: "开展", Evidence: []string{"../../etc/passwd"}}},
		{"forecast.0.indicator", "figure.unknown", workflow.ReportInput{Progress: "开展", Forecast: workflow.ForecastInput{Figures: []workflow.Forecast{{Indicator: "X9"}}}}},
		{"forecast.1.indicator", "figure.twice", workflow.ReportInput{Progress: "开展", Forecast: workflow.ForecastInput{
			Figures: []workflow.Forecast{{Indicator: "T1.1", Value: plan.Num(5)}, {Indicator: "T1.1", Value: plan.Num(6)}}}}},
	} {
		b := newBench(t, opens)
		b.must(leadMan, lead1, workflow.AcceptCommand{})
		if e := b.refused(c.code, leadMan, lead1, workflow.ReportCommand{ReportInput: c.in}); e.Field != c.field || e.Kind != workflow.Invalid {
			t.Errorf("%s: field %q, kind %d", c.code, e.Field, e.Kind)
		}
	}
}

func TestEveryFaultAtOnceWithinReason(t *testing.T) {
	b := newBench(t, opens)
	b.must(leadMan, lead1, workflow.AcceptCommand{})
	wrong := workflow.ReportInput{NoChange: true, Asks: "请\u202e协调", Evidence: []string{"none"}}
	_, err := b.act(leadMan, lead1, workflow.ReportCommand{ReportInput: wrong})
	if e := workflow.AsError(err); e.Code != "fields.invalid" || len(e.Fields) != 3 || e.Args["count"] != 3 {
		t.Errorf("%v", err)
	}
	flood := workflow.ReportInput{Progress: "开展"}
	for i := range 20000 {
		flood.Measures = append(flood.Measures, workflow.MeasureInput{ID: fmt.Sprint("m", i)})
	}
	_, err = b.act(leadMan, lead1, workflow.ReportCommand{ReportInput: flood})
	if e := workflow.AsError(err); e.Code != "fields.invalid" || len(e.Fields) > 50 {
		t.Errorf("%d faults told", len(workflow.AsError(err).Fields))
	}
}

func TestReportKeepsWhatWasFiled(t *testing.T) {
	b := newBench(t, opens)
	b.must(leadMan, lead1, workflow.AcceptCommand{})
	half := 50
	b.must(leadMan, lead1, workflow.ReportCommand{ReportInput: workflow.ReportInput{
		Progress: "  开展\r\n培育  ", Obstacles: "资金不足", Asks: "请财政部门支持", NextSteps: "继续推进",
		Measures: []workflow.MeasureInput{{ID: "1.3", Status: workflow.UnderWay, Percent: &half, Note: "已启动"}},
		Figures:  []workflow.FigureInput{figure("T1.1", "320", "2022-06-30")},
		Forecast: workflow.ForecastInput{Text: "下季度达到400家", Figures: []workflow.Forecast{{Indicator: "T1.1", Value: plan.Num(400)}}},
	}})
	e := b.trail(lead1)[2]
	for k, want := range map[string]string{"progress": "开展\n培育", "obstacles": "资金不足", "asks": "请财政部门支持",
		"next_steps": "继续推进", "measure.1.3": "已启动", "forecast": "下季度达到400家"} {
		if e.Texts[k] != want {
			t.Errorf("%s is %q", k, e.Texts[k])
		}
	}
	r := e.Data.Report
	if !r.HasAsks || len(r.Measures) != 1 || *r.Measures[0].Percent != 50 || r.Forecast[0].Value.String() != "400" || r.Figures[0].Value.String() != "320" {
		t.Errorf("%+v", r)
	}
	if a := b.row(lead1); !a.Reports[0].Asks || !slices.Equal(a.Figures, []string{"T1.1"}) {
		t.Errorf("%+v", a)
	}
}

func TestNoChange(t *testing.T) {
	b := newBench(t, opens)
	b.must(coopMan, coop1, workflow.AcceptCommand{},
		workflow.ReportCommand{ReportInput: workflow.ReportInput{NoChange: true, Reason: "政策尚未出台"}})
	if a := b.row(coop1); !a.Reports[0].NoChange || a.State != workflow.Reported {
		t.Errorf("%+v", a)
	}
}

func TestFigureQuestions(t *testing.T) {
	b := newBench(t, opens)
	b.must(leadMan, lead1, workflow.AcceptCommand{})
	b.must(leadMan, lead1, with(figure("T1.1", "320", "2022-06-30")))
	b.must(office, lead1, workflow.ReturnCommand{Reason: "请更新", Due: day("2022-10-20")})
	b.must(office, lead1, workflow.NoteCommand{Text: "退回的填报数不作数"})
	b.must(leadMan, lead1, with(figure("T1.1", "300", "2022-06-30"))) // the returned 320 does not count
	b.must(office, lead1, workflow.VerifyCommand{Grade: workflow.Good}, workflow.ReopenCommand{Reason: "更新", Due: day("2022-10-20")})
	b.must(office, lead1, workflow.NoteCommand{Text: "重开"})
	if _, err := b.desk.FileFigure(context.Background(), b.call(office), workflow.FileFigureInput{FigureInput: figure("T1.1", "320", "2022-06-30")}); err != nil {
		t.Fatal(err)
	}
	b.at("2022-09-20 09:00:00")
	for _, c := range []struct {
		code, field string
		f           workflow.FigureInput
	}{
		{"figure.falls", "value", figure("T1.1", "319", "2022-09-15")},
		{"figure.falls", "value", explained(figure("T1.1", "319", "2022-09-15"), " \n ")}, // spaces explain nothing
		{"figure.slip", "value", figure("T1.1", "3200000", "2022-09-15")},                 // 320 with the unit 万 written out
		{"figure.slip", "value", figure("T1.1", "0.032", "2022-09-15")},                   // 320 taken for 万
		{"figure.as_of_future", "as_of", figure("T1.1", "330", "2022-09-21")},
		{"figure.as_of_early", "as_of", figure("T1.1", "330", "2020-12-31")},
		{"figure.as_of_required", "as_of", workflow.FigureInput{Indicator: "T1.1", Value: plan.Num(330)}},
		{"figure.value_required", "value", workflow.FigureInput{Indicator: "T1.1", AsOf: date("2022-09-15")}},
		{"figure.negative", "value", figure("T1.1", "-1", "2022-09-15")},
		{"figure.unknown", "indicator", figure("T9.9", "1", "2022-09-15")},
		{"figure.not_yours", "indicator", figure("T12.1", "100", "2022-09-15")},
		{"figure.office_judges", "indicator", workflow.FigureInput{Indicator: "G4.9", AsOf: date("2022-09-15"), Met: new(bool)}},
		{"figure.comparison_required", "comparison", figure("G4.7", "12.5", "2022-09-15")},
	} {
		if c.code == "figure.not_yours" {
			c.f.Indicator = "T5.1" // 人行杭州中心支行 leads task 5
		}
		if e := b.refused(c.code, leadMan, lead1, with(c.f)); e.Field != "figures.0."+c.field {
			t.Errorf("%s on %q", c.code, e.Field)
		}
	}
	e := b.refused("figure.twice", leadMan, lead1, with(figure("T1.1", "330", "2022-09-15"), figure("T1.1", "331", "2022-09-15")))
	if e.Field != "figures.1.indicator" {
		t.Error(e.Field)
	}
	b.must(leadMan, lead1, with(explained(figure("T1.1", "319", "2022-09-15"), "剔除重复一家")))
	if e := b.trail(lead1); e[len(e)-1].Texts["figure.T1.1"] != "剔除重复一家" {
		t.Error("the explanation is not kept")
	}
}

func TestYearlyFigureStartsAnew(t *testing.T) {
	b := newBench(t, opens)
	file := func(value, asOf string) error {
		in := workflow.FileFigureInput{FigureInput: figure("G5.3", value, asOf)}
		_, err := b.desk.FileFigure(context.Background(), b.call(office), in)
		return err
	}
	wantCode(t, file("19000", "2021-12-31"), "figure.slip_target") // the unit is 万台次
	if err := file("1.9", "2021-12-31"); err != nil {
		t.Fatal(err)
	}
	if err := file("0.4", "2022-03-31"); err != nil {
		t.Error("a yearly figure begins at nothing each year:", err)
	}
	wantCode(t, file("0.3", "2022-06-30"), "figure.falls")
}

func TestOfficeFigures(t *testing.T) {
	b := newBench(t, opens)
	ctx := context.Background()
	file := func(who workflow.Actor, in workflow.FileFigureInput) error {
		_, err := b.desk.FileFigure(ctx, b.call(who), in)
		return err
	}
	wantCode(t, file(leadMan, workflow.FileFigureInput{FigureInput: figure("G1.1", "30", "2022-06-30")}), "figure.office_only")
	wantCode(t, file(office, workflow.FileFigureInput{FigureInput: figure("G9.9", "30", "2022-06-30")}), "indicator.unknown")
	if err := file(office, workflow.FileFigureInput{FigureInput: figure("G1.1", "30", "2022-06-30")}); err != nil {
		t.Fatal(err)
	}
	first := b.series("G1.1").Points[0]
	fix := workflow.FileFigureInput{FigureInput: figure("G1.1", "28", "2022-06-30"), Corrects: first.Seq}
	wantCode(t, file(office, fix), "figure.correction_reason")
	fix.Reason, fix.Explanation = "重复统计", "与省统计局核对"
	if err := file(office, fix); err != nil {
		t.Fatal("a reason answers for a value that falls:", err)
	}
	s := b.series("G1.1")
	if len(s.Points) != 2 || s.Points[0].Counts() || s.Points[0].Value.String() != "30" || !s.Points[1].Counts() || s.Points[1].Corrects != first.Seq {
		t.Errorf("%+v", s.Points)
	}
	es, err := b.journal.Events(ctx, s.Seq-1, 1)
	if err != nil || es[0].Texts["reason"] != "重复统计" || es[0].Texts["explanation"] != "与省统计局核对" {
		t.Errorf("%v %v", es, err)
	}
	wantCode(t, file(office, fix), "figure.corrects_unknown") // corrected once already
	met := true
	judged := workflow.FileFigureInput{FigureInput: workflow.FigureInput{Indicator: "G4.9", AsOf: date("2022-06-30")}, Reason: "利率稳中有降"}
	wantCode(t, file(office, judged), "figure.judgement_required")
	judged.Met, judged.Reason = &met, ""
	wantCode(t, file(office, judged), "figure.judgement_reason")
	judged.Reason = "利率稳中有降"
	if err := file(office, judged); err != nil {
		t.Error(err)
	}
}

func TestIndicatorOwner(t *testing.T) {
	b := newBench(t, opens)
	assign := func(who workflow.Actor, id, to string) error {
		_, err := b.desk.AssignIndicator(context.Background(), b.call(who), id, to)
		return err
	}
	wantCode(t, assign(leadMan, "G1.1", "scjgj"), "figure.office_only")
	wantCode(t, assign(office, "G1.1", "nobody"), "department.unknown")
	wantCode(t, assign(office, "T1.1", "jxt"), "indicator.belongs_to_task")
	if err := assign(office, "G1.1", "jxt"); err != nil {
		t.Fatal(err)
	}
	b.must(leadMan, lead1, workflow.AcceptCommand{})
	b.must(coopMan, coop1, workflow.AcceptCommand{})
	if e := b.refused("figure.not_yours", leadMan, lead1, with(figure("G1.1", "30", "2022-06-30"))); e.Args["owner"] != "省经信厅" {
		t.Error(e.Args)
	}
	b.must(coopMan, coop1, with(figure("G1.1", "30", "2022-06-30")))
	if p := b.series("G1.1").Points[0]; p.Status != workflow.PointReported || p.Assignment != coop1 {
		t.Errorf("%+v", p)
	}
	b.must(office, coop1, workflow.VerifyCommand{Grade: workflow.Good})
	if p := b.series("G1.1").Points[0]; p.Status != workflow.PointVerified {
		t.Errorf("%+v", p)
	}
}

func TestLeadConsolidates(t *testing.T) {
	b := newBench(t, opens)
	const whlyt = "2022Q3-01-coop-whlyt"
	b.must(leadMan, lead1, workflow.AcceptCommand{})
	b.must(coopMan, coop1, workflow.AcceptCommand{}, filed("开展培育工作"))
	b.must(office, "2022Q3-01-coop-gsl", workflow.WithdrawCommand{Reason: "不再配合"})
	marks := func(in ...workflow.Input) workflow.ReportCommand {
		return workflow.ReportCommand{ReportInput: workflow.ReportInput{Progress: "汇总", Inputs: in}}
	}
	b.refused("report.already", coopMan, coop1, marks(workflow.Input{Assignment: coop1, Mark: workflow.Adopted}))
	b.must(fellowMan, whlyt, workflow.AcceptCommand{})
	b.refused("inputs.lead_only", fellowMan, whlyt, marks(workflow.Input{Assignment: coop1, Mark: workflow.Adopted}))
	for _, c := range []struct {
		code string
		in   []workflow.Input
	}{
		{"input.unknown", []workflow.Input{{Assignment: lead1, Mark: workflow.Adopted}}},
		{"input.unknown", []workflow.Input{{Assignment: "2022Q3-02-coop-swj", Mark: workflow.NotReceived}}},
		{"input.unknown", []workflow.Input{{Assignment: "2022Q3-01-coop-gsl", Mark: workflow.NotReceived}}}, // withdrawn
		{"input.unknown", []workflow.Input{{Assignment: coop1, Mark: workflow.Adopted}, {Assignment: coop1, Mark: workflow.Adopted}}},
		{"input.mark_unknown", []workflow.Input{{Assignment: coop1, Mark: "fine"}}},
		{"input.not_received", []workflow.Input{{Assignment: whlyt, Mark: workflow.Adopted}}},
		{"input.received", []workflow.Input{{Assignment: coop1, Mark: workflow.NotReceived}}},
	} {
		b.refused(c.code, leadMan, lead1, marks(c.in...))
	}
	b.must(leadMan, lead1, marks(workflow.Input{Assignment: coop1, Mark: workflow.Amended}, workflow.Input{Assignment: whlyt, Mark: workflow.NotReceived}))
	e := b.trail(lead1)[2]
	if want := []string{"dfjrjgj", "whlyt"}; !slices.Equal(e.Data.Report.Missing, want) {
		t.Errorf("missing %v, want %v by name", e.Data.Report.Missing, want)
	}
	if b.row(coop1).Mark != workflow.Amended || b.row(whlyt).Mark != workflow.NotReceived {
		t.Error("the marks are not on the cooperating rows")
	}
	b.must(fellowMan, whlyt, filed("补报")) // a new report has no mark yet
	b.must(leadMan, lead1, workflow.RecallCommand{}, marks(workflow.Input{Assignment: coop1, Mark: workflow.Amended}, workflow.Input{Assignment: whlyt, Mark: workflow.Adopted}))
	if k := b.kinds(coop1); !slices.Equal(k, []workflow.Kind{"accepted", "reported", "marked"}) {
		t.Errorf("the same mark twice is one event: %v", k)
	}
	if b.row(whlyt).Mark != workflow.Adopted {
		t.Error(b.row(whlyt).Mark)
	}
}

// TestMarkOnPastDue: a lead's mark is a change of the cooperating row, so overdue
// is recorded with it, once.
func TestMarkOnPastDue(t *testing.T) {
	b := newBench(t, opens)
	b.must(leadMan, lead1, workflow.AcceptCommand{})
	b.at("2022-09-26 09:00:00")
	b.must(leadMan, lead1, workflow.ReportCommand{ReportInput: workflow.ReportInput{Progress: "汇总",
		Inputs: []workflow.Input{{Assignment: coop1, Mark: workflow.NotReceived}}}})
	b.sweep()
	if k := b.kinds(coop1); !slices.Equal(k, []workflow.Kind{"expired", "marked"}) {
		t.Errorf("%v", k)
	}
}

func TestEvidence(t *testing.T) {
	b := newBench(t, opens)
	put := func(who workflow.Actor, body string) string {
		f, _, err := b.journal.PutFile(context.Background(), workflow.Call{Received: b.now, Actor: who}, workflow.File{ID: "f-" + body, Type: "application/pdf", Name: "材料.pdf", Unit: who.Unit, User: who.User},
			strings.NewReader(body), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		return f.ID
	}
	own, others := put(coopMan, "own"), put(fellowMan, "others")
	b.must(coopMan, coop1, workflow.AcceptCommand{})
	send := func(ids ...string) workflow.ReportCommand {
		return workflow.ReportCommand{ReportInput: workflow.ReportInput{Progress: "开展", Evidence: ids}}
	}
	if e := b.refused("evidence.unknown", coopMan, coop1, send(own, others)); e.Field != "evidence.1" {
		t.Error(e.Field)
	}
	b.must(coopMan, coop1, send(own, own))
	if got := b.trail(coop1)[2].Data.Report.Evidence; !slices.Equal(got, []string{own}) {
		t.Errorf("%v", got)
	}
}
