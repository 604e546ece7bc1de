package main

import (
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"

	"duban/cmd/bench"
	"duban/cmd/office"
)

// runBench is "duban bench": this binary, as processes of its own on loopback, in turns
// with floors that do the bare work only.
func runBench(ctx context.Context, args []string, e env) error {
	switch {
	case len(args) == 2 && args[0] == bench.Floored:
		return bench.ServeFloor(ctx, args[1], e.out)
	case len(args) > 3 && args[0] == bench.Profiled:
		return serveProfiled(ctx, args[1], args[2], args[3:], e)
	}
	o := bench.Options{Out: e.out}
	var screens, only string
	rest, err := parse(flags("bench", e, func(f *flag.FlagSet) {
		f.StringVar(&o.Plan, "plan", "tasks.yaml", "plan `file`")
		f.StringVar(&o.Data, "data", "", "`folder` of a generated store: measure start-up, pages and the workbook on it instead of the rates")
		f.IntVar(&o.Rounds, "rounds", 5, "how `often` each thing is measured, in turns with its floor; 1 to 20")
		f.DurationVar(&o.Slice, "slice", time.Second, "how `long` each turn is; at most 10s")
		f.StringVar(&o.Profile, "profile", "", "`folder` to write a processor and an allocation profile of each server measured to")
		f.StringVar(&only, "only", "", "comma-separated `parts` to measure, of reports, reads, screens, memory, overload, verify, start-up, pages, workbook; all if not given. floods, alone: what others notice of each flood, and what it costs")
		f.StringVar(&screens, "screens", "100,1000", "comma-separated `numbers` of screens; at most 10000 each")
	}), args, e)
	if err == nil {
		err = need(rest, 0, "bench [--rounds N] [--slice T] [--screens N,N] [--data DIR]")
	}
	if err != nil {
		return err
	}
	o.Only = words(only)
	for _, word := range words(screens) {
		n, err := strconv.Atoi(word)
		if err != nil {
			return usage("duban: --screens %q: want numbers", word)
		}
		o.Screens = append(o.Screens, n)
	}
	if err := o.Check(); err != nil {
		return usage("duban: %w", err)
	}
	if o.Self, err = exec.LookPath(os.Args[0]); err != nil {
		return err
	}
	return bench.Run(ctx, o)
}

// serveProfiled is "duban serve" that writes to the folder what it spent: NAME.cpu, and
// NAME.allocs of everything since the start. Only a bench starts it.
func serveProfiled(ctx context.Context, dir, name string, args []string, e env) error {
	if err := os.MkdirAll(dir, 0o700); err != nil { // #nosec G703 -- the operator's --profile
		return err
	}
	path := filepath.Join(dir, strings.ReplaceAll(name, string(filepath.Separator), "-"))
	cpu, err := os.Create(path + ".cpu") // #nosec G304,G703 -- in the operator's --profile
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(cpu); err != nil {
		return errors.Join(err, cpu.Close())
	}
	err = runServe(ctx, args, e)
	pprof.StopCPUProfile()
	allocs, created := os.Create(path + ".allocs") // #nosec G304,G703 -- in the operator's --profile
	if err = errors.Join(err, cpu.Close(), created); err != nil {
		return err
	}
	return errors.Join(pprof.Lookup("allocs").WriteTo(allocs, 0), allocs.Close())
}

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
	return withHouse(ctx, p, e, func(h *office.House) error {
		if seq, _ := h.Store.Head(); seq > 1 { // the plan alone
			return usage("duban: --data %s holds %d events; made-up work goes into a store of its own", p.data, seq)
		}
		err := bench.Generate(ctx, h.Store, h.Rules().Plan, h.Now(), size)
		seq, head := h.Store.Head()
		if err == nil {
			say(e.out, "events %d\nhead %s\ntook %.1f s\n", seq, head, time.Since(begin).Seconds())
		}
		return errors.Join(err, ctx.Err())
	})
}
