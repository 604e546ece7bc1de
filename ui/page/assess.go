package page

// Assessments lists the periods with the stage of their assessment, and the years.
type Assessments struct {
	Frame
	Rows    []AssessmentRow
	Appeals []AppealRow // the office: those that wait for it; a department: its own
	Years   []YearTable
}

// AppealRow is one appeal of any period, with where it is answered or read.
type AppealRow struct {
	Title, Period, URL, Verdict string
	Tone                        Tone
	At                          When
}

// AssessmentRow is one period's assessment.
type AssessmentRow struct{ Name, Stage, Until, URL string }

// YearTable is the standing of the departments over a year.
type YearTable struct {
	Title string
	Rows  []ScoreRow
}

// Assessed is one period's assessment.
type Assessed struct {
	Frame
	Crumbs   []Link
	Stage    string
	StandsOn string // what the scores stand on; empty before the first draft
	Changed  string // what was reopened or withdrawn since; empty: nothing
	Head     string // where the journal stood at the freeze
	Rows     []ScoreRow
	Steps    []AssessStep
	Until    string // to when appeals are taken
	Appeals  []AppealCard
	Appeal   *Form
	Bonus    *Form
	Circular string // URL, once frozen
	Errors   []FieldError
}

// AssessStep is a button that leads to the next stage.
type AssessStep struct {
	Form Form
	Hint string
}

// ScoreRow is one department of the table.
type ScoreRow struct {
	Rank, Change, Group, Department, Standing string
	Mean, Bonus, Points                       string
	Own                                       bool
	Tasks                                     []ScoreCard // empty: not the reader's to see
	Bonuses                                   []LineRow
}

// ScoreCard is one assignment's score with its lines.
type ScoreCard struct {
	Title, URL, Points, Weight string
	Lines                      []LineRow
}

// LineRow is one line of a score.
type LineRow struct{ Rule, Of, Points, Why, Event, At string }

// AppealCard is one appeal with the office's answer, or the form for it.
type AppealCard struct {
	ID                           string
	Title, Text, Verdict, Answer string
	Tone                         Tone
	At                           When
	Form                         *Form
}

func (Assessments) template() string { return "assessments" }
func (Assessed) template() string    { return "assessed" }
