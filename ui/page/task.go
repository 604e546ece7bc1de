package page

import "html/template"

// Task is one key task in one period: who does what and how far it is.
type Task struct {
	Frame
	Crumbs     []Link
	No         int
	TaskTitle  string
	Section    string
	Period     string
	Periods    []Link
	Lead       CoopRow
	AllMembers bool
	Coop       []CoopRow
	Counts     string // 配合单位 15 家：已报 4，欠 11
	Time       Light
	Progress   Light
	Measures   []MeasureView
	Figures    []IndicatorRow
	Report     *ReportView
	ReportURL  string
	Missing    []string
	Trail      []Step
	Printed    string // 数据截至 …
}

// Indicators is the ledger of the plan's figures.
type Indicators struct {
	Frame
	Counts  []Card
	Groups  []IndicatorGroup
	Figures []IndicatorRow // inside tasks
	Filter  Filter
	Note    string // what the tick means
	Sheet   string // where figures are filled in a sheet; empty for who files none here
}

// IndicatorGroup is one group of main targets.
type IndicatorGroup struct {
	Title string
	Rows  []IndicatorRow
}

// IndicatorRow is one indicator in a table.
type IndicatorRow struct {
	ID, Title, URL string
	Kind           string
	Part           bool   // 其中
	Value          string // the number that the light is judged by
	ValueNote      string // what it is, when it is not the newest figure
	Unit           string
	AsOf           string
	Date           string // the same where the column says what it is
	Pending        bool   // awaits verification
	Target         string
	TargetUnit     string // empty where the target is no number
	Expected       string // what the light holds it against, when that is not the target
	Percent        string
	Bar            template.HTML // bullet bar, empty when there is nothing to draw
	Light          Light
	Owner          string
	Source         Link
	Task           Link
}

// Indicator is one indicator with its history.
type Indicator struct {
	Frame
	Crumbs []Link
	Row    IndicatorRow
	Group  string
	By     string
	Facts  []Fact
	Chart  template.HTML
	Points []PointRow
	File   *Form // files or corrects a figure; nil: the reader may not
	Assign *Form // gives it to a department
	Errors []FieldError
}

// PointRow is one figure of the history.
type PointRow struct {
	AsOf        string
	Value       string
	Status      string
	Struck      bool // void or replaced
	Unit        string
	At          When
	Source      Link
	Note        string
	Explanation string
	Seq         string
	Correct     string // URL to correct it
}
