package ui

import (
	"net/url"
	"strings"
	"testing"
)

// TestPastedText: the line breaks of a word processor are line breaks in a form; what
// else cannot be seen is refused with its place, and what was typed is kept.
func TestPastedText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if a := w.as("zrzyt", "POST", w.expand("{L6}/acceptance"), `{}`, nil); a.status != 201 {
		t.Fatal(a)
	}
	b := w.cookie("zrzyt")
	review := func(progress string) answer {
		form := url.Values{"progress": {progress}, "key": {"k"}}
		return w.send(b.http, "POST", "/assignments/"+w.vars["l6"]+"/report/review", form.Encode(),
			map[string]string{"Content-Type": "application/x-www-form-urlencoded", "X-CSRF-Token": b.csrf, "Accept": "text/html"})
	}
	if a := review("第一行\v第二行\u2028第三行"); a.status != 200 || !strings.Contains(string(a.body), "第一行\n第二行\n第三行") {
		t.Errorf("line breaks of a word processor: %s", a)
	}
	if a := review("全省推进低效用地\u0007再开发"); a.status != 422 || !strings.Contains(string(a.body), "全省推进低效用地”之后") || !strings.Contains(string(a.body), "再开发") {
		t.Errorf("a control character: %s", a)
	}
}
