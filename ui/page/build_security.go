package page

import (
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"duban/workflow"
	"duban/workflow/account"
)

// Paths of the pages about one's own and others' access.
const (
	mePath     = "/me"
	secondPath = "/me/second"
	tokensPath = "/tokens"
)

// InvitePath is the page of a one-time link.
func InvitePath(secret string) string { return "/invite/" + secret }

// MeInput is what the page of the reader's own account is made of.
type MeInput struct {
	Sessions []account.Session // newest first
	Current  string            // the id of the session that asks
	Second   bool              // a second factor is set
	Left     int               // recovery codes left
	Old      bool              // the password is older than advised
}

// NewMe builds the page of the reader's own account.
func NewMe(k Kit, f Frame, in MeInput) Me {
	f.Title = k.P.T("me.title")
	m := Me{Frame: f, Second: Link{k.P.T("me.second_set"), secondPath}, Facts: []Fact{
		{Label: k.P.T("col.name"), Value: k.Actor.User},
		{Label: k.P.T("col.unit"), Value: k.Rules.Plan.Name(k.Actor.Unit)},
		{Label: k.P.T("col.user_role"), Value: k.P.Show(k.Actor.Role)},
		{Label: k.P.T("me.second"), Value: k.P.T("me.second_off"), Tone: Warn},
	}}
	if in.Second {
		m.Facts[3] = Fact{Label: k.P.T("me.second"), Value: k.P.T("me.second_on"), Note: k.P.T("me.codes_left", "n", in.Left), Tone: Good}
		m.Second.Text = k.P.T("me.second_codes")
	}
	if in.Old {
		m.Facts = append(m.Facts, Fact{Label: k.P.T("login.password"), Value: k.P.T("me.password_old"), Tone: Warn})
	}
	for _, s := range in.Sessions {
		r := SessionRow{Agent: s.Agent, Address: s.Address, Since: k.when(s.CreatedAt), Seen: k.when(s.SeenAt), Current: s.ID == in.Current}
		if !r.Current {
			r.End = &Form{Action: mePath + "/sessions/" + s.ID + "/end", CSRF: f.CSRF, Button: k.P.T("me.end"), Danger: true}
			r.End.askFirst("session", k.P.T("me.login_of", "since", r.Since.Text, "address", s.Address), mePath)
		}
		m.Sessions = append(m.Sessions, r)
	}
	if len(in.Sessions) > 1 {
		m.EndAll = &Form{Action: mePath + "/sessions/end", CSRF: f.CSRF, Button: k.P.T("me.end_all"), Danger: true}
		m.EndAll.askFirst("sessions", "", mePath)
	}
	return m
}

// SecondInput is what the page of the second factor is made of.
type SecondInput struct {
	Forced bool
	Set    bool
	Key    string // offered; empty when it is set
	Left   int
	Codes  []string // fresh, shown once
	Err    *workflow.Error
}

// NewSecond builds the page that sets up a second factor.
func NewSecond(k Kit, f Frame, in SecondInput) Second {
	f.Title = k.P.T("second.title")
	if in.Forced {
		f.Nav = nil
	}
	s := Second{Frame: f, Forced: in.Forced, Codes: in.Codes, Form: Form{Action: secondPath, CSRF: f.CSRF, Button: k.P.T("second.confirm"),
		Fields: []Field{{Kind: "text", Name: "code", ID: "f-code", Label: k.P.T("second.code"), Class: "short", Complete: "one-time-code", Ask: true}}}}
	if in.Set {
		s.Set, s.Left = k.P.T("second.set"), k.P.T("me.codes_left", "n", in.Left)
		s.Form.Action, s.Form.Button = secondPath+"/recovery", k.P.T("second.renew")
	} else {
		s.Key, s.URI = groups(in.Key), template.URL(account.TOTPURI(k.Rules.Plan.ShortTitle, k.Actor.User, in.Key)) // #nosec G203 -- escaped by TOTPURI
	}
	s.Errors = k.intoForm(&s.Form, in.Err, "f-code")
	return s
}

