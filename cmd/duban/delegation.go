package main

import (
	"context"
	"flag"
	"time"

	"duban/workflow/account"
	"duban/workflow/calendar"
)

const delegationUsage = "usage: duban delegation grant FOR --to NAME --until YYYY-MM-DD [--from YYYY-MM-DD] | list | revoke ID"

// delegation is "duban delegation …": who may act for whom, as user.
func delegation(ctx context.Context, args []string, e env) error {
	var p place
	var to, from, until string
	f := flags("delegation", e, func(f *flag.FlagSet) {
		p.flags(f)
		f.StringVar(&to, "to", "", "account that may act for the other")
		f.StringVar(&from, "from", "", "first `day`, YYYY-MM-DD; today unless given")
		f.StringVar(&until, "until", "", "last `day`, YYYY-MM-DD")
	})
	rest, err := parse(f, args, e)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return usage(delegationUsage)
	}
	if done, err := atServer(ctx, p.data, "delegation", f, rest, nil, e); done {
		return err
	}
	verb, rest := rest[0], rest[1:]
	switch verb {
	case "grant":
		if err := need(rest, 1, "delegation grant FOR --to NAME --until YYYY-MM-DD [--from YYYY-MM-DD]"); err != nil {
			return err
		}
		if to == "" || until == "" {
			return usage("duban: delegation grant needs --to and --until")
		}
		return withHouse(ctx, p, e, func(h *house) error { return grant(ctx, h, rest[0], to, from, until, e) })
	case "list":
		return withHouse(ctx, p, e, func(h *house) error { return listDelegations(ctx, h, e) })
	case "revoke":
		if err := need(rest, 1, "delegation revoke ID"); err != nil {
			return err
		}
		return withHouse(ctx, p, e, func(h *house) error {
			return refused(h.accounts.RevokeDelegation(ctx, h.hour(), account.Console, rest[0]))
		})
	}
	return usage("duban: delegation %s: want grant, list or revoke", verb)
}

// grant lets an account act for another from the beginning of a day to the end of
// one, by the plan's zone, and prints the delegation's id.
func grant(ctx context.Context, h *house, name, to, from, until string, e env) error {
	zone, now := h.rules().Plan.Zone, h.hour()
	first := calendar.DateOf(now.In(zone))
	if from != "" {
		var err error
		if first, err = calendar.ParseDate(from); err != nil {
			return usage("duban: --from: %v", err)
		}
	}
	last, err := calendar.ParseDate(until)
	if err != nil {
		return usage("duban: --until: %v", err)
	}
	other, ok := account.CleanName(name)
	if !ok {
		other = name // unknown, and said so
	}
	g, err := h.accounts.Delegate(ctx, now, account.Console, account.NewDelegation{For: other, To: to, From: first.In(zone), Until: last.AddDays(1).In(zone)})
	if err != nil {
		return refused(err)
	}
	say(e.out, "%s\n", g.ID)
	return nil
}

func listDelegations(ctx context.Context, h *house, e env) error {
	all, err := h.accounts.Delegations(ctx, h.hour(), account.Console)
	zone := h.rules().Plan.Zone
	for _, g := range all {
		say(e.out, "%s\t%s\tfor %s\t%s\tfrom=%s\tuntil=%s\tby=%s\n", g.ID, g.To, g.For, g.Role,
			g.From.In(zone).Format(time.DateOnly), g.Until.Add(-time.Second).In(zone).Format(time.DateOnly), g.By)
	}
	return err
}
