package serve

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/store/storetest"
)

func heap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// script is a listener that answers Accept with what it is told to.
type script struct {
	steps  chan any
	closed chan struct{}
}

func (s *script) Accept() (net.Conn, error) {
	select {
	case <-s.closed:
		return nil, net.ErrClosed
	case step := <-s.steps:
		if err, ok := step.(error); ok {
			return nil, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", err)}
		}
		return step.(net.Conn), nil
	}
}

func (s *script) Close() error   { close(s.closed); return nil }
func (s *script) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

// far is a connection from an address.
type far struct {
	net.Conn
	from netip.Addr
}

func (f far) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(netip.AddrPortFrom(f.from, 1)) }

func newScript() *script { return &script{steps: make(chan any, 100), closed: make(chan struct{})} }

func TestAcceptGoesOn(t *testing.T) {
	in := newScript()
	var waits []time.Duration
	l := Listen(in, time.Now, Limits{After: func(d time.Duration) <-chan time.Time {
		waits = append(waits, d)
		c := make(chan time.Time, 1)
		c <- time.Time{}
		return c
	}})
	ours, theirs := net.Pipe()
	defer func() { _ = theirs.Close() }()
	for range 10 {
		in.steps <- syscall.EMFILE
	}
	for _, e := range []error{syscall.ENFILE, syscall.ECONNABORTED, syscall.ENOBUFS, syscall.ENOMEM} {
		in.steps <- e
	}
	in.steps <- ours
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if waits[0] != 5*time.Millisecond || waits[1] != 10*time.Millisecond || waits[len(waits)-1] != time.Second || len(waits) != 14 {
		t.Errorf("waited %v", waits)
	}
	if s := l.Stats(); s.Retried != 14 || s.Connections != 1 {
		t.Errorf("%+v", s)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := c.Close(); err != nil || l.Stats().Connections != 0 {
		t.Errorf("closed twice: %v, %+v", err, l.Stats())
	}

	in.steps <- syscall.EMFILE
	in.steps <- syscall.EBADF
	if _, err := l.Accept(); !errors.Is(err, syscall.EBADF) {
		t.Errorf("a broken listener: %v", err)
	}
}

// Closing ends an Accept that waits for descriptors.
func TestCloseWhileOutOfDescriptors(t *testing.T) {
	in := newScript()
	l := Listen(in, time.Now, Limits{After: func(time.Duration) <-chan time.Time { return nil }})
	in.steps <- syscall.EMFILE
	done := make(chan error, 1)
	go func() { _, err := l.Accept(); done <- err }()
	for l.Stats().Retried == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; !errors.Is(err, net.ErrClosed) {
		t.Errorf("%v", err)
	}
}

func TestConnectionLimits(t *testing.T) {
	in := newScript()
	proxy, err := ParseProxies([]string{"192.0.2.9"})
	if err != nil {
		t.Fatal(err)
	}
	l := Listen(in, time.Now, Limits{Max: 9, MaxPerAddress: 2, Exempt: proxy})
	got := make(chan net.Conn, 100)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			got <- c
		}
	}()
	defer func() { _ = l.Close() }()
	come := func(from string) (accepted net.Conn, answer string) {
		ours, theirs := net.Pipe()
		in.steps <- far{ours, netip.MustParseAddr(from)}
		said := make(chan string, 1)
		go func() {
			line, _ := bufio.NewReader(theirs).ReadString('\n')
			said <- line
		}()
		select {
		case c := <-got:
			return c, ""
		case s := <-said:
			return nil, s
		}
	}
	var first net.Conn
	for _, tc := range []struct {
		from   string
		answer string
	}{
		{"192.0.2.1", ""}, {"::ffff:192.0.2.1", ""}, {"192.0.2.1", "HTTP/1.1 429 Too Many Requests\r\n"},
		{"2001:db8::1", ""}, {"2001:db8::2", ""}, {"2001:db8::3", "HTTP/1.1 429 Too Many Requests\r\n"},
		{"2001:db8:0:1::1", ""},
		{"192.0.2.9", ""}, {"192.0.2.9", ""}, {"192.0.2.9", ""}, // a proxy
		{"127.0.0.1", ""},
		{"192.0.2.2", "HTTP/1.1 503 Service Unavailable\r\n"},
	} {
		c, answer := come(tc.from)
		if answer != tc.answer {
			t.Errorf("%s: %q, want %q", tc.from, answer, tc.answer)
		}
		if first == nil {
			first = c
		}
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if c, answer := come("192.0.2.1"); c == nil {
		t.Errorf("after one left: %q", answer)
	}
	if s := l.Stats(); s.Connections != 9 || s.Refused != 3 {
		t.Errorf("%+v", s)
	}
}

