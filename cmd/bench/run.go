package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"duban/workflow"
	"duban/workflow/plan"
)

// Options are what is measured, and how often.
type Options struct {
	Self    string // the binary to measure: every process of it is started from this path
	Plan    string // plan file
	Data    string // folder of a generated store; "": one of its own, for the rates
	Rounds  int    // how often each thing is measured, in turns with its floor
	Slice   time.Duration
	Screens []int    // numbers of screens
	Profile string   // folder for profiles, "": none
	Only    []string // parts; none: all
	Out     io.Writer
}

// mostScreens bounds Options.Screens: this process has one end of each.
const mostScreens = 10_000

// parts are what can be measured alone.
var parts = []string{"reports", "reads", "screens", "memory", "overload", "verify", "start-up", "pages", "workbook", "floods"}

// Check refuses what cannot be measured.
func (o Options) Check() error {
	if o.Rounds < 1 || o.Rounds > 20 || o.Slice < 10*time.Millisecond || o.Slice > 10*time.Second {
		return fmt.Errorf("--rounds %d, --slice %v: want 1 to 20, and 10ms to 10s", o.Rounds, o.Slice)
	}
	for _, n := range o.Screens {
		if n < 1 || n > mostScreens {
			return fmt.Errorf("--screens %d: want 1 to %d", n, mostScreens)
		}
	}
	if len(o.Only) != 1 && slices.Contains(o.Only, "floods") || o.Data != "" && slices.Equal(o.Only, []string{"floods"}) {
		return errors.New("--only floods: measure it alone, on a store of its own (without --data)")
	}
	for _, part := range o.Only {
		if !slices.Contains(parts, part) {
			return fmt.Errorf("--only %q: want any of %s", part, strings.Join(parts, ", "))
		}
	}
	if o.Data != "" {
		if _, err := os.Stat(filepath.Join(o.Data, "duban.db")); err != nil {
			return fmt.Errorf("--data: %w; make one with duban generate", err)
		}
	}
	return nil
}

// wants reports whether the part is to be measured.
func (o Options) wants(part string) bool { return len(o.Only) == 0 || slices.Contains(o.Only, part) }

func (o Options) say(format string, args ...any) {
	_, _ = fmt.Fprintf(o.Out, format, args...) // a terminal that is gone cannot be told
}

// Run measures the program as processes of its own, over HTTP and websockets, in turns
// with floors that do the bare work only.
func Run(ctx context.Context, o Options) (err error) {
	dir, err := os.MkdirTemp("", "duban-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	b, err := os.ReadFile(o.Plan) // #nosec G304 -- the operator's --plan
	if err != nil {
		return err
	}
	p, err := plan.Parse(o.Plan, b)
	if err != nil {
		return err
	}
	r := &bencher{Options: o, dir: dir, rules: p, tokens: map[string]string{},
		program: program{self: o.Self, plan: o.Plan, password: filepath.Join(dir, "password"), profile: o.Profile}}
	if err := os.WriteFile(r.password, []byte(password+"\n"), 0o600); err != nil {
		return err
	}
	switch {
	case o.Data != "":
		return r.large(ctx)
	case slices.Equal(o.Only, []string{"floods"}):
		return r.floods(ctx)
	}
	return r.rates(ctx)
}

// password is every account's, on a store that is thrown away.
const password = "Bench-Heron-58-Candle" // #nosec G101 -- of no other store

// bencher runs the program and measures it.
type bencher struct {
	Options
	program
	dir    string
	rules  *plan.Plan
	tokens map[string]string // by account
	files  uint64            // how many this process may have open
	jobs   []job             // reports to file
	next   atomic.Int64      // of them
	floors int               // started so far
}

// site is the program while it serves, and who calls it.
type site struct {
	*server
	*Client
}

// with lets the program serve the data folder while do measures it. Every part has a
// process of its own: what one leaves in memory is not another's.
func (r *bencher) with(ctx context.Context, data, name string, do func(*site) error, env ...string) error {
	s, err := r.serve(ctx, data, strings.ReplaceAll(name, " ", "-"), env...)
	if err != nil {
		return err
	}
	c := NewClient(s.base, 128)
	c.Token = r.tokens
	err = do(&site{s, c})
	c.HTTP.CloseIdleConnections()
	if err = errors.Join(err, s.stop()); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// office is the account that reads, notes and has the screens.
const office = "bench-office"

// people makes the accounts that the load acts as, at the program that serves the data;
// those the store has already get new tokens.
func (r *bencher) people(ctx context.Context, data string, departments []string) error {
	type person struct{ name, unit, role string }
	all := []person{{office, plan.OfficeID, string(workflow.OfficeMan)}}
	for _, d := range departments {
		all = append(all, person{"bench-" + d, d, string(workflow.Liaison)})
	}
	at := []string{"--data", data, "--plan", r.program.plan}
	return r.with(ctx, data, "accounts", func(*site) error {
		there, err := r.run(ctx, append([]string{"user", "list"}, at...)...)
		if err != nil {
			return err
		}
		known := strings.Fields(there)
		var mu sync.Mutex
		var making sync.WaitGroup
		some := make(chan person)
		for range 4 {
			making.Go(func() {
				for p := range some {
					var token string
					var failed error
					if !slices.Contains(known, p.name) {
						_, failed = r.run(ctx, append([]string{"user", "add", p.name, "--unit", p.unit, "--role", p.role, "--password-file", r.password}, at...)...)
					}
					if failed == nil {
						token, failed = r.run(ctx, append([]string{"token", "add", "bench", "--as", p.name}, at...)...)
					}
					mu.Lock()
					r.tokens[p.name] = strings.TrimSpace(token)
					err = errors.Join(err, failed)
					mu.Unlock()
				}
			})
		}
		for _, p := range all {
			some <- p
		}
		close(some)
		making.Wait()
		return err
	})
}

// job is a report to be filed.
type job struct{ as, path, body string }

// Report is a full report on a task, as a program sends it.
func Report(t plan.Task) (string, error) {
	in := workflow.ReportInput{Progress: "本季度新增小微企业三千二百家，完成年度目标的百分之七十八。", NextSteps: "继续推进入园企业培育。"}
	for _, m := range t.Measures {
		in.Measures = append(in.Measures, workflow.MeasureInput{ID: m.ID, Status: workflow.UnderWay})
	}
	b, err := json.Marshal(in)
	return string(b), err
}

// prepare makes the reports that can be filed on what was generated.
func (r *bencher) prepare(made []Made) (err error) {
	bodies := map[int]string{}
	for _, t := range r.rules.Tasks {
		if bodies[t.Key], err = Report(t); err != nil {
			return err
		}
	}
	for _, m := range made {
		r.jobs = append(r.jobs, job{"bench-" + m.Department, "/api/v1/assignments/" + m.ID + "/reports", bodies[m.Task]})
	}
	return nil
}

// file files the next report and writes the answer to to.
func (r *bencher) file(ctx context.Context, c *Client, to io.Writer) error {
	n := int(r.next.Add(1)) - 1
	if n >= len(r.jobs) {
		return fmt.Errorf("all %d assignments are filed: take a shorter --slice or fewer --rounds", len(r.jobs))
	}
	j := r.jobs[n]
	_, err := c.Fetch(ctx, j.as, http.MethodPost, j.path, j.body, to)
	return err
}

// median is the middle one of what of tells of each.
func median[T any](all []T, of func(T) float64) float64 {
	var v []float64
	for _, x := range all {
		v = append(v, of(x))
	}
	slices.Sort(v)
	return v[len(v)/2]
}

func same(x float64) float64 { return x }

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
