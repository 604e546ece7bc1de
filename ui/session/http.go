package session

import (
	"errors"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duban/ui/session/throttle"
	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/account/credential"
)

// errToken is the answer to every bearer token that is not good.
var errToken = workflow.Fault(workflow.Unauthorized, "token.invalid")

type whoKey struct{}

// From is the caller that Identify found; Nobody when Identify did not run.
func From(c *fiber.Ctx) Who {
	if w, ok := c.Locals(whoKey{}).(Who); ok {
		return w
	}
	return Who{Kind: Nobody}
}

// HeaderRefresh is sent by scripts with what they ask for by themselves.
const HeaderRefresh = "Duban-Refresh"

// Refreshes reports whether a script asks by itself, to keep its page current, and nobody
// has done anything: then the session is not kept alive. A page left open in an empty room
// would otherwise never be logged out. Opening a websocket is a script's doing always.
func Refreshes(c *fiber.Ctx) bool {
	return c.Get(HeaderRefresh) != "" || strings.EqualFold(c.Get(fiber.HeaderUpgrade), "websocket")
}

// Identify is the middleware that finds the caller: by bearer token, session
// cookie or screen cookie, in that order. A cookie that is no longer good leaves
// Nobody, with the cause; a bad bearer token ends the request with 401, since a
// program that sends one does not want to be anybody else.
func (m *Manager) Identify(c *fiber.Ctx) error {
	who, err := m.who(c)
	if err != nil {
		return err
	}
	c.Locals(whoKey{}, who)
	return c.Next()
}

func (m *Manager) who(c *fiber.Ctx) (Who, error) {
	now := m.clock()
	ctx := c.UserContext()
	// Other schemes are between the browser and some proxy.
	if scheme, secret, _ := strings.Cut(c.Get(fiber.HeaderAuthorization), " "); strings.EqualFold(scheme, "Bearer") {
		behalf, err := sentBehalf(c)
		if err != nil {
			return Who{}, err
		}
		who, err := m.byToken(ctx, credential.Digest(strings.TrimSpace(secret)), behalf, now, errToken)
		if err == nil {
			err = m.checkFrom(c, who, now)
		}
		if err != nil {
			return Who{}, err
		}
		m.touch(who.Key, now)
		return who, nil
	}
	nobody := Who{Kind: Nobody}
	if secret := m.cookie(c, cookieSession); secret != "" {
		if c.Get(HeaderBehalf) != "" {
			return Who{}, errBehalf
		}
		who, err := m.bySession(ctx, credential.Digest(secret), now, !Refreshes(c))
		if err == nil {
			err = m.checkFrom(c, who, now)
		}
		if err == nil {
			return who, nil
		}
		if !refused(err) {
			return Who{}, err
		}
		nobody.Cause = err
	}
	if secret := m.cookie(c, cookieScreen); secret != "" {
		who, err := m.byScreen(ctx, secret, now)
		if err == nil {
			m.touch(who.Key, now)
			return who, nil
		}
		if !refused(err) {
			return Who{}, err
		}
		if nobody.Cause == nil {
			nobody.Cause = err
		}
	}
	return nobody, nil
}

// refused is true of "these credentials are no good" or not good here, false of a
// fault of ours.
func refused(err error) bool {
	var e *workflow.Error
	return errors.As(err, &e) && (e.Kind == workflow.Unauthorized || e.Code == errAdminFrom.Code)
}

// SignIn logs the browser in and sets its cookies. Check the request with
// CheckLogin first.
func (m *Manager) SignIn(c *fiber.Ctx, name, password string) (Login, error) {
	return m.SignInCode(c, name, password, "")
}

// SignInAnew changes the caller's password and puts a new session in the place of
// all it had. Its CSRF token is Login.Who.CSRF.
func (m *Manager) SignInAnew(c *fiber.Ctx, old, replacement string) (Login, error) {
	l, err := m.ChangePassword(c.UserContext(), From(c), strings.Clone(old), strings.Clone(replacement), m.attempt(c))
	if err != nil {
		return Login{}, err
	}
	m.setLogin(c, l)
	return l, nil
}

func (m *Manager) attempt(c *fiber.Ctx) Attempt {
	return Attempt{Address: m.Address(c), Agent: strings.Clone(c.Get(fiber.HeaderUserAgent)),
		Device: m.cookie(c, cookieDevice), Replaces: m.cookie(c, cookieSession)}
}

func (m *Manager) setLogin(c *fiber.Ctx, l Login) {
	m.setCookie(c, cookieSession, l.Secret, 0, fiber.CookieSameSiteLaxMode)
	m.setCookie(c, cookieDevice, l.Device, deviceLife, fiber.CookieSameSiteStrictMode)
	c.Locals(whoKey{}, l.Who)
}

// SignOut ends the caller's session and deletes its cookie. Nobody may sign out too.
func (m *Manager) SignOut(c *fiber.Ctx) error {
	if who := From(c); who.Kind == BySession {
		if err := m.Logout(c.UserContext(), who); err != nil {
			return err
		}
	}
	m.setCookie(c, cookieSession, "", -1, fiber.CookieSameSiteLaxMode)
	c.Locals(whoKey{}, Who{Kind: Nobody})
	return nil
}

// RequestScreen lets a browser ask to become a wall screen: it gets a cookie, and
// the pass whose Code it must show until the office approves it. Asking again
// answers the same pass while it is still good.
func (m *Manager) RequestScreen(c *fiber.Ctx, build string) (account.ScreenPass, error) {
	now := m.clock()
	ctx := c.UserContext()
	if secret := m.cookie(c, cookieScreen); secret != "" {
		p, err := m.desk.AuthenticateScreen(ctx, now, secret)
		if err == nil || workflow.AsError(err).Code == "screen.pending" {
			m.setCookie(c, cookieScreen, secret, screenLife, fiber.CookieSameSiteLaxMode)
			return p, nil
		}
		if !refused(err) {
			return account.ScreenPass{}, err
		}
	}
	watches := []throttle.Watch{throttle.Screen.Of("screen " + throttle.Network(m.Address(c)))}
	wait, err := m.throttle.Admit(ctx, now, watches)
	if err != nil {
		return account.ScreenPass{}, err
	}
	if wait > 0 {
		return account.ScreenPass{}, workflow.Fault(workflow.TooMany, "screen.too_many", "retry_after", int(wait.Seconds())+1)
	}
	secret, p, err := m.desk.RequestScreen(ctx, now, strings.Clone(build))
	if err != nil {
		m.throttle.Cancel(watches)
		return account.ScreenPass{}, err
	}
	m.throttle.Count(now, watches)
	m.setCookie(c, cookieScreen, secret, screenLife, fiber.CookieSameSiteLaxMode)
	return p, nil
}

// Pace is the middleware that refuses an account that sends more than
// Options.Rate, after Identify: TooMany (request.too_many) with retry_after.
func (m *Manager) Pace(c *fiber.Ctx) error {
	who := From(c)
	if who.Kind != BySession && who.Kind != ByToken {
		return c.Next()
	}
	if wait := m.pace.Take(who.Actor.User, m.clock()); wait > 0 {
		return workflow.Fault(workflow.TooMany, "request.too_many", "retry_after", wait)
	}
	return c.Next()
}
