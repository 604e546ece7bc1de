package workflow_test

import (
	"slices"
	"time"

	"duban/workflow"
)

// The model: section 4 of the product rules written down a second time, without
// the machine, as simply as it can be said. TestModel holds the two together.

// stays marks a trigger that is legal and leaves the state as it is.
const stays = workflow.State("stays")

// legal is the table of the product rules: what each state permits and where it
// leads. Destinations that depend on the past are settled in mirror.to.
var legal = map[workflow.State]map[workflow.Trigger]workflow.State{
	workflow.Assigned: {
		workflow.Accept: workflow.InProgress, workflow.Withdraw: workflow.Withdrawn, workflow.Transfer: workflow.Withdrawn, workflow.Expire: workflow.Overdue,
		workflow.RequestExtension: stays, workflow.Extend: stays, workflow.RefuseExtension: stays, workflow.Urge: stays,
		workflow.ReadUrge: stays, workflow.ReplyUrge: stays, workflow.Direct: stays, workflow.Note: stays, workflow.Remind: stays},
	workflow.InProgress: {
		workflow.Report: workflow.Reported, workflow.Withdraw: workflow.Withdrawn, workflow.Transfer: workflow.Withdrawn, workflow.Expire: workflow.Overdue,
		workflow.RequestExtension: stays, workflow.Extend: stays, workflow.RefuseExtension: stays, workflow.Urge: stays,
		workflow.ReadUrge: stays, workflow.ReplyUrge: stays, workflow.Direct: stays, workflow.Note: stays, workflow.Remind: stays,
		workflow.AnswerAsk: stays, workflow.WithdrawAsk: stays, workflow.ReopenAsk: stays},
	workflow.Reported: {
		workflow.Recall: workflow.InProgress, workflow.Verify: workflow.Verified, workflow.Return: workflow.InProgress,
		workflow.Withdraw: workflow.Withdrawn, workflow.Transfer: workflow.Withdrawn,
		workflow.ReadUrge: stays, workflow.ReplyUrge: stays, workflow.Direct: stays, workflow.Note: stays,
		workflow.AnswerAsk: stays, workflow.WithdrawAsk: stays, workflow.ReopenAsk: stays},
	workflow.Overdue: {
		workflow.Accept: stays, workflow.Report: workflow.Reported, workflow.Withdraw: workflow.Withdrawn, workflow.Transfer: workflow.Withdrawn,
		workflow.RequestExtension: stays, workflow.Extend: workflow.InProgress, workflow.RefuseExtension: stays, workflow.Urge: stays,
		workflow.ReadUrge: stays, workflow.ReplyUrge: stays, workflow.Direct: stays, workflow.Note: stays,
		workflow.AnswerAsk: stays, workflow.WithdrawAsk: stays, workflow.ReopenAsk: stays},
	workflow.Verified: {workflow.Reopen: workflow.InProgress, workflow.Direct: stays, workflow.Note: stays,
		workflow.AnswerAsk: stays, workflow.WithdrawAsk: stays, workflow.ReopenAsk: stays},
	workflow.Withdrawn: {workflow.Note: stays},
}

// triggerOf is the trigger an event's kind is the past participle of.
var triggerOf = map[workflow.Kind]workflow.Trigger{
	workflow.KindAccepted: workflow.Accept, workflow.KindReported: workflow.Report, workflow.KindRecalled: workflow.Recall,
	workflow.KindVerified: workflow.Verify, workflow.KindReturned: workflow.Return, workflow.KindExpired: workflow.Expire,
	workflow.KindExtensionRequested: workflow.RequestExtension, workflow.KindExtended: workflow.Extend,
	workflow.KindExtensionRefused: workflow.RefuseExtension, workflow.KindUrged: workflow.Urge,
	workflow.KindUrgeRead: workflow.ReadUrge, workflow.KindUrgeReplied: workflow.ReplyUrge, workflow.KindReminded: workflow.Remind,
	workflow.KindDirected: workflow.Direct, workflow.KindNoted: workflow.Note, workflow.KindWithdrawn: workflow.Withdraw,
	workflow.KindReopened: workflow.Reopen, workflow.KindTransferred: workflow.Transfer, workflow.KindAskAnswered: workflow.AnswerAsk,
	workflow.KindAskWithdrawn: workflow.WithdrawAsk, workflow.KindAskReopened: workflow.ReopenAsk,
}

