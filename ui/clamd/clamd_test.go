package clamd_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"duban/ui/clamd"
	"duban/ui/clamd/clamdtest"
)

func scanner(t *testing.T, address string, within time.Duration) *clamd.Scanner {
	t.Helper()
	s, err := clamd.New(address, within)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestScan: what is sent arrives whole, in one piece and in many, and the verdict is
// the daemon's; over TCP and a Unix socket.
func TestScan(t *testing.T) {
	ln, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []*clamdtest.Daemon{clamdtest.New(t), clamdtest.Serve(t, ln)} {
		s := scanner(t, d.Address, 0)
		if err := s.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		for _, n := range []int{0, 1, 64<<10 - 1, 64 << 10, 64<<10 + 1, 3 << 20} {
			b := bytes.Repeat([]byte("x"), n)
			if found, err := s.Scan(t.Context(), iotest.HalfReader(bytes.NewReader(b))); found != "" || err != nil {
				t.Errorf("%d bytes: %q, %v", n, found, err)
			}
			if _, got := d.Seen(); sha256.Sum256(got) != sha256.Sum256(b) {
				t.Errorf("%d bytes arrived of %d", len(got), n)
			}
		}
		if found, err := s.Scan(t.Context(), bytes.NewReader(append(bytes.Repeat([]byte("x"), 1<<20), clamdtest.EICAR...))); found != clamdtest.Signature || err != nil {
			t.Errorf("%q, %v", found, err)
		}
		if got := s.Stats(); got != (clamd.Stats{Scanned: 7, Found: 1}) {
			t.Errorf("%+v", got)
		}
	}
}

// TestUnclearAnswers: nothing but a clear OK is clean.
func TestUnclearAnswers(t *testing.T) {
	d := clamdtest.New(t)
	s := scanner(t, d.Address, 2*time.Second)
	silent := make(chan struct{})
	defer close(silent)
	for name, m := range map[string]clamdtest.Misdeeds{
		"half an answer":          {Reply: "stream: O"},
		"an answer without NUL":   {Reply: "stream: OK"},
		"nothing":                 {Reply: "\x00"},
		"OK of something else":    {Reply: "OK\x00"},
		"an error":                {Reply: "stream: Can't allocate memory ERROR\x00"},
		"another command's":       {Reply: "PONG\x00"},
		"endless":                 {Reply: strings.Repeat("x", 1<<20)},
		"slower than the time":    {Silent: silent},
		"closes before it reads":  {Hangs: true},
		"neither found nor clean": {Reply: "stream: FOUND OK?\x00"},
	} {
		d.Set(m)
		if found, err := s.Scan(t.Context(), strings.NewReader("x")); err == nil || errors.Is(err, clamd.ErrLimit) {
			t.Errorf("%s: %q, %v", name, found, err)
		}
	}
	d.Set(clamdtest.Misdeeds{Limit: 1 << 20})
	if _, err := s.Scan(t.Context(), bytes.NewReader(make([]byte, 8<<20))); !errors.Is(err, clamd.ErrLimit) {
		t.Errorf("over its limit: %v", err)
	}
	if got := s.Stats(); got.Failed != 11 || got.Scanned != 11 {
		t.Errorf("%+v", got)
	}
}

// TestScansThatCannotBe: nobody listens, the caller leaves, the bytes cannot be read.
func TestScansThatCannotBe(t *testing.T) {
	s := scanner(t, filepath.Join(t.TempDir(), "nobody"), time.Second)
	if _, err := s.Scan(t.Context(), strings.NewReader("x")); err == nil {
		t.Error("nobody listens, and it is clean")
	}
	if err := s.Ping(t.Context()); err == nil {
		t.Error("nobody listens, and it answers")
	}
	d := clamdtest.New(t)
	silent := make(chan struct{})
	d.Set(clamdtest.Misdeeds{Silent: silent})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := scanner(t, d.Address, 0).Scan(ctx, strings.NewReader("x")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(silent)
	d.Set(clamdtest.Misdeeds{})
	if _, err := scanner(t, d.Address, 0).Scan(t.Context(), iotest.ErrReader(io.ErrClosedPipe)); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
	for _, bad := range []string{"", "clamd", "host:", ":3310", "run/clamd.ctl"} {
		if _, err := clamd.New(bad, 0); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
