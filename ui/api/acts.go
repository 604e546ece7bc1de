package api

import (
	"cmp"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/ui/view"
	"duban/ui/web"
	"duban/workflow"
)

// act is the handler of every act on an assignment: read the command, do it at
// the desk, answer the assignment after it.
func act(command func(*fiber.Ctx) (workflow.Command, error)) func(*web.Server, *fiber.Ctx) error {
	return func(s *web.Server, c *fiber.Ctx) error {
		cmd, err := command(c)
		if err != nil {
			return err
		}
		call, err := s.Call(c, session.From(c).Actor)
		if err != nil {
			return err
		}
		r, err := s.Desk.Act(c.UserContext(), call, c.Params("id"), cmd)
		if err != nil {
			return err
		}
		if err := s.Settle(c, r); err != nil {
			return err
		}
		v, err := view.Brief(s, c, r.Assignment, r.At)
		if err != nil {
			return err
		}
		if v.Warnings, err = view.ActWarnings(s, c.UserContext(), s.Paper(c).At(r.At), r.Assignment); err != nil {
			return err
		}
		web.SetVersion(c, r.Assignment)
		return view.SendAssignment(c, &v)
	}
}

// actRoutes are the routes of the acts, made from the table of acts.
func actRoutes() (all []web.Route) {
	for _, a := range workflow.Acts() {
		if a.Route.Path == "" {
			continue
		}
		r := web.Route{Method: cmp.Or(a.Route.Method, fiber.MethodPost), Path: "/api/v1/assignments/:id/" + a.Route.Path, Access: web.People,
			Do: act(read(a)), Summary: a.Route.Summary, Body: a.Body(), Answer: view.AssignmentView{}}
		if own, ok := OwnBodies[a.Trigger]; ok {
			r.Do, r.Body = act(own.Read), own.body
		}
		all = append(all, r)
	}
	return all
}

// OwnBodies are the acts whose body is not their command's fields.
var OwnBodies = map[workflow.Trigger]struct {
	body any
	Read func(*fiber.Ctx) (workflow.Command, error)
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
		return a.Command(n, func(v any) error { return web.Decode(c, v) })
	}
}

func reportCommand(c *fiber.Ctx) (workflow.Command, error) {
	var in workflow.ReportInput
	err := web.Decode(c, &in)
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
	if err := web.Decode(c, &in); err != nil {
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
