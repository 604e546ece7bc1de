package browser

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/memory"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// tooWide are the elements of the page shown that stand out of the window, are cut
// off, or cover their neighbours below; for a wall nothing may.
const tooWide = `(() => {
  const out = [];
  const w = innerWidth, h = innerHeight;
  if (document.documentElement.scrollWidth > w || document.documentElement.scrollHeight > h) out.push("the page scrolls: " + document.documentElement.scrollWidth + "x" + document.documentElement.scrollHeight);
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    if (!n.data.trim()) continue;
    const e = n.parentElement;
    if (e.closest(".vh, script, style, svg, [hidden]") || !e.checkVisibility({visibilityProperty: true, opacityProperty: true})) continue;
    const range = document.createRange();
    range.selectNodeContents(n);
    for (const r of range.getClientRects()) {
      if (r.left < -1 || r.top < -1 || r.right > w + 1 || r.bottom > h + 1) out.push("outside: " + n.data.slice(0, 40));
      for (let box = e; box && box !== document.body; box = box.parentElement) {
        const o = getComputedStyle(box);
        if (o.overflowX === "visible" && o.overflowY === "visible" || o.textOverflow === "ellipsis") continue;
        const b = box.getBoundingClientRect();
        if (r.right > b.right + 2 || r.bottom > b.bottom + 2) { out.push("cut off by ." + box.className + ": " + n.data.slice(0, 40)); break; }
      }
    }
  }
  return out;
})()`

// tooSmall are texts under the size in px, and where.
const tooSmall = `((least) => {
  const out = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    const e = n.parentElement;
    if (!n.data.trim() || e.closest(".vh, script, style, [hidden]") || !e.checkVisibility({visibilityProperty: true})) continue;
    const size = parseFloat(getComputedStyle(e).fontSize) * (e.ownerSVGElement ? e.getScreenCTM().a : 1);
    if (size < least - 0.01) out.push(size + " px: " + n.data.slice(0, 40));
  }
  return out;
})`

// busy brings a store into a state with everything on the wall: late and done
// tasks, figures, events of the day.
func (s *site) busy() {
	s.t.Helper()
	for n, id := range []string{"G1.1", "G1.2", "G2.1", "G4.3", "G5.4", "G5.6", "G5.8", "G1.6", "T5.1"} {
		s.api("banshi", "POST", "/api/v1/indicators/"+id+"/figures", map[string]any{"indicator": id, "value": []float64{31.25, 9.5, 1315, 9.1, 1.31, 13.6, 1180, 5.8, 0.94}[n], "as_of": "2022-08-31"})
	}
	s.api("zrzyt", "POST", "/api/v1"+task6+"/acceptance", map[string]any{})
	s.api("zrzyt", "POST", "/api/v1"+task6+"/reports", map[string]any{"progress": "（测试）进展正常。"})
	s.api("banshi", "POST", "/api/v1"+task6+"/verification", map[string]any{"grade": "good"})
	s.api("kjt", "POST", "/api/v1/assignments/2022Q3-02-lead-kjt/acceptance", map[string]any{})
	s.api("kjt", "POST", "/api/v1/assignments/2022Q3-02-lead-kjt/reports", map[string]any{"progress": "（测试）进展正常。"})
	s.api("fzggw", "POST", "/api/v1/assignments/2022Q3-10-lead-fzggw/acceptance", map[string]any{})
	s.api("banshi", "POST", "/api/v1/assignments/2022Q3-08-lead-swt/urges", map[string]any{"level": "urge", "text": "（测试）请抓紧。"})
	for n, v := range []float64{10.5, 15.25, 20.75} { // a course to draw
		s.api("banshi", "POST", "/api/v1/indicators/G1.1/figures", map[string]any{"indicator": "G1.1", "value": v, "as_of": []string{"2021-06-30", "2021-12-31", "2022-03-31"}[n]})
	}
}

// full adds to busy what fills the rest of the wall: more tasks than its first page
// has room for, and a ranking.
func (s *site) full() {
	s.t.Helper()
	s.busy()
	s.api("banshi", "POST", "/api/v1/periods", map[string]any{"id": "S1", "name": "（测试）专项", "due": "2022-10-14", "tasks": []int{1, 2, 3, 4, 5}})
	for _, act := range []string{"draft", "notice", "freeze"} {
		s.api(map[string]string{"freeze": "zhuren"}[act]+map[string]string{"draft": "banshi", "notice": "banshi"}[act], "POST", "/api/v1/assessments/2022Q3/"+act, map[string]any{})
	}
}

