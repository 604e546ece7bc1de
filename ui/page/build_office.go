package page

import (
	"net/url"
	"slices"

	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/ledger"
)

// PeriodsInput is what the page of periods is made of.
type PeriodsInput struct {
	Periods []workflow.Period
	Counts  map[string]ledger.Counts // by period
	Current string
	Missing []workflow.Period
	Key     string
	Typed   url.Values
	Err     *workflow.Error
}

// NewPeriods builds the page of periods.
func NewPeriods(k Kit, f Frame, in PeriodsInput) Periods {
	f.Title = k.P.T("periods.title")
	p := Periods{Frame: f, Missed: k.missed(f, in.Missing, in.Key)}
	for _, x := range slices.Backward(in.Periods) {
		c := in.Counts[x.ID]
		row := PeriodRow{ID: x.ID, Name: k.period(x), Special: x.Special, Current: x.ID == in.Current,
			Span:       k.P.T("periods.span", "from", k.P.FullDate(x.From), "to", k.P.Date(x.To)),
			AssignedAt: k.P.DateTime(x.AssignedAt), AcceptBy: k.P.DateTime(x.AcceptBy), CoopDue: k.P.DateTime(x.CooperatingDue) + k.dayOff(x.CooperatingDue),
			Due: k.P.Due(x.Due) + k.dayOff(x.Due), Tasks: k.P.T("periods.all_tasks"), URL: assignmentsPath + "?period=" + url.QueryEscape(x.ID),
			Counts: k.P.T("periods.counts", "total", c.Total, "done", c.Verified, "late", c.Overdue)}
		if len(x.Tasks) > 0 {
			row.Tasks = k.P.T("periods.tasks", "n", len(x.Tasks))
		}
		if len(x.Departments) > 0 {
			row.Tasks += k.P.T("periods.departments", "n", len(x.Departments))
		}
		p.Rows = append(p.Rows, row)
	}
	if k.Actor.Supervises() {
		form := k.periodForm(f, in)
		p.Open = &form
		p.Errors = k.intoForm(p.Open, in.Err, "f-id")
	}
	return p
}

// missed offers the office to open the periods that went by while no server ran.
func (k Kit) missed(f Frame, periods []workflow.Period, key string) (all []Missed) {
	if !k.Actor.Supervises() {
		return nil
	}
	for _, p := range periods {
		all = append(all, Missed{
			Text: k.P.T("periods.missed", "name", k.P.Period(p.ID, p.Name), "from", k.P.FullDate(p.From), "to", k.P.Date(p.To), "n", len(k.Rules.Plan.AssignmentsOn(p.From))),
			Form: Form{Action: "/periods", CSRF: f.CSRF, Key: key + "-" + p.ID, Hidden: []Hidden{{"id", p.ID}}, Button: k.P.T("periods.open_missed")}})
	}
	return all
}

func (k Kit) periodForm(f Frame, in PeriodsInput) Form {
	date := func(name string, ask bool) Field {
		return Field{Kind: "date", Name: name, ID: "f-" + name, Label: k.P.T("periods.f_" + name), Class: "date", Ask: ask, Least: k.P.Day(k.Now).String()}
	}
	tasks := Field{Kind: "checks", Name: "tasks", ID: "f-tasks", Label: k.P.T("periods.f_tasks"), Hint: k.P.T("periods.none_is_all")}
	for _, t := range k.Rules.Plan.Tasks {
		tasks.Options = append(tasks.Options, Option{Value: itoa(t.No), Text: itoa(t.No) + " " + t.Title})
	}
	units := Field{Kind: "checks", Name: "departments", ID: "f-departments", Label: k.P.T("periods.f_departments"), Hint: k.P.T("periods.none_is_all")}
	for _, d := range k.Rules.Plan.Departments {
		units.Options = append(units.Options, Option{Value: d.ID, Text: d.Name})
	}
	form := Form{Action: periodsPath, CSRF: f.CSRF, Key: in.Key, Button: k.P.T("periods.open_button"), Fields: []Field{
		{Kind: "text", Name: "id", ID: "f-id", Label: k.P.T("periods.f_id"), Hint: k.P.T("periods.f_id_hint"), Class: "medium", Ask: true},
		{Kind: "text", Name: "name", ID: "f-name", Label: k.P.T("periods.f_name"), Hint: k.P.T("periods.f_name_hint"), Ask: true},
		date("accept_by", false), date("cooperating_due", false), date("due", true), tasks, units,
		{Kind: "textarea", Name: "reason", ID: "f-reason", Label: k.P.T("field.reason"), Rows: 2, Max: workflow.ShortText}}}
	if in.Typed != nil {
		for n := range form.Fields {
			retype(&form.Fields[n], in.Typed)
		}
	}
	return form
}

