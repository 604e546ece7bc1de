package main

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"

	"duban/store"
)

// backup is "duban backup FILE": a copy of a stopped server's database. It is
// written beside FILE, synced, and only then takes its name.
func backup(ctx context.Context, args []string, e env) error {
	var p place
	f := flags("backup", e, func(f *flag.FlagSet) { p.flags(f) })
	rest, err := parse(f, args, e)
	if err == nil {
		err = need(rest, 1, "backup FILE --data DIR")
	}
	if err != nil {
		return err
	}
	s, err := store.OpenReadOnly(p.data, store.Options{Now: p.now.clock(), Logger: quiet(e)})
	if err != nil {
		return inUse(err)
	}
	return errors.Join(writeBackup(ctx, s, rest[0], e), s.Close())
}

func writeBackup(ctx context.Context, s *store.Store, file string, e env) (err error) {
	if _, err := os.Stat(file); err == nil {
		return usage("duban: %s exists; name a new file", file)
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), ".duban-backup-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(tmp.Name()))
		}
	}()
	seq, head, err := s.Backup(ctx, tmp)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), file); err != nil {
		return err
	}
	say(e.out, "events %d\nhead %s\nwritten %s (evidence files lie in the data folder's files/ and are copied apart)\n", seq, head, file)
	return nil
}
