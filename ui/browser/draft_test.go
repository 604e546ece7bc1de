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
	b.press(`button[value="review"]`)
	b.until(`document.activeElement.id === "draft-login"`) // the page has refused to send
	if text := ask[string](b, `location.pathname + " " + (document.getElementById("f-progress") || {}).value + " " + document.activeElement.id`); text != task6+"/report （测试）第一段。（测试）第二段。 draft-login" {
		b.shot("sent")
		t.Fatalf("after sending without a login: %s", text)
	}
	b.shot("lost")

	b.call(`"/api/v1/session", {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({name: "zrzyt", password: ` + quote(password) + `})}`)
	b.until(line + `"草稿已保存") && document.getElementById("draft-login").hidden`)
	b.away(false)
	if kept := s.api("zrzyt", "GET", "/api/v1"+task6+"/draft", nil); kept["report"].(map[string]any)["progress"] != "（测试）第一段。（测试）第二段。" {
		t.Errorf("the draft: %v", kept)
	}
	b.press(`button[value="review"]`)
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
