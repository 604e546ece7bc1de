package storetest

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"duban/workflow"
)

// testReadEvents holds that a view reads the same events as the journal, at any position
// and by kind along a trail.
func testReadEvents(t *testing.T, f *fixture) {
	a, b := Assigned(1, "a"), Assigned(1, "ab") // one id is the beginning of the other
	f.do(t, a, b)
	for i := range 9 {
		e := Noted([]string{a.Assignment, b.Assignment}[i%2], fmt.Sprint(i))
		if i%4 == 0 {
			e.Kind = workflow.KindUrged
		}
		f.do(t, e)
	}
	all, err := f.Events(bg, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	err = f.Read(bg, func(v workflow.ReadView) error {
		for _, e := range all {
			if got, err := v.Event(e.Seq); err != nil || !reflect.DeepEqual(got, e) {
				t.Errorf("event %d: %+v, %v", e.Seq, got, err)
			}
		}
		for _, none := range []uint64{0, v.Position() + 1} {
			_, err := v.Event(none)
			wantCode(t, err, workflow.NotFound, "event.unknown")
		}
		for _, id := range []string{a.Assignment, b.Assignment, "none", ""} {
			for upto := range v.Position() + 3 {
				for _, kinds := range [][]workflow.Kind{{workflow.KindUrged}, {workflow.KindNoted, workflow.KindAssigned}, nil} {
					var want workflow.Event
					found := false
					for _, e := range all {
						if e.Assignment == id && id != "" && e.Seq <= upto && slices.Contains(kinds, e.Kind) {
							want, found = e, true
						}
					}
					got, ok, err := v.LastOf(id, upto, kinds...)
					if err != nil || ok != found || !reflect.DeepEqual(got, want) {
						t.Fatalf("last %v of %q up to %d: %+v, %v, %v", kinds, id, upto, got, ok, err)
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// testVersions: every plan that was put in force is told with its position, and nothing
// that only speaks of one.
func testVersions(t *testing.T, f *fixture) {
	load := func(digest, before string) workflow.Event {
		return workflow.Event{Kind: workflow.KindPlanLoaded, Data: workflow.Data{Plan: &workflow.PlanRef{ID: "p", Digest: digest, Before: before}}}
	}
	told := func() (out []string) {
		all, err := f.PlanVersions(bg)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range all {
			out = append(out, fmt.Sprint(v.Seq, " ", v.Digest))
		}
		return out
	}
	if got := told(); len(got) != 0 {
		t.Error(got)
	}
	f.do(t, load("a", ""), Assigned(1, "a"))
	if got := told(); !slices.Equal(got, []string{"1 a"}) {
		t.Error(got)
	}
	f.do(t, workflow.Event{Kind: workflow.KindNoted, Texts: workflow.Texts{"text": `"kind":"plan_loaded"`}}, load("b", "a"), Assigned(2, "b"), load("a", "b"))
	if got := told(); !slices.Equal(got, []string{"1 a", "4 b", "6 a"}) {
		t.Error(got)
	}
}
