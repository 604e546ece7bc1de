package page

import (
	"net/url"
	"strings"

	"duban/ui/text"
	"duban/workflow"
)

// ActPath is where the form of an act posts: the trigger's name with hyphens.
func ActPath(id string, t workflow.Trigger) string {
	return AssignmentPath(id) + "/" + strings.ReplaceAll(string(t), "_", "-")
}

// actForms makes the native forms of an assignment's acts.
type actForms struct {
	k  Kit
	f  Frame
	in AssignmentInput
}

func (k Kit) forms(f Frame, in AssignmentInput) actForms { return actForms{k, f, in} }

// mainActs stand unfolded and first, in this order; the others fold away.
var mainActs = []workflow.Trigger{workflow.Accept, workflow.Report, workflow.Verify}

// sideActs fold, in this order. The decision on an extension and the reply to an
// urge stand where the request and the urge stand.
var sideActs = []workflow.Trigger{workflow.Recall, workflow.RequestExtension, workflow.Return, workflow.Urge,
	workflow.Extend, workflow.Direct, workflow.Note, workflow.Reopen, workflow.Withdraw}

// acts are the reader's acts with, for one that was refused, what was typed and
// what is wrong.
func (a actForms) acts() ([]Act, []FieldError) {
	var out []Act
	var wrong []FieldError
	add := func(t workflow.Trigger, primary bool) {
		if !holds(a.in.Actions, t) || t == workflow.Extend && a.in.Row.PendingExtension() != nil {
			return
		}
		act := a.act(t)
		act.Primary = primary
		if a.in.Failed == t {
			act.Open = true
			wrong = a.refuse(&act.Form, t)
		}
		out = append(out, act)
	}
	for _, t := range mainActs {
		add(t, true)
	}
	for _, t := range sideActs {
		add(t, false)
	}
	if a.in.Err != nil && wrong == nil {
		wrong = pageError(a.k.P, a.in.Err)
	}
	return out, wrong
}

// pageError is an error that belongs to no form shown.
func pageError(p *text.Printer, e *workflow.Error) []FieldError {
	_, detail := p.Error(e)
	return []FieldError{{ID: "main", Text: detail}}
}

// refuse puts what was typed and what is wrong into the form.
func (a actForms) refuse(form *Form, t workflow.Trigger) []FieldError {
	for n := range form.Fields {
		retype(&form.Fields[n], a.in.Typed)
	}
	if a.in.Err == nil {
		return nil
	}
	all := a.in.Err.Fields
	if len(all) == 0 {
		all = []*workflow.Error{a.in.Err}
	}
	var wrong []FieldError
	for _, e := range all {
		_, detail := a.k.P.Error(e)
		fe := FieldError{Field: e.Field, ID: "act-" + string(t), Text: detail}
		for n := range form.Fields {
			if form.Fields[n].Name == e.Field {
				form.Fields[n].Error, fe.ID = detail, form.Fields[n].ID
			}
		}
		wrong = append(wrong, fe)
	}
	return wrong
}

// retype keeps what was typed in a field.
func retype(f *Field, typed url.Values) {
	if _, ok := typed[f.Name]; !ok && f.Kind != "checkbox" && f.Kind != "checks" {
		return
	}
	f.Value = typed.Get(f.Name)
	f.Checked = typed.Get(f.Name) != ""
	for n := range f.Options {
		f.Options[n].Selected = holds(typed[f.Name], f.Options[n].Value)
	}
}

func (a actForms) act(t workflow.Trigger) Act {
	k := a.k
	s := string(t)
	act := Act{Name: s, Title: k.P.T("act." + s + ".title"), Hint: k.P.T("act." + s + ".hint"),
		Form: a.form(t, k.P.T("act."+s+".button"), a.fields(t)...)}
	switch t {
	case workflow.Direct:
		act.Form.Hidden = []Hidden{{"task", itoa(k.today(a.in.Item).No)}}
	case workflow.Report:
		act.Link = AssignmentPath(a.in.Item.ID) + "/report"
	case workflow.Withdraw, workflow.Return, workflow.Recall:
		act.Form.Danger = true
	}
	if act.Hint == "-" {
		act.Hint = ""
	}
	return act
}

func (a actForms) form(t workflow.Trigger, button string, fields ...Field) Form {
	return Form{Action: ActPath(a.in.Item.ID, t), CSRF: a.f.CSRF, Version: a.in.Row.Version,
		Key: a.in.Key + "-" + string(t), Fields: fields, Button: button}
}

