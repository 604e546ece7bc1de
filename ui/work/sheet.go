package work

import (
	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/view"
	"duban/ui/web"
	"duban/workflow"
)

// urgeSheetPage is an urge as the official sheet, to be printed.
func urgeSheetPage(s *web.Server, c *fiber.Ctx) error {
	a, err := s.Find(c, c.Params("id"))
	if err != nil {
		return err
	}
	k := s.Kit(c)
	n, err := c.ParamsInt("n")
	if err != nil || !k.Rules.MayRead(k.Actor, a) {
		return workflow.Fault(workflow.NotFound, "not_found")
	}
	trail, err := s.Trail(c.UserContext(), k.Actor, a)
	if err != nil {
		return err
	}
	p, _ := s.Book.Period(a.Period)
	special, err := view.Special(s, c.UserContext(), k, p)
	if err != nil {
		return err
	}
	sheet, ok := page.NewUrgeSheet(k, s.Frame(c, k, ""), s.Book.Item(a, k.Now), special, trail, s.Book.UrgeNumbers(a), n)
	if !ok {
		return workflow.Fault(workflow.NotFound, "not_found")
	}
	return web.Render(c, sheet)
}
