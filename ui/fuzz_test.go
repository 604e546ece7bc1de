package ui

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"duban/workflow"
)

// FuzzBack holds that after a login a browser stays here: browsers drop tabs and
// line ends from an address, and read \ as / (WHATWG URL).
func FuzzBack(f *testing.F) {
	for _, s := range []string{"/", "/tasks/6?x=1", "//elsewhere.example", `/\elsewhere.example`, "/\t/elsewhere.example", "javascript:alert(1)",
		"https://elsewhere.example", "/%2f/elsewhere.example", "/..//elsewhere.example", "/\r\nSet-Cookie: a=b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, next string) {
		to := back(next, "/")
		seen := strings.ReplaceAll(strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(to), `\`, "/")
		if !strings.HasPrefix(seen, "/") || strings.HasPrefix(seen, "//") || strings.ContainsAny(to, "\r\n") {
			t.Fatalf("%q leads to %q", next, to)
		}
		if u, err := url.Parse(to); err != nil || u.Host != "" || u.Scheme != "" {
			t.Fatalf("%q leads to %q (%v)", next, to, err)
		}
	})
}

// FuzzCleanName holds that any outside file name is fit to show and to save under.
func FuzzCleanName(f *testing.F) {
	for _, s := range []string{"材料.pdf", "../../etc/passwd", `C:\a\b.exe`, "CON", "con.pdf", "a\u202efdp.exe", "....", "", "\xff\xfe", strings.Repeat("长", 300)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got := cleanName(name, ".pdf")
		stem, ok := strings.CutSuffix(got, ".pdf")
		if !ok || stem == "" || reserved[strings.ToUpper(stem)] || !utf8.ValidString(got) || utf8.RuneCountInString(stem) > 100 ||
			strings.ContainsAny(got, `<>:"/\|?*`+"\x00\r\n\u202e") || strings.HasPrefix(got, ".") {
			t.Fatalf("%q became %q", name, got)
		}
	})
}

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
		err := decodeJSON(body, &in)
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

// FuzzIfMatch holds that a condition matches no version that does not stand in it, in
// quotes, and that what can be read asks for something.
func FuzzIfMatch(f *testing.F) {
	for _, s := range []string{"", "*", `"12"`, `W/"3"`, `"0"`, `"-1"`, `"99999999999999999999"`, `"1", "2"`, "٣", `,"3",`, `"3" "4"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, h string) {
		k, ok := parseTags(h)
		if ok && !k.sent() {
			t.Fatalf("%q is read as nothing", h)
		}
		for _, stands := range []int{1, 3, 12} {
			if v := k.versionOf(stands); ok && v == stands && !strings.Contains(h, strconv.Quote(strconv.Itoa(stands))) {
				t.Fatalf("%q is version %d", h, v)
			}
		}
	})
}
