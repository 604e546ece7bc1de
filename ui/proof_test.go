package ui

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/store/storetest"
	"duban/ui/page"
	"duban/ui/session"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/account"
)

// TestProofFields: pages cannot import sessions; their fields have one name.
func TestProofFields(t *testing.T) {
	for _, name := range []string{session.FieldPassword, session.FieldCode} {
		if !strings.HasPrefix(name, page.ProofField) {
			t.Errorf("%s does not begin with %s: it would be carried on", name, page.ProofField)
		}
	}
}

// stale logs somebody in and lets the proof grow old.
func (w *world) stale(name string) *browser {
	w.t.Helper()
	delete(w.clients, name)
	b := w.cookie(name)
	w.clock.add(session.ProofLife)
	return b
}

// TestEveryActOnLocksAsksForAProof: on a login that is too old, each such route
// answers 403 proof.required to scripts and the page to people, and does nothing;
// with a wrong proof nothing either; with a right one it goes through to its rules.
func TestEveryActOnLocksAsksForAProof(t *testing.T) {
	t.Parallel()
	asked := 0
	for _, r := range rightsTable {
		i := slices.IndexFunc(routes, func(k web.Route) bool { return k.Method+" "+k.Path == r.route })
		if routes[i].Fresh == nil {
			continue
		}
		asked++
		t.Run(strings.ReplaceAll(r.route+" "+r.path, "/", "_"), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.vars["n"] = "9"
			b := w.stale("boss")
			method, path := r.where(w)
			head := map[string]string{"X-CSRF-Token": b.csrf}
			body := w.expand(r.body)
			pages := !strings.HasPrefix(path, "/api/")
			if pages {
				head["Content-Type"] = "application/x-www-form-urlencoded"
			}
			send := func(body string) answer {
				var sent any
				if body != "" {
					sent = body
				}
				return w.send(b.http, method, path, sent, head)
			}
			before, _ := w.store.Head()
			if path == "/accounts/disable" {
				if a := send(body); a.status != http.StatusSeeOther {
					t.Errorf("shutting an account out must not wait: %s", a)
				}
				return
			}
			if a := send(body); a.status != 403 || a.get("code") != "proof.required" {
				t.Errorf("a script: %s", a)
			}
			if method == "GET" {
				if a := w.look(b, path); a.header.Get("Location") != "/me/proof?next="+url.QueryEscape(path) {
					t.Errorf("a page: %d %s", a.status, a.header.Get("Location"))
				}
				return
			}
			if now, _ := w.store.Head(); now != before {
				t.Error("something was recorded")
			}
			if !pages {
				if a := w.send(b.http, "POST", "/api/v1/session/proof", `{"password":"x"}`, head); a.status != 422 || a.get("code") != "proof.wrong" || a.get("field") != session.FieldPassword {
					t.Errorf("a wrong proof: %s", a)
				}
				if a := send(body); a.get("code") != "proof.required" {
					t.Errorf("after a wrong proof: %s", a)
				}
				if a := w.send(b.http, "POST", "/api/v1/session/proof", `{"password":"`+passwordOf+`"}`, head); a.status != 204 {
					t.Errorf("a right proof: %s", a)
				}
				if a := send(body); a.get("code") == "proof.required" {
					t.Errorf("after a right proof: %s", a)
				}
				return
			}
			head["Accept"] = "text/html"
			a := send(body)
			if a.status != 403 {
				t.Fatalf("the page: %s", a)
			}
			f := formTo(t, string(a.body), path)
			sent, err := url.ParseQuery(body)
			if err != nil {
				t.Fatal(err)
			}
			for name := range sent {
				if f.values.Get(name) != sent.Get(name) {
					t.Errorf("%s was not carried on: %q", name, f.values.Get(name))
				}
			}
			if b.csrf = f.values.Get("csrf"); b.csrf == "" {
				t.Error("the form has no token")
			}
			f.values.Set(session.FieldPassword, "wrong")
			if a := send(f.values.Encode()); a.status != 422 || !strings.Contains(string(a.body), "操作没有执行") || strings.Contains(string(a.body), `value="wrong"`) {
				t.Errorf("a wrong proof: %s", a)
			}
			f.values.Set(session.FieldPassword, passwordOf)
			if a := send(f.values.Encode()); strings.Contains(string(a.body), session.FieldPassword) {
				t.Errorf("a right proof: %s", a)
			}
			w.proofs(before, 1)
		})
	}
	if asked < 10 {
		t.Errorf("only %d rows ask for a proof", asked)
	}
}

