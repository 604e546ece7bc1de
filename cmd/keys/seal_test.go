package keys

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"
)

// TestAKeyFileIsNeverReplaced: a key that something is sealed with already is not lost to a
// new one.
func TestAKeyFileIsNeverReplaced(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte("AAAA\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := newSealKey(file, rand.Reader); err == nil {
		t.Error("a key file was replaced")
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != "AAAA\n" {
		t.Errorf("%q %v", b, err)
	}
}
