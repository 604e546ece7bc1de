package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"duban/cmd/bench"
)

const (
	// fanActs is how many acts each number of screens is told of, in each round.
	fanActs = 10
	// mostScreens bounds --screens: each number of screens opens four times as
	// many connections' ends in this process.
	mostScreens = 10_000
)

// crowds reads --screens.
func (b *benching) crowds() (all []int, err error) {
	for _, word := range words(b.screens) {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 || n > mostScreens {
			return nil, usage("duban: --screens %q: want 1 to %d", word, mostScreens)
		}
		all = append(all, n)
	}
	return all, nil
}

// openFiles lets this process have so many files open if it may, and answers how
// many it may have.
func openFiles(n uint64) (uint64, error) {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil || l.Cur >= n {
		return l.Cur, err
	}
	had := l.Cur
	l.Cur, l.Max = n, max(n, l.Max)
	if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &l) != nil { // not for this user
		return had, nil
	}
	return n, nil
}

// filesBeside is how many files are open besides the screens.
const filesBeside = 300

// fans measures how long an act takes from being filed to each of n screens,
// beside a floor that commits the same and broadcasts it barely.
func (r *bencher) fans(ctx context.Context, floor *bench.Floor) error {
	all, err := r.crowds()
	if err != nil {
		return err
	}
	for _, n := range all {
		if most := int(r.files-filesBeside) / 2; n > most { // #nosec G115 -- a limit of open files
			say(r.out.out, "%d screens need %d open files and this process may have %d: taking %d (raise it with ulimit -n)\n",
				n, 2*n+filesBeside, r.files, most)
			n = most
		}
		if err := r.profiled(fmt.Sprintf("%d screens", n), func() error { return r.fan(ctx, n, floor) }); err != nil {
			return fmt.Errorf("%d screens: %w", n, err)
		}
	}
	return nil
}

// bearer is who the office's screens are, as a header line.
func (r *bencher) bearer() string {
	return "Authorization: Bearer " + r.client.Token["bench-office"] + "\r\n"
}

// fan is one number of screens, at the program (0) and at the floor (1).
type fan struct {
	r          *bencher
	n          int
	bare       *bench.Bare
	floor      *bench.Floor
	size       int                // of the program's last frame
	told       uint64             // events of the floor
	deliveries [2][]time.Duration // to each screen
	last, used [2][]float64       // ms to the last screen, µs of processor time for each delivery
}

func (r *bencher) fan(ctx context.Context, n int, floor *bench.Floor) error {
	alone, err := r.crowdAlone(ctx, n)
	if err != nil {
		return err
	}
	bare, err := bench.NewBare(floor, floor.Row)
	if err != nil {
		return err
	}
	defer func() { _ = bare.Close() }() // it only serves
	f := &fan{r: r, n: n, bare: bare, floor: floor}
	var both int64
	for range r.rounds {
		before := held()
		ours, err := bench.Join(ctx, n, r.client.Base, "/api/v1/live", r.bearer(), bench.Greeted)
		if err != nil {
			return err
		}
		r.quiet(n)
		both = held() - before
		if err := f.turn(0, ours, f.act(ctx, ours)); err != nil {
			return err
		}
		theirs, err := bench.Join(ctx, n, bare.Live, "/", "", f.told)
		if err != nil {
			return err
		}
		if err := errors.Join(bare.Joined(n), f.turn(1, theirs, f.bareAct())); err != nil {
			return err
		}
		bare.Leave()
	}
	f.print()
	say(r.out.out, "%-28s %.1f KB for each idle screen; both ends %.1f KB, the load's own end %.1f KB\n", "",
		float64(both-alone)/float64(n)/1024, float64(both)/float64(n)/1024, float64(alone)/float64(n)/1024)
	return r.back(ctx, n)
}

// quiet waits until every screen has its snapshot and nothing waits for any.
func (r *bencher) quiet(n int) {
	for range 100 {
		time.Sleep(50 * time.Millisecond)
		if s := r.app.hub.Stats(); s.Connections == n && s.QueuedFor == 0 {
			return
		}
	}
}

