package office

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"

	"github.com/gofiber/fiber/v2"

	"duban/ui/export"
	"duban/ui/page"
	"duban/ui/papers"
	"duban/ui/session"
	"duban/ui/upload"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/assess"
)

// writeCircular writes the circular on the office's own paper, or on the program's.
func writeCircular(s *web.Server, ctx context.Context, w io.Writer, c papers.Circular, paper export.Paper) error {
	id, err := s.Desk.Template(ctx)
	if err != nil {
		return err
	}
	if id == "" {
		return export.WriteDocx(w, paper)
	}
	r, _, err := s.Files.OpenFile(ctx, id)
	var e *workflow.Error
	if errors.As(err, &e) && e.Kind == workflow.NotFound {
		return workflow.Refuse("template.gone")
	}
	if err != nil {
		return err
	}
	b, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		return err
	}
	err = export.FillTemplate(w, b, c.Placeholders(paper))
	if bad := templateFaults(c, err); len(bad) > 0 {
		return workflow.Refuse(bad[0].Code, argsOf(bad[0])...)
	}
	return err
}

func argsOf(e *workflow.Error) (args []any) {
	for name, v := range e.Args {
		args = append(args, name, v)
	}
	return args
}

// templateFaults are what is wrong with a template, in the catalogue's codes.
func templateFaults(c papers.Circular, err error) []*workflow.Error {
	switch {
	case errors.Is(err, export.ErrTooLarge):
		return []*workflow.Error{workflow.BadField("template", "template.too_much")}
	case errors.Is(err, export.ErrForeign):
		return []*workflow.Error{workflow.BadField("template", "template.foreign")}
	case errors.Is(err, export.ErrNotDocument):
		return []*workflow.Error{workflow.BadField("template", "template.unreadable")}
	}
	var f *export.TemplateFaults
	if !errors.As(err, &f) {
		return nil
	}
	var bad []*workflow.Error
	for code, names := range map[string][]string{"template.unknown": f.Unknown, "template.missing": f.Missing, "template.crowded": f.Crowded} {
		var said []string
		for _, n := range names {
			if one := "{{" + n + "}}"; !slices.Contains(said, one) {
				said = append(said, one)
			}
		}
		if len(said) > 0 {
			bad = append(bad, workflow.BadField("template", code, "names", c.P.List(said)))
		}
	}
	slices.SortFunc(bad, func(a, b *workflow.Error) int { return -bytes.Compare([]byte(a.Code), []byte(b.Code)) })
	return bad
}

// emptyCircular has every placeholder and nothing to put in: to check a template by.
func emptyCircular(s *web.Server) papers.Circular {
	return papers.NewCircular(assess.Result{Plan: s.Rules().Plan}, nil)
}

func templatePage(s *web.Server, c *fiber.Ctx) error { return showTemplate(s, c, nil) }

func showTemplate(s *web.Server, c *fiber.Ctx, bad []*workflow.Error) error {
	doc := emptyCircular(s)
	p := doc.Placeholders(export.Paper{})
	in := page.TemplateInput{MaxFile: web.MaxTemplate, Wrong: bad}
	for _, kind := range []struct {
		name  string
		names []string
	}{{"words", keysOf(p.Words)}, {"prose", keysOf(p.Prose)}, {"table", keysOf(p.Tables)}} {
		for _, name := range kind.names {
			in.Placeholders = append(in.Placeholders, page.Placeholder{Name: name, Kind: kind.name, Needed: slices.Contains(p.Needed, name)})
		}
	}
	id, err := s.Desk.Template(c.UserContext())
	if err != nil {
		return err
	}
	if id != "" {
		f, _, err := s.Files.File(c.UserContext(), id)
		if err != nil {
			return err
		}
		in.File = &f
	}
	k := s.Kit(c)
	if in.Key, err = s.Key(k); err != nil {
		return err
	}
	if len(bad) > 0 {
		c.Status(fiber.StatusUnprocessableEntity)
	}
	return web.Render(c, page.NewTemplate(k, s.Frame(c, k, page.AssessmentsPath), in))
}

func keysOf[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// setTemplate takes an office's own paper: it is checked before anything is kept.
func setTemplate(s *web.Server, c *fiber.Ctx) error {
	h, err := c.FormFile("template")
	if err != nil || h.Size == 0 {
		return showTemplate(s, c, []*workflow.Error{workflow.BadField("template", "file.missing")})
	}
	if h.Size > web.MaxTemplate {
		return web.TooLargeFor(web.MaxTemplate, h.Filename)
	}
	r, err := h.Open()
	if err != nil {
		return err
	}
	b, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		return err
	}
	doc := emptyCircular(s)
	err = export.FillTemplate(io.Discard, b, doc.Placeholders(export.Paper{}))
	if bad := templateFaults(doc, err); len(bad) > 0 {
		return showTemplate(s, c, bad)
	}
	if err != nil {
		return err
	}
	f, _, err := upload.KeepFile(s, c, workflow.Call{Actor: session.From(c).Actor, Received: s.Now()}, "template", h)
	if err != nil {
		return err
	}
	return useTemplate(s, c, f.ID, "template")
}

// clearTemplate goes back to the program's own paper.
func clearTemplate(s *web.Server, c *fiber.Ctx) error { return useTemplate(s, c, "", "template_clear") }

func useTemplate(s *web.Server, c *fiber.Ctx, id, said string) error {
	call := workflow.Call{Actor: session.From(c).Actor, Received: s.Now()}
	if _, err := s.Desk.SetTemplate(c.UserContext(), call, id); err != nil {
		return err
	}
	return s.Done(c, page.TemplatePath, said)
}
