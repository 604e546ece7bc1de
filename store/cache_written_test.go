package store_test

import (
	"reflect"
	"strings"
	"testing"

	"duban/store"
	"duban/store/storetest"
	"duban/workflow"
)

// What is answered from memory is what the file holds, wherever a reader stands and
// however long the texts are: the newest of many events, and of a few large ones.
func TestCachedWritesAreTheFile(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(dir, opts())
	if err != nil {
		t.Fatal(err)
	}
	id := storetest.Assigned(1, "a").Assignment
	if err := write(s, storetest.Assigned(1, "a")); err != nil {
		t.Fatal(err)
	}
	total := uint64(1)
	for n := range 40 {
		var events []workflow.Event
		for i := range 1 + n*2 {
			text := "x"
			if n == 30 {
				text = strings.Repeat("长", 40_000) // more than memory keeps together
			}
			if i%2 == 0 {
				text += "\n<&>"
			}
			events = append(events, storetest.Noted(id, text))
		}
		if err := write(s, events...); err != nil {
			t.Fatal(err)
		}
		total += uint64(len(events))
	}
	var live [][]workflow.Event
	at := func(s *store.Store, i uint64) []workflow.Event {
		events, err := s.Events(bg, i, 3)
		if err != nil {
			t.Fatal(err)
		}
		return events
	}
	for i := range total + 1 {
		live = append(live, at(s, i))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = store.Open(dir, opts()); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for i := range total + 1 {
		if file := at(s, i); !reflect.DeepEqual(live[i], file) || len(file) != int(min(3, total-i)) {
			t.Fatalf("after %d: %d events from memory, %d from the file, not the same", i, len(live[i]), len(file))
		}
	}
}

// A text that is redacted is gone from memory with the same commit.
func TestCachedWritesForgetRedactedTexts(t *testing.T) {
	s, err := store.Open(t.TempDir(), opts())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	id := storetest.Assigned(1, "a").Assignment
	secret := storetest.Noted(id, "secret")
	if err := write(s, storetest.Assigned(1, "a"), secret); err != nil {
		t.Fatal(err)
	}
	if events, err := s.Events(bg, 1, 1); err != nil || events[0].Texts["text"] != "secret" {
		t.Fatal(events, err)
	}
	// With a second secret in the same commit as its redaction.
	redact := func(seq uint64) workflow.Event {
		return workflow.Event{Kind: workflow.KindTextRedacted, Data: workflow.Data{Redacted: seq}}
	}
	if err := write(s, redact(2), secret, redact(4)); err != nil {
		t.Fatal(err)
	}
	events, err := s.Events(bg, 0, 10)
	if err != nil || len(events) != 5 {
		t.Fatal(events, err)
	}
	for _, e := range events {
		if e.Texts["text"] == "secret" {
			t.Errorf("event %d still says it", e.Seq)
		}
	}
}
