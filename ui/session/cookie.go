package session

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
)

// Cookies' names without the __Host- of a secure connection.
const (
	cookieSession = "duban"
	cookieScreen  = "duban-screen"
	cookieDevice  = "duban-device"
	cookieForm    = "duban-login"
	cookieSignOn  = "duban-signon"
	cookieNote    = "duban-done"
)

const (
	deviceLife = 180 * 24 * time.Hour
	// screenLife is the longest that browsers keep a cookie; a screen's is sent
	// anew each time it opens the pairing page.
	screenLife = 400 * 24 * time.Hour
	// secretLength is that of credential.NewSecret.
	secretLength = 43
)

// cookieName is the cookie's name on this connection. __Host- makes browsers
// refuse one set by another host, for a path, or without Secure.
func (m *Manager) cookieName(c *fiber.Ctx, name string) string {
	if m.secure(c) {
		return "__Host-" + name
	}
	return name
}

// cookie reads a secret; anything that cannot be one is "".
func (m *Manager) cookie(c *fiber.Ctx, name string) string {
	v := c.Cookies(m.cookieName(c, name))
	if len(v) != secretLength {
		return ""
	}
	return strings.Clone(v)
}

// setCookie sends a cookie; life 0 ends with the browser, below 0 deletes it.
func (m *Manager) setCookie(c *fiber.Ctx, name, value string, life time.Duration, sameSite string) {
	k := fiber.Cookie{Name: m.cookieName(c, name), Value: value, Path: "/", HTTPOnly: true, Secure: m.secure(c), SameSite: sameSite}
	switch {
	case life > 0:
		k.MaxAge = int(life.Seconds())
	case life < 0:
		// Both, because MaxAge 0 is not sent and old kernels want a date.
		k.Expires = time.Unix(0, 0)
	default:
		k.SessionOnly = true
	}
	c.Cookie(&k)
}

// preferenceLife is how long a browser keeps what its reader prefers.
const preferenceLife = 365 * 24 * time.Hour

// SetPreference keeps something about the reader of this browser that is no
// secret, such as the language, as carefully as the other cookies.
func (m *Manager) SetPreference(c *fiber.Ctx, name, value string) {
	m.setCookie(c, "duban-"+name, value, preferenceLife, fiber.CookieSameSiteLaxMode)
}

// Preference is what SetPreference kept; "" when there is nothing.
func (m *Manager) Preference(c *fiber.Ctx, name string) string {
	return strings.Clone(c.Cookies(m.cookieName(c, "duban-"+name)))
}

// noteLife bounds how long a browser keeps what an act has to tell until it comes to the
// page that tells it.
const noteLife = time.Minute

// SetNote keeps what the next page of this browser is to tell. A value that is too long for
// a cookie is not kept.
func (m *Manager) SetNote(c *fiber.Ctx, value string) {
	if len(value) < 2048 {
		m.setCookie(c, cookieNote, value, noteLife, fiber.CookieSameSiteLaxMode)
	}
}

// Note is what SetNote kept; "" when there is nothing.
func (m *Manager) Note(c *fiber.Ctx) string {
	return strings.Clone(c.Cookies(m.cookieName(c, cookieNote)))
}

// DropNote forgets it.
func (m *Manager) DropNote(c *fiber.Ctx) {
	m.setCookie(c, cookieNote, "", -1, fiber.CookieSameSiteLaxMode)
}
