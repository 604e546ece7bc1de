package session_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"duban/ui/session"
	"duban/workflow/account/credential"
)

func TestLoginByFormWithScriptOff(t *testing.T) {
	s := newSite(t, session.Options{})
	b := s.browser()
	b.wants(t, "none", "GET", "/who", "")
	b.wants(t, "session.none", "GET", "/act", "")
	csrf := b.login(t, "liwei", good)
	b.wants(t, "session liwei", "GET", "/who", "")
	b.wants(t, "done", "POST", "/act", form("csrf", csrf))
	k := b.cookies["duban"]
	if k == nil || !k.HttpOnly || k.Secure || k.Path != "/" || k.SameSite != http.SameSiteLaxMode || k.MaxAge != 0 || !k.Expires.IsZero() {
		t.Errorf("%+v", k)
	}
	if d := b.cookies["duban-device"]; d == nil || !d.HttpOnly || d.SameSite != http.SameSiteStrictMode || d.MaxAge < 86400 {
		t.Errorf("%+v", d)
	}
	kept := *k
	b.wants(t, "csrf.bad", "POST", "/logout", "")
	b.wants(t, "", "POST", "/logout", form("csrf", csrf))
	if b.cookies["duban"] != nil {
		t.Error("the cookie stayed")
	}
	b.cookies["duban"] = &kept // a copy somebody made
	b.wants(t, "none  session.ended", "GET", "/who", "")
	b.wants(t, "session.ended", "GET", "/act", "")
}

