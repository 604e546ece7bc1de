package ui

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"duban/ui/live"
	"duban/workflow/account"
)

// socket is an open websocket of a test.
type socket struct {
	t  *testing.T
	ws *websocket.Conn
}

// frame is any frame of the contract.
type frame struct {
	Type   string
	Seq    uint64
	Epoch  string
	Now    string
	Build  string
	Board  map[string]any
	Events []map[string]any
	Counts map[string]any
}

// dial opens /api/v1/live; the answer is the refusal when there is no socket.
func (w *world) dial(query string, head http.Header) (*socket, answer) {
	w.t.Helper()
	d := websocket.Dialer{HandshakeTimeout: time.Minute}
	ws, res, err := d.Dial(strings.Replace(w.url, "http", "ws", 1)+"/api/v1/live"+query, head)
	if err != nil {
		if res == nil {
			w.t.Fatal(err)
		}
		defer res.Body.Close()
		body := make([]byte, 4096)
		n, _ := res.Body.Read(body)
		a := answer{status: res.StatusCode, header: res.Header, body: body[:n]}
		if err := json.Unmarshal(a.body, &a.json); err != nil {
			w.t.Errorf("a refused socket: %v %s", err, a)
		}
		return nil, a
	}
	s := &socket{w.t, ws}
	w.t.Cleanup(func() { ws.Close() })
	return s, answer{status: 101}
}

// bearer opens it with the person's token.
func (w *world) listen(as, query string) *socket {
	w.t.Helper()
	s, a := w.dial(query, http.Header{"Authorization": {"Bearer " + w.token(as)}})
	if s == nil {
		w.t.Fatalf("%s listens: %s", as, a)
	}
	return s
}

// byCookie opens it as a browser does.
func (w *world) byCookie(b *browser, origin string) (*socket, answer) {
	w.t.Helper()
	return w.byCookieFrom(b, origin, "")
}

// byCookieFrom is byCookie with a query.
func (w *world) byCookieFrom(b *browser, origin, query string) (*socket, answer) {
	w.t.Helper()
	req, err := http.NewRequest("GET", w.url, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, c := range b.http.Jar.Cookies(req.URL) {
		req.AddCookie(c)
	}
	head := http.Header{"Cookie": {req.Header.Get("Cookie")}}
	if origin != "" {
		head.Set("Origin", origin)
	}
	return w.dial(query, head)
}

// next is the next frame, within a few seconds.
func (s *socket) next() frame {
	s.t.Helper()
	_, f := s.raw()
	return f
}

func (s *socket) raw() (string, frame) {
	s.t.Helper()
	if err := s.ws.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		s.t.Fatal(err)
	}
	kind, b, err := s.ws.ReadMessage()
	if err != nil || kind != websocket.TextMessage {
		s.t.Fatalf("no frame: %d %v", kind, err)
	}
	var f frame
	if err := json.Unmarshal(b, &f); err != nil {
		s.t.Fatalf("%s: %v", b, err)
	}
	return string(b), f
}

// until reads events up to the position and answers them all, and the frames' text.
func (s *socket) until(seq uint64) (events []map[string]any, text string) {
	s.t.Helper()
	for {
		raw, f := s.raw()
		if f.Type == "tick" {
			continue
		}
		text += raw
		if f.Type != "events" || f.Counts == nil {
			s.t.Fatalf("a frame of %q without counts: %s", f.Type, raw)
		}
		events = append(events, f.Events...)
		if n := len(events); n > 0 && positionOf(events[n-1]) >= seq {
			return events, text
		}
	}
}

func positionOf(e map[string]any) uint64 { return uint64(e["seq"].(float64)) }

// closed is the code the server closes with.
func (s *socket) closed() int {
	s.t.Helper()
	if err := s.ws.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		s.t.Fatal(err)
	}
	for {
		_, b, err := s.ws.ReadMessage()
		var c *websocket.CloseError
		switch {
		case err == nil:
			_ = b // whatever was on its way
		case errors.As(err, &c):
			return c.Code
		default:
			s.t.Fatalf("no close: %v", err)
		}
	}
}