// A process with few descriptors: more clients than it can hold do not end it.
// Without the Listener they do, which is the control.
func TestOutOfDescriptors(t *testing.T) {
	if mode := os.Getenv("SERVE_TEST_FEW_DESCRIPTORS"); mode != "" {
		serveWithFew(mode)
		return
	}
	if runtime.GOOS != "linux" {
		t.Skip("SKIPPED: no descriptor limits here")
	}
	for _, mode := range []string{"bare", "wrapped"} {
		t.Run(mode, func(t *testing.T) {
			child := exec.Command(os.Args[0], "-test.run=^TestOutOfDescriptors$")
			child.Env = append(os.Environ(), "SERVE_TEST_FEW_DESCRIPTORS="+mode)
			out, err := child.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() {
				_ = child.Process.Kill()
				_ = child.Wait()
			}()
			said := bufio.NewScanner(out)
			said.Scan()
			addr := said.Text()
			var held []net.Conn
			for range 100 {
				nc, err := net.DialTimeout("tcp", addr, storetest.Patience)
				if err != nil {
					break // the bare server may have ended already
				}
				held = append(held, nc)
			}
			said.Scan() // it is out of descriptors, or has ended
			for _, nc := range held {
				_ = nc.Close()
			}
			client := http.Client{Timeout: storetest.Patience}
			resp, err := client.Get("http://" + addr + "/hello")
			if err == nil {
				_ = resp.Body.Close()
			}
			if alive := err == nil && resp.StatusCode == 200; alive != (mode == "wrapped") {
				t.Errorf("answers afterwards: %v (%v)", alive, err)
			}
		})
	}
}

// serveWithFew is the child process.
func serveWithFew(mode string) {
	if err := lowerLimit(48); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	app := New(Config{ErrorHandler: fiber.DefaultErrorHandler})
	app.Get("/hello", func(c *fiber.Ctx) error { return c.SendString("hello") })
	fmt.Println(inner.Addr())
	if mode == "wrapped" {
		ln := Listen(inner, time.Now, Limits{Max: 1000})
		go func() {
			for ln.Stats().Retried == 0 {
				time.Sleep(time.Millisecond)
			}
			fmt.Println("out of descriptors")
		}()
		inner = ln
	}
	err = app.Listener(inner)
	_, _ = io.WriteString(os.Stderr, fmt.Sprintln("ended:", err))
	os.Exit(3)
}

func TestClientAddress(t *testing.T) {
	trusted, err := ParseProxies([]string{"10.0.0.0/8", "192.0.2.9", "fd00::/8"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		peer      string
		forwarded []string
		want      string
	}{
		{"198.51.100.1", []string{"1.2.3.4"}, "198.51.100.1"},
		{"10.1.1.1", nil, "10.1.1.1"},
		{"10.1.1.1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"10.1.1.1", []string{"1.2.3.4, 198.51.100.1"}, "198.51.100.1"},
		{"10.1.1.1", []string{"1.2.3.4, 198.51.100.1, 10.2.2.2"}, "198.51.100.1"},
		{"10.1.1.1", []string{"1.2.3.4", "198.51.100.1"}, "198.51.100.1"},
		{"10.1.1.1", []string{"nonsense"}, "10.1.1.1"},
		{"10.1.1.1", []string{"198.51.100.1, nonsense"}, "10.1.1.1"},
		{"192.0.2.9", []string{"2001:db8::1"}, "2001:db8::1"},
		{"fd00::1", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
	} {
		if got := trusted.client(netip.MustParseAddr(tc.peer), tc.forwarded).String(); got != tc.want {
			t.Errorf("%s with %v: %s, want %s", tc.peer, tc.forwarded, got, tc.want)
		}
	}
	for _, bad := range []string{"", "proxy.example", "10.0.0.0/33", "10.0.0"} {
		if _, err := ParseProxies([]string{bad}); err == nil {
			t.Errorf("%q is taken for a network", bad)
		}
	}
}

// Spoofed forwarding headers change nothing for a peer that is no proxy.
func TestSpoofedHeaders(t *testing.T) {
	for _, tc := range []struct {
		proxies []string
		want    string
	}{
		{nil, "127.0.0.1 HOST"},
		{[]string{"127.0.0.1"}, "1.2.3.4 evil.example"},
	} {
		p, err := ParseProxies(tc.proxies)
		if err != nil {
			t.Fatal(err)
		}
		s := newSite(t, Config{Proxies: p}, Limits{})
		s.app.Get("/who", func(c *fiber.Ctx) error { return c.SendString(p.Client(c) + " " + c.Hostname()) })
		s.start()
		req, err := http.NewRequest("GET", "http://"+s.addr+"/who", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Forwarded-For", "1.2.3.4")
		req.Header.Set("X-Forwarded-Host", "evil.example")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		want := tc.want
		if tc.proxies == nil {
			want = "127.0.0.1 " + s.addr
		}
		if string(b) != want {
			t.Errorf("with proxies %v: %q, want %q", tc.proxies, b, want)
		}
	}
}
