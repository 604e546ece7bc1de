package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"duban/workflow"
)

// Maker makes a fresh, empty engine whose machine's clock is now. It closes it
// when the test ends.
type Maker func(t testing.TB, now func() time.Time) Engine

// Run holds an engine against everything workflow.Journal, workflow.Files,
// workflow.Sources and account.Store promise.
func Run(t *testing.T, make Maker) {
	for name, test := range map[string]func(*testing.T, *fixture){
		"change writes events and rows":       testChange,
		"a refusal changes nothing":           testRefusal,
		"a panic in decide is one failed job": testPanic,
		"jobs do not touch each other":        testIsolation,
		"events hold their defaults":          testDefaults,
		"chain and positions":                 testChain,
		"view inside decide":                  testView,
		"keys":                                testKeys,
		"keys expire":                         testKeyLife,
		"no events, no key":                   testNoEvents,
		"time never goes back":                testTime,
		"stored bytes give the chain":         testLinks,
		"follow is exact":                     testFollow,
		"follow ends":                         testFollowEnds,
		"trail":                               testTrail,
		"events of a view":                    testReadEvents,
		"events at positions":                 testEventsAt,
		"texts and redaction":                 testRedaction,
		"redactions are counted":              testRedactions,
		"plan source":                         testSource,
		"plan versions":                       testVersions,
		"read view":                           testReadView,
		"memory is not shared":                testSharing,
		"drafts":                              testDrafts,
		"accounts":                            testAccounts,
		"accounts and events are one":         testAccountEvents,
		"files":                               testFiles,
		"files deleted":                       testFileDeleted,
		"files and keys":                      testFileKeys,
		"closed":                              testClosed,
		"context":                             testContext,
	} {
		t.Run(name, func(t *testing.T) {
			f := &fixture{clock: NewClock()}
			f.Engine = make(t, f.clock.Now)
			test(t, f)
		})
	}
}

// fixture is an engine with its clock and short ways to use it.
type fixture struct {
	Engine
	clock *Clock
}

var (
	bg     = context.Background()
	liaise = workflow.Actor{User: "li", Unit: "scjg", Role: workflow.Liaison}
	office = workflow.Actor{User: "wang", Unit: "office", Role: workflow.OfficeMan}
)

// just is a decision that is already made.
func just(events ...workflow.Event) func(workflow.View, time.Time) ([]workflow.Event, error) {
	return func(workflow.View, time.Time) ([]workflow.Event, error) { return events, nil }
}

// Assigned is the first event of an assignment in period 2022Q3.
func Assigned(task int, department string) workflow.Event {
	due := Start.AddDate(0, 0, 10)
	return workflow.Event{Kind: workflow.KindAssigned, Assignment: workflow.AssignmentID("2022Q3", task, workflow.Lead, department),
		Period: "2022Q3", Task: task, Department: department, To: workflow.Assigned,
		Data: workflow.Data{Due: &due, AcceptBy: &due, Role: workflow.Lead}}
}

// Noted is an event that can follow any other of the assignment.
func Noted(assignment, text string) workflow.Event {
	return workflow.Event{Kind: workflow.KindNoted, Assignment: assignment, Texts: workflow.Texts{"text": text}}
}

// exported is an event about no assignment.
func exported(what string) workflow.Event {
	return workflow.Event{Kind: workflow.KindExported, Texts: workflow.Texts{"text": what}}
}

func (f *fixture) do(t testing.TB, events ...workflow.Event) workflow.Receipt {
	t.Helper()
	c := workflow.Change{Received: f.clock.Now(), Actor: office, Decide: just(events...)}
	if len(events) > 0 {
		c.Subject = events[len(events)-1].Assignment
	}
	r, err := f.Change(bg, c)
	if err != nil {
		t.Fatalf("change: %v", err)
	}
	return r
}

func (f *fixture) row(t testing.TB, id string) (a workflow.Assignment, found bool) {
	t.Helper()
	err := f.Read(bg, func(v workflow.ReadView) (err error) {
		a, found, err = v.Assignment(id)
		return err
	})
	if err != nil {
		t.Fatalf("read %s: %v", id, err)
	}
	return a, found
}

func wantCode(t testing.TB, err error, kind workflow.ErrorKind, code string) {
	t.Helper()
	var e *workflow.Error
	if !errors.As(err, &e) || e.Kind != kind || e.Code != code {
		t.Fatalf("got error %v, want kind %d code %s", err, kind, code)
	}
}

