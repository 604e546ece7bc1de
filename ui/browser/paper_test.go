package browser

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
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

// cut are the table cells that a sheet of paper, as wide as the page's main column in
// print, would not hold.
const cut = `(() => { const main = document.querySelector("main"), width = main.getBoundingClientRect().right; return Array.from(main.querySelectorAll("td, th"))
  .filter(c => c.offsetParent && (c.getBoundingClientRect().right > width + 1 || c.scrollWidth > c.clientWidth + 1)).map(c => c.textContent.trim().slice(0, 20)).slice(0, 5); })()`

// media makes the page believe that it is on that medium; "" ends it.
func (b *tab) media(name string) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: name}); err != nil {
		b.t.Fatal(err)
	}
}

// TestPapersOfTheOffice: what the office prints from the browser: upright A4 (the ledger
// lies across), nothing of the frame, no column cut, head rows that repeat, annexes that
// begin a sheet, and score lines that are folded on the screen unfolded on paper.
func TestPapersOfTheOffice(t *testing.T) {
	s := newSite(t, opening)
	s.full()
	s.api("banshi", "POST", "/api/v1/assignments/2022Q3-08-lead-swt/urges", map[string]any{"level": "formal", "text": "（测试）请抓紧办理，今天下班前报送。"})
	b := s.newTab(1366, 768)
	b.login("banshi")
	for path, want := range map[string]struct {
		least, most int
		size        string
		room        int64 // CSS pixels between the margins
	}{
		"/assignments?limit=500":                              {3, 5, "841×594", 1016}, // 74 rows
		"/assessments/2022Q3":                                 {3, 7, "594×841", 672},
		"/circulars/2022Q3":                                   {4, 9, "594×841", 589}, // the circular and three annexes
		"/assignments/2022Q3-08-lead-swt/urges/2/print":       {1, 1, "594×841", 672},
		"/assignments?limit=500&lang=en&department=scjgj&q=9": {1, 1, "841×594", 1016},
	} {
		b.open(path)
		if sheets, size := b.printed(); sheets < want.least || sheets > want.most || size != want.size {
			t.Errorf("%s: %d sheets of %s, want %d to %d of %s", path, sheets, size, want.least, want.most, want.size)
		}
		b.media("print")
		b.do(chromedp.EmulateViewport(want.room, 900))
		if shown := ask[[]string](b, `Array.from(document.querySelectorAll(".top, .crumbs, .filter, .bulk, .no-print, main button, main form")).filter(e => e.offsetParent).map(e => e.className)`); len(shown) > 0 {
			t.Errorf("%s on paper: %q", path, shown)
		}
		if cells := ask[[]string](b, cut); len(cells) > 0 {
			b.keep("cut" + strings.NewReplacer("/", "-", "?", "-").Replace(path))
			t.Errorf("%s on paper cuts %q", path, cells)
		}
		if heads := ask[int](b, `Array.from(document.querySelectorAll("main thead")).filter(h => getComputedStyle(h).display !== "table-header-group").length`); heads > 0 {
			t.Errorf("%s: %d head rows do not repeat on the next sheet", path, heads)
		}
		b.media("")
		b.do(chromedp.EmulateViewport(1366, 768))
	}
	b.open("/circulars/2022Q3")
	b.media("print")
	if broken := ask[[]string](b, `Array.from(document.querySelectorAll(".attached")).map(h => getComputedStyle(h).breakBefore)`); !slices.Equal(broken, []string{"page", "page", "page"}) {
		t.Errorf("the annexes begin with %q", broken)
	}
	if split := ask[[]string](b, `Array.from(document.querySelectorAll(".paper td")).filter(c => c.textContent.length < 8 && c.getBoundingClientRect().height > 50).map(c => c.textContent)`); len(split) > 0 {
		t.Errorf("words on several lines: %q", split)
	}
	b.media("")
	b.open("/assessments/2022Q3")
	open := `Array.from(document.querySelectorAll("details[data-print-open]")).filter(d => d.open).length`
	before := ask[int](b, open)
	_ = ask[bool](b, `window.dispatchEvent(new Event("beforeprint"))`)
	while := ask[int](b, open)
	_ = ask[bool](b, `window.dispatchEvent(new Event("afterprint"))`)
	if all := ask[int](b, `document.querySelectorAll("details[data-print-open]").length`); before != 0 || while != all || all == 0 || ask[int](b, open) != before {
		t.Errorf("score lines open: %d before, %d of %d while printing, %d after", before, while, all, ask[int](b, open))
	}
}

// TestPrintWholeList: the button of a list that is on several pages prints all that the
// filter finds.
func TestPrintWholeList(t *testing.T) {
	s := newSite(t, opening)
	b := s.newTab(1366, 768)
	b.login("banshi")
	b.open("/assignments?period=2022Q3")
	b.inject([]byte(`window.printed = 0; window.print = function () { window.printed = document.querySelectorAll('#list-rows > tr').length; }`))
	b.press("button[data-print]")
	b.until(`window.printed === 57 && !document.querySelector('.pager, .print-part')`)
}
