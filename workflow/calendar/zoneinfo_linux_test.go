package calendar

import (
	"debug/elf"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// TestNoZoneinfo runs a child in a root directory that holds nothing but the child
// and a place for what -cover writes.
func TestNoZoneinfo(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("NOT TESTED: a machine without zoneinfo; changing the root directory needs root")
	}
	cmd := child(t)
	if linked(t, cmd.Path) {
		t.Skip("NOT TESTED: a machine without zoneinfo; this test binary needs the system's libraries (-race)")
	}
	b, err := os.ReadFile(cmd.Path)
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "child"), b, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(root, "tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd.Path, cmd.Args[0], cmd.Dir = "/child", "/child", "/"
	cmd.Env = []string{printAnswer + "=1", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
	checkAnswer(t, cmd)
}

// linked reports whether the binary is linked dynamically.
func linked(t *testing.T, path string) bool {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP })
}
