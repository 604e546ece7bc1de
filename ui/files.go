package ui

import (
	"errors"
	"mime/multipart"

	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/workflow"
)

// maxFile is the most bytes one piece of evidence may have.
const maxFile = 20 << 20

type fileView struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Type   string `json:"type"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

func (s *server) apiUpload(c *fiber.Ctx) error {
	call, err := s.keyed(c, session.From(c).Actor)
	if err != nil {
		return err
	}
	f, repeated, err := s.upload(c, call, "file")
	if err != nil {
		return err
	}
	if err := s.settle(c, workflow.Receipt{Repeated: repeated}); err != nil {
		return err
	}
	return c.JSON(fileView{ID: f.ID, Name: f.Name, Type: f.Type, Size: f.Size, SHA256: f.SHA256})
}

// upload takes the one file of a form field.
func (s *server) upload(c *fiber.Ctx, call workflow.Call, field string) (_ workflow.File, repeated bool, _ error) {
	h, err := c.FormFile(field)
	if err != nil {
		return workflow.File{}, false, &workflow.Error{Kind: workflow.Invalid, Code: "file.missing", Field: field, Err: err}
	}
	return s.keepFile(c, call, field, h)
}

// keepFile stores a piece of evidence. Whether who sends it may was asked before it
// was read (route.brings).
func (s *server) keepFile(c *fiber.Ctx, call workflow.Call, field string, h *multipart.FileHeader) (_ workflow.File, repeated bool, err error) {
	if h.Size > maxFile {
		return workflow.File{}, false, tooLargeFor(maxFile, h.Filename)
	}
	if h.Size == 0 {
		return workflow.File{}, false, emptyFile(field, h.Filename)
	}
	r, err := h.Open()
	if err != nil {
		return workflow.File{}, false, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	kind, err := sniff(r, h.Size)
	switch {
	case errors.Is(err, errMacros):
		return workflow.File{}, false, workflow.Fault(workflow.Unsupported, "file.macros", "file", clipped(givenName(h.Filename)))
	case errors.Is(err, errLocked):
		return workflow.File{}, false, workflow.Fault(workflow.Unsupported, "file.locked", "file", clipped(givenName(h.Filename)))
	case errors.Is(err, errNoKind):
		return workflow.File{}, false, workflow.Fault(workflow.Unsupported, "file.type", "type", kind, "file", clipped(givenName(h.Filename)))
	case err != nil:
		return workflow.File{}, false, err
	}
	f := workflow.File{Name: cleanName(h.Filename, kinds[kind]), Type: kind, Size: h.Size}
	if err := s.malware(c, call, f, field, r); err != nil {
		return workflow.File{}, false, err
	}
	return s.o.Files.PutFile(c.UserContext(), call, f, r, maxFile)
}

// apiDownload hands out evidence to who may read the report it belongs to, or to
// the unit that brought it: always as a download, never shown in place.
func (s *server) apiDownload(c *fiber.Ctx) error {
	f, ok, err := s.o.Files.File(c.UserContext(), c.Params("id"))
	if err != nil {
		return err
	}
	if !ok || !s.mayDownload(session.From(c).Actor, f) {
		return workflow.Fault(workflow.NotFound, "file.unknown")
	}
	r, f, err := s.o.Files.OpenFile(c.UserContext(), f.ID)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, f.Type)
	c.Set(fiber.HeaderContentDisposition, attachment(f.Name, "evidence"+kinds[f.Type]))
	c.Set("Content-Security-Policy", "sandbox; default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'")
	return c.SendStream(r, int(f.Size))
}

func (s *server) mayDownload(actor workflow.Actor, f workflow.File) bool {
	return s.o.Rules().MaySeeFile(actor, f, s.o.Book.Assignment)
}
