package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"duban/cmd/bench"
	"duban/store"
)

// onLarge measures a generated store: verify, start-up, lists, board, workbook.
func (r *bencher) onLarge(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(r.data, "duban.db")); err != nil {
		return usage("duban: --data: %v; make one with duban generate", err)
	}
	password := filepath.Join(r.dir, "password")
	if err := os.WriteFile(password, []byte("Bench-Heron-58-Candle\n"), 0o600); err != nil {
		return err
	}
	err := r.parts(benchPart{"verify", func() error { return r.verify(ctx) }},
		benchPart{"start-up", func() error { return r.startUp(ctx, password) }})
	if err != nil {
		return err
	}
	debug.FreeOSMemory()
	return r.with(ctx, r.data, func(ctx context.Context) error {
		return r.parts(benchPart{"pages", func() error { return r.pages(ctx) }},
			benchPart{"workbook", func() error { return r.workbook(ctx) }})
	})
}

func (r *bencher) verify(ctx context.Context) error {
	begin := time.Now()
	s, err := store.OpenReadOnly(r.data, r.storeOptions(r.out))
	if err != nil {
		return inUse(err)
	}
	opened := time.Since(begin)
	var report store.Report
	begin, cpu := time.Now(), bench.Used()
	peak, err := watched(func() error {
		return r.profiled("verify", func() (err error) { report, err = s.Verify(ctx, nil); return err })
	})
	took, cpu := time.Since(begin), bench.Used()-cpu
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	say(r.out.out, "events %d, assignments %d\nopen to read %.2f s\n%-28s %.2f s   cpu %.2f s   heap at most %d MB over idle\n", report.Events, report.Assignments,
		opened.Seconds(), "verify", took.Seconds(), cpu.Seconds(), peak>>20)
	return nil
}

// startUp measures from the start of the process to its first answer that it is
// ready, beside a floor that opens the file and decodes every assignment, in turns.
func (r *bencher) startUp(ctx context.Context, password string) error {
	if _, _, err := r.serveOnce(ctx, password); err != nil { // makes the first admin and the period of the day
		return err
	}
	var ours, bare [2][]float64 // seconds by the clock, and of processor
	rows := 0
	for range r.rounds {
		took, cpu, err := r.serveOnce(ctx, password)
		if err != nil {
			return err
		}
		ours[0], ours[1] = append(ours[0], took.Seconds()), append(ours[1], cpu.Seconds())
		debug.FreeOSMemory()
		begin, used := time.Now(), bench.Used()
		if rows, err = bench.DecodeRows(filepath.Join(r.data, "duban.db")); err != nil {
			return err
		}
		bare[0], bare[1] = append(bare[0], time.Since(begin).Seconds()), append(bare[1], (bench.Used()-used).Seconds())
	}
	same := func(x float64) float64 { return x }
	say(r.out.out, "%-28s %.2f s   open and decode %d rows %.2f s   ratio %.2f   cpu %.2f s, floor %.2f s\n", "start-up to ready", median(ours[0], same),
		rows, median(bare[0], same), median(ours[0], same)/median(bare[0], same), median(ours[1], same), median(bare[1], same))
	return nil
}

// serveOnce starts this program as a process of its own, waits until it is ready and
// stops it. The processor time is of its whole life.
func (r *bencher) serveOnce(ctx context.Context, password string) (took, cpu time.Duration, err error) {
	self, err := exec.LookPath(os.Args[0])
	if err != nil {
		return 0, 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, self, "serve", "--data", r.data, "--plan", r.plan, "--addr", "127.0.0.1:0", "--admin-password-file", password) // #nosec G204,G702 -- this program itself, started by its operator
	c.Cancel, c.WaitDelay = func() error { return c.Process.Signal(syscall.SIGTERM) }, stopWithin
	log, err := c.StderrPipe()
	if err != nil {
		return 0, 0, err
	}
	begin := time.Now()
	if err := c.Start(); err != nil {
		return 0, 0, err
	}
	ready := errors.New("duban serve ended before it served")
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		var l struct{ Msg, Addr string }
		if json.Unmarshal(lines.Bytes(), &l) == nil && l.Msg == "serving" {
			_, ready = bench.NewClient("http://"+l.Addr, 1).Do(ctx, "", http.MethodGet, "/readyz", "")
			took = time.Since(begin)
			ready = errors.Join(ready, c.Process.Signal(syscall.SIGTERM))
		}
	}
	if err := errors.Join(ready, lines.Err(), c.Wait()); err != nil {
		return 0, 0, err
	}
	return took, c.ProcessState.UserTime() + c.ProcessState.SystemTime(), nil
}

