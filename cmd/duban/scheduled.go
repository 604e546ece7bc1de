package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"duban/store"
)

// backing is how the server is told to make backups by itself.
type backing struct {
	dir   string // "": it does not
	every time.Duration
	keep  int
}

func (b *backing) flags(f *flag.FlagSet) {
	f.StringVar(&b.dir, "backup-dir", "", "`folder` for backups the server makes by itself, best on another disk; empty: it makes none")
	f.DurationVar(&b.every, "backup-every", 24*time.Hour, "`time` between two of them")
	f.IntVar(&b.keep, "backup-keep", 7, "how `many` of them are kept")
}

// retryAfter is when a backup that failed is tried again, at the latest.
const retryAfter = 10 * time.Minute

// backups makes backups on time. The clock asks it now and then; one at a time
// runs, so that the clock never waits for one.
type backups struct {
	backing
	store *store.Store
	log   *slog.Logger
	plan  func() time.Time // the store's clock; when a backup is due is the machine's time

	next    time.Time // only the clock's goroutine uses it
	running sync.WaitGroup
	busy    atomic.Bool
	ended   atomic.Bool  // the last one that ran
	failed  atomic.Bool  // failed
	faults  atomic.Int64 // how many failed since the start
	newest  atomic.Int64 // unix time of the newest good one; 0: none is known
}

// newBackups checks the settings; nil when none are wanted.
func newBackups(b backing, s *store.Store, log *slog.Logger, now func() time.Time) (*backups, error) {
	if b.dir == "" {
		return nil, nil
	}
	if b.every < time.Minute || b.keep < 1 {
		return nil, usage("duban: --backup-every %v, --backup-keep %d: want a minute or more, and 1 or more", b.every, b.keep)
	}
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return nil, usage("duban: --backup-dir: %v", err)
	}
	k := &backups{backing: b, store: s, log: log, plan: now}
	have, err := k.have()
	if err != nil {
		return nil, usage("duban: --backup-dir: %v", err)
	}
	if len(have) > 0 { // a restart does not make one more
		info, err := os.Stat(have[len(have)-1])
		if err != nil {
			return nil, err
		}
		k.newest.Store(info.ModTime().Unix())
		k.next = info.ModTime().Add(b.every)
	}
	return k, nil
}

// have are the backups in the folder, oldest first.
func (k *backups) have() ([]string, error) { return archivesIn(k.dir) }

// archiveFile names an archive in a folder of many, so that names sort as they were
// made: by UTC time.
func archiveFile(dir string, made time.Time, seq uint64) string {
	return filepath.Join(dir, fmt.Sprintf("duban-%s-%d.tar", made.UTC().Format("20060102T150405Z"), seq))
}

// archivesIn are the archives in such a folder, oldest first.
func archivesIn(dir string) ([]string, error) {
	all, err := filepath.Glob(filepath.Join(dir, "duban-????????T??????Z-*.tar"))
	slices.Sort(all)
	return all, err
}

// keepNewest removes the oldest of the archives until so many are left.
func keepNewest(have []string, keep int) (err error) {
	for ; err == nil && len(have) > keep; have = have[1:] {
		err = os.Remove(have[0])
	}
	return err
}

// due starts a backup when its time has come. Only the clock's goroutine calls it.
func (k *backups) due(ctx context.Context, now time.Time) {
	if k.busy.Load() {
		return
	}
	if k.ended.Swap(false) && k.failed.Load() {
		k.next = now.Add(min(k.every, retryAfter))
	}
	if now.Before(k.next) {
		return
	}
	k.next = now.Add(k.every)
	k.busy.Store(true)
	k.running.Go(func() {
		defer k.busy.Store(false)
		err := k.make(ctx, now)
		k.failed.Store(err != nil)
		k.ended.Store(true)
		if err != nil && ctx.Err() == nil {
			k.faults.Add(1)
			k.log.Error("the backup failed; it is tried again", "dir", k.dir, "err", err)
		}
	})
}

// wait ends with the backup that runs; its context has ended before.
func (k *backups) wait() { k.running.Wait() }

// make makes one backup and removes those that are too many. Older ones go only
// after the new one has been written and read back.
func (k *backups) make(ctx context.Context, now time.Time) error {
	seq, _ := k.store.Head()
	file := archiveFile(k.dir, now, seq)
	begin := time.Now()
	m, err := writeArchive(ctx, k.store, false, file, store.Options{Now: k.plan, Logger: k.log})
	if err != nil {
		return err
	}
	k.newest.Store(now.Unix())
	k.log.Info("backup written", "file", file, "seq", m.Seq, "head", m.Head, "evidence", len(m.Files)-1, "took_ms", time.Since(begin).Milliseconds())
	have, err := k.have()
	if err != nil {
		return err
	}
	return keepNewest(have, k.keep)
}

// hot is a backup of the running store as a stream of so many bytes. Closing it
// removes what lay on the disk for it.
func hot(s *store.Store) func(context.Context) (io.ReadCloser, int64, error) {
	return func(ctx context.Context) (io.ReadCloser, int64, error) {
		snap, err := s.Snapshot(ctx, "")
		if err != nil {
			return nil, 0, err
		}
		r, size, err := snap.Open()
		if err != nil {
			return nil, 0, errors.Join(err, snap.Close())
		}
		return stream{r, snap}, size, nil
	}
}

type stream struct {
	io.ReadCloser
	snap *store.Snapshot
}

// Close ends the reading and removes the snapshot.
func (s stream) Close() error { return errors.Join(s.ReadCloser.Close(), s.snap.Close()) }

// remedy adds the newest backup that is whole, and the command that restores it,
// to the message about a damaged store.
func (b backing) remedy(ctx context.Context, data string, err error) error {
	var damaged *store.DamagedError
	if !errors.As(err, &damaged) || b.dir == "" {
		return err
	}
	have, globErr := (&backups{backing: b}).have()
	for _, file := range slices.Backward(have) {
		if m, bad := checkArchive(ctx, file); bad == nil {
			return fmt.Errorf("%w\nthe newest whole backup stands at event %d, taken %s; to restore it:\n  duban restore %s --data %s --force",
				err, m.Seq, m.At.Format(time.RFC3339), file, data)
		}
	}
	return errors.Join(err, globErr)
}