type mirrorUrge struct {
	level         workflow.Level
	read, replied bool
}

type mirrorRequest struct {
	wanted                   time.Time
	decided, granted, lapsed bool
}

// mirrorAsk is an ask: its words, the report that had them first, and where it stands.
type mirrorAsk struct {
	text   string
	report int
	state  workflow.AskState
	by     int // the ask that replaced it
	said   int // how much was said on it
}

// mirror is what the model remembers of one assignment.
type mirror struct {
	id, department, period string
	task                   int
	lead                   string // the task's lead
	role                   workflow.Role

	state                                            workflow.State
	due, acceptBy                                    time.Time
	accepted, acceptedLate, late                     bool
	filer                                            string
	returned, extended, recalled, reopened, directed int
	expired                                          int
	reports                                          []bool // late?
	urges                                            []mirrorUrge
	requests                                         []mirrorRequest
	asks                                             []mirrorAsk
	grade                                            workflow.Grade
	mark                                             workflow.Mark
	points                                           []workflow.PointStatus // figures of T1.1 it filed
}

// copy shares nothing that step changes.
func (m mirror) copy() mirror {
	m.reports, m.urges = slices.Clone(m.reports), slices.Clone(m.urges)
	m.requests, m.points = slices.Clone(m.requests), slices.Clone(m.points)
	m.asks = slices.Clone(m.asks)
	return m
}

// tick is the clock: past due and still open is overdue.
func (m *mirror) tick(now time.Time) {
	if (m.state == workflow.Assigned || m.state == workflow.InProgress) && now.After(m.due) {
		m.state = workflow.Overdue
		m.expired++
	}
}

func (m *mirror) waiting() *mirrorRequest {
	if n := len(m.requests); n > 0 && !m.requests[n-1].decided {
		return &m.requests[n-1]
	}
	return nil
}

func (m *mirror) lapse() {
	if r := m.waiting(); r != nil {
		r.decided, r.lapsed = true, true
	}
}

func (m *mirror) reportGone(points workflow.PointStatus) {
	m.filer, m.mark = "", ""
	for i, p := range m.points {
		if p != workflow.PointVoid {
			m.points[i] = points
		}
	}
}

// may is who may do it (product rules: the table's column "who").
func (m *mirror) may(who workflow.Actor, c workflow.Command) bool {
	department := (who.Role == workflow.Liaison || who.Role == workflow.Signatory)
	supervises := who.Role == workflow.OfficeMan || who.Role == workflow.Director
	switch c := c.(type) {
	case workflow.AcceptCommand, workflow.ReportCommand, workflow.RecallCommand, workflow.RequestExtensionCommand,
		workflow.ReadUrgeCommand, workflow.ReplyUrgeCommand, workflow.WithdrawAskCommand, workflow.ReopenAskCommand:
		return department && who.Unit == m.department
	case workflow.UrgeCommand:
		mild := c.Level == "" || c.Level == workflow.Reminder
		return supervises || department && who.Unit == m.lead && m.role == workflow.Cooperating && mild
	case workflow.ExpireCommand, workflow.RemindCommand:
		return who.Role == workflow.System
	}
	return supervises
}

// later is whether d is an acceptable new due instant; nil when it is not.
func later(r workflow.Rules, d *workflow.DueTime, now, than time.Time) *time.Time {
	at := d.At
	if !d.Date.IsZero() {
		at = r.Clock.DayEnd(d.Date)
	}
	if !at.After(now) || !at.After(than) || at.After(now.AddDate(10, 0, 0)) {
		return nil
	}
	return &at
}

func stated(s string) bool { return s != "" && clean(s) }

func clean(s string) bool { return !slices.Contains([]rune(s), '\u202e') }

