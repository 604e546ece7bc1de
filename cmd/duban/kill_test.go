package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"duban/store/storetest"
)

// killRounds is how often a test kills: usually so often, DUBAN_KILL_ROUNDS=1000 for a release.
func killRounds(t *testing.T, usual int) int {
	t.Helper()
	asked := os.Getenv("DUBAN_KILL_ROUNDS")
	if asked == "" {
		return usual
	}
	n, err := strconv.Atoi(asked)
	if err != nil || n < 1 {
		t.Fatalf("DUBAN_KILL_ROUNDS=%q", asked)
	}
	return n
}

// program is a folder with a plan, a store and the tokens of some departments.
type program struct {
	t       *testing.T
	dir     string
	address string
	tokens  map[string]string // by assignment
}

func newProgram(t *testing.T) *program {
	t.Helper()
	p := &program{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	plan, err := os.ReadFile("../../tasks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"tasks.yaml": plan, "password": []byte("Lake-Heron-58-Candle\n")} {
		if err := os.WriteFile(filepath.Join(p.dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if p.address, err = storetest.Address(); err != nil {
		t.Fatal(err)
	}
	p.peopled()
	return p
}

// peopled lays a store with the departments' accounts and tokens. It takes eight runs of the
// program, so it is made once and copied then.
func (p *program) peopled() {
	p.t.Helper()
	made.Lock()
	defer made.Unlock()
	data := filepath.Join(p.dir, "data")
	if made.files == nil {
		for department, assignment := range map[string]string{"zrzyt": "2022Q3-06-lead-zrzyt", "fzggw": "2022Q3-06-coop-fzggw", "jxt": "2022Q3-06-coop-jxt", "kjt": "2022Q3-06-coop-kjt"} {
			p.run("user", "add", department, "--unit", department, "--role", "liaison", "--password-file", "password")
			p.tokens[assignment] = strings.TrimSpace(p.run("token", "add", "test", "--as", department))
		}
		files, err := filesOf(data)
		if err != nil {
			p.t.Fatal(err)
		}
		made.files, made.tokens = files, maps.Clone(p.tokens)
		return
	}
	p.tokens = maps.Clone(made.tokens)
	if err := os.Mkdir(data, 0o700); err != nil {
		p.t.Fatal(err)
	}
	for name, content := range made.files {
		if err := os.WriteFile(filepath.Join(data, name), content, 0o600); err != nil {
			p.t.Fatal(err)
		}
	}
}

// made is the store of the first program, before it served.
var made struct {
	sync.Mutex
	files  map[string][]byte
	tokens map[string]string
}

// filesOf are the contents of a folder's files, by name.
func filesOf(dir string) (map[string][]byte, error) {
	entries, err := os.ReadDir(dir)
	files := map[string][]byte{}
	for _, e := range entries {
		if err == nil && !e.IsDir() {
			files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name()))
		}
	}
	return files, err
}

// run is duban with these arguments, which must do.
func (p *program) run(args ...string) string {
	p.t.Helper()
	cmd := exec.Command("duban", args...)
	cmd.Dir = p.dir
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		p.t.Fatalf("duban %v: %v\n%s%s", args, err, out, errs.String())
	}
	return string(out)
}

// serve starts the server and waits until it is ready.
func (p *program) serve() *exec.Cmd {
	p.t.Helper()
	cmd := exec.Command("duban", "serve", "--addr", p.address, "--now", "2022-09-20T09:00:00+08:00", "--admin-password-file", "password", "--log-level", "error")
	cmd.Dir, cmd.Stderr = p.dir, os.Stderr
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = cmd.Process.Kill() }) // ended long since, when all went well
	if err := waitReady(p.address); err != nil {
		p.t.Fatal(err)
	}
	return cmd
}

func (p *program) call(method, assignment, act, body string) (int, []byte, error) {
	return request(method, "http://"+p.address+"/api/v1/assignments/"+assignment+act, p.tokens[assignment], body)
}

// file files and recalls reports until the server is gone, and answers the texts
// of the reports it was told are filed. It calls filed at each.
func (p *program) file(assignment string, round int, filed func()) (kept []string) {
	for n := 0; ; n++ {
		text := fmt.Sprintf("report %d-%d of %s", round, n, assignment)
		status, answer, err := p.call("POST", assignment, "/reports", `{"progress":"`+text+`"}`)
		if err != nil {
			return kept
		}
		switch {
		case status == http.StatusCreated:
			kept = append(kept, text)
			filed()
		case status == http.StatusInternalServerError:
			p.t.Errorf("a fault of ours: %s", answer)
		}
		if status, answer, err = p.call("DELETE", assignment, "/reports/latest", ""); err != nil {
			return kept
		} else if status == http.StatusInternalServerError {
			p.t.Errorf("a fault of ours: %s", answer)
		}
	}
}

