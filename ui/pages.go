package ui

import (
	"github.com/gofiber/fiber/v2"

	"duban/workflow"
)

var pageRoutes = []route{}

func (s *server) failPage(c *fiber.Ctx, e *workflow.Error, incident string) error {
	return c.JSON(newProblem(e, s.printer(c), incident), "application/problem+json; charset=utf-8")
}
