package workflow

import (
	"fmt"
	"reflect"
	"strings"
)

// pass is what of one kind of event passes to whom: lists of what may, in words between
// spaces. What stands on no list passes to nobody but who reads the whole record, and so
// does a kind without a row: what is new is hidden until somebody says who may be told.
//
// A word is a field of Data by its name in JSON ("due"), a field of a field
// ("open_period.id"), a text ("text.reason", "text.measure.*"), or a name of the actor
// ("actor.user"). Seq, instants, kind, period, task, department, the acting unit, states
// and hashes pass with any event that passes.
//
// The columns go from the nearest reader to the farthest; who stands nearer than the
// columns filled in gets the nearest one there is.
type pass struct {
	own     string // the department the event is about, or that did it
	task    string // departments with a part in the same task
	members string // every department
	wall    string // paired screens
	// private: the office side is not told, but for those who read the whole record.
	private bool
}

const (
	nothing = ""  // the column is empty: the reader is not told of the event
	bare    = "-" // the event passes with no field
	people  = "actor.user actor.on_behalf "
)

// ofWork is the row of an act on an assignment: its department and those of its task read
// the fields, the texts and who did it; a wall gets some of the fields.
func ofWork(fields, wall string) pass { return pass{task: people + fields, wall: wall} }

// passes is what of an event may be told, by kind: of an act what its row says, of the
// rest what stands here. A new kind, field or text has to be named to pass;
// testdata/passes.txt shows what comes of it.
var passes = withActs(map[Kind]pass{
	KindAssigned:   ofWork("due accept_by role transferred_from counterpart text.reason", "due accept_by role transferred_from"),
	KindHandedOver: ofWork("transferred_to text.reason", "transferred_to"),
	KindMarked:     ofWork("mark", bare),
	// What a signatory sends back is for their own department and for who reads accounts.
	KindSentBack: {own: people + "prepared text.note", private: true},

	// The plan is everybody's, why it was changed the office's: units that lose or get work
	// read the reason with what is theirs.
	KindPlanLoaded: {members: "plan.id plan.title plan.digest plan.before", wall: bare},
	// A special period is named to departments with a part in it. Its reason may be a
	// directive's words, and is for those it gives work to.
	KindPeriodOpened: {own: people + "open_period text.reason", task: "open_period", members: periodDays, wall: periodDays},
	// A figure is everybody's; why it is what it is, its task's and its owner's.
	KindFigureFiled:       {task: people + "indicator figure owner text.explanation text.reason", members: "indicator figure", wall: "indicator figure"},
	KindFigureCorrected:   {task: people + "indicator figure owner corrects text.explanation text.reason", members: "indicator figure corrects", wall: "indicator figure corrects"},
	KindIndicatorAssigned: {members: "indicator owner", wall: "indicator owner"},
	KindSigningSet:        {own: people + "signing"},

	KindFileAdded:   {own: people + "file text.name"},
	KindFileDeleted: {own: people + "file text.name text.reason"},

	KindAssessmentDrafted: {},
	KindAssessmentNoticed: {members: "assessment.appeals_until"},
	KindAppealed:          {own: people + "assessment.n assessment.assignment assessment.rule text.text"},
	KindAppealAnswered:    {own: people + "assessment.n assessment.assignment assessment.rule assessment.upheld assessment.points text.text"},
	KindAssessmentFrozen:  {members: "assessment.totals assessment.head assessment.head_hash"},
	KindCircularEdited:    {},
	KindBonusGiven:        {},
})

func withActs(all map[Kind]pass) map[Kind]pass {
	for _, a := range acts {
		all[a.Kind] = a.pass
	}
	return all
}

// periodDays is what anybody may be told of a period: its hours, and neither a special
// one's name nor whom it concerns.
const periodDays = "open_period.id open_period.from open_period.to open_period.assigned_at open_period.accept_by " +
	"open_period.cooperating_due open_period.due open_period.special open_period.seq"

// Sight is what of an event a reader is told, from nothing to all of it. Readers with one
// sight of an event are told the same.
type Sight uint8

// The sights. Between Hidden and Whole they are the columns of the table.
const (
	Hidden Sight = iota
	OnWall
	ToMembers
	ToTask
	ToOwn
	Whole
)

// Sight is the actor's of the event.
func (r Rules) Sight(actor Actor, e Event) Sight {
	p, known := passes[e.Kind]
	switch {
	case actor.Role == Admin || actor.Role == Auditor || actor.Role == Director:
		return Whole
	case !known:
		return Hidden
	case actor.SeesAll():
		if p.private {
			return Hidden
		}
		return Whole
	case actor.Role == Screen:
		return p.nearest(OnWall)
	case !actor.InDepartment():
		return Hidden
	}
	return p.nearest(r.standing(actor, e))
}

