package web

import (
	"crypto/sha256"
	"encoding/hex"
	"mime"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duban/ui/strictjson"
	"duban/workflow"
)

// Decode reads a JSON body strictly into v: one document, known fields only, no
// key twice, bounded depth. An empty body is an empty object.
func Decode(c *fiber.Ctx, v any) error {
	body := bodyOf(c)
	if len(body) == 0 {
		return nil
	}
	if !isJSON(c.Request().Header.ContentType()) {
		return workflow.Fault(workflow.Unsupported, "request.content_type")
	}
	if len(body) > strictjson.MaxJSON {
		return workflow.Fault(workflow.TooLarge, "request.too_large", "limit", "1 MiB")
	}
	return strictjson.DecodeJSON(body, v)
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

// Call is what an act of this request carries.
func (s *Server) Call(c *fiber.Ctx, actor workflow.Actor) (workflow.Call, error) {
	call, err := s.callWith(c, actor, bodyOf(c))
	if err != nil {
		return call, err
	}
	asked, err := ConditionOf(c, fiber.HeaderIfMatch)
	if err != nil {
		return call, err
	}
	a, _ := s.Book.Assignment(c.Params("id"))
	call.Version = asked.versionOf(a.Version)
	return call, nil
}

// Keyed is what an act carries whose body is told apart by other means: its digest
// is of the act alone.
func (s *Server) Keyed(c *fiber.Ctx, actor workflow.Actor) (workflow.Call, error) {
	return s.callWith(c, actor, nil)
}

func (s *Server) callWith(c *fiber.Ctx, actor workflow.Actor, body []byte) (workflow.Call, error) {
	call := workflow.Call{Actor: actor, Received: s.Now(), Key: c.Get("Idempotency-Key"), Digest: Digest(c, body)}
	if len(call.Key) > strictjson.MaxKey || strings.ContainsFunc(call.Key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return call, workflow.Fault(workflow.Malformed, "idempotency.bad_key", "limit", strictjson.MaxKey)
	}
	var err error
	call.Plan, err = PlanSaid(c)
	return call, err
}

// planHeader is where a program says the digest of the plan that it looked at.
const planHeader = "Duban-Plan"

// PlanSaid is the digest of the plan that a program looked at; empty when it does not say.
func PlanSaid(c *fiber.Ctx) (string, error) {
	said := c.Get(planHeader)
	if said == "" {
		return "", nil
	}
	if b, err := hex.DecodeString(said); err != nil || len(b) != sha256.Size {
		return "", workflow.BadField(planHeader, "plan.bad_digest")
	}
	return strings.Clone(said), nil
}

// Digest names the act and its body, so that a key cannot be used for another.
func Digest(c *fiber.Ctx, body []byte) (sum [32]byte) {
	h := sha256.New()
	h.Write([]byte(c.Method() + " " + c.Path() + "\n"))
	h.Write(body)
	h.Sum(sum[:0])
	return sum
}
