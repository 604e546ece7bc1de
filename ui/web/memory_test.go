package web

import (
	"strconv"
	"testing"

	"duban/workflow"
	"duban/workflow/plan"
)

// TestAnswersAreBounded: the memory of answers takes no more than it may, and whatever changes empties it.
func TestAnswersAreBounded(t *testing.T) {
	const most = 32 << 20
	m := newAnswers(most)
	here := standing{position: 7, second: 100}
	m.at(here)
	for i := range 400 {
		m.Put(m.Stand(), question{standing: here, address: strconv.Itoa(i)}, Reply{}, 1<<20)
		if m.Bytes() > most {
			t.Fatalf("%d bytes are kept", m.Bytes())
		}
	}
	for what, next := range map[string]standing{
		"an event": {position: 8, second: 100}, "a redaction": {position: 7, redactions: 1, second: 100}, "a second": {position: 7, second: 101},
		"other rules": {position: 7, second: 100, rules: workflow.Rules{Plan: &plan.Plan{}}},
	} {
		m.at(here)
		m.Put(m.Stand(), question{standing: here}, Reply{}, 1)
		if m.at(here); m.Bytes() == 0 {
			t.Error("emptied by nothing")
		}
		if m.at(next); m.Bytes() != 0 {
			t.Errorf("%s does not empty it", what)
		}
	}
}