// groups parts a key into fours, to be typed from.
func groups(key string) string {
	var parts []string
	for len(key) > 4 {
		parts, key = append(parts, key[:4]), key[4:]
	}
	return strings.Join(append(parts, key), " ")
}

// NewSetPassword builds the page of a one-time link.
func NewSetPassword(k Kit, f Frame, name string, until time.Time, action string, rules []string, err *workflow.Error) SetPassword {
	f.Title = k.P.T("link.title")
	p := SetPassword{Frame: f, Account: name, Until: k.P.DateTime(until), Rules: rules, Form: Form{Action: action, CSRF: f.CSRF, Button: k.P.T("link.button"),
		Fields: []Field{
			{Kind: "password", Name: "password", ID: "f-password", Label: k.P.T("newpass.new"), Complete: "new-password", Ask: true},
			{Kind: "password", Name: "again", ID: "f-again", Label: k.P.T("newpass.again"), Complete: "new-password", Ask: true},
		}}}
	p.Errors = k.intoForm(&p.Form, err, "f-password")
	return p
}

// TokensInput is what the page of API tokens is made of.
type TokensInput struct {
	Tokens   []account.Token
	Accounts []account.Account
	Secret   *NewSecret // of a token just issued
	Typed    url.Values
	Err      *workflow.Error
}

// NewTokens builds the page of API tokens.
func NewTokens(k Kit, f Frame, in TokensInput) Tokens {
	f.Title = k.P.T("tokens.title")
	t := Tokens{Frame: f, Secret: in.Secret}
	by := map[string]account.Account{}
	as := Field{Kind: "select", Name: "account", ID: "f-account", Label: k.P.T("tokens.as"), Hint: k.P.T("tokens.as_hint"), Class: "medium"}
	for _, a := range in.Accounts {
		by[a.Name] = a
		if !a.Disabled {
			as.Options = append(as.Options, Option{Value: a.Name, Text: k.P.T("dele.person", "name", a.Name, "role", a.Role)})
		}
	}
	for _, x := range in.Tokens {
		t.Rows = append(t.Rows, k.tokenRow(f, x, by[x.Account]))
	}
	scope := Field{Kind: "select", Name: "scope", ID: "f-scope", Label: k.P.T("tokens.scope"), Class: "medium"}
	for _, s := range account.Scopes {
		scope.Options = append(scope.Options, Option{Value: string(s), Text: k.P.T("tokens.scope_" + string(s))})
	}
	t.Add = Form{Action: tokensPath, CSRF: f.CSRF, Button: k.P.T("tokens.add_button"), Fields: []Field{
		{Kind: "text", Name: "name", ID: "f-name", Label: k.P.T("tokens.name"), Hint: k.P.T("tokens.name_hint"), Class: "medium", Complete: "off", Ask: true},
		as, scope,
		{Kind: "date", Name: "expires", ID: "f-expires", Label: k.P.T("tokens.expires"), Hint: k.P.T("tokens.expires_hint"), Class: "date", Least: k.P.Day(k.Now).String()}}}
	if in.Typed != nil {
		for n := range t.Add.Fields {
			retype(&t.Add.Fields[n], in.Typed)
		}
	}
	t.Errors = k.intoForm(&t.Add, in.Err, "f-name")
	return t
}

