package ui

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	body := c.Body()
	if len(body) == 0 {
		return nil
	}
	if kind, _, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType)); err != nil || kind != fiber.MIMEApplicationJSON {
		return workflow.Fault(workflow.Unsupported, "request.content_type")
	}
	if len(body) > maxJSON {
		return workflow.Fault(workflow.TooLarge, "request.too_large", "limit", "1 MiB")
	}
	return decodeJSON(body, v)
}

func decodeJSON(body []byte, v any) error {
	if !utf8.Valid(body) {
		return workflow.Fault(workflow.Malformed, "request.not_utf8")
	}
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

// scan walks the tokens once: it refuses what encoding/json lets pass (a key
// twice, a second document) and what would cost too much (depth, size).
func scan(body []byte) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var keys []map[string]bool // one for each open object, nil for an array
	var key bool               // the next string is a key
	// encoding/json reads half a surrogate pair as U+FFFD: a text that has one
	// though the body has none is damaged.
	whole := !bytes.ContainsRune(body, utf8.RuneError)
	for n := 0; ; n++ {
		t, err := d.Token()
		if errors.Is(err, io.EOF) && n > 0 && len(keys) == 0 {
			return nil
		}
		if err != nil {
			return &workflow.Error{Kind: workflow.Malformed, Code: "request.malformed",
				Args: map[string]any{"offset": d.InputOffset()}, Err: err}
		}
		if n >= maxTokens || len(keys) > maxDepth {
			return workflow.Fault(workflow.Malformed, "request.too_deep", "depth", maxDepth, "values", maxTokens)
		}
		if len(keys) == 0 && n > 0 {
			return workflow.Fault(workflow.Malformed, "request.malformed", "offset", d.InputOffset())
		}
		switch t := t.(type) {
		case json.Delim:
			switch t {
			case '{':
				keys = append(keys, map[string]bool{})
			case '[':
				keys = append(keys, nil)
			default:
				keys = keys[:len(keys)-1]
			}
			key = len(keys) > 0 && keys[len(keys)-1] != nil
			continue
		case string:
			if whole && strings.ContainsRune(t, utf8.RuneError) {
				return workflow.Fault(workflow.Malformed, "request.not_utf8")
			}
			if key {
				if err := keyFault(t, keys[len(keys)-1]); err != nil {
					return err
				}
				keys[len(keys)-1][t], key = true, false
				continue
			}
		}
		key = len(keys) > 0 && keys[len(keys)-1] != nil
		if len(keys) == 0 {
			if _, err := d.Token(); !errors.Is(err, io.EOF) {
				return workflow.Fault(workflow.Malformed, "request.malformed", "offset", d.InputOffset())
			}
			return nil
		}
	}
}

// keyFault refuses a key that stands there twice, and one that is not snake_case:
// encoding/json would take a field of ours in any case of letters.
func keyFault(key string, seen map[string]bool) error {
	if seen[key] {
		return workflow.BadField(key, "request.key_twice", "field", key)
	}
	if strings.ContainsFunc(key, notSnake) {
		return workflow.BadField(key, "request.unknown_field", "field", key)
	}
	return nil
}

func notSnake(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' }

// call is what an act of this request carries.
func (s *server) call(c *fiber.Ctx, actor workflow.Actor) (workflow.Call, error) {
	call := workflow.Call{Actor: actor, Received: s.o.Now(), Key: c.Get("Idempotency-Key")}
	if len(call.Key) > maxKey || strings.ContainsFunc(call.Key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return call, workflow.Fault(workflow.Malformed, "idempotency.bad_key", "limit", maxKey)
	}
	version, err := ifMatch(c.Get(fiber.HeaderIfMatch))
	call.Version = version
	call.Digest = digest(c)
	return call, err
}

// digest names the act and its body, so that a key cannot be used for another.
func digest(c *fiber.Ctx) [32]byte {
	h := sha256.New()
	fmt.Fprintf(h, "%s %s\n", c.Method(), c.Path())
	h.Write(c.Body())
	return [32]byte(h.Sum(nil))
}

// ifMatch reads "12"; 0 when not sent or *.
func ifMatch(h string) (int, error) {
	h = strings.TrimSpace(h)
	if h == "" || h == "*" {
		return 0, nil
	}
	n, err := strconv.Atoi(strings.Trim(strings.TrimPrefix(h, "W/"), `"`))
	if err != nil || n < 1 {
		return 0, workflow.Fault(workflow.Malformed, "request.if_match")
	}
	return n, nil
}
