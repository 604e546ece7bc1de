package store_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"duban/store/codec"
	"duban/store/storetest"
	"duban/workflow"
	"duban/workflow/plan"

	"pgregory.net/rapid"
)

// model makes any event in any order: the store keeps facts, sense is for Decide.
type model struct {
	pick func(n int) int
	seq  uint64
	made map[string]bool
}

func newModel(seed uint64) *model {
	r := rand.New(rand.NewPCG(seed, seed))
	return &model{pick: r.IntN, made: map[string]bool{}}
}

var modelKinds = []workflow.Kind{workflow.KindAccepted, workflow.KindReported, workflow.KindRecalled, workflow.KindVerified,
	workflow.KindReturned, workflow.KindExpired, workflow.KindExtensionRequested, workflow.KindExtended, workflow.KindExtensionRefused,
	workflow.KindUrged, workflow.KindUrgeRead, workflow.KindUrgeReplied, workflow.KindReminded, workflow.KindDirected,
	workflow.KindNoted, workflow.KindWithdrawn, workflow.KindReopened, workflow.KindMarked, workflow.KindAssigned}

// next is one change's events, one to three.
func (m *model) next() []workflow.Event {
	var out []workflow.Event
	for range 1 + m.pick(3) {
		m.seq++
		out = append(out, m.event())
	}
	return out
}

func (m *model) event() workflow.Event {
	indicator := fmt.Sprintf("G%d", m.pick(3))
	figure := workflow.Figure{Indicator: indicator, Value: plan.Num(int64(m.pick(1000))), AsOf: plan.Date{}}
	switch m.pick(12) {
	case 0:
		return workflow.Event{Kind: workflow.KindFigureFiled, Data: workflow.Data{Indicator: indicator, Figure: &figure}}
	case 1:
		return workflow.Event{Kind: workflow.KindFigureCorrected, Data: workflow.Data{Indicator: indicator, Figure: &figure,
			Corrects: uint64(m.pick(int(m.seq)))}}
	case 2:
		return workflow.Event{Kind: workflow.KindIndicatorAssigned, Data: workflow.Data{Indicator: indicator, Owner: "scjg"}}
	case 3:
		return workflow.Event{Kind: workflow.KindPeriodOpened, Data: workflow.Data{OpenPeriod: &workflow.Period{ID: indicator, Due: storetest.Start}}}
	}
	e := storetest.Assigned(m.pick(4)+1, "scjg")
	if !m.made[e.Assignment] {
		m.made[e.Assignment] = true
		return e
	}
	due := storetest.Start.Add(time.Duration(m.pick(1000)) * time.Hour)
	days := m.pick(4)
	e.Kind = modelKinds[m.pick(len(modelKinds))]
	e.To = append([]workflow.State{""}, workflow.States...)[m.pick(7)]
	e.Data = workflow.Data{Due: &due, AcceptBy: &due, Wanted: &due, N: m.pick(3), Late: m.pick(2) == 0, Workdays: &days, Role: workflow.Lead,
		Report: &workflow.ReportData{Figures: []workflow.Figure{figure}, HasAsks: m.pick(2) == 0}}
	if e.Kind == workflow.KindReported && m.pick(3) == 0 {
		e.Data.Report.Figures = nil
	}
	if m.pick(2) == 0 {
		e.Texts = workflow.Texts{"text": fmt.Sprint("文本 <b>&\u2028 ", m.seq), "reason": ""}
	}
	return e
}

