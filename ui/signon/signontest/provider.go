// Package signontest is an OpenID Connect provider on loopback, for tests: honest
// unless it is told otherwise.
package signontest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// The one program the provider knows.
const (
	ClientID     = "duban"
	ClientSecret = "a secret of the test's"
)

// Provider logs everybody in as Subject. Its fields say how it misbehaves; set
// them with Set while it serves.
type Provider struct {
	URL string

	mu       sync.Mutex
	misdeeds Misdeeds
	subject  string
	now      func() time.Time
	key      *ecdsa.PrivateKey
	codes    map[string]url.Values // what each code was asked for with; a code is good once
	asked    int
}

// Misdeeds are what a provider, or somebody who poses as it, may do. The zero
// value is honest.
type Misdeeds struct {
	Claims   func(claims map[string]any)          // changes what the token says
	Sign     func(payload []byte) (string, error) // replaces the signature
	Issuer   string                               // in the discovery document
	Denies   bool                                 // logs nobody in
	Silent   bool                                 // no ID token
	Down     bool                                 // answers 503 everywhere
	Endpoint string                               // of tokens, in the discovery document
}

// New starts a provider that ends with the test; now dates its tokens.
func New(t testing.TB, now func() time.Time) *Provider {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &Provider{now: now, key: key, codes: map[string]url.Values{}, subject: "248289761001"}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /keys", p.keys)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.asked++
		if p.misdeeds.Down {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	p.URL = s.URL
	return p
}

// Set makes the provider misbehave from now on.
func (p *Provider) Set(m Misdeeds) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.misdeeds = m
}

// Be makes it log everybody in under this subject.
func (p *Provider) Be(subject string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.subject = subject
}

// Asked is how many requests have come.
func (p *Provider) Asked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a client that is gone fails its own test
}

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	issuer, endpoint := p.URL, p.URL+"/token"
	if p.misdeeds.Issuer != "" {
		issuer = p.misdeeds.Issuer
	}
	if p.misdeeds.Endpoint != "" {
		endpoint = p.misdeeds.Endpoint
	}
	answer(w, http.StatusOK, map[string]any{"issuer": issuer, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": endpoint,
		"jwks_uri": p.URL + "/keys", "id_token_signing_alg_values_supported": []string{"ES256", "HS256", "none"}})
}

// authorize logs the browser in unasked and sends it back.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || q.Get("client_id") != ClientID || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" ||
		q.Get("nonce") == "" || !strings.Contains(q.Get("scope"), "openid") {
		http.Error(w, "a request this provider does not take", http.StatusBadRequest)
		return
	}
	out := url.Values{"state": {q.Get("state")}, "iss": {p.URL}}
	if p.misdeeds.Denies {
		out.Set("error", "access_denied")
	} else {
		code := rand.Text()
		p.codes[code] = q
		out.Set("code", code)
	}
	back.RawQuery = out.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound) // #nosec G710 -- a provider of tests sends where it is asked to
}

func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	if unescaped, err := url.QueryUnescape(secret); basic && err == nil {
		secret = unescaped
	}
	if id != ClientID || secret != ClientSecret {
		answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
		return
	}
	q, known := p.codes[r.PostFormValue("code")]
	delete(p.codes, r.PostFormValue("code"))
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !known || q.Get("redirect_uri") != r.PostFormValue("redirect_uri") ||
		q.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) {
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	out := map[string]any{"access_token": rand.Text(), "token_type": "Bearer"}
	if !p.misdeeds.Silent {
		token, err := p.issue(q)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		out["id_token"] = token
	}
	answer(w, http.StatusOK, out)
}

// issue makes the ID token.
func (p *Provider) issue(q url.Values) (string, error) {
	now := p.now()
	claims := map[string]any{"iss": p.URL, "sub": p.subject, "aud": ClientID, "nonce": q.Get("nonce"),
		"iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}
	if q.Get("prompt") == "login" && q.Get("max_age") == "0" {
		claims["auth_time"] = now.Unix()
	}
	if p.misdeeds.Claims != nil {
		p.misdeeds.Claims(claims)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	if p.misdeeds.Sign != nil {
		return p.misdeeds.Sign(payload)
	}
	return Sign(jose.ES256, jose.JSONWebKey{Key: p.key, KeyID: "1"}, payload)
}

// Sign makes a signed token of a payload.
func Sign(algorithm jose.SignatureAlgorithm, key any, payload []byte) (string, error) {
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, nil)
	if err != nil {
		return "", err
	}
	signed, err := s.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.key.Public(), KeyID: "1", Algorithm: "ES256", Use: "sig"}}})
}
