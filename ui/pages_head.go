package ui

import (
	"github.com/gofiber/fiber/v2"

	"duban/workflow"
)

// exportHead hands out where the journal stands, signed, to be kept elsewhere.
func (s *server) exportHead(c *fiber.Ctx) error {
	if s.o.Head == nil {
		return workflow.Refuse("head.no_key")
	}
	if err := s.exported(c, "head.json", ""); err != nil {
		return err
	}
	b, err := s.o.Head()
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSONCharsetUTF8)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="head.json"`)
	return c.Send(b)
}
