package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"syscall"
	"time"
)

// fanActs is how many acts each number of screens is told of, in each round.
const fanActs = 10

// openFiles lets this process, and those it starts, have so many files open if it may,
// and answers how many it may have.
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

// possible is n or, told, as many screens as there may be files open for.
func (r *bencher) possible(n int) int {
	most := int(r.files - filesBeside) // #nosec G115 -- a limit of open files
	if n > most {
		r.say("%d screens need %d open files and this process may have %d: taking %d (raise it with ulimit -n)\n", n, n+filesBeside, r.files, most)
		return most
	}
	return n
}

// join opens n screens of the office at the program and waits until each has its snapshot.
func (s *site) join(ctx context.Context, n int) (*Crowd, error) {
	c, err := Join(ctx, n, s.base, "/api/v1/live", s.bearer(), Greeted)
	if err != nil {
		return nil, err
	}
	if err := c.Settled(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// bearer is who the office's screens are, as a header line.
func (s *site) bearer() string { return "Authorization: Bearer " + s.Token[office] + "\r\n" }

// fans measures how long an act takes from being filed to each of n screens, beside a
// floor that commits the same and broadcasts it barely.
func (r *bencher) fans(ctx context.Context, data string) error {
	for _, n := range r.Screens {
		n := r.possible(n)
		err := r.with(ctx, data, fmt.Sprintf("%d screens", n), func(s *site) error {
			return r.besideFloor(ctx, func(floor *floorProcess, web *Client) error {
				f := &fan{r: r, s: s, floor: floor, web: web, n: n}
				return f.measure(ctx)
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// fan is one number of screens, at the program (0) and at the floor (1).
type fan struct {
	r          *bencher
	s          *site
	floor      *floorProcess
	web        *Client // of the floor
	n          int
	size       int                // of the program's last frame
	told       uint64             // events of the floor
	deliveries [2][]time.Duration // to each screen
	last, used [2][]float64       // ms to the last screen, µs of processor time for each delivery
}

func (f *fan) measure(ctx context.Context) error {
	for range f.r.Rounds {
		ours, err := f.s.join(ctx, f.n)
		if err != nil {
			return err
		}
		note := func() error {
			_, err := f.s.Do(ctx, office, http.MethodPost, "/api/v1/assignments/"+f.r.first()+"/notes", `{"text":"已电话核对进度。"}`)
			return err
		}
		if err := f.turn(0, ours, f.s.used, ours.Head(), note); err != nil {
			return err
		}
		f.size = max(f.size, ours.FrameBytes())
		theirs, err := Join(ctx, f.n, f.floor.Live, "/", "", f.told)
		if err != nil {
			return err
		}
		_, err = f.web.Do(ctx, "", http.MethodGet, fmt.Sprintf("/joined/%d", f.n), "")
		if err != nil {
			return errors.Join(err, theirs.Close())
		}
		act := func() error {
			f.told++
			_, err := f.web.Do(ctx, "", http.MethodPost, fmt.Sprintf("/acts/%d?size=%d", f.told, f.size), "{}")
			return err
		}
		if err := f.turn(1, theirs, f.floor.used, f.told, act); err != nil {
			return err
		}
		if _, err := f.web.Do(ctx, "", http.MethodPost, "/leave", ""); err != nil {
			return err
		}
	}
	f.print()
	return f.back(ctx)
}

// turn tells the screens of some acts after the event head, one after the other, and lets
// them go.
func (f *fan) turn(side int, c *Crowd, used Meter, head uint64, act func() error) error {
	before, err := used()
	for i := 1; i <= fanActs && err == nil; i++ {
		var took time.Duration
		took, err = c.Await(head+uint64(i), act) // #nosec G115 -- at most fanActs
		f.last[side] = append(f.last[side], ms(took))
	}
	if err != nil {
		return errors.Join(err, c.Close())
	}
	after, err := used()
	f.used[side] = append(f.used[side], float64((after-before).Microseconds())/float64(fanActs*f.n))
	err = errors.Join(err, c.Close())
	f.deliveries[side] = append(f.deliveries[side], c.Deliveries()...)
	return err
}

func (f *fan) print() {
	ours, theirs := f.deliveries[0], f.deliveries[1]
	slices.Sort(ours)
	slices.Sort(theirs)
	at := func(all []time.Duration, percent int) float64 { return ms(all[len(all)*percent/100]) }
	f.r.say("%-28s p50 %6.2f ms   floor %6.2f ms   difference %.2f ms   p99 %6.2f ms   floor %6.2f ms   ratio %.2f\n", fmt.Sprintf("filed to %d screens", f.n),
		at(ours, 50), at(theirs, 50), at(ours, 50)-at(theirs, 50), at(ours, 99), at(theirs, 99), at(ours, 99)/at(theirs, 99))
	mid := func(all []float64) float64 { return median(all, same) }
	f.r.say("%-28s last screen %6.2f ms, floor %6.2f ms   cpu %.2f µs for each delivery, floor %.2f µs, ratio %.2f   %d deliveries, each once and in order\n", "",
		mid(f.last[0]), mid(f.last[1]), mid(f.used[0]), mid(f.used[1]), mid(f.used[0])/mid(f.used[1]), len(ours))
}

// back lets all screens come at once, as after a restart but without the jitter that
// pages have.
func (f *fan) back(ctx context.Context) error {
	known, err := f.s.join(ctx, 1)
	if err != nil {
		return err
	}
	begin := time.Now()
	c, err := Join(ctx, f.n, f.s.base, fmt.Sprintf("/api/v1/live?after=%d&epoch=%s", known.Head(), known.Epoch()), f.s.bearer(), Greeted)
	if err != nil {
		return errors.Join(err, known.Close())
	}
	f.r.say("%-28s all back after %.2f s\n", "", time.Since(begin).Seconds())
	return errors.Join(c.Close(), known.Close())
}

// parsed is a frame and what it says.
type parsed struct {
	hello  bool
	whole  bool // a snapshot
	epoch  string
	seq    uint64
	events []uint64
}

// snapshot is what a snapshot's frame says.
var snapshot = &parsed{whole: true}

// quickly reads the positions in a frame of events into p, false when it cannot: a frame
// of a hundred kilobytes takes encoding/json a millisecond, and under load a thousand
// screens stand at different ones, so that the load would be what is measured. It is sure
// of what it reads only where the positions follow each other without a gap.
func (p *parsed) quickly(b []byte) bool {
	p.events = p.events[:0]
	const frame, event = `{"type":"events","events":[{"seq":`, `{"seq":`
	if !bytes.HasPrefix(b, []byte(frame)) {
		return false
	}
	for rest := b[len(frame)-len(event):]; ; {
		at := bytes.Index(rest, []byte(event))
		if at < 0 {
			return true
		}
		rest = rest[at+len(event):]
		seq := uint64(0)
		for _, d := range rest {
			if d < '0' || d > '9' {
				break
			}
			seq = 10*seq + uint64(d-'0')
		}
		if n := len(p.events); n > 0 && seq != p.events[n-1]+1 {
			return false
		}
		p.events = append(p.events, seq)
	}
}

// decoded reads any frame.
func decoded(b []byte) (*parsed, error) {
	var f struct {
		Type   string `json:"type"`
		Epoch  string `json:"epoch"`
		Seq    uint64 `json:"seq"`
		Events []struct {
			Seq uint64 `json:"seq"`
		} `json:"events"`
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, err
	}
	p := &parsed{hello: f.Type == "hello", epoch: f.Epoch, seq: f.Seq}
	for _, e := range f.Events {
		p.events = append(p.events, e.Seq)
	}
	return p, nil
}