func (k Kit) unitName(id string) string {
	if id == workflow.Clock.Unit {
		return k.P.T("who.clock")
	}
	return k.Rules.Plan.Name(id)
}

// AccountsInput is what the page of accounts is made of.
type AccountsInput struct {
	Accounts []account.Account
	Values   url.Values // the query: q, unit, role
	Link     *NewSecret
	Locked   func(account.Account) bool
	Key      string
	SignOn   bool // there is a provider to link accounts with
	Typed    url.Values
	Err      *workflow.Error
}

// NewAccounts builds the page of accounts.
func NewAccounts(k Kit, f Frame, in AccountsInput) Accounts {
	f.Title = k.P.T("accounts.title")
	a := Accounts{Frame: f, Link: in.Link, Filter: k.accountFilter(in.Values)}
	terms := workflow.Terms(in.Values.Get("q"))
	for _, x := range in.Accounts {
		if u := in.Values.Get("unit"); u != "" && x.Unit != u || !found(terms, x.Name+" "+x.Unit+" "+k.Rules.Plan.Name(x.Unit)+" "+k.P.Show(x.Role)) {
			continue
		}
		a.Rows = append(a.Rows, k.accountRow(f, x, in))
	}
	unit := Field{Kind: "select", Name: "unit", ID: "f-unit", Label: k.P.T("col.unit"), Class: "medium"}
	for _, id := range k.unitIDs() {
		unit.Options = append(unit.Options, Option{Value: id, Text: k.Rules.Plan.Name(id), Selected: id == k.Rules.Plan.Departments[0].ID})
	}
	// What is chosen at first goes together: a liaison is of a department.
	role := Field{Kind: "select", Name: "role", ID: "f-role", Label: k.P.T("col.user_role"), Class: "medium"}
	for _, r := range workflow.UserRoles {
		role.Options = append(role.Options, Option{Value: string(r), Text: k.P.Show(r), Selected: r == workflow.Liaison})
	}
	a.Add = Form{Action: accountsPath, CSRF: f.CSRF, Key: in.Key, Button: k.P.T("accounts.add_button"), Fields: []Field{
		{Kind: "text", Name: "name", ID: "f-name", Label: k.P.T("col.name"), Hint: k.P.T("accounts.name_hint"), Class: "medium", Complete: "off", Ask: true}, unit, role}}
	if in.Typed != nil && !in.Typed.Has("subject") {
		for n := range a.Add.Fields {
			retype(&a.Add.Fields[n], in.Typed)
		}
	}
	if in.SignOn {
		a.SignOn = k.linkForm(f, in)
	}
	if in.Err != nil && in.Typed.Has("subject") && a.SignOn != nil {
		a.Errors = k.intoForm(a.SignOn, in.Err, "f-subject")
	} else {
		a.Errors = k.intoForm(&a.Add, in.Err, "f-name")
	}
	return a
}

