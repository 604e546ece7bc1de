package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"duban/store"
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
		m, err := checkArchive(ctx, rest[0])
		if err == nil {
			say(e.out, "%s", told(m))
		}
		return err
	}
	s, err := store.OpenReadOnly(p.data, store.Options{Now: p.now.clock(), Logger: quiet(e)})
	if err != nil {
		return inUse(err)
	}
	m, err := writeArchive(ctx, s, true, rest[0], p.storeOptions(e))
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

// checkArchive reads an archive to its end.
func checkArchive(ctx context.Context, file string) (store.Manifest, error) {
	r, err := os.Open(file) // #nosec G304 G703 -- the operator's own file
	if err != nil {
		return store.Manifest{}, usage("duban: %v", err)
	}
	m, err := store.CheckArchive(ctx, r)
	if err != nil {
		err = fmt.Errorf("%s: %w", file, err)
	}
	return m, errors.Join(err, r.Close())
}

// making is the prefix of the folders archives are made in, beside their names.
const making = ".duban-backup-"

// writeArchive writes a verified archive: the snapshot is proved as duban verify
// proves a store, written beside its name, read back, and only then named. An
// archive of that name is never replaced. With beside the snapshot lies there too
// meanwhile, else in the store's own place. What a killed one has left there is removed.
func writeArchive(ctx context.Context, s *store.Store, beside bool, file string, o store.Options) (m store.Manifest, err error) {
	if _, err := os.Lstat(file); err == nil { // #nosec G703 -- the operator's own file
		return m, usage("duban: %s exists; name a new file", file)
	}
	scratch, err := store.NewScratch(filepath.Dir(file), making)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, scratch.Close()) }()
	under := ""
	if beside {
		under = scratch.Dir
	}
	snap, err := s.Snapshot(ctx, under)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, snap.Close()) }()
	if err := snap.Verify(ctx, o); err != nil {
		return m, err
	}
	tmp, err := os.CreateTemp(scratch.Dir, "archive-*")
	if err != nil {
		return m, err
	}
	if err := copyArchive(snap, tmp); err != nil {
		return m, err
	}
	if m, err = checkArchive(ctx, tmp.Name()); err != nil {
		return m, err
	}
	// Link, unlike rename, never replaces an archive; the other name goes above.
	if err := os.Link(tmp.Name(), file); err != nil {
		return m, err
	}
	return m, syncFolder(filepath.Dir(file))
}

// copyArchive writes the archive durably and closes the file.
func copyArchive(snap *store.Snapshot, to *os.File) error {
	r, _, err := snap.Open()
	if err == nil {
		_, err = io.Copy(to, r)
		err = errors.Join(err, r.Close())
	}
	return errors.Join(err, to.Sync(), to.Close())
}

// syncFolder makes a change of names durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir) // #nosec G304 G703 -- a folder the operator named
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
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
		filepath.Join(p.data, secretKeyName))
	if done.Aside != "" {
		say(e.out, "what stood there is in %s\n", done.Aside)
	}
	return nil
}
