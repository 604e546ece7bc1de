package office

import (
	"bytes"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/papers"
	"duban/ui/session"
	"duban/ui/view"
	"duban/ui/web"
	"duban/workflow"
)

// frozenCircular is the circular of a frozen assessment.
func frozenCircular(s *web.Server, c *fiber.Ctx) (papers.Circular, error) {
	r, err := s.Assess.Result(c.UserContext(), c.Params("period"))
	if err != nil {
		return papers.Circular{}, err
	}
	if r.Assessment.Stage != workflow.Frozen {
		return papers.Circular{}, workflow.Refuse("assessment.not_frozen")
	}
	return papers.NewCircular(r, view.ChangedSince(s, r)), nil
}

// exportCircular hands out the circular as an official paper; that it was taken is
// recorded.
func exportCircular(s *web.Server, c *fiber.Ctx) error {
	doc, err := frozenCircular(s, c)
	if err != nil {
		return err
	}
	prose, err := papers.Prose(s, c.UserContext(), doc)
	if err != nil {
		return err
	}
	paper, err := doc.Paper(prose)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := writeCircular(s, c.UserContext(), &b, doc, paper); err != nil {
		return err
	}
	name := "circular-" + doc.Result.Period.ID + ".docx"
	if err := s.Exported(c, name, ""); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/vnd.openxmlformats-officedocument.wordprocessingml.document")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	return c.Send(b.Bytes())
}

func circularPage(s *web.Server, c *fiber.Ctx) error { return showCircular(s, c, nil, nil) }

func showCircular(s *web.Server, c *fiber.Ctx, typed url.Values, e *workflow.Error) error {
	doc, err := frozenCircular(s, c)
	if err != nil {
		return err
	}
	in := page.CircularInput{Period: doc.Result.Period, Typed: typed, Err: e}
	if in.Prose, err = papers.Prose(s, c.UserContext(), doc); err != nil {
		return err
	}
	if in.Paper, err = doc.Paper(in.Prose); err != nil {
		return err
	}
	for name, number := range doc.Marks {
		in.Marks = append(in.Marks, page.Fact{Label: "【" + name + "】", Value: number})
	}
	k := s.Kit(c)
	if in.Key, err = s.Key(k); err != nil {
		return err
	}
	return web.Render(c, page.NewCircular(k, s.Frame(c, k, page.AssessmentsPath), in))
}

// editCircular keeps the prose.
func editCircular(s *web.Server, c *fiber.Ctx) error {
	form, call, err := s.Sent(c)
	if err != nil {
		return err
	}
	call.Actor = session.From(c).Actor
	doc, err := frozenCircular(s, c)
	if err != nil {
		return err
	}
	sections := map[string]string{}
	for _, name := range workflow.CircularSections {
		sections[name] = form.Get(name)
	}
	period := c.Params("period")
	r, err := s.Assess.Do(c.UserContext(), call, period, workflow.CircularCommand{Sections: sections, Check: doc.Check})
	if err == nil {
		err = s.Book.Wait(c.UserContext(), r.Seq)
	}
	if err != nil {
		return web.Retry(c, err, func(e *workflow.Error) error { return showCircular(s, c, form, e) })
	}
	return s.Done(c, "/circulars/"+url.PathEscape(period), "circular")
}
