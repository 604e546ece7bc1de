package browser

import "testing"

// TestAsks: a department asks the office for something with its report; the office finds it
// on its desk, answers, closes it, and it is gone from there; the department reads the answer.
func TestAsks(t *testing.T) {
	s := newSite(t, opening)
	office, unit, phone := s.newTab(1366, 768), s.newTab(1366, 768), s.newTab(390, 844)
	office.login("banshi")
	unit.login("zrzyt")
	unit.press(`form[action="` + task6 + `/accept"] button`)
	unit.until(`location.search.includes("done=")`)
	unit.open(task6 + "/report")
	unit.do(typed("#f-progress", "（测试）低效用地再开发项目清单已汇总。"), typed("#f-asks", "（测试）请协调省发展改革委下达用地指标。"))
	unit.press(`.foot button[value="review"]`)
	unit.until(`document.querySelector("form.foot") && document.body.innerText.includes("下达用地指标")`)
	unit.press(`form.foot button`)
	unit.until(`location.search.includes("done=")`)

	const card = `document.querySelector('a[href="/?need=asks"]')`
	office.open("/")
	office.until(card + ` && ` + card + `.querySelector("b").textContent === "1"`)
	office.press(`a[href="/?need=asks"]`)
	office.until(`location.search === "?need=asks" && document.querySelectorAll("#desk-rows tr").length === 1`)
	office.shot("desk")
	office.press(`#desk-rows a[href="` + task6 + `#asks"]`)
	office.until(`document.querySelector("#answer_ask-1-text")`)
	office.shot("ask")
	office.do(typed("#answer_ask-1-text", "（测试）已商省发展改革委，十月十日前答复。"))
	office.press(`#answer_ask-1 label.choice:nth-of-type(2)`)
	office.press(`#answer_ask-1 form button`)
	office.until(`location.search.includes("done=") && document.getElementById("ask-1").innerText.includes("协调中")`)
	office.open("/")
	office.until(card + ` && ` + card + `.querySelector("b").textContent === "1"`) // at work on it is not settled
	office.shot("at-work")

	unit.open("/")
	unit.until(`document.getElementById("inbox-asks").innerText.includes("十月十日前答复")`)
	unit.shot("inbox")

	office.open(task6)
	office.press(`#answer_ask-1 summary`)
	office.do(typed("#answer_ask-1-text", "（测试）用地指标已下达。"))
	office.press(`#answer_ask-1 label.choice:nth-of-type(1)`)
	office.press(`#answer_ask-1 form button`)
	office.until(`location.search.includes("done=") && document.getElementById("ask-1").innerText.includes("已办结")`)
	office.shot("closed")
	office.open("/")
	office.until(`document.querySelector("#desk-cards .cards") && !` + card)

	phone.login("zrzyt")
	phone.until(`document.getElementById("inbox-asks").innerText.includes("用地指标已下达")`)
	ask[bool](phone, `(document.getElementById("inbox-asks").scrollIntoView(), true)`)
	phone.shot("inbox-phone")
	phone.press(`#inbox-asks a`)
	phone.until(`document.getElementById("reopen_ask-1")`)
	phone.press(`#reopen_ask-1 summary`)
	phone.shot("ask-phone")
	if wide := ask[int](phone, `document.documentElement.scrollWidth`); wide > 390 {
		t.Errorf("the page is %d px wide on a phone of 390", wide)
	}
}
