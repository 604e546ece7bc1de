package page

import (
	"net/url"

	"duban/workflow"
	"duban/workflow/ledger"
)

// BulkInput is an act on several assignments: what was ticked, what was typed, and
// what came of it for each.
type BulkInput struct {
	Act    string // extend, special, urge
	Chosen []ledger.Item
	Next   string // where the reader came from
	Key    string
	Typed  url.Values
	Err    *workflow.Error
	// Done and Left are set once the act was done: assignments by id, with the
	// reason for those left as they were.
	Done []string
	Left map[string]*workflow.Error
}

// BulkPath is where an act on several assignments posts.
func BulkPath(act string) string {
	if act == "urge" { // from the desk's own form
		return assignmentsPath + "/urge"
	}
	return assignmentsPath + "/bulk/" + act
}

// NewBulk builds the page of such an act: first its form, afterwards its outcome.
func NewBulk(k Kit, f Frame, in BulkInput) Ask {
	f.Title = k.P.T("bulk." + in.Act)
	a := Ask{Frame: f, Crumbs: []Link{{k.homeWord(), in.Next}, {f.Title, ""}}}
	if in.Done != nil || in.Left != nil {
		a.Back = &Link{k.P.T("bulk.back"), in.Next}
		a.Lede = k.P.T("bulk.outcome", "n", len(in.Done), "left", len(in.Left))
		for _, l := range []struct {
			title string
			of    func(ledger.Item) (Fact, bool)
		}{
			{k.P.T("bulk.left"), func(i ledger.Item) (Fact, bool) {
				e := in.Left[i.ID]
				if e == nil {
					return Fact{}, false
				}
				_, why := k.P.Error(e)
				return Fact{Label: k.slot(i), Value: why, Tone: Warn}, true
			}},
			{k.P.T("bulk.done"), func(i ledger.Item) (Fact, bool) {
				return Fact{Label: k.slot(i), Value: k.P.T("bulk.due", "due", k.P.Due(i.Due)), Note: k.dayOff(i.Due)}, holds(in.Done, i.ID)
			}}} {
			list := AskList{Title: l.title}
			for _, i := range in.Chosen {
				if fact, ok := l.of(i); ok {
					list.Rows = append(list.Rows, fact)
				}
			}
			if len(list.Rows) > 0 {
				a.Lists = append(a.Lists, list)
			}
		}
		return a
	}
	if len(in.Chosen) == 0 {
		a.Back = &Link{k.P.T("bulk.back"), in.Next}
		a.Note = k.P.T("bulk.nothing")
		return a
	}
	a.Lede = k.P.T("bulk."+in.Act+"_lede", "n", len(in.Chosen))
	a.Form = k.bulkActForm(f, in)
	a.Errors = k.intoForm(a.Form, in.Err, "main")
	chosen := AskList{Title: k.P.T("bulk.chosen")}
	for _, i := range in.Chosen {
		chosen.Rows = append(chosen.Rows, Fact{Label: k.slot(i), Value: k.P.T("bulk.due", "due", k.P.Due(i.Due)), Note: k.chip(i.Box).Word})
	}
	a.Lists = []AskList{chosen}
	return a
}

// slot names an assignment in a list.
func (k Kit) slot(i ledger.Item) string {
	return k.P.T("bulk.item", "department", i.Department.Name, "no", i.Task.No, "title", i.Task.Title)
}

func (k Kit) bulkActForm(f Frame, in BulkInput) *Form {
	form := &Form{Action: BulkPath(in.Act), CSRF: f.CSRF, Key: in.Key, Button: k.P.T("bulk." + in.Act + "_button"),
		Hidden: []Hidden{{"next", in.Next}, {"confirmed", "1"}}}
	for _, i := range in.Chosen {
		form.Hidden = append(form.Hidden, Hidden{"select", i.ID})
	}
	day := func(name string) Field {
		return Field{Kind: "date", Name: name, ID: "f-" + name, Label: k.P.T("bulk.field_" + name), Class: "date", Least: k.dateValue(k.Now)}
	}
	due := day("due")
	due.Ask = true
	reason := Field{Kind: "textarea", Name: "reason", ID: "f-reason", Label: k.P.T("field.reason"), Rows: 2, Max: workflow.ShortText}
	form.Fields = []Field{due, reason}
	if in.Act == "special" {
		form.Fields = []Field{
			{Kind: "text", Name: "name", ID: "f-name", Label: k.P.T("dir.name"), Class: "medium", Ask: true},
			{Kind: "text", Name: "id", ID: "f-id", Label: k.P.T("bulk.field_id"), Hint: k.P.T("bulk.id_hint"), Class: "short", Ask: true},
			due, day("cooperating_due"), day("accept_by"), reason}
	}
	if in.Act == "urge" {
		form.Fields = k.urgeFields("f-")
	}
	if in.Typed.Get("confirmed") != "" || in.Act == "urge" {
		for n := range form.Fields {
			retype(&form.Fields[n], in.Typed)
		}
	}
	return form
}
