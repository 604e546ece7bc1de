package live

import (
	"errors"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func TestFramesOfTheContract(t *testing.T) {
	r := newRig(t, Options{Build: `b"1`})
	r.src.commit(r.hub, 3)
	c := r.dial("")
	hello := c.want("hello")
	if hello.Seq != 3 || hello.Epoch != "epoch-1" || hello.Build != `b"1` || hello.Now != "2022-09-20T09:00:00+08:00" {
		t.Errorf("hello %+v", hello)
	}
	snap := c.want("snapshot")
	if snap.Seq != 3 || string(snap.Board) != `{"class":"all","events":3}` {
		t.Errorf("snapshot %d %s", snap.Seq, snap.Board)
	}
	r.src.commit(r.hub, 1)
	ev := c.want("events")
	if len(ev.Events) != 1 || ev.Events[0].Seq != 4 || ev.Events[0].Kind != "reported" || ev.Counts["events"] != 4 {
		t.Errorf("events %+v", ev)
	}
}

func TestWhereAStreamBegins(t *testing.T) {
	r := &rig{t: t, src: &journal{head: 50, keep: 10}}
	r.start(Options{RingEvents: 20})
	r.src.commit(r.hub, 50)
	for _, tc := range []struct {
		name, query string
		snapshot    bool
	}{
		{"nothing named", "", true},
		{"no epoch", "after=90", true},
		{"another epoch", "epoch=other&after=90", true},
		{"too old", after(5), true},
		{"from the future", after(1000), true},
		{"in the ring", after(90), false},
		{"older than the ring", after(12), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := r.dial(tc.query)
			c.t = t
			hello := c.want("hello")
			if tc.snapshot {
				if s := c.want("snapshot"); s.Seq != 100 || hello.Seq != 100 {
					t.Errorf("hello at %d, snapshot at %d", hello.Seq, s.Seq)
				}
				return
			}
			for at := hello.Seq; at < 100; {
				for _, e := range c.want("events").Events {
					if e.Seq != at+1 {
						t.Fatalf("event %d follows %d", e.Seq, at)
					}
					at = e.Seq
				}
			}
		})
	}
}

// The client may be ahead of the hub by what it has just done over HTTP.
func TestResumeAheadOfTheHub(t *testing.T) {
	r := newRig(t, Options{})
	r.src.mu.Lock()
	r.src.head = 2 // durable, not pushed yet
	r.src.mu.Unlock()
	c := r.dial(after(2))
	if h := c.want("hello"); h.Seq != 2 {
		t.Errorf("hello at %d", h.Seq)
	}
	r.hub.Push(r.src.update(1), r.src.update(2))
	r.hub.Push(r.src.update(2)) // told twice by its feeder
	r.src.commit(r.hub, 1)
	if ev := c.want("events"); len(ev.Events) != 1 || ev.Events[0].Seq != 3 {
		t.Errorf("%+v", ev)
	}
}

func TestHiddenEventsMoveTheCursorSilently(t *testing.T) {
	r := newRig(t, Options{Tick: 200 * time.Millisecond})
	c := r.dial("class=even")
	c.want("hello")
	c.want("snapshot")
	r.src.commit(r.hub, 1)
	if f := c.want("tick"); f.Seq != 1 {
		t.Errorf("tick at %d after a hidden event", f.Seq)
	}
	r.src.commit(r.hub, 4)
	var seen []uint64
	for len(seen) < 2 {
		f, err := c.next()
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range f.Events {
			seen = append(seen, e.Seq)
		}
	}
	if seen[0] != 2 || seen[1] != 4 {
		t.Errorf("saw %v", seen)
	}
}

