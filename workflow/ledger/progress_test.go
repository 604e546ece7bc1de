package ledger_test

import (
	"testing"

	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// said is a report that says how far measures are: "6.1" done, "6.2" 40 and so on.
func measures(words map[string]any) workflow.ReportCommand {
	c := report("本期进展")
	for id, w := range words {
		m := workflow.MeasureInput{ID: id}
		switch v := w.(type) {
		case int:
			m.Status, m.Percent = workflow.UnderWay, &v
		case workflow.MeasureStatus:
			m.Status = v
		}
		c.Measures = append(c.Measures, m)
	}
	return c
}

// progressCase: task 6 has four measures and no figures of its own; its lead zrzyt
// leads nothing else. The report is filed on 2022-09-20, day 628 of 1,095: 57.4 %.
type progressCase struct {
	name   string
	before map[string]any // reported and verified in 2022Q2; nil: no such period
	report map[string]any
	figure string // of G2.3, target 100, owned by zrzyt, at 2022-09-20
	colour ledger.Colour
	code   string
	share  string
}

var progressCases = []progressCase{
	// Silence on all of them is no better than silence on some.
	{"nothing said", nil, map[string]any{}, "", ledger.Red, "progress.measures.lag", "0"},
	{"unchanged since nothing", nil, map[string]any{"6.1": workflow.NoChange}, "", ledger.Red, "progress.measures.lag", "0"},
	{"nothing said since all was done", map[string]any{"6.1": workflow.Done, "6.2": workflow.Done, "6.3": workflow.Done, "6.4": workflow.Done},
		map[string]any{}, "", ledger.Green, "progress.measures.ok", "100"},
	{"all under way without a number", nil, map[string]any{"6.1": workflow.UnderWay, "6.2": workflow.UnderWay, "6.3": workflow.UnderWay, "6.4": workflow.UnderWay},
		"", ledger.Grey, "progress.measures.none", ""},
	// What nobody spoke of is 0, not under way: 57.35 ÷ 4.
	{"one under way, three unreported", nil, map[string]any{"6.1": workflow.UnderWay}, "", ledger.Red, "progress.measures.lag", "14.3"},
	{"one done, three unreported", nil, map[string]any{"6.1": workflow.Done}, "", ledger.Red, "progress.measures.lag", "25"},
	{"three done, one unreported", nil, map[string]any{"6.1": workflow.Done, "6.2": workflow.Done, "6.3": workflow.Done}, "",
		ledger.Yellow, "progress.measures.part", "75"},
	{"three done, one unchanged since nothing", nil, map[string]any{"6.1": workflow.Done, "6.2": workflow.Done, "6.3": workflow.Done, "6.4": workflow.NoChange}, "",
		ledger.Yellow, "progress.measures.part", "75"},
	{"all done", nil, map[string]any{"6.1": workflow.Done, "6.2": workflow.Done, "6.3": workflow.Done, "6.4": workflow.Done}, "",
		ledger.Green, "progress.measures.ok", "100"},
	// (100 + 0 + 40 + 90) ÷ 4
	{"at pace", nil, map[string]any{"6.1": workflow.Done, "6.2": workflow.NotStarted, "6.3": 40, "6.4": 90}, "",
		ledger.Green, "progress.measures.ok", "57.5"},
	// (57.35 + 57.35 + 57.35 + 0) ÷ 4
	{"one not begun", nil, map[string]any{"6.1": workflow.UnderWay, "6.2": workflow.NotStarted, "6.3": workflow.UnderWay, "6.4": workflow.UnderWay}, "",
		ledger.Yellow, "progress.measures.slow", "43"},
	{"little done", nil, map[string]any{"6.1": 20, "6.2": 20, "6.3": 20, "6.4": 20}, "",
		ledger.Red, "progress.measures.lag", "20"},
	{"no change since all was done", map[string]any{"6.1": workflow.Done, "6.2": workflow.Done, "6.3": workflow.Done, "6.4": workflow.Done},
		map[string]any{"6.1": workflow.NoChange, "6.4": workflow.NoChange}, "", ledger.Green, "progress.measures.ok", "100"},
	{"newer word wins", map[string]any{"6.1": 10, "6.2": 10, "6.3": 10, "6.4": 10},
		map[string]any{"6.1": workflow.Done, "6.2": workflow.Done, "6.3": workflow.NoChange}, "", ledger.Green, "progress.measures.within", "55"},
	{"a figure is worse", nil, map[string]any{"6.1": workflow.Done}, "20", ledger.Red, "figure.pace.lag", ""},
	{"a figure alone", nil, map[string]any{}, "50", ledger.Green, "figure.pace.within", ""},
	{"measures are worse", nil, map[string]any{"6.1": 0, "6.2": 0, "6.3": 0, "6.4": 0}, "50", ledger.Red, "progress.measures.lag", "0"},
}

func (c progressCase) light(t testing.TB) ledger.Light {
	w := newWorld(t, "2022-06-20 09:00", func(p *plan.Plan) { indicatorOf(p, "G2.3").Owner = "zrzyt" })
	who := liaison("zrzyt")
	if c.before != nil {
		w.open()
		w.act(who, "2022Q2-06-lead-zrzyt", workflow.AcceptCommand{})
		w.act(who, "2022Q2-06-lead-zrzyt", measures(c.before))
	}
	w.set("2022-09-20 09:00")
	w.open()
	const id = "2022Q3-06-lead-zrzyt"
	w.act(who, id, workflow.AcceptCommand{})
	w.act(who, id, measures(c.report))
	if c.figure != "" {
		w.figure(figure{"2022-09-20", c.figure, "", nil}.of("G2.3"))
	}
	followed := w.item(id).ProgressLight
	w.book = w.fresh() // which has to read the reports from the journal
	if read := w.item(id).ProgressLight; read.Code != followed.Code || read.Colour != followed.Colour {
		t.Errorf("followed %s, read anew %s", followed.Code, read.Code)
	}
	return followed
}

func TestProgressLight(t *testing.T) {
	for _, c := range progressCases {
		t.Run(c.name, func(t *testing.T) {
			l := c.light(t)
			if l.Colour != c.colour || l.Cause.Code != c.code {
				t.Errorf("%s %s %v", l.Colour, l.Cause.Code, l.Cause.Args)
			}
			if share, ok := l.Cause.Args["share"].(plan.Number); ok && share.String() != c.share {
				t.Errorf("share %s, want %s", share, c.share)
			}
			checkLight(t, l)
		})
	}
}

// TestProgressOfASilentLead: until it is due nothing is held against it; past due without
// a report it has no progress, unless a figure shows some. A cooperating department is judged
// by what it speaks of.
func TestProgressOfASilentLead(t *testing.T) {
	w := newWorld(t, "2022-09-20 09:00", func(p *plan.Plan) { indicatorOf(p, "G2.3").Owner = "zrzyt" })
	w.open()
	const lead, coop = "2022Q3-06-lead-zrzyt", "2022Q3-06-coop-jxt"
	says := func(when, id string, colour ledger.Colour, code string) {
		t.Helper()
		w.set(when)
		i := w.item(id)
		if l := i.ProgressLight; l.Colour != colour || l.Cause.Code != code {
			t.Errorf("%s at %s: %s %s", id, when, l.Colour, l.Cause.Code)
		}
		checkLight(t, i.ProgressLight)
		a, _ := w.book.Assignment(id)
		if g := w.book.Grounds(a, w.now()); len(g.Figures) == 0 || g.Figures[0].Light.Colour == ledger.Grey {
			if g.Measures.Cause.Code != code {
				t.Errorf("%s at %s: explained by %s", id, when, g.Measures.Cause.Code)
			}
		}
	}
	says("2022-09-30 17:00", lead, ledger.Grey, "progress.none")
	says("2022-10-09 10:00", lead, ledger.Red, "progress.silent")
	says("2022-10-09 10:00", coop, ledger.Grey, "progress.none")
	w.figure(figure{"2022-09-30", "60", "", nil}.of("G2.3"))
	says("2022-10-09 11:00", lead, ledger.Green, "figure.pace.ok")
}

// TestProgressOfACooperatingDepartment: it answers for the measures it speaks of, and
// without a word on the others it is not called in time.
func TestProgressOfACooperatingDepartment(t *testing.T) {
	for name, c := range map[string]struct {
		report map[string]any
		colour ledger.Colour
		code   string
	}{
		"one of four done": {map[string]any{"6.2": workflow.Done}, ledger.Grey, "progress.measures.part"},
		"one of four late": {map[string]any{"6.2": 20}, ledger.Red, "progress.measures.lag"},
		"all four done": {map[string]any{"6.1": workflow.Done, "6.2": workflow.Done, "6.3": workflow.Done, "6.4": workflow.Done},
			ledger.Green, "progress.measures.ok"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "2022-09-20 09:00")
			w.open()
			const id = "2022Q3-06-coop-jxt"
			w.act(liaison("jxt"), id, workflow.AcceptCommand{})
			w.act(liaison("jxt"), id, measures(c.report))
			if l := w.item(id).ProgressLight; l.Colour != c.colour || l.Cause.Code != c.code {
				t.Errorf("%s %s %v", l.Colour, l.Cause.Code, l.Cause.Args)
			}
		})
	}
}

