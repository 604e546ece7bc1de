package ui

import (
	"context"
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
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

func (s *server) apiSessions(c *fiber.Ctx) error {
	who := session.From(c)
	mine, err := s.o.Sessions.Mine(c.UserContext(), who)
	if err != nil {
		return err
	}
	out := listOf[sessionView]{Items: make([]sessionView, 0, len(mine))}
	for _, m := range mine {
		out.Items = append(out.Items, sessionView{ID: m.ID, CreatedAt: m.CreatedAt, SeenAt: m.SeenAt, Address: m.Address,
			Agent: m.Agent, Current: m.ID == who.SessionID()})
	}
	return c.JSON(out)
}

// apiEndSession ends one of the caller's own logins; its sockets close at once.
func (s *server) apiEndSession(c *fiber.Ctx) error {
	if err := s.o.Sessions.End(c.UserContext(), session.From(c), c.Params("id")); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

// second is the state of the caller's second factor.
func (s *server) second(ctx context.Context, who session.Who) (set bool, left int, err error) {
	return s.o.Accounts.Second(ctx, who.Actor.User)
}

func (s *server) mePage(c *fiber.Ctx) error {
	k, who := s.kit(c), session.From(c)
	mine, err := s.o.Sessions.Mine(c.UserContext(), who)
	if err != nil {
		return err
	}
	in := page.MeInput{Sessions: mine, Current: who.SessionID(), Old: who.Old}
	if in.Second, in.Left, err = s.second(c.UserContext(), who); err != nil {
		return err
	}
	return render(c, page.NewMe(k, s.frame(c, k, ""), in))
}

// endSessionPage ends one of the reader's logins.
func (s *server) endSessionPage(c *fiber.Ctx) error {
	err := s.o.Sessions.End(c.UserContext(), session.From(c), c.Params("id"))
	var e *workflow.Error
	if err != nil && !(errors.As(err, &e) && e.Kind == workflow.NotFound) { // ended meanwhile: as was asked
		return err
	}
	return s.done(c, "/me", "session_end")
}

// endOtherSessions ends all the reader's logins but this one.
func (s *server) endOtherSessions(c *fiber.Ctx) error {
	if err := s.o.Sessions.EndOthers(c.UserContext(), session.From(c)); err != nil {
		return err
	}
	return s.done(c, "/me", "session_end")
}

func (s *server) secondPage(c *fiber.Ctx) error { return s.showSecond(c, nil, nil) }

func (s *server) showSecond(c *fiber.Ctx, codes []string, e *workflow.Error) error {
	k, who := s.kit(c), session.From(c)
	if who.Kind != session.BySession {
		return workflow.Fault(workflow.Forbidden, "session.needed")
	}
	in := page.SecondInput{Forced: who.MustConfirm && codes == nil, Codes: codes, Err: e}
	var err error
	if in.Set, in.Left, err = s.second(c.UserContext(), who); err != nil {
		return err
	}
	if !in.Set {
		if in.Key, err = s.o.Sessions.NewKey(who); err != nil {
			return err
		}
	}
	return render(c, page.NewSecond(k, s.frame(c, k, ""), in))
}

// setSecond puts the offered key in force when the phone has it.
func (s *server) setSecond(c *fiber.Ctx) error {
	who := session.From(c)
	if who.Kind != session.BySession {
		return workflow.Fault(workflow.Forbidden, "session.needed")
	}
	codes, err := s.o.Sessions.SetSecond(c.UserContext(), who, c.FormValue("code"))
	return s.afterSecond(c, codes, err)
}

// renewRecovery replaces the recovery codes.
func (s *server) renewRecovery(c *fiber.Ctx) error {
	who := session.From(c)
	if who.Kind != session.BySession {
		return workflow.Fault(workflow.Forbidden, "session.needed")
	}
	codes, err := s.o.Sessions.RenewRecovery(c.UserContext(), who, c.FormValue("code"))
	return s.afterSecond(c, codes, err)
}

func (s *server) afterSecond(c *fiber.Ctx, codes []string, err error) error {
	if err != nil {
		return retry(c, err, func(e *workflow.Error) error { return s.showSecond(c, nil, e) })
	}
	return s.showSecond(c, codes, nil)
}
