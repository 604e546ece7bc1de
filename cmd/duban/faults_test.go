package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"duban/store/storetest"
)

// TestCutWhileRunning: a database that is cut under the running program ends nothing: it is
// alive and not ready, writes say that they are refused, and what is in memory is shown.
func TestCutWhileRunning(t *testing.T) {
	t.Parallel()
	for _, left := range []int64{0, 4096, 5 * 4096} {
		p := newProgram(t)
		cmd := p.serve()
		const id = "2022Q3-06-lead-zrzyt"
		if status, body, err := p.call("GET", id, "", ""); status != http.StatusOK || err != nil {
			t.Fatalf("%d %s %v", status, body, err)
		}
		if err := os.Truncate(filepath.Join(p.dir, "data", "duban.db"), left); err != nil {
			t.Fatal(err)
		}
		ask := func(path string) int {
			t.Helper()
			status, _, err := request("GET", "http://"+p.address+path, "", "")
			if err != nil {
				t.Fatalf("cut to %d: the program has ended: %v", left, err)
			}
			return status
		}
		for until := time.Now().Add(storetest.Patience); ask("/readyz") != http.StatusServiceUnavailable; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(until) {
				t.Fatalf("cut to %d: still ready", left)
			}
		}
		if status, _, err := p.call("POST", id, "/acceptance", ""); err != nil || status < 400 {
			t.Errorf("cut to %d: an act: %d %v", left, status, err)
		}
		if status, _, err := p.call("GET", id, "", ""); err != nil || status == 0 {
			t.Errorf("cut to %d: a read: %d %v", left, status, err)
		}
		for range 3 {
			if got := ask("/healthz"); got != http.StatusOK {
				t.Errorf("cut to %d: alive: %d", left, got)
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
	}
}

// TestFullDiskOfTheProgram: the running program meets a limit on file size. Writes
// are 503 and leave nothing, reads and the health check go on, and once the limit
// is gone the same request is taken. It needs prlimit (util-linux).
func TestFullDiskOfTheProgram(t *testing.T) {
	t.Parallel()
	prlimit, err := exec.LookPath("prlimit")
	if err != nil {
		t.Skip("SKIPPED: prlimit is not installed, which lets a running program's limit go")
	}
	p := newProgram(t)
	cmd := p.serve()
	const id = "2022Q3-06-lead-zrzyt"
	if status, body, err := p.call("POST", id, "/acceptance", ""); status != http.StatusCreated || err != nil {
		t.Fatalf("%d %s %v", status, body, err)
	}
	limit := func(to string) {
		t.Helper()
		if out, err := exec.Command(prlimit, fmt.Sprintf("--pid=%d", cmd.Process.Pid), "--fsize="+to+":unlimited").CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
	}
	// The file is longer than what is in it: pages behind the limit cannot be written.
	limit(fmt.Sprint(2 << 20))
	note := `{"progress":"` + strings.Repeat("进展", 900) + `"}`
	full, filed := 0, 0
	for n := 0; n < 400 && full == 0; n++ {
		status, body, err := p.call("POST", id, "/reports", note)
		switch {
		case err != nil:
			t.Fatal(err)
		case status == http.StatusCreated:
			filed++
			status, _, err = p.call("DELETE", id, "/reports/latest", "")
			if err != nil || status != http.StatusOK && status != http.StatusCreated && status != http.StatusServiceUnavailable {
				t.Fatalf("recall: %d %v", status, err)
			}
			if status == http.StatusServiceUnavailable {
				full++
			}
		case status == http.StatusServiceUnavailable && strings.Contains(string(body), "store.full"):
			full++
		default:
			t.Fatalf("%d %s", status, body)
		}
	}
	if full == 0 {
		t.Fatalf("never full after %d reports", filed)
	}
	reports := func() int {
		t.Helper()
		status, body, err := p.call("GET", id, "", "")
		var a struct{ Reports []struct{ Progress string } }
		if err = errors.Join(err, json.Unmarshal(body, &a)); status != http.StatusOK || err != nil {
			t.Fatalf("reads ended: %d %v", status, err)
		}
		return len(a.Reports)
	}
	if n := reports(); n != filed {
		t.Errorf("%d reports are there, %d were acknowledged", n, filed)
	}
	ready := func() int {
		t.Helper()
		status, _, err := request("GET", "http://"+p.address+"/readyz", "", "")
		if err != nil {
			t.Fatal(err)
		}
		return status
	}
	for range 30 { // also after what is written now and then to see
		if got := ready(); got != http.StatusServiceUnavailable {
			t.Fatalf("ready while full: %d", got)
		}
		time.Sleep(100 * time.Millisecond)
	}
	limit("unlimited")
	for until := time.Now().Add(storetest.Patience); ready() != http.StatusOK; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("never ready again, with room and nobody who writes")
		}
	}
	if status, _, err := p.call("DELETE", id, "/reports/latest", ""); err != nil || status >= 500 {
		t.Errorf("room is back: %d %v", status, err)
	}
	if status, body, err := p.call("POST", id, "/reports", note); status != http.StatusCreated || err != nil {
		t.Errorf("room is back: %d %s %v", status, body, err)
	}
	if n := reports(); n != filed+1 {
		t.Errorf("%d reports are there after %d", n, filed+1)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	if out := p.run("verify"); !strings.Contains(out, "ok") {
		t.Error(out)
	}
}

// TestRestartIsQuick: after a kill -9 the program is ready again within the goal of
// two seconds on a store of 100 MB: DUBAN_LARGE_STORE=1 generates one (12,000 assignments and 120,000 events), for a
// quiet machine. Usually on a small one, where it has to come back and how long it took is told.
func TestRestartIsQuick(t *testing.T) {
	t.Parallel()
	assignments, events, large := "300", "3000", os.Getenv("DUBAN_LARGE_STORE") != ""
	if large {
		assignments, events = "12000", "120000"
	}
	p := newProgram(t)
	if err := os.RemoveAll(p.dir + "/data"); err != nil {
		t.Fatal(err)
	}
	p.run("generate", "--assignments", assignments, "--events", events, "--data", "data")
	for range 3 {
		began := time.Now()
		cmd := p.serve()
		took := time.Since(began)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
		info, err := os.Stat(p.dir + "/data/duban.db")
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d MiB: ready after %s", info.Size()>>20, took.Round(time.Millisecond))
		if large && took > 2*time.Second {
			t.Errorf("ready after %s", took)
		}
	}
}
