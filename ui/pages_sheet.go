package ui

import (
	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/workflow"
)

// urgeSheetPage is an urge as the official sheet, to be printed.
func (s *server) urgeSheetPage(c *fiber.Ctx) error {
	a, err := s.find(c, c.Params("id"))
	if err != nil {
		return err
	}
	k := s.kit(c)
	n, err := c.ParamsInt("n")
	if err != nil || !k.Rules.MayRead(k.Actor, a) {
		return workflow.Fault(workflow.NotFound, "not_found")
	}
	trail, err := s.trail(c.UserContext(), k.Actor, a)
	if err != nil {
		return err
	}
	p, _ := s.o.Book.Period(a.Period)
	special, err := s.special(c.UserContext(), k, p)
	if err != nil {
		return err
	}
	sheet, ok := page.NewUrgeSheet(k, s.frame(c, k, ""), s.o.Book.Item(a, k.Now), special, trail, s.o.Book.UrgeNumbers(a), n)
	if !ok {
		return workflow.Fault(workflow.NotFound, "not_found")
	}
	return render(c, sheet)
}
