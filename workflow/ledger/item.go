package ledger

import (
	"cmp"
	"time"

	"duban/workflow"
	"duban/workflow/plan"
)

// Unit is a department or the office by id, with its printed name.
type Unit struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// TaskRef names a task as it was printed when it was worked on.
type TaskRef struct {
	Key   int    `json:"-"` // plan.Task.Key
	No    int    `json:"no"`
	Title string `json:"title"`
}

// Item is an assignment as lists, pages and programs see it (the contract's
// assignment). It holds no free text and no person's name.
type Item struct {
	ID          string         `json:"id"`
	Version     int            `json:"version"`
	Seq         uint64         `json:"seq"`
	Period      string         `json:"period"`
	Task        TaskRef        `json:"task"`
	Department  Unit           `json:"department"`
	Role        workflow.Role  `json:"role"`
	State       workflow.State `json:"state"`
	AssignedAt  time.Time      `json:"assigned_at"`
	AcceptBy    time.Time      `json:"accept_by"`
	AcceptedAt  *time.Time     `json:"accepted_at"`
	Due         time.Time      `json:"due"`
	OriginalDue time.Time      `json:"original_due"`
	ReportedAt  *time.Time     `json:"reported_at"`
	ClosedAt    *time.Time     `json:"closed_at"`

	Late         bool           `json:"late"`
	AcceptedLate bool           `json:"accepted_late"`
	Returned     int            `json:"returned"`
	Extended     int            `json:"extended"`
	Recalled     int            `json:"recalled"`
	Reopened     int            `json:"reopened"`
	Directed     int            `json:"directed"`
	Urged        int            `json:"urged"`
	UrgeLevel    workflow.Level `json:"urge_level"` // highest rung used, empty if none
	Grade        workflow.Grade `json:"grade"`
	Mark         workflow.Mark  `json:"mark"`

	TransferredTo   *Unit `json:"transferred_to"`   // closed by a transfer to this department
	TransferredFrom *Unit `json:"transferred_from"` // assigned by a transfer from this one

	Box          Box  `json:"box"`
	WorkdaysLeft *int `json:"workdays_left"` // while a report is awaited and not past due
	WorkdaysLate int  `json:"workdays_late"` // overdue now
	DaysLate     int  `json:"days_late"`

	TimeLight        Light             `json:"time_light"`
	ProgressLight    Light             `json:"progress_light"`
	LatestReport     *LatestReport     `json:"latest_report"` // newest filed version, also a returned one; nil when none
	Last             LastAct           `json:"last"`
	PendingExtension *PendingExtension `json:"pending_extension"`
	OpenAsks         int               `json:"open_asks"` // of the office, not yet closed

	AskedAt       *time.Time `json:"-"` // the oldest open ask
	AskWaits      bool       `json:"-"` // one of them waits for an answer
	AskAnsweredAt *time.Time `json:"-"` // the newest answer of the office to any ask

	Plan *plan.Plan `json:"-"` // the version it is read by, see workflow.Rules.PlanOf
}

// LatestReport points at a filed report; the texts are the HTTP layer's to add.
type LatestReport struct {
	N        int       `json:"n"`
	Seq      uint64    `json:"seq"`
	At       time.Time `json:"at"`
	Late     bool      `json:"late"`
	NoChange bool      `json:"no_change"`
	Asks     bool      `json:"asks"`
}

// LastAct is the newest event of an assignment.
type LastAct struct {
	At   time.Time     `json:"at"`
	Kind workflow.Kind `json:"kind"`
	Unit Unit          `json:"unit"`
}

// PendingExtension is a request for a later due date that waits for the office.
type PendingExtension struct {
	N      int       `json:"n"`
	At     time.Time `json:"at"`
	From   time.Time `json:"from"`
	Wanted time.Time `json:"wanted"`
}

// Localise is the item with its lights' causes in words.
func (i Item) Localise(say func(Cause) string) Item {
	i.TimeLight = i.TimeLight.localise(say)
	i.ProgressLight = i.ProgressLight.localise(say)
	return i
}

// Item builds the assignment's item at now, with the figures the Book stands at.
func (b *Book) Item(a workflow.Assignment, now time.Time) Item {
	return b.item(b.rules(), b.now(), a, now)
}

func (b *Book) item(r workflow.Rules, s *snapshot, a workflow.Assignment, now time.Time) Item {
	return b.itemAt(r, s, horizonAt(r, now), &a, now)
}

