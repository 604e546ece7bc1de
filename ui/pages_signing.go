package ui

import (
	"net/url"
	"slices"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
	"duban/workflow"
)

// mustSign reports whether what this person files goes to their signatory first.
func (s *server) mustSign(c *fiber.Ctx, a workflow.Assignment) (bool, error) {
	if session.From(c).Actor.Role != workflow.Liaison {
		return false, nil
	}
	signed, err := s.o.Desk.Signing(c.UserContext())
	return slices.Contains(signed, a.Department), err
}

// fileOrSubmit files the report, or hands it to the signatory where the department
// has sign-off; the answer names which it was.
func (s *server) fileOrSubmit(c *fiber.Ctx, call workflow.Call, a workflow.Assignment, form url.Values, r page.Reading) (string, error) {
	sign, err := s.mustSign(c, a)
	if err != nil {
		return "", err
	}
	in, err := draftInput(form, r, call.Actor.User)
	if err != nil {
		return "", err
	}
	command := workflow.ReportCommand{ReportInput: r.Report, Basis: in.Basis, Window: in.Window}
	if !sign {
		return "report", s.doAct(c, call, a.ID, command)
	}
	_, err = s.o.Desk.AskSignature(c.UserContext(), call, a.ID, command, in)
	return "sign_submitted", err
}

// sendBackPage returns a submitted draft to the liaison.
func (s *server) sendBackPage(c *fiber.Ctx) error {
	a, err := s.find(c, c.Params("id"))
	if err != nil {
		return err
	}
	form, call, err := s.sent(c)
	if err != nil {
		return err
	}
	var basis *workflow.Basis
	if form.Has(page.FieldDraft) {
		basis = workflow.From(form.Get(page.FieldDraft))
	}
	r, err := s.o.Desk.SendBack(c.UserContext(), call, a.ID, form.Get("note"), basis)
	if err == nil {
		err = s.o.Book.Wait(c.UserContext(), r.Seq)
	}
	if err != nil {
		return retry(c, err, func(e *workflow.Error) error {
			if e.Kind == workflow.Invalid {
				e.Field = "note"
			}
			return s.reportForm(c, a, typedReport{wrong: []*workflow.Error{e}, note: form.Get("note")})
		}, workflow.Stale)
	}
	return s.done(c, page.AssignmentPath(a.ID), "sign_sent_back")
}

func (s *server) signingPage(c *fiber.Ctx) error { return s.showSigning(c, nil) }

func (s *server) showSigning(c *fiber.Ctx, e *workflow.Error) error {
	signed, err := s.o.Desk.Signing(c.UserContext())
	if err != nil {
		return err
	}
	key, err := s.key()
	if err != nil {
		return err
	}
	k := s.kit(c)
	return render(c, page.NewSigning(k, s.frame(c, k, "/signing"), signed, key, e))
}

// setSigning turns sign-off on for the departments ticked and off for the others.
func (s *server) setSigning(c *fiber.Ctx) error {
	form, call, err := s.sent(c)
	if err != nil {
		return err
	}
	_, err = s.o.Desk.SetSigning(c.UserContext(), call, form["departments"])
	if err != nil {
		return retry(c, err, func(e *workflow.Error) error { return s.showSigning(c, e) })
	}
	return s.done(c, "/signing", "signing")
}
