package session

import (
	"net"
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"
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
