package browser

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// shownTexts is what a person reads of the page.
const shownTexts = `(() => {
  let out = "";
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n = walk.nextNode(); n; n = walk.nextNode())
    if (n.parentElement.checkVisibility({visibilityProperty: true})) out += n.data + "\n";
  return out;
})()`

// TestWallWithoutItsScript: a wall whose script did not come says that nothing comes in and
// of when it is; nothing on it goes by the hour.
func TestWallWithoutItsScript(t *testing.T) {
	s := newSite(t, opening)
	office := s.newTab(1366, 768)
	office.login("banshi")
	b := s.pair(office, 1920, 1080, "?pages=overview,grid")
	b.until(`document.getElementById("live-word").textContent === "实时"`)
	if ask[bool](b, shownTexts+`.includes("未连接")`) || !ask[bool](b, `document.getElementById("clock").checkVisibility({visibilityProperty: true})`) {
		t.Error("with its script it says that it is not connected, or has no clock")
	}
	b.script(false)
	for _, path := range []string{"/board", "/board?pages=overview", "/board?pages=grid", "/board?pages=charts", "/board?pages=indicators", "/board?pages=ranking", "/board?pages=today", "/board?theme=light"} {
		b.do(chromedp.Navigate(s.url(path)))
		b.until(`document.getElementById("live-word")`)
		text := ask[string](b, shownTexts)
		if ask[bool](b, shownTexts+`.includes("实时")`) || !ask[bool](b, shownTexts+`.includes("未连接")`) || !ask[bool](b, shownTexts+`.includes("更新")`) {
			t.Errorf("%s says %q", path, text)
		}
		for _, id := range []string{"clock", "date"} {
			if ask[bool](b, `document.getElementById(`+quote(id)+`).checkVisibility({visibilityProperty: true})`) {
				t.Errorf("%s: the %s stands still and is shown", path, id)
			}
		}
	}
	b.shot("wall-without-script")
	b.script(true)
}

// moved sets the clock of the page's machine by so many ms.
const moved = `((by) => {
  const Real = window.RealDate || (window.RealDate = Date);
  const F = function (...a) { return a.length ? new Real(...a) : new Real(Real.now() + by); };
  F.now = () => Real.now() + by; F.parse = Real.parse; F.UTC = Real.UTC; F.prototype = Real.prototype;
  window.Date = F;
  return 1;
})`

// TestWallClockMoved: whoever sets the machine's clock an hour back or forth stops nothing:
// pages turn, the hour goes on, a lost line is said, and it does not say so for nothing.
func TestWallClockMoved(t *testing.T) {
	s := newSite(t, opening)
	office := s.newTab(1366, 768)
	office.login("banshi")
	b := s.pair(office, 1920, 1080, "?pages=overview,grid&dwell=3")
	for _, by := range []string{"-3600000", "3600000", "-86400000", "86400000", "0"} {
		ask[int](b, moved+`(`+by+`)`)
		on := ask[string](b, `document.querySelector(".b-page-on").id`)
		b.until(`document.querySelector(".b-page-on").id !== ` + quote(on))
		on = ask[string](b, `document.querySelector(".b-page-on").id`)
		b.until(`document.querySelector(".b-page-on").id !== ` + quote(on))
		if ask[bool](b, `document.documentElement.classList.contains("stale")`) {
			t.Errorf("by %s ms: it says that the line is lost", by)
		}
		if clock := ask[string](b, `document.getElementById("clock").textContent`); clock[:2] != opening.Format("15") {
			t.Errorf("by %s ms: the plan's clock says %s", by, clock)
		}
	}
	office.do(chromedp.Navigate("about:blank"))
	ask[int](b, moved+`(-3600000)`)
	b.away(true)
	s.kill()
	t.Logf("said to be stale after %v", b.until(`document.documentElement.classList.contains("stale")`))
	b.until(shownTexts + `.includes("连接中断")`)
	s.start()
	b.until(`!document.documentElement.classList.contains("stale")`)
	b.away(false)
}

// TestWallPairingGone: a wall whose pairing the server knows no more, because its store was
// put back from before it, or the screen was revoked while the line was down, shows a code
// again by itself and is let in with it.
func TestWallPairingGone(t *testing.T) {
	s := newSite(t, opening)
	s.stop()
	data, kept := filepath.Join(s.dir, "data"), filepath.Join(s.dir, "kept")
	if err := os.CopyFS(kept, os.DirFS(data)); err != nil {
		t.Fatal(err)
	}
	s.start()
	office := s.newTab(1366, 768)
	office.login("banshi")
	b := s.pair(office, 1920, 1080, "?pages=overview")
	office.do(chromedp.Navigate("about:blank"))
	b.away(true)
	s.kill()
	if err := os.RemoveAll(data); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.CopyFS(data, os.DirFS(kept)), os.Chmod(filepath.Join(data, "secret.key"), 0o600)); err != nil { // a copy is readable by all
		t.Fatal(err)
	}
	b.until(`document.documentElement.classList.contains("stale")`)
	s.start()
	b.until(`document.querySelector(".b-pair .code")`)
	b.shot("wall-pairing-again")
	b.away(false)
	code := ask[string](b, `document.querySelector(".code").textContent`)
	office.login("banshi")
	office.open("/screens")
	office.do(typed("#f-code", code), typed("#f-name", "三楼会议室"))
	office.press(`form:has(#f-code) .btn`)
	office.until(`location.search.includes("done=")`)
	b.until(`document.querySelector("#board-tasks") && document.getElementById("live-word").textContent === "实时"`)
}
