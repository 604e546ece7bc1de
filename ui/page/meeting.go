package page

import (
	"time"

	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/ledger"
)

// Meeting is the page from which the office steers the wall screens during a
// meeting, and turns a remark into a directive on the spot.
type Meeting struct {
	Frame
	Action     string
	Status     []string // who shows what on which screens; empty: the boards run by themselves
	Screens    []MeetingScreen
	Pages      []MeetingButton
	Tasks      []MeetingTask
	Indicators []Option
	Choose     MeetingButton  // what Enter does: nothing but keep the choice
	Hold       MeetingButton  // pauses or goes on
	End        *MeetingButton // nil: nobody steers
	One        MeetingButton  // shows the indicator of the list
	About      string         // the task a directive is for; empty: no task is shown
	TaskURL    string
	Directive  *Act // nil: no task is shown, or it takes none now
	Remarks    []Remark
	Errors     []FieldError
}

// MeetingScreen is a screen to choose.
type MeetingScreen struct {
	ID, Name string
	Status   string
	Tone     Tone
	Shows    string
	Checked  bool
}

// MeetingButton shows something when it is pressed.
type MeetingButton struct {
	Value, Text string
	Current     bool
}

// MeetingTask is a task to show.
type MeetingTask struct {
	MeetingButton
	No     int
	Lead   string
	Period string // of what another period left open
	Chip   Chip
	Due    string
}

// Seat is one connection of a wall screen.
type Seat struct {
	Since          time.Time // plan clock
	Address, Build string
}

// OnScreen is what a meeting shows on a screen.
type OnScreen struct {
	Page      string
	Task      int
	Period    string
	Indicator string
	Paused    bool
	By        string // account
	Since     time.Time
	Left      time.Duration
}

// MeetingInput is what the page of a meeting is made of.
type MeetingInput struct {
	Board   *ledger.Board
	Screens []account.ScreenPass
	Seats   map[string][]Seat // by the screen's id
	Every   *OnScreen         // what all screens show; nil: nothing
	Own     map[string]*OnScreen
	Chosen  []string     // ids of screens
	Lead    *ledger.Item // of the task shown
	Row     workflow.Assignment
	Trail   []workflow.Event // of the lead's assignment, today's directives among them
	Actions []workflow.Trigger
	Key     string
	Err     *workflow.Error
}

// ScreensInput is what the page of the wall screens is made of.
type ScreensInput struct {
	Screens []account.ScreenPass
	Seats   map[string][]Seat
	Failed  string // the act that was refused
	Typed   map[string][]string
	Err     *workflow.Error
}
