package workflow

import (
	"context"
	"errors"
	"testing"
	"time"

	"duban/workflow/calendar"
	"duban/workflow/plan"
)

// watched is a journal that looks how the desk holds the plan when a change arrives, and
// takes none.
type watched struct {
	Journal
	desk                   *Desk
	asked, shared, forSelf bool
}

var errWatched = errors.New("only watched")

func (w *watched) Change(context.Context, Change) (Receipt, error) {
	w.asked = true
	if w.shared = !w.desk.changing.TryLock(); !w.shared {
		w.desk.changing.Unlock()
	}
	if w.forSelf = !w.desk.changing.TryRLock(); !w.forSelf {
		w.desk.changing.RUnlock()
	}
	return Receipt{}, errWatched
}

// TestActsHoldThePlan: whatever is decided by the rules holds the plan as it is until it is
// recorded, and a change of plan lets nobody else decide meanwhile.
func TestActsHoldThePlan(t *testing.T) {
	days, err := calendar.New(calendar.Published(), nil)
	if err != nil {
		t.Fatal(err)
	}
	rules, err := NewRules(&plan.Plan{Digest: "a", Zone: time.UTC, Periods: plan.PeriodRule{DayEnds: "17:30"}}, days)
	if err != nil {
		t.Fatal(err)
	}
	w := &watched{}
	d := NewRunningDesk(w, NewInForce(rules))
	w.desk = d
	ctx, now := t.Context(), time.Date(2022, 9, 20, 9, 0, 0, 0, time.UTC)
	call := Call{Actor: Actor{User: "u", Role: OfficeMan}, Received: now}
	for name, act := range map[string]func() error{
		"Act":             func() error { _, err := d.Act(ctx, call, "x", NoteCommand{}); return err },
		"ActOnAll":        func() error { _, _, _, err := d.ActOnAll(ctx, call, []string{"x"}, UrgeCommand{}); return err },
		"Do":              func() error { _, err := d.Do(ctx, now, []Chore{{"x", ExpireCommand{}}}); return err },
		"FileFigure":      func() error { _, err := d.FileFigure(ctx, call, FileFigureInput{}); return err },
		"FileFigures":     func() error { _, err := d.FileFigures(ctx, call, []FileFigureInput{{}}, nil); return err },
		"AssignIndicator": func() error { _, err := d.AssignIndicator(ctx, call, "x", ""); return err },
		"SaveDraft":       func() error { _, err := d.SaveDraft(ctx, call, "x", DraftInput{}); return err },
		"SaveDrafts":      func() error { return d.SaveDrafts(ctx, call, nil) },
		"AskSignature":    func() error { _, err := d.AskSignature(ctx, call, "x", ReportCommand{}, DraftInput{}); return err },
		"SendBack":        func() error { _, err := d.SendBack(ctx, call, "x", "note", nil); return err },
		"SetSigning":      func() error { _, err := d.SetSigning(ctx, call, nil); return err },
		"DropEvidence":    func() error { _, err := d.DropEvidence(ctx, call, "x", "reason"); return err },
		"Assess":          func() error { _, err := d.Assess(ctx, call, "x", InformCommand{}); return err },
		"EnsurePeriod":    func() error { _, _, err := d.EnsurePeriod(ctx, now); return err },
		"OpenPeriod": func() error {
			_, _, err := d.OpenPeriod(ctx, call, PeriodInput{ID: "Z1", Name: "n", Reason: "r"})
			return err
		},
		"ApplyPlan": func() error {
			next := &plan.Plan{Digest: "b", Zone: time.UTC, Periods: plan.PeriodRule{DayEnds: "17:30"}}
			_, err := d.ApplyPlan(ctx, call, NewPlan{Plan: next, Reason: "r"}, Period{})
			return err
		},
	} {
		w.asked = false
		if err := act(); !errors.Is(err, errWatched) || !w.asked {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !w.shared || w.forSelf != (name == "ApplyPlan") {
			t.Errorf("%s holds the plan: %t, for itself alone: %t", name, w.shared, w.forSelf)
		}
		if !d.changing.TryLock() {
			t.Fatalf("%s has not let the plan go", name)
		}
		d.changing.Unlock()
	}
}

// TestRulesComeIntoForceOnce: prepared rules are in force from their event on, with its
// position, and no other event puts them in force.
func TestRulesComeIntoForceOnce(t *testing.T) {
	first := Rules{Plan: &plan.Plan{Digest: "a"}, Versions: &Versions{{PlanVersion: PlanVersion{Seq: 1, Digest: "a"}}}}
	(*first.Versions)[0].Plan = first.Plan
	f := NewInForce(first)
	loaded := func(seq uint64, digest string) Event {
		return Event{Seq: seq, Kind: KindPlanLoaded, Data: Data{Plan: &PlanRef{Digest: digest}}}
	}
	f.Loaded(loaded(1, "a"))
	f.prepare(Rules{Plan: &plan.Plan{Digest: "b"}})
	f.Loaded(loaded(5, "c"))
	f.Loaded(Event{Seq: 6, Kind: KindReported})
	if f.Rules().Plan != first.Plan {
		t.Fatal("another event has put them in force")
	}
	f.Loaded(loaded(7, "b"))
	f.Loaded(loaded(7, "b"))
	r := f.Rules()
	if r.Plan.Digest != "b" || len(*r.Versions) != 2 || (*r.Versions)[1].Seq != 7 || len(*first.Versions) != 1 {
		t.Errorf("%s, versions %+v, before %+v", r.Plan.Digest, *r.Versions, *first.Versions)
	}
	if r.PlanAt(6).Digest != "a" || r.PlanAt(7).Digest != "b" || r.Typed("a").Digest != "a" || r.Typed("").Digest != "b" || r.Typed("x").Digest != "b" {
		t.Error("a position or a digest is read by another plan")
	}
}
