package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"duban/ui/signon/signontest"
)

// TestSignOnFlags: the server sends browsers to the provider it was told of, and
// asks it nothing before.
func TestSignOnFlags(t *testing.T) {
	f := newFolder(t)
	at := signontest.New(t, time.Now)
	f.write("secret", signontest.ClientSecret+"\n", 0o600)
	a, stop := f.serving("--oidc-issuer", at.URL, "--oidc-client-id", signontest.ClientID, "--oidc-client-secret-file", f.path("secret"), "--host", "localhost,duban.example")
	defer stop()
	if res := f.get(a, nil, "localhost", "/login", ""); res.StatusCode != 200 {
		t.Fatal(res.Status)
	}
	if n := at.Asked(); n != 0 {
		t.Errorf("asked %d times before anybody wants to log in", n)
	}
	res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Get("http://" + strings.Replace(a.Addr().String(), "127.0.0.1", "localhost", 1) + "/login/oidc")
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	to, err := url.Parse(res.Header.Get("Location"))
	if err != nil || !strings.HasPrefix(to.String(), at.URL+"/authorize?") || to.Query().Get("redirect_uri") != "https://localhost/login/oidc/callback" {
		t.Errorf("%s %v", res.Status, to)
	}
}

func TestBadSignOnFlags(t *testing.T) {
	f := newFolder(t)
	const issuer = "https://sso.example"
	for want, args := range map[string][]string{
		"go with --oidc-issuer": {"--oidc-client-id", "x"},
		"needs --oidc-redirect": {"--oidc-issuer", issuer, "--oidc-client-id", "x"},
		"client id is empty":    {"--oidc-issuer", issuer, "--host", "duban.example"},
		"want https":            {"--oidc-issuer", "http://sso.example", "--oidc-client-id", "x", "--host", "duban.example"},
		"cannot read":           {"--oidc-issuer", issuer, "--oidc-client-id", "x", "--host", "duban.example", "--oidc-client-secret-file", f.path("nothing")},
	} {
		if why := f.starts(args...); !strings.Contains(why, want) {
			t.Errorf("%s: %q", want, why)
		}
	}
}

// TestTheProviderIsNotTrustedWithMore: its redirects are not followed, and an
// endless answer is cut.
func TestTheProviderIsNotTrustedWithMore(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, "/long", http.StatusFound)
			return
		}
		_, _ = io.CopyN(w, strings.NewReader(strings.Repeat("x", maxProvider+1)), maxProvider+1)
	}))
	defer s.Close()
	for path, check := range map[string]func(*http.Response, error) bool{
		"/away": func(res *http.Response, err error) bool { return err == nil && res.StatusCode == http.StatusFound },
		"/long": func(_ *http.Response, err error) bool { return err != nil },
	} {
		res, err := providerClient().Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.ReadAll(res.Body)
		if !check(res, err) {
			t.Errorf("%s: %s, %v", path, res.Status, err)
		}
		if err := res.Body.Close(); err != nil {
			t.Error(err)
		}
	}
}