// itemAt is item with the horizon at now, which a list asks the calendar for once.
func (b *Book) itemAt(r workflow.Rules, s *snapshot, h horizon, row *workflow.Assignment, now time.Time) Item {
	a := *row
	i := Item{
		Plan: r.PlanOf(a), ID: a.ID, Version: a.Version, Seq: a.Seq, Period: a.Period,
		Task: taskOf(r, a), Department: Unit{ID: a.Department, Name: r.UnitOf(a, a.Department)}, Role: a.Role, State: a.State,
		AssignedAt: a.AssignedAt, AcceptBy: a.AcceptBy, AcceptedAt: a.AcceptedAt,
		Due: a.Due, OriginalDue: a.OriginalDue, ReportedAt: a.ReportedAt, ClosedAt: a.ClosedAt,
		Late: a.Late, AcceptedLate: a.AcceptedLate, Returned: a.Returned, Extended: a.Extended,
		Recalled: a.Recalled, Reopened: a.Reopened, Directed: a.Directed, Urged: len(a.Urges),
		UrgeLevel: highest(a.Urges), Grade: a.Grade, Mark: a.Mark,
		Box:           h.box(keyOf(&a)),
		TimeLight:     TimeLight(r, a, now),
		ProgressLight: b.progressLight(r, s, a, now),
		Last:          LastAct{At: a.LastAt, Kind: a.LastKind, Unit: Unit{ID: a.LastUnit, Name: r.UnitOf(a, a.LastUnit)}},
	}
	for to, id := range map[**Unit]string{&i.TransferredTo: a.TransferredTo, &i.TransferredFrom: a.TransferredFrom} {
		if id != "" {
			*to = &Unit{ID: id, Name: r.UnitOf(a, id)}
		}
	}
	if a.State.AwaitsReport() {
		if a.State == workflow.Overdue || a.PastDue(now) {
			i.WorkdaysLate, i.DaysLate = overdueBy(r, a, now)
		} else {
			left := r.Clock.WorkdaysLeft(now, a.Due)
			i.WorkdaysLeft = &left
		}
	}
	if p := a.LatestReport(); p != nil {
		i.LatestReport = &LatestReport{N: p.N, Seq: p.Seq, At: p.At, Late: p.Late, NoChange: p.NoChange, Asks: p.Asks}
	}
	i.asks(&a)
	if x := a.PendingExtension(); x != nil {
		i.PendingExtension = &PendingExtension{N: x.N, At: x.At, From: x.From, Wanted: x.Wanted}
	}
	return i
}

// asks counts what the office is asked.
func (i *Item) asks(a *workflow.Assignment) {
	for _, x := range a.Asks() {
		if w := x.Answered(); w != nil && (i.AskAnsweredAt == nil || w.At.After(*i.AskAnsweredAt)) {
			i.AskAnsweredAt = &w.At
		}
		if !x.State.Open() {
			continue
		}
		i.OpenAsks++
		i.AskWaits = i.AskWaits || x.State == workflow.AskWaiting
		if i.AskedAt == nil {
			i.AskedAt = &x.At
		}
	}
}

// taskOf names the task of an assignment as it is read.
func taskOf(r workflow.Rules, a workflow.Assignment) TaskRef {
	t, _ := r.TaskOf(a)
	return TaskRef{Key: a.Task, No: cmp.Or(t.No, a.Task), Title: t.Title}
}

// taskRef names a task as the plan in force does, or the last one that had it.
func taskRef(r workflow.Rules, key int) TaskRef {
	t, _ := r.Plan.KnownTask(key)
	return TaskRef{Key: key, No: cmp.Or(t.No, key), Title: t.Title}
}

func unit(r workflow.Rules, id string) Unit { return Unit{ID: id, Name: r.Plan.Name(id)} }

func highest(urges []workflow.UrgeRef) workflow.Level {
	var top workflow.Level
	rank := -1
	for _, u := range urges {
		for n, l := range workflow.Levels {
			if l == u.Level && n > rank {
				top, rank = l, n
			}
		}
	}
	return top
}

// Row is an assignment as the Book had it at one moment, with all that its Item is
// made of.
type Row struct {
	b   *Book
	r   workflow.Rules
	s   *snapshot
	h   horizon // zero: not asked for yet
	a   *workflow.Assignment
	now time.Time
}

// Row finds an assignment by its id, to be seen at now.
func (b *Book) Row(id string, now time.Time) (Row, bool) {
	s := b.now()
	a := s.assignment(id)
	return Row{b: b, r: b.rules(), s: s, a: a, now: now}, a != nil
}

// Assignment is the folded row. It is shared: read-only.
func (r Row) Assignment() *workflow.Assignment { return r.a }

// At is the hour the row is seen at.
func (r Row) At() time.Time { return r.now }

// Rules are those the row is read by.
func (r Row) Rules() workflow.Rules { return r.r }

// Item builds the row's item.
func (r Row) Item() Item {
	if r.h == (horizon{}) {
		r.h = horizonAt(r.r, r.now)
	}
	return r.b.itemAt(r.r, r.s, r.h, r.a, r.now)
}

// unread is the code of the light of measures that could not be read from the journal.
const unread = "progress.unread"

// Unread reports whether the item lacks what the journal did not give.
func (i Item) Unread() bool { return i.ProgressLight.Code == unread }
