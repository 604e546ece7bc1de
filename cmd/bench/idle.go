package bench

import (
	"context"
	"errors"
	"net/http"
	"slices"
)

// How the collector of the server is told to behave, by its environment: not at all, so
// that all a join allocates counts, or with little room for what is garbage, so that what
// is held is nearly what is live. Left to itself it may or may not run while screens come,
// and the figure would be of that.
const (
	uncollected = "GOGC=off"
	littleRoom  = "GOGC=20"
)

// idle tells what an idle screen holds of the machine's memory, by what the server holds
// at the largest number of --screens and at four times it: the difference is of screens
// alone, without what a server needs to begin with. Pages of files are not in it: of the
// program's own code and the store's file some come in at any time. It is told twice: with
// all that joining left behind, and when the collector has run after the last screen came.
func (r *bencher) idle(ctx context.Context, data string) error {
	few := slices.Max(append([]int{1}, r.Screens...))
	many := r.possible(min(4*few, mostScreens))
	if few >= many {
		few = many / 4
	}
	var joined, collected []float64
	for range r.Rounds {
		x, err := r.slope(ctx, data, few, many, uncollected)
		if err != nil {
			return err
		}
		y, err := r.slope(ctx, data, few, many, littleRoom)
		if err != nil {
			return err
		}
		joined, collected = append(joined, x), append(collected, y)
	}
	slices.Sort(joined)
	slices.Sort(collected)
	last := r.Rounds - 1
	r.say("%-28s %.1f KB resident for each (%.1f to %.1f), nothing collected, %s; %.1f KB (%.1f to %.1f) after collections, %s   from %d to %d screens, %d rounds\n",
		"idle screens", median(joined, same), joined[0], joined[last], uncollected, median(collected, same), collected[0], collected[last], littleRoom, few, many, r.Rounds)
	return nil
}

// slope is by how many KB the server's memory rises for each screen from few to many. With
// littleRoom it is looked at after collections.
func (r *bencher) slope(ctx context.Context, data string, few, many int, collector string) (kb float64, err error) {
	err = r.with(ctx, data, "memory", func(s *site) (err error) {
		var at [2]int64
		var ends []*Crowd
		defer func() {
			for _, c := range ends {
				err = errors.Join(err, c.Close())
			}
		}()
		for i, n := range []int{few, many - few} {
			c, err := s.join(ctx, n)
			if err != nil {
				return err
			}
			ends = append(ends, c)
			if collector == littleRoom {
				if err := s.collectAgain(ctx); err != nil {
					return err
				}
			}
			if at[i], err = s.memory(); err != nil {
				return err
			}
		}
		kb = float64(at[1]-at[0]) / float64(many-few) / 1024
		return nil
	}, collector)
	return kb, err
}

// collectAgain reads lists until the collector has run twice more: what the first run
// finds in pools goes with the second.
func (s *site) collectAgain(ctx context.Context) error {
	count, err := s.collected(ctx, s.Client)
	if err != nil {
		return err
	}
	for now := count; now < count+2; {
		for range 20 {
			if _, err := s.Do(ctx, office, http.MethodGet, "/assignments", ""); err != nil {
				return err
			}
		}
		if now, err = s.collected(ctx, s.Client); err != nil {
			return err
		}
	}
	return nil
}
