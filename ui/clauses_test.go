package ui

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/html"
)

// askers are who the tests of this file ask as: nobody, who keeps accounts, the
// office, a lead department, and a wall screen.
var askers = []string{"", "boss", "office", "zrzyt", "screen"}

// everyAnswer asks every row of the rights table as each of them.
func everyAnswer(t *testing.T, w *world, visit func(r right, name string, a answer)) {
	t.Helper()
	file := w.upload("zrzyt", "file", "a.pdf", pdf, nil)
	w.vars["file"], _ = file.get("id").(string)
	_, css, _ := strings.Cut(string(w.look(w.newBrowser(), "/login").body), `href="/static/`)
	w.vars["css"], _, _ = strings.Cut(css, `"`)
	screen, _ := w.screen("会议室")
	n := 0
	for _, r := range rightsTable {
		for _, name := range askers {
			n++
			w.vars["n"] = fmt.Sprint("a", n)
			visit(r, name, r.ask(w, name, screen))
		}
	}
	if n < 500 {
		t.Errorf("only %d answers", n)
	}
}

// faultsOfAnswer are what an answer lacks that every answer must have: the
// headers, a word on keeping it, a type that fits the body, and cookies no script and no other host can read.
func faultsOfAnswer(a answer) (faults []string) {
	bad := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	policy := a.header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, want) {
			bad("the policy has no %s: %q", want, policy)
		}
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin"} {
		if got := a.header.Get(name); got != want {
			bad("%s is %q", name, got)
		}
	}
	if p := a.header.Get("Referrer-Policy"); p != "same-origin" && p != "no-referrer" {
		bad("Referrer-Policy is %q", p)
	}
	for _, name := range []string{"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Server", "X-Powered-By"} {
		if got := a.header.Get(name); got != "" {
			bad("%s is sent: %q", name, got)
		}
	}
	if a.header.Get("Cache-Control") == "" {
		bad("no Cache-Control")
	}
	faults = append(faults, faultsOfType(a)...)
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if !c.HttpOnly || c.SameSite == http.SameSiteDefaultMode || c.SameSite == http.SameSiteNoneMode || c.Path != "/" || c.Domain != "" ||
			!strings.HasPrefix(c.Name, "duban") {
			bad("the cookie %q", c.Raw)
		}
	}
	return faults
}

const noPage = "a page that is none"

// faultsOfType holds the content type against the body.
func faultsOfType(a answer) []string {
	kind, params, _ := strings.Cut(a.header.Get("Content-Type"), ";")
	body := strings.TrimSpace(string(a.body))
	switch {
	case body == "":
		return nil
	case kind == "":
		return []string{"a body without a type"}
	case strings.HasPrefix(kind, "text/") && !strings.Contains(strings.ToLower(params), "charset=utf-8"):
		return []string{"a text without charset: " + kind + params}
	case kind == "text/html" && !strings.HasPrefix(strings.ToLower(body), "<!doctype html>"):
		return []string{noPage}
	case kind == "application/json" || kind == "application/problem+json":
		if !json.Valid(a.body) {
			return []string{"JSON that is none"}
		}
	}
	return nil
}

// TestEveryAnswerIsGuarded: whatever is asked, by whomever, the answer has what
// faultsOfAnswer wants, and only style sheets and scripts may be kept.
func TestEveryAnswerIsGuarded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	everyAnswer(t, w, func(r right, name string, a answer) {
		for _, f := range faultsOfAnswer(a) {
			if f == noPage && r.route == "GET /board/show" { // a region, put into the board by its script
				continue
			}
			t.Errorf("%s as %q: %d: %s", r.route, name, a.status, f)
		}
		kept := a.header.Get("Cache-Control")
		switch {
		case kept == "no-store":
		case r.route == "GET /static/*" && kept == "public, max-age=31536000, immutable":
		case r.route == "GET /api/v1/board" && kept == "private, no-cache": // asked for again each time; texts and names are not on it
		default:
			t.Errorf("%s as %q: Cache-Control %q", r.route, name, kept)
		}
	})
	naked := answer{status: 200, body: []byte("x"), header: http.Header{"Server": {"x"}, "Access-Control-Allow-Origin": {"*"}, "Set-Cookie": {"a=b"}}}
	if n := len(faultsOfAnswer(naked)); n != 14 {
		t.Errorf("%d faults found in an answer with 14: %q", n, faultsOfAnswer(naked))
	}
}

// TestSafeMethodsChangeNothing: GET writes nothing, whoever asks, but for
// exports, of which the record says who took them.
func TestSafeMethodsChangeNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	file := w.upload("zrzyt", "file", "a.pdf", pdf, nil)
	w.vars["file"], _ = file.get("id").(string)
	asked, recorded := 0, 0
	for _, name := range []string{"boss", "office", "zrzyt"} {
		b := w.cookie(name)
		for _, r := range rightsTable {
			method, path := r.where(w)
			if method != http.MethodGet {
				continue
			}
			before := headOf(w)
			w.look(b, path)
			switch asked++; {
			case headOf(w) == before:
			case strings.HasPrefix(r.route, "GET /export/"):
				recorded++
			default:
				t.Errorf("%s as %s has written", r.route, name)
			}
		}
	}
	if asked < 120 || recorded < 7 {
		t.Errorf("%d were asked, %d exports were recorded", asked, recorded)
	}
}

