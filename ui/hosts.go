package ui

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duban/workflow"
)

// anyHost are asked by monitors, by whatever name or address they have.
var anyHost = []string{"/healthz", "/readyz", "/metrics"}

// checkHost is the middleware that refuses requests for names that are not ours:
// a page of another name that leads here (DNS rebinding), or a link made from a
// forged Host.
func (s *server) checkHost(c *fiber.Ctx) error {
	if len(s.o.Hosts) == 0 || slices.Contains(anyHost, c.Path()) {
		return c.Next()
	}
	u, err := url.Parse(s.o.Sessions.Origin(c))
	if err != nil || !slices.ContainsFunc(s.o.Hosts, func(h string) bool {
		return strings.EqualFold(h, strings.TrimSuffix(u.Hostname(), "."))
	}) {
		return workflow.Fault(workflow.Malformed, "request.host")
	}
	return c.Next()
}
