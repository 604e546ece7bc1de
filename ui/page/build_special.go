package page

import (
	"net/url"

	"duban/workflow"
)

// Names of the fields that make a directive a special assignment: those of the
// directive's body.
const (
	SpecialDue   = "special.due"
	SpecialName  = "special.name"
	SpecialScope = "special.scope"
	ScopeTask    = "task" // the whole task; else the directive's department alone
)

func periodPath(id string) string { return assignmentsPath + "?period=" + url.QueryEscape(id) }

// specialFields ask whether a directive is also assigned as special work: a due
// day says so.
func (a actForms) specialFields() []Field {
	k := a.k
	return []Field{
		{Kind: "date", Name: SpecialDue, ID: "direct-due", Label: k.P.T("dir.due"), Hint: k.P.T("dir.due_hint"), Class: "date", Least: k.dateValue(k.Now)},
		{Kind: "text", Name: SpecialName, ID: "direct-name", Label: k.P.T("dir.name"), Value: k.P.T("dir.usual_name", "title", a.in.Item.Task.Title)},
		{Kind: "radio", Name: SpecialScope, ID: "direct-scope", Label: k.P.T("dir.scope"), Options: []Option{
			{Value: "own", Text: k.P.T("dir.scope_own", "department", a.in.Item.Department.Name), Selected: true},
			{Value: ScopeTask, Text: k.P.T("dir.scope_task")}}},
	}
}

// specialNote says which special period a directive has opened.
func (k Kit) specialNote(e workflow.Event) string {
	if e.Data.SpecialPeriod == "" {
		return ""
	}
	return k.P.T("dir.special", "id", e.Data.SpecialPeriod)
}
