package page

import (
	"net/url"
	"slices"
	"strings"

	"duban/workflow"
)

// ProofPath is the page that asks a person who is logged in to prove again who they
// are.
const ProofPath = "/me/proof"

// ProofField begins the names of the proof's own form fields.
const ProofField = "proof_"

// Proof asks for the password again before an act on an account's locks and keys.
type Proof struct {
	Frame
	Act    string // what is done then; empty: a page opens
	Why    string
	Form   *Form // nil: the account has neither password nor second factor
	SignOn *Link // nil: no provider
	Leave  Link
	Errors []FieldError
}

// ProofInput is what the page is made of.
type ProofInput struct {
	Act      string     // key of the catalogue after proof.act_; empty: none is waiting
	Action   string     // where the form goes: the act itself, which the proof comes with
	Carried  url.Values // what was sent
	From     string     // the page to go on with after a login at the provider
	Password bool       // ask for it
	Code     bool       // of the second factor
	SignOn   bool       // a login at the provider does too
	Minutes  int        // how long a proof is good
	Err      *workflow.Error
}

// NewProof builds the page. Neither password nor code is printed back.
func NewProof(k Kit, f Frame, in ProofInput) Proof {
	f.Title = k.P.T("proof.title")
	p := Proof{Frame: f, Why: k.P.T("proof.why", "minutes", in.Minutes), Leave: Link{k.P.T("proof.leave"), mePath}}
	if in.Act != "" {
		p.Act = k.P.T("proof.act_" + in.Act)
	}
	if in.SignOn {
		p.SignOn = &Link{k.P.T("proof.signon"), SignOnPath + "?ask=1&next=" + url.QueryEscape(in.From)}
	}
	form := Form{Action: in.Action, CSRF: f.CSRF, Button: k.P.T("proof.button")}
	names := make([]string, 0, len(in.Carried))
	for name := range in.Carried {
		if name != "csrf" && !strings.HasPrefix(name, ProofField) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		for _, v := range in.Carried[name] {
			form.Hidden = append(form.Hidden, Hidden{name, v})
		}
	}
	if in.Password {
		form.Fields = append(form.Fields, Field{Kind: "password", Name: ProofField + "password", ID: "f-proof-password", Label: k.P.T("login.password"), Complete: "current-password", Ask: true})
	}
	if in.Code {
		form.Fields = append(form.Fields, Field{Kind: "text", Name: ProofField + "code", ID: "f-proof-code", Label: k.P.T("login.code"), Hint: k.P.T("login.code_hint"), Class: "short", Complete: "one-time-code", Ask: true})
	}
	if len(form.Fields) > 0 {
		p.Errors = k.intoForm(&form, in.Err, form.Fields[0].ID)
		p.Form = &form
	}
	return p
}
