package browser

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// wallBehind is a wall that is paired through a proxy and has heard of its first change.
func (s *site) wallBehind(p *proxy, query string) (wall, office *tab) {
	s.t.Helper()
	office = s.newTab(1366, 768)
	office.login("banshi")
	wall = p.site.newTab(1920, 1080)
	s.letIn(office, wall, query)
	s.api("zrzyt", "POST", "/api/v1"+task6+"/acceptance", map[string]any{})
	wall.until(row6 + `.className.includes("c-prog")`)
	ask[int](wall, `window.same = 1`)
	return wall, office
}

// stays is where the wall still shows the board that it has, and says so.
func (b *tab) stays(where, says string) {
	b.t.Helper()
	b.until(shownTexts + `.includes(` + quote(says) + `)`)
	if ask[int](b, `window.same || 0`) != 1 || !ask[bool](b, row6+`.className.includes("c-prog") && !document.body.textContent.includes("系统维护")`) {
		b.t.Errorf("%s: the board is gone: %s", where, b.where())
	}
}

// TestWallBehindAProxy: a wall that is told to load itself again, by new settings or a new
// build, shows the board it has until the new one can be had: a proxy's error page, with
// whatever status, is not taken for one. When it can be had it comes by itself, once, also
// where the browser's storage is full.
func TestWallBehindAProxy(t *testing.T) {
	s := newSite(t, opening)
	p := behindProxy(t, s)
	b, office := s.wallBehind(p, "?pages=overview")
	b.away(true)
	theme := map[string]string{"200": "light", "502": "dark", "404": "light"}
	for _, status := range []int{200, 502, 404} {
		look := theme[strconv.Itoa(status)]
		p.fail(status, "/api/v1/live")
		office.open("/screens")
		office.press("tr.folded summary")
		office.press(`form[action="/screens/set"] input[value="` + look + `"]`)
		office.press(`form[action="/screens/set"] .btn`)
		office.until(`location.search.includes("done=screen_set")`)
		eventually(t, "the wall asks for its page twice", func() bool { return p.refusals() > 1 })
		b.stays(strconv.Itoa(status), "实时")
		p.fail(0, "")
		b.until(`!window.same && document.documentElement.getAttribute("data-theme") === ` + quote(look) + ` && document.getElementById("live-word").textContent === "实时"`)
		ask[int](b, `window.same = 1`)
	}

	office.do(chromedp.Navigate("about:blank"))
	ask[int](b, `(() => { for (const store of [sessionStorage, localStorage]) for (let size = 1 << 20; size; size >>= 1) try { for (let n = 0; n < 99; n++) store.setItem("x" + size + n, "x".repeat(size)); } catch (e) {} return 1; })()`)
	p.fail(502, "")
	s.next = true
	s.stop()
	s.start()
	b.until(`document.documentElement.classList.contains("stale")`)
	b.stays("the server is away", "连接中断")
	p.fail(200, "/api/v1/live")
	eventually(t, "the wall of an old build asks for its page twice", func() bool { return p.refusals() > 1 })
	b.stays("a new build whose page cannot be had", "实时")
	p.fail(0, "")
	b.until(`!window.same && document.body.getAttribute("data-build") === "next" && document.getElementById("live-word").textContent === "实时"`)
	ask[int](b, `window.same = 1`)
	s.api("zrzyt", "POST", "/api/v1"+task6+"/reports", map[string]any{"progress": "（测试）换版以后报送。"})
	b.until(row6 + `.className.includes("c-rept")`)
	if ask[int](b, `window.same || 0`) != 1 {
		t.Error("it loads itself again and again")
	}
}

// TestWallHalfOpen: a line that passes nothing and is not closed is said to be broken; when
// it passes again, the wall catches up without loading its page. A screen that was revoked
// meanwhile shows a code.
func TestWallHalfOpen(t *testing.T) {
	s := newSite(t, opening)
	p := behindProxy(t, s)
	b, office := s.wallBehind(p, "?pages=overview")
	b.away(true)
	p.stop()
	s.api("zrzyt", "POST", "/api/v1"+task6+"/reports", map[string]any{"progress": "（测试）断线时报送。"})
	b.until(`document.documentElement.classList.contains("stale")`)
	b.stays("half open", "连接中断")
	p.flow()
	b.until(`!document.documentElement.classList.contains("stale")`)
	b.until(row6 + `.className.includes("c-rept")`)
	if ask[int](b, `window.same || 0`) != 1 {
		t.Error("the wall loaded its page again")
	}
	p.stop()
	office.open("/screens")
	office.press(`form[action="/screens/revoke"] button`)
	office.waitPath("/screens/revoke") // which asks first
	office.press(`form[action="/screens/revoke"] button`)
	office.until(`location.search.includes("done=")`)
	b.until(`document.documentElement.classList.contains("stale")`)
	p.flow()
	b.until(`document.querySelector(".b-pair .code")`)
}

