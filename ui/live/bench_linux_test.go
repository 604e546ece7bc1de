package live

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/websocket"

	"duban/ui/serve"
)

// BenchmarkFanOut is the time from an event to the last of n screens, for the
// hub and for a bare gorilla broadcast of the same bytes (one prepared message,
// one goroutine, a blocking write for each). The two take turns in one run, so
// that their ratio means something on a busy machine:
//
//	go test -run ^$ -bench FanOut -benchtime 200x ./ui/live
func BenchmarkFanOut(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			ours, floor := benchHub(b, n, 0), benchGorilla(b, n)
			var took [2][]time.Duration
			var cpu [2]time.Duration
			b.ResetTimer()
			for range b.N {
				for i, once := range []func() time.Duration{ours, floor} {
					before := cpuTime(b)
					took[i] = append(took[i], once())
					cpu[i] += cpuTime(b) - before
				}
			}
			b.StopTimer()
			for i, name := range []string{"hub", "gorilla"} {
				slices.Sort(took[i])
				b.ReportMetric(float64(took[i][b.N/2].Microseconds()), name+"-p50-µs")
				b.ReportMetric(float64(took[i][b.N*99/100].Microseconds()), name+"-p99-µs")
			}
			b.ReportMetric(float64(cpu[0])/float64(cpu[1]), "cpu-ratio")
			b.ReportMetric(float64(took[0][b.N/2])/float64(took[1][b.N/2]), "p50-ratio")
			b.ReportMetric(float64(took[0][b.N*99/100])/float64(took[1][b.N*99/100]), "p99-ratio")
		})
	}
}

// BenchmarkSilent is the same for 200 screens, alone and beside 20 that never read:
//
//	go test -run ^$ -bench Silent -benchtime 2000x ./ui/live
func BenchmarkSilent(b *testing.B) {
	beside, alone := benchHub(b, 200, 20), benchHub(b, 200, 0)
	var took [2][]time.Duration
	b.ResetTimer()
	for range b.N {
		for i, once := range []func() time.Duration{beside, alone} {
			took[i] = append(took[i], once())
		}
	}
	b.StopTimer()
	for i, name := range []string{"beside", "alone"} {
		slices.Sort(took[i])
		b.ReportMetric(float64(took[i][b.N/2].Microseconds()), name+"-p50-µs")
		b.ReportMetric(float64(took[i][b.N*99/100].Microseconds()), name+"-p99-µs")
	}
	b.ReportMetric(float64(took[0][b.N*99/100])/float64(took[1][b.N*99/100]), "p99-ratio")
}

// cpuTime is what the process has used, clients included.
func cpuTime(b *testing.B) time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// body is an event of the size of a report's.
var body = strings.Repeat("x", 700)

func benchUpdate(seq uint64) Update {
	return Update{Seq: seq, Frame: func(string) []byte { return fmt.Appendf(nil, `{"seq":%d,"text":%q}`, seq, body) }}
}

// crowd is screens that count the frames of data they get.
type crowd struct {
	got  atomic.Int64
	done chan struct{}
	goal atomic.Int64
}

func (c *crowd) join(b *testing.B, addr string, skip int) {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = nc.Close() })
	if skip < 0 {
		if err := nc.(*net.TCPConn).SetReadBuffer(4096); err != nil {
			b.Fatal(err)
		}
	}
	_, err = io.WriteString(nc, "GET /live HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	if err != nil {
		b.Fatal(err)
	}
	br := bufio.NewReaderSize(nc, 2048)
	if _, err := http.ReadResponse(br, nil); err != nil {
		b.Fatal(err)
	}
	if skip < 0 { // it never reads
		return
	}
	for range skip {
		if err := readFrame(br); err != nil {
			b.Fatal(err)
		}
	}
	go func() {
		for readFrame(br) == nil {
			if c.got.Add(1) == c.goal.Load() {
				c.done <- struct{}{}
			}
		}
	}()
}

// readFrame skips one text frame.
func readFrame(br *bufio.Reader) error {
	h, err := br.Peek(2)
	if err != nil {
		return err
	}
	n, head := int(h[1]), 2
	if n == 126 {
		if h, err = br.Peek(4); err != nil {
			return err
		}
		n, head = int(binary.BigEndian.Uint16(h[2:])), 4
	}
	_, err = br.Discard(head + n)
	return err
}

// round is one broadcast, from here to the last screen.
func (c *crowd) round(n int, send func()) time.Duration {
	c.goal.Store(c.got.Load() + int64(n))
	began := time.Now()
	send()
	<-c.done
	return time.Since(began)
}

func benchHub(b *testing.B, n, deaf int) func() time.Duration {
	src := &journal{}
	hub := New(src, time.Now, Options{Tick: time.Hour})
	app := fiber.New(fiber.Config{DisableStartupMessage: true, Immutable: true})
	app.Get("/live", func(c *fiber.Ctx) error { return hub.Serve(c, Reader{Class: "all"}, nil, "") })
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go func() { _ = app.Listener(serve.Listen(ln, time.Now, serve.Limits{})) }()
	b.Cleanup(func() {
		_ = hub.Close(b.Context())
		_ = app.Shutdown()
	})
	c := &crowd{done: make(chan struct{}, 1)}
	for range n {
		c.join(b, ln.Addr().String(), 2)
	}
	for range deaf {
		c.join(b, ln.Addr().String(), -1)
	}
	full := deaf == 0
	b.Cleanup(func() {
		if !full && b.N > 1 {
			b.Log("no silent screen was full: take more rounds")
		}
	})
	var seq uint64
	return func() time.Duration {
		if seq%100 == 99 && !full {
			s := hub.Stats()
			full = s.QueuedFor+int(s.Slow) >= deaf
		}
		return c.round(n, func() { seq++; hub.Push(benchUpdate(seq)) })
	}
}

func benchGorilla(b *testing.B, n int) func() time.Duration {
	var mu sync.Mutex
	var conns []*websocket.Conn
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		mu.Lock()
		conns = append(conns, ws)
		mu.Unlock()
		for {
			if _, _, err := ws.NextReader(); err != nil {
				return
			}
		}
	}))
	b.Cleanup(func() {
		for _, ws := range conns {
			_ = ws.Close()
		}
		srv.Close()
	})
	c := &crowd{done: make(chan struct{}, 1)}
	for range n {
		c.join(b, srv.Listener.Addr().String(), 0)
	}
	for joined := 0; joined < n; runtime.Gosched() {
		mu.Lock()
		joined = len(conns)
		mu.Unlock()
	}
	var seq uint64
	bell := make(chan []byte)
	b.Cleanup(func() { close(bell) })
	go func() {
		for event := range bell {
			pm, err := websocket.NewPreparedMessage(websocket.TextMessage, event)
			if err != nil {
				return
			}
			for _, ws := range conns {
				if ws.WritePreparedMessage(pm) != nil {
					return
				}
			}
		}
	}()
	return func() time.Duration {
		return c.round(n, func() {
			seq++
			bell <- fmt.Appendf(nil, `{"type":"events","events":[%s]}`, benchUpdate(seq).Frame(""))
		})
	}
}
