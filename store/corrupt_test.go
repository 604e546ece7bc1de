package store_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"duban/store"
	"duban/store/storetest"
	"duban/workflow"
)

// mutation is one way to damage a file.
type mutation struct {
	name string
	make func(sound []byte, r *rand.Rand) []byte
}

var mutations = []mutation{
	{"a bit", func(b []byte, r *rand.Rand) []byte { b[r.IntN(len(b))] ^= 1 << r.IntN(8); return b }},
	{"a bit in a page header", func(b []byte, r *rand.Rand) []byte {
		b[r.IntN(len(b)/4096)*4096+r.IntN(16)] ^= 1 << r.IntN(8)
		return b
	}},
	{"a bit in an element", func(b []byte, r *rand.Rand) []byte {
		b[r.IntN(len(b)/4096)*4096+16+r.IntN(96)] ^= 1 << r.IntN(8)
		return b
	}},
	{"a bit in the meta pages", func(b []byte, r *rand.Rand) []byte { b[r.IntN(2)*4096+r.IntN(80)] ^= 1 << r.IntN(8); return b }},
	{"a sector zeroed", func(b []byte, r *rand.Rand) []byte { clear(b[r.IntN(len(b)/512)*512:][:512]); return b }},
	{"a page of noise", func(b []byte, r *rand.Rand) []byte {
		p := b[r.IntN(len(b)/4096)*4096:][:4096]
		for i := range p {
			p[i] = byte(r.Uint32())
		}
		return b
	}},
	{"a page over another", func(b []byte, r *rand.Rand) []byte {
		n := len(b) / 4096
		copy(b[r.IntN(n)*4096:][:4096], bytes.Clone(b[r.IntN(n)*4096:][:4096]))
		return b
	}},
	{"a branch for a leaf", func(b []byte, r *rand.Rand) []byte { return branchForLeaf(b, r.IntN(3)) }},
	{"cut", func(b []byte, r *rand.Rand) []byte { return b[:r.IntN(len(b))] }},
	{"cut and filled with zeros", func(b []byte, r *rand.Rand) []byte { clear(b[r.IntN(len(b)):]); return b }},
	{"a field of a branch", func(b []byte, r *rand.Rand) []byte {
		for range 1000 { // a page number in a branch page becomes another
			p := b[r.IntN(len(b)/4096)*4096:][:4096]
			if p[8] == 1 && p[9] == 0 {
				count := int(p[10])
				p[16+r.IntN(count)*16+8] = byte(r.IntN(len(b) / 4096))
				break
			}
		}
		return b
	}},
}

const corpus = 300

// TestCorruption feeds 300 damaged files to another process. For each it must
// say that it found the damage, or show everything as it was; and it must live.
func TestCorruption(t *testing.T) {
	dir := t.TempDir()
	sound := soundFile(t)
	r := rand.New(rand.NewPCG(5, 8))
	var names []string
	for n := range corpus {
		m := mutations[n%len(mutations)]
		sub := filepath.Join(dir, fmt.Sprintf("%03d", n))
		names = append(names, m.name)
		err := errors.Join(os.Mkdir(sub, 0o700), os.WriteFile(filepath.Join(sub, "duban.db"), m.make(bytes.Clone(sound), r), 0o600))
		if err != nil {
			t.Fatal(err)
		}
	}
	control := filepath.Join(dir, fmt.Sprintf("%03d", corpus))
	err := errors.Join(os.Mkdir(control, 0o700), os.WriteFile(filepath.Join(control, "duban.db"), sound, 0o600))
	if err != nil {
		t.Fatal(err)
	}
	cmd := child("corrupt", dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	timer := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	out, err := cmd.Output()
	verdicts := map[string][]string{}
	last := ""
	sc := bufio.NewScanner(bytes.NewReader(out))
	for sc.Scan() {
		n, verdict, _ := strings.Cut(sc.Text(), " ")
		last = n
		verdicts[n] = append(verdicts[n], verdict)
	}
	if err != nil {
		text := stderr.String()
		t.Fatalf("the process died after file %s: %v\n%s", last, err, text[:min(len(text), 3000)])
	}
	want := verdicts[fmt.Sprintf("%03d", corpus)]
	if len(want) != 1 || !strings.HasPrefix(want[0], "ok ") {
		t.Fatalf("the sound file: %v", want)
	}
	found, right := 0, 0
	for n, name := range names {
		switch v := verdicts[fmt.Sprintf("%03d", n)]; {
		case len(v) != 1:
			t.Errorf("file %d (%s): %v", n, name, v)
		case v[0] == want[0]:
			right++
		case strings.HasPrefix(v[0], "ok "):
			t.Errorf("file %d (%s): wrong data was taken for right", n, name)
		default:
			found++
		}
	}
	t.Logf("%d found, %d harmless", found, right)
	if found < corpus/2 {
		t.Errorf("only %d of %d mutations did harm: the corpus has no teeth", found, corpus)
	}
}

// childCorrupt opens, reads and verifies each file and prints its verdict.
func childCorrupt(dir string) error {
	subs, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, sub := range subs {
		fmt.Println(sub.Name(), verdict(filepath.Join(dir, sub.Name())))
	}
	return nil
}

func verdict(dir string) string {
	s, err := store.OpenReadOnly(dir, opts())
	if err != nil {
		return "refused"
	}
	defer s.Close()
	// Evidence is not part of the corpus; everything else is.
	var missing *store.VerifyError
	if _, err := s.Verify(bg, nil); err != nil && !(errors.As(err, &missing) && strings.HasPrefix(missing.What, "evidence ")) {
		return "verify"
	}
	events, err := s.Events(bg, 0, 1<<20)
	if err != nil {
		return "events"
	}
	h := storetest.SHA256(fmt.Sprintf("%+v", hashes(events)))
	var rows []string
	err = s.Read(bg, func(v workflow.ReadView) error {
		for a, err := range v.AllAssignments() {
			if err != nil {
				return err
			}
			b, _, err := v.Assignment(a.ID)
			if err != nil {
				return err
			}
			rows = append(rows, fmt.Sprintf("%+v", b.Reports), string(b.State))
		}
		return nil
	})
	if err != nil {
		return "rows"
	}
	for _, e := range events {
		trail, err := s.Trail(bg, e.Assignment)
		if err != nil {
			return "trail"
		}
		rows = append(rows, fmt.Sprint(len(trail)))
	}
	if err := s.Close(); err != nil {
		return "close"
	}
	rw, err := store.Open(dir, opts()) // and writing on it must not kill either
	if err != nil {
		return "refused for writing"
	}
	err = write(rw, storetest.Noted(storetest.Assigned(1, "scjg").Assignment, "x"))
	if err := errors.Join(err, rw.Close()); err != nil {
		return "write"
	}
	return "ok " + h + storetest.SHA256(strings.Join(rows, "|"))
}

func hashes(events []workflow.Event) (out []string) {
	for _, e := range events {
		out = append(out, e.Hash.String(), fmt.Sprint(e.Texts))
	}
	return out
}
