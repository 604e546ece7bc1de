package ui

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"duban/store"
	"duban/store/storetest"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/account"
)

// gate is asked before each use of the journal, when a test has set it.
type gate struct {
	atomic.Pointer[func(ctx context.Context) error]
}

func (g *gate) pass(ctx context.Context) error {
	if ask := g.Load(); ask != nil {
		return (*ask)(ctx)
	}
	return nil
}

// hold stops the next use of the journal: held is closed when it has come, and it goes
// on with the error that its context ends with, or when let is called.
func (g *gate) hold() (held <-chan struct{}, ended <-chan error, let func()) {
	came, went, on := make(chan struct{}), make(chan error, 1), make(chan struct{})
	var once sync.Once
	ask := func(ctx context.Context) (err error) {
		once.Do(func() {
			close(came)
			select {
			case <-ctx.Done():
				err = ctx.Err()
			case <-on:
			}
			went <- err
		})
		return err
	}
	g.Store(&ask)
	return came, went, sync.OnceFunc(func() { close(on) })
}

// gated is a store behind a gate.
type gated struct {
	*store.Store
	gate *gate
}

func (g *gated) Change(ctx context.Context, c workflow.Change) (workflow.Receipt, error) {
	if err := g.gate.pass(ctx); err != nil {
		return workflow.Receipt{}, err
	}
	return g.Store.Change(ctx, c)
}

func (g *gated) Events(ctx context.Context, after uint64, limit int) ([]workflow.Event, error) {
	if err := g.gate.pass(ctx); err != nil {
		return nil, err
	}
	return g.Store.Events(ctx, after, limit)
}

func (g *gated) Read(ctx context.Context, fn func(workflow.ReadView) error) error {
	if err := g.gate.pass(ctx); err != nil {
		return err
	}
	return g.Store.Read(ctx, fn)
}

func (g *gated) Trail(ctx context.Context, assignment string) ([]workflow.Event, error) {
	if err := g.gate.pass(ctx); err != nil {
		return nil, err
	}
	return g.Store.Trail(ctx, assignment)
}

// open sends a request on a connection of its own and does not wait for the answer.
func (w *world) open(token, method, path string) net.Conn {
	w.t.Helper()
	nc, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		w.t.Fatal(err)
	}
	if err := nc.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		w.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(nc, "%s %s HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer %s\r\nAccept: text/html, application/json\r\n\r\n", method, path, token); err != nil {
		w.t.Fatal(err)
	}
	return nc
}

// within fails the test when nothing comes in time.
func within[T any](t *testing.T, what string, from <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(storetest.Patience):
		t.Fatalf("%s: nothing came", what)
	}
	return v
}

// longRead is a route that reads for long, and who asks for it.
type longRead struct {
	path, as, other string
	alone           bool // a caller has one at a time
	turns           bool // its first look takes a turn, which others wait for meanwhile
}

// longReads are all of them: those the routes' rows name, and every route as of an
// earlier instant.
func longReads(t *testing.T, at string) (all []longRead) {
	t.Helper()
	fill := strings.NewReplacer(":id", onLead, ":period", "2022Q3", ":no", "6")
	for _, r := range routes {
		if r.Method != "GET" {
			continue
		}
		l := longRead{path: fill.Replace(r.Path), as: "director", other: "office", alone: r.Long}
		if r.Access == web.ReadsLog || r.Access == web.AuditsLog {
			l.as, l.other = "auditor", "boss"
		}
		if r.Access == web.AdminOnly {
			l.as, l.other = "boss", "boss2"
		}
		if strings.HasPrefix(r.Path, "/indicators/") {
			l.path = "/indicators/G3.1"
		}
		l.turns = r.Path == "/journal" || r.Path == "/export/backup.tar" || r.Path == "/export/ledger.xlsx"
		if r.Long && r.Path != "/export/head.json" { // without a key there is none
			all = append(all, l)
		}
		if r.Asof != web.NowOnly {
			l.path += "?asof=" + at
			all = append(all, l)
		}
	}
	if len(all) < 20 {
		t.Fatalf("only %d long reads", len(all))
	}
	return append(all, longRead{path: "/api/v1/events", as: "director", other: "office", turns: true}, longRead{path: "/export/journal.jsonl?kind=reported&q=6", as: "zrzyt", other: "sft", alone: true})
}

// TestLongReadsEndWithTheirClient: every export and every long read, abandoned by its
// client, ends at once, leaves no record that something was handed out which was not, and
// gives its place back; a caller has one at a time, by whatever connection, and others are
// not kept from theirs.
func TestLongReadsEndWithTheirClient(t *testing.T) {
	t.Parallel()
	w := frozenWorld(t)
	if _, err := w.accounts.AddAccount(t.Context(), w.clock.now(), account.Console, account.NewAccount{Name: "boss2", Unit: "office", Role: workflow.Admin, Password: passwordOf}); err != nil {
		t.Fatal(err)
	}
	w.settle()
	at := w.clock.now().Add(-24 * time.Hour).Format("2006-01-02T15:04")
	for _, l := range longReads(t, at) {
		w.token(l.as)
		w.token(l.other)
		t.Run(l.path, func(t *testing.T) { w.abandoned(t, l) })
	}
}

