package ui

import (
	"net/url"
	"strings"
	"testing"

	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/plan"
)

// form finds the page's form with the action, filled as the page came.
func (a answer) form(t *testing.T, action string) native {
	t.Helper()
	for _, f := range natives(t, string(a.body)) {
		if f.action == action {
			return f
		}
	}
	t.Fatalf("no form posts to %s: %s", action, a.body)
	return native{}
}

// submit posts a form with some fields filled in, and follows the redirect.
func (w *world) submit(b *browser, f native, pairs ...string) answer {
	w.t.Helper()
	for i := 0; i+1 < len(pairs); i += 2 {
		f.values.Set(pairs[i], pairs[i+1])
	}
	a := w.send(b.http, "POST", f.action, f.values.Encode(), map[string]string{"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"})
	return w.follow(b, a)
}

func (w *world) follow(b *browser, a answer) answer {
	w.t.Helper()
	for range 5 {
		to := a.header.Get("Location")
		if a.status != 303 || to == "" {
			return a
		}
		a = w.look(b, strings.TrimPrefix(to, w.url))
		a.header.Set("Reached", to)
	}
	w.t.Fatalf("redirects without end: %s", a.header.Get("Location"))
	return a
}

// logIn logs in through the form.
func (w *world) logIn(b *browser, name, password string) answer {
	w.t.Helper()
	return w.submit(b, w.look(b, "/login").form(w.t, "/login"), "name", name, "password", password)
}

func (w *world) kinds(after uint64) string {
	var all []string
	for _, e := range w.events(after) {
		all = append(all, string(e.Kind))
	}
	return strings.Join(all, " ")
}

// TestAReportWithoutScripts is a whole reporting round by native forms: log in,
// accept, fill, look it over, file twice by a double click, verify, log out.
func TestAReportWithoutScripts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.newBrowser()
	page := "/assignments/" + onLead
	if a := w.follow(b, w.look(b, page)); a.status != 200 || !strings.Contains(a.header.Get("Reached"), "next=%2Fassignments") {
		t.Fatalf("a stranger is not sent to the login: %s", a)
	}
	if a := w.submit(b, w.follow(b, w.look(b, page)).form(t, "/login"), "name", "zrzyt", "password", "wrong"); a.status != 401 || a.form(t, "/login").values.Get("name") != "zrzyt" {
		t.Fatalf("a wrong password: %s", a)
	}
	a := w.submit(b, w.follow(b, w.look(b, page)).form(t, "/login"), "name", "zrzyt", "password", passwordOf)
	if a.status != 200 || a.header.Get("Reached") != page {
		t.Fatalf("after the login at %q: %s", a.header.Get("Reached"), a)
	}
	before := headOf(w)
	inbox := w.look(b, "/")
	inbox.says(t, 200, "盘活发展空间")
	w.submit(b, inbox.form(t, page+"/accept")).says(t, 200, "已签收")
	if got := w.kinds(before); got != "accepted" {
		t.Fatalf("events %q", got)
	}

	// What is wrong is said in the form, and what was typed stays.
	blank := w.look(b, page+"/report").form(t, page+"/report/review")
	a = w.submit(b, blank, "progress", "", "obstacles", "指标<不足>&\"少\"")
	a.says(t, 422, "error-summary")
	if again := a.form(t, page+"/report/review"); again.values.Get("obstacles") != "指标<不足>&\"少\"" {
		t.Errorf("what was typed: %q", again.values.Get("obstacles"))
	}
	// A saved draft is there when the form is opened again.
	w.submit(b, native{page + "/report/draft", blank.values}, "progress", "写到一半").says(t, 200)
	again := w.look(b, page+"/report").form(t, page+"/report/review")
	if again.values.Get("progress") != "写到一半" {
		t.Errorf("the draft: %v", again.values)
	}
	review := w.submit(b, again, "progress", "完成低效用地盘活 320 亩")
	review.says(t, 200, "320")
	file := review.form(t, page+"/report/file")
	before = headOf(w)
	first, second := w.submit(b, file), w.submit(b, file)
	first.says(t, 200, "320")
	second.says(t, 200, "320")
	if got := w.kinds(before); strings.Count(got, "reported") != 1 || strings.Count(got, "marked") != 5 {
		t.Errorf("a double click wrote %q", got)
	}

	o := w.newBrowser()
	desk := w.logIn(o, "office", passwordOf)
	desk.says(t, 200, "盘活发展空间")
	before = headOf(w)
	w.submit(o, w.look(o, page).form(t, page+"/verify"), "grade", "good", "comment", "可以").says(t, 200, "已审核")
	if got := w.kinds(before); got != "verified" {
		t.Errorf("events %q", got)
	}
	a = w.submit(b, w.look(b, "/").form(t, "/logout"))
	if a.header.Get("Reached") != "/login" {
		t.Errorf("after the logout at %q", a.header.Get("Reached"))
	}
	if a := w.look(b, page); a.status != 303 {
		t.Errorf("still in: %d", a.status)
	}
}

