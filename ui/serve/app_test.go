package serve

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/store/storetest"
)

// Fiber asks for fasthttp v1.51.0, which accepts smuggled requests and cannot
// hand connections over; what is linked must be the one required.
func TestFasthttpIsTheHardenedOne(t *testing.T) {
	version := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			if d.Path == "github.com/valyala/fasthttp" {
				version = d.Version
			}
		}
	}
	if version == "" { // some builds of tests carry no module list
		out, err := exec.Command("go", "list", "-m", "-f", "{{.Version}}", "github.com/valyala/fasthttp").Output()
		if err != nil {
			t.Fatal(err)
		}
		version = strings.TrimSpace(string(out))
	}
	var major, minor int
	if _, err := fmt.Sscanf(version, "v%d.%d.", &major, &minor); err != nil || major != 1 || minor < 77 {
		t.Errorf("fasthttp %q is linked, want v1.77.0 or later", version)
	}
}

func TestNothingIsSaidOfTheServer(t *testing.T) {
	s := newSite(t, Config{}, Limits{}).start()
	resp, err := http.Get("http://" + s.addr + "/hello")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if v := resp.Header.Get("Server"); v != "" {
		t.Errorf("Server: %s", v)
	}
}

// What a handler keeps of one request is not changed by the next.
func TestKeptStringsStay(t *testing.T) {
	s := newSite(t, Config{}, Limits{})
	var mu sync.Mutex
	kept := map[string][]string{}
	s.app.Post("/keep/:id", func(c *fiber.Ctx) error {
		mu.Lock()
		defer mu.Unlock()
		id := c.Params("id")
		kept[strings.Clone(id)] = []string{id, c.Query("q"), c.Get("X-Note"), c.Cookies("s")}
		body := c.Body()
		kept["body"+strings.Clone(id)] = []string{fmt.Sprintf("%p", &body[0]), string(body)}
		return nil
	})
	s.start()
	nc, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = nc.Close() }()
	br := bufio.NewReader(nc)
	for i := range 200 {
		id := fmt.Sprintf("id%04d", i)
		if _, err := fmt.Fprintf(nc, "POST /keep/%s?q=%s HTTP/1.1\r\nHost: h\r\nX-Note: %s\r\nCookie: s=%s\r\nContent-Length: 6\r\n\r\n%s", id, id, id, id, id); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(br, nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	mu.Lock()
	defer mu.Unlock()
	addresses := map[string]bool{}
	for i := range 200 {
		id := fmt.Sprintf("id%04d", i)
		if got := kept[id]; !slices.Equal(got, []string{id, id, id, id}) {
			t.Fatalf("%s became %v", id, got)
		}
		addresses[kept["body"+id][0]] = true
	}
	if len(addresses) < 2 {
		t.Error("every body had the same memory")
	}
}

func TestBodiesAreBounded(t *testing.T) {
	s := newSite(t, Config{BodyLimit: 1000, Upload: func(method, path string) int {
		if method == "POST" && path == "/files" {
			return 64 << 10
		}
		return 0
	}}, Limits{}).start()
	chunk := func(n int) string { return strconv.FormatInt(int64(n), 16) + "\r\n" + strings.Repeat("x", n) + "\r\n" }
	post := func(path string, headers ...string) string {
		return lines(append([]string{"POST " + path + " HTTP/1.1", "Host: h"}, headers...)...)
	}
	const chunked = "Transfer-Encoding: chunked"
	for _, tc := range []struct {
		name, request string
		want          int
	}{
		{"at the limit", post("/echo", "Content-Length: 1000") + strings.Repeat("x", 1000), 200},
		{"over the limit", post("/echo", "Content-Length: 1001") + strings.Repeat("x", 1001), 413},
		{"two gigabytes declared", post("/echo", "Content-Length: 2147483648"), 413},
		{"two gigabytes sent on", post("/echo", "Content-Length: 2147483648") + strings.Repeat("x", 1<<20), 413},
		{"asks first", post("/echo", "Content-Length: 2147483648", "Expect: 100-continue"), 413},
		{"chunks at the limit", post("/echo", chunked) + chunk(500) + chunk(500) + "0\r\n\r\n", 200},
		{"chunks over the limit", post("/echo", chunked) + chunk(500) + chunk(501) + "0\r\n\r\n", 413},
		{"endless chunks", post("/echo", chunked) + strings.Repeat(chunk(4096), 100), 413},
		{"upload", post("/files", "Content-Length: 60000") + strings.Repeat("x", 60000), 200},
		{"upload in chunks", post("/files", chunked) + strings.Repeat(chunk(4096), 10) + "0\r\n\r\n", 200},
		{"upload over the limit", post("/files", "Content-Length: 70000") + strings.Repeat("x", 70000), 413},
		{"upload of endless chunks", post("/files", chunked) + strings.Repeat(chunk(4096), 100), 413},
		{"upload route by another path", post("/files?x=/echo", "Content-Length: 2000") + strings.Repeat("x", 2000), 200},
		{"not the upload route", post("/echo?x=/files", "Content-Length: 2000") + strings.Repeat("x", 2000), 413},
		{"headers too large", lines("GET /hello HTTP/1.1", "Host: h", "X-A: "+strings.Repeat("x", 9000)), 431},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			statuses, _ := s.raw(tc.request, 1)
			if !slices.Equal(statuses, []int{tc.want}) {
				t.Errorf("answered %v, want %d", statuses, tc.want)
			}
		})
	}
}

