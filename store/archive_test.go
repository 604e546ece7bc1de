package store_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"duban/store"
	"duban/store/storetest"
	"duban/workflow"
)

// archived is the archive of a snapshot that verifies, with its manifest.
func archived(t *testing.T, s *store.Store) ([]byte, store.Manifest) {
	t.Helper()
	p, err := s.Snapshot(bg, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Verify(bg, opts()); err != nil {
		t.Fatal(err)
	}
	r, size, err := p.Open()
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close(), p.Close()); err != nil {
		t.Fatal(err)
	}
	if int64(len(b)) != size {
		t.Fatalf("the archive has %d bytes, %d were announced", len(b), size)
	}
	return b, p.Manifest
}

// bring uploads a piece of evidence.
func bring(t *testing.T, s *store.Store, content string) workflow.File {
	t.Helper()
	f, _, err := s.PutFile(bg, workflow.Call{Received: storetest.Start}, workflow.File{Name: content, Type: "text/plain"}, strings.NewReader(content), 1<<10)
	if err != nil {
		t.Error(err)
	}
	return f
}

// TestBackupUnderLoad: 20 backups (STORE_BACKUPS=200 for a release) while 4 writers and an uploader work. Each is
// restored, verifies, is a new epoch, and stands where the journal stood.
func TestBackupUnderLoad(t *testing.T) {
	s := storetest.New(t)
	ctx, stop := context.WithCancel(bg)
	var load sync.WaitGroup
	var copying atomic.Bool // the load rests while a backup is restored and verified, lest each is larger than the time allows
	for w := range 4 {
		load.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				time.Sleep(2 * time.Millisecond)
				if !copying.Load() {
					continue
				}
				if err := write(s, storetest.Assigned(w*1000+i%20, "scjg")); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	load.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			time.Sleep(10 * time.Millisecond)
			if copying.Load() {
				bring(t, s, fmt.Sprint("evidence ", i))
			}
		}
	})
	defer func() { stop(); load.Wait() }()
	var last uint64
	rounds := 20
	if n, err := strconv.Atoi(os.Getenv("STORE_BACKUPS")); err == nil {
		rounds = n
	}
	for i := range rounds {
		copying.Store(true)
		for seq, _ := s.Head(); i > 0; { // the first is of an empty store, the others are not
			time.Sleep(time.Millisecond)
			if now, _ := s.Head(); now > seq+5 { // the load is on its way
				break
			}
		}
		b, m := archived(t, s)
		copying.Store(false)
		dir := filepath.Join(t.TempDir(), "restored")
		done, err := store.Restore(bg, bytes.NewReader(b), dir, opts(), false)
		if err != nil {
			t.Fatal(err)
		}
		if done.Epoch == s.Epoch() || done.Aside != "" || m.Epoch != s.Epoch() {
			t.Fatalf("restored %+v of epoch %s", done, s.Epoch())
		}
		r := storetest.Verify(t, dir)
		if r.Events != m.Seq || r.Head.String() != m.Head || r.Epoch != done.Epoch || r.Files != len(m.Files)-1 {
			t.Fatalf("restored %+v, manifest says %d %s", r, m.Seq, m.Head)
		}
		if err := s.VerifyHead(bg, r.Events, r.Head); err != nil {
			t.Fatal(err)
		}
		if m.Seq < last || (i > 0 && m.Seq == 0) {
			t.Fatalf("backup %d stands at %d, the one before at %d", i, m.Seq, last)
		}
		last = m.Seq
	}
}

