package web

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"syscall"

	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/ui/text"
	"duban/workflow"
)

// Problem is the body of an error (RFC 9457, application/problem+json).
type Problem struct {
	Type     string    `json:"type"`
	Title    string    `json:"title"`
	Status   int       `json:"status"`
	Code     string    `json:"code"`
	Detail   string    `json:"detail"`
	Field    string    `json:"field,omitempty"`
	Errors   []Problem `json:"errors,omitempty"`
	Current  any       `json:"current,omitempty"` // 412: the version that stands; of a draft, its tag
	Incident string    `json:"incident,omitempty"`
}

// statuses maps each kind of error to its HTTP status; the only place that does.
var statuses = map[workflow.ErrorKind]int{
	workflow.Internal:     fiber.StatusInternalServerError,
	workflow.Malformed:    fiber.StatusBadRequest,
	workflow.Invalid:      fiber.StatusUnprocessableEntity,
	workflow.NotFound:     fiber.StatusNotFound,
	workflow.Unauthorized: fiber.StatusUnauthorized,
	workflow.Forbidden:    fiber.StatusForbidden,
	workflow.Refused:      fiber.StatusConflict,
	workflow.Stale:        fiber.StatusPreconditionFailed,
	workflow.TooLarge:     fiber.StatusRequestEntityTooLarge,
	workflow.Unsupported:  fiber.StatusUnsupportedMediaType,
	workflow.TooMany:      fiber.StatusTooManyRequests,
	workflow.Unavailable:  fiber.StatusServiceUnavailable,
}

// StatusOf is the HTTP status of a refusal.
func StatusOf(e *workflow.Error) int {
	if s, ok := statuses[e.Kind]; ok {
		return s
	}
	return fiber.StatusInternalServerError
}

// newProblem says an error to a program or a person in the printer's language.
func newProblem(e *workflow.Error, p *text.Printer, incident string) Problem {
	title, detail := p.Error(e)
	out := Problem{Type: "about:blank", Title: title, Status: StatusOf(e), Code: e.Code, Detail: detail,
		Field: e.Field, Incident: incident}
	for _, f := range e.Fields {
		out.Errors = append(out.Errors, newProblem(f, p, ""))
	}
	if e.Kind == workflow.Stale {
		out.Current = e.Args["current"]
	}
	return out
}

// fromFiber turns the framework's own refusals (no route, wrong method, body
// over the limit) into ours, so that callers meet one kind of answer.
func fromFiber(c *fiber.Ctx, err error) *workflow.Error {
	var fe *fiber.Error
	if NoRoom(err) {
		return &workflow.Error{Kind: workflow.Unavailable, Code: "store.full", Err: err}
	}
	if !errors.As(err, &fe) {
		return workflow.AsError(err)
	}
	switch fe.Code {
	case fiber.StatusNotFound:
		return workflow.Fault(workflow.NotFound, "not_found")
	case fiber.StatusMethodNotAllowed:
		return &workflow.Error{Kind: workflow.Malformed, Code: "request.method", Err: err}
	case fiber.StatusRequestEntityTooLarge:
		if UploadLimit(c.Method(), c.Path()) != 0 {
			return tooLarge
		}
		return workflow.Fault(workflow.TooLarge, "request.too_large", "limit", "1 MiB")
	case fiber.StatusRequestTimeout:
		return &workflow.Error{Kind: workflow.Malformed, Code: "request.too_slow", Err: err}
	case fiber.StatusUnsupportedMediaType:
		return workflow.Fault(workflow.Unsupported, "request.packed")
	}
	if fe.Code >= 400 && fe.Code < 500 {
		return &workflow.Error{Kind: workflow.Malformed, Code: "request.malformed", Err: err}
	}
	return workflow.AsError(err)
}

// NoRoom reports whether a disk was full: of a form's files, of an export.
func NoRoom(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

// Fail answers an error: a page for people, a problem for programs. It is the
// one error handler of the app.
func (s *Server) Fail(c *fiber.Ctx, err error) error {
	e := fromFiber(c, err)
	status := StatusOf(e)
	switch e.Code {
	case "request.method":
		status = fiber.StatusMethodNotAllowed
	case "request.too_slow":
		status = fiber.StatusRequestTimeout
	}
	incident := ""
	asked := slog.Group("", slog.String("method", c.Method()), slog.String("path", loggedPath(c)),
		slog.String("account", session.From(c).Actor.User), slog.String("address", s.Sessions.Address(c)))
	if e.Kind == workflow.Internal {
		incident = s.incident()
		s.Log.LogAttrs(c.UserContext(), slog.LevelError, "internal error", slog.String("incident", incident), asked, slog.Any("err", err))
	} else {
		s.Log.LogAttrs(c.UserContext(), slog.LevelInfo, "refused", slog.Int("status", status), slog.String("code", e.Code), asked)
	}
	if e.Kind == workflow.TooMany || e.Kind == workflow.Unavailable {
		c.Set(fiber.HeaderRetryAfter, RetryAfter(e))
	}
	if e.Kind == workflow.Unauthorized {
		c.Set(fiber.HeaderWWWAuthenticate, `Bearer realm="duban"`)
	}
	c.Status(status)
	s.setHeaders(c) // what is refused before routing has not got them yet
	if s.WantsPage(c) {
		return s.failPage(c, e, incident)
	}
	p := newProblem(e, s.Printer(c), incident)
	p.Status = status
	return c.JSON(p, "application/problem+json; charset=utf-8")
}

// RetryAfter is the seconds until the request may be tried again, as the header says them.
func RetryAfter(e *workflow.Error) string {
	for _, k := range []string{"seconds", "retry_after"} {
		if n, ok := e.Args[k].(int); ok && n > 0 {
			return strconv.Itoa(n)
		}
	}
	return "5"
}

// incident is a short random number that a caller can quote and the log carries.
func (s *Server) incident() string {
	var b [5]byte
	if _, err := s.Random.Read(b[:]); err != nil {
		return "unnumbered"
	}
	return fmt.Sprintf("%X", b)
}

// maxForm is the most bytes a report form may bring, files included.
const maxForm = 5 * MaxFile

// UploadLimit is the largest body a request may declare when it brings files, 0
// for every other request.
func UploadLimit(method, path string) int {
	switch {
	case method != fiber.MethodPost:
		return 0
	case path == "/api/v1/files":
		return MaxFile + 1<<20
	case path == "/figures/import", path == "/api/v1/figures/import", path == "/api/v1/figures/import/preview":
		return MaxSheet + 64<<10
	case path == "/circular-template":
		return MaxTemplate + 64<<10
	case strings.HasPrefix(path, "/assignments/") && strings.Count(path, "/") == 4 && (strings.HasSuffix(path, "/report/review") || strings.HasSuffix(path, "/report/draft")):
		return maxForm
	}
	return 0
}

var tooLarge = TooLargeFor(MaxFile, "")

// TooLargeFor refuses a file over a limit of so many bytes, by its name where it is known.
func TooLargeFor(limit int, name string) *workflow.Error {
	return workflow.Fault(workflow.TooLarge, "file.too_large", "limit", Itoa(limit>>20)+" MiB", "file", Quoted(name))
}

// MaxFile is the most bytes one piece of evidence may have.
const MaxFile = 20 << 20

// MaxSheet is the most bytes a filled figures sheet may have: ours have some 20 KB.
const MaxSheet = 1 << 20

// MaxTemplate is the most bytes an office's own paper may have.
const MaxTemplate = 4 << 20
