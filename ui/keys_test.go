package ui

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// keyless are the routes that change something and look at no key, each with why a
// repeat does no harm.
var keyless = map[string]string{
	"POST /api/v1/session":                   "opens a login; another one is none the worse, and the browser's old one ends",
	"DELETE /api/v1/session":                 "a login ends once; a repeat is 401",
	"DELETE /api/v1/me/sessions/:id":         "a login ends once; a repeat is 404",
	"PUT /api/v1/assignments/:id/draft":      "the same draft again is the same draft; no event tells of it",
	"POST /api/v1/session/proof":             "a state of the login: proved again it is later",
	"POST /me/proof":                         "as POST /api/v1/session/proof",
	"POST /login":                            "as POST /api/v1/session",
	"POST /logout":                           "as DELETE /api/v1/session",
	"POST /password":                         "the old password no longer fits: a repeat is refused",
	"POST /invite/:token":                    "a link is good once: a repeat is 404",
	"POST /me/sessions/end":                  "nothing is left to end",
	"POST /me/sessions/:id/end":              "ended meanwhile: as was asked",
	"POST /me/second":                        "a code is good once, and a second factor that is set is not set again",
	"POST /me/second/recovery":               "a code is good once",
	"POST /api/v1/me/delegations":            "the same delegation twice is refused",
	"DELETE /api/v1/me/delegations/:id":      "revoked once; a repeat finds nothing to revoke",
	"POST /delegations":                      "the same delegation twice is refused",
	"POST /delegations/revoke":               "revoked meanwhile: as was asked",
	"POST /delegations/act":                  "a state of the login: set again it is the same",
	"POST /delegations/end":                  "a state of the login: set again it is the same",
	"POST /assignments/:id/report/draft":     "as PUT of the draft; files that came with it are kept once each by content",
	"POST /assignments/:id/report/review":    "files nothing: a last look",
	"POST /figures/import":                   "reads a sheet and files nothing",
	"POST /api/v1/figures/import/preview":    "reads a sheet and files nothing",
	"POST /circular-template":                "the same template again is in force again; its content is kept once",
	"POST /circular-template/clear":          "cleared again it is clear",
	"POST /accounts":                         "a name is given once: a repeat is refused",
	"POST /accounts/:act":                    "a state is set again; a second link voids the first",
	"POST /tokens":                           "a secret is shown once and cannot be answered again; the list shows both",
	"POST /tokens/revoke":                    "revoked again it stays revoked",
	"POST /screens/:act":                     "a code pairs once; the rest sets a state again",
	"POST /meeting":                          "a state of the board: set again it is the same",
	"POST /assignments/:id/report/send-back": "a report that was sent back is not with the signatory: a repeat is refused",
}

// keyed is an act that is done twice with one key.
type keyed struct {
	route, as string
	before    []string // "WHO METHOD PATH BODY", done first
	path      string   // the route's parameters filled in; empty: the route's own path
	body      string   // JSON, or a form for a page
	assessed  bool     // on a period that is over
}

const (
	accepted = `zrzyt POST {L6}/acceptance {}`
	filed    = `zrzyt POST {L6}/reports ` + report
	urged    = `office POST {L6}/urges {"level":"urge","text":"x"}`
	answered = `office POST {L6}/asks/1/answer {"text":"x","closed":true}`
	asked    = `zrzyt POST {L6}/extension-requests {"due":"2022-10-20","reason":"x"}`
	shown    = `office POST ` + assessed + `/notice {}`
	drafted  = `office POST ` + assessed + `/draft {}`
	appealed = `scjgj POST ` + assessed + `/appeals {"assignment":"2022Q3-01-lead-scjgj","rule":"receipt","text":"x"}`
)

