package ui

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"duban/ui/web"
)

// hostileBodies are bodies no honest program sends.
var hostileBodies = []string{
	"", " ", "{", "}", "[", "[]", "null", "true", "0", `""`, "nul", "{}{}", "{} x", "\x00", "\xff\xfe", "\ufeff{}", "{\"a\":\"\xc0\xaf\"}",
	`{"":""}`, `{"\u0000":1}`, `{"__proto__":{}}`, `{"reason":null}`, `{"reason":[]}`, `{"reason":{}}`, `{"reason":1e400}`, `{"due":""}`, `{"due":"2022-13-45"}`,
	`{"due":"0000-00-00"}`, `{"due":"9999-12-31"}`, `{"due":"2022-10-10T25:61:61Z"}`, `{"due":"-2022-10-10"}`, `{"due":0}`, `{"due":{}}`,
	`{"text":"\ud800\udc00\ud800"}`, `{"text":"\u202e\u2066"}`, `{"text":"\u0000"}`, `{"text":"` + strings.Repeat("\u0301", 50_000) + `"}`,
	`{"level":{"a":[]}}`, `{"grade":["good"]}`, `{"granted":"true"}`, `{"granted":1}`, `{"tasks":[1e99]}`, `{"tasks":[1.5]}`, `{"tasks":"6"}`, `{"departments":[{}]}`,
	`{"value":1e100000}`, `{"value":-1e-100000}`, `{"value":"NaN"}`, `{"value":Infinity}`, `{"value":0x10}`, `{"value":01}`, `{"corrects":-1}`, `{"corrects":18446744073709551616}`,
	`{"measures":[null]}`, `{"measures":{"id":1}}`, `{"figures":[[[[[[]]]]]]}`, `{"inputs":[{"assignment":{}}]}`, `{"evidence":[null,null]}`, `{"forecast":7}`, `{"forecast":[[]]}`,
	strings.Repeat("[", 10_000), strings.Repeat(`{"a":`, 5_000), `{"a":"` + strings.Repeat("x", 2<<20) + `"}`, `[` + strings.Repeat("0,", 100_000) + `0]`,
}

// hostileWords stand where an id, a number or a filter is expected.
var hostileWords = []string{
	"", ".", "..", "../..", "%", "*", "'", `"`, "<script>", "\x00", "\r\nSet-Cookie: a=b", "\u202e", "-1", "0", "1e9", "99999999999999999999", "NaN", "null", "undefined",
	"2022Q3-06-lead-zrzyt/", "2022Q3-06-lead-zrzyt\x00", "' OR 1=1 --", "${7*7}", "{{.}}", "\xff\xfe", strings.Repeat("x", 3000), strings.Repeat("%2e%2e/", 100),
}

// TestHostileRequests: whatever a route is sent, it answers with a refusal that
// has the shape of one, and nothing of it reaches the journal. send holds every
// answer against that: no 5xx, a problem with code and words, the headers.
func TestHostileRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"})
	for _, name := range []string{"office", "zrzyt"} {
		w.token(name)
	}
	n := 0
	for _, r := range described {
		path := strings.NewReplacer(":id", onLead, ":n", "1", ":seq", "1", ":period", "2022Q3").Replace(r.Path)
		if strings.HasPrefix(path, "/api/v1/indicators/") {
			path = strings.Replace(path, onLead, "G3.1", 1)
		}
		if r.Method == http.MethodGet || r.Access == web.Public {
			continue
		}
		for _, body := range hostileBodies {
			before := headOf(w)
			a := w.as("zrzyt", r.Method, path, body, map[string]string{"Content-Type": "application/json"})
			if n++; a.status >= 300 && headOf(w) != before {
				t.Errorf("%s %s refuses %.40q and writes", r.Method, path, body)
			}
			if a.status < 300 && len(strings.TrimSpace(body)) > 2 && r.Body != nil && !strings.Contains(body, "null") { // null is absent
				t.Errorf("%s %s takes %.60q: %d", r.Method, path, body, a.status)
			}
		}
	}
	for _, r := range described {
		for _, word := range hostileWords {
			path := r.Path
			if i := strings.Index(path, "/:"); i >= 0 {
				rest := ""
				if j := strings.Index(path[i+1:], "/"); j >= 0 {
					rest = path[i+1+j:]
				}
				path = path[:i+1] + url.PathEscape(word) + strings.NewReplacer(":n", url.PathEscape(word), ":act", "x").Replace(rest)
			}
			q := url.Values{}
			for _, name := range strings.Fields("after limit period task department role state light q sort scope epoch regions") {
				q.Set(name, word)
			}
			if r.Access == web.Public || r.Method != http.MethodGet && path == r.Path {
				continue
			}
			n++
			w.as("office", r.Method, path+"?"+q.Encode(), nil, nil)
		}
	}
	for name, head := range map[string]map[string]string{
		"languages": {"Accept-Language": strings.Repeat("zh;q=0.1,", 300)}, "no language": {"Accept-Language": ";;;q=,,"},
		"key": {"Idempotency-Key": strings.Repeat("k", 500)}, "match": {"If-Match": `"-1"`}, "many": {"If-Match": `"1", "2"`}, "weak": {"If-Match": "W/"},
		"types": {"Content-Type": "application/json;;;=\""}, "scheme": {"Authorization": "Basic eDp5"}, "bare": {"Authorization": "Bearer"},
		"cookie": {"Cookie": "duban=" + strings.Repeat("x", 43) + "; duban-screen=\"\""}, "host": {"X-Forwarded-Host": "evil", "X-Forwarded-For": "8.8.8.8, ::1"},
	} {
		a := w.as("zrzyt", "POST", w.expand("{L6}/reports"), "{}", head)
		if n++; a.status < 400 {
			t.Errorf("%s: %s", name, a)
		}
	}
	if n < 1000 {
		t.Errorf("only %d requests", n)
	}
	t.Logf("%d hostile requests", n)
	w.play(step{as: "zrzyt", do: "POST {L6}/reports", body: report, status: 201, events: "reported"})
}
