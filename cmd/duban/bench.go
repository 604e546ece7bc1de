package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"duban/cmd/bench"
	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/plan"
)

// benching is what "duban bench" is told.
type benching struct {
	place
	rounds  int
	slice   time.Duration
	screens string
	profile string // folder for profiles, "": none
}

// define names the flags of this one command.
func (b *benching) define(f *flag.FlagSet) {
	f.StringVar(&b.plan, "plan", "tasks.yaml", "plan `file`")
	f.StringVar(&b.data, "data", "", "`folder` of a generated store: measure start-up, pages and the workbook on it instead of the rates")
	b.policy = "dengbao"
	f.IntVar(&b.rounds, "rounds", 5, "how `often` each thing is measured, in turns with its floor; 1 to 20")
	f.DurationVar(&b.slice, "slice", time.Second, "how `long` each turn is; at most 10s")
	f.StringVar(&b.profile, "profile", "", "`folder` to write a processor and an allocation profile of each thing measured to")
	f.StringVar(&b.screens, "screens", "100,1000", "comma-separated `numbers` of screens; at most 2000 each")
}

// runBench is "duban bench": it starts the program in this process on loopback and
// measures it in turns with floors that do the bare work only.
func runBench(ctx context.Context, args []string, e env) error {
	var b benching
	rest, err := parse(flags("bench", e, b.define), args, e)
	if err == nil {
		err = need(rest, 0, "bench [--rounds N] [--slice T] [--screens N,N] [--data DIR]")
	}
	if err == nil && (b.rounds < 1 || b.rounds > 20 || b.slice < 10*time.Millisecond || b.slice > 10*time.Second) {
		err = usage("duban: --rounds %d, --slice %v: want 1 to 20, and 10ms to 10s", b.rounds, b.slice)
	}
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "duban-bench-")
	if err != nil {
		return err
	}
	r := &bencher{benching: b, dir: dir, out: e}
	if b.data != "" {
		err = r.onLarge(ctx)
	} else {
		err = r.rates(ctx)
	}
	return errors.Join(err, os.RemoveAll(dir))
}

// bencher runs the program and measures it.
type bencher struct {
	benching
	dir    string
	out    env
	app    *app
	client *bench.Client
	bodies map[int]string // a report, by task
}

// reportsPerSecond is more than a machine of today files: so many assignments are
// made ready for each second of load.
const reportsPerSecond = 4000

// with runs the program on the data folder while do measures.
func (r *bencher) with(ctx context.Context, data string, do func(context.Context) error) error {
	password := filepath.Join(r.dir, "password")
	if err := os.WriteFile(password, []byte("Bench-Heron-58-Candle\n"), 0o600); err != nil {
		return err
	}
	s := settings{place: r.place, addr: "127.0.0.1:0", adminPassword: password}
	s.data = data
	var a *app
	err := r.profiled("start-up", func() (err error) { a, err = newApp(ctx, s, quiet(r.out), r.out); return err })
	if err != nil {
		return err
	}
	r.app, r.client = a, bench.NewClient("http://"+a.ln.Addr().String(), 128)
	if err := r.people(ctx); err != nil {
		return errors.Join(err, a.ln.Close(), a.h.store.Close())
	}
	inner, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- a.run(inner) }()
	err = do(ctx)
	r.client.HTTP.CloseIdleConnections()
	stop()
	return errors.Join(err, <-ended)
}

// people makes the accounts that the load acts as. A store that has them already
// gives them new tokens.
func (r *bencher) people(ctx context.Context) error {
	all := []account.NewAccount{{Name: "bench-office", Unit: plan.OfficeID, Role: workflow.OfficeMan}}
	p := r.app.h.rules().Plan
	for _, d := range p.Departments {
		all = append(all, account.NewAccount{Name: "bench-" + d.ID, Unit: d.ID, Role: workflow.Liaison})
	}
	r.bodies = map[int]string{}
	for _, t := range p.Tasks {
		in := workflow.ReportInput{Progress: "本季度新增小微企业三千二百家，完成年度目标的百分之七十八。", NextSteps: "继续推进入园企业培育。"}
		for _, m := range t.Measures {
			in.Measures = append(in.Measures, workflow.MeasureInput{ID: m.ID, Status: workflow.UnderWay})
		}
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		r.bodies[t.No] = string(b)
	}
	for _, n := range all {
		n.Password = "Bench-Heron-58-Candle"
		_, err := r.app.h.accounts.AddAccount(ctx, r.app.h.now(), account.Console, n)
		var known *workflow.Error
		if err != nil && !(errors.As(err, &known) && known.Code == "account.name_taken") {
			return refused(err)
		}
		token, _, err := r.app.h.accounts.AddToken(ctx, r.app.h.now(), account.Console, "bench", n.Name, time.Time{})
		if err != nil {
			return refused(err)
		}
		r.client.Token[n.Name] = token
	}
	return nil
}

