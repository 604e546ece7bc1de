package workflow_test

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"pgregory.net/rapid"

	"duban/workflow"
)

// live is a journal in memory without keys or hashes: fast enough for many
// thousand sequences.
type live struct {
	workflow.Journal
	rows   *rows
	events []workflow.Event
}

func (l *live) Change(_ context.Context, c workflow.Change) (workflow.Receipt, error) {
	events, err := c.Decide(l.rows, c.Received)
	if err != nil {
		return workflow.Receipt{}, err
	}
	for i := range events {
		events[i].Seq, events[i].RecordedAt = uint64(len(l.events))+1, c.Received
		l.events = append(l.events, events[i])
		l.rows.texts[events[i].Seq] = events[i].Texts
		if err := workflow.Fold(l.rows, events[i]); err != nil {
			return workflow.Receipt{}, err
		}
	}
	return workflow.Receipt{Events: events}, nil
}

// world is one game: the product on one side, the model on the other.
type world struct {
	*rapid.T
	rules  workflow.Rules
	now    time.Time
	live   *live
	desk   *workflow.Desk
	model  map[string]mirror
	ids    []string
	focus  []string // the few the game is about, so that each lives through much
	opened int      // events before the game
}

// opening is the journal every game begins with: tasks 1 and 2 in two special
// periods, 16 assignments.
var opening = sync.OnceValues(func() (*live, error) {
	r, err := shipped()
	if err != nil {
		return nil, err
	}
	l := &live{rows: newRows()}
	desk := workflow.NewDesk(l, func() workflow.Rules { return r })
	for _, in := range []workflow.PeriodInput{
		{ID: "S1", Name: "专项一", CooperatingDue: day("2022-09-23"), Due: day("2022-09-30"), AcceptBy: day("2022-09-08"), Tasks: []int{1, 2}},
		{ID: "S2", Name: "专项二", CooperatingDue: day("2022-09-16"), Due: day("2022-09-16"), Tasks: []int{1, 2}},
	} {
		call := workflow.Call{Actor: office, Received: gameStart(r)}
		if _, _, err := desk.OpenPeriod(context.Background(), call, in); err != nil {
			return nil, err
		}
	}
	return l, nil
})

func gameStart(r workflow.Rules) time.Time { return time.Date(2022, 9, 5, 9, 0, 0, 0, r.Clock.Zone) }

func begin(t *rapid.T, r workflow.Rules) *world {
	start, err := opening()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, rules: r, model: map[string]mirror{}, now: gameStart(r),
		live: &live{rows: start.rows.clone(), events: slices.Clip(start.events)}, opened: len(start.events)}
	w.desk = workflow.NewDesk(w.live, func() workflow.Rules { return r })
	for id, a := range w.live.rows.assignments {
		task, _ := r.Plan.Task(a.Task)
		w.model[id] = mirror{id: id, department: a.Department, period: a.Period, task: a.Task, lead: task.Lead, role: a.Role,
			state: workflow.Assigned, due: a.Due, acceptBy: a.AcceptBy}
		w.ids = append(w.ids, id)
	}
	slices.Sort(w.ids)
	for range 3 {
		w.focus = append(w.focus, pick(w, w.ids))
	}
	w.focus = append(w.focus, "S1-01-lead-scjgj", "S1-01-coop-jxt")
	return w
}

var (
	players = []workflow.Actor{leadMan, leadMan, coopMan, coopMan, liaison("kjt"),
		{User: "qian", Unit: "swj", Role: workflow.Signatory}, stranger,
		office, office, office, director, {User: "double", Unit: "jxt", Role: workflow.OfficeMan},
		admin, {User: "v", Unit: "office", Role: workflow.Viewer}, workflow.Clock}
	texts  = []string{"理由充分", "理由充分", "理由充分", "理由充分", "理由充分", "理由充分", "理由充分", "理由充分", "", "坏\u202e字"}
	grades = append(slices.Clone(workflow.Grades), workflow.Grades[0], workflow.Grades[1], "", "best")
	levels = append(slices.Clone(workflow.Levels), workflow.PlainUrge, "", "shout")
)

// die is 0 to n-1, all alike: rapid's own ranges lean towards the small. It has
// six bits, so n is at most 64.
func (w *world) die(n int) int {
	v := 0
	for range 6 {
		v <<= 1
		if rapid.Bool().Draw(w.T, "bit") {
			v++
		}
	}
	return v * n / 64
}

// number is mostly the newest of so many things, else any or none.
func (w *world) number(newest int) int {
	if w.die(4) > 0 {
		return newest
	}
	return w.die(newest + 2)
}

func pick[T any](w *world, list []T) T { return list[w.die(len(list))] }

// due draws a new due instant: mostly good ones, some at the edge, some wrong.
func (w *world) due(than time.Time) *workflow.DueTime {
	switch w.die(10) {
	case 0:
		return nil
	case 1:
		return instant(than)
	case 2:
		return instant(w.now)
	case 3:
		return instant(w.now.AddDate(10, 0, 1))
	case 4:
		return instant(than.Add(time.Nanosecond))
	case 5:
		return &workflow.DueTime{Date: w.rules.Clock.Today(w.now).AddDays(3)}
	}
	return instant(w.now.Add(time.Duration(1+w.die(10)) * 24 * time.Hour))
}

// forth are the acts that lead on from a state.
var forth = map[workflow.State][]workflow.Trigger{
	workflow.Assigned: {workflow.Accept}, workflow.InProgress: {workflow.Report}, workflow.Overdue: {workflow.Report, workflow.Extend},
	workflow.Reported: {workflow.Verify, workflow.Return, workflow.Recall}, workflow.Verified: {workflow.Reopen},
}