// TestLiveHelloSnapshotEventsTick is the contract's conversation.
func TestLiveHelloSnapshotEventsTick(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.live = live.Options{Tick: 100 * time.Millisecond} })
	s := w.listen("office", "")
	hello := s.next()
	if hello.Type != "hello" || hello.Epoch != w.store.Epoch() || hello.Build != "test" || hello.Now == "" {
		t.Fatalf("%+v", hello)
	}
	snapshot := s.next()
	head := headOf(w)
	if snapshot.Type != "snapshot" || snapshot.Seq != head || len(snapshot.Board["tasks"].([]any)) != 12 || uint64(snapshot.Board["seq"].(float64)) != head {
		t.Fatalf("%s %d, the journal stands at %d", snapshot.Type, snapshot.Seq, head)
	}
	if tick := s.next(); tick.Type != "tick" || tick.Seq != head || tick.Now == "" {
		t.Errorf("%+v", tick)
	}
	a := w.as("zrzyt", "POST", w.expand("{L6}/acceptance"), nil, nil)
	seq := uint64(0)
	if err := json.Unmarshal(fmt.Append(nil, a.get("seq")), &seq); err != nil {
		t.Fatal(err)
	}
	events, text := s.until(seq)
	e := events[len(events)-1]
	if e["kind"] != "accepted" || at(e, "assignment.state") != "in_progress" || at(e, "assignment.id") != w.vars["l6"] || at(e, "assignment.task.no") != 6.0 ||
		at(e, "assignment.time_light.cause") == nil || at(e, "actor.user") != "zrzyt" || e["at"] == nil || e["hash"] == nil {
		t.Errorf("%v", e)
	}
	for _, field := range strings.Fields("id version period task.no task.title department.id department.name role state accepted_at due original_due accept_by late accepted_late returned extended urged time_light.colour time_light.cause progress_light.colour") {
		if at(e["assignment"], field) == nil {
			t.Errorf("an event's assignment without %s: %v", field, e["assignment"])
		}
	}
	if !strings.Contains(text, `"counts":{`) {
		t.Errorf("no counts: %s", text)
	}

	// Resume from anywhere in this epoch: hello, then what was missed, once.
	w.as("zrzyt", "POST", w.expand("{L6}/reports"), report, nil)
	w.as("office", "POST", w.expand("{L6}/notes"), `{"text":"x"}`, nil)
	end := headOf(w)
	for after := seq - 3; after <= end; after++ {
		r := w.listen("office", fmt.Sprintf("?after=%d&epoch=%s", after, w.store.Epoch()))
		if h := r.next(); h.Type != "hello" {
			t.Fatalf("after %d: %+v", after, h)
		}
		var got []uint64
		if after < end {
			events, _ := r.until(end)
			for _, e := range events {
				got = append(got, positionOf(e))
			}
		} else if f := r.next(); f.Type != "tick" {
			t.Errorf("at the end it gets a %s", f.Type)
		}
		var want []uint64
		for _, e := range w.events(after) {
			if !strings.HasPrefix(string(e.Kind), "token_") { // for whoever keeps accounts
				want = append(want, e.Seq)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("after %d: %v, want %v", after, got, want)
		}
		if err := r.ws.Close(); err != nil {
			t.Error(err)
		}
	}
	// Another epoch, no epoch, the future: a snapshot.
	for _, query := range []string{"?after=3&epoch=other", "?after=3", fmt.Sprintf("?after=%d&epoch=%s", end+100, w.store.Epoch())} {
		r := w.listen("office", query)
		if h, f := r.next(), r.next(); h.Type != "hello" || f.Type != "snapshot" || f.Seq < end {
			t.Errorf("%s: %s, %s %d", query, h.Type, f.Type, f.Seq)
		}
	}
	w.play(step{as: "office", do: "GET /api/v1/live?after=x", status: 422, code: "query.after"},
		step{as: "office", do: "GET /api/v1/live", status: 400, code: "live.handshake"})
}

