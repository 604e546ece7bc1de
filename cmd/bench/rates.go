package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
)

const (
	// reportsPerSecond is more than a machine of today files: so many assignments are
	// made ready for each second of load.
	reportsPerSecond = 12_000
	// mostReady bounds them.
	mostReady = 100_000
	// readClients is how many read at once.
	readClients = 16
)

// rates measures on a store of its own: rates, reads, screens, memory and overload.
func (r *bencher) rates(ctx context.Context) (err error) {
	most := min(mostScreens, max(overloadScreens, 4*slices.Max(append([]int{0}, r.Screens...)))) // idle takes four times as many
	if r.files, err = openFiles(uint64(most + filesBeside)); err != nil {                        // #nosec G115 -- at most mostScreens
		return err
	}
	data := filepath.Join(r.dir, "data")
	n := min(mostReady, int(float64(reportsPerSecond*r.Rounds)*max(r.Slice.Seconds(), 0.1)))
	size := Size{Assignments: n, Events: 2 * n, Prefix: Prefix}
	_, err = r.run(ctx, "generate", "--data", data, "--plan", r.program.plan, "--assignments", strconv.Itoa(n), "--events", strconv.Itoa(2*n))
	if err != nil {
		return err
	}
	if err := r.prepare(size.Made(r.rules)); err != nil {
		return err
	}
	var departments []string
	for _, d := range r.rules.Departments {
		departments = append(departments, d.ID)
	}
	if err := r.people(ctx, data, departments); err != nil {
		return err
	}
	return r.measure(part{"reports", func() error { return r.with(ctx, data, "reports", func(s *site) error { return r.reports(ctx, s) }) }},
		part{"reads", func() error { return r.with(ctx, data, "reads", func(s *site) error { return r.reads(ctx, s) }) }},
		part{"screens", func() error { return r.fans(ctx, data) }},
		part{"memory", func() error { return r.idle(ctx, data) }},
		part{"overload", func() error { return r.with(ctx, data, "overload", func(s *site) error { return r.overload(ctx, s) }) }})
}

// part is something that can be measured alone.
type part struct {
	name string
	do   func() error
}

// measure measures those that are wanted, one after the other.
func (r *bencher) measure(all ...part) error {
	for _, p := range all {
		if r.wants(p.name) {
			if err := p.do(); err != nil {
				return err
			}
		}
	}
	return nil
}

// beside is a floor, what its line is called and where its processor time is told.
type beside struct {
	name string
	used Meter
	call func(client int) error
}

// turns measures product and floors in turns and prints medians and their ratios, a line
// for each floor.
func (r *bencher) turns(ctx context.Context, name string, clients int, all ...beside) error {
	got := make([][]Result, len(all))
	for range r.Rounds {
		for i, x := range all {
			one, err := Storm(ctx, clients, r.Slice, x.used, x.call)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			got[i] = append(got[i], one)
		}
	}
	rate := func(x Result) float64 { return x.PerSecond }
	cpu := func(x Result) float64 { return float64(x.CPU.Microseconds()) }
	tail := func(x Result) float64 { return float64(x.P99.Microseconds()) / 1000 }
	ours := got[0]
	for i, f := range all[1:] {
		bare := got[i+1]
		r.say("%-28s %9.0f/s   %s %9.0f/s   ratio %.2f   p99 %7.2f ms   floor %7.2f ms   ratio %.2f   cpu %4.0f µs, floor %4.0f µs, ratio %.1f\n", name,
			median(ours, rate), f.name, median(bare, rate), median(ours, rate)/median(bare, rate),
			median(ours, tail), median(bare, tail), median(ours, tail)/median(bare, tail), median(ours, cpu), median(bare, cpu), median(ours, cpu)/median(bare, cpu))
	}
	return nil
}

// besideFloor runs do with a floor that serves in a process of its own.
func (r *bencher) besideFloor(ctx context.Context, do func(*floorProcess, *Client) error) error {
	r.floors++
	f, err := r.floor(ctx, filepath.Join(r.dir, fmt.Sprintf("floor-%d.db", r.floors)))
	if err != nil {
		return err
	}
	c := NewClient(f.Base, 64)
	err = do(f, c)
	c.HTTP.CloseIdleConnections()
	return errors.Join(err, f.stop())
}

// reports files full reports over HTTP, each on an assignment of its own.
func (r *bencher) reports(ctx context.Context, s *site) error {
	called, err := NewFloor(filepath.Join(r.dir, "called.db"))
	if err != nil {
		return err
	}
	err = r.besideFloor(ctx, func(f *floorProcess, web *Client) error {
		post := func(n int) error {
			_, err := web.Do(ctx, "", http.MethodPost, "/rows/"+strconv.Itoa(n), r.jobs[0].body)
			return err
		}
		for _, clients := range []int{64, 1} {
			err := r.turns(ctx, fmt.Sprintf("reports, %d clients", clients), clients,
				beside{"", s.used, func(int) error { return r.file(ctx, s.Client, io.Discard) }},
				beside{"floor", Used, called.Put}, beside{"floor over HTTP", f.used, post})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, called.Close())
}

// reads measures one assignment and the board beside Fiber that sends ready bytes.
func (r *bencher) reads(ctx context.Context, s *site) error {
	return r.besideFloor(ctx, func(f *floorProcess, plain *Client) error {
		if _, err := plain.Do(ctx, "", http.MethodPost, "/rows/0", "{}"); err != nil {
			return err
		}
		get := func(c *Client, as, path string) func(int) error {
			return func(int) error { _, err := c.Do(ctx, as, http.MethodGet, path, ""); return err }
		}
		err := r.turns(ctx, "one assignment, 16 clients", readClients,
			beside{"", s.used, get(s.Client, office, "/api/v1/assignments/"+r.first())}, beside{"floor", f.used, get(plain, "", "/rows/0")})
		if err != nil {
			return err
		}
		size, err := s.Do(ctx, office, http.MethodGet, "/api/v1/board", "")
		if err != nil {
			return err
		}
		return r.turns(ctx, fmt.Sprintf("board of %d KB, 16 clients", size>>10), readClients,
			beside{"", s.used, get(s.Client, office, "/api/v1/board")}, beside{"floor", f.used, get(plain, "", "/bytes/"+strconv.FormatInt(size, 10))})
	})
}

// first is the first assignment that was generated.
func (r *bencher) first() string { return Size{Assignments: 1, Prefix: Prefix}.Made(r.rules)[0].ID }
