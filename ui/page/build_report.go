package page

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// ReportInput is what the report form is made of. The fields start from what was
// typed, else from the draft, else from a returned report, else from last period.
type ReportInput struct {
	Item       ledger.Item
	Row        workflow.Assignment
	Trail      []workflow.Event
	Period     workflow.Period
	Special    *SpecialView
	Indicators []plan.Indicator            // those this report may carry
	Series     map[string]workflow.Series  // what is known of them
	Task       []ledger.Item               // every assignment of the task in the period
	Inputs     map[string][]workflow.Event // lead: trails of the cooperating ones
	Before     *workflow.Event             // the last report of an earlier period
	Asked      *AskSource                  // the assignment of that report; nil: there is none
	Files      map[string]workflow.File
	Draft      *DraftText        // as it stands; nil: nobody has begun
	Earlier    []DraftText       // newest first
	Signing    *workflow.Signing // of the draft; nil: not on its way to the signatory
	MaxFile    int64             // bytes
	Room       workflow.Room     // what evidence takes and may take

	NoChange bool // the reader came to say that nothing changed: the tick is set

	Tag   string            // of the draft that the fields stand on
	Typed url.Values        // what was posted; nil at first
	Wrong []*workflow.Error // Field is the form's name of it
	Key   string
	// Moved: the plan has changed since the page was made, and what was posted is now the draft.
	Moved bool
	// Stale: what was posted was typed on an older text than the draft that stands, and
	// was not kept. Both are shown.
	Stale bool
	Note  string // why the signatory sends it back, as posted
}

// DraftText is an unfinished report, as somebody left it.
type DraftText struct {
	Report    workflow.ReportInput
	Unread    map[string]string // see Reading
	By        string
	At        time.Time
	Submitted bool // it had been handed to the signatory
	// Older is the plan it was written under, and Typed its fields as they were then; nil
	// where that is today's.
	Older *plan.Plan
	Typed url.Values
}

func (d DraftText) values() url.Values {
	v := reportValues(d.Report)
	for name, typed := range d.Unread {
		v.Set(name, typed)
	}
	return v
}

// ReportPath is the report form of an assignment; draft and review lie below it.
func ReportPath(id string) string { return AssignmentPath(id) + "/report" }

// littleRoom is from how many bytes on it is said how much evidence may still be brought.
const littleRoom = 1 << 30

// room says how much evidence may still be brought where that is little, and what to do
// when it is nothing.
func (k Kit) room(r workflow.Room) string {
	switch left := r.Left(); {
	case left == 0:
		return k.P.T("rep.no_room")
	case left < littleRoom:
		return k.P.T("rep.little_room", "size", k.P.Size(left))
	}
	return ""
}

// NewReportForm builds the form a department fills.
func NewReportForm(k Kit, f Frame, in ReportInput) ReportForm {
	i := in.Item
	f.Title = k.P.T("rep.title", "title", i.Task.Title)
	r := ReportForm{Frame: f, ID: i.ID, No: i.Task.No, Task: i.Task.Title, Department: i.Department.Name, Role: k.role(i.Role),
		Period: k.period(in.Period), Special: in.Special, Chip: k.chip(i.Box), DueWhen: k.dueWhen(i.Due), Cause: k.Say(i.TimeLight.Cause),
		Returned: k.returned(in.Row, in.Trail), Lead: i.Role == workflow.Lead, DraftURL: ReportPath(i.ID) + "/draft", Self: ReportPath(i.ID),
		MaxFile: k.P.Size(in.MaxFile), Room: k.room(in.Room), Trail: k.trail(in.Row, in.Trail),
		Form: Form{Action: ReportPath(i.ID) + "/review", CSRF: f.CSRF, Version: in.Row.Version, Key: in.Key}}
	r.Crumbs = []Link{{k.P.T("nav.inbox"), homePath}, {k.P.T("case.task", "no", i.Task.No), AssignmentPath(i.ID)}, {k.P.T("rep.crumb"), ""}}
	if r.Due, r.DueTone = k.due(i); r.DueTone == Plain {
		r.DueTone = Info
	}
	if i.PendingExtension == nil && i.State.AwaitsReport() {
		r.Extension = AssignmentPath(i.ID) + "#act-request_extension"
	}
	if in.Draft != nil && in.Typed == nil {
		r.Draft = k.P.T("rep.draft_of", "at", in.Draft.At)
		in.Wrong = append(in.Wrong, k.unreadable(in)...)
	}
	k.signing(&r, f, in)
	v := k.startValues(in)
	if in.NoChange {
		v.Set("no_change", "1")
	}
	if in.Typed == nil && v.Get("reason") == "" {
		v.Set("reason", k.P.T("rep.no_change_usual"))
	}
	asOf := k.asOf(in.Period)
	r.Form.Hidden = []Hidden{{FieldDraft, in.Tag}, {fieldSuggested, asOf.String()}}
	r.Form.Hidden = append(r.Form.Hidden, unasked(in.Indicators, v)...)
	k.draftTexts(&r, in, v)
	k.olderPlan(&r, in, v)
	for _, ind := range in.Indicators {
		r.Figures = append(r.Figures, k.figureField(ind, in, v, asOf))
	}
	k.textFields(&r, in, v)
	r.Asks = append(k.earlierAsks(in.Asked), k.asks(in.Row, in.Trail)...)
	task := k.task(i)
	for _, m := range task.Measures {
		r.Measures = append(r.Measures, k.measureField(m, in, v))
	}
	k.reportSide(&r, in, v, task)
	k.number(&r)
	for _, e := range in.Wrong {
		if e.Field == "files" || e.Field == "evidence" {
			_, r.EvidenceError = k.P.Error(e)
		}
	}
	r.Errors = k.fieldErrors(in.Wrong)
	return r
}