// rates measures on a store of its own: rates, reads and fan-out.
func (r *bencher) rates(ctx context.Context) error {
	data := filepath.Join(r.dir, "data")
	p := r.place
	p.data = data
	n := min(mostAssignments/2, int(float64(reportsPerSecond*r.rounds)*max(r.slice.Seconds(), 0.1)))
	var work bench.Work
	err := withHouse(ctx, p, r.out, func(h *house) (err error) {
		work, err = bench.Generate(ctx, h.store, h.rules().Plan, h.now(), bench.Size{Assignments: n, Events: 2 * n, Prefix: "B"})
		return err
	})
	if err != nil {
		return err
	}
	floor, err := bench.NewFloor(filepath.Join(r.dir, "floor.db"))
	if err != nil {
		return err
	}
	err = r.with(ctx, data, func(ctx context.Context) error {
		for _, part := range []func() error{
			func() error { return r.reports(ctx, work, floor) },
			func() error { return r.reads(ctx, floor) },
			func() error { return r.fans(ctx, floor) },
		} {
			if err := part(); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, floor.Close())
}

// turns measures product and floor in turns and prints medians and their ratio.
func (r *bencher) turns(ctx context.Context, name string, clients int, product, floor func(client int) error) error {
	var ours, bare []bench.Result
	err := r.profiled(name, func() error {
		for range r.rounds {
			for i, fn := range []func(int) error{product, floor} {
				got, err := bench.Storm(ctx, clients, r.slice, fn)
				if err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				if i == 0 {
					ours = append(ours, got)
				} else {
					bare = append(bare, got)
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	rate := func(x bench.Result) float64 { return x.PerSecond }
	cpu := func(x bench.Result) float64 { return float64(x.CPU.Microseconds()) }
	tail := func(x bench.Result) float64 { return float64(x.P99.Microseconds()) / 1000 }
	say(r.out.out, "%-28s %9.0f/s   floor %9.0f/s   ratio %.2f   p99 %7.2f ms   floor %7.2f ms   ratio %.2f   cpu %4.0f µs, floor %4.0f µs\n", name,
		median(ours, rate), median(bare, rate), median(ours, rate)/median(bare, rate),
		median(ours, tail), median(bare, tail), median(ours, tail)/median(bare, tail), median(ours, cpu), median(bare, cpu))
	return nil
}

func median[T any](all []T, of func(T) float64) float64 {
	var v []float64
	for _, x := range all {
		v = append(v, of(x))
	}
	slices.Sort(v)
	return v[len(v)/2]
}

// reports files full reports over HTTP, each on an assignment of its own.
func (r *bencher) reports(ctx context.Context, work bench.Work, floor *bench.Floor) error {
	type job struct{ department, id string }
	var jobs []job
	for d, ids := range work {
		for _, id := range ids {
			jobs = append(jobs, job{d, id})
		}
	}
	var next atomic.Int64
	file := func(int) error {
		n := int(next.Add(1)) - 1
		if n >= len(jobs) {
			return fmt.Errorf("all %d assignments are filed: take a shorter --slice or fewer --rounds", len(jobs))
		}
		_, _, task, err := parts(jobs[n].id)
		if err != nil {
			return err
		}
		_, err = r.client.Do(ctx, "bench-"+jobs[n].department, http.MethodPost, "/api/v1/assignments/"+jobs[n].id+"/reports", r.bodies[task])
		return err
	}
	for _, clients := range []int{64, 1} {
		if err := r.turns(ctx, fmt.Sprintf("reports, %d clients", clients), clients, file, floor.Put); err != nil {
			return err
		}
	}
	return nil
}

// parts reads an assignment's id: B0001-06-lead-zrzyt.
func parts(id string) (period, rest string, task int, err error) {
	if len(id) < 9 {
		return "", "", 0, fmt.Errorf("%q is no generated assignment", id)
	}
	task, err = strconv.Atoi(id[6:8])
	return id[:5], id[9:], task, err
}
