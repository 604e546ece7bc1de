package browser

import (
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestPagesOfConsequences: pages that ask first, tell what was done of many, or take a text
// out of the record fit an office's screen and a phone; the button that acts is filled and
// red, the way back is not filled, and they do not touch.
func TestPagesOfConsequences(t *testing.T) {
	s := newSite(t, opening)
	s.command("user", "add", "guanli", "--unit", "office", "--role", "admin", "--password-file", filepath.Join(s.dir, "password"))
	s.busy()
	admin, office, unit := s.newTab(1366, 768), s.newTab(1366, 768), s.newTab(1366, 768)
	admin.login("guanli")
	admin.open("/journal?kind=reported")
	admin.open(ask[string](admin, `document.querySelector('a[href$="/redaction"]').getAttribute("href")`))
	admin.says("进展情况") // not the name in the record
	admin.bothSizes("redaction")
	admin.open("/accounts")
	admin.press(`form[action$="/disable"] button`)
	admin.until(`document.readyState === "complete" && !!document.querySelector(".way-on")`)
	admin.bothSizes("confirm")
	type looks struct {
		Act, Back string // background colours
		Gap       float64
	}
	got := ask[looks](admin, `(() => { const act = document.querySelector("main .acts-form .btn"), back = document.querySelector(".way-on .btn"), colour = e => getComputedStyle(e).backgroundColor;
		return {Act: colour(act), Back: colour(back), Gap: back.getBoundingClientRect().top - act.closest(".card").getBoundingClientRect().bottom}; })()`)
	if red := ask[bool](admin, `(() => { const [r, g, b] = getComputedStyle(document.querySelector("main .acts-form .btn")).backgroundColor.match(/\d+/g).map(Number); return r > 120 && g < 80 && b < 80; })()`); !red || got.Back == got.Act || got.Gap < 8 {
		t.Errorf("the buttons: %+v", got)
	}

	office.login("banshi")
	office.open("/periods")
	office.bothSizes("periods")
	office.do(chromedp.EmulateViewport(1366, 768))
	office.open("/")
	office.do(chromedp.Click("#select-all"))
	office.press("#bulk button:not([formaction])")
	office.until(`document.readyState === "complete" && !document.querySelector("#bulk")`)
	office.bothSizes("bulk")

	unit.login("fzggw")
	unit.open("/assignments/2022Q3-10-lead-fzggw/report")
	ask[int](unit, `(document.querySelector("input[type=file]").scrollIntoView({block: "center"}), 0)`)
	unit.bothSizes("evidence")
}
