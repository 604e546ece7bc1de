package page

import "duban/workflow"

// TemplatePath is the page of the office's own paper for circulars.
const TemplatePath = "/circular-template"

// Template shows which paper circulars are written on, takes another, and lists what it
// may hold.
type Template struct {
	Frame
	Crumbs       []Link
	Now          []Fact
	Gone         string
	File         string // URL of the file in use
	Upload       Form
	Clear        *Form
	Hint         string
	Placeholders []Fact
	Errors       []FieldError
}

func (Template) template() string { return "template" }

// Placeholder is one of a template's placeholders.
type Placeholder struct {
	Name   string
	Kind   string // words, prose, table
	Needed bool
}

// TemplateInput is what the page is made of.
type TemplateInput struct {
	File         *workflow.File // nil: the program's own paper
	Placeholders []Placeholder
	MaxFile      int64
	Key          string
	Wrong        []*workflow.Error
}

// NewTemplate builds the page.
func NewTemplate(k Kit, f Frame, in TemplateInput) Template {
	f.Title = k.P.T("template.title")
	p := Template{Frame: f, Crumbs: []Link{{k.P.T("assess.title"), AssessmentsPath}, {f.Title, ""}},
		Hint:   k.P.T("template.file_hint", "limit", k.P.Size(in.MaxFile)),
		Upload: Form{Action: TemplatePath, CSRF: f.CSRF, Key: in.Key, Button: k.P.T("template.check")}}
	now := Fact{Label: k.P.T("template.now"), Value: k.P.T("template.own")}
	if x := in.File; x != nil {
		now.Value, now.Note = x.Name, k.who(workflow.ActorRef{User: x.User, Unit: x.Unit})+" "+k.P.DateTime(x.At)
		p.Now = append(p.Now, now, Fact{Label: k.P.T("evi.hash"), Value: x.SHA256})
		p.File = EvidencePath(x.ID)
		p.Clear = &Form{Action: TemplatePath + "/clear", CSRF: f.CSRF, Key: in.Key, Button: k.P.T("template.clear")}
		p.Clear.askFirst("template", x.Name, TemplatePath)
		if x.Gone {
			p.Gone = k.P.T("template.gone")
		}
	} else {
		p.Now = append(p.Now, now)
	}
	for _, x := range in.Placeholders {
		fact := Fact{Label: "{{" + x.Name + "}}", Value: k.P.T("template.kind_" + x.Kind), Note: k.P.T("template.optional")}
		if x.Needed {
			fact.Note = k.P.T("template.needed")
		}
		p.Placeholders = append(p.Placeholders, fact)
	}
	for _, e := range in.Wrong {
		_, text := k.P.Error(e)
		p.Errors = append(p.Errors, FieldError{Field: "template", Text: text})
	}
	return p
}
