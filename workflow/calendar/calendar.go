package calendar

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"
	"time"
)

//go:embed years/*.yaml
var years embed.FS

// Published is the directory of shipped year files, one YYYY.yaml for each year
// the State Council has arranged since 2021. Each file names its notice.
func Published() fs.FS {
	dir, err := fs.Sub(years, "years")
	if err != nil {
		panic(err) // only for a malformed path, and the path is a constant
	}
	return dir
}

// Calendar says which days are workdays. Monday to Friday are, unless a year file
// names a holiday; Saturday and Sunday are not, unless it names a make-up workday.
// A year without a file has weekends only: see Known. A Calendar is read-only once
// made and safe to share; the zero Calendar knows no year.
type Calendar struct {
	years []Year
	days  map[Date]special

	// exceptions are the days that differ from their weekday, in order, each with
	// the sum of differences up to and including it; off counts the negative ones.
	exceptions []exception
	off        int
}

type special struct {
	year    int    // the file's
	holiday string // the holiday's name, empty for a make-up workday
}

type exception struct {
	day int // number, see Date.number
	sum int // workdays gained (make-up) less workdays lost (holiday) so far
}

// Load reads every YYYY.yaml in the directory. Other names are left alone, except
// that a .yaml or .yml file named otherwise is an error: it would be a year the
// office believes in and the program never reads. All faults of all files are
// returned at once, one a line.
func Load(fsys fs.FS) (*Calendar, error) { return New(fsys, nil) }

// New reads the published year files and the office's own. A year the office has
// a file for is taken from there alone; override may be nil. Errors as Load, and
// for two files that call one day a holiday and a make-up workday.
func New(published, override fs.FS) (*Calendar, error) {
	byYear, err := readYears(published)
	if override != nil {
		own, ownErr := readYears(override)
		err = errors.Join(err, ownErr)
		for y, year := range own {
			byYear[y] = year
		}
	}
	if err != nil {
		return nil, err
	}
	all := make([]Year, 0, len(byYear))
	for _, y := range byYear {
		all = append(all, y)
	}
	slices.SortFunc(all, func(a, b Year) int { return a.Year - b.Year })
	return build(all)
}

func readYears(fsys fs.FS) (map[int]Year, error) {
	found := map[int]Year{}
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return found, err
	}
	var faults []error
	for _, e := range entries {
		ext := strings.ToLower(path.Ext(e.Name()))
		if e.IsDir() || ext != ".yaml" && ext != ".yml" {
			continue
		}
		b, err := readCapped(fsys, e.Name())
		if err != nil {
			faults = append(faults, err)
			continue
		}
		y, err := ParseYear(e.Name(), b)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		found[y.Year] = y
	}
	return found, errors.Join(faults...)
}

func build(all []Year) (*Calendar, error) {
	c := &Calendar{years: all, days: map[Date]special{}}
	var faults []error
	put := func(d Date, s special) {
		if old, ok := c.days[d]; ok && (old.holiday == "") != (s.holiday == "") {
			faults = append(faults, fmt.Errorf("%d.yaml and %d.yaml disagree: %s is a holiday in one and a make-up workday in the other", old.year, s.year, d))
		}
		c.days[d] = s
	}
	for _, y := range all {
		for _, h := range y.Holidays {
			for d := h.From; !h.To.Before(d); d = d.AddDays(1) {
				put(d, special{y.Year, h.Name})
			}
		}
		for _, d := range y.MakeUp {
			put(d, special{y.Year, ""})
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	for d, s := range c.days {
		switch {
		case s.holiday == "":
			c.exceptions = append(c.exceptions, exception{d.number(), 1})
		case !weekend(d):
			c.exceptions = append(c.exceptions, exception{d.number(), -1})
			c.off++
		}
	}
	slices.SortFunc(c.exceptions, func(a, b exception) int { return a.day - b.day })
	for i := 1; i < len(c.exceptions); i++ {
		c.exceptions[i].sum += c.exceptions[i-1].sum
	}
	return c, nil
}

// Years are the years known, in order. The caller must not change them.
func (c *Calendar) Years() []Year { return c.years }

// Known reports whether the year has a file. When it has not, only weekends are
// counted, and whoever shows a date of that year says so.
func (c *Calendar) Known(year int) bool {
	return slices.ContainsFunc(c.years, func(y Year) bool { return y.Year == year })
}

// IsWorkday reports whether the office works that day.
func (c *Calendar) IsWorkday(d Date) bool {
	if s, ok := c.days[d]; ok {
		return s.holiday == ""
	}
	return !weekend(d)
}

// IsMakeUp reports whether d is a weekend day on which everybody works.
func (c *Calendar) IsMakeUp(d Date) bool {
	s, ok := c.days[d]
	return ok && s.holiday == ""
}

// DayName is the name of the public holiday d belongs to, also on its weekend
// days; empty for every other day.
func (c *Calendar) DayName(d Date) string { return c.days[d].holiday }

// AddWorkdays counts workdays from d, which itself never counts:
//
//	n > 0: the n-th workday after d
//	n = 0: d if it is a workday, else the next workday
//	n < 0: the |n|-th workday before d
//
// The result is always a workday. From a workday d it inverts WorkdaysBetween:
// WorkdaysBetween(d, AddWorkdays(d, n)) == n for every n; from another day for n > 0.
func (c *Calendar) AddWorkdays(d Date, n int) Date {
	// The wanted day is the first one by whose end so many workdays have passed.
	start := d.number()
	target := c.count(start-1) + 1 + n
	if n > 0 && !c.IsWorkday(d) {
		target--
	}
	lo, hi := start, start
	weeks := func(n int) int { return 7 * ((n+c.off)/5 + 2) } // surely holds n workdays
	if n < 0 {
		lo -= weeks(-n)
	} else {
		hi += weeks(n + 1)
	}
	return dateOfNumber(lo + sort.Search(hi-lo, func(i int) bool { return c.count(lo+i) >= target }))
}

// WorkdaysBetween is the number of workdays after from up to and including to.
// It is 0 for one and the same day, and -WorkdaysBetween(to, from) when to is
// before from. Cost does not grow with the distance.
func (c *Calendar) WorkdaysBetween(from, to Date) int {
	return c.count(to.number()) - c.count(from.number())
}

// LastWorkday is the last workday of the stretch from..to, both included; false
// if it has none.
func (c *Calendar) LastWorkday(from, to Date) (Date, bool) {
	d := c.AddWorkdays(to.AddDays(1), -1)
	return d, !d.Before(from)
}

// count is the number of workdays up to and including the day, from an arbitrary
// fixed day on: only differences mean anything.
func (c *Calendar) count(day int) int {
	monday := day + 3 // day 0, 1970-01-01, was a Thursday
	week, weekday := floorDiv(monday, 7)
	n := 5*week + min(weekday+1, 5)
	if i := sort.Search(len(c.exceptions), func(i int) bool { return c.exceptions[i].day > day }); i > 0 {
		n += c.exceptions[i-1].sum
	}
	return n
}

func weekend(d Date) bool { return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday }

// number counts days from 1970-01-01.
func (d Date) number() int { return Date{1970, time.January, 1}.DaysUntil(d) }

func dateOfNumber(n int) Date { return Date{1970, time.January, 1}.AddDays(n) }

func floorDiv(a, b int) (quotient, remainder int) {
	quotient, remainder = a/b, a%b
	if remainder < 0 {
		quotient, remainder = quotient-1, remainder+b
	}
	return quotient, remainder
}
