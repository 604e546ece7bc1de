package ui

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"duban/ui/session"
	"duban/workflow"
	"duban/workflow/account"
)

// forwarded sends an administrator's requests as if from an address, by X-Forwarded-For.
func forwarded(address string) map[string]string {
	return map[string]string{"X-Forwarded-For": address, "Accept": "application/json"}
}

// TestAdministratorsComeFromSetAddresses: log in, act by session and by token, from
// the right network behind the listed proxy, and from elsewhere; others come from
// anywhere. What a client writes before its proxy does is not believed.
func TestAdministratorsComeFromSetAddresses(t *testing.T) {
	w := newWorld(t, func(w *world) {
		w.guard = func(o *session.Options) {
			o.AdminFrom = []netip.Prefix{netip.MustParsePrefix("10.7.0.0/24"), netip.MustParsePrefix("fd00:7::/64")}
			o.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
		}
	})
	in := func(name, password, from string) (*browser, answer) {
		b := w.newBrowser()
		a := w.send(b.http, "POST", "/api/v1/session", map[string]string{"name": name, "password": password}, forwarded(from))
		b.csrf, _ = a.get("csrf").(string)
		return b, a
	}
	before, _ := w.store.Head()
	for _, from := range []string{"10.8.0.1", "", "10.7.0.5, 10.8.0.1", "fd00:8::1", "nonsense", "127.0.0.1"} {
		if _, a := in("boss", passwordOf, from); a.status != 403 || a.get("code") != "login.admin_from" || !strings.Contains(string(a.body), "规定") {
			t.Errorf("in from %q: %s", from, a)
		}
	}
	if _, a := in("boss", "wrong", "10.8.0.1"); a.get("code") != "login.failed" {
		t.Errorf("a wrong password tells who is an administrator: %s", a)
	}
	if _, a := in("office", passwordOf, "10.8.0.1"); a.status != 200 {
		t.Errorf("others: %s", a)
	}
	refused := 0
	for _, e := range w.events(before) {
		if e.Kind == workflow.KindLoginFailed && e.Data.Account.Cause == "address" {
			refused += e.Data.N
			if r := e.Data.Account; r.Name != "boss" || r.Role != workflow.Admin || r.Address == "" {
				t.Errorf("%+v", r)
			}
		}
	}
	if refused != 6 {
		t.Errorf("%d refusals recorded", refused)
	}
	for _, from := range []string{"fd00:7::9", "::ffff:10.7.0.5", "8.8.8.8, 10.7.0.5"} {
		if _, a := in("boss", passwordOf, from); a.status != 200 {
			t.Errorf("in from %q: %s", from, a)
		}
	}

	b, _ := in("boss", passwordOf, "10.7.0.5")
	if a := w.send(b.http, "GET", "/accounts", nil, forwarded("10.7.0.200")); a.status != 200 {
		t.Errorf("acting from the network: %s", a)
	}
	before, _ = w.store.Head()
	for _, c := range []struct{ method, path, body string }{
		{"GET", "/accounts", ""}, {"POST", "/accounts/disable", "name=kjt"}, {"GET", "/api/v1/me", ""}, {"GET", "/export/backup.tar", ""},
	} {
		head := forwarded("10.8.0.1")
		head["X-CSRF-Token"], head["Content-Type"] = b.csrf, "application/x-www-form-urlencoded"
		var body any
		if c.body != "" {
			body = c.body
		}
		if a := w.send(b.http, c.method, c.path, body, head); a.status != 403 || a.get("code") != "login.admin_from" {
			t.Errorf("%s %s by a session taken elsewhere: %s", c.method, c.path, a)
		}
		head["Authorization"] = "Bearer " + w.token("boss")
		if a := w.send(w.http, c.method, c.path, body, head); a.status != 403 || a.get("code") != "login.admin_from" {
			t.Errorf("%s %s by a token used elsewhere: %s", c.method, c.path, a)
		}
		head["X-Forwarded-For"] = "10.7.0.5, 10.8.0.1" // the second is what the proxy saw
		if a := w.send(w.http, c.method, c.path, body, head); a.get("code") != "login.admin_from" {
			t.Errorf("%s %s with a forged address: %s", c.method, c.path, a)
		}
	}
	for _, e := range w.events(before) {
		if e.Kind == workflow.KindAccountDisabled || e.Kind == workflow.KindExported {
			t.Errorf("done all the same: %s", e.Kind)
		}
	}
	page := forwarded("10.8.0.1")
	page["Accept"] = "text/html"
	if a := w.send(b.http, "GET", "/accounts", nil, page); a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/login") {
		t.Errorf("a page: %s", a)
	}
	w.send(b.http, "GET", "/login", nil, page).says(t, 200, "管理员账号只能从规定的地址")
	head := map[string]string{"Authorization": "Bearer " + w.token("boss"), "X-Forwarded-For": "10.7.0.5"}
	if a := w.send(w.http, "GET", "/api/v1/me", nil, head); a.status != 200 {
		t.Errorf("a token from the network: %s", a)
	}
	// Who is made an administrator is bound by it from then on.
	office, _ := in("office2", passwordOf, "10.8.0.1")
	if err := w.accounts.Move(t.Context(), w.clock.now(), account.Console, "office2", "office", workflow.Admin); err != nil {
		t.Fatal(err)
	}
	if a := w.send(office.http, "GET", "/api/v1/me", nil, forwarded("10.8.0.1")); a.status != 401 {
		t.Errorf("%s", a)
	}
	if _, a := in("office2", passwordOf, "10.8.0.1"); a.get("code") != "login.admin_from" {
		t.Errorf("%s", a)
	}
}

// TestAttacksAreCounted: what alarms are made of.
func TestAttacksAreCounted(t *testing.T) {
	w := newWorld(t, func(w *world) {
		w.guard = func(o *session.Options) { o.AdminFrom = []netip.Prefix{netip.MustParsePrefix("10.7.0.0/24")} }
	})
	in := func(name, password string) {
		w.clock.add(time.Minute)
		w.send(w.newBrowser().http, "POST", "/api/v1/session", map[string]string{"name": name, "password": password}, nil)
	}
	in("office", passwordOf)
	if got := w.sessions.Stats(); got != (session.Stats{}) {
		t.Errorf("after a good login: %+v", got)
	}
	for range 5 {
		in("sft", "wrong")
	}
	in("boss", passwordOf)
	if got := w.sessions.Stats(); got != (session.Stats{Failures: 5, Locks: 1, Refused: 1}) {
		t.Errorf("%+v", got)
	}
}
