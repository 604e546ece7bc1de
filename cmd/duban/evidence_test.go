package main

import (
	"testing"
)

// TestByteSizes: sizes are read as people write them, and written so that they are read
// again the same.
func TestByteSizes(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]int64{"0": 0, "1": 1, "500MB": 500e6, "2GiB": 2 << 30, "512KiB": 512 << 10, "7B": 7, "1TiB": 1 << 40} {
		var b byteSize
		if err := b.Set(typed); err != nil || int64(b) != want {
			t.Errorf("%s: %d %v", typed, b, err)
		}
		var again byteSize
		if err := again.Set(b.String()); err != nil || again != b {
			t.Errorf("%s: written as %s, read as %d %v", typed, b.String(), again, err)
		}
	}
	for _, typed := range []string{"", "x", "-1", "1.5GiB", "1 GiB", "GiB", "1GG", "9999999TiB", "1gib"} {
		var b byteSize
		if err := b.Set(typed); err == nil {
			t.Errorf("%q is taken as %d", typed, b)
		}
	}
}
