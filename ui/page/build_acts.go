package page

import (
	"net/url"
	"slices"
	"strings"

	"duban/ui/text"
	"duban/workflow"
	"duban/workflow/ledger"
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

// acts are the reader's acts with, for one that was refused, what was typed and
// what is wrong.
func (a actForms) acts() ([]Act, []FieldError) {
	var out []Act
	var wrong []FieldError
	for _, place := range []workflow.Place{workflow.First, workflow.Side} {
		for _, row := range workflow.Acts() {
			t := row.Trigger
			if row.PlaceOn(a.in.Row) != place || !holds(a.in.Actions, t) {
				continue
			}
			act := a.act(t)
			act.Primary = place == workflow.First
			if a.in.Failed == t {
				act.Open = true
				wrong = a.refuse(&act.Form, t)
			}
			out = append(out, act)
		}
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
	row, _ := workflow.ActOf(t)
	words := "act." + string(t)
	act := Act{Name: string(t), Title: k.P.T(words + ".title"), Hint: k.P.T(words + ".hint"), Form: a.form(t, k.P.T(words+".button"), a.fields(row)...)}
	act.Form.Danger = row.Danger
	switch t {
	case workflow.Direct:
		act.Form.Hidden = []Hidden{{"task", itoa(k.today(a.in.Item).No)}}
	case workflow.Report:
		act.Link = AssignmentPath(a.in.Item.ID) + "/report"
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

// fields are an act's questions, named as the interface for programs names them. Words of
// an act's own (act.return.due_hint) go before those of all (field.due).
func (a actForms) fields(row *workflow.Act) (all []Field) {
	k, words := a.k, "act."+string(row.Trigger)+"."
	for _, f := range row.Fields {
		to := Field{Kind: "textarea", Name: f.Name, ID: string(row.Trigger) + "-" + f.Name, Label: k.P.T("field." + f.Name), Ask: f.Ask,
			Rows: 3, Max: f.TypedLimit()}
		if k.P.Has(words + f.Name) {
			to.Label = k.P.T(words + f.Name)
		}
		switch f.Kind {
		case workflow.SpecialField:
			all = append(all, a.specialFields()...)
			continue
		case workflow.ReasonField:
			to.Rows = 2
		case workflow.UnitField:
			to.Kind, to.Rows, to.Class, to.Options = "select", 0, "medium", a.units()
		case workflow.ChoiceField:
			to.Kind, to.Rows, to.Options = "radio", 0, k.options(f)
		case workflow.DueField:
			to.Kind, to.Rows, to.Class, to.Least = "date", 0, "date", k.dateValue(k.Now)
			if f.ReturnDue {
				to.Value = k.workday(k.Rules.Plan.Periods.ReturnDue).String()
			}
		}
		if hint := words + f.Name + "_hint"; k.P.Has(hint) {
			to.Hint = k.P.T(hint, "n", k.Rules.Plan.Periods.ReturnDue, "due", a.in.Item.Due)
		}
		all = append(all, to)
	}
	if row.Trigger == workflow.Urge {
		a.urgeLevels(all)
	}
	return all
}

// units are the departments that may be given the task's work: those without a part in it.
func (a actForms) units() []Option {
	all := []Option{{Text: a.k.P.T("field.choose")}}
	for _, d := range a.k.Rules.Plan.Departments {
		takesPart := func(i ledger.Item) bool { return i.State != workflow.Withdrawn && i.Department.ID == d.ID }
		if d.ID != a.in.Row.Department && !slices.ContainsFunc(a.in.Task, takesPart) {
			all = append(all, Option{Value: d.ID, Text: d.Name})
		}
	}
	return all
}

// options are the words that a field of a choice may have.
func (k Kit) options(f workflow.Field) (all []Option) {
	for _, word := range f.Words {
		_, value, _ := strings.Cut(word, ".")
		all = append(all, Option{Value: value, Text: k.P.T(word)})
	}
	return all
}

// urgeLevels suggests the usual level; a task's lead may remind, and no more.
func (a actForms) urgeLevels(fields []Field) {
	for n := range fields {
		if fields[n].Name != "level" {
			continue
		}
		fields[n].Options = a.k.levels(workflow.PlainUrge)
		if a.k.Actor.InDepartment() {
			fields[n].Options = a.k.levels(workflow.Reminder)[:1]
		}
	}
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
			ID: "reply-" + itoa(n), Label: a.k.P.T("act.reply_urge.text"), Rows: 2, Max: workflow.PlainText, Ask: true})
		form.Hidden = []Hidden{{"n", itoa(n)}}
		form.Key += "-" + itoa(n)
		if a.in.Failed == workflow.ReplyUrge && a.in.Typed.Get("n") == itoa(n) {
			a.refuse(&form, workflow.ReplyUrge)
		}
		return &form
	}
}