// TestLiveRights: each reader hears what they may, with the texts and names they
// may: a department of its own tasks, a screen nothing of people or texts.
func TestLiveRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	browser, _ := w.screen("会议室")
	screen, a := w.byCookie(browser, w.url)
	if screen == nil {
		t.Fatal(a)
	}
	readers := map[string]*socket{"screen": screen}
	for _, name := range []string{"office", "zrzyt", "fzggw", "sft", "viewer", "auditor"} {
		readers[name] = w.listen(name, "")
	}
	for name, s := range readers {
		if h, f := s.next(), s.next(); h.Type != "hello" || f.Type != "snapshot" {
			t.Fatalf("%s: %s %s", name, h.Type, f.Type)
		}
	}
	w.token("rlsbt")
	start := headOf(w)
	w.play(
		step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"},
		step{as: "zrzyt", do: "POST {L6}/reports", body: `{"progress":"机密进展","asks":"机密请求"}`, status: 201, events: "reported"},
		step{as: "office", do: "POST {L6}/return", body: `{"reason":"机密理由"}`, status: 201, events: "returned"},
		step{as: "rlsbt", do: "POST /api/v1/assignments/2022Q3-09-coop-rlsbt/acceptance", status: 201, events: "accepted"}, // all hear this one
	)
	for name, s := range readers {
		events, text := s.until(start + 4)
		var got []uint64
		for _, e := range events {
			if positionOf(e) > start {
				got = append(got, positionOf(e)-start)
			}
		}
		want := []uint64{1, 2, 3, 4}
		if name == "sft" {
			want = []uint64{4}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s hears %v, want %v", name, got, want)
		}
		if strings.Contains(text, "机密") {
			t.Errorf("%s: a frame with free text: %s", name, text)
		}
		if named := strings.Contains(text, `"user"`); named == (name == "screen") {
			t.Errorf("%s: names of people: %t", name, named)
		}
	}
}

// TestLiveEnds: who logs out, is disabled or revoked is cut off with the code
// that says so; a foreign page and a stranger get no socket at all.
func TestLiveEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	open := func(name, origin string) *socket {
		s, a := w.byCookie(w.cookie(name), origin)
		if s == nil {
			t.Fatalf("%s: %s", name, a)
		}
		if h := s.next(); h.Type != "hello" {
			t.Fatalf("%+v", h)
		}
		return s
	}
	for _, origin := range []string{"https://elsewhere.example", "null", ""} {
		if s, a := w.byCookie(w.cookie("office"), origin); s != nil || a.status != 403 {
			t.Errorf("a page of %q: %d %s", origin, a.status, a)
		}
	}
	if s, a := w.dial("", nil); s != nil || a.status != 401 {
		t.Errorf("nobody: %s", a)
	}
	if s, a := w.dial("", http.Header{"Authorization": {"Bearer " + w.token("office")}, "Origin": {"https://elsewhere.example"}}); s != nil || a.status != 403 {
		t.Errorf("a token from a foreign page: %s", a)
	}

	s := open("zrzyt", w.url)
	b := w.cookie("zrzyt")
	if a := w.send(b.http, "DELETE", "/api/v1/session", nil, map[string]string{"X-CSRF-Token": b.csrf}); a.status != 204 {
		t.Fatal(a)
	}
	if code := s.closed(); code != 4001 {
		t.Errorf("logged out: closed with %d", code)
	}
	s = open("fzggw", w.url)
	byToken := w.listen("fzggw", "")
	byToken.next()
	if err := w.accounts.Disable(t.Context(), w.clock.now(), account.Console, "fzggw"); err != nil {
		t.Fatal(err)
	}
	if code := s.closed(); code != 4001 {
		t.Errorf("disabled: closed with %d", code)
	}
	if code := byToken.closed(); code != 4001 {
		t.Errorf("disabled, by token: closed with %d", code)
	}
	program := w.listen("office2", "")
	program.next()
	if err := w.accounts.RevokeToken(t.Context(), w.clock.now(), account.Console, w.tokenID("office2")); err != nil {
		t.Fatal(err)
	}
	if code := program.closed(); code != 4003 {
		t.Errorf("a token revoked: closed with %d", code)
	}
	browser, id := w.screen("会议室")
	s, a := w.byCookie(browser, w.url)
	if s == nil {
		t.Fatal(a)
	}
	if err := w.accounts.RevokeScreen(t.Context(), w.clock.now(), account.Console, id); err != nil {
		t.Fatal(err)
	}
	if code := s.closed(); code != 4003 {
		t.Errorf("revoked screen: closed with %d", code)
	}
	s = w.listen("office", "")
	s.next()
	done := make(chan struct{})
	go func() { w.stop(); close(done) }()
	if code := s.closed(); code != 1001 && code != 1012 {
		t.Errorf("server stopping: closed with %d", code)
	}
	<-done
}
