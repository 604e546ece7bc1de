package office_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"duban/cmd/office"
	"duban/store/storetest"
	"duban/workflow/account"
	"duban/workflow/account/credential"
	"duban/workflow/calendar"
	"duban/workflow/plan"
)

// config is an office of the shipped plan on a free port and a folder of its own, in real time.
func config(data string) (office.Config, error) {
	days, err := calendar.New(calendar.Published(), nil)
	if err != nil {
		return office.Config{}, err
	}
	policy, _ := credential.FindPolicy("dengbao")
	wall := func() time.Time { return time.Now().Round(0) }
	read := func() (*plan.Plan, []byte, error) {
		b, err := os.ReadFile("../../tasks.yaml")
		if err != nil {
			return nil, nil, err
		}
		p, err := plan.Parse("tasks.yaml", b)
		return p, b, err
	}
	return office.Config{
		Place: office.Place{Data: data, Plan: read, PlanName: "tasks.yaml", Calendar: days, Policy: policy, Now: wall, Real: true,
			Random: rand.Reader, Log: slog.New(slog.DiscardHandler)},
		Addr: "127.0.0.1:0", Wall: wall, Build: "example", AdminPassword: "Lake-Heron-58-Candle",
	}, nil
}

// An office is bound by New, serves from Start on, and ends with Stop.
func Example() {
	dir, err := os.MkdirTemp("", "office-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	c, err := config(filepath.Join(dir, "data"))
	if err != nil {
		panic(err)
	}
	o, err := office.New(context.Background(), c)
	if err != nil {
		panic(err)
	}
	o.Start(context.Background())
	res, err := http.Get("http://" + o.Addr().String() + "/readyz")
	if err != nil {
		panic(err)
	}
	defer res.Body.Close()
	fmt.Println(res.Status)
	fmt.Println(o.Stop(context.Background()))
	// Output:
	// 200 OK
	// <nil>
}

// begun is an office that serves, and its plan under a title of its own.
func begun(t *testing.T, title string) *office.Office {
	t.Helper()
	c, err := config(filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	shipped := c.Plan
	c.Plan = func() (*plan.Plan, []byte, error) {
		_, b, err := shipped()
		if err != nil {
			return nil, nil, err
		}
		own := strings.Replace(string(b), "盘活发展空间", title, 1)
		p, err := plan.Parse("tasks.yaml", []byte(own))
		return p, []byte(own), err
	}
	o, err := office.New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	o.Start(t.Context())
	return o
}

// answer is what an office answers an administrator's token.
func answer(t *testing.T, o *office.Office, path string) (int, string) {
	t.Helper()
	token, _, err := o.Accounts.AddToken(t.Context(), o.Now(), account.Console, "test "+path, "admin", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+o.Addr().String()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Close = true
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(res.Body)
	if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// TestTwoOfficesInOneProcess: two offices serve at once on two folders and two ports, each its
// own plan; one stops with a screen open, which is told, and the other goes on; and when both
// have stopped none of their goroutines is left.
func TestTwoOfficesInOneProcess(t *testing.T) {
	one, two := begun(t, "甲地空间"), begun(t, "乙地空间")
	if len(running()) == 0 {
		t.Error("goroutines of ours that run are not seen: the check has no teeth")
	}
	for o, own := range map[*office.Office]string{one: "甲地空间", two: "乙地空间"} {
		if status, body := answer(t, o, "/api/v1/plan"); status != http.StatusOK || !strings.Contains(body, own) {
			t.Errorf("%s: %d %.200s", own, status, body)
		}
	}
	token, _, err := one.Accounts.AddToken(t.Context(), one.Now(), account.Console, "screen", "admin", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	ws, res, err := websocket.DefaultDialer.Dial("ws://"+one.Addr().String()+"/api/v1/live", http.Header{"Authorization": {"Bearer " + token}})
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	stopped := make(chan error, 1)
	go func() { stopped <- one.Stop(context.Background()) }()
	for {
		if err := ws.SetReadDeadline(time.Now().Add(storetest.Patience)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := ws.ReadMessage(); err != nil {
			if !websocket.IsCloseError(err, websocket.CloseGoingAway) {
				t.Errorf("the screen is told %v", err)
			}
			break
		}
	}
	_ = ws.Close()
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if res, err := http.Get("http://" + one.Addr().String() + "/readyz"); err == nil {
		_ = res.Body.Close()
		t.Error("the office that has stopped answers")
	}
	if status, body := answer(t, two, "/api/v1/plan"); status != http.StatusOK || !strings.Contains(body, "乙地空间") {
		t.Errorf("the other: %d %.200s", status, body)
	}
	if err := two.Stop(context.Background()); err != nil {
		t.Error(err)
	}
	for _, g := range left() {
		t.Errorf("a goroutine is left:\n%s", g)
	}
}

// running are the goroutines that run code of ours, but for the tests' own. The web framework's,
// which look after idle workers each ten seconds, are not ours.
func running() (all []string) {
	b := make([]byte, 4<<20)
	for _, g := range strings.Split(string(b[:runtime.Stack(b, true)]), "\n\n") {
		if strings.Contains(g, "duban/") && !strings.Contains(g, "testing.") {
			all = append(all, g)
		}
	}
	return all
}

// left are those that are running still, once there are none or some will not end.
func left() (all []string) {
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	for until := time.Now().Add(storetest.Patience); ; time.Sleep(5 * time.Millisecond) {
		if all = running(); len(all) == 0 || time.Now().After(until) {
			return all
		}
	}
}

// TestARefusedOfficeLeavesNothing: what cannot be opened leaves no folder, no listener and no
// goroutine; and an office that was never started is taken back by Stop.
func TestARefusedOfficeLeavesNothing(t *testing.T) {
	c, err := config(filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	c.AdminPassword = "short"
	if _, err := office.New(t.Context(), c); err == nil {
		t.Fatal("a weak password is taken")
	}
	if _, err := os.Stat(c.Data); !os.IsNotExist(err) {
		t.Errorf("a folder is left: %v", err)
	}
	c.AdminPassword = "Lake-Heron-58-Candle"
	o, err := office.New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	for _, g := range left() {
		t.Errorf("a goroutine is left:\n%s", g)
	}
	again, err := office.New(t.Context(), c)
	if err != nil {
		t.Fatalf("its folder is held: %v", err)
	}
	if err := again.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}
