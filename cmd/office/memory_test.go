package office_test

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"duban/cmd/office"
	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/plan"
)

// TestTheCachesKeepToOneBudget: whatever is asked and done, all caches together stay below the
// budget that the office was given, and the answers are right.
func TestTheCachesKeepToOneBudget(t *testing.T) {
	c, err := config(filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	c.Memory = office.LeastMemory
	o, err := office.New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	o.Start(t.Context())
	defer func() {
		if err := o.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	token, _, err := o.Accounts.AddToken(t.Context(), o.Now(), account.Console, "test", "admin", o.Now().AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	head := http.Header{"Authorization": {"Bearer " + token}}
	ws, res, err := websocket.DefaultDialer.Dial("ws://"+o.Addr().String()+"/api/v1/live", head)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	defer ws.Close()
	read := make(chan struct{})
	go func() { // a screen that listens: what is encoded for it is kept for others
		defer close(read)
		for {
			if _, _, err := ws.ReadMessage(); err != nil {
				return
			}
		}
	}()
	actor := workflow.Actor{User: "office", Unit: plan.OfficeID, Role: workflow.OfficeMan}
	most := 0
	look := func() {
		t.Helper()
		n := o.Remembered()
		most = max(most, n)
		if n > office.LeastMemory {
			t.Fatalf("%d bytes are kept, %d may be", n, office.LeastMemory)
		}
	}
	ids := []string{}
	for _, a := range o.Book.InPeriod(o.Book.Periods()[0].ID) {
		ids = append(ids, a.ID)
	}
	text := strings.Repeat("备", 1500)
	for round := range 300 {
		call := workflow.Call{Actor: actor, Received: o.Now()}
		if r, err := o.Desk.Act(t.Context(), call, ids[round%len(ids)], workflow.NoteCommand{Text: fmt.Sprint(round, text)}); err != nil {
			t.Fatal(err)
		} else if err := o.Settle(t.Context(), r.Seq); err != nil {
			t.Fatal(err)
		}
		look()
	}
	client := &http.Client{}
	defer client.CloseIdleConnections()
	get := func(path string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+o.Addr().String()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header = head
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s", path, res.Status)
		}
		look()
	}
	for n := range 60 {
		get(fmt.Sprintf("/api/v1/assignments?limit=%d", 500-n))
		get("/api/v1/assignments/" + ids[n%len(ids)])
		if n%20 == 0 {
			get("/api/v1/board?asof=" + strings.ReplaceAll(o.Now().Format("2006-01-02T15:04:05Z07:00"), "+", "%2B"))
		}
	}
	if most < office.LeastMemory/4 {
		t.Errorf("at most %d bytes were kept: the test fills nothing", most)
	}
	_ = ws.Close()
	<-read
}
