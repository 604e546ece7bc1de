package session

import (
	"crypto/subtle"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duban/workflow"
	"duban/workflow/account/credential"
)

// What carries the CSRF token.
const (
	HeaderCSRF = "X-CSRF-Token"
	FieldCSRF  = "csrf"
)

var errForged = workflow.Fault(workflow.Forbidden, "csrf.bad")

// CheckCSRF is the middleware against forged requests, after Identify. A request
// that may change something and is authorised by a cookie must come from a page
// of ours and carry its session's token. Bearer tokens are exempt: no browser
// adds them by itself. Screens may only read. The login routes stand before it
// and call CheckLogin: somebody who is logged in may log in again.
func (m *Manager) CheckCSRF(c *fiber.Ctx) error {
	switch c.Method() {
	case fiber.MethodGet, fiber.MethodHead, fiber.MethodOptions:
		return c.Next()
	}
	switch who := From(c); who.Kind {
	case ByToken:
		return c.Next()
	case ByScreen:
		return workflow.Fault(workflow.Forbidden, "screen.read_only")
	case BySession:
		if !m.SameOrigin(c) || !same(sentToken(c), who.CSRF) {
			return errForged
		}
	default:
		if !m.SameOrigin(c) {
			return errForged
		}
	}
	return c.Next()
}

// SameOrigin reports whether a browser says that a page of ours sent the request.
// A request without any such word is from an old browser or a program: then the
// CSRF token alone decides. Websockets opened with a cookie must ask this too.
func (m *Manager) SameOrigin(c *fiber.Ctx) bool {
	switch c.Get("Sec-Fetch-Site") {
	case "": // an old browser, or plain http
	case "same-origin", "none": // none: typed or bookmarked by the person
		return true
	default:
		return false
	}
	origin := c.Get(fiber.HeaderOrigin)
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || !strings.EqualFold(u.Host, m.host(c)) {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && !m.secure(c)
}

// FormToken gives the token a login form carries in its field csrf, and ties it to
// the browser with a cookie: nobody is logged in yet, and without it a strange
// page could log a visitor in under its own account. The cookie stays, so that a
// login form left open in another tab still works.
func (m *Manager) FormToken(c *fiber.Ctx) (string, error) {
	secret := m.cookie(c, cookieForm)
	if secret == "" {
		var err error
		if secret, err = credential.NewSecret(m.desk.Random); err != nil {
			return "", err
		}
	}
	m.setCookie(c, cookieForm, secret, 0, fiber.CookieSameSiteLaxMode)
	return credential.Digest("login form " + secret), nil
}

// CheckLogin guards the login routes: same origin, and for a form its token. JSON
// needs none: a page elsewhere cannot send it without asking first, and we grant
// that to nobody.
func (m *Manager) CheckLogin(c *fiber.Ctx) error {
	if !m.SameOrigin(c) {
		return errForged
	}
	kind, _, _ := strings.Cut(c.Get(fiber.HeaderContentType), ";")
	if strings.EqualFold(strings.TrimSpace(kind), fiber.MIMEApplicationJSON) {
		return nil
	}
	secret := m.cookie(c, cookieForm)
	if secret == "" || !same(sentToken(c), credential.Digest("login form "+secret)) {
		return errForged
	}
	return nil
}

func sentToken(c *fiber.Ctx) string {
	if t := c.Get(HeaderCSRF); t != "" {
		return t
	}
	kind, _, _ := strings.Cut(c.Get(fiber.HeaderContentType), ";")
	switch strings.ToLower(strings.TrimSpace(kind)) {
	case fiber.MIMEApplicationForm, fiber.MIMEMultipartForm:
		return c.FormValue(FieldCSRF)
	}
	return ""
}

func same(sent, want string) bool {
	return want != "" && subtle.ConstantTimeCompare([]byte(sent), []byte(want)) == 1
}
