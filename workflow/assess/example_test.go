package assess_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/store/storetest"
	"duban/workflow"
	"duban/workflow/assess"
	"duban/workflow/calendar"
	"duban/workflow/plan"
)

var (
	office   = workflow.Actor{User: "wang", Unit: plan.OfficeID, Role: workflow.OfficeMan}
	director = workflow.Actor{User: "zhao", Unit: plan.OfficeID, Role: workflow.Director}
)

func liaison(unit string) workflow.Actor {
	return workflow.Actor{User: unit, Unit: unit, Role: workflow.Liaison}
}

// world is a desk and an assessor over an engine in memory, with a clock.
type world struct {
	testing.TB
	rules    workflow.Rules
	now      time.Time
	journal  *storetest.Memory
	desk     *workflow.Desk
	assessor *assess.Assessor
}

// newWorld loads the shipped plan with two groups and gsl not assessed.
func newWorld(t testing.TB) *world {
	w := &world{TB: t}
	b, err := os.ReadFile("../../tasks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Parse("tasks.yaml", b)
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.Departments {
		d := &p.Departments[i]
		d.Group, d.NotAssessed = "A", d.ID == "gsl"
		if slices.Contains([]string{"swj", "ybjj", "dfjrjgj", "zjj", "rhhz", "gsl"}, d.ID) {
			d.Group = "B"
		}
	}
	c, err := calendar.Load(calendar.Published())
	if err == nil {
		w.rules, err = workflow.NewRules(p, c)
	}
	if err != nil {
		t.Fatal(err)
	}
	rules := func() workflow.Rules { return w.rules }
	w.journal = storetest.NewMemory(func() time.Time { return w.now })
	t.Cleanup(func() {
		if err := w.journal.Close(); err != nil {
			t.Errorf("close the journal: %v", err)
		}
	})
	w.desk = workflow.NewDesk(w.journal, rules)
	w.assessor = assess.New(w.journal, w.journal, w.desk, rules)
	w.at("09-05 09:00")
	if _, _, err := w.desk.LoadPlan(context.Background(), w.now, p, b); err != nil {
		t.Fatal(err)
	}
	day := func(d int) *workflow.DueTime {
		return &workflow.DueTime{Date: plan.Date{Year: 2022, Month: time.September, Day: d}}
	}
	if _, _, err := w.desk.OpenPeriod(context.Background(), w.call(office), workflow.PeriodInput{ID: "KH", Name: "考核样例",
		AcceptBy: day(8), CooperatingDue: day(20), Due: day(27), Tasks: []int{2, 6, 8, 9}}); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) when(s string) time.Time {
	w.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", "2022-"+s, w.rules.Clock.Zone)
	if err != nil {
		w.Fatal(err)
	}
	return at
}

func (w *world) at(s string) { w.now = w.when(s) }

func (w *world) call(a workflow.Actor) workflow.Call {
	return workflow.Call{Actor: a, Received: w.now}
}

func (w *world) act(who workflow.Actor, id string, c workflow.Command) {
	w.Helper()
	if _, err := w.desk.Act(context.Background(), w.call(who), id, c); err != nil {
		w.Fatalf("%s on %s: %v", c.Trigger(), id, err)
	}
}

func (w *world) do(who workflow.Actor, c workflow.AssessmentCommand) {
	w.Helper()
	if _, err := w.assessor.Do(context.Background(), w.call(who), "KH", c); err != nil {
		w.Fatalf("%T: %v", c, err)
	}
}

func (w *world) result() assess.Result {
	w.Helper()
	r, err := w.assessor.Result(context.Background(), "KH")
	if err != nil {
		w.Fatal(err)
	}
	return r
}

func (w *world) refused(code string, err error) {
	w.Helper()
	var e *workflow.Error
	if !errors.As(err, &e) || e.Code != code {
		w.Errorf("want %s, got %v", code, err)
	}
}

// course is one row of the document's table "What happened".
type course struct{ id, accepted, reported, grade, mark, light string }

// step is an act at its time.
type step struct {
	at string
	do func()
}

// play does the courses in the order of time.
func (w *world) play(courses []course) {
	var steps []step
	add := func(at string, do func()) { steps = append(steps, step{at, do}) }
	for _, c := range courses {
		who, id := liaison(c.id[strings.LastIndexByte(c.id, '-')+1:]), "KH-"+c.id
		lead := strings.Contains(c.id, "-lead-")
		switch c.accepted {
		case "in time":
			add("09-06 10:00", func() { w.act(who, id, workflow.AcceptCommand{}) })
		case "late":
			add("09-09 10:00", func() { w.act(who, id, workflow.AcceptCommand{}) })
		}
		if strings.HasPrefix(c.reported, "extended") || c.reported == "not due" {
			to := plan.Date{Year: 2022, Month: time.October, Day: 20}
			add("09-15 10:00", func() { w.act(office, id, workflow.ExtendCommand{Due: &workflow.DueTime{Date: to}}) })
		}
		if c.reported == "withdrawn" {
			add("09-15 10:00", func() { w.act(office, id, workflow.WithdrawCommand{Reason: "x"}) })
		}
		file := func() { w.act(who, id, workflow.ReportCommand{ReportInput: w.report(c, courses)}) }
		back := func() { w.act(office, id, workflow.ReturnCommand{Reason: "x"}) }
		for n, what := range strings.Split(c.reported, ", ") {
			add(timeOf(what, lead, n), map[string]func(){"in time": file, "late": file, "again in time": file, "returned": back,
				"extended": func() {}, "never": func() {}, "not due": func() {}, "withdrawn": func() {}}[what])
		}
		if g := workflow.Grade(c.grade); slices.Contains(workflow.Grades, g) {
			add("09-28 10:00", func() { w.act(office, id, workflow.VerifyCommand{Grade: g}) })
		}
	}
	slices.SortStableFunc(steps, func(a, b step) int { return strings.Compare(a.at, b.at) })
	for _, s := range steps {
		w.at(s.at)
		s.do()
	}
}

// timeOf is when the n-th act of a course is done.
func timeOf(what string, lead bool, n int) string {
	switch {
	case what == "late" && lead:
		return "09-27 18:00"
	case what == "late":
		return "09-21 10:00"
	case lead && n == 0:
		return "09-26 16:00"
	case lead:
		return fmt.Sprintf("09-28 08:%02d", n) // also within the extension, after the first due date
	case n == 0:
		return "09-16 10:00"
	}
	return fmt.Sprintf("09-19 1%d:00", n)
}

// report is what a course's department files: a lead marks what came and says so
// much of its measures as gives the light.
func (w *world) report(c course, all []course) workflow.ReportInput {
	in := workflow.ReportInput{Progress: "x"}
	task, _ := w.rules.Plan.Task(int(c.id[1] - '0'))
	forty := 40
	for _, m := range task.Measures {
		switch c.light {
		case "green":
			in.Measures = append(in.Measures, workflow.MeasureInput{ID: m.ID, Status: workflow.Done})
		case "yellow":
			in.Measures = append(in.Measures, workflow.MeasureInput{ID: m.ID, Status: workflow.UnderWay, Percent: &forty})
		case "grey":
			in.Measures = append(in.Measures, workflow.MeasureInput{ID: m.ID, Status: workflow.UnderWay})
		case "red":
			in.Measures = append(in.Measures, workflow.MeasureInput{ID: m.ID, Status: workflow.NotStarted})
		}
	}
	for _, x := range all {
		if c.light != "" && x.id[:2] == c.id[:2] && slices.Contains(workflow.Marks, workflow.Mark(x.mark)) {
			in.Inputs = append(in.Inputs, workflow.Input{Assignment: "KH-" + x.id, Mark: workflow.Mark(x.mark)})
		}
	}
	return in
}

// assessed plays the document's period up to the freeze.
func assessed(t *testing.T) *world {
	w := newWorld(t)
	var courses []course
	for _, r := range tableOf(t, "### What happened") {
		courses = append(courses, course{r[0], r[1], r[2], r[3], r[4], r[5]})
	}
	w.play(courses)
	w.at("09-28 11:00")
	for _, b := range []struct{ unit, points string }{{"zrzyt", "3"}, {"dfjrjgj", "-2.5"}, {"dfjrjgj", "-0.25"}} {
		w.do(office, workflow.BonusCommand{Department: b.unit, Points: plan.MustNumber(b.points), Reason: "x"})
	}
	w.at("09-28 12:00")
	if _, err := w.assessor.Draft(context.Background(), w.call(office), "KH"); err != nil {
		t.Fatal(err)
	}
	w.do(office, workflow.InformCommand{})
	w.do(liaison("zrzyt"), workflow.AppealCommand{Assignment: "KH-06-lead-zrzyt", Rule: "receipt", Text: "x"})
	w.do(liaison("zjj"), workflow.AppealCommand{Assignment: "KH-09-coop-zjj", Rule: "on_time", Text: "x"})
	yes, no := true, false
	w.do(office, workflow.AnswerCommand{N: 1, Upheld: &yes, Points: plan.Num(10), Text: "x"})
	w.do(office, workflow.AnswerCommand{N: 2, Upheld: &no, Text: "x"})
	if _, err := w.assessor.Freeze(context.Background(), w.call(director), "KH"); err != nil {
		t.Fatal(err)
	}
	return w
}

// TestExample plays the period of docs/assessment.md and compares every number.
func TestExample(t *testing.T) {
	w := assessed(t)
	r := w.result()
	rules := []string{"receipt", "on_time", "extension", "progress", "quality", "return", "mark", "spread", "correction"}
	fired := map[string]bool{}
	want := tableOf(t, "### Lines")
	for _, row := range want {
		s, ok := r.Score("KH-" + row[0])
		got := []string{row[0]}
		for _, rule := range rules {
			var points []string
			for _, l := range s.Lines {
				if l.Rule == rule {
					points = append(points, l.Points.String())
					fired[rule] = true
				}
			}
			got = append(got, strings.Join(points, " "))
		}
		if s.Status == assess.Scored {
			got = append(got, s.Points.String())
		} else {
			got = append(got, string(s.Status))
		}
		if !ok || !slices.Equal(got, row) {
			t.Errorf("%s\n got %q\nwant %q", row[0], got, row)
		}
		sum := plan.Num(0)
		for _, l := range s.Lines {
			sum.Decimal = sum.Add(l.Points.Decimal)
			if l.Seq == 0 && l.Rule != "spread" && l.Rule != "quality" && l.Rule != "mark" && l.Rule != "on_time" {
				t.Errorf("%s: the line %s names no event", row[0], l.Rule)
			}
		}
		if s.Status == assess.Scored && !sum.Equal(s.Points.Decimal) {
			t.Errorf("%s: lines give %s, score is %s", row[0], sum, s.Points)
		}
	}
	for _, rule := range rules {
		if !fired[rule] {
			t.Errorf("no line of the example is %s", rule)
		}
	}
	rows := tableOf(t, "### Departments")
	if len(rows) != len(w.rules.Plan.Departments) || len(r.Rows) != len(rows) {
		t.Fatalf("%d rows written, %d worked out", len(rows), len(r.Rows))
	}
	for i, row := range rows {
		d := r.Rows[i]
		rank := fmt.Sprint(d.Rank)
		got := []string{d.Department, d.Group, d.Mean.String(), d.Bonus.String(), d.Points.String(), rank}
		switch d.Standing {
		case assess.Apart:
			got[5] = "not assessed"
		case assess.NothingDue:
			got[3], got[4], got[5] = "", "nothing due", ""
		}
		if must := []string{row[0], row[1], row[4], row[5], row[6], row[7]}; !slices.Equal(got, must) {
			t.Errorf("row %d\n got %q\nwant %q", i, got, must)
		}
	}
}

// TestRecompute: frozen numbers come out of the journal again, also after the work has
// gone on and the plan has changed; totals that do not are told.
func TestRecompute(t *testing.T) {
	w := assessed(t)
	w.at("09-29 10:00")
	w.act(office, "KH-08-lead-swt", workflow.ReopenCommand{Reason: "x", Due: &workflow.DueTime{Date: plan.Date{Year: 2022, Month: 10, Day: 20}}})
	again := assess.New(w.journal, w.journal, w.desk, func() workflow.Rules { return w.rules })
	r, differ, err := again.Recompute(context.Background(), "KH")
	if err != nil || len(differ) != 0 || len(r.Rows) != 16 {
		t.Fatalf("%+v %v", differ, err)
	}
	for _, d := range r.Rows {
		if d.Department == "swt" && d.Points.String() != "35.88" {
			t.Errorf("the reopened task counts as it is now: %s", d.Points)
		}
	}
	seq, hash := w.journal.Head()
	w2 := newWorld(t)
	w2.at("09-28 12:00")
	if _, err := w2.assessor.Draft(context.Background(), w2.call(office), "KH"); err != nil {
		t.Fatal(err)
	}
	w2.do(office, workflow.InformCommand{})
	head, h2 := w2.journal.Head()
	totals := assess.Totals(w2.rules.Plan, w2.result().Rows)
	totals[0].Points = plan.Num(99)
	forge := workflow.FreezeCommand{AssessmentData: workflow.AssessmentData{Head: head, HeadHash: h2.String(), Totals: totals}, Last: head}
	if _, err := w2.desk.Assess(context.Background(), w2.call(director), "KH", forge); err != nil {
		t.Fatal(err)
	}
	if _, differ, err := w2.assessor.Recompute(context.Background(), "KH"); err != nil || len(differ) != 1 || differ[0].Stored.Points.String() != "99" {
		t.Errorf("a forged total is not told: %+v %v", differ, err)
	}
	earlierRules(t, totals)
	if seq == 0 || hash == h2 {
		t.Error("two worlds have one journal")
	}
}

// earlierRules: what was frozen by other rules stands as it was published, and is not
// held against what the present ones give.
func earlierRules(t *testing.T, totals []workflow.Total) {
	w3 := newWorld(t)
	w3.at("09-28 12:00")
	position, hash := w3.journal.Head()
	asOf := w3.now
	w3.do(office, workflow.DraftCommand{AssessmentData: workflow.AssessmentData{Position: position, AsOf: &asOf, PlanDigest: w3.rules.Plan.Digest, Totals: totals}})
	w3.do(office, workflow.InformCommand{})
	freeze := workflow.FreezeCommand{AssessmentData: workflow.AssessmentData{Head: position, HeadHash: hash.String(), Totals: totals}, Last: w3.result().Assessment.Seq}
	if _, err := w3.desk.Assess(context.Background(), w3.call(director), "KH", freeze); err != nil {
		t.Fatal(err)
	}
	_, _, err := w3.assessor.Recompute(context.Background(), "KH")
	w3.refused("assessment.other_rules", err)
	r := w3.result()
	if !r.OtherRules || assess.Totals(r.Plan, r.Rows)[0].Points.String() != "99" {
		t.Errorf("shown as %+v", assess.Totals(r.Plan, r.Rows)[0])
	}
}

// tableOf reads the table under a heading of the document.
func tableOf(t *testing.T, heading string) [][]string {
	t.Helper()
	b, err := os.ReadFile("../../docs/assessment.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(b), heading+"\n")
	if !ok {
		t.Fatalf("no heading %s", heading)
	}
	var rows [][]string
	for line := range strings.Lines(rest) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			break
		}
		if !strings.HasPrefix(line, "|") {
			continue
		}
		cells := strings.Split(strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|"), "|")
		for i := range cells {
			cells[i] = strings.Trim(strings.TrimSpace(cells[i]), "`")
		}
		rows = append(rows, cells)
	}
	if len(rows) < 3 {
		t.Fatalf("no table under %s", heading)
	}
	return rows[2:]
}
