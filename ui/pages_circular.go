package ui

import (
	"bytes"
	"cmp"
	"net/url"
	"slices"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
	"duban/workflow"
	"duban/workflow/assess"
	"duban/workflow/ledger"
)

// frozenCircular is the circular of a frozen assessment.
func (s *server) frozenCircular(c *fiber.Ctx) (circular, error) {
	r, err := s.assess.Result(c.UserContext(), c.Params("period"))
	if err != nil {
		return circular{}, err
	}
	if r.Assessment.Stage != workflow.Frozen {
		return circular{}, workflow.Refuse("assessment.not_frozen")
	}
	return newCircular(r, s.changedSince(r)), nil
}

// changedSince are the assignments of an assessment that were reopened or withdrawn after
// its scores were worked out. They stand, and who reads them is told.
func (s *server) changedSince(r assess.Result) []ledger.Item {
	var changed []ledger.Item
	for _, was := range r.Assignments {
		a, ok := s.o.Book.Assignment(was.ID)
		if ok && (a.Reopened > was.Reopened || a.State == workflow.Withdrawn && was.State != workflow.Withdrawn) {
			changed = append(changed, s.o.Book.Item(a, s.o.Now()))
		}
	}
	slices.SortStableFunc(changed, func(a, b ledger.Item) int { return cmp.Compare(a.Task.No, b.Task.No) })
	return changed
}

// exportCircular hands out the circular as an official paper; that it was taken is
// recorded.
func (s *server) exportCircular(c *fiber.Ctx) error {
	doc, err := s.frozenCircular(c)
	if err != nil {
		return err
	}
	prose, err := s.prose(c.UserContext(), doc)
	if err != nil {
		return err
	}
	paper, err := doc.paper(prose)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := s.writeCircular(c.UserContext(), &b, doc, paper); err != nil {
		return err
	}
	name := "circular-" + doc.result.Period.ID + ".docx"
	if err := s.exported(c, name, ""); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/vnd.openxmlformats-officedocument.wordprocessingml.document")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	return c.Send(b.Bytes())
}

func (s *server) circularPage(c *fiber.Ctx) error { return s.showCircular(c, nil, nil) }

func (s *server) showCircular(c *fiber.Ctx, typed url.Values, e *workflow.Error) error {
	doc, err := s.frozenCircular(c)
	if err != nil {
		return err
	}
	in := page.CircularInput{Period: doc.result.Period, Typed: typed, Err: e}
	if in.Prose, err = s.prose(c.UserContext(), doc); err != nil {
		return err
	}
	if in.Paper, err = doc.paper(in.Prose); err != nil {
		return err
	}
	for name, number := range doc.marks {
		in.Marks = append(in.Marks, page.Fact{Label: "【" + name + "】", Value: number})
	}
	if in.Key, err = s.key(); err != nil {
		return err
	}
	k := s.kit(c)
	return render(c, page.NewCircular(k, s.frame(c, k, page.AssessmentsPath), in))
}

// editCircular keeps the prose.
func (s *server) editCircular(c *fiber.Ctx) error {
	form, call, err := s.sent(c)
	if err != nil {
		return err
	}
	call.Actor = session.From(c).Actor
	doc, err := s.frozenCircular(c)
	if err != nil {
		return err
	}
	sections := map[string]string{}
	for _, name := range workflow.CircularSections {
		sections[name] = form.Get(name)
	}
	period := c.Params("period")
	r, err := s.assess.Do(c.UserContext(), call, period, workflow.CircularCommand{Sections: sections, Check: doc.check})
	if err == nil {
		err = s.o.Book.Wait(c.UserContext(), r.Seq)
	}
	if err != nil {
		return retry(c, err, func(e *workflow.Error) error { return s.showCircular(c, form, e) })
	}
	return s.done(c, "/circulars/"+url.PathEscape(period), "circular")
}
