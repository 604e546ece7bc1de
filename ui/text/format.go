package text

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"duban/workflow"
	"duban/workflow/plan"
)

// Show writes a value as the language does: times with date and hour, dates,
// numbers with grouping, values of the workflow's enumerations by their names,
// lists joined.
func (p *Printer) Show(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case int:
		return p.Number(plan.Num(int64(v)))
	case int64:
		return p.Number(plan.Num(v))
	case uint64:
		return strconv.FormatUint(v, 10)
	case plan.Number:
		return p.Number(v)
	case time.Time:
		return p.DateTime(v)
	case *time.Time:
		if v == nil {
			return ""
		}
		return p.DateTime(*v)
	case plan.Date:
		return p.Date(v)
	case []string:
		return p.List(v)
	}
	if key := enumKey(v); key != "" {
		return p.T(key)
	}
	return fmt.Sprint(v)
}

// enumKey is the catalogue key of a value of an enumeration, or empty.
func enumKey(v any) string {
	switch v := v.(type) {
	case workflow.State:
		return "state." + string(v)
	case workflow.Trigger:
		return "trigger." + string(v)
	case workflow.Kind:
		return "kind." + string(v)
	case workflow.Role:
		return "role." + string(v)
	case workflow.UserRole:
		return "user_role." + string(v)
	case workflow.Grade:
		return "grade." + string(v)
	case workflow.Mark:
		return "mark." + string(v)
	case workflow.AskState:
		return "ask_state." + string(v)
	case workflow.Level:
		return "level." + string(v)
	case workflow.MeasureStatus:
		return "measure_status." + string(v)
	case workflow.PointStatus:
		return "point." + string(v)
	case plan.Kind:
		return "indicator_kind." + string(v)
	case plan.Op:
		return "target_op." + opName(v)
	}
	return ""
}

// opNames are the operators' names in the catalogue, which their signs cannot be.
var opNames = map[plan.Op]string{plan.AtLeast: "at_least", plan.Above: "above", plan.Below: "below", plan.AtMost: "at_most", plan.Reach: "reach"}

func opName(o plan.Op) string {
	if s, ok := opNames[o]; ok {
		return s
	}
	return opNames[plan.Reach]
}

// Op is a target's operator as a sign, for tables; Show writes it as a word.
func (p *Printer) Op(o plan.Op) string { return p.T("op." + opName(o)) }

func (p *Printer) local(t time.Time) time.Time {
	if p.zone != nil {
		return t.In(p.zone)
	}
	return t
}

// Day is the calendar day of an instant in the printer's zone.
func (p *Printer) Day(t time.Time) plan.Date {
	y, m, d := p.local(t).Date()
	return plan.Date{Year: y, Month: m, Day: d}
}

// Date is 9月30日, 30 Sep: within the year of At. A date of another year carries its
// year, because it would be read as one of this year.
func (p *Printer) Date(d plan.Date) string {
	switch {
	case d.IsZero():
		return ""
	case d.Year != p.year:
		return p.FullDate(d)
	case p.lang == English:
		return fmt.Sprintf("%d %s", d.Day, d.Month.String()[:3])
	}
	return fmt.Sprintf("%d月%d日", int(d.Month), d.Day)
}

// FullDate is 2022年9月30日, 30 Sep 2022.
func (p *Printer) FullDate(d plan.Date) string {
	switch {
	case d.IsZero():
		return ""
	case p.lang == English:
		return fmt.Sprintf("%d %s %d", d.Day, d.Month.String()[:3], d.Year)
	}
	return fmt.Sprintf("%d年%d月%d日", d.Year, int(d.Month), d.Day)
}

// Month is 2022年9月, Sep 2022.
func (p *Printer) Month(d plan.Date) string {
	if p.lang == English {
		return fmt.Sprintf("%s %d", d.Month.String()[:3], d.Year)
	}
	return fmt.Sprintf("%d年%d月", d.Year, int(d.Month))
}

// Period is a period's name: 2022年第三季度, Q3 2022. One that the office has named
// is called so in every language.
func (p *Printer) Period(id, name string) string {
	year, part := id[:min(4, len(id))], id[min(4, len(id)):]
	if p.lang != English || part == "" || name == id || name != workflow.PeriodName(id) {
		return name
	}
	switch part[0] {
	case 'Q':
		return part + " " + year
	case 'M':
		if n, err := strconv.Atoi(part[1:]); err == nil && n >= 1 && n <= 12 {
			return time.Month(n).String()[:3] + " " + year
		}
	}
	return name
}

// Weekday is 周五, Fri.
func (p *Printer) Weekday(d plan.Date) string {
	if p.lang == English {
		return d.Weekday().String()[:3]
	}
	return "周" + string([]rune("日一二三四五六")[d.Weekday()])
}

// DayOfWeek is 9月30日（周五）, Fri 30 Sep, with the year as Date has it.
func (p *Printer) DayOfWeek(d plan.Date) string {
	if p.lang == English {
		return p.Weekday(d) + " " + p.Date(d)
	}
	return p.Date(d) + "（" + p.Weekday(d) + "）"
}

// Clock is 17:30.
func (p *Printer) Clock(t time.Time) string { return p.local(t).Format("15:04") }

// DateTime is 9月30日 17:30, 30 Sep 17:30, with the year as Date has it.
func (p *Printer) DateTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return p.Date(p.Day(t)) + " " + p.Clock(t)
}

// FullDateTime is 2022年9月30日 17:30, 30 Sep 2022 17:30: for papers.
func (p *Printer) FullDateTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return p.FullDate(p.Day(t)) + " " + p.Clock(t)
}

// Due is 9月30日（周五）17:30, Fri 30 Sep 17:30, with the year as Date has it: for the dates
// one must not miss.
func (p *Printer) Due(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	if p.lang == English {
		return p.DayOfWeek(p.Day(t)) + " " + p.Clock(t)
	}
	return p.DayOfWeek(p.Day(t)) + p.Clock(t)
}

// Exact is 2022-09-30 17:30:05: for the record.
func (p *Printer) Exact(t time.Time) string { return p.local(t).Format("2006-01-02 15:04:05") }

// Number groups the digits before the point by three, from five digits on in
// Chinese (1315, 12,345), from four in English (1,315). Unset is empty.
func (p *Printer) Number(n plan.Number) string {
	s := n.String()
	sign, whole, frac := "", s, ""
	if strings.HasPrefix(s, "-") {
		sign, whole = "-", s[1:]
	}
	if i := strings.IndexByte(whole, '.'); i >= 0 {
		whole, frac = whole[:i], whole[i:]
	}
	from := 5
	if p.lang == English {
		from = 4
	}
	if len(whole) < from {
		return s
	}
	var b strings.Builder
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	return sign + b.String() + frac
}

// Size is a file's size: 86 KB, 1.2 MB (powers of 1024).
func (p *Printer) Size(bytes int64) string {
	switch {
	case bytes < 1024:
		return fmt.Sprintf("%d B", bytes)
	case bytes < 1<<20:
		return fmt.Sprintf("%d KB", (bytes+512)/1024)
	}
	return strings.TrimSuffix(strconv.FormatFloat(float64(bytes)/(1<<20), 'f', 1, 64), ".0") + " MB"
}

// List joins names: 省经信厅、省财政厅; a, b.
func (p *Printer) List(names []string) string {
	if p.lang == English {
		return strings.Join(names, ", ")
	}
	return strings.Join(names, "、")
}