// TestRestoredGoesOn: a restored store takes writes, its evidence is there, and
// what was deleted before is not.
func TestRestoredGoesOn(t *testing.T) {
	s := storetest.New(t)
	kept, gone := bring(t, s, "kept"), bring(t, s, "gone")
	deleted := workflow.Event{Kind: workflow.KindFileDeleted, Texts: workflow.Texts{"reason": "x"}, Data: workflow.Data{
		File: &workflow.FileRef{ID: gone.ID, SHA256: gone.SHA256}}}
	if err := write(s, deleted); err != nil {
		t.Fatal(err)
	}
	b, m := archived(t, s)
	if bytes.Contains(b, []byte("gone/")) || len(m.Files) != 2 {
		t.Errorf("archived %+v", m.Files)
	}
	dir := t.TempDir() // an empty folder is taken
	if _, err := store.Restore(bg, bytes.NewReader(b), dir, opts(), false); err != nil {
		t.Fatal(err)
	}
	again := storetest.Open(t, dir)
	if err := write(again, storetest.Assigned(1, "scjg")); err != nil {
		t.Error(err)
	}
	r, _, err := again.OpenFile(bg, kept.ID)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil || string(text) != "kept" {
		t.Errorf("evidence %q %v", text, err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "restoring-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestRestoreRefuses: what stands in the folder is neither lost nor mixed with
// another store.
func TestRestoreRefuses(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(dir, opts())
	if err != nil {
		t.Fatal(err)
	}
	if err := write(s, storetest.Assigned(1, "scjg")); err != nil {
		t.Fatal(err)
	}
	b, m := archived(t, s)
	if _, err := store.Restore(bg, bytes.NewReader(b), dir, opts(), true); !errors.Is(err, store.ErrInUse) {
		t.Errorf("a store in use: %v", err)
	}
	refused := func(want string, older bool) {
		t.Helper()
		before := listing(t, dir)
		_, err := store.Restore(bg, bytes.NewReader(b), dir, opts(), false)
		var e *store.NotEmptyError
		if !errors.As(err, &e) || e.Older() != older || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
		if after := listing(t, dir); after != before {
			t.Errorf("the folder was changed:\n%s\n%s", before, after)
		}
	}
	if err := write(s, storetest.Assigned(2, "scjg"), storetest.Assigned(3, "scjg")); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	refused(fmt.Sprintf("%d events against %d, so 2 would be taken back", m.Seq, m.Seq+2), true)
	if err := os.Truncate(filepath.Join(dir, "duban.db"), 100); err != nil {
		t.Fatal(err)
	}
	refused("cannot be read", false)
	done, err := store.Restore(bg, bytes.NewReader(b), dir, opts(), true)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(done.Aside, "duban.db")); err != nil || info.Size() != 100 {
		t.Errorf("what stood there is not kept aside: %v", err)
	}
	if r := storetest.Verify(t, dir); r.Events != m.Seq {
		t.Errorf("restored %d events, want %d", r.Events, m.Seq)
	}
	refused("another journal", true)
}

// TestDamagedArchive: whatever byte of a file is changed, and wherever one is cut,
// nothing is restored.
func TestDamagedArchive(t *testing.T) {
	s := storetest.New(t)
	bring(t, s, "evidence")
	sound, m := archived(t, s)
	if got, err := store.CheckArchive(bg, bytes.NewReader(sound)); err != nil || got.Head != m.Head {
		t.Fatalf("a sound archive: %+v %v", got, err)
	}
	dir := t.TempDir()
	try := func(what string, b []byte) {
		t.Helper()
		if _, err := store.Restore(bg, bytes.NewReader(b), dir, opts(), false); err == nil {
			t.Fatalf("%s was restored", what)
		}
		if left := listing(t, dir); left != "" {
			t.Fatalf("%s left %s", what, left)
		}
	}
	try("nothing", nil)
	try("a database", soundFile(t))
	for n := 0; n < len(sound)-1024-512; n += len(sound)/50 + 1 {
		try(fmt.Sprint("cut at ", n), sound[:n])
	}
	for _, f := range m.Files {
		at := bytes.Index(sound, []byte(f.SHA256)) // in the manifest
		for _, i := range []int{0, 31, 63} {
			b := bytes.Clone(sound)
			b[at+i] ^= 1
			try(fmt.Sprint("another sum for ", f.Name), b)
		}
	}
	head := bytes.Index(sound, []byte(m.Head))
	flipped := bytes.Clone(sound)
	flipped[head] ^= 1
	try("another head", flipped)
	start := bytes.Index(sound, []byte("duban.db\x00"))
	for i := start + 512; i < start+512+int(m.Files[0].Size); i += 4001 {
		b := bytes.Clone(sound)
		b[i] ^= 0x10
		try(fmt.Sprint("a bit of the database at ", i), b)
	}
	try("a name that leads out", bytes.ReplaceAll(sound, []byte("files/"+m.Files[1].SHA256[:2]), []byte("../../"+hex.EncodeToString([]byte{1}))))
}

// listing is the names and sizes of what is in a folder.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil || p == dir {
			return err
		}
		info, err := d.Info()
		fmt.Fprintf(&b, "%s %d\n", p, info.Size())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