// step does the command on the model and says whether it is done. What is not
// done may have left m in pieces: the caller throws it away.
func (m *mirror) step(r workflow.Rules, who workflow.Actor, c workflow.Command, now time.Time) bool {
	if !m.may(who, c) {
		return false
	}
	expired := m.expired
	m.tick(now)
	if c.Trigger() == workflow.Expire {
		return m.expired > expired
	}
	to, ok := legal[m.state][c.Trigger()]
	if !ok {
		return false
	}
	switch c := c.(type) {
	case workflow.AcceptCommand:
		if m.accepted {
			return false
		}
		m.accepted, m.acceptedLate = true, now.After(m.acceptBy)
	case workflow.ReportCommand:
		if !clean(c.Progress) || !clean(c.Reason) || c.NoChange && c.Reason == "" || !c.NoChange && c.Progress == "" {
			return false
		}
		if !m.accepted {
			m.accepted, m.acceptedLate = true, now.After(m.acceptBy)
		}
		late := now.After(m.due)
		m.late, m.filer, m.mark = m.late || late, who.User, ""
		m.reports = append(m.reports, late)
		m.ask(c.Asks)
		for range c.Figures {
			m.points = append(m.points, workflow.PointReported)
		}
	case workflow.RecallCommand:
		m.recalled++
		m.unask()
		m.reportGone(workflow.PointVoid)
		if now.After(m.due) {
			to = workflow.Overdue
		}
	default:
		if !m.answer(r, who, c, now, &to) {
			return false
		}
	}
	if to != stays {
		m.state = to
	}
	return true
}

// answer is the office's side and the words between the two.
func (m *mirror) answer(r workflow.Rules, who workflow.Actor, c workflow.Command, now time.Time, to *workflow.State) bool {
	switch c := c.(type) {
	case workflow.VerifyCommand:
		if who.Unit == m.department || who.User == m.filer || !slices.Contains(workflow.Grades, c.Grade) || !clean(c.Comment) {
			return false
		}
		m.grade = c.Grade
		m.lapse()
		for i, p := range m.points {
			if p == workflow.PointReported {
				m.points[i] = workflow.PointVerified
			}
		}
	case workflow.ReturnCommand:
		m.returned++
		m.reportGone(workflow.PointVoid)
		m.lapse()
		d := c.Due
		if d == nil {
			d = &workflow.DueTime{Date: r.Clock.Calendar.AddWorkdays(r.Clock.Today(now), 5)}
		}
		return m.moveDue(r, d, now, time.Time{}) && stated(c.Reason)
	case workflow.ReopenCommand:
		m.reopened++
		m.grade = ""
		m.reportGone(workflow.PointVoid)
		return c.Due != nil && m.moveDue(r, c.Due, now, time.Time{}) && stated(c.Reason)
	case workflow.RequestExtensionCommand:
		if m.waiting() != nil || c.Due == nil || !stated(c.Reason) {
			return false
		}
		at := later(r, c.Due, now, m.due)
		if at == nil {
			return false
		}
		m.requests = append(m.requests, mirrorRequest{wanted: *at})
	case workflow.ExtendCommand:
		return m.extend(r, c, now, to)
	case workflow.RefuseExtensionCommand:
		w := m.waiting()
		if w == nil || c.N != len(m.requests) || !stated(c.Reason) {
			return false
		}
		w.decided = true
	case workflow.TransferCommand:
		m.lapse()
		for i := range m.asks {
			if m.asks[i].open() {
				m.asks[i].state = "lapsed"
			}
		}
		for i, p := range m.points {
			if p == workflow.PointReported {
				m.points[i] = workflow.PointVoid
			}
		}
		return c.To != m.department && stated(c.Reason)
	case workflow.WithdrawCommand:
		m.lapse()
		for i := range m.asks {
			if m.asks[i].open() {
				m.asks[i].state = "lapsed"
			}
		}
		for i, p := range m.points {
			if p == workflow.PointReported {
				m.points[i] = workflow.PointVoid
			}
		}
		return stated(c.Reason)
	default:
		return m.words(c)
	}
	return true
}

