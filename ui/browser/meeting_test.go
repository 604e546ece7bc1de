package browser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// wallSizes are the screens a board must fit.
var wallSizes = [][2]int{{1920, 1080}, {3840, 2160}, {1280, 800}, {1024, 768}, {3440, 1440}}

// fits fails where the wall's page overflows or is too small to be read.
func (b *tab) fits(name string, height int) {
	b.t.Helper()
	if faults := ask[[]string](b, tooWide); len(faults) > 0 {
		b.t.Errorf("%s: %s", name, strings.Join(faults, "\n\t"))
	}
	if small := ask[[]string](b, tooSmall+`(24)`); height == 1080 && len(small) > 0 {
		b.t.Errorf("%s: %s", name, strings.Join(small, "\n\t"))
	}
}

// steer presses a button of the meeting's page and waits for the answer.
func (b *tab) steer(value string) {
	b.t.Helper()
	b.open("/meeting")
	b.press(`button[value="` + value + `"]`)
	b.until(`location.search.includes("done=meeting_")`)
}

const shownOnWall = `document.getElementById("show").classList.contains("b-page-on") && document.getElementById("show").textContent`

// TestMeeting: the office puts a task, an indicator and a page on the wall, a remark
// becomes a directive, and nothing of what was said stands on the wall.
func TestMeeting(t *testing.T) {
	s := newSite(t, opening)
	s.busy()
	office := s.newTab(1366, 768)
	office.login("banshi")
	wall := s.pair(office, 1920, 1080, "?dwell=3600")
	ask[int](wall, `window.same = 1`)

	office.steer("task:8:2022Q3")
	took := wall.until(shownOnWall + `.includes("助力拓展市场")`)
	t.Logf("a task on the wall after %v", took)
	wall.until(`!document.getElementById("steered").hidden`)
	office.shot("office")
	before := ask[string](wall, `document.querySelector("#show .b-lead").textContent`)
	due := map[string]any{"due": "2022-10-20", "reason": "（测试）台风影响。"}
	s.api("banshi", "POST", "/api/v1/assignments/2022Q3-08-lead-swt/extension", due)
	wall.until(`document.querySelector("#show .b-lead").textContent !== ` + quote(before))

	const remark = "（测试）会上要求十月底前拿出方案。"
	office.do(typed("#direct-text", remark))
	office.press(`form[action$="/direct"] button`)
	office.until(`location.pathname === "/meeting" && location.search.includes("done=direct")`)
	office.until(`document.getElementById("directive").textContent.includes(` + quote(remark) + `)`)
	if n := s.api("banshi", "GET", "/api/v1/assignments/2022Q3-08-lead-swt", nil)["directed"]; n != 1.0 {
		t.Errorf("%v directives are recorded", n)
	}
	if ask[bool](wall, `document.body.textContent.includes("十月底前") || document.body.textContent.includes("banshi")`) {
		t.Error("what was said, or who steers, stands on the wall")
	}

	for _, size := range wallSizes {
		wall.do(chromedp.EmulateViewport(int64(size[0]), int64(size[1])))
		for _, no := range []string{"9", "6", "1"} {
			title := map[string]string{"9": "优化准入退出机制", "6": "盘活发展空间", "1": "鼓励做大做强"}[no]
			office.steer("task:" + no + ":2022Q3")
			wall.until(shownOnWall + `.includes(` + quote(title) + `)`)
			wall.fits(fmt.Sprintf("task %s at %dx%d", no, size[0], size[1]), size[1])
			wall.shot(fmt.Sprintf("task-%s-%d", no, size[0]))
		}
		office.open("/meeting")
		office.do(chromedp.SetValue("#m-indicator", "G1.2"))
		office.press(`button[value="indicator"]`)
		wall.until(shownOnWall + `.includes("八大万亿")`)
		wall.fits(fmt.Sprintf("an indicator at %dx%d", size[0], size[1]), size[1])
		wall.shot(fmt.Sprintf("indicator-%d", size[0]))
	}
	if ask[int](wall, `window.same || 0`) != 1 {
		t.Error("the wall loaded its page again")
	}

	wall.open("/board?dwell=3600&theme=light") // as after a power cut: told again what is shown
	wall.until(shownOnWall + `.includes("八大万亿")`)
	wall.shot("light")
	office.script(false)
	office.steer("page:grid")
	wall.until(`document.getElementById("page-grid").classList.contains("b-page-on") && !document.getElementById("show").firstChild`)
	office.steer("pause")
	wall.until(`!document.getElementById("paused").hidden`)
	office.steer("resume")
	wall.until(`document.getElementById("paused").hidden && document.getElementById("page-grid").classList.contains("b-page-on")`)
	office.steer("end")
	wall.until(`document.getElementById("steered").hidden`)
}

// TestScreenSettings: how a screen was set is how it shows the board, at once; at
// night it is dark until somebody presses a key.
func TestScreenSettings(t *testing.T) {
	s := newSite(t, opening) // nine in the morning
	office := s.newTab(1366, 768)
	office.login("banshi")
	wall := s.pair(office, 1920, 1080, "")
	for n := 0; ; n++ { // the wall's socket may open a moment later
		office.open("/screens")
		if ask[bool](office, `/在线.* 连接，来自 127\.0\.0\.1，版本/.test(document.querySelector("table.list").textContent)`) {
			break
		}
		if n == 50 {
			t.Fatal(office.where())
		}
	}
	office.press("tr.folded summary")
	set := `form[action="/screens/set"]`
	office.do(chromedp.SetValue(set+` input[name="night"]`, "8-8"), typed(set+` input[name="name"]`, "（东）"))
	office.press(set + ` input[value="light"]`)
	office.press(set + ` input[value="grid"]`)
	office.away(true) // the browser calls a refusal an error
	office.press(set + ` .btn`)
	office.until(`document.getElementById("error-summary") && document.querySelector("tr.folded details").open`)
	office.shot("refused")
	office.away(false)
	office.do(chromedp.SetValue(set+` input[name="night"]`, "8-10"))
	office.press(set + ` .btn`)
	office.until(`location.search.includes("done=screen_set")`)
	office.shot("set")
	wall.until(`document.documentElement.getAttribute("data-theme") === "light" && document.querySelectorAll(".b-dots i").length === 1`)
	wall.until(`!document.getElementById("night").hidden && /^09:0/.test(document.getElementById("night-clock").textContent)`)
	wall.fits("the night page", 1080)
	wall.shot("night")
	ask[int](wall, `document.dispatchEvent(new KeyboardEvent("keydown", {key: "Shift"})), 0`)
	wall.until(`document.getElementById("night").hidden`)

	wall.open("/board?night=none&theme=dark") // the address has the last word
	wall.until(`document.getElementById("night").hidden && document.documentElement.getAttribute("data-theme") === "dark"`)
	wall.open("/board?night=22-6") // and it is day
	wall.until(`document.getElementById("night").hidden`)
	office.press(`form[action="/screens/revoke"] button`)
	office.waitPath("/screens/revoke") // which asks first
	office.press(`form[action="/screens/revoke"] button`)
	wall.until(`document.querySelector(".code")`)
}
