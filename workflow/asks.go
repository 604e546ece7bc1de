package workflow

import (
	"slices"
	"time"
)

// What a report asks the office to coordinate (需协调事项) is an ask of its assignment, with a
// number that counts through the assignment. It stays until the office has answered and
// closed it, or the department has withdrawn it: also when the report is returned, when it
// is verified, and when its period is over.

// AskState is where an ask stands.
type AskState string

// The states of an ask. In the first two it is open: it stands on the office's desk.
const (
	AskWaiting      AskState = "waiting"      // 待答复: the office has not answered, or what it answered settled nothing
	AskCoordinating AskState = "coordinating" // 协调中: answered, and the office goes on with it
	AskClosed       AskState = "closed"       // 已办结
	AskWithdrawn    AskState = "withdrawn"    // 已撤回: by the department, or with the recall of its report
	AskReplaced     AskState = "replaced"     // 已由新事项代替: a later report asks for something else
	AskLapsed       AskState = "lapsed"       // 随任务撤销: its assignment was withdrawn
)

// AskStates lists the states of an ask.
var AskStates = []AskState{AskWaiting, AskCoordinating, AskClosed, AskWithdrawn, AskReplaced, AskLapsed}

// Open reports whether the office has still to do with it.
func (s AskState) Open() bool { return s == AskWaiting || s == AskCoordinating }

// AskRef is one ask of an assignment. Its words are the text "asks" of the report at Seq.
type AskRef struct {
	N     int       `json:"n"`
	Seq   uint64    `json:"seq"`
	At    time.Time `json:"at"` // when it was asked first: what it has waited is counted from here
	State AskState  `json:"state"`
	By    int       `json:"by,omitempty"`    // the ask that took its place
	Words []AskWord `json:"words,omitempty"` // what was said on it since, oldest first
}

// AskWord is an answer of the office, or what the department said to it.
type AskWord struct {
	Kind   Kind      `json:"kind"`
	Seq    uint64    `json:"seq"`
	At     time.Time `json:"at"`
	Closed bool      `json:"closed,omitempty"` // an answer that settles it
}

// Answered is the office's newest answer; nil when there is none.
func (r AskRef) Answered() *AskWord {
	for i := range slices.Backward(r.Words) {
		if r.Words[i].Kind == KindAskAnswered {
			return &r.Words[i]
		}
	}
	return nil
}

// Takes reports whether the act on an ask can be done to this one.
func (r AskRef) Takes(t Trigger) bool {
	if t == ReopenAsk {
		return r.unsettled()
	}
	return r.State.Open()
}

// unsettled reports whether the department may say that an answer settled nothing.
func (r AskRef) unsettled() bool { return r.State == AskCoordinating || r.State == AskClosed }

// Asks are all asks of the assignment, oldest first. What it gives is not to be changed.
func (a *Assignment) Asks() []AskRef {
	if old, ok := a.unnumbered(); ok {
		return append(slices.Clip(a.Asked), old)
	}
	return a.Asked
}

// Ask finds the n-th ask; nil when there is none.
func (a *Assignment) Ask(n int) *AskRef {
	asks := a.Asks()
	if n < 1 || n > len(asks) {
		return nil
	}
	return &asks[n-1]
}

// OpenAsk is the ask that has been open for longest; nil when none is.
func (a *Assignment) OpenAsk() *AskRef {
	if len(a.Reports) == 0 {
		return nil
	}
	asks := a.Asks()
	for i := range asks {
		if asks[i].State.Open() {
			return &asks[i]
		}
	}
	return nil
}

// AskWaits reports whether one of the asks waits for an answer of the office.
func (a *Assignment) AskWaits() bool {
	return slices.ContainsFunc(a.Asks(), func(x AskRef) bool { return x.State == AskWaiting })
}

