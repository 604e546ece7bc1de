package demo

import (
	"hash/fnv"
	"math/rand/v2"
	"time"

	"duban/workflow/calendar"
	"duban/workflow/plan"
)

// days is the calendar the cast works by.
type days struct {
	calendar.Clock
	is func(plan.Date) bool // whether a day is a workday
}

// step is the date n workdays after d, or before it when n is negative.
func (k days) step(d plan.Date, n int) plan.Date {
	way := 1
	if n < 0 {
		way, n = -1, -n
	}
	for n > 0 {
		d = d.AddDays(way)
		if k.is(d) {
			n--
		}
	}
	return d
}

// between counts the workdays after a up to b.
func (k days) between(a, b plan.Date) int {
	n := 0
	for d := a.AddDays(1); !b.Before(d); d = d.AddDays(1) {
		if k.is(d) {
			n++
		}
	}
	return n
}

// at is some moment between 8:45 and 16:45 of the day.
func (k days) at(d plan.Date, r *rand.Rand) time.Time {
	return time.Date(d.Year, time.Month(d.Month), d.Day, 8, 45+r.IntN(480), 0, 0, k.Zone)
}

// course is how one assignment goes if nobody else touches it.
type course struct {
	accept, draft, report time.Time
	returned              bool // the office returns its first report
	extension             bool // the department asks for more time
	granted               bool
	noChange              bool
	directed              time.Time // zero: no directive
	verifyAfter           int       // workdays between report and the office's answer
	grade                 string
}

// drawn answers the generator of one purpose: the same for the same seed and words.
func drawn(seed uint64, words ...string) *rand.Rand {
	h := fnv.New64a()
	for _, w := range words {
		_, _ = h.Write([]byte(w + "\n")) // a hash takes everything
	}
	return rand.New(rand.NewPCG(seed, h.Sum64())) // #nosec G404 -- sample data, not a secret
}

// The shares of what does not go as it should, in hundredths.
const (
	acceptedLate = 8
	reportedLate = 14
	isReturned   = 15
	asksForMore  = 10
	isNoChange   = 8
	isDirected   = 25 // of leads
)

// plot draws an assignment's course.
func plot(seed uint64, k days, i item) course {
	r := drawn(seed, "course", i.ID)
	chance := func(share int) bool { return r.IntN(100) < share }
	var c course
	assigned, acceptBy, due := k.Today(i.AssignedAt), k.Today(i.AcceptBy), k.Today(i.OriginalDue)

	window := max(1, k.between(assigned, acceptBy))
	on := k.step(assigned, r.IntN(window))
	if chance(acceptedLate) {
		on = k.step(acceptBy, 1+r.IntN(3))
	}
	c.accept = k.at(on, r)
	if c.accept.Before(i.AssignedAt) {
		c.accept = i.AssignedAt.Add(time.Hour)
	}

	c.extension, c.granted = chance(asksForMore), chance(60)
	length := max(2, k.between(on, due))
	early := 35 + r.IntN(62) // hundredths of the time it has
	if i.Role == "lead" {
		if early = 93 + r.IntN(6); chance(50) {
			early = 45 + r.IntN(50)
		}
	}
	day := k.step(on, max(1, min(length-1, length*early/100)))
	if chance(reportedLate) && !c.extension {
		day = k.step(due, 1+r.IntN(6))
	}
	c.report = k.at(day, r)
	c.draft = k.at(k.step(day, -2), r)
	c.returned, c.noChange = chance(isReturned), chance(isNoChange) && i.Role != "lead"
	if i.Role == "lead" && chance(isDirected) {
		c.directed = k.at(k.step(on, length/2), r)
	}
	c.verifyAfter = 1 + r.IntN(3)
	c.grade = []string{"excellent", "excellent", "good", "good", "good", "good", "fair", "fair", "poor"}[r.IntN(9)]
	return c
}

// readyAt is when the department files, given what has happened since.
func (c course) readyAt(k days, i item, refused bool, r *rand.Rand) time.Time {
	switch {
	case i.Returned > 0:
		return k.at(k.step(k.Today(i.Due), -1-r.IntN(3)), r)
	case i.Extended > 0:
		return k.at(k.step(k.Today(i.Due), -1), r)
	case refused:
		return k.at(k.step(k.Today(i.Due), 2), r)
	case c.extension:
		return time.Time{} // not before it is decided
	}
	return c.report
}
