package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
)

// Names of the files that Compact works with, beside the file itself.
const (
	compacted = "duban-compact-*.db"
	discarded = "duban-old-*.db"
)

// compactTx bounds one transaction of a compaction, in bytes.
const compactTx = 64 << 20

// Compacted is what Compact did.
type Compacted struct {
	Before, After int64 // bytes of the file
}

// Compact writes the file anew with what is in it now, closes it, and overwrites the old
// file before that is let go: nothing of its freed pages is left on this disk. A disk that
// writes each block elsewhere (flash, copy on write) may keep what it replaced.
//
// Nothing is replaced before the new file holds the same as the old one. A crash leaves the
// store whole; what is left of the old file then is cleared by the next Compact. shut is
// called before the old file is cleared, when bbolt no longer maps it.
func (f *File) Compact(ctx context.Context, shut func() error) (c Compacted, err error) {
	old := ""
	defer func() {
		err = errors.Join(err, shut())
		if old != "" {
			err = errors.Join(err, f.clear(ctx, old), syncDir(filepath.Dir(f.path)))
		}
	}()
	if err := f.clearLeft(ctx); err != nil {
		return c, err
	}
	fresh, err := f.rewrite(ctx)
	if err != nil {
		return c, err
	}
	defer func() {
		if left := os.Remove(fresh); !errors.Is(left, fs.ErrNotExist) { // it has its place by then
			err = errors.Join(err, left)
		}
	}()
	if c, err = sizes(f.path, fresh); err != nil {
		return c, err
	}
	if old, err = f.replaceBy(fresh); err != nil {
		return c, err
	}
	return c, nil
}

// clearLeft clears what a compaction that was cut off has left.
func (f *File) clearLeft(ctx context.Context) error {
	for _, pattern := range []string{compacted, discarded} {
		found, _ := filepath.Glob(filepath.Join(filepath.Dir(f.path), pattern)) // the only error is a bad pattern
		for _, name := range found {
			if err := f.clear(ctx, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// rewrite makes a new file with the same content and proves that it has.
func (f *File) rewrite(ctx context.Context) (name string, err error) {
	h, err := os.CreateTemp(filepath.Dir(f.path), compacted)
	if err != nil {
		return "", err
	}
	name = h.Name()
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(name))
		}
	}()
	if err := h.Close(); err != nil {
		return "", err
	}
	db, err := bbolt.Open(name, 0o600, settings(time.Second))
	if err != nil {
		return "", err
	}
	err = bbolt.Compact(db, f.db, compactTx)
	if err == nil {
		err = f.o.Inject("compact.written")
	}
	if err == nil {
		err = sameContent(ctx, db, f.db)
	}
	return name, errors.Join(err, db.Close())
}

// sameContent compares two databases, key by key.
func sameContent(ctx context.Context, a, b *bbolt.DB) error {
	return a.View(func(x *bbolt.Tx) error {
		return b.View(func(y *bbolt.Tx) error {
			return sameBuckets(ctx, x.Cursor(), y.Cursor(), x.Bucket, y.Bucket)
		})
	})
}

// sameBuckets walks two cursors side by side; in and of open the buckets below.
func sameBuckets(ctx context.Context, a, b *bbolt.Cursor, in, of func([]byte) *bbolt.Bucket) error {
	k, v := a.First()
	l, w := b.First()
	for n := 0; k != nil || l != nil; n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if !bytes.Equal(k, l) || (v == nil) != (w == nil) || !bytes.Equal(v, w) {
			return fmt.Errorf("the new file differs from the old one at %q", l)
		}
		if v == nil {
			x, y := in(k), of(l)
			if x.Sequence() != y.Sequence() {
				return fmt.Errorf("the new file counts otherwise in %q", l)
			}
			if err := sameBuckets(ctx, x.Cursor(), y.Cursor(), x.Bucket, y.Bucket); err != nil {
				return err
			}
		}
		k, v = a.Next()
		l, w = b.Next()
	}
	return nil
}

func sizes(before, after string) (c Compacted, err error) {
	b, err := os.Stat(before)
	if err != nil {
		return c, err
	}
	a, err := os.Stat(after)
	if err != nil {
		return c, err
	}
	return Compacted{Before: b.Size(), After: a.Size()}, nil
}

// replaceBy puts the new file in the place of this one. The old one keeps a name, by
// which it is found and cleared even after a crash.
func (f *File) replaceBy(fresh string) (old string, err error) {
	old = filepath.Join(filepath.Dir(f.path), fmt.Sprintf("duban-old-%d.db", os.Getpid()))
	if err := os.Link(f.path, old); err != nil {
		return "", err
	}
	err = errors.Join(f.o.Inject("compact.link"), syncDir(filepath.Dir(f.path)))
	if err == nil {
		err = os.Rename(fresh, f.path)
	}
	if err != nil { // another name of the store's own file, which must not be cleared
		return "", errors.Join(err, os.Remove(old))
	}
	return old, errors.Join(syncDir(filepath.Dir(f.path)), f.o.Inject("compact.renamed"))
}

// clear overwrites a file with zeros, durably, and removes it. A second name of
// the open file itself is only removed.
func (f *File) clear(ctx context.Context, name string) error {
	info, err := os.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	db, err := os.Lstat(f.path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || os.SameFile(info, db) {
		return os.Remove(name)
	}
	h, err := os.OpenFile(name, os.O_WRONLY, 0) // #nosec G304 -- a file of ours in the data folder
	if err != nil {
		return err
	}
	_, err = io.CopyN(h, zeros{ctx}, info.Size())
	if err := errors.Join(err, h.Sync(), h.Close()); err != nil {
		return err
	}
	return os.Remove(name)
}

// zeros is an endless reader of them, until ctx ends.
type zeros struct{ ctx context.Context }

func (z zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), z.ctx.Err()
}
