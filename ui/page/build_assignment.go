package page

import (
	"net/url"
	"time"

	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// AssignmentInput is what the page of an assignment is made of. Texts must have
// been taken out of events the reader may not read (Rules.ShowEvent).
type AssignmentInput struct {
	Item    ledger.Item
	Row     workflow.Assignment
	Trail   []workflow.Event
	Actions []workflow.Trigger // what the reader may do now
	Period  workflow.Period
	Special *SpecialView
	Task    []ledger.Item               // every assignment of the task in the period
	Inputs  map[string][]workflow.Event // lead: trails of the cooperating ones, by id
	Before  *workflow.Event             // the department's last report of an earlier period
	Series  map[string]workflow.Series
	Files   map[string]workflow.File
	Grounds ledger.Grounds               // of the progress light
	Numbers map[uint64]ledger.UrgeNumber // of the urges, by their positions
	Version int                          // filed version to show; 0: the newest
	Key     string                       // idempotency key of the acts

	// After an act that was refused: which, what was typed, and why.
	Failed workflow.Trigger
	Typed  url.Values
	Err    *workflow.Error
}

// NewAssignment builds the page of an assignment.
func NewAssignment(k Kit, f Frame, in AssignmentInput) Assignment {
	i := in.Item
	f.Title = k.P.T("case.title", "no", i.Task.No, "title", i.Task.Title)
	a := Assignment{Frame: f, ID: i.ID, No: i.Task.No, Task: i.Task.Title, TaskURL: k.taskPath(i),
		Department: i.Department.Name, Role: k.role(i.Role), Period: k.period(in.Period), Special: in.Special, Chip: k.chip(i.Box),
		Time: k.timeLight(i.TimeLight), Progress: k.progressLight(i.ProgressLight), Flags: k.flags(i),
		Facts: k.assignmentFacts(i, in.Period), Returned: k.returned(in.Row, in.Trail), Trail: k.trail(in.Row, in.Trail)}
	a.Time.Why, a.Progress.Why = k.whyTime(i), k.whyProgress(in.Grounds)
	a.Crumbs = []Link{{k.homeWord(), homePath}, {k.P.T("case.task", "no", i.Task.No), a.TaskURL}, {i.Department.Name, ""}}
	form := k.forms(f, in)
	a.Urges = k.urges(in.Row, in.Trail, in.Numbers, form.replies(), form.marks())
	for _, e := range in.Trail {
		if e.Kind == workflow.KindDirected {
			a.Directives = append(a.Directives, k.remark(e, k.specialNote(e)))
		}
	}
	a.Extension = k.extension(in, form)
	a.Acts, a.Errors = form.acts()
	asks, wrong := form.asks()
	if a.Asks = asks; wrong != nil {
		a.Errors = wrong
	}
	a.Report, a.Versions = k.versions(in)
	a.ReadFirst = a.Report != nil && holds(in.Actions, workflow.Verify)
	for _, other := range in.Task {
		if other.ID == i.ID {
			continue
		}
		row := k.coopRow(other)
		if trail := in.Inputs[other.ID]; len(trail) > 0 {
			if e := lastOf(trail, workflow.KindReported); e != nil && other.ReportedAt != nil {
				v := k.reportView(Filed{Event: *e, Files: in.Files})
				row.Report = &v
			}
		}
		if other.Role == workflow.Lead {
			if other.State != workflow.Withdrawn || a.LeadRow == nil && i.Role != workflow.Lead { // not who it was transferred from
				a.LeadRow = &row
			}
		} else if i.Role == workflow.Lead {
			a.Inputs = append(a.Inputs, row)
		}
	}
	return a
}

func (k Kit) homeWord() string {
	if k.Actor.InDepartment() {
		return k.P.T("nav.inbox")
	}
	return k.P.T("nav.desk")
}

// coopRow is an assignment as one department's part in a task.
func (k Kit) coopRow(i ledger.Item) CoopRow {
	r := CoopRow{ID: i.ID, URL: AssignmentPath(i.ID), Department: i.Department.Name, Chip: k.chip(i.Box)}
	if i.ReportedAt != nil {
		r.ReportedAt = k.P.T("last.act", "date", k.P.Day(*i.ReportedAt), "kind", workflow.KindReported)
	} else {
		r.Due, r.DueTone = k.due(i)
	}
	if i.Mark != "" {
		r.Mark = k.P.Show(i.Mark)
	}
	return r
}

// units are the rows of a task's cooperating departments: those named themselves, then
// each group's members together under a heading that counts them.
func (k Kit) units(task plan.Task, items []ledger.Item) (rows []CoopRow) {
	type part struct {
		heading string
		rows    []CoopRow
	}
	var groups []*part
	counted := map[string]*part{}
	reported := map[string]int{}
	for _, i := range items {
		if i.Role != workflow.Cooperating {
			continue
		}
		g := k.Rules.Plan.GroupOf(task, i.Department.ID)
		if g == nil {
			rows = append(rows, k.coopRow(i))
			continue
		}
		of := counted[g.ID]
		if of == nil {
			of = &part{}
			counted[g.ID], groups = of, append(groups, of)
		}
		if of.rows = append(of.rows, k.coopRow(i)); !i.State.AwaitsReport() {
			reported[g.ID]++
		}
		of.heading = k.P.T("coop.group", "name", g.Name, "n", reported[g.ID], "total", len(of.rows))
	}
	for _, of := range groups {
		of.rows[0].Heading = of.heading
		rows = append(rows, of.rows...)
	}
	return rows
}

func (k Kit) assignmentFacts(i ledger.Item, p workflow.Period) []Fact {
	facts := []Fact{
		{Label: k.P.T("fact.department"), Value: i.Department.Name, Note: k.role(i.Role)},
		{Label: k.P.T("fact.period"), Value: k.period(p)},
		{Label: k.P.T("fact.assigned"), Value: k.P.DateTime(i.AssignedAt)},
	}
	switch {
	case i.AcceptedAt == nil:
		facts = append(facts, Fact{Label: k.P.T("fact.accept_by"), Value: k.P.Due(i.AcceptBy), Tone: lateTone(k.Now, i.AcceptBy)})
	case i.AcceptedLate:
		facts = append(facts, Fact{Label: k.P.T("fact.accepted"), Value: k.P.DateTime(*i.AcceptedAt), Note: k.P.T("fact.late")})
	default:
		facts = append(facts, Fact{Label: k.P.T("fact.accepted"), Value: k.P.DateTime(*i.AcceptedAt)})
	}
	due := Fact{Label: k.P.T("fact.due"), Value: k.P.Due(i.Due)}
	if i.State.AwaitsReport() {
		due.Tone = lateTone(k.Now, i.Due)
	}
	if !i.Due.Equal(i.OriginalDue) {
		due.Note = k.P.T("fact.original", "due", i.OriginalDue)
	}
	if off := k.dayOff(i.Due); off != "" && i.State.Open() {
		due.Note += off
		if due.Tone == Plain {
			due.Tone = Warn
		}
	}
	facts = append(facts, due)
	if i.ReportedAt != nil {
		facts = append(facts, Fact{Label: k.P.T("fact.reported"), Value: k.P.DateTime(*i.ReportedAt)})
	}
	if i.ClosedAt != nil {
		facts = append(facts, Fact{Label: k.P.T("fact.closed"), Value: k.P.DateTime(*i.ClosedAt)})
	}
	return facts
}

func lateTone(now, due time.Time) Tone {
	if now.After(due) {
		return Bad
	}
	return Plain
}

// extension shows the request that waits, or the newest one that was decided.
func (k Kit) extension(in AssignmentInput, form actForms) *ExtensionView {
	n := len(in.Row.Extensions)
	if n == 0 {
		return nil
	}
	x := in.Row.Extensions[n-1]
	v := &ExtensionView{N: x.N, At: k.when(x.At), Original: k.dueWhen(in.Row.OriginalDue), Due: k.dueWhen(x.From),
		Wanted: k.dueWhen(x.Wanted), Effect: k.P.T("ext.effect"),
		Longer: k.P.T("ext.longer", "days", k.P.Day(x.From).DaysUntil(k.P.Day(x.Wanted))) + k.dayOff(x.Wanted)}
	for _, e := range in.Trail {
		switch {
		case e.Kind == workflow.KindExtensionRequested && e.Data.N == x.N:
			v.By, v.Reason = k.by(e), e.Texts["reason"]
		case x.DecidedAt != nil && (e.Kind == workflow.KindExtended || e.Kind == workflow.KindExtensionRefused) && e.At.Equal(*x.DecidedAt):
			v.Answer = e.Texts["reason"]
		}
	}
	if x.DecidedAt != nil {
		v.Decided = k.P.T("ext.refused", "at", *x.DecidedAt)
		if x.Granted {
			v.Decided = k.P.T("ext.granted", "at", *x.DecidedAt, "due", k.P.Due(in.Row.Due))
		}
		return v
	}
	if holds(in.Actions, workflow.Extend) {
		v.Decide = form.decision(x)
	}
	return v
}

// versions shows the report in force, or the version asked for, and lists all.
func (k Kit) versions(in AssignmentInput) (*ReportView, []Version) {
	var shown *ReportView
	var list []Version
	fate := ""
	for n := len(in.Trail) - 1; n >= 0; n-- {
		e := in.Trail[n]
		switch e.Kind {
		case workflow.KindReturned, workflow.KindRecalled, workflow.KindReopened, workflow.KindVerified, workflow.KindWithdrawn, workflow.KindTransferred:
			fate = k.P.Show(e.Kind)
		case workflow.KindReported:
			if fate == "" {
				fate = k.P.T("rep.waiting")
			}
			v := Version{N: e.Data.N, At: k.when(e.At), By: k.by(e), Status: fate,
				URL: AssignmentPath(in.Item.ID) + "?version=" + itoa(e.Data.N)}
			if e.Data.N > 1 {
				v.Compare = VersionsPath(in.Item.ID, e.Data.N-1, e.Data.N)
			}
			if shown == nil && (in.Version == 0 || in.Version == e.Data.N) {
				r := k.reportView(Filed{Event: e, Before: in.Before, Series: in.Series, Files: in.Files, Names: k.names(in.Task)})
				r.Status, v.Current = fate, true
				shown = &r
			}
			list, fate = append(list, v), ""
		}
	}
	return shown, list
}

// names are the departments of assignments, by id.
func (k Kit) names(items []ledger.Item) map[string]string {
	m := map[string]string{}
	for _, i := range items {
		m[i.ID] = i.Department.Name
	}
	return m
}

// dateValue is an instant's day as a date field wants it.
func (k Kit) dateValue(t time.Time) string { return k.P.Day(t).String() }

// workday is the day n workdays from today.
func (k Kit) workday(n int) plan.Date {
	return k.Rules.Clock.Calendar.AddWorkdays(k.Rules.Clock.Today(k.Now), n)
}