// unnumbered is the ask of a report that was filed before asks had numbers. Rows and
// events of then are read as they are: such an ask is worked out from the report until
// something is said on it. Only that of the newest report counts, as it did then. One that
// is no longer in force is known to have been returned, and not recalled, when nothing of
// the assignment ever was.
func (a *Assignment) unnumbered() (AskRef, bool) {
	r := a.LatestReport()
	if r == nil || !r.Asks || r.Ask != 0 || a.ReportedAt == nil && a.Recalled > 0 ||
		slices.ContainsFunc(a.Asked, func(x AskRef) bool { return x.Seq == r.Seq }) {
		return AskRef{}, false
	}
	ask := AskRef{N: len(a.Asked) + 1, Seq: r.Seq, At: r.At, State: AskWaiting}
	if a.State == Withdrawn {
		ask.State = AskLapsed
	}
	return ask, true
}

// ownAsks gives the row a list of asks of its own to change, with the unnumbered one in it.
func (a *Assignment) ownAsks() []AskRef {
	a.Asked = slices.Clone(a.Asks())
	return a.Asked
}

// asks folds what a report asks for. One that asks for the same as before goes on with
// that ask, one that asks for nothing leaves it. Another one takes the place of those
// that the office has not answered yet; what it is at work on goes on beside it.
func (a *Assignment) asks(e Event) {
	r := e.Data.Report
	if r.Ask == 0 {
		return
	}
	asks := a.ownAsks()
	if r.Ask <= len(asks) || !r.HasAsks {
		return
	}
	for i := range asks {
		if asks[i].State == AskWaiting && asks[i].Words == nil {
			asks[i].State, asks[i].By = AskReplaced, r.Ask
		}
	}
	a.Asked = append(asks, AskRef{N: r.Ask, Seq: e.Seq, At: e.At, State: AskWaiting})
}

// asksRecalled takes back what the recalled report asked for, unless the office has
// answered, and what that took the place of stands again.
func (a *Assignment) asksRecalled() {
	last := a.LatestReport()
	if last == nil || len(a.Asked) == 0 {
		return
	}
	asks := a.ownAsks()
	for i := range asks {
		if asks[i].Seq != last.Seq || asks[i].State != AskWaiting || asks[i].Words != nil {
			continue
		}
		asks[i].State = AskWithdrawn
		for j := range asks {
			if asks[j].By == asks[i].N {
				asks[j].State, asks[j].By = AskWaiting, 0
			}
		}
	}
}

// asksLapse ends what is open with the assignment.
func (a *Assignment) asksLapse() {
	if len(a.Asked) == 0 {
		return
	}
	asks := a.ownAsks()
	for i := range asks {
		if asks[i].State.Open() {
			asks[i].State = AskLapsed
		}
	}
}

// askSaid folds an answer, or what the department says.
func (a *Assignment) askSaid(e Event) {
	asks := a.ownAsks()
	n := e.Data.N
	if n < 1 || n > len(asks) {
		return
	}
	ask := &asks[n-1]
	ask.Words = append(slices.Clip(ask.Words), AskWord{Kind: e.Kind, Seq: e.Seq, At: e.At, Closed: e.Data.Closed})
	switch {
	case e.Kind == KindAskWithdrawn:
		ask.State = AskWithdrawn
	case e.Kind == KindAskReopened:
		ask.State = AskWaiting
	case e.Data.Closed:
		ask.State = AskClosed
	default:
		ask.State = AskCoordinating
	}
}

// ask says in a report's event which ask of the assignment it goes on with, or is. The same
// words as those of an ask that is open, or that the office has closed, are that ask: what
// was copied along is not asked again. Who finds that an answer settles nothing says so
// (ReopenAskCommand).
func (s Scene) ask(e *Event, a Assignment) error {
	asks := a.Asks()
	text := e.Texts["asks"]
	if text == "" {
		if old, ok := a.unnumbered(); ok {
			e.Data.Report.Ask = old.N
		}
		return nil
	}
	e.Data.Report.Ask = len(asks) + 1
	for _, ask := range slices.Backward(asks) {
		if !ask.State.Open() && ask.State != AskClosed {
			continue
		}
		said, err := s.View.Texts(ask.Seq)
		if err != nil {
			return err
		}
		if said["asks"] == text {
			e.Data.Report.Ask = ask.N
			return nil
		}
	}
	return nil
}

