// Package plan is the parsed form of a plan file (tasks.yaml): who leads and who
// cooperates in which task, which measures and figures belong to it, which main
// targets the plan sets, and the rules of its periods, lights and assessment.
//
// It is pure data: it reads bytes and returns a checked Plan or every fault with
// line and column. It does not open files, keep state or know the workflow.
package plan

import (
	"strconv"
	"time"

	"duban/workflow/calendar"
)

// Date is a calendar day; see calendar.Date.
type Date = calendar.Date

// Plan is one checked plan file. A Plan that Load returned is complete and
// consistent; it is read-only from then on and safe to share.
type Plan struct {
	ID           string       `json:"id"`    // short, stable, ASCII: names the plan in exports
	Title        string       `json:"title"` // full official title
	ShortTitle   string       `json:"short_title"`
	Issuer       string       `json:"issuer"`
	Issued       Date         `json:"issued"` // date of the document
	From         Date         `json:"from"`   // first day the plan covers
	To           Date         `json:"to"`     // last day the plan covers
	TimeZone     string       `json:"time_zone"`
	Office       Office       `json:"office"`
	Departments  []Department `json:"departments"`
	PartyGroups  []PartyGroup `json:"groups,omitempty"`
	Sections     []Section    `json:"sections"`
	Tasks        []Task       `json:"tasks"`
	TargetGroups []Group      `json:"target_groups"`
	Indicators   []Indicator  `json:"indicators"` // the main targets, in plan order
	Periods      PeriodRule   `json:"periods"`
	Lights       Lights       `json:"lights"`
	Rubric       Rubric       `json:"rubric"`

	Digest string         `json:"digest"` // sha256 of the file, hex
	Zone   *time.Location `json:"-"`      // TimeZone, loaded

	past past // what the versions before it had; empty for a file as it was read
}

// Office is the leading-group office that supervises.
type Office struct {
	Name         string `json:"name"`
	ShortName    string `json:"short_name"`
	LeadingGroup string `json:"leading_group"`
}

// Department is a member unit of the leading group.
type Department struct {
	ID          string   `json:"id"`   // short, stable, ASCII
	Name        string   `json:"name"` // as printed in the plan
	Group       string   `json:"group,omitempty"`
	NotAssessed bool     `json:"not_assessed,omitempty"` // listed apart in assessments
	Aliases     []string `json:"aliases,omitempty"`
	// Replaces are the ids of units that earlier versions of the plan had and this one
	// stands for: renamed to it, merged into it, or split into it and others.
	Replaces []string `json:"replaces,omitempty"`
}

// Section is a heading that tasks stand under.
type Section struct {
	ID    string `json:"id"`
	Title string `json:"title"` // with its printed number, e.g. （一）打造未来发展新优势
}

// Task is one key task. Cooperating is resolved: "all-members" in the file is
// already every department but the lead, in the plan's order of departments.
type Task struct {
	// Key is what the record knows the task by, for ever: the number it had in the first
	// version it stood in, or another where that was taken. Until a task is renumbered it
	// is No. See Plan.Follow.
	Key         int      `json:"-"`
	ID          string   `json:"id,omitempty"` // stable, if the file gives one; tells tasks of two versions apart
	No          int      `json:"no"`           // as printed
	Title       string   `json:"title"`
	Section     string   `json:"section"` // a Section's ID
	Lead        string   `json:"lead"`    // a Department's ID
	Cooperating []string `json:"cooperating"`
	AllMembers  bool     `json:"all_members,omitempty"` // the file says all-members
	// Parties is Cooperating as the file has it, ids of departments and of groups, where
	// one of them is a group. Cooperating then holds everybody who is a member at any time.
	Parties  []string    `json:"parties,omitempty"`
	Measures []Measure   `json:"measures"`
	Figures  []Indicator `json:"figures,omitempty"` // figures the task's own text sets
}

// Measure is a thing the task says will be done, as a short phrase.
type Measure struct {
	ID    string `json:"id"` // stable: reports refer to it
	Title string `json:"title"`
}

// Group is a heading of main targets.
type Group struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// Kind says how an indicator's figures add up and so how its pace is judged
// (product rules, indicators).
type Kind string

// The kinds of indicator.
const (
	Total  Kind = "total"  // cumulative since the plan's first day
	Stock  Kind = "stock"  // level at a date
	Yearly Kind = "yearly" // resets on 1 January
	Rate   Kind = "rate"   // a ratio or a growth rate
	Judged Kind = "judged" // no number: the office judges from evidence
)