// The assignments of the plan's last quarter that lastQuarter has reports of.
const figures, done, nearly = "2023Q4-01-lead-scjgj", "2023Q4-06-lead-zrzyt", "2023Q4-08-lead-swt"

// lastQuarter is three reports of the plan's last days: 905 of 1000, every measure
// done, and all but one, which is at 95.
func lastQuarter(t testing.TB) *world {
	w := newWorld(t, "2023-12-28 09:00")
	w.open()
	w.figure(figure{"2023-09-28", "880", "", nil}.of("T1.1"))
	w.act(liaison("scjgj"), figures, workflow.AcceptCommand{})
	c := report("累计培育 905 家")
	c.Figures = []workflow.FigureInput{{Indicator: "T1.1", Value: plan.Num(905), AsOf: day("2023-12-27")}, {Indicator: "T1.2", Value: plan.Num(30), AsOf: day("2023-12-27")}}
	w.act(liaison("scjgj"), figures, c)
	for id, last := range map[string]any{done: workflow.Done, nearly: 95} {
		a, _ := w.book.Assignment(id)
		task, _ := w.rules.Plan.Task(a.Task)
		said := map[string]any{}
		for _, m := range task.Measures {
			said[m.ID] = workflow.Done
		}
		said[task.Measures[0].ID] = last
		w.act(liaison(a.Department), id, workflow.AcceptCommand{})
		w.act(liaison(a.Department), id, measures(said))
	}
	return w
}

