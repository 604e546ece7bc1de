package ledger_test

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// TestRowsAndPagesAgree: through random acts and hours of all kinds, a row's item is the one that the
// page of the list has, in the list and asked for alone.
func TestRowsAndPagesAgree(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, "2022-09-20 09:00", func(p *plan.Plan) { indicatorOf(p, "G2.3").Owner = "zrzyt" })
		w.open()
		for range 3 {
			w.stumble(rt, 6)
			if rapid.Bool().Draw(rt, "another period") {
				w.mu.Lock()
				w.time = w.time.AddDate(0, 3, 0)
				w.mu.Unlock()
				w.open()
			}
			for _, later := range []time.Duration{0, 7 * time.Hour, 26 * time.Hour, 24 * 30 * time.Hour} {
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
					if alone, ok := w.book.Row(item.ID, now); !ok || !reflect.DeepEqual(alone.Item(), item) {
						rt.Fatalf("%s alone is not as in the list", item.ID)
					}
				}
			}
		}
	})
}
