package page

import (
	"slices"
	"strings"
	"testing"

	"duban/ui/text"
	"duban/workflow/ledger"
)

func TestBoardShowsRegionsAsThePageDoes(t *testing.T) {
	w := fullWorld(t)
	for _, lang := range languages {
		k := w.kit(lang, office)
		b := w.book.BoardAt(w.now)
		out := render(t, NewBoard(k, w.frame(k, boardPath), b, BoardOptions{}))
		d := parse(t, out)
		for id, html := range BoardRegions(k, b) {
			if d.ids[id] == nil || !has(d.ids[id], "data-region") {
				t.Errorf("no region %s on the page", id)
			}
			if !strings.Contains(out, html) {
				t.Errorf("region %s differs from the page's", id)
			}
		}
	}
}

func TestBoardCountsAddUpAndUnknownIsNeverZero(t *testing.T) {
	w := newWorld(t) // no figure filed
	w.read()
	k := w.kit(text.Chinese, office)
	b := w.book.BoardAt(w.now)
	total := 0
	for _, c := range k.boardCounts(b) {
		n := 0
		for _, r := range c.N {
			n = n*10 + int(r-'0')
		}
		total += n
	}
	if total != 57 || len(k.boardTasks(b)[0].Rows) != 12 {
		t.Errorf("tiles add up to %d, rows are %d", total, len(k.boardTasks(b)[0].Rows))
	}
	for _, i := range k.boardTargets(b) {
		if !i.Unknown || i.Value != "未填报" || i.Bar != "" {
			t.Errorf("without a figure: %+v", i)
		}
	}
	empty := &ledger.Board{}
	for id, html := range BoardRegions(k, empty) {
		if strings.Contains(html, "NaN") || id == regionTime && !strings.Contains(html, "未知") {
			t.Errorf("%s: %s", id, html)
		}
	}
}

func TestBoardNamesNobody(t *testing.T) {
	w := fullWorld(t)
	k := w.kit(text.Chinese, office)
	for id, html := range BoardRegions(k, w.book.BoardAt(w.now)) {
		for _, private := range []string{"刘敏", "周航", "请今天下班前报送", "广交会"} {
			if strings.Contains(html, private) {
				t.Errorf("%s shows %s", id, private)
			}
		}
	}
}

func TestBoardPagesAreChosenByTheURL(t *testing.T) {
	w := fullWorld(t)
	k := w.kit(text.Chinese, office)
	for _, c := range []struct {
		pages []string
		want  []string
	}{
		{nil, []string{"overview", "overview-2", "overview-3", "grid", "charts", "indicators-1", "indicators-2", "indicators-3", "ranking", "today"}},
		{[]string{"grid", "today"}, []string{"grid", "today"}},
		{[]string{"nonsense"}, []string{"overview", "overview-2", "overview-3"}},
	} {
		b := NewBoard(k, w.frame(k, boardPath), w.book.BoardAt(w.now), BoardOptions{Pages: c.pages, Theme: "pink"})
		var got []string
		for _, p := range b.Pages {
			got = append(got, p.ID)
		}
		if !slices.Equal(got, c.want) || !b.Pages[0].First || b.Theme != "dark" || b.Dwell != defaultDwell {
			t.Errorf("%v gives %v, theme %s, dwell %d", c.pages, got, b.Theme, b.Dwell)
		}
	}
}
