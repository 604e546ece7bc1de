package session_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/workflow"
)

// site is a real server on loopback with the routes a test needs.
type site struct {
	*world
	url string
}

func newSite(t *testing.T, o session.Options) *site {
	t.Helper()
	s := &site{world: newWorld(t, o)}
	statuses := map[workflow.ErrorKind]int{workflow.Unauthorized: 401, workflow.Forbidden: 403, workflow.TooMany: 429, workflow.Invalid: 422}
	app := fiber.New(fiber.Config{Immutable: true, DisableStartupMessage: true, ErrorHandler: func(c *fiber.Ctx, err error) error {
		e := workflow.AsError(err)
		status, ok := statuses[e.Kind]
		if !ok {
			status = 500
		}
		return c.Status(status).SendString(e.Code)
	}})
	app.Use(s.Identify)
	app.Get("/login", func(c *fiber.Ctx) error {
		token, err := s.FormToken(c)
		if err != nil {
			return err
		}
		return c.SendString(token)
	})
	app.Post("/login", func(c *fiber.Ctx) error {
		if err := s.CheckLogin(c); err != nil {
			return err
		}
		var in struct{ Name, Password string }
		if c.Is("json") {
			if err := json.Unmarshal(c.Body(), &in); err != nil {
				return err
			}
		} else {
			in.Name, in.Password = c.FormValue("name"), c.FormValue("password")
		}
		l, err := s.SignIn(c, in.Name, in.Password)
		if err != nil {
			return err
		}
		return c.SendString(l.Who.CSRF)
	})
	app.Use(s.CheckCSRF)
	app.Post("/logout", s.SignOut)
	app.Post("/password", func(c *fiber.Ctx) error {
		_, err := s.SignInAnew(c, c.FormValue("old"), c.FormValue("new"))
		return err
	})
	app.Get("/who", func(c *fiber.Ctx) error {
		who := session.From(c)
		cause := ""
		if who.Cause != nil {
			cause = workflow.AsError(who.Cause).Code
		}
		return c.SendString(strings.TrimSpace(string(who.Kind) + " " + who.Actor.User + " " + cause))
	})
	app.Get("/address", func(c *fiber.Ctx) error { return c.SendString(s.Address(c)) })
	app.Post("/screen", func(c *fiber.Ctx) error {
		p, err := s.RequestScreen(c, "test")
		if err != nil {
			return err
		}
		return c.SendString(p.Code)
	})
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		app.Add(method, "/act", required, func(c *fiber.Ctx) error { return c.SendString("done") })
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- app.Listener(l) }()
	t.Cleanup(func() {
		if err := app.ShutdownWithTimeout(time.Minute); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	s.url = "http://" + l.Addr().String()
	return s
}

// browser keeps cookies by hand, so that a test can see and change them.
type browser struct {
	site    *site
	cookies map[string]*http.Cookie
	header  map[string]string // sent with every request
}

func (s *site) browser() *browser {
	return &browser{site: s, cookies: map[string]*http.Cookie{}, header: map[string]string{}}
}

// do sends a request; header is name, value pairs, body a form or JSON text.
func (b *browser) do(t *testing.T, method, path, body string, header ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, b.site.url+path, bytes.NewBufferString(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for k, v := range b.header {
		r.Header.Set(k, v)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	for _, k := range b.cookies {
		r.AddCookie(&http.Cookie{Name: k.Name, Value: k.Value})
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range resp.Cookies() {
		if k.MaxAge < 0 || (!k.Expires.IsZero() && k.Expires.Before(time.Now())) {
			delete(b.cookies, k.Name)
		} else {
			b.cookies[k.Name] = k
		}
	}
	return resp.StatusCode, string(text)
}

// login fills in the form and answers the session's CSRF token.
func (b *browser) login(t *testing.T, name, password string) string {
	t.Helper()
	_, token := b.do(t, "GET", "/login", "")
	status, csrf := b.do(t, "POST", "/login", form("name", name, "password", password, "csrf", token))
	if status != 200 {
		t.Fatalf("login: %d %s", status, csrf)
	}
	return csrf
}

func form(pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v.Encode()
}

func (b *browser) wants(t *testing.T, want, method, path, body string, header ...string) {
	t.Helper()
	if _, got := b.do(t, method, path, body, header...); got != want {
		t.Errorf("%s %s %v: %q, want %q", method, path, header, got, want)
	}
}

// required stands for what a server asks before an act: a login, and first a password of
// one's own and the second factor of one's role.
func required(c *fiber.Ctx) error {
	who := session.From(c)
	switch {
	case who.Kind == session.Nobody && who.Cause != nil:
		return who.Cause
	case who.Kind == session.Nobody:
		return workflow.Fault(workflow.Unauthorized, "session.none")
	case who.MustChange:
		return workflow.Fault(workflow.Forbidden, "password.must_change")
	case who.MustConfirm:
		return workflow.Fault(workflow.Forbidden, "totp.must_set_up")
	}
	return c.Next()
}
