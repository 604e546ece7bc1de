package ui

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"duban/store/storetest"
)

// packedThrice is 1,000 MiB of zeros in a few hundred bytes: packed three times over.
func packedThrice(t *testing.T) []byte {
	t.Helper()
	pack := func(from io.Reader) *bytes.Buffer {
		var b bytes.Buffer
		z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(z, from); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return &b
	}
	// Members of a gzip file follow one another: one of 10 MiB, a hundred times.
	one := pack(bytes.NewReader(make([]byte, 10<<20))).Bytes()
	return pack(pack(bytes.NewReader(bytes.Repeat(one, 100)))).Bytes()
}

// exchange sends bytes on a connection of their own and answers the status, code and
// everything that came back; a server that waits for more is a failure.
func (w *world) exchange(request []byte) (status int, code, raw string) {
	w.t.Helper()
	nc, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = nc.Close() }()
	if err := nc.SetDeadline(time.Now().Add(storetest.Patience)); err != nil {
		w.t.Fatal(err)
	}
	go func() { _, _ = nc.Write(request) }()
	all, _ := io.ReadAll(nc) // a reset after the answer is the server's right
	res, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(all)), nil)
	if err != nil {
		w.t.Fatalf("no answer to %.120q: %v", request, err)
	}
	if m := regexp.MustCompile(`"code":"([^"]*)"`).FindSubmatch(all); m != nil {
		code = string(m[1])
	}
	return res.StatusCode, code, string(all)
}

// codings are content codings, in every way a header may name them. All but the last
// few are refused.
var codings = []string{
	"Content-Encoding: gzip", "Content-Encoding: gzip, gzip, gzip", "content-encoding: GZIP", "CONTENT-ENCODING:deflate", "Content-Encoding: br",
	"Content-Encoding: zstd", "Content-Encoding: compress", "Content-Encoding: x-gzip", "Content-Encoding: \tgzip\t", "Content-Encoding: identity, gzip",
	"Content-Encoding: gzip,identity", "Content-Encoding: ,,gzip", "Content-Encoding: identity\r\nContent-Encoding: gzip", "Content-Encoding: gzip;q=0",
	"Content-Encoding: aes128gcm", "Content-Encoding: \"identity\"", "Content-Encoding: *",
}

