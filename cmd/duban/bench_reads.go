package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"duban/cmd/bench"
	"duban/store"
)

// readClients is how many read at once.
const readClients = 16

// reads measures one assignment and the board beside Fiber that sends ready bytes.
func (r *bencher) reads(ctx context.Context, floor *bench.Floor) error {
	var board []byte
	ready := make([]byte, 0)
	bare, err := bench.NewBare(floor, func(n int) ([]byte, error) {
		if n < 0 {
			return ready, nil
		}
		return floor.Row(n)
	})
	if err != nil {
		return err
	}
	defer func() { _ = bare.Close() }() // it only serves
	plain := bench.NewClient(bare.Base, readClients)
	defer plain.HTTP.CloseIdleConnections()
	if err := floor.Put(0); err != nil {
		return err
	}
	id := "B0001-06-lead-" + r.lead(6)
	one := func(int) error {
		_, err := r.client.Do(ctx, "bench-office", http.MethodGet, "/api/v1/assignments/"+id, "")
		return err
	}
	raw := func(int) error { _, err := plain.Do(ctx, "", http.MethodGet, "/0", ""); return err }
	if err := r.turns(ctx, "one assignment, 16 clients", readClients, one, beside{"floor", raw}); err != nil {
		return err
	}
	size, err := r.client.Do(ctx, "bench-office", http.MethodGet, "/api/v1/board", "")
	if err != nil {
		return err
	}
	board = make([]byte, size)
	ready = board
	snapshot := func(int) error {
		_, err := r.client.Do(ctx, "bench-office", http.MethodGet, "/api/v1/board", "")
		return err
	}
	same := func(int) error { _, err := plain.Do(ctx, "", http.MethodGet, "/-1", ""); return err }
	return r.turns(ctx, fmt.Sprintf("board of %d KB, 16 clients", size>>10), readClients, snapshot, beside{"floor", same})
}

func (r *bencher) lead(no int) string {
	t, _ := r.app.h.rules().Plan.Task(no)
	return t.Lead
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// onLarge measures a generated store: verify, start-up, lists, board, workbook.
func (r *bencher) onLarge(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(r.data, "duban.db")); err != nil {
		return usage("duban: --data: %v; make one with duban generate", err)
	}
	begin := time.Now()
	s, err := store.OpenReadOnly(r.data, r.storeOptions(r.out))
	if err != nil {
		return inUse(err)
	}
	opened := time.Since(begin)
	report, err := s.Verify(ctx, nil)
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	say(r.out.out, "events %d, assignments %d\nopen to read %.2f s\nverify %.2f s\n", report.Events, report.Assignments, opened.Seconds(), (time.Since(begin) - opened).Seconds())
	debug.FreeOSMemory()
	begin = time.Now()
	return r.with(ctx, r.data, func(ctx context.Context) error {
		for { // ready as its own clients see it, accounts included
			if _, err := r.client.Do(ctx, "", http.MethodGet, "/readyz", ""); err == nil {
				break
			} else if time.Since(begin) > time.Minute {
				return err
			}
			time.Sleep(5 * time.Millisecond)
		}
		say(r.out.out, "start-up to ready %.2f s, of it accounts for the load included\n", time.Since(begin).Seconds())
		return errors.Join(r.pages(ctx), r.workbook(ctx))
	})
}

// largePages are the requests a person makes on a large store.
var largePages = []struct{ name, path string }{
	{"desk page", "/"}, {"list page", "/assignments"},
	{"list of 50", "/api/v1/assignments?limit=50"},
	{"by state", "/api/v1/assignments?limit=50&state=in_progress,overdue"},
	{"by light and task", "/api/v1/assignments?limit=50&light=red&task=6"},
	{"by words", "/api/v1/assignments?limit=50&q=zrzyt"},
	{"by department", "/api/v1/assignments?limit=50&department=zrzyt"},
	{"board", "/api/v1/board"},
}

func (r *bencher) pages(ctx context.Context) error {
	for _, p := range largePages {
		var all []bench.Result
		for range r.rounds {
			got, err := bench.Storm(ctx, readClients, r.slice, func(int) error {
				_, err := r.client.Do(ctx, "bench-office", http.MethodGet, p.path, "")
				return err
			})
			if err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
			all = append(all, got)
		}
		say(r.out.out, "%-28s %9.0f/s   p50 %7.2f ms   p99 %7.2f ms   (16 clients)\n", p.name, median(all, func(x bench.Result) float64 { return x.PerSecond }),
			median(all, func(x bench.Result) float64 { return ms(x.P50) }), median(all, func(x bench.Result) float64 { return ms(x.P99) }))
	}
	return nil
}

// workbook takes the whole ledger as a workbook and watches the heap meanwhile.
func (r *bencher) workbook(ctx context.Context) error {
	debug.FreeOSMemory()
	idle := heap()
	var peak atomic.Uint64
	stop := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				peak.Store(max(peak.Load(), heap()))
			}
		}
	})
	begin := time.Now()
	size, err := r.client.Do(ctx, "bench-office", http.MethodGet, "/export/ledger.xlsx", "")
	took := time.Since(begin)
	close(stop)
	watch.Wait()
	if err == nil {
		say(r.out.out, "ledger.xlsx of %d MB: %.2f s, heap at most %d MB over idle (%d MB)\n", size>>20, took.Seconds(), (max(peak.Load(), idle)-idle)>>20, idle>>20)
	}
	return err
}

// heap is what the Go heap holds of the machine's memory.
func heap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}
