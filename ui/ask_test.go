package ui

import (
	"bytes"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"duban/ui/session"
	"duban/workflow"
	"duban/workflow/account"
)

// asksTwice presses the button that posts to an address ending so and expects the question;
// nothing is done until the question's own button is pressed.
func (w *world) asksTwice(who, at, to, follows string) {
	w.t.Helper()
	button := formTo(w.t, w.visit(who, at), to)
	before, _ := w.store.Head()
	asked := w.press(who, button)
	if asked.status != http.StatusOK || !strings.Contains(string(asked.body), follows) || len(w.events(before)) != 0 {
		w.t.Fatalf("%s: %d, %d events: %s", to, asked.status, len(w.events(before)), textOf(w.t, string(asked.body), "main"))
	}
	if body := string(asked.body); !strings.Contains(body, `class="card asked"`) || !strings.Contains(body, `<p class="way-on"><a class="btn btn-plain"`) {
		w.t.Errorf("%s: the act is not the filled button, or the way back is not plain", to)
	}
	if still := formTo(w.t, w.visit(who, at), to); still.action != button.action {
		w.t.Errorf("%s was done before it was confirmed", to)
	}
	yes := formTo(w.t, string(asked.body), to)
	for _, name := range []string{"ask", "ask_about", "ask_back"} {
		if yes.values.Has(name) {
			w.t.Errorf("%s asks for ever", to)
		}
	}
	if done := w.press(who, yes); done.status >= 400 {
		w.t.Errorf("%s confirmed: %d %s", to, done.status, done)
	}
}

// TestWhatCannotBeTakenBackAsksFirst: whatever shuts somebody out or cannot be undone says
// what follows before it is done; the page's button alone does nothing.
func TestWhatCannotBeTakenBackAsksFirst(t *testing.T) {
	t.Parallel()
	w, _ := withSignOn(t)
	w.play(step{as: "office", do: "POST /api/v1/assessments/2022Q3/draft", body: `{}`, status: 201, events: "assessment_drafted"})
	w.screen("一号会议室")
	w.link(w.cookie("boss"), "office2", "248289761001")
	w.delegated("zrzyt", "zrzyt2", 3)
	if _, _, err := w.accounts.IssueToken(t.Context(), w.clock.now(), account.Console, account.NewToken{Name: "大数据局", Account: "kjt", Scope: account.Read}); err != nil {
		t.Fatal(err)
	}
	w.enrol(w.cookie("kjt"))
	for range 3 { // of the same person, elsewhere
		w.logIn(w.newBrowser(), "zrzyt2", passwordOf)
	}
	for _, c := range []struct {
		who, at, to, follows string
		kind                 workflow.Kind // of the last event; empty: of none
	}{
		{"boss", "/accounts?q=kjt", "/accounts/unconfirm", "登录只凭密码", workflow.KindTOTPRemoved},
		{"boss", "/accounts?q=office2", "/accounts/unlink", "不能再从统一认证登录", workflow.KindIdentityUnlinked},
		{"boss", "/accounts?q=sft", "/accounts/disable", "不能再登录", workflow.KindAccountDisabled},
		{"boss", "/accounts?q=kjt", "/accounts/reset", "原密码立即失效", workflow.KindPasswordReset},
		{"boss", "/tokens", "/tokens/revoke", "撤销不能恢复", workflow.KindTokenRevoked},
		{"office", "/screens", "/screens/revoke", "重新配对", workflow.KindScreenRevoked},
		{"zrzyt", "/delegations", "/delegations/revoke", "已办的事项有效", workflow.KindDelegationRevoked},
		{"zrzyt2", "/me", "/end", "没有保存的内容会丢失", ""},
		{"zrzyt2", "/me", "/sessions/end", "各处的登录立即退出", ""},
		{"office", "/assessments/2022Q3", "/assessments/2022Q3/notice", "申诉期开始", workflow.KindAssessmentNoticed},
		{"director", "/assessments/2022Q3", "/assessments/2022Q3/freeze", "不能撤回", workflow.KindAssessmentFrozen},
	} {
		before, _ := w.store.Head()
		w.asksTwice(c.who, c.at, c.to, c.follows)
		if es := w.events(before); c.kind != "" && (len(es) == 0 || es[len(es)-1].Kind != c.kind) {
			t.Errorf("%s confirmed: %+v", c.to, es)
		}
	}
	if page := w.visit("zrzyt2", "/me"); strings.Contains(page, "/end") {
		t.Error("a login is left")
	}
}

var (
	formOf      = regexp.MustCompile(`(?s)<form .*?</form>`)
	isDangerous = regexp.MustCompile(`btn-danger`)
	asksATyped  = regexp.MustCompile(`<textarea|name="ask"`)
)

// TestNoRedButtonActsAtOnce: a button marked as dangerous asks first, or wants a reason typed.
func TestNoRedButtonActsAtOnce(t *testing.T) {
	t.Parallel()
	w := frozenWorld(t)
	w.screen("一号会议室")
	w.delegated("zrzyt", "zrzyt2", 3)
	w.token("kjt")
	w.logIn(w.newBrowser(), "boss", passwordOf)
	seen := 0
	for _, c := range [][2]string{{"boss", "/accounts"}, {"boss", "/tokens"}, {"boss", "/screens"}, {"boss", "/me"}, {"zrzyt", "/delegations"}, {"zrzyt", "/"},
		{"office", "/"}, {"office", "/assignments"}, {"office", "/assignments/" + onLead}, {"office", "/meeting"}, {"office", "/circular-template"},
		{"director", "/assessments/2022Q3"}, {"director", "/periods"}, {"director", "/signing"}, {"boss", "/journal/1/redaction"}} {
		for _, form := range formOf.FindAllString(w.visit(c[0], c[1]), -1) {
			if !isDangerous.MatchString(form) {
				continue
			}
			if seen++; !asksATyped.MatchString(form) {
				t.Errorf("%s acts at once: %s", c[1], form)
			}
		}
	}
	if seen < 10 {
		t.Errorf("%d dangerous buttons only", seen)
	}
}

// TestAQuestionHoldsNoPassword: who proves anew who they are and is then asked finds the
// password nowhere in the page.
func TestAQuestionHoldsNoPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.stale("boss")
	f := w.look(b, "/accounts?q=kjt").form(t, "/accounts/reset")
	proof := w.submit(b, f)
	if proof.status != http.StatusForbidden || !strings.Contains(string(proof.body), `type="password"`) {
		t.Fatalf("no proof is asked for: %d", proof.status)
	}
	asked := w.submit(b, proof.form(t, "/accounts/reset"), session.FieldPassword, passwordOf)
	if asked.status != http.StatusOK || !strings.Contains(string(asked.body), "原密码立即失效") {
		t.Fatalf("%d %s", asked.status, asked)
	}
	if bytes.Contains(asked.body, []byte(passwordOf)) {
		t.Error("the password stands in the page")
	}
	w.submit(b, asked.form(t, "/accounts/reset")).says(t, 200, "/invite/")
	if a := w.post(b, "/accounts/reset", "name", "kjt", "ask", "nothing"); a.status != 400 {
		t.Errorf("a question of nobody's: %d", a.status)
	}
}
