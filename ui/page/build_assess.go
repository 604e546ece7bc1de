package page

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"time"

	"duban/workflow"
	"duban/workflow/assess"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// AssessmentsPath is the page that lists assessments; a period's is below it.
const AssessmentsPath = "/assessments"

// AssessmentsInput is what the list is made of.
type AssessmentsInput struct {
	Periods []workflow.Period
	By      map[string]workflow.Assessment
	Appeals []AppealInput // the reader's to see
	Years   []YearInput
}

// YearInput is a year's result.
type YearInput struct {
	Year int
	Rows []assess.Row
}

// NewAssessments builds the list.
func NewAssessments(k Kit, f Frame, in AssessmentsInput) Assessments {
	f.Title = k.P.T("assess.title")
	p := Assessments{Frame: f}
	for _, x := range slices.Backward(in.Periods) {
		a := in.By[x.ID]
		p.Rows = append(p.Rows, AssessmentRow{Name: k.period(x), Stage: k.P.T("stage." + string(a.Stage)), Until: k.appealsUntil(a.Stage, a.AppealsUntil),
			URL: AssessmentsPath + "/" + url.PathEscape(x.ID)})
	}
	names := map[string]string{}
	for _, x := range in.Periods {
		names[x.ID] = k.period(x)
	}
	for _, a := range in.Appeals {
		row := AppealRow{Title: k.appealTitle(a), Period: names[a.Of.Period], At: k.when(a.Ref.At),
			URL: AssessmentsPath + "/" + url.PathEscape(a.Of.Period) + "#" + appealID(a.Ref.N)}
		row.Verdict, row.Tone = k.verdict(a.Ref)
		p.Appeals = append(p.Appeals, row)
	}
	slices.SortFunc(in.Years, func(a, b YearInput) int { return cmp.Compare(b.Year, a.Year) })
	for _, y := range in.Years {
		t := YearTable{Title: k.P.T("assess.year", "year", strconv.Itoa(y.Year))}
		for _, r := range y.Rows {
			t.Rows = append(t.Rows, k.scoreRow(r))
		}
		p.Years = append(p.Years, t)
	}
	return p
}

func appealID(n int) string { return "appeal-" + itoa(n) }

// appealsUntil says to when appeals are, or were, taken; nothing before the notice.
func (k Kit) appealsUntil(stage workflow.Stage, until *time.Time) string {
	switch {
	case until == nil || stage != workflow.Noticed:
		return ""
	case k.Now.After(*until):
		return k.P.T("assess.appeals_over", "until", *until)
	}
	return k.P.T("assess.appeals_until", "until", *until)
}

// AssessmentInput is what a period's page is made of. Rows must hold only what the
// reader may see, with their lines in words.
type AssessmentInput struct {
	Period, Name string
	Stage        workflow.Stage
	Position     uint64
	AsOf         *time.Time
	Rubric       string
	Until        *time.Time // the last instant of the time for appeals
	FrozenAt     *time.Time
	Head         uint64
	Hash         string
	Rows         []assess.Row
	OtherRules   bool          // frozen by rules of an earlier version
	Changed      []ledger.Item // reopened or withdrawn after the scores were worked out
	Appeals      []AppealInput
	Key          string
	Failed       string // the act whose form is shown again
	Typed        url.Values
	Err          *workflow.Error
}

// AppealInput is one appeal with its words.
type AppealInput struct {
	Ref          workflow.AppealRef
	Of           ledger.Item // the assignment it is about
	Most         plan.Number // that it wins back, upheld
	Text, Answer string
}

// NewAssessed builds a period's assessment.
func NewAssessed(k Kit, f Frame, in AssessmentInput) Assessed {
	f.Title = k.P.T("assess.of", "name", k.periodNamed(in.Period, in.Name))
	p := Assessed{Frame: f, Stage: k.P.T("stage." + string(in.Stage)), Until: k.appealsUntil(in.Stage, in.Until),
		Crumbs: []Link{{k.P.T("assess.title"), AssessmentsPath}, {Text: k.periodNamed(in.Period, in.Name)}}}
	if in.AsOf != nil {
		p.StandsOn = k.P.T("assess.stands_on", "at", k.P.Exact(*in.AsOf), "position", in.Position, "rubric", brief(in.Rubric))
	}
	if in.FrozenAt != nil {
		p.Head = k.P.T("assess.head", "at", k.P.Exact(*in.FrozenAt), "head", in.Head, "hash", brief(in.Hash))
	}
	if in.OtherRules {
		p.Head += k.P.T("assess.other_rules")
	}
	if in.Stage == workflow.Frozen && workflow.MayAssess(k.Actor) {
		p.Circular = "/circulars/" + url.PathEscape(in.Period)
	}
	p.Changed = SayChanged(k.P, "circular.since_page", in.Changed)
	for _, r := range in.Rows {
		p.Rows = append(p.Rows, k.scoreRow(r))
	}
	for _, a := range in.Appeals {
		p.Appeals = append(p.Appeals, k.appealCard(f, in, a))
	}
	k.assessForms(&p, in)
	return p
}

