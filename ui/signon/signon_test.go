package signon_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"duban/ui/signon"
	"duban/ui/signon/signontest"
	"duban/workflow"
	"duban/workflow/account"
)

const home = "http://127.0.0.1:8080/login/oidc/callback"

// world is a provider, our side of it, and a clock that can be moved.
type world struct {
	*signon.Provider
	t     *testing.T
	at    *signontest.Provider
	ahead time.Duration
	http  *http.Client
}

func newWorld(t *testing.T, change ...func(*signon.Options)) *world {
	t.Helper()
	w := &world{t: t, at: signontest.New(t, time.Now), http: &http.Client{Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	o := signon.Options{Issuer: w.at.URL, ClientID: signontest.ClientID, ClientSecret: signontest.ClientSecret, Redirect: home,
		HTTP: &http.Client{Timeout: time.Minute}, Random: rand.Reader, Now: func() time.Time { return time.Now().Add(w.ahead) }}
	for _, c := range change {
		c(&o)
	}
	var err error
	if w.Provider, err = signon.New(o); err != nil {
		t.Fatal(err)
	}
	return w
}

// begin starts a login and follows it through the provider, back to our door.
func (w *world) begin(browser string) signon.Answer {
	w.t.Helper()
	return w.beginAnd(browser, false)
}

func (w *world) beginAnd(browser string, ask bool) signon.Answer {
	w.t.Helper()
	to, err := w.Begin(w.t.Context(), browser, "/tasks/6?x=1", ask)
	if err != nil {
		w.t.Fatal(err)
	}
	res, err := w.http.Get(to)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		w.t.Fatal(err)
	}
	back, err := url.Parse(res.Header.Get("Location"))
	if err != nil || !strings.HasPrefix(back.String(), home) {
		w.t.Fatalf("sent to %v, %v (%s)", back, err, res.Status)
	}
	q := back.Query()
	return signon.Answer{Code: q.Get("code"), State: q.Get("state"), Issuer: q.Get("iss"), Error: q.Get("error")}
}

func (w *world) finish(browser string, a signon.Answer) (account.Identity, string, string) {
	found, err := w.Finish(w.t.Context(), browser, a)
	if err != nil {
		return found.Identity, found.Next, workflow.AsError(err).Code
	}
	return found.Identity, found.Next, ""
}

// TestAskingThePerson: where the provider is to ask, its word counts only if it says
// that it did, since then.
func TestAskingThePerson(t *testing.T) {
	w := newWorld(t)
	if found, err := w.Finish(t.Context(), "browser", w.beginAnd("browser", false)); err != nil || found.Asked {
		t.Errorf("not asked: %+v, %v", found, err)
	}
	if found, err := w.Finish(t.Context(), "browser", w.beginAnd("browser", true)); err != nil || !found.Asked || found.Identity.Subject == "" {
		t.Errorf("asked: %+v, %v", found, err)
	}
	for name, change := range map[string]func(map[string]any){
		"says nothing":        func(c map[string]any) { delete(c, "auth_time") },
		"an hour ago":         func(c map[string]any) { c["auth_time"] = c["iat"].(int64) - 3600 },
		"two minutes too old": func(c map[string]any) { c["auth_time"] = c["iat"].(int64) - 120 },
	} {
		w.at.Set(signontest.Misdeeds{Claims: change})
		found, err := w.Finish(t.Context(), "browser", w.beginAnd("browser", true))
		if workflow.AsError(err).Code != "signon.not_asked" || found.Asked || found.Identity.Subject != "" || found.Next != "/tasks/6?x=1" {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
	}
	// The mark cannot be taken off on the way: it is under the state's seal.
	w.at.Set(signontest.Misdeeds{})
	a := w.beginAnd("browser", true)
	body, mac, _ := strings.Cut(a.State, ".")
	b, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil || b[8] != 1 {
		t.Fatal(b, err)
	}
	b[8] = 0
	a.State = base64.RawURLEncoding.EncodeToString(b) + "." + mac
	if _, err := w.Finish(t.Context(), "browser", a); workflow.AsError(err).Code != "signon.stale" {
		t.Error(err)
	}
}

func TestAnHonestProvider(t *testing.T) {
	w := newWorld(t)
	if n := w.at.Asked(); n != 0 {
		t.Errorf("%d requests before anybody wants to log in", n)
	}
	for range 2 {
		id, next, code := w.finish("browser", w.begin("browser"))
		if code != "" || id != (account.Identity{Issuer: w.at.URL, Subject: "248289761001"}) || next != "/tasks/6?x=1" {
			t.Errorf("%+v %q %s", id, next, code)
		}
	}
}

// TestAttacksOnSignOn: whatever is wrong with the way back or the token, nobody is
// answered. Each case but the first is an honest login with one thing changed.
func TestAttacksOnSignOn(t *testing.T) {
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	claim := func(name string, v any) signontest.Misdeeds {
		return signontest.Misdeeds{Claims: func(c map[string]any) {
			if v == nil {
				delete(c, name)
			} else {
				c[name] = v
			}
		}}
	}
	b64 := base64.RawURLEncoding.EncodeToString
	unsigned := func(payload []byte) (string, error) {
		return b64([]byte(`{"alg":"none"}`)) + "." + b64(payload) + ".", nil
	}
	signed := func(alg jose.SignatureAlgorithm, key any) func([]byte) (string, error) {
		return func(payload []byte) (string, error) { return signontest.Sign(alg, key, payload) }
	}
	flip := func(s string) string { return s[:len(s)-2] + string(s[len(s)-2]^1) + s[len(s)-1:] }
	for _, c := range []struct {
		name   string
		does   signontest.Misdeeds
		change func(w *world, a *signon.Answer, browser *string)
		want   string
	}{
		{name: "nothing", want: ""},
		{name: "a state of another browser", change: func(_ *world, _ *signon.Answer, b *string) { *b = "another" }, want: "signon.stale"},
		{name: "no cookie", change: func(_ *world, _ *signon.Answer, b *string) { *b = "" }, want: "signon.stale"},
		{name: "no state", change: func(_ *world, a *signon.Answer, _ *string) { a.State = "" }, want: "signon.stale"},
		{name: "another secret for a good state", change: func(_ *world, _ *signon.Answer, b *string) { *b = "browses" }, want: "signon.stale"},
		{name: "a changed state", change: func(_ *world, a *signon.Answer, _ *string) { a.State = flip(a.State) }, want: "signon.stale"},
		{name: "another page in the state", change: func(_ *world, a *signon.Answer, _ *string) {
			_, mac, _ := strings.Cut(a.State, ".")
			a.State = b64([]byte("\xff\xff\xff\xff\xff\xff\xff\x00/x")) + "." + mac
		}, want: "signon.stale"},
		{name: "a state of another process", change: func(w *world, a *signon.Answer, _ *string) { w.Provider = newWorld(w.t).Provider }, want: "signon.stale"},
		{name: "too late", change: func(w *world, _ *signon.Answer, _ *string) { w.ahead = signon.Life + time.Second }, want: "signon.stale"},
		{name: "a used code", change: func(w *world, a *signon.Answer, b *string) { w.finish(*b, *a) }, want: "signon.invalid"},
		{name: "a code of another login of this browser", change: func(w *world, a *signon.Answer, b *string) { a.Code = w.begin("another").Code }, want: "signon.invalid"},
		{name: "a made-up code", change: func(_ *world, a *signon.Answer, _ *string) { a.Code = "x" }, want: "signon.invalid"},
		{name: "an answer of another issuer", change: func(_ *world, a *signon.Answer, _ *string) { a.Issuer = "https://other.example" }, want: "signon.invalid"},
		{name: "no code", change: func(_ *world, a *signon.Answer, _ *string) { a.Code = "" }, want: "signon.denied"},
		{name: "denied", does: signontest.Misdeeds{Denies: true}, want: "signon.denied"},
		{name: "no token", does: signontest.Misdeeds{Silent: true}, want: "signon.invalid"},
		{name: "wrong nonce", does: claim("nonce", "another"), want: "signon.invalid"},
		{name: "no nonce", does: claim("nonce", nil), want: "signon.invalid"},
		{name: "wrong audience", does: claim("aud", "another"), want: "signon.invalid"},
		{name: "no audience", does: claim("aud", nil), want: "signon.invalid"},
		{name: "given to another of several", does: claim("aud", []string{signontest.ClientID, "another"}), want: "signon.invalid"},
		{name: "expired", does: claim("exp", time.Now().Add(-time.Minute).Unix()), want: "signon.invalid"},
		{name: "no expiry", does: claim("exp", nil), want: "signon.invalid"},
		{name: "not yet", does: claim("nbf", time.Now().Add(time.Hour).Unix()), want: "signon.invalid"},
		{name: "another issuer", does: claim("iss", "https://other.example"), want: "signon.invalid"},
		{name: "no subject", does: claim("sub", nil), want: "signon.invalid"},
		{name: "an endless subject", does: claim("sub", strings.Repeat("x", 256)), want: "signon.invalid"},
		{name: "alg none", does: signontest.Misdeeds{Sign: unsigned}, want: "signon.invalid"},
		{name: "signed by a stranger", does: signontest.Misdeeds{Sign: signed(jose.ES256, stranger)}, want: "signon.invalid"},
		{name: "signed with the client's secret", does: signontest.Misdeeds{Sign: signed(jose.HS256, []byte(strings.Repeat(signontest.ClientSecret, 2)))}, want: "signon.invalid"},
		{name: "no token at all", does: signontest.Misdeeds{Sign: func([]byte) (string, error) { return "x", nil }}, want: "signon.invalid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.at.Set(c.does)
			browser := "browser"
			a := w.begin(browser)
			if c.change != nil {
				c.change(w, &a, &browser)
			}
			id, _, code := w.finish(browser, a)
			if code != c.want || (code != "") != (id == account.Identity{}) {
				t.Errorf("%q %+v, want %q", code, id, c.want)
			}
		})
	}
}

// TestAProviderThatIsNotThere: it is said so, it is not asked again and again, and
// when it is back it is found.
func TestAProviderThatIsNotThere(t *testing.T) {
	for name, does := range map[string]signontest.Misdeeds{
		"down": {Down: true}, "another issuer": {Issuer: "https://other.example"}, "tokens over plain http": {Endpoint: "http://other.example/token"},
	} {
		w := newWorld(t)
		w.at.Set(does)
		for range 3 {
			if _, err := w.Begin(t.Context(), "browser", "/", false); workflow.AsError(err).Code != "signon.unavailable" || workflow.AsError(err).Err == nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := w.at.Asked(); n != 1 {
			t.Errorf("%s: asked %d times in a moment", name, n)
		}
		w.at.Set(signontest.Misdeeds{})
		w.ahead = 10 * time.Second
		w.begin("browser")
	}
	w := newWorld(t)
	a := w.begin("browser")
	w.at.Set(signontest.Misdeeds{Down: true})
	if _, next, code := w.finish("browser", a); code != "signon.unavailable" || next != "/tasks/6?x=1" {
		t.Errorf("%s %s", code, next)
	}
}

func TestOptionsOfSignOn(t *testing.T) {
	good := signon.Options{Issuer: "https://sso.example", ClientID: "x", Redirect: "https://duban.example/login/oidc/callback", Random: rand.Reader}
	for name, change := range map[string]func(*signon.Options){
		"plain http":       func(o *signon.Options) { o.Issuer = "http://sso.example" },
		"a plain redirect": func(o *signon.Options) { o.Redirect = "http://duban.example/login/oidc/callback" },
		"no client":        func(o *signon.Options) { o.ClientID = "" },
		"no host":          func(o *signon.Options) { o.Issuer = "https:///x" },
		"a password in it": func(o *signon.Options) { o.Issuer = "https://a:b@sso.example" },
		"a query":          func(o *signon.Options) { o.Issuer = "https://sso.example?x=1" },
		"no address":       func(o *signon.Options) { o.Issuer = "sso.example" },
	} {
		o := good
		change(&o)
		if _, err := signon.New(o); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := signon.New(good); err != nil {
		t.Error(err)
	}
}
