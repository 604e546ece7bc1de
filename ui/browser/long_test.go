package browser

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The longest a careful plan would give: a department of 30 characters, a title of 60.
var (
	longUnit  = strings.Repeat("浙江省自然资源和规划", 3)
	longTitle = strings.Repeat("盘活存量用地拓展小微企业发展空间并优化集聚平台布局建设", 3)[:60*len("盘")]
)

// overlaps are the pairs of cells of a row whose words lie on each other, and cells
// whose words stand out of them without being cut off.
const overlaps = `(() => { const out = []; for (const row of document.querySelectorAll("main table tr")) { let right = -1; for (const cell of row.children) {
  if (getComputedStyle(cell).display === "block" || cell.querySelector(".vh")) continue;
  const range = document.createRange(); range.selectNodeContents(cell); const r = range.getBoundingClientRect(), c = cell.getBoundingClientRect();
  const end = getComputedStyle(cell).overflowX === "hidden" ? Math.min(r.right, c.right) : r.right;
  if (r.width && r.left < right - 1) out.push(cell.textContent.trim().slice(0, 20)); right = Math.max(right, end); } } return out.slice(0, 5); })()`

// TestLongNamesAndManyRows: five thousand assignments of departments and tasks with
// long names, on a desk's screen and a phone's: nothing lies on anything, and no page
// scrolls sideways.
func TestLongNamesAndManyRows(t *testing.T) {
	b, err := os.ReadFile("../../tasks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "tasks.yaml")
	long := strings.NewReplacer("省自然资源厅", longUnit, "盘活发展空间", longTitle).Replace(string(b))
	if err := os.WriteFile(file, []byte(long), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newSiteOf(t, opening, file)
	for n := range 87 {
		s.api("banshi", http.MethodPost, "/api/v1/periods", map[string]any{"id": fmt.Sprintf("S%d", n), "name": fmt.Sprintf("专项督办第%d号", n), "due": "2022-10-20"})
	}
	desk, phone := s.newTab(1366, 768), s.newTab(320, 640)
	desk.login("banshi")
	phone.login("banshi")
	for _, path := range []string{"/", "/assignments?limit=500&sort=worst", "/assignments?period=S3", task6, "/tasks/6", "/indicators", "/indicators/G5.1", "/periods", "/assessments", "/meeting", "/signing"} {
		for width, b := range map[int]*tab{1366: desk, 320: phone} {
			b.open(path)
			if w := ask[int](b, `document.documentElement.scrollWidth`); w > width {
				b.keep(fmt.Sprintf("%d%s", width, strings.NewReplacer("/", "-", "?", "-").Replace(path)))
				t.Errorf("%s at %d is %d px wide: %s", path, width, w, strings.Join(ask[[]string](b, wide), ", "))
			}
			if on := ask[[]string](b, overlaps); len(on) > 0 {
				b.keep(fmt.Sprintf("over-%d%s", width, strings.NewReplacer("/", "-", "?", "-").Replace(path)))
				t.Errorf("%s at %d: words lie on each other at %q", path, width, on)
			}
		}
		if scrolls := ask[[]string](desk, `Array.from(document.querySelectorAll("main .scroll")).filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.getAttribute("aria-label") + " " + e.scrollWidth)`); len(scrolls) > 0 {
			desk.keep("scroll" + strings.NewReplacer("/", "-", "?", "-").Replace(path))
			t.Errorf("%s: a table scrolls sideways at 1366: %q", path, scrolls)
		}
	}
	desk.open("/assignments?limit=500&period=")
	desk.shot("list")
	if n := ask[int](desk, `document.querySelectorAll("#list-rows tr").length`); n != 500 {
		t.Errorf("%d rows of a page of 500", n)
	}
	if !ask[bool](desk, `document.querySelector(".heading").innerText.includes("5016")`) {
		t.Error("not five thousand: " + ask[string](desk, `document.querySelector(".heading").innerText`))
	}
}

// TestNothingMovesWhenThePageComesAlive: the words of the live line change, and what
// stands beside and below it stays where it was, in both languages.
func TestNothingMovesWhenThePageComesAlive(t *testing.T) {
	s := newSite(t, opening)
	b := s.newTab(1366, 768)
	b.login("banshi")
	for _, lang := range []string{"zh-CN", "en"} {
		b.open("/language?lang=" + lang + "&next=" + task6)
		b.until(`document.querySelector(".live-on")`)
		const places = `["width", "height"].map(k => Math.round(document.querySelector("#live").getBoundingClientRect()[k])).concat(Math.round(document.querySelector(".cols").getBoundingClientRect().top)).join()`
		on := ask[string](b, places)
		wait := ask[string](b, `(document.querySelector("#live").className = "live live-wait", document.querySelector("#live").textContent = `+quote(map[string]string{"zh-CN": "正在连接", "en": "connecting"}[lang])+`, `+places+`)`)
		if on != wait {
			t.Errorf("%s: %s while it connects, %s alive", lang, wait, on)
		}
	}
}

// TestTheReportIsReadBeforeItIsJudged: on the office's screen the report's words and the
// act form are both in sight, and the form stays while the report is scrolled.
func TestTheReportIsReadBeforeItIsJudged(t *testing.T) {
	s := newSite(t, opening)
	s.api("zrzyt", http.MethodPost, "/api/v1"+task6+"/acceptance", nil)
	s.api("zrzyt", http.MethodPost, "/api/v1"+task6+"/reports", map[string]any{"progress": "（测试）盘活存量用地。" + strings.Repeat("逐项推进。", 400), "asks": "（测试）请协调。"})
	office := s.newTab(1366, 768)
	for _, scripts := range []bool{true, false} {
		if !scripts {
			office.script(false)
		} else {
			office.login("banshi")
		}
		office.open(task6)
		const seen = `(q => { const r = document.querySelector(q).getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight; })`
		if !ask[bool](office, `document.querySelector(".report .words").getBoundingClientRect().top < 500 && `+seen+`("#act-verify button")`) {
			t.Error("the report's words and the act form are not both in sight")
		}
		office.until(`(scrollTo(0, document.documentElement.scrollHeight / 2), scrollY > 300)`)
		if !ask[bool](office, seen+`("#act-verify button")`) {
			t.Error("the act form is scrolled away")
		}
		office.shot("scrolled")
	}
}
