package ui

import (
	"testing"
	"time"
)

// TestOneAccountCannotTakeAll: who sends more than an account may is told to wait, by
// whatever login or token; others, screens and strangers are not slowed by it.
func TestOneAccountCannotTakeAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.rate = 30 })
	screen, _ := w.screen("会议室")
	b := w.cookie("zrzyt")
	refused := 0
	for n := range 40 {
		a := w.send(b.http, "GET", "/api/v1/me", nil, nil)
		if n%2 == 0 {
			a = w.as("zrzyt", "GET", "/api/v1/plan", nil, nil)
		}
		switch {
		case a.status == 429 && a.get("code") == "request.too_many" && a.header.Get("Retry-After") == "2":
			refused++
		case a.status != 200 || refused > 0:
			t.Fatalf("request %d: %s", n, a)
		}
	}
	if refused == 0 {
		t.Error("nothing was refused")
	}
	if a := w.look(b, "/"); a.status != 429 || a.header.Get("Retry-After") == "" {
		t.Errorf("a page: %d", a.status)
	}
	if a := w.as("zrzyt", "POST", w.expand("{L6}/acceptance"), `{}`, nil); a.status != 429 {
		t.Errorf("an act: %s", a)
	}
	if a := w.upload("zrzyt", "file", "a.pdf", pdf, nil); a.status != 429 {
		t.Errorf("an upload: %s", a)
	}
	for range 40 {
		if a := w.send(screen.http, "GET", "/api/v1/board", nil, nil); a.status != 200 {
			t.Fatalf("a screen: %s", a)
		}
		if a := w.send(w.http, "GET", "/login", nil, asPage); a.status != 200 {
			t.Fatalf("a stranger: %s", a)
		}
	}
	if a := w.as("office", "GET", "/api/v1/plan", nil, nil); a.status != 200 {
		t.Errorf("the office: %s", a)
	}
	w.clock.add(2 * time.Second)
	if a := w.as("zrzyt", "GET", "/api/v1/plan", nil, nil); a.status != 200 {
		t.Errorf("after the wait: %s", a)
	}
}
