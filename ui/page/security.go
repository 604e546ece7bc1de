package page

import "html/template"

// Me is the reader's own account: where it is logged in, and its second factor.
type Me struct {
	Frame
	Facts    []Fact
	Sessions []SessionRow
	EndAll   *Form // nil: there is no other session
	Second   Link
}

// SessionRow is one browser the reader is logged in with.
type SessionRow struct {
	Agent   string
	Address string
	Since   When
	Seen    When
	Current bool
	End     *Form // nil: this one; log out instead
}

// Second sets up the second factor of a login, or says that it is set.
type Second struct {
	Frame
	Forced bool // nothing else opens before it is set up
	Set    string
	Key    string       // in groups of four, to type; empty when it is set
	URI    template.URL // for the phone that shows this page
	Left   string       // recovery codes left
	Form   Form
	Codes  []string // shown once
	Errors []FieldError
}

// SetPassword is the page of a one-time link.
type SetPassword struct {
	Frame
	Account string
	Until   string
	Rules   []string
	Form    Form
	Errors  []FieldError
}

// Tokens lists the API tokens.
type Tokens struct {
	Frame
	Rows   []TokenRow
	Add    Form
	Secret *NewSecret
	Errors []FieldError
}

// TokenRow is one API token.
type TokenRow struct {
	ID      string
	Name    string
	Account string
	Scope   string
	Status  string
	Tone    Tone
	Created string
	Expires string
	Used    string
	Revoke  *Form
}

// NewSecret is something secret that is shown once: a token, or a link.
type NewSecret struct{ Name, Value, Until string }

// Redact asks whether the texts of an event shall be taken out of the record.
type Redact struct {
	Frame
	Event  string
	Text   []Fact
	Gone   string // set when there is nothing left to take out
	Same   []Link // other events that say the same and nothing else: they go too
	Partly []Link // those that say it among other things
	Form   *Form
	Back   string
	Errors []FieldError
}
