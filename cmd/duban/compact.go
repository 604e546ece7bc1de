package main

import (
	"context"
	"flag"

	"duban/store"
)

// compact is "duban compact --data DIR": a stopped server's database written anew,
// and the old file cleared.
func compact(ctx context.Context, args []string, e env) error {
	var p place
	rest, err := parse(flags("compact", e, func(f *flag.FlagSet) { p.flags(f) }), args, e)
	if err == nil {
		err = need(rest, 0, "compact --data DIR")
	}
	if err != nil {
		return err
	}
	if t, err := tracesAt(p.data); err != nil {
		return err
	} else if !t.store {
		return usage("duban: %s: no store there; name its folder with --data", p.data)
	}
	done, err := store.Compact(ctx, p.data, p.storeOptions(e))
	if err != nil {
		return inUse(err)
	}
	say(e.out, "before %d\nafter %d\n", done.Before, done.After)
	return nil
}
