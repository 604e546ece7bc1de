package serve

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// Proxies are the networks of reverse proxies whose headers are believed.
type Proxies []netip.Prefix

// ParseProxies reads addresses and networks in CIDR notation.
func ParseProxies(list []string) (Proxies, error) {
	var p Proxies
	for _, s := range list {
		if a, err := netip.ParseAddr(s); err == nil {
			a = a.Unmap()
			p = append(p, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		n, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, fmt.Errorf("%q is neither an address nor a network", s)
		}
		p = append(p, n.Masked())
	}
	return p, nil
}

func (p Proxies) strings() []string {
	list := make([]string, len(p))
	for i, n := range p {
		list[i] = n.String()
	}
	return list
}

// Has reports whether the address is one of the proxies.
func (p Proxies) Has(a netip.Addr) bool {
	a = a.Unmap()
	for _, n := range p {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// Client is the address of who made the request: the peer, or, when that is a
// proxy, the last entry of X-Forwarded-For that is not one. Entries before that
// were written by the client and may be anything.
func (p Proxies) Client(c *fiber.Ctx) string {
	peer, ok := netip.AddrFromSlice(c.Context().RemoteIP())
	if !ok {
		return ""
	}
	if peer = peer.Unmap(); !p.Has(peer) {
		return peer.String()
	}
	var forwarded []string
	for _, line := range c.Context().Request.Header.PeekAll(fiber.HeaderXForwardedFor) {
		forwarded = append(forwarded, string(line))
	}
	return p.client(peer, forwarded).String()
}

func (p Proxies) client(peer netip.Addr, forwarded []string) netip.Addr {
	hops := strings.Split(strings.Join(forwarded, ","), ",")
	for i := len(hops) - 1; i >= 0 && p.Has(peer); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		peer = hop.Unmap().WithZone("")
	}
	return peer
}
