package ui

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/plan"
)

var update = flag.Bool("update", false, "write testdata/rights.golden anew")

// identities are the columns of the rights table. zrzyt leads task 6, fzggw
// cooperates in it, sft has no part in it, sign is zrzyt's signatory.
var identities = []struct{ column, name string }{
	{"nobody", ""}, {"admin", "boss"}, {"office", "office"}, {"director", "director"}, {"lead", "zrzyt"},
	{"cooperating", "fzggw"}, {"unrelated", "sft"}, {"signatory", "sign"}, {"viewer", "viewer"}, {"auditor", "auditor"}, {"screen", "screen"},
}

// What a cell may be: let through to the rules of the act (y), sent to the login
// (l), not allowed (f, 403), not there for this caller (n, 404).
const (
	anybody   = "yyyyyyyyyyy"
	persons   = "lyyyyyyyyyf"
	walled    = "lyyyyyyyyyy"
	sixth     = "lyyyyynyyyf" // who may see task 6
	ownLead   = "lfffyfnyfff" // the lead's own people, on its assignment
	ownCoop   = "lffffynffff" // the cooperating department's own, on its assignment
	theOffice = "lfyyffnffff" // the office, on an assignment of task 6
	reminds   = "lfyyyfnyfff" // the office, and the lead's people on a cooperating assignment
	supervise = "lfyyfffffff" // the office
	accounts  = "lyfffffffff" // who keeps accounts
	screens   = "lyyyfffffff" // the office and who keeps accounts
	evidence  = "lfyyyyyyfff" // who brings evidence
	readers   = "lyfyfffffyf" // who reads the record
	directs   = "lffyfffffff" // the office's director
	appeals   = "lfffynnyfff" // the assessed department
	nobodys   = "lffffffffff" // a right that nobody has been given
	unheard   = "nnnnnnnnnnn" // a link nobody has sent
)

// right is a route with a request that is whole but for who sends it.
type right struct {
	route string
	cells string
	body  string // JSON, or a form for a page; {names} are the world's vars
	path  string // where the route's parameters stand for something: the rest of it
	query string // what the route needs to answer
}

const (
	onLead = "2022Q3-06-lead-zrzyt"
	onCoop = "2022Q3-06-coop-fzggw"
)