// TestAConflictShowsBoth: who acts on an older version gets 412 with what was
// changed meanwhile and what they typed, and can act again on the new one.
func TestAConflictShowsBoth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := "/assignments/" + onLead
	w.play(step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"}, step{as: "zrzyt", do: "POST {L6}/reports", body: report, status: 201, events: "reported"})
	one, two := w.cookie("office"), w.cookie("office2")
	mine, theirs := w.look(one, page).form(t, page+"/return"), w.look(two, page).form(t, page+"/verify")
	w.submit(two, theirs, "grade", "fair").says(t, 200, "已审核")
	before := headOf(w)
	a := w.submit(one, mine, "reason", "请补充<数据>")
	a.says(t, 412, "已审核", "请补充&lt;数据&gt;")
	if got := w.kinds(before); got != "" {
		t.Errorf("events %q", got)
	}
	w.play(step{as: "zrzyt", do: "GET {L6}", status: 200, is: is{"state": "verified", "grade": "fair"}})
}

// TestFormsAreGuarded: a form without its token or from another site does nothing.
func TestFormsAreGuarded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.cookie("zrzyt")
	before := headOf(w)
	accept := "/assignments/" + onLead + "/accept"
	kind := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	with := func(more ...string) map[string]string {
		h := map[string]string{"Content-Type": kind["Content-Type"]}
		for i := 0; i+1 < len(more); i += 2 {
			h[more[i]] = more[i+1]
		}
		return h
	}
	for name, head := range map[string]map[string]string{
		"no token": with(), "a wrong token": with("X-CSRF-Token", strings.Repeat("A", 43)),
		"another origin": with("X-CSRF-Token", b.csrf, "Origin", "https://elsewhere.example"),
		"cross-site":     with("X-CSRF-Token", b.csrf, "Sec-Fetch-Site", "cross-site"), "same-site": with("X-CSRF-Token", b.csrf, "Sec-Fetch-Site", "same-site"),
	} {
		if a := w.send(b.http, "POST", accept, "key=1", head); a.status != 403 || a.get("code") != "csrf.bad" {
			t.Errorf("%s: %s", name, a)
		}
		if a := w.send(b.http, "POST", w.expand("{L6}/acceptance"), "{}", map[string]string{"X-CSRF-Token": head["X-CSRF-Token"], "Origin": head["Origin"], "Sec-Fetch-Site": head["Sec-Fetch-Site"]}); a.status != 403 {
			t.Errorf("%s, as JSON: %s", name, a)
		}
	}
	if a := w.send(w.newBrowser().http, "POST", "/login", "name=zrzyt&password="+passwordOf, kind); a.status != 403 {
		t.Errorf("a login without its form: %s", a)
	}
	if got := w.kinds(before); got != "" {
		t.Errorf("events %q", got)
	}
	if a := w.send(b.http, "POST", accept, "key=1", with("X-CSRF-Token", b.csrf, "Origin", w.url, "Sec-Fetch-Site", "same-origin")); a.status != 303 {
		t.Errorf("our own page: %s", a)
	}
}

// TestAOneTimePasswordIsReplacedFirst: it may look around, each page saying what
// to do first, and change nothing but itself.
func TestAOneTimePasswordIsReplacedFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.accounts.AddAccount(t.Context(), w.clock.now(), account.Console, account.NewAccount{Name: "fresh", Unit: plan.OfficeID,
		Role: workflow.OfficeMan, Password: passwordOf, MustChange: true}); err != nil {
		t.Fatal(err)
	}
	b := w.newBrowser()
	a := w.logIn(b, "fresh", passwordOf)
	if a.header.Get("Reached") != "/password" {
		t.Fatalf("at %q: %s", a.header.Get("Reached"), a)
	}
	for _, path := range []string{"/", "/assignments", "/assignments/" + onLead, "/indicators"} {
		if a := w.look(b, path); a.status != 200 || !strings.Contains(string(a.body), "一次性密码") {
			t.Errorf("%s does not say what to do first: %d", path, a.status)
		}
	}
	if a := w.send(b.http, "POST", "/assignments/urge", "key=1", map[string]string{"X-CSRF-Token": b.csrf, "Origin": w.url}); a.status != 403 {
		t.Errorf("it acts: %s", a)
	}
	change := func(old, password, again string) answer {
		return w.submit(b, w.look(b, "/password").form(t, "/password"), "old", old, "password", password, "again", again)
	}
	change("wrong", "Canal-Bridge-31-Lotus", "Canal-Bridge-31-Lotus").says(t, 422)
	change(passwordOf, "Canal-Bridge-31-Lotus", "Canal-Bridge-32-Lotus").says(t, 422)
	change(passwordOf, "short", "short").says(t, 422)
	a = change(passwordOf, "Canal-Bridge-31-Lotus", "Canal-Bridge-31-Lotus")
	a.says(t, 200)
	if !strings.HasPrefix(a.header.Get("Reached"), "/?done=password") {
		t.Errorf("at %q", a.header.Get("Reached"))
	}
	if a := w.logIn(w.newBrowser(), "fresh", passwordOf); a.status != 401 {
		t.Errorf("the old password still does: %d", a.status)
	}
}

