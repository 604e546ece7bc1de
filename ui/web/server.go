// Package web is what every request needs before a handler of another room begins and after it ends: the
// server with all it stands on, routes and who may use them, bodies and forms, the frame of a page,
// refusals, conditions, looking back, long reads in turn, and one memory of answers.
package web

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
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
	// Memory bounds what is kept of answers.
	Memory Memory
}

// Server is the app's state: its options and what is made of them once.
type Server struct {
	Options
	Spec    []byte // the OpenAPI description
	Assess  *assess.Assessor
	Past    *ledger.Playback
	Chain   workflow.Chain
	Back    *lookback // where a request that looks back stands; nil: now
	Coded   CodedEvents
	answers *answers
	Heavy   *heavy

	Readings *readings
	turns    *turns
	taken    *takings
	Uploads  *arriving
}

// Headers is the middleware that sets what every answer carries.
func (s *Server) Headers(c *fiber.Ctx) error {
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
func (s *Server) setHeaders(c *fiber.Ctx) {
	if s.Sessions.Secure(c) {
		sts := "max-age=31536000"
		if s.Subdomains {
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
func (s *Server) ahead() time.Time {
	if s.Worked == nil {
		return time.Time{}
	}
	if at := s.Worked(); at.Sub(s.Present().Now()) > aheadSlack {
		return at
	}
	return time.Time{}
}

// Admit reports whether who asks may use the route; if not, the answer has been
// given, or err is it.
func (s *Server) Admit(c *fiber.Ctx, r Route) (open bool, err error) {
	who := session.From(c)
	switch {
	case r.Access == Public:
	case who.Kind == session.Nobody:
		return false, s.loginFirst(c, who)
	case who.MustChange && !r.Newcomer && r.Method != fiber.MethodGet:
		return false, s.changeFirst(c, "/password", "password.must_change")
	case who.MustConfirm && !r.Newcomer && !r.Enrols:
		return false, s.changeFirst(c, "/me/second", "totp.must_set_up")
	case who.ReadOnly && (r.Everything || r.Method != fiber.MethodGet && r.Method != fiber.MethodHead):
		return false, workflow.Fault(workflow.Forbidden, "token.read_only")
	case who.Deputy.Lapsed && !r.Self && c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead:
		return false, workflow.Fault(workflow.Forbidden, "delegation.lapsed", "name", who.Deputy.For)
	case !r.Access.Admits(who):
		return false, workflow.Fault(workflow.Forbidden, "auth.forbidden", "role", who.Actor.Role)
	}
	return true, nil
}

// loginFirst sends a person to the login page and back afterwards, and tells a
// program why its credentials do not do.
func (s *Server) loginFirst(c *fiber.Ctx, who session.Who) error {
	if s.WantsPage(c) && c.Method() == fiber.MethodGet {
		return c.Redirect("/login?next="+url.QueryEscape(c.OriginalURL()), fiber.StatusSeeOther)
	}
	if who.Cause != nil {
		return who.Cause
	}
	return workflow.Fault(workflow.Unauthorized, "auth.required")
}

// changeFirst sends a person to what must be done before anything else.
func (s *Server) changeFirst(c *fiber.Ctx, path, code string) error {
	if s.WantsPage(c) && c.Method() == fiber.MethodGet {
		return c.Redirect(path, fiber.StatusSeeOther)
	}
	return workflow.Fault(workflow.Forbidden, code)
}

// WantsPage reports whether the caller is a browser looking for a page.
func (s *Server) WantsPage(c *fiber.Ctx) bool {
	return !strings.HasPrefix(c.Path(), "/api/") && strings.Contains(c.Get(fiber.HeaderAccept), fiber.MIMETextHTML)
}

// Printer writes in the caller's language and the plan's time zone, for who reads now.
func (s *Server) Printer(c *fiber.Ctx) *text.Printer {
	return s.Paper(c).At(s.Now())
}

// Paper is printer for what is kept and read in other years: every date has its year.
func (s *Server) Paper(c *fiber.Ctx) *text.Printer {
	return text.For(s.Lang(c)).In(s.Rules().Plan.Zone)
}

// Lang is the caller's language: the one chosen in this browser, or the first of ours
// that the request names. A wall speaks as it was set to, and Chinese from the moment it
// waits for approval: what its browser was installed in is nobody's choice.
func (s *Server) Lang(c *fiber.Ctx) string {
	who := session.From(c)
	wall := who.Kind == session.ByScreen || who.Kind == session.Nobody && strings.HasPrefix(c.Path(), "/board")
	if wall && who.Screen.Lang != "" {
		return who.Screen.Lang
	}
	if l := s.Sessions.Preference(c, "lang"); l == text.English || l == text.Chinese {
		return l
	}
	if wall {
		return text.Chinese
	}
	return text.Match(c.Get(fiber.HeaderAcceptLanguage))
}

// Say puts a light's cause in words.
func Say(p *text.Printer) func(ledger.Cause) string {
	return func(c ledger.Cause) string {
		if c.Code == "" {
			return ""
		}
		return p.Map(c.Code, c.Args)
	}
}

// Scanner answers the name of the malware found in bytes, "" for none. An error says
// that they could not be scanned.
type Scanner interface {
	Scan(ctx context.Context, r io.Reader) (name string, err error)
}

// anyHost are asked by monitors, by whatever name or address they have.
var anyHost = []string{"/healthz", "/readyz", "/metrics"}

// CheckHost is the middleware that refuses requests for names that are not ours:
// a page of another name that leads here (DNS rebinding), or a link made from a
// forged Host.
func (s *Server) CheckHost(c *fiber.Ctx) error {
	if len(s.Hosts) == 0 || slices.Contains(anyHost, c.Path()) {
		return c.Next()
	}
	u, err := url.Parse(s.Sessions.Origin(c))
	if err != nil || !slices.ContainsFunc(s.Hosts, func(h string) bool {
		return strings.EqualFold(h, strings.TrimSuffix(u.Hostname(), "."))
	}) {
		return workflow.Fault(workflow.Malformed, "request.host")
	}
	return c.Next()
}

// NewServer is the server over what it stands on; spec is the OpenAPI description.
func NewServer(o Options, spec []byte, sources workflow.Sources, chain workflow.Chain) *Server {
	m := o.Memory.filled()
	return &Server{Options: o, Coded: NewCodedEvents(m.Events), answers: newAnswers(m.Answers), Heavy: newHeavy(o.Heavy), Readings: newReadings(), turns: newTurns(o.Wall), taken: &takings{}, Uploads: &arriving{},
		Spec: spec, Assess: assess.New(o.Journal, sources, o.Desk, o.Rules), Past: ledger.NewPlayback(o.Book, sources).Within(m.Past), Chain: chain}
}
