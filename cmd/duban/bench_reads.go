package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"duban/cmd/bench"
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
