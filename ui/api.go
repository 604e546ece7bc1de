package ui

import (
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// listOf is one page of a list: pass Next as after; it is empty at the end.
type listOf[T any] struct {
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
	Assigned int           `json:"assigned"` // assignments it opened
	Position uint64        `json:"position"` // journal position of the last event
	Warnings []warningView `json:"warnings,omitempty"`
}

func (s *server) healthz(c *fiber.Ctx) error { return c.JSON(fiber.Map{"status": "ok"}) }

func (s *server) readyz(c *fiber.Ctx) error {
	if s.o.Ready != nil {
		if err := s.o.Ready(); err != nil {
			return err
		}
	}
	return c.JSON(fiber.Map{"status": "ready", "seq": s.o.Book.Seq()})
}

func (s *server) apiLogin(c *fiber.Ctx) error {
	var in loginBody
	if err := decode(c, &in); err != nil {
		return err
	}
	if err := s.o.Sessions.CheckLogin(c); err != nil {
		return err
	}
	if _, err := s.o.Sessions.SignInCode(c, in.Name, in.Password, in.Code); err != nil {
		return err
	}
	return s.apiMe(c)
}

func (s *server) apiLogout(c *fiber.Ctx) error {
	if err := s.o.Sessions.SignOut(c); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

func (s *server) apiMe(c *fiber.Ctx) error {
	w := session.From(c)
	v := meView{Name: w.Actor.User, Unit: w.Actor.Unit, UnitName: s.o.Rules().Plan.Name(w.Actor.Unit),
		Role: w.Actor.Role, CSRF: w.CSRF, MustChange: w.MustChange, MustConfirm: w.MustConfirm, OnBehalfOf: w.Actor.OnBehalf}
	for _, d := range w.Deputy.May {
		v.MayActFor = append(v.MayActFor, d.For)
	}
	return c.JSON(v)
}

func (s *server) apiPlan(c *fiber.Ctx) error {
	p := s.o.Rules().Plan
	return c.JSON(planView{Plan: p, Assignments: len(p.Assignments())})
}

// periodsView is the periods, and those that went by unopened because no server ran.
type periodsView struct {
	listOf[workflow.Period]
	Missing []missingView `json:"missing"`
}

type missingView struct {
	ID   string    `json:"id"`
	Name string    `json:"name"`
	From plan.Date `json:"from"`
	To   plan.Date `json:"to"`
}

func (s *server) apiPeriods(c *fiber.Ctx) error {
	all, who, rules := s.o.Book.Periods(), session.From(c).Actor, s.o.Rules()
	for i, p := range all {
		all[i] = rules.ShowPeriod(who, p)
	}
	out := periodsView{listOf[workflow.Period]{Items: all}, []missingView{}}
	for _, p := range s.o.Book.MissingPeriods(s.o.Now()) {
		out.Missing = append(out.Missing, missingView{p.ID, p.Name, p.From, p.To})
	}
	return c.JSON(out)
}

func (s *server) apiOpenPeriod(c *fiber.Ctx) error {
	var in workflow.PeriodInput
	if err := decode(c, &in); err != nil {
		return err
	}
	call, err := s.call(c, session.From(c).Actor)
	if err != nil {
		return err
	}
	p, r, err := s.o.Desk.OpenPeriod(c.UserContext(), call, in)
	if err != nil {
		return err
	}
	if err := s.settle(c, r); err != nil {
		return err
	}
	_, _, assigned, err := s.o.Book.Page(ledger.Query{Period: p.ID, Limit: 1}, call.Actor, s.o.Now())
	if err != nil {
		return err
	}
	return c.JSON(periodView{Period: p, Assigned: assigned, Position: r.Seq, Warnings: s.periodWarnings(s.paper(c).At(r.At), "", p)})
}

// settle waits until the read model has the receipt's events and sets the
// status: created, or read for a repeat.
func (s *server) settle(c *fiber.Ctx, r workflow.Receipt) error {
	if err := s.o.Book.Wait(c.UserContext(), r.Seq); err != nil {
		return err
	}
	if r.Repeated {
		c.Set("Idempotency-Replayed", "true")
	} else if c.Method() == fiber.MethodPost {
		c.Status(fiber.StatusCreated)
	}
	return nil
}

func (s *server) apiAssignments(c *fiber.Ctx) error {
	a, err := s.answered(c, func() (reply, bool, error) {
		q, err := ledger.ParseQuery(param(c))
		if err != nil {
			return reply{}, false, err
		}
		return s.telling(c).list(q)
	})
	if err != nil {
		return err
	}
	return sendKept(c, fiber.MIMEApplicationJSON, a.body)
}

func (s *server) apiAssignment(c *fiber.Ctx) error {
	a, err := s.answered(c, func() (reply, bool, error) { return s.telling(c).one(c.Params("id")) })
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderETag, a.tag)
	return sendKept(c, fiber.MIMEApplicationJSON, a.body)
}

func setVersion(c *fiber.Ctx, a workflow.Assignment) {
	c.Set(fiber.HeaderETag, versionTag(a))
}

func versionTag(a workflow.Assignment) string { return `"` + strconv.Itoa(a.Version) + `"` }

func (s *server) apiEvents(c *fiber.Ctx) error {
	limit, err := number(c, "limit", 100, 1, 500)
	if err != nil {
		return err
	}
	after, err := strconv.ParseUint(c.Query("after", "0"), 10, 64)
	if err != nil {
		return workflow.BadField("after", "query.after")
	}
	var events []workflow.Event
	var next uint64
	err = s.watched(c, func(c *fiber.Ctx) (err error) {
		events, next, err = s.events(c, after, limit)
		return err
	})
	if err != nil {
		return err
	}
	out := listOf[eventView]{Items: make([]eventView, 0, len(events))}
	for _, e := range events {
		out.Items = append(out.Items, newEventView(e))
	}
	if next != 0 {
		out.Next = strconv.FormatUint(next, 10)
	}
	return c.JSON(out)
}

// events is a page of the journal as the caller may see it, and the position to
// go on from; 0 at the end.
func (s *server) events(c *fiber.Ctx, after uint64, limit int) ([]workflow.Event, uint64, error) {
	who, rules := session.From(c).Actor, s.o.Rules()
	var shown []workflow.Event
	head, looked := s.head(), 0
	for {
		if looked >= readsFree { // who may see one in a thousand looks for long
			if err := s.grow(c); err != nil {
				return nil, 0, err
			}
		}
		batch, err := s.batch(c.UserContext(), after, max(limit, 100))
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

func (s *server) apiBoard(c *fiber.Ctx) error {
	seq, body, err := s.o.Feed.Board(s.printer(c).Lang())
	if err != nil {
		return err
	}
	tag := `"` + strconv.FormatUint(seq, 10) + `-` + strconv.FormatInt(s.o.Now().Unix()/60, 10) + `"`
	c.Set(fiber.HeaderETag, tag)
	c.Set(fiber.HeaderCacheControl, "private, no-cache")
	// A condition that cannot be read saves nothing, and asks for nothing either.
	if known, err := conditionOf(c, fiber.HeaderIfNoneMatch); err == nil && known.weakly(strings.Trim(tag, `"`)) {
		return c.SendStatus(fiber.StatusNotModified)
	}
	return sendKept(c, fiber.MIMEApplicationJSONCharsetUTF8, body)
}
