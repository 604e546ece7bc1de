package bench

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
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

// BenchmarkReport64 and BenchmarkReport1 file reports through the store and, in
// the same run, write the bare floor: bbolt with the same group commit, one row,
// one event and one index key of the same size. The metric ratio is the store's
// rate over the floor's, taken in alternating slices.
func BenchmarkReport64(b *testing.B) { benchmarkReport(b, 64) }
func BenchmarkReport1(b *testing.B)  { benchmarkReport(b, 1) }

func benchmarkReport(b *testing.B, clients int) {
	dir := b.TempDir()
	s, err := store.Open(dir, store.Options{Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	ids := make([]string, 64)
	for i := range ids {
		e := storetest.Assigned(i, "scjg")
		ids[i] = e.Assignment
		if _, err := s.Change(context.Background(), workflow.Change{Received: time.Now(), Decide: just(e)}); err != nil {
			b.Fatal(err)
		}
	}
	floor, err := NewFloor(filepath.Join(b.TempDir(), "floor.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := floor.Close(); err != nil {
			b.Error(err)
		}
	}()
	var keys atomic.Uint64
	product := func(c int) error {
		id := ids[c]
		_, err := s.Change(context.Background(), workflow.Change{Key: fmt.Sprintf("li:%d", keys.Add(1)), Subject: id,
			Received: time.Now(), Actor: workflow.Actor{User: "li", Unit: "scjg"},
			Decide: func(v workflow.View, _ time.Time) ([]workflow.Event, error) {
				a, _, err := v.Assignment(id)
				n := len(a.Reports) + 1
				if n > 4 { // reports per assignment stay few in life
					return []workflow.Event{storetest.Assigned(c, "scjg")}, err
				}
				return []workflow.Event{report(id, n)}, err
			}})
		return err
	}
	const slice = 400 * time.Millisecond
	var rates, cpu [2]float64
	b.ResetTimer()
	for rounds, total := 1, 0; ; rounds++ {
		for i, fn := range []func(int) error{product, floor.Put} {
			got, err := Storm(context.Background(), clients, slice, Used, fn)
			if err != nil {
				b.Fatal(err)
			}
			rates[i] += got.PerSecond
			cpu[i] += float64(got.CPU.Nanoseconds()) / 1000
			total += int(got.PerSecond * slice.Seconds())
		}
		if total >= b.N {
			n := float64(rounds)
			b.ReportMetric(rates[0]/n, "reports/s")
			b.ReportMetric(rates[1]/n, "floor/s")
			b.ReportMetric(rates[0]/rates[1], "ratio")
			b.ReportMetric(cpu[0]/n, "cpu-µs/report")
			b.ReportMetric(cpu[1]/n, "floor-cpu-µs/report")
			return
		}
	}
}

func just(events ...workflow.Event) func(workflow.View, time.Time) ([]workflow.Event, error) {
	return func(workflow.View, time.Time) ([]workflow.Event, error) { return events, nil }
}
