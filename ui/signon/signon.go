// Package signon asks an OpenID Connect provider who somebody is: authorization
// code with PKCE (RFC 7636), bound to the browser by state and nonce. It knows no
// accounts and no sessions: what it answers is who the provider says is there.
//
// Nothing is asked of the provider before somebody wants to log in through it.
package signon

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"duban/workflow"
	"duban/workflow/account"
)

// Options of a Provider; all are required, but a client without a secret is a
// public one, which PKCE alone protects.
type Options struct {
	Issuer       string // as the provider calls itself, to the letter
	ClientID     string
	ClientSecret string
	Redirect     string           // the address of ours that the provider sends browsers back to
	HTTP         *http.Client     // asks the provider; it must have a timeout
	Random       io.Reader        // safe for concurrent use
	Now          func() time.Time // the machine's clock
}

const (
	// Life is how long somebody may take to log in at the provider.
	Life = 10 * time.Minute
	// within bounds one exchange with the provider.
	within = 10 * time.Second
	// again is how long a provider that could not be reached is not asked again.
	again = 5 * time.Second
	// longestSubject is what the specification allows (OpenID Connect Core, 2).
	longestSubject = 255
)

// Provider is one provider. It is safe for concurrent use.
type Provider struct {
	o   Options
	key []byte // of states: those of another process, or from before a restart, are not taken

	mu     sync.Mutex
	found  *oidc.Provider // once it has been reached
	failed time.Time      // when it last could not be
	why    error
}

// New makes a Provider; it sends nothing. Errors name the option that is wrong.
func New(o Options) (*Provider, error) {
	if o.ClientID == "" {
		return nil, errors.New("the client id is empty")
	}
	for name, s := range map[string]string{"issuer": o.Issuer, "redirect": o.Redirect} {
		if err := SafeAddress(s); err != nil {
			return nil, fmt.Errorf("the %s %q: %w", name, s, err)
		}
	}
	p := &Provider{o: o, key: make([]byte, sha256.Size)}
	_, err := io.ReadFull(o.Random, p.key)
	return p, err
}

// Identity is somebody as this provider names them.
func (p *Provider) Identity(subject string) account.Identity {
	return account.Identity{Issuer: p.o.Issuer, Subject: subject}
}

// SafeAddress reports what is wrong with an address that secrets travel to: https, or
// this machine's own.
func SafeAddress(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return err
	case u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return errors.New("want an address without user, query or fragment")
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && (u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()):
		return nil
	}
	return errors.New("want https")
}

// fault is a refusal with what is behind it, for the log.
func fault(kind workflow.ErrorKind, code string, why error) error {
	return &workflow.Error{Kind: kind, Code: code, Err: why}
}

// reach finds the provider's addresses, once. Error: signon.unavailable.
func (p *Provider) reach(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.o.Now()
	if p.found != nil {
		return p.found, nil
	}
	if p.why != nil && now.Sub(p.failed) < again {
		return nil, fault(workflow.Unavailable, "signon.unavailable", p.why)
	}
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, p.o.HTTP), p.o.Issuer)
	if err == nil {
		err = errors.Join(SafeAddress(found.Endpoint().AuthURL), SafeAddress(found.Endpoint().TokenURL))
	}
	if err != nil {
		p.failed, p.why = now, err
		return nil, fault(workflow.Unavailable, "signon.unavailable", err)
	}
	p.found, p.why = found, nil
	return found, nil
}

func (p *Provider) config(found *oidc.Provider) oauth2.Config {
	return oauth2.Config{ClientID: p.o.ClientID, ClientSecret: p.o.ClientSecret, Endpoint: found.Endpoint(),
		RedirectURL: p.o.Redirect, Scopes: []string{oidc.ScopeOpenID}}
}

