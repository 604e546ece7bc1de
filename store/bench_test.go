package store_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"duban/store"
	"duban/store/storetest"
	"duban/workflow"
	"duban/workflow/plan"

	"go.etcd.io/bbolt"
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
	floor := newFloor(b)
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
	var rates [2]float64
	b.ResetTimer()
	total := 0
	for rounds := 1; ; rounds++ {
		for i, fn := range []func(int) error{product, floor} {
			n := storm(b, clients, slice, fn)
			rates[i] += float64(n) / slice.Seconds()
			total += n
		}
		if total >= b.N {
			b.ReportMetric(rates[0]/float64(rounds), "reports/s")
			b.ReportMetric(rates[1]/float64(rounds), "floor/s")
			b.ReportMetric(rates[0]/rates[1], "ratio")
			return
		}
	}
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

func storm(b *testing.B, clients int, d time.Duration, fn func(int) error) int {
	var n atomic.Int64
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for c := range clients {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := fn(c); err != nil {
					b.Error(err)
					return
				}
				n.Add(1)
			}
		})
	}
	time.Sleep(d)
	close(stop)
	wg.Wait()
	return int(n.Load())
}

// newFloor is the least a durable report costs: a committer that runs what waits
// in one bbolt transaction of ready-made bytes.
func newFloor(b *testing.B) func(int) error {
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "floor.db"), 0o600, &bbolt.Options{InitialMmapSize: 1 << 30,
		FreelistType: bbolt.FreelistMapType, NoStatistics: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	buckets := [][]byte{[]byte("rows"), []byte("events"), []byte("index")}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, n := range buckets {
			if _, err := tx.CreateBucket(n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	f := &floor{db: db, jobs: make(chan floorJob, 1024), buckets: buckets}
	go f.run()
	b.Cleanup(func() { close(f.jobs) })
	return func(c int) error {
		j := floorJob{c, make(chan error, 1)}
		f.jobs <- j
		return <-j.done
	}
}

type floorJob struct {
	client int
	done   chan error
}

type floor struct {
	db      *bbolt.DB
	jobs    chan floorJob
	buckets [][]byte
	seq     uint64
}

func (f *floor) run() {
	last, wait := 0, time.Duration(0)
	for j := range f.jobs {
		batch := f.collect([]floorJob{j}, last, wait)
		start := time.Now()
		err := f.db.Update(func(tx *bbolt.Tx) error { return f.put(tx, batch) })
		last, wait = len(batch), min(time.Since(start)/4, 2*time.Millisecond)
		for _, j := range batch {
			j.done <- err
		}
	}
}

func (f *floor) collect(batch []floorJob, last int, wait time.Duration) []floorJob {
	deadline := time.After(wait)
	for len(batch) < 256 {
		select {
		case j, ok := <-f.jobs:
			if !ok {
				return batch
			}
			batch = append(batch, j)
			continue
		default:
		}
		if last < 2 || len(batch) >= last {
			break
		}
		select {
		case j, ok := <-f.jobs:
			if !ok {
				return batch
			}
			batch = append(batch, j)
		case <-deadline:
			return batch
		}
	}
	return batch
}

// put writes a row of 600 bytes, an event of 1,000 and an index key for each job.
func (f *floor) put(tx *bbolt.Tx, batch []floorJob) error {
	row, event := make([]byte, 600), make([]byte, 1000)
	for _, j := range batch {
		f.seq++
		k := binary.BigEndian.AppendUint64(nil, f.seq)
		id := fmt.Appendf(nil, "2022Q3-%02d-lead-scjg", j.client)
		if err := tx.Bucket(f.buckets[0]).Put(id, row); err != nil {
			return err
		}
		if err := tx.Bucket(f.buckets[1]).Put(k, event); err != nil {
			return err
		}
		if err := tx.Bucket(f.buckets[2]).Put(append(id, k...), nil); err != nil {
			return err
		}
	}
	return nil
}

func just(events ...workflow.Event) func(workflow.View, time.Time) ([]workflow.Event, error) {
	return func(workflow.View, time.Time) ([]workflow.Event, error) { return events, nil }
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
