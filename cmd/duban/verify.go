package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"duban/cmd/office"
	"duban/store"
	"duban/workflow"
	"duban/workflow/assess"
	"duban/workflow/plan"
)

// verify is "duban verify": the journal's proof, and with --head that the journal
// still contains what was signed then.
func verify(ctx context.Context, args []string, e env) error {
	var p place
	var file, signer string
	f := flags("verify", e, func(f *flag.FlagSet) {
		p.flags(f)
		f.StringVar(&file, "head", "", "signed head `file` that was kept elsewhere")
		f.StringVar(&signer, "head-signer", "", "`fingerprint` of the key that must have signed it")
	})
	rest, err := parse(f, args, e)
	if err == nil {
		err = need(rest, 0, "verify --data DIR [--head FILE]")
	}
	if err != nil {
		return err
	}
	var head workflow.Head
	if file != "" {
		if head, err = readHead(file, signer); err != nil {
			return err
		}
	}
	s, err := store.OpenReadOnly(p.data, store.Options{Now: p.now.clock(), Logger: quiet(e)})
	if err != nil {
		return inUse(err)
	}
	report, err := s.Verify(ctx, nil)
	if err == nil && file != "" {
		err = sameHead(ctx, s, head, e)
	}
	if err == nil {
		say(e.out, "events %d\nhead %s\nassignments %d\nok\n", report.Events, report.Head, report.Assignments)
	}
	return errors.Join(err, s.Close())
}

// readHead reads a head file whose signature holds; signer may name whose it must be.
func readHead(file, signer string) (workflow.Head, error) {
	b, err := os.ReadFile(file) // #nosec G304 -- the operator's own file
	if err != nil {
		return workflow.Head{}, usage("duban: --head: %v", err)
	}
	head, err := workflow.ReadHead(b)
	if err != nil {
		return head, fmt.Errorf("%s: %w", file, err)
	}
	if signer != "" && signer != head.Fingerprint() {
		return head, fmt.Errorf("%s: it is signed by %s, not by %s", file, head.Fingerprint(), signer)
	}
	return head, nil
}

// sameHead proves that the journal contains the head.
func sameHead(ctx context.Context, s *store.Store, head workflow.Head, e env) error {
	hash, err := head.Position()
	if err != nil {
		return err
	}
	if err := s.VerifyHead(ctx, head.Seq, hash); err != nil {
		return err
	}
	say(e.out, "contains event %d as signed at %s by %s\n", head.Seq, head.At.Format(time.RFC3339), head.Fingerprint())
	if head.Epoch != s.Epoch() {
		say(e.out, "the head is of epoch %s, this store of %s: a restored copy that goes on from the same journal\n", head.Epoch, s.Epoch())
	}
	return nil
}

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
	return office.StandingRules(ctx, s, cal)
}
