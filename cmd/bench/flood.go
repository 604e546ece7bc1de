package bench

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// floodAssignments and floodEvents are the store that is flooded.
	floodAssignments, floodEvents = 2_000, 10_000
	// floodRatio is how many times slower another account's list may be under a flood.
	floodRatio = 3
	// quietLeast is what a quiet p99 counts at least: on a machine that the flood's own side
	// shares with the server, the kernel's turns alone are of that order.
	quietLeast = 4 * time.Millisecond
	// backWithin is how soon after a flood the memory must be back, and backMost by how much
	// more than before it may then be.
	backWithin = time.Minute
	backMost   = 64 << 20
	// readEvery is how often the other account reads.
	readEvery = 5 * time.Millisecond
)

// flood is one way of keeping a server busy.
type flood struct {
	name    string
	clients int
	env     []string                                                            // of the server
	hit     func(ctx context.Context, a *assailant, client, n int) (int, error) // one of many; answers the status, 0: none was waited for
}

// drowned is what a flood came to.
type drowned struct {
	quiet, during       time.Duration // p99 of the other account's list
	cpu, load           time.Duration // processor of the server, and of this process
	before, most, after int64         // memory of the server
	back                time.Duration // until it was back
	answers             map[string]int
}

// broken says which bound does not hold; "": all do.
func (d drowned) broken() string {
	var all []string
	if d.during > floodRatio*max(d.quiet, quietLeast) {
		all = append(all, fmt.Sprintf("others wait more than %d times as long", floodRatio))
	}
	if d.after > d.before+backMost {
		all = append(all, fmt.Sprintf("%d MB more than before after %v", (d.after-d.before)>>20, backWithin))
	}
	for _, status := range slices.Sorted(maps.Keys(d.answers)) {
		if status == "500" {
			all = append(all, "answers 500")
		}
	}
	return strings.Join(all, "; ")
}

func (d drowned) told() string {
	var answers []string
	for _, status := range slices.Sorted(maps.Keys(d.answers)) {
		answers = append(answers, fmt.Sprintf("%s × %d", status, d.answers[status]))
	}
	return fmt.Sprintf("others' p99 %6.2f ms, quiet %5.2f ms, ratio %5.2f   processor %5.2f s, the load's own %5.2f s   memory %d MB, at most %d MB, back at %d MB in %.1f s   %s",
		ms(d.during), ms(d.quiet), float64(d.during)/float64(max(d.quiet, 1)), d.cpu.Seconds(), d.load.Seconds(), d.before>>20, d.most>>20, d.after>>20, d.back.Seconds(), strings.Join(answers, ", "))
}

// floods tells, for every flood, what another account and the server's memory and processor
// come to, and fails where a bound is broken. Each has a server of its own: what one leaves
// is not another's.
func (r *bencher) floods(ctx context.Context) (err error) {
	if r.files, err = openFiles(4096); err != nil {
		return err
	}
	data := filepath.Join(r.dir, "flooded")
	size := Size{Assignments: floodAssignments, Events: floodEvents, Prefix: Prefix}
	if _, err := r.run(ctx, "generate", "--data", data, "--plan", r.program.plan, "--assignments", strconv.Itoa(size.Assignments), "--events", strconv.Itoa(size.Events)); err != nil {
		return err
	}
	made := size.Made(r.rules)[0]
	if err := r.people(ctx, data, []string{made.Department}); err != nil {
		return err
	}
	var failed error
	for _, f := range allFloods {
		err := r.with(ctx, data, "flood "+f.name, func(s *site) error {
			d, err := r.drown(ctx, s, f, made)
			if err != nil {
				return err
			}
			r.say("%-32s %s\n", f.name, d.told())
			if broken := d.broken(); broken != "" {
				r.say("%-32s BROKEN: %s\n", "", broken)
				failed = errors.Join(failed, fmt.Errorf("flood of %s: %s", f.name, broken))
			}
			return nil
		}, f.env...)
		if err != nil {
			return err
		}
	}
	return failed
}

// drown floods the server for rounds times slice.
func (r *bencher) drown(ctx context.Context, s *site, f flood, made Made) (d drowned, err error) {
	period := time.Duration(r.Rounds) * r.Slice
	for range 20 { // what a first look alone pays
		if err := s.list(ctx); err != nil {
			return d, err
		}
	}
	if d.quiet, err = s.others(ctx, period); err != nil {
		return d, err
	}
	if d.before, err = s.memory(); err != nil {
		return d, err
	}
	a := newAssailant(s, "bench-"+made.Department, made.ID)
	defer a.close()
	own, err := Used()
	if err != nil {
		return d, err
	}
	var rose int64
	d.cpu, err = s.spent(func() error {
		rose, err = s.watched(func() (err error) {
			d.answers, d.during, err = f.run(ctx, s, a, period)
			return err
		})
		return err
	})
	if err != nil {
		return d, err
	}
	now, err := Used()
	if err != nil {
		return d, err
	}
	d.load, d.most = now-own, d.before+rose
	begin := time.Now()
	for look := time.NewTicker(250 * time.Millisecond); ; <-look.C {
		if d.after, err = s.memory(); err != nil || d.after <= d.before+backMost || time.Since(begin) > backWithin {
			look.Stop()
			d.back = time.Since(begin)
			return d, err
		}
	}
}

// run hits the server by all clients while another account reads, and answers how often
// each answer came and the other account's p99.
func (f flood) run(ctx context.Context, s *site, a *assailant, period time.Duration) (map[string]int, time.Duration, error) {
	over, end := context.WithTimeout(ctx, period)
	defer end()
	var mu sync.Mutex
	answers := map[string]int{}
	var all sync.WaitGroup
	var next atomic.Int64
	for client := range f.clients {
		all.Go(func() {
			for over.Err() == nil {
				status, err := f.hit(over, a, client, int(next.Add(1)))
				as := strconv.Itoa(status)
				switch {
				case err != nil && over.Err() != nil:
					continue // ended by us
				case err != nil:
					as = "closed"
				case status == 0:
					as = "left"
				}
				mu.Lock()
				answers[as]++
				mu.Unlock()
			}
		})
	}
	p99, err := s.others(ctx, period)
	end()
	all.Wait()
	return answers, p99, err
}

// list is what another account asks for.
func (s *site) list(ctx context.Context) error {
	_, err := s.Do(ctx, office, http.MethodGet, "/api/v1/assignments?limit=50", "")
	return err
}

// others reads the list for the time, at a pace, and answers the p99. Reads are timed from
// when they were due: one that waits delays no measurement of the next.
func (s *site) others(ctx context.Context, period time.Duration) (time.Duration, error) {
	var mu sync.Mutex
	var took []time.Duration
	var failed error
	var readers sync.WaitGroup
	due := make(chan time.Time, int(period/readEvery)+1)
	for range 16 {
		readers.Go(func() {
			for at := range due {
				err := s.list(ctx)
				mu.Lock()
				took, failed = append(took, time.Since(at)), errors.Join(failed, err)
				mu.Unlock()
			}
		})
	}
	begin := time.Now()
	for at := begin; at.Before(begin.Add(period)); at = at.Add(readEvery) {
		time.Sleep(time.Until(at))
		due <- time.Now()
	}
	close(due)
	readers.Wait()
	if failed != nil || len(took) == 0 {
		return 0, failed
	}
	slices.Sort(took)
	return took[len(took)*99/100], nil
}