// rightsTable is who may do what: one row a route, two where it matters whose
// assignment it is.
var rightsTable = []right{
	{route: "GET /healthz", cells: anybody}, {route: "GET /readyz", cells: anybody},
	{route: "GET /metrics", cells: anybody}, // from this machine itself
	{route: "GET /openapi.json", cells: anybody},
	{route: "POST /api/v1/session", cells: anybody, body: `{"name":"office","password":"` + passwordOf + `"}`},
	{route: "DELETE /api/v1/session", cells: persons}, {route: "GET /api/v1/me", cells: persons},
	{route: "POST /api/v1/session/proof", cells: "lffffffffff", body: `{"password":"` + passwordOf + `"}`}, // a browser's session: tokens have none
	{route: "GET /api/v1/me/sessions", cells: persons}, {route: "DELETE /api/v1/me/sessions/:id", cells: persons, path: "nothing"},
	{route: "GET /api/v1/plan", cells: persons}, {route: "GET /api/v1/periods", cells: persons},
	{route: "POST /api/v1/periods", cells: supervise, body: `{"id":"S{n}","name":"专项","due":"2022-10-20","tasks":[6]}`},
	{route: "GET /api/v1/assignments", cells: persons},
	{route: "GET /api/v1/assignments/:id", cells: sixth, path: onLead}, {route: "GET /api/v1/assignments/:id", cells: sixth, path: onCoop},
	{route: "POST /api/v1/assignments/:id/acceptance", cells: ownLead, path: onLead}, {route: "POST /api/v1/assignments/:id/acceptance", cells: ownCoop, path: onCoop},
	{route: "GET /api/v1/assignments/:id/draft", cells: ownLead, path: onLead}, {route: "GET /api/v1/assignments/:id/draft", cells: ownCoop, path: onCoop},
	{route: "PUT /api/v1/assignments/:id/draft", cells: ownLead, path: onLead, body: report}, {route: "PUT /api/v1/assignments/:id/draft", cells: ownCoop, path: onCoop, body: report},
	{route: "POST /api/v1/assignments/:id/reports", cells: ownLead, path: onLead, body: report}, {route: "POST /api/v1/assignments/:id/reports", cells: ownCoop, path: onCoop, body: report},
	{route: "DELETE /api/v1/assignments/:id/reports/latest", cells: ownLead, path: onLead}, {route: "DELETE /api/v1/assignments/:id/reports/latest", cells: ownCoop, path: onCoop},
	{route: "POST /api/v1/assignments/:id/verification", cells: theOffice, path: onLead, body: `{"grade":"good"}`},
	{route: "POST /api/v1/assignments/:id/verification", cells: theOffice, path: onCoop, body: `{"grade":"good"}`},
	{route: "POST /api/v1/assignments/:id/return", cells: theOffice, path: onLead, body: `{"reason":"x"}`},
	{route: "POST /api/v1/assignments/:id/urges", cells: theOffice, path: onLead, body: `{"level":"reminder"}`},
	{route: "POST /api/v1/assignments/:id/urges", cells: reminds, path: onCoop, body: `{"level":"reminder"}`},
	{route: "POST /api/v1/assignments/:id/urges", cells: theOffice, path: onCoop, body: `{"level":"urge","text":"x"}`},
	{route: "POST /api/v1/assignments/:id/urges/:n/read", cells: ownLead, path: onLead}, {route: "POST /api/v1/assignments/:id/urges/:n/read", cells: ownCoop, path: onCoop},
	{route: "POST /api/v1/assignments/:id/asks/:n/answer", cells: theOffice, path: onLead, body: `{"text":"x"}`},
	{route: "POST /api/v1/assignments/:id/asks/:n/reopening", cells: ownLead, path: onLead, body: `{"text":"x"}`},
	{route: "POST /api/v1/assignments/:id/asks/:n/withdrawal", cells: ownCoop, path: onCoop, body: `{}`},
	{route: "POST /api/v1/assignments/:id/urges/:n/reply", cells: ownLead, path: onLead, body: `{"text":"x"}`},
	{route: "POST /api/v1/assignments/:id/extension-requests", cells: ownLead, path: onLead, body: `{"due":"2022-10-20","reason":"x"}`},
	{route: "POST /api/v1/assignments/:id/extension-requests", cells: ownCoop, path: onCoop, body: `{"due":"2022-10-20","reason":"x"}`},
	{route: "POST /api/v1/assignments/:id/extension-requests/:n/decision", cells: theOffice, path: onLead, body: `{"granted":false,"reason":"x"}`},
	{route: "POST /api/v1/assignments/:id/extension-requests/:n/decision", cells: theOffice, path: onCoop, body: `{"granted":true}`},
	{route: "POST /api/v1/assignments/:id/extension", cells: theOffice, path: onLead, body: `{"due":"2022-10-20"}`},
	{route: "POST /api/v1/assignments/:id/directives", cells: theOffice, path: onLead, body: `{"text":"x"}`},
	{route: "POST /api/v1/assignments/:id/notes", cells: theOffice, path: onLead, body: `{"text":"x"}`},
	{route: "POST /api/v1/assignments/:id/transfer", cells: theOffice, path: onLead, body: `{"to":"zjj","reason":"x"}`},
	{route: "POST /api/v1/assignments/:id/withdrawal", cells: theOffice, path: onLead, body: `{"reason":"x"}`},
	{route: "POST /api/v1/assignments/:id/reopening", cells: theOffice, path: onLead, body: `{"reason":"x","due":"2022-10-20"}`},
	{route: "POST /api/v1/files", cells: evidence, body: "file"},
	{route: "GET /api/v1/files/:id", cells: "lyyyynnyyyf", path: "{file}"}, // brought by zrzyt, in no report yet
	{route: "GET /api/v1/indicators", cells: persons},
	{route: "POST /api/v1/indicators/:id/figures", cells: supervise, path: "G3.1", body: `{"value":0.5,"as_of":"2022-08-31"}`},
	{route: "PUT /api/v1/indicators/:id/owner", cells: supervise, path: "G3.1", body: `{"owner":"kjt"}`},
	{route: "POST /api/v1/events/:seq/redaction", cells: accounts, path: "1", body: `{"reason":"x"}`},
	{route: "GET /api/v1/events", cells: persons}, {route: "GET /api/v1/board", cells: walled}, {route: "GET /api/v1/live", cells: walled},

	{route: "GET /export/ledger.xlsx", cells: persons}, {route: "GET /export/journal.jsonl", cells: persons},
	{route: "GET /export/head.json", cells: "lyfffffffyf"}, // the administrator and the auditor
	{route: "GET /export/backup.tar", cells: accounts},

	{route: "GET /api/v1/assessments/:period", cells: persons, path: "2022Q3"}, {route: "POST /api/v1/assessments/:period/draft", cells: supervise, path: "2022Q3"},
	{route: "POST /api/v1/assessments/:period/notice", cells: supervise, path: "2022Q3"}, {route: "POST /api/v1/assessments/:period/freeze", cells: directs, path: "2022Q3"},
	{route: "POST /api/v1/assessments/:period/appeals", cells: appeals, path: "2022Q3", body: `{"assignment":"` + onLead + `","rule":"receipt","text":"x"}`},
	{route: "POST /api/v1/assessments/:period/appeals/:n/answer", cells: supervise, path: "2022Q3", body: `{"upheld":false,"text":"x"}`},
	{route: "POST /api/v1/assessments/:period/bonuses", cells: supervise, path: "2022Q3", body: `{"department":"sft","points":1,"reason":"x"}`},
	{route: "GET /assessments", cells: persons}, {route: "GET /assessments/:period", cells: persons, path: "2022Q3"},
	{route: "POST /assessments/:period/:act", cells: supervise, path: "2022Q3/draft", body: "key={n}"},
	{route: "POST /assessments/:period/:act", cells: directs, path: "2022Q3/freeze", body: "key={n}"},
	{route: "POST /assessments/:period/:act", cells: appeals, path: "2022Q3/appeal", body: "assignment=" + onLead + "&rule=receipt&text=x&key={n}"},

	{route: "GET /export/circular/:period.docx", cells: supervise, path: "2022Q3.docx"}, {route: "GET /circulars/:period", cells: supervise, path: "2022Q3"},
	{route: "POST /circulars/:period", cells: supervise, path: "2022Q3", body: "key={n}"},

	{route: "GET /export/figures.xlsx", cells: evidence}, {route: "GET /figures/import", cells: evidence},
	{route: "POST /api/v1/figures/import", cells: evidence, body: "{}"}, {route: "POST /api/v1/figures/import/preview", cells: evidence, body: "{}"},
	{route: "POST /figures/import", cells: evidence, body: "period=2022Q3"}, {route: "POST /figures/import/confirm", cells: evidence, body: "period=2022Q3&rows=[]&key={n}"},

	{route: "GET /circular-template", cells: supervise}, {route: "POST /circular-template", cells: supervise}, {route: "POST /circular-template/clear", cells: supervise},

	{route: "GET /static/*", cells: anybody, path: "{css}"}, {route: "GET /language", cells: anybody},
	{route: "GET /login", cells: anybody}, {route: "POST /login", cells: anybody, body: "name=office&password=" + passwordOf},
	{route: "GET /login/oidc", cells: unheard}, {route: "GET /login/oidc/callback", cells: unheard}, // no provider is set up
	{route: "POST /logout", cells: persons}, {route: "GET /password", cells: persons}, {route: "POST /password", cells: persons, body: "old=x&password=y&again=z"},
	{route: "GET /invite/:token", cells: unheard, path: "nothing"}, {route: "POST /invite/:token", cells: unheard, path: "nothing", body: "password=x&again=x"},
	{route: "GET /me", cells: persons}, {route: "POST /me/sessions/end", cells: persons}, {route: "POST /me/sessions/:id/end", cells: persons, path: "nothing"},
	{route: "GET /me/second", cells: persons}, {route: "POST /me/second", cells: persons, body: "code=1"}, {route: "POST /me/second/recovery", cells: persons, body: "code=1"},
	{route: "GET /me/proof", cells: persons}, {route: "POST /me/proof", cells: persons, body: "proof_password=" + passwordOf + "&next=/me"},
	{route: "GET /api/v1/me/delegations", cells: persons}, {route: "POST /api/v1/me/delegations", cells: persons, body: `{"to":"nobody","until":"2022-09-21"}`},
	{route: "POST /api/v1/me/delegations", cells: "lyfyfffffff", body: `{"for":"director","to":"sft","until":"2022-09-21"}`}, // somebody else's
	{route: "DELETE /api/v1/me/delegations/:id", cells: persons, path: "nothing"},
	{route: "GET /delegations", cells: persons}, {route: "POST /delegations", cells: persons, body: "to=nobody&from=2022-09-20&until=2022-09-21"},
	{route: "POST /delegations", cells: "lyfyfffffff", body: "for=director&to=sft&from=2022-09-20&until=2022-09-21"}, // somebody else's
	{route: "POST /delegations/revoke", cells: persons, body: "id=nothing"},
	{route: "POST /delegations/act", cells: nobodys, body: "for=director"}, // who delegated nothing
	{route: "POST /delegations/end", cells: persons},
	{route: "GET /", cells: persons}, {route: "GET /assignments", cells: persons},
	{route: "POST /assignments/urge", cells: supervise, body: "id=" + onLead + "&level=reminder&key=k"},
	{route: "POST /assignments/bulk/:act", cells: supervise, path: "extend", body: "select=" + onLead + "&confirmed=1&due=2022-10-20&key={n}"},
	{route: "GET /assignments/:id/urges/:n/print", cells: "lnnnnnnnnnf", path: onLead}, // nothing was urged
	{route: "GET /assignments/:id", cells: sixth, path: onLead},
	{route: "GET /assignments/:id/versions", cells: sixth, path: onLead},
	{route: "GET /assignments/:id/report", cells: ownLead, path: onLead}, {route: "POST /assignments/:id/report/draft", cells: ownLead, path: onLead, body: "progress=x"},
	{route: "POST /assignments/:id/report/review", cells: ownLead, path: onLead, body: "progress=x"},
	{route: "POST /assignments/:id/report/file", cells: ownLead, path: onLead, body: "progress=x&key={n}"},
	{route: "POST /assignments/:id/:act", cells: ownLead, path: onLead + "/accept", body: "key={n}"},
	{route: "POST /assignments/:id/:act", cells: theOffice, path: onLead + "/verify", body: "grade=good&key={n}"},
	{route: "POST /assignments/:id/:act", cells: theOffice, path: onLead + "/withdraw", body: "reason=x&key={n}"},
	{route: "POST /assignments/:id/:act", cells: reminds, path: onCoop + "/urge", body: "level=reminder&key={n}"},
	{route: "POST /api/v1/files/:id/deletion", cells: "lyyyynnyfff", path: "{file}", body: `{"reason":"x"}`},
	{route: "GET /files/:id", cells: "lyyyynnyyyf", path: "{file}"}, {route: "POST /files/:id/deletion", cells: "lyyyynnyfff", path: "{file}", body: "reason=x&key={n}"},
	{route: "GET /tasks/:no", cells: persons, path: "6"},
	{route: "GET /indicators", cells: persons}, {route: "GET /indicators/:id", cells: persons, path: "G3.1"},
	{route: "POST /indicators/:id/figures", cells: supervise, path: "G3.1", body: "value=1&as_of=2022-08-31&key={n}"},
	{route: "POST /indicators/:id/owner", cells: supervise, path: "G3.1", body: "department=kjt&key={n}"},
	{route: "GET /periods", cells: persons}, {route: "POST /periods", cells: supervise, body: "id=S{n}&name=x&due=2022-10-20&key={n}"},
	{route: "GET /signing", cells: screens}, {route: "POST /signing", cells: screens, body: "departments=sft&key={n}"},
	{route: "POST /assignments/:id/report/send-back", cells: "lfffffnyfff", path: onLead, body: "note=x"},
	{route: "GET /journal", cells: readers},
	{route: "GET /journal/links", cells: readers},
	{route: "GET /journal/:seq/redaction", cells: accounts, path: "1"}, {route: "POST /journal/:seq/redaction", cells: accounts, path: "1", body: "reason=x&key={n}"},
	{route: "GET /accounts", cells: accounts}, {route: "POST /accounts", cells: accounts, body: "name=neu{n}&unit=sft&role=liaison"},
	{route: "POST /accounts/:act", cells: accounts, path: "reset", body: "name=kjt"}, {route: "POST /accounts/:act", cells: accounts, path: "disable", body: "name=kjt"},
	{route: "GET /tokens", cells: accounts}, {route: "POST /tokens", cells: accounts, body: "name=t{n}&account=kjt&scope=read"}, {route: "POST /tokens/revoke", cells: accounts, body: "id=nothing"},
	{route: "GET /screens", cells: screens}, {route: "POST /screens/:act", cells: screens, path: "revoke", body: "id=nothing"},
	{route: "POST /screens/:act", cells: screens, path: "pair", body: "code=ABCDEF&name=x"},
	{route: "GET /board", cells: anybody}, {route: "GET /board/paired", cells: anybody},
	{route: "GET /board/show", cells: walled, query: "?task=6"},
	{route: "GET /meeting", cells: supervise}, {route: "POST /meeting", cells: supervise, body: "act=page:grid"},
}

