package ui

import (
	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/workflow"
	"duban/workflow/ledger"
)

// versionsPage shows what changed between two filed versions of a report.
func (s *server) versionsPage(c *fiber.Ctx) error {
	a, err := s.find(c, c.Params("id"))
	if err != nil {
		return err
	}
	k := s.kit(c)
	if !k.Rules.MayRead(k.Actor, a) {
		return workflow.Fault(workflow.NotFound, "not_found")
	}
	in := page.VersionsInput{Item: s.o.Book.Item(a, k.Now), Names: map[string]string{}}
	if in.From, err = number(c, "from", 0, 1, 1<<20); err != nil {
		return err
	}
	if in.To, err = number(c, "to", 0, 1, 1<<20); err != nil {
		return err
	}
	if in.Trail, err = s.trail(c.UserContext(), k.Actor, a); err != nil {
		return err
	}
	for _, i := range s.all(k.Actor, ledger.Query{Period: a.Period, Key: a.Task}) {
		in.Names[i.ID] = i.Department.Name
	}
	if _, in.Files, err = s.material(c.UserContext(), k.Actor, in.Trail); err != nil {
		return err
	}
	return render(c, page.NewVersions(k, s.frame(c, k, ""), in))
}
