package serve_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/websocket"

	"duban/ui/live"
	"duban/ui/serve"
)

// empty is a journal in which nothing happens.
type empty struct{}

func (empty) Head() uint64   { return 0 }
func (empty) Epoch() string  { return "e" }
func (empty) Now() time.Time { return time.Unix(0, 0).UTC() }
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
	go func() { ended <- app.Listener(ln) }()

	ws, _, err := websocket.DefaultDialer.Dial("ws://"+ln.Addr().String()+"/live", nil)
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