// blank is a command of each trigger, to ask who may.
var blank = map[workflow.Trigger]workflow.Command{
	workflow.Accept: workflow.AcceptCommand{}, workflow.Report: workflow.ReportCommand{}, workflow.Recall: workflow.RecallCommand{},
	workflow.Verify: workflow.VerifyCommand{}, workflow.Return: workflow.ReturnCommand{}, workflow.Expire: workflow.ExpireCommand{},
	workflow.RequestExtension: workflow.RequestExtensionCommand{}, workflow.Extend: workflow.ExtendCommand{},
	workflow.RefuseExtension: workflow.RefuseExtensionCommand{}, workflow.Urge: workflow.UrgeCommand{},
	workflow.ReadUrge: workflow.ReadUrgeCommand{}, workflow.ReplyUrge: workflow.ReplyUrgeCommand{}, workflow.Remind: workflow.RemindCommand{},
	workflow.Direct: workflow.DirectCommand{}, workflow.Note: workflow.NoteCommand{}, workflow.Withdraw: workflow.WithdrawCommand{},
	workflow.Reopen: workflow.ReopenCommand{}, workflow.AnswerAsk: workflow.AnswerAskCommand{},
	workflow.WithdrawAsk: workflow.WithdrawAskCommand{}, workflow.ReopenAsk: workflow.ReopenAskCommand{}, workflow.Transfer: workflow.TransferCommand{},
}

func (w *world) command(m mirror, t workflow.Trigger) workflow.Command {
	text := pick(w, texts)
	switch t {
	case workflow.Accept:
		return workflow.AcceptCommand{}
	case workflow.Report:
		return w.report(m, text)
	case workflow.Recall:
		return workflow.RecallCommand{}
	case workflow.Verify:
		return workflow.VerifyCommand{Grade: pick(w, grades), Comment: text}
	case workflow.Return:
		return workflow.ReturnCommand{Reason: text, Due: w.due(m.due)}
	case workflow.Reopen:
		return workflow.ReopenCommand{Reason: text, Due: w.due(m.due)}
	case workflow.RequestExtension:
		return workflow.RequestExtensionCommand{Reason: text, Due: w.due(m.due)}
	case workflow.Extend:
		return workflow.ExtendCommand{N: w.number(len(m.requests)), Reason: text, Due: w.due(m.due)}
	case workflow.RefuseExtension:
		return workflow.RefuseExtensionCommand{N: w.number(len(m.requests)), Reason: text}
	case workflow.Urge:
		return workflow.UrgeCommand{Level: pick(w, levels), Text: text}
	case workflow.ReadUrge:
		return workflow.ReadUrgeCommand{N: w.number(len(m.urges))}
	case workflow.ReplyUrge:
		return workflow.ReplyUrgeCommand{N: w.number(len(m.urges)), Text: text}
	case workflow.AnswerAsk:
		return workflow.AnswerAskCommand{N: w.number(len(m.asks)), Text: text, Closed: w.die(2) == 0}
	case workflow.WithdrawAsk:
		return workflow.WithdrawAskCommand{N: w.number(len(m.asks)), Text: text}
	case workflow.ReopenAsk:
		return workflow.ReopenAskCommand{N: w.number(len(m.asks)), Text: text}
	case workflow.Direct:
		return workflow.DirectCommand{Text: text}
	case workflow.Note:
		return workflow.NoteCommand{Text: text}
	case workflow.Withdraw:
		if w.die(10) > 2 {
			return workflow.NoteCommand{Text: text} // or too few live long
		}
		return workflow.WithdrawCommand{Reason: text}
	case workflow.Transfer:
		if m.role != workflow.Lead || w.die(10) > 2 {
			return workflow.TransferCommand{To: m.department, Reason: text} // to itself: or too few live long
		}
		return workflow.TransferCommand{To: "sft", Reason: text}
	case workflow.Remind:
		return workflow.NoteCommand{Text: text} // reminders come with the sweeps
	case workflow.Expire:
		return workflow.ExpireCommand{}
	default:
		w.Fatalf("no command for %s", t)
		return nil
	}
}

// report draws a report; the lead of task 1 also files a figure, and a lead marks
// some inputs, rightly or wrongly.
func (w *world) report(m mirror, text string) workflow.Command {
	in := workflow.ReportInput{Progress: text, Reason: pick(w, texts), NoChange: w.die(10) == 0}
	in.Asks = pick(w, []string{"", "", "请协调用地指标", "请协调数据共享"})
	if m.role != workflow.Lead {
		return workflow.ReportCommand{ReportInput: in}
	}
	if m.task == 1 && w.die(10) > 4 {
		value := workflow.FigureInput{Indicator: "T1.1", AsOf: w.rules.Clock.Today(w.now), Explanation: "核对无误"}
		if err := json.Unmarshal([]byte("100"), &value.Value); err != nil {
			w.Fatal(err)
		}
		in.Figures = append(in.Figures, value)
	}
	for _, id := range w.ids {
		c := w.model[id]
		if c.period != m.period || c.task != m.task || c.role == workflow.Lead || w.die(10) < 5 {
			continue
		}
		mark := workflow.NotReceived
		if c.filed() {
			mark = workflow.Adopted
		}
		if w.die(10) == 0 {
			mark = workflow.Amended
		}
		in.Inputs = append(in.Inputs, workflow.Input{Assignment: id, Mark: mark})
	}
	return workflow.ReportCommand{ReportInput: in}
}

func (m mirror) filed() bool { return m.state == workflow.Reported || m.state == workflow.Verified }

// Trail is what has happened to the assignment.
func (l *live) Trail(_ context.Context, id string) (trail []workflow.Event, err error) {
	for _, e := range l.events {
		if e.Assignment == id {
			trail = append(trail, e)
		}
	}
	return trail, nil
}
