package serve

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
)

// TestWhileConnected: a handler is told that its client has left, by closing, by a
// reset, over TLS, and with another request already sent; and who stays is answered on
// the same connection, after longer than a request may take to arrive.
func TestWhileConnected(t *testing.T) {
	for _, secure := range []bool{false, true} {
		s := newSite(t, Config{ReadTimeout: 2 * time.Second}, Limits{})
		if secure {
			s.encrypt()
		}
		working, left, stays := make(chan bool), make(chan bool), make(chan bool)
		s.app.Get("/work", func(c *fiber.Ctx) error {
			ctx, stop := WhileConnected(c.UserContext(), c.Context().Conn())
			defer stop()
			working <- true
			select {
			case <-ctx.Done():
				left <- true
			case <-stays:
			}
			return c.SendString("done")
		})
		s.start()
		for name, leave := range map[string]func(net.Conn) error{
			"closes": net.Conn.Close,
			"resets": func(nc net.Conn) error {
				if c, ok := nc.(*tls.Conn); ok {
					nc = c.NetConn()
				}
				return errors.Join(nc.(*net.TCPConn).SetLinger(0), nc.Close())
			},
			"closes after another request": func(nc net.Conn) error {
				_, err := io.WriteString(nc, lines("GET /hello HTTP/1.1", "Host: h"))
				return errors.Join(err, nc.Close())
			},
		} {
			nc := s.dial()
			if _, err := io.WriteString(nc, lines("GET /work HTTP/1.1", "Host: h")); err != nil {
				t.Fatal(err)
			}
			<-working
			if err := leave(nc); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			select {
			case <-left:
			case <-time.After(10 * time.Second):
				t.Fatalf("TLS %v: a client that %s is waited for", secure, name)
			}
		}
		nc := s.dial()
		defer func() { _ = nc.Close() }()
		r := bufio.NewReader(nc)
		for range 2 {
			if _, err := io.WriteString(nc, lines("GET /work HTTP/1.1", "Host: h")); err != nil {
				t.Fatal(err)
			}
			<-working
			select {
			case <-left:
				t.Fatal("who stays is taken to have left")
			case <-time.After(2500 * time.Millisecond): // past the time its request had to arrive in
			}
			stays <- true
			resp, err := http.ReadResponse(r, nil)
			if err != nil || resp.StatusCode != 200 {
				t.Fatal(resp, err)
			}
			if _, err := io.Copy(io.Discard, resp.Body); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestAnUploadHasItsTime: one that goes on is read for longer than a request may take to
// arrive, and not for ever.
func TestAnUploadHasItsTime(t *testing.T) {
	s := newSite(t, Config{ReadTimeout: 3 * time.Second, UploadIdle: 20 * time.Second, UploadTimeout: 9 * time.Second,
		Upload: func(string, string) int { return 64 << 10 }}, Limits{})
	s.app.Post("/taken", func(c *fiber.Ctx) error {
		defer TakeTime(c)()
		_, err := io.Copy(io.Discard, Upload(c, 64<<10))
		return err
	})
	s.start()
	for _, c := range []struct {
		stretches, want int
	}{{26, 200}, {100, 408}} {
		nc := s.dial()
		defer func() { _ = nc.Close() }()
		if _, err := fmt.Fprintf(nc, "POST /taken HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", 9000+c.stretches, strings.Repeat("x", 9000)); err != nil {
			t.Fatal(err)
		}
		go func() {
			for range c.stretches {
				time.Sleep(150 * time.Millisecond) // a slow line
				if _, err := io.WriteString(nc, "x"); err != nil {
					return
				}
			}
		}()
		resp, err := http.ReadResponse(bufio.NewReader(nc), nil)
		if err != nil || resp.StatusCode != c.want {
			t.Errorf("%d stretches: %v %v, want %d", c.stretches, resp, err, c.want)
		}
	}
}
