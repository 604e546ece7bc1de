package live

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"duban/store/storetest"
)

func TestOrigin(t *testing.T) {
	r := newRig(t, Options{})
	for _, tc := range []struct {
		name, origin, cookie string
		status               int
	}{
		{"program without origin", "", "", 101},
		{"program from another origin", "https://evil.example", "", 403},
		{"cookie, same origin", "http://HOST", "s=1", 101},
		{"cookie, same host over TLS", "https://HOST", "s=1", 101},
		{"cookie without origin", "", "s=1", 403},
		{"cookie, another origin", "https://evil.example", "s=1", 403},
		{"cookie, host as prefix", "http://HOST.evil.example", "s=1", 403},
		{"cookie, other port", "http://127.0.0.1:1", "s=1", 403},
		{"cookie, opaque origin", "null", "s=1", 403},
		{"cookie, not a url", "://", "s=1", 403},
	} {
		t.Run(tc.name, func(t *testing.T) {
			header := http.Header{}
			if tc.origin != "" {
				header.Set("Origin", strings.ReplaceAll(tc.origin, "HOST", r.addr))
			}
			if tc.cookie != "" {
				header.Set("Cookie", tc.cookie)
			}
			_, resp, err := r.try("", header)
			if resp == nil {
				t.Fatal(err)
			}
			if resp.StatusCode != tc.status {
				t.Errorf("status %d, want %d", resp.StatusCode, tc.status)
			}
		})
	}
	if s := r.hub.Stats(); s.Refused != 7 {
		t.Errorf("%d refusals counted", s.Refused)
	}
}

// Requests that are no handshake are answered as requests, and the connection
// can be used again.
func TestNotAHandshake(t *testing.T) {
	r := newRig(t, Options{})
	const ok = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	for _, tc := range []struct{ name, header string }{
		{"plain", ""},
		{"no connection", strings.Replace(ok, "Connection: Upgrade\r\n", "", 1)},
		{"old version", strings.Replace(ok, "13", "8", 1)},
		{"short key", strings.Replace(ok, "dGhlIHNhbXBsZSBub25jZQ==", "dGhl", 1)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			nc, err := net.Dial("tcp", r.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = nc.Close() }()
			br := bufio.NewReader(nc)
			for _, path := range []string{"/live", "/plain"} {
				if _, err := fmt.Fprintf(nc, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", path, r.addr, tc.header); err != nil {
					t.Fatal(err)
				}
				resp, err := http.ReadResponse(br, nil)
				if err != nil {
					t.Fatal(err)
				}
				_ = resp.Body.Close()
				want := map[string]int{"/live": 400, "/plain": 200}[path]
				if resp.StatusCode != want {
					t.Errorf("%s: %d, want %d", path, resp.StatusCode, want)
				}
			}
		})
	}
}

