package ledger_test

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"duban/store"
	"duban/store/storetest"
	"duban/workflow"
	"duban/workflow/calendar"
	"duban/workflow/ledger"
)

// TestYearsOfTheClock lets years pass over a real store in a temporary folder and
// does what the server's clock does each second, at instants drawn at random: by
// the minute about deadlines, by the day in between, after standstills of weeks,
// with the clock set back and put right again, with restarts from the disk. People
// accept, extend and withdraw meanwhile.
//
// What must come of each look is said by a model of its own: it counts workdays
// from the calendar files day by day and knows nothing of workflow's rules. Every
// deadline expires once, effective at its due instant; every reminder is sent once;
// every period that a look falls into is opened once; nothing else is written.
//
//	DUBAN_YEARS=10 go test -timeout 60m ./workflow/ledger -run TestYearsOfTheClock -v
func TestYearsOfTheClock(t *testing.T) {
	t.Parallel()
	years, seed := 1, uint64(1)
	for name, to := range map[string]func(int){"DUBAN_YEARS": func(n int) { years = n },
		"DUBAN_YEARS_SEED": func(n int) { seed = uint64(n) }} { // #nosec G115 -- any number is a seed
		if s := os.Getenv(name); s != "" {
			n, err := strconv.Atoi(s)
			if err != nil || n < 1 {
				t.Fatalf("%s=%q: want a number of 1 or more", name, s)
			}
			to(n)
		}
	}
	d := newDecade(t, seed)
	for end := d.clock.AddDate(years, 0, 0); d.high.Before(end); {
		d.pass()
		d.look()
		d.people()
		if d.rand.IntN(60) == 0 {
			d.restart()
		}
	}
	d.accounts(years)
}

// decade is the store, its clock, and what the model says has happened.
type decade struct {
	testing.TB
	dir    string
	rand   *rand.Rand
	rules  workflow.Rules
	store  *store.Store
	desk   *workflow.Desk
	book   *ledger.Book
	stop   func()
	clock  time.Time // the machine's
	high   time.Time // the highest instant work was recorded at
	seq    uint64    // read so far
	off    map[string]bool
	worked map[string]bool

	rows    map[string]*expectation
	periods map[string]int

	looks, back, restarts, expired, reminded, acts int
}

// expectation is what the model knows of an assignment.
type expectation struct {
	due      time.Time
	assigned string // the day
	open     bool
	sent     map[int]bool // reminders for this due instant
	expired  int          // for this due instant
}

func newDecade(t testing.TB, seed uint64) *decade {
	d := &decade{TB: t, dir: t.TempDir(), rand: rand.New(rand.NewPCG(seed, 7)), rules: shipped(t), // #nosec G404 -- a test that can be repeated
		clock: at("2021-01-04 08:00"), off: map[string]bool{}, worked: map[string]bool{},
		rows: map[string]*expectation{}, periods: map[string]int{}}
	d.readDays()
	d.start()
	t.Cleanup(func() {
		d.stop()
		storetest.Verify(t, d.dir)
	})
	return d
}

// readDays reads the calendar files as they are.
func (d *decade) readDays() {
	all, err := fs.Glob(calendar.Published(), "*.yaml")
	if err != nil || len(all) == 0 {
		d.Fatal(all, err)
	}
	for _, name := range all {
		b, err := fs.ReadFile(calendar.Published(), name)
		if err != nil {
			d.Fatal(err)
		}
		var y struct {
			Holidays []struct{ From, To string }
			MakeUp   []string `yaml:"make_up"`
		}
		if err := yaml.Unmarshal(b, &y); err != nil {
			d.Fatal(name, err)
		}
		for _, h := range y.Holidays {
			for day := at(h.From + " 00:00"); dayOf(day) <= h.To; day = day.AddDate(0, 0, 1) {
				d.off[dayOf(day)] = true
			}
		}
		for _, day := range y.MakeUp {
			d.worked[day] = true
		}
	}
}

func dayOf(t time.Time) string { return t.In(shanghai).Format(time.DateOnly) }

func (d *decade) workday(t time.Time) bool {
	w := t.In(shanghai).Weekday()
	return !d.off[dayOf(t)] && (d.worked[dayOf(t)] || w != time.Saturday && w != time.Sunday)
}

// left counts the workdays after the day of t, to the day of due.
func (d *decade) left(t, due time.Time) (n int) {
	for day := t.In(shanghai).AddDate(0, 0, 1); dayOf(day) <= dayOf(due); day = day.AddDate(0, 0, 1) {
		if d.workday(day) {
			n++
		}
	}
	return n
}

