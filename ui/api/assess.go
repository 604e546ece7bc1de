package api

import (
	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/ui/view"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/plan"
)

func apiAssessment(s *web.Server, c *fiber.Ctx) error {
	v, err := view.Assessment(s, c, c.Params("period"))
	if err != nil {
		return err
	}
	return c.JSON(v)
}

// assessAct is the handler of an act on an assessment: do it, answer the assessment
// after it.
func assessAct(do func(s *web.Server, c *fiber.Ctx, call workflow.Call, period string) (workflow.Receipt, error)) func(*web.Server, *fiber.Ctx) error {
	return func(s *web.Server, c *fiber.Ctx) error {
		call, err := s.Call(c, session.From(c).Actor)
		if err != nil {
			return err
		}
		period := c.Params("period")
		r, err := do(s, c, call, period)
		if err != nil {
			return err
		}
		if err := s.Settle(c, r); err != nil {
			return err
		}
		v, err := view.Assessment(s, c, period)
		if err != nil {
			return err
		}
		return c.JSON(v)
	}
}

func draftAssessment(s *web.Server, c *fiber.Ctx, call workflow.Call, period string) (workflow.Receipt, error) {
	var none struct{}
	if err := web.Decode(c, &none); err != nil {
		return workflow.Receipt{}, err
	}
	return s.Assess.Draft(c.UserContext(), call, period)
}

func informAssessment(s *web.Server, c *fiber.Ctx, call workflow.Call, period string) (workflow.Receipt, error) {
	var none struct{}
	if err := web.Decode(c, &none); err != nil {
		return workflow.Receipt{}, err
	}
	return s.Assess.Do(c.UserContext(), call, period, workflow.InformCommand{})
}

func freezeAssessment(s *web.Server, c *fiber.Ctx, call workflow.Call, period string) (workflow.Receipt, error) {
	var none struct{}
	if err := web.Decode(c, &none); err != nil {
		return workflow.Receipt{}, err
	}
	return s.Assess.Freeze(c.UserContext(), call, period)
}

func appealAssessment(s *web.Server, c *fiber.Ctx, call workflow.Call, period string) (workflow.Receipt, error) {
	var cmd workflow.AppealCommand
	if err := web.Decode(c, &cmd); err != nil {
		return workflow.Receipt{}, err
	}
	return s.Assess.Do(c.UserContext(), call, period, cmd)
}

func answerAssessment(s *web.Server, c *fiber.Ctx, call workflow.Call, period string) (workflow.Receipt, error) {
	n, err := nth(c)
	if err != nil {
		return workflow.Receipt{}, err
	}
	cmd := workflow.AnswerCommand{N: n}
	if err := web.Decode(c, &cmd); err != nil {
		return workflow.Receipt{}, err
	}
	return s.Assess.Do(c.UserContext(), call, period, cmd)
}

// bonusBody gives a department points, or takes them.
type bonusBody struct {
	Department string      `json:"department"` // name or id
	Points     plan.Number `json:"points"`
	Reason     string      `json:"reason"`
	Evidence   []string    `json:"evidence"`
}

func giveBonus(s *web.Server, c *fiber.Ctx, call workflow.Call, period string) (workflow.Receipt, error) {
	var in bonusBody
	if err := web.Decode(c, &in); err != nil {
		return workflow.Receipt{}, err
	}
	return s.Assess.Do(c.UserContext(), call, period, workflow.BonusCommand(in))
}
