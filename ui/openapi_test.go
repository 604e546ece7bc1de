package ui

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// description is the served OpenAPI document, decoded.
type description struct {
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas map[string]map[string]any `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	Summary     string `json:"summary"`
	Parameters  []struct{ Name, In string }
	RequestBody *struct {
		Content map[string]struct{ Schema map[string]any }
	} `json:"requestBody"`
	Responses map[string]struct {
		Content map[string]struct{ Schema map[string]any }
	} `json:"responses"`
}

// spec is what New serves at /openapi.json; a test holds the two together.
var spec = sync.OnceValue(func() description {
	var d description
	b, err := describe(apiRoutes)
	if err == nil {
		err = json.Unmarshal(b, &d)
	}
	if err != nil {
		panic(err)
	}
	return d
})

// schema is a component by the last part of its name.
func (d description) schema(name string) map[string]any {
	for full, s := range d.Components.Schemas {
		if full == name || strings.HasSuffix(full, "_"+name) {
			return s
		}
	}
	return map[string]any{"$ref": "no schema " + name}
}

// matches reports whether a path is one of a template's, /a/{id}.
func matches(template, path string) bool {
	t, p := strings.Split(template, "/"), strings.Split(path, "/")
	if len(t) != len(p) {
		return false
	}
	for i := range t {
		if t[i] != p[i] && (!strings.HasPrefix(t[i], "{") || p[i] == "") {
			return false
		}
	}
	return true
}

// checkSchema holds a good answer against the description of its route.
func checkSchema(method, path string, v any) []string {
	d := spec()
	for template, ops := range d.Paths {
		op, ok := ops[strings.ToLower(method)]
		if !ok || !matches(template, path) {
			continue
		}
		content, ok := op.Responses["2XX"].Content["application/json"]
		if !ok {
			return nil
		}
		return conform(content.Schema, v, "")
	}
	return []string{"no such route in the description"}
}

// conform lists where a value is not as its schema says: another type, a field
// that is not described, a reference to nothing.
func conform(schema map[string]any, v any, where string) []string {
	if ref, ok := schema["$ref"].(string); ok {
		name := strings.TrimPrefix(ref, "#/components/schemas/")
		s, ok := spec().Components.Schemas[name]
		if !ok {
			return []string{where + ": " + ref}
		}
		return conform(s, v, where)
	}
	if v == nil && schema["type"] == "array" {
		return []string{where + " is null, want a list"}
	}
	if !typed(schema["type"], v) {
		return []string{fmt.Sprintf("%s is %T %v, want %v", where, v, v, schema["type"])}
	}
	var faults []string
	switch x := v.(type) {
	case []any:
		items, _ := schema["items"].(map[string]any)
		for i, e := range x {
			faults = append(faults, conform(items, e, fmt.Sprintf("%s.%d", where, i))...)
		}
	case map[string]any:
		properties, closed := schema["properties"].(map[string]any)
		more, _ := schema["additionalProperties"].(map[string]any)
		for k, e := range x {
			switch p, ok := properties[k].(map[string]any); {
			case ok:
				faults = append(faults, conform(p, e, where+"."+k)...)
			case more != nil:
				faults = append(faults, conform(more, e, where+"."+k)...)
			case closed:
				faults = append(faults, where+"."+k+" is not described")
			}
		}
	}
	return faults
}

// typed reports whether v has one of the JSON types; null stands for a field that
// is not set, as pointers and slices of Go have it.
func typed(types, v any) bool {
	if types == nil || v == nil {
		return true
	}
	all, ok := types.([]any)
	if !ok {
		all = []any{types}
	}
	kind := ""
	switch x := v.(type) {
	case string:
		kind = "string"
	case bool:
		kind = "boolean"
	case []any:
		kind = "array"
	case map[string]any:
		kind = "object"
	case json.Number:
		kind = "number"
		if !strings.ContainsAny(x.String(), ".eE") && slices.Contains(all, "integer") {
			kind = "integer"
		}
	}
	return slices.Contains(all, any(kind))
}

// TestConformBites: the check finds a wrong type and a field that is not there.
func TestConformBites(t *testing.T) {
	for _, c := range []struct {
		json string
		want int
	}{
		{`{"name":"a","unit":"b","role":"office"}`, 0},
		{`{"name":1}`, 1},
		{`{"nam":"a"}`, 1},
		{`{"must_change_password":"no","x":[1]}`, 2},
	} {
		var v any
		if err := json.Unmarshal([]byte(c.json), &v); err != nil {
			t.Fatal(err)
		}
		if got := conform(spec().schema("meView"), v, ""); len(got) != c.want {
			t.Errorf("%s: %q", c.json, got)
		}
	}
}