var keyedActs = []keyed{
	{route: "POST /api/v1/periods", as: "office", body: `{"id":"S1","name":"专项","due":"2022-10-20","tasks":[6]}`},
	{route: "POST /api/v1/assignments/:id/acceptance", as: "zrzyt", path: "{L6}/acceptance", body: `{}`},
	{route: "POST /api/v1/assignments/:id/reports", as: "zrzyt", before: []string{accepted}, path: "{L6}/reports", body: report},
	{route: "DELETE /api/v1/assignments/:id/reports/latest", as: "zrzyt", before: []string{accepted, filed}, path: "{L6}/reports/latest", body: `{}`},
	{route: "POST /api/v1/assignments/:id/verification", as: "office", before: []string{accepted, filed}, path: "{L6}/verification", body: `{"grade":"good"}`},
	{route: "POST /api/v1/assignments/:id/return", as: "office", before: []string{accepted, filed}, path: "{L6}/return", body: `{"reason":"x"}`},
	{route: "POST /api/v1/assignments/:id/urges", as: "office", path: "{L6}/urges", body: `{"level":"urge","text":"x"}`},
	{route: "POST /api/v1/assignments/:id/urges/:n/read", as: "zrzyt", before: []string{urged}, path: "{L6}/urges/1/read", body: `{}`},
	{route: "POST /api/v1/assignments/:id/urges/:n/reply", as: "zrzyt", before: []string{urged}, path: "{L6}/urges/1/reply", body: `{"text":"x"}`},
	{route: "POST /api/v1/assignments/:id/asks/:n/answer", as: "office", before: []string{accepted, filed}, path: "{L6}/asks/1/answer", body: `{"text":"x"}`},
	{route: "POST /api/v1/assignments/:id/asks/:n/reopening", as: "zrzyt", before: []string{accepted, filed, answered}, path: "{L6}/asks/1/reopening", body: `{"text":"x"}`},
	{route: "POST /api/v1/assignments/:id/asks/:n/withdrawal", as: "zrzyt", before: []string{accepted, filed}, path: "{L6}/asks/1/withdrawal", body: `{"text":"x"}`},
	{route: "POST /api/v1/assignments/:id/extension-requests", as: "zrzyt", path: "{L6}/extension-requests", body: `{"due":"2022-10-20","reason":"x"}`},
	{route: "POST /api/v1/assignments/:id/extension-requests/:n/decision", as: "office", before: []string{asked}, path: "{L6}/extension-requests/1/decision", body: `{"granted":true}`},
	{route: "POST /api/v1/assignments/:id/extension", as: "office", path: "{L6}/extension", body: `{"due":"2022-10-20","reason":"x"}`},
	{route: "POST /api/v1/assignments/:id/directives", as: "office", path: "{L6}/directives", body: `{"text":"x"}`},
	{route: "POST /api/v1/assignments/:id/notes", as: "office", path: "{L6}/notes", body: `{"text":"x"}`},
	{route: "POST /api/v1/assignments/:id/transfer", as: "office", path: "{L6}/transfer", body: `{"to":"sft","reason":"x"}`},
	{route: "POST /api/v1/assignments/:id/withdrawal", as: "office", path: "{L6}/withdrawal", body: `{"reason":"x"}`},
	{route: "POST /api/v1/assignments/:id/reopening", as: "office", before: []string{accepted, filed, `office POST {L6}/verification {"grade":"good"}`},
		path: "{L6}/reopening", body: `{"reason":"x","due":"2022-10-20"}`},
	{route: "POST /api/v1/files", as: "zrzyt", body: "file"},
	{route: "POST /api/v1/files/:id/deletion", as: "zrzyt", path: "/api/v1/files/{file}/deletion", body: `{"reason":"x"}`},
	{route: "POST /api/v1/indicators/:id/figures", as: "office", path: "/api/v1/indicators/G3.1/figures", body: `{"value":0.5,"as_of":"2022-08-31"}`},
	{route: "POST /api/v1/figures/import", as: "office", body: "sheet"},
	{route: "PUT /api/v1/indicators/:id/owner", as: "office", path: "/api/v1/indicators/G3.1/owner", body: `{"owner":"kjt"}`},
	{route: "POST /api/v1/events/:seq/redaction", as: "boss", before: []string{`office POST {L6}/notes {"text":"x"}`}, path: "/api/v1/events/{head}/redaction", body: `{"reason":"x"}`},
	{route: "POST /api/v1/assessments/:period/draft", as: "office", path: assessed + "/draft", body: `{}`, assessed: true},
	{route: "POST /api/v1/assessments/:period/notice", as: "office", before: []string{drafted}, path: assessed + "/notice", body: `{}`, assessed: true},
	{route: "POST /api/v1/assessments/:period/freeze", as: "director", before: []string{drafted, shown}, path: assessed + "/freeze", body: `{}`, assessed: true},
	{route: "POST /api/v1/assessments/:period/appeals", as: "scjgj", before: []string{drafted, shown}, path: assessed + "/appeals",
		body: `{"assignment":"2022Q3-01-lead-scjgj","rule":"receipt","text":"x"}`, assessed: true},
	{route: "POST /api/v1/assessments/:period/appeals/:n/answer", as: "office", before: []string{drafted, shown, appealed}, path: assessed + "/appeals/1/answer",
		body: `{"upheld":false,"text":"x"}`, assessed: true},
	{route: "POST /api/v1/assessments/:period/bonuses", as: "office", path: assessed + "/bonuses", body: `{"department":"sft","points":1,"reason":"x"}`, assessed: true},

	{route: "POST /assignments/urge", as: "office", body: "select=" + onLead + "&level=urge&text=x"},
	{route: "POST /assignments/bulk/:act", as: "office", path: "/assignments/bulk/extend", body: "select=" + onLead + "&confirmed=1&due=2022-10-20&reason=x"},
	{route: "POST /assignments/:id/report/file", as: "zrzyt", before: []string{accepted}, path: "/assignments/{l6}/report/file", body: "progress=x"},
	{route: "POST /assignments/:id/:act", as: "office", path: "/assignments/{l6}/note", body: "text=x"},
	{route: "POST /files/:id/deletion", as: "zrzyt", path: "/files/{file}/deletion", body: "reason=x"},
	{route: "POST /indicators/:id/figures", as: "office", path: "/indicators/G3.1/figures", body: "value=50&as_of=2022-08-31"},
	{route: "POST /indicators/:id/owner", as: "office", path: "/indicators/G3.1/owner", body: "department=kjt"},
	{route: "POST /figures/import/confirm", as: "office", body: "period=2022Q3&rows=" + url.QueryEscape(`[{"n":1,"assignment":"","figure":{"indicator":"G3.1","value":"0.5","as_of":"2022-08-31"},"seen":0}]`)},
	{route: "POST /periods", as: "office", body: "id=S1&name=x&due=2022-10-20&tasks=6"},
	{route: "POST /signing", as: "office", body: "departments=sft"},
	{route: "POST /assessments/:period/:act", as: "office", path: "/assessments/2022Q3/draft", assessed: true},
	{route: "POST /circulars/:period", as: "office", before: []string{drafted, shown, `director POST ` + assessed + `/freeze {}`}, path: "/circulars/2022Q3", body: "overview=a&ahead=b&problems=c&next=d", assessed: true},
	{route: "POST /journal/:seq/redaction", as: "boss", before: []string{`office POST {L6}/notes {"text":"x"}`}, path: "/journal/{head}/redaction", body: "reason=x"},
}

