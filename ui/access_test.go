package ui

import (
	"bytes"
	unhtml "html"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/account"
)

// asPage is what a browser sends when a person looks at a page.
var asPage = map[string]string{"Accept": "text/html"}

// look opens a page.
func (w *world) look(b *browser, path string) answer {
	w.t.Helper()
	return w.send(b.http, "GET", path, nil, asPage)
}

// post sends a form as its page would.
func (w *world) post(b *browser, path string, pairs ...string) answer {
	w.t.Helper()
	v := url.Values{"csrf": {b.csrf}}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return w.send(b.http, "POST", path, v.Encode(), map[string]string{"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"})
}

var hiddenInput = regexp.MustCompile(`name="(csrf|ticket)" value="([^"]*)"`)

// take reads the page's form token, and its ticket if there is one.
func (b *browser) take(a answer) (ticket string) {
	for _, m := range hiddenInput.FindAllStringSubmatch(string(a.body), -1) {
		if m[1] == "csrf" {
			b.csrf = unhtml.UnescapeString(m[2])
		} else {
			ticket = unhtml.UnescapeString(m[2])
		}
	}
	return ticket
}

var shownSecret = regexp.MustCompile(`<span class="code[^"]*">([^<]+)</span>`)

// codesOf are the secrets a page shows.
func codesOf(a answer) (all []string) {
	for _, m := range shownSecret.FindAllStringSubmatch(string(a.body), -1) {
		all = append(all, unhtml.UnescapeString(m[1]))
	}
	return all
}

func (a answer) says(t *testing.T, status int, words ...string) {
	t.Helper()
	if a.status != status {
		t.Errorf("status %d, want %d: %s", a.status, status, a)
	}
	for _, s := range words {
		if !strings.Contains(string(a.body), s) {
			t.Errorf("no %q in %s", s, a)
		}
	}
}

// enrol sets up the second factor of who is logged in with b, on the page.
func (w *world) enrol(b *browser) (key string, recovery []string) {
	w.t.Helper()
	a := w.look(b, "/me/second")
	b.take(a)
	keys := codesOf(a)
	if len(keys) != 1 {
		w.t.Fatalf("no key on the page: %s", a)
	}
	key = strings.ReplaceAll(keys[0], " ", "")
	code, _ := account.TOTPCode(key, w.clock.now())
	a = w.post(b, "/me/second", "code", code)
	if recovery = codesOf(a); a.status != 200 || len(recovery) != account.RecoveryCodes {
		w.t.Fatalf("not set up: %s", a)
	}
	return key, recovery
}

func (w *world) code(key string) string {
	c, ok := account.TOTPCode(key, w.clock.now())
	if !ok {
		w.t.Fatal("no code")
	}
	return c
}

func TestMyLogins(t *testing.T) {
	w := newWorld(t)
	first := w.cookie("office")
	delete(w.clients, "office")
	second := w.cookie("office")
	delete(w.clients, "office")
	third := w.cookie("office")
	stranger := w.cookie("zrzyt")

	list := w.send(second.http, "GET", "/api/v1/me/sessions", nil, nil)
	items, _ := list.get("items").([]any)
	if len(items) != 3 {
		t.Fatalf("%s", list)
	}
	var mine, other string
	for _, i := range items {
		m := i.(map[string]any)
		if m["current"] == true {
			mine = m["id"].(string)
		} else if other == "" {
			other = m["id"].(string)
		}
	}
	for _, c := range []struct {
		name   string
		b      *browser
		id     string
		status int
		code   string
	}{
		{"another's", stranger, other, 404, "session.unknown"},
		{"unknown", second, "beef", 404, "session.unknown"},
		{"one of mine", second, other, 204, ""},
		{"again", second, other, 404, "session.unknown"},
	} {
		a := w.send(c.b.http, "DELETE", "/api/v1/me/sessions/"+c.id, nil, map[string]string{"X-CSRF-Token": c.b.csrf})
		if code, _ := a.get("code").(string); a.status != c.status || code != c.code {
			t.Errorf("%s: %s", c.name, a)
		}
	}
	if a := w.send(second.http, "DELETE", "/api/v1/me/sessions/"+mine, nil, nil); a.get("code") != "csrf.bad" {
		t.Errorf("without the page's token: %s", a)
	}
	alive := 0
	for _, b := range []*browser{first, second, third} {
		if w.send(b.http, "GET", "/api/v1/me", nil, nil).status == 200 {
			alive++
		}
	}
	if alive != 2 {
		t.Errorf("%d logins live, want 2", alive)
	}
	w.look(second, "/me").says(t, 200, `/me/sessions/end"`, "Go-http-client", "/password", "/me/second")
	if a := w.post(second, "/me/sessions/end"); a.status != 303 {
		t.Fatalf("%s", a)
	}
	list = w.send(second.http, "GET", "/api/v1/me/sessions", nil, nil)
	if items, _ := list.get("items").([]any); len(items) != 1 {
		t.Errorf("after ending all others: %s", list)
	}
	if a := w.send(stranger.http, "GET", "/api/v1/me", nil, nil); a.status != 200 {
		t.Errorf("somebody else's login ended too: %s", a)
	}
}

