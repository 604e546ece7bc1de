package page

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"net/url"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"duban/ui/text"
	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

func TestDeskShowsTwelveTasksWorstFirst(t *testing.T) {
	w := fullWorld(t)
	k := w.kit(text.Chinese, office)
	d := NewDesk(k, w.frame(k, homePath), DeskInput{Period: w.period, Items: w.items(ledger.Query{Period: w.period.ID}, office),
		Needs: w.book.Needs(w.now), Values: values()})
	if len(d.Rows) != 12 {
		t.Fatalf("%d rows, want the twelve tasks", len(d.Rows))
	}
	var order []string
	for _, r := range d.Rows {
		if len(order) == 0 || order[len(order)-1] != r.Chip.Class {
			order = append(order, r.Chip.Class)
		}
	}
	if want := []string{"over", "soon", "rept"}; !slices.Equal(order[:3], want) || order[len(order)-1] != "done" {
		t.Errorf("order of states %v, want %v first and done last", order, want)
	}
	first := d.Rows[0]
	if first.No != 6 || first.Due != "逾期 10 天" || first.DueTone != Bad || first.Cooperating != "已报 2 / 5，欠 省科技厅 等" || len(first.Missing) != 3 {
		t.Errorf("first row %+v", first)
	}
	if first.Last != "10月10日 催办 2 次" {
		t.Errorf("last act %q", first.Last)
	}
	if i := slices.IndexFunc(d.Rows, func(r TaskRow) bool { return r.No == 3 }); d.Rows[i].Cooperating != "无配合单位" {
		t.Errorf("task 3: %q", d.Rows[i].Cooperating)
	}
	if d.Bulk.Action == "" || !first.Selectable {
		t.Error("the office cannot urge several at once")
	}
}

// TestRowActionsLeadToTheirForms follows the links of the desk and the report form.
func TestRowActionsLeadToTheirForms(t *testing.T) {
	w := fullWorld(t)
	k := w.kit(text.Chinese, office)
	d := NewDesk(k, w.frame(k, homePath), DeskInput{Period: w.period, Items: w.items(ledger.Query{Period: w.period.ID}, office), Needs: w.book.Needs(w.now), Values: values()})
	followed := 0
	for _, r := range d.Rows {
		task, _ := w.rules.Plan.Task(r.No)
		page := parse(t, render(t, NewAssignment(k, w.frame(k, homePath), w.assignmentInput(office, r.No, task.Lead))))
		for _, a := range r.Actions {
			if _, id, ok := strings.Cut(a.URL, "#"); ok {
				followed++
				if page.ids[id] == nil {
					t.Errorf("task %d: %s leads to %s, which is not there", r.No, a.Text, a.URL)
				}
			}
		}
	}
	own := liaison("zrzyt")
	zr := w.kit(text.Chinese, own)
	form := NewReportForm(zr, w.frame(zr, homePath), w.reportInput(6, "zrzyt"))
	page := parse(t, render(t, NewAssignment(zr, w.frame(zr, homePath), w.assignmentInput(own, 6, "zrzyt"))))
	if _, id, _ := strings.Cut(form.Extension, "#"); page.ids[id] == nil {
		t.Errorf("the form leads to %s, which is not there", form.Extension)
	}
	if followed < 4 {
		t.Errorf("followed %d links only", followed)
	}
}

func TestDeskFiltersFromTheURL(t *testing.T) {
	w := fullWorld(t)
	k := w.kit(text.Chinese, office)
	items, needs := w.items(ledger.Query{Period: w.period.ID}, office), w.book.Needs(w.now)
	for _, c := range []struct {
		name   string
		values url.Values
		want   []int
	}{
		{"by lead", values("department", "swt"), []int{8}},
		{"by state", values("state", "soon"), []int{10, 7}},
		{"by word", values("q", "融资"), []int{5}},
		{"by number and unit", values("q", "市场监管 12"), []int{12}},
		{"in full width", values("q", "５"), []int{5}},
		{"by what the task is called", values("q", "任务 12 市场监管"), []int{12}},
		{"nothing", values("q", "没有的任务"), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := NewDesk(k, w.frame(k, homePath), DeskInput{Period: w.period, Items: items, Needs: needs, Values: c.values, Search: w.book.Search(c.values.Get("q"))})
			var got []int
			for _, r := range d.Rows {
				got = append(got, r.No)
			}
			if !slices.Equal(got, c.want) || !d.Filter.Active {
				t.Errorf("tasks %v, want %v", got, c.want)
			}
		})
	}
	var needed []ledger.Item
	for _, id := range NeedIDs(needs, "extension") {
		a, _ := w.book.Assignment(id)
		needed = append(needed, w.book.Item(a, w.now))
	}
	d := NewDesk(k, w.frame(k, homePath), DeskInput{Period: w.period, Items: items, Needs: needs, Needed: needed, Values: values("need", "extension")})
	if len(d.Rows) != 1 || d.Rows[0].No != 8 || !d.Rows[0].Actions[0].Primary {
		t.Errorf("extension requests: %+v", d.Rows)
	}
	if NeedIDs(needs, "nonsense") != nil {
		t.Error("an unknown need names assignments")
	}
}

