package browser

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

var (
	sheetOfPaper = regexp.MustCompile(`/Type /Page\b`)
	paperSize    = regexp.MustCompile(`/MediaBox \[0 0 (\d+)[.\d]* (\d+)`)
)

// printed is what the page is on paper: how many sheets, and the first one's width
// and height in points.
func (b *tab) printed() (sheets int, size string) {
	b.t.Helper()
	pdf, err := chromedp.Run(b.ctx, func(ctx context.Context, t *chromedp.Target) ([]byte, error) {
		r, err := cdp.Call(ctx, t, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: ptr(true), PrintBackground: ptr(true)})
		if err != nil {
			return nil, err
		}
		return r.Data, nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
	m := paperSize.FindSubmatch(pdf)
	if m == nil {
		b.t.Fatal("no sheet of paper in what was printed")
	}
	return len(sheetOfPaper.FindAll(pdf, -1)), string(m[1]) + "×" + string(m[2])
}

func ptr[T any](v T) *T { return &v }

// TestPaper: the ledger lies across in as few sheets as its rows need, and what is
// read on one sheet begins at its top: a table or card that is longer than what is
// left of a sheet leaves no empty one before it.
func TestPaper(t *testing.T) {
	s := newSite(t, opening)
	s.busy()
	b := s.newTab(1366, 768)
	b.login("banshi")
	for path, want := range map[string]struct {
		most int
		size string
	}{
		"/assignments?limit=500": {4, "841×594"}, // 57 rows
		"/indicators":            {4, "841×594"},
		"/tasks/6":               {2, "594×841"},
		task6:                    {3, "594×841"},
		"/indicators/G2.1":       {2, "594×841"},
	} {
		b.open(path)
		sheets, size := b.printed()
		if sheets > want.most || size != want.size {
			t.Errorf("%s: %d sheets of %s, want %d at most of %s", path, sheets, size, want.most, want.size)
		}
	}
}

// TestNothingDoneYet: a fresh store, on a day before the plan's first: every page opens,
// and where there is nothing it says so.
func TestNothingDoneYet(t *testing.T) {
	s := newSite(t, time.Date(2020, 12, 1, 9, 0, 0, 0, zone))
	office, unit := s.newTab(1366, 768), s.newTab(1366, 768)
	office.login("zhuren")
	unit.login("zrzyt")
	check := func(b *tab, paths ...string) {
		for _, path := range paths {
			b.open(path)
			if said := ask[string](b, `document.querySelector("main").innerText`); len(said) < 12 || strings.Contains(said, "undefined") {
				t.Errorf("%s says %q", path, said)
			}
			if tables := ask[[]string](b, `Array.from(document.querySelectorAll("main table")).filter(t => !t.querySelector("tbody tr") && !document.querySelector(".empty")).map(t => t.innerText)`); len(tables) > 0 {
				t.Errorf("%s: a table without a row, and no word about it: %q", path, tables)
			}
			b.shot("empty" + strings.ReplaceAll(path, "/", "-"))
		}
	}
	check(office, "/", "/assignments", "/tasks/6", "/indicators", "/indicators/G2.1", "/periods", "/assessments", "/screens", "/meeting", "/journal", "/delegations", "/signing", "/me", "/figures/import")
	check(unit, "/", "/assignments", "/tasks/6", "/indicators", "/assessments", "/figures/import", "/delegations")
}
