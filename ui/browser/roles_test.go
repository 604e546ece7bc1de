package browser

import (
	"net/url"
	"testing"
)

// task6 is the assignment the paths go through, and row6 its row on the wall.
const (
	task6 = "/assignments/2022Q3-06-lead-zrzyt"
	row6  = `Array.from(document.querySelectorAll("#board-tasks tbody tr")).find(r => r.querySelector(".no").textContent === "6")`
)

// pair lets a new wall screen in: it shows a code, the office types it.
func (s *site) pair(office *tab, width, height int, query string) *tab {
	s.t.Helper()
	wall := s.newTab(width, height)
	s.letIn(office, wall, query)
	return wall
}

// letIn lets in the wall screen that a window is to be.
func (s *site) letIn(office, wall *tab, query string) {
	s.t.Helper()
	wall.open("/language?lang=zh-CN&next=" + url.QueryEscape("/board"+query))
	code := ask[string](wall, `document.querySelector(".code").textContent`)
	office.open("/screens")
	office.do(typed("#f-code", code), typed("#f-name", "三楼会议室"))
	office.press(`form:has(#f-code) .btn`)
	office.until(`location.search.includes("done=")`)
	wall.until(`document.querySelector("#board-tasks")`)
	wall.until(`document.getElementById("live-word").textContent === "实时"`)
}

// TestRoles: a department accepts and reports, the office verifies, and a paired
// wall shows each step within a second and without loading its page again.
func TestRoles(t *testing.T) {
	s := newSite(t, opening)
	office, unit := s.newTab(1366, 768), s.newTab(1366, 768)
	office.login("banshi")
	wall := s.pair(office, 1920, 1080, "?pages=overview")
	ask[int](wall, `window.same = 1`)
	seen := func(class string) {
		t.Helper()
		took := wall.until(row6 + `.className.includes("c-` + class + `")`)
		t.Logf("%s on the wall after %v", class, took)
	}

	unit.login("zrzyt")
	unit.shot("inbox")
	unit.press(`form[action="` + task6 + `/accept"] button`)
	unit.until(`location.search.includes("done=")`)
	seen("prog")

	unit.file("（测试）低效用地再开发项目清单已汇总。")
	seen("rept")

	office.open(task6)
	office.shot("verify")
	office.verify()
	seen("done")
	if ask[int](wall, `window.same || 0`) != 1 {
		t.Error("the wall loaded its page again")
	}
	wall.shot("wall")
}

// TestRolesWithoutScript: the same path with the pages' scripts switched off.
func TestRolesWithoutScript(t *testing.T) {
	s := newSite(t, opening)
	office, unit := s.newTab(1366, 768), s.newTab(1366, 768)
	unit.script(false)
	office.script(false)
	office.login("banshi")
	unit.login("zrzyt")
	unit.press(`form[action="` + task6 + `/accept"] button`)
	unit.until(`location.search.includes("done=")`)
	unit.file("（测试）未启用脚本也能报送。")
	unit.shot("filed")
	office.open(task6)
	office.verify()
	office.open("/board?pages=overview")
	office.until(row6 + `.className.includes("c-done")`)
	office.shot("board")
}

// file fills the report form of task 6, looks it over and files it.
func (b *tab) file(progress string) {
	b.t.Helper()
	b.open(task6 + "/report")
	b.do(typed("#f-progress", progress))
	b.shot("report")
	b.press(`.foot button[value="review"]`)
	b.until(`document.querySelector("form.foot") && document.body.innerText.includes(` + quote(progress) + `)`)
	b.press(`form.foot button`)
	b.until(`location.search.includes("done=")`)
}

// verify answers the report of task 6, which the page shows.
func (b *tab) verify() {
	b.t.Helper()
	b.press(`#act-verify label.choice`)
	b.press(`#act-verify button`)
	b.until(`location.search.includes("done=")`)
}
