package page

import "duban/workflow"

// Periods lists the periods and lets the office open a special one.
type Periods struct {
	Frame
	Rows   []PeriodRow
	Open   *Form // a special period; nil: the reader may not
	Missed []Missed
	Errors []FieldError
}

// Missed is a regular period that went by unopened, and how to open it now.
type Missed struct {
	Text string
	Form Form
}

// PeriodRow is one period.
type PeriodRow struct {
	ID, Name   string
	Special    bool
	Current    bool
	Span       string
	AssignedAt string
	AcceptBy   string
	CoopDue    string
	Due        string
	Tasks      string
	Counts     string // 57 项，已审核 40
	URL        string
}

// Journal is the record of what was done, for auditors.
type Journal struct {
	Frame
	Filter Filter
	Rows   []EventRow
	First  Link
	Next   Link
	Head   string // 第 1234 条，哈希 …
	Chain  string // how to check it

	Followed *Link  // the one assignment followed; its page
	All      string // URL without it
	More     string // that the search has not come to the end, and how far it came
	Recount  *Recount
	Part     string // on paper: which part of the record it is; empty when all
	Checked  string // what the server's own check came to
	Tone     Tone   // of Checked
}

// Recount is the check of the events shown: by a script in the reader's browser, or
// without script by the server.
type Recount struct {
	Hidden      []Hidden // the page's query
	First, Last uint64
}

// JournalCheck is what working the hashes of a stretch of events out anew came to.
type JournalCheck struct {
	First, Last uint64
	Range       uint64 // events from First to Last
	Counted     uint64 // worked out; 0: too many to do at once
	Hash        workflow.Hash
	Broken      uint64 // the first that does not hold, 0: none
}

// EventRow is one event.
type EventRow struct {
	Seq      uint64
	At       When
	Recorded string // set when it was written later than it took effect
	Kind     string
	Who      string
	Unit     string
	Subject  Link
	What     string
	Hash     string // first characters
	Whole    string // all of it
	Follow   string // URL of the assignment's own events; empty: of none, or followed
	Redact   string // URL; empty: nothing to take out, or not the reader's to do
}

// Accounts lists who may log in.
type Accounts struct {
	Frame
	Filter Filter
	Rows   []AccountRow
	Add    Form
	Link   *NewSecret // shown once: a link to set a password
	SignOn *Form      // links an account with the provider; nil: there is none
	Errors []FieldError
}

// AccountRow is one account.
type AccountRow struct {
	Name      string
	Unit      string
	Role      string
	Status    string
	Tone      Tone
	LastLogin string
	Note      string // must change its password, locked
	Reset     *Form
	Disable   *Form
	Enable    *Form
	Unconfirm *Form  // take the second factor off
	Linked    string // the provider's subject, "" for none
	Unlink    *Form
}

// Screens pairs, names, sets and revokes wall screens, and says which are there.
type Screens struct {
	Frame
	Waiting []ScreenRow
	Rows    []ScreenRow
	Pair    Form // approve by code
	Board   string
	Meeting string // URL of the page that steers them; empty: the reader may not
	Errors  []FieldError
}

// ScreenRow is one wall screen.
type ScreenRow struct {
	ID      string
	Name    string
	Status  string
	Tone    Tone
	Seen    string
	Created string
	By      string
	Seats   []string // its connections: since when, from where, of which build
	Shows   string   // its settings in one line
	Set     *Form    // name and settings
	Open    bool     // the form was refused
	Revoke  *Form
}