func TestViewersCannotUrge(t *testing.T) {
	w := fullWorld(t)
	leader := workflow.Actor{User: "张厅", Unit: plan.OfficeID, Role: workflow.Viewer}
	k := w.kit(text.Chinese, leader)
	d := NewDesk(k, w.frame(k, homePath), DeskInput{Period: w.period, Items: w.items(ledger.Query{Period: w.period.ID}, leader), Needs: w.book.Needs(w.now), Values: values()})
	if d.Bulk.Action != "" || d.Rows[0].Selectable || strings.Contains(render(t, d), "btn-small\" href=\"/assignments") {
		t.Error("a viewer is offered acts")
	}
	for _, n := range d.Nav {
		if n.URL == accountsPath || n.URL == journalPath {
			t.Errorf("a viewer is led to %s", n.URL)
		}
	}
}

func TestActsShownAreTheActsAllowed(t *testing.T) {
	w := fullWorld(t)
	for _, c := range []struct {
		actor workflow.Actor
		task  int
		unit  string
		want  []string
		first string
	}{
		{office, 5, "rhhz", []string{"verify", "return", "direct", "note", "transfer", "withdraw"}, "verify"},
		{liaison("zrzyt"), 6, "zrzyt", []string{"report", "request_extension"}, "report"},
		{liaison("scjgj"), 12, "scjgj", []string{"accept", "request_extension"}, "accept"},
		{office, 3, "scjgj", []string{"direct", "note", "reopen"}, "direct"},
	} {
		k := w.kit(text.Chinese, c.actor)
		a := NewAssignment(k, w.frame(k, homePath), w.assignmentInput(c.actor, c.task, c.unit))
		var got []string
		for _, act := range a.Acts {
			got = append(got, act.Name)
			if act.Link == "" && (act.Form.Version == 0 || act.Form.Key == "" || act.Form.CSRF == "") {
				t.Errorf("%s has no version, key or token: %+v", act.Name, act.Form)
			}
		}
		if !slices.Equal(got, c.want) || a.Acts[0].Name != c.first {
			t.Errorf("task %d for %s: %v, want %v", c.task, c.actor.Unit, got, c.want)
		}
	}
}

func TestARefusedActKeepsWhatWasTyped(t *testing.T) {
	w := fullWorld(t)
	k := w.kit(text.Chinese, office)
	in := w.refused()
	in.Typed.Set("reason", "数据口径不一致")
	a := NewAssignment(k, w.frame(k, homePath), in)
	if len(a.Errors) != 2 || a.Errors[1].Target() != "return-due" {
		t.Fatalf("errors %+v", a.Errors)
	}
	out := render(t, a)
	for _, want := range []string{"数据口径不一致</textarea>", `value="2022-10-08"`, `<a href="#return-due">`, `aria-invalid="true"`} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s on the page", want)
		}
	}
}

func TestReturnReasonStandsOnTopWhileInForce(t *testing.T) {
	w := fullWorld(t)
	k := w.kit(text.Chinese, liaison("jxt"))
	a := NewAssignment(k, w.frame(k, homePath), w.assignmentInput(liaison("jxt"), 4, "jxt"))
	if a.Returned == nil || !strings.Contains(a.Returned.Text, "上云用数赋智") {
		t.Fatalf("returned %+v", a.Returned)
	}
	form := NewReportForm(k, w.frame(k, homePath), w.reportInput(4, "jxt"))
	if form.Returned == nil || form.Progress.Value == "" {
		t.Error("the form of a returned report starts without its reason or its text")
	}
	again := NewAssignment(k, w.frame(k, homePath), w.assignmentInput(liaison("kjt"), 2, "kjt"))
	if again.Returned != nil {
		t.Error("a reason is shown after the report was filed again")
	}
}

