package work

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
	"duban/ui/upload"
	"duban/ui/web"
	"duban/workflow"
)

// deletionBody is why a piece of evidence is deleted.
type deletionBody struct {
	Reason string `json:"reason"`
}

// deletion answers what a deletion did: the record that stays, and the journal
// position that says so.
type deletion struct {
	File upload.FileView `json:"file"`
	Gone bool            `json:"gone"`
	Seq  uint64          `json:"seq"`
}

// evidenceFile is the file a path names, if the caller may know of it.
func evidenceFile(s *web.Server, c *fiber.Ctx) (workflow.File, error) {
	f, ok, err := s.Files.File(c.UserContext(), c.Params("id"))
	if err != nil {
		return f, err
	}
	if !ok || !upload.MayDownload(s, session.From(c).Actor, f) {
		return f, workflow.Fault(workflow.NotFound, "file.unknown")
	}
	return f, nil
}

func apiDeleteFile(s *web.Server, c *fiber.Ctx) error {
	var in deletionBody
	if err := web.Decode(c, &in); err != nil {
		return err
	}
	call, err := s.Call(c, session.From(c).Actor)
	if err != nil {
		return err
	}
	r, err := s.Desk.DropEvidence(c.UserContext(), call, c.Params("id"), in.Reason)
	if err != nil {
		return err
	}
	if err := s.Settle(c, r); err != nil {
		return err
	}
	f, err := evidenceFile(s, c)
	if err != nil {
		return err
	}
	return c.JSON(deletion{File: upload.FileView{ID: f.ID, Name: f.Name, Type: f.Type, Size: f.Size, SHA256: f.SHA256}, Gone: f.Gone, Seq: r.Seq})
}

func evidencePage(s *web.Server, c *fiber.Ctx) error { return showEvidence(s, c, nil, nil) }

func showEvidence(s *web.Server, c *fiber.Ctx, typed url.Values, e *workflow.Error) error {
	f, err := evidenceFile(s, c)
	if err != nil {
		return err
	}
	k := s.Kit(c)
	var uses []page.Fact
	for _, id := range f.UsedBy {
		if a, ok := s.Book.Assignment(id); ok && k.Rules.MaySee(k.Actor, a) {
			i := s.Book.Item(a, k.Now)
			uses = append(uses, page.Fact{Label: i.Department.Name, Value: k.P.T("inbox.task", "no", i.Task.No, "title", i.Task.Title), Note: i.Period})
		}
	}
	return web.Render(c, page.NewEvidence(k, s.Frame(c, k, ""), f, uses, typed, e))
}

func deleteEvidence(s *web.Server, c *fiber.Ctx) error {
	form, call, err := s.Sent(c)
	if err != nil {
		return err
	}
	r, err := s.Desk.DropEvidence(c.UserContext(), call, c.Params("id"), form.Get("reason"))
	if err == nil {
		err = s.Book.Wait(c.UserContext(), r.Seq)
	}
	if err != nil {
		return web.Retry(c, err, func(e *workflow.Error) error { return showEvidence(s, c, form, e) })
	}
	return s.Done(c, page.EvidencePath(c.Params("id")), "evidence")
}
