package page

// ReportForm is the form a department fills.
type ReportForm struct {
	Frame
	ID         string
	Crumbs     []Link
	No         int
	Task       string
	Department string
	Role       string
	Period     string
	Special    *SpecialView // nil: work of a regular period
	Chip       Chip
	Due        string
	DueTone    Tone
	DueWhen    When
	Cause      string
	Returned   *Remark // stands on top
	Extension  string  // URL to ask for one, empty if not possible
	Lead       bool
	Form       Form
	Draft      string // 草稿已保存　14:31
	Stale      *StaleText
	OlderPlan  *olderPlan    // nil: what stands in the form was written under today's plan
	Earlier    []EarlierText // texts that a colleague's took the place of
	DraftURL   string        // POST: saves what was typed
	Self       string        // URL of the form itself
	Figures    []FigureField
	Measures   []MeasureField
	// Headings are numbered by what the form holds.
	HeadFigures, HeadMeasures, HeadInputs, HeadEvidence string

	Progress Field
	Texts    []Field   // obstacles, asks, next steps, forecast
	Asks     []AskView // what was asked already, and what came of it
	Reason   Field     // why nothing changed
	NoChange bool
	Inputs   []CoopRow
	Evidence []FileView
	Signing  string // where the draft is on its way to the signatory
	SendBack *Form  // the signatory may send it back
	MaxFile  string
	Room     string // how much may still be brought, where that is little

	EvidenceError string
	Facts         []Fact
	Coop          []CoopRow
	Trail         []Step
	Errors        []FieldError
}

// olderPlan says that the draft was written under an older version of the plan.
type olderPlan struct {
	Text  string
	Alert bool   // what was sent has just been refused for it
	Typed []Fact // what reads otherwise today, as it was typed
}

// StaleText says that the draft was changed since the page was opened, and shows where
// the two texts differ.
type StaleText struct {
	Text   string
	Differ []TextPair
	Now    string // URL of the form with the draft that stands
}

// TextPair is one part of a report as two texts have it.
type TextPair struct{ Label, Theirs, Yours string }

// EarlierText is what a draft said before.
type EarlierText struct {
	Head  string
	Facts []Fact
}

// FigureField asks for one figure.
type FigureField struct {
	ID, Title   string
	Name        string // prefix of the field names: figure.ID
	Unit        string
	Kind        string // what the value means: 累计值, 时点数, 本年累计, 比率
	Value       string
	Last        string
	LastDate    string
	LastValue   string // bare, for the check in the browser
	Cumulative  bool
	Target      string
	Percent     string
	AsOf        string
	Provisional bool
	Relative    string // title of the series it is compared with
	Comparison  string
	Judged      bool
	Met         []Option
	Forecast    string
	Expected    string // last report's forecast for this period
	Explanation string
	Explain     bool   // the explanation is asked for
	Error       string // message at the field
	ErrorField  string
}

// MeasureField asks how far one measure is.
type MeasureField struct {
	ID, Title string
	Name      string // prefix of the field names: measure.ID
	Options   []Option
	Percent   string
	Note      string
	Last      string // last report's word
	Error     string
	ErrorOn   string // status, percent or note
}

// Review shows a report as it will be filed.
type Review struct {
	Frame
	ID       string
	Crumbs   []Link
	No       int
	Task     string
	Role     string
	Period   string
	Chip     Chip
	Report   ReportView
	Warnings []string // filed late, cooperating departments missing
	Form     Form     // files it; the whole report rides along hidden
	Back     string   // URL of the form
}

// Conflict is shown when somebody changed the assignment first.
type Conflict struct {
	Frame
	Lede    string
	ID      string
	No      int
	Task    string
	What    string // the act that was tried
	Before  []Fact // as the page the reader acted on had it
	Now     []Fact // as it is
	Changes []Step // what happened in between
	Typed   []Fact // what the reader had typed, kept
	Retry   *Form  // the same act on the present version; nil if no longer possible
	Back    string
	Refused string // why it cannot be repeated
}

// Failure says what went wrong and what to do next.
type Failure struct {
	Frame
	Status   int
	Heading  string
	Detail   string
	Next     []Link
	Incident string
	Code     string
}
