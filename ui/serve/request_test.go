package serve

import (
	"slices"
	"strings"
	"testing"
)

// Each of these is read differently by some server. Behind it comes a request
// that must never be answered: it would be the smuggled one.
func TestHostileRequests(t *testing.T) {
	s := newSite(t, Config{}, Limits{}).start()
	const behind = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n"
	for _, tc := range []struct{ name, request string }{
		{"two Content-Lengths", lines("POST /echo HTTP/1.1", "Host: h", "Content-Length: 4", "Content-Length: 5") + "abcd"},
		{"two equal Content-Lengths", lines("POST /echo HTTP/1.1", "Host: h", "Content-Length: 4", "Content-Length: 4") + "abcd"},
		{"list in Content-Length", lines("POST /echo HTTP/1.1", "Host: h", "Content-Length: 4, 4") + "abcd"},
		{"negative Content-Length", lines("POST /echo HTTP/1.1", "Host: h", "Content-Length: -1")},
		{"signed Content-Length", lines("POST /echo HTTP/1.1", "Host: h", "Content-Length: +4") + "abcd"},
		{"hex Content-Length", lines("POST /echo HTTP/1.1", "Host: h", "Content-Length: 0x4") + "abcd"},
		{"huge Content-Length", lines("POST /echo HTTP/1.1", "Host: h", "Content-Length: 99999999999999999999") + "abcd"},
		{"empty Content-Length", lines("POST /echo HTTP/1.1", "Host: h", "Content-Length:") + "abcd"},
		{"CL.TE", lines("POST /echo HTTP/1.1", "Host: h", "Content-Length: 6", "Transfer-Encoding: chunked") + "0\r\n\r\nG"},
		{"TE.CL", lines("POST /echo HTTP/1.1", "Host: h", "Transfer-Encoding: chunked", "Content-Length: 4") + "5c\r\n"},
		{"TE.TE", lines("POST /echo HTTP/1.1", "Host: h", "Transfer-Encoding: chunked", "Transfer-Encoding: identity") + "0\r\n\r\n"},
		{"two codings", lines("POST /echo HTTP/1.1", "Host: h", "Transfer-Encoding: gzip, chunked") + "0\r\n\r\n"},
		{"identity coding", lines("POST /echo HTTP/1.1", "Host: h", "Transfer-Encoding: identity")},
		{"unknown coding", lines("POST /echo HTTP/1.1", "Host: h", "Transfer-Encoding: xchunked") + "0\r\n\r\n"},
		{"space before the colon", lines("POST /echo HTTP/1.1", "Host: h", "Transfer-Encoding : chunked") + "0\r\n\r\n"},
		{"vertical tab before chunked", lines("POST /echo HTTP/1.1", "Host: h", "Transfer-Encoding: \x0bchunked") + "0\r\n\r\n"},
		{"chunked in HTTP/1.0", lines("POST /echo HTTP/1.0", "Host: h", "Transfer-Encoding: chunked") + "0\r\n\r\n"},
		{"folded coding", lines("POST /echo HTTP/1.1", "Host: h", "Transfer-Encoding:", " chunked") + "0\r\n\r\n"},
		{"two Hosts", lines("GET /hello HTTP/1.1", "Host: h", "Host: evil")},
		{"two equal Hosts", lines("GET /hello HTTP/1.1", "Host: h", "Host: h")},
		{"no Host", lines("GET /hello HTTP/1.1", "Accept: */*")},
		{"bare CR in a value", lines("GET /hello HTTP/1.1", "Host: h", "X-A: b\rX-B: c")},
		{"bare CR ends a line", "GET /hello HTTP/1.1\rHost: h\r\r"},
		{"bare LF ends lines", "GET /hello HTTP/1.1\r\nHost: h\nX-A: b\n\n"},
		{"bare LF in a value", lines("GET /hello HTTP/1.1", "Host: h", "X-A: b\nTransfer-Encoding: chunked")},
		{"NUL in a value", lines("GET /hello HTTP/1.1", "Host: h", "X-A: b\x00c")},
		{"NUL in a name", lines("GET /hello HTTP/1.1", "Host: h", "X\x00A: b")},
		{"folded line", lines("GET /hello HTTP/1.1", "Host: h", "X-A: b", " c")},
		{"first header folded", lines("GET /hello HTTP/1.1", " X-A: b", "Host: h")},
		{"no colon", lines("GET /hello HTTP/1.1", "Host: h", "nonsense")},
		{"empty name", lines("GET /hello HTTP/1.1", "Host: h", ": b")},
		{"space in a name", lines("GET /hello HTTP/1.1", "Host: h", "X A: b")},
		{"another host in the target", lines("GET http://evil/hello HTTP/1.1", "Host: h")},
		{"authority in the target", lines("GET h:80 HTTP/1.1", "Host: h")},
		{"no path", lines("GET hello HTTP/1.1", "Host: h")},
		{"no version", lines("GET /hello", "Host: h")},
		{"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
		{"version 9", lines("GET /hello HTTP/9.9", "Host: h")},
		{"TLS hello", "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n"},
		{"two spaces", lines("GET  /hello HTTP/1.1", "Host: h")},
		{"bad chunk size", lines("POST /echo HTTP/1.1", "Host: h", "Transfer-Encoding: chunked") + "zz\r\nabc\r\n0\r\n\r\n"},
		{"negative chunk", lines("POST /echo HTTP/1.1", "Host: h", "Transfer-Encoding: chunked") + "-1\r\nabc\r\n0\r\n\r\n"},
		{"chunk longer than said", lines("POST /echo HTTP/1.1", "Host: h", "Transfer-Encoding: chunked") + "1\r\nabc\r\n0\r\n\r\n"},
		{"chunk size with LF only", lines("POST /echo HTTP/1.1", "Host: h", "Transfer-Encoding: chunked") + "3\nabc\r\n0\r\n\r\n"},
		{"huge chunk size", lines("POST /echo HTTP/1.1", "Host: h", "Transfer-Encoding: chunked") + "ffffffffffffffff\r\nabc\r\n0\r\n\r\n"},
		{"Host in the trailer", lines("POST /echo HTTP/1.1", "Host: h", "Transfer-Encoding: chunked") + "0\r\nContent-Length: 4\r\n\r\n"},
		{"unknown method", lines("BREW /hello HTTP/1.1", "Host: h")},
		{"CONNECT", lines("CONNECT h:80 HTTP/1.1", "Host: h")},
		{"TRACE", lines("TRACE /hello HTTP/1.1", "Host: h")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			statuses, closed := s.raw(tc.request+behind, 0)
			want := 400
			if tc.name == "unknown method" || tc.name == "TRACE" {
				want = 405
			}
			if !slices.Equal(statuses, []int{want}) || !closed {
				t.Errorf("answered %v, closed %v; want %d and closed", statuses, closed, want)
			}
		})
	}
}

