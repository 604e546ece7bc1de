package api

import (
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/ui/view"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// ListOf is one page of a list: pass Next as after; it is empty at the end.
type ListOf[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`
	Total *int   `json:"total,omitempty"`
}

type loginBody struct {
	Name     string `json:"name"`
	Password string `json:"password"`
	Code     string `json:"code"`
}

type meView struct {
	Name       string            `json:"name"`
	Unit       string            `json:"unit"`
	UnitName   string            `json:"unit_name"`
	Role       workflow.UserRole `json:"role"`
	CSRF       string            `json:"csrf,omitempty"`
	MustChange bool              `json:"must_change_password,omitempty"`
	// OnBehalfOf is the account acted for; unit and role are then that account's.
	OnBehalfOf string `json:"on_behalf_of,omitempty"`
	// MayActFor are the accounts whose delegation the caller can use now.
	MayActFor []string `json:"may_act_for,omitempty"`
	// MustConfirm: a second factor must be set up before anything else.
	MustConfirm bool `json:"must_set_up_totp,omitempty"`
}

type planView struct {
	*plan.Plan
	Assignments int `json:"assignments"` // in a regular period
}

type periodView struct {
	workflow.Period
	Assigned int                `json:"assigned"` // assignments it opened
	Position uint64             `json:"position"` // journal position of the last event
	Warnings []view.WarningView `json:"warnings,omitempty"`
}

func healthz(s *web.Server, c *fiber.Ctx) error { return c.JSON(fiber.Map{"status": "ok"}) }

func readyz(s *web.Server, c *fiber.Ctx) error {
	if s.Ready != nil {
		if err := s.Ready(); err != nil {
			return err
		}
	}
	return c.JSON(fiber.Map{"status": "ready", "seq": s.Book.Seq()})
}

func apiLogin(s *web.Server, c *fiber.Ctx) error {
	var in loginBody
	if err := web.Decode(c, &in); err != nil {
		return err
	}
	if err := s.Sessions.CheckLogin(c); err != nil {
		return err
	}
	if _, err := s.Sessions.SignInCode(c, in.Name, in.Password, in.Code); err != nil {
		return err
	}
	return apiMe(s, c)
}

func apiLogout(s *web.Server, c *fiber.Ctx) error {
	if err := s.Sessions.SignOut(c); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

func apiMe(s *web.Server, c *fiber.Ctx) error {
	w := session.From(c)
	v := meView{Name: w.Actor.User, Unit: w.Actor.Unit, UnitName: s.Rules().Plan.Name(w.Actor.Unit),
		Role: w.Actor.Role, CSRF: w.CSRF, MustChange: w.MustChange, MustConfirm: w.MustConfirm, OnBehalfOf: w.Actor.OnBehalf}
	for _, d := range w.Deputy.May {
		v.MayActFor = append(v.MayActFor, d.For)
	}
	return c.JSON(v)
}

func apiPlan(s *web.Server, c *fiber.Ctx) error {
	p := s.Rules().Plan
	return c.JSON(planView{Plan: p, Assignments: len(p.Assignments())})
}

// periodsView is the periods, and those that went by unopened because no server ran.
type periodsView struct {
	ListOf[workflow.Period]
	Missing []missingView `json:"missing"`
}

type missingView struct {
	ID   string    `json:"id"`
	Name string    `json:"name"`
	From plan.Date `json:"from"`
	To   plan.Date `json:"to"`
}

func apiPeriods(s *web.Server, c *fiber.Ctx) error {
	all, who, rules := s.Book.Periods(), session.From(c).Actor, s.Rules()
	for i, p := range all {
		all[i] = rules.ShowPeriod(who, p)
	}
	out := periodsView{ListOf[workflow.Period]{Items: all}, []missingView{}}
	for _, p := range s.Book.MissingPeriods(s.Now()) {
		out.Missing = append(out.Missing, missingView{p.ID, p.Name, p.From, p.To})
	}
	return c.JSON(out)
}

func apiOpenPeriod(s *web.Server, c *fiber.Ctx) error {
	var in workflow.PeriodInput
	if err := web.Decode(c, &in); err != nil {
		return err
	}
	call, err := s.Call(c, session.From(c).Actor)
	if err != nil {
		return err
	}
	p, r, err := s.Desk.OpenPeriod(c.UserContext(), call, in)
	if err != nil {
		return err
	}
	if err := s.Settle(c, r); err != nil {
		return err
	}
	_, _, assigned, err := s.Book.Page(ledger.Query{Period: p.ID, Limit: 1}, call.Actor, s.Now())
	if err != nil {
		return err
	}
	return c.JSON(periodView{Period: p, Assigned: assigned, Position: r.Seq, Warnings: view.PeriodWarnings(s, s.Paper(c).At(r.At), "", p)})
}

func apiAssignments(s *web.Server, c *fiber.Ctx) error {
	a, err := s.Answered(c, func() (web.Reply, bool, error) {
		q, err := ledger.ParseQuery(web.Param(c))
		if err != nil {
			return web.Reply{}, false, err
		}
		return view.Telling(s, c).List(q)
	})
	if err != nil {
		return err
	}
	return web.SendKept(c, fiber.MIMEApplicationJSON, a.Body)
}

func apiAssignment(s *web.Server, c *fiber.Ctx) error {
	a, err := s.Answered(c, func() (web.Reply, bool, error) { return view.Telling(s, c).One(c.Params("id")) })
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderETag, a.Tag)
	return web.SendKept(c, fiber.MIMEApplicationJSON, a.Body)
}

func apiEvents(s *web.Server, c *fiber.Ctx) error {
	limit, err := web.Number(c, "limit", 100, 1, 500)
	if err != nil {
		return err
	}
	after, err := strconv.ParseUint(c.Query("after", "0"), 10, 64)
	if err != nil {
		return workflow.BadField("after", "query.after")
	}
	var events []workflow.Event
	var next uint64
	err = s.Watched(c, func(c *fiber.Ctx) (err error) {
		events, next, err = shownEvents(s, c, after, limit)
		return err
	})
	if err != nil {
		return err
	}
	out := ListOf[view.EventView]{Items: make([]view.EventView, 0, len(events))}
	for _, e := range events {
		out.Items = append(out.Items, view.NewEventView(e))
	}
	if next != 0 {
		out.Next = strconv.FormatUint(next, 10)
	}
	return c.JSON(out)
}

// shownEvents is a page of the journal as the caller may see it, and the position to
// go on from; 0 at the end.
func shownEvents(s *web.Server, c *fiber.Ctx, after uint64, limit int) ([]workflow.Event, uint64, error) {
	who, rules := session.From(c).Actor, s.Rules()
	var shown []workflow.Event
	head, looked := s.Head(), 0
	for {
		if looked >= web.ReadsFree { // who may see one in a thousand looks for long
			if err := s.Grow(c); err != nil {
				return nil, 0, err
			}
		}
		batch, err := view.Batch(s, c.UserContext(), after, max(limit, 100))
		if err != nil || len(batch) == 0 || after >= head {
			return shown, 0, err
		}
		looked += len(batch)
		for _, e := range batch {
			if after = e.Seq; after > head {
				return shown, 0, nil
			}
			if e, ok := rules.ShowEvent(who, e); ok {
				if shown = append(shown, e); len(shown) == limit {
					if after >= head {
						return shown, 0, nil
					}
					return shown, after, nil
				}
			}
		}
	}
}

func apiBoard(s *web.Server, c *fiber.Ctx) error {
	seq, body, err := s.Feed.Board(s.Printer(c).Lang())
	if err != nil {
		return err
	}
	tag := `"` + strconv.FormatUint(seq, 10) + `-` + strconv.FormatInt(s.Now().Unix()/60, 10) + `"`
	c.Set(fiber.HeaderETag, tag)
	c.Set(fiber.HeaderCacheControl, "private, no-cache")
	// A condition that cannot be read saves nothing, and asks for nothing either.
	if known, err := web.ConditionOf(c, fiber.HeaderIfNoneMatch); err == nil && known.Weakly(strings.Trim(tag, `"`)) {
		return c.SendStatus(fiber.StatusNotModified)
	}
	return web.SendKept(c, fiber.MIMEApplicationJSONCharsetUTF8, body)
}