// TestRights sends every route as every identity and holds the answer against
// the table; a route that has no row fails. testdata/rights.golden is the table
// as it can be read and signed.
func TestRights(t *testing.T) {
	t.Parallel()
	rows := map[string]bool{}
	var golden strings.Builder
	for _, id := range identities {
		fmt.Fprintf(&golden, "%-12s", id.column)
	}
	fmt.Fprintf(&golden, "%-12s\n", "deputy")
	words := map[byte]string{'y': "yes", 'l': "login", 'f': "403", 'n': "404"}
	for n, r := range rightsTable {
		rows[r.route] = true
		for i := range identities {
			fmt.Fprintf(&golden, "%-12s", words[r.cells[i]])
		}
		fmt.Fprintf(&golden, "%-12s", words[r.deputy()])
		fmt.Fprintln(&golden, strings.TrimSpace(r.route+"  "+r.path))
		t.Run(fmt.Sprintf("%02d", n), func(t *testing.T) {
			t.Parallel()
			r.check(t)
		})
	}
	for _, r := range routes {
		if !rows[r.Method+" "+r.Path] {
			t.Errorf("%s %s has no row in the rights table", r.Method, r.Path)
		}
		delete(rows, r.Method+" "+r.Path)
	}
	for left := range rows {
		t.Errorf("%s is a row of the rights table and no route", left)
	}
	const file = "testdata/rights.golden"
	if *update {
		if err := os.WriteFile(file, []byte(golden.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != golden.String() {
		t.Errorf("%s is not the table (%v): look at the difference and run with -update", file, err)
	}
}

// check sends one row's request as everybody, on a world of its own.
func (r right) check(t *testing.T) {
	w := newWorld(t)
	file := w.upload("zrzyt", "file", "a.pdf", pdf, nil)
	w.vars["file"], _ = file.get("id").(string)
	_, css, _ := strings.Cut(string(w.look(w.newBrowser(), "/login").body), `href="/static/`)
	w.vars["css"], _, _ = strings.Cut(css, `"`)
	screen, _ := w.screen("会议室")
	for i, id := range identities {
		w.vars["n"] = fmt.Sprint(i)
		if got := cellOf(r.ask(w, id.name, screen)); got != r.cells[i] {
			t.Errorf("%s %s as %s: %c, want %c", r.route, r.path, id.column, got, r.cells[i])
		}
	}
	w.vars["n"] = fmt.Sprint(len(identities))
	w.behalf()
	if got := cellOf(r.ask(w, "office", screen)); got != r.deputy() {
		t.Errorf("%s %s as the office for the director: %c, want %c", r.route, r.path, got, r.deputy())
	}
}

// deputy is the cell of the office acting for the director: the director's, but for
// what is about one's own account.
func (r right) deputy() byte {
	column := slices.IndexFunc(identities, func(id struct{ column, name string }) bool { return id.column == "director" })
	for _, k := range routes {
		if k.Method+" "+k.Path == r.route && k.Self {
			column--
		}
	}
	if r.route == "POST /delegations/act" {
		return 'y' // what the deputy was given
	}
	return r.cells[column]
}

// behalf has the director delegate to the office, and the office act for the director
// in its browser; programs say so in each request.
func (w *world) behalf() {
	w.t.Helper()
	for _, name := range []string{"director", "office"} { // the row may have changed the login
		delete(w.clients, name)
	}
	w.delegated("director", "office", 1)
	if a := w.press("office", formTo(w.t, w.visit("office", "/"), "/delegations/act")); a.status != http.StatusSeeOther {
		w.t.Fatal(a)
	}
	w.onBehalf = "director"
	b := w.cookie("office")
	b.take(w.look(b, "/"))
}

// where is the row's path with its parameters filled in.
func (r right) where(w *world) (method, path string) {
	method, path, _ = strings.Cut(r.route, " ")
	rest := strings.Split(w.expand(r.path), "/")
	parts := strings.Split(path, "/")
	for i, p := range parts {
		switch {
		case p == ":n":
			parts[i] = "1"
		case p == "*":
			parts[i] = strings.Join(rest, "/")
		case strings.HasPrefix(p, ":"):
			parts[i], rest = rest[0], rest[1:]
		}
	}
	return method, strings.Join(parts, "/") + r.query
}

// ask sends the row's request: pages by cookie with a form, the rest by token.
func (r right) ask(w *world, name string, screen *browser) answer {
	method, path := r.where(w)
	page := !strings.HasPrefix(path, "/api/")
	head := map[string]string{}
	if page && method == "GET" {
		head = asPage
	} else if page {
		head["Content-Type"] = "application/x-www-form-urlencoded"
	}
	var body any
	if method != "GET" && r.body != "" {
		body = w.expand(r.body)
	}
	switch {
	case r.body == "file" && name != "screen":
		return w.upload(name, "file", "a.pdf", pdf, nil)
	case name != "screen" && !page:
		return w.as(name, method, path, body, head)
	case path == "/login" || strings.HasPrefix(path, "/invite/"):
		return w.enter(name, screen, method, path, body, head)
	}
	b := screen
	if name == "" {
		b = w.newBrowser()
	} else if name != "screen" {
		b = w.cookie(name)
	}
	if method != "GET" {
		head["X-CSRF-Token"] = b.csrf
	}
	a := w.send(b.http, method, path, body, head)
	if method == "POST" && (path == "/logout" || strings.HasPrefix(path, "/me/") || path == "/delegations/end") {
		delete(w.clients, name)
	}
	return a
}

// enter sends a form that lets people in, from a browser in which its page was
// opened before somebody logged in: a login form left open in another tab.
func (w *world) enter(name string, screen *browser, method, path string, body any, head map[string]string) answer {
	b := w.newBrowser()
	if name == "screen" {
		b = screen
	}
	b.take(w.look(b, "/login"))
	token := b.csrf
	if name != "" && name != "screen" {
		if a := w.send(b.http, "POST", "/api/v1/session", map[string]string{"name": name, "password": passwordOf}, nil); a.status != 200 {
			w.t.Fatal(a)
		}
	}
	if method != "GET" {
		head["X-CSRF-Token"] = token
	}
	return w.send(b.http, method, path, body, head)
}

// gone are the 404s of who was let through: there is nothing of that name.
var gone = []string{"session.unknown", "draft.none", "screen.not_paired", "token.unknown", "appeal.unknown", "delegation.unknown"}

// cellOf sorts an answer.
func cellOf(a answer) byte {
	code, _ := a.get("code").(string)
	switch {
	case a.status == http.StatusUnauthorized && code != "login.failed" && !strings.HasPrefix(code, "password."), strings.HasPrefix(a.header.Get("Location"), "/login?"):
		return 'l'
	case a.status == http.StatusForbidden:
		return 'f'
	case a.status == http.StatusNotFound && a.formAgain():
	case a.status == http.StatusNotFound:
		for _, c := range gone {
			if code == c {
				return 'y'
			}
		}
		return 'n'
	}
	return 'y'
}

// formAgain reports whether the answer is the form with what is wrong in it: the
// error page of a form that was not asked for as a page is a problem.
func (a answer) formAgain() bool {
	return strings.Contains(a.header.Get("Content-Type"), "html") && strings.Contains(string(a.body), `id="error-summary"`)
}

// TestNewcomersAndScopes: a one-time password changes nothing but itself, and a
// token that reads changes nothing.
func TestNewcomersAndScopes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret, _, err := w.accounts.IssueToken(t.Context(), w.clock.now(), account.Console, account.NewToken{Name: "reads", Account: "office", Scope: account.Read})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.accounts.AddAccount(t.Context(), w.clock.now(), account.Console, account.NewAccount{Name: "fresh", Unit: plan.OfficeID,
		Role: workflow.OfficeMan, Password: passwordOf, MustChange: true}); err != nil {
		t.Fatal(err)
	}
	fresh := w.cookie("fresh")
	for n, r := range rightsTable {
		t.Run(fmt.Sprintf("%02d", n), func(t *testing.T) {
			method, path := r.where(w)
			var kind web.Route
			for _, k := range routes {
				if k.Method+" "+k.Path == r.route {
					kind = k
				}
			}
			if kind.Access == web.Public || strings.Contains(path, "session") || path == "/logout" {
				return
			}
			w.vars["n"] = "1"
			var body any
			if method != "GET" && r.body != "" {
				body = w.expand(r.body)
			}
			a := w.send(w.http, method, path, body, map[string]string{"Authorization": "Bearer " + secret})
			if method != "GET" && (a.status != 403 || a.get("code") != "token.read_only") {
				t.Errorf("a reading token, %s %s: %s", method, path, a)
			}
			if kind.Newcomer {
				return
			}
			a = w.send(fresh.http, method, path, body, map[string]string{"X-CSRF-Token": fresh.csrf})
			if method != "GET" && (a.status != 403 || a.get("code") != "password.must_change") {
				t.Errorf("a one-time password, %s %s: %s", method, path, a)
			}
		})
	}
}
