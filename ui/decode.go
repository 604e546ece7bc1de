package ui

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"mime"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"duban/workflow"
)

// Limits of a JSON body.
const (
	maxJSON   = 1 << 20 // bytes
	maxDepth  = 16      // nesting: the deepest body of the contract has 4
	maxTokens = 20_000  // values and keys: a report with everything has some hundreds
	maxKey    = 128     // Idempotency-Key, characters
)

// decode reads a JSON body strictly into v: one document, known fields only, no
// key twice, bounded depth. An empty body is an empty object.
func decode(c *fiber.Ctx, v any) error {
	body := bodyOf(c)
	if len(body) == 0 {
		return nil
	}
	if !isJSON(c.Request().Header.ContentType()) {
		return workflow.Fault(workflow.Unsupported, "request.content_type")
	}
	if len(body) > maxJSON {
		return workflow.Fault(workflow.TooLarge, "request.too_large", "limit", "1 MiB")
	}
	return decodeJSON(body, v)
}

// bodyOf is the request's body as it came, without a copy: what is kept of it must be
// copied. Fiber's own c.Body unpacks, and copies the body and every header for each call.
func bodyOf(c *fiber.Ctx) []byte { return c.Request().Body() }

// isJSON reports whether a content type is JSON's, whatever its parameters.
func isJSON(header []byte) bool {
	if string(header) == fiber.MIMEApplicationJSON {
		return true
	}
	kind, _, err := mime.ParseMediaType(string(header))
	return err == nil && kind == fiber.MIMEApplicationJSON
}

func decodeJSON(body []byte, v any) error {
	if !utf8.Valid(body) {
		return workflow.Fault(workflow.Malformed, "request.not_utf8")
	}
	if r, ok := v.(*workflow.ReportInput); ok && quickReport(body, r) {
		return nil
	}
	return decodeStrictly(body, v)
}

func decodeStrictly(body []byte, v any) error {
	if err := scan(body); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong):
		return &workflow.Error{Kind: workflow.Invalid, Code: "request.field_type", Field: wrong.Field,
			Args: map[string]any{"field": wrong.Field, "got": wrong.Value}, Err: err}
	case strings.HasPrefix(err.Error(), "json: unknown field "):
		name, _ := strconv.Unquote(strings.TrimPrefix(err.Error(), "json: unknown field "))
		return workflow.BadField(name, "request.unknown_field", "field", name)
	}
	return &workflow.Error{Kind: workflow.Invalid, Code: "request.field_value", Err: err}
}

// call is what an act of this request carries.
func (s *server) call(c *fiber.Ctx, actor workflow.Actor) (workflow.Call, error) {
	call, err := s.callWith(c, actor, bodyOf(c))
	if err != nil {
		return call, err
	}
	asked, err := conditionOf(c, fiber.HeaderIfMatch)
	if err != nil {
		return call, err
	}
	a, _ := s.o.Book.Assignment(c.Params("id"))
	call.Version = asked.versionOf(a.Version)
	return call, nil
}

// keyed is what an act carries whose body is told apart by other means: its digest
// is of the act alone.
func (s *server) keyed(c *fiber.Ctx, actor workflow.Actor) (workflow.Call, error) {
	return s.callWith(c, actor, nil)
}

func (s *server) callWith(c *fiber.Ctx, actor workflow.Actor, body []byte) (workflow.Call, error) {
	call := workflow.Call{Actor: actor, Received: s.o.Now(), Key: c.Get("Idempotency-Key"), Digest: digest(c, body)}
	if len(call.Key) > maxKey || strings.ContainsFunc(call.Key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return call, workflow.Fault(workflow.Malformed, "idempotency.bad_key", "limit", maxKey)
	}
	return call, nil
}

// digest names the act and its body, so that a key cannot be used for another.
func digest(c *fiber.Ctx, body []byte) (sum [32]byte) {
	h := sha256.New()
	h.Write([]byte(c.Method() + " " + c.Path() + "\n"))
	h.Write(body)
	h.Sum(sum[:0])
	return sum
}
