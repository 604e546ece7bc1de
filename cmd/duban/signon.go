package main

import (
	"crypto/rand"
	"flag"
	"io"
	"net/http"
	"time"

	"duban/ui/login"
	"duban/ui/signon"
)

// signingOn is how people log in through an OpenID Connect provider.
type signingOn struct {
	issuer, client, redirect string
	secret                   string // file
}

func (o *signingOn) flags(f *flag.FlagSet) {
	f.StringVar(&o.issuer, "oidc-issuer", "", "`address` of an OpenID Connect provider to log in through, to the letter as it calls itself")
	f.StringVar(&o.client, "oidc-client-id", "", "`name` the provider knows this server by")
	f.StringVar(&o.secret, "oidc-client-secret-file", "", "`file` with the secret the provider gave this server; a public client has none")
	f.StringVar(&o.redirect, "oidc-redirect", "", "`address` the provider sends browsers back to; https://, the first --host and "+login.SignOnCallback+" unless given")
}

// provider is the provider of --oidc-issuer, which is not asked yet; nil without one.
func (o signingOn) provider(hosts []string) (*signon.Provider, error) {
	if o.issuer == "" {
		if o.client != "" || o.secret != "" || o.redirect != "" {
			return nil, usage("duban: --oidc-client-id, --oidc-client-secret-file and --oidc-redirect go with --oidc-issuer")
		}
		return nil, nil
	}
	redirect := o.redirect
	if redirect == "" {
		if len(hosts) == 0 {
			return nil, usage("duban: --oidc-issuer needs --oidc-redirect, or --host to make it of: where does the provider send browsers back to?")
		}
		redirect = "https://" + hosts[0] + login.SignOnCallback
	}
	opt := signon.Options{Issuer: o.issuer, ClientID: o.client, Redirect: redirect, HTTP: providerClient(), Random: rand.Reader, Now: wall}
	if o.secret != "" {
		var err error
		if opt.ClientSecret, err = secret(o.secret); err != nil {
			return nil, err
		}
	}
	p, err := signon.New(opt)
	if err != nil {
		return nil, usage("duban: --oidc-issuer, --oidc-client-id, --oidc-redirect: %v", err)
	}
	return p, nil
}

// maxProvider bounds what is read of one answer of the provider, in bytes.
const maxProvider = 1 << 20

// providerClient asks the provider: not for long, not for much, and nobody whom
// the provider redirects to.
func providerClient() *http.Client {
	return &http.Client{Timeout: 10 * time.Second, Transport: bounded{http.DefaultTransport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// bounded cuts answers that are too long off, with an error.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{http.MaxBytesReader(nil, res.Body, maxProvider), res.Body}
	}
	return res, err
}
