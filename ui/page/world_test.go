package page

import (
	"context"
	"net/url"
	"os"
	"testing"
	"time"

	"duban/store/storetest"
	"duban/workflow"
	"duban/workflow/calendar"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// world is the shipped plan in the third quarter of 2022 with a plausible course
// of events, made by acts through the Desk as people would do them.
type world struct {
	t       testing.TB
	rules   workflow.Rules
	journal *storetest.Memory
	desk    *workflow.Desk
	book    *ledger.Book
	now     time.Time
	period  workflow.Period
}

func shippedRules(t testing.TB) workflow.Rules {
	t.Helper()
	f, err := os.Open("../../tasks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := plan.Load("tasks.yaml", f)
	if err != nil {
		t.Fatal(err)
	}
	c, err := calendar.Load(calendar.Published())
	if err != nil {
		t.Fatal(err)
	}
	r, err := workflow.NewRules(p, c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var office = workflow.Actor{User: "刘敏", Unit: plan.OfficeID, Role: workflow.OfficeMan}

func liaison(unit string) workflow.Actor {
	return workflow.Actor{User: "周航", Unit: unit, Role: workflow.Liaison}
}

// at is an instant of 2022 in the plan's zone.
func (w *world) at(month time.Month, day, hour, minute int) {
	w.now = time.Date(2022, month, day, hour, minute, 0, 0, w.rules.Clock.Zone)
}

// newWorld is empty but for an open period.
func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, rules: shippedRules(t)}
	w.at(time.July, 5, 9, 12)
	w.journal = storetest.NewMemory(func() time.Time { return w.now })
	t.Cleanup(func() {
		if err := w.journal.Close(); err != nil {
			t.Error(err)
		}
	})
	w.desk = workflow.NewDesk(w.journal, func() workflow.Rules { return w.rules })
	p, _, err := w.desk.EnsurePeriod(context.Background(), w.now)
	if err != nil {
		t.Fatal(err)
	}
	w.period = p
	return w
}

// read makes the read model of what has happened so far.
func (w *world) read() {
	w.t.Helper()
	b, err := ledger.New(context.Background(), w.journal, func() workflow.Rules { return w.rules })
	if err != nil {
		w.t.Fatal(err)
	}
	w.book = b
}

func (w *world) id(task int, unit string) string {
	role := workflow.Cooperating
	if t, _ := w.rules.Plan.Task(task); t.Lead == unit {
		role = workflow.Lead
	}
	return workflow.AssignmentID(w.period.ID, task, role, unit)
}

func (w *world) act(actor workflow.Actor, task int, unit string, c workflow.Command) {
	w.t.Helper()
	_, err := w.desk.Act(context.Background(), workflow.Call{Actor: actor, Received: w.now}, w.id(task, unit), c)
	if err != nil {
		w.t.Fatalf("task %d %s %T: %v", task, unit, c, err)
	}
}

func (w *world) file(indicator, value string, asOf plan.Date) {
	w.t.Helper()
	in := workflow.FileFigureInput{FigureInput: workflow.FigureInput{Indicator: indicator, Value: plan.MustNumber(value), AsOf: asOf}}
	if _, err := w.desk.FileFigure(context.Background(), workflow.Call{Actor: office, Received: w.now}, in); err != nil {
		w.t.Fatalf("figure %s: %v", indicator, err)
	}
}

func (w *world) trail(id string) []workflow.Event {
	w.t.Helper()
	es, err := w.journal.Trail(context.Background(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return es
}

func (w *world) items(q ledger.Query, actor workflow.Actor) []ledger.Item {
	w.t.Helper()
	q.Sort, q.Limit = ledger.Worst, ledger.MaxLimit
	items, _, _, err := w.book.Page(q, actor, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	return items
}

func (w *world) kit(lang string, actor workflow.Actor) Kit {
	return NewKit(lang, w.rules, w.now, actor)
}

func (w *world) frame(k Kit, current string) Frame {
	return k.Frame(Frame{CSRF: "token", Path: current, Demo: true, Build: "test",
		Live: &Live{URL: "/api/v1/live", Seq: w.book.Seq(), Epoch: w.book.Epoch()}}, current, 2)
}

// rows are the folded rows of items, with their trails.
func (w *world) rows(items []ledger.Item) (map[string]workflow.Assignment, map[string][]workflow.Event) {
	rows, trails := map[string]workflow.Assignment{}, map[string][]workflow.Event{}
	for _, i := range items {
		rows[i.ID], _ = w.book.Assignment(i.ID)
		trails[i.ID] = w.trail(i.ID)
	}
	return rows, trails
}

func (w *world) allSeries() map[string]workflow.Series {
	w.t.Helper()
	m := map[string]workflow.Series{}
	err := w.journal.Read(context.Background(), func(v workflow.ReadView) error {
		for s, err := range v.AllSeries() {
			if err != nil {
				return err
			}
			m[s.Indicator] = s
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

// report is a plausible report on a task.
func (w *world) report(task int, progress string) workflow.ReportCommand {
	t, _ := w.rules.Plan.Task(task)
	in := workflow.ReportInput{Progress: progress, NextSteps: "四季度继续按任务分工推进，重点抓好未启动举措。",
		Forecast: workflow.ForecastInput{Text: "年内完成全部举措的阶段性任务。"}}
	for n, m := range t.Measures {
		percent := 80 - 5*n
		x := workflow.MeasureInput{ID: m.ID, Status: workflow.UnderWay, Percent: &percent}
		if n == 0 {
			x.Status, x.Percent, x.Note = workflow.Done, nil, "已印发实施方案并完成首批入库"
		}
		in.Measures = append(in.Measures, x)
	}
	return workflow.ReportCommand{ReportInput: in}
}

// fullWorld is the autumn of 2022: three tasks overdue, some soon, some waiting.
func fullWorld(t testing.TB) *world {
	w := newWorld(t)
	w.figures()
	units := func(task int) []string {
		x, _ := w.rules.Plan.Task(task)
		return append([]string{x.Lead}, x.Cooperating...)
	}
	w.at(time.July, 6, 15, 40)
	for _, task := range w.rules.Plan.Tasks {
		for n, u := range units(task.No) {
			if task.No == 12 && n == 0 || task.No == 9 && n > 9 {
				continue
			}
			w.act(liaison(u), task.No, u, workflow.AcceptCommand{})
		}
	}
	w.at(time.September, 21, 10, 30)
	for task, n := range map[int]int{6: 2, 8: 1, 10: 2, 7: 1, 2: 2, 5: 5, 1: 2, 9: 4, 11: 2} {
		for _, u := range units(task)[1 : n+1] {
			w.act(liaison(u), task, u, w.report(task, "本单位分工事项按计划推进，三季度完成专项走访和政策兑现，相关数据已报牵头单位汇总。"))
		}
	}
	w.at(time.September, 27, 9, 5)
	w.act(liaison("swt"), 8, "swt", workflow.RequestExtensionCommand{Due: due(2022, 10, 20), Reason: "展会数据须待广交会后统计，申请延期报送。"})
	for task, day := range map[int]int{10: 11, 7: 13, 12: 28, 1: 28, 4: 26, 9: 28} {
		x, _ := w.rules.Plan.Task(task)
		w.act(office, task, x.Lead, workflow.ExtendCommand{Due: due(2022, 10, day), Reason: "全省统一调整报送时间。"})
	}
	w.at(time.September, 28, 9, 40)
	w.reportAll()
	w.at(time.October, 9, 10, 5)
	w.expire(units)
	w.act(office, 6, "zrzyt", workflow.UrgeCommand{Level: workflow.PlainUrge, Text: "任务已逾期，请说明原因并尽快报送三季度进展。"})
	w.at(time.October, 10, 8, 40)
	w.act(office, 6, "zrzyt", workflow.UrgeCommand{Level: workflow.FormalUrge, Text: "第二次催办：请今天下班前报送；确有困难的申请延期。"})
	w.at(time.October, 10, 14, 32)
	w.read()
	return w
}

func due(y int, m time.Month, d int) *workflow.DueTime {
	return &workflow.DueTime{Date: plan.Date{Year: y, Month: m, Day: d}}
}

// reportAll files and judges the leads' reports that came in time.
func (w *world) reportAll() {
	for _, task := range []int{2, 3, 5, 11} {
		x, _ := w.rules.Plan.Task(task)
		cmd := w.report(task, "三季度牵头推进各项举措，完成首批重点事项，配合单位情况已汇总。\n制度建设方面出台实施细则三件；服务方面走访企业一千二百家。")
		if task == 5 {
			cmd.Asks = "请协调省地方金融监管局提供担保机构名录更新数据。"
		}
		for _, c := range x.Cooperating {
			cmd.Inputs = append(cmd.Inputs, workflow.Input{Assignment: w.id(task, c), Mark: workflow.Adopted})
		}
		w.act(liaison(x.Lead), task, x.Lead, cmd)
	}
	w.act(liaison("jxt"), 4, "jxt", w.report(4, "三季度新增智能化技术改造项目四百余项。"))
	w.act(office, 4, "jxt", workflow.ReturnCommand{Reason: "请补充“上云用数赋智”的企业数和统计口径，并逐项说明未启动举措的原因。", Due: due(2022, 10, 26)})
	w.act(office, 3, "scjgj", workflow.VerifyCommand{Grade: workflow.Excellent, Comment: "数据翔实，予以通过。"})
	w.act(office, 11, "scjgj", workflow.VerifyCommand{Grade: workflow.Good})
	w.act(office, 2, "kjt", workflow.ReturnCommand{Reason: "研发费用加计扣除的数据口径与税务部门不一致，请核对后重报。", Due: due(2022, 10, 17)})
	w.act(liaison("kjt"), 2, "kjt", w.report(2, "已与税务部门核对口径，重新汇总三季度数据。"))
}

// expire lets the clock record what is past due.
func (w *world) expire(units func(int) []string) {
	var chores []workflow.Chore
	for _, task := range w.rules.Plan.Tasks {
		for _, u := range units(task.No) {
			chores = append(chores, workflow.Chore{Assignment: w.id(task.No, u), Command: workflow.ExpireCommand{}})
		}
	}
	if _, err := w.desk.Do(context.Background(), w.now, chores); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) figures() {
	day := func(y int, m time.Month, d int) plan.Date { return plan.Date{Year: y, Month: m, Day: d} }
	for indicator, values := range map[string][]string{
		"G1.1": {"5.3", "10.4", "15.6", "20.9", "25.4", "29.8"}, "G1.2": {"1.5", "3.1", "4.6", "6.2", "7.7", "9.1"},
		"G2.1": {"180", "420", "640", "860", "1090", "1315"}, "G2.2": {"80", "160", "260", "340", "430", "520"},
		"G3.1": {"0.09", "0.18", "0.27", "0.35", "0.43", "0.52"}, "G4.1": {"0.1", "0.2", "0.3", "0.42", "0.53", "0.62"},
		"G4.3": {"1.2", "2.6", "4.1", "5.7", "7.4", "9.1"}, "G4.4": {"450", "980", "1480", "1990", "2490", "2980"},
		"G5.1": {"820", "880", "930", "980", "1020", "1052"}, "G5.6": {"2.1", "4.3", "6.6", "9", "11.2", "13.6"},
	} {
		for n, v := range values {
			y, q := 2021+n/4, n%4
			end := []plan.Date{day(y, 3, 31), day(y, 6, 30), day(y, 9, 30), day(y, 12, 31)}[q]
			w.file(indicator, v, end)
		}
	}
	for indicator, v := range map[string]string{"G1.3": "1.4", "G3.2": "2.3", "G3.3": "10.4", "G4.6": "5120", "G5.2": "0.88",
		"G5.4": "0.31", "G5.8": "780", "T11.1": "92", "T1.1": "520", "T5.1": "0.91"} {
		w.file(indicator, v, day(2022, 6, 30))
	}
}

func values(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}