// mac is what only this process can make of the browser's secret.
func (p *Provider) mac(what, browser, body string) string {
	h := hmac.New(sha256.New, p.key)
	for _, part := range []string{what, browser, body} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write([]byte(part))
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// Begin is where to send a browser that has the secret, to log in and come back
// to the page next. Nothing is stored: state, nonce and verifier are made of the
// secret, which must be fresh for each login. The provider can read next in the
// state. ask has the provider ask the person, who may be logged in there already.
// Error: signon.unavailable.
func (p *Provider) Begin(ctx context.Context, browser, next string, ask bool) (string, error) {
	ctx, done := context.WithTimeout(ctx, within)
	defer done()
	found, err := p.reach(ctx)
	if err != nil {
		return "", err
	}
	body := binary.BigEndian.AppendUint64(nil, uint64(p.o.Now().Add(Life).Unix())) // #nosec G115 -- seconds since 1970 of a moment to come
	asked := byte(0)
	if ask {
		asked = 1
	}
	state := base64.RawURLEncoding.EncodeToString(append(append(body, asked), next...))
	state += "." + p.mac("state", browser, state)
	c := p.config(found)
	o := []oauth2.AuthCodeOption{oidc.Nonce(p.mac("nonce", browser, state)), oauth2.S256ChallengeOption(p.mac("verifier", browser, state))}
	if ask {
		o = append(o, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return c.AuthCodeURL(state, o...), nil
}

// Answer is what the provider sends a browser back with.
type Answer struct {
	Code, State string
	Issuer      string // RFC 9207; "" from providers that do not say
	Error       string // an OAuth error code instead of a code
}

// begun is what a state says of the login it belongs to.
type begun struct {
	next  string
	ask   bool
	until int64 // seconds since 1970
}

// opened reads a state; ok is false when it is not this browser's, or too old.
func (p *Provider) opened(browser, state string) (s begun, ok bool) {
	body, mac, _ := strings.Cut(state, ".")
	if browser == "" || !hmac.Equal([]byte(mac), []byte(p.mac("state", browser, body))) {
		return s, false
	}
	b, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil || len(b) < 9 {
		return s, false
	}
	s = begun{next: string(b[9:]), ask: b[8] == 1, until: int64(binary.BigEndian.Uint64(b))} // #nosec G115 -- sealed by us: the seal holds
	return s, p.o.Now().Unix() < s.until
}

// Found is who came back from the provider.
type Found struct {
	Identity account.Identity
	Next     string // the page to go on to, known as soon as the state is good
	Asked    bool   // Begin wanted the person asked, and the provider did
}

// Finish is who the provider says is at the browser with the secret.
//
// Errors: signon.stale (not begun in this browser, or too long ago),
// signon.denied (the provider did not log the person in), signon.unavailable,
// signon.not_asked (the provider was to ask the person, and does not say that it
// did), and signon.invalid (an answer that proves nothing: a used code, a token
// that is forged, for others, too old or for another login).
func (p *Provider) Finish(ctx context.Context, browser string, a Answer) (Found, error) {
	s, ok := p.opened(browser, a.State)
	if !ok {
		return Found{}, fault(workflow.Unauthorized, "signon.stale", nil)
	}
	id, err := p.identify(ctx, browser, s, a)
	return Found{Identity: id, Next: s.next, Asked: s.ask && err == nil}, err
}

// identify gives the answer's code for a token and reads it.
func (p *Provider) identify(ctx context.Context, browser string, s begun, a Answer) (id account.Identity, err error) {
	switch {
	case a.Issuer != "" && a.Issuer != p.o.Issuer:
		return id, fault(workflow.Unauthorized, "signon.invalid", fmt.Errorf("the answer is of the issuer %.200q", a.Issuer))
	case a.Error != "" || a.Code == "":
		return id, fault(workflow.Unauthorized, "signon.denied", fmt.Errorf("the provider answered %.200q", a.Error))
	}
	ctx, done := context.WithTimeout(ctx, within)
	defer done()
	found, err := p.reach(ctx)
	if err != nil {
		return id, err
	}
	raw, err := p.exchange(ctx, found, a.Code, p.mac("verifier", browser, a.State))
	if err != nil {
		return id, err
	}
	asked := time.Time{}
	if s.ask {
		asked = time.Unix(s.until, 0).Add(-Life)
	}
	return p.prove(ctx, found, raw, p.mac("nonce", browser, a.State), asked)
}

// exchange gives the code for an ID token.
func (p *Provider) exchange(ctx context.Context, found *oidc.Provider, code, verifier string) (string, error) {
	c := p.config(found)
	t, err := c.Exchange(oidc.ClientContext(ctx, p.o.HTTP), code, oauth2.VerifierOption(verifier))
	var refused *oauth2.RetrieveError
	switch {
	case errors.As(err, &refused) && refused.Response.StatusCode < http.StatusInternalServerError:
		return "", fault(workflow.Unauthorized, "signon.invalid", fmt.Errorf("the code was not taken: %d %.200q", refused.Response.StatusCode, refused.ErrorCode))
	case err != nil:
		return "", fault(workflow.Unavailable, "signon.unavailable", err)
	}
	raw, ok := t.Extra("id_token").(string)
	if !ok {
		return "", fault(workflow.Unauthorized, "signon.invalid", errors.New("there is no ID token"))
	}
	return raw, nil
}

// slack is how far the provider's clock may be behind ours.
const slack = time.Minute

// prove checks the ID token (OpenID Connect Core, 3.1.3.7) and answers whose it is.
// asked is when the provider was told to ask the person, zero for not at all; max_age
// makes it say when it did (auth_time).
func (p *Provider) prove(ctx context.Context, found *oidc.Provider, raw, nonce string, asked time.Time) (id account.Identity, err error) {
	t, err := found.Verifier(&oidc.Config{ClientID: p.o.ClientID, Now: p.o.Now}).Verify(ctx, raw)
	var claims struct {
		For string `json:"azp"`
		At  int64  `json:"auth_time"`
	}
	if err == nil {
		err = t.Claims(&claims)
	}
	switch {
	case err != nil:
	case !hmac.Equal([]byte(t.Nonce), []byte(nonce)):
		err = errors.New("the token is of another login: wrong nonce")
	case len(t.Audience) > 1 && claims.For != p.o.ClientID:
		err = errors.New("the token is for several programs and was not given to this one")
	case t.Subject == "" || len(t.Subject) > longestSubject:
		err = errors.New("the token names nobody")
	case !asked.IsZero() && time.Unix(claims.At, 0).Before(asked.Add(-slack)):
		return id, fault(workflow.Unauthorized, "signon.not_asked", fmt.Errorf("auth_time is %d, asked at %d", claims.At, asked.Unix()))
	default:
		return p.Identity(t.Subject), nil
	}
	return id, fault(workflow.Unauthorized, "signon.invalid", err)
}
