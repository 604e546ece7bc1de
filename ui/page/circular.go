package page

import (
	"net/url"
	"slices"
	"strings"

	"duban/ui/export"
	"duban/ui/text"
	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// Circular is a period's circular: as printed, and its prose to edit.
type Circular struct {
	Frame
	Crumbs []Link
	Paper  export.Paper
	Edit   Form
	Marks  []Fact
	Docx   string
	Errors []FieldError
}

func (Circular) template() string { return "circular" }

// SayChanged says, in the sentence of the key, which assignments were reopened or withdrawn
// after their scores were worked out; empty when none was.
func SayChanged(p *text.Printer, key string, changed []ledger.Item) string {
	var all []string
	for _, i := range changed {
		one := "circular.reopened"
		if i.State == workflow.Withdrawn {
			one = "circular.withdrawn"
		}
		all = append(all, p.T(one, "no", i.Task.No, "title", i.Task.Title, "department", i.Department.Name))
	}
	if len(all) == 0 {
		return ""
	}
	return p.T(key, "list", p.List(all))
}

// WholeTarget is an indicator's target as one phrase: its sign, number and unit, or the
// words of a target that has no number.
func (k Kit) WholeTarget(v ledger.IndicatorView) string {
	in, _ := k.Rules.Plan.Indicator(v.ID)
	said := k.target(in)
	if in.Target.Set {
		said += k.unitOf(in)
	}
	return said
}

// WholeValue is the figure that an indicator's light is judged by, with its unit: the
// newest, or the mean of an average growth; empty when there is none.
func (k Kit) WholeValue(v ledger.IndicatorView) string {
	switch {
	case v.Kind == plan.Judged && v.Met != nil:
		return k.met(*v.Met)
	case v.Average.Set:
		return k.P.Number(v.Average) + v.Unit + k.P.T("ind.mean_of", "years", v.Years)
	case !v.Value.Set:
		return ""
	}
	return k.P.Number(v.Value) + v.Unit
}

// Asked is what an indicator's light holds the figure against, where it is not the
// target that stands beside it anyhow.
func (k Kit) Asked(v ledger.IndicatorView) string { return k.P.Number(asked(v)) }

// WholeShare is how much of the target is done, a bare percentage; of a limit, how much
// of it is used, in words.
func (k Kit) WholeShare(v ledger.IndicatorView) string {
	if v.Limit {
		return k.shareText(v.Percent, true)
	}
	return v.Percent.String()
}

// CircularInput is what a circular's page is made of.
type CircularInput struct {
	Period workflow.Period
	Paper  export.Paper
	Prose  map[string]string // with marks in the place of numbers
	Marks  []Fact
	Key    string
	Typed  url.Values
	Err    *workflow.Error
}

// NewCircular builds a circular's page.
func NewCircular(k Kit, f Frame, in CircularInput) Circular {
	f.Title = in.Paper.Title
	slices.SortFunc(in.Marks, func(a, b Fact) int { return strings.Compare(a.Label, b.Label) })
	p := Circular{Frame: f, Paper: in.Paper, Marks: in.Marks, Docx: "/export/circular/" + url.PathEscape(in.Period.ID) + ".docx",
		Crumbs: []Link{{k.P.T("assess.title"), AssessmentsPath}, {k.period(in.Period), AssessmentsPath + "/" + url.PathEscape(in.Period.ID)}, {Text: k.P.T("assess.circular")}},
		Edit:   Form{Action: "/circulars/" + url.PathEscape(in.Period.ID), CSRF: f.CSRF, Key: in.Key, Button: k.P.T("circular.save")}}
	for _, name := range workflow.CircularSections {
		p.Edit.Fields = append(p.Edit.Fields, Field{Kind: "textarea", Name: name, ID: "f-" + name, Label: k.P.T("circular.section." + name),
			Value: in.Prose[name], Rows: 6, Max: workflow.LongText, Ask: true})
	}
	if in.Err != nil {
		for n := range p.Edit.Fields {
			retype(&p.Edit.Fields[n], in.Typed)
		}
		p.Errors = k.intoForm(&p.Edit, in.Err, "f-overview")
	}
	return p
}
