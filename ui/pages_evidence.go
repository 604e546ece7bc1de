package ui

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
	"duban/workflow"
)

// deletionBody is why a piece of evidence is deleted.
type deletionBody struct {
	Reason string `json:"reason"`
}

// deletion answers what a deletion did: the record that stays, and the journal
// position that says so.
type deletion struct {
	File fileView `json:"file"`
	Gone bool     `json:"gone"`
	Seq  uint64   `json:"seq"`
}

// evidenceFile is the file a path names, if the caller may know of it.
func (s *server) evidenceFile(c *fiber.Ctx) (workflow.File, error) {
	f, ok, err := s.o.Files.File(c.UserContext(), c.Params("id"))
	if err != nil {
		return f, err
	}
	if !ok || !s.mayDownload(session.From(c).Actor, f) {
		return f, workflow.Fault(workflow.NotFound, "file.unknown")
	}
	return f, nil
}

func (s *server) apiDeleteFile(c *fiber.Ctx) error {
	var in deletionBody
	if err := decode(c, &in); err != nil {
		return err
	}
	call, err := s.call(c, session.From(c).Actor)
	if err != nil {
		return err
	}
	r, err := s.o.Desk.DropEvidence(c.UserContext(), call, c.Params("id"), in.Reason)
	if err != nil {
		return err
	}
	if err := s.settle(c, r); err != nil {
		return err
	}
	f, err := s.evidenceFile(c)
	if err != nil {
		return err
	}
	return c.JSON(deletion{File: fileView{ID: f.ID, Name: f.Name, Type: f.Type, Size: f.Size, SHA256: f.SHA256}, Gone: f.Gone, Seq: r.Seq})
}

func (s *server) evidencePage(c *fiber.Ctx) error { return s.showEvidence(c, nil, nil) }

func (s *server) showEvidence(c *fiber.Ctx, typed url.Values, e *workflow.Error) error {
	f, err := s.evidenceFile(c)
	if err != nil {
		return err
	}
	k := s.kit(c)
	var uses []page.Fact
	for _, id := range f.UsedBy {
		if a, ok := s.o.Book.Assignment(id); ok && k.Rules.MaySee(k.Actor, a) {
			i := s.o.Book.Item(a, k.Now)
			uses = append(uses, page.Fact{Label: i.Department.Name, Value: k.P.T("inbox.task", "no", i.Task.No, "title", i.Task.Title), Note: i.Period})
		}
	}
	return render(c, page.NewEvidence(k, s.frame(c, k, ""), f, uses, typed, e))
}

func (s *server) deleteEvidence(c *fiber.Ctx) error {
	form, call, err := s.sent(c)
	if err != nil {
		return err
	}
	r, err := s.o.Desk.DropEvidence(c.UserContext(), call, c.Params("id"), form.Get("reason"))
	if err == nil {
		err = s.o.Book.Wait(c.UserContext(), r.Seq)
	}
	if err != nil {
		return retry(c, err, func(e *workflow.Error) error { return s.showEvidence(c, form, e) })
	}
	return s.done(c, page.EvidencePath(c.Params("id")), "evidence")
}
