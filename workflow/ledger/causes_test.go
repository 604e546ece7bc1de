package ledger_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"duban/workflow"
	"duban/workflow/ledger"
)

// TestCauses holds that every listed cause is one that a light can have, so that
// the catalogue carries no dead sentence; checkLight holds the other direction.
func TestCauses(t *testing.T) {
	seen := map[string]bool{}
	add := func(lights ...ledger.Light) {
		for _, l := range lights {
			checkLight(t, l)
			seen[l.Cause.Code] = true
		}
	}
	for _, c := range indicatorCases {
		add(c.view(t).Light)
	}
	for _, c := range timeCases {
		add(c.light(t))
	}
	for _, c := range progressCases {
		add(c.light(t))
	}
	w := newWorld(t, "2022-09-20 09:00")
	for _, row := range w.book.BoardAt(w.now()).Tasks {
		add(row.TimeLight, row.ProgressLight)
	}
	w.open()
	const id = "2022Q3-03-lead-scjgj"
	w.act(office, id, workflow.WithdrawCommand{Reason: "合并"})
	add(w.item(id).ProgressLight)
	w.set("2022-10-09 10:00")
	add(w.item("2022Q3-06-lead-zrzyt").ProgressLight)
	w.set("2022-09-20 09:00")
	for _, f := range []figure{{"2022-06-30", "4", "", nil}} { // a rate missed by far
		w.figure(f.of("G3.3"))
		v, _ := w.book.Indicator("G3.3", w.now())
		add(v.Light)
	}
	add(unread(t))
	last := lastQuarter(t)
	last.set("2024-01-10 09:00")
	add(last.item(nearly).ProgressLight)
	if missing := slices.DeleteFunc(slices.Sorted(maps.Keys(ledger.Causes)), func(c string) bool { return seen[c] }); len(missing) > 0 {
		t.Errorf("never said: %q", missing)
	}
}

// broken is a journal whose single events cannot be read any more.
type broken struct{ workflow.Journal }

func (b broken) Events(ctx context.Context, after uint64, limit int) ([]workflow.Event, error) {
	if limit == 1 {
		return nil, errors.New("disk")
	}
	return b.Journal.Events(ctx, after, limit)
}

// unread is the progress light of a report that cannot be read.
func unread(t testing.TB) ledger.Light {
	w := newWorld(t, "2022-09-20 09:00")
	w.open()
	const id = "2022Q3-06-lead-zrzyt"
	w.act(liaison("zrzyt"), id, workflow.AcceptCommand{})
	w.act(liaison("zrzyt"), id, measures(map[string]any{"6.1": workflow.Done}))
	b, err := ledger.New(context.Background(), broken{w.Memory}, func() workflow.Rules { return w.rules })
	if err != nil {
		t.Fatal(err)
	}
	a, _ := b.Assignment(id)
	return b.Item(a, w.now()).ProgressLight
}

func TestLocalise(t *testing.T) {
	w := newWorld(t, "2022-09-20 09:00")
	w.open()
	say := func(c ledger.Cause) string { return "因为 " + c.Code }
	board := w.book.BoardAt(w.now())
	said := board.Localise(say)
	if s := said.Tasks[0].TimeLight.Sentence; s != "因为 time.enough" {
		t.Errorf("task: %q", s)
	}
	if s := said.Indicators[0].Light.Sentence; s != "因为 figure.none" {
		t.Errorf("indicator: %q", s)
	}
	if board.Tasks[0].TimeLight.Sentence != "" || board.Indicators[0].Light.Sentence != "" {
		t.Error("the shared board was written to")
	}
	i := w.item("2022Q3-06-lead-zrzyt").Localise(say)
	if i.TimeLight.Sentence != "因为 time.enough" || i.ProgressLight.Sentence != "因为 progress.none" {
		t.Errorf("item: %q, %q", i.TimeLight.Sentence, i.ProgressLight.Sentence)
	}
}
