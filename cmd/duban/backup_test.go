package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"duban/store"
	"duban/store/storetest"
	"duban/workflow"

	"github.com/rogpeppe/go-internal/testscript"
)

// withBackupCommands adds what backup.txtar uses:
//
//	evidence ADDRESS TOKENFILE TEXT      uploads a PDF file with the text
//	fetch ADDRESS TOKENFILE FILE STATUS  downloads the backup, wants the status
//	waitfor PATTERN                      waits until a file of the pattern is there
//	samehead FILE FILE                   wants the same event and head in both
func withBackupCommands(all map[string]func(*testscript.TestScript, bool, []string)) map[string]func(*testscript.TestScript, bool, []string) {
	all["evidence"], all["fetch"], all["waitfor"], all["samehead"] = evidenceCommand, fetchCommand, waitforCommand, sameheadCommand
	return all
}

func bearer(ts *testscript.TestScript, method, url, tokenFile string, body io.Reader) *http.Request {
	req, err := http.NewRequest(method, url, body)
	ts.Check(err)
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(ts.ReadFile(tokenFile)))
	return req
}

func evidenceCommand(ts *testscript.TestScript, _ bool, args []string) {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile("file", "a.pdf")
	ts.Check(err)
	_, err = fmt.Fprintf(part, "%%PDF-1.4\n%s\n%%%%EOF\n", args[2])
	ts.Check(errors.Join(err, w.Close()))
	req := bearer(ts, http.MethodPost, "http://"+args[0]+"/api/v1/files", args[1], &body)
	req.Header.Set("Content-Type", w.FormDataContentType())
	res, err := http.DefaultClient.Do(req)
	ts.Check(err)
	b, err := io.ReadAll(res.Body)
	ts.Check(errors.Join(err, res.Body.Close()))
	if res.StatusCode >= 300 {
		ts.Fatalf("%s: %s", res.Status, b)
	}
}

func fetchCommand(ts *testscript.TestScript, _ bool, args []string) {
	res, err := http.DefaultClient.Do(bearer(ts, http.MethodGet, "http://"+args[0]+"/export/backup.tar", args[1], nil))
	ts.Check(err)
	b, err := io.ReadAll(res.Body)
	ts.Check(errors.Join(err, res.Body.Close()))
	if fmt.Sprint(res.StatusCode) != args[3] {
		ts.Fatalf("status %s, want %s", res.Status, args[3])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), b, 0o600))
}

func waitforCommand(ts *testscript.TestScript, _ bool, args []string) {
	for end := time.Now().Add(storetest.Patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if all, err := filepath.Glob(ts.MkAbs(args[0])); err != nil || len(all) > 0 {
			ts.Check(err)
			return
		}
	}
	ts.Fatalf("no file %s", args[0])
}

func sameheadCommand(ts *testscript.TestScript, _ bool, args []string) {
	line := func(file, key string) string {
		for l := range strings.Lines(ts.ReadFile(file)) {
			if strings.HasPrefix(l, key+" ") {
				return l
			}
		}
		ts.Fatalf("%s has no line %q", file, key)
		return ""
	}
	for _, key := range []string{"events", "head"} {
		if a, b := line(args[0], key), line(args[1], key); a != b {
			ts.Fatalf("%s: %sagainst %s", key, a, b)
		}
	}
}

// scheduled is a store with backups into a folder of their own.
func scheduled(t *testing.T, b backing) (*backups, *store.Store) {
	t.Helper()
	s := storetest.New(t)
	b.dir = t.TempDir()
	k, err := newBackups(b, s, slog.New(slog.DiscardHandler), storetest.NewClock().Now)
	if err != nil {
		t.Fatal(err)
	}
	return k, s
}

// TestScheduledBackups: one at each due time and no more, the newest are kept, and
// a restart does not make another.
func TestScheduledBackups(t *testing.T) {
	k, s := scheduled(t, backing{every: time.Hour, keep: 3})
	start := time.Now()
	for minutes := 0; minutes < 6*60; minutes += 15 {
		k.due(t.Context(), start.Add(time.Duration(minutes)*time.Minute))
		k.wait()
		_, err := s.Change(t.Context(), workflow.Change{Received: storetest.Start, Decide: func(workflow.View, time.Time) ([]workflow.Event, error) {
			return []workflow.Event{storetest.Assigned(minutes, "scjg")}, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	have, err := k.have()
	if err != nil || len(have) != 3 {
		t.Fatalf("kept %v %v", have, err)
	}
	for i, file := range have {
		m, err := checkArchive(t.Context(), file)
		if want := uint64(12 + 4*i); err != nil || m.Seq != want {
			t.Errorf("%s stands at %d, want %d: %v", file, m.Seq, want, err)
		}
	}
	if k.newest.Load() != start.Add(5*time.Hour).Unix() || k.faults.Load() != 0 {
		t.Errorf("newest %d, faults %d", k.newest.Load(), k.faults.Load())
	}
	again, err := newBackups(k.backing, s, k.log, k.plan)
	if err != nil {
		t.Fatal(err)
	}
	again.due(t.Context(), time.Now())
	again.wait()
	if after, err := again.have(); err != nil || fmt.Sprint(after) != fmt.Sprint(have) {
		t.Errorf("after a restart %v, before %v (%v)", after, have, err)
	}
}

// TestScheduledBackupFails: a backup that fails is counted and tried again soon,
// removes no older one and leaves no half of a new one.
func TestScheduledBackupFails(t *testing.T) {
	k, _ := scheduled(t, backing{every: 24 * time.Hour, keep: 1})
	start := time.Now()
	k.due(t.Context(), start)
	k.wait()
	good, err := k.have()
	if err != nil || len(good) != 1 {
		t.Fatalf("%v %v", good, err)
	}
	dir := k.dir
	k.dir = filepath.Join(dir, "gone") // the other disk is not there
	k.due(t.Context(), start.Add(24*time.Hour))
	k.wait()
	if k.faults.Load() != 1 {
		t.Fatalf("%d failures", k.faults.Load())
	}
	k.dir = dir
	k.due(t.Context(), start.Add(24*time.Hour+time.Minute)) // learns of the failure
	k.wait()
	if now, err := k.have(); err != nil || fmt.Sprint(now) != fmt.Sprint(good) {
		t.Fatalf("%v %v", now, err)
	}
	k.due(t.Context(), start.Add(24*time.Hour+time.Minute+retryAfter))
	k.wait()
	now, err := k.have()
	if err != nil || len(now) != 1 || now[0] == good[0] {
		t.Errorf("tried again: %v %v", now, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left %v %v", entries, err)
	}
}

// TestHotBackupIsCleared: what lies on the disk for a download is gone when it ends,
// also one that ends early.
func TestHotBackupIsCleared(t *testing.T) {
	dir := t.TempDir()
	s := storetest.Open(t, dir)
	for _, n := range []int64{100, 1 << 30} {
		r, size, err := hot(s)(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.Copy(io.Discard, io.LimitReader(r, n))
		if err = errors.Join(err, r.Close()); err != nil || got != min(n, size) {
			t.Errorf("%d of %d: %v", got, size, err)
		}
		left, err := os.ReadDir(filepath.Join(dir, "files", "tmp"))
		if err != nil || len(left) > 0 {
			t.Errorf("left %v %v", left, err)
		}
	}
}