// A big declared upload costs nothing before its bytes come.
func TestDeclaredBodiesAreNotAllocated(t *testing.T) {
	const limit = 512 << 20
	const uploads = 50
	begun := make(chan struct{}, 10*uploads) // it is asked for each more than once
	s := newSite(t, Config{Upload: func(string, string) int { begun <- struct{}{}; return limit }}, Limits{}).start()
	for range uploads {
		nc, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = nc.Close() }()
		if _, err := fmt.Fprintf(nc, "POST /files HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", limit, strings.Repeat("x", 9000)); err != nil {
			t.Fatal(err)
		}
	}
	for range uploads {
		<-begun
	}
	if used := heap(); used > 100<<20 {
		t.Errorf("%d MB for uploads that have not come", used>>20)
	}
}

// What begins and does not end is told so; to who sends nothing there is nothing to
// say: over TLS as without it, before the first request as after it.
func TestSlowRequestsEnd(t *testing.T) {
	const hello = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n"
	for _, secure := range []bool{false, true} {
		s := newSite(t, Config{ReadTimeout: time.Second, IdleTimeout: time.Second, UploadIdle: 500 * time.Millisecond, UploadTimeout: time.Minute,
			Upload: func(_, path string) int { return map[string]int{"/files": 64 << 10, "/taken": 64 << 10}[path] }}, Limits{})
		s.app.Post("/taken", func(c *fiber.Ctx) error {
			defer TakeTime(c)()
			_, err := io.Copy(io.Discard, Upload(c, 64<<10))
			return err
		})
		if secure {
			s.encrypt()
		}
		s.start()
		for _, tc := range []struct {
			name, request string
			want          []int
		}{
			{"nothing sent", "", nil},
			{"half a line", "GET /hel", []int{408}},
			{"half a header", "GET /hello HTTP/1.1\r\nHost: ", []int{408}},
			{"half a body", "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc", []int{408}},
			{"half a chunk", "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", []int{408}},
			{"an upload that never begins", "POST /files HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n", []int{408}},
			{"half an upload nobody has taken yet", "POST /files HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", []int{408}},
			{"an upload that stands still", "POST /taken HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n" + strings.Repeat("x", 9000), []int{408}},
			{"idle after a request", hello, []int{200}},
			{"idle after two", hello + hello, []int{200, 200}},
			{"half a second one", hello + "GET /hello HT", []int{200, 408}},
		} {
			t.Run(fmt.Sprintf("%s, TLS %t", tc.name, secure), func(t *testing.T) {
				t.Parallel()
				nc := s.dial()
				defer func() { _ = nc.Close() }()
				if _, err := io.WriteString(nc, tc.request); err != nil {
					t.Fatal(err)
				}
				if err := nc.SetReadDeadline(time.Now().Add(storetest.Patience)); err != nil {
					t.Fatal(err)
				}
				b, err := io.ReadAll(nc)
				if err != nil && !(secure && errors.Is(err, io.ErrUnexpectedEOF)) { // closed without a word of TLS
					t.Fatalf("still open after 5 s: %v", err)
				}
				var got []int
				for _, rest := range strings.Split(string(b), "HTTP/1.1 ")[1:] {
					n, _ := strconv.Atoi(rest[:3])
					got = append(got, n)
				}
				if !slices.Equal(got, tc.want) || tc.want == nil && len(b) > 0 {
					t.Errorf("answered %q, want %d", b, tc.want)
				}
			})
		}
	}
}