// TestEveryChangeTakesAKey holds the contract's promise over the whole table of
// routes: a repeat gets the first answer and changes nothing, and the key with
// anything else is refused; a route that looks at no key is listed with a reason.
func TestEveryChangeTakesAKey(t *testing.T) {
	t.Parallel()
	rows := map[string]bool{}
	for n, k := range keyedActs {
		rows[k.route] = true
		t.Run(fmt.Sprintf("%02d", n), func(t *testing.T) {
			t.Parallel()
			k.check(t)
		})
	}
	for _, r := range routes {
		name := r.Method + " " + r.Path
		switch {
		case r.Method == "GET":
			continue
		case rows[name] == (keyless[name] != ""):
			t.Errorf("%s must either be done twice with one key here, or be listed as looking at none", name)
		}
		delete(rows, name)
	}
	for name := range rows {
		t.Errorf("%s is no route", name)
	}
	for name := range keyless {
		if !strings.Contains(allRoutes(), "\n"+name+"\n") {
			t.Errorf("%s is listed and no route", name)
		}
	}
}

func allRoutes() string {
	var b strings.Builder
	for _, r := range routes {
		fmt.Fprintf(&b, "\n%s %s\n", r.Method, r.Path)
	}
	return b.String()
}

func (k keyed) check(t *testing.T) {
	w := newWorld(t)
	if k.assessed {
		w = assessedWorld(t)
	}
	file := w.upload("zrzyt", "file", "a.pdf", pdf, nil)
	w.vars["file"], _ = file.get("id").(string)
	for _, s := range k.before {
		part := strings.SplitN(w.expand(s), " ", 4)
		if a := w.as(part[0], part[1], part[2], part[3], nil); a.status >= 300 {
			t.Fatalf("%s first: %s", s, a)
		}
	}
	w.vars["head"] = fmt.Sprint(headOf(w))
	w.token(k.as)
	w.cookie(k.as)
	if k.body == "sheet" { // handing one out is an event
		w.sheetOnce(k.as, k.body)
		w.sheetOnce(k.as, k.other())
	}
	before := headOf(w)
	first := k.send(w, k.body)
	after := headOf(w)
	if first.status >= 400 || first.formAgain() || after == before {
		t.Fatalf("%s is not done: %d, %d events: %s", k.route, first.status, after-before, first)
	}
	again := k.send(w, k.body)
	want := first.status
	if want == 201 {
		want = 200
	}
	if again.status != want || string(again.body) != string(first.body) || again.header.Get("Location") != first.header.Get("Location") || headOf(w) != after {
		t.Errorf("%s again: %d, %d events more:\n%s\n%s", k.route, again.status, headOf(w)-after, first, again)
	}
	other := k.send(w, k.other())
	if other.status != 422 || headOf(w) != after {
		t.Errorf("%s with another body: %d, %d events more: %s", k.route, other.status, headOf(w)-after, other)
	}
	if code := other.get("code"); strings.HasPrefix(k.route, "POST /api/") && code != "idempotency.reused" {
		t.Errorf("%s with another body: %v", k.route, code)
	}
}

