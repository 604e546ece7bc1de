package workflow

// State of an assignment (product rules, the state machine).
type State string

// The six states. Withdrawn and Verified are closed, the others open.
const (
	Assigned   State = "assigned"    // 待签收
	InProgress State = "in_progress" // 办理中
	Reported   State = "reported"    // 待审核
	Verified   State = "verified"    // 已审核
	Overdue    State = "overdue"     // 已逾期
	Withdrawn  State = "withdrawn"   // 已撤销
)

// States lists every state in the order pages show them.
var States = []State{Assigned, InProgress, Reported, Verified, Overdue, Withdrawn}

// ParseState reads a state; unknown text is refused so that it never reaches
// the machine, which would add it for ever.
func ParseState(s string) (State, bool) {
	for _, k := range States {
		if string(k) == s {
			return k, true
		}
	}
	return "", false
}

// Open reports whether work is still expected of somebody.
func (s State) Open() bool {
	switch s {
	case Assigned, InProgress, Reported, Overdue:
		return true
	}
	return false
}

// AwaitsReport reports whether the department's report clock runs.
func (s State) AwaitsReport() bool {
	switch s {
	case Assigned, InProgress, Overdue:
		return true
	}
	return false
}

// Trigger is what is done to an assignment: an imperative verb.
type Trigger string

// The triggers. Expire is pulled by the clock alone.
const (
	Accept           Trigger = "accept"
	Report           Trigger = "report"
	Recall           Trigger = "recall"
	Verify           Trigger = "verify"
	Return           Trigger = "return"
	Expire           Trigger = "expire"
	RequestExtension Trigger = "request_extension"
	Extend           Trigger = "extend"
	RefuseExtension  Trigger = "refuse_extension"
	Urge             Trigger = "urge"
	ReadUrge         Trigger = "read_urge"
	ReplyUrge        Trigger = "reply_urge"
	Remind           Trigger = "remind"
	Direct           Trigger = "direct"
	Note             Trigger = "note"
	Withdraw         Trigger = "withdraw"
	Reopen           Trigger = "reopen"
	AnswerAsk        Trigger = "answer_ask"
	ReopenAsk        Trigger = "reopen_ask"
	WithdrawAsk      Trigger = "withdraw_ask"
)

// Triggers lists every trigger in the fixed order in which buttons stand.
var Triggers = func() (all []Trigger) {
	for _, a := range acts {
		all = append(all, a.Trigger)
	}
	return all
}()

// Role is the part a department has in an assignment.
type Role string

// The two roles.
const (
	Lead        Role = "lead"        // 牵头
	Cooperating Role = "cooperating" // 配合
)

// Grade is the office's judgement of a verified report's quality.
type Grade string

// The grades, best first: 优 良 中 差.
const (
	Excellent Grade = "excellent"
	Good      Grade = "good"
	Fair      Grade = "fair"
	Poor      Grade = "poor"
)

// Grades lists the grades, best first.
var Grades = []Grade{Excellent, Good, Fair, Poor}

// Mark is the lead's judgement of a cooperating department's input.
type Mark string

// The marks: 采纳 修改采纳 未报.
const (
	Adopted     Mark = "adopted"
	Amended     Mark = "amended"
	NotReceived Mark = "not_received"
)

// Marks lists the marks.
var Marks = []Mark{Adopted, Amended, NotReceived}

// Level is a rung of the urging ladder.
type Level string

// The ladder, mildest first: automatic reminder, urge, formal urge (三色督办单).
const (
	Reminder   Level = "reminder"
	PlainUrge  Level = "urge"
	FormalUrge Level = "formal"
)

// Levels lists the ladder, mildest first.
var Levels = []Level{Reminder, PlainUrge, FormalUrge}

// MeasureStatus is how far a measure is.
type MeasureStatus string

// The statuses a report may give a measure.
const (
	NotStarted MeasureStatus = "not_started"
	UnderWay   MeasureStatus = "under_way"
	Done       MeasureStatus = "done"
	NoChange   MeasureStatus = "no_change"
)

// MeasureStatuses lists the statuses.
var MeasureStatuses = []MeasureStatus{NotStarted, UnderWay, Done, NoChange}
