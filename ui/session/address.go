package session

import (
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/workflow"
	"duban/workflow/account"
)

// maxHops bounds how much of an X-Forwarded-For is looked at.
const maxHops = 32

// Address is the client's address: the peer's, or, when the peer is a trusted
// proxy, the last one in X-Forwarded-For that is not itself a trusted proxy. What
// a client wrote there before its proxy did is never believed.
func (m *Manager) Address(c *fiber.Ctx) string {
	at, ok := peer(c)
	if !ok {
		return c.Context().RemoteAddr().String()
	}
	var hops []string
	for _, line := range c.Request().Header.PeekAll(fiber.HeaderXForwardedFor) {
		hops = append(hops, strings.Split(string(line), ",")...)
	}
	for i := len(hops) - 1; i >= 0 && i >= len(hops)-maxHops && m.trusted(at); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		at = plain(next)
	}
	return at.String()
}

func peer(c *fiber.Ctx) (netip.Addr, bool) {
	tcp, ok := c.Context().RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.Addr{}, false
	}
	a, ok := netip.AddrFromSlice(tcp.IP)
	return plain(a), ok
}

func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

func (m *Manager) trusted(a netip.Addr) bool {
	for _, p := range m.o.Proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// fromProxy is the value a trusted proxy gave the header, or "".
func (m *Manager) fromProxy(c *fiber.Ctx, header string) string {
	if a, ok := peer(c); !ok || !m.trusted(a) {
		return ""
	}
	return strings.TrimSpace(c.Get(header))
}

// secure reports whether the browser came by https.
func (m *Manager) secure(c *fiber.Ctx) bool {
	return m.o.Secure || c.Context().IsTLS() || strings.EqualFold(m.fromProxy(c, fiber.HeaderXForwardedProto), "https")
}

// Secure reports whether the browser came by https.
func (m *Manager) Secure(c *fiber.Ctx) bool { return m.secure(c) }

// Origin is the scheme and host the browser asked for: the beginning of a link
// that is handed to somebody.
func (m *Manager) Origin(c *fiber.Ctx) string {
	if m.secure(c) {
		return "https://" + m.host(c)
	}
	return "http://" + m.host(c)
}

// host is the host and port the browser asked for.
func (m *Manager) host(c *fiber.Ctx) string {
	if h := m.fromProxy(c, fiber.HeaderXForwardedHost); h != "" {
		return h
	}
	return string(c.Request().Host())
}

// errAdminFrom is the answer to an administrator who comes from elsewhere.
var errAdminFrom = workflow.Fault(workflow.Forbidden, "login.admin_from")

// mayComeFrom reports whether an account of the role may log in and act from the
// address: an administrator only from the networks of Options.AdminFrom, where there
// are any.
func (m *Manager) mayComeFrom(role workflow.UserRole, address string) bool {
	if role != workflow.Admin || len(m.o.AdminFrom) == 0 {
		return true
	}
	a, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	for _, p := range m.o.AdminFrom {
		if p.Contains(plain(a)) {
			return true
		}
	}
	return false
}

// checkFrom refuses an administrator's session or token that comes from elsewhere.
// It is recorded as a refused login, within the same bounds: somebody may have taken
// it along.
func (m *Manager) checkFrom(c *fiber.Ctx, who Who, now time.Time) error {
	self := who.Self().Actor
	if len(m.o.AdminFrom) == 0 || self.Role != workflow.Admin {
		return nil
	}
	in := Attempt{Address: m.Address(c)}
	if m.mayComeFrom(self.Role, in.Address) {
		return nil
	}
	a := account.Account{Name: self.User, Unit: self.Unit, Role: self.Role}
	return m.refuse(c.UserContext(), now, in, a, login{causeAddress, errAdminFrom})
}
