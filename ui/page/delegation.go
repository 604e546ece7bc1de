package page

import (
	"net/url"
	"time"

	"duban/workflow"
	"duban/workflow/account"
)

// delegationsPath is the page of delegations.
const delegationsPath = "/delegations"

// Delegations is who may act for whom: the reader's own, or all for an admin.
type Delegations struct {
	Frame
	Lede   string
	Rows   []DelegationRow
	Grant  *Form  // nil: the reader has nothing to delegate, or nobody to give it to
	Not    string // why there is no form
	Errors []FieldError
}

// DelegationRow is one delegation that is not over.
type DelegationRow struct {
	For, To string
	Unit    string
	Span    string
	Status  string
	Tone    Tone
	Act     *Form // the reader can act for the other now
	Revoke  Form
}

// DelegationsInput is what the page of delegations is made of.
type DelegationsInput struct {
	List       []account.Granted
	May        []account.Delegation // what the reader can use now
	Colleagues []account.Account
	At         time.Time // the hour delegations live by
	Typed      url.Values
	Err        *workflow.Error
}

// NewDelegations builds the page of delegations.
func NewDelegations(k Kit, f Frame, in DelegationsInput) Delegations {
	f.Title = k.P.T("dele.title")
	p := Delegations{Frame: f, Lede: k.P.T("dele.lede")}
	usable := map[string]bool{}
	for _, d := range in.May {
		usable[d.ID] = true
	}
	for _, g := range in.List {
		p.Rows = append(p.Rows, k.delegationRow(f, g, in.At, usable[g.ID]))
	}
	admin := k.Actor.Role == workflow.Admin
	switch {
	case !admin && !k.Actor.Role.Works():
		p.Not = k.P.T("dele.no_work")
	case len(in.Colleagues) == 0:
		p.Not = k.P.T("dele.no_colleague")
	default:
		p.Grant = k.delegationForm(f, in, admin)
		p.Errors = k.intoForm(p.Grant, in.Err, "f-to")
	}
	return p
}

func (k Kit) delegationRow(f Frame, g account.Granted, at time.Time, usable bool) DelegationRow {
	r := DelegationRow{For: g.For, To: g.To, Unit: k.Rules.Plan.Name(g.Unit), Span: k.span(g.From, g.Until),
		Status: k.P.T("dele.waits"), Tone: Plain,
		Revoke: Form{Action: delegationsPath + "/revoke", CSRF: f.CSRF, Hidden: []Hidden{{"id", g.ID}}, Button: k.P.T("dele.revoke"), Danger: true}}
	r.Revoke.askFirst("delegation", k.P.T("dele.from_to", "from", g.For, "to", g.To), delegationsPath)
	if !at.Before(g.From) {
		r.Status, r.Tone = k.P.T("dele.runs"), Good
	}
	if usable && g.To == k.Actor.User {
		form := k.actForm(f, g.Delegation)
		r.Act = &form
	}
	return r
}

// span is the days of a delegation, the last one included.
func (k Kit) span(from, until time.Time) string {
	return k.P.T("dele.span", "from", k.P.Date(k.P.Day(from)), "to", k.P.Date(k.P.Day(until.Add(-time.Second))))
}

func (k Kit) delegationForm(f Frame, in DelegationsInput, admin bool) *Form {
	people := func(name, label, hint string) Field {
		field := Field{Kind: "select", Name: name, ID: "f-" + name, Label: label, Hint: hint, Class: "medium", Ask: true}
		for _, a := range in.Colleagues {
			text := k.P.T("dele.person", "name", a.Name, "role", a.Role)
			if admin {
				text = k.P.T("dele.person_of", "name", a.Name, "role", a.Role, "unit", k.Rules.Plan.Name(a.Unit))
			}
			field.Options = append(field.Options, Option{Value: a.Name, Text: text})
		}
		return field
	}
	today := k.P.Day(in.At).String()
	day := func(name, label string) Field {
		return Field{Kind: "date", Name: name, ID: "f-" + name, Label: label, Class: "date", Least: today, Value: today, Ask: true}
	}
	form := &Form{Action: delegationsPath, CSRF: f.CSRF, Button: k.P.T("dele.grant")}
	if admin {
		form.Fields = append(form.Fields, people("for", k.P.T("dele.for"), ""))
	}
	form.Fields = append(form.Fields, people("to", k.P.T("dele.to"), k.P.T("dele.to_hint")), day("from", k.P.T("dele.from")), day("until", k.P.T("dele.until")))
	if in.Typed != nil {
		for n := range form.Fields {
			retype(&form.Fields[n], in.Typed)
		}
	}
	return form
}

func (k Kit) actForm(f Frame, d account.Delegation) Form {
	return Form{Action: delegationsPath + "/act", CSRF: f.CSRF, Hidden: []Hidden{{"for", d.For}}, Button: k.P.T("dele.act", "name", d.For)}
}

// Hats completes a frame with whom the session acts for and could act for.
func (k Kit) Hats(f Frame, may []account.Delegation, acting string, until time.Time) Frame {
	if acting == "" {
		for _, d := range may {
			f.ActFor = append(f.ActFor, k.actForm(f, d))
		}
		return f
	}
	a := &Acting{Lapsed: until.IsZero(), Text: k.P.T("dele.lapsed", "name", acting),
		End: Form{Action: delegationsPath + "/end", CSRF: f.CSRF, Button: k.P.T("dele.end")}}
	if !a.Lapsed {
		a.Text = k.P.T("dele.acting", "name", acting, "role", k.Actor.Role, "user", k.Actor.User, "until", k.P.DateTime(until.Add(-time.Second)))
	}
	f.Acting = a
	return f
}
