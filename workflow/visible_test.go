package workflow_test

import (
	"testing"

	"duban/workflow"
)

// TestShowEvent: what is told of an event to whom.
func TestShowEvent(t *testing.T) {
	b := newBench(t, opens)
	b.must(coopMan, coop1, workflow.AcceptCommand{}, filed("开展培育工作"))
	e := b.trail(coop1)[2]
	screen := workflow.Actor{User: "tv", Role: workflow.Screen}
	for _, c := range []struct {
		who         workflow.Actor
		sees, reads bool
	}{{coopMan, true, true}, {leadMan, true, true}, {office, true, true}, {admin, true, true}, {screen, true, false}, {stranger, false, false}} {
		got, ok := b.rules.ShowEvent(c.who, e)
		if ok != c.sees || (len(got.Texts) > 0) != c.reads {
			t.Errorf("%s: %v %v", c.who.User, ok, got.Texts)
		}
		if c.who.Role == workflow.Screen && (got.Actor.User != "" || got.Data.Report != nil) {
			t.Errorf("a screen is told %+v", got)
		}
	}
	if len(e.Texts) == 0 || e.Data.Report == nil {
		t.Error("showing an event has changed it")
	}
	for _, kind := range []workflow.Kind{workflow.KindLoggedIn, workflow.KindExported, workflow.KindTextRedacted, "of_a_later_version"} {
		of := workflow.Event{Kind: kind, Data: workflow.Data{Account: &workflow.AccountRef{Name: "x"}}}
		for _, c := range []struct {
			who  workflow.Actor
			sees bool
		}{{admin, true}, {director, true}, {office, false}, {leadMan, false}, {screen, false}} {
			if _, ok := b.rules.ShowEvent(c.who, of); ok != c.sees {
				t.Errorf("%s to %s: %v", kind, c.who.User, ok)
			}
		}
	}
	for _, kind := range []workflow.Kind{workflow.KindPlanLoaded, workflow.KindPeriodOpened, workflow.KindFigureFiled} {
		for _, who := range []workflow.Actor{stranger, screen, office} {
			if _, ok := b.rules.ShowEvent(who, workflow.Event{Kind: kind}); !ok {
				t.Errorf("%s is hidden from %s", kind, who.User)
			}
		}
	}
	if _, ok := b.rules.ShowEvent(fellowMan, workflow.Event{Kind: workflow.KindFileAdded, Actor: workflow.ActorRef{Unit: "jxt"}}); ok {
		t.Error("another unit's file")
	}
}
