package browser

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// bothSizes keeps a picture of the page on an office's screen and on a phone, and holds that
// the page does not scroll sideways on either.
func (b *tab) bothSizes(name string) {
	b.t.Helper()
	for _, size := range [][2]int64{{390, 844}, {1366, 768}} {
		b.do(chromedp.EmulateViewport(size[0], size[1]))
		b.shot(fmt.Sprintf("%s-%d", name, size[0]))
		if w := ask[int64](b, `document.documentElement.scrollWidth`); w > size[0] {
			b.t.Errorf("%s is %d px wide at %d: %s", name, w, size[0], strings.Join(ask[[]string](b, wide), ", "))
		}
	}
}

// says waits for the page's words.
func (b *tab) says(words string) {
	b.t.Helper()
	b.until(`document.readyState === "complete" && document.body.innerText.includes(` + quote(words) + `)`)
}

// TestAnUntouchedFigureStaysWhatItWas: somebody who opens the form, types the progress and
// files has filed no figure, whatever the page showed of earlier ones.
func TestAnUntouchedFigureStaysWhatItWas(t *testing.T) {
	s := newSite(t, opening)
	s.api("banshi", http.MethodPost, "/api/v1/indicators/G5.1/figures", map[string]any{"value": 1200, "as_of": "2022-06-30"})
	s.api("banshi", http.MethodPut, "/api/v1/indicators/G5.1/owner", map[string]any{"owner": "zrzyt"})
	s.api("zrzyt", http.MethodPost, "/api/v1"+task6+"/acceptance", nil)
	b := s.newTab(1366, 768)
	b.login("zrzyt")
	b.open(task6 + "/report")
	if field := ask[string](b, `document.getElementById("f-figure.G5.1.value").value`); field != "" {
		t.Errorf("the field is filled in with %s", field)
	}
	if said := ask[string](b, `document.querySelector(".figures").innerText`); !strings.Contains(said, "1200") || !strings.Contains(said, "6月30日") {
		t.Errorf("the last figure and its date do not stand beside it: %s", said)
	}
	b.bothSizes("form")
	b.file("（测试）只写进展，没有碰指标。")
	report := s.api("zrzyt", http.MethodGet, "/api/v1"+task6, nil)["latest_report"].(map[string]any)
	if figures, _ := report["figures"].([]any); len(figures) != 0 {
		t.Errorf("filed: %v", figures)
	}
	for _, raw := range s.api("banshi", http.MethodGet, "/api/v1/indicators", nil)["items"].([]any) {
		if v := raw.(map[string]any); v["id"] == "G5.1" && v["as_of"] != "2022-06-30" {
			t.Errorf("June's figure is of %v", v["as_of"])
		}
	}
}

// TestLateIsOneNumber: the desk's heap, its filter, the list and the wall say one number of
// what is late, and a task whose cooperating departments are late is marked on desk and wall.
func TestLateIsOneNumber(t *testing.T) {
	s := everyState(t)
	b := s.newTab(1366, 768)
	b.login("banshi")
	n := ask[string](b, `document.querySelector(".cards .bad b, .cards a b").textContent`)
	if option := ask[string](b, `document.querySelector("#q-state option[value=overdue]").textContent`); option != "已逾期（"+n+"）" {
		t.Errorf("the heap says %s, the filter %s", n, option)
	}
	if chips := ask[int](b, `Array.from(document.querySelectorAll("#desk-rows .chip")).filter(c => c.innerText.includes("配合逾期") && c.getBoundingClientRect().right <= c.closest("td").getBoundingClientRect().right).length`); chips < 3 {
		t.Errorf("%d rows are marked as late by a cooperating department", chips)
	}
	b.bothSizes("desk")
	b.open("/assignments?state=overdue&period=")
	b.says("共 " + n + " 条")
	b.do(chromedp.EmulateViewport(1920, 1080))
	b.open("/board?pages=overview&dwell=3600")
	b.until(`document.querySelector("#board-tasks tbody tr")`)
	if wall := ask[string](b, `document.body.innerText`); !strings.Contains(wall, n+"\n") || !strings.Contains(wall, "配合逾期") {
		t.Errorf("the wall does not say %s and 配合逾期: %s", n, wall)
	}
	b.shot("wall")
}

