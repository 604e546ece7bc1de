package browser

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// call makes the browser ask the server as another of its tabs would, and waits for a
// good answer.
func (b *tab) call(of string) {
	b.t.Helper()
	_ = ask[bool](b, `(window.answered = 0, fetch(`+of+`).then(a => { window.answered = a.status; }), true)`)
	b.until(`window.answered >= 200 && window.answered < 300`)
}

// TestLoginEndsWhileAReportIsWritten: what was typed stays on the page and is not sent
// into nothing; a login in another tab lets the page go on by itself.
func TestLoginEndsWhileAReportIsWritten(t *testing.T) {
	s := newSite(t, opening)
	s.api("zrzyt", "POST", "/api/v1"+task6+"/acceptance", map[string]any{})
	b := s.newTab(1366, 768)
	b.login("zrzyt")
	b.open(task6 + "/report")
	line := `document.getElementById("draft-state").textContent.includes(`
	b.do(typed("#f-progress", "（测试）第一段。"))
	b.until(line + `"草稿已保存")`)

	b.away(true) // refusals are what is tested
	b.call(`"/api/v1/session", {method: "DELETE", headers: {"X-CSRF-Token": document.querySelector("[name=csrf]").value}}`)
	b.do(chromedp.SendKeys("#f-progress", "（测试）第二段。"))
	b.until(line + `"登录已失效") && !document.getElementById("draft-login").hidden`)
	b.press(`.foot button[value="review"]`)
	b.until(`document.activeElement.id === "draft-login"`) // the page has refused to send
	if text := ask[string](b, `location.pathname + " " + (document.getElementById("f-progress") || {}).value + " " + document.activeElement.id`); text != task6+"/report （测试）第一段。（测试）第二段。 draft-login" {
		b.keep("sent")
		t.Fatalf("after sending without a login: %s", text)
	}
	b.shot("lost")

	b.call(`"/api/v1/session", {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({name: "zrzyt", password: ` + quote(password) + `})}`)
	b.until(line + `"草稿已保存") && document.getElementById("draft-login").hidden`)
	b.away(false)
	if kept := s.api("zrzyt", "GET", "/api/v1"+task6+"/draft", nil); kept["report"].(map[string]any)["progress"] != "（测试）第一段。（测试）第二段。" {
		t.Errorf("the draft: %v", kept)
	}
	b.press(`.foot button[value="review"]`)
	b.until(`document.querySelector("form.foot") && document.body.innerText.includes("第二段")`)
}

// TestBackAfterFiling: the back button leads to a page of ours, not to the browser's
// question about sending everything again, and a second confirmation files nothing.
func TestBackAfterFiling(t *testing.T) {
	s := newSite(t, opening)
	s.api("zrzyt", "POST", "/api/v1"+task6+"/acceptance", map[string]any{})
	b := s.newTab(1366, 768)
	b.login("zrzyt")
	b.file("（测试）报送后按返回键。")
	b.away(true) // the form of a report that is filed is refused
	_ = ask[bool](b, `(history.back(), true)`)
	b.until(`location.pathname === ` + quote(task6+"/report") + ` && document.readyState === "complete" && !!document.querySelector("main")`)
	if ask[bool](b, `!!document.querySelector("form.foot button")`) { // kept by the browser as it was
		_ = ask[bool](b, `(document.querySelector("form.foot button").click(), true)`)
		b.until(`location.search.includes("done=")`)
	}
	filed := 0
	for _, e := range s.api("zrzyt", "GET", "/api/v1"+task6, nil)["events"].([]any) {
		if e.(map[string]any)["kind"] == "reported" {
			filed++
		}
	}
	if filed != 1 {
		t.Errorf("%d reports are filed", filed)
	}
}

