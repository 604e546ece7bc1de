package storetest

import (
	"reflect"
	"testing"

	"duban/workflow"
)

// testEventsAt: what is read at positions is what the list of all says there, in the order
// asked for, also twice, and is the reader's own; one that is none is said to be none.
func testEventsAt(t *testing.T, f *fixture) {
	id := f.do(t, Assigned(1, "scjg")).Assignment.ID
	f.do(t, Noted(id, "first"), Noted(id, "second"), exported("x"))
	all, err := f.Events(bg, 0, 100)
	if err != nil || len(all) != 4 {
		t.Fatalf("%d events, %v", len(all), err)
	}
	for range 2 {
		got, err := f.EventsAt(bg, 3, 1, 4, 3, 2)
		want := []workflow.Event{all[2], all[0], all[3], all[2], all[1]}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v, %v\nwant %+v", got, err, want)
		}
		got[0].Texts["text"] = "changed"
		if got[3].Texts["text"] != "second" {
			t.Fatal("two places of one answer share their texts")
		}
	}
	if none, err := f.EventsAt(bg); err != nil || len(none) != 0 {
		t.Fatalf("no positions: %v %v", none, err)
	}
	for _, wrong := range [][]uint64{{0}, {5}, {1, 99}, {99, 1}} {
		got, err := f.EventsAt(bg, wrong...)
		wantCode(t, err, workflow.NotFound, "event.unknown")
		if got != nil {
			t.Errorf("%v: something beside the error", wrong)
		}
	}
}

// testRedactions: the number stands while nothing is redacted, is raised before the
// receipt of a redaction, and what is read after it says the text no more.
func testRedactions(t *testing.T, f *fixture) {
	id := f.do(t, Assigned(1, "scjg")).Assignment.ID
	said := f.do(t, Noted(id, "a person's name")).Events[0]
	before := f.Redactions()
	f.do(t, Noted(id, "kept"))
	if got := f.Redactions(); got != before {
		t.Fatalf("%d redactions after none, %d before", got, before)
	}
	for range 2 {
		f.do(t, workflow.Event{Kind: workflow.KindTextRedacted, Data: workflow.Data{Redacted: said.Seq}})
		if got := f.Redactions(); got <= before {
			t.Fatalf("%d redactions after one, %d before", got, before)
		}
		before = f.Redactions()
	}
	got, err := f.EventsAt(bg, said.Seq)
	if err != nil || got[0].Texts != nil || got[0].Hash != said.Hash {
		t.Fatalf("%+v, %v", got, err)
	}
}
