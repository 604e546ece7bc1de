package calendar

import (
	"fmt"
	"strconv"
	"time"
)

// What Rule.Every may say.
const (
	Quarter = "quarter"
	Month   = "month"
)

// Rule makes the regular periods of reporting. Counts are workdays.
type Rule struct {
	Every              string // Quarter or Month; another value panics, the plan's check holds it
	AcceptWithin       int    // after the assignment
	DueBeforeEnd       int    // before the period's last workday
	CooperatingEarlier int    // before the lead's due day
	ShortestNotice     int    // a lead has at least when a period is opened late
}

// Period is one regular stretch of reporting. Its dates are in order:
// AcceptBy ≤ CooperatingDue ≤ Due, each the end of a workday.
type Period struct {
	ID             string    `json:"id"`   // 2022Q3, 2022M07
	From           Date      `json:"from"` // first day
	To             Date      `json:"to"`   // last day
	AssignedOn     Date      `json:"assigned_on"`
	AcceptBy       time.Time `json:"accept_by"`
	CooperatingDue time.Time `json:"cooperating_due"`
	Due            time.Time `json:"due"` // the lead's
}

// Next is the first day of the following period.
func (p Period) Next() Date { return p.To.AddDays(1) }

// Regular is the period that contains the day, assigned on its first workday, due
// at the end of its last workday less the rule's DueBeforeEnd. Dates that would
// fall before the assignment, or out of order, are moved to the nearest day in
// order: a lead's due day rules the cooperating one, that one the receipt.
func (k Clock) Regular(rule Rule, day Date) Period {
	p := span(rule.Every, day)
	due := k.regular(rule, &p)
	cooperating := within(k.Calendar.AddWorkdays(due, -rule.CooperatingEarlier), p.AssignedOn, due)
	accept := within(k.Calendar.AddWorkdays(p.AssignedOn, rule.AcceptWithin), p.AssignedOn, cooperating)
	return k.close(p, accept, cooperating, due)
}

// Opened is the period that contains the day when it is opened at now, perhaps
// late. It is assigned on the day of now, unless its regular day is still to come.
// The lead has at least the rule's ShortestNotice workdays after the day of now,
// cooperating departments at least two of them, so the due day may move past the
// period's end; AcceptWithin runs from the assignment. No date is past already.
// A period opened in good time has its regular dates.
func (k Clock) Opened(rule Rule, day Date, now time.Time) Period {
	p := span(rule.Every, day)
	due := k.regular(rule, &p)
	p.AssignedOn = later(p.AssignedOn, k.Today(now))
	due = later(due, k.notice(now, rule.ShortestNotice))
	first := later(p.AssignedOn, k.notice(now, min(2, rule.ShortestNotice)))
	cooperating := within(k.Calendar.AddWorkdays(due, -rule.CooperatingEarlier), first, due)
	first = later(p.AssignedOn, k.notice(now, 0))
	accept := within(k.Calendar.AddWorkdays(p.AssignedOn, rule.AcceptWithin), first, cooperating)
	return k.close(p, accept, cooperating, due)
}

// regular sets the regular day of assignment and returns the lead's due day.
func (k Clock) regular(rule Rule, p *Period) Date {
	p.AssignedOn = k.Calendar.AddWorkdays(p.From, 0)
	last, ok := k.Calendar.LastWorkday(p.From, p.To)
	if !ok { // a year file may call a whole month a holiday
		last = p.AssignedOn
	}
	return later(k.Calendar.AddWorkdays(last, -rule.DueBeforeEnd), p.AssignedOn)
}

// notice is the n-th workday after the day of now; for n ≤ 0 today while its
// working day lasts, else the next workday.
func (k Clock) notice(now time.Time, n int) Date {
	today := k.Today(now)
	d := k.Calendar.AddWorkdays(today, max(0, n))
	if !now.Before(k.DayEnd(d)) {
		return k.Calendar.AddWorkdays(today, 1)
	}
	return d
}

func (k Clock) close(p Period, accept, cooperating, due Date) Period {
	p.AcceptBy, p.CooperatingDue, p.Due = k.DayEnd(accept), k.DayEnd(cooperating), k.DayEnd(due)
	return p
}

// ParsePeriodID reads the ID of a regular period, 2022Q3 or 2022M07: what makes
// it (Quarter or Month), its first and last day. A special period's ID is an error.
func ParsePeriodID(id string) (every string, from, to Date, err error) {
	if len(id) == 6 || len(id) == 7 {
		year, yearErr := strconv.ParseUint(id[:4], 10, 16)
		n, numberErr := strconv.ParseUint(id[5:], 10, 8)
		first := Date{int(year), time.Month(n), 1}
		every = Month
		if len(id) == 6 {
			every, first.Month = Quarter, time.Month(3*n-2)
		}
		if yearErr == nil && numberErr == nil && year > 0 && first.Month >= time.January && first.Month <= time.December {
			if p := span(every, first); p.ID == id {
				return every, p.From, p.To, nil
			}
		}
	}
	return "", Date{}, Date{}, fmt.Errorf("not a regular period as 2022Q3 or 2022M07: %.40q", id)
}

// Span is the regular period that contains the day: its ID, first and last day, and no
// more of it.
func Span(every string, day Date) Period { return span(every, day) }

// span is the period that contains the day: its ID, first and last day.
func span(every string, day Date) Period {
	var id string
	var from Date
	months := 1
	switch every {
	case Month:
		from = Date{day.Year, day.Month, 1}
		id = fmt.Sprintf("%04dM%02d", day.Year, day.Month)
	case Quarter:
		q := (day.Month - 1) / 3
		from, months = Date{day.Year, 3*q + 1, 1}, 3
		id = fmt.Sprintf("%04dQ%d", day.Year, q+1)
	default:
		panic(fmt.Sprintf("calendar: a period of every %q", every))
	}
	next := DateOf(time.Date(from.Year, from.Month+time.Month(months), 1, 0, 0, 0, 0, time.UTC))
	return Period{ID: id, From: from, To: next.AddDays(-1)}
}

func later(a, b Date) Date {
	if a.Before(b) {
		return b
	}
	return a
}

// within is d moved into first..last; last wins should they cross.
func within(d, first, last Date) Date {
	if d = later(d, first); last.Before(d) {
		return last
	}
	return d
}
