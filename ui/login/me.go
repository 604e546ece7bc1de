package login

import (
	"context"
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/api"
	"duban/ui/page"
	"duban/ui/session"
	"duban/ui/web"
	"duban/workflow"
)

// sessionView is one of the caller's logins.
type sessionView struct {
	ID        string    `json:"id"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"`
	Address   string    `json:"address"`
	Agent     string    `json:"agent"`
	Current   bool      `json:"current"` // the one that asks
}

func apiSessions(s *web.Server, c *fiber.Ctx) error {
	who := session.From(c)
	mine, err := s.Sessions.Mine(c.UserContext(), who)
	if err != nil {
		return err
	}
	out := api.ListOf[sessionView]{Items: make([]sessionView, 0, len(mine))}
	for _, m := range mine {
		out.Items = append(out.Items, sessionView{ID: m.ID, CreatedAt: m.CreatedAt, SeenAt: m.SeenAt, Address: m.Address,
			Agent: m.Agent, Current: m.ID == who.SessionID()})
	}
	return c.JSON(out)
}

// apiEndSession ends one of the caller's own logins; its sockets close at once.
func apiEndSession(s *web.Server, c *fiber.Ctx) error {
	if err := s.Sessions.End(c.UserContext(), session.From(c), c.Params("id")); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

// second is the state of the caller's second factor.
func second(s *web.Server, ctx context.Context, who session.Who) (set bool, left int, err error) {
	return s.Accounts.Second(ctx, who.Actor.User)
}

func mePage(s *web.Server, c *fiber.Ctx) error {
	k, who := s.Kit(c), session.From(c)
	mine, err := s.Sessions.Mine(c.UserContext(), who)
	if err != nil {
		return err
	}
	in := page.MeInput{Sessions: mine, Current: who.SessionID(), Old: who.Old}
	if in.Second, in.Left, err = second(s, c.UserContext(), who); err != nil {
		return err
	}
	return web.Render(c, page.NewMe(k, s.Frame(c, k, ""), in))
}

// endSessionPage ends one of the reader's logins.
func endSessionPage(s *web.Server, c *fiber.Ctx) error {
	err := s.Sessions.End(c.UserContext(), session.From(c), c.Params("id"))
	var e *workflow.Error
	if err != nil && !(errors.As(err, &e) && e.Kind == workflow.NotFound) { // ended meanwhile: as was asked
		return err
	}
	return s.Done(c, "/me", "session_end")
}

// endOtherSessions ends all the reader's logins but this one.
func endOtherSessions(s *web.Server, c *fiber.Ctx) error {
	if err := s.Sessions.EndOthers(c.UserContext(), session.From(c)); err != nil {
		return err
	}
	return s.Done(c, "/me", "session_end")
}

func secondPage(s *web.Server, c *fiber.Ctx) error { return showSecond(s, c, nil, nil) }

func showSecond(s *web.Server, c *fiber.Ctx, codes []string, e *workflow.Error) error {
	k, who := s.Kit(c), session.From(c)
	if who.Kind != session.BySession {
		return workflow.Fault(workflow.Forbidden, "session.needed")
	}
	in := page.SecondInput{Forced: who.MustConfirm && codes == nil, Codes: codes, Err: e}
	var err error
	if in.Set, in.Left, err = second(s, c.UserContext(), who); err != nil {
		return err
	}
	if !in.Set {
		if in.Key, err = s.Sessions.NewKey(who); err != nil {
			return err
		}
	}
	return web.Render(c, page.NewSecond(k, s.Frame(c, k, ""), in))
}

// setSecond puts the offered key in force when the phone has it.
func setSecond(s *web.Server, c *fiber.Ctx) error {
	who := session.From(c)
	if who.Kind != session.BySession {
		return workflow.Fault(workflow.Forbidden, "session.needed")
	}
	codes, err := s.Sessions.SetSecond(c.UserContext(), who, c.FormValue("code"))
	return afterSecond(s, c, codes, err)
}

// renewRecovery replaces the recovery codes.
func renewRecovery(s *web.Server, c *fiber.Ctx) error {
	who := session.From(c)
	if who.Kind != session.BySession {
		return workflow.Fault(workflow.Forbidden, "session.needed")
	}
	codes, err := s.Sessions.RenewRecovery(c.UserContext(), who, c.FormValue("code"))
	return afterSecond(s, c, codes, err)
}

func afterSecond(s *web.Server, c *fiber.Ctx, codes []string, err error) error {
	if err != nil {
		return web.Retry(c, err, func(e *workflow.Error) error { return showSecond(s, c, nil, e) })
	}
	return showSecond(s, c, codes, nil)
}
