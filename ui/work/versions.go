package work

import (
	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/view"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/ledger"
)

// versionsPage shows what changed between two filed versions of a report.
func versionsPage(s *web.Server, c *fiber.Ctx) error {
	a, err := s.Find(c, c.Params("id"))
	if err != nil {
		return err
	}
	k := s.Kit(c)
	if !k.Rules.MayRead(k.Actor, a) {
		return workflow.Fault(workflow.NotFound, "not_found")
	}
	in := page.VersionsInput{Item: s.Book.Item(a, k.Now), Names: map[string]string{}}
	if in.From, err = web.Number(c, "from", 0, 1, 1<<20); err != nil {
		return err
	}
	if in.To, err = web.Number(c, "to", 0, 1, 1<<20); err != nil {
		return err
	}
	if in.Trail, err = s.Trail(c.UserContext(), k.Actor, a); err != nil {
		return err
	}
	for _, i := range s.All(k.Actor, ledger.Query{Period: a.Period, Key: a.Task}) {
		in.Names[i.ID] = i.Department.Name
	}
	if _, in.Files, err = view.Material(s, c.UserContext(), k.Actor, in.Trail); err != nil {
		return err
	}
	return web.Render(c, page.NewVersions(k, s.Frame(c, k, ""), in))
}
