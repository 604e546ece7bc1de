package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"unsafe"

	"duban/store"
)

// childUnsynced is childWrite by a store that syncs nothing.
func childUnsynced(dir string) error {
	s, err := store.Open(dir, opts())
	if err != nil {
		return err
	}
	s.LeaveOutSyncs()
	return writeOn(s)
}

// fileSystem is a real file system in a file, which can be stopped dead.
type fileSystem struct {
	t           *testing.T
	image, root string
}

// newFileSystem needs root, mkfs of the kind, and the kernel's loop devices.
func newFileSystem(t *testing.T, kind string) *fileSystem {
	t.Helper()
	dir := t.TempDir()
	f := &fileSystem{t, filepath.Join(dir, "image"), filepath.Join(dir, "root")}
	if err := errors.Join(os.WriteFile(f.image, nil, 0o600), os.Truncate(f.image, 320<<20), os.Mkdir(f.root, 0o700)); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs."+kind, "-q", f.image).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: no %s file system can be made here: %v %s", kind, err, out)
	}
	if out, err := f.mount(); err != nil {
		t.Skipf("SKIPPED: no file can be mounted here: %v %s", err, out)
	}
	t.Cleanup(f.unmount)
	return f
}

func (f *fileSystem) mount() ([]byte, error) {
	return exec.Command("mount", "-o", "loop", f.image, f.root).CombinedOutput()
}

func (f *fileSystem) unmount() {
	if err := syscall.Unmount(f.root, 0); err != nil {
		f.t.Error(err)
	}
}

// stop is the power cut: from now on nothing reaches the disk, the file system's own
// log neither (ioctl SHUTDOWN of ext4 and xfs, with its flag NOLOGFLUSH).
func (f *fileSystem) stop() error {
	const shutdown = 0x8004587d // _IOR('X', 125, uint32)
	d, err := os.Open(f.root)
	if err != nil {
		return err
	}
	defer d.Close()
	flag := uint32(2)
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, d.Fd(), shutdown, uintptr(unsafe.Pointer(&flag))); errno != 0 {
		return errno
	}
	return nil
}

// cut lets a writer write until it has told this many acknowledgements, stops the disk under it, and starts the
// file system anew.
func (f *fileSystem) cut(mode string, after int) []ack {
	f.t.Helper()
	cmd := child(mode, filepath.Join(f.root, "data"))
	out := told{wanted: after, reached: make(chan struct{})}
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		f.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	select {
	case <-out.reached:
	case <-ended:
		f.t.Errorf("the writer ended by itself: %s", out.all.String())
	}
	if err := f.stop(); err != nil {
		f.t.Error(err)
	}
	_ = cmd.Process.Kill() // it may have ended by itself: its disk is gone
	<-ended
	f.unmount()
	if out, err := f.mount(); err != nil {
		f.t.Fatalf("%v %s", err, out)
	}
	return readAcks(out.all.Bytes())
}

// told is what a writer says; reached is closed when it has told as many lines as wanted.
type told struct {
	all     bytes.Buffer // not embedded: its ReadFrom would pass Write by
	wanted  int
	reached chan struct{}
}

func (o *told) Write(b []byte) (int, error) {
	if o.wanted > 0 {
		if o.wanted -= bytes.Count(b, []byte{'\n'}); o.wanted <= 0 {
			close(o.reached)
		}
	}
	return o.all.Write(b)
}

// TestPowerOff stops a real file system under a writing process again and again.
// Nothing acknowledged is lost. A writer that does not sync does lose, so the test
// can tell. STORE_POWER_CUTS is the number of rounds, STORE_POWER_FS ext4 or xfs.
func TestPowerOff(t *testing.T) {
	rounds, kind := 3, "ext4"
	if n, err := strconv.Atoi(os.Getenv("STORE_POWER_CUTS")); err == nil {
		rounds = n
	}
	if k := os.Getenv("STORE_POWER_FS"); k != "" {
		kind = k
	}
	r := rand.New(rand.NewPCG(3, 4))
	kept := 0
	var f *fileSystem
	var known map[uint64]string
	for round := range rounds {
		if round%25 == 0 { // a small journal is read through sooner
			f, known = newFileSystem(t, kind), map[uint64]string{}
		}
		acks := f.cut("write", 1+r.IntN(300))
		kept += len(acks)
		if err := survived(filepath.Join(f.root, "data"), acks, known); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
	}
	t.Logf("%s: %d rounds, %d acknowledged changes", kind, rounds, kept)

	f = newFileSystem(t, kind)
	var lost error
	for n := 0; n < 5 && lost == nil; n++ {
		lost = survived(filepath.Join(f.root, "data"), f.cut("unsynced", 300), map[uint64]string{})
	}
	if lost == nil {
		t.Error("a writer without a sync lost nothing: the disk was not stopped")
	} else {
		t.Log("without a sync:", fmt.Sprint(lost))
	}
}