// linkForm links an account with the provider's subject.
func (k Kit) linkForm(f Frame, in AccountsInput) *Form {
	who := Field{Kind: "select", Name: "name", ID: "f-linked", Label: k.P.T("col.name"), Class: "medium"}
	for _, x := range in.Accounts {
		if !x.Disabled && x.Identity == nil {
			who.Options = append(who.Options, Option{Value: x.Name, Text: x.Name})
		}
	}
	form := &Form{Action: accountsPath + "/link", CSRF: f.CSRF, Button: k.P.T("accounts.signon_button"), Fields: []Field{who,
		{Kind: "text", Name: "subject", ID: "f-subject", Label: k.P.T("accounts.subject"), Hint: k.P.T("accounts.subject_hint"), Class: "medium", Complete: "off", Ask: true}}}
	if in.Typed.Has("subject") {
		for n := range form.Fields {
			retype(&form.Fields[n], in.Typed)
		}
	}
	return form
}

func (k Kit) unitIDs() []string {
	ids := []string{"office"}
	for _, d := range k.Rules.Plan.Departments {
		ids = append(ids, d.ID)
	}
	return ids
}

// knownUnits are unitIDs with the units that are gone.
func (k Kit) knownUnits() []string {
	ids := k.unitIDs()
	for _, d := range k.Rules.Plan.FormerDepartments() {
		ids = append(ids, d.ID)
	}
	return ids
}

func (k Kit) accountRow(f Frame, x account.Account, in AccountsInput) AccountRow {
	r := AccountRow{Name: x.Name, Unit: k.Rules.Plan.Name(x.Unit), Role: k.P.Show(x.Role), Status: k.P.T("accounts.active"), LastLogin: k.P.T("accounts.never")}
	if x.LastLogin != nil {
		r.LastLogin = k.P.DateTime(*x.LastLogin)
	}
	back := accountsPath
	if len(in.Values) > 0 {
		back += "?" + in.Values.Encode()
	}
	act := func(path, key string, danger bool) *Form {
		return &Form{Action: accountsPath + "/" + path, CSRF: f.CSRF, Hidden: []Hidden{{"name", x.Name}}, Button: k.P.T(key), Danger: danger}
	}
	switch {
	case x.Disabled:
		r.Status, r.Tone = k.P.T("accounts.disabled"), Plain
		r.Enable = act("enable", "accounts.enable", false)
	default:
		r.Reset, r.Disable = act("reset", "accounts.reset", false), act("disable", "accounts.disable", true)
		r.Reset.askFirst("reset", x.Name, back)
		r.Disable.askFirst("disable", x.Name, back)
		if in.Locked != nil && in.Locked(x) {
			r.Status, r.Tone = k.P.T("accounts.locked"), Bad
		} else if x.MustChange {
			r.Note = k.P.T("accounts.must_change")
		}
	}
	if x.Astray(k.Rules.Plan) {
		r.Status, r.Tone, r.Note = k.P.T("accounts.astray"), Bad, k.P.T("accounts.astray_hint", "name", x.Name)
	}
	if x.TOTP != nil {
		r.Unconfirm = act("unconfirm", "accounts.unconfirm", true).askFirst("unconfirm", x.Name, back)
	}
	if x.Identity != nil {
		r.Linked, r.Unlink = k.P.T("accounts.linked", "subject", x.Identity.Subject), act("unlink", "accounts.unlink", true).askFirst("unlink", x.Name, back)
	}
	if x.Link != nil && k.Now.Before(x.Link.Until) {
		r.Note = k.P.T("accounts.link_open", "until", k.P.DateTime(x.Link.Until))
	}
	if x.Name == k.Actor.User { // nobody locks himself out
		r.Disable = nil
	}
	return r
}

func (k Kit) accountFilter(v url.Values) Filter {
	fl := Filter{Action: accountsPath, Q: v.Get("q"), Clear: accountsPath, Active: v.Get("q") != "" || v.Get("unit") != ""}
	unit := Select{Name: "unit", Label: k.P.T("col.unit"), Options: []Option{{Text: k.P.T("filter.any")}}}
	for _, id := range k.knownUnits() {
		unit.Options = append(unit.Options, Option{Value: id, Text: k.Rules.Plan.Name(id), Selected: id == v.Get("unit")})
	}
	fl.Selects = []Select{unit}
	return fl
}
