package work

import (
	"net/url"
	"slices"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
	"duban/ui/web"
	"duban/workflow"
)

// mustSign reports whether what this person files goes to their signatory first.
func mustSign(s *web.Server, c *fiber.Ctx, a workflow.Assignment) (bool, error) {
	if session.From(c).Actor.Role != workflow.Liaison {
		return false, nil
	}
	signed, err := s.Desk.Signing(c.UserContext())
	return slices.Contains(signed, a.Department), err
}

// fileOrSubmit files the report, or hands it to the signatory where the department
// has sign-off; the answer names which it was.
func fileOrSubmit(s *web.Server, c *fiber.Ctx, call workflow.Call, a workflow.Assignment, form url.Values, r page.Reading) (string, error) {
	sign, err := mustSign(s, c, a)
	if err != nil {
		return "", err
	}
	in, err := draftInput(form, r, call.Actor.User)
	if err != nil {
		return "", err
	}
	command := workflow.ReportCommand{ReportInput: r.Report, Basis: in.Basis, Window: in.Window}
	if !sign {
		return "report", doAct(s, c, call, a.ID, command)
	}
	_, err = s.Desk.AskSignature(c.UserContext(), call, a.ID, command, in)
	return "sign_submitted", err
}

// sendBackPage returns a submitted draft to the liaison.
func sendBackPage(s *web.Server, c *fiber.Ctx) error {
	a, err := s.Find(c, c.Params("id"))
	if err != nil {
		return err
	}
	form, call, err := s.Sent(c)
	if err != nil {
		return err
	}
	var basis *workflow.Basis
	if form.Has(page.FieldDraft) {
		basis = workflow.From(form.Get(page.FieldDraft))
	}
	r, err := s.Desk.SendBack(c.UserContext(), call, a.ID, form.Get("note"), basis)
	if err == nil {
		err = s.Book.Wait(c.UserContext(), r.Seq)
	}
	if err != nil {
		return web.Retry(c, err, func(e *workflow.Error) error {
			if e.Kind == workflow.Invalid {
				e.Field = "note"
			}
			return reportForm(s, c, a, typedReport{wrong: []*workflow.Error{e}, note: form.Get("note")})
		}, workflow.Stale)
	}
	return s.Done(c, page.AssignmentPath(a.ID), "sign_sent_back")
}

func signingPage(s *web.Server, c *fiber.Ctx) error { return showSigning(s, c, nil) }

func showSigning(s *web.Server, c *fiber.Ctx, e *workflow.Error) error {
	signed, err := s.Desk.Signing(c.UserContext())
	if err != nil {
		return err
	}
	k := s.Kit(c)
	key, err := s.Key(k)
	if err != nil {
		return err
	}
	return web.Render(c, page.NewSigning(k, s.Frame(c, k, "/signing"), signed, key, e))
}

// setSigning turns sign-off on for the departments ticked and off for the others.
func setSigning(s *web.Server, c *fiber.Ctx) error {
	form, call, err := s.Sent(c)
	if err != nil {
		return err
	}
	_, err = s.Desk.SetSigning(c.UserContext(), call, form["departments"])
	if err != nil {
		return web.Retry(c, err, func(e *workflow.Error) error { return showSigning(s, c, e) })
	}
	return s.Done(c, "/signing", "signing")
}
