package ledger_test

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"duban/store/storetest"
	"duban/workflow"
	"duban/workflow/calendar"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

var shanghai = func() *time.Location {
	z, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		panic(err)
	}
	return z
}()

// at reads a local time as 2022-09-20 09:00.
func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, shanghai)
	if err != nil {
		panic(err)
	}
	return t
}

func day(s string) plan.Date {
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// published is the shipped calendar, read once.
var published = sync.OnceValues(func() (*calendar.Calendar, error) { return calendar.Load(calendar.Published()) })

// unchanged is the rules of the shipped plan, read once.
var unchanged = sync.OnceValues(func() (workflow.Rules, error) { return read() })

func read(change ...func(*plan.Plan)) (workflow.Rules, error) {
	b, err := os.ReadFile("../../tasks.yaml")
	if err != nil {
		return workflow.Rules{}, err
	}
	p, err := plan.Parse("tasks.yaml", b)
	if err != nil {
		return workflow.Rules{}, err
	}
	for _, fn := range change {
		fn(p)
	}
	c, err := published()
	if err != nil {
		return workflow.Rules{}, err
	}
	return workflow.NewRules(p, c)
}

// shipped is the rules of the shipped plan, with whatever change makes of it.
func shipped(t testing.TB, change ...func(*plan.Plan)) workflow.Rules {
	t.Helper()
	r, err := unchanged()
	if len(change) > 0 {
		r, err = read(change...)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var (
	office = workflow.Actor{User: "wang", Unit: plan.OfficeID, Role: workflow.OfficeMan}
	screen = workflow.Actor{User: "s1", Role: workflow.Screen}
)

func liaison(department string) workflow.Actor {
	return workflow.Actor{User: "l-" + department, Unit: department, Role: workflow.Liaison}
}

// world is a journal in memory with the real desk before it, on a clock the test
// sets, and a Book that follows.
type world struct {
	testing.TB
	mu    sync.Mutex
	time  time.Time
	rules workflow.Rules
	*storetest.Memory
	desk *workflow.Desk
	book *ledger.Book
}

func newWorld(t testing.TB, now string, change ...func(*plan.Plan)) *world {
	w := &world{TB: t, time: at(now), rules: shipped(t, change...)}
	w.Memory = storetest.NewMemory(w.now)
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Errorf("close the journal: %v", err)
		}
	})
	w.desk = workflow.NewDesk(w.Memory, func() workflow.Rules { return w.rules })
	w.book = w.fresh()
	run(t, w.book)
	return w
}

// fresh reads a Book from the journal as it stands.
func (w *world) fresh() *ledger.Book {
	w.Helper()
	b, err := ledger.New(context.Background(), w.Memory, func() workflow.Rules { return w.rules })
	if err != nil {
		w.Fatal(err)
	}
	return b
}

// run lets a Book follow until the test ends.
func run(t testing.TB, b *ledger.Book) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.time
}

func (w *world) set(now string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.time = at(now)
}

func (w *world) call(a workflow.Actor) workflow.Call {
	return workflow.Call{Actor: a, Received: w.now()}
}

// open opens the regular period of the day.
func (w *world) open() {
	w.Helper()
	if _, _, err := w.desk.EnsurePeriod(context.Background(), w.now()); err != nil {
		w.Fatal(err)
	}
	w.settle()
}

// act does a command that must be taken.
func (w *world) act(a workflow.Actor, id string, c workflow.Command) {
	w.Helper()
	if _, err := w.desk.Act(context.Background(), w.call(a), id, c); err != nil {
		w.Fatalf("%T on %s: %v", c, id, err)
	}
	w.settle()
}

// put writes events as they are, without asking the desk.
func (w *world) put(events ...workflow.Event) {
	w.Helper()
	_, err := w.Change(context.Background(), workflow.Change{Received: w.now(), Actor: office,
		Decide: func(workflow.View, time.Time) ([]workflow.Event, error) { return events, nil }})
	if err != nil {
		w.Fatal(err)
	}
	w.settle()
}

// figure files a figure as the office does.
func (w *world) figure(f workflow.Figure) {
	w.Helper()
	w.put(workflow.Event{Kind: workflow.KindFigureFiled, At: w.now(), Actor: office.Ref(),
		Data: workflow.Data{Indicator: f.Indicator, Figure: &f}})
}

// settle waits until the Book has read what was written.
func (w *world) settle() {
	w.Helper()
	head, _ := w.Head()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := w.book.Wait(ctx, head); err != nil {
		w.Fatal(err)
	}
}

func (w *world) item(id string) ledger.Item {
	w.Helper()
	a, ok := w.book.Assignment(id)
	if !ok {
		w.Fatalf("no assignment %s", id)
	}
	return w.book.Item(a, w.now())
}

func report(progress string) workflow.ReportCommand {
	return workflow.ReportCommand{ReportInput: workflow.ReportInput{Progress: progress}}
}
