// Package strictjson reads JSON bodies: one document, known fields only, no key twice, bounded depth and
// size. Reports have a reader of one pass; what it does not expect is left to the strict one.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"duban/workflow"
)

// Limits of a JSON body.
const (
	MaxJSON   = 1 << 20 // bytes
	maxDepth  = 16      // nesting: the deepest body of the contract has 4
	maxTokens = 20_000  // values and keys: a report with everything has some hundreds
	MaxKey    = 128     // Idempotency-Key, characters
)

// DecodeJSON reads a body that has passed no check yet into v. Errors: Malformed, Invalid with the field.
func DecodeJSON(body []byte, v any) error {
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
