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
	"slices"
	"strconv"
	"strings"
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
	bare, err := bench.NewBare(func(n int) ([]byte, error) {
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
	if err := r.turns(ctx, "one assignment, 16 clients", readClients, one, raw); err != nil {
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
	return r.turns(ctx, fmt.Sprintf("board of %d KB, 16 clients", size>>10), readClients, snapshot, same)
}

func (r *bencher) lead(no int) string {
	t, _ := r.app.h.rules().Plan.Task(no)
	return t.Lead
}

// fanActs is how many acts each number of screens is told of, in each round.
const fanActs = 10

// fans measures the time from filing an act to the last of n screens having it,
// beside a floor that commits the same and broadcasts it barely.
func (r *bencher) fans(ctx context.Context, floor *bench.Floor) error {
	for _, word := range words(r.screens) {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 || n > 2000 {
			return usage("duban: --screens %q: want 1 to 2000", word)
		}
		if err := r.fan(ctx, n, floor); err != nil {
			return err
		}
	}
	return nil
}

func (r *bencher) fan(ctx context.Context, n int, floor *bench.Floor) error {
	bare, err := bench.NewBare(floor.Row)
	if err != nil {
		return err
	}
	defer func() { _ = bare.Close() }() // it only serves
	theirs, err := bench.Join(ctx, n, bare.Live, "/", nil)
	if err != nil {
		return err
	}
	defer func() { _ = theirs.Close() }() // nothing is written to them
	head := http.Header{"Authorization": {"Bearer " + r.client.Token["bench-office"]}}
	ours, err := bench.Join(ctx, n, r.client.Base, "/api/v1/live", head)
	if err != nil {
		return err
	}
	defer func() { _ = ours.Close() }() // nothing is written to them
	path := "/api/v1/assignments/B0001-06-lead-" + r.lead(6) + "/notes"
	var took [2][]float64
	for i := range r.rounds * fanActs {
		seq, _ := r.app.h.store.Head()
		product, err := ours.Await(fmt.Sprintf(`"seq":%d,`, seq+1), func() error {
			_, err := r.client.Do(ctx, "bench-office", http.MethodPost, path, `{"text":"已电话核对进度。"}`)
			return err
		})
		if err != nil {
			return err
		}
		mark := fmt.Sprintf("mark-%d;", i)
		plain, err := theirs.Await(mark, func() error {
			return errors.Join(floor.Put(0), bare.Broadcast([]byte(mark+strings.Repeat("x", 700))))
		})
		if err != nil {
			return err
		}
		took[0], took[1] = append(took[0], ms(product)), append(took[1], ms(plain))
	}
	for i := range took {
		slices.Sort(took[i])
	}
	at := func(i, percent int) float64 { return took[i][len(took[i])*percent/100] }
	say(r.out.out, "%-28s p50 %6.2f ms   floor %6.2f ms   difference %.2f ms   p99 %6.2f ms   floor %6.2f ms   ratio %.2f\n", fmt.Sprintf("filed to %d screens", n),
		at(0, 50), at(1, 50), at(0, 50)-at(1, 50), at(0, 99), at(1, 99), at(0, 99)/at(1, 99))
	return nil
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
	var report store.Report
	err = r.profiled("verify", func() (err error) { report, err = s.Verify(ctx, nil); return err })
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
		err := r.profiled(p.name, func() error {
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
			return nil
		})
		if err != nil {
			return err
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
