package page

import "duban/workflow"

// Frame is what every page has around its content. The handler fills it once a
// request; pages embed it.
type Frame struct {
	Lang   string // text.Chinese or text.English
	Title  string // of the page, for <title>; the page's builder sets it
	Plan   string // the plan's short title
	Office string // the office's short name

	User     string            // account name; empty when nobody is logged in
	Unit     string            // the unit's printed name
	Role     workflow.UserRole // of the account
	OnBehalf string            // account acted for, if any

	ActFor []Form // switches to act for another, where there is a delegation
	Acting *Acting

	Appeals int // appeals that wait for the office, beside the assessments' place

	Nav    []NavItem
	CSRF   string  // token every form posts back
	Path   string  // path and query of this page, to come back to
	Notice *Notice // said once, after an act

	Demo       bool      // sample data: marked on every page and print
	Rehearsal  string    // the plan clock's instant when it does not show real time
	Ahead      string    // that the journal is ahead of the clock; empty when it is not
	Live       *Live     // nil: the page does not listen
	Today      string    // 9月30日（周五）
	Past       *Back     // nil: the page shows now
	LookBack   *LookBack // nil: the page cannot look back
	Outside    string    // that today is before the plan's first day or after its last; empty within
	NoCalendar string    // that this year's holidays are not published; empty when they are
	Build      string    // names the running build; a screen reloads when it changes
}

// Acting says that the session acts for another account, and turns it back.
type Acting struct {
	Text   string
	Lapsed bool // the delegation is over: nothing can be changed before it is turned back
	End    Form
}

// NavItem is one entry of the main navigation.
type NavItem struct {
	Text    string
	URL     string
	Count   int // things waiting there; 0 shows nothing
	Current bool
}

// Notice tells what the last act did, or what stands in the way.
type Notice struct {
	Tone Tone
	Text string
	Link *Link // where to go about it
}

// Tone is the intent of a colour; shape and words always say the same.
type Tone string

// The tones, worst first.
const (
	Bad   Tone = "bad"
	Warn  Tone = "warn"
	Info  Tone = "info"
	Good  Tone = "good"
	Plain Tone = "plain"
)

// Live is where the page listens for changes, and from which position.
type Live struct {
	URL   string // websocket path
	Seq   uint64
	Epoch string
}

// Link is a word one can follow.
type Link struct{ Text, URL string }

// When is an instant or a day as people and as programs read it.
type When struct{ Text, ISO string }

// Chip is a state as icon, word and colour.
type Chip struct {
	Class string // over, soon, rept, asgn, prog, done, gone
	Word  string
}

// Light is a time or progress light: colour, shape, word and its cause.
type Light struct {
	Class string // none, ok, slow, lag, late: names colour and shape
	Word  string
	Cause string // one sentence
	Why   []Fact // the dates or figures it stands on, for the fold; nil: none
}

// Option is one choice of a select or of radio buttons.
type Option struct {
	Value, Text string
	Hint        string
	Selected    bool
	Disabled    bool // it only tells something
}

// Fact is one line of a list of facts.
type Fact struct {
	Label string
	Value string
	Note  string
	Tone  Tone
}

// FieldError is one thing wrong in a form.
type FieldError struct {
	Field string // the form field's name
	ID    string // the element's id, where it is not the field's name with f- before it
	Text  string // what is wrong and what to do
}

// Target is the id of the element at fault, for the link in the summary.
func (e FieldError) Target() string {
	if e.ID != "" {
		return e.ID
	}
	return "f-" + e.Field
}

// Form is a native form: where it posts, its hidden part and its fields.
type Form struct {
	Action  string // URL it posts to
	CSRF    string
	Version int    // the assignment's version it was made from; 0: none
	Key     string // idempotency key: a second click files nothing twice
	Hidden  []Hidden
	Fields  []Field
	Button  string
	Danger  bool
}

// Hidden is one form field carried on.
type Hidden struct{ Name, Value string }

// Field is one question of a form.
type Field struct {
	Kind     string // text, password, date, textarea, select, radio, checks, checkbox
	Name     string
	ID       string // unique on the page; labels and error links use it
	Label    string
	Hint     string
	Value    string
	Options  []Option
	Rows     int    // textarea
	Max      int    // characters; 0: not counted
	Least    string // date: earliest
	Unit     string // printed behind
	Class    string // short, medium, date
	Complete string // autocomplete attribute
	Error    string // what is wrong with it
	Ask      bool   // must be filled
	Checked  bool   // checkbox
}
