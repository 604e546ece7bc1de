package workflow_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"duban/workflow"
)

// sequences is how many random sequences TestModel plays, unless -rapid.checks
// says otherwise.
const sequences = 10000

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
		if len(m.asks) > 0 && legal[m.state][workflow.AnswerAsk] != "" && w.die(3) == 0 {
			trigger = pick(w, []workflow.Trigger{workflow.AnswerAsk, workflow.WithdrawAsk, workflow.ReopenAsk})
		}
		if m.waiting() != nil && m.state != workflow.Reported && w.die(2) == 0 {
			trigger = pick(w, []workflow.Trigger{workflow.Extend, workflow.RefuseExtension})
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
	var to time.Time
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
	asks := a.Asks()
	if len(asks) != len(m.asks) || (a.OpenAsk() != nil) != slices.ContainsFunc(m.asks, mirrorAsk.open) {
		w.Fatalf("asks %+v, model %+v", asks, m.asks)
	}
	for i, x := range m.asks {
		if g := asks[i]; g.N != i+1 || g.State != x.state || g.By != x.by || len(g.Words) != x.said || g.Seq != a.Reports[x.report-1].Seq {
			w.Fatalf("ask %+v, model %+v", g, x)
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
		if e.Kind == workflow.KindMarked || e.Kind == workflow.KindAssigned && e.Data.TransferredFrom != "" {
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
		if done[k] == 0 && !testing.Short() {
			t.Errorf("%s never happened", k)
		}
	}
	t.Log(done)
}
