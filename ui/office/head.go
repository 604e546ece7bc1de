package office

import (
	"github.com/gofiber/fiber/v2"

	"duban/ui/web"
	"duban/workflow"
)

// exportHead hands out where the journal stands, signed, to be kept elsewhere.
func exportHead(s *web.Server, c *fiber.Ctx) error {
	if s.Options.Head == nil {
		return workflow.Refuse("head.no_key")
	}
	if err := s.Exported(c, "head.json", ""); err != nil {
		return err
	}
	b, err := s.Options.Head()
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSONCharsetUTF8)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="head.json"`)
	return c.Send(b)
}
