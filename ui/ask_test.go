package ui

import (
	"net/http"
	"strings"
	"testing"
)

// TestWhatCannotBeTakenBackAsksFirst: 停用, 重置, 告知 and 定稿 say what follows before they
// are done; the page's button alone does nothing.
func TestWhatCannotBeTakenBackAsksFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(step{as: "office", do: "POST /api/v1/assessments/2022Q3/draft", body: `{}`, status: 201, events: "assessment_drafted"})
	for _, c := range []struct{ who, at, to, follows, kind string }{
		{"boss", "/accounts?q=sft", "/accounts/disable", "不能再登录", "account_disabled"},
		{"boss", "/accounts?q=kjt", "/accounts/reset", "原密码立即失效", "password_reset"},
		{"office", "/assessments/2022Q3", "/assessments/2022Q3/notice", "申诉期开始", "assessment_noticed"},
		{"director", "/assessments/2022Q3", "/assessments/2022Q3/freeze", "不能撤回", "assessment_frozen"},
	} {
		button := formTo(t, w.visit(c.who, c.at), c.to)
		before, _ := w.store.Head()
		asked := w.press(c.who, button)
		if asked.status != http.StatusOK || !strings.Contains(string(asked.body), c.follows) || len(w.events(before)) != 0 {
			t.Fatalf("%s: %d, %d events: %s", c.to, asked.status, len(w.events(before)), textOf(t, string(asked.body), "main"))
		}
		done := w.press(c.who, formTo(t, string(asked.body), c.to))
		if es := w.events(before); done.status >= 400 || len(es) == 0 || string(es[len(es)-1].Kind) != c.kind {
			t.Errorf("%s confirmed: %d, %+v", c.to, done.status, es)
		}
	}
}