// An answer to an earlier request of the same connection never ends up inside
// the websocket, and bytes sent before the 101 close it.
func TestPipelinedHandshake(t *testing.T) {
	r := newRig(t, Options{})
	const upgrade = "GET /live HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
	nc, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = nc.Close() }()
	if _, err := nc.Write([]byte("GET /plain HTTP/1.1\r\nHost: h\r\n\r\n" + upgrade)); err != nil {
		t.Fatal(err)
	}
	br := bufio.NewReader(nc)
	for _, want := range []int{200, 101} {
		resp, err := http.ReadResponse(br, nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != want {
			t.Fatalf("%d, want %d", resp.StatusCode, want)
		}
		if want == 200 {
			b := make([]byte, 5)
			if _, err := resp.Body.Read(b); err != nil && string(b) != "plain" {
				t.Fatal(err, string(b))
			}
		}
	}

	rude, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rude.Close() }()
	if _, err := rude.Write([]byte(upgrade + "\x89\x80\x00\x00\x00\x00")); err != nil {
		t.Fatal(err)
	}
	if err := rude.SetReadDeadline(time.Now().Add(storetest.Patience)); err != nil {
		t.Fatal(err)
	}
	if n, err := rude.Read(make([]byte, 1)); n != 0 || isDeadline(err) {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func isDeadline(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}

func TestLimits(t *testing.T) {
	r := newRig(t, Options{MaxReaders: 4, MaxPerAddress: 2})
	status := func(query string) (int, string) {
		_, resp, err := r.try(query, nil)
		if resp == nil {
			t.Fatal(err)
		}
		return resp.StatusCode, resp.Header.Get("Retry-After")
	}
	for _, tc := range []struct {
		query  string
		status int
	}{
		{"address=192.0.2.1", 101}, {"address=192.0.2.1", 101}, {"address=192.0.2.1", 429},
		{"address=127.0.0.1", 101}, {"address=127.0.0.2", 101}, {"address=127.0.0.1", 503},
	} {
		got, retry := status(tc.query)
		if got != tc.status || (got != 101) != (retry != "") {
			t.Errorf("%s: %d (retry %q), want %d", tc.query, got, retry, tc.status)
		}
	}
	r.hub.Recheck(func(r Reader) (int, bool) { return CloseLogin, r.Address != "192.0.2.1" })
	eventually(t, "room again", func() bool { return r.hub.Stats().Connections == 2 })
	if got, _ := status("address=192.0.2.1"); got != 101 {
		t.Errorf("%d after others left", got)
	}
}

func TestRevokeAndRecheck(t *testing.T) {
	r := newRig(t, Options{})
	a, b := r.dial("key=a"), r.dial("key=b&user=u")
	for _, c := range []*client{a, b} {
		c.want("hello")
		c.want("snapshot")
	}
	r.hub.Revoke("a", CloseRevoked)
	if code := a.code(); code != CloseRevoked { // without an event or a tick to remind it
		t.Errorf("closed with %d", code)
	}
	r.src.commit(r.hub, 1)
	b.want("events")
	r.hub.Recheck(func(r Reader) (int, bool) { return CloseLogin, r.Actor.User != "u" })
	if code := b.code(); code != CloseLogin {
		t.Errorf("closed with %d", code)
	}
}

// A screen that does not even answer the close frame is gone after CloseWait: it falls to no other limit here.
func TestRevokeOfADeafScreen(t *testing.T) {
	r := newRig(t, Options{RingEvents: 1 << 20, CloseWait: 300 * time.Millisecond, SlowAfter: time.Hour, PongWait: time.Hour})
	r.stuff(r.deaf())
	r.hub.Revoke("", CloseRevoked)
	eventually(t, "the screen is gone", func() bool { return r.hub.Stats().Connections == 0 })
}

func TestSessionsExpire(t *testing.T) {
	r := newRig(t, Options{Tick: 100 * time.Millisecond})
	r.dial("expires=later").want("hello")
	if code := r.dial("expires=past").code(); code != CloseLogin {
		t.Errorf("closed with %d", code)
	}
	eventually(t, "only the other is open", func() bool { return r.hub.Stats().Connections == 1 })
}

func TestSilentPeer(t *testing.T) {
	r := newRig(t, Options{Tick: 50 * time.Millisecond, Ping: 100 * time.Millisecond, PongWait: 2 * time.Second})
	alive := r.dial("")
	go func() {
		for {
			if _, err := alive.next(); err != nil {
				return
			}
		}
	}()
	mute := r.dial("")
	mute.SetPingHandler(func(string) error { return nil })
	if code := mute.code(); code != CloseSlow {
		t.Errorf("closed with %d", code)
	}
	eventually(t, "only the one that answers is open", func() bool { return r.hub.Stats().Connections == 1 })
}

func TestClose(t *testing.T) {
	r := newRig(t, Options{CloseWait: 300 * time.Millisecond, RingEvents: 1 << 20, SlowAfter: time.Hour, PongWait: time.Hour})
	r.stuff(r.deaf())
	c := r.dial("")
	c.want("hello")
	code := make(chan int, 1)
	go func() { code <- c.code() }()
	ctx, cancel := context.WithTimeout(context.Background(), storetest.Patience)
	defer cancel()
	if err := r.hub.Close(ctx); err != nil {
		t.Error(err)
	}
	if got := <-code; got != 1001 {
		t.Errorf("closed with %d", got)
	}
	if _, resp, _ := r.try("", nil); resp == nil || resp.StatusCode != 503 {
		t.Errorf("a handshake after Close: %+v", resp)
	}
	r.src.commit(r.hub, 1) // its feeder may still run
}

// Close with no time left still ends everything.
func TestCloseOutOfTime(t *testing.T) {
	r := newRig(t, Options{CloseWait: time.Hour})
	c := r.dial("")
	c.want("hello")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.hub.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if n := r.hub.Stats().Connections; n != 0 {
		t.Errorf("%d open", n)
	}
}

// A fault in encoding closes who needed it, once; coming back they get the
// board. The others see every event.
func TestPanicInFrame(t *testing.T) {
	r := newRig(t, Options{})
	good, bad := r.dial(""), r.dial("class=broken")
	for _, c := range []*client{good, bad} {
		c.want("hello")
		c.want("snapshot")
	}
	r.src.commit(r.hub, 10)
	if code := bad.code(); code != 1011 {
		t.Errorf("closed with %d", code)
	}
	for at := uint64(0); at < 10; {
		for _, e := range good.want("events").Events {
			at = e.Seq
		}
	}
	again := r.dial(both("class=broken", after(6)))
	again.want("hello")
	if s := again.want("snapshot"); s.Seq != 10 {
		t.Errorf("snapshot at %d", s.Seq)
	}
	if r.hub.Stats().Panics != 1 {
		t.Errorf("%d panics counted", r.hub.Stats().Panics)
	}
}

func TestFaultsOfTheSource(t *testing.T) {
	r := newRig(t, Options{RegionPause: time.Millisecond})
	if code := r.dial("view=panic").code(); code != 1011 {
		t.Errorf("a panicking template: %d", code)
	}
	r.src.mu.Lock()
	r.src.fail = errors.New("disk")
	r.src.mu.Unlock()
	for _, query := range []string{"", "view=board"} {
		if code := r.dial(query).code(); code != 1011 {
			t.Errorf("%q: %d", query, code)
		}
	}
	if n := r.hub.Stats().SourceErrors; n != 3 {
		t.Errorf("%d source errors counted", n)
	}
}

// Frames a client must not send end its connection with the RFC's code and
// nothing else.
func TestRudeClients(t *testing.T) {
	r := newRig(t, Options{})
	good := r.dial("")
	good.want("hello")
	good.want("snapshot")
	masked := func(head ...byte) []byte { return append(head, 0, 0, 0, 0) }
	for _, tc := range []struct {
		name  string
		bytes []byte
		code  int
	}{
		{"unmasked", []byte{0x81, 0x01, 'x'}, 1002},
		{"reserved bit", masked(0xc1, 0x80), 1002},
		{"unknown opcode", masked(0x83, 0x80), 1002},
		{"long ping", append(masked(0x89, 0xfe, 0, 200), make([]byte, 200)...), 1002},
		{"fragmented ping", masked(0x09, 0x80), 1002},
		{"continuation of nothing", masked(0x80, 0x80), 1002},
		{"message over the limit", append(masked(0x81, 0xfe, 0x40, 0), make([]byte, 0x4000)...), 1009},
		{"endless message", masked(0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), 1009},
		{"negative length", masked(0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), 1009},
		{"bad close code", append(masked(0x88, 0x82), 0, 1), 1002},
		{"torrent", []byte(strings.Repeat("\x89\x80\x00\x00\x00\x00", 200)), 1008},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := r.dial("")
			c.t = t
			if _, err := c.NetConn().Write(tc.bytes); err != nil {
				t.Fatal(err)
			}
			if code := c.code(); code != tc.code {
				t.Errorf("closed with %d, want %d", code, tc.code)
			}
		})
	}
	r.src.commit(r.hub, 1)
	if ev := good.want("events"); len(ev.Events) != 1 {
		t.Errorf("%+v", ev)
	}
}
