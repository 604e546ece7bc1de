package serve

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/store/storetest"
)

// site is a served app on loopback.
type site struct {
	t    *testing.T
	app  *fiber.App
	ln   *Listener
	addr string
	done chan error
	tls  *tls.Config // what its clients need; nil: plain
	keys *tls.Config
}

// encrypt makes the site speak TLS alone.
func (s *site) encrypt() {
	s.t.Helper()
	lent := httptest.NewTLSServer(nil) // for its certificate
	lent.Close()
	s.keys = &tls.Config{Certificates: lent.TLS.Certificates, MinVersion: tls.VersionTLS12}
	pool := x509.NewCertPool()
	pool.AddCert(lent.Certificate())
	s.tls = &tls.Config{RootCAs: pool, ServerName: "example.com", MinVersion: tls.VersionTLS12}
}

// dial is a connection that is ready to speak HTTP.
func (s *site) dial() net.Conn {
	s.t.Helper()
	nc, err := net.Dial("tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	if s.tls == nil {
		return nc
	}
	c := tls.Client(nc, s.tls)
	if err := c.Handshake(); err != nil {
		s.t.Fatal(err)
	}
	return c
}

func newSite(t *testing.T, cfg Config, limits Limits) *site {
	t.Helper()
	if cfg.ErrorHandler == nil {
		cfg.ErrorHandler = func(c *fiber.Ctx, err error) error {
			var fe *fiber.Error
			if !errors.As(err, &fe) {
				fe = fiber.ErrInternalServerError
			}
			return c.Status(fe.Code).SendString(fmt.Sprintf("refused %d", fe.Code))
		}
	}
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, app: New(cfg), ln: Listen(inner, time.Now, limits), addr: inner.Addr().String(), done: make(chan error, 1)}
	s.app.Get("/hello", func(c *fiber.Ctx) error { return c.SendString("hello " + c.Query("q")) })
	s.app.Post("/echo", func(c *fiber.Ctx) error { return c.Send(c.Request().Body()) })
	s.app.Post("/files", func(c *fiber.Ctx) error {
		n, err := io.Copy(io.Discard, Upload(c, 64<<10))
		if err != nil {
			return err
		}
		return c.SendString(fmt.Sprint(n))
	})
	s.app.Get("/panic", func(*fiber.Ctx) error { panic("handler") })
	return s
}

func (s *site) start() *site {
	var ln net.Listener = s.ln
	if s.keys != nil {
		ln = Secure(s.ln, s.keys)
	}
	go func() { s.done <- s.app.Listener(ln) }()
	s.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), storetest.Patience)
		defer cancel()
		if err := Stop(ctx, s.app, s.ln); err != nil {
			s.t.Error(err)
		}
		if err := <-s.done; err != nil {
			s.t.Error(err)
		}
	})
	return s
}

// raw sends bytes and reads answers until the server closes: the statuses in order, and whether it
// closed. Where it should keep the connection, kept is how many answers come; a silence
// after them says that it did.
func (s *site) raw(request string, kept int) (statuses []int, closed bool) {
	s.t.Helper()
	nc, err := net.Dial("tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = nc.Close() }()
	go func() { _, _ = io.WriteString(nc, request) }()
	br := bufio.NewReader(nc)
	for {
		wait := storetest.Patience
		if kept > 0 && len(statuses) >= kept {
			wait = 200 * time.Millisecond
		}
		if err := nc.SetReadDeadline(time.Now().Add(wait)); err != nil {
			s.t.Fatal(err)
		}
		resp, err := http.ReadResponse(br, nil)
		if err != nil {
			var ne net.Error
			return statuses, !errors.As(err, &ne) || !ne.Timeout()
		}
		if resp.StatusCode != http.StatusContinue {
			statuses = append(statuses, resp.StatusCode)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			s.t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
}

func (s *site) get(path string) (int, string) {
	s.t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: storetest.Patience}
	resp, err := client.Get("http://" + s.addr + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func lines(l ...string) string { return strings.Join(l, "\r\n") + "\r\n\r\n" }
