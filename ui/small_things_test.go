package ui

import (
	"net/url"
	"strings"
	"testing"
)

// TestNoHitsAreSaid: a filter that finds nothing says so and offers to clear itself, on every
// page that has one; without a filter nothing is offered.
func TestNoHitsAreSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, who := range map[string]string{"/": "office", "/assignments": "office", "/indicators": "office", "/journal": "auditor", "/accounts": "boss"} {
		a := string(w.look(w.cookie(who), path+"?q=zzzz").body)
		i := strings.Index(a, `<p class="empty" role="status">没有符合`)
		if i < 0 {
			t.Errorf("%s says nothing of a search without hits", path)
			continue
		}
		if said := a[i : i+strings.Index(a[i:], "</p>")]; !strings.Contains(said, `href="`+path+`"`) || !strings.Contains(said, "清除筛选") {
			t.Errorf("%s offers nothing: %s", path, said)
		}
		if a := string(w.look(w.cookie(who), path).body); strings.Contains(a, `class="empty" role="status"`) {
			t.Errorf("%s says that it is empty", path)
		}
	}
}

// TestEvidenceIsRemovedByAButton: without scripts too; the rest of the form stays, and the
// key that files by Enter is not the one that removes.
func TestEvidenceIsRemovedByAButton(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const id = "2022Q3-06-lead-zrzyt"
	if a := w.as("zrzyt", "POST", "/api/v1/assignments/"+id+"/acceptance", nil, nil); a.status != 201 {
		t.Fatal(a)
	}
	b := w.cookie("zrzyt")
	var ids []string
	for _, name := range []string{"甲.pdf", "乙.pdf"} {
		a := w.upload("zrzyt", "file", name, "%PDF-1.4\n"+name, nil)
		got, _ := a.get("id").(string)
		if a.status != 201 || got == "" {
			t.Fatal(a)
		}
		ids = append(ids, got)
	}
	first, second := ids[0], ids[1]
	save := func(form url.Values) {
		t.Helper()
		a := w.send(b.http, "POST", "/assignments/"+id+"/report/draft", form.Encode(),
			map[string]string{"Content-Type": "application/x-www-form-urlencoded", "X-CSRF-Token": b.csrf, "Accept": "text/html"})
		if a.status != 303 {
			t.Fatal(a)
		}
	}
	save(url.Values{"progress": {"第一段"}, "evidence": {first, second}})
	page := string(w.look(b, "/assignments/"+id+"/report").body)
	form := page[strings.Index(page, `id="report"`):]
	if strings.Contains(form, `type="checkbox" name="evidence"`) || !strings.Contains(form, `name="drop" value="`+first+`"`) {
		t.Error("evidence has no button to remove it")
	}
	if i := strings.Index(form, "<button"); !strings.Contains(form[i:i+80], `value="review"`) {
		t.Errorf("Enter presses %s", form[i:i+80])
	}
	if !strings.Contains(form, `type="hidden" name="evidence" value="`+second+`"`) {
		t.Error("what is kept is not sent again")
	}
	save(url.Values{"progress": {"第一段，第二段"}, "evidence": {first, second}, "drop": {first}})
	page = string(w.look(b, "/assignments/"+id+"/report").body)
	if strings.Contains(page, "甲.pdf") || !strings.Contains(page, "乙.pdf") || !strings.Contains(page, "第一段，第二段") {
		t.Error("the wrong thing is gone")
	}
}
