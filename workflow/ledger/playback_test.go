package ledger_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// shown is all a Book says at an instant: the board, every row of the lists, and the
// periods and figures.
func shown(t testing.TB, b *ledger.Book, now time.Time) string {
	t.Helper()
	type page struct {
		Items []ledger.Item
		Total int
	}
	list := func(q ledger.Query, who workflow.Actor) page {
		items, _, total, err := b.Page(q, who, now)
		if err != nil {
			t.Fatal(err)
		}
		return page{items, total}
	}
	all := []any{b.BoardAt(now), b.Periods(), b.Indicators(now), b.Needs(now), b.Counts("", office, now),
		list(ledger.Query{Limit: ledger.MaxLimit}, office), list(ledger.Query{Limit: ledger.MaxLimit, Sort: ledger.Worst}, office),
		list(ledger.Query{Limit: ledger.MaxLimit, Light: ledger.Red}, liaison("kjt"))}
	out, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// stand is what the living Book showed at a position.
type stand struct {
	seq   uint64
	at    time.Time
	shown string
}

// TestPlaybackIsWhatWasShown plays random games and holds that the board, the lists and
// the lights as of each position, and of the instant it was looked at, are those the living
// Book showed when it stood there, in whatever order one looks back.
func TestPlaybackIsWhatWasShown(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, "2022-09-20 09:00")
		if _, _, err := w.desk.LoadPlan(context.Background(), w.now(), w.rules.Plan, source(t)); err != nil {
			t.Fatal(err)
		}
		w.open()
		var stands []stand
		look := func() {
			head, _ := w.Head()
			stands = append(stands, stand{head, w.now(), shown(t, w.book, w.now())})
		}
		look()
		for range rapid.IntRange(2, 4).Draw(rt, "looks") {
			w.stumble(rt, rapid.IntRange(1, 8).Draw(rt, "acts"))
			look()
		}
		p := ledger.NewPlayback(w.book, w.Memory)
		for range len(stands) + 1 {
			s := rapid.SampledFrom(stands).Draw(rt, "stand")
			seq, err := p.Position(context.Background(), s.at, w.now())
			if err != nil || seq != s.seq {
				rt.Fatalf("at %s the journal stood at %d (%v), want %d", s.at, seq, err, s.seq)
			}
			b, err := p.At(context.Background(), "anna", s.seq)
			if err != nil {
				rt.Fatal(err)
			}
			if b.Seq() != s.seq {
				rt.Fatalf("a book at %d, want %d", b.Seq(), s.seq)
			}
			if got := shown(t, b, s.at); got != s.shown {
				rt.Fatalf("as of %d:\n%s\nthe living book showed:\n%s", s.seq, got, s.shown)
			}
		}
	})
}

