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

// SpecialView names special work and says why it was assigned: a directive's words, or
// the reason that the office gave.
type SpecialView struct {
	Name string
	Due  When
	Why  *Remark // nil: no reason was given, or the reader may not know it
}

// Special is the view of a special period. opened is the event that opened it as the
// reader may see it, nil when they may not.
func (k Kit) Special(p workflow.Period, opened *workflow.Event) *SpecialView {
	v := &SpecialView{Name: k.period(p), Due: k.dueWhen(p.Due)}
	if opened != nil && opened.Texts["reason"] != "" {
		v.Why = &Remark{By: k.who(opened.Actor), At: k.when(opened.At), Text: opened.Texts["reason"]}
	}
	return v
}

// Lines are the view as the lines of a paper.
func (v *SpecialView) Lines(k Kit) []string {
	if v == nil {
		return nil
	}
	lines := []string{k.P.T("special.of", "name", v.Name)}
	if v.Why != nil {
		lines = append(lines, k.P.T("special.why", "text", v.Why.Text))
	}
	return lines
}

// specialNote says which special period a directive has opened.
func (k Kit) specialNote(e workflow.Event) string {
	if e.Data.SpecialPeriod == "" {
		return ""
	}
	return k.P.T("dir.special", "id", e.Data.SpecialPeriod)
}
