package calendar

import (
	"fmt"
	"time"
	_ "time/tzdata" // the plan's zone must load on machines without zoneinfo
)

// TimeOfDay is a wall-clock time.
type TimeOfDay struct {
	Hour, Minute int
}

// ParseTimeOfDay reads HH:MM, 00:00 to 23:59.
func ParseTimeOfDay(s string) (TimeOfDay, error) {
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") {
		return TimeOfDay{}, fmt.Errorf("not a time of day as HH:MM: %.40q", s)
	}
	return TimeOfDay{t.Hour(), t.Minute()}, nil
}

// String is HH:MM.
func (t TimeOfDay) String() string { return fmt.Sprintf("%02d:%02d", t.Hour, t.Minute) }

// Clock binds a calendar to the plan's zone and to the time a working day ends.
// All three must be set. What it says depends on its arguments alone, not on the
// machine's zone or time.
type Clock struct {
	Calendar *Calendar
	Zone     *time.Location
	DayEnds  TimeOfDay
}

// DayEnd is the instant the working day d ends: a thing due on d is due then, and
// on time at that very instant.
func (k Clock) DayEnd(d Date) time.Time {
	return time.Date(d.Year, d.Month, d.Day, k.DayEnds.Hour, k.DayEnds.Minute, 0, 0, k.Zone)
}

// Today is the day it is in the plan's zone.
func (k Clock) Today(now time.Time) Date { return DateOf(now.In(k.Zone)) }

// WorkdaysLeft is the number of workdays after today up to and including the day
// of due: 1 on the workday before, 0 on the day itself, before and after the due
// instant alike, negative later. When due lies on a day off it is 0 from the last
// workday before it.
func (k Clock) WorkdaysLeft(now, due time.Time) int {
	return k.Calendar.WorkdaysBetween(k.Today(now), k.Today(due))
}

// Late is by how much now is past due, in workdays and in calendar days, as a
// clerk reads it off a wall calendar: 0, 0 up to and at the due instant; from the
// next moment on the difference of the two days, at least 1. So a thing due on
// Friday at 17:30 is 1 workday, 1 day late at 17:31 and on Saturday; 1 workday, 3
// days late on Monday; 2 and 4 on Tuesday. The hour of the later day does not
// matter.
func (k Clock) Late(due, now time.Time) (workdays, days int) {
	if !now.After(due) {
		return 0, 0
	}
	from, to := k.Today(due), k.Today(now)
	return max(1, k.Calendar.WorkdaysBetween(from, to)), max(1, from.DaysUntil(to))
}