// faultsOfPage are what must not stand in a page: secrets or other hosts in an
// address, a form that sends a secret by GET, script or style in the page itself,
// a password field that is shown or hinders a password manager.
func faultsOfPage(page string, secrets []string) (faults []string) {
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return []string{err.Error()}
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		at := map[string]string{}
		for _, a := range n.Attr {
			at[a.Key] = a.Val
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
				faults = append(faults, "<"+n.Data+" "+a.Key+">")
			}
		}
		for _, key := range []string{"href", "action", "src", "formaction"} {
			v, there := at[key]
			if there && v != "" && (strings.HasPrefix(v, "//") || !slices.Contains([]byte("/#?"), v[0])) &&
				!(n.Data == "img" && strings.HasPrefix(v, "data:image/")) && !strings.HasPrefix(v, "otpauth:") {
				faults = append(faults, key+" leads away: "+v)
			}
			for _, s := range secrets {
				if strings.Contains(v, s) {
					faults = append(faults, key+" holds a secret")
				}
			}
		}
		switch {
		case n.Data == "style", n.Data == "script" && at["src"] == "":
			faults = append(faults, "<"+n.Data+"> in the page")
		case n.Data == "input" && (at["type"] == "password" || at["name"] == "csrf"):
			if !posts(n) {
				faults = append(faults, "a secret in a form that is not posted")
			}
			if at["maxlength"] != "" && len(at["maxlength"]) < 3 {
				faults = append(faults, "a password field of less than 100 characters")
			}
		case n.Data == "input" && slices.Contains([]string{"password", "old", "again"}, at["name"]):
			faults = append(faults, "a password field that shows what is typed")
		}
	}
	return faults
}

// posts reports whether the form around an input is posted.
func posts(n *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == "form" {
			return slices.ContainsFunc(p.Attr, func(a html.Attribute) bool { return a.Key == "method" && strings.EqualFold(a.Val, "post") })
		}
	}
	return false
}

// TestPagesLeakNothing: every page anybody may open.
func TestPagesLeakNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pages, leaves := 0, 0
	everyAnswer(t, w, func(r right, name string, a answer) {
		if !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
			return
		}
		pages++
		var secrets []string
		if b := w.clients[name]; b != nil {
			req, err := http.NewRequest("GET", w.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			secrets = []string{b.csrf}
			for _, c := range b.http.Jar.Cookies(req.URL) {
				if len(c.Value) > 20 {
					secrets = append(secrets, c.Value)
				}
			}
		}
		for _, f := range faultsOfPage(string(a.body), secrets) {
			t.Errorf("%s as %q: %s", r.route, name, f)
		}
		for _, s := range secrets[min(1, len(secrets)):] {
			if strings.Contains(string(a.body), s) {
				t.Errorf("%s as %q: a cookie's secret stands in the page", r.route, name)
			}
		}
		if strings.Contains(string(a.body), `name="csrf"`) && a.status == 200 && len(secrets) > 0 {
			leaves++
			if path := r.route; !strings.Contains(string(a.body), `action="/logout"`) && !strings.Contains(path, "print") {
				t.Errorf("%s as %q: no way to log out", r.route, name)
			}
		}
	})
	if pages < 100 || leaves < 40 {
		t.Errorf("only %d pages, %d of them of somebody", pages, leaves)
	}
	bad := `<a href="//evil">x</a><a href="/x?t=SECRET">x</a><form action="/x"><input type="password" maxlength="20" name="password"></form>` +
		`<input name="old"><p style="x" onclick="y"><script>1</script><style>p{}</style>`
	if f := faultsOfPage(bad, []string{"SECRET"}); len(f) != 9 {
		t.Errorf("%d faults found in a page with 9: %q", len(f), f)
	}
}

// TestMethodsBesideTheTable: a method that a path has no route for is refused.
func TestMethodsBesideTheTable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	taken := map[string][]string{}
	for _, r := range routes {
		taken[r.Path] = append(taken[r.Path], r.Method)
	}
	for _, r := range rightsTable {
		method, path := r.where(w)
		pattern := strings.TrimPrefix(r.route, method+" ")
		for _, m := range []string{"TRACE", "PUT", "PATCH", "DELETE", "PROPFIND", "OPTIONS"} {
			if slices.Contains(taken[pattern], m) || path == "" {
				continue
			}
			if a := w.as("boss", m, path, nil, nil); a.status != http.StatusNotFound && a.status != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: %s", m, path, a)
			}
		}
	}
}

