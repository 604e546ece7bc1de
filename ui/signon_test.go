package ui

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"duban/ui/login"
	"duban/ui/signon"
	"duban/ui/signon/signontest"
	"duban/workflow"
	"duban/workflow/account"
)

// withSignOn is a world with a provider. Sign-on is checked by the machine's
// clock, which the world does not move.
func withSignOn(t *testing.T) (*world, *signontest.Provider) {
	t.Helper()
	at := signontest.New(t, time.Now)
	sso, err := signon.New(signon.Options{Issuer: at.URL, ClientID: signontest.ClientID, ClientSecret: signontest.ClientSecret,
		Redirect: "http://localhost" + login.SignOnCallback, HTTP: &http.Client{Timeout: time.Minute}, Random: rand.Reader, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return newWorld(t, func(w *world) { w.sso = sso }), at
}

// toProvider asks for a login and follows it through the provider; the answer is
// the path the browser is sent back to.
func (w *world) toProvider(b *browser, next string) string {
	w.t.Helper()
	a := w.look(b, "/login/oidc?next="+url.QueryEscape(next))
	if a.status != http.StatusSeeOther {
		w.t.Fatalf("not sent to the provider: %s", a)
	}
	res, err := w.http.Get(a.header.Get("Location"))
	if err != nil {
		w.t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		w.t.Fatal(err)
	}
	back, err := url.Parse(res.Header.Get("Location"))
	if err != nil || back.Path != login.SignOnCallback {
		w.t.Fatalf("the provider answered %s, %v", res.Status, back)
	}
	return back.RequestURI()
}

// signOn logs in through the provider.
func (w *world) signOn(b *browser, next string) answer {
	w.t.Helper()
	return w.look(b, w.toProvider(b, next))
}

func (w *world) link(boss *browser, name, subject string) answer {
	w.t.Helper()
	boss.take(w.look(boss, "/accounts"))
	return w.post(boss, "/accounts/link", "name", name, "subject", subject)
}

// whoIs is the account logged in with the browser, "" for none.
func (w *world) whoIs(b *browser) string {
	w.t.Helper()
	name, _ := w.send(b.http, "GET", "/api/v1/me", nil, nil).get("name").(string)
	return name
}

func TestSignOn(t *testing.T) {
	w, at := withSignOn(t)
	boss := w.cookie("boss")
	b := w.newBrowser()
	w.look(b, "/login").says(t, 200, "统一身份认证登录", `href="/login/oidc?next=%2F"`)
	if n := at.Asked(); n != 0 {
		t.Errorf("the login page asked the provider %d times", n)
	}

	// Nobody is let in before an administrator has linked them.
	w.signOn(b, "/tasks/6").says(t, 403, "248289761001", "管理员", `name="password"`)
	if got := w.whoIs(b); got != "" {
		t.Fatalf("in as %s", got)
	}
	tells := func(a answer, where string) {
		t.Helper()
		if a.status != http.StatusSeeOther || a.header.Get("Location") != where {
			t.Errorf("not sent to %s: %s", where, a)
		}
	}
	open := w.cookie("office")
	if a := w.link(boss, "office", " 248289761001 "); a.status != http.StatusSeeOther {
		t.Fatalf("%s", a)
	}
	if got := w.whoIs(open); got != "" {
		t.Error("a login from before the link lives on")
	}
	delete(w.clients, "office")
	w.look(boss, "/accounts").says(t, 200, "已绑定统一认证：248289761001")
	w.link(boss, "office2", "248289761001").says(t, 422, "office", `value="248289761001"`)
	w.link(boss, "office2", "").says(t, 422, "身份标识")
	w.link(boss, "office2", "a\u202eb").says(t, 422, "身份标识")

	tells(w.signOn(b, "/tasks/6?x=1"), "/tasks/6?x=1")
	if got := w.whoIs(b); got != "office" {
		t.Fatalf("in as %q", got)
	}
	tells(w.signOn(w.newBrowser(), "https://evil.example/"), "/")

	// What ends a login by password ends this one: logging out here, and a new login.
	old := b.http.Jar.Cookies(mustURL(t, w.url))
	tells(w.signOn(b, "/"), "/")
	stale := w.newBrowser()
	stale.http.Jar.SetCookies(mustURL(t, w.url), old)
	if got := w.whoIs(stale); got != "" {
		t.Error("the session that was replaced lives on")
	}
	b.csrf, _ = w.send(b.http, "GET", "/api/v1/me", nil, nil).get("csrf").(string)
	if a := w.post(b, "/logout"); a.status != http.StatusSeeOther || w.whoIs(b) != "" {
		t.Errorf("still in after logging out: %s", a)
	}

	// A one-time password is not asked to be changed of who does not use it.
	if _, err := w.accounts.Reset(t.Context(), w.clock.now(), account.Console, "office"); err != nil {
		t.Fatal(err)
	}
	tells(w.signOn(b, "/"), "/")
	if a := w.send(b.http, "GET", "/api/v1/me", nil, nil); a.get("must_change_password") == true {
		t.Errorf("%s", a)
	}

	// A disabled account is refused, and unlinking ends what was opened by the link.
	if err := w.accounts.Disable(t.Context(), w.clock.now(), account.Console, "office"); err != nil {
		t.Fatal(err)
	}
	if w.whoIs(b) != "" {
		t.Error("a disabled account is still in")
	}
	w.signOn(b, "/").says(t, 403, "停用")
	if err := w.accounts.Enable(t.Context(), w.clock.now(), account.Console, "office"); err != nil {
		t.Fatal(err)
	}
	tells(w.signOn(b, "/"), "/")
	boss.take(w.look(boss, "/accounts"))
	w.post(boss, "/accounts/unlink", "name", "office")
	if w.whoIs(b) != "" {
		t.Error("in after the link was taken away")
	}
	w.signOn(b, "/").says(t, 403, "248289761001")
	w.post(boss, "/accounts/unlink", "name", "office").says(t, 409, "没有绑定")
}

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// TestSignOnAsksForTheSecondFactor: the provider's word stands for the password
// and for nothing else.
func TestSignOnAsksForTheSecondFactor(t *testing.T) {
	w, _ := withSignOn(t)
	boss := w.cookie("boss")
	w.link(boss, "office", "248289761001")
	key, _ := w.enrol(w.cookie("office"))
	w.clock.add(time.Minute)
	b := w.newBrowser()
	a := w.signOn(b, "/tasks/6")
	a.says(t, 200, `name="ticket"`, `autocomplete="one-time-code"`)
	ticket := b.take(a)
	if w.whoIs(b) != "" {
		t.Fatal("in without a code")
	}
	w.post(b, "/login", "ticket", ticket, "code", "000000", "next", "/tasks/6").says(t, 401, "验证码不正确")
	if a := w.post(b, "/login", "ticket", ticket, "code", w.code(key), "next", "/tasks/6"); a.header.Get("Location") != "/tasks/6" || w.whoIs(b) != "office" {
		t.Errorf("%s", a)
	}
	w.accounts.SecondFactor = []workflow.UserRole{workflow.Liaison}
	w.link(boss, "zrzyt", "248289761001").says(t, 422)
	w.post(boss, "/accounts/unlink", "name", "office")
	w.link(boss, "zrzyt", "248289761001")
	c := w.newBrowser()
	w.signOn(c, "/")
	if a := w.look(c, "/"); a.header.Get("Location") != "/me/second" {
		t.Errorf("a role that needs a second factor is not made to set it up: %s", a)
	}
}

// TestAttacksOnTheWayBack: an answer that is not of this browser's login, or proves
// nothing, lets nobody in, and passwords work all the same.
func TestAttacksOnTheWayBack(t *testing.T) {
	w, at := withSignOn(t)
	w.link(w.cookie("boss"), "office", "248289761001")
	b := w.newBrowser()
	mine := w.toProvider(b, "/")
	w.look(w.newBrowser(), mine).says(t, 401, "重新点")        // another browser, without the cookie
	w.look(b, mine[:len(mine)-1]+"%zz").says(t, 401, "重新点") // takes the cookie
	w.look(b, mine).says(t, 401, "重新点")                     // so it is good once
	w.look(b, login.SignOnCallback).says(t, 401, "重新点")
	at.Set(signontest.Misdeeds{Claims: func(c map[string]any) { c["aud"] = "another" }})
	w.signOn(b, "/").says(t, 401, "校验")
	at.Set(signontest.Misdeeds{Denies: true})
	w.signOn(b, "/").says(t, 401, "没有完成")
	again := w.toProvider(b, "/tasks/6")
	at.Set(signontest.Misdeeds{Down: true})
	w.look(b, again).says(t, 401, "没有完成")
	at.Set(signontest.Misdeeds{})
	again = w.toProvider(b, "/tasks/6")
	at.Set(signontest.Misdeeds{Down: true})
	w.look(b, again).says(t, 503, "连不上", "/login/oidc?next=%2Ftasks%2F6", `name="password"`)
	if w.whoIs(b) != "" {
		t.Error("in after all")
	}
	b.take(w.look(b, "/login"))
	if a := w.post(b, "/login", "name", "office", "password", passwordOf, "next", "/"); a.status != http.StatusSeeOther || w.whoIs(b) != "office" {
		t.Errorf("the password does not do while the provider is down: %s", a)
	}

	var how []string
	secrets := []string{"code=", mine[strings.Index(mine, "code=")+5:][:20]}
	for _, e := range w.events(0) {
		if e.Data.Account == nil || e.Kind != workflow.KindLoginFailed && e.Kind != workflow.KindIdentityLinked {
			continue
		}
		how = append(how, string(e.Kind)+" "+e.Actor.User+" "+e.Data.Account.Name+" "+e.Data.Account.Via+" "+e.Data.Account.Cause)
	}
	if got := strings.Join(how, "; "); got != "identity_linked boss office  ; login_failed clock  oidc invalid" {
		t.Errorf("the record says: %s", got)
	}
	journal := w.as("auditor", "GET", "/export/journal.jsonl", nil, nil)
	for _, s := range secrets {
		if strings.Contains(string(journal.body), s) {
			t.Errorf("the journal holds %q", s)
		}
	}
}

// TestSignOnIsRecorded: a login says that it came through the provider, a refused
// one why.
func TestSignOnIsRecorded(t *testing.T) {
	w, at := withSignOn(t)
	at.Be("unheard-of")
	w.signOn(w.newBrowser(), "/").says(t, 403, "unheard-of")
	w.link(w.cookie("boss"), "office", "1")
	at.Be("1")
	w.signOn(w.newBrowser(), "/")
	if err := w.accounts.Disable(t.Context(), w.clock.now(), account.Console, "office"); err != nil {
		t.Fatal(err)
	}
	w.signOn(w.newBrowser(), "/")
	var how []string
	for _, e := range w.events(0) {
		if e.Data.Account != nil && e.Data.Account.Via != "" {
			how = append(how, string(e.Kind)+" "+e.Data.Account.Name+" "+e.Data.Account.Cause)
			if e.Data.Account.Via != "oidc" || e.Data.Account.Address != "127.0.0.1" {
				t.Errorf("%+v", e.Data.Account)
			}
		}
	}
	if got := strings.Join(how, "; "); got != "login_failed  unlinked; logged_in office ; login_failed office disabled" {
		t.Errorf("the record says: %s", got)
	}
}

// TestWithoutAProvider: there is no such way in, and no page speaks of it.
func TestWithoutAProvider(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/login/oidc", login.SignOnCallback} {
		if a := w.look(w.newBrowser(), path); a.status != 404 {
			t.Errorf("%s: %s", path, a)
		}
	}
	boss := w.cookie("boss")
	for _, path := range []string{"/login", "/accounts"} {
		if a := w.look(w.newBrowser(), path); strings.Contains(string(a.body), "统一") {
			t.Errorf("%s speaks of it", path)
		}
	}
	if a := w.link(boss, "office", "1"); a.status != 404 {
		t.Errorf("%s", a)
	}
}
