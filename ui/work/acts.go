package work

import (
	"errors"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duban/ui/api"
	"duban/ui/page"
	"duban/ui/web"
	"duban/workflow"
)

// ownForms read the acts whose form is not their command's fields.
var ownForms = map[workflow.Trigger]func(url.Values) (workflow.Command, error){workflow.Direct: directForm, workflow.AnswerAsk: answerAskForm}

// formCommand reads the command of an act from its form; false for an act without one.
func formCommand(t workflow.Trigger) (func(url.Values) (workflow.Command, error), bool) {
	act, ok := workflow.ActOf(t)
	if !ok || act.Place == workflow.Nowhere || api.OwnBodies[t].Read != nil {
		return nil, false
	}
	if own, ok := ownForms[t]; ok {
		return own, true
	}
	return func(f url.Values) (workflow.Command, error) {
		n := 0
		if act.Numbered() {
			var err error
			if n, err = formN(f); err != nil {
				return nil, err
			}
		}
		return act.Typed(n, f.Get)
	}, true
}

// formDue reads a date input; absent is nil.
func formDue(f url.Values) (*workflow.DueTime, error) { return workflow.TypedDue("due", f.Get("due")) }

func formN(f url.Values) (int, error) {
	n, err := web.FormVersion(f.Get("n"))
	if err != nil || n == 0 {
		return 0, workflow.Fault(workflow.NotFound, "not_found")
	}
	return n, nil
}

// actPage does the act a form posted: done, the browser goes on; refused, the
// page comes back with what was typed and what is wrong; overtaken by somebody
// else, both versions are shown.
func actPage(s *web.Server, c *fiber.Ctx) error {
	trigger := workflow.Trigger(strings.ReplaceAll(c.Params("act"), "-", "_"))
	command, ok := formCommand(trigger)
	if !ok && c.Params("act") != "extension-decision" {
		return workflow.Fault(workflow.NotFound, "not_found")
	}
	form, err := web.Posted(c)
	if err != nil {
		return err
	}
	if c.Params("act") == "extension-decision" {
		command, trigger = decisionForm, workflow.Extend
		if form.Get("granted") == "false" {
			trigger = workflow.RefuseExtension
		}
	}
	call, err := s.FormCall(c, form, c.Path())
	if err != nil {
		return err
	}
	cmd, err := command(form)
	if err == nil {
		err = doAct(s, c, call, c.Params("id"), cmd)
	}
	if err != nil {
		return actRefused(s, c, trigger, form, err)
	}
	return s.Done(c, web.Back(form.Get("next"), page.AssignmentPath(c.Params("id"))), string(trigger))
}

func answerAskForm(f url.Values) (workflow.Command, error) {
	n, err := formN(f)
	closed := f.Get("closed")
	if err == nil && closed != "true" && closed != "false" {
		err = workflow.BadField("closed", "ask.closed_required")
	}
	return workflow.AnswerAskCommand{N: n, Text: f.Get("text"), Closed: closed == "true"}, err
}

func decisionForm(f url.Values) (workflow.Command, error) {
	n, err := formN(f)
	if err != nil {
		return nil, err
	}
	switch f.Get("granted") {
	case "true":
		due, err := formDue(f)
		return workflow.ExtendCommand{N: n, Due: due, Reason: f.Get("reason")}, err
	case "false":
		return workflow.RefuseExtensionCommand{N: n, Reason: f.Get("reason")}, nil
	}
	return nil, workflow.BadField("granted", "extension.granted_required")
}

// doAct acts and waits until the pages show it.
func doAct(s *web.Server, c *fiber.Ctx, call workflow.Call, id string, cmd workflow.Command) error {
	r, err := s.Desk.Act(c.UserContext(), call, id, cmd)
	if err != nil {
		return err
	}
	return s.Book.Wait(c.UserContext(), r.Seq)
}

// actRefused shows the assignment's page with the form as it was typed; errors
// that no page of the assignment can show go on to the error page.
func actRefused(s *web.Server, c *fiber.Ctx, trigger workflow.Trigger, form url.Values, err error) error {
	var e *workflow.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Kind {
	case workflow.Invalid, workflow.Refused, workflow.Stale:
	default:
		return err
	}
	a, notFound := s.Find(c, c.Params("id"))
	if notFound != nil {
		return notFound
	}
	c.Status(web.StatusOf(e))
	if e.Kind == workflow.Stale {
		return conflict(s, c, a, trigger, form, e)
	}
	in, err := assignmentInput(s, c, a)
	if err != nil {
		return err
	}
	in.Failed, in.Typed, in.Err = trigger, form, e
	k := s.Kit(c)
	return web.Render(c, page.NewAssignment(k, s.Frame(c, k, ""), in))
}

// conflict shows what changed since the form was made, with what was typed.
func conflict(s *web.Server, c *fiber.Ctx, a workflow.Assignment, trigger workflow.Trigger, form url.Values, e *workflow.Error) error {
	k := s.Kit(c)
	trail, err := s.Trail(c.UserContext(), k.Actor, a)
	if err != nil {
		return err
	}
	version, err := web.FormVersion(form.Get("version"))
	if err != nil {
		return err
	}
	key, err := s.Key(k)
	if err != nil {
		return err
	}
	var before workflow.Assignment
	in := page.ConflictInput{Now: s.Book.Item(a, k.Now), Trigger: trigger, Typed: form, Key: key, Action: c.Path()}
	if workflow.PlanChanged(e) {
		in.Plan = e
	}
	for _, e := range trail {
		if before.Version < version {
			before = workflow.Apply(before, e)
		} else {
			in.Since = append(in.Since, e)
		}
	}
	in.Before = s.Book.Item(before, k.Now)
	for _, t := range k.Rules.Actions(k.Actor, a, k.Now) {
		in.May = in.May || t == trigger
	}
	return web.Render(c, page.NewConflict(k, s.Frame(c, k, ""), in))
}
