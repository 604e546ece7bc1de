package workflow

import (
	"fmt"
	"time"
)

// Assignment is the work of one department on one task in one period: the
// folded row. It holds no free text.
type Assignment struct {
	ID         string `json:"id"`
	Version    int    `json:"version"` // number of events folded in
	Seq        uint64 `json:"seq"`     // journal position of the last of them
	Period     string `json:"period"`
	Task       int    `json:"task"`
	Department string `json:"department"`
	Role       Role   `json:"role"`
	State      State  `json:"state"`

	AssignedAt  time.Time  `json:"assigned_at"`
	AcceptBy    time.Time  `json:"accept_by"`
	Due         time.Time  `json:"due"`
	OriginalDue time.Time  `json:"original_due"`
	AcceptedAt  *time.Time `json:"accepted_at,omitempty"`
	ReportedAt  *time.Time `json:"reported_at,omitempty"`  // of the report in force
	ReportedBy  string     `json:"reported_by,omitempty"`  // account that filed it
	ReportedFor string     `json:"reported_for,omitempty"` // account it was filed for, by delegation
	ClosedAt    *time.Time `json:"closed_at,omitempty"`    // verified or withdrawn
	LastAt      time.Time  `json:"last_at"`
	LastKind    Kind       `json:"last_kind"`
	LastUnit    string     `json:"last_unit"`

	Late         bool  `json:"late,omitempty"` // a report came after its due instant: filing it again does not undo that
	AcceptedLate bool  `json:"accepted_late,omitempty"`
	Returned     int   `json:"returned,omitempty"`
	Extended     int   `json:"extended,omitempty"`
	Recalled     int   `json:"recalled,omitempty"`
	Reopened     int   `json:"reopened,omitempty"`
	Directed     int   `json:"directed,omitempty"`
	Grade        Grade `json:"grade,omitempty"`

	Reports    []ReportRef    `json:"reports,omitempty"` // every filed version, oldest first
	Urges      []UrgeRef      `json:"urges,omitempty"`
	Extensions []ExtensionRef `json:"extensions,omitempty"`
	Reminded   []int          `json:"reminded,omitempty"` // workdays before the present due already reminded
	Figures    []string       `json:"figures,omitempty"`  // indicators the report in force gave figures for
	Mark       Mark           `json:"mark,omitempty"`     // cooperating: the lead's mark on the report in force
	Asked      []AskRef       `json:"asked,omitempty"`    // asks that have a number; Asks has all

	TransferredTo   string `json:"transferred_to,omitempty"`   // closed by a transfer to this department
	TransferredFrom string `json:"transferred_from,omitempty"` // assigned by a transfer from this one
}

// ReportRef points at a filed report's event.
type ReportRef struct {
	N        int       `json:"n"`
	Seq      uint64    `json:"seq"`
	At       time.Time `json:"at"`
	Due      time.Time `json:"due"` // the due instant it was filed against
	Late     bool      `json:"late,omitempty"`
	NoChange bool      `json:"no_change,omitempty"`
	Asks     bool      `json:"asks,omitempty"` // it asks the office to coordinate something
	Ask      int       `json:"ask,omitempty"`  // the ask it brought or went on with; 0: none, or it was filed before asks had numbers
}

// UrgeRef is one rung of the ladder used on this assignment.
type UrgeRef struct {
	N         int        `json:"n"`
	Seq       uint64     `json:"seq"`
	At        time.Time  `json:"at"`
	Level     Level      `json:"level"`
	ReadAt    *time.Time `json:"read_at,omitempty"`
	RepliedAt *time.Time `json:"replied_at,omitempty"`
}

// SeenAt is when the department first showed that it knows of the urge: it marked it as
// read, or replied.
func (u UrgeRef) SeenAt() *time.Time {
	if u.ReadAt == nil || u.RepliedAt != nil && u.RepliedAt.Before(*u.ReadAt) {
		return u.RepliedAt
	}
	return u.ReadAt
}

// ExtensionRef is one request for a later due date.
type ExtensionRef struct {
	N         int        `json:"n"`
	Seq       uint64     `json:"seq"`
	At        time.Time  `json:"at"`
	From      time.Time  `json:"from"`   // due when it was asked
	Wanted    time.Time  `json:"wanted"` // due asked for
	DecidedAt *time.Time `json:"decided_at,omitempty"`
	Granted   bool       `json:"granted,omitempty"`
	Lapsed    bool       `json:"lapsed,omitempty"` // neither granted nor refused: another act settled the matter
}

// AssignmentID is the id of a slot in a period, for example 2022Q3-06-lead-zrzyt.
// It begins with the period and the task, so that a task's rows stand together.
func AssignmentID(period string, task int, role Role, department string) string {
	short := "lead"
	if role == Cooperating {
		short = "coop"
	}
	return fmt.Sprintf("%s-%02d-%s-%s", period, task, short, department)
}

// PendingExtension is the request that still waits for the office, or nil.
func (a *Assignment) PendingExtension() *ExtensionRef {
	if n := len(a.Extensions); n > 0 && a.Extensions[n-1].DecidedAt == nil {
		return &a.Extensions[n-1]
	}
	return nil
}

