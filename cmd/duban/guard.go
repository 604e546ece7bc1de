package main

import (
	"crypto/tls"
	"flag"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"duban/workflow"
)

// guarding is how the server is told to guard itself.
type guarding struct {
	tlsCert, tlsKey string // files
	hosts           string
	subdomains      bool
	requireTOTP     string
	adminFrom       string
	headKey         string // file
	secretKey       string // file
	clamd           string // address
	oidc            signingOn
	rate            int // requests a minute of one account
}

func (g *guarding) flags(f *flag.FlagSet) {
	f.StringVar(&g.tlsCert, "tls-cert", "", "PEM `file` with the server's certificate chain: serve https")
	f.StringVar(&g.tlsKey, "tls-key", "", "PEM `file` with the certificate's key")
	f.StringVar(&g.hosts, "host", "", "comma-separated host `names` requests may be for; empty: any")
	f.BoolVar(&g.subdomains, "hsts-subdomains", false, "tell browsers to use https alone for the names below --host too: when all of them do")
	f.StringVar(&g.requireTOTP, "require-totp", "", "comma-separated `roles` that must log in with a second factor")
	f.StringVar(&g.adminFrom, "admin-from", "", "comma-separated `networks` administrators log in and act from; empty: any")
	f.IntVar(&g.rate, "account-rate", 0, "requests one account may send in a minute, for example 3000; 0: any number")
	f.StringVar(&g.headKey, "head-key", "", "PEM `file` of the Ed25519 key that signs the journal's head; made if it is not there")
	f.StringVar(&g.clamd, "clamd", "", "socket or host:port of a ClamAV `daemon` that scans every upload before it is kept; empty: uploads are not scanned")
	f.StringVar(&g.secretKey, "secret-key-file", "", "`file` with the key that second factors are sealed with; made if it is not there; secret.key in the data folder unless named")
	g.oidc.flags(f)
}

// words splits a list between commas or spaces.
func words(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// roles reads --require-totp.
func (g guarding) roles() ([]workflow.UserRole, error) {
	var out []workflow.UserRole
	for _, w := range words(g.requireTOTP) {
		r := workflow.UserRole(w)
		if !slices.Contains(workflow.UserRoles, r) {
			return nil, usage("duban: --require-totp: there is no role %q", w)
		}
		out = append(out, r)
	}
	return out, nil
}

// certificate is the server's, read again when its files change: it is renewed
// without a restart.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger
	now               atomic.Pointer[tls.Certificate]
	stamp             string
}

// tls is the certificate of --tls-cert and --tls-key; nil without them.
func (g guarding) tls(log *slog.Logger) (*certificate, error) {
	if g.tlsCert == "" && g.tlsKey == "" {
		return nil, nil
	}
	if g.tlsCert == "" || g.tlsKey == "" {
		return nil, usage("duban: --tls-cert and --tls-key go together")
	}
	c := &certificate{certFile: g.tlsCert, keyFile: g.tlsKey, log: log}
	c.stamp = c.look()
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return nil, usage("duban: --tls-cert, --tls-key: %w", err)
	}
	c.now.Store(&pair)
	return c, nil
}

// look is what can be seen of the files without reading them.
func (c *certificate) look() string {
	var s strings.Builder
	for _, name := range []string{c.certFile, c.keyFile} {
		if info, err := os.Stat(name); err == nil {
			s.WriteString(info.ModTime().Format(time.RFC3339Nano) + " ")
		}
	}
	return s.String()
}

// renew takes changed files over; files that do not fit leave the old certificate.
func (c *certificate) renew() {
	stamp := c.look()
	if stamp == c.stamp {
		return
	}
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil { // perhaps only one of them is written yet: looked at again
		c.log.Warn("the new certificate is not taken", "err", err)
		return
	}
	c.stamp = stamp
	c.now.Store(&pair)
	c.log.Info("certificate renewed", "file", c.certFile)
}

// config is TLS 1.2 or newer with the suites Go holds good; HTTP/1.1 alone.
func (c *certificate) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.now.Load(), nil }}
}
