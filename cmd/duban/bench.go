package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
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
	only    string // what is measured, comma-separated; "": all
}

// define names the flags of this one command.
func (b *benching) define(f *flag.FlagSet) {
	f.StringVar(&b.plan, "plan", "tasks.yaml", "plan `file`")
	f.StringVar(&b.data, "data", "", "`folder` of a generated store: measure start-up, pages and the workbook on it instead of the rates")
	b.policy = "dengbao"
	f.IntVar(&b.rounds, "rounds", 5, "how `often` each thing is measured, in turns with its floor; 1 to 20")
	f.DurationVar(&b.slice, "slice", time.Second, "how `long` each turn is; at most 10s")
	f.StringVar(&b.profile, "profile", "", "`folder` to write a processor and an allocation profile of each thing measured to")
	f.StringVar(&b.only, "only", "", "comma-separated `parts` to measure, of reports, reads, screens, overload, verify, start-up, pages, workbook; all if not given")
	f.StringVar(&b.screens, "screens", "100,1000", "comma-separated `numbers` of screens; at most 10000 each")
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
	if err == nil {
		_, err = b.crowds()
	}
	if err == nil {
		err = b.known()
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

// benchParts are what can be measured alone.
var benchParts = []string{"reports", "reads", "screens", "overload", "verify", "start-up", "pages", "workbook"}

// known refuses parts that there are not.
func (b *benching) known() error {
	for _, part := range words(b.only) {
		if !slices.Contains(benchParts, part) {
			return usage("duban: --only %q: want any of %s", part, strings.Join(benchParts, ", "))
		}
	}
	return nil
}

// wants reports whether the part is to be measured.
func (b *benching) wants(part string) bool {
	return b.only == "" || slices.Contains(words(b.only), part)
}

// bencher runs the program and measures it.
type bencher struct {
	benching
	dir    string
	out    env
	app    *app
	client *bench.Client
	bodies map[int]string // a report, by task
	files  uint64         // how many this process may have open
	filed  *filing        // what reports are filed on
}

// reportsPerSecond is more than a machine of today files: so many assignments are
// made ready for each second of load.
const reportsPerSecond = 12_000

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
	screens, err := r.crowds()
	if err == nil { // before the server takes its own limit from it
		r.files, err = openFiles(uint64(2*slices.Max(append(screens, 0)) + filesBeside)) // #nosec G115 -- at most mostScreens
	}
	if err != nil {
		return err
	}
	data := filepath.Join(r.dir, "data")
	p := r.place
	p.data = data
	n := min(mostAssignments/2, int(float64(reportsPerSecond*r.rounds)*max(r.slice.Seconds(), 0.1)))
	var work bench.Work
	err = withHouse(ctx, p, r.out, func(h *house) (err error) {
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
		return r.parts(benchPart{"reports", func() error { return r.reports(ctx, work, floor) }},
			benchPart{"reads", func() error { return r.reads(ctx, floor) }},
			benchPart{"screens", func() error { return r.fans(ctx, floor) }},
			benchPart{"overload", func() error { return r.overload(ctx, work) }})
	})
	return errors.Join(err, floor.Close())
}

// benchPart is something that can be measured alone.
type benchPart struct {
	name    string
	measure func() error
}

// parts measures those that are wanted, one after the other.
func (r *bencher) parts(all ...benchPart) error {
	for _, p := range all {
		if !r.wants(p.name) {
			continue
		}
		if err := p.measure(); err != nil {
			return err
		}
	}
	return nil
}

// beside is a floor and what its line is called.
type beside struct {
	name string
	call func(client int) error
}

// turns measures product and floors in turns and prints medians and their ratios,
// a line for each floor.
func (r *bencher) turns(ctx context.Context, name string, clients int, product func(client int) error, floors ...beside) error {
	got := make([][]bench.Result, 1+len(floors))
	err := r.profiled(name, func() error {
		for range r.rounds {
			for i := range got {
				call := product
				if i > 0 {
					call = floors[i-1].call
				}
				one, err := bench.Storm(ctx, clients, r.slice, call)
				if err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				got[i] = append(got[i], one)
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
	ours := got[0]
	for i, f := range floors {
		bare := got[i+1]
		say(r.out.out, "%-28s %9.0f/s   %s %9.0f/s   ratio %.2f   p99 %7.2f ms   floor %7.2f ms   ratio %.2f   cpu %4.0f µs, floor %4.0f µs, ratio %.1f\n", name,
			median(ours, rate), f.name, median(bare, rate), median(ours, rate)/median(bare, rate),
			median(ours, tail), median(bare, tail), median(ours, tail)/median(bare, tail), median(ours, cpu), median(bare, cpu), median(ours, cpu)/median(bare, cpu))
	}
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

// filing files one full report after the other, each on an assignment of its own.
type filing struct {
	r    *bencher
	jobs []filingJob
	next atomic.Int64
}

type filingJob struct{ as, path, body string }

// filing is made once: what one part has filed is filed.
func (r *bencher) filing(work bench.Work) (*filing, error) {
	if r.filed != nil {
		return r.filed, nil
	}
	f := &filing{r: r}
	for d, ids := range work {
		for _, id := range ids {
			_, _, task, err := parts(id)
			if err != nil {
				return nil, err
			}
			f.jobs = append(f.jobs, filingJob{"bench-" + d, "/api/v1/assignments/" + id + "/reports", r.bodies[task]})
		}
	}
	r.filed = f
	return f, nil
}

// one files the next report.
func (f *filing) one(ctx context.Context) error { return f.into(ctx, io.Discard) }

// into files the next report and writes the answer to to.
func (f *filing) into(ctx context.Context, to io.Writer) error {
	n := int(f.next.Add(1)) - 1
	if n >= len(f.jobs) {
		return fmt.Errorf("all %d assignments are filed: take a shorter --slice or fewer --rounds", len(f.jobs))
	}
	j := f.jobs[n]
	_, err := f.r.client.Fetch(ctx, j.as, http.MethodPost, j.path, j.body, to)
	return err
}

// reports files full reports over HTTP, each on an assignment of its own.
func (r *bencher) reports(ctx context.Context, work bench.Work, floor *bench.Floor) error {
	f, err := r.filing(work)
	if err != nil {
		return err
	}
	file := func(int) error { return f.one(ctx) }
	bare, err := bench.NewBare(floor, floor.Row)
	if err != nil {
		return err
	}
	defer func() { _ = bare.Close() }() // it only serves
	web := bench.NewClient(bare.Base, 64)
	defer web.HTTP.CloseIdleConnections()
	post := func(n int) error {
		_, err := web.Do(ctx, "", http.MethodPost, "/"+strconv.Itoa(n), f.jobs[0].body)
		return err
	}
	for _, clients := range []int{64, 1} {
		err := r.turns(ctx, fmt.Sprintf("reports, %d clients", clients), clients, file,
			beside{"floor", floor.Put}, beside{"floor over HTTP", post})
		if err != nil {
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
