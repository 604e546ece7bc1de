package ui

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"duban/ui/api"
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
	b, err := api.Describe(described)
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

// TestTheDescription: what is served describes every route of the contract and
// no other, each with a summary, its path parameters and its answer.
func TestTheDescription(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var served description
	if err := json.Unmarshal(w.as("", "GET", "/openapi.json", nil, nil).body, &served); err != nil {
		t.Fatal(err)
	}
	routed := map[string]bool{}
	for _, r := range described {
		path, params := api.OpenPath(r.Path)
		routed[r.Method+" "+path] = true
		op, ok := served.Paths[path][strings.ToLower(r.Method)]
		if !ok || op.Summary == "" {
			t.Errorf("%s %s is not described", r.Method, r.Path)
			continue
		}
		for _, p := range params {
			if !slices.ContainsFunc(op.Parameters, func(x struct{ Name, In string }) bool { return x.Name == p && x.In == "path" }) {
				t.Errorf("%s %s: parameter %s is not described", r.Method, r.Path, p)
			}
		}
		if (op.RequestBody != nil) != (r.Body != nil) {
			t.Errorf("%s %s: its body is not described", r.Method, r.Path)
		}
	}
	for path, ops := range served.Paths {
		for method := range ops {
			if !routed[strings.ToUpper(method)+" "+path] {
				t.Errorf("%s %s is described and is no route", method, path)
			}
		}
	}
	for _, call := range contractCalls {
		if !routed[call] {
			t.Errorf("%s stands in the contract and is no route", call)
		}
	}
}

// contractCalls are the calls of docs/contract.md that other programs are written
// against: they may be added to, never taken away.
var contractCalls = []string{
	"GET /healthz", "GET /readyz", "GET /metrics", "GET /openapi.json", "POST /api/v1/session", "DELETE /api/v1/session", "GET /api/v1/me",
	"GET /api/v1/plan", "GET /api/v1/periods", "POST /api/v1/periods", "GET /api/v1/assignments", "GET /api/v1/assignments/{id}",
	"POST /api/v1/assignments/{id}/acceptance", "PUT /api/v1/assignments/{id}/draft", "POST /api/v1/assignments/{id}/reports",
	"DELETE /api/v1/assignments/{id}/reports/latest", "POST /api/v1/assignments/{id}/verification", "POST /api/v1/assignments/{id}/return",
	"POST /api/v1/assignments/{id}/urges", "POST /api/v1/assignments/{id}/urges/{n}/reply", "POST /api/v1/assignments/{id}/extension-requests",
	"POST /api/v1/assignments/{id}/extension-requests/{n}/decision", "POST /api/v1/assignments/{id}/directives",
	"POST /api/v1/assignments/{id}/withdrawal", "POST /api/v1/assignments/{id}/reopening", "POST /api/v1/files", "GET /api/v1/files/{id}",
	"GET /api/v1/indicators", "POST /api/v1/indicators/{id}/figures", "GET /api/v1/events", "GET /api/v1/board", "GET /api/v1/live",
	"GET /export/ledger.xlsx", "GET /export/figures.xlsx", "GET /export/journal.jsonl",
	"GET /api/v1/assessments/{period}", "POST /api/v1/assessments/{period}/draft", "POST /api/v1/assessments/{period}/notice",
	"POST /api/v1/assessments/{period}/freeze", "POST /api/v1/assessments/{period}/appeals", "GET /export/circular/{period}.docx",
}

// TestEveryDescribedAnswer calls every described GET that answers JSON, after a
// life that fills its optional parts; send holds each answer against its schema.
func TestEveryDescribedAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	file := w.upload("zrzyt", "file", "a.pdf", pdf, nil)
	w.vars["file"], _ = file.get("id").(string)
	w.play(
		step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"},
		step{as: "office", do: "POST {L6}/urges", body: `{"level":"formal","text":"x"}`, status: 201, events: "urged"},
		step{as: "zrzyt", do: "POST {L6}/extension-requests", body: `{"due":"2022-10-20","reason":"x"}`, status: 201, events: "extension_requested"},
		step{as: "zrzyt", do: "POST {L6}/reports", status: 201, events: "reported marked", body: `{"progress":"x","measures":[{"id":"6.1","status":"done","percent":100,"note":"n"}],
			"figures":[{"indicator":"G3.1","value":0.5,"as_of":"2022-08-31","provisional":true,"explanation":"e"}],"obstacles":"o","asks":"a","next_steps":"n",
			"forecast":[{"indicator":"G3.1","value":0.6}],"inputs":[{"assignment":"{c6}","mark":"not_received"}],"evidence":["{file}"]}`},
		step{as: "fzggw", do: "POST {C6}/acceptance", status: 201, events: "accepted"},
		step{as: "fzggw", do: "PUT {C6}/draft", body: report, status: 200},
		step{as: "office", do: "POST /api/v1/indicators/G4.9/figures", body: `{"met":true,"as_of":"2022-08-31","reason":"r"}`, status: 201, events: "figure_filed"},
		step{as: "office", do: "POST /api/v1/assessments/2022Q3/bonuses", body: `{"department":"sft","points":1,"reason":"r"}`, status: 201, events: "bonus_given"},
		step{as: "office", do: "POST /api/v1/assessments/2022Q3/draft", status: 201, events: "assessment_drafted"},
	)
	w.cookie("boss")
	full := strings.NewReplacer("assignments/{id}/draft", "assignments/"+onCoop+"/draft", "assignments/{id}", "assignments/"+onLead, "indicators/{id}", "indicators/G3.1", "assessments/{period}", "assessments/2022Q3", "files/{id}", "files/"+w.vars["file"])
	called := 0
	for path, ops := range spec().Paths {
		op, ok := ops["get"]
		if !ok || op.Responses["2XX"].Content == nil {
			continue
		}
		as := "boss"
		if strings.HasSuffix(path, "/draft") {
			as = "fzggw"
		}
		called++
		if a := w.as(as, "GET", full.Replace(path), nil, nil); a.status != 200 || a.json == nil {
			t.Errorf("GET %s: %s", path, a)
		}
	}
	if called < 9 {
		t.Errorf("only %d calls", called)
	}
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

// TestSchemasKeepTheirNames: programs are made from the description, by these names; where a type
// stands in the code changes none of them.
func TestSchemasKeepTheirNames(t *testing.T) {
	w := newWorld(t)
	var d struct {
		Components struct{ Schemas map[string]json.RawMessage }
	}
	if err := json.Unmarshal(w.as("office", "GET", "/openapi.json", nil, nil).body, &d); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ui_problem", "ui_assignmentView", "ui_eventView", "ui_draftView", "ui_listOf_ui_sessionView", "ui_listOf_ui_assignmentView",
		"ui_listOf_workflow_ledger_IndicatorView", "ui_assessmentResult", "workflow_ReportInput", "ledger_Board"} {
		if d.Components.Schemas[name] == nil {
			t.Errorf("no schema is named %s", name)
		}
	}
}
