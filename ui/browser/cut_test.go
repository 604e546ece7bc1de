package browser

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// cutOff are the words that a box without room cuts off: of elements that hide what stands out
// of them, and of those that lie in a box which does.
const cutOff = `(() => { const out = []; for (const e of document.querySelectorAll("body *")) {
  if (e.closest(".vh, svg, [hidden], details:not([open]) > :not(summary)") || !e.clientWidth) continue;
  const o = getComputedStyle(e); if (o.overflowX !== "hidden" && o.overflowX !== "clip") continue;
  const range = document.createRange(); range.selectNodeContents(e);
  const inner = e.getBoundingClientRect().right - parseFloat(o.borderRightWidth) - (o.textOverflow === "ellipsis" ? parseFloat(o.paddingRight) : 0);
  if (e.textContent.trim() && range.getBoundingClientRect().right > inner + 0.5) out.push((e.className || e.tagName) + ": " + e.textContent.trim().replace(/\s+/g, " ").slice(0, 40)); }
  return [...new Set(out)].slice(0, 6); })()`

// sideways are the tables that scroll sideways in their box, and the page when it does.
const sideways = `(() => { const out = Array.from(document.querySelectorAll("main .scroll")).filter(e => e.scrollWidth > e.clientWidth + 1).map(e => (e.getAttribute("aria-label") || e.textContent.trim().slice(0, 20)) + " " + e.scrollWidth + " of " + e.clientWidth);
  if (document.documentElement.scrollWidth > innerWidth) out.push("the page " + document.documentElement.scrollWidth); return out; })()`

// everyState has the quarter in its last days: reported, verified, late, special and urged
// work, a filed report with figures, and a frozen assessment with its circular.
func everyState(t *testing.T) *site {
	s := newSite(t, opening)
	s.busy()
	s.api("banshi", http.MethodPut, "/api/v1/indicators/G5.1/owner", map[string]any{"owner": "fzggw"})
	s.api("fzggw", http.MethodPost, "/api/v1/assignments/2022Q3-10-lead-fzggw/reports", map[string]any{"progress": "（测试）按计划推进。", "asks": "（测试）请协调部门数据共享。",
		"figures": []map[string]any{{"indicator": "G5.1", "value": 1250, "as_of": "2022-08-31"}}})
	s.api("banshi", http.MethodPost, "/api/v1/periods", map[string]any{"id": "S1", "name": "（测试）闲置用地专项清查", "due": "2022-09-26", "tasks": []int{6}})
	kjt := "/api/v1/assignments/2022Q3-02-lead-kjt" // an ask and an extension request side by side
	s.api("banshi", http.MethodPost, kjt+"/return", map[string]any{"reason": "（测试）请补充。"})
	s.api("kjt", http.MethodPost, kjt+"/reports", map[string]any{"progress": "（测试）已补充。", "asks": "（测试）请协调。"})
	s.api("banshi", http.MethodPost, kjt+"/return", map[string]any{"reason": "（测试）请再补充。"})
	s.api("kjt", http.MethodPost, kjt+"/extension-requests", map[string]any{"due": "2022-10-14", "reason": "（测试）等待数据。"})
	s.stop()
	s.begin = time.Date(2022, 9, 29, 9, 0, 0, 0, zone) // cooperating departments are late, leads are not
	s.start()
	for _, act := range []string{"draft", "notice"} {
		s.api("banshi", http.MethodPost, "/api/v1/assessments/2022Q3/"+act, map[string]any{})
	}
	s.api("zhuren", http.MethodPost, "/api/v1/assessments/2022Q3/freeze", map[string]any{})
	return s
}

// TestNothingIsCut: on the screens offices have, in both languages, no word is cut off, no
// table scrolls sideways, and on a phone no page does. DUBAN_BROWSER_SHOTS keeps pictures of all.
func TestNothingIsCut(t *testing.T) {
	s := everyState(t)
	office, unit := s.newTab(1366, 768), s.newTab(1366, 768)
	office.login("banshi")
	unit.login("zrzyt")
	special := "/assignments/S1-06-lead-zrzyt"
	for _, c := range []struct {
		as    *tab
		paths []string
	}{
		{office, []string{"/", "/?state=overdue", "/?need=overdue", "/assignments", "/assignments?period=S1", task6, "/assignments/2022Q3-10-lead-fzggw", special, "/tasks/6", "/tasks/10",
			"/indicators", "/indicators/G5.1", "/periods", "/assessments", "/assessments/2022Q3", "/circulars/2022Q3", "/circular-template", "/screens", "/meeting", "/signing", "/me", "/delegations"}},
		{unit, []string{"/", "/assignments", special, special + "/report", "/assignments/2022Q3-09-coop-zrzyt/report", "/tasks/6", "/indicators", "/figures/import"}},
	} {
		for _, lang := range []string{"zh-CN", "en"} {
			c.as.open("/language?lang=" + lang + "&next=/me")
			for _, path := range c.paths {
				for _, width := range []int{1366, 390} {
					if width == 390 && lang == "en" { // whose words break anywhere
						continue
					}
					c.as.do(chromedp.EmulateViewport(int64(width), map[int]int64{1366: 768, 390: 844}[width]))
					c.as.open(path)
					name := fmt.Sprintf("%s-%d-%s%s", map[bool]string{true: "office", false: "unit"}[c.as == office], width, lang, strings.NewReplacer("/", "-", "?", "-", "=", "-").Replace(path))
					if os.Getenv("DUBAN_BROWSER_SHOTS") != "" {
						c.as.do(chromedp.EmulateViewport(int64(width), ask[int64](c.as, `Math.min(6000, Math.max(innerHeight, document.documentElement.scrollHeight))`)))
						c.as.shot(name)
					}
					off, wides := ask[[]string](c.as, cutOff), ask[[]string](c.as, sideways)
					if width == 390 { // tables of a desk scroll in their own box there
						off, wides = nil, nil
						if w := ask[int](c.as, `document.documentElement.scrollWidth`); w > width {
							wides = ask[[]string](c.as, wide)
						}
					}
					if len(off) > 0 || len(wides) > 0 {
						c.as.keep(name)
						t.Errorf("%s in %s at %d: cut off %q, too wide %q", path, lang, width, off, wides)
					}
				}
			}
		}
	}
	office.do(chromedp.EmulateViewport(1366, 768))
	office.open("/")
	ask[int](office, `(document.querySelector(".list-fixed tbody td:nth-child(2)").append("所有配合单位都逾期没有报送的任务"), 0)`)
	if len(ask[[]string](office, cutOff)) == 0 {
		t.Error("what is cut off is not found")
	}
}
