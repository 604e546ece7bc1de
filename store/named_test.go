package store_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"duban/store"
)

// TestDamagedNamesTheArchive: the refusal of a damaged file names the newest
// archive that lies with it, and the command that restores it.
func TestDamagedNamesTheArchive(t *testing.T) {
	dir := t.TempDir()
	path, older, newer := filepath.Join(dir, "duban.db"), filepath.Join(dir, "backup-before-v1.db"), filepath.Join(dir, "backups", "duban-2022.tar")
	if err := os.Mkdir(filepath.Dir(newer), 0o700); err != nil {
		t.Fatal(err)
	}
	for n, p := range []string{older, newer, path} {
		at := time.Date(2022, 9, 1+n, 0, 0, 0, 0, time.UTC)
		if err := errors.Join(os.WriteFile(p, []byte("x"), 0o600), os.Chtimes(p, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	for _, missing := range []bool{false, true} {
		if missing {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
		_, err := store.Open(dir, opts())
		var e *store.DamagedError
		if !errors.As(err, &e) || e.Backup != newer || !strings.Contains(err.Error(), "duban restore "+newer+" --data "+dir+" --force") {
			t.Errorf("missing %v: %v", missing, err)
		}
	}
	if err := os.Remove(newer); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(dir, opts()); err == nil || !strings.Contains(err.Error(), older) || strings.Contains(err.Error(), "duban restore") {
		t.Errorf("a copy of the database is no archive: %v", err)
	}
}

// TestLittleRoomIsSaid: below 1 GiB the log warns, once. It needs root for the mount.
func TestLittleRoomIsSaid(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=32m"); err != nil {
		t.Skipf("SKIPPED: no small file system can be mounted here: %v", err)
	}
	defer func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}()
	var log lockedBytes
	o := opts()
	o.Watch, o.Logger = 5*time.Millisecond, slog.New(slog.NewTextHandler(&log, nil))
	s, err := store.Open(filepath.Join(dir, "data"), o)
	if err != nil {
		t.Fatal(err)
	}
	for log.count("little room") == 0 {
		time.Sleep(5 * time.Millisecond)
	}
	time.Sleep(50 * time.Millisecond) // ten more looks
	if n := log.count("little room"); n != 1 || log.count("free_bytes=") != 1 {
		t.Errorf("said %d times", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// lockedBytes is a log a test reads.
type lockedBytes struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBytes) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBytes) count(s string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.b.String(), s)
}
