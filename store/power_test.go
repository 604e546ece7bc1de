package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"duban/store"
	"duban/store/storetest"
	"duban/workflow"
)

// diskWrite is one write of bbolt's; a commit is its data writes, a sync, the
// write of a meta page, and a sync.
type diskWrite struct {
	off  int64
	b    []byte
	meta bool
}

const sector = 512

// recorded is a store's beginning and every commit's writes after it.
type recorded struct {
	start   []byte
	commits [][]diskWrite
	heads   []workflow.Hash // after each commit, and before the first
	seqs    []uint64
}

func record(t *testing.T, commits int) *recorded {
	s, dir := opened(t)
	if err := write(s, storetest.Assigned(0, "a")); err != nil {
		t.Fatal(err)
	}
	rec := &recorded{}
	var err error
	if rec.start, err = os.ReadFile(filepath.Join(dir, "duban.db")); err != nil {
		t.Fatal(err)
	}
	// bbolt makes the file 16 MiB longer than it needs; zeros are no news.
	rec.start = rec.start[:min(len(rec.start), len(bytes.TrimRight(rec.start, "\x00"))+1<<16)]
	note := func() {
		seq, head := s.Head()
		rec.seqs, rec.heads = append(rec.seqs, seq), append(rec.heads, head)
	}
	note()
	var now []diskWrite
	s.RecordWrites(func(off int64, b []byte) {
		now = append(now, diskWrite{off, bytes.Clone(b), off < 2*int64(os.Getpagesize())})
	})
	m := newModel(11)
	for len(rec.commits) < commits {
		if err := write(s, m.next()...); err != nil {
			t.Fatal(err)
		}
		n := len(now)
		if n < 2 || !now[n-1].meta || now[n-2].meta {
			t.Fatalf("a commit is not what this test takes it for: %d writes", n)
		}
		rec.commits, now = append(rec.commits, now), nil
		note()
	}
	return rec
}

// TestPowerCut replays the writes up to a random instant of a random commit.
// What was not synced yet arrives in part: any subset of its sectors. The file
// must then hold every acknowledged change, and the one under way whole or not
// at all. The control breaks the promise of the first sync and must be caught.
func TestPowerCut(t *testing.T) {
	states, commits := 2000, 120
	if testing.Short() {
		states = 200
	}
	rec := record(t, commits)
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(3, 9))
	image := bytes.Clone(rec.start)
	whole, caught := 0, 0
	perCommit := states / commits
	for c, writes := range rec.commits {
		for range perCommit {
			state := grow(image, writes)
			meta := r.IntN(2) == 0 // the data was synced, the meta page is on its way
			for _, w := range writes {
				apply(state, w, func() bool { return w.meta && meta && r.IntN(2) == 0 || !w.meta && (meta || r.IntN(2) == 0) })
			}
			seq, err := check(dir, state)
			if err != nil {
				t.Fatalf("commit %d, meta under way %v: %v", c, meta, err)
			}
			if seq == rec.seqs[c+1] {
				whole++
			} else if seq != rec.seqs[c] {
				t.Fatalf("commit %d: head %d, acknowledged %d", c, seq, rec.seqs[c])
			}
			if err := sameHead(dir, rec, seq); err != nil {
				t.Fatal(err)
			}
		}
		broken := grow(image, writes) // the control: meta page there, data lost in part
		for _, w := range writes {
			apply(broken, w, func() bool { return w.meta || r.IntN(2) == 0 })
		}
		if seq, err := check(dir, broken); err != nil || seq != rec.seqs[c+1] {
			caught++
		}
		image = grow(image, writes)
		for _, w := range writes {
			apply(image, w, func() bool { return true })
		}
	}
	t.Logf("%d states, in %d the change under way was whole; control caught %d of %d", perCommit*commits, whole, caught, commits)
	if whole == 0 || whole == perCommit*commits || caught < commits/2 {
		t.Error("the states or the control have no teeth")
	}
}

func grow(image []byte, writes []diskWrite) []byte {
	n := int64(len(image))
	for _, w := range writes {
		n = max(n, w.off+int64(len(w.b)))
	}
	return append(bytes.Clone(image), make([]byte, n-int64(len(image)))...)
}

// apply writes the sectors that arrive.
func apply(image []byte, w diskWrite, arrives func() bool) {
	for at := 0; at < len(w.b); at += sector {
		if end := min(at+sector, len(w.b)); arrives() {
			copy(image[w.off+int64(at):], w.b[at:end])
		}
	}
}

// check opens the state as a restart would, verifies it and answers its head.
func check(dir string, state []byte) (uint64, error) {
	if err := os.WriteFile(filepath.Join(dir, "duban.db"), state, 0o600); err != nil {
		return 0, err
	}
	s, err := store.OpenReadOnly(dir, opts())
	if err != nil {
		return 0, err
	}
	r, err := s.Verify(bg, nil)
	return r.Events, errors.Join(err, s.Close())
}

func sameHead(dir string, rec *recorded, seq uint64) error {
	s, err := store.OpenReadOnly(dir, opts())
	if err != nil {
		return err
	}
	defer s.Close()
	for i, known := range rec.seqs {
		if known <= seq {
			if err := s.VerifyHead(bg, known, rec.heads[i]); err != nil {
				return fmt.Errorf("after commit %d: %w", i, err)
			}
		}
	}
	return nil
}