// proofs holds what was recorded after the position: n proofs, of boss.
func (w *world) proofs(after uint64, n int) {
	w.t.Helper()
	for _, e := range w.events(after) {
		if e.Kind == workflow.KindProved {
			n--
			if r := e.Data.Account; e.Actor.User != "boss" || r.Name != "boss" || r.Address != "127.0.0.1" {
				w.t.Errorf("%+v %+v", e.Actor, r)
			}
		}
	}
	if n != 0 {
		w.t.Errorf("%d proofs are missing in the record", n)
	}
}

// TestAProofIsGoodForFiveMinutes: one proof does for what follows, then it is asked
// for again; and the act is done in the request that brought the proof.
func TestAProofIsGoodForFiveMinutes(t *testing.T) {
	w := newWorld(t)
	b := w.stale("boss")
	token := func(name string, more ...string) answer {
		return w.post(b, "/tokens", append([]string{"name", name, "account", "office", "scope", "read"}, more...)...)
	}
	token("one").says(t, 403, "再次确认身份", "即将签发令牌", `name="proof_password"`, `value="one"`)
	token("one", "proof_password", passwordOf).says(t, 200, "令牌“one”")
	w.clock.add(session.ProofLife - time.Second)
	token("two").says(t, 200, "令牌“two”")
	w.clock.add(time.Second)
	token("three").says(t, 403, "再次确认身份")
	if all, err := w.accounts.Tokens(t.Context(), account.Console); err != nil || len(all) != 2 {
		t.Errorf("%d tokens, %v", len(all), err)
	}
	// Another login of the account is as stale as it was.
	other := w.newBrowser()
	a := w.send(other.http, "POST", "/api/v1/session", map[string]string{"name": "boss", "password": passwordOf}, nil)
	other.csrf, _ = a.get("csrf").(string)
	w.clock.add(session.ProofLife)
	w.post(b, "/me/proof", "proof_password", passwordOf, "next", "/tokens")
	w.post(other, "/tokens", "name", "four", "account", "office", "scope", "read").says(t, 403)
	token("five").says(t, 200, "令牌“five”")
	// A token is no person: pages that hand out keys are not for it.
	if a := w.as("boss", "POST", "/tokens", "name=six&account=office&scope=read", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}); a.get("code") != "session.needed" {
		t.Errorf("by token: %s", a)
	}
}

// TestWrongProofsLock: guessing at a browser left open locks as guessing at the door.
func TestWrongProofsLock(t *testing.T) {
	w := newWorld(t)
	b := w.stale("boss")
	before, _ := w.store.Head()
	for range 4 {
		w.post(b, "/me/proof", "proof_password", "wrong", "next", "//evil.example/").says(t, 422, "操作没有执行", `value="/me"`)
		w.clock.add(10 * time.Second)
	}
	w.post(b, "/me/proof", "proof_password", "wrong").says(t, 422)
	if a := w.post(b, "/me/proof", "proof_password", passwordOf); a.status != 429 || a.header.Get("Retry-After") == "" {
		t.Errorf("the sixth, right: %s", a)
	}
	if a := w.send(b.http, "POST", "/api/v1/session", map[string]string{"name": "boss", "password": passwordOf}, nil); a.get("code") != "login.locked" {
		t.Errorf("the door of the same browser: %s", a)
	}
	n := 0
	for _, e := range w.events(before) {
		if e.Kind == workflow.KindLoginFailed && e.Data.Account.Name == "boss" {
			n += e.Data.N
		}
	}
	if n != 5 {
		t.Errorf("%d failures recorded", n)
	}
	w.clock.add(16 * time.Minute)
	if a := w.post(b, "/me/proof", "proof_password", passwordOf, "next", "/me"); a.header.Get("Location") != "/me" {
		t.Errorf("after the lock: %s", a)
	}
}

