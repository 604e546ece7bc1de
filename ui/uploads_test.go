package ui

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"duban/store/storetest"
)

// pour sends the head of a request with an endless body, and answers what came back
// and how many bytes of the body went before the server stopped taking them.
func (w *world) pour(path string, head map[string]string) (status int, code string, sent int) {
	w.t.Helper()
	nc, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = nc.Close() }()
	var b strings.Builder
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Type: multipart/form-data; boundary=x\r\n", path)
	for k, v := range head {
		fmt.Fprintf(&b, "%s: %s\r\n", k, v)
	}
	b.WriteString("\r\n")
	if _, err := io.WriteString(nc, b.String()); err != nil {
		w.t.Fatal(err)
	}
	done := make(chan int)
	go func() {
		n := 0
		data := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n" + pdf + strings.Repeat("x", 64<<10)
		for n < 200<<20 {
			m, err := fmt.Fprintf(nc, "%x\r\n%s\r\n", len(data), data)
			if n += m; err != nil {
				break
			}
			data = strings.Repeat("x", 64<<10)
		}
		done <- n
	}()
	if err := nc.SetReadDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		w.t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(nc), nil)
	if err != nil {
		w.t.Fatalf("%s: no answer: %v", path, err)
	}
	body, _ := io.ReadAll(res.Body) // a reset after it is the server's right
	_ = res.Body.Close()
	_ = nc.SetWriteDeadline(time.Now().Add(time.Minute))
	sent = <-done
	if i := strings.Index(string(body), `"code":"`); i >= 0 {
		code, _, _ = strings.Cut(string(body)[i+8:], `"`)
	}
	return res.StatusCode, code, sent
}

// TestUploadsAreReadForWhoMayBringThem: nothing is read to the disk for a stranger,
// nor for who may not bring files there, however much they send; and they are told.
func TestUploadsAreReadForWhoMayBringThem(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp) // where temporary files of forms go
	w := newWorld(t)
	auth := func(name string) map[string]string {
		if name == "" {
			return nil
		}
		return map[string]string{"Authorization": "Bearer " + w.token(name)}
	}
	written := func() int {
		files, err := os.ReadDir(temp)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		return len(files)
	}
	most := make(chan int)
	stop := make(chan struct{})
	go func() { // the most temporary files there ever were
		n := 0
		for {
			select {
			case <-stop:
				most <- n
				return
			case <-time.After(time.Millisecond):
				n = max(n, written())
			}
		}
	}()
	const draft, review = "/assignments/" + onLead + "/report/draft", "/assignments/" + onLead + "/report/review"
	for _, c := range []struct {
		as, path string
		status   int
		code     string
	}{
		{"", "/api/v1/files", 401, "auth.required"}, {"", draft, 401, "auth.required"}, {"", review, 401, "auth.required"},
		{"", "/figures/import", 401, "auth.required"}, {"", "/circular-template", 401, "auth.required"},
		{"viewer", "/api/v1/files", 403, "file.forbidden"}, {"boss", "/api/v1/files", 403, "file.forbidden"},
		{"office", draft, 403, ""}, {"fzggw", draft, 403, ""}, {"sft", draft, 404, "assignment.unknown"}, {"sft", review, 404, "assignment.unknown"},
		{"viewer", "/figures/import", 403, "figures.sheet_forbidden"}, {"zrzyt", "/circular-template", 403, "auth.forbidden"},
		{"zrzyt", "/assignments/a/b/report/draft", 413, "request.too_large"}, // no such route: an ordinary body
	} {
		status, code, sent := w.pour(c.path, auth(c.as))
		for until := time.Now().Add(storetest.Patience); status == http.StatusRequestTimeout && time.Now().Before(until); {
			status, code, sent = w.pour(c.path, auth(c.as)) // the machine was too busy to send it in the time it has
		}
		if status != c.status || c.code != "" && code != c.code {
			t.Errorf("%q to %s: %d %s, want %d %s", c.as, c.path, status, code, c.status, c.code)
		}
		if sent > 32<<20 {
			t.Errorf("%q to %s: %d MiB were taken", c.as, c.path, sent>>20)
		}
	}
	close(stop)
	if n := <-most; n > 0 {
		t.Errorf("%d temporary files for who may bring none", n)
	}
	// The control: who may is read, to the disk and up to the limit.
	if status, code, _ := w.pour("/api/v1/files", auth("zrzyt")); status != 413 || code != "file.too_large" {
		t.Errorf("an endless upload of the lead: %d %s", status, code)
	}
	if n := written(); n > 0 {
		t.Errorf("%d temporary files are left", n)
	}
	if a := w.upload("zrzyt", "file", "a.pdf", pdf, nil); a.status != 201 {
		t.Errorf("afterwards: %s", a)
	}
}
