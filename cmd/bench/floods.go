package bench

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// assailant floods the server from an address of its own on loopback, so that what is
// bounded by address is not bounded for others.
type assailant struct {
	host, bearer, id string // id: an assignment of the account's
	dial             net.Dialer
	http             *http.Client
}

// hitWithin bounds one hit.
const hitWithin = 10 * time.Second

func newAssailant(s *site, as, id string) *assailant {
	a := &assailant{host: strings.TrimPrefix(s.base, "http://"), bearer: "Bearer " + s.Token[as], id: id,
		dial: net.Dialer{Timeout: hitWithin, LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}}
	a.http = &http.Client{Timeout: hitWithin, Transport: &http.Transport{DialContext: a.dial.DialContext, MaxIdleConnsPerHost: 64, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return a
}

func (a *assailant) close() { a.http.CloseIdleConnections() }

// ask sends a request and reads the whole answer.
func (a *assailant) ask(ctx context.Context, method, path, kind string, body []byte, header ...string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+a.host+path, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", a.bearer)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := a.http.Do(req)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, errors.Join(err, res.Body.Close())
}

// get reads a page whole.
func (a *assailant) get(ctx context.Context, path string) (int, error) {
	return a.ask(ctx, http.MethodGet, path, "", nil)
}

// open connects and writes the bytes; then do has the connection, which is reset at the end.
func (a *assailant) open(ctx context.Context, first string, do func(net.Conn) (int, error)) (int, error) {
	c, err := a.dial.DialContext(ctx, "tcp", a.host)
	if err != nil {
		return 0, err
	}
	err = errors.Join(c.(*net.TCPConn).SetLinger(0), c.SetDeadline(time.Now().Add(hitWithin)))
	if err == nil {
		_, err = io.WriteString(c, first)
	}
	status := 0
	if err == nil {
		status, err = do(c)
	}
	return status, errors.Join(err, c.Close())
}

// head is a request up to its body.
func (a *assailant) head(method, path string, header ...string) string {
	return method + " " + path + " HTTP/1.1\r\nHost: " + a.host + "\r\nAuthorization: " + a.bearer + "\r\n" + strings.Join(append(header, "", ""), "\r\n")
}

// answer reads the head of an answer.
func answer(c net.Conn) (int, error) {
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, nil // its body goes with the connection
}

// drip writes a byte now and then until the server or the time ends it.
func drip(ctx context.Context, c net.Conn) (int, error) {
	for every := time.NewTicker(100 * time.Millisecond); ; {
		select {
		case <-ctx.Done():
			every.Stop()
			return 0, nil
		case <-every.C:
			if _, err := io.WriteString(c, "x"); err != nil {
				every.Stop()
				return 0, err
			}
		}
	}
}

// hold reads nothing until the time is over.
func hold(ctx context.Context, _ net.Conn) (int, error) {
	<-ctx.Done()
	return 0, nil
}

// strange is text nobody has asked for before, hex digits.
func strange(n, length int) string {
	sum := sha256.Sum256(fmt.Append(nil, n))
	return strings.Repeat(hex.EncodeToString(sum[:]), length/64+1)[:length]
}

// packed is a mebibyte of zeros in a kilobyte.
func packed() string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(make([]byte, 1<<20)) // to memory
	_ = z.Close()
	return b.String()
}

// page is a small PDF, made new by n.
func page(n int, length int) []byte {
	head := fmt.Appendf(nil, "%%PDF-1.4\n%% %s\n", strange(n, 64))
	return append(head, bytes.Repeat([]byte("0123456789abcde\n"), max(0, length-len(head))/16)...)
}

const boundary = "flood"

func upload(content []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\nContent-Type: application/pdf\r\n\r\n", boundary)
	b.Write(content)
	fmt.Fprintf(&b, "\r\n--%s--\r\n", boundary)
	return b.Bytes()
}

const (
	asJSON   = "application/json"
	asForm   = "application/x-www-form-urlencoded"
	asUpload = "multipart/form-data; boundary=" + boundary
)

var (
	floodCodings  = []string{"gzip", "gzip, gzip, gzip", "deflate", "br", "zstd", "identity, gzip", "x-gzip"}
	floodBodies   = []string{"/api/v1/session", "/login", "/api/v1/files", "/api/v1/figures/import", "/figures/import", "/nowhere"}
	floodExports  = []string{"/export/journal.jsonl", "/export/ledger.xlsx", "/export/figures.xlsx", "/export/circular/2022Q3.docx", "/export/backup.tar"}
	floodReads    = []string{"/api/v1/events?limit=500", "/api/v1/assignments?limit=500", "/journal", "/assignments", "/indicators", "/api/v1/board"}
	floodPages    = []string{"/", "/assignments", "/board", "/indicators", "/me", "/api/v1/plan", "/api/v1/me"}
	floodPacked   = packed()
	floodUpgrade  = []string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="}
	floodDeep     = []byte(`{"progress":` + strings.Repeat("[", 500_000) + strings.Repeat("]", 500_000) + `}`)
	floodTooLarge = []byte(`{"progress":"` + strings.Repeat("x", 3<<20) + `"}`)
	floodDraft    = []byte(`{"progress":"` + strings.Repeat("督办", 20_000) + `"}`)
)

func one(all []string, n int) string { return all[n%len(all)] }

// allFloods are tried in turn.
var allFloods = []flood{
	{"packed bodies", 8, nil, func(ctx context.Context, a *assailant, _, n int) (int, error) {
		return a.open(ctx, a.head("POST", one(floodBodies, n), "Content-Type: "+one([]string{asJSON, asForm, asUpload}, n/7), "Content-Encoding: "+one(floodCodings, n/3), fmt.Sprintf("Content-Length: %d", len(floodPacked)))+floodPacked, answer)
	}},
	{"abandoned exports", 8, nil, func(ctx context.Context, a *assailant, _, n int) (int, error) {
		return a.open(ctx, a.head("GET", one(floodExports, n)), func(net.Conn) (int, error) { return 0, nil })
	}},
	{"exports left at their first byte", 8, nil, func(ctx context.Context, a *assailant, _, n int) (int, error) {
		return a.open(ctx, a.head("GET", one(floodExports, n)), answer)
	}},
	{"exports side by side", 8, nil, func(ctx context.Context, a *assailant, _, n int) (int, error) {
		return a.get(ctx, one(floodExports, n))
	}},
	{"long reads", 8, nil, func(ctx context.Context, a *assailant, _, n int) (int, error) { return a.get(ctx, one(floodReads, n)) }},
	{"look-backs", 8, nil, func(ctx context.Context, a *assailant, _, n int) (int, error) {
		at := time.Now().Add(-time.Duration(n%20_000) * time.Millisecond).UTC().Format(time.RFC3339Nano)
		return a.get(ctx, one([]string{"/api/v1/board", "/api/v1/assignments", "/api/v1/indicators"}, n)+"?asof="+at)
	}},
	{"evidence until its quota", 8, []string{"DUBAN_EVIDENCE_PER_ACCOUNT=64MiB"}, func(ctx context.Context, a *assailant, _, n int) (int, error) {
		return a.ask(ctx, http.MethodPost, "/api/v1/files", asUpload, upload(page(n, 1<<20)))
	}},
	{"long strange queries", 8, nil, func(ctx context.Context, a *assailant, _, n int) (int, error) {
		return a.get(ctx, one([]string{"/assignments?q=", "/api/v1/assignments?q=", "/export/ledger.xlsx?q=", "/nowhere?", "/api/v1/events?kind=", "/journal?q="}, n)+strange(n, 3000))
	}},
	{"uploads drop by drop", 64, nil, func(ctx context.Context, a *assailant, _, _ int) (int, error) {
		return a.open(ctx, a.head("POST", "/api/v1/files", "Content-Type: "+asUpload, "Content-Length: 20000000"), func(c net.Conn) (int, error) { return drip(ctx, c) })
	}},
	{"strangers' uploads, silent", 64, nil, func(ctx context.Context, a *assailant, _, _ int) (int, error) {
		return a.open(ctx, "POST /api/v1/files HTTP/1.1\r\nHost: "+a.host+"\r\nContent-Type: "+asUpload+"\r\nContent-Length: 20000000\r\n\r\n", func(c net.Conn) (int, error) { return answer(c) })
	}},
	{"login attempts", 8, nil, func(ctx context.Context, a *assailant, _, n int) (int, error) {
		return a.ask(ctx, http.MethodPost, "/api/v1/session", asJSON, fmt.Appendf(nil, `{"name":"n%d","password":"%s"}`, n, strange(n, 20)))
	}},
	{"logins of one name", 8, nil, func(ctx context.Context, a *assailant, _, n int) (int, error) {
		return a.ask(ctx, http.MethodPost, "/api/v1/session", asJSON, fmt.Appendf(nil, `{"name":"admin","password":"%s"}`, strange(n, 20)))
	}},
	{"websockets, coming and going", 8, nil, func(ctx context.Context, a *assailant, _, _ int) (int, error) {
		return a.open(ctx, a.head("GET", "/api/v1/live", floodUpgrade...), answer)
	}},
	{"websockets from the beginning", 8, nil, func(ctx context.Context, a *assailant, _, _ int) (int, error) {
		return a.open(ctx, a.head("GET", "/api/v1/live?after=0", floodUpgrade...), answer)
	}},
	{"websockets that never read", 128, nil, func(ctx context.Context, a *assailant, _, _ int) (int, error) {
		return a.open(ctx, a.head("GET", "/api/v1/live?after=0", floodUpgrade...), func(c net.Conn) (int, error) { return hold(ctx, c) })
	}},
	{"websockets half open", 128, nil, func(ctx context.Context, a *assailant, _, _ int) (int, error) {
		return a.open(ctx, "GET /api/v1/live HTTP/1.1\r\nHost: "+a.host+"\r\nConnection: Upgrade\r\nUpg", func(c net.Conn) (int, error) { return drip(ctx, c) })
	}},
	{"deep JSON", 4, nil, func(ctx context.Context, a *assailant, _, _ int) (int, error) {
		return a.ask(ctx, http.MethodPost, "/api/v1/assignments/"+a.id+"/reports", asJSON, floodDeep)
	}},
	{"too large JSON", 4, nil, func(ctx context.Context, a *assailant, _, _ int) (int, error) {
		return a.ask(ctx, http.MethodPost, "/api/v1/assignments/"+a.id+"/reports", asJSON, floodTooLarge)
	}},
	{"slow headers", 256, nil, func(ctx context.Context, a *assailant, _, _ int) (int, error) {
		return a.open(ctx, "GET / HTTP/1.1\r\nHost: "+a.host+"\r\nX-Slow: ", func(c net.Conn) (int, error) { return drip(ctx, c) })
	}},
	{"pages of one caller", 16, nil, func(ctx context.Context, a *assailant, _, n int) (int, error) { return a.get(ctx, one(floodPages, n)) }},
	// Those that nobody had named.
	{"drafts saved without end", 8, nil, func(ctx context.Context, a *assailant, _, n int) (int, error) {
		return a.ask(ctx, http.MethodPut, "/api/v1/assignments/"+a.id+"/draft", asJSON, bytes.Replace(floodDraft, []byte("督办"), []byte(strange(n, 6)), 1))
	}},
	{"requests in one line", 8, nil, func(ctx context.Context, a *assailant, _, _ int) (int, error) {
		return a.open(ctx, strings.Repeat(a.head("GET", "/assignments"), 200), func(net.Conn) (int, error) { return 0, nil })
	}},
	{"connections that say nothing", 512, nil, func(ctx context.Context, a *assailant, _, _ int) (int, error) {
		return a.open(ctx, "", func(c net.Conn) (int, error) { return hold(ctx, c) })
	}},
	{"answers nobody reads", 64, nil, func(ctx context.Context, a *assailant, _, _ int) (int, error) {
		return a.open(ctx, strings.Repeat(a.head("GET", "/api/v1/assignments?limit=500"), 50), func(c net.Conn) (int, error) { return hold(ctx, c) })
	}},
	{"zip bombs as evidence and sheets", 4, []string{"DUBAN_EVIDENCE_PER_ACCOUNT=64MiB"}, func(ctx context.Context, a *assailant, _, n int) (int, error) {
		return a.ask(ctx, http.MethodPost, one([]string{"/api/v1/figures/import/preview", "/api/v1/files"}, n), asUpload, upload([]byte("PK\x03\x04"+strings.Repeat("\x00", 1<<20))))
	}},
}