// TestAwayFromOurPages: after a login nobody is sent to another site, and texts
// of others are shown as text.
func TestAwayFromOurPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, next := range []string{"https://elsewhere.example", "//elsewhere.example", `/\elsewhere.example`, "javascript:alert(1)"} {
		b := w.newBrowser()
		f := w.look(b, "/login?next="+url.QueryEscape(next)).form(t, "/login")
		f.values.Set("next", next)
		a := w.send(b.http, "POST", "/login", f.with("name", "zrzyt", "password", passwordOf), map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"})
		if a.status != 303 || a.header.Get("Location") != "/" {
			t.Errorf("%s: %d to %q", next, a.status, a.header.Get("Location"))
		}
	}
	hostile := `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`
	w.play(
		step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"},
		step{as: "office", do: "POST {L6}/notes", body: `{"text":"<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"}`, status: 201, events: "noted"},
		step{as: "zrzyt", do: "POST {L6}/reports", body: `{"progress":"<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"}`, status: 201, events: "reported"},
	)
	for _, name := range []string{"office", "zrzyt", "fzggw", "viewer"} {
		for _, path := range []string{"/", "/assignments/" + onLead, "/tasks/6", "/assignments?q=" + url.QueryEscape(hostile), "/nothing?" + url.QueryEscape(hostile)} {
			a := w.look(w.cookie(name), path)
			if strings.Contains(string(a.body), "<script>alert") || strings.Contains(string(a.body), "<img src=x") {
				t.Errorf("%s, %s: hostile text comes through", name, path)
			}
		}
	}
}

// with is the form's fields with some filled in, encoded.
func (f native) with(pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		f.values.Set(pairs[i], pairs[i+1])
	}
	return f.values.Encode()
}

// TestSessionsOverHTTP is the contract's login for programs with a cookie.
func TestSessionsOverHTTP(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.newBrowser()
	login := func(name, password string) answer {
		return w.send(b.http, "POST", "/api/v1/session", map[string]string{"name": name, "password": password}, nil)
	}
	before := headOf(w)
	a := login("zrzyt", passwordOf)
	if a.status != 200 || a.get("name") != "zrzyt" || a.get("role") != "liaison" || a.get("csrf") == nil {
		t.Fatalf("%s", a)
	}
	cookie := a.header.Get("Set-Cookie")
	for _, part := range []string{"HttpOnly", "SameSite=Lax", "path=/"} {
		if !strings.Contains(strings.ToLower(cookie), strings.ToLower(part)) {
			t.Errorf("the cookie has no %s: %s", part, cookie)
		}
	}
	csrf, _ := a.get("csrf").(string)
	if again := login("zrzyt", passwordOf); again.status != 200 {
		t.Errorf("logged in already: %s", again)
	} else {
		csrf, _ = again.get("csrf").(string)
	}
	if a := w.send(b.http, "DELETE", "/api/v1/session", nil, nil); a.status != 403 {
		t.Errorf("a logout without the token: %s", a)
	}
	if a := w.send(b.http, "DELETE", "/api/v1/session", nil, map[string]string{"X-CSRF-Token": csrf}); a.status != 204 || len(a.body) != 0 {
		t.Errorf("logout: %d %s", a.status, a.body)
	}
	if a := w.send(b.http, "GET", "/api/v1/me", nil, nil); a.status != 401 {
		t.Errorf("after it: %s", a)
	}
	if got := w.kinds(before); got != "logged_in logged_in logged_out" {
		t.Errorf("events %q", got)
	}

	b = w.newBrowser()
	unknown, wrong := login("nobody", passwordOf), login("zrzyt", "wrong")
	if unknown.status != 401 || wrong.status != 401 || unknown.get("detail") != wrong.get("detail") || unknown.get("code") != wrong.get("code") {
		t.Errorf("an unknown name and a wrong password differ:\n%s\n%s", unknown, wrong)
	}
	for range 10 {
		a = login("zrzyt", "wrong")
	}
	if a.status != 429 || a.header.Get("Retry-After") == "" {
		t.Errorf("after many failures: %s", a)
	}
	w.play(step{do: "POST /api/v1/session", body: `{"name":"zrzyt"}`, status: 429}, step{do: "POST /api/v1/session", body: `{"user":"zrzyt"}`, status: 422, code: "request.unknown_field"})
}
