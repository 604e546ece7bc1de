// Package archive keeps verified archives of a store: written and read back, made on time by
// a running server, or fetched from one in another house.
package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"duban/cmd/misuse"
	"duban/store"
)

// Check reads an archive to its end.
func Check(ctx context.Context, file string) (store.Manifest, error) {
	r, err := os.Open(file) // #nosec G304 G703 -- the operator's own file
	if err != nil {
		return store.Manifest{}, misuse.Errorf("duban: %v", err)
	}
	m, err := store.CheckArchive(ctx, r)
	if err != nil {
		err = fmt.Errorf("%s: %w", file, err)
	}
	return m, errors.Join(err, r.Close())
}

// making is the prefix of the folders archives are made in, beside their names.
const making = ".duban-backup-"

// Write writes a verified archive: the snapshot is proved as duban verify
// proves a store, written beside its name, read back, and only then named. An
// archive of that name is never replaced. With beside the snapshot lies there too
// meanwhile, else in the store's own place. What a killed one has left there is removed.
func Write(ctx context.Context, s *store.Store, beside bool, file string, o store.Options) (m store.Manifest, err error) {
	if _, err := os.Lstat(file); err == nil { // #nosec G703 -- the operator's own file
		return m, misuse.Errorf("duban: %s exists; name a new file", file)
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
	if err := write(snap, tmp); err != nil {
		return m, err
	}
	if m, err = Check(ctx, tmp.Name()); err != nil {
		return m, err
	}
	// Link, unlike rename, never replaces an archive; the other name goes above.
	if err := os.Link(tmp.Name(), file); err != nil {
		return m, err
	}
	return m, SyncFolder(filepath.Dir(file))
}

// write writes the archive durably and closes the file.
func write(snap *store.Snapshot, to *os.File) error {
	r, _, err := snap.Open()
	if err == nil {
		_, err = io.Copy(to, r)
		err = errors.Join(err, r.Close())
	}
	return errors.Join(err, to.Sync(), to.Close())
}

// SyncFolder makes a change of names durable.
func SyncFolder(dir string) error {
	d, err := os.Open(dir) // #nosec G304 G703 -- a folder the operator named
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// File names an archive in a folder of many, so that names sort as they were
// made: by UTC time.
func File(dir string, made time.Time, seq uint64) string {
	return filepath.Join(dir, fmt.Sprintf("duban-%s-%d.tar", made.UTC().Format("20060102T150405Z"), seq))
}

// In are the archives in such a folder, oldest first.
func In(dir string) ([]string, error) {
	all, err := filepath.Glob(filepath.Join(dir, "duban-????????T??????Z-*.tar"))
	slices.Sort(all)
	return all, err
}

// KeepNewest removes the oldest of the archives until so many are left.
func KeepNewest(have []string, keep int) (err error) {
	for ; err == nil && len(have) > keep; have = have[1:] {
		err = os.Remove(have[0])
	}
	return err
}
