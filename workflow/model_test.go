package workflow_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"duban/workflow"
)

// sequences is how many random sequences TestModel plays, unless -rapid.checks
// says otherwise.
const sequences = 10000

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
	workflow.Reopen: workflow.ReopenCommand{},
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
	case workflow.Direct:
		return workflow.DirectCommand{Text: text}
	case workflow.Note:
		return workflow.NoteCommand{Text: text}
	case workflow.Withdraw:
		if w.die(10) > 2 {
			return workflow.NoteCommand{Text: text} // or too few live long
		}
		return workflow.WithdrawCommand{Reason: text}
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

// predict plays the act on a copy of the model: what it touches, or false.
func (w *world) predict(who workflow.Actor, id string, c workflow.Command) (map[string]mirror, bool) {
	m := w.model[id].copy()
	if !m.step(w.rules, who, c, w.now) {
		return nil, false
	}
	after := map[string]mirror{id: m}
	report, ok := c.(workflow.ReportCommand)
	if !ok {
		return after, true
	}
	for _, in := range report.Inputs {
		k := w.model[in.Assignment].copy()
		if k.state == workflow.Withdrawn || k.filed() != (in.Mark != workflow.NotReceived) {
			return nil, false
		}
		if k.mark != in.Mark {
			k.tick(w.now)
			k.mark = in.Mark
		}
		after[k.id] = k
	}
	return after, true
}

// try plays one act on both sides.
func (w *world) try() {
	id := pick(w, w.focus)
	m := w.model[id]
	who, trigger := pick(w, players), pick(w, workflow.Triggers)
	if w.die(10) > 2 { // a sensible act by one who may do it, or most tries end at the rights
		m.tick(w.now)
		trigger = pick(w, slices.Sorted(maps.Keys(legal[m.state])))
		if on := forth[m.state]; len(on) > 0 && w.die(2) == 0 {
			trigger = pick(w, on)
		}
		able := slices.DeleteFunc(append(slices.Clone(players), liaison(m.department)), func(p workflow.Actor) bool {
			return !m.may(p, blank[trigger])
		})
		who = pick(w, able)
	}
	c := w.command(w.model[id], trigger)
	want, ok := w.predict(who, id, c)
	before := len(w.live.events)
	_, err := w.desk.Act(context.Background(), workflow.Call{Actor: who, Received: w.now}, id, c)
	if ok != (err == nil) {
		w.Fatalf("%s on %s (%s) by %s at %s: model %v, product %v", c.Trigger(), id, w.model[id].state, who.User, w.now, ok, err)
	}
	if err != nil {
		var e *workflow.Error
		if !errors.As(err, &e) || e.Code == "" || e.Kind == workflow.Internal {
			w.Fatalf("a refusal without a code: %v", err)
		}
		if len(w.live.events) != before {
			w.Fatalf("refused with %v, and yet %d events", err, len(w.live.events)-before)
		}
		return
	}
	for id, m := range want {
		w.model[id] = m
		w.agree(m)
	}
	w.missing(id, w.live.events[before:])
}

// missing: a lead's report names the cooperating departments that have not filed.
func (w *world) missing(id string, events []workflow.Event) {
	m := w.model[id]
	for _, e := range events {
		if e.Kind != workflow.KindReported || m.role != workflow.Lead {
			continue
		}
		var want []string
		for _, other := range w.ids {
			if c := w.model[other]; c.period == m.period && c.task == m.task && c.role == workflow.Cooperating &&
				c.state != workflow.Withdrawn && !c.filed() {
				want = append(want, c.department)
			}
		}
		if !slices.Equal(e.Data.Report.Missing, want) {
			w.Fatalf("missing %v, want %v", e.Data.Report.Missing, want)
		}
	}
}

// sweep lets the clock do all it owes.
func (w *world) sweep() {
	var owed []workflow.Chore
	for _, id := range w.ids {
		owed = append(owed, w.rules.Chores(w.live.rows.assignments[id], w.now)...)
	}
	if _, err := w.desk.Do(context.Background(), w.now, append(owed, owed...)); err != nil {
		w.Fatal(err)
	}
	for _, id := range w.ids {
		m := w.model[id].copy()
		m.tick(w.now)
		w.model[id] = m
		w.agree(m)
	}
}

// pass lets time go by: a little, a lot, or to the edge of somebody's due instant.
func (w *world) pass() {
	to := w.now
	switch w.die(10) {
	case 0:
		to = w.model[pick(w, w.focus)].due
	case 1:
		to = w.model[pick(w, w.focus)].due.Add(time.Nanosecond)
	case 2:
		to = w.model[pick(w, w.focus)].due.AddDate(0, 0, -1)
	case 3:
		to = w.now.Add(time.Duration(w.die(10)) * 24 * time.Hour)
	default:
		to = w.now.Add(time.Duration(w.die(10)) * time.Hour)
	}
	if to.After(w.now) {
		w.now = to
	}
}