// LatestReport points at the newest filed report, returned or recalled ones
// included; nil when none was ever filed.
func (a *Assignment) LatestReport() *ReportRef {
	if n := len(a.Reports); n > 0 {
		return &a.Reports[n-1]
	}
	return nil
}

// Urge finds the n-th urge.
func (a *Assignment) Urge(n int) *UrgeRef {
	for i := range a.Urges {
		if a.Urges[i].N == n {
			return &a.Urges[i]
		}
	}
	return nil
}

// PastDue reports whether the due instant has gone by: the instant itself is in time.
func (a *Assignment) PastDue(now time.Time) bool { return now.After(a.Due) }

// Apply folds an event into the assignment and returns the result. It shares no
// memory with its argument that a later Apply could change. It never refuses:
// what the journal says happened, happened.
func Apply(a Assignment, e Event) Assignment {
	if e.Kind == KindAssigned {
		a = Assignment{
			ID: e.Assignment, Version: a.Version, Period: e.Period, Task: e.Task,
			Department: e.Department, Role: e.Data.Role, AssignedAt: e.At, TransferredFrom: e.Data.TransferredFrom,
		}
		setTime(&a.AcceptBy, e.Data.AcceptBy)
		setTime(&a.Due, e.Data.Due)
		a.OriginalDue = a.Due
	}
	if e.Kind == KindSentBack { // a draft's way inside its department: nobody else's page changes
		a.Seq = e.Seq
		return a
	}
	a.Version++
	a.Seq, a.LastAt, a.LastKind, a.LastUnit = e.Seq, e.At, e.Kind, e.Actor.Unit
	if e.To != "" {
		a.State = e.To
	}
	if act := byKind[e.Kind]; act != nil && act.fold != nil {
		act.fold(&a, e)
	} else if fold, ok := folds[e.Kind]; ok {
		fold(&a, e)
	}
	return a
}

// folds is what kinds that no act records change besides state, version and last act.
var folds = map[Kind]func(*Assignment, Event){
	KindHandedOver: func(a *Assignment, e Event) { a.Department = e.Data.TransferredTo },
	KindMarked:     func(a *Assignment, e Event) { a.Mark = e.Data.Mark },
}

func (a *Assignment) reported(e Event) {
	at := e.At
	a.ReportedAt, a.ReportedBy, a.ReportedFor, a.Late = &at, e.Actor.User, e.Actor.OnBehalf, a.Late || e.Data.Late
	if a.AcceptedAt == nil {
		a.accept(e)
		a.AcceptedLate = e.At.After(a.AcceptBy)
	}
	ref := ReportRef{N: e.Data.N, Seq: e.Seq, At: e.At, Due: a.Due, Late: e.Data.Late}
	if e.Data.Report != nil {
		ref.NoChange, ref.Asks, ref.Ask = e.Data.Report.NoChange, e.Data.Report.HasAsks, e.Data.Report.Ask
		a.asks(e)
		a.Figures = nil
		for _, f := range e.Data.Report.Figures {
			a.Figures = append(a.Figures, f.Indicator)
		}
	}
	a.Reports = append(a.Reports[:len(a.Reports):len(a.Reports)], ref)
	a.Mark = ""
}

func (a *Assignment) askExtension(e Event) {
	x := ExtensionRef{N: e.Data.N, Seq: e.Seq, At: e.At, From: a.Due}
	setTime(&x.Wanted, e.Data.Wanted)
	a.Extensions = append(a.Extensions[:len(a.Extensions):len(a.Extensions)], x)
}

func (a *Assignment) accept(e Event) {
	at := e.At
	a.AcceptedAt, a.AcceptedLate = &at, e.Data.Late
}

// reportGone takes the report out of force; its versions stay listed.
func (a *Assignment) reportGone() {
	a.ReportedAt, a.ReportedBy, a.ReportedFor, a.Mark, a.Figures = nil, "", "", "", nil
}

func (a *Assignment) moveDue(e Event) {
	setTime(&a.Due, e.Data.Due)
	a.Reminded = nil
}

func (a *Assignment) decideExtension(e Event, granted bool) {
	if a.PendingExtension() == nil {
		return
	}
	at := e.At
	xs := append([]ExtensionRef(nil), a.Extensions...)
	last := &xs[len(xs)-1]
	last.DecidedAt, last.Granted = &at, granted
	a.Extensions = xs
}

// lapseExtension closes a request that a verification, a return with its own
// due instant or a withdrawal has overtaken, so that it never waits for ever.
func (a *Assignment) lapseExtension(e Event) {
	if a.PendingExtension() != nil {
		a.decideExtension(e, false)
		a.Extensions[len(a.Extensions)-1].Lapsed = true
	}
}

func (a *Assignment) urge(e Event, set func(*UrgeRef, time.Time)) {
	us := append([]UrgeRef(nil), a.Urges...)
	for i := range us {
		if us[i].N == e.Data.N {
			set(&us[i], e.At)
		}
	}
	a.Urges = us
}

func setTime(to *time.Time, from *time.Time) {
	if from != nil {
		*to = *from
	}
}