// TestBoardSizes: at every size of screen, on every page of the rotation and in
// both themes and languages, nothing overflows; at 1080 lines nothing is smaller
// than 24 px, which is read from five metres.
func TestBoardSizes(t *testing.T) {
	s := newSite(t, opening)
	s.full()
	b := s.newTab(1920, 1080)
	b.login("banshi")
	for _, size := range wallSizes {
		for _, look := range []struct{ lang, theme string }{{"zh-CN", "dark"}, {"zh-CN", "light"}, {"en", "dark"}} {
			name := fmt.Sprintf("%dx%d-%s-%s", size[0], size[1], look.lang, look.theme)
			b.do(chromedp.EmulateViewport(int64(size[0]), int64(size[1])))
			b.open("/language?lang=" + look.lang + "&next=/board%3Fdwell%3D3600%26theme%3D" + look.theme)
			seen := map[string]bool{}
			for n := range 12 {
				on := ask[[]string](b, `Array.from(document.querySelectorAll(".b-page-on")).map(p => p.id)`)
				if len(on) != 1 {
					t.Fatalf("%s: pages shown %v", name, on)
				}
				if seen[on[0]] {
					break
				}
				seen[on[0]] = true
				b.fits(fmt.Sprintf("%s %s", name, on[0]), size[1])
				if look.lang == "zh-CN" && (n == 0 || size[0] == 1920) {
					b.shot(fmt.Sprintf("%s-%d", name, n+1))
				}
				ask[int](b, `document.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowRight"})), 0`)
			}
			for _, id := range []string{"overview", "overview-2", "grid", "charts", "indicators-1", "indicators-3", "ranking", "today"} {
				if !seen["page-"+id] {
					t.Errorf("%s: no page %s among %v", name, id, seen)
				}
			}
			if len(seen) != 9 {
				t.Errorf("%s: pages %v", name, seen)
			}
		}
	}
}

// TestBoardChecksHaveTeeth: the checks of sizes find what they look for.
func TestBoardChecksHaveTeeth(t *testing.T) {
	s := newSite(t, opening)
	b := s.newTab(1920, 1080)
	b.login("banshi")
	b.open("/board?pages=overview")
	if faults := ask[[]string](b, tooWide); len(faults) > 0 {
		t.Fatalf("before: %v", faults)
	}
	ask[int](b, `(document.querySelector("#board-tasks .name").textContent = "长".repeat(200), 0)`)
	ask[int](b, `(document.querySelector("#board-tasks .lead").style.setProperty("font-size", "20px"), 0)`)
	ask[int](b, `(document.querySelector(".b-head h1").style.setProperty("margin-left", "1700px"), 0)`)
	if faults := ask[[]string](b, tooWide); len(faults) == 0 {
		t.Error("text that stands out of the window is not found")
	}
	if small := ask[[]string](b, tooSmall+`(24)`); len(small) != 1 {
		t.Errorf("small text: %v", small)
	}
}

// TestBoardStale: a killed server leaves the wall saying so within ten seconds and
// keeping what it shows; when the server is back, the wall catches up by itself.
func TestBoardStale(t *testing.T) {
	s := newSite(t, opening)
	office := s.newTab(1366, 768)
	office.login("banshi")
	b := s.pair(office, 1920, 1080, "?pages=overview")
	office.do(chromedp.Navigate("about:blank")) // it would miss the server too
	s.api("zrzyt", "POST", "/api/v1"+task6+"/acceptance", map[string]any{})
	b.until(row6 + `.className.includes("c-prog")`)
	ask[int](b, `window.same = 1`)
	before := ask[string](b, `document.getElementById("board-counts").textContent`)

	b.away(true)
	s.kill()
	took := b.until(`document.documentElement.classList.contains("stale")`)
	t.Logf("said to be stale after %v", took)
	b.until(`document.getElementById("banner-text").textContent.includes("连接中断")`)
	if after := ask[string](b, `document.getElementById("board-counts").textContent`); after != before {
		t.Errorf("the numbers changed from %q to %q while nothing is known", before, after)
	}
	b.shot("stale")

	s.start()
	s.api("zrzyt", "POST", "/api/v1"+task6+"/reports", map[string]any{"progress": "（测试）服务器重启后报送。"})
	took = b.until(`!document.documentElement.classList.contains("stale")`)
	b.until(row6 + `.className.includes("c-rept")`)
	t.Logf("caught up %v after the restart", took)
	b.away(false)
	if ask[int](b, `window.same || 0`) != 1 {
		t.Error("the wall loaded its page again")
	}
}

