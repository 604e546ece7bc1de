package browser

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// later starts the site again on the evening of the quarter's due day.
func (s *site) later() {
	s.t.Helper()
	s.stop()
	s.begin = time.Date(2022, 9, 30, 18, 0, 0, 0, zone)
	s.tokens["banshi"] = strings.TrimSpace(s.command("token", "add", "later", "--as", "banshi"))
	s.start()
}

// TestBoardLooksBack: a person in front of the board goes back by mouse and key, sees that
// it is not the present, and comes back by one key; what happens meanwhile does not come in.
func TestBoardLooksBack(t *testing.T) {
	s := newSite(t, opening)
	s.busy()
	s.later()
	b := s.newTab(1920, 1080)
	b.login("banshi")
	b.open("/board?dwell=3600")
	b.until(`document.querySelector(".b-live:not(.b-hollow)")`)
	late := ask[string](b, `document.querySelector(".c-over b").textContent`)
	if late == "0" {
		t.Fatal("nothing is late, so that nothing shows")
	}
	b.press(".b-enter")
	b.until(`document.readyState === "complete" && document.getElementById("track-range")`)
	banner := ask[string](b, `document.getElementById("board-back").innerText`)
	if !strings.Contains(banner, "回看：截至 2022年") || !strings.Contains(banner, "不是当前情况") || ask[bool](b, `Boolean(document.documentElement.getAttribute("data-live"))`) {
		t.Errorf("the banner says %q, or the page listens", banner)
	}
	for _, fault := range ask[[]string](b, tooWide) {
		t.Error(fault)
	}
	for _, fault := range ask[[]string](b, tooSmall+`(24)`) {
		t.Error(fault)
	}
	b.shot("entered")

	for _, look := range []string{"lang=en&next=/board%3Ftheme%3Ddark%26asof%3D2022-09-21T12:00", "lang=zh-CN&next=/board%3Ftheme%3Dlight%26asof%3D2022-09-21T12:00"} {
		b.open("/language?" + look)
		b.until(`document.readyState === "complete" && !document.getElementById("track-slide").hidden`)
		for _, fault := range append(ask[[]string](b, tooWide), ask[[]string](b, tooSmall+`(24)`)...) {
			t.Errorf("%s: %s", look, fault)
		}
		if w := ask[float64](b, `document.getElementById("track-range").getBoundingClientRect().width`); w < 300 {
			t.Errorf("%s: a slider of %.0f px", look, w)
		}
		b.shot("look-" + look[5:7])
	}

	// By key: to the slider's start, when nothing was late, with the page turned first.
	b.do(chromedp.KeyEvent(kb.ArrowRight))
	turned := ask[string](b, `document.querySelector(".b-page-on").id`)
	b.do(chromedp.Focus("#track-range"), chromedp.KeyEvent(kb.Home))
	first := ask[string](b, `document.getElementById("track").dataset.start`)
	b.until(`document.getElementById("track-said").textContent === "" && Date.parse(new URL(location.href).searchParams.get("asof")) === Date.parse(` + quote(first) + `)`)
	if n := ask[string](b, `document.querySelector(".c-over b").textContent`); n != "0" {
		t.Errorf("%s late at the start, %s now", n, late)
	}
	if on := ask[string](b, `document.querySelector(".b-page-on").id`); on != turned || on == "page-overview" {
		t.Errorf("the slider's keys turned the page from %s to %s", turned, on)
	}
	b.do(chromedp.KeyEvent(kb.ArrowRight))
	b.until(`document.getElementById("track-said").textContent === "" && Date.parse(new URL(location.href).searchParams.get("asof")) === Date.parse(` + quote(first) + `) + 3600000`)
	if clock := ask[string](b, `document.getElementById("board-back").innerText`); !strings.Contains(clock, "2022年9月20日") {
		t.Errorf("an hour on: %s", clock)
	}
	// The end of a day, by mouse.
	b.press("#track-after a")
	b.until(`document.getElementById("board-back").innerText.indexOf("2022年9月20日 17:30") >= 0 && document.getElementById("clock").textContent === "17:30"`)
	if ask[string](b, `document.activeElement.tagName`) == "" {
		t.Error("no focus")
	}

	// What happens now does not come in. A board beside it that is live tells when it would have.
	beside := s.newTab(1920, 1080)
	beside.login("banshi")
	beside.open("/board?dwell=3600")
	waits := func(n string) string {
		return `document.querySelector(".live-on, .b-live:not(.b-hollow)") && document.querySelector(".b-kpi.c-rept b").textContent === ` + quote(n)
	}
	beside.until(waits("1"))
	shown := ask[string](b, `document.querySelector(".stage").innerText`)
	s.api("banshi", "POST", "/api/v1/assignments/2022Q3-02-lead-kjt/verification", map[string]any{"grade": "good"})
	beside.until(waits("0"))
	if now := ask[string](b, `document.querySelector(".stage").innerText`); now != shown {
		t.Errorf("the board changed by itself:\n%s\nwas\n%s", now, shown)
	}
	b.shot("day-end")
	b.do(chromedp.KeyEvent(kb.Escape))
	b.until(`document.readyState === "complete" && document.querySelector(".b-live:not(.b-hollow)") && !location.search.includes("asof")`)
	if n := ask[string](b, `document.querySelector(".c-over b").textContent`); n != late {
		t.Errorf("back at the present %s are late, %s were", n, late)
	}
}

