package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"duban/workflow"
)

// byTokens is scan in terms of json.Decoder: the code of the refusal, or "".
func byTokens(body []byte) string {
	if !json.Valid(body) {
		return "request.malformed"
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var open []map[string]bool // nil for an array
	key := false
	for n := 0; ; n++ {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return ""
		}
		if n >= maxTokens || len(open) > maxDepth {
			return "request.too_deep"
		}
		switch t := t.(type) {
		case json.Delim:
			switch t {
			case '{':
				open = append(open, map[string]bool{})
			case '[':
				open = append(open, nil)
			default:
				open = open[:len(open)-1]
			}
		case string:
			if !bytes.ContainsRune(body, utf8.RuneError) && strings.ContainsRune(t, utf8.RuneError) {
				return "request.not_utf8"
			}
			if key {
				if open[len(open)-1][t] {
					return "request.key_twice"
				}
				if strings.ContainsFunc(t, notSnake) {
					return "request.unknown_field"
				}
				open[len(open)-1][t], key = true, false
				continue
			}
		}
		key = len(open) > 0 && open[len(open)-1] != nil
	}
}

// FuzzScan holds the walk over the bytes against the tokens of encoding/json.
func FuzzScan(f *testing.F) {
	many := make([]string, 40)
	for i := range many {
		many[i] = fmt.Sprintf("\"k%d\":%d", i, i)
	}
	for _, s := range []string{`{}`, `{"a":1,"b":[{"a":"x","c":null},{"a":-1.5e3}]}`, `{"a":1,"a":2}`, `{"a":{"b":1},"b":{"b":2}}`, `[[],{},""]`,
		`{"\u0061":1,"a":2}`, `{"a":"\ud800"}`, `{"a":"\ud83d\ude00"}`, `{"a":"�\ud800"}`, `{"A":1}`, `{"a b":1}`, ` {"a" : "b\"c\\" } `, `{} {}`, `{"a":`,
		`"a"`, `12`, ``, `{"":1,"":2}`, strings.Repeat("[", 17) + strings.Repeat("]", 17), strings.Repeat("[", 16) + strings.Repeat("]", 16),
		"{" + strings.Join(many, ",") + "}", "{" + strings.Join(append(many, `"k3":0`), ",") + "}", "{" + strings.Join(append(many, `"k39":0`), ",") + "}",
		"[" + strings.Repeat("1,", maxTokens) + "1]", "[" + strings.Repeat("1,", maxTokens-3) + "1]", "[" + strings.Repeat("1,", maxTokens-4) + "1]"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if !utf8.Valid(body) {
			return // refused before
		}
		got := ""
		if err := scan(body); err != nil {
			got = workflow.AsError(err).Code
		}
		if want := byTokens(body); got != want {
			t.Errorf("%q: %q, by tokens %q", body, got, want)
		}
	})
}

// BenchmarkDecode reads a full report's body.
func BenchmarkDecode(b *testing.B) {
	in := workflow.ReportInput{Progress: strings.Repeat("本季度新增小微企业三千二百家。", 3), NextSteps: "继续推进入园企业培育。"}
	for i := range 4 {
		in.Measures = append(in.Measures, workflow.MeasureInput{ID: fmt.Sprint("6.", i), Status: workflow.UnderWay})
	}
	body, err := json.Marshal(in)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		var got workflow.ReportInput
		if err := DecodeJSON(body, &got); err != nil {
			b.Fatal(err)
		}
	}
}
