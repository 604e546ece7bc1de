package workflow

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"duban/workflow/calendar"
)

// Act is a row of the table of acts: what the program knows of one thing that can be done
// to an assignment. The machine's transitions, the rights, the route and its description,
// the form and its reading, the buttons, the fold, what passes to whom and the trail
// follow from the rows; docs/acts.md says how to add one.
type Act struct {
	Trigger Trigger
	Kind    Kind  // of the event that records it
	Route   Route // in the interface for programs
	Fields  []Field
	Place   Place
	Danger  bool // its button warns
	Step    Step // the mark of its event on the trail

	command Command // of its type; empty
	who     grant
	ways    []way
	// otherwise says why an open assignment has no way out by it; nil: assignment.not_now.
	otherwise func(Assignment) *Error
	// closedToo: otherwise answers for closed assignments, too.
	closedToo bool
	// offered says whether there is anything to do it to; nil: whenever a way is open.
	offered func(Assignment) bool
	// inPlace says whether its form stands beside what it answers, and not among the
	// buttons; nil: never.
	inPlace func(Assignment) bool
	record  func(*recording, Command) ([]Event, error)
	fold    func(*Assignment, Event) // besides state, version and last act; nil: nothing
	// figures is what becomes of the figures of the report in force; empty: nothing.
	figures struct{ from, to PointStatus }
	pass    pass
}

// Route is where programs do an act: below the assignment's path. An empty Path is none.
type Route struct {
	Method  string // empty: POST
	Path    string // with :n for the number of an urge or the like
	Summary string
}

// Place is where an act's button stands on the page of an assignment.
type Place uint8

// The places. Buttons stand in the order of the table.
const (
	Nowhere Place = iota // the clock's
	First                // unfolded, before the others
	Side                 // folded
	InPlace              // beside what it answers
)

// Step is the mark of an event on the trail of an assignment.
type Step string

// The marks. An event without one stands as a note.
const (
	StepAssign Step = "assign"
	StepAccept Step = "accept"
	StepReport Step = "report"
	StepVerify Step = "verify"
	StepOffice Step = "office"
	StepBad    Step = "bad"
	StepNote   Step = "note"
	Elsewhere  Step = "elsewhere" // not on the trail: it is shown beside what it answers
)

// FieldKind is what a field of an act holds.
type FieldKind uint8

// The kinds of field.
const (
	AreaField    FieldKind = iota // a text of some lines
	ReasonField                   // a text that is short where a person types it
	ChoiceField                   // one of the words of an enumeration
	DueField                      // a due date
	UnitField                     // a department of the plan
	SpecialField                  // has code of its own on the page
)

// Field is a field of an act: of the body that programs send, of the form, and, for a
// text, of the event.
type Field struct {
	Name  string
	Kind  FieldKind
	Limit int // of a text, in characters
	// Ask: it may not be left empty, and the form says so.
	Ask bool
	// Missing is the code of the refusal when it is empty and may not be.
	Missing string
	Words   []string // of a choice, as the catalogue names them: grade.good
	// ReturnDue: the form suggests the plan's days for a returned report.
	ReturnDue bool
}

// TypedLimit is the most a person may type into the field, in characters.
func (f Field) TypedLimit() int {
	if f.Kind == ReasonField {
		return ShortText
	}
	return f.Limit
}

// need is a text that may not be empty; code is the refusal.
func need(name, code string) Field {
	return Field{Name: name, Limit: PlainText, Ask: true, Missing: code}
}

// may is a text that may be empty.
func may(name string) Field { return Field{Name: name, Limit: PlainText} }

// reason is why something is done; code is the refusal when it is not said.
func reason(code string) Field {
	f := need("reason", code)
	f.Kind = ReasonField
	return f
}

// anyReason is why something is done, if somebody says so.
func anyReason() Field { return Field{Name: "reason", Kind: ReasonField, Limit: PlainText} }

func choice(name, enumeration string, values []string) Field {
	f := Field{Name: name, Kind: ChoiceField}
	for _, v := range values {
		f.Words = append(f.Words, enumeration+"."+v)
	}
	return f
}

func plainStrings[T ~string](values []T) []string {
	var all []string
	for _, v := range values {
		all = append(all, string(v))
	}
	return all
}

// way is a transition: from each of the states to the one named, when the guards allow it.
type way struct {
	from   []State
	to     State // empty: the state stays
	guards []guard
}

func leads(to State, from []State, guards ...guard) way { return way{from, to, guards} }

func stays(from []State, guards ...guard) way { return way{from, "", guards} }

