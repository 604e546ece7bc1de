package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// littleRoom is the environment of a server whose collector leaves little room for what
// is garbage: resident is then nearly what is live.
const littleRoom = "GOGC=20"

// idle tells what an idle screen holds of the machine's memory, by the server's resident
// memory at the largest number of --screens and at four times it: the difference is of
// screens alone, without what a server needs to begin with. It is told twice. As it stands: nothing was collected since
// the screens came, so that all a join allocated counts; a round in which the collector
// ran all the same is taken again. And collected: by a server with little room for
// garbage, when its collector has run after the last screen came.
func (r *bencher) idle(ctx context.Context, data string) error {
	few := slices.Max(append([]int{1}, r.Screens...))
	many := r.possible(min(4*few, mostScreens))
	if few >= many {
		few = many / 4
	}
	var joined, collected []float64
	for range r.Rounds {
		x, err := r.slope(ctx, data, few, many, false)
		if err != nil {
			return err
		}
		y, err := r.slope(ctx, data, few, many, true, littleRoom)
		if err != nil {
			return err
		}
		joined, collected = append(joined, x), append(collected, y)
	}
	slices.Sort(joined)
	slices.Sort(collected)
	last := r.Rounds - 1
	r.say("%-28s %.1f KB resident for each (%.1f to %.1f), nothing collected since they came; %.1f KB (%.1f to %.1f) after collections, %s   from %d to %d screens, %d rounds\n",
		"idle screens", median(joined, same), joined[0], joined[last], median(collected, same), collected[0], collected[last], littleRoom, few, many, r.Rounds)
	return nil
}

// tries bounds how often a round is taken again because the collector ran.
const tries = 5

// slope is by how many KB the resident memory rises for each screen from few to many.
func (r *bencher) slope(ctx context.Context, data string, few, many int, collect bool, env ...string) (kb float64, err error) {
	for range tries {
		ran := false
		err = r.with(ctx, data, "memory", func(s *site) (err error) {
			var at [2]memory
			var ends []*Crowd
			defer func() {
				for _, c := range ends {
					err = errors.Join(err, c.Close())
				}
			}()
			var first int
			for i, n := range []int{few, many - few} {
				c, err := s.join(ctx, n)
				if err != nil {
					return err
				}
				ends = append(ends, c)
				count, err := s.collected(ctx, s.Client)
				if err == nil && collect {
					err = s.collectAgain(ctx, count)
				}
				if err != nil {
					return err
				}
				if i == 0 {
					first = count
				}
				ran = count != first
				if at[i], err = s.memory(); err != nil {
					return err
				}
			}
			kb = float64(at[1].resident-at[0].resident) / float64(many-few) / 1024
			return nil
		}, env...)
		if err != nil || collect || !ran {
			return kb, err
		}
	}
	return 0, fmt.Errorf("memory: the collector ran in each of %d rounds while %d screens came: take fewer with --screens", tries, many)
}

// collectAgain reads boards until the collector has run twice since it had count times:
// what the first run finds in pools goes with the second.
func (s *site) collectAgain(ctx context.Context, count int) error {
	for now := count; now < count+2; {
		for range 20 {
			if _, err := s.Do(ctx, office, http.MethodGet, "/assignments", ""); err != nil {
				return err
			}
		}
		var err error
		if now, err = s.collected(ctx, s.Client); err != nil {
			return err
		}
	}
	return nil
}
