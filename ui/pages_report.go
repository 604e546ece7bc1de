package ui

import (
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
	"duban/workflow"
	"duban/workflow/ledger"
)

// reportPage shows the form a department fills.
func (s *server) reportPage(c *fiber.Ctx) error {
	a, err := s.find(c, c.Params("id"))
	if err != nil {
		return err
	}
	return s.reportForm(c, a, nil, nil)
}

// reportForm shows the form: with what was posted and what is wrong with it, or
// with the draft, the returned text or the last period's values.
func (s *server) reportForm(c *fiber.Ctx, a workflow.Assignment, typed url.Values, wrong []*workflow.Error) error {
	ctx, k := c.UserContext(), s.kit(c)
	in := page.ReportInput{Item: s.o.Book.Item(a, k.Now), Row: a, MaxFile: maxFile, Typed: typed, Wrong: wrong,
		Task: s.all(k.Actor, ledger.Query{Period: a.Period, Task: a.Task}), NoChange: typed == nil && c.Query("no_change") != ""}
	in.Period, _ = s.o.Book.Period(a.Period)
	var err error
	if in.Special, err = s.special(ctx, k, in.Period); err != nil {
		return err
	}
	draft, ok, err := s.o.Desk.Draft(ctx, k.Actor, a)
	if err != nil {
		return err
	}
	if ok && typed == nil {
		in.Draft = new(workflow.ReportInput)
		if err := json.Unmarshal(draft.Body, in.Draft); err != nil {
			return err
		}
		in.Signing = draft.Signing
		in.DraftAt = page.When{Text: k.P.DateTime(draft.At), ISO: draft.At.Format(timeFormat)}
	}
	if in.Trail, err = s.trail(ctx, k.Actor, a); err != nil {
		return err
	}
	if in.Inputs, err = s.inputs(ctx, k.Actor, a, in.Task); err != nil {
		return err
	}
	if in.Before, err = s.reportBefore(ctx, a); err != nil {
		return err
	}
	if in.Indicators, err = s.asked(ctx, k.Rules, a); err != nil {
		return err
	}
	var ids []string
	for _, ind := range in.Indicators {
		ids = append(ids, ind.ID)
	}
	in.Series = s.series(ids)
	if in.Files, err = s.evidence(ctx, k.Actor, evidenceOf(in, typed)); err != nil {
		return err
	}
	if in.Room, err = s.o.Files.Room(ctx, k.Actor.User, k.Actor.Unit); err != nil {
		return err
	}
	if in.Key, err = s.key(); err != nil {
		return err
	}
	return render(c, page.NewReportForm(k, s.frame(c, k, ""), in))
}

// evidenceOf lists the files the form may show.
func evidenceOf(in page.ReportInput, typed url.Values) []string {
	ids := append([]string(nil), typed["evidence"]...)
	if in.Draft != nil {
		ids = append(ids, in.Draft.Evidence...)
	}
	for _, e := range in.Trail {
		if e.Data.Report != nil {
			ids = append(ids, e.Data.Report.Evidence...)
		}
	}
	return ids
}

// readReport reads the posted form: the report, and the fields that cannot be read.
func (s *server) readReport(c *fiber.Ctx, a workflow.Assignment) (url.Values, page.Reading, error) {
	form, err := posted(c)
	if err != nil {
		return nil, page.Reading{}, err
	}
	if gone := form["drop"]; len(gone) > 0 { // the button beside a piece of evidence
		form["evidence"] = slices.DeleteFunc(form["evidence"], func(id string) bool { return slices.Contains(gone, id) })
		form.Del("drop")
	}
	return form, page.ReadReport(form, s.o.Rules().Plan, a.Task), nil
}

// takeReport reads the posted form, stores the files that came with it and keeps
// it all as the draft, so that nothing typed is lost whatever comes next. wrong
// are the files that were not taken.
func (s *server) takeReport(c *fiber.Ctx) (a workflow.Assignment, form url.Values, r page.Reading, wrong []*workflow.Error, err error) {
	if a, err = s.find(c, c.Params("id")); err != nil {
		return
	}
	if form, r, err = s.readReport(c, a); err != nil {
		return
	}
	if wrong, err = s.uploadAll(c, form, &r); err != nil {
		return
	}
	err = s.keepDraft(c, a, r)
	return
}

// saveDraft keeps what the form holds now. A script is answered without a page.
func (s *server) saveDraft(c *fiber.Ctx) error {
	a, form, _, wrong, err := s.takeReport(c)
	if err != nil {
		return err
	}
	if !s.wantsPage(c) {
		return c.SendStatus(fiber.StatusNoContent)
	}
	if len(wrong) > 0 {
		c.Status(fiber.StatusUnprocessableEntity)
		return s.reportForm(c, a, form, wrong)
	}
	return done(c, page.ReportPath(a.ID), "draft")
}