// With the ticker in hand: a tick when, and only when, 5 s were quiet. Pings do
// not put it off, nor does a machine whose clock goes back an hour.
func TestTicksOnlyWhenQuiet(t *testing.T) {
	sweep := make(chan time.Time)
	clock := &hands{now: time.Now()}
	before := runtime.NumGoroutine()
	r := &rig{t: t, src: &journal{}}
	r.hub = New(r.src, clock.Now, Options{Shards: 1, Ping: 4 * time.Second, PongWait: 3 * time.Hour, Ticker: func(d time.Duration) (<-chan time.Time, func()) {
		if d != 500*time.Millisecond {
			t.Errorf("looks for silence every %v", d)
		}
		return sweep, func() {}
	}})
	r.serve(before)
	c := r.dial("")
	c.want("hello")
	c.want("snapshot")
	// The server answers a ping behind all it has sent: a pong ends what one
	// sweep brought.
	seen := make(chan string, 100)
	c.SetPongHandler(func(string) error { seen <- "pong"; return nil })
	go func() {
		for {
			f, err := c.next()
			if err != nil {
				return
			}
			seen <- f.Type
		}
	}()
	var ticks []time.Duration
	for at := 500 * time.Millisecond; at <= 21*time.Second; at += 500 * time.Millisecond {
		if at == 6*time.Second {
			clock.add(-time.Hour)
		}
		if at == 8*time.Second {
			r.src.commit(r.hub, 1)
			if kind := <-seen; kind != "events" {
				t.Fatalf("got %s", kind)
			}
		}
		beat := r.hub.shards[0].beat.Load()
		sweep <- clock.Now()
		eventually(t, "a sweep", func() bool { return r.hub.shards[0].beat.Load() > beat })
		if err := c.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		for kind := <-seen; kind != "pong"; kind = <-seen {
			ticks = append(ticks, at)
		}
	}
	want := []time.Duration{5500 * time.Millisecond, 13 * time.Second, 18 * time.Second}
	if !slices.Equal(ticks, want) {
		t.Errorf("ticks at %v, want %v", ticks, want)
	}
}

func TestRegionsInsteadOfEvents(t *testing.T) {
	r := newRig(t, Options{RegionPause: time.Millisecond})
	r.src.commit(r.hub, 3)
	c := r.dial("view=board")
	if h := c.want("hello"); h.Seq != 3 {
		t.Errorf("hello at %d", h.Seq)
	}
	all := c.want("regions")
	if all.Seq != 3 || all.Regions["since"] != "0" || all.Now == "" {
		t.Errorf("%+v", all)
	}
	r.src.commit(r.hub, 1)
	if f := c.want("regions"); f.Seq != 4 || f.Regions["since"] != "3" || f.Regions["total"] != "4" {
		t.Errorf("%+v", f)
	}

	page := r.dial(both("view=board", after(3))) // a page rendered at 3
	page.want("hello")
	if f := page.want("regions"); f.Seq != 4 {
		t.Errorf("%+v", f)
	}

	r.hub.Refresh()
	for _, c := range []*client{c, page} {
		if f := c.want("regions"); f.Seq != 4 || f.Regions["since"] != "0" {
			t.Errorf("refresh gave %+v", f)
		}
	}
}

// Many screens of a view cost one rendering for each change, not one each.
func TestRegionsAreRenderedOnce(t *testing.T) {
	r := newRig(t, Options{RegionPause: time.Millisecond})
	r.src.commit(r.hub, 3)
	var cs []*client
	for range 50 {
		c := r.dial("view=board")
		c.want("hello")
		c.want("regions")
		cs = append(cs, c)
	}
	r.src.commit(r.hub, 1)
	for _, c := range cs {
		if f := c.want("regions"); f.Seq != 4 {
			t.Fatalf("%+v", f)
		}
	}
	r.src.mu.Lock()
	defer r.src.mu.Unlock()
	if r.src.renders > 3 {
		t.Errorf("%d renderings for 50 screens and one change", r.src.renders)
	}
}

func TestViewResumesAfterQuietTime(t *testing.T) {
	r := newRig(t, Options{RegionPause: time.Millisecond})
	r.src.commit(r.hub, 5)
	c := r.dial(both("view=board", after(2)))
	if h := c.want("hello"); h.Seq != 2 {
		t.Errorf("hello at %d", h.Seq)
	}
	if f := c.want("regions"); f.Seq != 5 || f.Regions["since"] != "2" {
		t.Errorf("%+v", f)
	}
	_ = c.Close()
	eventually(t, "the view closes", func() bool { return len(r.hub.views.all()) == 0 })
	r.src.commit(r.hub, 1)
	c = r.dial(both("view=board", after(5)))
	c.want("hello")
	if f := c.want("regions"); f.Seq != 6 {
		t.Errorf("%+v", f)
	}
}

func TestCloseOfTheClientIsAnswered(t *testing.T) {
	r := newRig(t, Options{})
	c := r.dial("")
	c.want("hello")
	c.want("snapshot")
	if err := c.WriteControl(websocket.PingMessage, []byte("there?"), time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	pong := make(chan string, 1)
	c.SetPongHandler(func(s string) error { pong <- s; return errors.New("seen") })
	if _, err := c.next(); err == nil || <-pong != "there?" {
		t.Errorf("no pong: %v", err)
	}

	c = r.dial("")
	c.want("hello")
	c.want("snapshot")
	msg := websocket.FormatCloseMessage(websocket.CloseGoingAway, "")
	if err := c.WriteControl(websocket.CloseMessage, msg, time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if code := c.code(); code != websocket.CloseGoingAway {
		t.Errorf("answered %d", code)
	}
}