// agree compares the folded row with the model.
func (w *world) agree(m mirror) {
	a := w.live.rows.assignments[m.id]
	got := []any{a.State, a.Due, a.AcceptedAt != nil, a.AcceptedLate, a.Late, a.ReportedBy, a.Returned, a.Extended, a.Recalled,
		a.Reopened, a.Directed, a.Grade, a.Mark, len(a.Reports), len(a.Urges), len(a.Extensions)}
	want := []any{m.state, m.due, m.accepted, m.acceptedLate, m.late, m.filer, m.returned, m.extended, m.recalled,
		m.reopened, m.directed, m.grade, m.mark, len(m.reports), len(m.urges), len(m.requests)}
	for i := range got {
		if g, ok := got[i].(time.Time); ok && g.Equal(want[i].(time.Time)) {
			continue
		}
		if got[i] != want[i] {
			w.Fatalf("%s, field %d of the comparison: product %v, model %v", m.id, i, got, want)
		}
	}
	for i, u := range m.urges {
		if g := a.Urges[i]; g.N != i+1 || g.Level != u.level || (g.ReadAt != nil) != u.read || (g.RepliedAt != nil) != u.replied {
			w.Fatalf("urge %+v, model %+v", g, u)
		}
	}
	for i, x := range m.requests {
		if g := a.Extensions[i]; g.N != i+1 || !g.Wanted.Equal(x.wanted) || (g.DecidedAt != nil) != x.decided || g.Granted != x.granted || g.Lapsed != x.lapsed {
			w.Fatalf("request %+v, model %+v", g, x)
		}
	}
	for i, late := range m.reports {
		if g := a.Reports[i]; g.N != i+1 || g.Late != late {
			w.Fatalf("report %+v, model late %v", g, late)
		}
	}
	if a.OriginalDue.IsZero() || a.Version < 1 {
		w.Fatalf("row %+v", a)
	}
}

// close holds the journal of the whole game against the rules and the rows.
func (w *world) close() {
	again := newRows()
	expired, reminded, dues := map[string]int{}, map[string]bool{}, map[string]bool{}
	for i, e := range w.live.events {
		if err := workflow.Fold(again, roundTrip(w, e)); err != nil {
			w.Fatal(err)
		}
		if i < w.opened {
			continue
		}
		if e.Kind == workflow.KindMarked {
			continue
		}
		trigger, ok := triggerOf[e.Kind]
		if !ok || (e.From == "") != (e.To == "") || e.From != "" && e.From == e.To {
			w.Fatalf("event %+v", e)
		}
		if to, ok := legal[e.From][trigger]; e.From != "" && (!ok || to == stays && trigger != workflow.Extend) {
			w.Fatalf("%s from %s to %s is in no table", e.Kind, e.From, e.To)
		}
		due := again.assignments[e.Assignment].Due
		switch e.Kind {
		case workflow.KindExpired:
			expired[e.Assignment]++
			key := e.Assignment + due.String()
			if dues[key] || !e.At.Equal(due) || e.RecordedAt.Before(e.At) {
				w.Fatalf("expired twice or at the wrong time: %+v", e)
			}
			dues[key] = true
		case workflow.KindReminded:
			// a return or a reopening may set the same due instant again: that is a new round
			a := again.assignments[e.Assignment]
			key := fmt.Sprint(e.Assignment, due, a.Returned, a.Reopened, *e.Data.Workdays)
			if reminded[key] || e.At.After(due) || !w.rules.Clock.Calendar.IsWorkday(w.rules.Clock.Today(e.At)) {
				w.Fatalf("reminded twice, too late or on a day off: %+v", e)
			}
			reminded[key] = true
		}
	}
	var points, known []workflow.PointStatus
	for _, id := range w.ids {
		if expired[id] != w.model[id].expired {
			w.Fatalf("%s expired %d times, model %d", id, expired[id], w.model[id].expired)
		}
		same(w, again.assignments[id], w.live.rows.assignments[id])
		same(w, roundTrip(w, again.assignments[id]), again.assignments[id])
		points = append(points, w.model[id].points...)
	}
	s := w.live.rows.series["T1.1"]
	same(w, again.series["T1.1"], s)
	same(w, roundTrip(w, s), s)
	for _, p := range s.Points {
		known = append(known, p.Status)
	}
	slices.Sort(points)
	slices.Sort(known)
	if !slices.Equal(points, known) {
		w.Fatalf("figures %v, model %v", known, points)
	}
}

// roundTrip is v written to JSON and read again, as a store does.
func roundTrip[T any](t interface{ Fatal(...any) }, v T) (out T) {
	b, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestModel plays random sequences of acts by random people at random times and
// holds the product to the model of the product rules, act by act; then folds
// the journal again.
func TestModel(t *testing.T) {
	r := shippedRules(t)
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		n := sequences
		if testing.Short() || raceDetector {
			n /= 20
		}
		was := flag.Lookup("rapid.checks").Value.String()
		if err := flag.Set("rapid.checks", fmt.Sprint(n)); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := flag.Set("rapid.checks", was); err != nil {
				t.Fatal(err)
			}
		}()
	}
	done := map[workflow.Kind]int{}
	rapid.Check(t, func(t *rapid.T) {
		w := begin(t, r)
		for range 20 + w.die(30) {
			switch w.die(10) {
			case 0:
				w.sweep()
			case 1, 2:
				w.pass()
			default:
				w.try()
			}
		}
		w.close()
		for _, e := range w.live.events {
			done[e.Kind]++
		}
	})
	for k := range triggerOf { // a game that never plays a card proves nothing about it
		if done[k] == 0 {
			t.Errorf("%s never happened", k)
		}
	}
	t.Log(done)
}