// weight is what the page holds on to after a collection.
func (b *tab) weight() (nodes int64, heap float64) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, heapprofiler.CollectGarbage, cdp.Empty{})
	if err != nil {
		b.t.Fatal(err)
	}
	counters, err := chromedp.Call(b.ctx, memory.GetDOMCounters, cdp.Empty{})
	if err != nil {
		b.t.Fatal(err)
	}
	usage, err := chromedp.Call(b.ctx, runtime.GetHeapUsage, cdp.Empty{})
	if err != nil {
		b.t.Fatal(err)
	}
	return counters.Nodes, usage.UsedSize
}

// soak is how many changes TestBoardStaysLight makes; DUBAN_SOAK names another number.
const soak = 10_000

// TestBoardStaysLight: thousands of changes, as many as the server takes, leave the
// wall with as many nodes and as much memory as before, and up to date.
func TestBoardStaysLight(t *testing.T) {
	total := soak
	if n := os.Getenv("DUBAN_SOAK"); n != "" {
		var err error
		if total, err = strconv.Atoi(n); err != nil || total < soak {
			t.Fatalf("DUBAN_SOAK=%s: a number of changes, at least %d", n, soak)
		}
	}
	s := newSite(t, opening)
	b := s.newTabFor(2*time.Hour, 1920, 1080)
	b.login("banshi")
	b.open("/board?dwell=3")
	b.until(`!document.documentElement.classList.contains("stale")`)
	rows := s.rows()
	base := time.Date(2022, 10, 8, 0, 0, 0, 0, zone)
	change := func(from, to int) {
		var all sync.WaitGroup
		for r, id := range rows { // each has one at work on it: a later due date must follow an earlier
			all.Go(func() {
				for n := from; n < to; n++ {
					switch act := "/api/v1/assignments/" + id; {
					case n%len(rows) != r:
					case n/len(rows)%2 == 0: // its row changes
						s.api("banshi", "POST", act+"/extension", map[string]any{"due": base.Add(time.Duration(n) * time.Minute)})
					default: // the day's events do
						s.api("banshi", "POST", act+"/directives", map[string]any{"text": "（测试）请抓紧。"})
					}
				}
			})
		}
		all.Wait()
		s.api("banshi", "POST", "/api/v1/indicators/G2.1/figures", map[string]any{"indicator": "G2.1", "value": to, "as_of": "2022-09-01", "explanation": "（测试）"})
		b.until(`document.getElementById("stage").textContent.replace(/[,，]/g, "").includes(` + quote(fmt.Sprint(to)) + `)`)
	}
	change(0, 400) // what a page allocates once
	nodes, heap := b.weight()
	t.Logf("after 400 changes: %d nodes, %.0f KB", nodes, heap/1024)
	const parts = 4
	for n := range parts {
		began := time.Now()
		change(400+total*n/parts, 400+total*(n+1)/parts)
		later, grown := b.weight()
		t.Logf("after %d more: %d nodes, %.0f KB; %.0f changes a second", total*(n+1)/parts, later, grown/1024, float64(total)/parts/time.Since(began).Seconds())
		if later > nodes+nodes/10+20 {
			t.Errorf("nodes grew from %d to %d", nodes, later)
		}
		if grown > heap+512*1024 {
			t.Errorf("the heap grew from %.0f to %.0f bytes", heap, grown)
		}
	}
}

// rows are the ids of all assignments.
func (s *site) rows() []string {
	s.t.Helper()
	var ids []string
	for _, i := range s.api("banshi", "GET", "/api/v1/assignments?limit=100", nil)["items"].([]any) {
		ids = append(ids, i.(map[string]any)["id"].(string))
	}
	if len(ids) != 57 {
		s.t.Fatalf("%d assignments", len(ids))
	}
	return ids
}
