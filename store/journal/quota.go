package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"duban/store/codec"
	"duban/store/kv"
	"duban/workflow"
)

// Quota bounds the evidence that is kept, in bytes. A file counts for who brought it
// until it is deleted, once for each upload. Zero: no bound.
type Quota struct {
	PerAccount, PerUnit, Total int64
	// Reserve is kept free on the disk for acts, at most an eighth of it: uploads and
	// backups that would go below are refused, reports and everything else still go
	// through.
	Reserve int64
}

// usage counts the bytes of evidence that is stored, and of uploads under way.
type usage struct {
	mu       sync.Mutex
	counted  uint64 // the stand of the files it was counted at
	valid    bool
	accounts map[string]int64
	units    map[string]int64
	total    int64
	coming   map[int]workflow.File // by number
	next     int
}

// admit refuses an upload for which there is no room; leave ends its being on the way in.
func (j *Journal) admit(ctx context.Context, call workflow.Call, size int64) (leave func(), err error) {
	j.usage.mu.Lock()
	defer j.usage.mu.Unlock()
	if err := j.recount(ctx); err != nil {
		return nil, err
	}
	f := workflow.File{User: call.Actor.User, Unit: call.Actor.Unit, Size: size}
	u, q := j.room(f.User, f.Unit), j.quota
	switch {
	case q.PerAccount > 0 && u.Account+size > q.PerAccount:
		return nil, workflow.Fault(workflow.Refused, "file.quota_account", "limit", inMiB(q.PerAccount))
	case q.PerUnit > 0 && u.Unit+size > q.PerUnit:
		return nil, workflow.Fault(workflow.Refused, "file.quota_unit", "limit", inMiB(q.PerUnit))
	case q.Total > 0 && u.Total+size > q.Total:
		return nil, workflow.Fault(workflow.Unavailable, "file.quota_total", "retry_after", roomBack)
	case q.Reserve > 0 && u.Free < size:
		return nil, workflow.Fault(workflow.Unavailable, "file.no_room", "retry_after", roomBack)
	}
	n := j.usage.next
	j.usage.next++
	j.usage.coming[n] = f
	return func() {
		j.usage.mu.Lock()
		defer j.usage.mu.Unlock()
		delete(j.usage.coming, n)
	}, nil
}

// roomBack is how many seconds a refusal for want of room says to wait: somebody has to
// make it.
const roomBack = 600

func inMiB(bytes int64) string { return fmt.Sprintf("%d MiB", bytes>>20) }

// room adds uploads under way to the evidence that is stored. The caller holds j.usage.mu.
func (j *Journal) room(account, unit string) workflow.Room {
	c, q := &j.usage, j.quota
	u := workflow.Room{Account: c.accounts[account], Unit: c.units[unit], Total: c.total,
		AccountMost: q.PerAccount, UnitMost: q.PerUnit, TotalMost: q.Total}
	for _, f := range c.coming {
		u.Total += f.Size
		if f.User == account {
			u.Account += f.Size
		}
		if f.Unit == unit {
			u.Unit += f.Size
		}
	}
	if free, size, err := j.disk(); err == nil {
		u.Free = max(0, q.Left(free, size))
		for _, f := range c.coming {
			u.Free = max(0, u.Free-f.Size)
		}
	}
	return u
}

// Room implements workflow.Files.
func (j *Journal) Room(ctx context.Context, account, unit string) (workflow.Room, error) {
	j.usage.mu.Lock()
	defer j.usage.mu.Unlock()
	if err := j.recount(ctx); err != nil {
		return workflow.Room{}, err
	}
	return j.room(account, unit), nil
}

// recount counts the stored evidence again after files have come or gone. The caller holds
// j.usage.mu.
func (j *Journal) recount(ctx context.Context) error {
	stand := j.filesStand.Load()
	c := &j.usage
	if c.valid && c.counted == stand {
		return nil
	}
	accounts, units, total := map[string]int64{}, map[string]int64{}, int64(0)
	err := j.read(ctx, func(t kv.Reader) error {
		return eachFile(t, func(f workflow.File) {
			if !f.Gone {
				accounts[f.User] += f.Size
				units[f.Unit] += f.Size
				total += f.Size
			}
		})
	})
	if err != nil {
		return err
	}
	c.accounts, c.units, c.total, c.counted, c.valid = accounts, units, total, stand, true
	if c.coming == nil {
		c.coming = map[int]workflow.File{}
	}
	return nil
}

// reserve is what is kept free on a disk of the size for acts: no more than an eighth of
// it. Size 0: it is unknown.
func (q Quota) reserve(size int64) int64 {
	if size == 0 {
		return q.Reserve
	}
	return min(q.Reserve, size/8)
}

// Left is what may still be written on a disk with so much free, and of the size (0:
// unknown), before the reserve is touched.
func (q Quota) Left(free, size int64) int64 { return free - q.reserve(size) }

// UnusedFiles lists evidence from before the instant that nothing names: no report, no
// draft, no points of an assessment, and that is not what circulars are written on.
func (j *Journal) UnusedFiles(ctx context.Context, before time.Time) ([]workflow.File, error) {
	var unused []workflow.File
	err := j.read(ctx, func(t kv.Reader) error {
		named := map[string]bool{}
		if p, ok, err := (view{tables{t}}).Plan(); err != nil {
			return err
		} else if ok {
			named[p.Template] = true
		}
		err := t.Scan(kv.Assessments, "", func(k string, b []byte) error {
			a, err := codec.Row[workflow.Assessment](kv.Assessments, k, b)
			for _, bonus := range a.Bonuses {
				e, err := eventAt(t, bonus.Seq)
				if err != nil {
					return err
				}
				if given := e.event.Data.Assessment; given != nil {
					for _, id := range given.Evidence {
						named[id] = true
					}
				}
			}
			return err
		})
		if err != nil {
			return err
		}
		err = t.Scan(kv.Drafts, "", func(k string, b []byte) error {
			d, err := codec.Row[workflow.Draft](kv.Drafts, k, b)
			if err != nil {
				return err
			}
			bodies := [][]byte{d.Body}
			for _, e := range d.Earlier { // a text that may still be gone back to
				bodies = append(bodies, e.Body)
			}
			for _, body := range bodies {
				var in struct {
					Evidence []string `json:"evidence"`
				}
				if err := json.Unmarshal(body, &in); err != nil {
					return codec.Damaged(kv.Drafts, k, err)
				}
				for _, id := range in.Evidence {
					named[id] = true
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		return t.Scan(kv.Files, "", func(k string, b []byte) error {
			f, err := codec.Row[workflow.File](kv.Files, k, b)
			if err == nil && !f.Gone && len(f.UsedBy) == 0 && f.At.Before(before) && !named[f.ID] {
				unused = append(unused, f)
			}
			return err
		})
	})
	return unused, err
}

// SweepContents removes contents that no record names: a crash between the keeping of an
// upload and its record leaves one. It answers how many; none while an upload is on its
// way in.
func (j *Journal) SweepContents(ctx context.Context) (removed int, err error) {
	if err := j.writable(); err != nil || !j.blobs.TryLock() {
		return 0, err
	}
	defer j.blobs.Unlock()
	var wanted map[string]bool
	if err := j.read(ctx, func(t kv.Reader) (err error) {
		wanted, err = wantedContents(t)
		return err
	}); err != nil {
		return 0, err
	}
	sums, err := j.contents.Sums(ctx)
	for _, sum := range sums {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			break
		}
		if wanted[sum] {
			continue
		}
		if err = j.contents.Remove(sum); err == nil {
			removed++
		}
	}
	return removed, err
}
