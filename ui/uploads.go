package ui

import (
	"errors"
	"io"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"duban/ui/serve"
	"duban/ui/session"
	"duban/workflow"
)

// maxForm is the most bytes a report form may bring, files included.
const maxForm = 5 * maxFile

// UploadLimit is the largest body a request may declare when it brings files, 0
// for every other request.
func UploadLimit(method, path string) int {
	switch {
	case method != fiber.MethodPost:
		return 0
	case path == "/api/v1/files":
		return maxFile + 1<<20
	case path == "/figures/import", path == "/api/v1/figures/import", path == "/api/v1/figures/import/preview":
		return maxSheet + 64<<10
	case path == "/circular-template":
		return maxTemplate + 64<<10
	case strings.HasPrefix(path, "/assignments/") && strings.Count(path, "/") == 4 && (strings.HasSuffix(path, "/report/review") || strings.HasSuffix(path, "/report/draft")):
		return maxForm
	}
	return 0
}

// takeUpload reads a body that the server left on the wire: a form with files
// into temporary files within its limit, anything else as an ordinary body. The
// temporary files go when the request is answered. Nothing is read for who may not
// bring files here: what they send is left, and the connection closed.
func (s *server) takeUpload(r route) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if open, err := s.admit(c, r); !open {
			return err
		}
		if err := r.brings(s, c); err != nil {
			return err
		}
		leave, err := s.uploads.enter(s.callerOf(c))
		if err != nil {
			return err
		}
		defer leave()
		defer serve.TakeTime(c)()
		limit := UploadLimit(c.Method(), c.Path())
		if strings.HasPrefix(c.Get(fiber.HeaderContentType), fiber.MIMEMultipartForm) {
			defer c.Request().RemoveMultipartFormFiles()
			_, err := c.Request().MultipartFormWithLimit(limit)
			switch {
			case serve.IsTimeout(err):
				return fiber.ErrRequestTimeout
			case errors.Is(err, fasthttp.ErrBodyTooLarge):
				return tooLargeFor(min(limit, maxFile), "")
			case noRoom(err):
				return err
			case err != nil:
				return &workflow.Error{Kind: workflow.Malformed, Code: "request.malformed", Err: err}
			}
			return c.Next()
		}
		body, err := io.ReadAll(serve.Upload(c, maxJSON))
		if err != nil {
			return err
		}
		c.Request().SetBodyRaw(body)
		return c.Next()
	}
}

// uploadsMost is how many uploads one account may have on their way at once: each takes
// some memory and a temporary file.
const uploadsMost = 4

// arriving counts uploads on their way, by who sends them.
type arriving struct {
	mu sync.Mutex
	by map[string]int
}

// enter begins an upload; leave ends it. TooMany file.too_many_at_once.
func (a *arriving) enter(caller string) (leave func(), err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.by[caller] >= uploadsMost {
		return nil, workflow.Fault(workflow.TooMany, "file.too_many_at_once", "limit", uploadsMost, "retry_after", readBack)
	}
	if a.by == nil {
		a.by = map[string]int{}
	}
	a.by[caller]++
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.by[caller]--; a.by[caller] == 0 {
			delete(a.by, caller)
		}
	}, nil
}

// bringsEvidence: only a department's people and the office bring evidence.
func (s *server) bringsEvidence(c *fiber.Ctx) error {
	if who := session.From(c).Actor; !who.InDepartment() && !who.Supervises() {
		return workflow.Fault(workflow.Forbidden, "file.forbidden")
	}
	return nil
}

// bringsFigures: those who file figures, or report them.
func (s *server) bringsFigures(c *fiber.Ctx) error {
	if who := session.From(c).Actor; !who.InDepartment() && !who.Supervises() {
		return workflow.Fault(workflow.Forbidden, "figures.sheet_forbidden")
	}
	return nil
}

// bringsReport: those who may draft the assignment's report.
func (s *server) bringsReport(c *fiber.Ctx) error {
	a, err := s.find(c, c.Params("id"))
	if err != nil {
		return err
	}
	_, _, err = s.o.Desk.Draft(c.UserContext(), session.From(c).Actor, a)
	return err
}

var tooLarge = tooLargeFor(maxFile, "")

// tooLargeFor refuses a file over a limit of so many bytes, by its name where it is known.
func tooLargeFor(limit int, name string) *workflow.Error {
	return workflow.Fault(workflow.TooLarge, "file.too_large", "limit", itoa(limit>>20)+" MiB", "file", quoted(name))
}

// emptyFile refuses a file without content.
func emptyFile(field, name string) *workflow.Error {
	return workflow.BadField(field, "file.empty", "file", quoted(name))
}

// quoted is an outside file's name as it stands in a sentence that can do without.
func quoted(name string) string {
	if name = givenName(name); name == "" {
		return ""
	}
	return " “" + clipped(name) + "”"
}
