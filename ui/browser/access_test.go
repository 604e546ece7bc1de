package browser

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// axeFile is where make puts axe-core, a tool of this test only.
const axeFile = "../../test-output/npm/node_modules/axe-core/axe.min.js"

// faults asks axe for what stands against WCAG 2.2 level AA, one line each.
const faults = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"]}).then(r =>
  r.violations.flatMap(v => v.nodes.slice(0, 4).map(n => v.id + ": " + v.help + " | " + n.target.join(" ") + " | " + (n.any[0] || n.all[0] || n.none[0] || {}).message)))`

// TestAccessible: no page has a fault that axe-core finds at level AA, with the
// board in both themes.
func TestAccessible(t *testing.T) {
	axe, err := os.ReadFile(axeFile)
	if os.IsNotExist(err) && os.Getenv("CI") == "" {
		t.Skip("axe-core is not there: make tools fetches it with npm")
	}
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, opening)
	s.busy()
	office, unit := s.newTab(1366, 768), s.newTab(1366, 768)
	stranger := s.newTab(1366, 768)
	office.login("banshi")
	unit.login("zrzyt")
	stranger.open("/language?lang=zh-CN&next=/login")
	for _, c := range []struct {
		as    *tab
		paths []string
	}{
		{stranger, []string{"/login", "/board"}},
		{office, []string{"/", "/assignments", task6, "/assignments/2022Q3-02-lead-kjt", "/assignments/2022Q3-08-lead-swt", "/tasks/6", "/indicators", "/indicators/G2.1",
			"/periods", "/screens", "/me", "/password", "/nothing", "/board?dwell=3600", "/board?dwell=3600&theme=light", "/board?pages=grid&theme=light",
			"/board?pages=grid", "/board?pages=indicators", "/board?pages=today"}},
		{unit, []string{"/", "/assignments", task6, "/tasks/6", "/indicators", "/assignments/2022Q3-09-coop-zrzyt", "/assignments/2022Q3-09-coop-zrzyt/report"}},
	} {
		for _, path := range c.paths {
			c.as.away(path == "/nothing") // a page that is not there is told to the console
			c.as.open(path)
			c.as.inject(axe)
			lines, err := chromedp.Run(c.as.ctx, chromedp.Evaluate[[]string](faults, chromedp.EvalAwaitPromise))
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			for _, line := range lines {
				t.Errorf("%s: %s", path, line)
			}
			c.as.away(false)
		}
	}
	office.open("/")
	office.inject(axe)
	ask[int](office, `(document.querySelector("h1").insertAdjacentHTML("afterend", "<img src=data:,>"), document.querySelector("h1").style.setProperty("color", "#eee"), 0)`)
	if lines, err := chromedp.Run(office.ctx, chromedp.Evaluate[[]string](faults, chromedp.EvalAwaitPromise)); err != nil || len(lines) < 2 {
		t.Errorf("a picture without words and pale text are not found: %v %v", lines, err)
	}
}

func (b *tab) inject(script []byte) {
	b.t.Helper()
	if _, err := chromedp.Run(b.ctx, chromedp.Evaluate[chromedp.Void](string(script))); err != nil {
		b.t.Fatal(err)
	}
}

// focus describes what the keyboard is on, and what is wrong with it: nothing to
// be seen, no name, no mark of focus.
const focus = `(() => {
  const e = document.activeElement;
  if (!e || e === document.body) return ["", ""];
  const o = getComputedStyle(e), r = e.getBoundingClientRect(), bad = [];
  if (r.width < 1 || r.height < 1) bad.push("is not to be seen");
  if (r.bottom < 0 || r.top > innerHeight) bad.push("is out of view");
  if (o.outlineStyle === "none" && o.boxShadow === "none") bad.push("has no mark of focus");
  if (parseFloat(o.outlineWidth) < 2 && o.boxShadow === "none") bad.push("has a mark of focus under 2 px");
  const name = e.getAttribute("aria-label") || (e.labels && e.labels[0] && e.labels[0].innerText) || e.innerText || e.title || e.value || "";
  if (!name.trim()) bad.push("has no name");
  return [(e.id || e.name || e.tagName + " " + name.trim().slice(0, 20)), bad.join(", ")];
})()`

// tabTo presses Tab until the element that matches is focused, and answers where
// the keyboard has been on the way; nothing it stops at may be without name or mark.
func (b *tab) tabTo(selector string, most int) []string {
	b.t.Helper()
	var stops []string
	for range most {
		b.do(chromedp.KeyEvent(kb.Tab))
		at := ask[[]string](b, focus)
		if at[1] != "" {
			b.t.Errorf("%s: %s", at[0], at[1])
		}
		stops = append(stops, at[0])
		if ask[bool](b, `document.activeElement.matches(`+quote(selector)+`)`) {
			return stops
		}
	}
	b.keep("failed")
	b.t.Fatalf("%s is not reached by the keyboard; it was on %s", selector, strings.Join(stops, ", "))
	return nil
}

// TestKeyboard: a liaison logs in, makes a mistake, mends it and files a report
// without touching the mouse.
func TestKeyboard(t *testing.T) {
	s := newSite(t, opening)
	s.api("zrzyt", "POST", "/api/v1"+task6+"/acceptance", map[string]any{})
	b := s.newTab(1366, 768)
	b.open("/language?lang=zh-CN&next=/login")
	b.tabTo("#f-name", 10)
	b.do(chromedp.KeyEvent("zrzyt"))
	b.tabTo("#f-password", 3)
	b.do(chromedp.KeyEvent(password), chromedp.KeyEvent(kb.Enter))
	b.waitPath("/")

	b.tabTo(`a[href="`+task6+`/report"]`, 40)
	b.do(chromedp.KeyEvent(kb.Enter))
	b.waitPath(task6 + "/report")
	b.tabTo(`button[value="review"]`, 150)
	b.away(true)                      // a refused form is told to the console
	b.do(chromedp.KeyEvent(kb.Enter)) // nothing is filled in
	b.until(`document.activeElement.id === "error-summary"`)
	b.away(false)
	b.shot("summary")
	b.tabTo(`#error-summary a`, 1)
	b.do(chromedp.KeyEvent(kb.Enter))
	b.until(`document.activeElement.id === "f-progress"`)
	b.do(chromedp.KeyEvent("（测试）全程键盘填报。"))
	b.until(`document.getElementById("draft-state").textContent.includes("已")`)
	stops := b.tabTo(`button[value="review"]`, 150)
	if want := "f-next_steps"; !strings.Contains(strings.Join(stops, " "), want) {
		t.Errorf("the keyboard passes %s by: %v", want, stops)
	}
	b.do(chromedp.KeyEvent(kb.Enter))
	b.until(`document.querySelector("form.foot")`)
	b.tabTo("form.foot button", 60)
	b.do(chromedp.KeyEvent(kb.Enter))
	b.until(`location.search.includes("done=")`)
	if state := s.api("zrzyt", "GET", "/api/v1"+task6, nil)["state"]; state != "reported" {
		t.Errorf("state %v", state)
	}
}