// Op compares a figure with its target.
type Op string

// The operators a target may carry.
const (
	AtLeast Op = ">="
	Above   Op = ">"
	Below   Op = "<"
	AtMost  Op = "<="
	Reach   Op = "=" // the plan names a number without 以上: reaching it is meeting it
)

// Indicator is one figure the plan sets a target for, a main target or a figure
// inside a task.
type Indicator struct {
	ID        string `json:"id"`
	Group     string `json:"group,omitempty"` // a Group's ID; empty inside a task
	Task      int    `json:"task,omitempty"`  // number of the task whose text sets it; 0: a main target
	TaskKey   int    `json:"-"`               // that task's Key
	Title     string `json:"title"`
	ShortName string `json:"short_name,omitempty"` // for narrow places; Title when empty
	Kind      Kind   `json:"kind"`
	Op        Op     `json:"op,omitempty"`
	Target    Number `json:"target"` // unset for judged, relative and growing ones
	Unit      string `json:"unit,omitempty"`
	By        Date   `json:"by"`
	PartOf    string `json:"part_of,omitempty"` // 其中: the indicator this is a part of
	Owner     string `json:"owner,omitempty"`   // a Department's ID, only if the plan names one

	AverageGrowth bool   `json:"average_growth,omitempty"` // rate: yearly growth averaged over the plan's years
	RelativeTo    string `json:"relative_to,omitempty"`    // rate: title of the series it is compared with
	Growing       bool   `json:"growing,omitempty"`        // stock: must grow year on year, no number set
	Baseline      Number `json:"baseline"`                 // stock: level before the plan, only if given
}

// PeriodRule makes the regular periods.
type PeriodRule struct {
	Every              string `json:"every"`               // "quarter" or "month"
	AcceptWithin       int    `json:"accept_within"`       // workdays after assignment
	DueBeforeEnd       int    `json:"due_before_end"`      // workdays before the period's last workday
	CooperatingEarlier int    `json:"cooperating_earlier"` // workdays before the lead's due date
	ShortestNotice     int    `json:"shortest_notice"`     // workdays a lead has at least when a period is opened late
	DayEnds            string `json:"day_ends"`            // "17:30": the end of a working day, plan time zone
	ReturnDue          int    `json:"return_due"`          // workdays given by default when a report is returned
	RemindBefore       []int  `json:"remind_before"`       // workdays before due
}

// Lights are the thresholds of the two lights.
type Lights struct {
	SoonWorkdays int `json:"soon_workdays"` // TimeLight yellow at this many workdays left or fewer
	SlowPoints   int `json:"slow_points"`   // ProgressLight yellow from this many percentage points behind
	LagPoints    int `json:"lag_points"`    // red from more than this many
}

// Rubric is the assessment rule set. Points and percentages; Check holds that
// each role's weights add up to 100.
type Rubric struct {
	Lead              LeadRubric        `json:"lead"`
	Cooperating       CooperatingRubric `json:"cooperating"`
	LeadWeight        Number            `json:"lead_weight"`
	CooperatingWeight Number            `json:"cooperating_weight"`
	BonusLimit        Number            `json:"bonus_limit"`
	// AppealWithin is how many workdays after the notice departments may appeal; 0: the
	// plan does not say (AppealDays). It is left out then, so that the digest of a
	// rubric written before there was a deadline stays what it was.
	AppealWithin int `json:"appeal_within,omitempty"`
}

// appealDays is how many workdays there are to appeal where the plan does not say.
const appealDays = 5

// AppealDays is how many workdays after the notice departments may appeal.
func (r Rubric) AppealDays() int {
	if r.AppealWithin > 0 {
		return r.AppealWithin
	}
	return appealDays
}

// LeadRubric scores a lead's assignment.
type LeadRubric struct {
	Receipt   Number      `json:"receipt"`
	OnTime    Number      `json:"on_time"`
	Progress  Number      `json:"progress"`
	Quality   Number      `json:"quality"`
	Lights    LightShares `json:"lights"`
	Grades    GradeShares `json:"grades"`
	PerReturn Number      `json:"per_return"` // points off for each return
}

// CooperatingRubric scores a cooperating department's assignment.
type CooperatingRubric struct {
	Receipt   Number      `json:"receipt"`
	OnTime    Number      `json:"on_time"`
	Quality   Number      `json:"quality"`
	LeadMark  Number      `json:"lead_mark"`
	Grades    GradeShares `json:"grades"`
	Marks     MarkShares  `json:"marks"`
	PerReturn Number      `json:"per_return"`
}

