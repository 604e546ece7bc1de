package page

import (
	"maps"
	"net/url"
	"slices"
)

// Ask is one act on a page of its own: what it is about, what it does, its form.
type Ask struct {
	Frame
	Crumbs []Link
	Lede   string
	Facts  []Fact
	Note   string // a warning, or why there is no form
	Form   *Form  // nil: nothing can be done here
	Lists  []AskList
	Back   *Link // where one goes on, where there is no form
	Errors []FieldError
}

// asksFirst is the hidden field of a button whose act is asked about before it is done.
var asksFirst = Hidden{AskFirst, "1"}

// AskFirst is the name of that field.
const AskFirst = "ask"

// NewConfirm builds the page that asks before an act: what follows from it, and its form
// again with what was posted. act is a key of the catalogue's ask.*, about what it is done
// to, next where one goes without it.
func NewConfirm(k Kit, f Frame, act, about, action, next string, posted url.Values) Ask {
	f.Title = k.P.T("ask."+act, "name", about)
	form := &Form{Action: action, CSRF: f.CSRF, Button: k.P.T("ask." + act + "_button"), Danger: true}
	for _, name := range slices.Sorted(maps.Keys(posted)) {
		if name == AskFirst || name == "csrf" {
			continue
		}
		for _, v := range posted[name] {
			form.Hidden = append(form.Hidden, Hidden{name, v})
		}
	}
	return Ask{Frame: f, Crumbs: []Link{{k.homeWord(), homePath}, {f.Title, ""}}, Note: k.P.T("ask."+act+"_follows", "name", about),
		Form: form, Back: &Link{k.P.T("ask.back"), next}}
}

// AskList is a heading and the lines below it: assignments an act is about, or
// what came of it for each.
type AskList struct {
	Title string
	Rows  []Fact
}
