package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"duban/cmd/bench"
)

// readClients is how many read at once.
const readClients = 16

// reads measures one assignment and the board beside Fiber that sends ready bytes.
func (r *bencher) reads(ctx context.Context, floor *bench.Floor) error {
	var board []byte
	ready := make([]byte, 0)
	bare, err := bench.NewBare(floor, func(n int) ([]byte, error) {
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
	if err := r.turns(ctx, "one assignment, 16 clients", readClients, one, beside{"floor", raw}); err != nil {
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
	return r.turns(ctx, fmt.Sprintf("board of %d KB, 16 clients", size>>10), readClients, snapshot, beside{"floor", same})
}

func (r *bencher) lead(no int) string {
	t, _ := r.app.h.rules().Plan.Task(no)
	return t.Lead
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
