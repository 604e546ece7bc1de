package api

import (
	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/ledger"
)

type indicatorPage = ListOf[ledger.IndicatorView]

// indicatorAnswer is an indicator after an act on it.
type indicatorAnswer struct {
	ledger.IndicatorView
	Seq uint64 `json:"seq"` // journal position of the act
}

type ownerBody struct {
	Owner string `json:"owner"` // department's name or id; empty: the office
}

// apiIndicators lists the main targets; scope=all adds the figures inside tasks.
func apiIndicators(s *web.Server, c *fiber.Ctx) error {
	all := false
	switch c.Query("scope") {
	case "", "main":
	case "all":
		all = true
	default:
		return workflow.BadField("scope", "query.scope")
	}
	p := s.Printer(c)
	out := indicatorPage{Items: []ledger.IndicatorView{}}
	for _, v := range s.Book.Indicators(s.Now()) {
		if all || v.Task == 0 {
			out.Items = append(out.Items, v.Localise(web.Say(p)))
		}
	}
	return c.JSON(out)
}

func apiFileFigure(s *web.Server, c *fiber.Ctx) error {
	var in workflow.FileFigureInput
	if err := web.Decode(c, &in); err != nil {
		return err
	}
	id := c.Params("id")
	if in.Indicator == "" {
		in.Indicator = id
	}
	if in.Indicator != id {
		return workflow.BadField("indicator", "figure.other_indicator")
	}
	call, err := s.Call(c, session.From(c).Actor)
	if err != nil {
		return err
	}
	r, err := s.Desk.FileFigure(c.UserContext(), call, in)
	return answerIndicator(s, c, id, r, err)
}

func apiAssignIndicator(s *web.Server, c *fiber.Ctx) error {
	var in ownerBody
	if err := web.Decode(c, &in); err != nil {
		return err
	}
	if d, ok := s.Rules().Plan.FindDepartment(in.Owner); ok {
		in.Owner = d.ID
	}
	call, err := s.Call(c, session.From(c).Actor)
	if err != nil {
		return err
	}
	r, err := s.Desk.AssignIndicator(c.UserContext(), call, c.Params("id"), in.Owner)
	return answerIndicator(s, c, c.Params("id"), r, err)
}

func answerIndicator(s *web.Server, c *fiber.Ctx, id string, r workflow.Receipt, err error) error {
	if err != nil {
		return err
	}
	if err := s.Settle(c, r); err != nil {
		return err
	}
	v, _ := s.Book.Indicator(id, s.Now())
	return c.JSON(indicatorAnswer{v.Localise(web.Say(s.Printer(c))), r.Seq})
}