// LightShares are the percentages of the progress weight a light earns.
type LightShares struct {
	Green  Number `json:"green"`
	Yellow Number `json:"yellow"`
	Red    Number `json:"red"`
}

// GradeShares are the percentages of the quality weight the office's grade earns.
type GradeShares struct {
	Excellent Number `json:"excellent"`
	Good      Number `json:"good"`
	Fair      Number `json:"fair"`
	Poor      Number `json:"poor"`
}

// MarkShares are the percentages of the lead-mark weight a lead's mark earns.
type MarkShares struct {
	Adopted     Number `json:"adopted"`
	Amended     Number `json:"amended"`
	NotReceived Number `json:"not_received"`
}

// Department returns the department with the id.
func (p *Plan) Department(id string) (Department, bool) {
	for _, d := range p.Departments {
		if d.ID == id {
			return d, true
		}
	}
	return Department{}, false
}

// FindDepartment returns the department whose id, name or alias is s.
func (p *Plan) FindDepartment(s string) (Department, bool) {
	for _, d := range p.Departments {
		if d.ID == s || d.Name == s {
			return d, true
		}
		for _, a := range d.Aliases {
			if a == s {
				return d, true
			}
		}
	}
	return Department{}, false
}

// Task returns the task with the key.
func (p *Plan) Task(key int) (Task, bool) {
	for i := range p.Tasks { // asked many times for each page: no copies on the way
		if p.Tasks[i].Key == key {
			return p.Tasks[i], true
		}
	}
	return Task{}, false
}

// Numbered returns the task that is printed with the number.
func (p *Plan) Numbered(no int) (Task, bool) {
	for i := range p.Tasks {
		if p.Tasks[i].No == no {
			return p.Tasks[i], true
		}
	}
	return Task{}, false
}

// Indicator returns the main target or task figure with the id.
func (p *Plan) Indicator(id string) (Indicator, bool) {
	for _, in := range p.Indicators {
		if in.ID == id {
			return in, true
		}
	}
	for _, t := range p.Tasks {
		for _, in := range t.Figures {
			if in.ID == id {
				return in, true
			}
		}
	}
	return Indicator{}, false
}

// AllIndicators lists the main targets, then the figures inside tasks.
func (p *Plan) AllIndicators() []Indicator {
	all := append([]Indicator(nil), p.Indicators...)
	for _, t := range p.Tasks {
		all = append(all, t.Figures...)
	}
	return all
}

// Name is the department's printed name, that of a department an earlier version had
// included, or id itself when no version knows it.
func (p *Plan) Name(id string) string {
	if d, ok := p.KnownDepartment(id); ok {
		return d.Name
	}
	if id == OfficeID {
		return p.Office.ShortName
	}
	if g, ok := p.PartyGroup(id); ok {
		return g.Name
	}
	return id
}

// OfficeID is the unit id of the leading-group office.
const OfficeID = "office"

// The roles a department can have in a task, as Slot.Role spells them.
const (
	leadRole        = "lead"
	cooperatingRole = "cooperating"
)

// Slot is one responsibility the plan gives: a department's role in a task.
type Slot struct {
	Task       int    `json:"task"`       // a Task's Key
	Department string `json:"department"` // a Department's ID
	Role       string `json:"role"`       // "lead" or "cooperating"
}

// Assignments lists every slot in the order of the plan, the lead of a task first.
// Members of groups have theirs whatever the day; see AssignmentsOn.
func (p *Plan) Assignments() []Slot {
	return p.slots(func(t Task) []string { return t.Cooperating })
}

// AssignmentsOn lists the slots that hold on a day: a period opened then makes one
// assignment of each.
func (p *Plan) AssignmentsOn(day Date) []Slot {
	return p.slots(func(t Task) []string { return p.CooperatingOn(t, day) })
}

func (p *Plan) slots(cooperating func(Task) []string) []Slot {
	var all []Slot
	for _, t := range p.Tasks {
		all = append(all, Slot{t.Key, t.Lead, leadRole})
		for _, id := range cooperating(t) {
			all = append(all, Slot{t.Key, id, cooperatingRole})
		}
	}
	return all
}

// Summary says in a line what the plan holds, in Chinese or, for "en", in English.
func (p *Plan) Summary(lang string) string {
	return say(planMessages, lang, "plan.summary", []string{
		strconv.Itoa(len(p.Tasks)), strconv.Itoa(len(p.Departments)),
		strconv.Itoa(len(p.Assignments())), strconv.Itoa(len(p.Indicators)),
	})
}
