package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"duban/cmd/demo"
	"duban/cmd/office"
	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/calendar"
	"duban/workflow/plan"
)

// rehearsal is what "duban demo" is told.
type rehearsal struct {
	settings
	from  string  // first day
	until instant // from then on at real speed; zero: the plan's end
	seed  uint64
}

// The rehearsal's defaults: a quarter in about three minutes.
const (
	demoSpeed = 44_000
	demoFrom  = "2022-07-01"
	demoSeed  = 497                    // with it every state is on the wall in the evening of the first quarter's last day
	demoLook  = 150 * time.Millisecond // how often the sample units look what is due
	demoAfter = 15                     // days past the plan's end, from where the clock runs at real speed
)

func (r *rehearsal) flags(f *flag.FlagSet) {
	f.StringVar(&r.addr, "addr", "127.0.0.1:8080", "`address` to serve on")
	f.StringVar(&r.plan, "plan", "tasks.yaml", "plan `file`")
	r.policy = "dengbao"
	f.Float64Var(&r.speed, "speed", demoSpeed, "how many `times` faster than real the plan clock runs")
	f.StringVar(&r.from, "from", demoFrom, "the plan's `day` to start on")
	f.Var(&r.until, "until", "let the plan clock run at real speed from this `instant` on (RFC 3339)")
	f.Uint64Var(&r.seed, "seed", demoSeed, "`number` that decides who is late, what is returned and what the figures are")
}

// runDemo is "duban demo": a rehearsal on a store of its own, which is gone at the
// end. Sample units act through the HTTP interface; every page says that it is
// sample data.
func runDemo(ctx context.Context, args []string, e env) error {
	var r rehearsal
	rest, err := parse(flags("demo", e, r.flags), args, e)
	if err == nil {
		err = need(rest, 0, "demo [--addr A] [--speed N] [--from DAY] [--until INSTANT] [--seed N]")
	}
	if err == nil && !(r.speed >= 1 && r.speed <= 1e6) {
		err = usage("duban: --speed %v: want 1 to 1000000", r.speed)
	}
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "duban-demo-")
	if err != nil {
		return err
	}
	password, err := r.secretIn(dir)
	if err == nil {
		r.data = filepath.Join(dir, "store")
		err = r.play(ctx, password, e)
	}
	return errors.Join(err, os.RemoveAll(dir))
}

// secretIn draws the password of all sample accounts and puts it where the first
// admin's is read. It is drawn anew each time: the address may be open to others.
func (r *rehearsal) secretIn(dir string) (string, error) {
	var b [6]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", err
	}
	password := "Demo-" + hex.EncodeToString(b[:])
	r.adminPassword = filepath.Join(dir, "password")
	return password, os.WriteFile(r.adminPassword, []byte(password+"\n"), 0o600)
}

// play opens the house, tells the logins, and serves with the cast on stage.
func (r *rehearsal) play(ctx context.Context, password string, e env) error {
	if err := r.setClock(); err != nil {
		return err
	}
	log := quiet(e)
	a, err := newOffice(ctx, r.settings, log, e)
	if err != nil {
		return err
	}
	base := "http://" + a.Addr().String()
	cast, err := newCast(ctx, a, log, base, password, r.seed, e)
	if err != nil {
		return errors.Join(err, a.Stop(ctx))
	}
	inner, leave := context.WithCancel(ctx)
	gone := make(chan error, 1)
	go func() {
		err := cast.Prepare(inner)
		switch {
		case err == nil:
			cast.Run(inner, demoLook)
		case inner.Err() == nil: // an empty stage is no rehearsal
			gone <- fmt.Errorf("the sample units cannot begin: %w", err)
			leave()
			return
		}
		gone <- nil
	}()
	err = serveUntil(inner, a)
	leave()
	return errors.Join(err, <-gone)
}

// setClock starts the plan clock on the day, at its speed. Past --until, or the
// plan's end, it goes on at real speed.
func (r *rehearsal) setClock() error {
	p, _, err := readPlan(r.plan)
	if err != nil {
		return err
	}
	day, err := calendar.ParseDate(r.from)
	if err != nil || day.Before(p.From) || p.To.Before(day) {
		return usage("duban: --from %q: want a day of the plan, %s to %s", r.from, p.From, p.To)
	}
	start := day.In(p.Zone).Add(8*time.Hour + 30*time.Minute)
	end := p.To.AddDays(demoAfter).In(p.Zone)
	if !r.until.IsZero() {
		end = r.until.In(p.Zone)
	}
	if !start.Before(end) {
		return usage("duban: --until %s: want an instant after %s", r.until.String(), start.Format(time.RFC3339))
	}
	began := time.Now()
	r.fast = func() time.Time { return fast(start, end, time.Since(began), r.speed) }
	r.demo = true
	return nil
}

// fast is the instant of a clock that started at start and has run for so long at
// the speed, but from end on at real speed.
func fast(start, end time.Time, ran time.Duration, speed float64) time.Time {
	needed := time.Duration(float64(end.Sub(start)) / speed)
	if ran >= needed {
		return end.Add(ran - needed).Round(time.Microsecond)
	}
	return start.Add(time.Duration(float64(ran) * speed)).Round(time.Microsecond)
}

// newCast makes the sample accounts and their tokens, prints the logins, and answers
// who will act.
func newCast(ctx context.Context, a *office.Office, log *slog.Logger, base, password string, seed uint64, e env) (*demo.Cast, error) {
	rules := a.Rules()
	people := []account.NewAccount{
		{Name: "office", Unit: plan.OfficeID, Role: workflow.OfficeMan}, {Name: "director", Unit: plan.OfficeID, Role: workflow.Director},
		{Name: "leader", Unit: plan.OfficeID, Role: workflow.Viewer}, {Name: "auditor", Unit: plan.OfficeID, Role: workflow.Auditor},
	}
	for _, d := range rules.Plan.Departments {
		people = append(people, account.NewAccount{Name: d.ID, Unit: d.ID, Role: workflow.Liaison})
	}
	tokens := map[string]string{}
	say(e.out, "样例数据 / sample data\n%s\n", base)
	say(e.out, "  %-10s %-9s %s\n", "admin", workflow.Admin, rules.Plan.Name(plan.OfficeID))
	for _, p := range people {
		p.Password = password
		made, err := a.Accounts.AddAccount(ctx, a.Now(), account.Console, p)
		if err != nil {
			return nil, refused(err)
		}
		say(e.out, "  %-10s %-9s %s\n", made.Name, made.Role, rules.Plan.Name(made.Unit))
		if made.Role != workflow.Liaison && made.Role != workflow.OfficeMan {
			continue
		}
		if tokens[made.Unit], _, err = a.Accounts.AddToken(ctx, a.Now(), account.Console, "sample unit", made.Name, time.Time{}); err != nil {
			return nil, refused(err)
		}
	}
	say(e.out, "password of all: %s\nboard: %s/board\n", password, base)
	return &demo.Cast{Base: base, Client: &http.Client{Timeout: 20 * time.Second}, Tokens: tokens, Plan: rules.Plan, Clock: rules.Clock,
		Workday: rules.Clock.Calendar.IsWorkday, Now: a.Now, Seed: seed, Log: log}, nil
}
