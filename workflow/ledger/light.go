package ledger

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"duban/workflow"
)

// Colour of a light.
type Colour string

// The colours, from nothing to say to worst.
const (
	Grey   Colour = "grey"
	Green  Colour = "green"
	Yellow Colour = "yellow"
	Red    Colour = "red"
)

// Word is a judgement of pace.
type Word string

// The words: in time, somewhat behind, far behind.
const (
	OK   Word = "ok"
	Slow Word = "slow"
	Lag  Word = "lag"
)

var wordColours = map[Word]Colour{OK: Green, Slow: Yellow, Lag: Red}

// worse orders colours for the worst of several: grey says nothing.
var worse = map[Colour]int{Grey: 0, Green: 1, Yellow: 2, Red: 3}

// noneWhenDue is the code of a target whose day has come without a figure.
const noneWhenDue = "figure.due.none"

// wider are the codes by which programs know a cause whose sentence says more.
var wider = map[string]string{
	"figure.pace.within":       "figure.pace.ok",
	"figure.limit.within":      "figure.limit.ok",
	"progress.measures.within": "progress.measures.ok",
	"progress.measures.none":   "progress.none",
}

// Light is a colour with its cause. Sentence is the cause in the caller's
// language; it is empty until a Localise has filled it.
type Light struct {
	Colour   Colour `json:"colour"`
	Ring     bool   `json:"ring,omitempty"` // yellow ring: reported late, repaired
	Word     Word   `json:"word,omitempty"` // progress lights and indicators that can be judged
	Code     string `json:"code"`           // for programs: Cause.Code, or the wider code in wider
	Sentence string `json:"cause"`
	Cause    Cause  `json:"-"`
}

func light(c Colour, code string, args ...any) Light {
	return Light{Colour: c, Code: cmp.Or(wider[code], code), Cause: because(code, args...)}
}

// judged is the light of a word; the cause's code is family.what, and family.word
// when what is empty.
func judged(family string, w Word, what string, args ...any) Light {
	l := light(wordColours[w], family+"."+cmp.Or(what, string(w)), args...)
	l.Word = w
	return l
}

// named are the ends of codes that name a light more nearly than its colour does.
var named = []string{"within", "missed", "over", "late", "part"}

// Name is what the light is called, for the catalogue: its colour, ring, or nearer to
// its cause: within (green, and yet behind: within tolerance), missed (on its day),
// over (a limit), late (reached after its day), part (in part unreported), due (no
// figure on its day).
func (l Light) Name() string {
	_, what, _ := strings.Cut(l.Cause.Code, ".")
	what = what[strings.LastIndexByte(what, '.')+1:]
	switch {
	case l.Ring:
		return "ring"
	case l.Cause.Code == noneWhenDue:
		return "due"
	case slices.Contains(named, what):
		return what
	}
	return string(l.Colour)
}

func (l Light) localise(say func(Cause) string) Light {
	l.Sentence = say(l.Cause)
	return l
}

// TimeLight is the light of an assignment's deadline (product rules, clocks and
// lights): grey when nothing is due from the department, green, yellow from the
// plan's SoonWorkdays on, red past the due instant even before the clock has
// recorded it, and a yellow ring on a report that came late.
func TimeLight(r workflow.Rules, a workflow.Assignment, now time.Time) Light {
	switch a.State {
	case workflow.Withdrawn:
		return light(Grey, "time.withdrawn")
	case workflow.Reported, workflow.Verified:
		return reportedLight(r, a)
	}
	if a.State == workflow.Overdue || a.PastDue(now) {
		workdays, days := overdueBy(r, a, now)
		return light(Red, "time.overdue", "due", a.Due, "workdays", workdays, "days", days)
	}
	left := r.Clock.WorkdaysLeft(now, a.Due)
	days := r.Clock.Today(now).DaysUntil(r.Clock.Today(a.Due))
	switch {
	case !soon(r, left):
		return light(Green, "time.enough", "due", a.Due, "workdays", left, "days", days)
	case days == 0:
		return light(Yellow, "time.today", "due", a.Due)
	}
	return light(Yellow, "time.soon", "due", a.Due, "workdays", left, "days", days)
}

func reportedLight(r workflow.Rules, a workflow.Assignment) Light {
	code := "time.reported"
	if a.State == workflow.Verified {
		code = "time.verified"
	}
	at := a.LastAt
	if a.ReportedAt != nil {
		at = *a.ReportedAt
	}
	if !a.Late {
		return light(Grey, code, "at", at)
	}
	// What was late: an earlier version when the one in force, filed after a
	// return, was in time.
	due := a.Due
	for _, v := range a.Reports {
		if v.Late {
			at, due = v.At, v.Due
		}
	}
	workdays, days := r.Clock.Late(due, at)
	l := light(Yellow, "time.repaired", "at", at, "due", due, "workdays", workdays, "days", days)
	l.Ring = true
	return l
}

// overdueBy is at least one day of each: an assignment recorded as overdue stays
// so on a clock that was set back before its due instant.
func overdueBy(r workflow.Rules, a workflow.Assignment, now time.Time) (workdays, days int) {
	if !now.After(a.Due) {
		now = a.Due.Add(1)
	}
	return r.Clock.Late(a.Due, now)
}