func testChange(t *testing.T, f *fixture) {
	e := Assigned(1, "scjg")
	r := f.do(t, e)
	if len(r.Events) != 1 || r.Seq != 1 || r.Events[0].Seq != 1 || r.Repeated {
		t.Fatalf("receipt %+v", r)
	}
	a, found := f.row(t, e.Assignment)
	if !found || a.State != workflow.Assigned || a.Version != 1 || a.Seq != 1 || !a.Due.Equal(*e.Data.Due) {
		t.Fatalf("row %v %+v", found, a)
	}
	if !reflect.DeepEqual(a, r.Assignment) {
		t.Fatalf("receipt has row %+v, store %+v", r.Assignment, a)
	}
	r = f.do(t, Noted(e.Assignment, "one"), Noted(e.Assignment, "two"))
	if r.Seq != 3 || len(r.Events) != 2 || r.Assignment.Version != 3 {
		t.Fatalf("receipt of two events %+v", r)
	}
	events, err := f.Events(bg, 0, 10)
	if err != nil || len(events) != 3 || !reflect.DeepEqual(events[1:], r.Events) {
		t.Fatalf("events %+v, %v; told %+v", events, err, r.Events)
	}
	if events[2].Texts["text"] != "two" || events[2].Assignment != e.Assignment {
		t.Fatalf("event %+v", events[2])
	}
}

func testRefusal(t *testing.T, f *fixture) {
	e := Assigned(1, "scjg")
	refusal := workflow.Refuse("assignment.not_accepted")
	_, err := f.Change(bg, workflow.Change{Key: "k", Decide: func(workflow.View, time.Time) ([]workflow.Event, error) {
		return []workflow.Event{e}, refusal
	}})
	if err != error(refusal) {
		t.Fatalf("refusal came back as %v", err)
	}
	if _, found := f.row(t, e.Assignment); found {
		t.Fatal("a refused change left a row")
	}
	if seq, _ := f.Head(); seq != 0 {
		t.Fatalf("a refused change moved the head to %d", seq)
	}
	r, err := f.Change(bg, workflow.Change{Key: "k", Digest: [32]byte{1}, Decide: just(e)})
	if err != nil || r.Repeated || r.Seq != 1 {
		t.Fatalf("the key of a refused change was kept: %+v %v", r, err)
	}
	if _, err := f.Change(bg, workflow.Change{Decide: just(exported("y"), workflow.Event{})}); err == nil {
		t.Fatal("an event without a kind was taken")
	}
	if seq, _ := f.Head(); seq != 1 {
		t.Fatalf("half of a failed change was kept: head %d", seq)
	}
}

func testPanic(t *testing.T, f *fixture) {
	_, err := f.Change(bg, workflow.Change{Decide: func(workflow.View, time.Time) ([]workflow.Event, error) { panic("boom") }})
	if e := workflow.AsError(err); err == nil || e.Kind != workflow.Internal {
		t.Fatalf("panic came back as %v", err)
	}
	f.do(t, Assigned(1, "scjg"))
}

