package api

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/calendar"
)

// DelegationBody grants a delegation from the beginning of From (today) to the end
// of Until. For is the caller; an admin may name another.
type DelegationBody struct {
	To    string        `json:"to"`
	For   string        `json:"for"`
	From  calendar.Date `json:"from"`
	Until calendar.Date `json:"until"`
}

// delegationView is the contract's delegation: To may act for For, with the unit and
// role that are lent. Until is the first instant after it.
type delegationView struct {
	ID        string            `json:"id"`
	For       string            `json:"for"`
	To        string            `json:"to"`
	Unit      string            `json:"unit"`
	Role      workflow.UserRole `json:"role"`
	From      time.Time         `json:"from"`
	Until     time.Time         `json:"until"`
	GrantedBy string            `json:"granted_by"`
	GrantedAt time.Time         `json:"granted_at"`
}

func viewDelegation(s *web.Server, g account.Granted) delegationView {
	zone := s.Rules().Plan.Zone
	return delegationView{ID: g.ID, For: g.For, To: g.To, Unit: g.Unit, Role: g.Role, From: g.From.In(zone), Until: g.Until.In(zone),
		GrantedBy: g.By, GrantedAt: g.At.In(zone)}
}

func apiDelegations(s *web.Server, c *fiber.Ctx) error {
	list, err := s.Accounts.Delegations(c.UserContext(), s.Sessions.Now(), session.From(c).Actor)
	if err != nil {
		return err
	}
	out := ListOf[delegationView]{Items: make([]delegationView, 0, len(list))}
	for _, g := range list {
		out.Items = append(out.Items, viewDelegation(s, g))
	}
	return c.JSON(out)
}

func apiDelegate(s *web.Server, c *fiber.Ctx) error {
	var in DelegationBody
	if err := web.Decode(c, &in); err != nil {
		return err
	}
	if in.Until.IsZero() {
		return workflow.BadField("until", "form.date", "value", "")
	}
	g, err := Grant(s, c, in)
	if err != nil {
		return err
	}
	return c.Status(fiber.StatusCreated).JSON(viewDelegation(s, g))
}

// Grant lets an account act for the caller, or for whom an admin names.
func Grant(s *web.Server, c *fiber.Ctx, in DelegationBody) (account.Granted, error) {
	by, now, zone := session.From(c).Actor, s.Sessions.Now(), s.Rules().Plan.Zone
	if in.For == "" {
		in.For = by.User
	}
	if in.From.IsZero() {
		in.From = calendar.DateOf(now.In(zone))
	}
	return s.Accounts.Delegate(c.UserContext(), now, by, account.NewDelegation{For: in.For, To: in.To,
		From: in.From.In(zone), Until: in.Until.AddDays(1).In(zone)})
}

// apiRevokeDelegation ends a delegation at once; its sockets close.
func apiRevokeDelegation(s *web.Server, c *fiber.Ctx) error {
	if err := s.Accounts.RevokeDelegation(c.UserContext(), s.Sessions.Now(), session.From(c).Actor, c.Params("id")); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}
