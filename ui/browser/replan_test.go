package browser

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestThePlanChangesUnderOpenPages: a wall, a desk and a form are open while a new plan is put
// in force on the running server. The wall and the desk show it without anybody's doing. What
// stands typed on an act's form is not taken over into a form of the new plan, and is refused
// with everything typed; a report is shown again by the new plan.
func TestThePlanChangesUnderOpenPages(t *testing.T) {
	s := newSite(t, opening)
	s.api("zrzyt", "POST", "/api/v1"+task6+"/acceptance", map[string]any{})
	s.api("banshi", "PUT", "/api/v1/indicators/G4.4/owner", map[string]any{"owner": "zrzyt"})
	shipped, err := os.ReadFile("../../tasks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	next := filepath.Join(t.TempDir(), "next.yaml")
	changed := strings.NewReplacer("盘活发展空间", "拓展发展空间", "target: 6000, unit: 亿元", "target: 0.6, unit: 万亿元").Replace(string(shipped))
	if err := os.WriteFile(next, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	wall, desk, read, act, unit := s.newTab(1920, 1080), s.newTab(1366, 768), s.newTab(1366, 768), s.newTab(1366, 768), s.newTab(390, 844)
	for _, b := range []*tab{wall, desk, read, act} {
		b.login("banshi")
	}
	wall.open("/board")
	wall.until(`document.body.innerText.includes("盘活发展空间")`)
	desk.open("/")
	desk.until(`document.getElementById("desk-rows").innerText.includes("盘活发展空间")`)
	read.open(task6)
	read.until(`document.querySelector("h1").innerText.includes("盘活发展空间")`)
	act.open(task6)
	act.press(`#act-urge summary`)
	act.do(typed(`#act-urge [name="text"]`, "（测试）请抓紧。"))
	unit.login("zrzyt")
	unit.open(task6 + "/report")
	unit.do(typed("#f-progress", "（测试）盘活一批。"), chromedp.SetValue(`[name="figure.G4.4.value"]`, "2400"), chromedp.SetValue(`[name="figure.G4.4.as_of"]`, "2022-08-31"))

	s.command("plan", "apply", next, "--reason", "口径调整")

	wall.until(`document.body.innerText.includes("拓展发展空间") && !document.body.innerText.includes("盘活发展空间")`)
	desk.until(`document.getElementById("desk-rows").innerText.includes("拓展发展空间")`)
	read.until(`document.querySelector("h1").innerText.includes("拓展发展空间")`)
	if text := ask[string](act, `document.querySelector("h1").innerText + document.querySelector('#act-urge [name="text"]').value`); !strings.Contains(text, "盘活发展空间") || !strings.Contains(text, "请抓紧") {
		t.Errorf("a page that is written on was loaded again: %s", text)
	}
	act.away(true) // refusals are what is tested
	act.press(`#act-urge form button:not(.vh)`)
	act.until(`document.body.innerText.includes("计划刚刚作了调整") && document.body.innerText.includes("请抓紧")`)
	act.shot("act")
	unit.away(true)
	unit.press(`.foot button[value="review"]`)
	unit.until(`document.getElementById("older-plan") && document.querySelector('[name="figure.G4.4.value"]').value === "0.24"`)
	unit.shot("report")
	if wide := ask[int](unit, `document.documentElement.scrollWidth`); wide > 390 {
		t.Errorf("the page is %d px wide on a phone", wide)
	}
	if text := ask[string](unit, `document.getElementById("older-plan").innerText + document.getElementById("f-progress").value`); !strings.Contains(text, "2400亿元") || !strings.Contains(text, "盘活一批") {
		t.Errorf("what was typed is lost: %s", text)
	}
}
