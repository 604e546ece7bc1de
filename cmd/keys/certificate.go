package keys

import (
	"crypto/tls"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"duban/cmd/misuse"
)

// Certificate is the server's, read again when its files change: it is renewed
// without a restart.
type Certificate struct {
	certFile, keyFile string
	log               *slog.Logger
	now               atomic.Pointer[tls.Certificate]
	stamp             string
}

// ReadCertificate is the certificate of --tls-cert and --tls-key; nil without them.
func ReadCertificate(certFile, keyFile string, log *slog.Logger) (*Certificate, error) {
	if certFile == "" && keyFile == "" {
		return nil, nil
	}
	if certFile == "" || keyFile == "" {
		return nil, misuse.Errorf("duban: --tls-cert and --tls-key go together")
	}
	c := &Certificate{certFile: certFile, keyFile: keyFile, log: log}
	c.stamp = c.look()
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return nil, misuse.Errorf("duban: --tls-cert, --tls-key: %w", err)
	}
	c.now.Store(&pair)
	return c, nil
}

// look is what can be seen of the files without reading them.
func (c *Certificate) look() string {
	var s strings.Builder
	for _, name := range []string{c.certFile, c.keyFile} {
		if info, err := os.Stat(name); err == nil {
			s.WriteString(info.ModTime().Format(time.RFC3339Nano) + " ")
		}
	}
	return s.String()
}

// Renew takes changed files over; files that do not fit leave the old certificate.
func (c *Certificate) Renew() {
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

// Config is TLS 1.2 or newer with the suites Go holds good; HTTP/1.1 alone.
func (c *Certificate) Config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.now.Load(), nil }}
}
