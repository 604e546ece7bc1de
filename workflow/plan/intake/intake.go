// Package intake reads a plan's document: from its lines it takes the tasks, who leads
// and who cooperates in each, by when, and the figures that the text sets.
//
// It goes by the forms in which such documents are written: numbering, brackets and
// labels of responsibility, the columns of tables, the words of figures and dates. What
// no rule decides is a [Question] and never a guess. Everything that was recognised says
// where it stands ([Place]). It is pure: bytes of files become lines elsewhere.
package intake

import (
	"encoding/json"

	"duban/workflow/plan/intake/passage"
	"duban/workflow/plan/intake/wording"
)

// Part is a passage of a task that names its own units.
type Part struct {
	Text     string
	Deadline *wording.Deadline
	wording.Duty
	At passage.Place
}

// Kind says how a figure adds up; empty where the text does not decide it.
type Kind string

// The kinds of a figure.
const (
	Total  Kind = "total"
	Stock  Kind = "stock"
	Yearly Kind = "yearly"
	Rate   Kind = "rate"
	Growth Kind = "growth" // a rise or fall against an earlier time; a rate in the plan file
)

// Figure is a number that the text sets as a target.
type Figure struct {
	Text  string        `json:"text"`
	What  string        `json:"what,omitempty"` // which of several in one text
	Value json.Number   `json:"value"`
	Unit  string        `json:"unit"`
	Op    string        `json:"op"` // ≥ > ≤ < = ≈
	Date  string        `json:"-"`
	Kind  Kind          `json:"-"`
	Soft  bool          `json:"soft,omitempty"` // 力争
	At    passage.Place `json:"at"`
}

// Task is a task of the plan.
type Task struct {
	No       string // as printed, without its punctuation
	Title    string
	Section  string // the nearest heading, with its number
	Text     string // all that is said of it
	Deadline *wording.Deadline
	Figures  []Figure
	Parts    []Part // where several passages name units of their own
	wording.Duty
	At passage.Place
}

// Field is what a question asks for.
type Field string

// The fields.
const (
	AskLead        Field = "lead"
	AskCooperating Field = "cooperating"
	AskDeadline    Field = "deadline"
	AskFigure      Field = "figures"
	AskDocument    Field = "document"
)

// Question is what no rule decides.
type Question struct {
	Task       int // place in Tasks; -1: the document's
	Field      Field
	Candidates []string
	Code       string // what is asked, for a program; Why says it in words
	Args       []string
	At         passage.Place
}

// Reading is what was read from a document.
type Reading struct {
	Title     string
	Issuer    string
	Year      int // the one that dates without a year mean; 0 where none is said
	From, To  int // first and last year that the title names
	Tasks     []Task
	Targets   []Figure // the document's own, outside its tasks
	Questions []Question
	Lines     int
}

// Read reads a document's lines.
func Read(lines []passage.Line) *Reading {
	d := newDocument(lines)
	return d.read()
}

// names are the parties' names.
func names(list []wording.Party) []string {
	out := make([]string, 0, len(list))
	for _, p := range list {
		out = append(out, p.Name)
	}
	return out
}