// TestProgressWhenTheTimeIsUp: the last period's light is judged as of its end, though
// its report and its figure are of a few days before; an earlier period's is not.
func TestProgressWhenTheTimeIsUp(t *testing.T) {
	w := lastQuarter(t)
	for now, want := range map[string]map[string]string{
		"2023-12-28 09:00": {figures: "green figure.pace.within", done: "green progress.measures.ok", nearly: "green progress.measures.within"},
		"2024-01-10 09:00": {figures: "yellow figure.missed", done: "green progress.measures.ok", nearly: "yellow progress.measures.missed"},
	} {
		w.set(now)
		for id, code := range want {
			i := w.item(id)
			l := i.ProgressLight
			checkLight(t, l)
			if got := string(l.Colour) + " " + l.Cause.Code; got != code {
				t.Errorf("%s at %s: %s %v, want %s", id, now, got, l.Cause.Args, code)
			}
			a, _ := w.book.Assignment(id)
			if g := w.book.Grounds(a, w.now()); id == figures && g.Figures[0].Light.Code != l.Code {
				t.Errorf("%s: explained by %s", now, g.Figures[0].Light.Code)
			}
		}
	}
	// Four done and one at 95: 99 per cent of all.
	if share := w.item(nearly).ProgressLight.Cause.Args["share"].(plan.Number); share.String() != "99" {
		t.Errorf("share %s, want 99", share)
	}
}

// TestProgressOfFigures holds which figures speak for which assignment.
func TestProgressOfFigures(t *testing.T) {
	w := newWorld(t, "2022-09-20 09:00")
	w.open()
	const task1, task3, coop = "2022Q3-01-lead-scjgj", "2022Q3-03-lead-scjgj", "2022Q3-01-coop-jxt"
	code := func(id string) string { return w.item(id).ProgressLight.Code }
	w.figure(figure{"2022-08-31", "1", "", nil}.of("T3.1")) // task 3's own
	if code(task3) != "figure.pace.lag" || code(task1) != "progress.none" {
		t.Errorf("a figure of task 3: %s there, %s on task 1", code(task3), code(task1))
	}
	for id, f := range map[string]workflow.FigureInput{coop: {Indicator: "G2.1", Value: plan.Num(400)}, task1: {Indicator: "G1.1", Value: plan.Num(10)}} {
		a, _ := w.book.Assignment(id)
		w.act(liaison(a.Department), id, workflow.AcceptCommand{})
		c := report("有数")
		f.AsOf = day("2022-08-31")
		c.Figures = []workflow.FigureInput{f}
		w.act(liaison(a.Department), id, c)
	}
	if code(task1) != "figure.pace.lag" || code(coop) != "figure.pace.lag" || w.item(coop).ProgressLight.Cause.Args["indicator"] != "G2.1" {
		t.Errorf("main targets do not speak for whom brought them: %s, %s", code(task1), code(coop))
	}
	if c := code("2022Q3-09-lead-scjgj"); c != "progress.none" {
		t.Errorf("a figure of task 1 speaks for task 9: %s", c)
	}
	w.act(office, task1, workflow.ReturnCommand{Reason: "数不对"})
	if code(task1) != "progress.none" {
		t.Errorf("a void figure still speaks: %s", code(task1))
	}
	w.act(office, task1, workflow.WithdrawCommand{Reason: "不办了"})
	if code(task1) != "progress.withdrawn" {
		t.Errorf("withdrawn: %s", code(task1))
	}
}

// TestProgressOfAnOldPeriod holds that a later figure does not change what an
// earlier period's light says.
func TestProgressOfAnOldPeriod(t *testing.T) {
	w := newWorld(t, "2022-06-20 09:00")
	w.open()
	w.figure(figure{"2022-06-15", "1", "", nil}.of("T3.1"))
	w.set("2022-09-20 09:00")
	w.open()
	w.figure(figure{"2022-09-15", "10", "", nil}.of("T3.1"))
	old, now := w.item("2022Q2-03-lead-scjgj").ProgressLight, w.item("2022Q3-03-lead-scjgj").ProgressLight
	if old.Code != "figure.pace.lag" || now.Code != "figure.pace.ok" {
		t.Errorf("2022Q2 %s, 2022Q3 %s", old.Code, now.Code)
	}
}