func (w *world) abandoned(t *testing.T, l longRead) {
	before := headOf(w)
	held, ended, let := w.gate.hold()
	defer func() { let(); w.gate.Store(nil) }()
	first := w.open(w.token(l.as), "GET", l.path)
	defer func() { _ = first.Close() }()
	within(t, "the first", held)
	w.gate.Store(nil) // the others pass
	if l.alone {
		second := w.open(w.token(l.as), "GET", l.path) // waits for a moment
		defer func() { _ = second.Close() }()
		res, err := http.ReadResponse(bufio.NewReader(second), nil)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		if wait, _ := strconv.Atoi(res.Header.Get("Retry-After")); res.StatusCode != 429 || wait < 1 || len(body) == 0 {
			t.Errorf("the second of one caller: %d, Retry-After %q", res.StatusCode, res.Header.Get("Retry-After"))
		}
	}
	if !l.turns {
		if a := w.as(l.other, "GET", l.path, nil, nil); a.status != 200 {
			t.Errorf("another caller meanwhile: %s", a)
		}
	}
	others := headOf(w) - before
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := within(t, "the end of what was abandoned", ended); !errors.Is(err, context.Canceled) {
		t.Errorf("abandoned, it ended with %v", err)
	}
	if a := w.as(l.as, "GET", l.path, nil, nil); a.status != 200 {
		t.Errorf("asked again afterwards: %s", a)
	}
	if others > 1 {
		t.Errorf("%d events by one export of another", others)
	}
}

// TestAbandonedInNumbers: three hundred journal exports closed at once read no more of the
// journal than one that is waited for, and everybody has their place back.
func TestAbandonedInNumbers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.token("zrzyt")
	var pages atomic.Int64
	count := func(context.Context) error { pages.Add(1); return nil }
	w.gate.Store(&count)
	if a := w.as("zrzyt", "GET", "/export/journal.jsonl", nil, nil); a.status != 200 {
		t.Fatal(a)
	}
	one := pages.Swap(0)
	for range 300 {
		nc := w.open(token, "GET", "/export/journal.jsonl")
		if err := nc.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for until := time.Now().Add(storetest.Patience); ; time.Sleep(5 * time.Millisecond) {
		a := w.as("zrzyt", "GET", "/export/journal.jsonl?kind=reported", nil, nil)
		if a.status == 200 {
			break
		}
		if a.status != 429 || time.Now().After(until) {
			t.Fatal(a)
		}
	}
	if n := pages.Load(); n > 300*one/2 {
		t.Errorf("%d pages were read for nobody, one export reads %d", n, one)
	}
}

// TestConnectionsOutliveLongReads: a client that stays keeps its connection and gets its
// next answers on it, whatever was read for it before.
func TestConnectionsOutliveLongReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	nc := w.open(w.token("zrzyt"), "GET", "/export/figures.xlsx")
	defer func() { _ = nc.Close() }()
	r := bufio.NewReader(nc)
	for n := range 5 {
		res, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatalf("answer %d: %v", n, err)
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != 200 {
			t.Fatalf("answer %d: %d %v", n, res.StatusCode, err)
		}
		path := []string{"/export/journal.jsonl", "/api/v1/me", "/export/ledger.xlsx", "/api/v1/events", ""}[n]
		if _, err := fmt.Fprintf(nc, "GET %s HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer %s\r\n\r\n", path, w.token("zrzyt")); path != "" && err != nil {
			t.Fatal(err)
		}
	}
}

// TestHeadOfAnExport: asking for the head of an export makes nothing and records nothing.
func TestHeadOfAnExport(t *testing.T) {
	t.Parallel()
	w := frozenWorld(t)
	all := longReads(t, "2022-09-20")
	for _, l := range all {
		w.token(l.as)
	}
	before := headOf(w)
	for _, l := range all {
		a := w.as(l.as, "HEAD", l.path, nil, nil)
		if a.status != 200 && a.status != 409 && a.status != 422 || len(a.body) > 0 {
			t.Errorf("HEAD %s: %s", l.path, a)
		}
	}
	if n := headOf(w) - before; n > 0 {
		t.Errorf("%d events", n)
	}
	if a := w.as("", "HEAD", "/export/journal.jsonl", nil, nil); a.status != 401 {
		t.Errorf("a stranger: %s", a)
	}
}