// The commands on an ask.
type (
	// AnswerAskCommand 答复协调事项: the office says how it was coordinated, and closes it, or who
	// goes on with it and until when.
	AnswerAskCommand struct {
		N      int    `json:"-"`
		Text   string `json:"text"`
		Closed bool   `json:"closed"`
	}
	// WithdrawAskCommand 撤回协调事项: the department needs it no more.
	WithdrawAskCommand struct {
		N    int    `json:"-"`
		Text string `json:"text"`
	}
	// ReopenAskCommand 再次提请协调: the department says why an answer settles nothing.
	ReopenAskCommand struct {
		N    int    `json:"-"`
		Text string `json:"text"`
	}
)

// Trigger names the machine's trigger of the command.
func (AnswerAskCommand) Trigger() Trigger   { return AnswerAsk }
func (WithdrawAskCommand) Trigger() Trigger { return WithdrawAsk } // see AnswerAskCommand
func (ReopenAskCommand) Trigger() Trigger   { return ReopenAsk }   // see AnswerAskCommand

// The rows of the acts on an ask. It can be answered also when the report was verified and
// when its period is over.
var (
	answerAsk = &Act{Trigger: AnswerAsk, Kind: KindAskAnswered, command: AnswerAskCommand{}, who: office,
		ways:  []way{stays(in(open, Verified), openAsk)},
		Place: InPlace, Step: StepOffice, Route: Route{Path: "asks/:n/answer", Summary: "Answer what a report asks the office to coordinate, and close it or go on with it."},
		Fields: []Field{need("text", "ask.answer_required"), {Name: "closed", Kind: SpecialField, Missing: "ask.closed_required"}},
		record: makes(func(r *recording, c AnswerAskCommand) ([]Event, error) {
			r.e.Data.Closed = c.Closed
			r.text("text", c.Text)
			return r.onAsk(c.N)
		}),
		fold: (*Assignment).askSaid,
		pass: ofWork("n closed text.text", bare)}

	reopenAsk = &Act{Trigger: ReopenAsk, Kind: KindAskReopened, command: ReopenAskCommand{}, who: department,
		ways:  []way{stays(in(open, Verified), answeredAsk)},
		Place: InPlace, Route: Route{Path: "asks/:n/reopening", Summary: "Say that an answer settles nothing."},
		Fields: []Field{need("text", "ask.reopen_text_required")},
		record: makes(func(r *recording, c ReopenAskCommand) ([]Event, error) {
			r.text("text", c.Text)
			return r.onAsk(c.N)
		}),
		fold: (*Assignment).askSaid,
		pass: ofWork("n text.text", bare)}

	withdrawAsk = &Act{Trigger: WithdrawAsk, Kind: KindAskWithdrawn, command: WithdrawAskCommand{}, who: department,
		ways:  []way{stays(in(open, Verified), openAsk)},
		Place: InPlace, Route: Route{Path: "asks/:n/withdrawal", Summary: "Withdraw it."},
		Fields: []Field{may("text")},
		record: makes(func(r *recording, c WithdrawAskCommand) ([]Event, error) {
			r.text("text", c.Text)
			return r.onAsk(c.N)
		}),
		fold: (*Assignment).askSaid,
		pass: ofWork("n text.text", bare)}
)

// onAsk records what is said on the n-th ask, if it takes that.
func (r *recording) onAsk(n int) ([]Event, error) {
	r.e.Data.N = n
	ask := r.a.Ask(n)
	switch {
	case ask == nil:
		return nil, Fault(NotFound, "ask.unknown", "n", n)
	case ask.Takes(r.act.Trigger):
		return []Event{r.e}, r.f.err()
	case r.act.Trigger == ReopenAsk:
		return nil, Refuse("ask.nothing_to_reopen", "n", n, "state", ask.State)
	}
	return nil, Refuse("ask.not_open", "n", n, "state", ask.State)
}
