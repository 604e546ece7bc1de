package ledger_test

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// TestEqualMarksEqualItems: through random acts over two periods, figures, another plan and
// hours of all kinds, two rows with one mark have one item. Most marks are met again, or
// nobody could keep anything by them.
func TestEqualMarksEqualItems(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, "2022-09-20 09:00", func(p *plan.Plan) { indicatorOf(p, "G2.3").Owner = "zrzyt" })
		w.open()
		seen := map[ledger.Mark]ledger.Item{}
		met, made := 0, 0
		look := func() {
			hours := []time.Duration{0, time.Minute, rapid.SampledFrom([]time.Duration{7 * time.Hour, 26 * time.Hour, 24 * 30 * time.Hour}).Draw(rt, "later")}
			for _, later := range hours {
				now := w.now().Add(later)
				rows, _, _, err := w.book.Rows(ledger.Query{Limit: ledger.MaxLimit}, office, now)
				if err != nil || len(rows) == 0 {
					rt.Fatal(len(rows), err)
				}
				items, _, _, err := w.book.Page(ledger.Query{Limit: ledger.MaxLimit}, office, now)
				if err != nil {
					rt.Fatal(err)
				}
				for i, row := range rows {
					item := row.Item()
					if !reflect.DeepEqual(item, items[i]) {
						rt.Fatalf("the row's item is not the page's:\n%+v\n%+v", item, items[i])
					}
					if alone, ok := w.book.Row(item.ID, now); !ok || alone.Mark() != row.Mark() || !reflect.DeepEqual(alone.Item(), item) {
						rt.Fatalf("%s alone is not as in the list", item.ID)
					}
					before, again := seen[row.Mark()]
					if !again {
						made++
						seen[row.Mark()] = item
						continue
					}
					if met++; !reflect.DeepEqual(before, item) {
						rt.Fatalf("one mark, two items:\n%+v\n%+v", before, item)
					}
				}
			}
		}
		for range 3 {
			w.stumble(rt, 6)
			switch rapid.IntRange(0, 3).Draw(rt, "beside") {
			case 0:
				w.figure(workflow.Figure{Indicator: "G2.3", Value: plan.Num(rapid.Int64Range(1, 60).Draw(rt, "figure")),
					AsOf: w.rules.Clock.Today(w.now())})
			case 1:
				w.mu.Lock()
				w.time = w.time.AddDate(0, 3, 0)
				w.mu.Unlock()
				w.open()
			case 2:
				id := fmt.Sprintf("X%d", w.book.Seq())
				if _, _, err := w.desk.OpenPeriod(context.Background(), w.call(office), workflow.PeriodInput{ID: id, Name: "专项",
					Due: &workflow.DueTime{At: w.now().AddDate(0, 0, 20)}, Departments: []string{"sft"}}); err != nil {
					rt.Fatal(err)
				}
				w.settle()
			case 3: // a row of any period says how far it is, or takes it back; later rows look back at it
				p := rapid.SampledFrom(w.book.Periods()).Draw(rt, "period")
				id := workflow.AssignmentID(p.ID, 6, workflow.Lead, "zrzyt")
				for _, c := range []workflow.Command{workflow.AcceptCommand{}, workflow.RecallCommand{},
					measures(map[string]any{"6.1": rapid.IntRange(0, 100).Draw(rt, "percent"), "6.2": workflow.NoChange})} {
					if _, err := w.desk.Act(context.Background(), w.call(liaison("zrzyt")), id, c); err != nil && workflow.AsError(err).Kind == workflow.Internal {
						rt.Fatal(err)
					}
				}
				w.settle()
			}
			look()
		}
		if met < made/4 {
			rt.Fatalf("%d marks met again, %d made", met, made)
		}
	})
}

// TestMarkLooksBack: a row whose light says what an earlier report said gets another mark when
// the earlier row changes, and no other when a later or an unlike one does.
func TestMarkLooksBack(t *testing.T) {
	w := newWorld(t, "2022-09-20 09:00")
	w.open()
	first, _ := w.book.CurrentPeriod(w.now())
	old := workflow.AssignmentID(first.ID, 6, workflow.Lead, "zrzyt")
	w.act(liaison("zrzyt"), old, workflow.AcceptCommand{})
	w.act(liaison("zrzyt"), old, measures(map[string]any{}))
	w.set("2022-11-01 09:00")
	w.open()
	second, _ := w.book.CurrentPeriod(w.now())
	if first.ID == second.ID {
		t.Fatal("one period")
	}
	now := workflow.AssignmentID(second.ID, 6, workflow.Lead, "zrzyt")
	mark := func(id string) ledger.Mark {
		row, ok := w.book.Row(id, w.now())
		if !ok {
			t.Fatal(id)
		}
		return row.Mark()
	}
	before, oldBefore := mark(now), mark(old)
	w.act(liaison("kjt"), workflow.AssignmentID(second.ID, 2, workflow.Lead, "kjt"), workflow.AcceptCommand{})
	if mark(now) != before || mark(old) != oldBefore {
		t.Error("another department's act in the same period changed the marks")
	}
	w.act(office, old, workflow.VerifyCommand{Grade: workflow.Good})
	if mark(now) == before {
		t.Error("an earlier row changed, and the mark is the same")
	}
	if mark(old) == oldBefore {
		t.Error("the row changed, and its mark is the same")
	}
}
