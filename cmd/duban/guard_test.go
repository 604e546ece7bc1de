package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"duban/cmd/office"
	"duban/store/storetest"
	"duban/workflow"
	"duban/workflow/account"
)

// folder is a place with all that serve needs.
type folder struct {
	t   *testing.T
	dir string
}

func newFolder(t *testing.T) folder {
	f := folder{t, t.TempDir()}
	f.write("password", "Lake-Heron-58-Candle\n", 0o600)
	return f
}

func (f folder) path(name string) string { return filepath.Join(f.dir, name) }

func (f folder) write(name, text string, mode os.FileMode) {
	f.t.Helper()
	if err := os.WriteFile(f.path(name), []byte(text), mode); err != nil {
		f.t.Fatal(err)
	}
}

// certificate writes a certificate for localhost and answers a pool that trusts it.
func (f folder) certificate(serial int64) *x509.CertPool {
	f.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost", "other"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		f.t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		f.t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	f.write("cert.pem", string(cert), 0o644)
	f.write("key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})), 0o600)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(cert)
	return pool
}

// run is a command of the program; the answer is its exit code and what it said.
func (f folder) run(args ...string) (int, string) {
	var out bytes.Buffer
	code := run(f.t.Context(), args, env{strings.NewReader(""), &out, &out, func(string) string { return "" }})
	return code, out.String()
}

// serving starts the server with the flags, and stops it at the end.
func (f folder) serving(args ...string) (a *office.Office, stop func()) {
	f.t.Helper()
	var s settings
	e := env{strings.NewReader(""), io.Discard, io.Discard, func(string) string { return "" }}
	args = append([]string{"--addr", "127.0.0.1:0", "--data", f.path("data"), "--plan", "../../tasks.yaml",
		"--admin-password-file", f.path("password")}, args...)
	if _, err := parse(flags("serve", e, s.flags), args, e); err != nil {
		f.t.Fatal(err)
	}
	a, err := newOffice(f.t.Context(), s, slog.New(slog.DiscardHandler), e)
	if err != nil {
		f.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(f.t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- serveUntil(ctx, a) }()
	return a, func() {
		f.t.Helper()
		cancel()
		if err := <-ended; err != nil {
			f.t.Errorf("ended with %v", err)
		}
	}
}

func (f folder) get(a *office.Office, pool *x509.CertPool, host, path, token string) *http.Response {
	f.t.Helper()
	c := &http.Client{Timeout: storetest.Patience, Transport: &http.Transport{DisableKeepAlives: true,
		TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "localhost"}}}
	scheme := "https"
	if pool == nil {
		scheme = "http"
	}
	req, err := http.NewRequestWithContext(f.t.Context(), "GET", scheme+"://"+a.Addr().String()+path, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	req.Host = host
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := c.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

func TestServeByHTTPS(t *testing.T) {
	f := newFolder(t)
	pool := f.certificate(1)
	a, stop := f.serving("--tls-cert", f.path("cert.pem"), "--tls-key", f.path("key.pem"), "--host", "duban.example.gov,localhost", "--hsts-subdomains")
	res := f.get(a, pool, "localhost", "/login", "")
	stop()
	if got := res.Header.Get("Strict-Transport-Security"); got != "max-age=31536000; includeSubDomains" {
		t.Errorf("with --hsts-subdomains: %q", got)
	}
	a, stop = f.serving("--tls-cert", f.path("cert.pem"), "--tls-key", f.path("key.pem"), "--host", "duban.example.gov,localhost")
	defer stop()
	for _, c := range []struct {
		host, path string
		status     int
	}{
		{"localhost", "/login", 200},
		{"LOCALHOST:443", "/login", 200},
		{"duban.example.gov.", "/login", 200},
		{"evil.example", "/login", 400},
		{"localhost.evil.example", "/login", 400},
		{"evil.example", "/api/v1/me", 400},
		{"evil.example", "/healthz", 200},
		{"127.0.0.1", "/readyz", 200},
	} {
		res := f.get(a, pool, c.host, c.path, "")
		if res.StatusCode != c.status {
			t.Errorf("%s for %s: %d, want %d", c.path, c.host, res.StatusCode, c.status)
		}
		if got := res.Header.Get("Strict-Transport-Security"); got != "max-age=31536000" {
			t.Errorf("%s for %s: Strict-Transport-Security %q", c.path, c.host, got)
		}
	}
	for name, request := range map[string]string{ // refused before any route is looked for
		"a method nobody has": "BREW /login HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"two hosts":           "GET /login HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
		"nonsense":            "nonsense\r\n\r\n",
	} {
		c, err := tls.Dial("tcp", a.Addr().String(), &tls.Config{RootCAs: pool, ServerName: "localhost"})
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.WriteString(c, request)
		b, _ := io.ReadAll(c) // however it closes, the answer is there
		if err = errors.Join(err, c.Close()); err != nil && len(b) == 0 || !strings.Contains(string(b), "Strict-Transport-Security: max-age=31536000\r\n") {
			t.Errorf("%s: %v %s", name, err, b)
		}
	}
	cookies := f.get(a, pool, "localhost", "/login", "").Cookies()
	if len(cookies) != 1 || !strings.HasPrefix(cookies[0].Name, "__Host-") || !cookies[0].Secure || !cookies[0].HttpOnly {
		t.Errorf("%v", cookies)
	}
	old := &tls.Config{RootCAs: pool, ServerName: "localhost", MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	if c, err := tls.Dial("tcp", a.Addr().String(), old); err == nil {
		_ = c.Close()
		t.Error("TLS 1.1 is spoken")
	}
	renewed := f.certificate(2)
	a.RenewCertificate()
	if res := f.get(a, renewed, "localhost", "/login", ""); res.TLS.PeerCertificates[0].SerialNumber.Int64() != 2 {
		t.Error("the new certificate is not served")
	}
	f.write("cert.pem", "half", 0o644)
	if err := os.Chtimes(f.path("cert.pem"), time.Time{}, time.Now().Add(time.Hour)); err != nil { // whatever the clock of the file system says
		t.Fatal(err)
	}
	a.RenewCertificate()
	if res := f.get(a, renewed, "localhost", "/login", ""); res.StatusCode != 200 {
		t.Error("a broken file took the certificate away")
	}
}

func TestPlainHTTPPromisesNoTLS(t *testing.T) {
	f := newFolder(t)
	a, stop := f.serving()
	defer stop()
	res := f.get(a, nil, "any.example", "/login", "")
	if res.StatusCode != 200 || res.Header.Get("Strict-Transport-Security") != "" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
}

func TestBadGuardFlags(t *testing.T) {
	f := newFolder(t)
	f.certificate(1)
	f.write("open.pem", "x", 0o644)
	f.write("none.pem", "x", 0o600)
	for name, args := range map[string][]string{
		"half of a pair":      {"--tls-cert", f.path("cert.pem")},
		"no such certificate": {"--tls-cert", f.path("nothing"), "--tls-key", f.path("key.pem")},
		"swapped":             {"--tls-cert", f.path("key.pem"), "--tls-key", f.path("cert.pem")},
		"no such role":        {"--require-totp", "office,boss"},
		"no such scanner":     {"--clamd", "clamd"},
		"no such network":     {"--admin-from", "10.0.0.0/8,office"},
		"a key all may read":  {"--head-key", f.path("open.pem")},
		"no key at all":       {"--head-key", f.path("none.pem")},
		"another kind of key": {"--head-key", f.path("key.pem")},
	} {
		code, said := f.run(append([]string{"serve", "--addr", "127.0.0.1:0", "--data", f.path("data"), "--plan", "../../tasks.yaml",
			"--admin-password-file", f.path("password")}, args...)...)
		if code != exitUsage || !strings.Contains(said, args[0]) && !strings.Contains(said, "--tls-cert") {
			t.Errorf("%s: exit %d, %s", name, code, said)
		}
	}
}

// copyData is the data folder as it stands, under another name.
func (f folder) copyData(to string) string {
	f.t.Helper()
	if err := os.CopyFS(f.path(to), os.DirFS(f.path("data"))); err != nil {
		f.t.Fatal(err)
	}
	for _, name := range []string{"duban.db", "duban.pid"} {
		if err := os.Chmod(filepath.Join(f.path(to), name), 0o600); err != nil && name == "duban.db" {
			f.t.Fatal(err)
		}
	}
	return f.path(to)
}

func TestAHeadKeptElsewhereFindsACutJournal(t *testing.T) {
	f := newFolder(t)
	_, stop := f.serving()
	stop()
	early := f.copyData("early") // an older copy: the journal without its end

	a, stop := f.serving("--head-key", f.path("head.pem"))
	if info, err := os.Stat(f.path("head.pem")); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the key: %v %v", info, err)
	}
	ctx := t.Context()
	var kept []byte
	for name, role := range map[string]workflow.UserRole{"auditor": workflow.Auditor, "office": workflow.OfficeMan} {
		if _, err := a.Accounts.AddAccount(ctx, a.Now(), account.Console, account.NewAccount{Name: name, Unit: "office", Role: role, Password: "Lake-Heron-58-Candle"}); err != nil {
			t.Fatal(err)
		}
		secret, _, err := a.Accounts.AddToken(ctx, a.Now(), account.Console, "x", name, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		res := f.get(a, nil, "localhost", "/export/head.json", secret)
		if role == workflow.OfficeMan {
			if res.StatusCode != 403 {
				t.Errorf("the office downloads heads: %d", res.StatusCode)
			}
			continue
		}
		if kept, err = io.ReadAll(res.Body); err != nil || res.StatusCode != 200 {
			t.Fatalf("%d %s %v", res.StatusCode, kept, err)
		}
	}
	daily := f.daily(a)
	stop()
	f.write("kept.json", string(kept), 0o644)
	head, err := workflow.ReadHead(kept)
	if err != nil {
		t.Fatal(err)
	}
	again, stop := f.serving("--head-key", f.path("head.pem")) // the same key, the same day
	if got := f.daily(again); !bytes.Equal(got, daily) {
		t.Error("a restart wrote the day's head again")
	}
	stop()

	other := folder{t, t.TempDir()}
	other.write("password", "Lake-Heron-58-Candle\n", 0o600)
	_, stop = other.serving() // a journal of its own, as if written anew
	stop()

	forged := head
	forged.Seq--
	b, err := json.Marshal(forged)
	if err != nil {
		t.Fatal(err)
	}
	f.write("forged.json", string(b), 0o644)
	for _, c := range []struct {
		name, data, head, signer string
		code                     int
		says                     string
	}{
		{"whole", f.path("data"), "kept.json", "", 0, head.Fingerprint()},
		{"whole, by a known key", f.path("data"), "kept.json", head.Fingerprint(), 0, "ok"},
		{"signed by another", f.path("data"), "kept.json", "0011223344556677", 1, "not by"},
		{"cut", early, "kept.json", "", 1, "the journal was cut or is an older copy"},
		{"written anew", other.path("data"), "kept.json", "", 1, "event"},
		{"a forged head", f.path("data"), "forged.json", "", 1, "changed after it was signed"},
		{"no head file", f.path("data"), "nothing.json", "", 2, "--head"},
		{"not a head", f.path("data"), "password", "", 1, "no head file"},
	} {
		code, said := f.run("verify", "--data", c.data, "--head", f.path(c.head), "--head-signer", c.signer)
		if code != c.code || !strings.Contains(said, c.says) {
			t.Errorf("%s: exit %d, %s", c.name, code, said)
		}
	}
	if code, said := f.run("verify", "--data", early); code != 0 {
		t.Errorf("without a head the cut is not seen, as the guide says: exit %d, %s", code, said)
	}
}

// daily waits for the clock to write the day's head.
func (f folder) daily(a *office.Office) []byte {
	f.t.Helper()
	for end := time.Now().Add(storetest.Patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		names, err := filepath.Glob(filepath.Join(f.path("data"), "heads", "*.json"))
		if err != nil {
			f.t.Fatal(err)
		}
		if len(names) == 1 {
			b, err := os.ReadFile(names[0])
			if err != nil {
				f.t.Fatal(err)
			}
			if _, err := workflow.ReadHead(b); err != nil {
				f.t.Fatal(err)
			}
			return b
		}
	}
	f.t.Fatal("no head was written")
	return nil
}
