package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"duban/store"
	"duban/workflow"
)

// keeping is how much evidence the server keeps.
type keeping struct {
	account, unit, total, reserve byteSize
	unused                        int // days; 0: nothing is swept
}

func (k *keeping) flags(f *flag.FlagSet) {
	k.account, k.unit, k.reserve = 2<<30, 8<<30, 512<<20
	f.Var(&k.account, "evidence-per-account", "most `bytes` of evidence of one account, such as 2GiB; 0: any")
	f.Var(&k.unit, "evidence-per-department", "most `bytes` of evidence of one department, or of the office; 0: any")
	f.Var(&k.total, "evidence-total", "most `bytes` of evidence in all; 0: any")
	f.Var(&k.reserve, "evidence-reserve", "`bytes` of the disk that uploads and backups leave free for reports and other acts; 0: none")
	f.IntVar(&k.unused, "evidence-unused-days", 30, "`days` after which evidence that nothing names is deleted; 0: never")
}

func (k *keeping) quota() store.Quota {
	return store.Quota{PerAccount: int64(k.account), PerUnit: int64(k.unit), Total: int64(k.total), Reserve: int64(k.reserve)}
}

// byteSize is a number of them, as 500MB or 2GiB.
type byteSize int64

// String is flag.Value's.
func (b *byteSize) String() string {
	for i, unit := range []string{"GiB", "MiB", "KiB"} {
		if size := byteSize(1) << (30 - 10*i); *b != 0 && *b%size == 0 {
			return strconv.FormatInt(int64(*b/size), 10) + unit
		}
	}
	return strconv.FormatInt(int64(*b), 10)
}

// Set is flag.Value's.
func (b *byteSize) Set(s string) error {
	digits := strings.TrimRight(s, "KMGTiB")
	n, err := strconv.ParseInt(digits, 10, 64)
	size, known := map[string]int64{"": 1, "B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}[s[len(digits):]]
	if err != nil || !known || n < 0 || n > 1<<50/size {
		return fmt.Errorf("%q is no number of bytes; write 500MB or 2GiB", s)
	}
	*b = byteSize(n * size)
	return nil
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
