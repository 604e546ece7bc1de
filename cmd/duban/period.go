package main

import (
	"context"
	"flag"

	"duban/cmd/office"
	"duban/workflow"
	"duban/workflow/account"
)

// periodCommand is "duban period …": the regular periods that went by while no server
// ran, at the running server or on a stopped one's store.
func periodCommand(ctx context.Context, args []string, e env) error {
	var p place
	var reason string
	f := flags("period", e, func(f *flag.FlagSet) {
		p.flags(f)
		f.StringVar(&reason, "reason", "", "open: why it is opened late; it is recorded")
	})
	rest, err := parse(f, args, e)
	if err != nil {
		return err
	}
	open := len(rest) == 2 && rest[0] == "open"
	if !open && (len(rest) != 1 || rest[0] != "missing") {
		return usage("usage: duban period missing | open ID [--reason WHY]")
	}
	if done, err := atServer(ctx, p.data, "period", f, rest, nil, e); done {
		return err
	}
	return withHouse(ctx, p, e, func(h *office.House) error {
		if !open {
			return missingPeriods(ctx, h, e)
		}
		call := workflow.Call{Actor: account.Console, Received: h.Now()}
		opened, r, err := h.Desk.OpenPeriod(ctx, call, workflow.PeriodInput{ID: rest[1], Reason: reason})
		if err != nil {
			return refused(err)
		}
		say(e.out, "%s\t%s\tassigned %d\n", opened.ID, opened.Name, len(r.Events)-1)
		return nil
	})
}

func missingPeriods(ctx context.Context, h *office.House, e env) error {
	return h.Store.Read(ctx, func(v workflow.ReadView) error {
		periods, err := v.Periods()
		if err != nil {
			return err
		}
		for _, p := range h.Rules().Missing(periods, h.Now()) {
			say(e.out, "%s\t%s\t%s\t%s\n", p.ID, p.Name, p.From, p.To)
		}
		return nil
	})
}