// wide are the elements that stand out to the right.
const wide = `Array.from(document.querySelectorAll("main *, header *")).filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".scroll, .vh")).slice(0, 8).map(e =>
  e.tagName + "#" + e.id + "." + (e.className.baseVal || e.className) + " " + Math.round(e.getBoundingClientRect().right))`

// TestNarrow: at 320 px, and at 1280 px enlarged four times which is the same,
// people's pages do not scroll sideways.
func TestNarrow(t *testing.T) {
	s := newSite(t, opening)
	s.busy()
	office, unit := s.newTab(320, 640), s.newTab(320, 640)
	office.login("banshi")
	unit.login("zrzyt")
	check := func(b *tab, paths ...string) {
		for _, path := range paths {
			b.open(path)
			if w := ask[int](b, `document.documentElement.scrollWidth`); w > 320 {
				b.keep(strings.NewReplacer("/", "-", "?", "-").Replace(path))
				t.Errorf("%s is %d px wide: %s", path, w, strings.Join(ask[[]string](b, wide), ", "))
			}
		}
	}
	check(office, "/", "/assignments", task6, "/tasks/6", "/indicators", "/indicators/G2.1", "/periods", "/screens", "/me")
	check(unit, "/", task6, "/assignments/2022Q3-09-coop-zrzyt/report")
	if w := ask[int](unit, fmt.Sprintf(`(document.body.style.setProperty("min-width", "%dpx"), document.documentElement.scrollWidth)`, 900)); w <= 320 {
		t.Error("a page that is too wide is not found")
	}
}