// filings lets every assignment's department file until the server is gone. reached is closed when as many
// reports as wanted are acknowledged; ended waits for all and answers what was, by assignment.
func (p *program) filings(round, wanted int) (reached <-chan struct{}, ended func() map[string][]string) {
	p.t.Helper()
	var wg sync.WaitGroup
	var mu sync.Mutex
	kept, enough := map[string][]string{}, make(chan struct{})
	for assignment := range p.tokens {
		if _, _, err := p.call("POST", assignment, "/acceptance", ""); err != nil {
			p.t.Fatal(err)
		}
		wg.Go(func() {
			texts := p.file(assignment, round, func() {
				mu.Lock()
				defer mu.Unlock()
				if wanted--; wanted == 0 {
					close(enough)
				}
			})
			mu.Lock()
			defer mu.Unlock()
			kept[assignment] = texts
		})
	}
	return enough, func() map[string][]string { wg.Wait(); return kept }
}

// TestKilled: what was acknowledged before a kill -9 is there after it, and the
// journal holds, round after round on one store.
func TestKilled(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	kept := map[string][]string{}
	total, rounds := 0, killRounds(t, 40)
	if testing.Short() {
		rounds = killRounds(t, 8)
	}
	for round := range rounds {
		cmd := p.serve()
		p.check(kept)
		reached, ended := p.filings(round, 1+rand.IntN(80)) // at every stage of a group of commits
		<-reached
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for assignment, texts := range ended() {
			kept[assignment] = append(kept[assignment], texts...)
			total += len(texts)
		}
		_ = cmd.Wait() // it was killed
		if round%5 == 4 || round == rounds-1 {
			if out := p.run("verify"); !strings.Contains(out, "ok") {
				t.Fatalf("round %d: %s", round, out)
			}
		}
	}
	cmd := p.serve()
	p.check(kept)
	t.Logf("%d reports acknowledged in %d rounds", total, rounds)
	if len(p.lost(map[string][]string{"2022Q3-06-lead-zrzyt": {"a report nobody filed"}})) != 1 {
		t.Error("a report that is not there is not missed: the check has no teeth")
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
}

// check holds every assignment's filed reports against what was acknowledged.
func (p *program) check(kept map[string][]string) {
	p.t.Helper()
	for _, fault := range p.lost(kept) {
		p.t.Error(fault)
	}
}

// lost are the acknowledged reports that are not there exactly once.
func (p *program) lost(kept map[string][]string) (faults []string) {
	p.t.Helper()
	for assignment, texts := range kept {
		status, body, err := p.call("GET", assignment, "", "")
		if err != nil || status != http.StatusOK {
			p.t.Fatalf("%d %s %v", status, body, err)
		}
		var a struct{ Reports []struct{ Progress string } }
		if err := json.Unmarshal(body, &a); err != nil {
			p.t.Fatal(err)
		}
		there := map[string]int{}
		for _, r := range a.Reports {
			there[r.Progress]++
		}
		for _, text := range texts {
			if there[text] != 1 {
				faults = append(faults, fmt.Sprintf("%q was acknowledged and is there %d times", text, there[text]))
			}
		}
	}
	return faults
}

// TestStopKeepsWhatItTook: SIGTERM with reports in flight ends with 0, which it does only in its own time;
// every request was answered or refused, and what was acknowledged is there.
func TestStopKeepsWhatItTook(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	cmd := p.serve()
	reached, ended := p.filings(0, 40)
	<-reached
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil { // one that was not done in time would say so
		t.Errorf("after SIGTERM: %v", err)
	}
	kept := ended()
	cmd = p.serve()
	p.check(kept)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
}

// TestDefaults: what the contract says serve does without flags.
func TestDefaults(t *testing.T) {
	t.Parallel()
	var s settings
	e := env{out: os.Stdout, err: os.Stderr, getenv: func(string) string { return "" }}
	if rest, err := parse(flags("serve", e, s.flags), nil, e); err != nil || len(rest) > 0 {
		t.Fatal(rest, err)
	}
	if s.addr != "127.0.0.1:8080" || s.data != "./data" || s.place.plan != "tasks.yaml" || !s.now.IsZero() || s.adminPassword != "" {
		t.Errorf("%+v", s)
	}
}
