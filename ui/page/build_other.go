package page

import (
	"net/http"
	"net/url"
	"sort"

	"duban/workflow"
	"duban/workflow/ledger"
)

func sortedKeys(v url.Values) []string {
	names := make([]string, 0, len(v))
	for name := range v {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// LoginInput is what the login page is made of.
type LoginInput struct {
	Next   string
	Name   string // as typed
	Err    *workflow.Error
	Code   bool // a second factor is asked for
	Ticket string
	SignOn bool            // there is a provider to log in through
	NoSign *workflow.Error // why the provider let nobody in; its args may name the subject
}

// SignOnPath begins a login through the provider.
const SignOnPath = "/login/oidc"

// NewLogin builds the login page. The password is never printed back.
func NewLogin(k Kit, f Frame, in LoginInput) Login {
	f.Title = k.P.T("login.title")
	l := Login{Frame: f, Form: Form{Action: "/login", CSRF: f.CSRF, Hidden: []Hidden{{"next", in.Next}}, Button: k.P.T("login.button"),
		Fields: []Field{
			{Kind: "text", Name: "name", ID: "f-name", Label: k.P.T("login.name"), Value: in.Name, Complete: "username", Ask: true},
			{Kind: "password", Name: "password", ID: "f-password", Label: k.P.T("login.password"), Complete: "current-password", Ask: true},
		}}}
	first := "f-name"
	if in.Code {
		first = "f-code"
		l.Form.Hidden = append(l.Form.Hidden, Hidden{"ticket", in.Ticket})
		in.SignOn = false
		l.Form.Fields = []Field{{Kind: "text", Name: "code", ID: first, Label: k.P.T("login.code"), Hint: k.P.T("login.code_hint"), Complete: "one-time-code", Ask: true}}
	}
	if in.SignOn {
		l.SignOn = &Link{k.P.T("login.signon"), SignOnPath + "?next=" + url.QueryEscape(in.Next)}
	}
	if in.NoSign != nil {
		_, l.Refusal = k.P.Error(in.NoSign)
		l.Subject, _ = in.NoSign.Args["subject"].(string)
	}
	l.Errors = k.intoForm(&l.Form, in.Err, first)
	return l
}

// intoForm puts an error at its field and lists it for the summary; errors about
// no field of the form point at fallback.
func (k Kit) intoForm(form *Form, e *workflow.Error, fallback string) []FieldError {
	if e == nil {
		return nil
	}
	all := e.Fields
	if len(all) == 0 {
		all = []*workflow.Error{e}
	}
	var out []FieldError
	for _, one := range all {
		_, detail := k.P.Error(one)
		fe := FieldError{Field: one.Field, ID: fallback, Text: detail}
		for n := range form.Fields {
			if form.Fields[n].Name == one.Field {
				form.Fields[n].Error, fe.ID = detail, form.Fields[n].ID
			}
		}
		out = append(out, fe)
	}
	return out
}

// NewPassword builds the page that changes a password; rules are its demands in
// the reader's language.
func NewPasswordPage(k Kit, f Frame, forced bool, rules []string, err *workflow.Error) Password {
	f.Title = k.P.T("newpass.title")
	if forced {
		f.Nav = nil
	}
	p := Password{Frame: f, Forced: forced, Rules: rules, Form: Form{Action: "/password", CSRF: f.CSRF, Button: k.P.T("newpass.button"),
		Fields: []Field{
			{Kind: "password", Name: "old", ID: "f-old", Label: k.P.T("newpass.old"), Complete: "current-password", Ask: true},
			{Kind: "password", Name: "password", ID: "f-password", Label: k.P.T("newpass.new"), Complete: "new-password", Ask: true},
			{Kind: "password", Name: "again", ID: "f-again", Label: k.P.T("newpass.again"), Complete: "new-password", Ask: true},
		}}}
	p.Errors = k.intoForm(&p.Form, err, "f-password")
	return p
}

// NewFailure says an error on a page of its own: what happened and what to do next.
func NewFailure(k Kit, f Frame, status int, e *workflow.Error, incident string) Failure {
	heading, detail := k.P.Error(e)
	f.Title = heading
	v := Failure{Frame: f, Status: status, Heading: heading, Detail: detail, Incident: incident, Code: e.Code}
	home := Link{k.P.T("failure.home"), homePath}
	switch status {
	case http.StatusUnauthorized:
		v.Next = []Link{{k.P.T("failure.login"), "/login"}}
	case http.StatusServiceUnavailable, http.StatusTooManyRequests, http.StatusInternalServerError:
		v.Next = []Link{home}
		if f.Path != "" {
			v.Next = []Link{{k.P.T("failure.again"), f.Path}, home}
		}
	case http.StatusNotFound:
		v.Next = []Link{home, {k.P.T("nav.assignments"), assignmentsPath}}
	default:
		v.Next = []Link{home}
	}
	if k.Actor.User == "" && status != http.StatusUnauthorized {
		v.Next = append(v.Next, Link{k.P.T("failure.login"), "/login"})
	}
	return v
}

// ConflictInput is an act tried on a version somebody had changed meanwhile.
type ConflictInput struct {
	Before  ledger.Item // as the reader saw it
	Now     ledger.Item
	Since   []workflow.Event // what happened in between
	Plan    *workflow.Error  // that the plan has changed; nil: it has not
	Trigger workflow.Trigger
	Typed   url.Values
	May     bool // the act is still possible
	Key     string
	Action  string // where the form posted; empty: the act's own path
}

// NewConflict builds the page that shows both versions side by side.
func NewConflict(k Kit, f Frame, in ConflictInput) Conflict {
	f.Title = k.P.T("conflict.title")
	lede := k.P.T("conflict.lede")
	if in.Plan != nil {
		f.Title = k.P.T("conflict.plan")
		_, lede = k.P.Error(in.Plan)
	}
	word := k.P.Show(in.Trigger)
	c := Conflict{Frame: f, Lede: lede, ID: in.Now.ID, No: in.Now.Task.No, Task: in.Now.Task.Title, What: word, Back: AssignmentPath(in.Now.ID)}
	for _, e := range in.Since {
		c.Changes = append(c.Changes, k.step(e))
	}
	c.Before, c.Now = k.sides(in.Before, in.Now)
	action := in.Action
	if action == "" {
		action = ActPath(in.Now.ID, in.Trigger)
	}
	retry := Form{Action: action, CSRF: f.CSRF, Version: in.Now.Version, Key: in.Key, Button: k.P.T("conflict.retry", "act", word)}
	for _, name := range sortedKeys(in.Typed) {
		if name == "csrf" || name == "version" || name == "key" {
			continue
		}
		for _, value := range in.Typed[name] {
			retry.Hidden = append(retry.Hidden, Hidden{name, value})
			if k.P.Has("field."+name) && value != "" {
				c.Typed = append(c.Typed, Fact{Label: k.P.T("field." + name), Value: k.chosen(name, value)})
			}
		}
	}
	if in.May {
		c.Retry = &retry
	} else {
		c.Refused = k.P.T("conflict.refused", "act", word)
	}
	return c
}

// chosen is a value of a form as one reads it: what was chosen from a list in words.
func (k Kit) chosen(name, value string) string {
	switch name {
	case "level":
		return k.P.Show(workflow.Level(value))
	case "grade":
		return k.P.Show(workflow.Grade(value))
	}
	return value
}

// sides are both versions as facts, the differing ones marked.
func (k Kit) sides(before, now ledger.Item) (a, b []Fact) {
	row := func(label, x, y string) {
		tone := Plain
		if x != y {
			tone = Warn
		}
		a = append(a, Fact{Label: k.P.T(label), Value: x, Tone: tone})
		b = append(b, Fact{Label: k.P.T(label), Value: y, Tone: tone})
	}
	row("col.state", k.P.Show(before.State), k.P.Show(now.State))
	row("fact.due", k.P.Due(before.Due), k.P.Due(now.Due))
	row("conflict.version", itoa(before.Version), itoa(now.Version))
	row("conflict.last", k.lastAct(before), k.lastAct(now))
	row("conflict.by", k.unitName(before.Last.Unit.ID), k.unitName(now.Last.Unit.ID))
	return a, b
}