// number writes the headings of the sections the form holds, in order.
func (k Kit) number(r *ReportForm) {
	n := 0
	head := func(name string) string {
		n++
		return k.P.T("rep.numbered", "numeral", strings.Split(k.P.T("rep.numerals"), ",")[n-1], "title", k.P.T("rep.h_"+name))
	}
	if len(r.Figures) > 0 {
		r.HeadFigures = head("figures")
	}
	r.Progress.Label = head("progress")
	if len(r.Measures) > 0 {
		r.HeadMeasures = head("measures")
	}
	for i := range r.Texts {
		r.Texts[i].Label = head(r.Texts[i].Name)
	}
	if len(r.Inputs) > 0 {
		r.HeadInputs = head("inputs")
	}
	r.HeadEvidence = head("evidence")
}

// startValues are the fields' first values. A figure or a measure that nobody has spoken
// of since the last report is empty: filled in, it would be filed again as today's by who
// did not look at it.
func (k Kit) startValues(in ReportInput) url.Values {
	switch {
	case in.Typed != nil:
		return in.Typed
	case in.Draft != nil:
		return in.Draft.values()
	}
	return StartReport(k.Rules, in.Trail).values()
}

// StartReport is the report that a form, or a sheet of figures, goes on from where there is
// no draft: the last one filed.
func StartReport(r workflow.Rules, trail []workflow.Event) DraftText {
	var d DraftText
	if e := lastOf(trail, workflow.KindReported); e != nil {
		d.Report, d.At = reportOf(*e), e.At
		d.Restate(r.PlanAt(e.Seq), r.Plan)
	}
	return d
}

// unreadable are the faults of what a draft keeps as it was typed.
func (k Kit) unreadable(in ReportInput) []*workflow.Error {
	if len(in.Draft.Unread) == 0 {
		return nil
	}
	return ReadReport(in.Draft.values(), k.Rules.Plan, in.Row.Task).Bad
}

// unasked are the figures and forecasts of a draft that the form has no field for: a
// program may have put them there, and a person who saves the form must not drop them.
func unasked(asked []plan.Indicator, v url.Values) (kept []Hidden) {
	for _, name := range sortedKeys(v) {
		id, of := "", ""
		if rest, ok := strings.CutPrefix(name, forecastPrefix); ok {
			id = rest
		} else if rest, ok := strings.CutPrefix(name, figurePrefix); ok {
			if i := strings.LastIndexByte(rest, '.'); i > 0 {
				id, of = rest[:i], rest[i+1:]
			}
		}
		if id == "" || slices.ContainsFunc(asked, func(ind plan.Indicator) bool { return ind.ID == id }) {
			continue
		}
		if of == "" || slices.Contains(figureFields, of) {
			kept = append(kept, Hidden{name, v.Get(name)})
		}
	}
	return kept
}

// asOf is the statistical date to suggest: the period's last day, or today before it.
func (k Kit) asOf(p workflow.Period) plan.Date {
	today := k.P.Day(k.Now)
	if p.To.IsZero() || today.Before(p.To) {
		return today
	}
	return p.To
}

