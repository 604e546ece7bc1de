package session

import (
	"net/netip"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/workflow"
	"duban/workflow/account"
)

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