// fields are an act's questions, named as the interface for programs names them.
func (a actForms) fields(t workflow.Trigger) []Field {
	k, due := a.k, a.in.Item.Due
	area := func(name string, ask bool) Field {
		return Field{Kind: "textarea", Name: name, ID: string(t) + "-" + name, Label: k.P.T("field." + name), Rows: 3,
			Max: workflow.PlainText, Ask: ask}
	}
	date := func(value, hint string) Field {
		return Field{Kind: "date", Name: "due", ID: string(t) + "-due", Label: k.P.T("field.due"), Hint: hint, Class: "date",
			Value: value, Least: k.dateValue(k.Now)}
	}
	switch t {
	case workflow.Verify:
		grades := Field{Kind: "radio", Name: "grade", ID: "verify-grade", Label: k.P.T("field.grade"), Ask: true}
		for _, g := range workflow.Grades {
			grades.Options = append(grades.Options, Option{Value: string(g), Text: k.P.Show(g)})
		}
		return []Field{grades, area("comment", false)}
	case workflow.Return:
		return []Field{short(area("reason", true)), date(k.workday(k.Rules.Plan.Periods.ReturnDue).String(),
			k.P.T("field.return_due_hint", "n", k.Rules.Plan.Periods.ReturnDue))}
	case workflow.Urge:
		level := Field{Kind: "radio", Name: "level", ID: "urge-level", Label: k.P.T("field.level"), Options: k.levels(workflow.PlainUrge)}
		if k.Actor.InDepartment() {
			level.Options = k.levels(workflow.Reminder)[:1]
		}
		return []Field{level, area("text", false)}
	case workflow.RequestExtension:
		return []Field{date("", k.P.T("field.extension_due_hint", "due", due)), short(area("reason", true))}
	case workflow.Extend:
		return []Field{date("", k.P.T("field.extension_due_hint", "due", due)), short(area("reason", false))}
	case workflow.Direct:
		return append([]Field{area("text", true)}, a.specialFields()...)
	case workflow.Note:
		return []Field{area("text", true)}
	case workflow.Withdraw:
		return []Field{short(area("reason", true))}
	case workflow.Reopen:
		return []Field{short(area("reason", true)), date(k.workday(k.Rules.Plan.Periods.ReturnDue).String(), "")}
	}
	return nil
}

// short bounds a reason.
func short(f Field) Field {
	f.Max, f.Rows = workflow.ShortText, 2
	return f
}

// decision is the office's answer to an extension request.
func (a actForms) decision(x workflow.ExtensionRef) *Form {
	k := a.k
	form := a.form(workflow.Extend, k.P.T("ext.decide"),
		Field{Kind: "radio", Name: "granted", ID: "extend-granted", Label: k.P.T("ext.granted_label"), Ask: true, Options: []Option{
			{Value: "true", Text: k.P.T("ext.yes")}, {Value: "false", Text: k.P.T("ext.no")}}},
		Field{Kind: "date", Name: "due", ID: "extend-due", Label: k.P.T("field.due"), Hint: k.P.T("ext.due_hint"), Class: "date",
			Value: k.dateValue(x.Wanted), Least: k.dateValue(k.Now)},
		Field{Kind: "textarea", Name: "reason", ID: "extend-reason", Label: k.P.T("field.reason"), Hint: k.P.T("ext.reason_hint"),
			Rows: 2, Max: workflow.ShortText})
	form.Action = AssignmentPath(a.in.Item.ID) + "/extension-decision"
	form.Hidden = []Hidden{{"n", itoa(x.N)}}
	if a.in.Failed == workflow.Extend || a.in.Failed == workflow.RefuseExtension {
		a.refuse(&form, workflow.Extend)
	}
	return &form
}

// marks makes the form that marks an urge as read; nil when the reader may not.
func (a actForms) marks() func(n int) *Form {
	if !holds(a.in.Actions, workflow.ReadUrge) {
		return nil
	}
	return func(n int) *Form { return a.k.markForm(a.f, a.in.Item.ID, n, a.in.Key, "") }
}

// markForm marks an urge as read. It carries no version: reading is no opinion on anything.
func (k Kit) markForm(f Frame, id string, n int, key, next string) *Form {
	form := &Form{Action: ActPath(id, workflow.ReadUrge), CSRF: f.CSRF, Key: key + "-read-" + itoa(n), Button: k.P.T("act.read_urge.button"),
		Hidden: []Hidden{{"n", itoa(n)}}}
	if next != "" {
		form.Hidden = append(form.Hidden, Hidden{"next", next})
	}
	return form
}

// replies makes the reply form of an urge; nil when the reader may not reply.
func (a actForms) replies() func(n int) *Form {
	if !holds(a.in.Actions, workflow.ReplyUrge) {
		return nil
	}
	return func(n int) *Form {
		form := a.form(workflow.ReplyUrge, a.k.P.T("act.reply_urge.button"), Field{Kind: "textarea", Name: "text",
			ID: "reply-" + itoa(n), Label: a.k.P.T("field.reply"), Rows: 2, Max: workflow.PlainText, Ask: true})
		form.Hidden = []Hidden{{"n", itoa(n)}}
		form.Key += "-" + itoa(n)
		if a.in.Failed == workflow.ReplyUrge && a.in.Typed.Get("n") == itoa(n) {
			a.refuse(&form, workflow.ReplyUrge)
		}
		return &form
	}
}
