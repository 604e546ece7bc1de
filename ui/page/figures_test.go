package page

import (
	"strings"
	"testing"

	"duban/ui/text"
	"duban/workflow"
	"duban/workflow/plan"
)

// figuresImport is a sheet with two changes, one of them moved on since, and a bad cell.
func (w *world) figuresImport(k Kit) FiguresImport {
	in := FiguresInput{Period: w.period.ID, Count: 2, MaxFile: 1 << 20, Read: true, Same: 3, Key: "k",
		Wrong: []*workflow.Error{workflow.BadField("H7", "form.number", "value", "约五千")}}
	for n, id := range []string{"G5.1", "G5.6"} {
		ind, _ := w.rules.Plan.Indicator(id)
		last, _ := w.book.Indicator(id, w.now)
		in.Rows = append(in.Rows, FigureChange{Row: n + 2, Task: 6, Indicator: ind, Last: last, Moved: n == 1,
			Figure: workflow.FigureInput{Indicator: id, Value: plan.Num(1000), AsOf: plan.Date{Year: 2022, Month: 9, Day: 20}, Provisional: n == 0, Explanation: "x"}})
	}
	return NewFiguresImport(k, w.frame(k, ""), in)
}

// TestFiguresImportNamesCells: a bad cell is named by its address, and while there is
// one there is nothing to confirm.
func TestFiguresImportNamesCells(t *testing.T) {
	w := fullWorld(t)
	k := w.kit(text.Chinese, liaison("zrzyt"))
	p := w.figuresImport(k)
	if len(p.Errors) != 1 || !strings.HasPrefix(p.Errors[0].Text, "H7：") || p.Confirm != nil || p.Rows[1].Warning == "" || p.Rows[0].Warning != "" {
		t.Errorf("%+v", p)
	}
}
