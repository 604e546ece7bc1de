package work

import (
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
	"duban/ui/upload"
	"duban/ui/view"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/ledger"
)

// reportPage shows the form a department fills.
func reportPage(s *web.Server, c *fiber.Ctx) error {
	a, err := s.Find(c, c.Params("id"))
	if err != nil {
		return err
	}
	return reportForm(s, c, a, typedReport{})
}

// typedReport is what was posted, to be shown again; the zero value is the form's first show.
type typedReport struct {
	form  url.Values
	wrong []*workflow.Error
	tag   string // of the draft that what was posted stands on; "" for the one that stands now
	stale bool   // it was typed on an older text and was not kept
	moved bool   // the plan has changed since its page was made, and it was kept as the draft
	note  string // of the signatory who sends it back
}

// reportForm shows the form: with what was posted and what is wrong with it, or
// with the draft or the returned text.
func reportForm(s *web.Server, c *fiber.Ctx, a workflow.Assignment, t typedReport) error {
	ctx, k := c.UserContext(), s.Kit(c)
	in := page.ReportInput{Item: s.Book.Item(a, k.Now), Row: a, MaxFile: web.MaxFile, Typed: t.form, Wrong: t.wrong, Stale: t.stale, Moved: t.moved, Note: t.note,
		Task: s.All(k.Actor, ledger.Query{Period: a.Period, Key: a.Task}), NoChange: t.form == nil && c.Query("no_change") != ""}
	in.Period, _ = s.Book.Period(a.Period)
	var err error
	if in.Special, err = view.Special(s, ctx, k, in.Period); err != nil {
		return err
	}
	draft, ok, err := s.Desk.Draft(ctx, k.Actor, a)
	if err != nil {
		return err
	}
	if in.Tag = t.tag; in.Tag == "" {
		in.Tag = draft.Tag()
	}
	if in.Earlier, err = earlierTexts(k.Rules, draft); err != nil {
		return err
	}
	if ok && (t.form == nil || t.stale) {
		if in.Draft, err = web.DraftText(k.Rules, draft.Text()); err != nil {
			return err
		}
		in.Signing = draft.Signing
	}
	if in.Trail, err = s.Trail(ctx, k.Actor, a); err != nil {
		return err
	}
	if in.Inputs, err = inputs(s, ctx, k.Actor, a, in.Task); err != nil {
		return err
	}
	if in.Before, err = view.ReportBefore(s, ctx, a); err != nil {
		return err
	}
	if in.Asked, err = view.AskedBefore(s, ctx, k, a); err != nil {
		return err
	}
	if in.Indicators, err = view.Asked(s, ctx, k.Rules, a); err != nil {
		return err
	}
	var ids []string
	for _, ind := range in.Indicators {
		ids = append(ids, ind.ID)
	}
	in.Series = view.Series(s, ids)
	if in.Files, err = view.Evidence(s, ctx, k.Actor, evidenceOf(in)); err != nil {
		return err
	}
	if in.Room, err = s.Files.Room(ctx, k.Actor.User, k.Actor.Unit); err != nil {
		return err
	}
	if in.Key, err = s.Key(k); err != nil {
		return err
	}
	return web.Render(c, page.NewReportForm(k, s.Frame(c, k, ""), in))
}

// earlierTexts are the texts that colleagues' took the place of.
func earlierTexts(r workflow.Rules, d workflow.Draft) (all []page.DraftText, err error) {
	for _, e := range d.Earlier {
		t, err := web.DraftText(r, e)
		if err != nil {
			return nil, err
		}
		all = append(all, *t)
	}
	return all, nil
}

// evidenceOf lists the files the form may show.
func evidenceOf(in page.ReportInput) []string {
	ids := append([]string(nil), in.Typed["evidence"]...)
	if in.Draft != nil {
		ids = append(ids, in.Draft.Report.Evidence...)
	}
	for _, e := range in.Earlier {
		ids = append(ids, e.Report.Evidence...)
	}
	for _, e := range in.Trail {
		if e.Data.Report != nil {
			ids = append(ids, e.Data.Report.Evidence...)
		}
	}
	return ids
}

// readReport reads the posted form: the report as it was typed, under the plan of its page,
// and the fields that cannot be read. The form is answered in the units of today's plan.
func readReport(s *web.Server, c *fiber.Ctx, a workflow.Assignment) (url.Values, page.Reading, error) {
	form, err := web.Posted(c)
	if err != nil {
		return nil, page.Reading{}, err
	}
	if gone := form["drop"]; len(gone) > 0 { // the button beside a piece of evidence
		form["evidence"] = slices.DeleteFunc(form["evidence"], func(id string) bool { return slices.Contains(gone, id) })
		form.Del("drop")
	}
	rules := s.Rules()
	under := rules.Typed(web.PlanOf(form))
	r := page.ReadReport(form, under, a.Task)
	if under != rules.Plan {
		form = page.Restated(form, r, under, rules.Plan)
	}
	return form, r, nil
}

