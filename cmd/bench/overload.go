package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"
)

const (
	// overloadScreens hear of everything while overloadRate reports a second are filed:
	// more than sixteen departments file in a day.
	overloadScreens = 1_000
	overloadRate    = 500
	overloadClients = 64
	// overloadWithin is how soon after it was due a report must be answered to be kept.
	overloadWithin = time.Second
)

// answered is the position of the report in the answer to filing it.
var answered = regexp.MustCompile(`"seq":(\d+)`)

// paced is what filing at a rate came to.
type paced struct {
	due          map[uint64]time.Duration // when each report was, by its position
	sent, answer []time.Duration          // after it was due
	asked        int
	inTime       int // answered before the time was over
	within       int // answered within overloadWithin
}

// overload files reports at a fixed rate, whether earlier ones are answered or not, and
// says how many were kept and how long each took from the instant it was due to each
// screen. It takes rounds times slice. How late the load itself sent is told too: on a
// machine that both ends share it is a part of the rest.
func (r *bencher) overload(ctx context.Context, s *site) error {
	screens := r.possible(overloadScreens)
	crowd, err := s.join(ctx, screens)
	if err != nil {
		return err
	}
	crowd.Note()
	p := &paced{due: map[uint64]time.Duration{}}
	before, err := Used()
	if err != nil {
		return errors.Join(err, crowd.Close())
	}
	cpu, err := s.spent(func() error { return p.run(ctx, crowd, r, s.Client) })
	after, used := Used()
	err = errors.Join(err, used)
	if err == nil {
		// All have been told of everything when they have been told of one act more.
		_, err = crowd.Await(last(p.due)+1, func() error { return r.file(ctx, s.Client, &bytes.Buffer{}) })
	}
	if err = errors.Join(err, crowd.Close()); err != nil {
		return err
	}
	var took []time.Duration
	for _, h := range crowd.Arrivals() {
		if at, ours := p.due[h.Seq]; ours {
			took = append(took, h.At-at)
		}
	}
	if len(took) != screens*len(p.due) {
		return fmt.Errorf("%d of %d reports on %d screens were noted", len(took), len(p.due), screens)
	}
	share := func(n int) float64 { return 100 * float64(n) / float64(p.asked) }
	r.say("%-28s %d of %d reports answered within %v of being due, %.1f %%; %.1f %% before the time was over   p50 %.2f ms   p99 %.2f ms from due to screen   %d deliveries, each once and in order\n",
		fmt.Sprintf("%d/s to %d screens", overloadRate, screens), p.within, p.asked, overloadWithin, share(p.within), share(p.inTime), at(took, 50), at(took, 99), len(took))
	r.say("%-28s of it until the load sent p50 %.2f ms, p99 %.2f ms; until answered p50 %.2f ms, p99 %.2f ms   processor %.2f s, the load's own %.2f s, in %.0f s\n", "",
		at(p.sent, 50), at(p.sent, 99), at(p.answer, 50), at(p.answer, 99), cpu.Seconds(), (after - before).Seconds(), float64(p.asked)/overloadRate)
	return nil
}

// at is so many percent of the way through all, in ms.
func at(all []time.Duration, percent int) float64 {
	all = slices.Sorted(slices.Values(all))
	return ms(all[len(all)*percent/100])
}

func last(due map[uint64]time.Duration) (seq uint64) {
	for n := range due {
		seq = max(seq, n)
	}
	return seq
}

// run files at the rate.
func (p *paced) run(ctx context.Context, crowd *Crowd, r *bencher, c *Client) (err error) {
	period := time.Duration(r.Rounds) * r.Slice
	p.asked = max(1, int(period.Seconds()*overloadRate))
	turns := make(chan time.Duration, p.asked)
	begin := crowd.Clock()
	var mu sync.Mutex
	var clients sync.WaitGroup
	for range overloadClients {
		clients.Go(func() {
			var body bytes.Buffer
			for due := range turns {
				body.Reset()
				sent := crowd.Clock()
				failed := r.file(ctx, c, &body)
				now := crowd.Clock()
				mu.Lock()
				if failed == nil {
					failed = p.note(body.Bytes(), due, sent, now, begin+period)
				}
				err = errors.Join(err, failed)
				mu.Unlock()
			}
		})
	}
	for n := range p.asked {
		at := begin + time.Duration(n)*time.Second/overloadRate
		time.Sleep(at - crowd.Clock())
		turns <- at
	}
	close(turns)
	clients.Wait()
	return err
}

// note keeps what an answer says.
func (p *paced) note(body []byte, due, sent, now, end time.Duration) error {
	seq := answered.FindSubmatch(body)
	if seq == nil {
		return errors.New("an answer without a position")
	}
	n, err := strconv.ParseUint(string(seq[1]), 10, 64)
	p.due[n] = due
	p.sent, p.answer = append(p.sent, sent-due), append(p.answer, now-due)
	if now <= end {
		p.inTime++
	}
	if now-due <= overloadWithin {
		p.within++
	}
	return err
}
