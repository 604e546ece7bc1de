package ui

import (
	"cmp"
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

// actRoutes are the routes of the acts, made from the table of acts.
func actRoutes() (all []route) {
	for _, a := range workflow.Acts() {
		if a.Route.Path == "" {
			continue
		}
		r := route{method: cmp.Or(a.Route.Method, fiber.MethodPost), path: "/api/v1/assignments/:id/" + a.Route.Path, access: people,
			do: act(read(a)), summary: a.Route.Summary, body: a.Body(), answer: assignmentView{}}
		if own, ok := ownBodies[a.Trigger]; ok {
			r.do, r.body = act(own.read), own.body
		}
		all = append(all, r)
	}
	return all
}

// ownBodies are the acts whose body is not their command's fields.
var ownBodies = map[workflow.Trigger]struct {
	body any
	read func(*fiber.Ctx) (workflow.Command, error)
}{
	workflow.Report:          {workflow.ReportInput{}, reportCommand},
	workflow.RefuseExtension: {decisionBody{}, decisionCommand},
}

// read reads the command of an act: its fields are the body, its number stands in the path.
func read(a *workflow.Act) func(*fiber.Ctx) (workflow.Command, error) {
	return func(c *fiber.Ctx) (workflow.Command, error) {
		n := 0
		if a.Numbered() {
			var err error
			if n, err = nth(c); err != nil {
				return nil, err
			}
		}
		return a.Command(n, func(v any) error { return decode(c, v) })
	}
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
