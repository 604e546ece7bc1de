package main

import (
	"context"
	"errors"
	"flag"
	"time"

	"duban/cmd/bench"
)

// The largest store that can be generated.
const (
	mostAssignments = 200_000
	mostEvents      = 2_000_000
)

// generate is "duban generate": a large store of made-up work, to measure on.
func generate(ctx context.Context, args []string, e env) error {
	var p place
	var size bench.Size
	rest, err := parse(flags("generate", e, func(f *flag.FlagSet) {
		p.flags(f)
		f.IntVar(&size.Assignments, "assignments", 10_000, "`number` of assignments")
		f.IntVar(&size.Events, "events", 50_000, "`number` of events, the assigning ones included")
	}), args, e)
	if err == nil {
		err = need(rest, 0, "generate --assignments N --events M --data DIR")
	}
	if err == nil && (size.Assignments < 1 || size.Assignments > mostAssignments || size.Events < size.Assignments || size.Events > mostEvents) {
		err = usage("duban: want 1 to %d --assignments and as many --events or more, at most %d", mostAssignments, mostEvents)
	}
	if err != nil {
		return err
	}
	size.Prefix, p.madeUp = bench.Prefix, true
	begin := time.Now()
	return withHouse(ctx, p, e, func(h *house) error {
		if seq, _ := h.store.Head(); seq > 1 { // the plan alone
			return usage("duban: --data %s holds %d events; made-up work goes into a store of its own", p.data, seq)
		}
		err := bench.Generate(ctx, h.store, h.rules().Plan, h.now(), size)
		seq, head := h.store.Head()
		if err == nil {
			say(e.out, "events %d\nhead %s\ntook %.1f s\n", seq, head, time.Since(begin).Seconds())
		}
		return errors.Join(err, ctx.Err())
	})
}
