package page

import (
	"maps"
	"strconv"
	"time"

	"duban/ui/text"
	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// Kit is what every builder needs besides its data: words, rules, hour and reader.
type Kit struct {
	P     *text.Printer // in the plan's zone, at Now
	Rules workflow.Rules
	Now   time.Time
	Actor workflow.Actor
}

// NewKit binds a language to the plan in force, the hour and the reader.
func NewKit(lang string, rules workflow.Rules, now time.Time, actor workflow.Actor) Kit {
	return Kit{P: text.For(lang).In(rules.Clock.Zone).At(now), Rules: rules, Now: now, Actor: actor}
}

// Paths of the pages, as the navigation and every link write them.
const (
	homePath        = "/"
	assignmentsPath = "/assignments"
	indicatorsPath  = "/indicators"
	periodsPath     = "/periods"
	journalPath     = "/journal"
	accountsPath    = "/accounts"
	screensPath     = "/screens"
	boardPath       = "/board"
)

// AssignmentPath is the page of an assignment; act adds an act's path.
func AssignmentPath(id string) string { return assignmentsPath + "/" + id }

// TaskPath is the page of a task in a period; an empty period is the present one.
func TaskPath(no int, period string) string {
	p := "/tasks/" + strconv.Itoa(no)
	if period != "" {
		p += "?period=" + period
	}
	return p
}

// IndicatorPath is the page of an indicator.
func IndicatorPath(id string) string { return indicatorsPath + "/" + id }

// navEntry is one place of the navigation and who goes there.
type navEntry struct {
	key, path string
	roles     []workflow.UserRole
}

var (
	deskRoles  = []workflow.UserRole{workflow.OfficeMan, workflow.Director, workflow.Viewer, workflow.Admin}
	unitRoles  = []workflow.UserRole{workflow.Liaison, workflow.Signatory}
	everyone   = workflow.UserRoles
	navigation = []navEntry{
		{"nav.desk", homePath, deskRoles},
		{"nav.inbox", homePath, unitRoles},
		{"nav.assignments", assignmentsPath, everyone},
		{"nav.indicators", indicatorsPath, everyone},
		{"nav.periods", periodsPath, []workflow.UserRole{workflow.OfficeMan, workflow.Director, workflow.Admin, workflow.Auditor}},
		{"nav.assessments", AssessmentsPath, everyone},
		{"nav.journal", journalPath, []workflow.UserRole{workflow.Auditor, workflow.Admin, workflow.Director}},
		{"nav.accounts", accountsPath, []workflow.UserRole{workflow.Admin}},
		{"nav.tokens", tokensPath, []workflow.UserRole{workflow.Admin}},
		{"nav.screens", screensPath, []workflow.UserRole{workflow.OfficeMan, workflow.Director, workflow.Admin}},
		{"nav.meeting", MeetingPath, []workflow.UserRole{workflow.OfficeMan, workflow.Director}},
		{"nav.board", boardPath, []workflow.UserRole{workflow.OfficeMan, workflow.Director, workflow.Viewer, workflow.Admin}},
	}
)

// Frame completes what the handler knows (CSRF, Path, Notice, Demo, Live, Build)
// with plan, reader and navigation. current is the path of the navigation entry
// the page belongs to; waiting is what waits on the reader's first page.
func (k Kit) Frame(f Frame, current string, waiting int) Frame {
	f.Lang = k.P.Lang()
	f.Plan = k.Rules.Plan.ShortTitle
	f.Office = k.Rules.Plan.Office.Name
	f.Today = k.P.DayOfWeek(k.P.Day(k.Now))
	f.Outside, f.NoCalendar = k.outside(), k.gap()
	if k.Actor.User == "" {
		return f
	}
	f.User, f.Role, f.OnBehalf = k.Actor.User, k.Actor.Role, k.Actor.OnBehalf
	f.Unit = k.Rules.Plan.Name(k.Actor.Unit)
	f.Nav = nil
	for _, n := range navigation {
		if !holds(n.roles, k.Actor.Role) {
			continue
		}
		item := NavItem{Text: k.P.T(n.key), URL: n.path, Current: n.path == current}
		switch n.path {
		case homePath:
			item.Count = waiting
		case AssessmentsPath:
			item.Count = f.Appeals
		}
		f.Nav = append(f.Nav, item)
	}
	return f
}

// outside says that today is none of the plan's days. Work goes on all the same: the
// period of today is open, and who only tries the program is told of --now.
func (k Kit) outside() string {
	p, today := k.Rules.Plan, k.Rules.Clock.Today(k.Now)
	key := ""
	switch {
	case today.Before(p.From):
		key = "ui.plan_before"
	case p.To.Before(today):
		key = "ui.plan_after"
	default:
		return ""
	}
	said := k.P.T(key, "from", k.P.FullDate(p.From), "to", k.P.FullDate(p.To), "today", k.P.FullDate(today))
	if k.Actor.Role == workflow.Admin || k.Actor.Supervises() {
		said += k.P.T("ui.plan_try", "from", p.From.String(), "to", p.To.String())
	}
	return said
}

func holds[T comparable](list []T, x T) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

// chipClasses are the icon and colour of each box.
var chipClasses = map[ledger.Box]string{
	ledger.BoxOverdue: "over", ledger.BoxSoon: "soon", ledger.BoxReported: "rept", ledger.BoxAssigned: "asgn",
	ledger.BoxInProgress: "prog", ledger.BoxVerified: "done", ledger.BoxWithdrawn: "gone",
}

// boxes are in the order tiles and keys stand: worst first.
var boxes = []ledger.Box{ledger.BoxOverdue, ledger.BoxSoon, ledger.BoxReported, ledger.BoxAssigned,
	ledger.BoxInProgress, ledger.BoxVerified}

// chip is a box as icon and word; a task without an assignment has none.
func (k Kit) chip(b ledger.Box) Chip {
	class, ok := chipClasses[b]
	if !ok {
		return Chip{Class: "none", Word: k.P.T("box.none")}
	}
	return Chip{class, k.P.T("box." + string(b))}
}

// when is an instant with day and hour.
func (k Kit) when(t time.Time) When {
	if t.IsZero() {
		return When{}
	}
	return When{k.P.DateTime(t), t.Format(time.RFC3339)}
}

// dueWhen is a deadline, with its weekday.
func (k Kit) dueWhen(t time.Time) When {
	if t.IsZero() {
		return When{}
	}
	return When{k.P.Due(t), t.Format(time.RFC3339)}
}

// dayOff says that nobody works on the day of a due instant; else "".
func (k Kit) dayOff(at time.Time) string {
	holiday, off := k.Rules.DayOff(at)
	switch {
	case !off:
		return ""
	case holiday != "":
		return k.P.T("due.on_holiday", "holiday", holiday)
	}
	return k.P.T("due.on_weekend")
}

// due says how long is left, or how late it is, in calendar days.
func (k Kit) due(i ledger.Item) (string, Tone) {
	switch i.Box {
	case ledger.BoxOverdue:
		return k.P.T("due.late", "days", i.DaysLate), Bad
	case ledger.BoxReported, ledger.BoxVerified:
		if i.Late {
			return k.P.T("due.reported_late"), Warn
		}
		return k.P.T("due.in_time"), Plain
	case ledger.BoxWithdrawn, ledger.BoxNone:
		return "", Plain
	}
	tone := Plain
	if i.Box == ledger.BoxSoon {
		tone = Warn
	}
	days := k.P.Day(k.Now).DaysUntil(k.P.Day(i.Due))
	if days <= 0 {
		return k.P.T("due.today"), tone
	}
	return k.P.T("due.left", "days", days), tone
}

// lastAct is the newest event of an assignment in a few words.
func (k Kit) lastAct(i ledger.Item) string {
	day := k.P.Date(k.P.Day(i.Last.At))
	if i.Last.Kind == workflow.KindUrged && i.Urged > 1 {
		return k.P.T("last.urged", "date", day, "n", i.Urged)
	}
	return k.P.T("last.act", "date", day, "kind", i.Last.Kind)
}

// flags are what was counted from the events, in words.
func (k Kit) flags(i ledger.Item) []string {
	var out []string
	add := func(on bool, key string, args ...any) {
		if on {
			out = append(out, k.P.T(key, args...))
		}
	}
	if i.TransferredTo != nil {
		add(true, "flag.transferred_to", "to", i.TransferredTo.Name)
	}
	if i.TransferredFrom != nil {
		add(true, "flag.transferred_from", "from", i.TransferredFrom.Name)
	}
	add(i.Late, "flag.late")
	add(i.AcceptedLate, "flag.accepted_late")
	add(i.Returned > 0, "flag.returned", "n", i.Returned)
	add(i.Extended > 0, "flag.extended", "n", i.Extended)
	add(i.Urged > 0, "flag.urged", "n", i.Urged, "level", i.UrgeLevel)
	add(i.Recalled > 0, "flag.recalled", "n", i.Recalled)
	add(i.Reopened > 0, "flag.reopened", "n", i.Reopened)
	add(i.Directed > 0, "flag.directed", "n", i.Directed)
	add(i.PendingExtension != nil, "flag.extension_pending")
	add(i.OpenAsks > 0, "flag.asks", "n", i.OpenAsks)
	add(i.Grade != "", "flag.grade", "grade", i.Grade)
	return out
}

// Say is a light's cause in the reader's words. What time asks for is a derived
// number and is rounded; figures are written as they were filed.
func (k Kit) Say(c ledger.Cause) string {
	n, ok := c.Args["expected"].(plan.Number)
	if !ok {
		return k.P.Map(c.Code, c.Args)
	}
	args := maps.Clone(c.Args)
	value, _ := args["value"].(plan.Number)
	args["expected"] = rounded(n, value)
	return k.P.Map(c.Code, args)
}

// timeLight is a deadline's light.
func (k Kit) timeLight(l ledger.Light) Light {
	class, word := "none", "light.time.grey"
	switch {
	case l.Ring:
		class, word = "late", "light.time.ring"
	case l.Colour == ledger.Red:
		class, word = "over", "light.time.red"
	case l.Colour == ledger.Yellow:
		class, word = "soon", "light.time.yellow"
	case l.Colour == ledger.Green:
		class, word = "ok", "light.time.green"
	}
	return Light{Class: class, Word: k.P.T(word), Cause: k.Say(l.Cause)}
}

// progressLight is the light of an indicator, or of an assignment's progress.
func (k Kit) progressLight(l ledger.Light) Light {
	return Light{Class: lightClasses[l.Colour], Word: k.P.T("light.progress." + l.Name()), Cause: k.Say(l.Cause)}
}

// period is a period's name in the reader's language.
func (k Kit) period(p workflow.Period) string {
	return k.periodNamed(p.ID, k.Rules.ShowPeriod(k.Actor, p).Name)
}

// periodNamed is a period's name, which is empty where the reader may not be told it.
func (k Kit) periodNamed(id, name string) string {
	if name == "" {
		return k.P.T("period.unnamed", "id", id)
	}
	return k.P.Period(id, name)
}

// role is a department's part: 牵头, 配合.
func (k Kit) role(r workflow.Role) string {
	if r == "" {
		return ""
	}
	return k.P.Show(r)
}

// by is who an event says did it, by the unit's name of then.
func (k Kit) by(e workflow.Event) string {
	return k.whoOf(e.Actor, k.Rules.UnitAt(e.Seq, e.Actor.Unit))
}

// task is the task of an item as it is read.
func (k Kit) task(i ledger.Item) plan.Task {
	if t, ok := i.Plan.Task(i.Task.Key); ok {
		return t
	}
	t, _ := k.Rules.Plan.KnownTask(i.Task.Key)
	return t
}

// today is the task of an item as the plan of today has it, or the last one that did.
func (k Kit) today(i ledger.Item) plan.Task {
	t, _ := k.Rules.Plan.KnownTask(i.Task.Key)
	return t
}

// taskAt is the task an event is about, as it was then.
func (k Kit) taskAt(e workflow.Event) plan.Task {
	t, _ := k.Rules.TaskAt(e.Seq, e.Task)
	return t
}

// numbered is the task the plan of today prints with the number.
func (k Kit) numbered(no int) plan.Task {
	t, _ := k.Rules.Plan.Numbered(no)
	return t
}

// taskPath is the page of an item's task, by the number it has today.
func (k Kit) taskPath(i ledger.Item) string {
	t, ok := k.Rules.Plan.Task(i.Task.Key)
	if !ok {
		return AssignmentPath(i.ID) // the plan of today has no page of it
	}
	return TaskPath(t.No, i.Period)
}

// who is who did something: the unit, and the person where the reader may know.
func (k Kit) who(a workflow.ActorRef) string { return k.whoOf(a, k.Rules.Plan.Name(a.Unit)) }

func (k Kit) whoOf(a workflow.ActorRef, name string) string {
	if a.Unit == workflow.Clock.Unit {
		return k.P.T("who.clock")
	}
	if a.User == "" {
		return name
	}
	if a.OnBehalf != "" {
		return k.P.T("who.on_behalf", "unit", name, "user", a.User, "name", a.OnBehalf)
	}
	return k.P.T("who.person", "unit", name, "user", a.User)
}

// person is the account that did something, and for whom.
func (k Kit) person(a workflow.ActorRef) string {
	if a.OnBehalf == "" {
		return a.User
	}
	return a.User + k.P.T("ui.on_behalf", "name", a.OnBehalf)
}

// target is an indicator's target as a table says it: ≥ 60, 1200.
func (k Kit) target(in plan.Indicator) string {
	switch {
	case in.RelativeTo != "":
		return k.P.T("ind.target_relative", "op", k.P.Op(in.Op), "series", in.RelativeTo)
	case in.Growing:
		return k.P.T("ind.target_growing")
	case !in.Target.Set:
		return k.P.T("ind.target_judged")
	}
	if in.Op == plan.Reach {
		return k.P.Number(in.Target)
	}
	return k.P.Op(in.Op) + " " + k.P.Number(in.Target)
}

// unitOf is an indicator's unit, with the year where it starts anew each year.
func (k Kit) unitOf(in plan.Indicator) string {
	if in.Kind == plan.Yearly {
		return k.P.T("ind.per_year", "unit", in.Unit)
	}
	return in.Unit
}

// name is an indicator's short name.
func name(in plan.Indicator) string {
	if in.ShortName != "" {
		return in.ShortName
	}
	return in.Title
}