// The control: what is right passes, and the connection is kept.
func TestRightRequests(t *testing.T) {
	s := newSite(t, Config{}, Limits{}).start()
	for _, tc := range []struct {
		name, request string
		want          []int
	}{
		{"two in a row", strings.Repeat(lines("GET /hello HTTP/1.1", "Host: h"), 2), []int{200, 200}},
		{"body", lines("POST /echo HTTP/1.1", "Host: h", "Content-Length: 4") + "abcd" + lines("GET /hello HTTP/1.1", "Host: h"), []int{200, 200}},
		{"chunks", lines("POST /echo HTTP/1.1", "Host: h", "Transfer-Encoding: Chunked") + "3\r\nabc\r\n0\r\n\r\n" + lines("GET /hello HTTP/1.1", "Host: h"), []int{200, 200}},
		{"absolute target", lines("GET http://h/hello HTTP/1.1", "Host: h"), []int{200}},
		{"empty body", lines("POST /echo HTTP/1.1", "Host: h", "Content-Length: 0") + lines("GET /hello HTTP/1.1", "Host: h"), []int{200, 200}},
		{"unknown path", lines("GET /nothing HTTP/1.1", "Host: h") + lines("GET /hello HTTP/1.1", "Host: h"), []int{404, 200}},
		{"wrong case", lines("GET /Hello HTTP/1.1", "Host: h"), []int{404}},
		{"slash behind", lines("GET /hello/ HTTP/1.1", "Host: h"), []int{404}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got, closed := s.raw(tc.request, len(tc.want)); !slices.Equal(got, tc.want) || closed {
				t.Errorf("answered %v, closed %v; want %v", got, closed, tc.want)
			}
		})
	}
}