func TestPanicsEndOneRequest(t *testing.T) {
	s := newSite(t, Config{}, Limits{}).start()
	for range 3 {
		if code, body := s.get("/panic"); code != 500 || body != "refused 500" {
			t.Errorf("%d %q", code, body)
		}
	}
	if code, _ := s.get("/hello"); code != 200 {
		t.Errorf("%d after panics", code)
	}

	bad := newSite(t, Config{ErrorHandler: func(*fiber.Ctx, error) error { panic("error handler") }}, Limits{}).start()
	for _, path := range []string{"/panic", "/nothing"} {
		if code, _ := bad.get(path); code != 500 {
			t.Errorf("%s: %d", path, code)
		}
	}
	if statuses, _ := bad.raw("nonsense\r\n\r\n", 0); !slices.Equal(statuses, []int{500}) {
		t.Errorf("%v", statuses)
	}
}

// Open requests are answered, idle connections end, hijacked ones are closed by
// their keeper, and what hangs is cut when the time is over.
func TestStop(t *testing.T) {
	for _, tc := range []struct {
		name   string
		within time.Duration
		status int
		err    bool
	}{
		{"in time", storetest.Patience, 200, false},
		{"out of time", 300 * time.Millisecond, 0, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newSite(t, Config{}, Limits{})
			entered, finish := make(chan struct{}), make(chan struct{})
			s.app.Get("/work", func(c *fiber.Ctx) error {
				close(entered)
				<-finish
				return c.SendString("done")
			})
			taken := make(chan net.Conn, 1)
			s.app.Get("/take", func(c *fiber.Ctx) error {
				c.Context().HijackSetNoResponse(true)
				own := c.Context().Conn().(interface{ Keep() net.Conn })
				c.Context().Hijack(func(net.Conn) { taken <- own.Keep() })
				return nil
			})
			go func() { s.done <- s.app.Listener(s.ln) }()

			idle, err := net.Dial("tcp", s.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = idle.Close() }()
			if _, err := io.WriteString(idle, lines("GET /hello HTTP/1.1", "Host: h")); err != nil {
				t.Fatal(err)
			}
			if _, err := http.ReadResponse(bufio.NewReader(idle), nil); err != nil {
				t.Fatal(err)
			}
			ws, err := net.Dial("tcp", s.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = ws.Close() }()
			if _, err := io.WriteString(ws, lines("GET /take HTTP/1.1", "Host: h")); err != nil {
				t.Fatal(err)
			}
			kept := <-taken

			status := make(chan int, 1)
			go func() {
				resp, err := http.Get("http://" + s.addr + "/work")
				if err != nil {
					status <- 0
					return
				}
				_ = resp.Body.Close()
				status <- resp.StatusCode
			}()
			<-entered
			ctx, cancel := context.WithTimeout(context.Background(), tc.within)
			defer cancel()
			err = Stop(ctx, s.app, s.ln, func(context.Context) error {
				if !tc.err { // the work ends while the server stops and waits for it
					time.AfterFunc(200*time.Millisecond, func() { close(finish) })
				}
				_, err := kept.Write([]byte("bye"))
				if cerr := kept.Close(); err == nil {
					err = cerr
				}
				return err
			})
			if (err != nil) != tc.err {
				t.Error(err)
			}
			if tc.err {
				close(finish) // only now: what hangs did not hold it up
			}
			if got := <-status; got != tc.status {
				t.Errorf("the open request got %d", got)
			}
			if err := <-s.done; err != nil {
				t.Error(err)
			}
			if b, err := io.ReadAll(ws); err != nil || string(b) != "bye" {
				t.Errorf("the websocket got %q, %v", b, err)
			}
			if n := s.ln.Stats().Connections; n != 0 {
				t.Errorf("%d connections left", n)
			}
			if _, err := net.Dial("tcp", s.addr); err == nil {
				t.Error("still accepts")
			}
		})
	}
}

func TestStopBeforeStart(t *testing.T) {
	s := newSite(t, Config{}, Limits{})
	if err := Stop(context.Background(), s.app, s.ln); err != nil {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", s.addr); err == nil {
		t.Error("still accepts")
	}
}
