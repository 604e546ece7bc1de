package ledger_test

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"duban/workflow"
	"duban/workflow/ledger"
)

// picture is all a Book shows at an instant, as JSON.
func picture(t testing.TB, b *ledger.Book, now time.Time) string {
	t.Helper()
	items, _, total, err := b.Page(ledger.Query{Limit: ledger.MaxLimit}, office, now)
	if err != nil {
		t.Fatal(err)
	}
	j, err := json.Marshal(map[string]any{"items": items, "total": total, "board": b.BoardAt(now), "needs": b.Needs(now),
		"periods": b.Periods(), "indicators": b.Indicators(now), "counts": b.Counts("", office, now), "seq": b.Seq()})
	if err != nil {
		t.Fatal(err)
	}
	return string(j)
}

// TestFollowedIsFresh holds that a Book that followed shows what one read anew does.
func TestFollowedIsFresh(t *testing.T) {
	outer := t
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(outer, "2022-07-10 09:00")
		w.open()
		w.stumble(t, rapid.IntRange(0, 25).Draw(t, "acts"))
		if followed, fresh := picture(outer, w.book, w.now()), picture(outer, w.fresh(), w.now()); followed != fresh {
			t.Fatalf("followed\n%s\nfresh\n%s", followed, fresh)
		}
	})
}

// TestHistory holds that a reader who resumes from any position hears what the
// observer heard, and the row as it was then.
func TestHistory(t *testing.T) {
	outer := t
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(outer, "2022-07-10 09:00")
		var mu sync.Mutex
		var heard []ledger.Update
		told := w.fresh()
		told.Observe(func(u ledger.Update) {
			mu.Lock()
			defer mu.Unlock()
			heard = append(heard, u)
		})
		run(outer, told)
		w.open()
		w.stumble(t, 15)
		head, _ := w.Head()
		if err := told.Wait(context.Background(), head); err != nil {
			t.Fatal(err)
		}
		w.act(office, "2022Q3-09-coop-sft", workflow.NoteCommand{Text: "再看"}) // the observer is done with all before
		if err := told.Wait(context.Background(), head+1); err != nil {
			t.Fatal(err)
		}
		after := rapid.Uint64Range(0, head).Draw(t, "after")
		past, ok, err := told.History(context.Background(), after, int(head+1))
		if !ok || err != nil {
			t.Fatal(ok, err)
		}
		if len(past) != int(head+1-after) {
			t.Fatalf("%d updates after %d of %d", len(past), after, head+1)
		}
		mu.Lock()
		defer mu.Unlock()
		for i, u := range past[:len(past)-1] {
			want := heard[int(after)+i]
			x, _ := json.Marshal(u)
			y, _ := json.Marshal(want)
			if string(x) != string(y) {
				t.Fatalf("event %d\n%s\nheard as\n%s", u.Event.Seq, x, y)
			}
		}
	})
}

// TestReadersWhileWriting holds that every reader sees whole states in order, while
// the book follows; the race detector listens.
func TestReadersWhileWriting(t *testing.T) {
	w := newWorld(t, "2022-07-10 09:00")
	w.open()
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			last := uint64(0)
			for {
				select {
				case <-stop:
					return
				default:
				}
				b := w.book.BoardAt(w.now())
				if b.Seq < last || b.Assignments.Total != 57 || sum(b.Assignments) != 57 || sum(b.Counts) != 12 {
					t.Errorf("at %d after %d: %+v", b.Seq, last, b.Assignments)
					return
				}
				last = b.Seq
				items, _, total, err := w.book.Page(ledger.Query{Sort: ledger.Worst, Q: "企业"}, screen, w.now())
				if err != nil || total != len(items) {
					t.Errorf("%d of %d: %v", len(items), total, err)
				}
				if n := w.book.Needs(w.now()); n.Overdue.Count > 57 {
					t.Errorf("%+v", n)
				}
			}
		})
	}
	for i := range 60 {
		id := []string{"2022Q3-02-lead-kjt", "2022Q3-06-lead-zrzyt", "2022Q3-09-coop-sft"}[i%3]
		w.act(office, id, workflow.UrgeCommand{Level: workflow.PlainUrge, Text: "请抓紧"})
	}
	close(stop)
	readers.Wait()
}

func TestHistoryLimits(t *testing.T) {
	w := newWorld(t, "2022-07-10 09:00")
	w.open() // 58 events
	for _, c := range []struct {
		after uint64
		limit int
		ok    bool
		n     int
	}{{0, 58, true, 58}, {0, 57, false, 0}, {57, 1, true, 1}, {58, 0, true, 0}, {59, 100, false, 0}, {57, -1, false, 0}} {
		got, ok, err := w.book.History(context.Background(), c.after, c.limit)
		if err != nil || ok != c.ok || len(got) != c.n {
			t.Errorf("after %d, at most %d: %d, %t, %v", c.after, c.limit, len(got), ok, err)
		}
	}
}

