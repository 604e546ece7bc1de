package ui

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"syscall"

	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/ui/text"
	"duban/workflow"
)

// problem is the body of an error (RFC 9457, application/problem+json).
type problem struct {
	Type     string    `json:"type"`
	Title    string    `json:"title"`
	Status   int       `json:"status"`
	Code     string    `json:"code"`
	Detail   string    `json:"detail"`
	Field    string    `json:"field,omitempty"`
	Errors   []problem `json:"errors,omitempty"`
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

func statusOf(e *workflow.Error) int {
	if s, ok := statuses[e.Kind]; ok {
		return s
	}
	return fiber.StatusInternalServerError
}

// newProblem says an error to a program or a person in the printer's language.
func newProblem(e *workflow.Error, p *text.Printer, incident string) problem {
	title, detail := p.Error(e)
	out := problem{Type: "about:blank", Title: title, Status: statusOf(e), Code: e.Code, Detail: detail,
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
	if noRoom(err) {
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

// noRoom reports whether a disk was full: of a form's files, of an export.
func noRoom(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

// fail answers an error: a page for people, a problem for programs. It is the
// one error handler of the app.
func (s *server) fail(c *fiber.Ctx, err error) error {
	e := fromFiber(c, err)
	status := statusOf(e)
	switch e.Code {
	case "request.method":
		status = fiber.StatusMethodNotAllowed
	case "request.too_slow":
		status = fiber.StatusRequestTimeout
	}
	incident := ""
	asked := slog.Group("", slog.String("method", c.Method()), slog.String("path", loggedPath(c)),
		slog.String("account", session.From(c).Actor.User), slog.String("address", s.o.Sessions.Address(c)))
	if e.Kind == workflow.Internal {
		incident = s.incident()
		s.o.Log.LogAttrs(c.UserContext(), slog.LevelError, "internal error", slog.String("incident", incident), asked, slog.Any("err", err))
	} else {
		s.o.Log.LogAttrs(c.UserContext(), slog.LevelInfo, "refused", slog.Int("status", status), slog.String("code", e.Code), asked)
	}
	if e.Kind == workflow.TooMany || e.Kind == workflow.Unavailable {
		c.Set(fiber.HeaderRetryAfter, retryAfter(e))
	}
	if e.Kind == workflow.Unauthorized {
		c.Set(fiber.HeaderWWWAuthenticate, `Bearer realm="duban"`)
	}
	c.Status(status)
	s.setHeaders(c) // what is refused before routing has not got them yet
	if s.wantsPage(c) {
		return s.failPage(c, e, incident)
	}
	p := newProblem(e, s.printer(c), incident)
	p.Status = status
	return c.JSON(p, "application/problem+json; charset=utf-8")
}

func retryAfter(e *workflow.Error) string {
	for _, k := range []string{"seconds", "retry_after"} {
		if n, ok := e.Args[k].(int); ok && n > 0 {
			return strconv.Itoa(n)
		}
	}
	return "5"
}

// incident is a short random number that a caller can quote and the log carries.
func (s *server) incident() string {
	var b [5]byte
	if _, err := s.o.Random.Read(b[:]); err != nil {
		return "unnumbered"
	}
	return fmt.Sprintf("%X", b)
}
