package ui

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

// step is one request of a scenario and everything it must bring about.
type step struct {
	at   string // moves the clock first: "2022-09-30 17:30:00" or "+1s"
	as   string // a person by token, "cookie:NAME" by session, "" nobody
	do   string // "POST {L6}/acceptance"; {names} are the world's vars
	body string
	head map[string]string

	status int
	code   string            // of the problem
	is     is                // values in the JSON answer
	hasnt  []string          // texts the body must not have
	events string            // kinds appended to the journal, in order; "" none
	keep   map[string]string // var to path in the answer
	then   func(t *testing.T, w *world, a answer)
}

// is maps paths in a JSON answer to values: compared as JSON, or a matcher.
type is map[string]any

// matcher judges a value; reason says what it wanted.
type matcher struct {
	reason string
	ok     func(v any) bool
}

var (
	some   = matcher{"something", func(v any) bool { return v != nil && v != "" }}
	none   = matcher{"nothing", func(v any) bool { return v == nil }}
	listed = func(n int) matcher {
		return matcher{fmt.Sprintf("%d items", n), func(v any) bool { l, ok := v.([]any); return ok && len(l) == n }}
	}
	contains = func(s string) matcher {
		return matcher{"text with " + s, func(v any) bool { return strings.Contains(fmt.Sprint(v), s) }}
	}
	timed = func(s string) matcher {
		return matcher{"instant " + s, func(v any) bool {
			text, _ := v.(string)
			got, err := time.Parse(time.RFC3339, text)
			return err == nil && got.Equal(instant(s))
		}}
	}
)

// at walks decoded JSON by a path of keys and indexes.
func at(v any, path string) any {
	if path == "" {
		return v
	}
	key, rest, _ := strings.Cut(path, ".")
	switch x := v.(type) {
	case map[string]any:
		return at(x[key], rest)
	case []any:
		if key == "#" {
			return json.Number(strconv.Itoa(len(x)))
		}
		if n, err := strconv.Atoi(key); err == nil && n < len(x) {
			return at(x[n], rest)
		}
	}
	return nil
}

// same compares a decoded value with a Go value as JSON.
func same(got, want any) bool {
	if m, ok := want.(matcher); ok {
		return m.ok(got)
	}
	g, err := json.Marshal(got)
	w, err2 := json.Marshal(want)
	var a, b any
	return err == nil && err2 == nil && json.Unmarshal(g, &a) == nil && json.Unmarshal(w, &b) == nil && reflect.DeepEqual(a, b)
}

func (w *world) expand(s string) string {
	for k, v := range w.vars {
		s = strings.ReplaceAll(s, "{"+k+"}", v)
	}
	return s
}

// play does the steps in order on one world.
func (w *world) play(steps ...step) {
	for n, s := range steps {
		name := fmt.Sprintf("%02d %s %s", n+1, s.as, s.do)
		w.t.Run(strings.ReplaceAll(name, "/", "|"), func(t *testing.T) { w.step(t, s) })
	}
}

func (w *world) step(t *testing.T, s step) {
	outer := w.t
	w.t = t
	defer func() { w.t = outer }()
	switch {
	case strings.HasPrefix(s.at, "+"):
		d, err := time.ParseDuration(s.at[1:])
		if err != nil {
			t.Fatal(err)
		}
		w.clock.add(d)
	case s.at != "":
		w.clock.set(instant(s.at))
	}
	method, path, _ := strings.Cut(w.expand(s.do), " ")
	var body any
	if s.body != "" {
		body = w.expand(s.body)
	}
	name, byCookie := strings.CutPrefix(s.as, "cookie:")
	head := map[string]string{}
	client := w.http
	switch {
	case byCookie:
		b := w.cookie(name)
		client, head["X-CSRF-Token"] = b.http, b.csrf
	case name != "":
		head["Authorization"] = "Bearer " + w.token(name)
	}
	for k, v := range s.head {
		head[k] = v
	}
	before, _ := w.store.Head()
	a := w.send(client, method, path, body, head)

	if a.status != s.status {
		t.Fatalf("%d, want %d: %s", a.status, s.status, a)
	}
	if s.code != "" && a.get("code") != s.code {
		t.Errorf("code %v, want %s: %s", a.get("code"), s.code, a)
	}
	for path, want := range s.is {
		if m, ok := want.(string); ok {
			want = w.expand(m)
		}
		if got := a.get(path); !same(got, want) {
			if m, ok := want.(matcher); ok {
				want = m.reason
			}
			t.Errorf("%s is %v, want %v: %s", path, got, want, a)
		}
	}
	for _, text := range s.hasnt {
		if strings.Contains(string(a.body), text) {
			t.Errorf("it has %q: %s", text, a)
		}
	}
	var kinds []string
	for _, e := range w.events(before) {
		kinds = append(kinds, string(e.Kind))
	}
	if got := strings.Join(kinds, " "); got != s.events {
		t.Errorf("events %q, want %q", got, s.events)
	}
	for name, path := range s.keep {
		if w.vars[name] = fmt.Sprint(a.get(path)); a.get(path) == nil {
			t.Fatalf("nothing at %s: %s", path, a)
		}
	}
	if s.then != nil {
		s.then(t, w, a)
	}
}

// checkAnswer holds every answer to what all answers promise: the headers, the
// shape of a problem, and the fields of the OpenAPI description.
func (w *world) checkAnswer(method, path string, a answer) {
	w.t.Helper()
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY"} {
		if got := a.header.Get(name); got != want {
			w.t.Errorf("%s %s: %s is %q", method, path, name, got)
		}
	}
	if a.header.Get("Content-Security-Policy") == "" || strings.Contains(a.header.Get("Content-Security-Policy"), "unsafe") {
		w.t.Errorf("%s %s: Content-Security-Policy %q", method, path, a.header.Get("Content-Security-Policy"))
	}
	if a.status >= 500 && a.status != http.StatusServiceUnavailable {
		w.t.Errorf("%s %s: a fault of ours: %s", method, path, a)
	}
	path, _, _ = strings.Cut(path, "?")
	if !strings.HasPrefix(path, "/api/") {
		return
	}
	if a.status >= 400 {
		w.checkProblem(method, path, a)
		return
	}
	if a.json != nil {
		for _, fault := range checkSchema(method, path, a.json) {
			w.t.Errorf("%s %s: not as described: %s", method, path, fault)
		}
	}
}

func (w *world) checkProblem(method, path string, a answer) {
	w.t.Helper()
	if kind := a.header.Get("Content-Type"); !strings.HasPrefix(kind, "application/problem+json") {
		w.t.Errorf("%s %s: %d is %q: %s", method, path, a.status, kind, a)
		return
	}
	for _, field := range []string{"type", "title", "code", "detail"} {
		if s, _ := a.get(field).(string); s == "" {
			w.t.Errorf("%s %s: the problem has no %s: %s", method, path, field, a)
		}
	}
	if !same(a.get("status"), a.status) {
		w.t.Errorf("%s %s: the problem's status is %v: %s", method, path, a.get("status"), a)
	}
	if (a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable) && a.header.Get("Retry-After") == "" {
		w.t.Errorf("%s %s: %d without Retry-After", method, path, a.status)
	}
	for _, fault := range conform(spec().schema("problem"), a.json, "") {
		w.t.Errorf("%s %s: the problem is not as described: %s", method, path, fault)
	}
}