func (k Kit) figureField(ind plan.Indicator, in ReportInput, v url.Values, asOf plan.Date) FigureField {
	base := figurePrefix + ind.ID
	f := FigureField{ID: ind.ID, Title: ind.Title, Name: base, Unit: ind.Unit, Kind: k.P.T("indicator_hint." + string(ind.Kind)),
		Value: v.Get(base + ".value"), Target: k.target(ind), AsOf: v.Get(base + ".as_of"), Provisional: v.Get(base+".provisional") != "",
		Relative: ind.RelativeTo, Comparison: v.Get(base + ".comparison"), Judged: ind.Kind == plan.Judged,
		Forecast: v.Get(forecastPrefix + ind.ID), Explanation: v.Get(base + ".explanation"), Cumulative: ind.Kind == plan.Total}
	if f.AsOf == "" {
		f.AsOf = asOf.String()
	}
	if f.Judged {
		f.Met = []Option{{Text: k.P.T("ind.judge_none")},
			{Value: "true", Text: k.P.T("ind.met"), Selected: v.Get(base+".met") == "true"},
			{Value: "false", Text: k.P.T("ind.unmet"), Selected: v.Get(base+".met") == "false"}}
	}
	if p := pointBefore(k.Rules.Present(in.Series[ind.ID]), 0); p != nil {
		f.LastValue = p.Value.String()
		f.Last, f.LastDate = k.P.Number(p.Value), k.P.Date(p.AsOf)
		f.Percent = k.share(p.Value, ind)
	}
	if want := k.forecastOf(in.Before, ind); want.Set {
		f.Expected = k.P.T("rep.expected_value", "value", want)
	}
	for _, e := range in.Wrong {
		if strings.HasPrefix(e.Field, base+".") || e.Field == base {
			_, f.Error = k.P.Error(e)
			f.ErrorField = e.Field
			f.Explain = true
		}
	}
	f.Explain = f.Explain || f.Explanation != ""
	for _, e := range in.Wrong {
		if e.Field == forecastPrefix+ind.ID {
			_, f.Error = k.P.Error(e)
			f.ErrorField = e.Field
		}
	}
	return f
}

func (k Kit) measureField(m plan.Measure, in ReportInput, v url.Values) MeasureField {
	base := measurePrefix + m.ID
	f := MeasureField{ID: m.ID, Title: m.Title, Name: base, Percent: v.Get(base + ".percent"), Note: v.Get(base + ".note")}
	if in.Before != nil && in.Before.Data.Report != nil {
		for _, d := range in.Before.Data.Report.Measures {
			if d.ID == m.ID {
				f.Last = k.P.T("rep.last_measure", "status", d.Status)
			}
		}
	}
	chosen := v.Get(base + ".status")
	unsaid := "rep.no_status"
	if f.Last == "" {
		unsaid = "measure_status.not_reported"
	}
	f.Options = []Option{{Text: k.P.T(unsaid), Selected: chosen == ""}}
	for _, s := range workflow.MeasureStatuses {
		f.Options = append(f.Options, Option{Value: string(s), Text: k.P.Show(s), Selected: string(s) == chosen})
	}
	for _, e := range in.Wrong {
		if on, ok := strings.CutPrefix(e.Field, base+"."); ok {
			_, f.Error = k.P.Error(e)
			f.ErrorOn = on
		}
	}
	return f
}

// reportTexts are the texts of a report, in the order of its form.
var reportTexts = []string{"progress", "obstacles", "asks", "next_steps", "forecast"}

// textFields fills the free-text fields.
func (k Kit) textFields(r *ReportForm, in ReportInput, v url.Values) {
	area := func(name string, limit, rows int, ask bool) Field {
		f := Field{Kind: "textarea", Name: name, ID: "f-" + name, Label: k.P.T("rep.h_" + name), Hint: k.P.T("rep." + name + "_hint"),
			Value: v.Get(name), Rows: rows, Max: limit, Ask: ask}
		for _, e := range in.Wrong {
			if e.Field == name {
				_, f.Error = k.P.Error(e)
			}
		}
		return f
	}
	r.NoChange = v.Get("no_change") != ""
	r.Reason = area("reason", workflow.ShortText, 2, r.NoChange)
	r.Progress = area("progress", workflow.LongText, 5, !r.NoChange)
	for _, name := range reportTexts[1:] {
		r.Texts = append(r.Texts, area(name, workflow.PlainText, 2, false))
	}
}