func in(states ...State) []State { return states }

// Acts are the rows of the table, in the order in which buttons stand.
func Acts() []*Act { return acts }

// ActOf is the row of a trigger.
func ActOf(t Trigger) (*Act, bool) { a, ok := byTrigger[t]; return a, ok }

// ActRecorded is the row whose event is of the kind.
func ActRecorded(k Kind) (*Act, bool) { a, ok := byKind[k]; return a, ok }

var (
	byTrigger = indexed(func(a *Act) Trigger { return a.Trigger })
	byKind    = indexed(func(a *Act) Kind { return a.Kind })
)

func indexed[K comparable](key func(*Act) K) map[K]*Act {
	all := map[K]*Act{}
	for _, a := range acts {
		all[key(a)] = a
	}
	return all
}

// PlaceOn is where the act's button stands for the assignment.
func (a *Act) PlaceOn(row Assignment) Place {
	if a.inPlace != nil && a.inPlace(row) {
		return InPlace
	}
	return a.Place
}

// Command is the act's command, read by decode from what a program sent, about the n-th
// of what it answers.
func (a *Act) Command(n int, decode func(any) error) (Command, error) {
	c := reflect.New(reflect.TypeOf(a.command))
	err := decode(c.Interface())
	number(c.Elem(), n)
	return c.Elem().Interface().(Command), err
}

// Body is an example of what programs send, nil for an act without fields.
func (a *Act) Body() any {
	if len(a.Fields) == 0 {
		return nil
	}
	return a.command
}

// Numbered reports whether the act is about an urge or the like, by its number.
func (a *Act) Numbered() bool { return strings.Contains(a.Route.Path, ":n") }

// Typed is the act's command as a form gave it, field by field.
func (a *Act) Typed(n int, typed func(name string) string) (Command, error) {
	c := reflect.New(reflect.TypeOf(a.command)).Elem()
	number(c, n)
	for _, f := range a.Fields {
		if f.Kind == SpecialField {
			continue
		}
		to := c.Field(fieldNamed(c.Type(), f.Name))
		if f.Kind != DueField {
			to.SetString(typed(f.Name))
			continue
		}
		due, err := TypedDue(f.Name, typed(f.Name))
		if err != nil {
			return nil, err
		}
		to.Set(reflect.ValueOf(due))
	}
	return c.Interface().(Command), nil
}

// number puts the number into commands that have one.
func number(c reflect.Value, n int) {
	if f := c.FieldByName("N"); f.IsValid() {
		f.SetInt(int64(n))
	}
}

// TypedDue is a due date as it was typed into the field; nil when nothing was.
func TypedDue(field, typed string) (*DueTime, error) {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return nil, nil
	}
	d, err := calendar.ParseDate(typed)
	if err != nil {
		return nil, BadField(field, "form.date", "value", typed)
	}
	return &DueTime{Date: d}, nil
}

// recording is the event of an act while it is made of the command.
type recording struct {
	Scene
	act   *Act
	a     Assignment
	actor Actor
	f     faults
	e     Event
}

// does records a command by filling its event.
func does[C Command](fill func(*recording, C)) func(*recording, Command) ([]Event, error) {
	return func(r *recording, c Command) ([]Event, error) {
		fill(r, c.(C))
		return []Event{r.e}, r.f.err()
	}
}

// makes records a command by events of its own making; the first is the command's.
func makes[C Command](events func(*recording, C) ([]Event, error)) func(*recording, Command) ([]Event, error) {
	return func(r *recording, c Command) ([]Event, error) { return events(r, c.(C)) }
}

// text records a text under the field's rules.
func (r *recording) text(name, value string) {
	if f := r.field(name); f.Ask {
		r.f.required(r.e.Texts, name, name, value, f.Limit, f.Missing)
	} else {
		r.f.text(r.e.Texts, name, name, value, f.Limit)
	}
}

// must records a text that may not be empty this time.
func (r *recording) must(name, value string) {
	f := r.field(name)
	r.f.required(r.e.Texts, name, name, value, f.Limit, f.Missing)
}

// due records a due instant later than the one given; without one it is a fault where the
// field asks for it, and else the plan's days for a returned report.
func (r *recording) due(d *DueTime, after time.Time) {
	if f := r.field("due"); d == nil && f.Missing != "" {
		r.f.add("due", f.Missing)
		return
	}
	r.newDue(&r.f, &r.e, d, after)
}

func (r *recording) field(name string) Field {
	return r.act.Fields[slices.IndexFunc(r.act.Fields, func(f Field) bool { return f.Name == name })]
}