func TestReportFormRoundTrip(t *testing.T) {
	p := shippedRules(t).Plan
	percent, met := 40, true
	want := workflow.ReportInput{Progress: "进展", Obstacles: "困难", Asks: "协调", NextSteps: "打算", Reason: "理由", NoChange: true,
		Measures: []workflow.MeasureInput{{ID: "6.1", Status: workflow.Done, Note: "注"}, {ID: "6.2", Status: workflow.UnderWay, Percent: &percent}},
		Figures:  []workflow.FigureInput{{Indicator: "G4.9", Met: &met, AsOf: plan.Date{Year: 2022, Month: 9, Day: 30}}, {Indicator: "G5.1", Value: plan.MustNumber("1085"), AsOf: plan.Date{Year: 2022, Month: 9, Day: 30}, Provisional: true, Explanation: "说明"}},
		Forecast: workflow.ForecastInput{Text: "预计", Figures: []workflow.Forecast{{Indicator: "G5.1", Value: plan.Num(1120)}}},
		Inputs:   []workflow.Input{{Assignment: "2022Q3-06-coop-jxt", Mark: workflow.Amended}},
		Evidence: []string{"f1", "f2"}}
	got := ReadReport(reportValues(want), p, 6)
	if len(got.Bad) > 0 {
		t.Fatalf("unreadable: %v", got.Bad)
	}
	a, b := asJSON(t, want), asJSON(t, got.Report)
	if a != b {
		t.Errorf("read back\n%s\nwant\n%s", b, a)
	}
	for field, name := range map[string]string{"figures.1.value": "figure.G5.1.value", "measures.0.note": "measure.6.1.note",
		"inputs.0.mark": "input.2022Q3-06-coop-jxt", "forecast.0": "forecast.G5.1", "progress": "progress", "figures.9.value": "figures.9.value"} {
		if got := got.FormField(field); got != name {
			t.Errorf("%s is the form's %s, want %s", field, got, name)
		}
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestReadReportNamesWhatItCannotRead(t *testing.T) {
	p := shippedRules(t).Plan
	r := ReadReport(values("figure.G5.1.value", "一千", "figure.G5.2.value", "1,085.5", "figure.G5.2.as_of", "2022/9/30", "measure.6.1.percent", "一半", "forecast.G5.1", "x"), p, 6)
	var fields []string
	for _, e := range r.Bad {
		fields = append(fields, e.Field)
	}
	slices.Sort(fields)
	if want := []string{"figure.G5.1.value", "figure.G5.2.as_of", "forecast.G5.1", "measure.6.1.percent"}; !slices.Equal(fields, want) {
		t.Errorf("unreadable %v, want %v", fields, want)
	}
	good := ReadReport(values("figure.G5.2.value", "1,085.5", "figure.G5.2.as_of", "2022-09-30"), p, 6)
	if len(good.Bad) != 0 || good.Report.Figures[0].Value.String() != "1085.5" {
		t.Errorf("a number with grouping: %+v %v", good.Report.Figures, good.Bad)
	}
}

func TestConflictKeepsWhatWasTypedAndShowsBothVersions(t *testing.T) {
	w := fullWorld(t)
	k := w.kit(text.Chinese, office)
	in := w.conflictInput()
	c := NewConflict(k, w.frame(k, homePath), in)
	if len(c.Changes) != 2 || c.Retry == nil || c.Retry.Version != in.Now.Version || len(c.Typed) == 0 {
		t.Fatalf("%+v", c)
	}
	if !slices.Contains(c.Retry.Hidden, Hidden{"text", "请尽快报送。"}) {
		t.Errorf("what was typed is lost: %+v", c.Retry.Hidden)
	}
	in.May = false
	if c := NewConflict(k, w.frame(k, homePath), in); c.Retry != nil || c.Refused == "" {
		t.Error("an act that is no longer possible is offered")
	}
}

func TestReviewCarriesTheWholeReport(t *testing.T) {
	w := fullWorld(t)
	k := w.kit(text.Chinese, liaison("zrzyt"))
	in := w.reviewInput()
	in.Typed = values("progress", "进展", "evidence", "f1", "evidence", "f2", "csrf", "x", "version", "1", "key", "k")
	r := NewReview(k, w.frame(k, homePath), in)
	if want := []Hidden{{"evidence", "f1"}, {"evidence", "f2"}, {"progress", "进展"}}; !reflect.DeepEqual(r.Form.Hidden, want) {
		t.Errorf("hidden %v, want %v", r.Form.Hidden, want)
	}
	if len(r.Warnings) != 2 {
		t.Errorf("warnings %v, want late and missing departments", r.Warnings)
	}
}

func TestIndicatorChartHasEveryFigureThatCounts(t *testing.T) {
	w := fullWorld(t)
	k := w.kit(text.Chinese, office)
	p := w.indicator(k, "G1.1")
	if n := strings.Count(string(p.Chart), "<circle"); n != 6 {
		t.Errorf("%d dots, want 6", n)
	}
	if !strings.Contains(string(p.Chart), "预计") || !strings.Contains(string(p.Chart), "目标 60") {
		t.Error("no forecast or target in the chart")
	}
	if p := w.indicator(k, "G5.7"); p.Chart != "" || p.Row.Value != "" {
		t.Errorf("without a figure: value %q", p.Row.Value)
	}
}

func TestAccountNobodyDisablesHimself(t *testing.T) {
	w := fullWorld(t)
	for _, r := range w.accountsPage(text.Chinese).Rows {
		if r.Name == "admin" && r.Disable != nil {
			t.Error("the admin can disable his own account")
		}
		if r.Name == "zhouhang" && (r.Disable == nil || r.Reset == nil) {
			t.Error("another account cannot be reset or disabled")
		}
	}
}

// TestKindsAreAllKinds holds the journal's filter against package workflow.
func TestKindsAreAllKinds(t *testing.T) {
	names, err := filepath.Glob("../../workflow/*.go")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range names {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(node ast.Node) bool {
			spec, ok := node.(*ast.ValueSpec)
			if !ok || !strings.HasPrefix(spec.Names[0].Name, "Kind") || len(spec.Values) != 1 {
				return true
			}
			n++
			value := strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`)
			if !slices.Contains(kinds, workflow.Kind(value)) {
				t.Errorf("the journal's filter leaves out %s", value)
			}
			return true
		})
	}
	if n < 30 {
		t.Fatalf("found %d kinds only", n)
	}
}

func TestLateIsSaidInCalendarDaysAndTheCauseInBoth(t *testing.T) {
	w := fullWorld(t)
	k := w.kit(text.Chinese, office)
	row, _ := w.book.Assignment(w.id(6, "zrzyt"))
	i := w.book.Item(row, w.now)
	if s, tone := k.due(i); s != "逾期 10 天" || tone != Bad {
		t.Errorf("%q %s", s, tone)
	}
	if s := k.Say(i.TimeLight.Cause); s != "应于 9月30日 17:30 前报送，已逾期 3 个工作日（10 天）。" {
		t.Errorf("cause %q", s)
	}
	w.now = w.now.Add(-24 * 10 * time.Hour)
	row.State = workflow.InProgress
	if s, _ := k.due(w.book.Item(row, w.now)); s != "今天截止" && !strings.HasPrefix(s, "剩") {
		t.Errorf("before it is due: %q", s)
	}
}

// TestListOffersTheNewestPeriods holds that the filter's menu stays short, keeps what
// is chosen and says how to find the rest, and that rows of all periods name theirs.
func TestListOffersTheNewestPeriods(t *testing.T) {
	w := fullWorld(t)
	k := w.kit(text.Chinese, office)
	var recent []workflow.Period
	for n := range ListPeriods {
		recent = append(recent, workflow.Period{ID: "S" + strconv.Itoa(n), Name: "专项" + strconv.Itoa(n)})
	}
	in := ListInput{Query: ledger.Query{Period: w.period.ID}, Periods: recent, Older: true, Chosen: w.period.Name}
	menu := func(l List) []Option { return l.Filter.Selects[0].Options }
	l := NewList(k, w.frame(k, assignmentsPath), in)
	all := menu(l)
	if len(all) != ListPeriods+3 || all[1] != (Option{Value: w.period.ID, Text: w.period.Name, Selected: true}) || all[2].Value != "S99" || !all[len(all)-1].Disabled {
		t.Errorf("%d periods to choose from: %+v … %+v", len(all), all[:3], all[len(all)-1])
	}
	item := w.items(ledger.Query{Period: w.period.ID}, office)[0]
	if row := k.DrawListRow(item, ""); strings.Contains(string(row), w.period.Name) {
		t.Errorf("a row of a list of one period names it: %s", row)
	}
	in.Query.Period, in.Older = "", false
	l = NewList(k, w.frame(k, assignmentsPath), in)
	if all := menu(l); len(all) != ListPeriods+1 || all[0].Selected || all[len(all)-1].Disabled {
		t.Errorf("%d periods to choose from, want %d and all", len(all), ListPeriods)
	}
	if row := k.DrawListRow(item, w.period.Name); !strings.Contains(string(row), w.period.Name) {
		t.Errorf("a row of a list of all periods does not name its own: %s", row)
	}
}