func TestWait(t *testing.T) {
	w := newWorld(t, "2022-07-10 09:00")
	b := w.fresh()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- b.Run(ctx) }()
	waited := make(chan error)
	go func() { waited <- b.Wait(context.Background(), 58) }()
	w.open()
	if err := <-waited; err != nil || b.Seq() < 58 {
		t.Errorf("%v at %d", err, b.Seq())
	}
	short, stop := context.WithTimeout(context.Background(), time.Millisecond)
	defer stop()
	if err := b.Wait(short, 1000); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting in vain: %v", err)
	}
	go func() { waited <- b.Wait(context.Background(), 1000) }()
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("run ended with %v", err)
	}
	if err := <-waited; err == nil || workflow.AsError(err).Code != "ledger.stopped" {
		t.Errorf("a waiter of a stopped book: %v", err)
	}
	if err := b.Wait(context.Background(), 1000); err == nil || workflow.AsError(err).Kind != workflow.Unavailable {
		t.Errorf("waiting for a stopped book: %v", err)
	}
	if err := b.Wait(context.Background(), 58); err != nil {
		t.Errorf("what was applied: %v", err)
	}
}

// failing is a journal that cannot be followed.
type failing struct{ workflow.Journal }

func (failing) Follow(context.Context, uint64) iter.Seq2[workflow.Event, error] {
	return func(yield func(workflow.Event, error) bool) { yield(workflow.Event{}, errors.New("disk")) }
}

func TestRunFails(t *testing.T) {
	w := newWorld(t, "2022-07-10 09:00")
	b, err := ledger.New(context.Background(), failing{w.Memory}, func() workflow.Rules { return w.rules })
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Run(context.Background()); err == nil {
		t.Error("a journal that cannot be followed ends the book in silence")
	}
}

func TestCurrentPeriod(t *testing.T) {
	w := newWorld(t, "2022-07-10 09:00")
	if _, ok := w.book.CurrentPeriod(w.now()); ok {
		t.Error("a period before any was opened")
	}
	w.open()
	w.set("2022-10-08 10:00")
	w.open()
	w.put(workflow.Event{Kind: workflow.KindPeriodOpened, At: w.now(), Actor: office.Ref(), Data: workflow.Data{
		OpenPeriod: &workflow.Period{ID: "S1", Name: "专项", From: day("2022-10-09"), To: day("2022-10-31"), Special: true}}})
	for now, want := range map[string]string{"2022-09-30 23:59": "2022Q3", "2022-10-01 00:00": "2022Q4", "2022-10-20 09:00": "2022Q4"} {
		if p, ok := w.book.CurrentPeriod(at(now)); !ok || p.ID != want {
			t.Errorf("%s: %s %t", now, p.ID, ok)
		}
	}
	if _, ok := w.book.CurrentPeriod(at("2022-06-30 09:00")); ok {
		t.Error("a period that has not begun")
	}
	if p := w.book.Periods(); len(p) != 3 || p[0].ID != "2022Q3" || p[2].ID != "S1" {
		t.Errorf("periods: %v", p)
	}
}

// TestWaitersApply holds that those who wait apply what Run has not yet, and that
// observers hear every event once and in order however many wait at once; the race
// detector listens.
func TestWaitersApply(t *testing.T) {
	w := newWorld(t, "2022-07-10 09:00")
	w.open()
	b := w.fresh()
	last := b.Seq()
	b.Observe(func(u ledger.Update) {
		if u.Event.Seq != last+1 || b.Seq() != u.Event.Seq {
			t.Errorf("%d is heard after %d, the book at %d", u.Event.Seq, last, b.Seq())
		}
		last = u.Event.Seq
	})
	run(t, b)
	var waiters sync.WaitGroup
	for range 8 {
		waiters.Go(func() {
			for range 30 {
				r, err := w.desk.Act(context.Background(), workflow.Call{Actor: office, Received: w.now()}, "2022Q3-06-lead-zrzyt", workflow.NoteCommand{Text: "记"})
				if err == nil {
					err = b.Wait(context.Background(), r.Seq)
				}
				if a, ok := b.Assignment("2022Q3-06-lead-zrzyt"); err != nil || !ok || a.Seq < r.Seq {
					t.Errorf("after %d the row stands at %d: %v", r.Seq, a.Seq, err)
				}
			}
		})
	}
	waiters.Wait()
}

// TestWaitWithoutRun holds that a book that has not begun, or has ended, stands still.
func TestWaitWithoutRun(t *testing.T) {
	w := newWorld(t, "2022-07-10 09:00")
	b := w.fresh()
	at := b.Seq()
	w.open()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := b.Wait(ctx, at+1); err == nil || b.Seq() != at {
		t.Errorf("before Run it went from %d to %d: %v", at, b.Seq(), err)
	}
}