// TestADirectiveReachesWhoHasToAct: the office assigns special work with a directive; the
// department reads in its inbox, on the page and in the form what it is and why.
func TestADirectiveReachesWhoHasToAct(t *testing.T) {
	s := newSite(t, opening)
	office, unit := s.newTab(1366, 768), s.newTab(1366, 768)
	office.login("banshi")
	office.open(task6)
	office.press("#act-direct summary")
	office.do(typed(`#act-direct [name="text"]`, "（测试）请说明闲置原因。"))
	ask[int](office, `(document.querySelector('#act-direct [name="special.due"]').value = "2022-10-20", document.querySelector('#act-direct [name="special.name"]').value = "（测试）闲置用地清查", 0)`)
	office.bothSizes("directive")
	office.press("#act-direct button")
	office.until(`location.search.includes("done=")`)
	unit.login("zrzyt")
	unit.says("（测试）闲置用地清查")
	unit.says("（测试）请说明闲置原因。")
	unit.bothSizes("inbox")
	path := ask[string](unit, `Array.from(document.querySelectorAll("form[action$='/accept']")).map(f => f.getAttribute("action")).find(a => !a.includes("2022Q3"))`)
	unit.press(`form[action="` + path + `"] button`)
	unit.until(`location.search.includes("done=accept")`)
	for _, where := range []string{strings.TrimSuffix(path, "/accept"), strings.TrimSuffix(path, "/accept") + "/report"} {
		unit.open(where)
		unit.says("（测试）闲置用地清查")
		unit.says("（测试）请说明闲置原因。")
	}
	unit.bothSizes("form")
}

// TestAnAppealIsSeenBoundedAndAnswered: a department appeals, the office finds it on its desk
// and beside 考核, gives no more than the line lost, the director freezes after a question, and
// the circular reads.
func TestAnAppealIsSeenBoundedAndAnswered(t *testing.T) {
	s := newSite(t, opening)
	s.busy()
	for _, act := range []string{"draft", "notice"} {
		s.api("banshi", http.MethodPost, "/api/v1/assessments/2022Q3/"+act, nil)
	}
	unit, office, head := s.newTab(1366, 768), s.newTab(1366, 768), s.newTab(1366, 768)
	unit.login("zrzyt")
	unit.open("/assessments/2022Q3")
	unit.do(chromedp.SetValue("#f-assignment", "2022Q3-06-lead-zrzyt"), chromedp.SetValue("#f-rule", "quality"), typed("#f-text", "（测试）材料齐全。"))
	unit.bothSizes("appeal")
	unit.press(`form[action$="/appeal"] button`)
	unit.until(`location.search.includes("done=assess_appeal")`)

	office.login("banshi")
	office.until(`document.querySelector('a[href="/assessments#appeals"]')`)
	office.bothSizes("desk")
	office.press(`a[href="/assessments#appeals"]`)
	office.press(`#appeals th a`)
	office.until(`document.querySelector('form[action$="/answer"]') && document.readyState === "complete"`)
	answer := func(points string) {
		office.press(`form[action$="/answer"] input[value=true]`)
		office.do(chromedp.SetValue(`form[action$="/answer"] [name=points]`, points), chromedp.SetValue(`form[action$="/answer"] [name=text]`, "（测试）同意更正。"))
		office.press(`form[action$="/answer"] button`)
	}
	office.away(true) // a refusal is told to the console
	answer("10")      // good is 17 of 20
	office.says("3")
	office.until(`document.querySelector("#error-summary")`)
	office.bothSizes("bound")
	office.away(false)
	answer("3")
	office.until(`location.search.includes("done=assess_answer")`)

	head.login("zhuren")
	head.open("/assessments/2022Q3")
	head.press(`form[action$="/freeze"] button`)
	head.says("定稿不能撤回")
	head.bothSizes("question")
	head.press(`form[action$="/freeze"] button`)
	head.until(`location.search.includes("done=assess_freeze")`)
	office.open("/circulars/2022Q3")
	text := ask[string](office, `document.querySelector(".paper").innerText`)
	for _, wrong := range []string{"平均得分分", "【", "NaN", "undefined"} {
		if strings.Contains(text, wrong) {
			t.Errorf("the circular says %s", wrong)
		}
	}
	for _, right := range []string{"附件2", "≥ 60万家", "省自然资源厅"} {
		if !strings.Contains(text, right) {
			t.Errorf("the circular does not say %s", right)
		}
	}
	office.bothSizes("circular")
}
