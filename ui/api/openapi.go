package api

import (
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/strictjson"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/plan"
)

// openapi answers the description of every route that programs may call, made
// from the same rows that register them.
func openapi(s *web.Server, c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSONCharsetUTF8)
	return c.Send(s.Spec)
}

// Describe is the OpenAPI description of the routes.
func Describe(routes []web.Route) ([]byte, error) {
	d := describer{schemas: map[string]any{}}
	paths := map[string]map[string]any{}
	for _, r := range routes {
		path, params := OpenPath(r.Path)
		if paths[path] == nil {
			paths[path] = map[string]any{}
		}
		paths[path][strings.ToLower(r.Method)] = d.operation(r, params)
	}
	return json.Marshal(map[string]any{
		"openapi": "3.1.0",
		"info": map[string]any{"title": "Duban", "version": "1",
			"description": "Task supervision for a plan. Errors are application/problem+json (RFC 9457)."},
		"paths": paths,
		"components": map[string]any{
			"schemas": d.schemas,
			"securitySchemes": map[string]any{
				"bearer": map[string]any{"type": "http", "scheme": "bearer"},
				"cookie": map[string]any{"type": "apiKey", "in": "cookie", "name": "duban"},
			},
		},
	})
}

// OpenPath turns /a/:id into /a/{id} and names the parameters.
func OpenPath(path string) (string, []string) {
	var params []string
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if name, ok := strings.CutPrefix(p, ":"); ok {
			name, ext, dotted := strings.Cut(name, ".")
			params = append(params, name)
			parts[i] = "{" + name + "}"
			if dotted {
				parts[i] += "." + ext
			}
		}
	}
	return strings.Join(parts, "/"), params
}

// describer collects the schemas of named types.
type describer struct{ schemas map[string]any }

func (d describer) operation(r web.Route, params []string) map[string]any {
	op := map[string]any{"summary": r.Summary}
	var ps []any
	for _, p := range params {
		ps = append(ps, map[string]any{"name": p, "in": "path", "required": true, "schema": map[string]any{"type": "string"}})
	}
	if r.Asof != web.NowOnly {
		ps = append(ps, map[string]any{"name": "asof", "in": "query", "schema": map[string]any{"type": "string"},
			"description": "Answer as of an earlier instant: RFC 3339, or in the plan's zone 2022-09-20T09:00, or a day (its end)."})
	}
	if r.Method == fiber.MethodPost && r.Access != web.Public {
		ps = append(ps, map[string]any{"name": "Idempotency-Key", "in": "header", "schema": map[string]any{"type": "string", "maxLength": strictjson.MaxKey}})
	}
	if len(ps) > 0 {
		op["parameters"] = ps
	}
	if r.Body != nil {
		op["requestBody"] = map[string]any{"content": jsonContent(d.schema(reflect.TypeOf(r.Body)))}
	}
	ok := map[string]any{"description": "Done."}
	if r.Answer != nil {
		ok["content"] = jsonContent(d.schema(reflect.TypeOf(r.Answer)))
	}
	op["responses"] = map[string]any{
		"2XX": ok,
		"default": map[string]any{"description": "Refused or failed.",
			"content": map[string]any{"application/problem+json": map[string]any{"schema": d.schema(reflect.TypeOf(web.Problem{}))}}},
	}
	if r.Access == web.Public {
		op["security"] = []any{}
	} else {
		op["security"] = []any{map[string]any{"bearer": []any{}}, map[string]any{"cookie": []any{}}}
	}
	return op
}

func jsonContent(schema any) map[string]any {
	return map[string]any{"application/json": map[string]any{"schema": schema}}
}

// plain are the types whose JSON is not that of their Go kind.
var plain = map[reflect.Type]map[string]any{
	reflect.TypeFor[time.Time]():              {"type": "string", "format": "date-time"},
	reflect.TypeFor[plan.Date]():              {"type": []string{"string", "null"}, "format": "date"},
	reflect.TypeFor[plan.Number]():            {"type": []string{"number", "null"}},
	reflect.TypeFor[workflow.DueTime]():       {"type": "string", "description": "RFC 3339 instant, or a date: due at the end of that working day"},
	reflect.TypeFor[workflow.ForecastInput](): {"description": "a text, a list of {indicator,value}, or {text,figures}"},
	reflect.TypeFor[json.RawMessage]():        {},
}

// schema is the JSON schema of a Go type, structs by reference.
func (d describer) schema(t reflect.Type) map[string]any {
	if s, ok := plain[t]; ok {
		return s
	}
	switch t.Kind() {
	case reflect.Pointer:
		return d.schema(t.Elem())
	case reflect.Slice, reflect.Array:
		return map[string]any{"type": "array", "items": d.schema(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": d.schema(t.Elem())}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Struct:
		return d.object(t)
	case reflect.Float32, reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Interface:
		return map[string]any{}
	}
	return map[string]any{"type": "integer"}
}

// schemaName names a type's schema. Programs may have made their own types from these names, so that
// a type of the face has one that does not tell in which room it stands or whether other rooms use it.
func schemaName(t reflect.Type) string {
	lower := func(name string) string { return "ui_" + strings.ToLower(name[:1]) + name[1:] }
	if list, _, generic := strings.Cut(t.Name(), "["); generic {
		items, _ := t.FieldByName("Items")
		of := items.Type.Elem()
		if !strings.HasPrefix(of.PkgPath(), "duban/ui/") { // with its whole path, as it was named first
			return lower(list) + "_" + strings.NewReplacer("duban/", "", "/", "_").Replace(of.PkgPath()) + "_" + of.Name()
		}
		return lower(list) + "_" + schemaName(of)
	}
	if strings.HasPrefix(t.PkgPath(), "duban/ui/") {
		return lower(t.Name())
	}
	return strings.ReplaceAll(t.String(), ".", "_")
}

func (d describer) object(t reflect.Type) map[string]any {
	name := schemaName(t)
	ref := map[string]any{"$ref": "#/components/schemas/" + name}
	if _, ok := d.schemas[name]; ok {
		return ref
	}
	properties := map[string]any{}
	d.schemas[name] = map[string]any{"type": "object", "properties": properties}
	d.fields(t, properties)
	return ref
}

// fields adds a struct's properties; an embedded struct's first, so that a field
// that shadows one of them wins as it does in JSON.
func (d describer) fields(t reflect.Type, properties map[string]any) {
	for i := range t.NumField() {
		if f := t.Field(i); f.Anonymous && f.Tag.Get("json") == "" {
			e := f.Type
			if e.Kind() == reflect.Pointer {
				e = e.Elem()
			}
			d.fields(e, properties)
		}
	}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "" || name == "-" {
			continue
		}
		properties[name] = d.schema(f.Type)
	}
}
