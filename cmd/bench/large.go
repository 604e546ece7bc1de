package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"duban/workflow"
)

// large measures a generated store: verify, start-up, lists, board, workbook.
func (r *bencher) large(ctx context.Context) error {
	if err := r.people(ctx, r.Data, nil); err != nil {
		return err
	}
	return r.measure(part{"verify", func() error { return r.verify(ctx) }},
		part{"start-up", func() error { return r.startUp(ctx) }},
		part{"pages", func() error { return r.with(ctx, r.Data, "pages", func(s *site) error { return r.pages(ctx, s) }) }},
		part{"workbook", func() error {
			return r.with(ctx, r.Data, "workbook", func(s *site) error { return r.workbook(ctx, s) })
		}})
}

// counted are the lines of duban verify that say how large the store is.
var counted = regexp.MustCompile(`(?m)^(events|assignments) \d+$`)

func (r *bencher) verify(ctx context.Context) error {
	c := exec.CommandContext(ctx, r.self, "verify", "--data", r.Data, "--plan", r.program.plan) // #nosec G204 -- the operator's own binary
	c.Env = environment()
	var out, failed bytes.Buffer
	c.Stdout, c.Stderr = &out, &failed
	begin := time.Now()
	if err := c.Start(); err != nil {
		return err
	}
	p := &process{cmd: c}
	ended := make(chan struct{})
	var most int64
	var watch sync.WaitGroup
	watch.Go(func() {
		look := time.NewTicker(25 * time.Millisecond)
		defer look.Stop()
		for {
			select {
			case <-ended:
				return
			case <-look.C:
				if m, err := p.memory(); err == nil { // one that has ended holds none
					most = max(most, m)
				}
			}
		}
	})
	err := c.Wait()
	took := time.Since(begin)
	close(ended)
	watch.Wait()
	if err != nil {
		return fmt.Errorf("duban verify: %w: %s", err, bytes.TrimSpace(failed.Bytes()))
	}
	r.say("%s\n%-28s %.2f s   cpu %.2f s   %d MB of memory at most, its start and opening the store included\n",
		bytes.Join(counted.FindAll(out.Bytes(), -1), []byte(", ")), "verify", took.Seconds(), p.life().Seconds(), most>>20)
	return nil
}

// startUp measures from the start of the process to its first answer that it is ready,
// beside a floor that opens the file and decodes every assignment, in turns. The
// processor time is of its whole life.
func (r *bencher) startUp(ctx context.Context) error {
	var ours, bare [2][]float64 // seconds by the clock, and of processor
	rows := 0
	for range r.Rounds {
		s, err := r.serve(ctx, r.Data, "start-up")
		if err != nil {
			return err
		}
		if err := s.stop(); err != nil {
			return err
		}
		ours[0], ours[1] = append(ours[0], s.ready.Seconds()), append(ours[1], s.life().Seconds())
		debug.FreeOSMemory()
		before, err := Used()
		if err != nil {
			return err
		}
		begin := time.Now()
		if rows, err = DecodeRows(filepath.Join(r.Data, "duban.db")); err != nil {
			return err
		}
		took := time.Since(begin)
		after, err := Used()
		if err != nil {
			return err
		}
		bare[0], bare[1] = append(bare[0], took.Seconds()), append(bare[1], (after-before).Seconds())
	}
	r.say("%-28s %.2f s   open and decode %d rows %.2f s   ratio %.2f   cpu %.2f s, floor %.2f s\n", "start-up to ready", median(ours[0], same),
		rows, median(bare[0], same), median(ours[0], same)/median(bare[0], same), median(ours[1], same), median(bare[1], same))
	return nil
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
func walked(ctx context.Context, c *Client, path string) (all []string, err error) {
	for after := ""; len(all) == 0 || after != ""; {
		at := path
		if after != "" {
			at += "&after=" + url.QueryEscape(after)
		}
		var body bytes.Buffer
		if _, err := c.Fetch(ctx, office, http.MethodGet, at, "", &body); err != nil {
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

func (r *bencher) pages(ctx context.Context, s *site) error {
	for _, p := range largePages {
		var all []Result
		paths := []string{p.path}
		if p.walk {
			var err error
			if paths, err = walked(ctx, s.Client, p.path); err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
		}
		var at [readClients]int // of each client; its own
		for i := range at {
			at[i] = i * len(paths) / readClients
		}
		for range r.Rounds {
			got, err := Storm(ctx, readClients, r.Slice, s.used, func(client int) error {
				path := paths[at[client]]
				at[client] = (at[client] + 1) % len(paths)
				_, err := s.Do(ctx, office, http.MethodGet, path, "")
				return err
			})
			if err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
			all = append(all, got)
		}
		r.say("%-28s %9.0f/s   p50 %7.2f ms   p99 %7.2f ms   cpu %5.0f µs   (16 clients)\n", p.name, median(all, func(x Result) float64 { return x.PerSecond }),
			median(all, func(x Result) float64 { return ms(x.P50) }), median(all, func(x Result) float64 { return ms(x.P99) }), median(all, func(x Result) float64 { return float64(x.CPU.Microseconds()) }))
	}
	return nil
}

// workbook takes the whole ledger as a workbook, in turns with the library's plain
// writer of the same cells, and watches the server's memory meanwhile.
func (r *bencher) workbook(ctx context.Context, s *site) error {
	path := filepath.Join(r.dir, "ledger.xlsx")
	first, err := take(ctx, s, path)
	if err != nil {
		return err
	}
	r.say("ledger.xlsx of %d MB: %.2f s, processor %.2f s, memory at most %d MB over idle\n", first.size>>20, first.took.Seconds(), first.cpu.Seconds(), first.rose>>20)
	cells, err := ReadWorkbook(path)
	if err != nil {
		return err
	}
	var product, floor, cpu, floorCPU []float64
	for range r.Rounds {
		x, err := take(ctx, s, path)
		if err != nil {
			return err
		}
		took, used, err := cells.Write()
		if err != nil {
			return err
		}
		product, cpu = append(product, ms(x.took)), append(cpu, ms(x.cpu))
		floor, floorCPU = append(floor, ms(took)), append(floorCPU, ms(used))
	}
	r.say("ledger.xlsx of %d rows         %9.0f ms   writer alone %9.0f ms   ratio %.2f   processor %.0f ms, writer alone %.0f ms\n", cells.Rows(),
		median(product, same), median(floor, same), median(product, same)/median(floor, same), median(cpu, same), median(floorCPU, same))
	return nil
}

// rowSum is how many bytes of checksum stand behind a row's JSON.
const rowSum = 4

// DecodeRows is the floor of a start-up: it opens a store's file and decodes every
// assignment, one after another with encoding/json, and keeps them. It answers how
// many there were.
func DecodeRows(file string) (n int, err error) {
	db, err := bbolt.Open(file, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var rows []*workflow.Assignment
	err = db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("assignments")).ForEach(func(_, v []byte) error {
			var a workflow.Assignment
			rows = append(rows, &a)
			return json.Unmarshal(v[:max(0, len(v)-rowSum)], &a)
		})
	})
	return len(rows), err
}