// takenReport is a posted form, kept as the draft.
type takenReport struct {
	row workflow.Assignment
	typedReport
	page.Reading
	draft workflow.Draft
}

// takeReport reads the posted form, stores the files that came with it and keeps
// it all as the draft, so that nothing typed is lost whatever comes next. wrong
// are the files that were not taken. done is false when the draft is another's by now and
// the answer, with both texts, has been given.
func takeReport(s *web.Server, c *fiber.Ctx) (r takenReport, done bool, err error) {
	if r.row, err = s.Find(c, c.Params("id")); err != nil {
		return r, false, err
	}
	if r.form, r.Reading, err = readReport(s, c, r.row); err != nil {
		return r, false, err
	}
	if r.wrong, err = uploadAll(s, c, r.form, &r.Reading); err != nil {
		return r, false, err
	}
	call := workflow.Call{Actor: session.From(c).Actor, Received: s.Now()}
	in, err := draftInput(r.form, r.Reading, call.Actor.User)
	if err != nil {
		return r, false, err
	}
	if r.draft, err = s.Desk.SaveDraft(c.UserContext(), call, r.row.ID, in); err != nil {
		return r, false, bothTexts(s, c, r.row, r.typedReport, err)
	}
	r.tag = r.draft.Tag()
	c.Set(fiber.HeaderETag, `"`+r.tag+`"`)
	return r, true, nil
}

// draftInput is what a posted form keeps as the draft: made from the draft that its page
// showed, or from none but the sender's own where it does not say.
func draftInput(form url.Values, r page.Reading, by string) (workflow.DraftInput, error) {
	body, err := json.Marshal(r.Report)
	return workflow.DraftInput{Body: body, Plan: web.PlanOf(form), Unread: r.Unread, Window: form.Get("key"), Basis: formBasis(form, by), Over: form.Get(page.FieldOver) != ""}, err
}

func formBasis(form url.Values, by string) *workflow.Basis {
	if !form.Has(page.FieldDraft) {
		return &workflow.Basis{Own: by}
	}
	return workflow.From(form.Get(page.FieldDraft))
}

// bothTexts answers a person whose page was behind the draft: theirs, in the form, and the
// one that stands. Programs, and any other error, get the error.
func bothTexts(s *web.Server, c *fiber.Ctx, a workflow.Assignment, t typedReport, err error) error {
	if !workflow.StaleDraft(err) || !s.WantsPage(c) {
		return err
	}
	c.Status(fiber.StatusPreconditionFailed)
	t.tag, t.stale = "", true
	return reportForm(s, c, a, t)
}

// planMoved answers a report that was filled in under an older plan and is the draft by
// now: with the draft as today's plan reads it.
func planMoved(s *web.Server, c *fiber.Ctx, a workflow.Assignment) error {
	c.Status(fiber.StatusPreconditionFailed)
	return reportForm(s, c, a, typedReport{moved: true})
}

// keepAndLook keeps a report that was to be filed under an older plan as the draft.
func keepAndLook(s *web.Server, c *fiber.Ctx, call workflow.Call, a workflow.Assignment, t typedReport, r page.Reading) error {
	in, err := draftInput(t.form, r, call.Actor.User)
	if err != nil {
		return err
	}
	if _, err := s.Desk.SaveDraft(c.UserContext(), call, a.ID, in); err != nil {
		return bothTexts(s, c, a, t, err)
	}
	return planMoved(s, c, a)
}

// saveDraft keeps what the form holds now. A script is answered without a page.
func saveDraft(s *web.Server, c *fiber.Ctx) error {
	r, done, err := takeReport(s, c)
	if err != nil || !done {
		return err
	}
	if !s.WantsPage(c) {
		return c.SendStatus(fiber.StatusNoContent)
	}
	if len(r.wrong) > 0 {
		c.Status(fiber.StatusUnprocessableEntity)
		return reportForm(s, c, r.row, r.typedReport)
	}
	return s.Done(c, page.ReportPath(r.row.ID), "draft")
}

