package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"duban/cmd/demo"
	"duban/cmd/office"
	"duban/store"
	"duban/store/storetest"
	"duban/workflow"
)

// TestFast: the clock runs at its speed to the end, and then as any other.
func TestFast(t *testing.T) {
	start := time.Date(2022, 7, 1, 8, 30, 0, 0, time.UTC)
	end := start.AddDate(0, 6, 0)
	for _, c := range []struct {
		ran   time.Duration
		speed float64
		want  time.Time
	}{
		{0, 44_000, start},
		{time.Second, 44_000, start.Add(44_000 * time.Second)},
		{time.Hour, 1, start.Add(time.Hour)},
		{end.Sub(start) / 1000, 1000, end},
		{end.Sub(start)/1000 + time.Minute, 1000, end.Add(time.Minute)},
		{200 * 365 * 24 * time.Hour, 1e6, end.Add(200*365*24*time.Hour - end.Sub(start)/1e6)},
	} {
		if got := fast(start, end, c.ran, c.speed); got.Sub(c.want).Abs() > time.Millisecond {
			t.Errorf("after %v at %v: %v, want %v", c.ran, c.speed, got, c.want)
		}
	}
}

// stage is a rehearsal whose clock the test moves.
type stage struct {
	t   *testing.T
	mu  sync.Mutex
	at  time.Time
	app *office.Office
	out bytes.Buffer
}

func (s *stage) now() time.Time { s.mu.Lock(); defer s.mu.Unlock(); return s.at }

func (s *stage) set(at time.Time) { s.mu.Lock(); s.at = at; s.mu.Unlock() }

// set is a rehearsal on stage: its store and password, and how it ends.
type set struct {
	s              *stage
	cast           *demo.Cast
	ctx            context.Context
	base, password string
	data           string
	end            func()
}

// open puts a rehearsal on stage that begins at the instant.
func open(t *testing.T, at time.Time) *set {
	t.Helper()
	s := &stage{t: t, at: at}
	dir := t.TempDir()
	var r rehearsal
	password, err := r.secretIn(dir)
	if err != nil {
		t.Fatal(err)
	}
	r.data, r.addr, r.plan, r.policy = filepath.Join(dir, "store"), "127.0.0.1:0", "../../tasks.yaml", "dengbao"
	r.pace = pace{demo: true, fast: s.now}
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	e := env{strings.NewReader(""), &s.out, io.Discard, func(string) string { return "" }}
	if s.app, err = newOffice(t.Context(), r.settings, log, e); err != nil {
		t.Fatal(err)
	}
	base := "http://" + s.app.Addr().String()
	cast, err := newCast(t.Context(), s.app, log, base, password, 1, e)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serveUntil(ctx, s.app) }()
	if err := cast.Prepare(ctx); err != nil {
		t.Fatal(err)
	}
	return &set{s, cast, ctx, base, password, r.data, func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the end: %v", err)
		}
	}}
}

