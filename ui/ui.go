// Package ui is the face to people and programs: the Fiber app with its routes,
// handlers and the one error answer.
//
// A handler reads the request, calls one method of the domain (workflow.Desk) or
// the read model (ledger.Book), and answers. Rights, rules and wording are not
// decided here: rights stand in workflow, words in ui/text, looks in ui/page and
// ui/static, logins in ui/session, sockets in ui/live.
//
// Every route is a row: of routes.go, of the pages' routes, or of the domain's table of
// acts. The OpenAPI description, the registration
// and the rights tests read the same rows.
package ui

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/live"
	"duban/ui/serve"
	"duban/ui/session"
	"duban/ui/signon"
	"duban/ui/text"
	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/assess"
	"duban/workflow/ledger"
)

// Options are what the app stands on. All are required but Metrics and Ready.
type Options struct {
	Desk     *workflow.Desk
	Book     *ledger.Book
	Journal  workflow.Journal
	Files    workflow.Files
	Accounts *account.Desk
	Sessions *session.Manager
	Hub      *live.Hub
	Feed     *Feed
	Rules    func() workflow.Rules
	Proxies  serve.Proxies // whose X-Forwarded-* headers are believed

	Now       func() time.Time // the plan clock
	Wall      func() time.Time // the machine's clock, for sockets
	Random    io.Reader
	Log       *slog.Logger
	Build     string // names the running build; screens reload when it changes
	Rehearsal bool   // --now: every page says that the clock is not the real one
	// Worked is when the plan's work was last recorded: ahead of Now, every page and answer
	// says so. Nil: nobody knows.
	Worked  func() time.Time
	Demo    bool         // sample data: marked on every page and export
	Ready   func() error // nil error: able to read and write
	Metrics http.Handler // answers /metrics; nil: there is no such route

	TLS   *tls.Config // nil: plain http
	Hosts []string    // names requests may be for; empty: any
	// Subdomains: browsers are told to use https alone for the names below ours too.
	Subdomains bool
	Head       func() ([]byte, error) // where the journal stands, signed; nil: no key
	// SignOn logs people in through an OpenID Connect provider; nil: passwords alone.
	SignOn *signon.Provider
	// Scanner looks for malware in what is uploaded; nil: nobody does.
	Scanner Scanner
	// Backup is the whole store as an archive of so many bytes; the caller closes it.
	Backup func(context.Context) (io.ReadCloser, int64, error)
	// Heavy is told when a job begins that makes much garbage for a while, a large
	// workbook, and by the function it answers when that has ended; nil: nobody is told.
	Heavy func() (end func())
}

// server is the app's state: its options and what is made of them once.
type server struct {
	o       Options
	spec    []byte // the OpenAPI description
	assess  *assess.Assessor
	past    *ledger.Playback
	chain   workflow.Chain
	back    *lookback // where a request that looks back stands; nil: now
	coded   codedEvents
	answers *answers
	heavy   *heavy

	readings *readings
	taken    *takings
	uploads  *arriving
}

// Web is the app with everything mounted, ready to serve.
type Web struct {
	app *fiber.App
	o   Options

	mu      sync.Mutex
	ln      *serve.Listener
	stopped bool
}

// New builds the app.
func New(o Options) (*Web, error) {
	spec, err := describe(apiRoutes)
	if err != nil {
		return nil, err
	}
	sources, ok := o.Journal.(workflow.Sources)
	if !ok {
		return nil, errors.New("ui: the journal must give back plan files, for assessments")
	}
	chain, ok := o.Journal.(workflow.Chain)
	if !ok {
		return nil, errors.New("ui: the journal must give back its stored events, for auditors")
	}
	s := &server{o: o, coded: newCodedEvents(), answers: newAnswers(), heavy: newHeavy(o.Heavy), readings: newReadings(), taken: &takings{}, uploads: &arriving{}, spec: spec, assess: assess.New(o.Journal, sources, o.Desk, o.Rules), past: ledger.NewPlayback(o.Book, sources), chain: chain}
	app := serve.New(serve.Config{ErrorHandler: s.fail, BodyLimit: maxJSON, Upload: UploadLimit, Proxies: o.Proxies})
	app.Use(s.headers, s.checkHost, o.Sessions.Identify, o.Sessions.Pace)
	for _, r := range routes {
		if r.brings != nil { // before the forms' token is looked for, which stands in the body
			app.Add(r.method, r.path, s.takeUpload(r))
		}
		if r.entry {
			app.Add(r.method, r.path, s.guard(r))
		}
	}
	app.Use(o.Sessions.CheckCSRF)
	for _, r := range routes {
		if !r.entry {
			app.Add(r.method, r.path, s.guard(r))
			if r.method == fiber.MethodGet {
				app.Add(fiber.MethodHead, r.path, s.guard(r))
			}
		}
	}
	app.Use(noRoute)
	return &Web{app: app, o: o}, nil
}

