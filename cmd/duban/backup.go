package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"duban/cmd/archive"
	"duban/cmd/keys"
	"duban/cmd/office"
	"duban/store"
	"duban/ui/signon"
)

// backup is "duban backup FILE": one archive of a stopped server's store, its
// database and its evidence. With --check it reads an archive instead.
func backup(ctx context.Context, args []string, e env) error {
	var p place
	var check bool
	f := flags("backup", e, func(f *flag.FlagSet) {
		p.flags(f)
		f.BoolVar(&check, "check", false, "only read FILE and hold it against its manifest")
	})
	rest, err := parse(f, args, e)
	if err == nil {
		err = need(rest, 1, "backup FILE --data DIR | backup FILE --check")
	}
	if err != nil {
		return err
	}
	if check {
		m, err := archive.Check(ctx, rest[0])
		if err == nil {
			say(e.out, "%s", told(m))
		}
		return err
	}
	s, err := store.OpenReadOnly(p.data, store.Options{Now: p.now.clock(), Logger: quiet(e)})
	if err != nil {
		return inUse(err)
	}
	m, err := archive.Write(ctx, s, true, rest[0], p.storeOptions(e))
	if err == nil {
		say(e.out, "%swritten %s\n", told(m), rest[0])
	}
	return errors.Join(err, s.Close())
}

func (p place) storeOptions(e env) store.Options {
	return store.Options{Now: p.now.clock(), Logger: quiet(e)}
}

// told says where an archive stands.
func told(m store.Manifest) string {
	return fmt.Sprintf("events %d\nhead %s\nepoch %s\nevidence %d\n", m.Seq, m.Head, m.Epoch, len(m.Files)-1)
}

// restore is "duban restore FILE": a store made of an archive, proved before it
// takes its place, as a new epoch.
func restore(ctx context.Context, args []string, e env) error {
	var p place
	var force bool
	f := flags("restore", e, func(f *flag.FlagSet) {
		p.flags(f)
		f.BoolVar(&force, "force", false, "also where a store stands: it is moved aside, even when it is newer")
	})
	rest, err := parse(f, args, e)
	if err == nil {
		err = need(rest, 1, "restore FILE --data DIR [--force]")
	}
	if err != nil {
		return err
	}
	r, err := os.Open(rest[0]) // #nosec G703 -- the operator's own file
	if err != nil {
		return usage("duban: %v", err)
	}
	done, err := store.Restore(ctx, r, p.data, p.storeOptions(e), force)
	err = errors.Join(err, r.Close())
	var stands *store.NotEmptyError
	if errors.As(err, &stands) {
		return usage("duban: %v; name another --data folder, or add --force to move aside what stands there", err)
	}
	if err != nil {
		return inUse(err)
	}
	say(e.out, "%srestored as epoch %s\n", told(done.Manifest), done.Epoch)
	say(e.out, "a backup does not contain the key that second factors are sealed with: before the start, put the file the server used at %s, or name it with --secret-key-file\n",
		filepath.Join(p.data, keys.SealName))
	if done.Aside != "" {
		say(e.out, "what stood there is in %s\n", done.Aside)
	}
	return nil
}

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
	if there, err := office.HasStore(p.data); err != nil {
		return err
	} else if !there {
		return usage("duban: %s: no store there; name its folder with --data", p.data)
	}
	done, err := store.Compact(ctx, p.data, p.storeOptions(e))
	if err != nil {
		return inUse(err)
	}
	say(e.out, "before %d\nafter %d\n", done.Before, done.After)
	return nil
}

// pull is "duban pull DIR --from URL --token-file F [--every 15m] [--keep 96]".
func pull(ctx context.Context, args []string, e env) error {
	var from, tokenFile string
	var every time.Duration
	var keep int
	f := flags("pull", e, func(f *flag.FlagSet) {
		f.StringVar(&from, "from", "", "`address` of the server: https, or this machine's own")
		f.StringVar(&tokenFile, "token-file", "", "`file` with an administrator's token in its first line")
		f.DurationVar(&every, "every", 0, "`time` between two copies; 0: one, and end")
		f.IntVar(&keep, "keep", 96, "how `many` copies are kept")
	})
	rest, err := parse(f, args, e)
	if err == nil {
		err = need(rest, 1, "pull DIR --from URL --token-file F [--every 15m] [--keep 96]")
	}
	if err != nil {
		return err
	}
	if from == "" || tokenFile == "" {
		return usage("duban: pull needs --from and --token-file")
	}
	if keep < 1 || every < 0 || every > 0 && every < time.Minute {
		return usage("duban: --every %v, --keep %d: want a minute or more, or 0 for once, and 1 or more", every, keep)
	}
	from = strings.TrimRight(from, "/")
	if err := signon.SafeAddress(from); err != nil {
		return usage("duban: --from %s: %v", from, err)
	}
	p := &archive.Puller{Dir: rest[0], From: from, Keep: keep, Now: wall, Client: archive.Client(),
		Log: slog.New(slog.NewJSONHandler(e.err, nil))}
	if p.Token, err = secret(tokenFile); err != nil {
		return err
	}
	if err := os.MkdirAll(p.Dir, 0o700); err != nil { // #nosec G703 -- the operator's own folder
		return usage("duban: %v", err)
	}
	return p.Run(ctx, every)
}
