package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"duban/store"
	"duban/workflow"
	"duban/workflow/assess"
	"duban/workflow/plan"
)

// assessCommand is "duban assess recompute PERIOD", on a stopped server's store: the
// scores of a frozen assessment worked out again from the journal. It fails when one
// digit is not the published one.
func assessCommand(ctx context.Context, args []string, e env) error {
	var p place
	f := flags("assess", e, func(f *flag.FlagSet) { p.flags(f) })
	rest, err := parse(f, args, e)
	if err == nil && (len(rest) != 2 || rest[0] != "recompute") {
		err = usage("usage: duban assess recompute PERIOD --data DIR")
	}
	if err != nil {
		return err
	}
	s, err := store.OpenReadOnly(p.data, store.Options{Now: p.now.clock(), Logger: quiet(e)})
	if err != nil {
		return inUse(err)
	}
	return errors.Join(recompute(ctx, s, p, e, rest[1]), s.Close())
}

func recompute(ctx context.Context, s *store.Store, p place, e env, period string) error {
	rules, err := p.storedRules(ctx, s)
	if err != nil {
		return err
	}
	a := assess.New(s, s, workflow.NewDesk(s, func() workflow.Rules { return rules }), func() workflow.Rules { return rules })
	r, differ, err := a.Recompute(ctx, period)
	if err != nil {
		return refused(err)
	}
	say(e.out, "period %s\nposition %d\nplan %s\nrubric %s\nhead %d %s\n", period, r.Assessment.Position, r.Assessment.PlanDigest,
		r.Assessment.RubricDigest, r.Assessment.Head, r.Assessment.HeadHash)
	for _, t := range assess.Totals(r.Plan, r.Rows) {
		say(e.out, "%s\t%s\t%s\n", t.Department, shownPoints(t.Points), shownRank(t.Rank))
	}
	for _, d := range differ {
		say(e.err, "%s: published %s (rank %s), the journal gives %s (rank %s)\n", d.Department,
			shownPoints(d.Stored.Points), shownRank(d.Stored.Rank), shownPoints(d.Computed.Points), shownRank(d.Computed.Rank))
	}
	if len(differ) > 0 {
		return fmt.Errorf("%d departments differ", len(differ))
	}
	say(e.out, "ok\n")
	return nil
}

func shownPoints(n plan.Number) string {
	if !n.Set {
		return "-"
	}
	return n.String()
}

func shownRank(n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n)
}

// storedRules are the plan the store stands on, under the calendar.
func (p place) storedRules(ctx context.Context, s *store.Store) (workflow.Rules, error) {
	cal, err := p.days()
	if err != nil {
		return workflow.Rules{}, err
	}
	return standingRules(ctx, s, cal)
}