func (k Kit) tokenRow(f Frame, x account.Token, a account.Account) TokenRow {
	r := TokenRow{ID: x.ID, Name: x.Name, Account: x.Account, Created: k.P.DateTime(x.CreatedAt), Expires: k.P.T("tokens.no_end"),
		Used: k.P.T("accounts.never"), Status: k.P.T("tokens.active"), Tone: Good, Scope: k.P.T("tokens.scope_act")}
	if !x.May(account.Act) {
		r.Scope = k.P.T("tokens.scope_read")
	}
	if x.ExpiresAt != nil {
		r.Expires = k.P.DateTime(*x.ExpiresAt)
	}
	if x.LastUsed != nil {
		r.Used = k.P.DateTime(*x.LastUsed)
	}
	switch {
	case x.ExpiresAt != nil && !k.Now.Before(*x.ExpiresAt):
		r.Status, r.Tone = k.P.T("tokens.over"), Plain
	case x.Revoked:
		r.Status, r.Tone = k.P.T("tokens.revoked"), Plain
	case !x.Lives(k.Now, a):
		r.Status, r.Tone = k.P.T("tokens.over"), Plain
	default:
		r.Revoke = &Form{Action: tokensPath + "/revoke", CSRF: f.CSRF, Hidden: []Hidden{{"id", x.ID}}, Button: k.P.T("tokens.revoke"), Danger: true}
		r.Revoke.askFirst("token", x.Name, tokensPath)
	}
	return r
}

// RedactPath is the page that takes the texts of an event out of the record.
func RedactPath(seq uint64) string {
	return journalPath + "/" + strconv.FormatUint(seq, 10) + "/redaction"
}

// redaction says in a row of the journal what was taken out of the record, and
// offers the administrator to take texts out.
func (k Kit) redaction(row *EventRow, e workflow.Event) {
	switch {
	case e.Kind == workflow.KindTextRedacted:
		row.What = k.P.T("journal.redacts", "seq", e.Data.Redacted) + " " + row.What
	case e.TextDigest != "" && e.Texts == nil && k.Actor.SeesAll():
		row.What += " " + k.P.T("journal.redacted")
	case len(e.Texts) > 0 && k.Actor.Role == workflow.Admin:
		row.Redact = RedactPath(e.Seq)
	}
}

// textName is what the reader calls a text of an event: 进展情况, 指标说明 G5.1. A text without
// a word of its own keeps its name in the record.
func (k Kit) textName(name string) string {
	sort, of, _ := strings.Cut(name, ".")
	key := "redact.text." + sort
	if slices.Contains(reportTexts, name) {
		key = "rep." + name
	}
	if !k.P.Has(key) {
		return name
	}
	return strings.TrimSpace(k.P.T(key) + " " + of)
}

// places link to events by their positions.
func (k Kit) places(seqs []uint64) []Link {
	var all []Link
	for _, seq := range seqs {
		all = append(all, Link{k.P.T("redact.place", "seq", seq), RedactPath(seq)})
	}
	return all
}

// NewRedact builds that page. The event must be as the reader may see it.
func NewRedact(k Kit, f Frame, e workflow.Event, echoes workflow.Echoes, typed url.Values, err *workflow.Error) Redact {
	f.Title = k.P.T("redact.title", "seq", e.Seq)
	r := Redact{Frame: f, Back: journalPath, Event: k.P.T("redact.event", "at", k.P.Exact(e.At), "kind", k.P.Show(e.Kind), "who", k.by(e))}
	if len(e.Texts) == 0 {
		r.Gone = k.P.T("redact.nothing")
		if e.TextDigest != "" {
			r.Gone = k.P.T("redact.gone")
		}
		return r
	}
	r.Same, r.Partly = k.places(echoes.Same), k.places(echoes.Partly)
	var names []string
	for name := range e.Texts {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		r.Text = append(r.Text, Fact{Label: k.textName(name), Value: e.Texts[name]})
	}
	r.Form = &Form{Action: RedactPath(e.Seq), CSRF: f.CSRF, Button: k.P.T("redact.button"), Danger: true, Fields: []Field{
		{Kind: "textarea", Name: "reason", ID: "f-reason", Label: k.P.T("field.reason"), Hint: k.P.T("redact.reason_hint"), Rows: 2, Max: workflow.ShortText, Ask: true}}}
	if typed != nil {
		retype(&r.Form.Fields[0], typed)
	}
	r.Errors = k.intoForm(r.Form, err, "f-reason")
	return r
}
