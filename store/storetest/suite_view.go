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
