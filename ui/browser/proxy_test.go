package browser

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// proxy stands between browsers and a site, as an office's does, and fails as they do.
type proxy struct {
	site *site // what a browser takes for the site

	mu      sync.Mutex
	status  int           // the answer in the site's place; 0: the site's own
	spared  string        // the beginning of addresses that the site answers all the same
	refused int           // answers so given to pages
	held    string        // the end of an address that is answered only later
	release chan struct{} // when it is
	still   chan struct{} // while it is open, nothing passes and nothing is closed
}

// errorPage is what a proxy says when the server is away: no word of it is ours.
const errorPage = `<!DOCTYPE html><html><head><title>502</title></head><body><h1>系统维护中</h1></body></html>`

// behindProxy starts a proxy before the site.
func behindProxy(t *testing.T, s *site) *proxy {
	t.Helper()
	p := &proxy{still: closedNow()}
	forward := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: s.addr})
	transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		return &line{c, p}, err
	}}
	forward.Transport = transport
	forward.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
	forward.ErrorLog = nil
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, release := p.answer(r.URL.Path)
		if release != nil {
			<-release
		}
		if status == 0 {
			forward.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, errorPage) // a browser that is gone reads none
	}))
	t.Cleanup(func() {
		p.flow()
		p.fetched()
		front.CloseClientConnections()
		front.Close()
		transport.CloseIdleConnections()
	})
	p.site = &site{t: t, addr: front.Listener.Addr().String(), tokens: s.tokens, client: s.client}
	return p
}

func closedNow() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// answer is what a request gets in the site's place, and what it waits for before.
func (p *proxy) answer(path string) (status int, release chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held != "" && strings.HasSuffix(path, p.held) {
		release = p.release
	}
	if p.spared != "" && strings.HasPrefix(path, p.spared) {
		return 0, release
	}
	if p.status != 0 && !strings.HasPrefix(path, "/api/") {
		p.refused++
	}
	return p.status, release
}

// fail answers everything in the site's place, but what begins as spared; 0 ends it.
func (p *proxy) fail(status int, spared string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status, p.spared, p.refused = status, spared, 0
}

// refusals are how often a page was asked for since fail.
func (p *proxy) refusals() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.refused
}

// hold keeps the answer to addresses with this end until fetched.
func (p *proxy) hold(end string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held, p.release = end, make(chan struct{})
}

func (p *proxy) fetched() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held != "" {
		p.held = ""
		close(p.release)
	}
}

// stop lets nothing from the site pass, and closes nothing: a line that is cut somewhere
// between, where neither end is told.
func (p *proxy) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.still = make(chan struct{})
}

func (p *proxy) flow() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.still:
	default:
		close(p.still)
	}
}

// line is a connection with the site.
type line struct {
	net.Conn
	p *proxy
}

func (l *line) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	l.p.mu.Lock()
	still := l.p.still
	l.p.mu.Unlock()
	<-still
	return n, err
}
