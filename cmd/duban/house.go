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

	"duban/store"
	"duban/workflow"
	"duban/workflow/account"
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

// house is an open store with its plan in force and the desks that act on it.
type house struct {
	store    *store.Store
	desk     *workflow.Desk
	accounts *account.Desk
	now      func() time.Time
	log      *slog.Logger
	inForce  *workflow.InForce
	// settled waits until everybody is shown what was recorded up to a position; nil: nobody
	// is shown anything here.
	settled func(ctx context.Context, seq uint64) error
	unlock  func(account string) // forgets failed logins; nil: there are none to forget
	issuer  string               // the provider people log in through; empty: none, or no server runs here
	people  func() time.Time     // the clock sessions and delegations live by; nil: now
	traces  traces               // what was there before the store was opened
	waiting string               // the plan file's digest when it differs from the plan in force
}

// hour is the time sessions and delegations live by.
func (h *house) hour() time.Time {
	if h.people != nil {
		return h.people()
	}
	return h.now()
}

func (h *house) rules() workflow.Rules {
	return h.inForce.Rules()
}

// open opens the store, makes it if it is not there, and puts the plan in force:
// the file's on a fresh store, the stored one on any other. Evidence is bounded by the quota.
func (p place) open(ctx context.Context, log *slog.Logger, quota store.Quota) (*house, error) {
	policy, ok := account.FindPolicy(p.policy)
	if !ok {
		return nil, usage("duban: --password-policy %q: want dengbao or asvs", p.policy)
	}
	var err error
	if policy.Banned, err = passwordList(p.passwords); err != nil {
		return nil, err
	}
	h := &house{now: p.time(), log: log}
	policy.Words = func() []string { return account.HouseWords(h.rules().Plan) }
	cal, err := p.days()
	if err != nil {
		return nil, err
	}
	file, source, planErr := readPlan(p.plan)
	if planErr != nil && !missing(planErr) {
		return nil, planErr
	}
	if h.traces, err = tracesAt(p.data); err != nil {
		return nil, err
	}
	if planErr != nil && !h.traces.store {
		return nil, planErr // only a store that is there has a plan of its own
	}
	h.store, err = store.Open(p.data, store.Options{Now: h.now, Logger: log, Quota: quota, Rehearsal: p.rehearses() || p.madeUp})
	if err != nil {
		return nil, inUse(err)
	}
	if err := p.fit(ctx, h.store); err != nil {
		return nil, h.close(err)
	}
	if err := h.putInForce(ctx, file, source, planErr, cal); err != nil {
		return nil, h.close(err)
	}
	h.desk = workflow.NewRunningDesk(h.store, h.inForce)
	h.accounts = &account.Desk{Store: h.store, Hasher: account.NewHasher(rand.Reader, account.DefaultCost), Random: rand.Reader,
		Policy: policy, FindUnit: h.unit}
	if p.demo {
		h.accounts.Store = realTime{h.store}
	}
	return h, nil
}

// close ends the house. When what it was opened for was refused, a store made for that
// goes with it.
func (h *house) close(refused error) error {
	closed := h.store.Close()
	if refused == nil || closed != nil {
		return errors.Join(refused, closed)
	}
	return errors.Join(refused, h.traces.clear())
}

// fit refuses a rehearsal on a store that holds real work: its clock would mark that
// overdue, or open periods of another year, for good.
func (p place) fit(ctx context.Context, s *store.Store) error {
	if !p.rehearses() {
		return nil
	}
	real, err := s.RealWork(ctx)
	if err != nil || real.IsZero() {
		return err
	}
	return usage("duban: --now: %s holds real work, recorded since %s, and a rehearsal's clock would spoil it; rehearse on a store of its own: --data ./data/rehearsal\n"+
		"duban: --now：%[1]s 中有真实工作记录（自 %[2]s 起），演练时钟会把它写乱；演练请另用数据目录，例如 --data ./data/rehearsal", p.data, real.Format(time.RFC3339))
}

// passwordList reads the file of --password-list; none is no list.
func passwordList(file string) (*account.Banned, error) {
	if file == "" {
		return nil, nil
	}
	r, err := os.Open(file) // #nosec G304 -- the operator's own file
	if err != nil {
		return nil, usage("duban: --password-list: %v", err)
	}
	l, err := account.ReadBanned(r)
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, usage("duban: --password-list: %s: %v", file, err)
	}
	return l, nil
}

func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

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

// putInForce finds the plan the store stands on, with the versions before it. A file
// that differs is only named: it is put in force by command, never by a restart.
func (h *house) putInForce(ctx context.Context, file *plan.Plan, source []byte, planErr error, cal *calendar.Calendar) error {
	rules, err := standingRules(ctx, h.store, cal)
	if errors.Is(err, errNoPlan) {
		if planErr != nil {
			return planErr
		}
		if rules, err = workflow.NewRules(file, cal); err != nil {
			return err
		}
		desk := workflow.NewDesk(h.store, func() workflow.Rules { return rules })
		if _, _, err = desk.LoadPlan(ctx, h.now(), file, source); err == nil {
			rules, err = standingRules(ctx, h.store, cal)
		}
	}
	if err != nil {
		return err
	}
	if file != nil && file.Digest != rules.Plan.Digest {
		h.waiting = file.Digest
	}
	h.inForce = workflow.NewInForce(rules)
	return nil
}

// errNoPlan is said of a store that stands on no plan yet.
var errNoPlan = errors.New("no plan was loaded into this store")

// standingRules are the rules of the plan a store stands on.
func standingRules(ctx context.Context, s *store.Store, cal *calendar.Calendar) (workflow.Rules, error) {
	versions, err := workflow.ReadVersions(ctx, s)
	if err != nil {
		return workflow.Rules{}, err
	}
	if len(versions) == 0 {
		return workflow.Rules{}, errNoPlan
	}
	rules, err := workflow.NewRules(versions[len(versions)-1].Plan, cal)
	rules.Versions = &versions
	return rules, err
}

// unit resolves a department's name or id, or the office's.
func (h *house) unit(s string) (string, bool) {
	p := h.rules().Plan
	if s == plan.OfficeID || s == p.Office.Name || s == p.Office.ShortName {
		return plan.OfficeID, true
	}
	d, ok := p.FindDepartment(s)
	return d.ID, ok
}

// quiet is the log of commands that a person runs: warnings and worse.
func quiet(e env) *slog.Logger {
	return slog.New(slog.NewTextHandler(e.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// withHouse opens the house for one command and closes it; inside a server it is
// the server's.
func withHouse(ctx context.Context, p place, e env, do func(*house) error) error {
	if s, here := within(ctx); here {
		return do(s.house)
	}
	h, err := p.open(ctx, quiet(e), store.Quota{})
	if err != nil {
		return err
	}
	return h.close(do(h))
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
