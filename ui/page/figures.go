package page

import (
	"net/url"

	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// FiguresPath is where a filled figures sheet is brought back.
const FiguresPath = "/figures/import"

// FiguresImport takes a filled sheet and shows, before anything is kept, what it would
// change.
type FiguresImport struct {
	Frame
	Crumbs   []Link
	Lede     string
	Download string // URL of the sheet
	None     string // why there is nothing to fill in
	Upload   Form
	MaxFile  string
	Read     string // what was found in the sheet
	Rows     []FigureRow
	Confirm  *Form
	Errors   []FieldError
}

func (FiguresImport) template() string { return "figures_import" }

// FigureRow is one change: what is known beside what the sheet says.
type FigureRow struct {
	Row            int // of the sheet
	Title, Unit    string
	Task           string
	Last, LastAsOf string
	Drafted        string // what the draft says already
	Value, AsOf    string
	Kind           string
	Comparison     string
	Explanation    string
	Warning        string
	URL            string
}

// FigureChange is a row of the sheet with what it stands beside.
type FigureChange struct {
	Row       int
	Task      int // whose report it goes into; 0: the office files it
	Indicator plan.Indicator
	Last      ledger.IndicatorView
	Drafted   *workflow.FigureInput
	Figure    workflow.FigureInput
	Moved     bool // a newer figure than the sheet knew
}

// FiguresInput is what the page is made of.
type FiguresInput struct {
	Period  string
	Office  bool
	Count   int // of the figures that may be filled in
	MaxFile int64
	Read    bool // a sheet was read
	Same    int  // rows that say what is known already
	Rows    []FigureChange
	Packed  string // the rows, for the act; empty: there is nothing to do
	Key     string
	Wrong   []*workflow.Error // Field is a cell's address, or sheet
}

// NewFiguresImport builds the page.
func NewFiguresImport(k Kit, f Frame, in FiguresInput) FiguresImport {
	f.Title = k.P.T("figures.title")
	who := "department"
	if in.Office {
		who = "office"
	}
	p := FiguresImport{Frame: f, Lede: k.P.T("figures.lede_" + who), MaxFile: k.P.Size(in.MaxFile),
		Download: "/export/figures.xlsx?period=" + url.QueryEscape(in.Period),
		Crumbs:   []Link{{k.homeWord(), homePath}, {k.P.T("figures.title"), ""}},
		Upload: Form{Action: FiguresPath, CSRF: f.CSRF, Key: in.Key, Button: k.P.T("figures.read"),
			Hidden: []Hidden{{"period", in.Period}}}}
	if in.Count == 0 {
		p.None = k.P.T("figures.none_" + who)
	}
	for _, e := range in.Wrong {
		_, text := k.P.Error(e)
		if e.Field != "sheet" {
			text = k.P.T("figures.cell", "cell", e.Field, "text", text)
		}
		p.Errors = append(p.Errors, FieldError{Field: "sheet", Text: text})
	}
	for _, r := range in.Rows {
		p.Rows = append(p.Rows, k.figureRow(r))
	}
	switch {
	case !in.Read:
	case len(in.Rows) == 0 && len(in.Wrong) == 0:
		p.Read = k.P.T("figures.nothing", "same", in.Same)
	default:
		p.Read = k.P.T("figures.found", "n", len(in.Rows), "same", in.Same)
	}
	if in.Packed != "" {
		p.Confirm = &Form{Action: FiguresPath + "/confirm", CSRF: f.CSRF, Key: in.Key, Button: k.P.T("figures.confirm_"+who, "n", len(in.Rows)),
			Hidden: []Hidden{{"period", in.Period}, {"rows", in.Packed}}}
	}
	return p
}

func (k Kit) figureRow(r FigureChange) FigureRow {
	row := FigureRow{Row: r.Row, Title: r.Indicator.Title, Unit: r.Indicator.Unit, URL: IndicatorPath(r.Indicator.ID),
		Value: k.P.Number(r.Figure.Value), AsOf: k.P.FullDate(r.Figure.AsOf), Kind: k.P.T("figures.final"), Explanation: r.Figure.Explanation}
	if r.Task != 0 {
		row.Task = k.P.T("case.task", "no", r.Task)
	}
	if r.Figure.Provisional {
		row.Kind = k.P.T("rep.provisional")
	}
	if r.Figure.Comparison.Set {
		row.Comparison = k.P.T("figures.compared", "series", r.Indicator.RelativeTo, "value", k.P.Number(r.Figure.Comparison))
	}
	if r.Last.Value.Set {
		row.Last, row.LastAsOf = k.P.Number(r.Last.Value), k.P.FullDate(r.Last.AsOf)
	}
	if d := r.Drafted; d != nil && d.Value.Set {
		row.Drafted = k.P.T("figures.drafted", "value", k.P.Number(d.Value))
	}
	if r.Moved {
		row.Warning = k.P.T("figures.moved_row")
	}
	return row
}