// brief is the beginning of a digest, enough to compare by eye.
func brief(s string) string {
	if len(s) > shownHash {
		return s[:shownHash]
	}
	return s
}

// assessForms are the forms the reader and the stage allow.
func (k Kit) assessForms(p *Assessed, in AssessmentInput) {
	step := func(act, key string) {
		hint := k.P.T("assess." + act + "_hint")
		if act == "freeze" && in.Until != nil && !k.Now.After(*in.Until) {
			hint += k.P.T("assess.freeze_early", "until", *in.Until)
		}
		form := k.assessForm(p.Frame, in, act, key)
		if act != "draft" { // which is done again as often as needed
			form.askFirst(act, k.periodNamed(in.Period, in.Name), AssessmentsPath+"/"+url.PathEscape(in.Period))
		}
		p.Steps = append(p.Steps, AssessStep{Form: form, Hint: hint})
	}
	office := workflow.MayAssess(k.Actor)
	early := in.Stage == workflow.NoAssessment || in.Stage == workflow.Drafted
	if office && in.Stage == workflow.NoAssessment {
		step("draft", "assess.draft")
	}
	if office && in.Stage == workflow.Drafted {
		step("draft", "assess.redraft")
		step("notice", "assess.notice")
	}
	if in.Stage == workflow.Noticed && workflow.MayFreeze(k.Actor) {
		step("freeze", "assess.freeze")
	}
	if office && early {
		form := k.bonusForm(p.Frame, in)
		p.Bonus = &form
	}
	if over := in.Until != nil && k.Now.After(*in.Until); in.Stage == workflow.Noticed && k.Actor.InDepartment() && !over {
		form := k.appealForm(p.Frame, in)
		p.Appeal = &form
	}
	if in.Err == nil {
		return
	}
	forms := map[string]*Form{"bonus": p.Bonus, "appeal": p.Appeal}
	for i := range p.Appeals {
		if p.Appeals[i].Form != nil && in.Failed == "answer" && in.Typed.Get("n") == p.Appeals[i].Form.Hidden[0].Value {
			forms["answer"] = p.Appeals[i].Form
		}
	}
	form := forms[in.Failed]
	if form == nil {
		form = &Form{}
	}
	anchor := "main"
	if len(form.Fields) > 0 {
		for n := range form.Fields {
			retype(&form.Fields[n], in.Typed)
		}
		anchor = form.Fields[0].ID
	}
	p.Errors = k.intoForm(form, in.Err, anchor)
}

func (k Kit) assessForm(f Frame, in AssessmentInput, act, key string) Form {
	return Form{Action: AssessmentsPath + "/" + url.PathEscape(in.Period) + "/" + act, CSRF: f.CSRF, Key: in.Key, Button: k.P.T(key),
		Danger: act == "freeze"}
}

func (k Kit) bonusForm(f Frame, in AssessmentInput) Form {
	form := k.assessForm(f, in, "bonus", "assess.give_bonus")
	units := Field{Kind: "select", Name: "department", ID: "f-department", Label: k.P.T("assess.department"), Ask: true}
	for _, d := range k.Rules.Plan.Departments {
		units.Options = append(units.Options, Option{Value: d.ID, Text: d.Name})
	}
	form.Fields = []Field{units,
		{Kind: "text", Name: "points", ID: "f-points", Label: k.P.T("assess.bonus_points"), Class: "short", Ask: true},
		{Kind: "textarea", Name: "reason", ID: "f-reason", Label: k.P.T("assess.bonus_reason"), Rows: 2, Max: workflow.PlainText, Ask: true}}
	return form
}

func (k Kit) appealForm(f Frame, in AssessmentInput) Form {
	form := k.assessForm(f, in, "appeal", "assess.appeal")
	tasks := Field{Kind: "select", Name: "assignment", ID: "f-assignment", Label: k.P.T("assess.appeal_task"), Ask: true}
	for _, r := range in.Rows {
		for _, s := range r.Scores {
			if r.Department == k.Actor.Unit && s.Status == assess.Scored {
				tasks.Options = append(tasks.Options, Option{Value: s.Assignment, Text: k.scoreTitle(s)})
			}
		}
	}
	rules := Field{Kind: "select", Name: "rule", ID: "f-rule", Label: k.P.T("assess.appeal_rule"), Ask: true}
	for _, r := range workflow.AppealRules {
		rules.Options = append(rules.Options, Option{Value: r, Text: k.P.T("rule." + r)})
	}
	form.Fields = []Field{tasks, rules,
		{Kind: "textarea", Name: "text", ID: "f-text", Label: k.P.T("assess.appeal_text"), Rows: 4, Max: workflow.PlainText, Ask: true}}
	return form
}