func (m *mirror) moveDue(r workflow.Rules, d *workflow.DueTime, now, than time.Time) bool {
	at := later(r, d, now, than)
	if at == nil {
		return false
	}
	m.due = *at
	return true
}

func (m *mirror) extend(r workflow.Rules, c workflow.ExtendCommand, now time.Time, to *workflow.State) bool {
	w := m.waiting()
	if c.N != 0 && (w == nil || c.N != len(m.requests)) || !clean(c.Reason) {
		return false
	}
	d := c.Due
	if d == nil {
		if w == nil {
			return false
		}
		d = &workflow.DueTime{At: w.wanted}
	}
	if !m.moveDue(r, d, now, m.due) {
		return false
	}
	if w != nil {
		w.decided, w.granted = true, true
	}
	m.extended++
	if m.state == workflow.Overdue && !m.accepted {
		*to = workflow.Assigned
	}
	return true
}

func (m *mirror) words(c workflow.Command) bool {
	switch c := c.(type) {
	case workflow.UrgeCommand:
		level := c.Level
		if level == "" {
			level = workflow.Reminder
		}
		if !slices.Contains(workflow.Levels, level) || !clean(c.Text) || level != workflow.Reminder && c.Text == "" {
			return false
		}
		m.urges = append(m.urges, mirrorUrge{level: level})
	case workflow.ReadUrgeCommand:
		if c.N < 1 || c.N > len(m.urges) || m.urges[c.N-1].read {
			return false
		}
		m.urges[c.N-1].read = true
	case workflow.ReplyUrgeCommand:
		if c.N < 1 || c.N > len(m.urges) || m.urges[c.N-1].replied || !stated(c.Text) {
			return false
		}
		m.urges[c.N-1].replied = true
	case workflow.AnswerAskCommand:
		if !m.asked(c.N) || !m.asks[c.N-1].open() || !stated(c.Text) {
			return false
		}
		m.asks[c.N-1].say("coordinating")
		if c.Closed {
			m.asks[c.N-1].state = "closed"
		}
	case workflow.WithdrawAskCommand:
		if !m.asked(c.N) || !m.asks[c.N-1].open() || !clean(c.Text) {
			return false
		}
		m.asks[c.N-1].say("withdrawn")
	case workflow.ReopenAskCommand:
		if !m.asked(c.N) || m.asks[c.N-1].state != "coordinating" && m.asks[c.N-1].state != "closed" || !stated(c.Text) {
			return false
		}
		m.asks[c.N-1].say("waiting")
	case workflow.DirectCommand:
		m.directed++
		return stated(c.Text)
	case workflow.NoteCommand:
		return stated(c.Text)
	}
	return true
}

func (x mirrorAsk) open() bool { return x.state == "waiting" || x.state == "coordinating" }

func (x *mirrorAsk) say(state workflow.AskState) { x.state, x.said = state, x.said+1 }

func (m *mirror) asked(n int) bool { return n > 0 && n <= len(m.asks) }

// ask: the same words go on with what is open or closed; others replace what was not answered.
func (m *mirror) ask(text string) {
	if text == "" {
		return
	}
	for i := range m.asks {
		if m.asks[i].text == text && (m.asks[i].open() || m.asks[i].state == "closed") {
			return
		}
	}
	n := len(m.asks) + 1
	for i := range m.asks {
		if m.asks[i].state == "waiting" && m.asks[i].said == 0 {
			m.asks[i].state, m.asks[i].by = "replaced", n
		}
	}
	m.asks = append(m.asks, mirrorAsk{text: text, report: len(m.reports), state: "waiting"})
}

// unask: what a recalled report asked goes with it if nobody has said anything on it.
func (m *mirror) unask() {
	n := len(m.asks)
	if n == 0 || m.asks[n-1].report != len(m.reports) || m.asks[n-1].state != "waiting" || m.asks[n-1].said > 0 {
		return
	}
	m.asks[n-1].state = "withdrawn"
	for i := range m.asks {
		if m.asks[i].by == n {
			m.asks[i].state, m.asks[i].by = "waiting", 0
		}
	}
}
