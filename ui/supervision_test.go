package ui

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	markup "golang.org/x/net/html"
)

// native is a form as a browser without scripts sees it.
type native struct {
	action string
	values url.Values
}

// natives reads the forms of a page, each with the values it would post untouched:
// checked boxes, chosen options, texts as they stand.
func natives(t *testing.T, page string) []native {
	t.Helper()
	root, err := markup.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var all []native
	var walk func(n *markup.Node, f *native)
	walk = func(n *markup.Node, f *native) {
		if n.Type == markup.ElementNode && n.Data == "form" {
			all = append(all, native{attribute(n, "action"), url.Values{}})
			f = &all[len(all)-1]
		}
		if f != nil && n.Type == markup.ElementNode {
			control(n, f)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, f)
		}
	}
	walk(root, nil)
	return all
}

func control(n *markup.Node, f *native) {
	name := attribute(n, "name")
	switch n.Data {
	case "input":
		kind := attribute(n, "type")
		if kind == "file" || (kind == "checkbox" || kind == "radio") && !carries(n, "checked") || name == "" {
			return
		}
		f.values.Add(name, attribute(n, "value"))
	case "textarea":
		text := ""
		if n.FirstChild != nil {
			text = n.FirstChild.Data
		}
		f.values.Add(name, strings.TrimPrefix(text, "\n"))
	case "select":
		value, chosen := "", false
		for o := n.FirstChild; o != nil; o = o.NextSibling {
			if o.Data == "option" && !chosen && (value == "" || carries(o, "selected")) {
				value, chosen = attribute(o, "value"), carries(o, "selected")
			}
		}
		f.values.Add(name, value)
	}
}

func attribute(n *markup.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func carries(n *markup.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

// visit opens a page as the person's browser.
func (w *world) visit(who, path string) string {
	w.t.Helper()
	a := w.send(w.cookie(who).http, "GET", path, nil, map[string]string{"Accept": "text/html"})
	if a.status != http.StatusOK {
		w.t.Fatalf("%s opens %s: %d %s", who, path, a.status, a)
	}
	return string(a.body)
}

// press posts a form as the person's browser.
func (w *world) press(who string, f native) answer {
	w.t.Helper()
	return w.send(w.cookie(who).http, "POST", f.action, f.values.Encode(),
		map[string]string{"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"})
}

// formTo is the page's form that posts to an address ending so.
func formTo(t *testing.T, page, ending string) native {
	t.Helper()
	for _, f := range natives(t, page) {
		if strings.HasSuffix(f.action, ending) {
			return f
		}
	}
	t.Fatalf("no form posts to …%s", ending)
	return native{}
}

// TestNoChangeInThreeClicks: from the inbox, without scripts and without typing.
func TestNoChangeInThreeClicks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"})
	inbox := w.visit("zrzyt", "/")
	path := "/assignments/2022Q3-06-lead-zrzyt/report"
	if !strings.Contains(inbox, `href="`+path+`?no_change=1"`) {
		t.Fatal("the inbox has no way to say that nothing changed")
	}
	page := w.visit("zrzyt", path+"?no_change=1") // one
	if plain := formTo(t, w.visit("zrzyt", path), "/review"); plain.values.Get("no_change") != "" {
		t.Error("the ordinary way to the form has the tick set")
	}
	review := w.press("zrzyt", formTo(t, page, "/review")) // two
	if review.status != http.StatusOK {
		t.Fatalf("the review: %d %s", review.status, review)
	}
	filed := w.press("zrzyt", formTo(t, string(review.body), "/file")) // three
	if filed.status != http.StatusSeeOther {
		t.Fatalf("filed: %d %s", filed.status, filed)
	}
	w.play(step{as: "office", do: "GET {L6}", status: 200, is: is{"state": "reported", "latest_report.no_change": true,
		"latest_report.reason": contains("没有变化"), "latest_report.missing": listed(5)}})
}

// TestTheUsualReasonNeedsTheTick: the reason offered is not filed with a report
// that says something else.
func TestTheUsualReasonNeedsTheTick(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"})
	f := formTo(t, w.visit("zrzyt", "/assignments/2022Q3-06-lead-zrzyt/report"), "/review")
	f.values.Set("progress", "完成低效用地盘活 320 亩")
	review := w.press("zrzyt", f)
	if filed := w.press("zrzyt", formTo(t, string(review.body), "/file")); filed.status != http.StatusSeeOther {
		t.Fatalf("filed: %d %s", filed.status, filed)
	}
	w.play(step{as: "office", do: "GET {L6}", status: 200, is: is{"latest_report.no_change": false, "latest_report.reason": ""}})
}

// TestVersionsCompared: who may read the report sees what changed between two of
// its versions, nobody else.
func TestVersionsCompared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(
		step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"},
		step{as: "zrzyt", do: "POST {L6}/reports", body: `{"progress":"盘活 320 亩。三个县验收。","next_steps":"推进验收","measures":[{"id":"6.1","status":"under_way","percent":40}]}`, status: 201, events: "reported"},
	)
	path := "/assignments/2022Q3-06-lead-zrzyt"
	if page := w.visit("office", path+"/versions"); !strings.Contains(page, "只报送过一稿") {
		t.Error("one version: nothing to compare")
	}
	w.play(
		step{as: "office", do: "POST {L6}/return", body: `{"reason":"面积不实"}`, status: 201, events: "returned"},
		step{as: "zrzyt", do: "POST {L6}/reports", body: `{"progress":"盘活 300 亩。三个县验收。","next_steps":"推进验收","measures":[{"id":"6.1","status":"under_way","percent":35}],"asks":"协调指标"}`, status: 201, events: "reported"},
	)
	if page := w.visit("office", path); !strings.Contains(page, path+"/versions?from=1&amp;to=2") {
		t.Error("the assignment's page does not lead to the comparison")
	}
	page := w.visit("office", path+"/versions?from=1&to=2")
	for _, want := range []string{"<del>320 </del><ins>300 </ins>亩。三个县验收。", "40%</del>", "35%</ins>", "<ins>协调指标</ins>", "没有变化：", "下步打算"} {
		if !strings.Contains(page, want) {
			t.Errorf("the comparison does not have %s", want)
		}
	}
	if back := w.visit("zrzyt", path+"/versions?from=2&to=1"); !strings.Contains(back, "<del>300 </del><ins>320 </ins>") {
		t.Error("the versions cannot be compared the other way round")
	}
	if a := w.send(w.cookie("sft").http, "GET", path+"/versions", nil, map[string]string{"Accept": "text/html"}); a.status != http.StatusNotFound {
		t.Errorf("a department outside the task: %d", a.status)
	}
	if why := w.visit("office", path); !strings.Contains(why, "<details class=\"why\">") || !strings.Contains(why, "国办发明电〔2021〕11号") {
		t.Error("the lights are not explained")
	}
}
