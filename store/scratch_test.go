package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"duban/store"
)

// TestScratch: what a killed process has left is removed by the next one; what somebody
// holds, and what is not of the prefix, stays.
func TestScratch(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	left, stranger := filepath.Join(dir, ".duban-x-123"), filepath.Join(dir, "snapshot-1")
	for _, name := range []string{left, stranger} {
		if err := os.MkdirAll(name, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(name, "duban.db"), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	held, err := store.NewScratch(dir, ".duban-x-")
	if err != nil {
		t.Fatal(err)
	}
	second, err := store.NewScratch(dir, ".duban-x-")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); err == nil {
		t.Error("what was left is still there")
	}
	for _, name := range []string{held.Dir, second.Dir, stranger} {
		if _, err := os.Stat(name); err != nil {
			t.Errorf("%s is gone", name)
		}
	}
	for _, s := range []*store.Scratch{held, second} {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	names, err := os.ReadDir(dir)
	if err != nil || len(names) != 1 {
		t.Errorf("left: %v %v", names, err)
	}
}
