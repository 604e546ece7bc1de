package serve

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"duban/store/storetest"
)

// malformed is a request that ends with one refusal and a closed connection; what
// comes behind it must never be answered.
type malformed struct {
	name, request string
	want          int
}

// broken is the grammar of HTTP/1.1 (RFC 9110, 9112), broken in the places where
// servers and proxies have been found to differ.
func broken() (all []malformed) {
	add := func(want int, request, name string, args ...any) {
		all = append(all, malformed{fmt.Sprintf(name, args...), request, want})
	}
	get := func(header string) string { return lines("GET /hello HTTP/1.1", "Host: h", header) }
	for b := 0; b < 256; b++ { // §5.6.2: what no name may have
		if c := string([]byte{byte(b)}); !isToken([]byte(c)) && c != ":" {
			add(400, get("X"+c+"A: b"), "%q in a header's name", c)
		}
	}
	for _, c := range []string{"\x00", "\r", "\n"} { // §5.5
		add(400, get("X-A: b"+c+"c"), "%q in a header's value", c)
		add(400, get("X-A: "+c+"c"), "%q before a header's value", c)
		add(400, lines("GET /hello HTTP/1.1", "Host: h"+c+"evil"), "%q in the host", c)
	}
	for _, v := range []string{"", " ", "x", "-0", "+0", "-1", "1e1", "0x1", "1_0", "1.0", "1 1", "1,1", "1;1", "\"1\"", "¹", "１", "1\x00", "9223372036854775808", "18446744073709551617"} {
		add(400, lines("POST /echo HTTP/1.1", "Host: h", "Content-Length: "+v)+"a", "length %q", v)
		add(400, lines("POST /echo HTTP/1.1", "Host: h", "Content-Length: 1", "Content-Length: "+v)+"a", "length 1 and %q", v)
	}
	for _, v := range []string{"", "gzip", "identity", "deflate", "chunked, chunked", "chunked, gzip", "gzip, chunked", "chunked;q=1", "chun ked", "\"chunked\"", "chunkedx", "x chunked", ",chunked", "chunked,", "\x0bchunked", "chunked\x00", "çhunked"} {
		add(400, lines("POST /echo HTTP/1.1", "Host: h", "Transfer-Encoding: "+v)+"0\r\n\r\n", "coding %q", v)
		add(400, lines("POST /echo HTTP/1.1", "Host: h", "Transfer-Encoding: chunked", "Transfer-Encoding: "+v)+"0\r\n\r\n", "chunked and coding %q", v)
	}
	for _, v := range []string{"", "g", "-1", "+1", "0x1", " 1", "1 1", "1.0", "\x00", "１", strings.Repeat("f", 17), strings.Repeat("0", 64) + "g"} {
		add(400, lines("POST /echo HTTP/1.1", "Host: h", "Transfer-Encoding: chunked")+v+"\r\na\r\n0\r\n\r\n", "chunk size %q", v)
	}
	for _, v := range []string{"HTTP/0.9", "HTTP/1.2", "HTTP/2", "HTTP/2.0", "HTTP/3", "HTTP/1", "HTTP/1.", "HTTP/01.1", "HTTP/1.10", "http/1.1", "HTTPS/1.1", "ICY/1.1", "HTTP", "1.1", "HTTP/1,1", "HTTP /1.1", "HTTP/1.1 x"} {
		add(400, lines("GET /hello "+v, "Host: h"), "version %q", v)
	}
	for _, v := range []string{"hello", "*", "h:80", "http:/hello", "http:///hello", "ftp://h/hello", "file:///etc/passwd", "javascript:x", "http://evil/hello", "http://h@evil/hello", "http://h:99/hello", "\\hello", "?q", "#x"} {
		add(400, lines("GET "+v+" HTTP/1.1", "Host: h"), "target %q", v)
	}
	for _, v := range []string{"CONNECT", "TRACE", "TRACK", "PROPFIND", "MKCOL", "PURGE", "BREW", "get", "Get", "GETT", "PRI"} {
		add(405, lines(v+" /hello HTTP/1.1", "Host: h"), "method %q", v)
	}
	for _, v := range []string{"G ET", "GET\t", "GE\x00T", "(GET)", "\"GET\""} {
		add(400, lines(v+" /hello HTTP/1.1", "Host: h"), "method %q", v)
	}
	return all
}

// TestBrokenGrammar: every one of them is refused by itself, once, and closed; and
// nothing of them stays behind.
func TestBrokenGrammar(t *testing.T) {
	s := newSite(t, Config{}, Limits{}).start()
	const behind = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n"
	all := broken()
	if len(all) < 100 {
		t.Fatalf("only %d cases", len(all))
	}
	t.Logf("%d requests", len(all))
	round := func() {
		var wg sync.WaitGroup
		slots := make(chan struct{}, 16)
		for _, c := range all {
			slots <- struct{}{}
			wg.Go(func() {
				defer func() { <-slots }()
				if statuses, closed := s.raw(c.request+behind, 0); !slices.Equal(statuses, []int{c.want}) || !closed {
					t.Errorf("%s: answered %v, closed %v; want %d and closed", c.name, statuses, closed, c.want)
				}
			})
		}
		wg.Wait()
		for until := time.Now().Add(storetest.Patience); s.ln.Stats().Connections > 0; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(until) {
				t.Fatalf("%d connections are left", s.ln.Stats().Connections)
			}
		}
	}
	round() // what is made once is made
	runtime.GC()
	goroutines, used := runtime.NumGoroutine(), heap()
	round()
	// fasthttp keeps workers for some seconds; they must not be more than before.
	if n := runtime.NumGoroutine(); n > goroutines+16 {
		t.Errorf("%d goroutines, %d before", n, goroutines)
	}
	runtime.GC()
	if now := heap(); now > used+8<<20 {
		t.Errorf("%d KiB more are in use after %d requests", (now-used)>>10, len(all))
	}
	if code, _ := s.get("/hello"); code != 200 {
		t.Errorf("%d afterwards", code)
	}
}