// TestFormsAreNotFilledByAddresses: what stands in the address is no field of a
// form: neither a token against forgery nor a password is taken from there.
func TestFormsAreNotFilledByAddresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.cookie("zrzyt")
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
	if a := w.send(b.http, "POST", "/logout?csrf="+b.csrf, "x=1", form); a.status != http.StatusForbidden {
		t.Errorf("a token in the address: %d", a.status)
	}
	stranger := w.newBrowser()
	stranger.take(w.look(stranger, "/login"))
	if a := w.send(stranger.http, "POST", "/login?name=office&password="+passwordOf, "csrf="+stranger.csrf, form); a.status == http.StatusSeeOther {
		t.Error("a password in the address logs in")
	}
	if a := w.send(stranger.http, "POST", "/login", "name=office&password="+passwordOf+"&csrf="+stranger.csrf, form); a.status != http.StatusSeeOther {
		t.Errorf("the same in the form: %s", a)
	}
	if a := w.send(b.http, "POST", "/logout", "csrf="+b.csrf, form); a.status != http.StatusSeeOther {
		t.Errorf("the same in the form: %s", a)
	}
}

// TestNothingElseIsServed: no folder is listed, no file beside the embedded ones
// is handed out, and nothing of the data folder.
func TestNothingElseIsServed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, css, _ := strings.Cut(string(w.look(w.newBrowser(), "/login").body), `href="/static/`)
	folder, _, found := strings.Cut(css, "/")
	if !found || w.send(w.http, "GET", "/static/"+folder+"/app.css", nil, nil).status != http.StatusOK {
		t.Fatalf("the style sheet is not where the page says: %.80s", css)
	}
	for _, path := range []string{"/static/", "/static/" + folder + "/", "/static/" + folder + "/js/", "/static/" + folder + "/css/base.css",
		"/static/" + folder + "/../../duban.db", "/static/" + folder + "/%2e%2e/%2e%2e/duban.db", "/.git/config", "/.env", "/duban.db", "/data/duban.db",
		"/files/", "/backups/", "/debug/pprof/", "/debug/vars", "/server-status", "/tasks.yaml", "/go.mod"} {
		if a := w.as("boss", "GET", path, nil, nil); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}

// TestRefusalsAreLoggedWithWho: a refused request and a fault of ours leave a line
// with when, who, from where, what and why, one line each whatever was sent.
func TestRefusalsAreLoggedWithWho(t *testing.T) {
	t.Parallel()
	var log lines
	w := newWorld(t, func(w *world) { w.log = &log })
	w.as("zrzyt", "POST", "/api/v1/periods", `{"id":"S1","name":"x","due":"2022-10-20"}`, nil)
	w.as("", "GET", "/api/v1/me", nil, nil)
	w.as("zrzyt", "GET", "/api/v1/assignments/x%0d%0a%7b%22msg%22:%22forged%22%7d", nil, nil)
	w.as("zrzyt", "POST", w.expand("{L6}/reports"), "{", nil)
	want := []string{"403 zrzyt", "401 ", "404 zrzyt", "400 zrzyt"}
	var got []string
	for _, line := range log.all() {
		var l struct {
			Time, Level, Msg, Code, Method, Path, Account, Address string
			Status                                                 int
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("no JSON: %q", line)
		}
		if l.Msg != "refused" {
			continue
		}
		if l.Time == "" || l.Code == "" || l.Method == "" || l.Path == "" || l.Address != "127.0.0.1" || strings.ContainsAny(line, "\r") {
			t.Errorf("a line without its parts: %s", line)
		}
		got = append(got, fmt.Sprint(l.Status, " ", l.Account))
	}
	if !slices.Equal(got, want) {
		t.Errorf("logged %q, want %q", got, want)
	}
}

// lines is a log kept line by line.
type lines struct {
	mu sync.Mutex
	b  []string
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b = append(l.b, strings.TrimSuffix(string(p), "\n"))
	return len(p), nil
}

func (l *lines) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.b)
}

// TestZipBombsAreKeptShut: Office files that unpack to hundreds of megabytes, or
// say they do, are kept as they came: nothing of them is unpacked, and taking one
// allocates no more than its own size asks for.
func TestZipBombsAreKeptShut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sheet := "xl/worksheets/sheet1.xml"
	for name, c := range map[string]struct{ file, bomb string }{
		"zeros": {"a.xlsx", officeWith(t, func(z *zip.Writer) error { return addZeros(z, sheet, 300) })},
		"a row of the highest number": {"b.xlsx", withPart(t, sheet, func(z io.Writer) error {
			_, err := io.WriteString(z, `<worksheet><sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>`)
			return err
		})},
	} {
		w.token("zrzyt")
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		a := w.upload("zrzyt", "file", c.file, c.bomb, nil)
		runtime.ReadMemStats(&after)
		if a.status != http.StatusCreated {
			t.Fatalf("%s: %s", name, a)
		}
		// Other tests may run beside this one, so the bound is that of the goal
		// over all of them; unpacking alone would be 300 MiB.
		if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 64<<20 {
			t.Errorf("%s: the heap grew by %d MiB", name, grown>>20)
		}
		id, _ := a.get("id").(string)
		if got := w.as("zrzyt", "GET", "/api/v1/files/"+id, nil, nil); string(got.body) != c.bomb {
			t.Errorf("%s: %d bytes came back of %d", name, len(got.body), len(c.bomb))
		}
	}
}
