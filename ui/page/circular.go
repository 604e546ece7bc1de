package page

import (
	"net/url"
	"slices"
	"strings"

	"duban/ui/export"
	"duban/workflow"
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