// noRoute refuses what no route answers. Which methods an address takes is told to
// those who may use one of them (405 with Allow); to others there is nothing.
func noRoute(c *fiber.Ctx) error {
	who, exact := session.From(c), fiber.Config{CaseSensitive: true, StrictRouting: true}
	var allow []string
	for _, r := range routes {
		if !r.access.admits(who) || !fiber.RoutePatternMatch(c.Path(), r.path, exact) {
			continue
		}
		allow = append(allow, r.method)
		if r.method == fiber.MethodGet && !r.entry {
			allow = append(allow, fiber.MethodHead)
		}
	}
	if len(allow) == 0 || slices.Contains(allow, c.Method()) {
		return workflow.Fault(workflow.NotFound, "not_found")
	}
	c.Set(fiber.HeaderAllow, strings.Join(allow, ", "))
	return workflow.Fault(workflow.Malformed, "request.method")
}

// Serve answers on the listener, within limits, until Shutdown. Once only. After
// a Shutdown it closes the listener and returns.
func (w *Web) Serve(ln net.Listener) error {
	limited, err := w.limit(ln)
	if err != nil || limited == nil {
		return err
	}
	if w.o.TLS != nil {
		return w.app.Listener(serve.Secure(limited, w.o.TLS))
	}
	return w.app.Listener(limited)
}

// limit keeps the listener for Shutdown, which may come first; then it is nil.
func (w *Web) limit(ln net.Listener) (*serve.Listener, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		return nil, ln.Close()
	}
	w.ln = serve.Listen(ln, w.o.Wall, serve.Limits{Exempt: w.o.Proxies})
	return w.ln, nil
}

// Connections is what the listener counts; zeros before Serve.
func (w *Web) Connections() serve.ListenerStats {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ln == nil {
		return serve.ListenerStats{}
	}
	return w.ln.Stats()
}

// Shutdown takes no new requests, tells the screens (1001), and waits for open
// requests until ctx ends; what is left then is cut off.
func (w *Web) Shutdown(ctx context.Context) error {
	w.mu.Lock()
	ln := w.ln
	w.stopped = true
	w.mu.Unlock()
	if ln == nil {
		return w.o.Hub.Close(ctx)
	}
	return serve.Stop(ctx, w.app, ln, w.o.Hub.Close)
}

// headers is the middleware that sets what every answer carries.
func (s *server) headers(c *fiber.Ctx) error {
	s.setHeaders(c)
	return c.Next()
}

// carried is what every answer carries: scripts, styles and pictures come from this
// server alone; nothing may frame it; nothing is kept unless its handler says so. The
// names are as they are sent.
var carried = func(pairs ...string) (all [][2][]byte) {
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, [2][]byte{[]byte(pairs[i]), []byte(pairs[i+1])})
	}
	return all
}(
	"Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "+
		"connect-src 'self'; font-src 'self'; object-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
	"X-Content-Type-Options", "nosniff",
	"X-Frame-Options", "DENY",
	"Referrer-Policy", "same-origin",
	"Cross-Origin-Opener-Policy", "same-origin",
	"Cross-Origin-Resource-Policy", "same-origin",
	"Permissions-Policy", "camera=(), microphone=(), geolocation=()",
	fiber.HeaderCacheControl, "no-store",
)

// setHeaders sets what is carried. Where https is spoken, browsers are told to use
// nothing else.
func (s *server) setHeaders(c *fiber.Ctx) {
	if s.o.Sessions.Secure(c) {
		sts := "max-age=31536000"
		if s.o.Subdomains {
			sts += "; includeSubDomains"
		}
		c.Set(fiber.HeaderStrictTransportSecurity, sts)
	}
	for _, h := range carried {
		c.Response().Header.SetCanonical(h[0], h[1])
	}
	if at := s.ahead(); !at.IsZero() {
		c.Set("Duban-Journal-Ahead", at.Format(time.RFC3339))
	}
}

// aheadSlack is how far the journal may be ahead of the clock before people are told.
const aheadSlack = 2 * time.Minute

// ahead is where the journal stands when that is ahead of the clock; zero when it is not.
func (s *server) ahead() time.Time {
	if s.o.Worked == nil {
		return time.Time{}
	}
	if at := s.o.Worked(); at.Sub(s.present().o.Now()) > aheadSlack {
		return at
	}
	return time.Time{}
}