// TestAProofTakesTheSecondFactorToo: with one set, the password alone proves nothing,
// and a code is good once.
func TestAProofTakesTheSecondFactorToo(t *testing.T) {
	w := newWorld(t)
	w.accounts.Wall = w.clock.now
	b := w.cookie("boss")
	key, recovery := w.enrol(b)
	w.clock.add(session.ProofLife)
	if a := w.look(b, "/me/second"); a.header.Get("Location") != "/me/proof?next=%2Fme%2Fsecond" {
		t.Fatalf("%s", a)
	}
	w.look(b, "/me/proof?next=/me/second").says(t, 200, `name="proof_password"`, `name="proof_code"`)
	w.post(b, "/me/proof", "proof_password", passwordOf, "next", "/me/second").says(t, 422)
	code, _ := account.TOTPCode(key, w.clock.now())
	w.post(b, "/me/proof", "proof_password", "wrong", "proof_code", code, "next", "/me/second").says(t, 422)
	if a := w.post(b, "/me/proof", "proof_password", passwordOf, "proof_code", code, "next", "/me/second"); a.header.Get("Location") != "/me/second" {
		t.Fatalf("%s", a)
	}
	w.look(b, "/me/second").says(t, 200, "更换恢复码")
	w.clock.add(session.ProofLife)
	if a := w.post(b, "/me/proof", "proof_password", passwordOf, "proof_code", recovery[0]); a.status != http.StatusSeeOther {
		t.Errorf("a recovery code: %s", a)
	}
	w.clock.add(session.ProofLife)
	w.post(b, "/me/proof", "proof_password", passwordOf, "proof_code", recovery[0]).says(t, 422)
}

// TestProofOfWhoHasNoPassword: who comes through the provider alone proves by a code,
// or by logging in there anew; the provider's earlier word does not do.
func TestProofOfWhoHasNoPassword(t *testing.T) {
	w, at := withSignOn(t)
	w.accounts.Wall = w.clock.now
	_, _, err := w.accounts.InviteByLink(t.Context(), w.clock.now(), account.Console, account.NewAccount{Name: "xin", Unit: "office", Role: workflow.Admin})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.accounts.LinkIdentity(t.Context(), w.clock.now(), account.Console, "xin", w.sso.Identity("248289761001")); err != nil {
		t.Fatal(err)
	}
	b := w.newBrowser()
	w.signOn(b, "/tokens")
	b.take(w.look(b, "/tokens"))
	w.post(b, "/tokens", "name", "x", "account", "office", "scope", "read").says(t, 403, "/login/oidc?ask=1&amp;next=%2Ftokens")
	w.post(b, "/tokens", "name", "x", "account", "office", "scope", "read", "proof_password", "").says(t, 422)

	if a := w.look(b, w.toProvider(b, "/tokens&ask=1")); a.status != http.StatusSeeOther {
		t.Fatalf("%s", a)
	}
	// That "ask" was part of the page to go to: nobody was asked.
	b.take(w.look(b, "/tokens"))
	w.post(b, "/tokens", "name", "x", "account", "office", "scope", "read").says(t, 403)

	if a := w.signOnAsked(b, "/tokens"); a.header.Get("Location") != "/tokens" {
		t.Fatalf("%s", a)
	}
	b.take(w.look(b, "/tokens"))
	w.post(b, "/tokens", "name", "x", "account", "office", "scope", "read").says(t, 200, "令牌“x”")
	_ = at

	key, _ := w.enrol(b)
	w.clock.add(session.ProofLife)
	b.take(w.look(b, "/tokens"))
	a := w.post(b, "/tokens", "name", "y", "account", "office", "scope", "read")
	a.says(t, 403, `name="proof_code"`)
	if strings.Contains(string(a.body), `name="proof_password"`) {
		t.Error("asks for a password nobody has")
	}
	code, _ := account.TOTPCode(key, w.clock.now())
	w.post(b, "/tokens", "name", "y", "account", "office", "scope", "read", "proof_code", code).says(t, 200, "令牌“y”")
}

// signOnAsked has the provider ask the person again.
func (w *world) signOnAsked(b *browser, next string) answer {
	w.t.Helper()
	a := w.look(b, "/login/oidc?ask=1&next="+url.QueryEscape(next))
	res, err := w.http.Get(a.header.Get("Location"))
	if err != nil {
		w.t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		w.t.Fatal(err)
	}
	back, err := url.Parse(res.Header.Get("Location"))
	if err != nil {
		w.t.Fatal(err)
	}
	return w.look(b, back.RequestURI())
}

// TestAProofIsOfOnesOwn: who acts for another proves to be itself.
func TestAProofIsOfOnesOwn(t *testing.T) {
	w := newWorld(t)
	w.behalf()
	b := w.cookie("office")
	w.clock.set(storetest.Start.Add(session.ProofLife + time.Hour/4))
	before, _ := w.store.Head()
	if a := w.post(b, "/me/proof", "proof_password", passwordOf, "next", "/me"); a.header.Get("Location") != "/me" {
		t.Fatalf("%s", a)
	}
	for _, e := range w.events(before) {
		if e.Kind == workflow.KindProved && (e.Actor.User != "office" || e.Actor.OnBehalf != "") {
			t.Errorf("%+v", e.Actor)
		}
	}
}