func (d *decade) start() {
	var err error
	if d.store, err = store.Open(d.dir, store.Options{Now: func() time.Time { return d.clock }}); err != nil {
		d.Fatal(err)
	}
	rules := func() workflow.Rules { return d.rules }
	d.desk = workflow.NewDesk(d.store, rules)
	if d.book, err = ledger.New(context.Background(), d.store, rules); err != nil {
		d.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.book.Run(ctx) }()
	d.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			d.Error(err)
		}
		if err := d.store.Close(); err != nil {
			d.Error(err)
		}
	}
}

func (d *decade) restart() {
	d.restarts++
	d.stop()
	d.start()
}

// pass moves the clock: mostly on, now and then far on or back.
func (d *decade) pass() {
	hours := func(n int) time.Duration { return time.Duration(1+d.rand.IntN(n*3600)) * time.Second }
	if d.rand.IntN(4) > 0 {
		d.clock = d.clock.Add(hours(9))
		return
	}
	switch n := d.rand.IntN(100); {
	case d.clock.Before(d.high.Add(-time.Hour)) && n < 50: // put right again
		d.clock = d.high.Add(hours(1))
	case n < 55:
		d.clock = d.clock.Add(hours(8))
	case n < 75:
		d.clock = d.clock.Add(hours(36))
	case n < 85: // to a deadline that stands out: its instant, a moment before, a moment after
		if next := d.nextDue(); !next.IsZero() {
			d.clock = next.Add([]time.Duration{-time.Second, 0, 1, time.Second}[d.rand.IntN(4)])
		}
	case n < 90: // to midnight
		day := d.clock.In(shanghai)
		d.clock = time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, shanghai)
	case n < 93: // a standstill
		d.clock = d.clock.Add(hours(24 * []int{5, 5, 5, 5, 20, 20, 20, 120}[d.rand.IntN(8)]))
	case n < 98:
		d.clock = d.clock.Add(-hours(72))
	default:
		d.clock = d.clock.Add(-hours(24 * 100))
	}
}

func (d *decade) nextDue() (next time.Time) {
	for _, r := range d.rows {
		if r.open && r.due.After(d.clock) && (next.IsZero() || r.due.Before(next)) {
			next = r.due
		}
	}
	return next
}

// now is the instant a decision is made at: not before what was recorded, but for
// the two seconds that clocks are let differ.
func (d *decade) now() time.Time {
	if d.clock.Before(d.high.Add(-2 * time.Second)) {
		return d.high
	}
	return d.clock
}

// look does what the server's clock does, and holds it against the model.
func (d *decade) look() {
	d.Helper()
	ctx := context.Background()
	d.looks++
	if d.clock.Before(d.high) {
		d.back++
	}
	want := d.owed()
	if _, err := d.desk.Do(ctx, d.clock, d.book.Chores(d.clock)); err != nil {
		d.Fatal(err)
	}
	d.hold(want)
	quarter := d.now().In(shanghai)
	id := fmt.Sprintf("%dQ%d", quarter.Year(), (int(quarter.Month())+2)/3)
	if _, opened, err := d.desk.EnsurePeriod(ctx, d.clock); err != nil || opened != (d.periods[id] == 0) {
		d.Fatalf("%s at %s: opened %v before %d times, %v", id, d.clock, opened, d.periods[id], err)
	}
	d.hold(nil)
	if d.periods[id] != 1 {
		d.Fatalf("%s opened %d times", id, d.periods[id])
	}
}

// owed is what the look must write, by the model.
func (d *decade) owed() map[string]string {
	want := map[string]string{}
	for id, r := range d.rows {
		seen, now := d.chore(r, d.clock), d.chore(r, d.now())
		if seen != "" && seen == now { // what a clock set back names is judged again at the recorded hour
			want[id] = now
		}
	}
	return want
}

func (d *decade) chore(r *expectation, t time.Time) string {
	switch {
	case !r.open:
		return ""
	case t.After(r.due):
		return "expired"
	case !d.workday(t) || dayOf(t) == r.assigned || dayOf(t.AddDate(0, 0, 20)) < dayOf(r.due):
		return ""
	}
	n := d.left(t, r.due)
	switch {
	case n <= 1 && !r.sent[1]:
		return "reminded 1"
	case n > 1 && n <= 3 && !r.sent[1] && !r.sent[3]:
		return "reminded 3"
	}
	return ""
}