// guard lets a request through to its handler when who sends it may use the
// route at all; what they may do there is the domain's to say. A one-time
// password may look and change nothing but itself, and a role that needs a second
// factor does nothing before it is set up. A token's scope is enforced here and nowhere
// else: reading is GET and HEAD, which change nothing.
func (s *server) guard(r route) fiber.Handler {
	return func(c *fiber.Ctx) error {
		c.Locals(asofKey{}, r.asof)
		if open, err := s.admit(c, r); !open {
			return err
		}
		if r.self {
			session.AsSelf(c)
		}
		if r.fresh != nil {
			if open, err := s.proved(c, r); !open {
				return err
			}
		}
		if asks(c) {
			return s.confirm(c)
		}
		back := c.Query("asof") != "" && session.From(c).Kind != session.Nobody
		switch {
		case r.long && c.Method() == fiber.MethodHead:
			// What it would cost to know the length is not spent on that alone, and
			// nothing is handed out that would be recorded.
			return c.SendStatus(fiber.StatusOK)
		case r.long && back:
			return s.readLong(c, func(c *fiber.Ctx) error { return s.lookBack(c, r) })
		case r.long:
			return s.readLong(c, func(c *fiber.Ctx) error { return r.do(s, c) })
		case back:
			return s.watched(c, func(c *fiber.Ctx) error { return s.lookBack(c, r) })
		}
		return r.do(s, c)
	}
}

// admit reports whether who asks may use the route; if not, the answer has been
// given, or err is it.
func (s *server) admit(c *fiber.Ctx, r route) (open bool, err error) {
	who := session.From(c)
	switch {
	case r.access == public:
	case who.Kind == session.Nobody:
		return false, s.loginFirst(c, who)
	case who.MustChange && !r.newcomer && r.method != fiber.MethodGet:
		return false, s.changeFirst(c, "/password", "password.must_change")
	case who.MustConfirm && !r.newcomer && !r.enrols:
		return false, s.changeFirst(c, "/me/second", "totp.must_set_up")
	case who.ReadOnly && (r.everything || r.method != fiber.MethodGet && r.method != fiber.MethodHead):
		return false, workflow.Fault(workflow.Forbidden, "token.read_only")
	case who.Deputy.Lapsed && !r.self && c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead:
		return false, workflow.Fault(workflow.Forbidden, "delegation.lapsed", "name", who.Deputy.For)
	case !r.access.admits(who):
		return false, workflow.Fault(workflow.Forbidden, "auth.forbidden", "role", who.Actor.Role)
	}
	return true, nil
}

// loginFirst sends a person to the login page and back afterwards, and tells a
// program why its credentials do not do.
func (s *server) loginFirst(c *fiber.Ctx, who session.Who) error {
	if s.wantsPage(c) && c.Method() == fiber.MethodGet {
		return c.Redirect("/login?next="+url.QueryEscape(c.OriginalURL()), fiber.StatusSeeOther)
	}
	if who.Cause != nil {
		return who.Cause
	}
	return workflow.Fault(workflow.Unauthorized, "auth.required")
}

// changeFirst sends a person to what must be done before anything else.
func (s *server) changeFirst(c *fiber.Ctx, path, code string) error {
	if s.wantsPage(c) && c.Method() == fiber.MethodGet {
		return c.Redirect(path, fiber.StatusSeeOther)
	}
	return workflow.Fault(workflow.Forbidden, code)
}

// wantsPage reports whether the caller is a browser looking for a page.
func (s *server) wantsPage(c *fiber.Ctx) bool {
	return !strings.HasPrefix(c.Path(), "/api/") && strings.Contains(c.Get(fiber.HeaderAccept), fiber.MIMETextHTML)
}

// printer writes in the caller's language and the plan's time zone, for who reads now.
func (s *server) printer(c *fiber.Ctx) *text.Printer {
	return s.paper(c).At(s.o.Now())
}

// paper is printer for what is kept and read in other years: every date has its year.
func (s *server) paper(c *fiber.Ctx) *text.Printer {
	return text.For(s.lang(c)).In(s.o.Rules().Plan.Zone)
}

// lang is the caller's language: the one chosen in this browser, or the first of ours
// that the request names. A wall speaks as it was set to, and Chinese from the moment it
// waits for approval: what its browser was installed in is nobody's choice.
func (s *server) lang(c *fiber.Ctx) string {
	who := session.From(c)
	wall := who.Kind == session.ByScreen || who.Kind == session.Nobody && strings.HasPrefix(c.Path(), "/board")
	if wall && who.Screen.Lang != "" {
		return who.Screen.Lang
	}
	if l := s.o.Sessions.Preference(c, "lang"); l == text.English || l == text.Chinese {
		return l
	}
	if wall {
		return text.Chinese
	}
	return text.Match(c.Get(fiber.HeaderAcceptLanguage))
}

// say puts a light's cause in words.
func say(p *text.Printer) func(ledger.Cause) string {
	return func(c ledger.Cause) string {
		if c.Code == "" {
			return ""
		}
		return p.Map(c.Code, c.Args)
	}
}
