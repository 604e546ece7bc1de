package main

import (
	"context"
	"errors"
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
	"duban/cmd/office"
	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/plan"
)

// served runs the program in this process, on a generated store, while do calls it: for
// profiles of what a call costs, both ends included. duban bench measures from outside.
func served(b *testing.B, size bench.Size, do func(a *office.Office, c *bench.Client) error) {
	b.Helper()
	ctx := context.Background()
	out := env{out: io.Discard, err: io.Discard, getenv: os.Getenv}
	dir := b.TempDir()
	s := settings{addr: "127.0.0.1:0", adminPassword: filepath.Join(dir, "password")}
	s.plan, s.policy, s.data = "../../tasks.yaml", "dengbao", filepath.Join(dir, "data")
	err := errors.Join(os.WriteFile(s.adminPassword, []byte("Bench-Heron-58-Candle\n"), 0o600),
		withHouse(ctx, s.place, out, func(h *office.House) error { return bench.Generate(ctx, h.Store, h.Rules().Plan, h.Now(), size) }))
	if err != nil {
		b.Fatal(err)
	}
	a, err := newOffice(ctx, s, quiet(out), out)
	if err != nil {
		b.Fatal(err)
	}
	c := bench.NewClient("http://"+a.Addr().String(), 128)
	all := []account.NewAccount{{Name: "office", Unit: plan.OfficeID, Role: workflow.OfficeMan}}
	for _, d := range a.Rules().Plan.Departments {
		all = append(all, account.NewAccount{Name: d.ID, Unit: d.ID, Role: workflow.Liaison})
	}
	for _, n := range all {
		n.Password = "Bench-Heron-58-Candle"
		_, added := a.Accounts.AddAccount(ctx, a.Now(), account.Console, n)
		token, _, given := a.Accounts.AddToken(ctx, a.Now(), account.Console, "bench", n.Name, time.Time{})
		if err := errors.Join(added, given); err != nil {
			b.Fatal(err)
		}
		c.Token[n.Name] = token
	}
	inner, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- serveUntil(inner, a) }()
	err = do(a, c)
	c.HTTP.CloseIdleConnections()
	stop()
	if err := errors.Join(err, <-ended); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkReportHTTP files full reports over HTTP with 64 clients: what one costs
// in processor time and memory, both ends and the commit included.
//
//	go test -run ^$ -bench ReportHTTP -benchtime 20000x -cpuprofile cpu.out ./cmd/duban
func BenchmarkReportHTTP(b *testing.B) {
	n := max(b.N, 1000)
	size := bench.Size{Assignments: n, Events: 2 * n, Prefix: bench.Prefix}
	served(b, size, func(a *office.Office, c *bench.Client) error {
		p := a.Rules().Plan
		made := size.Made(p)
		bodies := map[int]string{}
		for _, t := range p.Tasks {
			body, err := bench.Report(t)
			if err != nil {
				return err
			}
			bodies[t.Key] = body
		}
		var next atomic.Int64
		b.ReportAllocs()
		b.ResetTimer()
		shared(b, 64, func() error {
			m := made[next.Add(1)-1]
			_, err := c.Do(b.Context(), m.Department, http.MethodPost, "/api/v1/assignments/"+m.ID+"/reports", bodies[m.Task])
			return err
		})
		return nil
	})
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
	p, err := os.ReadFile("../../tasks.yaml")
	if err != nil {
		b.Fatal(err)
	}
	shipped, err := plan.Parse("tasks.yaml", p)
	if err != nil {
		b.Fatal(err)
	}
	benchmarkGet(b, "/api/v1/assignments/"+oneSize.Made(shipped)[0].ID)
}

// BenchmarkLedgerHTTP reads the first page of fifty.
func BenchmarkLedgerHTTP(b *testing.B) {
	benchmarkGet(b, "/api/v1/assignments?limit=50")
}

// BenchmarkBoardHTTP reads the board.
func BenchmarkBoardHTTP(b *testing.B) {
	benchmarkGet(b, "/api/v1/board")
}

func benchmarkGet(b *testing.B, path string) {
	served(b, oneSize, func(_ *office.Office, c *bench.Client) error {
		get := func() error { _, err := c.Do(b.Context(), "office", http.MethodGet, path, ""); return err }
		if err := get(); err != nil {
			return err
		}
		b.ReportAllocs()
		b.ResetTimer()
		shared(b, 16, get)
		return nil
	})
}

var oneSize = bench.Size{Assignments: 2000, Events: 20000, Prefix: bench.Prefix}
