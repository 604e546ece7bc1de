package ui

import (
	"errors"
	"slices"

	"github.com/gofiber/fiber/v2"

	"duban/workflow"
)

// retry answers a form that was refused. What its sender can mend (Invalid, Refused,
// TooMany, and the kinds of also) is shown by show, with what was typed; anything else
// (rights, a page gone stale, our own faults) is handed on to the page of errors.
func retry(c *fiber.Ctx, err error, show func(*workflow.Error) error, also ...workflow.ErrorKind) error {
	var e *workflow.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Kind {
	case workflow.TooMany:
		c.Set(fiber.HeaderRetryAfter, retryAfter(e))
	case workflow.Invalid, workflow.Refused:
	default:
		if !slices.Contains(also, e.Kind) {
			return err
		}
	}
	c.Status(statusOf(e))
	return show(e)
}
