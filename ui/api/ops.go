package api

import (
	"net/netip"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"

	"duban/ui/session"
	"duban/ui/web"
	"duban/workflow"
)

// metrics answers Prometheus from the machine itself, or with a token of who
// keeps the system.
func metrics(s *web.Server, c *fiber.Ctx) error {
	if s.Metrics == nil {
		return workflow.Fault(workflow.NotFound, "not_found")
	}
	who := session.From(c)
	local := false
	if a, err := netip.ParseAddr(s.Sessions.Address(c)); err == nil {
		local = a.IsLoopback()
	}
	if !local && !web.ReadsLog.Admits(who) {
		return workflow.Fault(workflow.NotFound, "not_found")
	}
	return adaptor.HTTPHandler(s.Metrics)(c)
}
