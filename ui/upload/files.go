package upload

import (
	"errors"
	"mime/multipart"

	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/ui/web"
	"duban/workflow"
)

// FileView is the contract's file.
type FileView struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Type   string `json:"type"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

func apiUpload(s *web.Server, c *fiber.Ctx) error {
	call, err := s.Keyed(c, session.From(c).Actor)
	if err != nil {
		return err
	}
	f, repeated, err := upload(s, c, call, "file")
	if err != nil {
		return err
	}
	if err := s.Settle(c, workflow.Receipt{Repeated: repeated}); err != nil {
		return err
	}
	return c.JSON(FileView{ID: f.ID, Name: f.Name, Type: f.Type, Size: f.Size, SHA256: f.SHA256})
}

// upload takes the one file of a form field.
func upload(s *web.Server, c *fiber.Ctx, call workflow.Call, field string) (_ workflow.File, repeated bool, _ error) {
	h, err := c.FormFile(field)
	if err != nil {
		return workflow.File{}, false, &workflow.Error{Kind: workflow.Invalid, Code: "file.missing", Field: field, Err: err}
	}
	return KeepFile(s, c, call, field, h)
}

// KeepFile stores a piece of evidence. Whether who sends it may was asked before it
// was read (route.brings).
func KeepFile(s *web.Server, c *fiber.Ctx, call workflow.Call, field string, h *multipart.FileHeader) (_ workflow.File, repeated bool, err error) {
	if h.Size > web.MaxFile {
		return workflow.File{}, false, web.TooLargeFor(web.MaxFile, h.Filename)
	}
	if h.Size == 0 {
		return workflow.File{}, false, EmptyFile(field, h.Filename)
	}
	r, err := h.Open()
	if err != nil {
		return workflow.File{}, false, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	kind, err := Sniff(r, h.Size)
	switch {
	case errors.Is(err, errMacros):
		return workflow.File{}, false, workflow.Fault(workflow.Unsupported, "file.macros", "file", web.Clipped(web.GivenName(h.Filename)))
	case errors.Is(err, errLocked):
		return workflow.File{}, false, workflow.Fault(workflow.Unsupported, "file.locked", "file", web.Clipped(web.GivenName(h.Filename)))
	case errors.Is(err, errNoKind):
		return workflow.File{}, false, workflow.Fault(workflow.Unsupported, "file.type", "type", kind, "file", web.Clipped(web.GivenName(h.Filename)))
	case err != nil:
		return workflow.File{}, false, err
	}
	f := workflow.File{Name: cleanName(h.Filename, Kinds[kind]), Type: kind, Size: h.Size}
	if err := malware(s, c, call, f, field, r); err != nil {
		return workflow.File{}, false, err
	}
	return s.Files.PutFile(c.UserContext(), call, f, r, web.MaxFile)
}

// apiDownload hands out evidence to who may read the report it belongs to, or to
// the unit that brought it: always as a download, never shown in place.
func apiDownload(s *web.Server, c *fiber.Ctx) error {
	f, ok, err := s.Files.File(c.UserContext(), c.Params("id"))
	if err != nil {
		return err
	}
	if !ok || !MayDownload(s, session.From(c).Actor, f) {
		return workflow.Fault(workflow.NotFound, "file.unknown")
	}
	r, f, err := s.Files.OpenFile(c.UserContext(), f.ID)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, f.Type)
	c.Set(fiber.HeaderContentDisposition, attachment(f.Name, "evidence"+Kinds[f.Type]))
	c.Set("Content-Security-Policy", "sandbox; default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'")
	return c.SendStream(r, int(f.Size))
}

// MayDownload reports whether the caller may read the file: whoever brought it, or may read an assignment that names it.
func MayDownload(s *web.Server, actor workflow.Actor, f workflow.File) bool {
	return s.Rules().MaySeeFile(actor, f, s.Book.Assignment)
}
