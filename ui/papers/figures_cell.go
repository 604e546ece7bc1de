package papers

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"duban/ui/export"
	"duban/ui/text"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/plan"
)

// rowReader reads the cells of a row of a figures sheet and notes those it cannot read by
// their address.
type rowReader struct {
	row  export.FilledRow
	zone *time.Location
	bad  []*workflow.Error
}

func (r *rowReader) wrong(c export.FigureColumn, code string, args ...any) {
	r.bad = append(r.bad, workflow.BadField(r.row.Cell(c), code, args...))
}

// key is a cell that says which figure it is.
func (r *rowReader) key(c export.FigureColumn) string { return r.row.Cells[c].Text }

// said reports whether anything is filled in.
func (r *rowReader) said() bool {
	for c := export.FigureValue; c < export.FigureColumns; c++ {
		if r.row.Cells[c] != (export.Cell{}) {
			return true
		}
	}
	return false
}

// figure is what the row says of the indicator.
func (r *rowReader) figure(in plan.Indicator) workflow.FigureInput {
	x := workflow.FigureInput{Indicator: in.ID, Value: r.number(export.FigureValue, in.Unit), Comparison: r.number(export.FigureComparison, in.Unit),
		AsOf: r.day(export.FigureAsOf), Explanation: r.words(export.FigureExplanation)}
	switch word := r.words(export.FigureKind); {
	case word == "":
	case among(word, "figures.final"):
	case among(word, "rep.provisional"):
		x.Provisional = true
	default:
		r.wrong(export.FigureKind, "import.kind", "value", web.Clipped(word))
	}
	if r.row.Cells[export.FigureValue] == (export.Cell{}) {
		r.wrong(export.FigureValue, "import.value_missing")
	}
	return x
}

// among reports whether the word is the catalogue's in one of its languages.
func among(word, key string) bool {
	for _, lang := range text.Languages {
		if text.For(lang).T(key) == word {
			return true
		}
	}
	return false
}

// unfit refuses what is neither number, date nor text, whatever the column.
func (r *rowReader) unfit(c export.FigureColumn) bool {
	switch cell := r.row.Cells[c]; cell.Kind {
	case export.CellTruth:
		r.wrong(c, "import.cell_truth", "value", cell.Text)
	case export.CellError:
		r.wrong(c, "import.cell_error", "value", web.Clipped(cell.Text))
	case export.CellNoResult:
		r.wrong(c, "import.cell_no_result")
	default:
		return false
	}
	return true
}

// number reads a number as people type it, or as a workbook keeps it. What the cell
// shows is what was meant: 6.5% is 6.5 of an indicator in percent, and a mistake
// elsewhere.
func (r *rowReader) number(c export.FigureColumn, unit string) plan.Number {
	cell := r.row.Cells[c]
	if r.unfit(c) {
		return plan.Number{}
	}
	s, percent := cell.Text, cell.Kind == export.CellPercent
	switch cell.Kind {
	case export.CellDate:
		r.wrong(c, "import.cell_date")
		return plan.Number{}
	case export.CellScaled:
		r.wrong(c, "import.cell_scaled", "value", cell.Text)
		return plan.Number{}
	case export.CellText:
		if less, ok := strings.CutSuffix(narrow(s), "%"); ok {
			s, percent = less, true
		}
	}
	n, err := plan.RoundedNumber(s)
	switch {
	case err != nil:
		r.wrong(c, "form.number", "value", web.Clipped(cell.Text))
		return plan.Number{}
	case !percent || !n.Set:
	case unit == "‰":
		n.Decimal = n.Shift(1)
	case unit != "%" && unit != "个百分点":
		r.wrong(c, "import.cell_percent", "value", n.String()+"%", "unit", unit)
		return plan.Number{}
	}
	return n
}

// words reads a text; a number or a day stands as it is shown.
func (r *rowReader) words(c export.FigureColumn) string {
	cell := r.row.Cells[c]
	switch {
	case r.unfit(c):
		return ""
	case cell.Kind == export.CellPercent:
		return cell.Text + "%"
	case cell.Kind == export.CellDate && !cell.Day.IsZero():
		return cell.Day.Format(time.DateOnly)
	}
	return cell.Text
}

// typedDay is a date as people type it or programs write it, spaces left out; a clock
// and the day of the week may follow.
var typedDay = regexp.MustCompile(`^(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})[日号]?|(\d{2})(\d{2}))(?:星期.|周.|T?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?$`)

// day reads a date as a workbook keeps it, or as people type it.
func (r *rowReader) day(c export.FigureColumn) plan.Date {
	cell := r.row.Cells[c]
	if r.unfit(c) || cell == (export.Cell{}) {
		return plan.Date{}
	}
	if !cell.Day.IsZero() {
		return dateOf(cell.Day)
	}
	s := strings.Join(strings.Fields(narrow(cell.Text)), "")
	if t, err := time.Parse(time.RFC3339, s); err == nil { // an instant: its day is the plan's
		return dateOf(t.In(r.zone))
	}
	if m := typedDay.FindStringSubmatch(arabic(s)); m != nil {
		year, _ := strconv.Atoi(m[1])
		month, _ := strconv.Atoi(m[2] + m[4])
		d, _ := strconv.Atoi(m[3] + m[5])
		if t := time.Date(year, time.Month(month), d, 0, 0, 0, 0, time.UTC); t.Day() == d && int(t.Month()) == month {
			return dateOf(t)
		}
	}
	r.wrong(c, "form.date", "value", web.Clipped(cell.Text))
	return plan.Date{}
}

func dateOf(t time.Time) plan.Date { return plan.Date{Year: t.Year(), Month: t.Month(), Day: t.Day()} }

// narrow is a text with the full-width letters, digits and signs of Chinese input
// methods as ASCII.
func narrow(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case r == '\u3000':
			return ' '
		}
		return r
	}, s)
}

// numeral are the digits of a date in Chinese: 二〇二二年八月三十一日.
var numeral = map[rune]string{'〇': "0", '零': "0", '○': "0", '一': "1", '二': "2", '三': "3", '四': "4", '五': "5", '六': "6", '七': "7", '八': "8", '九': "9"}

// chineseDate is one: a year digit by digit, month and day as they are spoken.
var chineseDate = regexp.MustCompile(`^([〇零○一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})[日号]`)

// arabic is a date in Chinese numerals in Arabic ones; another text stays as it is.
func arabic(s string) string {
	m := chineseDate.FindStringSubmatch(s)
	if m == nil {
		return s
	}
	digits := func(s string) string {
		out := ""
		for _, r := range s {
			out += numeral[r]
		}
		return out
	}
	spoken := func(s string) string {
		tens, ones, ok := strings.Cut(s, "十")
		switch {
		case !ok:
			return digits(s)
		case tens == "":
			tens = "一"
		}
		if ones == "" {
			ones = "零"
		}
		return digits(tens + ones)
	}
	return digits(m[1]) + "年" + spoken(m[2]) + "月" + spoken(m[3]) + "日" + s[len(m[0]):]
}