// other is another body that would be as good.
func (k keyed) other() string {
	switch {
	case strings.HasPrefix(k.body, "{"):
		return k.body + " "
	case k.body == "file", k.body == "sheet":
		return "another"
	}
	return k.body + "&more=1"
}

func (k keyed) send(w *world, body string) answer {
	method, path, _ := strings.Cut(k.route, " ")
	if k.path != "" {
		path = w.expand(k.path)
	}
	key := map[string]string{"Idempotency-Key": "the same"}
	switch {
	case path == "/api/v1/files":
		return w.upload(k.as, "file", "a.pdf", pdf+body, key) // each with a boundary of its own
	case path == "/api/v1/figures/import":
		return w.importSheet(k.as, path, w.sheetOnce(k.as, body), key)
	case strings.HasPrefix(path, "/api/"):
		return w.as(k.as, method, path, body, key)
	}
	b := w.cookie(k.as)
	return w.send(b.http, method, path, strings.TrimPrefix(body+"&key=same", "&"), map[string]string{"X-CSRF-Token": b.csrf, "Content-Type": "application/x-www-form-urlencoded"})
}

// TestAFileUnderItsKey: a repeat finds the first file, also when it was deleted
// since, and its bytes do not come back.
func TestAFileUnderItsKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := map[string]string{"Idempotency-Key": "k"}
	first := w.upload("zrzyt", "file", "a.pdf", pdf, key)
	w.vars["file"], _ = first.get("id").(string)
	for what, a := range map[string]answer{
		"another name":    w.upload("zrzyt", "file", "b.pdf", pdf, key),
		"another content": w.upload("zrzyt", "file", "a.pdf", pdf+"\n", key),
		"another type":    w.upload("zrzyt", "file", "a.pdf", png, key),
		"another act":     w.as("zrzyt", "POST", w.expand("{L6}/acceptance"), `{}`, key),
	} {
		if a.status != 422 || a.get("code") != "idempotency.reused" {
			t.Errorf("%s: %s", what, a)
		}
	}
	if a := w.upload("office", "file", "a.pdf", pdf, key); a.status != 201 || a.get("id") == first.get("id") {
		t.Errorf("another's key: %s", a)
	}
	if a := w.upload("zrzyt", "file", "a.pdf", pdf, map[string]string{"Idempotency-Key": "钥匙"}); a.status != 400 || a.get("code") != "idempotency.bad_key" {
		t.Errorf("a bad key: %s", a)
	}
	w.play(step{as: "zrzyt", do: "POST /api/v1/files/{file}/deletion", body: `{}`, status: 201, events: "file_deleted"})
	before := headOf(w)
	again := w.upload("zrzyt", "file", "a.pdf", pdf, key)
	if again.status != 200 || string(again.body) != string(first.body) || again.header.Get("Idempotency-Replayed") != "true" || headOf(w) != before {
		t.Errorf("after it was deleted: %s", again)
	}
	w.play(step{as: "zrzyt", do: "GET /api/v1/files/{file}", status: 404, code: "file.unknown"})
}
