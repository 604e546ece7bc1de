package ui

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/workflow"
)

// act is the handler of every act on an assignment: read the command, do it at
// the desk, answer the assignment after it.
func act(command func(*fiber.Ctx) (workflow.Command, error)) func(*server, *fiber.Ctx) error {
	return func(s *server, c *fiber.Ctx) error {
		cmd, err := command(c)
		if err != nil {
			return err
		}
		call, err := s.call(c, session.From(c).Actor)
		if err != nil {
			return err
		}
		r, err := s.o.Desk.Act(c.UserContext(), call, c.Params("id"), cmd)
		if err != nil {
			return err
		}
		if err := s.settle(c, r); err != nil {
			return err
		}
		v, err := s.brief(c, r.Assignment, r.At)
		if err != nil {
			return err
		}
		if v.Warnings, err = s.actWarnings(c.UserContext(), s.paper(c).At(r.At), r.Assignment); err != nil {
			return err
		}
		setVersion(c, r.Assignment)
		return sendAssignment(c, &v)
	}
}

// bare reads a command that has no body; an empty JSON object is welcome.
func bare[T workflow.Command](c *fiber.Ctx) (workflow.Command, error) {
	var none struct{}
	var cmd T
	return cmd, decode(c, &none)
}

// read reads a command whose fields are the body.
func read[T workflow.Command](c *fiber.Ctx) (workflow.Command, error) {
	var cmd T
	err := decode(c, &cmd)
	return cmd, err
}

func reportCommand(c *fiber.Ctx) (workflow.Command, error) {
	var in workflow.ReportInput
	err := decode(c, &in)
	return workflow.ReportCommand{ReportInput: in}, err
}

// nth reads the number of an urge or a request from the path.
func nth(c *fiber.Ctx) (int, error) {
	n, err := strconv.Atoi(c.Params("n"))
	if err != nil || n < 1 {
		return 0, workflow.Fault(workflow.NotFound, "not_found")
	}
	return n, nil
}

func readUrgeCommand(c *fiber.Ctx) (workflow.Command, error) {
	n, err := nth(c)
	return workflow.ReadUrgeCommand{N: n}, err
}

func replyUrgeCommand(c *fiber.Ctx) (workflow.Command, error) {
	n, err := nth(c)
	if err != nil {
		return nil, err
	}
	cmd := workflow.ReplyUrgeCommand{N: n}
	err = decode(c, &cmd)
	return cmd, err
}

// decisionBody grants (with another due date than the wanted one, if given) or
// refuses an extension request.
type decisionBody struct {
	Granted *bool             `json:"granted"`
	Due     *workflow.DueTime `json:"due"`
	Reason  string            `json:"reason"`
}

func decisionCommand(c *fiber.Ctx) (workflow.Command, error) {
	n, err := nth(c)
	if err != nil {
		return nil, err
	}
	var in decisionBody
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	switch {
	case in.Granted == nil:
		return nil, workflow.BadField("granted", "extension.granted_required")
	case *in.Granted:
		return workflow.ExtendCommand{N: n, Due: in.Due, Reason: in.Reason}, nil
	}
	return workflow.RefuseExtensionCommand{N: n, Reason: in.Reason}, nil
}