// TestWallScriptLate: a wall whose script takes long says that nothing comes in until it is
// there, and then shows what has changed meanwhile.
func TestWallScriptLate(t *testing.T) {
	s := newSite(t, opening)
	p := behindProxy(t, s)
	b, _ := s.wallBehind(p, "?pages=overview")
	if _, err := chromedp.Call(b.ctx, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true}); err != nil {
		t.Fatal(err)
	}
	for _, script := range []string{"/js/board.js", "/js/live.js"} {
		p.hold(script)
		ask[int](b, `(setTimeout(() => location.assign("/board?pages=overview&again=" + `+quote(script)+`), 0), 1)`)
		b.until(`!window.same && document.getElementById("live-word")`)
		if ask[bool](b, shownTexts+`.includes("实时")`) || !ask[bool](b, shownTexts+`.includes("未连接")`) {
			t.Errorf("%s is not there: it says %s", script, b.where())
		}
		if script == "/js/board.js" {
			s.api("zrzyt", "POST", "/api/v1"+task6+"/reports", map[string]any{"progress": "（测试）脚本到来以前报送。"})
		} else {
			s.api("banshi", "POST", "/api/v1"+task6+"/verification", map[string]any{"grade": "good"})
		}
		p.fetched()
		b.until(`document.getElementById("live-word").textContent === "实时"`)
		b.until(row6 + `.className.includes("c-` + map[string]string{"/js/board.js": "rept", "/js/live.js": "done"}[script] + `")`)
		ask[int](b, `window.same = 1`)
	}
}

// TestWallZone: the server's time moves to another zone, as when the plan's zone is changed,
// and the wall's clock goes with it at once, by what the socket says: here the page itself
// cannot be fetched yet. When it can, the wall loads it, since it is of another plan.
func TestWallZone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tasks.yaml")
	plan, err := os.ReadFile("../../tasks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, plan, 0o600); err != nil {
		t.Fatal(err)
	}
	s := newSiteOf(t, opening, file)
	office := s.newTab(1366, 768)
	office.login("banshi")
	b := s.pair(office, 1920, 1080, "?pages=overview")
	office.do(chromedp.Navigate("about:blank"))
	b.until(`document.getElementById("clock").textContent.startsWith("09:")`)
	ask[int](b, `(window.same = 1, window.held = fetch, window.fetch = () => Promise.reject(new Error("held")), 1)`)
	b.away(true)
	s.stop()
	if err := os.WriteFile(file, bytes.Replace(plan, []byte("time_zone: Asia/Shanghai"), []byte("time_zone: Asia/Urumqi"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	s.command("plan", "apply", "--reason", "（测试）换时区。", file)
	s.start()
	b.until(`document.getElementById("clock").textContent.startsWith("07:") && document.getElementById("live-word").textContent === "实时"`)
	if ask[int](b, `window.same || 0`) != 1 {
		t.Error("the wall loaded its page again")
	}
	ask[int](b, `(window.fetch = window.held, 1)`)
	b.until(`!window.same && document.readyState === "complete" && document.getElementById("clock").textContent.startsWith("07:")`)
}

// TestWallReducedMotion: the wall walks a few pixels against burn-in, and stands still for who
// asked their system for less motion; nothing on it is animated.
func TestWallReducedMotion(t *testing.T) {
	s := newSite(t, opening)
	office := s.newTab(1366, 768)
	office.login("banshi")
	b := s.pair(office, 1920, 1080, "?pages=overview,grid&dwell=3")
	const quick = `{ const real = setInterval; window.steps = 0; window.setInterval = (f, ms) => real(ms === 60000 ? () => { f(); window.steps++; } : f, ms === 60000 ? 20 : ms); }`
	if _, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: quick}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ asked, left string }{{"no-preference", "calc(50% + 3px)"}, {"reduce", "calc(50%"}} {
		features := []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: c.asked}}
		if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features}); err != nil {
			t.Fatal(err)
		}
		b.open("/board?pages=overview,grid&dwell=3")
		b.until(`window.steps > 30`)
		if c.asked == "reduce" {
			if left := ask[string](b, `document.getElementById("stage").style.left`); left != "calc(50% + 0px)" {
				t.Errorf("with less motion it stands at %q", left)
			}
			if n := ask[int](b, `document.getAnimations().length`); n != 0 {
				t.Errorf("%d things are animated", n)
			}
			on := ask[string](b, `document.querySelector(".b-page-on").id`)
			b.until(`document.querySelector(".b-page-on").id !== ` + quote(on)) // pages turn all the same
			continue
		}
		b.until(`document.getElementById("stage").style.left === ` + quote(c.left))
	}
}
