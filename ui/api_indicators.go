package ui

import (
	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/workflow"
	"duban/workflow/ledger"
)

type indicatorPage = listOf[ledger.IndicatorView]

// indicatorAnswer is an indicator after an act on it.
type indicatorAnswer struct {
	ledger.IndicatorView
	Seq uint64 `json:"seq"` // journal position of the act
}

type ownerBody struct {
	Owner string `json:"owner"` // department's name or id; empty: the office
}

// apiIndicators lists the main targets; scope=all adds the figures inside tasks.
func (s *server) apiIndicators(c *fiber.Ctx) error {
	all := false
	switch c.Query("scope") {
	case "", "main":
	case "all":
		all = true
	default:
		return workflow.BadField("scope", "query.scope")
	}
	p := s.printer(c)
	out := indicatorPage{Items: []ledger.IndicatorView{}}
	for _, v := range s.o.Book.Indicators(s.o.Now()) {
		if all || v.Task == 0 {
			out.Items = append(out.Items, v.Localise(say(p)))
		}
	}
	return c.JSON(out)
}

func (s *server) apiFileFigure(c *fiber.Ctx) error {
	var in workflow.FileFigureInput
	if err := decode(c, &in); err != nil {
		return err
	}
	id := c.Params("id")
	if in.Indicator == "" {
		in.Indicator = id
	}
	if in.Indicator != id {
		return workflow.BadField("indicator", "figure.other_indicator")
	}
	call, err := s.call(c, session.From(c).Actor)
	if err != nil {
		return err
	}
	r, err := s.o.Desk.FileFigure(c.UserContext(), call, in)
	return s.answerIndicator(c, id, r, err)
}

func (s *server) apiAssignIndicator(c *fiber.Ctx) error {
	var in ownerBody
	if err := decode(c, &in); err != nil {
		return err
	}
	if d, ok := s.o.Rules().Plan.FindDepartment(in.Owner); ok {
		in.Owner = d.ID
	}
	call, err := s.call(c, session.From(c).Actor)
	if err != nil {
		return err
	}
	r, err := s.o.Desk.AssignIndicator(c.UserContext(), call, c.Params("id"), in.Owner)
	return s.answerIndicator(c, c.Params("id"), r, err)
}

func (s *server) answerIndicator(c *fiber.Ctx, id string, r workflow.Receipt, err error) error {
	if err != nil {
		return err
	}
	if err := s.settle(c, r); err != nil {
		return err
	}
	v, _ := s.o.Book.Indicator(id, s.o.Now())
	return c.JSON(indicatorAnswer{v.Localise(say(s.printer(c))), r.Seq})
}
