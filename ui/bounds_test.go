package ui

import (
	"strings"
	"testing"
	"time"

	"duban/workflow"
	"duban/workflow/account"
)

// TestAWallReadsTheBoardAlone: a wall gets the board as it is. It cannot go through the
// record from its beginning, nor look back.
func TestAWallReadsTheBoardAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, _ := w.screen("会议室")
	from := func(query string) string {
		t.Helper()
		s, a := w.byCookieFrom(b, w.url, query)
		if s == nil {
			t.Fatal(a)
		}
		defer s.ws.Close()
		if h := s.next(); h.Type != "hello" {
			t.Fatal(h.Type)
		}
		return s.next().Type
	}
	epoch := "&epoch=" + w.store.Epoch()
	if got := from("?after=0" + epoch); got != "snapshot" {
		t.Errorf("from the beginning a wall gets %s", got)
	}
	w.restart() // what happened before is not in memory any more
	w.as("zrzyt", "POST", w.expand("{L6}/acceptance"), "", nil)
	if got := from("?after=1" + epoch); got != "snapshot" {
		t.Errorf("from the record a wall gets %s", got)
	}
	w.as("office", "POST", w.expand("{L6}/notes"), `{"text":"x"}`, nil)
	if s := w.listen("office", "?after=0"+epoch); s.next().Type != "hello" || s.next().Type != "events" {
		t.Error("the office cannot go through the record")
	}
	for path, status := range map[string]int{"/api/v1/board": 422, "/board": 200} { // the page is the present one
		at := path + "?asof=2022-09-20T09:00:00%2B08:00"
		if a := w.send(b.http, "GET", at, nil, nil); a.status != status || a.header.Get("Duban-As-Of") != "" {
			t.Errorf("a wall looks back at %s: %d as of %q", path, a.status, a.header.Get("Duban-As-Of"))
		}
		if a := w.look(w.cookie("office"), at); a.status != 200 || a.header.Get("Duban-As-Of") == "" {
			t.Errorf("the office cannot look back at %s: %d", path, a.status)
		}
	}
}

// TestABackupTakesTheFullRight: a backup holds what nobody may read, so a token that only
// reads gets none, also an administrator's.
func TestABackupTakesTheFullRight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for scope, status := range map[account.Scope]int{account.Read: 403, account.Act: 200} {
		secret, _, err := w.accounts.IssueToken(t.Context(), w.clock.now(), account.Console, account.NewToken{Name: string(scope), Account: "boss", Scope: scope})
		if err != nil {
			t.Fatal(err)
		}
		for _, method := range []string{"GET", "HEAD"} {
			a := w.send(w.http, method, "/export/backup.tar", nil, map[string]string{"Authorization": "Bearer " + secret})
			if a.status != status || status == 403 && method == "GET" && a.get("code") != "token.read_only" {
				t.Errorf("%s with a token of %s: %s", method, scope, a)
			}
		}
	}
}

// TestWhatExpiredStaysExpired: a token, a delegation and a link that have expired are over
// for good: a clock that goes back, with or without a restart, revives none.
func TestWhatExpiredStaysExpired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	start := w.clock.now()
	ends := start.Add(time.Hour)
	secret, _, err := w.accounts.AddToken(t.Context(), start, account.Console, "short", "zrzyt", ends)
	if err != nil {
		t.Fatal(err)
	}
	deputy := w.token("office")
	if _, err := w.accounts.Delegate(t.Context(), start, account.Console, account.NewDelegation{For: "director", To: "office", From: start, Until: ends}); err != nil {
		t.Fatal(err)
	}
	works := func() (token, behalf bool) {
		t.Helper()
		a := w.send(w.http, "GET", "/api/v1/me", nil, map[string]string{"Authorization": "Bearer " + secret})
		b := w.send(w.http, "GET", "/api/v1/me", nil, map[string]string{"Authorization": "Bearer " + deputy, "Duban-On-Behalf-Of": "director"})
		return a.status == 200, b.status == 200
	}
	if token, behalf := works(); !token || !behalf {
		t.Fatalf("before: %t %t", token, behalf)
	}
	w.clock.set(ends)
	if token, behalf := works(); token || behalf {
		t.Fatalf("at their end: %t %t", token, behalf)
	}
	for range 2 { // the second finds nothing left to do
		if err := w.sessions.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	w.settle()
	w.clock.set(start)
	if token, behalf := works(); token || behalf {
		t.Errorf("the clock went back: %t %t", token, behalf)
	}
	w.restart()
	if token, behalf := works(); token || behalf {
		t.Errorf("after a restart: %t %t", token, behalf)
	}
	kinds := map[workflow.Kind]int{}
	for _, e := range w.events(0) {
		if strings.HasSuffix(string(e.Kind), "_revoked") {
			kinds[e.Kind]++
		}
	}
	if kinds[workflow.KindTokenRevoked] != 1 || kinds[workflow.KindDelegationRevoked] != 1 {
		t.Errorf("recorded: %v", kinds)
	}
	w.clock.set(ends)
	w.look(w.cookie("boss"), "/tokens").says(t, 200, "已失效")
}
