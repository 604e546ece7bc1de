package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"io/fs"
	"log/slog"
	"os"
	"runtime/debug"
	"time"

	"duban/cmd/office"
	"duban/store"
	"duban/workflow/account/credential"
	"duban/workflow/calendar"
	"duban/workflow/plan"
)

// place is where a store and its plan are, and what time it is there: the flags
// that every command on a store shares.
type place struct {
	data, plan, calendar string
	policy               string
	passwords            string // file
	now                  instant
	madeUp               bool // what is recorded is made up, so that a rehearsal may go on from it
	pace
}

func (p *place) flags(f *flag.FlagSet) {
	f.StringVar(&p.data, "data", "./data", "`folder` of the store")
	f.StringVar(&p.plan, "plan", "tasks.yaml", "plan `file`")
	f.StringVar(&p.calendar, "calendar", "", "`folder` of YYYY.yaml files that replace or add to the published holidays")
	f.StringVar(&p.policy, "password-policy", "dengbao", "rules for passwords: dengbao or asvs")
	f.StringVar(&p.passwords, "password-list", "", "`file` of passwords nobody may choose, one a line")
	f.Var(&p.now, "now", "start the plan clock at this `instant` (RFC 3339), for rehearsals")
}

// instant is a flag's RFC 3339 time.
type instant struct{ time.Time }

func (i *instant) String() string {
	if i.IsZero() {
		return ""
	}
	return i.Format(time.RFC3339)
}

// Set reads the flag.
func (i *instant) Set(s string) (err error) {
	i.Time, err = time.Parse(time.RFC3339, s)
	if err != nil {
		return errors.New("want an instant such as 2022-09-20T09:00:00+08:00")
	}
	return nil
}

// clock is the plan clock: the machine's wall clock, or one that was started at
// another instant and runs at the same speed. Neither carries Go's monotonic
// reading: a jump of the wall clock is seen.
func (i instant) clock() func() time.Time {
	if i.IsZero() {
		return func() time.Time { return time.Now().Round(0) }
	}
	began := time.Now()
	return func() time.Time { return i.Time.Add(time.Since(began)).Round(time.Microsecond) }
}

// where is the place as an office is told it. Logs go to log; evidence is bounded by the quota.
func (p place) where(log *slog.Logger, quota store.Quota) (office.Place, error) {
	o := office.Place{Data: p.data, Now: p.time(), Real: !p.rehearses(), MadeUp: p.madeUp, Log: log, Quota: quota, Random: rand.Reader,
		Plan: func() (*plan.Plan, []byte, error) { return readPlan(p.plan) }, PlanName: p.plan}
	if p.demo {
		o.People = wall
	}
	var ok bool
	if o.Policy, ok = credential.FindPolicy(p.policy); !ok {
		return o, usage("duban: --password-policy %q: want dengbao or asvs", p.policy)
	}
	var err error
	if o.Policy.Banned, err = passwordList(p.passwords); err != nil {
		return o, err
	}
	o.Calendar, err = p.days()
	return o, err
}

// open opens the store for one command.
func (p place) open(ctx context.Context, log *slog.Logger) (*office.House, error) {
	o, err := p.where(log, store.Quota{})
	if err != nil {
		return nil, err
	}
	h, err := office.OpenHouse(ctx, o)
	return h, p.refusal(err)
}

// refusal says what is to be done about a store that can't be opened.
func (p place) refusal(err error) error {
	var real *office.RealWorkError
	if errors.As(err, &real) {
		return usage("duban: --now: %s holds real work, recorded since %s, and a rehearsal's clock would spoil it; rehearse on a store of its own: --data ./data/rehearsal\n"+
			"duban: --now：%[1]s 中有真实工作记录（自 %[2]s 起），演练时钟会把它写乱；演练请另用数据目录，例如 --data ./data/rehearsal", p.data, real.Since.Format(time.RFC3339))
	}
	return inUse(err)
}

// passwordList reads the file of --password-list; none is no list.
func passwordList(file string) (*credential.Banned, error) {
	if file == "" {
		return nil, nil
	}
	r, err := os.Open(file) // #nosec G304 -- the operator's own file
	if err != nil {
		return nil, usage("duban: --password-list: %v", err)
	}
	l, err := credential.ReadBanned(r)
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, usage("duban: --password-list: %s: %v", file, err)
	}
	return l, nil
}

func (p place) days() (*calendar.Calendar, error) {
	var own fs.FS
	if p.calendar != "" {
		own = os.DirFS(p.calendar)
	}
	cal, err := calendar.New(calendar.Published(), own)
	if err != nil {
		return nil, usage("duban: --calendar: %v", err)
	}
	return cal, nil
}

// quiet is the log of commands that a person runs: warnings and worse.
func quiet(e env) *slog.Logger {
	return slog.New(slog.NewTextHandler(e.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// withHouse opens the house for one command and closes it; inside a server it is
// the server's.
func withHouse(ctx context.Context, p place, e env, do func(*office.House) error) error {
	if s, here := within(ctx); here {
		return do(s.office.House)
	}
	h, err := p.open(ctx, quiet(e))
	if err != nil {
		return err
	}
	return h.Close(do(h))
}

// build names this build: the release's version, or the commit it was built from.
func build() string {
	if version != "dev" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				return "dev-" + s.Value[:12]
			}
		}
	}
	return version
}

// pace is how a rehearsal's plan clock runs. The zero pace is a server's own.
type pace struct {
	demo  bool             // sample data
	speed float64          // plan seconds in a real one; 0: 1
	fast  func() time.Time // the plan clock; nil: the one of --now
}

// time is the plan clock.
func (p place) time() func() time.Time {
	if p.fast != nil {
		return p.fast
	}
	return p.now.clock()
}

// rehearses reports whether the plan clock does not show real time.
func (p place) rehearses() bool { return p.demo || !p.now.IsZero() }
