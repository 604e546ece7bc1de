package strictjson

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"duban/workflow"
)

// FuzzDecodeJSON holds that a body is read into what it says or refused as the
// caller's fault, and never as ours.
func FuzzDecodeJSON(f *testing.F) {
	for _, s := range []string{`{}`, `{"text":"办理"}`, `{"text":"a","text":"b"}`, `{"TEXT":"a"}`, `{"text":1}`, `{"other":1}`, `[`, `null`, `{"text":"\ud800"}`,
		`{"text":"a"}{}`, strings.Repeat("[", 100), `{"n":1e999}`, "\xff"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var in struct {
			Text string   `json:"text"`
			N    int      `json:"n"`
			List []string `json:"list"`
		}
		err := DecodeJSON(body, &in)
		if err != nil {
			if e := workflow.AsError(err); e.Kind != workflow.Malformed && e.Kind != workflow.Invalid {
				t.Fatalf("%q: %v", body, err)
			}
			return
		}
		if !json.Valid(body) || !utf8.Valid(body) || !utf8.ValidString(in.Text) {
			t.Fatalf("%q is taken", body)
		}
	})
}
