package page

// Assignment is one assignment with all that happened to it and what the reader
// may do now.
type Assignment struct {
	Frame
	ID         string
	Crumbs     []Link
	No         int
	Task       string
	TaskURL    string
	Department string
	Role       string
	Period     string
	Special    *SpecialView // nil: work of a regular period
	Chip       Chip
	Time       Light
	Progress   Light
	Flags      []string
	Facts      []Fact
	Returned   *Remark // the reason stands on top while it is in force
	Extension  *ExtensionView
	Asks       []AskView
	Acts       []Act // main act first
	ReadFirst  bool  // a report waits to be judged: it stands first, the acts beside it
	Urges      []UrgeView
	Directives []Remark
	Report     *ReportView // the report in force, or the newest version
	Versions   []Version
	Inputs     []CoopRow // lead: cooperating departments
	LeadRow    *CoopRow  // cooperating: the lead
	Trail      []Step
	Errors     []FieldError // of the act that failed, for the summary
}

// Act is one thing the reader may do, as a native form or a link.
type Act struct {
	Name    string // the trigger's name
	Title   string
	Hint    string
	Link    string // a link instead of a form (the report form)
	Form    Form
	Primary bool // shown unfolded, first
	Open    bool // unfolded: the main act, or one with errors
}

// ExtensionView is a request for a later due date, both dates side by side.
type ExtensionView struct {
	N        int
	By       string
	At       When
	Original When
	Due      When
	Wanted   When
	Longer   string // 延 10 天
	Reason   string
	Effect   string // what it does to the score
	Decided  string // empty while it waits
	Answer   string
	Decide   *Form // nil: the reader cannot decide
}

// UrgeView is one urge with its read mark and reply.
type UrgeView struct {
	N       int
	Number  string // 督办〔2022〕3 号
	Task    Link   // set where urges of several assignments stand together
	Level   string
	Formal  bool
	Sheet   string // URL of the sheet to print; empty where several urges stand together
	By      string
	At      When
	Text    string
	Read    string // 9月23日 10:20 已读; empty: 未读
	Reply   string
	ReplyAt string
	Answer  *Form  // nil: nothing to answer for this reader
	Mark    *Form  // marks it as read; nil: it is, or this reader may not
	MarkURL string // where a script does so
}

// ReportView is one filed version, read only.
type ReportView struct {
	N         int
	At        When
	By        string
	Late      string
	Signed    []string // who prepared what a signatory filed, and what the signatory changed
	Status    string   // in force, returned, recalled
	InForce   bool
	NoChange  bool
	Reason    string
	Progress  string
	Measures  []MeasureView
	Figures   []FigureView
	Obstacles string
	Asks      string
	NextSteps string
	Forecast  string
	Inputs    []CoopRow
	Missing   []string
	Evidence  []FileView
	Redacted  bool // texts were removed from the record
}

// MeasureView is a report's word on one measure.
type MeasureView struct {
	ID, Title string
	Status    string
	Class     string // not_started, under_way, done, no_change
	Percent   string
	Note      string
}

// FigureView is one figure of a report beside its target and what was forecast.
type FigureView struct {
	ID, Title   string
	URL         string
	Value       string
	Unit        string
	Kind        string // what the value means: a running total, a stock, a rate
	AsOf        string
	Provisional bool
	Last        string
	Target      string
	Percent     string
	Forecast    string // what the last report expected of this period
	Difference  string
	Next        string // what this one expects of the next
	Explanation string
	Met         string // judged indicators
}

// FileView is one piece of evidence.
type FileView struct {
	ID, Name, URL, Size string
	Gone                bool
	Page                string // of the file: its hash, and deletion for who may
}

// Version is one filed version in the list.
type Version struct {
	N       int
	At      When
	By      string
	Status  string
	URL     string
	Compare string // URL of what changed since the version before; empty for the first
	Current bool
}

// CoopRow is another department's part in the same task.
type CoopRow struct {
	ID         string // assignment
	URL        string
	Department string
	Heading    string // of the first row of a group's members: the group, n of N reported
	Chip       Chip
	Due        string
	DueTone    Tone
	ReportedAt string
	Report     *ReportView // its text, if the reader may see it
	Mark       string      // 采纳
	Marks      []Option    // lead's form
	Field      string      // name of the mark's form field
}

// Step is one line of the trail.
type Step struct {
	Class string // assign, accept, report, verify, bad, office, note, now, todo
	At    When
	Who   string
	What  string
	Text  string
	Link  *Link
}
