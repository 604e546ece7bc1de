package ui

import (
	"net/netip"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"

	"duban/ui/session"
	"duban/workflow"
)

// metrics answers Prometheus from the machine itself, or with a token of who
// keeps the system.
func (s *server) metrics(c *fiber.Ctx) error {
	if s.o.Metrics == nil {
		return workflow.Fault(workflow.NotFound, "not_found")
	}
	who := session.From(c)
	local := false
	if a, err := netip.ParseAddr(s.o.Sessions.Address(c)); err == nil {
		local = a.IsLoopback()
	}
	if !local && !readsLog.admits(who) {
		return workflow.Fault(workflow.NotFound, "not_found")
	}
	return adaptor.HTTPHandler(s.o.Metrics)(c)
}