// TestTwoWindowsOneReport: the window that is behind is told so while somebody types in it,
// saves nothing, and shows both texts when asked; one text is made of the two.
func TestTwoWindowsOneReport(t *testing.T) {
	s := newSite(t, opening)
	s.api("zrzyt", "POST", "/api/v1"+task6+"/acceptance", map[string]any{})
	first, second := s.newTab(1366, 768), s.newTab(1366, 768)
	first.login("zrzyt")
	second.login("zrzyt")
	first.open(task6 + "/report")
	second.open(task6 + "/report")
	line := `document.getElementById("draft-state").textContent.includes(`
	first.do(typed("#f-progress", "（测试）第一个窗口写的。"))
	first.until(line + `"草稿已保存")`)
	first.do(chromedp.SendKeys("#f-progress", "又写一句。"))
	first.until(`document.querySelector("[name=draft]").value === "0-2"`) // its own saves stand in nobody's way

	second.away(true) // a refusal is what is tested
	second.do(typed("#f-progress", "（测试）第二个窗口写的。"))
	second.until(line + `"别人刚刚改动了这份草稿") && !document.getElementById("draft-both").hidden`)
	second.shot("behind")
	stands := func(want string) {
		t.Helper()
		if kept := s.api("zrzyt", "GET", "/api/v1"+task6+"/draft", nil); kept["report"].(map[string]any)["progress"] != want {
			t.Fatalf("the draft: %v, want %q", kept["report"], want)
		}
	}
	stands("（测试）第一个窗口写的。又写一句。")
	second.press("#draft-both")
	second.until(`document.getElementById("stale") && document.getElementById("stale").innerText.includes("第一个窗口写的。又写一句。") && document.getElementById("f-progress").value.includes("第二个窗口")`)
	second.shot("both")
	second.do(chromedp.EmulateViewport(390, 844))
	second.shot("both-narrow")
	stands("（测试）第一个窗口写的。又写一句。")
	second.away(false)
	second.do(typed("#f-progress", "合成的。"))
	second.press(`button[value="draft"]:not([hidden]):not(#draft-both)`)
	second.until(`document.querySelector(".notice-good") && document.querySelector("aside").innerText.includes("此前的文稿")`)
	second.shot("kept")
	stands("合成的。（测试）第二个窗口写的。") // a field that takes the focus has its caret at the start
}

// TestAnUrgeIsReadByAPerson: a page that is loaded, or keeps itself current, marks nothing;
// a hand that moves over it does, and the first act goes through.
func TestAnUrgeIsReadByAPerson(t *testing.T) {
	s := newSite(t, opening)
	urges := func() (read int) {
		for _, e := range s.api("zrzyt", "GET", "/api/v1"+task6, nil)["events"].([]any) {
			if e.(map[string]any)["kind"] == "urge_read" {
				read++
			}
		}
		return read
	}
	s.api("banshi", "POST", "/api/v1"+task6+"/urges", map[string]any{"level": "formal", "text": "（测试）请尽快签收。"})
	b := s.newTab(1366, 768)
	b.login("zrzyt")
	b.open(task6)
	b.until(`document.querySelector("#live.live-on") && document.querySelector("[data-read]")`)
	s.api("banshi", "POST", "/api/v1"+task6+"/notes", map[string]any{"text": "（测试）备注。"})
	s.api("banshi", "POST", "/api/v1"+task6+"/urges", map[string]any{"level": "urge", "text": "（测试）请速报。"})
	b.until(`document.querySelectorAll("[data-read]").length === 2`) // it came by itself
	if n := urges(); n != 0 {
		t.Fatalf("%d marks by a page nobody touched", n)
	}
	b.shot("unread")
	b.open(task6)
	b.until(`document.querySelectorAll("[data-read]").length === 2`)
	for x := 100.0; urges() < 2; x++ { // somebody is there; how soon it counts is the page's to say
		b.do(chromedp.MouseEvent("mouseMoved", x, 400))
		if x > 100000 {
			t.Fatal("a hand that moves marks nothing")
		}
	}
	b.until(`!document.querySelector("[data-read]:not([hidden])")`)
	b.until(`document.getElementById("case-urges").innerText.split("已阅").length === 3`)
	b.shot("read")
	b.press(`form[action="` + task6 + `/accept"] button`)
	b.until(`location.search.includes("done=accept") && document.querySelector(".notice-good")`)
}
