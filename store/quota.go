package store

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

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

// usage counts what is kept and what is on its way in.
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
func (s *Store) admit(ctx context.Context, call workflow.Call, size int64) (leave func(), err error) {
	s.usage.mu.Lock()
	defer s.usage.mu.Unlock()
	if err := s.recount(ctx); err != nil {
		return nil, err
	}
	f := workflow.File{User: call.Actor.User, Unit: call.Actor.Unit, Size: size}
	u, q := s.room(f.User, f.Unit), s.quota
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
	n := s.usage.next
	s.usage.next++
	s.usage.coming[n] = f
	return func() {
		s.usage.mu.Lock()
		defer s.usage.mu.Unlock()
		delete(s.usage.coming, n)
	}, nil
}

// roomBack is how many seconds a refusal for want of room says to wait: somebody has to
// make it.
const roomBack = 600

func inMiB(bytes int64) string { return fmt.Sprintf("%d MiB", bytes>>20) }

// room counts what is kept and on its way in. s.usage.mu is held.
func (s *Store) room(account, unit string) workflow.Room {
	c, q := &s.usage, s.quota
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
	if free, err := s.freeBytes(s.dir); err == nil {
		u.Free = max(0, free-s.reserve(s.dir))
		for _, f := range c.coming {
			u.Free = max(0, u.Free-f.Size)
		}
	}
	return u
}

// Room implements workflow.Files.
func (s *Store) Room(ctx context.Context, account, unit string) (workflow.Room, error) {
	s.usage.mu.Lock()
	defer s.usage.mu.Unlock()
	if err := s.recount(ctx); err != nil {
		return workflow.Room{}, err
	}
	return s.room(account, unit), nil
}

// recount counts anew when files have come or gone. s.usage.mu is held.
func (s *Store) recount(ctx context.Context) error {
	stand := s.filesStand.Load()
	c := &s.usage
	if c.valid && c.counted == stand {
		return nil
	}
	accounts, units, total := map[string]int64{}, map[string]int64{}, int64(0)
	err := s.eachFile(ctx, func(f workflow.File) {
		if !f.Gone {
			accounts[f.User] += f.Size
			units[f.Unit] += f.Size
			total += f.Size
		}
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

// eachFile hands every record of evidence, without its name, to do.
func (s *Store) eachFile(ctx context.Context, do func(workflow.File)) error {
	return s.read(ctx, func(t *txKV) error {
		return t.scan(inFiles, "", func(k string, b []byte) error {
			f, err := decode[workflow.File](inFiles, k, b)
			if err == nil {
				do(f)
			}
			return err
		})
	})
}

// freeBytes is the room on a folder's file system.
func (s *Store) freeBytes(dir string) (int64, error) {
	if s.free != nil {
		return s.free(), nil
	}
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return 0, err
	}
	return int64(fs.Bavail) * int64(fs.Bsize), nil // #nosec G115 -- blocks and their size, as the kernel counts them
}

// reserve is what is kept free in a folder for acts: no more than an eighth of a disk.
func (s *Store) reserve(dir string) int64 {
	var fs syscall.Statfs_t
	if s.free != nil || syscall.Statfs(dir, &fs) != nil {
		return s.quota.Reserve
	}
	return min(s.quota.Reserve, int64(fs.Blocks)*int64(fs.Bsize)/8) // #nosec G115 -- as above
}

// UnusedFiles lists evidence from before the instant that nothing names: no report, no
// draft, no points of an assessment, and that is not what circulars are written on.
func (s *Store) UnusedFiles(ctx context.Context, before time.Time) ([]workflow.File, error) {
	var unused []workflow.File
	err := s.read(ctx, func(t *txKV) error {
		named := map[string]bool{}
		if p, ok, err := load[workflow.PlanRef](t, inPlan, keyPlan); err != nil {
			return err
		} else if ok {
			named[p.Template] = true
		}
		err := t.scan(inAssessments, "", func(k string, b []byte) error {
			a, err := decode[workflow.Assessment](inAssessments, k, b)
			for _, bonus := range a.Bonuses {
				e, err := t.event(bonus.Seq)
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
		err = t.scan(inDrafts, "", func(k string, b []byte) error {
			d, err := decode[workflow.Draft](inDrafts, k, b)
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
					return damagedRow(inDrafts, k, err)
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
		return t.scan(inFiles, "", func(k string, b []byte) error {
			f, err := decode[workflow.File](inFiles, k, b)
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
func (s *Store) SweepContents(ctx context.Context) (removed int, err error) {
	if err := s.writable(); err != nil || !s.blobs.TryLock() {
		return 0, err
	}
	defer s.blobs.Unlock()
	wanted := map[string]bool{}
	if err := s.eachFile(ctx, func(f workflow.File) {
		if !f.Gone {
			wanted[f.SHA256] = true
		}
	}); err != nil {
		return 0, err
	}
	folders, err := os.ReadDir(s.filesDir())
	if err != nil {
		return 0, err
	}
	for _, folder := range folders {
		if len(folder.Name()) != 2 || !folder.IsDir() {
			continue
		}
		contents, err := os.ReadDir(filepath.Join(s.filesDir(), folder.Name()))
		if err != nil {
			return removed, err
		}
		for _, content := range contents {
			if err := ctx.Err(); err != nil {
				return removed, err
			}
			sum := folder.Name() + content.Name()
			if _, err := s.blobPath(sum); err != nil || wanted[sum] {
				continue // what is not ours is left
			}
			if err := s.removeBlob(sum); err != nil {
				return removed, err
			}
			removed++
		}
	}
	return removed, nil
}
