package main

import (
	"encoding/json"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"duban/cmd/office"
	"duban/store/storetest"
)

// start is the clock of program.serve: a change of plan on its store keeps to it.
const start = "2022-09-20T09:00:00+08:00"

// changed writes the shipped plan with one task renamed, and another lead for task 6.
func (p *program) changed(name string) {
	p.t.Helper()
	b, err := os.ReadFile(filepath.Join(p.dir, "tasks.yaml"))
	if err != nil {
		p.t.Fatal(err)
	}
	next := strings.Replace(string(b), "盘活发展空间", "拓展发展空间", 1)
	if next == string(b) {
		p.t.Fatal("the shipped plan has no such task")
	}
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(next), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// inForce is the digest of the plan that the server answers by.
func (p *program) inForce() (digest, body string) {
	p.t.Helper()
	status, b, err := request(http.MethodGet, "http://"+p.address+"/api/v1/plan", p.tokens["2022Q3-06-lead-zrzyt"], "")
	var plan struct{ Digest string }
	if err == nil {
		err = json.Unmarshal(b, &plan)
	}
	if err != nil || status != http.StatusOK {
		p.t.Fatalf("%d %s %v", status, b, err)
	}
	return plan.Digest, string(b)
}

// TestPlanAppliedBesideAServer: "duban plan apply" reaches the server that runs on the store:
// one plan_loaded event, told to ten screens, and answers by the new plan when the command
// has ended. A plan that is wrong, a reason that is missing and a repeat change nothing.
func TestPlanAppliedBesideAServer(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.changed("next.yaml")
	cmd := p.serve()
	var screens []*websocket.Conn
	head := http.Header{"Authorization": {"Bearer " + p.tokens["2022Q3-06-lead-zrzyt"]}}
	for range 10 {
		ws, res, err := websocket.DefaultDialer.Dial("ws://"+p.address+"/api/v1/live", head)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		t.Cleanup(func() { _ = ws.Close() })
		screens = append(screens, ws)
	}
	before, _ := p.inForce()
	if out, err := p.tries("plan", "apply", "next.yaml"); err == nil || !strings.Contains(out, "plan.reason_required") {
		t.Errorf("without a reason: %v %s", err, out)
	}
	if now, _ := p.inForce(); now != before {
		t.Error("a refused plan is in force")
	}
	out := p.run("plan", "apply", "next.yaml", "--reason", "更名", "--now", start)
	if !strings.Contains(out, "events 1, assigned 0, withdrawn 0") {
		t.Errorf("applied: %s", out)
	}
	if now, body := p.inForce(); now == before || !strings.Contains(body, "拓展发展空间") {
		t.Error("the server answers by the older plan after the command has ended")
	}
	for _, ws := range screens {
		for told := false; !told; {
			if err := ws.SetReadDeadline(time.Now().Add(storetest.Patience)); err != nil {
				t.Fatal(err)
			}
			_, b, err := ws.ReadMessage()
			if err != nil {
				t.Fatal(err)
			}
			told = strings.Contains(string(b), `"kind":"plan_loaded"`)
		}
	}
	if out := p.run("plan", "apply", "next.yaml", "--reason", "再来一次", "--now", start); !strings.Contains(out, "events 0") {
		t.Errorf("a repeat: %s", out)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if out := p.run("plan", "apply", "tasks.yaml", "--reason", "改回", "--now", start); !strings.Contains(out, "events 1") {
		t.Errorf("on the stopped server's store: %s", out)
	}
	p.serve()
	if now, _ := p.inForce(); now != before {
		t.Error("the plan that was applied while the server was stopped is not in force")
	}
}

// tries is duban with these arguments, which may fail, and all it said.
func (p *program) tries(args ...string) (string, error) {
	cmd := exec.Command("duban", args...)
	cmd.Dir = p.dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestKilledWhileAPlanIsApplied: kill -9 at any moment of a change of plan leaves the old plan
// or the new one, whole, and the journal holds.
func TestKilledWhileAPlanIsApplied(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.changed("next.yaml")
	files := []string{"next.yaml", "tasks.yaml"}
	outcomes := map[string]int{}
	rounds := killRounds(t, 12)
	if testing.Short() {
		rounds = killRounds(t, 4)
	}
	cmd := p.serve()
	digest, _ := p.inForce()
	for round := range rounds {
		source, err := os.ReadFile(filepath.Join(p.dir, files[0]))
		if err != nil {
			t.Fatal(err)
		}
		conn, err := net.Dial("unix", office.SocketFile(filepath.Join(p.dir, "data")))
		if err != nil {
			t.Fatal(err)
		}
		// By the socket itself: the command would do it on the killed server's store.
		if err := json.NewEncoder(conn).Encode(order{Command: "plan", Args: []string{"apply", files[0], "--reason=调整"}, brought: brought{Plan: source}}); err != nil {
			t.Fatal(err)
		}
		killed := time.AfterFunc(time.Duration(rand.IntN(15_000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
		_, _ = io.ReadAll(conn) // to its end: it was told, or cut off
		_ = conn.Close()
		killed.Stop()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if out := p.run("verify"); !strings.Contains(out, "ok") {
			t.Fatalf("round %d: %s", round, out)
		}
		cmd = p.serve()
		now, body := p.inForce()
		if renamed := strings.Contains(body, "拓展发展空间"); renamed != ((files[0] == "next.yaml") == (now != digest)) {
			t.Fatalf("round %d: half a plan: %s", round, body)
		}
		if now != digest {
			outcomes["new"]++
			digest = now
			files[0], files[1] = files[1], files[0]
		} else {
			outcomes["old"]++
		}
	}
	t.Logf("%v", outcomes)
}
