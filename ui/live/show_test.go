package live

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"duban/store/storetest"
)

// wall connects a wall screen with the key and answers its hello as read.
func (r *rig) wall(key string) *websocket.Conn {
	r.t.Helper()
	ws, res, err := websocket.DefaultDialer.Dial("ws://"+r.addr+"/live?wall=1&key="+key, http.Header{"Cookie": {"a=b"}, "Origin": {"http://" + r.addr}})
	if err != nil {
		r.t.Fatal(err)
	}
	_ = res.Body.Close()                   // a handshake has none
	r.t.Cleanup(func() { _ = ws.Close() }) // may be closed by then
	if got := nextText(r.t, ws); !strings.HasPrefix(got, `{"type":"hello"`) {
		r.t.Fatalf("first: %s", got)
	}
	return ws
}

// nextText is the next frame that is neither tick nor snapshot.
func nextText(t *testing.T, ws *websocket.Conn) string {
	t.Helper()
	for {
		if err := ws.SetReadDeadline(time.Now().Add(storetest.Patience)); err != nil {
			t.Fatal(err)
		}
		_, b, err := ws.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		if s := string(b); !strings.HasPrefix(s, `{"type":"tick"`) && !strings.HasPrefix(s, `{"type":"snapshot"`) {
			return s
		}
	}
}

func shown(what string, seconds int) string {
	if what == "null" {
		return `{"type":"show","show":null}`
	}
	return fmt.Sprintf(`{"type":"show","show":%s,"seconds":%d}`, what, seconds)
}

// TestShow: what a meeting shows reaches the screens it is for, also those that come
// back, and nobody else; it ends by word or by itself.
func TestShow(t *testing.T) {
	clock := &hands{now: time.Now()}
	sweep := make(chan time.Time)
	r := &rig{t: t, src: &journal{}}
	before := runtime.NumGoroutine()
	r.hub = New(r.src, clock.Now, Options{Shards: 1, Ticker: func(time.Duration) (<-chan time.Time, func()) { return sweep, func() {} }})
	r.serve(before)
	one, two := r.wall("one"), r.wall("two")
	person, res, err := websocket.DefaultDialer.Dial("ws://"+r.addr+"/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close() // a handshake has none
	defer person.Close()
	if got := nextText(t, person); !strings.HasPrefix(got, `{"type":"hello"`) {
		t.Fatal(got)
	}
	expect := func(ws *websocket.Conn, want string) {
		t.Helper()
		if got := nextText(t, ws); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}

	r.hub.Show(nil, Show{Target: Target{Task: 5, Period: "2022Q3"}, By: "wang"})
	task := `{"paused":false,"task":5,"period":"2022Q3"}`
	expect(one, shown(task, 7200))
	expect(two, shown(task, 7200))

	clock.add(time.Minute)
	r.hub.Show([]string{"two"}, Show{Target: Target{Page: "grid"}, Paused: true, By: "li"})
	grid := `{"paused":true,"page":"grid"}`
	expect(two, shown(grid, 7200))
	back := r.wall("two") // as after a lost line
	expect(back, shown(grid, 7200))
	third := r.wall("three")
	expect(third, shown(task, 7140))
	every, own := r.hub.Showing()
	if every == nil || every.By != "wang" || every.Left != 119*time.Minute || own["two"] == nil || own["two"].By != "li" || !every.Since.Equal(r.src.Now()) {
		t.Errorf("showing %+v, %+v", every, own["two"])
	}

	r.hub.EndShow([]string{"three"}) // this one alone
	expect(third, shown("null", 0))
	clock.add(119 * time.Minute) // what all show ends, what two shows has a minute left
	sweep <- time.Time{}
	expect(one, shown("null", 0))
	clock.add(time.Minute)
	sweep <- time.Time{}
	expect(two, shown("null", 0))
	if every, own = r.hub.Showing(); every != nil || len(own) != 0 {
		t.Errorf("still showing %+v, %+v", every, own)
	}

	r.hub.Reload("one")
	r.hub.Show(nil, Show{Target: Target{Indicator: "G1.1"}})
	expect(one, `{"type":"reload"}`)
	expect(one, shown(`{"paused":false,"indicator":"G1.1"}`, 7200))
	r.hub.EndShow(nil)
	expect(one, shown("null", 0))
	expect(two, shown(`{"paused":false,"indicator":"G1.1"}`, 7200)) // and not told to reload
	expect(third, shown(`{"paused":false,"indicator":"G1.1"}`, 7200))

	r.src.commit(r.hub, 1)
	if got := nextText(t, person); !strings.HasPrefix(got, `{"type":"events"`) {
		t.Errorf("a person was told %s", got)
	}
}

// TestRoster: who is there, and no longer once gone.
func TestRoster(t *testing.T) {
	r := newRig(t, Options{})
	one := r.wall("one")
	r.wall("two")
	keys := map[string]bool{}
	for _, reader := range r.hub.Roster() {
		keys[reader.Key] = reader.Wall
	}
	if len(keys) != 2 || !keys["one"] || !keys["two"] {
		t.Errorf("%v", keys)
	}
	_ = one.Close() // without a word
	eventually(t, "a screen that left is off the list", func() bool { return len(r.hub.Roster()) == 1 })
	r.hub.shows.mu.Lock()
	defer r.hub.shows.mu.Unlock()
	if len(r.hub.shows.greeted) != 1 {
		t.Errorf("%d screens are told what to show", len(r.hub.shows.greeted))
	}
}
