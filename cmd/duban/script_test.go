package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"duban/store/storetest"
)

// TestMain lets scripts, and tests that start processes, run this binary as duban.
func TestMain(m *testing.M) {
	// The race detector lets a process sleep a second before it ends.
	if err := os.Setenv("GORACE", "atexit_sleep_ms=0 "+os.Getenv("GORACE")); err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){"duban": main})
}

// TestScripts plays testdata/*.txtar: the whole binary as a person at a terminal
// meets it. Commands beside testscript's own:
//
//	port NAME                   sets NAME to a free loopback address
//	ready ADDRESS               waits until the server there is ready
//	exits CODE LIMIT CMD ARG…   runs, wants the exit code, and, when LIMIT is no -, within it
//	http METHOD URL [TOKEN [BODY]]   prints the status and the answer
//	first NAME                  sets NAME to the first word the last command printed
//	signal NAME                 sends TERM or INT to the servers in the background
//	edit FILE OLD NEW           changes bytes in a file, as many as before
func TestScripts(t *testing.T) {
	plan, err := os.ReadFile("../../tasks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("GORACE", os.Getenv("GORACE"))
			return errors.Join(os.WriteFile(filepath.Join(e.WorkDir, "tasks.yaml"), plan, 0o644),
				os.WriteFile(filepath.Join(e.WorkDir, "password"), []byte("Lake-Heron-58-Candle\n"), 0o600),
				os.WriteFile(filepath.Join(e.WorkDir, "bom.yaml"), append([]byte("\ufeff"), plan...), 0o644),
				os.WriteFile(filepath.Join(e.WorkDir, "utf16"), []byte("\xff\xfep\x00\n\x00"), 0o600))
		},
		Cmds: withBackupCommands(map[string]func(*testscript.TestScript, bool, []string){
			"port": portCommand, "ready": readyCommand, "exits": exitsCommand, "http": httpCommand, "signal": signalCommand, "edit": editCommand, "first": firstCommand,
		}),
	})
}

func firstCommand(ts *testscript.TestScript, _ bool, args []string) {
	words := strings.Fields(ts.ReadFile("stdout"))
	if len(args) != 1 || len(words) == 0 {
		ts.Fatalf("usage: first NAME, after a command that printed something")
	}
	ts.Setenv(args[0], words[0])
}

func portCommand(ts *testscript.TestScript, _ bool, args []string) {
	address, err := storetest.Address()
	ts.Check(err)
	ts.Setenv(args[0], address)
}

// waitReady asks until the server says that it is ready.
func waitReady(address string) error {
	var last error
	for end := time.Now().Add(storetest.Patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		res, err := http.Get("http://" + address + "/readyz")
		if err != nil {
			last = err
			continue
		}
		last = errors.Join(fmt.Errorf("status %d", res.StatusCode), res.Body.Close())
		if res.StatusCode == http.StatusOK {
			return nil
		}
	}
	return fmt.Errorf("%s is not ready: %w", address, last)
}

func readyCommand(ts *testscript.TestScript, _ bool, args []string) { ts.Check(waitReady(args[0])) }

func exitsCommand(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	begin := time.Now()
	err = ts.Exec(args[2], args[3:]...)
	took := time.Since(begin)
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
	if args[1] != "-" {
		limit, err := time.ParseDuration(args[1])
		ts.Check(err)
		if limit += 10 * startingTakes(ts); took > limit {
			ts.Fatalf("it took %s, want %s at most", took, limit)
		}
	}
}

// startingTakes is how long the machine needs now to run duban at all: some tens
// of milliseconds, more when others keep it busy.
func startingTakes(ts *testscript.TestScript) time.Duration {
	begin := time.Now()
	ts.Check(exec.Command("duban", "version").Run())
	return time.Since(begin)
}

func httpCommand(ts *testscript.TestScript, neg bool, args []string) {
	token, body := "", ""
	if len(args) > 2 {
		token = strings.TrimSpace(ts.ReadFile(args[2]))
	}
	if len(args) > 3 {
		body = args[3]
	}
	status, answer, err := request(args[0], args[1], token, body)
	ts.Check(err)
	_, err = fmt.Fprintf(ts.Stdout(), "%d %s\n", status, answer)
	ts.Check(err)
	if neg != (status >= 400) {
		ts.Fatalf("%d: %s", status, answer)
	}
}

// request sends JSON with a token, if there is one.
func request(method, url, token, body string) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, b, errors.Join(err, res.Body.Close())
}

func signalCommand(ts *testscript.TestScript, _ bool, args []string) {
	s, ok := map[string]os.Signal{"TERM": syscall.SIGTERM, "INT": syscall.SIGINT}[args[0]]
	if !ok {
		ts.Fatalf("no signal %s", args[0])
	}
	for _, c := range ts.BackgroundCmds() {
		ts.Check(c.Process.Signal(s))
	}
}

func editCommand(ts *testscript.TestScript, _ bool, args []string) {
	name := ts.MkAbs(args[0])
	b, err := os.ReadFile(name)
	ts.Check(err)
	if len(args[1]) != len(args[2]) || !bytes.Contains(b, []byte(args[1])) {
		ts.Fatalf("%s does not have %q, or %q is not as long", args[0], args[1], args[2])
	}
	ts.Check(os.WriteFile(name, bytes.ReplaceAll(b, []byte(args[1]), []byte(args[2])), 0o600))
}
