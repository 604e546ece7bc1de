package browser

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// TestTheDeskFitsOneScreen: all twelve tasks at 1366×768, also under the band of a
// rehearsal and that of acting for a colleague. The hat is put on and off without
// scripts too.
func TestTheDeskFitsOneScreen(t *testing.T) {
	s := newSite(t, opening)
	head, deputy := s.newTab(1366, 768), s.newTab(1366, 768)
	fits := func(what string) {
		t.Helper()
		deputy.until(`document.querySelectorAll("#desk-rows tr").length === 12`)
		if low := ask[float64](deputy, `document.querySelector("#desk-rows tr:last-child").getBoundingClientRect().bottom`); low > 768 {
			t.Errorf("%s: the twelfth task ends at %v of 768", what, low)
		}
		if wide := ask[int](deputy, `document.documentElement.scrollWidth`); wide > 1366 {
			t.Errorf("%s: the page is %d wide", what, wide)
		}
		if ask[bool](deputy, `document.querySelector(".top").getBoundingClientRect().height > 60`) {
			t.Errorf("%s: the header has a second line", what)
		}
		deputy.shot(what)
	}
	deputy.login("banshi")
	fits("rehearsal")

	head.script(false)
	head.login("zhuren")
	head.open("/delegations")
	head.shot("page")
	head.do(chromedp.SetValue("#f-to", "banshi"))
	head.press(`form[action="/delegations"] button`)
	head.until(`location.search.includes("done=delegated")`)
	head.shot("granted")

	for _, scripts := range []bool{true, false} {
		deputy.script(scripts)
		deputy.open("/")
		deputy.press(`form[action="/delegations/act"] button`)
		deputy.until(`document.querySelector(".strip-behalf") && document.readyState === "complete"`)
		fits("acting")
		deputy.press(".strip-behalf button")
		deputy.until(`location.search.includes("done=acting_ended")`)
	}
	head.press(`form[action="/delegations/revoke"] button`)
	head.waitPath("/delegations/revoke") // which asks first
	head.press(`form[action="/delegations/revoke"] button`)
	head.until(`location.search.includes("done=delegation_revoked")`)
}