func (k Kit) scoreTitle(s assess.Score) string {
	return itoa(s.Task) + " " + s.Title + " " + k.role(s.Role)
}

func (k Kit) appealCard(f Frame, in AssessmentInput, a AppealInput) AppealCard {
	ref := a.Ref
	card := AppealCard{ID: appealID(ref.N), Title: k.appealTitle(a), Text: a.Text, Answer: a.Answer, At: k.when(ref.At)}
	card.Verdict, card.Tone = k.verdict(ref)
	if ref.AnsweredAt == nil && in.Stage == workflow.Noticed && workflow.MayAssess(k.Actor) {
		form := k.answerForm(f, in, ref.N, a.Most)
		card.Form = &form
	}
	return card
}

// appealTitle says who appeals against which line of which task.
func (k Kit) appealTitle(a AppealInput) string {
	return k.P.T("assess.appeal_n", "n", a.Ref.N, "department", a.Of.Department.Name,
		"task", itoa(a.Of.Task.No)+" "+a.Of.Task.Title+" "+k.role(a.Of.Role), "rule", k.P.T("rule."+a.Ref.Rule))
}

// verdict says how an appeal was answered.
func (k Kit) verdict(ref workflow.AppealRef) (string, Tone) {
	switch {
	case ref.AnsweredAt == nil:
		return k.P.T("assess.waiting"), Warn
	case ref.Upheld:
		return k.P.T("assess.upheld_points", "points", ref.Points), Good
	}
	return k.P.T("assess.dismissed"), Plain
}

func (k Kit) answerForm(f Frame, in AssessmentInput, n int, most plan.Number) Form {
	form := k.assessForm(f, in, "answer", "assess.answer")
	id := "f-" + itoa(n) + "-"
	form.Hidden = []Hidden{{"n", itoa(n)}}
	form.Fields = []Field{
		{Kind: "radio", Name: "upheld", ID: id + "upheld", Label: k.P.T("assess.verdict"), Ask: true,
			Options: []Option{{Value: "true", Text: k.P.T("assess.upheld")}, {Value: "false", Text: k.P.T("assess.dismissed")}}},
		{Kind: "text", Name: "points", ID: id + "points", Label: k.P.T("assess.correct_by"), Hint: k.P.T("assess.correct_most", "most", most), Class: "short"},
		{Kind: "textarea", Name: "text", ID: id + "text", Label: k.P.T("assess.answer_text"), Rows: 3, Max: workflow.PlainText, Ask: true}}
	return form
}

// scoreRow is a department's row.
func (k Kit) scoreRow(r assess.Row) ScoreRow {
	row := ScoreRow{Rank: k.P.T("assess.unranked"), Group: r.Group, Department: r.Name, Mean: k.points(r.Mean), Points: k.points(r.Points),
		Own: r.Department == k.Actor.Unit, Bonuses: k.lineRows(r.Bonuses)}
	if r.Standing == assess.Ranked && r.Rank > 0 {
		row.Rank = itoa(r.Rank)
	} else if r.Standing != assess.Ranked {
		row.Standing = k.P.T("standing." + string(r.Standing))
	}
	if r.Bonus.Set && !r.Bonus.IsZero() {
		row.Bonus = k.points(r.Bonus)
	}
	switch {
	case r.Change == nil:
	case *r.Change > 0:
		row.Change = k.P.T("assess.up", "n", *r.Change)
	case *r.Change < 0:
		row.Change = k.P.T("assess.down", "n", -*r.Change)
	default:
		row.Change = k.P.T("assess.same")
	}
	for _, s := range r.Scores {
		row.Tasks = append(row.Tasks, ScoreCard{Title: k.scoreTitle(s), URL: AssignmentPath(s.Assignment), Points: k.points(s.Points),
			Weight: k.P.T("assess.weight", "weight", s.Weight), Lines: k.lineRows(s.Lines)})
	}
	return row
}

// points are shown with two places, as they are published.
func (k Kit) points(n plan.Number) string {
	if !n.Set {
		return ""
	}
	return n.StringFixed(2)
}

func (k Kit) lineRows(lines []assess.Line) []LineRow {
	var rows []LineRow
	for _, l := range lines {
		row := LineRow{Rule: k.P.T("rule." + l.Rule), Of: l.Of.String(), Points: l.Points.String(), Why: l.Text}
		if l.Seq != 0 {
			row.Event, row.At = strconv.FormatUint(l.Seq, 10), k.P.DateTime(l.At)
		}
		rows = append(rows, row)
	}
	return rows
}
