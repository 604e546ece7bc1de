package page

import (
	"fmt"
	"html/template"
	"io"
	"testing"

	"duban/ui/text"
	"duban/workflow"
	"duban/workflow/ledger"
)

// BenchmarkList builds and prints a list of fifty in a store of 1,754 periods, as
// 100,000 assignments make, with the menu as it is offered and, for what it would
// cost, with every period in it.
func BenchmarkList(b *testing.B) {
	w := fullWorld(b)
	k := w.kit(text.Chinese, office)
	items := w.items(ledger.Query{Period: w.period.ID}, office)[:ledger.DefaultLimit]
	var periods []workflow.Period
	for n := range 1754 {
		periods = append(periods, workflow.Period{ID: fmt.Sprintf("S%04d", n), Name: fmt.Sprintf("专项督查 %d", n)})
	}
	for _, n := range []int{ListPeriods, len(periods)} {
		b.Run(fmt.Sprintf("%d periods", n), func(b *testing.B) {
			for b.Loop() {
				in := ListInput{Rows: drawn(k, items), Total: len(items), Periods: periods[len(periods)-n:], Older: n < len(periods), Chosen: w.period.Name, Key: "key"}
				if err := Render(io.Discard, NewList(k, w.frame(k, assignmentsPath), in)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkBoardRegions prints what a live frame to the walls is cut from: once for all
// screens of a language, at most five times a second.
func BenchmarkBoardRegions(b *testing.B) {
	w := fullWorld(b)
	k := w.kit(text.Chinese, office)
	board := w.book.BoardAt(w.now)
	b.ReportAllocs()
	for b.Loop() {
		BoardRegions(k, board)
	}
}

// drawn are the rows of a list.
func drawn(k Kit, items []ledger.Item) (rows []template.HTML) {
	for _, i := range items {
		rows = append(rows, k.DrawListRow(i, ""))
	}
	return rows
}
