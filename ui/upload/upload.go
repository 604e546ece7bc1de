package upload

import (
	"errors"
	"io"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"duban/ui/serve"
	"duban/ui/session"
	"duban/ui/strictjson"
	"duban/ui/web"
	"duban/workflow"
)

// TakeUpload reads a body that the server left on the wire: a form with files
// into temporary files within its limit, anything else as an ordinary body. The
// temporary files go when the request is answered. Nothing is read for who may not
// bring files here: what they send is left, and the connection closed.
func TakeUpload(s *web.Server, r web.Route) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if open, err := s.Admit(c, r); !open {
			return err
		}
		if err := r.Brings(s, c); err != nil {
			return err
		}
		leave, err := s.Uploads.Enter(s.CallerOf(c))
		if err != nil {
			return err
		}
		defer leave()
		defer serve.TakeTime(c)()
		limit := web.UploadLimit(c.Method(), c.Path())
		if strings.HasPrefix(c.Get(fiber.HeaderContentType), fiber.MIMEMultipartForm) {
			defer c.Request().RemoveMultipartFormFiles()
			_, err := c.Request().MultipartFormWithLimit(limit)
			switch {
			case serve.IsTimeout(err):
				return fiber.ErrRequestTimeout
			case errors.Is(err, fasthttp.ErrBodyTooLarge):
				return web.TooLargeFor(min(limit, web.MaxFile), "")
			case web.NoRoom(err):
				return err
			case err != nil:
				return &workflow.Error{Kind: workflow.Malformed, Code: "request.malformed", Err: err}
			}
			return c.Next()
		}
		body, err := io.ReadAll(serve.Upload(c, strictjson.MaxJSON))
		if err != nil {
			return err
		}
		c.Request().SetBodyRaw(body)
		return c.Next()
	}
}

// BringsEvidence: only a department's people and the office bring evidence.
func BringsEvidence(s *web.Server, c *fiber.Ctx) error {
	if who := session.From(c).Actor; !who.InDepartment() && !who.Supervises() {
		return workflow.Fault(workflow.Forbidden, "file.forbidden")
	}
	return nil
}

// BringsFigures: those who file figures, or report them.
func BringsFigures(s *web.Server, c *fiber.Ctx) error {
	if who := session.From(c).Actor; !who.InDepartment() && !who.Supervises() {
		return workflow.Fault(workflow.Forbidden, "figures.sheet_forbidden")
	}
	return nil
}

// BringsReport: those who may draft the assignment's report.
func BringsReport(s *web.Server, c *fiber.Ctx) error {
	a, err := s.Find(c, c.Params("id"))
	if err != nil {
		return err
	}
	_, _, err = s.Desk.Draft(c.UserContext(), session.From(c).Actor, a)
	return err
}

// EmptyFile refuses a file without content.
func EmptyFile(field, name string) *workflow.Error {
	return workflow.BadField(field, "file.empty", "file", web.Quoted(name))
}
