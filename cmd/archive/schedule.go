package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"duban/cmd/misuse"
	"duban/store"
)

// Schedule is how the server is told to make backups by itself.
type Schedule struct {
	Dir   string // "": it does not
	Every time.Duration
	Keep  int
}

// retryAfter is when a backup that failed is tried again, at the latest.
const retryAfter = 10 * time.Minute

// Backups makes backups on time. The clock asks it now and then; one at a time
// runs, so that the clock never waits for one.
type Backups struct {
	Schedule
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

// NewBackups checks the settings; nil when none are wanted.
func NewBackups(b Schedule, s *store.Store, log *slog.Logger, now func() time.Time) (*Backups, error) {
	if b.Dir == "" {
		return nil, nil
	}
	if b.Every < time.Minute || b.Keep < 1 {
		return nil, misuse.Errorf("duban: --backup-every %v, --backup-keep %d: want a minute or more, and 1 or more", b.Every, b.Keep)
	}
	if err := os.MkdirAll(b.Dir, 0o700); err != nil {
		return nil, misuse.Errorf("duban: --backup-dir: %v", err)
	}
	k := &Backups{Schedule: b, store: s, log: log, plan: now}
	have, err := k.have()
	if err != nil {
		return nil, misuse.Errorf("duban: --backup-dir: %v", err)
	}
	if len(have) > 0 { // a restart does not make one more
		info, err := os.Stat(have[len(have)-1])
		if err != nil {
			return nil, err
		}
		k.newest.Store(info.ModTime().Unix())
		k.next = info.ModTime().Add(b.Every)
	}
	return k, nil
}

// Newest is when the newest good backup was made, in Unix seconds; 0: none is known.
func (k *Backups) Newest() int64 { return k.newest.Load() }

// Faults is how many failed since the start.
func (k *Backups) Faults() int64 { return k.faults.Load() }

// have are the backups in the folder, oldest first.
func (k *Backups) have() ([]string, error) { return In(k.Dir) }

// Due starts a backup when its time has come. Only the clock's goroutine calls it.
func (k *Backups) Due(ctx context.Context, now time.Time) {
	if k.busy.Load() {
		return
	}
	if k.ended.Swap(false) && k.failed.Load() {
		k.next = now.Add(min(k.Every, retryAfter))
	}
	if now.Before(k.next) {
		return
	}
	k.next = now.Add(k.Every)
	k.busy.Store(true)
	k.running.Go(func() {
		defer k.busy.Store(false)
		err := k.make(ctx, now)
		k.failed.Store(err != nil)
		k.ended.Store(true)
		if err != nil && ctx.Err() == nil {
			k.faults.Add(1)
			k.log.Error("the backup failed; it is tried again", "dir", k.Dir, "err", err)
		}
	})
}

// Wait ends with the backup that runs; its context has ended before.
func (k *Backups) Wait() { k.running.Wait() }

// make makes one backup and removes those that are too many. Older ones go only
// after the new one has been written and read back.
func (k *Backups) make(ctx context.Context, now time.Time) error {
	seq, _ := k.store.Head()
	file := File(k.Dir, now, seq)
	begin := time.Now()
	m, err := Write(ctx, k.store, false, file, store.Options{Now: k.plan, Logger: k.log})
	if err != nil {
		return err
	}
	k.newest.Store(now.Unix())
	k.log.Info("backup written", "file", file, "seq", m.Seq, "head", m.Head, "evidence", len(m.Files)-1, "took_ms", time.Since(begin).Milliseconds())
	have, err := k.have()
	if err != nil {
		return err
	}
	return KeepNewest(have, k.Keep)
}

// Hot is a backup of the running store as a stream of so many bytes. Closing it
// removes what lay on the disk for it.
func Hot(s *store.Store) func(context.Context) (io.ReadCloser, int64, error) {
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

// Remedy adds the newest backup that is whole, and the command that restores it,
// to the message about a damaged store.
func (b Schedule) Remedy(ctx context.Context, data string, err error) error {
	var damaged *store.DamagedError
	if !errors.As(err, &damaged) || b.Dir == "" {
		return err
	}
	have, globErr := (&Backups{Schedule: b}).have()
	for _, file := range slices.Backward(have) {
		if m, bad := Check(ctx, file); bad == nil {
			return fmt.Errorf("%w\nthe newest whole backup stands at event %d, taken %s; to restore it:\n  duban restore %s --data %s --force",
				err, m.Seq, m.At.Format(time.RFC3339), file, data)
		}
	}
	return errors.Join(err, globErr)
}
