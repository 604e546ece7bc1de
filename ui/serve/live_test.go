package serve_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/websocket"

	"duban/ui/live"
	"duban/ui/serve"
)

// empty is a journal in which nothing happens.
type empty struct{}

func (empty) Head() uint64       { return 0 }
func (empty) Epoch() string      { return "e" }
func (empty) PagesSince() uint64 { return 0 }
func (empty) Now() time.Time     { return time.Unix(0, 0).UTC() }
func (empty) History(context.Context, uint64, int) ([]live.Update, bool, error) {
	return nil, true, nil
}
func (empty) Snapshot(context.Context, string) (uint64, []byte, error) { return 0, []byte("{}"), nil }
func (empty) Regions(context.Context, string, uint64) (uint64, []byte, error) {
	return 0, nil, nil
}

// Websockets live on this app and this listener longer than any of its
// timeouts, are counted by the listener, and end with it.
func TestWebsocketsOnTheListener(t *testing.T) {
	lent := httptest.NewTLSServer(nil) // for its certificate
	lent.Close()
	t.Run("plain", func(t *testing.T) { testWebsocketsOn(t, nil, nil) })
	t.Run("TLS", func(t *testing.T) {
		pool := x509.NewCertPool()
		pool.AddCert(lent.Certificate())
		testWebsocketsOn(t, &tls.Config{Certificates: lent.TLS.Certificates, MinVersion: tls.VersionTLS12},
			&tls.Config{RootCAs: pool, ServerName: "example.com", MinVersion: tls.VersionTLS12})
	})
}

// testWebsocketsOn serves with keys and comes as theirs; plain when both are nil.
func testWebsocketsOn(t *testing.T, keys, theirs *tls.Config) {
	const timeout = 500 * time.Millisecond
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln := serve.Listen(inner, time.Now, serve.Limits{})
	app := serve.New(serve.Config{ReadTimeout: timeout, IdleTimeout: timeout, WriteTimeout: timeout, ErrorHandler: fiber.DefaultErrorHandler})
	hub := live.New(empty{}, time.Now, live.Options{Tick: timeout})
	app.Get("/live", func(c *fiber.Ctx) error { return hub.Serve(c, live.Reader{Class: "all"}, nil, "") })
	ended := make(chan error, 1)
	var served net.Listener = ln
	scheme := "ws://"
	if keys != nil {
		served, scheme = serve.Secure(ln, keys), "wss://"
	}
	go func() { ended <- app.Listener(served) }()

	ws, _, err := (&websocket.Dialer{TLSClientConfig: theirs}).Dial(scheme+ln.Addr().String()+"/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ws.Close() }()
	for began := time.Now(); time.Since(began) < 3*timeout; {
		if _, _, err := ws.ReadMessage(); err != nil {
			t.Fatalf("ended after %v: %v", time.Since(began), err)
		}
	}
	if s := ln.Stats(); s.Connections != 1 {
		t.Errorf("%+v", s)
	}
	if s := hub.Stats(); s.SocketErrors != 0 || s.Connections != 1 {
		t.Errorf("%+v", s)
	}
	code := make(chan int, 1)
	go func() {
		for {
			if _, _, err := ws.ReadMessage(); err != nil {
				var ce *websocket.CloseError
				if !errors.As(err, &ce) {
					ce = &websocket.CloseError{}
				}
				code <- ce.Code
				return
			}
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := serve.Stop(ctx, app, ln, hub.Close); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if got := <-code; got != websocket.CloseGoingAway {
		t.Errorf("closed with %d", got)
	}
	if s := ln.Stats(); s.Connections != 0 {
		t.Errorf("%+v", s)
	}
}

// A screen that joins leaves little behind: fasthttp's buffers are given back for the
// next request. What is allocated stays resident until the next collection, which on a
// server at rest is two minutes away, and later the pages stay with the heap.
func TestScreensLeaveLittleBehind(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln := serve.Listen(inner, time.Now, serve.Limits{})
	app := serve.New(serve.Config{ErrorHandler: fiber.DefaultErrorHandler})
	hub := live.New(empty{}, time.Now, live.Options{})
	app.Get("/live", func(c *fiber.Ctx) error { return hub.Serve(c, live.Reader{Class: "all"}, nil, "") })
	ended := make(chan error, 1)
	go func() { ended <- app.Listener(ln) }()

	asked := []byte("GET /live HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	all := make([]net.Conn, 0, 310)
	answer := make([]byte, 4096)
	join := func() {
		c, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
		if _, err := c.Write(asked); err != nil {
			t.Fatal(err)
		}
		for n := 0; !bytes.Contains(answer[:n], []byte(`"snapshot"`)); {
			got, err := c.Read(answer[n:])
			if err != nil {
				t.Fatalf("%v after %q", err, answer[:n])
			}
			n += got
		}
	}
	for range 10 { // pools fill
		join()
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const screens = 300
	for range screens {
		join()
	}
	runtime.ReadMemStats(&after)
	// Some 4 KB of it is what the screen is, and what its client here needs for itself;
	// fasthttp's reader alone would be 8 KB.
	if each := (after.TotalAlloc - before.TotalAlloc) / screens; each > 10<<10 {
		t.Errorf("a screen allocated %d bytes", each)
	}
	for _, c := range all {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := errors.Join(serve.Stop(ctx, app, ln, hub.Close), <-ended); err != nil {
		t.Error(err)
	}
}