func TestLoginWithASecondFactor(t *testing.T) {
	w := newWorld(t)
	b := w.cookie("office")
	delete(w.clients, "office")
	other := w.cookie("office") // will be ended by the set-up
	key, recovery := w.enrol(b)
	if a := w.send(other.http, "GET", "/api/v1/me", nil, nil); a.get("code") != "session.ended" {
		t.Errorf("another login outlives the new factor: %s", a)
	}
	if a := w.send(b.http, "GET", "/api/v1/me", nil, nil); a.status != 200 {
		t.Errorf("the login that set it up ended: %s", a)
	}
	used := w.code(key)
	w.clock.add(time.Minute)

	api := func(password, code string) string {
		a := w.send(w.newBrowser().http, "POST", "/api/v1/session", map[string]string{"name": "office", "password": password, "code": code}, nil)
		if a.status == 200 {
			return "in"
		}
		return a.get("code").(string)
	}
	now := w.code(key)
	for _, c := range []struct{ name, password, code, want string }{
		{"no code", passwordOf, "", "login.code_required"},
		{"wrong password, right code", "no", now, "login.failed"},
		{"a code already used", passwordOf, used, "login.code_wrong"},
		{"right", passwordOf, now, "in"},
		{"the same code again", passwordOf, now, "login.code_wrong"},
		{"a recovery code", passwordOf, recovery[0], "in"},
		{"the same again", passwordOf, recovery[0], "login.code_wrong"},
	} {
		if got := api(c.password, c.code); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	var how []string
	for _, e := range w.events(0) {
		if e.Kind == workflow.KindLoggedIn && e.Data.Account.Cause != "" {
			how = append(how, e.Data.Account.Cause)
		}
	}
	if !slices.Equal(how, []string{"totp", "recovery_code"}) {
		t.Errorf("recorded: %v", how)
	}

	w.clock.add(time.Hour) // counts of failures fade
	form := w.newBrowser()
	form.take(w.look(form, "/login"))
	a := w.post(form, "/login", "name", "office", "password", passwordOf)
	ticket := form.take(a)
	if a.says(t, 200, "one-time-code"); ticket == "" || strings.Contains(string(a.body), passwordOf) {
		t.Fatalf("%s", a)
	}
	w.post(form, "/login", "ticket", ticket, "code", "000000").says(t, 401, "one-time-code", "验证码不正确")
	for name, bad := range map[string]string{"garbled": ticket + "x", "empty parts": "..", "another name": "eg." + strings.SplitN(ticket, ".", 2)[1]} {
		if a := w.post(form, "/login", "ticket", bad, "code", w.code(key)); a.status != 401 {
			t.Errorf("%s: %s", name, a)
		}
	}
	if a := w.post(form, "/login", "ticket", ticket, "code", w.code(key)); a.status != 303 || a.header.Get("Location") != "/" {
		t.Fatalf("%s", a)
	}
	w.look(form, "/me").says(t, 200, "剩余恢复码 9 个")

	late := w.newBrowser()
	late.take(w.look(late, "/login"))
	ticket = late.take(w.post(late, "/login", "name", "office", "password", passwordOf))
	w.clock.add(6 * time.Minute)
	w.post(late, "/login", "ticket", ticket, "code", w.code(key)).says(t, 401, "重新输入登录名和密码")
}

func TestGuessingCodesLocks(t *testing.T) {
	w := newWorld(t)
	key, _ := w.enrol(w.cookie("office"))
	w.clock.add(time.Hour)
	wrong := 0
	for range 8 {
		a := w.send(w.newBrowser().http, "POST", "/api/v1/session", map[string]string{"name": "office", "password": passwordOf, "code": "123456"}, nil)
		if a.status == 401 {
			wrong++
		} else if a.status != 429 || a.header.Get("Retry-After") == "" {
			t.Fatalf("%s", a)
		}
		w.clock.add(5 * time.Second)
	}
	if wrong > 5 {
		t.Errorf("%d guesses were answered", wrong)
	}
	if a := w.send(w.newBrowser().http, "POST", "/api/v1/session", map[string]string{"name": "office", "password": passwordOf, "code": w.code(key)}, nil); a.status != 429 {
		t.Errorf("a right code through the lock: %s", a)
	}
	causes := map[string]int{}
	for _, e := range w.events(0) {
		if e.Kind == workflow.KindLoginFailed {
			causes[e.Data.Account.Cause]++
		}
	}
	if causes["wrong_code"] == 0 {
		t.Errorf("not recorded: %v", causes)
	}
}

func TestRolesThatNeedASecondFactor(t *testing.T) {
	w := newWorld(t)
	w.accounts.SecondFactor = []workflow.UserRole{workflow.OfficeMan}
	b := w.cookie("office")
	if a := w.send(b.http, "GET", "/api/v1/me", nil, nil); a.get("must_set_up_totp") != true {
		t.Errorf("%s", a)
	}
	for _, r := range routes {
		if r.Access == web.Public || r.Newcomer || r.Enrols || r.Method != "GET" || strings.Contains(r.Path, ":") {
			continue
		}
		a := w.send(b.http, "GET", r.Path, nil, asPage)
		if strings.HasPrefix(r.Path, "/api/") {
			if a.get("code") != "totp.must_set_up" {
				t.Errorf("%s before it is set up: %s", r.Path, a)
			}
		} else if a.status != 303 || a.header.Get("Location") != "/me/second" {
			t.Errorf("%s before it is set up: %d %s", r.Path, a.status, a.header.Get("Location"))
		}
	}
	w.look(b, "/me/second").says(t, 200, "二次验证", "otpauth://totp/")
	w.enrol(b)
	w.look(b, "/assignments").says(t, 200)
	if a := w.as("office", "GET", "/api/v1/plan", nil, nil); a.status != 200 {
		t.Errorf("tokens have no second factor: %s", a)
	}
	boss := w.cookie("boss")
	w.look(boss, "/accounts").says(t, 200, "/accounts/unconfirm")
	if a := w.post(boss, "/accounts/unconfirm", "name", "office"); a.status != 303 {
		t.Fatalf("%s", a)
	}
	if a := w.send(b.http, "GET", "/api/v1/me", nil, nil); a.get("code") != "session.ended" {
		t.Errorf("still logged in after it was removed: %s", a)
	}
	last := w.events(0)[len(w.events(0))-1]
	if last.Kind != workflow.KindTOTPRemoved || last.Actor.User != "boss" || last.Data.Account.Name != "office" {
		t.Errorf("%+v", last)
	}
}

func TestInvitationsAndResets(t *testing.T) {
	w := newWorld(t)
	boss := w.cookie("boss")
	a := w.post(boss, "/accounts", "name", "小陈", "unit", "zrzyt", "role", "liaison")
	links := codesOf(a)
	if a.status != 200 || len(links) != 1 || !strings.HasPrefix(links[0], w.url+"/invite/") {
		t.Fatalf("%s", a)
	}
	path := strings.TrimPrefix(links[0], w.url)
	if again := w.look(boss, "/accounts"); strings.Contains(string(again.body), path) {
		t.Error("the link is shown again")
	}
	guest := w.newBrowser()
	page := w.look(guest, path)
	page.says(t, 200, "小陈", `autocomplete="new-password"`)
	if page.header.Get("Referrer-Policy") != "no-referrer" {
		t.Error("the link's secret may leave in a Referer")
	}
	fresh := "Violet-Ferry-93-Moss"
	if a := w.post(guest, path, "password", fresh, "again", fresh); a.status != 403 {
		t.Errorf("without the form's token: %s", a)
	}
	guest.take(page)
	w.post(guest, path, "password", fresh, "again", "x").says(t, 422, "f-again")
	w.post(guest, path, "password", "12345678", "again", "12345678").says(t, 422)
	if a := w.post(guest, path, "password", fresh, "again", fresh); a.status != 303 {
		t.Fatalf("%s", a)
	}
	for name, p := range map[string]string{"used": path, "unknown": "/invite/" + strings.Repeat("A", 43), "short": "/invite/x"} {
		w.look(guest, p).says(t, 404, "链接无效")
		if a := w.post(guest, p, "password", fresh, "again", fresh); a.status != 404 {
			t.Errorf("%s: %s", name, a)
		}
	}
	in := w.newBrowser()
	if a := w.send(in.http, "POST", "/api/v1/session", map[string]string{"name": "小陈", "password": fresh}, nil); a.status != 200 || a.get("must_change_password") != nil {
		t.Fatalf("%s", a)
	}
	reset := codesOf(w.post(boss, "/accounts/reset", "name", "小陈"))
	if len(reset) != 1 {
		t.Fatal("no link after a reset")
	}
	if a := w.send(in.http, "GET", "/api/v1/me", nil, nil); a.get("code") != "session.ended" {
		t.Errorf("logged in after a reset: %s", a)
	}
	if a := w.send(w.newBrowser().http, "POST", "/api/v1/session", map[string]string{"name": "小陈", "password": fresh}, nil); a.status != 401 {
		t.Errorf("the old password after a reset: %s", a)
	}
	w.clock.add(73 * time.Hour)
	w.look(guest, strings.TrimPrefix(reset[0], w.url)).says(t, 404)
}

func TestLinkSecretsStayOutOfTheLog(t *testing.T) {
	var log bytes.Buffer
	w := newWorld(t)
	s := &web.Server{Options: web.Options{Sessions: w.sessions, Log: slog.New(slog.NewTextHandler(&log, nil)), Rules: func() workflow.Rules { return w.rules }, Now: w.clock.now, Book: w.book}}
	app := fiberWith(s)
	secret := strings.Repeat("S", 43)
	for _, path := range []string{"/invite/", "//invite/", "/INVITE/", "/%69nvite/", "/%2569nvite/", "/invite%2F", "/invite%252f", "/./invite/", "/x/../invite/", "/invite;a=", "/invite/?t=", "/invite/a/",
		"/%2Finvite/", "/\\invite/", "/assignments/", "/files/", "/nowhere/", "/login/", "/me/sessions/db_", "/board/x%3Dy/", "/a?token="} {
		for _, secret := range []string{secret, "%53" + secret[1:], secret + "/", secret + "%00", strings.ToLower(secret)} {
			log.Reset()
			if err := app(path + secret); err != nil {
				t.Fatal(err)
			}
			if said := log.String(); strings.Contains(strings.ToUpper(said), strings.Repeat("S", 20)) || !strings.Contains(said, "path=") {
				t.Errorf("%s: the log: %s", path, said)
			}
		}
	}
	log.Reset()
	for _, path := range []string{"/invite/short", "//invite//short", "/INVITE%2fshort"} {
		if err := app(path); err != nil || strings.Contains(log.String(), "short") {
			t.Errorf("%s: %v, the log: %s", path, err, &log)
		}
	}
	// The control: what is no secret stands there.
	log.Reset()
	if err := app("/api/v1/assignments/2022Q3-06-lead-zrzyt/reports"); err != nil || !strings.Contains(log.String(), "/api/v1/assignments/2022Q3-06-lead-zrzyt/reports") {
		t.Errorf("%v, the log: %s", err, &log)
	}
}

func TestTokenScopes(t *testing.T) {
	w := newWorld(t)
	boss := w.cookie("boss")
	issue := func(scope string) string {
		t.Helper()
		a := w.post(boss, "/tokens", "name", "报送接口", "account", "zrzyt", "scope", scope, "expires", "2022-12-31")
		all := codesOf(a)
		if a.status != 200 || len(all) != 1 || !strings.HasPrefix(all[0], "db_") {
			t.Fatalf("%s", a)
		}
		return all[0]
	}
	read, act := issue("read"), issue("act")
	with := func(secret, method, path string) answer {
		return w.send(w.http, method, w.expand(path), nil, map[string]string{"Authorization": "Bearer " + secret})
	}
	for _, r := range described {
		if r.Access == web.Public || r.Method == "GET" {
			continue
		}
		path := strings.NewReplacer(":id", w.vars["l6"], ":n", "1").Replace(r.Path)
		if a := with(read, r.Method, path); r.Access.Admits(whoOf("zrzyt")) && a.get("code") != "token.read_only" {
			t.Errorf("%s %s with a token that only reads: %s", r.Method, r.Path, a)
		}
	}
	for _, c := range []struct {
		name, secret, method, path string
		status                     int
	}{
		{"read", read, "GET", "{L6}", 200},
		{"act reads", act, "GET", "{L6}", 200},
		{"act acts", act, "POST", "{L6}/acceptance", 201},
	} {
		if a := with(c.secret, c.method, c.path); a.status != c.status {
			t.Errorf("%s: %s", c.name, a)
		}
	}
	if err := w.sessions.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	page := w.look(boss, "/tokens")
	page.says(t, 200, "报送接口", "只读", "可办理", "/tokens/revoke")
	if strings.Contains(string(page.body), read) {
		t.Error("the list shows a secret")
	}
	all, err := w.accounts.Tokens(t.Context(), account.Console)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range all {
		if k.Account == "zrzyt" && k.LastUsed == nil {
			t.Errorf("token %s: no last use", k.ID)
		}
		if k.Account == "zrzyt" && k.Scope == account.Read {
			if a := w.post(boss, "/tokens/revoke", "id", k.ID); a.status != 303 {
				t.Fatalf("%s", a)
			}
		}
	}
	if a := with(read, "GET", "{L6}"); a.get("code") != "token.invalid" {
		t.Errorf("revoked: %s", a)
	}
	w.clock.set(instant("2023-01-01 00:00:00"))
	if a := with(act, "GET", "{L6}"); a.get("code") != "token.invalid" {
		t.Errorf("expired: %s", a)
	}
	if a := w.post(boss, "/tokens", "name", "", "account", "nobody", "scope", "all", "expires", "soon"); a.status != 422 && a.status != 404 && a.status != 401 && a.status != 403 {
		t.Errorf("%s", a)
	}
	for _, name := range []string{"office", "auditor", "zrzyt"} {
		w.look(w.cookie(name), "/tokens").says(t, 403)
	}
}

// whoOf is a liaison's token as the guard sees it.
func whoOf(unit string) session.Who {
	return session.Who{Kind: session.ByToken, Actor: workflow.Actor{User: unit, Unit: unit, Role: workflow.Liaison}}
}

// fiberWith answers one GET with the server's error handler alone.
func fiberWith(s *web.Server) func(path string) error {
	app := fiber.New(fiber.Config{ErrorHandler: s.Fail, DisableStartupMessage: true})
	return func(path string) error {
		res, err := app.Test(httptest.NewRequest("GET", path, nil))
		if err != nil {
			return err
		}
		return res.Body.Close()
	}
}
