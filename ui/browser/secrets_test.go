package browser

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestSecretsAreSeenWhole: a link or a token that is shown once stands on the page
// whole, also on a narrow one, and one click takes all of it.
func TestSecretsAreSeenWhole(t *testing.T) {
	s := newSite(t, opening)
	s.command("user", "add", "guanli", "--unit", "office", "--role", "admin", "--password-file", filepath.Join(s.dir, "password"))
	for _, width := range []int{1366, 320} {
		admin := s.newTab(width, 768)
		admin.login("guanli")
		for path, fill := range map[string]string{"/accounts": "#f-name", "/tokens": `input[name="name"]`} {
			admin.open(path)
			admin.do(chromedp.SendKeys(fill, map[int]string{1366: "wide", 320: "narrow"}[width]))
			admin.press(`.acts-form form[action="` + path + `"] button`)
			admin.until(`!!document.querySelector(".code-long") && document.readyState === "complete"`)
			admin.shot(strings.Trim(path, "/"))
			if wide := ask[[]string](admin, wide); len(wide) > 0 {
				t.Errorf("%s at %d: %s", path, width, strings.Join(wide, ", "))
			}
			admin.do(chromedp.Click(".code-long"))
			if got := ask[int](admin, `getSelection().toString().trim().length - document.querySelector(".code-long").textContent.trim().length`); got != 0 {
				t.Errorf("%s at %d: a click leaves out %d characters", path, width, -got)
			}
		}
	}
}