// hold reads what was written since, and wants exactly the chores named.
func (d *decade) hold(want map[string]string) {
	d.Helper()
	events, err := d.store.Events(context.Background(), d.seq, 1<<20)
	if err != nil {
		d.Fatal(err)
	}
	for _, e := range events {
		d.seq = e.Seq
		if e.RecordedAt.After(d.high) {
			d.high = e.RecordedAt
		}
		got, r := string(e.Kind), d.rows[e.Assignment]
		switch e.Kind {
		case workflow.KindPeriodOpened:
			d.periods[e.Period]++
			continue
		case workflow.KindAssigned:
			if r != nil {
				d.Fatalf("%s was assigned before", e.Assignment)
			}
			d.rows[e.Assignment] = &expectation{due: *e.Data.Due, assigned: dayOf(e.At), open: true, sent: map[int]bool{}}
			continue
		case workflow.KindExpired:
			if r.expired++; r.expired != 1 || !e.At.Equal(r.due) || e.RecordedAt.Before(r.due) {
				d.Fatalf("%s, due %s, expired %d times, at %s, recorded %s", e.Assignment, r.due, r.expired, e.At, e.RecordedAt)
			}
			r.open = false
			d.expired++
		case workflow.KindReminded:
			n := *e.Data.Workdays
			if got = fmt.Sprintf("reminded %d", n); r.sent[n] || !r.open || e.At.After(r.due) {
				d.Fatalf("%s, due %s: %s at %s once more, or too late", e.Assignment, r.due, got, e.At)
			}
			r.sent[n] = true
			d.reminded++
		default:
			continue // people's
		}
		if want[e.Assignment] != got {
			d.Fatalf("%s, due %s, clock %s, high %s: %s, want %q", e.Assignment, r.due, d.clock, d.high, got, want[e.Assignment])
		}
		delete(want, e.Assignment)
	}
	for id, w := range want {
		d.Fatalf("%s, due %s, clock %s: not %s", id, d.rows[id].due, d.clock, w)
	}
	if err := d.book.Wait(context.Background(), d.seq); err != nil {
		d.Fatal(err)
	}
}

// people do one thing now and then.
func (d *decade) people() {
	if d.rand.IntN(3) > 0 {
		return
	}
	var all []string
	for id, r := range d.rows {
		if d.now().Before(r.due.AddDate(0, 0, 30)) {
			all = append(all, id)
		}
	}
	slices.Sort(all)
	if len(all) == 0 {
		return
	}
	id := all[d.rand.IntN(len(all))]
	a, _ := d.book.Assignment(id)
	due := d.now().Add(time.Duration(1+d.rand.IntN(40*24)) * time.Hour)
	by, c := office, workflow.Command(workflow.ExtendCommand{Due: &workflow.DueTime{At: due}, Reason: "顺延"})
	switch d.rand.IntN(4) {
	case 0:
		by, c = liaison(a.Department), workflow.AcceptCommand{}
	case 1:
		c = workflow.WithdrawCommand{Reason: "合并"}
	}
	r, err := d.desk.Act(context.Background(), workflow.Call{Actor: by, Received: d.clock}, id, c)
	if err != nil {
		if workflow.AsError(err).Kind == workflow.Internal {
			d.Fatal(err)
		}
		return // refused, as it may be
	}
	d.acts++
	row := d.rows[id]
	for _, e := range r.Events {
		switch e.Kind {
		case workflow.KindExtended:
			row.due, row.sent, row.expired, row.open = *e.Data.Due, map[int]bool{}, 0, true
		case workflow.KindWithdrawn:
			row.open = false
		}
	}
	d.hold(nil)
}

// accounts asks, at the end, what no look by itself can tell.
func (d *decade) accounts(years int) {
	d.Logf("%d looks, %d with the clock set back, %d restarts, %d periods, %d assignments, %d expired, %d reminders, %d acts of people",
		d.looks, d.back, d.restarts, len(d.periods), len(d.rows), d.expired, d.reminded, d.acts)
	for id, r := range d.rows {
		if a, ok := d.book.Assignment(id); !ok || !a.Due.Equal(r.due) || (r.expired == 1) != (a.State == workflow.Overdue) && a.State != workflow.Withdrawn {
			d.Errorf("%s: %+v, the model has %+v", id, a, *r)
		}
		if r.open && r.due.Before(d.high.AddDate(-1, 0, 0)) {
			d.Errorf("%s has been open since %s", id, r.due)
		}
	}
	if len(d.periods) < 2*years || d.expired < 50*years || d.reminded < 20*years || d.back == 0 || d.restarts == 0 || d.acts == 0 {
		d.Error("the years were too quiet to tell anything")
	}
}