// uploadAll stores the files that came with the form and adds them to the
// report and to what was typed. A file that is not taken is a fault of the form.
func uploadAll(s *web.Server, c *fiber.Ctx, form url.Values, r *page.Reading) ([]*workflow.Error, error) {
	if !strings.HasPrefix(c.Get(fiber.HeaderContentType), fiber.MIMEMultipartForm) {
		return nil, nil
	}
	m, err := c.MultipartForm()
	if err != nil {
		return nil, &workflow.Error{Kind: workflow.Malformed, Code: "request.malformed", Err: err}
	}
	var wrong []*workflow.Error
	call := workflow.Call{Actor: session.From(c).Actor, Received: s.Now()}
	for _, h := range m.File["files"] {
		if h.Size == 0 && h.Filename == "" {
			continue
		}
		f, _, err := upload.KeepFile(s, c, call, "files", h)
		var e *workflow.Error
		switch {
		case err == nil:
			form.Add("evidence", f.ID)
			r.Report.Evidence = append(r.Report.Evidence, f.ID)
		case errors.As(err, &e) && e.Kind != workflow.Internal && (e.Kind != workflow.Unavailable || upload.OfOneFile(e)):
			wrong = append(wrong, &workflow.Error{Kind: workflow.Invalid, Code: e.Code, Field: "files", Args: e.Args})
		default:
			return nil, err
		}
	}
	return wrong, nil
}

// reviewPage is the last look before filing: what is wrong comes back at its
// field, what is right is shown as it would be recorded.
func reviewPage(s *web.Server, c *fiber.Ctx) error {
	r, done, err := takeReport(s, c)
	if err != nil || !done {
		return err
	}
	call := workflow.Call{Actor: session.From(c).Actor, Received: s.Now(), Plan: web.PlanOf(r.form)}
	events, err := s.Desk.Preview(c.UserContext(), call, r.row.ID, workflow.ReportCommand{ReportInput: r.Report})
	if workflow.PlanChanged(err) {
		return planMoved(s, c, r.row)
	}
	if r.wrong, err = formFaults(append(r.wrong, r.Bad...), r.Reading, err); err != nil {
		return err
	}
	if len(r.wrong) > 0 {
		c.Status(fiber.StatusUnprocessableEntity)
		return reportForm(s, c, r.row, r.typedReport)
	}
	return review(s, c, r, events)
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

func review(s *web.Server, c *fiber.Ctx, r takenReport, events []workflow.Event) error {
	k, a := s.Kit(c), r.row
	in := page.ReviewInput{Item: s.Book.Item(a, k.Now), Row: a, Typed: r.form, Tag: r.tag,
		Task: s.All(k.Actor, ledger.Query{Period: a.Period, Key: a.Task})}
	in.Period, _ = s.Book.Period(a.Period)
	for _, e := range events {
		if e.Kind == workflow.KindReported {
			in.Event = e
		}
	}
	var err error
	if in.Before, err = view.ReportBefore(s, c.UserContext(), a); err != nil {
		return err
	}
	if in.Series, in.Files, err = view.Material(s, c.UserContext(), k.Actor, []workflow.Event{in.Event}); err != nil {
		return err
	}
	if in.Key, err = s.Key(k); err != nil {
		return err
	}
	if in.Sign, err = mustSign(s, c, a); err != nil {
		return err
	}
	return web.Render(c, page.NewReview(k, s.Frame(c, k, ""), in))
}

// fileReport files what the review page showed.
func fileReport(s *web.Server, c *fiber.Ctx) error {
	a, err := s.Find(c, c.Params("id"))
	if err != nil {
		return err
	}
	form, r, err := readReport(s, c, a)
	if err != nil {
		return err
	}
	call, err := s.FormCall(c, form, c.Path())
	if err != nil {
		return err
	}
	typed := typedReport{form: form, tag: form.Get(page.FieldDraft)}
	if typed.wrong = r.Bad; len(r.Bad) > 0 {
		c.Status(fiber.StatusUnprocessableEntity)
		return reportForm(s, c, a, typed)
	}
	act, err := fileOrSubmit(s, c, call, a, form, r)
	if workflow.StaleDraft(err) {
		return bothTexts(s, c, a, typed, err)
	}
	if workflow.PlanChanged(err) {
		return keepAndLook(s, c, call, a, typed, r)
	}
	wrong, rest := formFaults(nil, r, err)
	if rest != nil {
		return actRefused(s, c, workflow.Report, form, rest)
	}
	if typed.wrong = wrong; len(wrong) > 0 {
		c.Status(fiber.StatusUnprocessableEntity)
		return reportForm(s, c, a, typed)
	}
	return s.Done(c, page.AssignmentPath(a.ID), act)
}