// TestNothingIsUnpacked: every route, with every method a body may come with, refuses a
// body that is packed before a byte of it is read, whoever asks; a websocket's handshake
// too. Not parallel: the memory of the process is measured.
func TestNothingIsUnpacked(t *testing.T) {
	w := newWorld(t)
	bomb := packedThrice(t)
	if len(bomb) > 1000 {
		t.Fatalf("the bomb has %d bytes", len(bomb))
	}
	token := w.token("office")
	places := map[string]bool{"/nowhere": true, "/": true}
	for _, r := range routes {
		places[strings.NewReplacer(":id", onLead, ":n", "1", ":seq", "1", ":period", "2022Q3", ":act", "note", ":token", "x", ":no", "6", "*", "app.css").Replace(r.Path)] = true
	}
	before := headOf(w)
	used := func() (live, total uint64) {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc, m.TotalAlloc
	}
	live, total := used()
	n := 0
	try := func(method, path, coding, head, body string) {
		n++
		request := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer %s\r\n%s\r\n%s\r\n\r\n%s", method, path, token, coding, head, body)
		status, code, raw := w.exchange([]byte(request))
		if status != 415 || method != "HEAD" && code != "request.packed" || !strings.Contains(raw, "\r\nAccept-Encoding: identity\r\n") {
			t.Errorf("%s %s with %q and %.60q: %d %s", method, path, coding, head, status, code)
		}
		if strings.Contains(raw, "100 Continue") {
			t.Errorf("%s %s with %q: was asked to go on", method, path, coding)
		}
	}
	length := fmt.Sprintf("Content-Length: %d", len(bomb))
	for path := range places {
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "GET", "HEAD", "OPTIONS"} {
			try(method, path, codings[n%len(codings)], "Content-Type: application/json\r\n"+length, string(bomb))
		}
		// A body that never comes is not waited for.
		try("POST", path, codings[0], "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 900000", "")
		try("POST", path, codings[1], "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 900000\r\nExpect: 100-continue", "")
		try("POST", path, codings[2], "Content-Type: application/json\r\nTransfer-Encoding: chunked", "")
	}
	for _, coding := range codings {
		for _, kind := range []string{"application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/octet-stream", "text/plain"} {
			for _, path := range []string{"/api/v1/session", "/login", "/api/v1/files", "/figures/import"} {
				try("POST", path, coding, "Content-Type: "+kind+"\r\n"+length, string(bomb))
				try("POST", path, coding, "Content-Type: "+kind+"\r\nTransfer-Encoding: chunked", fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(bomb), bomb))
			}
		}
		try("GET", "/api/v1/live", coding, "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "")
	}
	nowLive, nowTotal := used()
	if grown := int64(nowLive) - int64(live); grown > 32<<20 {
		t.Errorf("%d MiB more are in use after %d requests", grown>>20, n)
	}
	if each := (nowTotal - total) / uint64(n); each > 128<<10 {
		t.Errorf("%d KiB were allocated for each of %d requests", each>>10, n)
	}
	t.Logf("%d requests, %d KiB allocated for each", n, (nowTotal-total)/uint64(n)>>10)
	if headOf(w) != before {
		t.Error("the journal has grown")
	}
	// The control: what says that it is not packed is taken.
	for _, coding := range []string{"identity", "Identity", "identity, identity", ""} {
		a := w.as("office", "POST", "/api/v1/assignments/"+onLead+"/notes", `{"text":"核对"}`, map[string]string{"Content-Type": "application/json", "Content-Encoding": coding})
		if a.status != 200 && a.status != 201 {
			t.Errorf("coding %q: %s", coding, a)
		}
	}
}

// TestNoHandlerUnpacks: nothing of ours calls what unpacks a body by the header: the
// guard in front would be all that stands before it.
func TestNoHandlerUnpacks(t *testing.T) {
	unpacks := regexp.MustCompile(`\b(c|ctx|fctx)\.Body\(\)|Body(Gunzip|Unbrotli|Inflate|Unzstd|Uncompressed)|\.BodyParser\(`)
	seen := 0
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return err
		}
		seen++
		b, err := os.ReadFile(name)
		if m := unpacks.Find(b); m != nil {
			t.Errorf("%s calls %s", name, m)
		}
		return err
	})
	if err != nil || seen < 50 {
		t.Errorf("%d files, %v", seen, err)
	}
	if !unpacks.MatchString("b := c.Body()") {
		t.Error("a bad line is not found")
	}
}

// TestFormsOfManyFields: a stranger's form of half a million empty fields costs no more
// than its bytes. Not parallel: the memory of the process is measured.
func TestFormsOfManyFields(t *testing.T) {
	w := newWorld(t)
	form := strings.Repeat("a&", 1<<19-1)
	measured := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.TotalAlloc
	}
	before := measured()
	const times = 20
	for range times {
		a := w.send(w.http, "POST", "/login", form, map[string]string{"Content-Type": "application/x-www-form-urlencoded"})
		if a.status != 413 || a.get("code") != "request.too_large" {
			t.Fatalf("%d fields: %s", len(form)/2, a)
		}
	}
	if each := (measured() - before) / times; each > 8<<20 {
		t.Errorf("%d MiB were allocated for a form of one", each>>20)
	}
	if a := w.send(w.http, "POST", "/login", strings.Repeat("a&", 1000), map[string]string{"Content-Type": "application/x-www-form-urlencoded"}); a.status == 413 {
		t.Errorf("a thousand fields: %s", a)
	}
}
