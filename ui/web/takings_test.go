package web

import (
	"strconv"
	"testing"
	"time"

	"duban/workflow"
)

// TestTakings: an hour later there is room again, the same is a new taking after some
// minutes, and a clock that goes back locks nobody out.
func TestTakings(t *testing.T) {
	t.Parallel()
	var k takings
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	note := func(what string) string {
		known, err := k.note("anna", what, at)
		switch {
		case err != nil:
			return workflow.AsError(err).Code
		case known:
			return "known"
		}
		return "new"
	}
	for n := range TakenMost - 1 {
		if got := note(strconv.Itoa(n)); got != "new" {
			t.Fatalf("%d: %s", n, got)
		}
	}
	if got := note("0"); got != "known" {
		t.Error(got)
	}
	at = at.Add(takenOnce)
	if got := note("0"); got != "new" {
		t.Error(got)
	}
	if got := note("more"); got != "export.too_many" {
		t.Error(got)
	}
	k.forget("anna", "0")
	if got := note("more"); got != "new" {
		t.Error(got)
	}
	at = at.Add(-24 * time.Hour)
	if got := note("earlier"); got != "new" {
		t.Errorf("set back by a day: %s", got)
	}
	at = at.Add(48 * time.Hour)
	if got := note("later"); got != "new" {
		t.Errorf("two days on: %s", got)
	}
}