// play moves the clock to the instant, six hours a step, and everybody acts.
func (o *set) play(until time.Time) {
	t, s := o.s.t, o.s
	t.Helper()
	for day := s.at; day.Before(until); day = day.Add(6 * time.Hour) {
		s.set(day)
		if _, err := s.app.Desk.Do(o.ctx, day, s.app.Book.Chores(day)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.app.Desk.EnsurePeriod(o.ctx, day); err != nil {
			t.Fatal(err)
		}
		if err := o.cast.Look(o.ctx); err != nil {
			t.Fatal(day, err)
		}
	}
	if n := o.cast.Refused(); n > 0 {
		t.Errorf("the server refused %d acts; the log says which", n)
	}
}

var east = time.FixedZone("", 8*3600)

// TestRehearsal plays a quarter by hand: everything that the rehearsal is to show
// happens, the server refuses nothing, and the journal holds.
func TestRehearsal(t *testing.T) {
	o := open(t, time.Date(2022, 7, 1, 8, 30, 0, 0, east))
	o.play(time.Date(2022, 10, 14, 0, 0, 0, 0, time.UTC))
	o.s.looked(o.base, o.password)
	o.end()
	o.s.happened(o.data)
}

// TestRehearsalFromTheFirstDay: the stage is not empty from the plan's first day on, where
// there are no figures of the month before.
func TestRehearsalFromTheFirstDay(t *testing.T) {
	o := open(t, time.Date(2021, 1, 1, 8, 30, 0, 0, east))
	o.play(time.Date(2021, 1, 12, 0, 0, 0, 0, time.UTC))
	accepted := 0
	for _, row := range o.s.app.Book.InPeriod("2021Q1") {
		if row.AcceptedAt != nil {
			accepted++
		}
	}
	if accepted < 20 {
		t.Errorf("after ten days %d of 57 assignments are accepted", accepted)
	}
	o.end()
}

// looked: somebody who logs in to look is marked that it is sample data, on the
// board's data too, and what the accounts are called was said.
func (s *stage) looked(base, password string) {
	s.t.Helper()
	for _, want := range []string{base, "admin", "office", "zrzyt", password, "样例数据"} {
		if !strings.Contains(s.out.String(), want) {
			s.t.Errorf("the terminal does not say %q", want)
		}
	}
	if strings.Contains(s.out.String(), "admin password") {
		s.t.Error("a password of its own for the admin")
	}
	res, err := http.Get(base + "/login")
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	if b, err := io.ReadAll(res.Body); err != nil || !strings.Contains(string(b), "样例数据") {
		s.t.Errorf("the login page is not marked as sample data (%v)", err)
	}
}

// happened: the journal holds what a quarter of work brings, and its chain is whole.
func (s *stage) happened(dir string) {
	s.t.Helper()
	st, err := store.OpenReadOnly(dir, store.Options{Now: s.now})
	if err != nil {
		s.t.Fatal(err)
	}
	defer st.Close()
	counts := map[workflow.Kind]int{}
	late := 0
	if _, err := st.Verify(s.t.Context(), nil); err != nil {
		s.t.Fatal(err)
	}
	for after := uint64(0); ; {
		es, err := st.Events(s.t.Context(), after, 500)
		if err != nil {
			s.t.Fatal(err)
		}
		if len(es) == 0 {
			break
		}
		for _, e := range es {
			after = e.Seq
			counts[e.Kind]++
			if e.Kind == workflow.KindReported && e.Data.Late {
				late++
			}
		}
	}
	for kind, least := range map[workflow.Kind]int{
		workflow.KindAssigned: 114, workflow.KindAccepted: 57, workflow.KindReported: 60, workflow.KindVerified: 45,
		workflow.KindReturned: 3, workflow.KindUrged: 3, workflow.KindExtensionRequested: 2, workflow.KindExtended: 1,
		workflow.KindExpired: 3, workflow.KindDirected: 1, workflow.KindFigureFiled: 30,
	} {
		if counts[kind] < least {
			s.t.Errorf("%s: %d, want at least %d", kind, counts[kind], least)
		}
	}
	if late < 2 {
		s.t.Errorf("reported late: %d", late)
	}
	if b, err := json.Marshal(counts); err == nil {
		s.t.Logf("%s, late %d", b, late)
	}
}

// TestDemoEnds: the command ends when it is told to, and leaves no store behind.
func TestDemoEnds(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	ctx, stop := context.WithCancel(t.Context())
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := runDemo(ctx, []string{"--addr", "127.0.0.1:0", "--plan", "../../tasks.yaml"}, env{nil, w, io.Discard, func(string) string { return "" }})
		ended <- errors.Join(err, w.Close())
	}()
	said := make([]byte, 4096)
	if _, err := r.Read(said); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, r) }() // what else it says
	stop()
	select {
	case err := <-ended:
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	case <-time.After(storetest.Patience):
		t.Fatal("still running")
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