// crowdAlone is the memory that n screens cost at the load's own end.
func (r *bencher) crowdAlone(ctx context.Context, n int) (int64, error) {
	sink, err := bench.NewSink()
	if err != nil {
		return 0, err
	}
	before := held()
	c, err := bench.Join(ctx, n, sink.Base, "/", "", 0)
	if err != nil {
		return 0, errors.Join(err, sink.Close())
	}
	alone := held() - before
	return alone, errors.Join(c.Close(), sink.Close())
}

// held is the machine's memory that this process holds after a collection, in bytes.
func held() int64 {
	runtime.GC() // what the first finds in pools goes with the second
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys - m.HeapReleased) // #nosec G115 -- bytes of memory
}

// turn tells the screens of some acts, one after the other, and lets them go.
func (f *fan) turn(side int, c *bench.Crowd, act func() (seq uint64, do func() error)) error {
	for range fanActs {
		seq, do := act()
		cpu := bench.Used()
		took, err := c.Await(seq, do)
		if err != nil {
			return errors.Join(err, c.Close())
		}
		f.last[side] = append(f.last[side], ms(took))
		f.used[side] = append(f.used[side], float64((bench.Used()-cpu).Microseconds())/float64(f.n))
	}
	err := c.Close()
	f.deliveries[side] = append(f.deliveries[side], c.Deliveries()...)
	return err
}

// act files a note at the program.
func (f *fan) act(ctx context.Context, ours *bench.Crowd) func() (uint64, func() error) {
	r := f.r
	path := "/api/v1/assignments/B0001-06-lead-" + r.lead(6) + "/notes"
	return func() (uint64, func() error) {
		seq, _ := r.app.h.store.Head()
		return seq + 1, func() error {
			_, err := r.client.Do(ctx, "bench-office", http.MethodPost, path, `{"text":"已电话核对进度。"}`)
			f.size = max(f.size, ours.FrameBytes())
			return err
		}
	}
}

// bareAct commits one report at the floor and broadcasts a frame as large as the
// program's.
func (f *fan) bareAct() func() (uint64, func() error) {
	return func() (uint64, func() error) {
		f.told++
		frame := fmt.Sprintf(`{"type":"events","events":[{"seq":%d,"pad":"`, f.told)
		frame += strings.Repeat("x", max(0, f.size-len(frame)-4)) + `"}]}`
		return f.told, func() error { return errors.Join(f.floor.Put(0), f.bare.Broadcast([]byte(frame))) }
	}
}

func (f *fan) print() {
	ours, theirs := f.deliveries[0], f.deliveries[1]
	slices.Sort(ours)
	slices.Sort(theirs)
	at := func(all []time.Duration, percent int) float64 { return ms(all[len(all)*percent/100]) }
	say(f.r.out.out, "%-28s p50 %6.2f ms   floor %6.2f ms   difference %.2f ms   p99 %6.2f ms   floor %6.2f ms   ratio %.2f\n", fmt.Sprintf("filed to %d screens", f.n),
		at(ours, 50), at(theirs, 50), at(ours, 50)-at(theirs, 50), at(ours, 99), at(theirs, 99), at(ours, 99)/at(theirs, 99))
	mid := func(all []float64) float64 { return median(all, func(x float64) float64 { return x }) }
	say(f.r.out.out, "%-28s last screen %6.2f ms, floor %6.2f ms   cpu %.2f µs for each delivery, floor %.2f µs, ratio %.2f   %d deliveries, each once and in order\n", "",
		mid(f.last[0]), mid(f.last[1]), mid(f.used[0]), mid(f.used[1]), mid(f.used[0])/mid(f.used[1]), len(ours))
}

// back lets all screens come at once, as after a restart but without the jitter that
// pages have.
func (r *bencher) back(ctx context.Context, n int) error {
	head, _ := r.app.h.store.Head()
	begin := time.Now()
	c, err := bench.Join(ctx, n, r.client.Base, fmt.Sprintf("/api/v1/live?after=%d&epoch=%s", head, r.app.h.store.Epoch()), r.bearer(), bench.Greeted)
	if err != nil {
		return err
	}
	say(r.out.out, "%-28s all back after %.2f s\n", "", time.Since(begin).Seconds())
	return c.Close()
}
