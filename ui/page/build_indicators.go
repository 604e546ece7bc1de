package page

import (
	"html/template"
	"net/url"
	"strings"
	"time"

	"duban/ui/page/chart"
	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// NewIndicators builds the ledger of the plan's figures. values is the query: q,
// light.
func NewIndicators(k Kit, f Frame, views []ledger.IndicatorView, values url.Values) Indicators {
	f.Title = k.P.T("ind.title")
	p := Indicators{Frame: f, Note: k.P.T("ind.note"), Filter: k.indicatorFilter(values)}
	counts := map[ledger.Colour]int{}
	terms := workflow.Terms(values.Get("q"))
	groups := map[string][]IndicatorRow{}
	for _, v := range views {
		if v.Task == 0 {
			counts[v.Light.Colour]++
		}
		if c := values.Get("light"); c != "" && string(v.Light.Colour) != c {
			continue
		}
		if !found(terms, v.Title+" "+v.ID) {
			continue
		}
		if v.Task != 0 {
			p.Figures = append(p.Figures, k.indicatorRow(v))
		} else {
			groups[v.Group] = append(groups[v.Group], k.indicatorRow(v))
		}
	}
	for _, g := range k.Rules.Plan.TargetGroups {
		if len(groups[g.ID]) > 0 {
			p.Groups = append(p.Groups, IndicatorGroup{g.Title, groups[g.ID]})
		}
	}
	if k.Actor.Supervises() {
		p.Sheet = FiguresPath
	}
	for _, c := range []struct {
		colour ledger.Colour
		tone   Tone
	}{{ledger.Red, Bad}, {ledger.Yellow, Warn}, {ledger.Green, Good}, {ledger.Grey, Plain}} {
		p.Counts = append(p.Counts, Card{Tone: c.tone, Count: counts[c.colour], URL: indicatorsPath + "?light=" + string(c.colour),
			Title: k.P.T("light.progress." + string(c.colour)), Detail: k.P.T("ind.card." + string(c.colour))})
	}
	return p
}

// found reports whether each term of a search box stands in the text.
func found(terms []workflow.Term, text string) bool {
	text = workflow.SearchForm(text)
	for _, t := range terms {
		if !strings.Contains(text, t.Text) {
			return false
		}
	}
	return true
}

func (k Kit) indicatorFilter(values url.Values) Filter {
	fl := Filter{Action: indicatorsPath, Q: values.Get("q"), Clear: indicatorsPath, Active: values.Get("q") != "" || values.Get("light") != ""}
	light := Select{Name: "light", Label: k.P.T("col.light"), Options: []Option{{Text: k.P.T("filter.any")}}}
	for _, c := range []ledger.Colour{ledger.Red, ledger.Yellow, ledger.Green, ledger.Grey} {
		light.Options = append(light.Options, Option{Value: string(c), Text: k.P.T("light.progress." + string(c)), Selected: string(c) == values.Get("light")})
	}
	fl.Selects = []Select{light}
	return fl
}

func (k Kit) indicatorRow(v ledger.IndicatorView) IndicatorRow {
	in, _ := k.Rules.Plan.KnownIndicator(v.ID)
	r := IndicatorRow{ID: v.ID, Title: v.Title, URL: IndicatorPath(v.ID), Kind: k.P.Show(v.Kind), Part: v.PartOf != "",
		Value: k.P.Number(v.Value), Unit: v.Unit, AsOf: k.asOfText(v.AsOf), Date: k.P.Date(v.AsOf), Target: k.target(in), Light: k.progressLight(v.Light),
		Pending: v.Status == workflow.PointReported, Percent: k.shareText(v.Percent, v.Limit), Expected: k.Asked(v), Bar: k.bullet(v)}
	if v.Average.Set {
		r.Value, r.ValueNote = k.P.Number(v.Average), k.P.T("ind.mean", "years", v.Years)
	}
	if v.Kind == plan.Judged && v.Met != nil {
		r.Value, r.Unit = k.met(*v.Met), ""
	}
	if v.Target.Set {
		r.TargetUnit = k.unitOf(in)
	}
	if v.Owner != nil {
		r.Owner = v.Owner.Name
	}
	if v.Task != 0 {
		r.Task = Link{k.P.T("case.task", "no", v.Task), TaskPath(v.Task, "")}
	}
	r.Source = k.source(v.Source)
	return r
}

func (k Kit) asOfText(d plan.Date) string {
	if d.IsZero() {
		return ""
	}
	return k.P.T("ind.as_of", "date", k.P.Date(d))
}

// hundred is all of something, in per cent.
var hundred = plan.Num(100)

// percent is a percentage as the ledger has it, digit for digit: 99.9 is not 100.
func (k Kit) percent(n plan.Number) string {
	if !n.Set {
		return ""
	}
	return k.P.Number(n) + "%"
}

// shareText is how much of a target is done, or of a limit used.
func (k Kit) shareText(n plan.Number, limit bool) string {
	if limit && n.Set {
		return k.P.T("ind.used", "percent", k.percent(n))
	}
	return k.percent(n)
}

// asked is the number that the light holds the figure against, where it is not the
// target that stands beside it anyhow.
func asked(v ledger.IndicatorView) plan.Number {
	if v.Basis == nil || !v.ExpectedThen.Set && v.Target.Set {
		return plan.Number{}
	}
	return rounded(v.Basis.Asked, v.Basis.Value)
}

func (k Kit) source(s *ledger.Source) Link {
	switch {
	case s == nil:
		return Link{}
	case s.Assignment == "":
		return Link{Text: k.P.T("ind.source_filed", "unit", s.Unit.Name)}
	}
	return Link{k.P.T("ind.source_report", "unit", s.Unit.Name, "n", s.Report), AssignmentPath(s.Assignment) + "?version=" + itoa(s.Report)}
}

// lightClasses name a progress light's colour in charts.
var lightClasses = map[ledger.Colour]string{ledger.Red: "lag", ledger.Yellow: "slow", ledger.Green: "ok", ledger.Grey: "none"}

// bullet is the bar of an indicator; empty when it has no share to draw.
func (k Kit) bullet(v ledger.IndicatorView) template.HTML {
	if !v.Percent.Set {
		return ""
	}
	share, _ := v.Percent.Float64()
	key := "ind.bar"
	if v.Limit {
		key = "ind.bar_used"
	}
	b := chart.Bullet{Share: share / 100, Expected: -1, Class: lightClasses[v.Light.Colour],
		Label: k.P.T(key, "title", v.ShortName, "percent", k.percent(v.Percent))}
	if x := v.ExpectedThenPercent; x.Set && v.Basis != nil { // what the light holds it against
		if v.Basis.By == "limit" {
			x = hundred
		}
		at, _ := x.Float64()
		b.Expected = at / 100
		b.Label = k.P.T("ind.bar_expected", "bar", b.Label, "expected", k.percent(x))
	}
	return b.SVG()
}

// IndicatorInput is what the page of an indicator is made of.
type IndicatorInput struct {
	View    ledger.IndicatorView
	Texts   map[uint64]workflow.Texts // of the figures' events, as the reader may read them
	Correct uint64                    // the figure's event to correct, 0: a new figure
	Key     string
	Failed  string     // "figure" or "owner": the form that was refused
	Typed   url.Values // what was typed in it
	Err     *workflow.Error
}

// NewIndicator builds the page of an indicator.
func NewIndicator(k Kit, f Frame, in IndicatorInput) Indicator {
	v := in.View
	f.Title = v.Title
	p := Indicator{Frame: f, Row: k.indicatorRow(v), By: k.P.T("ind.by", "date", k.P.FullDate(v.By)),
		Crumbs: []Link{{k.P.T("ind.title"), indicatorsPath}, {v.ShortName, ""}}, Chart: k.burnUp(v)}
	for _, g := range k.Rules.Plan.TargetGroups {
		if g.ID == v.Group {
			p.Group = g.Title
		}
	}
	if v.Task != 0 {
		p.Group = k.P.T("case.task", "no", v.Task)
	}
	p.Row.Light.Why = k.whyIndicator(v)
	p.Facts = k.indicatorFacts(v, p.Row)
	for n := len(v.Points) - 1; n >= 0; n-- {
		p.Points = append(p.Points, k.pointRow(v, v.Points[n], in.Texts))
	}
	if v.LeftPlan {
		p.Group = k.P.T("ind.left_plan")
	}
	if k.Actor.Supervises() && !v.LeftPlan {
		form := k.figureForm(f, in)
		p.File = &form
		if v.Task == 0 {
			owner := k.ownerForm(f, in)
			p.Assign = &owner
		}
		switch in.Failed {
		case "figure":
			p.Errors = k.intoForm(p.File, in.Err, "f-value")
		case "owner":
			if p.Assign != nil {
				p.Errors = k.intoForm(p.Assign, in.Err, "f-owner")
			}
		}
	}
	return p
}

// What a figure should be is a floor, for a limit a ceiling.
var (
	thenKeys = map[bool]string{false: "ind.f_then", true: "ind.f_then_limit"}
	nowKeys  = map[bool]string{false: "ind.f_now", true: "ind.f_now_limit"}
)

func (k Kit) indicatorFacts(v ledger.IndicatorView, r IndicatorRow) []Fact {
	facts := []Fact{{Label: k.P.T("fact.kind"), Value: r.Kind}, {Label: k.P.T("col.target"), Value: r.Target, Note: v.Unit}}
	add := func(label, value, note string) {
		if value != "" {
			facts = append(facts, Fact{Label: k.P.T(label), Value: value, Note: note})
		}
	}
	if v.Average.Set {
		add("ind.f_average", r.Value, strings.TrimSpace(r.Unit+" "+r.ValueNote))
	}
	value := k.P.Number(v.Value)
	if v.Kind == plan.Judged {
		value = r.Value
	}
	add("col.value", value, strings.TrimSpace(r.Unit+" "+r.AsOf))
	add("ind.f_percent", r.Percent, "")
	if v.ExpectedThen.Set && v.Basis != nil && v.Basis.By != "limit" {
		add(thenKeys[v.Limit], k.P.Number(rounded(v.ExpectedThen, v.Value)), k.P.T("ind.f_then_note", "unit", v.Unit, "date", v.Basis.On))
	}
	add(nowKeys[v.Limit], k.P.Number(rounded(v.ExpectedNow, v.Value)), k.P.T("ind.f_now_note", "unit", v.Unit))
	add("ind.f_rate", k.P.Number(rounded(v.RunRate, plan.Num(0))), k.P.T("ind.per_month", "unit", v.Unit))
	add("ind.f_forecast", k.P.Number(k.ahead(v)), v.Unit)
	owner := r.Owner
	if owner == "" {
		owner = k.P.T("ind.no_owner")
	}
	add("col.owner", owner, "")
	return facts
}

func (k Kit) pointRow(v ledger.IndicatorView, pt workflow.Point, texts map[uint64]workflow.Texts) PointRow {
	r := PointRow{AsOf: k.P.FullDate(pt.AsOf), Value: strings.TrimSpace(k.P.Number(pt.Value) + " " + v.Unit), Status: k.P.Show(pt.Status),
		Unit: k.Rules.UnitAt(pt.Seq, pt.Unit), At: k.when(pt.At), Seq: k.P.Show(pt.Seq),
		Source: k.source(&ledger.Source{Assignment: pt.Assignment, Report: pt.Report, Unit: ledger.Unit{Name: k.Rules.UnitAt(pt.Seq, pt.Unit)}})}
	if pt.Met != nil {
		r.Value = k.met(*pt.Met)
	}
	switch {
	case pt.ReplacedBy != 0:
		r.Struck, r.Note = true, k.P.T("ind.replaced")
	case pt.Status == workflow.PointVoid:
		r.Struck = true
	case pt.Status == workflow.PointFormer:
		r.Struck = true
		r.Value = strings.TrimSpace(k.P.Number(pt.Filed.Value) + " " + pt.Filed.Unit)
		r.Note = k.P.T("ind.former")
	case pt.Filed != nil:
		r.Note = k.P.T("ind.converted", "value", pt.Filed.Value, "unit", pt.Filed.Unit)
	case pt.Provisional:
		r.Note = k.P.T("rep.provisional")
	}
	t := texts[pt.Seq]
	for _, field := range []string{"explanation", "figure." + v.ID, "reason"} {
		if t[field] != "" {
			r.Explanation = t[field]
		}
	}
	if k.Actor.Supervises() && !r.Struck && !v.LeftPlan {
		r.Correct = IndicatorPath(v.ID) + "?correct=" + k.P.Show(pt.Seq) + "#f-value"
	}
	return r
}

func (k Kit) figureForm(f Frame, in IndicatorInput) Form {
	v := in.View
	form := Form{Action: IndicatorPath(v.ID) + "/figures", CSRF: f.CSRF, Key: in.Key + "-figure", Button: k.P.T("ind.file_button")}
	if v.Kind == plan.Judged {
		form.Fields = append(form.Fields, Field{Kind: "radio", Name: "met", ID: "f-value", Label: k.P.T("ind.judge"), Ask: true,
			Options: []Option{{Value: "true", Text: k.P.T("ind.met")}, {Value: "false", Text: k.P.T("ind.unmet")}}})
	} else {
		form.Fields = append(form.Fields, Field{Kind: "text", Name: "value", ID: "f-value", Label: k.P.T("col.value"), Unit: v.Unit, Class: "short", Ask: true})
	}
	if v.RelativeTo != "" {
		form.Fields = append(form.Fields, Field{Kind: "text", Name: "comparison", ID: "f-comparison", Label: v.RelativeTo, Unit: v.Unit, Class: "short", Ask: true})
	}
	form.Fields = append(form.Fields,
		Field{Kind: "date", Name: "as_of", ID: "f-as_of", Label: k.P.T("rep.as_of"), Class: "date", Value: k.P.Day(k.Now).String(), Ask: true},
		Field{Kind: "checkbox", Name: "provisional", ID: "f-provisional", Label: k.P.T("rep.provisional_long")},
		Field{Kind: "text", Name: "explanation", ID: "f-explanation", Label: k.P.T("ind.explanation"), Hint: k.P.T("ind.explanation_hint")})
	if in.Correct != 0 {
		form.Hidden = []Hidden{{"corrects", k.P.Show(in.Correct)}}
		form.Button = k.P.T("ind.correct_button")
		form.Fields = append(form.Fields, Field{Kind: "text", Name: "reason", ID: "f-reason", Label: k.P.T("ind.correct_reason"), Ask: true})
	}
	if in.Failed == "figure" {
		for n := range form.Fields {
			retype(&form.Fields[n], in.Typed)
		}
	}
	return form
}

func (k Kit) ownerForm(f Frame, in IndicatorInput) Form {
	owner := Field{Kind: "select", Name: "department", ID: "f-owner", Label: k.P.T("col.owner"), Options: []Option{{Text: k.P.T("ind.owner_office")}}}
	for _, d := range k.Rules.Plan.Departments {
		owner.Options = append(owner.Options, Option{Value: d.ID, Text: d.Name, Selected: in.View.Owner != nil && in.View.Owner.ID == d.ID})
	}
	return Form{Action: IndicatorPath(in.View.ID) + "/owner", CSRF: f.CSRF, Key: in.Key + "-owner", Button: k.P.T("ind.assign_button"), Fields: []Field{owner}}
}

// burnUp draws an indicator's figures from the plan's first day to its last.
func (k Kit) burnUp(v ledger.IndicatorView) template.HTML { return k.burnUpOf(v).SVG() }

// ahead is where the figure is expected to end; unset once there is nothing ahead.
func (k Kit) ahead(v ledger.IndicatorView) plan.Number {
	if v.Due() {
		return plan.Number{}
	}
	return rounded(v.Forecast, v.Target)
}

// planLine is where time says the figure should be, to its target's day: the line that
// the light of a figure is judged by.
func planLine(p *plan.Plan, v ledger.IndicatorView, at func(plan.Date) float64) []chart.Point {
	in, _ := p.Indicator(v.ID)
	target, _ := v.Target.Float64()
	if !ledger.Paced(&in) {
		return nil
	}
	if v.Kind != plan.Yearly {
		from, _ := in.Baseline.Float64()
		return []chart.Point{{X: 0, Y: from}, {X: at(v.By), Y: target}}
	}
	var line []chart.Point // up each year, and anew
	for y := p.From.Year; y <= v.By.Year; y++ {
		end := plan.Date{Year: y, Month: time.December, Day: 31}
		if v.By.Before(end) {
			end = v.By
		}
		line = append(line, chart.Point{X: max(0, at(plan.Date{Year: y - 1, Month: time.December, Day: 31}))}, chart.Point{X: at(end), Y: target})
	}
	return line
}

// burnUpOf is the chart; it draws nothing without a figure.
func (k Kit) burnUpOf(v ledger.IndicatorView) chart.BurnUp {
	p := k.Rules.Plan
	days := float64(p.From.DaysUntil(p.To) + 1)
	at := func(d plan.Date) float64 { return float64(p.From.DaysUntil(d)+1) / days }
	c := chart.BurnUp{Title: v.Title}
	most := 0.0
	for _, pt := range v.Points {
		if !pt.Counts() || !pt.Value.Set {
			continue
		}
		y, _ := pt.Value.Float64()
		c.Points = append(c.Points, chart.Point{X: at(pt.AsOf), Y: y, Open: pt.Provisional || pt.Status == workflow.PointReported})
		most = max(most, y)
	}
	sortPoints(c.Points)
	if v.Value.Set {
		c.NowText = k.P.T("chart.now", "value", v.Value)
	}
	if v.Average.Set { // which is what the target is about
		c.NowText = k.P.T("chart.mean", "years", v.Years, "value", v.Average)
	}
	if v.Target.Set {
		c.HasTarget = true
		c.Target, _ = v.Target.Float64()
		c.TargetText = k.P.T("chart.target", "value", v.Target)
		most = max(most, c.Target)
		c.Plan = planLine(p, v, at)
		for _, pt := range c.Plan {
			most = max(most, pt.Y)
		}
	}
	if ahead := k.ahead(v); ahead.Set && v.Kind == plan.Total {
		y, _ := v.Forecast.Float64()
		c.Forecast = &chart.Point{X: at(v.By), Y: y}
		c.AheadText = k.P.T("chart.forecast", "value", ahead)
		most = max(most, y)
	}
	if len(c.Points) == 0 {
		return chart.BurnUp{}
	}
	steps := chart.Steps(most)
	c.Top = steps[len(steps)-1]
	for _, s := range steps {
		c.Y = append(c.Y, chart.Tick{At: s, Text: k.P.Number(numberOf(s))})
	}
	for y := p.From.Year; y <= p.To.Year; y++ {
		for _, m := range []time.Month{time.July, time.January} {
			d := plan.Date{Year: y, Month: m, Day: 1}
			if m == time.January {
				d.Year++
			}
			if x := at(d.AddDays(-1)); x > 0 && x <= 1 {
				c.X = append(c.X, chart.Tick{At: x, Text: k.P.T("chart.half", "year", itoa(d.AddDays(-1).Year), "month", itoa(int(d.AddDays(-1).Month)))})
			}
		}
	}
	c.Title = strings.TrimSpace(strings.Join([]string{v.Title, c.NowText, c.TargetText, c.AheadText}, " "))
	return c
}
