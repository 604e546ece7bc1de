package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"duban/cmd/bench"
)

// BenchmarkReportHTTP files full reports over HTTP with 64 clients: what one costs
// in processor time and memory, both ends and the commit included.
//
//	go test -run ^$ -bench ReportHTTP -benchtime 20000x -cpuprofile cpu.out ./cmd/duban
func BenchmarkReportHTTP(b *testing.B) {
	ctx := context.Background()
	dir := b.TempDir()
	r := &bencher{dir: dir, out: env{out: io.Discard, err: io.Discard, getenv: os.Getenv}}
	r.place.plan, r.place.policy = "../../tasks.yaml", "dengbao"
	p := r.place
	p.data = filepath.Join(dir, "data")
	var work bench.Work
	n := max(b.N, 1000)
	err := withHouse(ctx, p, r.out, func(h *house) (err error) {
		work, err = bench.Generate(ctx, h.store, h.rules().Plan, h.now(), bench.Size{Assignments: n, Events: 2 * n, Prefix: "B"})
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	err = r.with(ctx, p.data, func(ctx context.Context) error {
		f, err := r.filing(work)
		if err != nil {
			return err
		}
		b.ReportAllocs()
		b.ResetTimer()
		shared(b, 64, func() error { return f.one(ctx) })
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

// shared makes b.N calls by so many clients and reports the processor time of one,
// both ends included.
func shared(b *testing.B, clients int, call func() error) {
	b.Helper()
	before := processorTime(b)
	var left atomic.Int64
	left.Store(int64(b.N))
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				if err := call(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.StopTimer()
	b.ReportMetric(float64((processorTime(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
}

func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkOneHTTP reads one assignment over HTTP with 16 clients, both ends included.
//
//	go test -run ^$ -bench OneHTTP -benchtime 50000x -cpuprofile cpu.out ./cmd/duban
func BenchmarkOneHTTP(b *testing.B) {
	benchmarkGet(b, func(r *bencher) string { return "/api/v1/assignments/B0001-06-lead-" + r.lead(6) })
}

// BenchmarkLedgerHTTP reads the first page of fifty.
func BenchmarkLedgerHTTP(b *testing.B) {
	benchmarkGet(b, func(*bencher) string { return "/api/v1/assignments?limit=50" })
}

// BenchmarkBoardHTTP reads the board.
func BenchmarkBoardHTTP(b *testing.B) {
	benchmarkGet(b, func(*bencher) string { return "/api/v1/board" })
}

func benchmarkGet(b *testing.B, path func(*bencher) string) {
	ctx := context.Background()
	dir := b.TempDir()
	r := &bencher{dir: dir, out: env{out: io.Discard, err: io.Discard, getenv: os.Getenv}}
	r.place.plan, r.place.policy = "../../tasks.yaml", "dengbao"
	p := r.place
	p.data = filepath.Join(dir, "data")
	err := withHouse(ctx, p, r.out, func(h *house) error {
		_, err := bench.Generate(ctx, h.store, h.rules().Plan, h.now(), bench.Size{Assignments: 2000, Events: 20000, Prefix: "B"})
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	err = r.with(ctx, p.data, func(ctx context.Context) error {
		to := path(r)
		get := func() error { _, err := r.client.Do(ctx, "bench-office", http.MethodGet, to, ""); return err }
		if err := get(); err != nil {
			return err
		}
		b.ReportAllocs()
		b.ResetTimer()
		shared(b, readClients, get)
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