// TestModel writes random events through both engines and holds their rows
// against a plain fold of the events each tells.
func TestModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := &model{pick: func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "pick") }, made: map[string]bool{}}
		engines := map[string]storetest.Engine{"store": storetest.New(t), "memory": storetest.NewMemory(storetest.NewClock().Now)}
		for range rapid.IntRange(1, 12).Draw(rt, "changes") {
			before := maps.Clone(m.made)
			events := m.next()
			refuse := rapid.IntRange(0, 5).Draw(rt, "refuse") == 0
			if refuse {
				m.made = before
			}
			for name, s := range engines {
				_, err := s.Change(bg, workflow.Change{Received: storetest.Start, Decide: func(workflow.View, time.Time) ([]workflow.Event, error) {
					if refuse {
						return events, workflow.Refuse("no")
					}
					return events, nil
				}})
				if (err != nil) != refuse {
					rt.Fatalf("%s: %v", name, err)
				}
			}
		}
		rows := map[string]string{}
		for name, s := range engines {
			rows[name] = dump(rt, s)
			if want := folded(rt, s); rows[name] != want {
				rt.Fatalf("%s:\nrows   %s\nfolded %s", name, rows[name], want)
			}
		}
		if rows["store"] != rows["memory"] {
			rt.Fatalf("the engines differ:\n%s\n%s", rows["store"], rows["memory"])
		}
		for _, s := range engines {
			if err := s.Close(); err != nil {
				rt.Fatal(err)
			}
		}
	})
}

// dump is every folded row as JSON.
func dump(t rapid.TB, s workflow.Journal) string {
	var out []string
	add := func(v any) {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(b))
	}
	err := s.Read(bg, func(v workflow.ReadView) error {
		for a, err := range v.AllAssignments() {
			if err != nil {
				return err
			}
			add(a)
		}
		for x, err := range v.AllSeries() {
			if err != nil {
				return err
			}
			add(x)
		}
		ps, err := v.Periods()
		for _, p := range ps {
			add(p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, "\n")
}

// folded is what dump must be: the events folded into a fresh memory engine's
// rows by workflow.Fold alone, one Apply after the other.
func folded(t rapid.TB, s workflow.Journal) string {
	events, err := s.Events(bg, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	fresh := storetest.NewMemory(storetest.NewClock().Now)
	for _, e := range events {
		if _, err := fresh.Change(bg, workflow.Change{Decide: just(e)}); err != nil {
			t.Fatal(err)
		}
	}
	for id := range map[string]bool{storetest.Assigned(1, "scjg").Assignment: true} {
		var want workflow.Assignment
		for _, e := range events {
			if e.Assignment == id {
				want = workflow.Apply(want, e)
			}
		}
		var got workflow.Assignment
		if err := s.Read(bg, func(v workflow.ReadView) (err error) { got, _, err = v.Assignment(id); return err }); err != nil {
			t.Fatal(err)
		}
		a, _ := json.Marshal(want)
		b, _ := json.Marshal(got)
		if string(a) != string(b) {
			t.Fatalf("row %s\napplied %s", b, a)
		}
	}
	rows := dump(t, fresh)
	if err := fresh.Close(); err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestCloneAssignment fills every field and looks for memory that is shared.
func TestCloneAssignment(t *testing.T) {
	var a workflow.Assignment
	fill(t, reflect.ValueOf(&a).Elem())
	noneShared(t, "Assignment", reflect.ValueOf(a), reflect.ValueOf(codec.CloneAssignment(a)))
	if !reflect.DeepEqual(a, codec.CloneAssignment(a)) {
		t.Fatal("the copy differs")
	}
}

func fill(t *testing.T, v reflect.Value) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(storetest.Start))
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem())
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 4))
		for i := range v.Len() {
			fill(t, v.Index(i))
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	case v.Kind() == reflect.String:
		v.SetString("x")
	case v.CanInt():
		v.SetInt(1)
	case v.CanUint():
		v.SetUint(1)
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	default:
		t.Fatalf("teach this test about %s", v.Type())
	}
}

func noneShared(t *testing.T, path string, a, b reflect.Value) {
	switch a.Kind() {
	case reflect.Pointer, reflect.Slice:
		if a.Pointer() == b.Pointer() {
			t.Errorf("%s is shared", path)
			return
		}
		if a.Kind() == reflect.Pointer {
			noneShared(t, path, a.Elem(), b.Elem())
			return
		}
		for i := range a.Len() {
			noneShared(t, fmt.Sprintf("%s[%d]", path, i), a.Index(i), b.Index(i))
		}
	case reflect.Struct:
		if a.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range a.NumField() {
			noneShared(t, path+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i))
		}
	}
}
