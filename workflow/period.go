package workflow

import (
	"time"

	"duban/workflow/plan"
)

// Period is a stretch of reporting, as it was opened.
type Period struct {
	ID             string    `json:"id"`
	Name           string    `json:"name"`
	From           plan.Date `json:"from"`
	To             plan.Date `json:"to"`
	AssignedAt     time.Time `json:"assigned_at"`
	AcceptBy       time.Time `json:"accept_by"`
	CooperatingDue time.Time `json:"cooperating_due"`
	Due            time.Time `json:"due"`
	Special        bool      `json:"special,omitempty"`
	Tasks          []int     `json:"tasks,omitempty"`       // special: only these tasks, by their keys
	Departments    []string  `json:"departments,omitempty"` // special: only these departments
	Seq            uint64    `json:"seq"`                   // position of the event that opened it
}

// Series is every figure known of one indicator, in the order of their events.
type Series struct {
	Indicator string  `json:"indicator"`
	Owner     string  `json:"owner,omitempty"` // department the office assigned it to
	Seq       uint64  `json:"seq"`             // last event folded in
	Points    []Point `json:"points"`
}

// Point is a figure with where it came from and whether it stands.
type Point struct {
	Figure
	Seq        uint64      `json:"seq"` // event that brought it
	At         time.Time   `json:"at"`
	Unit       string      `json:"unit"` // who filed it
	Assignment string      `json:"assignment,omitempty"`
	Report     int         `json:"report,omitempty"`
	Status     PointStatus `json:"status"`
	ReplacedBy uint64      `json:"replaced_by,omitempty"` // the correction's event
	Corrects   uint64      `json:"corrects,omitempty"`
	Filed      *Filed      `json:"filed,omitempty"` // see Rules.Present, which alone sets it: no row holds one
}

// PointStatus says whether a figure counts.
type PointStatus string

// A reported figure counts and is marked as awaiting verification; a void one
// stays listed but does not count.
const (
	PointReported PointStatus = "reported"
	PointVerified PointStatus = "verified"
	PointVoid     PointStatus = "void"
	PointFormer   PointStatus = "former" // in a unit or of a kind its indicator no longer has; in no row
)

// Counts reports whether the figure may be used for value and pace.
func (p Point) Counts() bool {
	return p.Status != PointVoid && p.Status != PointFormer && p.ReplacedBy == 0
}