func source(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile("../../tasks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestPlaybackInstants: an instant is what was recorded by then, also when it took
// effect earlier; the future and the time before the record are refused at the field.
func TestPlaybackInstants(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, "2022-09-20 09:00")
	p := ledger.NewPlayback(w.book, w.Memory)
	if _, err := p.Position(ctx, w.now(), w.now()); workflow.AsError(err).Code != "playback.empty" {
		t.Errorf("an empty journal: %v", err)
	}
	w.open()
	opened := w.now()
	before := w.book.Seq()
	w.set("2022-10-11 10:00") // the clock was off over the due instant
	if _, err := w.desk.Do(ctx, w.now(), w.book.Chores(w.now())); err != nil {
		t.Fatal(err)
	}
	w.settle()
	due := at("2022-10-08 09:00")
	seq, err := p.Position(ctx, due, w.now())
	if err != nil || seq != before {
		t.Fatalf("what was recorded later is shown: %d, %v", seq, err)
	}
	b, err := p.At(ctx, "anna", seq)
	if err != nil {
		t.Fatal(err)
	}
	// Nothing had been recorded, yet what was overdue then is shown so, as a screen would have.
	if c := b.BoardAt(due).Counts; c.Overdue != 12 {
		t.Errorf("counts %+v", c)
	}
	if seq, err := p.Position(ctx, w.now(), w.now()); err != nil || seq != w.book.Seq() || seq == before {
		t.Errorf("now: %d, %v", seq, err)
	}
	// Accounts kept by another clock, before and after, hide nothing and show nothing.
	w.set("2026-11-28 10:00")
	w.put(workflow.Event{Kind: workflow.KindLoggedIn, At: w.now(), Actor: office.Ref()})
	w.set("2022-10-12 09:00")
	w.put(workflow.Event{Kind: workflow.KindLoggedIn, At: w.now(), Actor: office.Ref()})
	w.set("2022-10-13 09:00")
	p1, _ := w.book.CurrentPeriod(opened)
	w.act(office, workflow.AssignmentID(p1.ID, 1, workflow.Lead, w.rules.Plan.Tasks[0].Lead), workflow.NoteCommand{Text: "已核对"})
	if seq, err := p.Position(ctx, w.now(), w.now()); err != nil || seq != w.book.Seq() {
		t.Errorf("behind an account of another year: %d of %d, %v", seq, w.book.Seq(), err)
	}
	if seq, err := p.Position(ctx, at("2022-10-12 10:00"), w.now()); err != nil || seq != w.book.Seq()-3 {
		t.Errorf("before the other year: %d of %d, %v", seq, w.book.Seq(), err)
	}
	for _, c := range []struct {
		at   time.Time
		code string
	}{{w.now().Add(time.Second), "playback.future"}, {opened.Add(-time.Minute), "playback.before_first"}} {
		_, err := p.Position(ctx, c.at, w.now())
		if e := workflow.AsError(err); e.Kind != workflow.Invalid || e.Code != c.code || e.Field != "asof" {
			t.Errorf("%s: %v", c.at, err)
		}
	}
}

// TestPlaybackUnderThePlanThen: a state is read under the plan that was in force.
func TestPlaybackUnderThePlanThen(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, "2022-09-20 09:00")
	if _, _, err := w.desk.LoadPlan(ctx, w.now(), w.rules.Plan, source(t)); err != nil {
		t.Fatal(err)
	}
	w.open()
	then, was := w.book.Seq(), shown(t, w.book, w.now())
	first := w.now()

	w.set("2022-09-21 09:00")
	text := strings.Replace(string(source(t)), "全社会R&D", "全社会研发", 1)
	old := w.rules.Plan.Tasks[0].Title
	text = strings.ReplaceAll(text, old, old+"（新）")
	next, err := plan.Parse("tasks.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	current, _ := w.book.CurrentPeriod(w.now())
	if _, err := w.desk.ApplyPlan(ctx, w.call(office), workflow.NewPlan{Plan: next, Source: []byte(text), Reason: "调整"}, current); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if w.rules, err = workflow.NewRules(next, w.rules.Clock.Calendar); err != nil {
		t.Fatal(err)
	}
	p := ledger.NewPlayback(w.book, w.Memory)
	b, err := p.At(ctx, "anna", then)
	if err != nil {
		t.Fatal(err)
	}
	if got := shown(t, b, first); got != was {
		t.Errorf("as of the first plan:\n%s\nwas:\n%s", got, was)
	}
	if b, err = p.At(ctx, "anna", w.book.Seq()); err != nil || b.Rules().Plan.Digest != next.Digest {
		t.Errorf("the newest: %v", err)
	}
}

// long is a journal of many events that are made as they are read.
type long struct {
	workflow.Journal
	seq   uint64
	reads func(after uint64)
}

func (l *long) Read(_ context.Context, fn func(workflow.ReadView) error) error {
	return fn(longView{bigView{big: &big{}}, l.seq})
}

type longView struct {
	bigView
	at uint64
}

func (v longView) Position() uint64 { return v.at }

func (l *long) Events(_ context.Context, after uint64, limit int) ([]workflow.Event, error) {
	if l.reads != nil && limit > 1 {
		l.reads(after)
	}
	var out []workflow.Event
	for seq := after + 1; seq <= l.seq && len(out) < limit; seq++ {
		out = append(out, workflow.Event{Seq: seq, Kind: workflow.KindLoggedIn, RecordedAt: at("2022-01-01 00:00").Add(time.Duration(seq) * time.Second)})
	}
	return out, nil
}

func (l *long) PlanSource(context.Context, string) ([]byte, bool, error) { return nil, false, nil }

func (l *long) PlanVersions(context.Context) ([]workflow.PlanVersion, error) { return nil, nil }

func longPlayback(t testing.TB, seq uint64) (*ledger.Playback, *long) {
	t.Helper()
	r := shipped(t)
	l := &long{seq: seq}
	b, err := ledger.New(context.Background(), l, func() workflow.Rules { return r })
	if err != nil {
		t.Fatal(err)
	}
	return ledger.NewPlayback(b, l), l
}

// TestPlaybackIsBounded: a call folds so many events and no more, and keeps what it came to, so
// that asking again gets there; from then on any instant is near a state that is kept.
func TestPlaybackIsBounded(t *testing.T) {
	ctx := context.Background()
	const head = 1_000_000
	p, l := longPlayback(t, head)
	read := 0
	l.reads = func(uint64) { read++ }
	calls := 0
	for {
		read = 0
		calls++
		b, err := p.At(ctx, "anna", head-1)
		if read > 150_000/512+20 {
			t.Fatalf("one call read %d pages", read)
		}
		if err == nil {
			if b.Seq() != head-1 {
				t.Fatalf("stands at %d", b.Seq())
			}
			break
		}
		if e := workflow.AsError(err); e.Kind != workflow.Unavailable || e.Code != "playback.going_on" || e.Args["retry_after"] != 2 {
			t.Fatal(err)
		}
		if calls > 7 {
			t.Fatal("no way on")
		}
	}
	if calls != 7 {
		t.Errorf("%d calls for a million events", calls)
	}
	for _, seq := range []uint64{1, 77_777, 500_000, 62_499, 999_999, 123_456} {
		read = 0
		if b, err := p.At(ctx, "anna", seq); err != nil || b.Seq() != seq {
			t.Fatalf("%d: %v", seq, err)
		}
		if read > 2*head/8/512 {
			t.Errorf("%d read %d pages", seq, read)
		}
	}
	read = 0
	if _, err := p.At(ctx, "anna", 500_000); err != nil || read != 0 {
		t.Errorf("asked again: %d pages, %v", read, err)
	}
}

// TestPlaybackGivesUp: a caller that leaves ends its replay, and its work is kept; too many
// waiting are turned away at once.
func TestPlaybackGivesUp(t *testing.T) {
	p, l := longPlayback(t, 100_000)
	ctx, cancel := context.WithCancel(context.Background())
	var left uint64
	l.reads = func(after uint64) {
		if after >= 50_000 && left == 0 {
			left = after
			cancel()
		}
	}
	if _, err := p.At(ctx, "anna", 90_000); !errors.Is(err, context.Canceled) {
		t.Fatalf("not given up: %v", err)
	}
	first := uint64(0)
	l.reads = func(after uint64) {
		if first == 0 {
			first = after
		}
	}
	if _, err := p.At(context.Background(), "anna", 90_000); err != nil || first < left {
		t.Errorf("went on from %d, was at %d: %v", first, left, err)
	}

	p, l = longPlayback(t, 10_000)
	reading, goOn := make(chan struct{}), make(chan struct{})
	var once sync.Once
	l.reads = func(uint64) {
		once.Do(func() { close(reading) })
		<-goOn
	}
	var all sync.WaitGroup
	busy := make(chan error, 60)
	all.Go(func() { _, err := p.At(context.Background(), "anna", 9_000); busy <- err })
	<-reading
	for n := range 40 {
		all.Go(func() { _, err := p.At(context.Background(), fmt.Sprint("caller", n), uint64(1000+n)); busy <- err })
	}
	refused := 0
	for refused < 8 { // 32 may wait
		if e := workflow.AsError(<-busy); e == nil || e.Code != "playback.busy" || e.Kind != workflow.Unavailable {
			t.Fatalf("%v", e)
		}
		refused++
	}
	close(goOn)
	all.Wait()
	close(busy)
	for err := range busy {
		if err != nil {
			t.Error(err)
		}
	}
}

// BenchmarkPlayback folds 100,000 rows' worth of events from the start, and goes from one
// instant to the next.
func BenchmarkPlayback(b *testing.B) {
	ctx := context.Background()
	b.Run("from the start", func(b *testing.B) {
		for b.Loop() {
			p, _ := longPlayback(b, 100_000)
			if _, err := p.At(ctx, "anna", 100_000); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("a step", func(b *testing.B) {
		p, _ := longPlayback(b, 100_000)
		seq := uint64(50_000)
		for b.Loop() {
			if seq++; seq > 90_000 {
				seq = 50_000
			}
			if _, err := p.At(ctx, "anna", seq); err != nil {
				b.Fatal(err)
			}
		}
	})
}
