package workflow

import (
	"encoding/json"
	"time"

	"duban/workflow/calendar"
	"duban/workflow/plan"
)

// Command asks for one change of one assignment. The concrete types are the
// contract's acts, one a trigger.
type Command interface{ Trigger() Trigger }

// The commands. Bodies carry the contract's JSON names.
type (
	// AcceptCommand 签收.
	AcceptCommand struct{}
	// ReportCommand 反馈: files a report.
	ReportCommand struct {
		ReportInput
		// Basis is the draft it was made from, Window the page: see DraftInput.
		Basis  *Basis `json:"-"`
		Window string `json:"-"`
	}
	// RecallCommand 撤回.
	RecallCommand struct{}
	// VerifyCommand 审核.
	VerifyCommand struct {
		Grade   Grade  `json:"grade"`
		Comment string `json:"comment"`
	}
	// ReturnCommand 退回. A nil Due is the plan's default in workdays.
	ReturnCommand struct {
		Reason string   `json:"reason"`
		Due    *DueTime `json:"due"`
	}
	// ExpireCommand is the clock's: it records that the due instant has passed.
	ExpireCommand struct{}
	// RequestExtensionCommand 延期申请.
	RequestExtensionCommand struct {
		Due    *DueTime `json:"due"`
		Reason string   `json:"reason"`
	}
	// ExtendCommand 同意延期, or an extension the office gives by itself (N 0).
	ExtendCommand struct {
		N      int      `json:"-"`
		Due    *DueTime `json:"due"` // nil: the date wanted
		Reason string   `json:"reason"`
	}
	// RefuseExtensionCommand 不同意延期.
	RefuseExtensionCommand struct {
		N      int    `json:"-"`
		Reason string `json:"reason"`
	}
	// UrgeCommand 催办.
	UrgeCommand struct {
		Level Level  `json:"level"`
		Text  string `json:"text"`
	}
	// ReadUrgeCommand is the read mark on an urge.
	ReadUrgeCommand struct {
		N int `json:"-"`
	}
	// ReplyUrgeCommand is the department's reply to an urge.
	ReplyUrgeCommand struct {
		N    int    `json:"-"`
		Text string `json:"text"`
	}
	// RemindCommand is the clock's automatic reminder, Workdays before due.
	RemindCommand struct{ Workdays int }
	// DirectCommand 批示.
	DirectCommand struct {
		Text string `json:"text"`
		// Special makes the directive a special assignment as well: nil for none.
		// Without tasks, departments or slots it is this assignment's department on
		// its task; without an id it gets one.
		Special *PeriodInput `json:"special"`
	}
	// NoteCommand is a remark of the office on the record.
	NoteCommand struct {
		Text string `json:"text"`
	}
	// WithdrawCommand 撤销.
	WithdrawCommand struct {
		Reason        string `json:"reason"`
		TransferredTo string `json:"-"` // set by a change of plan
	}
	// ReopenCommand 重开.
	ReopenCommand struct {
		Reason string   `json:"reason"`
		Due    *DueTime `json:"due"`
	}
)

// Trigger names the machine's trigger of the command.
func (AcceptCommand) Trigger() Trigger           { return Accept }
func (ReportCommand) Trigger() Trigger           { return Report }           // see AcceptCommand
func (RecallCommand) Trigger() Trigger           { return Recall }           // see AcceptCommand
func (VerifyCommand) Trigger() Trigger           { return Verify }           // see AcceptCommand
func (ReturnCommand) Trigger() Trigger           { return Return }           // see AcceptCommand
func (ExpireCommand) Trigger() Trigger           { return Expire }           // see AcceptCommand
func (RequestExtensionCommand) Trigger() Trigger { return RequestExtension } // see AcceptCommand
func (ExtendCommand) Trigger() Trigger           { return Extend }           // see AcceptCommand
func (RefuseExtensionCommand) Trigger() Trigger  { return RefuseExtension }  // see AcceptCommand
func (UrgeCommand) Trigger() Trigger             { return Urge }             // see AcceptCommand
func (ReadUrgeCommand) Trigger() Trigger         { return ReadUrge }         // see AcceptCommand
func (ReplyUrgeCommand) Trigger() Trigger        { return ReplyUrge }        // see AcceptCommand
func (RemindCommand) Trigger() Trigger           { return Remind }           // see AcceptCommand
func (DirectCommand) Trigger() Trigger           { return Direct }           // see AcceptCommand
func (NoteCommand) Trigger() Trigger             { return Note }             // see AcceptCommand
func (WithdrawCommand) Trigger() Trigger         { return Withdraw }         // see AcceptCommand
func (ReopenCommand) Trigger() Trigger           { return Reopen }           // see AcceptCommand

// ReportInput is a report as a form or a program sends it.
type ReportInput struct {
	Progress  string         `json:"progress"`
	Measures  []MeasureInput `json:"measures"`
	Figures   []FigureInput  `json:"figures"`
	Obstacles string         `json:"obstacles"`
	Asks      string         `json:"asks"`
	NextSteps string         `json:"next_steps"`
	Forecast  ForecastInput  `json:"forecast"`
	NoChange  bool           `json:"no_change"`
	Reason    string         `json:"reason"`
	Inputs    []Input        `json:"inputs"`
	Evidence  []string       `json:"evidence"`
}

// MeasureInput is a report's word on one measure.
type MeasureInput struct {
	ID      string        `json:"id"`
	Status  MeasureStatus `json:"status"`
	Percent *int          `json:"percent"`
	Note    string        `json:"note"`
}

// FigureInput is a figure as filed. A questioned figure (a cumulative one that
// falls, a slip of 10⁴) is taken when Explanation says why it is right.
type FigureInput struct {
	Indicator   string      `json:"indicator"`
	Value       plan.Number `json:"value"`
	AsOf        plan.Date   `json:"as_of"`
	Provisional bool        `json:"provisional"`
	Comparison  plan.Number `json:"comparison"`
	Met         *bool       `json:"met"`
	Explanation string      `json:"explanation"`
}

// ForecastInput is the outlook for the next period: text, figures by indicator,
// or both. JSON: a string, a list of {indicator,value}, or {text,figures}.
type ForecastInput struct {
	Text    string     `json:"text"`
	Figures []Forecast `json:"figures"`
}

// UnmarshalJSON reads the three forms.
func (f *ForecastInput) UnmarshalJSON(b []byte) error {
	*f = ForecastInput{}
	if len(b) == 0 || string(b) == "null" {
		return nil
	}
	switch b[0] {
	case '"':
		return json.Unmarshal(b, &f.Text)
	case '[':
		return json.Unmarshal(b, &f.Figures)
	}
	type plain ForecastInput
	return json.Unmarshal(b, (*plain)(f))
}

// DueTime is a due date as a caller gives it: an instant, or a date, which is
// due at the end of that working day.
type DueTime struct {
	At   time.Time
	Date plan.Date
}

// UnmarshalJSON reads RFC 3339 or YYYY-MM-DD.
func (d *DueTime) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	if date, err := calendar.ParseDate(s); err == nil {
		*d = DueTime{Date: date}
		return nil
	}
	t, err := time.Parse(time.RFC3339, s)
	*d = DueTime{At: t}
	return err
}

// MarshalJSON writes the form that was given.
func (d DueTime) MarshalJSON() ([]byte, error) {
	if !d.Date.IsZero() {
		return json.Marshal(d.Date)
	}
	return json.Marshal(d.At)
}