// reportSide fills what stands beside the form and the lead's inputs.
func (k Kit) reportSide(r *ReportForm, in ReportInput, v url.Values, task plan.Task) {
	for _, id := range v["evidence"] {
		if f := k.file(id, in.Files); !f.Gone {
			r.Evidence = append(r.Evidence, f)
		}
	}
	for _, s := range k.Rules.Plan.Sections {
		if s.ID == task.Section {
			r.Facts = append(r.Facts, Fact{Label: k.P.T("fact.section"), Value: s.Title})
		}
	}
	r.Facts = append(r.Facts, Fact{Label: k.P.T("fact.lead"), Value: k.Rules.Plan.Name(k.Rules.LeadOf(in.Item.Period, in.Item.Task.Key))})
	said, _ := k.cooperating(in.Task)
	r.Facts = append(r.Facts, Fact{Label: k.P.T("fact.cooperating"), Value: said})
	if in.Item.Role != workflow.Lead {
		r.Coop = k.units(task, slices.DeleteFunc(slices.Clone(in.Task), func(i ledger.Item) bool {
			return i.ID == in.Item.ID || i.State == workflow.Withdrawn
		}))
		return
	}
	for _, other := range in.Task {
		if other.Role != workflow.Cooperating || other.ID == in.Item.ID || other.State == workflow.Withdrawn {
			continue
		}
		row := k.coopRow(other)
		chosen := v.Get(inputPrefix + other.ID)
		if e := lastOf(in.Inputs[other.ID], workflow.KindReported); e != nil && other.ReportedAt != nil {
			view := k.reportView(Filed{Event: *e, Files: in.Files})
			row.Report = &view
			row.Marks = k.marks(chosen, workflow.Adopted, workflow.Amended)
		} else {
			row.Marks = k.marks(string(workflow.NotReceived), workflow.NotReceived)
		}
		row.Field = inputPrefix + other.ID
		r.Inputs = append(r.Inputs, row)
	}
}

func (k Kit) marks(chosen string, all ...workflow.Mark) []Option {
	var out []Option
	for _, m := range all {
		out = append(out, Option{Value: string(m), Text: k.P.Show(m), Selected: string(m) == chosen})
	}
	return out
}

// fieldErrors are the lines of the error summary.
func (k Kit) fieldErrors(wrong []*workflow.Error) []FieldError {
	var out []FieldError
	for _, e := range wrong {
		_, detail := k.P.Error(e)
		out = append(out, FieldError{Field: e.Field, Text: detail})
	}
	return out
}

// ReviewInput is a report as it was typed, found good, and not filed yet.
type ReviewInput struct {
	Item   ledger.Item
	Row    workflow.Assignment
	Period workflow.Period
	Event  workflow.Event // the event it would be, not written
	Task   []ledger.Item
	Before *workflow.Event
	Series map[string]workflow.Series
	Files  map[string]workflow.File
	Typed  url.Values
	Tag    string // of the draft that holds it
	Key    string
	Sign   bool // it goes to the signatory, not to the office
}

// NewReview builds the last look before filing.
func NewReview(k Kit, f Frame, in ReviewInput) Review {
	i := in.Item
	f.Title = k.P.T("review.title", "title", i.Task.Title)
	r := Review{Frame: f, ID: i.ID, No: i.Task.No, Task: i.Task.Title, Role: k.role(i.Role), Period: k.period(in.Period),
		Chip: k.chip(i.Box), Back: ReportPath(i.ID),
		Report: k.reportView(Filed{Event: in.Event, Before: in.Before, Series: in.Series, Files: in.Files, Names: k.names(in.Task)}),
		Crumbs: []Link{{k.P.T("nav.inbox"), homePath}, {k.P.T("case.task", "no", i.Task.No), AssignmentPath(i.ID)},
			{k.P.T("rep.crumb"), ReportPath(i.ID)}, {k.P.T("review.crumb"), ""}},
		Form: Form{Action: ReportPath(i.ID) + "/file", CSRF: f.CSRF, Version: in.Row.Version, Key: in.Key, Button: k.P.T("review.file")}}
	if in.Sign {
		r.Form.Button = k.P.T("sign.submit")
		r.Warnings = append(r.Warnings, k.P.T("sign.submit_hint"))
	}
	if in.Event.Data.Late || in.Row.PastDue(k.Now) {
		r.Warnings = append(r.Warnings, k.P.T("review.late", "due", k.P.Due(in.Row.Due)))
	}
	if i.Role == workflow.Lead {
		if _, missing := k.cooperating(in.Task); len(missing) > 0 {
			r.Warnings = append(r.Warnings, k.P.T("review.missing", "n", len(missing), "names", missing))
		}
	}
	if in.Tag != "" {
		r.Form.Hidden = []Hidden{{FieldDraft, in.Tag}}
	}
	for _, name := range sortedKeys(in.Typed) {
		switch name {
		case "csrf", "version", "key", "do", FieldDraft, FieldOver:
			continue
		}
		for _, value := range in.Typed[name] {
			r.Form.Hidden = append(r.Form.Hidden, Hidden{name, value})
		}
	}
	return r
}
