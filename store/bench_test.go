package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"duban/store"
	"duban/store/storetest"
	"duban/workflow"
	"duban/workflow/plan"
)

// report is a filed report of ordinary size: about 1 KB of event and row.
func report(id string, n int) workflow.Event {
	return workflow.Event{Kind: workflow.KindReported, Assignment: id, Period: "2022Q3", Task: 1, Department: "scjg",
		From: workflow.InProgress, To: workflow.Reported,
		Texts: workflow.Texts{"progress": "本季度新增小微企业三千二百家，完成年度目标的百分之七十八。", "next_steps": "继续推进入园企业培育。",
			"obstacles": "", "forecast": "下季度预计新增三千家。"},
		Data: workflow.Data{N: n, Report: &workflow.ReportData{Measures: []workflow.MeasureData{{ID: "1.1", Status: workflow.UnderWay},
			{ID: "1.2", Status: workflow.Done}}, Figures: []workflow.Figure{}, Forecast: []workflow.Forecast{{Indicator: "G1.1", Value: plan.Num(3000)}}}}}
}

// BenchmarkVerify verifies a journal of 50,000 reports on 1,000 assignments, or
// of as many as STORE_VERIFY_EVENTS says.
func BenchmarkVerify(b *testing.B) {
	n := 50_000
	if v, err := strconv.Atoi(os.Getenv("STORE_VERIFY_EVENTS")); err == nil {
		n = v
	}
	dir := b.TempDir()
	s, err := store.Open(dir, store.Options{Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	for at := 0; at < n; {
		var events []workflow.Event
		for len(events) < 500 && at < n {
			e := storetest.Assigned(at%1000, "scjg")
			if at >= 1000 {
				e = report(e.Assignment, at/1000)
				if at/1000%8 == 0 { // life begins anew, so that rows stay of ordinary size
					e = storetest.Assigned(at%1000, "scjg")
				}
			}
			events = append(events, e)
			at++
		}
		if _, err := s.Change(context.Background(), workflow.Change{Received: time.Now(), Decide: just(events...)}); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for b.Loop() {
		start, cpu := time.Now(), cpuTime()
		s, err := store.OpenReadOnly(dir, store.Options{Now: time.Now})
		if err != nil {
			b.Fatal(err)
		}
		open := time.Since(start)
		r, err := s.Verify(context.Background(), nil)
		if err != nil || r.Events != uint64(n) {
			b.Fatal(r, err)
		}
		b.ReportMetric(float64(n)/time.Since(start).Seconds(), "events/s")
		b.ReportMetric((cpuTime() - cpu).Seconds(), "cpu-s") // two cores: at best half of it
		b.ReportMetric(float64(open.Microseconds())/1000, "open-ms")
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapSys)/(1<<20), "heap-MB")
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func just(events ...workflow.Event) func(workflow.View, time.Time) ([]workflow.Event, error) {
	return func(workflow.View, time.Time) ([]workflow.Event, error) { return events, nil }
}

// BenchmarkFigure files one figure on an indicator that has so many already.
func BenchmarkFigure(b *testing.B) {
	for _, points := range []int{100, 1000, 3000} {
		b.Run(fmt.Sprint(points), func(b *testing.B) {
			s, err := store.Open(b.TempDir(), store.Options{Now: time.Now})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			day := plan.Date{Year: 2022, Month: 9, Day: 30}
			figure := workflow.Event{Kind: workflow.KindFigureFiled, Data: workflow.Data{Indicator: "G1.1",
				Figure: &workflow.Figure{Indicator: "G1.1", Value: plan.Num(3000), AsOf: day}}}
			for left := points; left > 0; left -= 500 {
				var events []workflow.Event
				for range min(left, 500) {
					events = append(events, figure)
				}
				if _, err := s.Change(context.Background(), workflow.Change{Received: time.Now(), Decide: just(events...)}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			cpu := cpuTime()
			for b.Loop() {
				if _, err := s.Change(context.Background(), workflow.Change{Received: time.Now(), Decide: just(figure)}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((cpuTime()-cpu).Microseconds())/float64(b.N), "cpu-µs/op")
		})
	}
}

// BenchmarkLoad reads 100,000 rows of an ordinary life as a starting server does,
// and in the same run decodes them one after another with encoding/json. The metric
// ratio is the store's time over the floor's; ns/op is of both.
func BenchmarkLoad(b *testing.B) {
	const n = 100_000
	s, err := store.Open(b.TempDir(), store.Options{Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for at := 0; at < n; {
		var events []workflow.Event
		for ; len(events) < 2000; at++ {
			e := storetest.Assigned(at, "scjg")
			events = append(events, e, report(e.Assignment, 1))
		}
		if _, err := s.Change(context.Background(), workflow.Change{Received: time.Now(), Decide: just(events...)}); err != nil {
			b.Fatal(err)
		}
	}
	var plain [][]byte
	for row := range rowsOf(b, s) {
		plain = append(plain, storedJSON(b, row))
	}
	var ours, floor time.Duration
	for b.Loop() {
		begin := time.Now()
		rows := 0
		for range rowsOf(b, s) {
			rows++
		}
		ours += time.Since(begin)
		if rows != len(plain) || rows < n/2 {
			b.Fatalf("%d rows, want %d", rows, len(plain))
		}
		begin = time.Now()
		for _, v := range plain {
			var a workflow.Assignment
			if err := json.Unmarshal(v, &a); err != nil {
				b.Fatal(err)
			}
		}
		floor += time.Since(begin)
	}
	b.ReportMetric(ours.Seconds()/floor.Seconds(), "ratio")
}

func storedJSON(b *testing.B, row workflow.Assignment) []byte {
	v, err := json.Marshal(row)
	if err != nil {
		b.Fatal(err)
	}
	return v
}

// rowsOf lists every assignment in one read.
func rowsOf(b *testing.B, s *store.Store) iter.Seq[workflow.Assignment] {
	return func(yield func(workflow.Assignment) bool) {
		err := s.Read(context.Background(), func(v workflow.ReadView) error {
			for a, err := range v.AllAssignments() {
				if err != nil || !yield(a) {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
