package page

import "html/template"

// Login asks for name and password.
type Login struct {
	Frame
	Form    Form
	SignOn  *Link  // the login through a provider; nil: there is none
	Refusal string // why the provider let nobody in
	Subject string // as the provider names who is not linked, to be told to an administrator
	Errors  []FieldError
}

// Password asks for a new password, forced after a one-time one.
type Password struct {
	Frame
	Form   Form
	Forced bool
	Rules  []string // what a password must have, one sentence each
	Errors []FieldError
}

// Desk is the office's first page: what needs it, then the tasks, worst first.
type Desk struct {
	Frame
	Period string
	Missed []Missed
	Cards  []Card
	Filter Filter
	Rows   []TaskRow
	Mixed  bool // rows of cooperating departments stand among those of leads
	Bulk   Form // urges the selected rows
	Empty  string
}

// Card is one heap of things that wait for somebody.
type Card struct {
	Tone   Tone
	Count  int
	Title  string
	Detail string
	URL    string
}

// Filter is a list's filters. They live in the URL.
type Filter struct {
	Action  string // path the form gets
	Q       string
	Selects []Select
	Fields  []Field // typed ones, after the selects
	Keep    []Hidden
	Active  bool // something is filtered
	Clear   string
	Export  string // URL of the spreadsheet of the same filter; empty: none
	Taken   string // words of the link to it; empty: of the ledger
	Print   string // URL of the list's beginning, when there is more of it than the page shows
	Bulk    string // words of the button that sends the bulk form; empty: none
}

// Select is one drop-down of a filter.
type Select struct {
	Name, Label string
	Options     []Option
}

// TaskRow is one task on the desk, by its lead's assignment.
type TaskRow struct {
	ID          string
	URL         string
	TaskURL     string
	No          int
	Title       string
	Lead        string
	Chip        Chip
	Cooperating string   // 已报 2 / 5，欠 省科技厅 等
	Missing     []string // everyone who has not reported
	Due         string   // 逾期 9 天
	DueNote     string   // 未签收
	DueTone     Tone
	DueWhen     When
	Last        string // 9月23日 催办
	Actions     []RowAction
	Selectable  bool
	Selected    bool
}

// RowAction is what one can do about a row.
type RowAction struct {
	Text, URL string
	Label     string // for those who cannot see the row around it
	Primary   bool
}

// List is the ledger of assignments with filters and pages.
type List struct {
	Frame
	Filter Filter
	Count  string          // 共 57 条
	Rows   []template.HTML // of DrawListRow
	First  string          // URL of the first page, empty on it
	Next   string          // URL of the next page, empty at the end
	Bulk   *Form           // urging several; nil for those who may not
	Part   string          // on paper: that this is not all of it; empty when it is
}

// ListRow is one assignment in a list.
type ListRow struct {
	ID, URL    string
	No         int
	Title      string
	Department string
	Role       string
	Period     string // its name, in a list of all periods
	Chip       Chip
	Due        string
	DueNote    string
	DueTone    Tone
	DueWhen    When
	Accepted   string
	Progress   Light
	Flags      []string // 退回 1 次
	Last       string
	Selectable bool
}

// Inbox is a department's first page: the few things due, with the act beside each.
type Inbox struct {
	Frame
	Period  string
	Due     []InboxItem
	Waiting []InboxItem // filed, with the office
	Done    []InboxItem
	Urges   []UrgeView
	Asks    []AskView // what the department asks of the office, and what came of it lately
	Tasks   []TaskRow // tasks the department takes part in
}

// InboxItem is one assignment of the department.
type InboxItem struct {
	ID, URL  string
	No       int
	Title    string
	Role     string
	Lead     string // for a cooperating one: who consolidates
	Chip     Chip
	Due      string
	DueTone  Tone
	DueWhen  When
	Cause    string  // the time light's sentence
	Returned *Remark // why the office sent it back
	Answer   *Remark // what the office said last
	Accept   *Form   // nil: nothing to accept
	Report   string  // URL of the form, empty if it cannot be filled now
	Same     string  // URL of the form with "no change" ticked
	Draft    string  // 草稿已保存 9月29日 16:05
	Special  *SpecialView
	Coop     string // lead: 配合单位已报 2 / 5，欠 …
}

// Remark is somebody's words on the record.
type Remark struct {
	By   string
	At   When
	Text string
	Note string // e.g. the new due date
}
