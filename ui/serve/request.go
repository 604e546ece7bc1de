package serve

import (
	"bytes"
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// inspect is the length of the body the header declares (-1: none is declared),
// and why a request that fasthttp has read is refused all the same ("": it is
// not). Each rule is one that servers read differently, which is what request
// smuggling lives on (RFC 9112 §2.2, §3.2, §5.2, §6.1, §6.3; RFC 9110 §7.2).
func inspect(h *fasthttp.RequestHeader) (declared int, malformed string) {
	if v := string(h.Protocol()); v != "HTTP/1.1" && v != "HTTP/1.0" {
		return 0, "a version of HTTP that is not spoken here"
	}
	declared = -1
	raw := h.RawHeaders()
	var hosts, lengths, codings int
	for len(raw) > 0 {
		line, rest, ok := bytes.Cut(raw, []byte("\n"))
		raw = rest
		if !ok || len(line) == 0 || line[len(line)-1] != '\r' {
			return 0, "a header line does not end with CR LF"
		}
		line = line[:len(line)-1]
		if len(line) == 0 {
			break
		}
		if line[0] == ' ' || line[0] == '\t' {
			return 0, "a folded header line"
		}
		if bytes.IndexByte(line, '\r') >= 0 || bytes.IndexByte(line, 0) >= 0 {
			return 0, "CR or NUL in a header line"
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || !isToken(name) {
			return 0, "a header line without a name"
		}
		switch {
		case bytes.EqualFold(name, []byte("host")):
			hosts++
		case bytes.EqualFold(name, []byte("content-length")):
			lengths++
			n, err := strconv.Atoi(string(bytes.TrimSpace(value)))
			if err != nil {
				return 0, "a body length that is no number"
			}
			declared = n
		case bytes.EqualFold(name, []byte("transfer-encoding")):
			if codings++; !bytes.EqualFold(bytes.TrimSpace(value), []byte("chunked")) {
				return 0, "a transfer coding other than chunked"
			}
		}
	}
	switch {
	case hosts > 1, hosts == 0 && h.IsHTTP11():
		return 0, "not exactly one Host"
	case lengths > 1 || codings > 1 || lengths+codings > 1:
		return 0, "more than one body length"
	}
	return declared, badTarget(string(h.RequestURI()), string(h.Host()))
}

// identity is the one content coding that is taken: none.
const identity = "identity"

// ErrPacked refuses a request whose body, if it has one, is compressed or coded in
// another way: a few bytes would unpack to gigabytes, and no honest client needs it.
var ErrPacked = fiber.NewError(fiber.StatusUnsupportedMediaType, "the body is packed")

// packed reports whether the header names a content coding other than identity,
// on any of its lines.
func packed(h *fasthttp.RequestHeader) bool {
	for _, line := range h.PeekAll(fiber.HeaderContentEncoding) {
		for coding := range bytes.SplitSeq(line, []byte(",")) {
			if coding = bytes.TrimSpace(coding); len(coding) > 0 && !bytes.EqualFold(coding, []byte(identity)) {
				return true
			}
		}
	}
	return false
}

// isToken reports whether the bytes are a header name (RFC 9110 §5.6.2).
func isToken(name []byte) bool {
	for _, b := range name {
		switch {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9':
		case strings.IndexByte("!#$%&'*+-.^_`|~", b) >= 0:
		default:
			return false
		}
	}
	return len(name) > 0
}

// badTarget refuses a request line that names another host than Host does, and
// one that names neither a path nor a host.
func badTarget(target, host string) string {
	if strings.HasPrefix(target, "/") {
		return ""
	}
	u, err := url.Parse(target)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || !strings.EqualFold(u.Host, host) {
		return "the request target is no path of this host"
	}
	return ""
}

// pathOf is the path of a request target, undecoded.
func pathOf(target string) string {
	path, _, _ := strings.Cut(target, "?")
	if strings.HasPrefix(path, "/") {
		return path
	}
	_, rest, ok := strings.Cut(path, "://")
	if !ok {
		return path
	}
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		return rest[i:]
	}
	return "/"
}