// TestBoardLooksBackWithoutScript: the form and the links do the same.
func TestBoardLooksBackWithoutScript(t *testing.T) {
	s := newSite(t, opening)
	s.later()
	b := s.newTab(1366, 768)
	b.login("banshi")
	b.script(false)
	b.open("/board")
	b.press(".b-enter")
	b.until(`document.getElementById("track-at")`)
	if ask[bool](b, `document.getElementById("track-slide").checkVisibility()`) {
		t.Error("a slider that does nothing")
	}
	b.do(chromedp.SetValue("#track-at", "2022-09-20T12:00"))
	b.press("#track button")
	b.until(`document.getElementById("board-back").innerText.indexOf("2022年9月20日 12:00") >= 0`)
	b.press("#track-after a")
	b.until(`document.getElementById("board-back").innerText.indexOf("2022年9月20日 17:30") >= 0`)
	b.press("#board-back a")
	b.until(`document.getElementById("live") && !document.getElementById("board-back")`) // the present, which only a script calls live
}

// TestPagesLookBack: a clerk looks at the list as it was, follows a link, and returns.
func TestPagesLookBack(t *testing.T) {
	s := newSite(t, opening)
	s.busy()
	s.later()
	b := s.newTab(1366, 768)
	b.login("banshi")
	b.open("/assignments?period=2022Q3")
	b.do(chromedp.SetValue("#f-asof", "2022-09-21T12:00"))
	b.press(".look-back button")
	b.until(`document.querySelector(".back") && document.querySelector(".back").innerText.indexOf("截至 2022年9月21日 12:00，不是当前情况") >= 0`)
	b.shot("list")
	if ask[int](b, `document.querySelectorAll("input[type=checkbox], form[method=post]:not([action='/logout'])").length`) != 0 {
		t.Error("something can be done while looking back")
	}
	b.press("tbody th a")
	b.until(`location.pathname.indexOf("/assignments/2022Q3") === 0 && document.querySelector(".back")`)
	b.shot("assignment")
	b.press(".back a")
	b.until(`location.pathname.indexOf("/assignments/2022Q3") === 0 && !document.querySelector(".back")`)
	// A time that cannot be is said at its field.
	b.do(chromedp.SetValue("#f-asof", "2031-01-01T08:00"))
	b.press(".look-back button")
	b.until(`document.getElementById("f-asof-error") && document.getElementById("f-asof-error").textContent.indexOf("不能晚于现在") >= 0 && document.getElementById("f-asof").value === "2031-01-01T08:00"`)
	b.mu.Lock()
	b.bad = nil // the refusal's status is an error on the console
	b.mu.Unlock()
}

// TestJournalIsCheckedInTheBrowser: with Web Crypto and, as on plain http, without.
func TestJournalIsCheckedInTheBrowser(t *testing.T) {
	s := newSite(t, opening)
	s.busy()
	b := s.newTab(1366, 768)
	b.login("zhuren")
	for _, subtle := range []bool{true, false} {
		b.open("/journal?start=first")
		if !subtle {
			ask[bool](b, `(() => { Object.defineProperty(crypto, "subtle", {get() { return undefined; }}); return !crypto.subtle; })()`)
		}
		b.press("#recount button")
		b.until(`document.getElementById("recount-said").className.indexOf("tone-good") >= 0`)
		last := ask[string](b, `(() => { const r = document.querySelectorAll("tr[data-seq]"); return r[r.length - 1].dataset.hash; })()`)
		if said := ask[string](b, `document.getElementById("recount-said").textContent`); !strings.Contains(said, "您的浏览器已重算第 1 至") || !strings.Contains(said, last) {
			t.Errorf("with Web Crypto %t it says %s", subtle, said)
		}
	}
	b.shot("checked")
	// A row that shows another hash is found.
	ask[bool](b, `(() => { document.querySelectorAll("tr[data-seq]")[2].dataset.hash = "00"; return true; })()`)
	b.press("#recount button")
	b.until(`document.getElementById("recount-said").className.indexOf("tone-bad") >= 0`)
	if said := ask[string](b, `document.getElementById("recount-said").textContent`); !strings.Contains(said, "第 3 条") {
		t.Error(said)
	}
}
