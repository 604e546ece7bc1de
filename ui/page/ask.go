package page

import (
	"maps"
	"net/url"
	"slices"
	"strings"
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

// Fields of a form whose act is asked about before it is done: the question by its name in
// the catalogue (ask.*), what the act is done to, and where one goes without it.
const (
	AskFirst = "ask"
	askAbout = "ask_about"
	askBack  = "ask_back"
)

// questions are the acts that ask first: what cannot be taken back, and what shuts somebody out.
var questions = []string{"disable", "reset", "unconfirm", "unlink", "token", "screen", "delegation", "session", "sessions",
	"template", "notice", "freeze"}

// askFirst has the form ask before it does anything.
func (f *Form) askFirst(question, about, back string) *Form {
	f.Hidden = append(f.Hidden, Hidden{AskFirst, question}, Hidden{askAbout, about}, Hidden{askBack, back})
	return f
}

// NewConfirm builds the page that asks before an act: what follows from it, and its form
// again with what was posted; false when the form asks nothing that is known. back makes the
// address of a page of ours of one where one goes without it.
func NewConfirm(k Kit, f Frame, action string, posted url.Values, back func(next, otherwise string) string) (Ask, bool) {
	if !slices.Contains(questions, posted.Get(AskFirst)) {
		return Ask{}, false
	}
	question, about := "ask."+posted.Get(AskFirst), posted.Get(askAbout)
	f.Title = k.P.T(question, "name", about)
	form := &Form{Action: action, CSRF: f.CSRF, Button: k.P.T(question + "_button"), Danger: true}
	for _, name := range slices.Sorted(maps.Keys(posted)) {
		if strings.HasPrefix(name, ProofField) {
			continue // the proof that came with it: no page holds a password
		}
		switch name {
		case AskFirst, askAbout, askBack, "csrf":
			continue
		}
		for _, v := range posted[name] {
			form.Hidden = append(form.Hidden, Hidden{name, v})
		}
	}
	return Ask{Frame: f, Crumbs: []Link{{k.homeWord(), homePath}, {f.Title, ""}}, Note: k.P.T(question+"_follows", "name", about),
		Form: form, Back: &Link{k.P.T("ask.back"), back(posted.Get(askBack), homePath)}}, true
}

// AskList is a heading and the lines below it: assignments an act is about, or
// what came of it for each.
type AskList struct {
	Title string
	Rows  []Fact
}
