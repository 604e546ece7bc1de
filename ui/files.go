package ui

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"path"
	"strings"
	"unicode"

	"github.com/gabriel-vasile/mimetype"
	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/workflow"
)

// maxFile is the most bytes one piece of evidence may have.
const maxFile = 20 << 20

// kinds are the types of evidence taken, found in the content and never in the
// name, with the ending a download gets.
var kinds = map[string]string{
	"application/pdf": ".pdf",
	"image/png":       ".png",
	"image/jpeg":      ".jpg",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   ".docx",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         ".xlsx",
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
	"application/msword":            ".doc",
	"application/vnd.ms-excel":      ".xls",
	"application/vnd.ms-powerpoint": ".ppt",
}

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
		return workflow.File{}, false, tooLarge
	}
	if h.Size == 0 {
		return workflow.File{}, false, workflow.BadField(field, "file.empty")
	}
	r, err := h.Open()
	if err != nil {
		return workflow.File{}, false, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	head := make([]byte, 64<<10)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return workflow.File{}, false, err
	}
	kind, err := sniff(head[:n])
	if err != nil {
		return workflow.File{}, false, err
	}
	f := workflow.File{Name: cleanName(h.Filename, kinds[kind]), Type: kind, Size: h.Size}
	if err := s.malware(c, call, f, field, r); err != nil {
		return workflow.File{}, false, err
	}
	return s.o.Files.PutFile(c.UserContext(), call, f, r, maxFile)
}

// sniff finds the type in the content and refuses what is not taken.
func sniff(head []byte) (string, error) {
	kind, _, err := mime.ParseMediaType(mimetype.Detect(head).String())
	if err != nil || kinds[kind] == "" {
		return "", workflow.Fault(workflow.Unsupported, "file.type", "type", kind)
	}
	return kind, nil
}

// cleanName is an outside file name made fit to show and to save under: the last
// part of any path, without control, bidi and reserved characters, at most 100
// characters, with the ending its content calls for.
func cleanName(name, ending string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`<>:"/|?*%`, r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, name)
	stem := strings.Trim(strings.TrimSuffix(name, path.Ext(name)), ". ")
	if r := []rune(stem); len(r) > 100 {
		stem = string(r[:100])
	}
	if stem == "" || reserved[strings.ToUpper(stem)] {
		stem = "file"
	}
	return stem + ending
}

// reserved are names a Windows desktop cannot save under.
var reserved = func() map[string]bool {
	m := map[string]bool{"CON": true, "PRN": true, "AUX": true, "NUL": true}
	for i := 1; i <= 9; i++ {
		m[fmt.Sprintf("COM%d", i)], m[fmt.Sprintf("LPT%d", i)] = true, true
	}
	return m
}()

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
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="evidence`+kinds[f.Type]+`"; filename*=UTF-8''`+url.PathEscape(f.Name))
	c.Set("Content-Security-Policy", "sandbox; default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'")
	return c.SendStream(r, int(f.Size))
}

func (s *server) mayDownload(actor workflow.Actor, f workflow.File) bool {
	return s.o.Rules().MaySeeFile(actor, f, s.o.Book.Assignment)
}