func (s *server) keepDraft(c *fiber.Ctx, a workflow.Assignment, r page.Reading) error {
	body, err := json.Marshal(r.Report)
	if err != nil {
		return err
	}
	call := workflow.Call{Actor: session.From(c).Actor, Received: s.o.Now()}
	_, err = s.o.Desk.SaveDraft(c.UserContext(), call, a, body)
	return err
}

// uploadAll stores the files that came with the form and adds them to the
// report and to what was typed. A file that is not taken is a fault of the form.
func (s *server) uploadAll(c *fiber.Ctx, form url.Values, r *page.Reading) ([]*workflow.Error, error) {
	if !strings.HasPrefix(c.Get(fiber.HeaderContentType), fiber.MIMEMultipartForm) {
		return nil, nil
	}
	m, err := c.MultipartForm()
	if err != nil {
		return nil, &workflow.Error{Kind: workflow.Malformed, Code: "request.malformed", Err: err}
	}
	var wrong []*workflow.Error
	call := workflow.Call{Actor: session.From(c).Actor, Received: s.o.Now()}
	for _, h := range m.File["files"] {
		if h.Size == 0 && h.Filename == "" {
			continue
		}
		f, _, err := s.keepFile(c, call, "files", h)
		var e *workflow.Error
		switch {
		case err == nil:
			form.Add("evidence", f.ID)
			r.Report.Evidence = append(r.Report.Evidence, f.ID)
		case errors.As(err, &e) && e.Kind != workflow.Internal && (e.Kind != workflow.Unavailable || ofOneFile(e)):
			wrong = append(wrong, &workflow.Error{Kind: workflow.Invalid, Code: e.Code, Field: "files", Args: e.Args})
		default:
			return nil, err
		}
	}
	return wrong, nil
}

// reviewPage is the last look before filing: what is wrong comes back at its
// field, what is right is shown as it would be recorded.
func (s *server) reviewPage(c *fiber.Ctx) error {
	a, form, r, wrong, err := s.takeReport(c)
	if err != nil {
		return err
	}
	call := workflow.Call{Actor: session.From(c).Actor, Received: s.o.Now()}
	events, err := s.o.Desk.Preview(c.UserContext(), call, a.ID, workflow.ReportCommand{ReportInput: r.Report})
	wrong = append(wrong, r.Bad...)
	if wrong, err = formFaults(wrong, r, err); err != nil {
		return err
	}
	if len(wrong) > 0 {
		c.Status(fiber.StatusUnprocessableEntity)
		return s.reportForm(c, a, form, wrong)
	}
	return s.review(c, a, form, events)
}

// formFaults turns the domain's faults into faults of the form's fields; an error
// that is about no field is given back.
func formFaults(wrong []*workflow.Error, r page.Reading, err error) ([]*workflow.Error, error) {
	var e *workflow.Error
	if err == nil {
		return wrong, nil
	}
	if !errors.As(err, &e) || e.Kind != workflow.Invalid {
		return nil, err
	}
	fields := e.Fields
	if len(fields) == 0 {
		fields = []*workflow.Error{e}
	}
	for _, f := range fields {
		at := *f
		at.Field = r.FormField(f.Field)
		wrong = append(wrong, &at)
	}
	return wrong, nil
}

func (s *server) review(c *fiber.Ctx, a workflow.Assignment, form url.Values, events []workflow.Event) error {
	k := s.kit(c)
	in := page.ReviewInput{Item: s.o.Book.Item(a, k.Now), Row: a, Typed: form,
		Task: s.all(k.Actor, ledger.Query{Period: a.Period, Task: a.Task})}
	in.Period, _ = s.o.Book.Period(a.Period)
	for _, e := range events {
		if e.Kind == workflow.KindReported {
			in.Event = e
		}
	}
	var err error
	if in.Before, err = s.reportBefore(c.UserContext(), a); err != nil {
		return err
	}
	if in.Series, in.Files, err = s.material(c.UserContext(), k.Actor, []workflow.Event{in.Event}); err != nil {
		return err
	}
	if in.Key, err = s.key(); err != nil {
		return err
	}
	if in.Sign, err = s.mustSign(c, a); err != nil {
		return err
	}
	return render(c, page.NewReview(k, s.frame(c, k, ""), in))
}

// fileReport files what the review page showed.
func (s *server) fileReport(c *fiber.Ctx) error {
	a, err := s.find(c, c.Params("id"))
	if err != nil {
		return err
	}
	form, r, err := s.readReport(c, a)
	if err != nil {
		return err
	}
	call, err := s.formCall(c, form, c.Path())
	if err != nil {
		return err
	}
	if len(r.Bad) > 0 {
		c.Status(fiber.StatusUnprocessableEntity)
		return s.reportForm(c, a, form, r.Bad)
	}
	act, err := s.fileOrSubmit(c, call, a, r)
	wrong, rest := formFaults(nil, r, err)
	if rest != nil {
		return s.actRefused(c, workflow.Report, form, rest)
	}
	if len(wrong) > 0 {
		c.Status(fiber.StatusUnprocessableEntity)
		return s.reportForm(c, a, form, wrong)
	}
	return done(c, page.AssignmentPath(a.ID), act)
}
