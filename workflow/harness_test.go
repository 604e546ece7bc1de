package workflow_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"sync"
	"testing"
	"time"

	"duban/store/storetest"
	"duban/workflow"
	"duban/workflow/calendar"
	"duban/workflow/plan"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing")

// shipped is the plan and calendar that ship, read once.
var shipped = sync.OnceValues(func() (workflow.Rules, error) {
	b, err := os.ReadFile("../tasks.yaml")
	if err != nil {
		return workflow.Rules{}, err
	}
	return rulesOf(b)
})

func rulesOf(source []byte) (workflow.Rules, error) {
	p, err := plan.Parse("tasks.yaml", source)
	if err != nil {
		return workflow.Rules{}, err
	}
	c, err := calendar.Load(calendar.Published())
	if err != nil {
		return workflow.Rules{}, err
	}
	return workflow.NewRules(p, c)
}

func shippedRules(t testing.TB) workflow.Rules {
	t.Helper()
	r, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// People of the tests. jxt cooperates in task 1, which scjgj leads, with whlyt;
// sft has no part in it.
var (
	office    = workflow.Actor{User: "wang", Unit: plan.OfficeID, Role: workflow.OfficeMan}
	director  = workflow.Actor{User: "zhao", Unit: plan.OfficeID, Role: workflow.Director}
	admin     = workflow.Actor{User: "admin", Unit: plan.OfficeID, Role: workflow.Admin}
	leadMan   = liaison("scjgj")
	coopMan   = liaison("jxt")
	fellowMan = liaison("whlyt")
	stranger  = liaison("sft")
)

func liaison(unit string) workflow.Actor {
	return workflow.Actor{User: "liaison-" + unit, Unit: unit, Role: workflow.Liaison}
}

const (
	lead1 = "2022Q3-01-lead-scjgj"
	coop1 = "2022Q3-01-coop-jxt"
)

// bench is a desk on an engine in memory, with a clock the test sets. When the
// test ends, folding its journal again must give its rows.
type bench struct {
	testing.TB
	rules   workflow.Rules
	now     time.Time
	journal *storetest.Memory
	desk    *workflow.Desk
}

// newBench opens the period of the instant ("2006-01-02 15:04:05", plan time).
func newBench(t testing.TB, at string) *bench {
	b := &bench{TB: t, rules: shippedRules(t)}
	b.at(at)
	b.journal = storetest.NewMemory(func() time.Time { return b.now })
	t.Cleanup(func() {
		if err := b.journal.Close(); err != nil {
			t.Errorf("close the journal: %v", err)
		}
	})
	b.desk = workflow.NewDesk(b.journal, func() workflow.Rules { return b.rules })
	if _, _, err := b.desk.LoadPlan(context.Background(), b.now, b.rules.Plan, nil); err != nil {
		t.Fatal(err)
	}
	if _, opened, err := b.desk.EnsurePeriod(context.Background(), b.now); err != nil || !opened {
		t.Fatal("period not opened", err)
	}
	t.Cleanup(b.refold)
	return b
}

// at sets the clock.
func (b *bench) at(s string) {
	b.Helper()
	now, err := time.ParseInLocation(time.DateTime, s, b.rules.Clock.Zone)
	if err != nil {
		b.Fatal(err)
	}
	b.now = now
}

// when is an instant of the plan's zone.
func (b *bench) when(s string) time.Time {
	b.Helper()
	at, err := time.ParseInLocation(time.DateTime, s, b.rules.Clock.Zone)
	if err != nil {
		b.Fatal(err)
	}
	return at
}

func (b *bench) call(who workflow.Actor) workflow.Call {
	return workflow.Call{Actor: who, Received: b.now}
}

func (b *bench) act(who workflow.Actor, id string, c workflow.Command) (workflow.Receipt, error) {
	return b.desk.Act(context.Background(), b.call(who), id, c)
}

// must does the acts one after another.
func (b *bench) must(who workflow.Actor, id string, cs ...workflow.Command) workflow.Receipt {
	b.Helper()
	var r workflow.Receipt
	var err error
	for _, c := range cs {
		if r, err = b.act(who, id, c); err != nil {
			b.Fatalf("%s on %s by %s: %v", c.Trigger(), id, who.User, err)
		}
	}
	return r
}

// refused expects the code, as the error's own or that of one of its fields.
func (b *bench) refused(code string, who workflow.Actor, id string, c workflow.Command) *workflow.Error {
	b.Helper()
	head, _ := b.journal.Head()
	_, err := b.act(who, id, c)
	if after, _ := b.journal.Head(); after != head {
		b.Errorf("a refused %s wrote %d events", c.Trigger(), after-head)
	}
	return wantCode(b, err, code)
}

func wantCode(t testing.TB, err error, code string) *workflow.Error {
	t.Helper()
	var e *workflow.Error
	if !errors.As(err, &e) {
		t.Fatalf("want %s, got %v", code, err)
	}
	if e.Code == code {
		return e
	}
	for _, f := range e.Fields {
		if f.Code == code {
			return f
		}
	}
	t.Fatalf("want %s, got %v", code, e)
	return nil
}

func (b *bench) row(id string) workflow.Assignment {
	b.Helper()
	var a workflow.Assignment
	err := b.journal.Read(context.Background(), func(v workflow.ReadView) error {
		var ok bool
		var err error
		if a, ok, err = v.Assignment(id); err == nil && !ok {
			err = errors.New("no assignment " + id)
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return a
}

func (b *bench) series(id string) workflow.Series {
	b.Helper()
	var s workflow.Series
	err := b.journal.Read(context.Background(), func(v workflow.ReadView) (err error) {
		s, _, err = v.Series(id)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func (b *bench) state(id string, want workflow.State) {
	b.Helper()
	if got := b.row(id).State; got != want {
		b.Fatalf("%s is %s, want %s", id, got, want)
	}
}

func (b *bench) trail(id string) []workflow.Event {
	b.Helper()
	es, err := b.journal.Trail(context.Background(), id)
	if err != nil {
		b.Fatal(err)
	}
	return es
}

// kinds are the kinds of the assignment's events after its assigned event.
func (b *bench) kinds(id string) (ks []workflow.Kind) {
	b.Helper()
	for _, e := range b.trail(id)[1:] {
		ks = append(ks, e.Kind)
	}
	return ks
}

// all is every row, through the door that read models use.
func (b *bench) all() (as []workflow.Assignment) {
	b.Helper()
	err := b.journal.Read(context.Background(), func(v workflow.ReadView) error {
		for a, err := range v.AllAssignments() {
			if err != nil {
				return err
			}
			as = append(as, a)
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return as
}

// sweep does what the clock owes now, twice: the second time it owes nothing.
func (b *bench) sweep() int {
	b.Helper()
	var owed []workflow.Chore
	for _, a := range b.all() {
		owed = append(owed, b.rules.Chores(a, b.now)...)
	}
	n, err := b.desk.Do(context.Background(), b.now, owed)
	if err != nil {
		b.Fatal(err)
	}
	if again, err := b.desk.Do(context.Background(), b.now, owed); err != nil || again != 0 {
		b.Fatalf("the same chores again wrote %d events: %v", again, err)
	}
	return n
}

// refold folds the whole journal again and compares every row.
func (b *bench) refold() {
	es, err := b.journal.Events(context.Background(), 0, 1<<30)
	if err != nil {
		b.Fatal(err)
	}
	again := newRows()
	for _, e := range es {
		if err := workflow.Fold(again, e); err != nil {
			b.Fatal(err)
		}
	}
	for _, a := range b.all() {
		same(b, again.assignments[a.ID], a)
	}
	for id := range again.series {
		same(b, again.series[id], b.series(id))
	}
}

// same compares two values by their stored form.
func same(t interface {
	Helper()
	Errorf(string, ...any)
}, got, want any) {
	t.Helper()
	g, err := json.Marshal(got)
	if err != nil {
		t.Errorf("%v", err)
	}
	w, err := json.Marshal(want)
	if err != nil {
		t.Errorf("%v", err)
	}
	if !bytes.Equal(g, w) {
		t.Errorf("got  %s\nwant %s", g, w)
	}
}

// filed is a valid report's command.
func filed(progress string) workflow.ReportCommand {
	return workflow.ReportCommand{ReportInput: workflow.ReportInput{Progress: progress}}
}

func day(s string) *workflow.DueTime {
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return &workflow.DueTime{Date: d}
}

func instant(t time.Time) *workflow.DueTime { return &workflow.DueTime{At: t} }
