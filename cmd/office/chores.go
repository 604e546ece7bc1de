package office

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"duban/store"
	"duban/workflow"
)

// tick is how often the clock looks; a jump of the wall clock is seen within it.
const tick = time.Second

// keepTime does what time alone does: expire, remind, open the next period, end
// sessions, look again at the rights of open sockets.
func (a *Office) keepTime(ctx context.Context) error {
	t := time.NewTicker(a.c.tick())
	defer t.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		if err := a.guarded(ctx, n); err != nil && ctx.Err() == nil {
			a.faults.Add(1)
			a.log.Error("the clock's work failed; it is tried again", "err", err)
		}
	}
}

// guarded makes an error of a panic in the clock's work: what is due comes again
// with the next tick, and the server goes on meanwhile. In the store a panic has
// stopped the store by then, which it says itself.
func (a *Office) guarded(ctx context.Context, n int) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return a.work(ctx, n)
}

func (a *Office) chores(ctx context.Context, n int) error {
	now := a.Now()
	_, err := a.Desk.Do(ctx, now, a.Book.Chores(now))
	if n%10 == 0 {
		_, _, opened := a.Desk.EnsurePeriod(ctx, now)
		err = errors.Join(err, opened)
	}
	if a.head != nil {
		err = errors.Join(err, a.head.Daily())
	}
	if a.tars != nil {
		a.tars.Due(ctx, a.c.Wall())
	}
	if n%60 == 0 {
		a.RenewCertificate()
	}
	if n%60 == 0 || a.c.Demo {
		a.hub.Refresh() // what changes on the wall by time alone
	}
	if n%5 == 0 {
		err = errors.Join(err, a.who.Sweep(ctx))
	}
	if n%sweepEvery == sweepEvery-1 {
		err = errors.Join(err, sweepEvidence(ctx, a.Store, a.Desk, now, a.c.UnusedDays, a.log))
	}
	return err
}

// tick is how often the clock looks.
func (c Config) tick() time.Duration {
	if c.Demo {
		return tick / 4
	}
	return tick
}

// quiet is how often a screen that has nothing to hear is told the time; 0: as the
// contract has it.
func (c Config) quiet() time.Duration {
	if c.Demo {
		return time.Second
	}
	return 0
}

// sweepEvery is how many ticks lie between two sweeps of evidence: an hour.
const sweepEvery = 3600

// sweepEvidence deletes what nothing has named for so many days, recorded one by one, and
// removes contents without a record.
func sweepEvidence(ctx context.Context, s *store.Store, desk *workflow.Desk, now time.Time, days int, log *slog.Logger) error {
	if days > 0 {
		unused, err := s.UnusedFiles(ctx, now.AddDate(0, 0, -days))
		if err != nil {
			return err
		}
		for _, f := range unused {
			if err := desk.DropUnused(ctx, now, f.ID); err != nil {
				return err
			}
		}
		if len(unused) > 0 {
			log.Info("unused evidence deleted", "files", len(unused), "days", days)
		}
	}
	n, err := s.SweepContents(ctx)
	if n > 0 {
		log.Info("contents without a record removed", "files", n)
	}
	return err
}