// testIsolation mixes jobs that succeed, refuse and panic on the same rows.
func testIsolation(t *testing.T, f *fixture) {
	id := f.do(t, Assigned(1, "scjg")).Assignment.ID
	var wg sync.WaitGroup
	const n = 48
	for i := range n {
		wg.Go(func() {
			_, err := f.Change(bg, workflow.Change{Subject: id, Decide: func(v workflow.View, _ time.Time) ([]workflow.Event, error) {
				a, _, err := v.Assignment(id)
				if err != nil {
					return nil, err
				}
				events := []workflow.Event{Noted(id, fmt.Sprint(a.Version)), Assigned(100+i, "other")}
				switch i % 3 {
				case 1:
					return events, workflow.Refuse("no")
				case 2:
					panic("no")
				}
				return events, nil
			}})
			if (err == nil) != (i%3 == 0) {
				t.Errorf("job %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	a, _ := f.row(t, id)
	if want := 1 + n/3; a.Version != want {
		t.Fatalf("version %d, want %d", a.Version, want)
	}
	trail, err := f.Trail(bg, id)
	if err != nil || len(trail) != a.Version {
		t.Fatalf("%d events on the trail, %v", len(trail), err)
	}
	for i, e := range trail[1:] { // each decision saw the row its predecessor left
		if got := e.Texts["text"]; got != fmt.Sprint(i+1) {
			t.Fatalf("event %d decided on version %s, want %d", e.Seq, got, i+1)
		}
	}
	for i := range n {
		_, found := f.row(t, Assigned(100+i, "other").Assignment)
		if found != (i%3 == 0) {
			t.Fatalf("row of job %d: found=%v", i, found)
		}
	}
}

func testDefaults(t *testing.T, f *fixture) {
	received := f.clock.Now().In(time.FixedZone("", 3600))
	own := Start.Add(-time.Hour)
	acting := workflow.Actor{User: "li", Unit: "scjg", OnBehalf: "zhao"}
	plain, dated := exported(""), exported("")
	plain.Texts, dated.Texts = nil, nil
	dated.At, dated.Actor = own, workflow.Clock.Ref()
	plain.TextDigest, plain.Seq = "forged", 77
	r, err := f.Change(bg, workflow.Change{Received: received, Actor: acting, Decide: just(plain, dated)})
	if err != nil {
		t.Fatal(err)
	}
	a, b := r.Events[0], r.Events[1]
	if !a.At.Equal(received) || a.At.Format(time.RFC3339Nano) != received.Format(time.RFC3339Nano) || !r.At.Equal(received) {
		t.Errorf("At %s, received %s with its offset", a.At, received)
	}
	if a.Actor != acting.Ref() || a.TextDigest != "" || a.Seq != 1 {
		t.Errorf("event %+v", a)
	}
	if !b.At.Equal(own) || b.Actor != workflow.Clock.Ref() || b.RecordedAt.Before(received) {
		t.Errorf("event with its own time and actor: %+v", b)
	}
}

func testChain(t *testing.T, f *fixture) {
	if seq, h := f.Head(); seq != 0 || h != (workflow.Hash{}) {
		t.Fatalf("empty head %d %s", seq, h)
	}
	if f.Epoch() == "" {
		t.Fatal("no epoch")
	}
	for i := range 5 {
		f.do(t, Assigned(i, "scjg"), Noted(Assigned(i, "scjg").Assignment, "x"))
	}
	events, err := f.Events(bg, 0, 100)
	if err != nil || len(events) != 10 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	var prev workflow.Hash
	for i, e := range events {
		if e.Seq != uint64(i+1) || e.Prev != prev || e.Hash == prev {
			t.Fatalf("event %d: seq %d prev %s hash %s", i, e.Seq, e.Prev, e.Hash)
		}
		prev = e.Hash
	}
	if seq, h := f.Head(); seq != 10 || h != prev {
		t.Fatalf("head %d %s, want 10 %s", seq, h, prev)
	}
	for _, c := range []struct {
		after uint64
		limit int
		want  int
	}{{0, 3, 3}, {8, 5, 2}, {10, 5, 0}, {99, 5, 0}, {3, 0, 0}} {
		got, err := f.Events(bg, c.after, c.limit)
		if err != nil || len(got) != c.want || (len(got) > 0 && got[0].Prev != events[c.after].Prev) {
			t.Errorf("events after %d, limit %d: %d, %v", c.after, c.limit, len(got), err)
		}
	}
}

func testView(t *testing.T, f *fixture) {
	open := &workflow.Period{ID: "2022Q3", Name: "Q3", Due: Start}
	f.do(t, Assigned(1, "b"), Assigned(1, "a"), Assigned(11, "a"), Assigned(2, "a"),
		workflow.Event{Kind: workflow.KindPeriodOpened, Data: workflow.Data{OpenPeriod: open}},
		workflow.Event{Kind: workflow.KindPlanLoaded, Data: workflow.Data{Plan: &workflow.PlanRef{ID: "p", Digest: "d"}}})
	special := Assigned(1, "c") // its id begins like the others', its period is another
	special.Period = "2022Q3-01"
	special.Assignment = workflow.AssignmentID("2022Q3-01", 1, workflow.Lead, "c")
	f.do(t, special)
	_, err := f.Change(bg, workflow.Change{Decide: func(v workflow.View, _ time.Time) ([]workflow.Event, error) {
		as, err := v.TaskAssignments("2022Q3", 1)
		if err != nil || len(as) != 2 || as[0].Department != "a" || as[1].Department != "b" {
			t.Errorf("task 1: %+v %v", as, err)
		}
		if p, ok, err := v.Period("2022Q3"); !ok || err != nil || p.Seq != 5 || !p.Due.Equal(Start) {
			t.Errorf("period %+v %v %v", p, ok, err)
		}
		if ps, err := v.Periods(); err != nil || len(ps) != 1 {
			t.Errorf("periods %v %v", ps, err)
		}
		if p, ok, err := v.Plan(); !ok || err != nil || p.Digest != "d" {
			t.Errorf("plan %v %v %v", p, ok, err)
		}
		for _, missing := range []func() (bool, error){
			func() (bool, error) { _, ok, err := v.Assignment("none"); return ok, err },
			func() (bool, error) { _, ok, err := v.Period("none"); return ok, err },
			func() (bool, error) { _, ok, err := v.Series("none"); return ok, err },
			func() (bool, error) { _, ok, err := v.File("none"); return ok, err },
			func() (bool, error) { x, err := v.Texts(99); return x != nil, err },
		} {
			if found, err := missing(); found || err != nil {
				t.Errorf("a missing row: %v %v", found, err)
			}
		}
		return nil, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
}
