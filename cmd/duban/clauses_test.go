package main

import (
	"crypto/tls"
	"net/http"
	"testing"
)

// TestTLSTakesStrongCiphersOnly: of the suites of TLS 1.2, none that Go calls
// insecure is taken, the newest version is preferred, and the cookie that keeps
// the language is as guarded as the others.
func TestTLSTakesStrongCiphersOnly(t *testing.T) {
	f := newFolder(t)
	pool := f.certificate(1)
	a, stop := f.serving("--tls-cert", f.path("cert.pem"), "--tls-key", f.path("key.pem"))
	defer stop()
	dial := func(c *tls.Config) (*tls.Conn, error) {
		c.RootCAs, c.ServerName = pool, "localhost"
		return tls.Dial("tcp", a.Addr().String(), c)
	}
	for _, s := range tls.InsecureCipherSuites() {
		if c, err := dial(&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{s.ID}}); err == nil {
			_ = c.Close()
			t.Errorf("%s is taken", s.Name)
		}
	}
	c, err := dial(&tls.Config{MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if v := c.ConnectionState().Version; v != tls.VersionTLS13 {
		t.Errorf("version %x is preferred", v)
	}
	req, err := http.NewRequestWithContext(t.Context(), "GET", "https://"+a.Addr().String()+"/language?lang=en", nil)
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "localhost"}}
	res, err := tr.RoundTrip(req) // without following where it leads
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	cookies := res.Cookies()
	if len(cookies) != 1 || cookies[0].Name != "__Host-duban-lang" || !cookies[0].Secure || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteLaxMode {
		t.Errorf("the language's cookie: %v", cookies)
	}
}