func TestCookiesUnderTLS(t *testing.T) {
	s := newSite(t, session.Options{Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	b := s.browser()
	b.header["X-Forwarded-Proto"] = "https"
	b.login(t, "liwei", good)
	for _, name := range []string{"__Host-duban", "__Host-duban-device"} {
		if k := b.cookies[name]; k == nil || !k.Secure || !k.HttpOnly || k.Path != "/" || k.Domain != "" {
			t.Errorf("%s: %+v", name, k)
		}
	}
	b.wants(t, "session liwei", "GET", "/who", "")
	// A cookie without the prefix may have been set by another host.
	b.cookies["__Host-duban"].Name = "duban"
	b.wants(t, "none", "GET", "/who", "")
}

func TestAPlantedCookieIsNotTakenOver(t *testing.T) {
	s := newSite(t, session.Options{})
	b := s.browser()
	planted := strings.Repeat("A", 43)
	b.cookies["duban"] = &http.Cookie{Name: "duban", Value: planted}
	b.login(t, "liwei", good)
	first := b.cookies["duban"].Value
	if first == planted {
		t.Fatal("the session has the planted secret")
	}
	thief := s.browser()
	thief.cookies["duban"] = &http.Cookie{Name: "duban", Value: planted}
	thief.wants(t, "none  session.ended", "GET", "/who", "")
	b.login(t, "liwei", good)
	thief.cookies["duban"].Value = first
	thief.wants(t, "none  session.ended", "GET", "/who", "")
	b.wants(t, "session liwei", "GET", "/who", "")
}

func TestForgedRequests(t *testing.T) {
	s := newSite(t, session.Options{})
	b := s.browser()
	csrf := b.login(t, "liwei", good)
	other := s.browser().login(t, "wangfang", good)
	secret, _, err := s.desk.AddToken(t.Context(), s.clock(), admin, "x", "liwei", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	const token = session.HeaderCSRF
	for _, c := range []struct {
		name, method, body string
		header             []string
		want               string
	}{
		{"reading needs no token", "GET", "", nil, "done"},
		{"no token", "POST", "", nil, "csrf.bad"},
		{"no token, PUT", "PUT", "", nil, "csrf.bad"},
		{"no token, PATCH", "PATCH", "", nil, "csrf.bad"},
		{"no token, DELETE", "DELETE", "", nil, "csrf.bad"},
		{"in the header", "POST", "", []string{token, csrf}, "done"},
		{"in the form", "POST", form("csrf", csrf), nil, "done"},
		{"in the header, DELETE", "DELETE", "", []string{token, csrf}, "done"},
		{"in the address", "POST", "", nil, "csrf.bad"},
		{"empty", "POST", form("csrf", ""), nil, "csrf.bad"},
		{"wrong", "POST", form("csrf", csrf[1:]+"x"), nil, "csrf.bad"},
		{"another session's", "POST", "", []string{token, other}, "csrf.bad"},
		{"own origin", "POST", "", []string{token, csrf, "Origin", s.url}, "done"},
		{"own site", "POST", "", []string{token, csrf, "Sec-Fetch-Site", "same-origin"}, "done"},
		{"strange origin", "POST", "", []string{token, csrf, "Origin", "http://evil.example"}, "csrf.bad"},
		{"a host that begins like ours", "POST", "", []string{token, csrf, "Origin", s.url + ".evil.example"}, "csrf.bad"},
		{"another port", "POST", "", []string{token, csrf, "Origin", "http://127.0.0.1:1"}, "csrf.bad"},
		{"null origin", "POST", "", []string{token, csrf, "Origin", "null"}, "csrf.bad"},
		{"broken origin", "POST", "", []string{token, csrf, "Origin", "http://%zz"}, "csrf.bad"},
		{"another scheme", "POST", "", []string{token, csrf, "Origin", strings.Replace(s.url, "http", "ftp", 1)}, "csrf.bad"},
		{"same site, other origin", "POST", "", []string{token, csrf, "Sec-Fetch-Site", "same-site"}, "csrf.bad"},
		{"cross site", "POST", "", []string{token, csrf, "Sec-Fetch-Site", "cross-site", "Origin", s.url}, "csrf.bad"},
		{"bearer needs none", "POST", "", []string{"Authorization", "Bearer " + secret}, "done"},
		{"bearer, scheme in capitals", "DELETE", "", []string{"Authorization", "BEARER " + secret}, "done"},
		{"a bad bearer is not rescued by the cookie", "POST", "", []string{token, csrf, "Authorization", "Bearer db_x"}, "token.invalid"},
		{"an empty bearer neither", "POST", "", []string{token, csrf, "Authorization", "Bearer"}, "token.invalid"},
		{"basic is a proxy's affair", "POST", "", []string{"Authorization", "Basic eDp5"}, "csrf.bad"},
	} {
		path := "/act"
		if c.name == "in the address" {
			path += "?csrf=" + csrf
		}
		if _, got := b.do(t, c.method, path, c.body, c.header...); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestForgedLogins(t *testing.T) {
	s := newSite(t, session.Options{})
	person := s.browser()
	_, token := person.do(t, "GET", "/login", "")
	attacker := s.browser()
	_, strange := attacker.do(t, "GET", "/login", "")
	credentials := []string{"name", "liwei", "password", good}
	body := func(token string) string { return form(append(credentials, "csrf", token)...) }
	for name, c := range map[string]struct {
		body   string
		header []string
	}{
		"no token":            {form(credentials...), nil},
		"the attacker's":      {body(strange), nil},
		"a strange origin":    {body(token), []string{"Origin", "http://evil.example"}},
		"cross site":          {body(token), []string{"Sec-Fetch-Site", "cross-site"}},
		"json, cross site":    {`{}`, []string{"Content-Type", "application/json", "Origin", "http://evil.example"}},
		"json called text":    {`{"name":"liwei","password":"` + good + `"}`, []string{"Content-Type", "text/plain"}},
		"multipart, no token": {"--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nliwei\r\n--x--\r\n", []string{"Content-Type", "multipart/form-data; boundary=x"}},
	} {
		b := *person
		b.header = map[string]string{}
		if len(c.header) > 0 && c.header[0] == "Content-Type" {
			b.header["Content-Type"] = c.header[1]
			c.header = c.header[2:]
		}
		if status, got := b.do(t, "POST", "/login", c.body, c.header...); status != 403 || got != "csrf.bad" {
			t.Errorf("%s: %d %s", name, status, got)
		}
	}
	if _, again := person.do(t, "GET", "/login", ""); again != token {
		t.Error("a second tab made the first one's form void")
	}
	for _, tab := range []string{"the control", "the same form in a second tab, now logged in"} {
		if status, got := person.do(t, "POST", "/login", body(token), "Origin", s.url); status != 200 {
			t.Errorf("%s: %d %s", tab, status, got)
		}
	}
	program := s.browser()
	program.header["Content-Type"] = "application/json; charset=utf-8"
	if status, got := program.do(t, "POST", "/login", `{"name":"liwei","password":"`+good+`"}`); status != 200 {
		t.Errorf("a program: %d %s", status, got)
	}
}

func TestAOneTimePasswordOpensNothingElse(t *testing.T) {
	s := newSite(t, session.Options{})
	oneTime, err := s.desk.Reset(t.Context(), s.clock(), admin, "liwei")
	if err != nil {
		t.Fatal(err)
	}
	b := s.browser()
	csrf := b.login(t, "liwei", oneTime)
	old := b.cookies["duban"].Value
	b.wants(t, "password.must_change", "GET", "/act", "")
	b.wants(t, "password.must_change", "POST", "/act", form("csrf", csrf))
	b.wants(t, "password.wrong", "POST", "/password", form("csrf", csrf, "old", "guess", "new", "Qw8!nT4rYbx6"))
	b.wants(t, "", "POST", "/password", form("csrf", csrf, "old", oneTime, "new", "Qw8!nT4rYbx6"))
	if b.cookies["duban"].Value == old {
		t.Error("the session's secret was kept")
	}
	b.wants(t, "done", "GET", "/act", "")
	b.wants(t, "csrf.bad", "POST", "/act", form("csrf", csrf)) // the old session's token
}

func TestScreensReadAndNothingElse(t *testing.T) {
	s := newSite(t, session.Options{})
	b := s.browser()
	_, code := b.do(t, "POST", "/screen", "")
	b.wants(t, "none  screen.pending", "GET", "/who", "")
	b.wants(t, code, "POST", "/screen", "") // a reload shows the same code
	p, err := s.desk.ApproveScreen(t.Context(), s.clock(), admin, code, "三楼")
	if err != nil {
		t.Fatal(err)
	}
	b.wants(t, "screen screen:"+p.ID, "GET", "/who", "")
	b.wants(t, "done", "GET", "/act", "")
	b.wants(t, "screen.read_only", "POST", "/act", "")
	s.pass(40 * 24 * time.Hour)
	s.sweep(t)
	b.wants(t, "done", "GET", "/act", "")
	if err := s.desk.RevokeScreen(t.Context(), s.clock(), admin, p.ID); err != nil {
		t.Fatal(err)
	}
	b.wants(t, "screen.revoked", "GET", "/act", "")
	for range 9 {
		s.browser().do(t, "POST", "/screen", "")
	}
	fresh := s.browser()
	fresh.do(t, "POST", "/screen", "")
	if status, got := s.browser().do(t, "POST", "/screen", ""); status != 429 || got != "screen.too_many" {
		t.Errorf("one address asking for ever: %d %s", status, got)
	}
}

func TestClientAddress(t *testing.T) {
	proxy := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("10.0.0.0/8")}
	for _, c := range []struct {
		name    string
		proxies []netip.Prefix
		headers []string
		want    string
	}{
		{"no proxy listed: the header is the client's own words", nil, []string{"1.2.3.4"}, "127.0.0.1"},
		{"another proxy listed", proxy[1:], []string{"1.2.3.4"}, "127.0.0.1"},
		{"listed", proxy, []string{"1.2.3.4"}, "1.2.3.4"},
		{"what the client put before it", proxy, []string{"6.6.6.6, 1.2.3.4"}, "1.2.3.4"},
		{"in a header of its own", proxy, []string{"6.6.6.6", "1.2.3.4"}, "1.2.3.4"},
		{"through two listed", proxy, []string{"6.6.6.6, 1.2.3.4, 10.1.1.1"}, "1.2.3.4"},
		{"all listed", proxy, []string{"10.1.1.2, 10.1.1.1"}, "10.1.1.2"},
		{"nonsense", proxy, []string{"localhost"}, "127.0.0.1"},
		{"nonsense behind a listed one", proxy, []string{"1.2.3.4, evil, 10.1.1.1"}, "10.1.1.1"},
		{"IPv6", proxy, []string{"2001:db8::1"}, "2001:db8::1"},
		{"IPv4 in IPv6", proxy, []string{"::ffff:1.2.3.4"}, "1.2.3.4"},
		{"none", proxy, nil, "127.0.0.1"},
		{"very many", proxy, []string{"6.6.6.6" + strings.Repeat(", 10.0.0.1", 200)}, "10.0.0.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t, session.Options{Proxies: c.proxies})
			var header []string
			for _, h := range c.headers {
				header = append(header, "X-Forwarded-For", h)
			}
			s.browser().wants(t, c.want, "GET", "/address", "", header...)
		})
	}
}

func TestASpoofedAddressDoesNotEscapeALock(t *testing.T) {
	s := newSite(t, session.Options{})
	last := ""
	for i := range 10 {
		b := s.browser()
		_, token := b.do(t, "GET", "/login", "")
		_, last = b.do(t, "POST", "/login", form("name", "liwei", "password", "wrong", "csrf", token),
			"X-Forwarded-For", "1.2.3."+string(rune('0'+i)))
		s.pass(3 * time.Second)
	}
	if last != "login.locked" {
		t.Errorf("the tenth guess: %s", last)
	}
}

func TestProxyHeadersOfStrangersAreIgnored(t *testing.T) {
	s := newSite(t, session.Options{})
	b := s.browser()
	b.header["X-Forwarded-Proto"], b.header["X-Forwarded-Host"] = "https", "evil.example"
	csrf := b.login(t, "liwei", good)
	if b.cookies["duban"] == nil {
		t.Error("the connection was taken for https")
	}
	b.wants(t, "csrf.bad", "POST", "/act", form("csrf", csrf), "Origin", "https://evil.example")
	trusting := newSite(t, session.Options{Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	b = trusting.browser()
	b.header["X-Forwarded-Proto"], b.header["X-Forwarded-Host"] = "https", "duban.example"
	csrf = b.login(t, "liwei", good)
	b.wants(t, "done", "POST", "/act", form("csrf", csrf), "Origin", "https://duban.example")
	b.wants(t, "csrf.bad", "POST", "/act", form("csrf", csrf), "Origin", "http://duban.example")
}

func TestTokensOverHTTP(t *testing.T) {
	s := newSite(t, session.Options{})
	b := s.browser()
	secret, token, err := s.desk.AddToken(t.Context(), s.clock(), admin, "x", "liwei", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	b.header["Authorization"] = "Bearer " + secret
	b.wants(t, "token liwei", "GET", "/who", "")
	s.sweep(t)
	all, err := s.desk.Tokens(t.Context(), admin)
	if err != nil || all[0].LastUsed == nil || !all[0].LastUsed.Equal(s.clock()) {
		t.Errorf("%+v %v", all, err)
	}
	for name, wrong := range map[string]string{
		"cut": secret[:len(secret)-1], "longer": secret + "x", "no prefix": secret[3:], "its digest": credential.Digest(secret),
		"its id": token.ID, "very long": secret + strings.Repeat("x", 3000), "another case": strings.ToUpper(secret),
	} {
		stranger := s.browser()
		stranger.header["Authorization"] = "Bearer " + wrong
		if status, got := stranger.do(t, "GET", "/who", ""); status != 401 || got != "token.invalid" {
			t.Errorf("%s: %d %s", name, status, got)
		}
	}
	if err := s.desk.RevokeToken(t.Context(), s.clock(), admin, token.ID); err != nil {
		t.Fatal(err)
	}
	b.wants(t, "token.invalid", "GET", "/who", "")
}

func TestActivityKeepsASessionAlive(t *testing.T) {
	s := newSite(t, session.Options{})
	b := s.browser()
	b.login(t, "liwei", good)
	for range 15 { // seven and a half hours
		s.pass(30*time.Minute - time.Second)
		b.wants(t, "session liwei", "GET", "/who", "")
		s.sweep(t)
	}
	s.pass(time.Hour)
	b.wants(t, "none  session.ended", "GET", "/who", "")
}
