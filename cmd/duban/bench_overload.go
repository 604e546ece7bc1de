package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"

	"duban/cmd/bench"
)

const (
	// overloadScreens hear of everything while overloadRate reports a second are filed:
	// more than sixteen departments file in a day.
	overloadScreens = 1_000
	overloadRate    = 500
	overloadClients = 64
)

// answered is the position of the report in the answer to filing it.
var answered = regexp.MustCompile(`"seq":(\d+)`)

// overload files reports at a fixed rate, whether earlier ones are answered or not, and
// says how many were kept within the time and how long each took from the instant it was
// due to each screen. It takes rounds times slice.
func (r *bencher) overload(ctx context.Context, work bench.Work) error {
	screens := min(overloadScreens, int(r.files-filesBeside)/2) // #nosec G115 -- a limit of open files
	f, err := r.filing(work)
	if err != nil {
		return err
	}
	crowd, err := bench.Join(ctx, screens, r.client.Base, "/api/v1/live", r.bearer(), bench.Greeted)
	if err != nil {
		return err
	}
	r.quiet(screens)
	crowd.Note()
	var kept, asked int
	var due map[uint64]time.Duration
	err = r.profiled("overload", func() (err error) { due, kept, asked, err = r.pace(ctx, crowd, f); return err })
	if err == nil {
		err = r.settled(ctx, crowd)
	}
	if err = errors.Join(err, crowd.Close()); err != nil {
		return err
	}
	var took []time.Duration
	for _, h := range crowd.Arrivals() {
		if at, ours := due[h.Seq]; ours {
			took = append(took, h.At-at)
		}
	}
	if len(took) != screens*len(due) {
		return fmt.Errorf("%d of %d reports on %d screens were noted", len(took), len(due), screens)
	}
	slices.Sort(took)
	at := func(percent int) float64 { return ms(took[len(took)*percent/100]) }
	say(r.out.out, "%-28s %d of %d reports answered in the time, %.1f %%   p50 %.2f ms   p99 %.2f ms from due to screen   %d deliveries, each once and in order\n",
		fmt.Sprintf("%d/s to %d screens", overloadRate, screens), kept, asked, 100*float64(kept)/float64(asked), at(50), at(99), len(took))
	return nil
}

// pace files at the rate and answers when each report was due, by its position, how many
// were answered by the end of the time, and how many should have been.
func (r *bencher) pace(ctx context.Context, crowd *bench.Crowd, f *filing) (due map[uint64]time.Duration, kept, asked int, err error) {
	period := time.Duration(r.rounds) * r.slice
	asked = max(1, int(period.Seconds()*overloadRate))
	turns := make(chan time.Duration, asked)
	due = make(map[uint64]time.Duration, asked)
	begin := crowd.Clock()
	var mu sync.Mutex
	var clients sync.WaitGroup
	for range overloadClients {
		clients.Go(func() {
			var body bytes.Buffer
			for at := range turns {
				body.Reset()
				failed := f.into(ctx, &body)
				mu.Lock()
				seq := answered.FindSubmatch(body.Bytes())
				switch {
				case failed != nil:
					err = errors.Join(err, failed)
				case seq == nil:
					err = errors.Join(err, errors.New("an answer without a position"))
				default:
					n, bad := strconv.ParseUint(string(seq[1]), 10, 64)
					err = errors.Join(err, bad)
					due[n] = at
					if crowd.Clock() <= begin+period {
						kept++
					}
				}
				mu.Unlock()
			}
		})
	}
	for n := range asked {
		at := begin + time.Duration(n)*time.Second/overloadRate
		time.Sleep(at - crowd.Clock())
		turns <- at
	}
	close(turns)
	clients.Wait()
	return due, kept, asked, err
}

// settled waits until every screen has been told of all there is, by one more act.
func (r *bencher) settled(ctx context.Context, crowd *bench.Crowd) error {
	head, _ := r.app.h.store.Head()
	_, err := crowd.Await(head+1, func() error {
		_, err := r.client.Do(ctx, "bench-office", http.MethodPost, "/api/v1/assignments/B0001-06-lead-"+r.lead(6)+"/notes", `{"text":"已电话核对进度。"}`)
		return err
	})
	return err
}