// standing is how near a department stands to an event.
func (r Rules) standing(actor Actor, e Event) Sight {
	rel := Other
	switch {
	case e.Assignment != "":
		rel = r.Relation(actor, Assignment{ID: e.Assignment, Period: e.Period, Task: e.Task, Department: e.Department})
	case e.Data.OpenPeriod != nil:
		rel = r.partOfPeriod(actor.Unit, *e.Data.OpenPeriod)
	case r.rights().Stands(actor.Unit, e.Department), r.rights().Stands(actor.Unit, e.Actor.Unit), r.rights().Stands(actor.Unit, e.Data.Owner):
		rel = Own
	case e.Task != 0 && r.partOf(actor.Unit, e.Task):
		rel = SameTask
	}
	switch rel {
	case Own:
		return ToOwn
	case SameTask:
		return ToTask
	}
	return ToMembers
}

// nearest is the column that a reader who stands at s gets: their own, or the next
// farther one that is filled in. A wall has its own column alone.
func (p pass) nearest(s Sight) Sight {
	if s == OnWall && p.wall != nothing {
		return OnWall
	}
	for ; s > OnWall; s-- {
		if p.column(s) != nothing {
			return s
		}
	}
	return Hidden
}

func (p pass) column(s Sight) string {
	switch s {
	case OnWall:
		return p.wall
	case ToMembers:
		return p.members
	case ToTask:
		return p.task
	case ToOwn:
		return p.own
	}
	return nothing
}

// Of is what the sight leaves of the event, and whether anything. The event itself is
// not changed.
func (s Sight) Of(e Event) (Event, bool) {
	switch s {
	case Hidden:
		return Event{}, false
	case Whole:
		return e, true
	}
	to := Event{Seq: e.Seq, At: e.At, RecordedAt: e.RecordedAt, Kind: e.Kind, Assignment: e.Assignment, Period: e.Period,
		Task: e.Task, Department: e.Department, Actor: ActorRef{Unit: e.Actor.Unit}, From: e.From, To: e.To, Prev: e.Prev, Hash: e.Hash}
	if s != OnWall {
		to.TextDigest = e.TextDigest
	}
	for _, copyTo := range columns[column{e.Kind, s}] {
		copyTo(&to, &e)
	}
	return to, true
}

// column is one cell of the table.
type column struct {
	kind  Kind
	sight Sight
}

// columns is the table as it is used, worked out once.
var columns = func() map[column][]func(to, from *Event) {
	all := map[column][]func(to, from *Event){}
	for kind, p := range passes {
		for s := OnWall; s <= ToOwn; s++ {
			for _, word := range strings.Fields(p.column(s)) {
				if word != bare {
					all[column{kind, s}] = append(all[column{kind, s}], copier(word))
				}
			}
		}
	}
	return all
}()

// copier copies what the word names. A word that names nothing is a mistake in the table
// above, found when the program starts.
func copier(word string) func(to, from *Event) {
	head, rest, _ := strings.Cut(word, ".")
	switch head {
	case "actor":
		if rest == "user" {
			return func(to, from *Event) { to.Actor.User = from.Actor.User }
		}
		return func(to, from *Event) { to.Actor.OnBehalf = from.Actor.OnBehalf }
	case "text":
		return textCopier(rest)
	}
	i := fieldNamed(reflect.TypeFor[Data](), head)
	if rest == "" {
		return func(to, from *Event) {
			reflect.ValueOf(&to.Data).Elem().Field(i).Set(reflect.ValueOf(&from.Data).Elem().Field(i))
		}
	}
	inner := reflect.TypeFor[Data]().Field(i).Type.Elem()
	j := fieldNamed(inner, rest)
	return func(to, from *Event) {
		f, t := reflect.ValueOf(&from.Data).Elem().Field(i), reflect.ValueOf(&to.Data).Elem().Field(i)
		if f.IsNil() {
			return
		}
		if t.IsNil() {
			t.Set(reflect.New(inner))
		}
		t.Elem().Field(j).Set(f.Elem().Field(j))
	}
}

// textCopier copies the text of that name; a name that ends in * stands for all that
// begin so.
func textCopier(name string) func(to, from *Event) {
	begin, many := strings.CutSuffix(name, "*")
	return func(to, from *Event) {
		for k, v := range from.Texts {
			if k == name || many && strings.HasPrefix(k, begin) {
				if to.Texts == nil {
					to.Texts = Texts{}
				}
				to.Texts[k] = v
			}
		}
	}
}

func fieldNamed(t reflect.Type, name string) int {
	for i := range t.NumField() {
		if tag, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); tag == name {
			return i
		}
	}
	panic(fmt.Sprintf("workflow: %s has no field %s to pass", t, name))
}