// largePages are the requests a person makes on a large store. What is asked for once
// is kept a while, so a list that is walked through says what the first look costs.
var largePages = []struct {
	name, path string
	walk       bool // all pages of the list, each client beginning at another
}{
	{"desk page", "/", false}, {"list page", "/assignments", false},
	{"list of 50", "/api/v1/assignments?limit=50", false},
	{"lists of 50, all in turn", "/api/v1/assignments?limit=50", true},
	{"by state", "/api/v1/assignments?limit=50&state=verified", false},
	{"of nothing", "/api/v1/assignments?limit=50&state=overdue", false},
	{"by light and task", "/api/v1/assignments?limit=50&light=red&task=6", false},
	{"by words", "/api/v1/assignments?limit=50&q=zrzyt", false},
	{"by department", "/api/v1/assignments?limit=50&department=zrzyt", false},
	{"board", "/api/v1/board", false},
}

// walked are the addresses of all pages of a list.
func (r *bencher) walked(ctx context.Context, path string) (all []string, err error) {
	for after := ""; len(all) == 0 || after != ""; {
		at := path
		if after != "" {
			at += "&after=" + url.QueryEscape(after)
		}
		var body bytes.Buffer
		if _, err := r.client.Fetch(ctx, "bench-office", http.MethodGet, at, "", &body); err != nil {
			return nil, err
		}
		var page struct{ Next string }
		if err := json.Unmarshal(body.Bytes(), &page); err != nil {
			return nil, err
		}
		all, after = append(all, at), page.Next
	}
	return all, nil
}

func (r *bencher) pages(ctx context.Context) error {
	for _, p := range largePages {
		var all []bench.Result
		paths := []string{p.path}
		if p.walk {
			var err error
			if paths, err = r.walked(ctx, p.path); err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
		}
		var at [readClients]int // of each client; its own
		for i := range at {
			at[i] = i * len(paths) / readClients
		}
		err := r.profiled(p.name, func() error {
			for range r.rounds {
				got, err := bench.Storm(ctx, readClients, r.slice, func(client int) error {
					path := paths[at[client]]
					at[client] = (at[client] + 1) % len(paths)
					_, err := r.client.Do(ctx, "bench-office", http.MethodGet, path, "")
					return err
				})
				if err != nil {
					return fmt.Errorf("%s: %w", p.name, err)
				}
				all = append(all, got)
			}
			return nil
		})
		if err != nil {
			return err
		}
		say(r.out.out, "%-28s %9.0f/s   p50 %7.2f ms   p99 %7.2f ms   cpu %5.0f µs   (16 clients)\n", p.name, median(all, func(x bench.Result) float64 { return x.PerSecond }),
			median(all, func(x bench.Result) float64 { return ms(x.P50) }), median(all, func(x bench.Result) float64 { return ms(x.P99) }), median(all, func(x bench.Result) float64 { return float64(x.CPU.Microseconds()) }))
	}
	return nil
}

// watched runs fn and tells how far the heap rose over what it was before.
func watched(fn func() error) (peak uint64, err error) {
	debug.FreeOSMemory()
	idle := heap()
	var most atomic.Uint64
	stop := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				most.Store(max(most.Load(), heap()))
			}
		}
	})
	err = fn()
	close(stop)
	watch.Wait()
	return max(most.Load(), idle) - idle, err
}

// heap is what the Go heap holds of the machine's memory.
func heap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}
