package page

import (
	"cmp"
	"html/template"
	"net/url"
	"slices"
	"strconv"

	"duban/workflow"
	"duban/workflow/ledger"
)

// ListInput is one page of the ledger of assignments.
type ListInput struct {
	Query ledger.Query
	Rows  []template.HTML // of DrawListRow
	Next  string
	Total int
	// Periods are those to choose from, at most ListPeriods; Older: there are more
	// before them. Chosen is the name of the query's period.
	Periods []workflow.Period
	Older   bool
	Chosen  string
	Export  bool   // the reader may take the spreadsheet
	Key     string // idempotency key of the bulk form
}

// ListPeriods is how many periods the list's filter offers: three years of quarters
// and many special ones. Nobody finds one among thousands in a menu, and the menu
// would be most of the page; older ones are found by their id.
const ListPeriods = 100

// NewList builds the ledger of assignments.
func NewList(k Kit, f Frame, in ListInput) List {
	f.Title = k.P.T("list.title")
	if k.Actor.InDepartment() {
		f.Title = k.P.T("list.title_department")
	}
	l := List{Frame: f, Count: k.P.T("list.count", "n", in.Total), Filter: k.listFilter(in), Rows: in.Rows}
	if in.Query.After != "" {
		l.First = assignmentsPath + "?" + listValues(in.Query).Encode()
	}
	if in.Next != "" {
		v := listValues(in.Query)
		v.Set("after", in.Next)
		l.Next = assignmentsPath + "?" + v.Encode()
	}
	if in.Next != "" || in.Query.After != "" {
		v := listValues(in.Query)
		v.Set("limit", strconv.Itoa(ledger.MaxLimit))
		l.Filter.Print = assignmentsPath + "?" + v.Encode()
		l.Part = k.P.T("list.part", "n", len(in.Rows), "total", in.Total)
	}
	if k.Actor.Supervises() {
		form := k.bulkForm(f, in.Key)
		l.Bulk = &form
		l.Filter.Bulk = form.Button
	}
	return l
}

// DrawListRow prints one row of the list. period is the name of the item's period, in a
// list of all periods; else "". What is printed depends on the item, the language and the
// zone, the day, and whether the reader supervises, and on nothing else of the kit.
func (k Kit) DrawListRow(i ledger.Item, period string) template.HTML {
	r := k.listRow(i)
	if period != "" {
		r.Period = k.P.Period(i.Period, period)
	}
	r.Selectable = k.Actor.Supervises()
	return partial(k.P.Lang(), "list", "list-row", r)
}

func (k Kit) listRow(i ledger.Item) ListRow {
	r := ListRow{ID: i.ID, URL: AssignmentPath(i.ID), No: i.Task.No, Title: i.Task.Title,
		Department: i.Department.Name, Role: k.role(i.Role), Chip: k.chip(i.Box),
		DueWhen: k.dueWhen(i.Due), Progress: k.progressLight(i.ProgressLight),
		Flags: k.flags(i), Last: k.lastAct(i)}
	r.Due, r.DueTone = k.due(i)
	if i.State.AwaitsReport() {
		r.DueNote = k.P.Date(k.P.Day(i.Due))
	}
	if i.AcceptedAt != nil {
		r.Accepted = k.P.Date(k.P.Day(*i.AcceptedAt))
	}
	return r
}

// listValues is a query as its URL writes it, from its first page.
func listValues(q ledger.Query) url.Values {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("period", q.Period)
	if q.Task != 0 {
		v.Set("task", strconv.Itoa(q.Task))
	}
	set("department", q.Department)
	set("role", string(q.Role))
	if len(q.States) > 0 {
		s := ""
		for n, state := range q.States {
			if n > 0 {
				s += ","
			}
			s += string(state)
		}
		v.Set("state", s)
	}
	set("light", string(q.Light))
	set("asks", q.Asks)
	set("q", q.Q)
	set("sort", q.Sort)
	if q.Limit != 0 && q.Limit != ledger.DefaultLimit {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	return v
}

func (k Kit) listFilter(in ListInput) Filter {
	q := in.Query
	v := listValues(q)
	fl := Filter{Action: assignmentsPath, Q: q.Q, Clear: assignmentsPath, Active: len(v) > 0}
	if in.Export {
		fl.Export = "/export/ledger.xlsx?" + v.Encode()
	}
	any := Option{Text: k.P.T("filter.any")}
	period := k.periodSelect(in)
	task := Select{Name: "task", Label: k.P.T("col.task"), Options: []Option{any}}
	for _, t := range k.Rules.Plan.Tasks {
		task.Options = append(task.Options, Option{Value: strconv.Itoa(t.No), Selected: t.No == q.Task,
			Text: strconv.Itoa(t.No) + " " + t.Title})
	}
	department := Select{Name: "department", Label: k.P.T("col.department"), Options: []Option{any}}
	for _, d := range k.Rules.Plan.Departments {
		department.Options = append(department.Options, Option{Value: d.ID, Text: d.Name, Selected: d.ID == q.Department})
	}
	role := Select{Name: "role", Label: k.P.T("col.role"), Options: []Option{any}}
	for _, r := range []workflow.Role{workflow.Lead, workflow.Cooperating} {
		role.Options = append(role.Options, Option{Value: string(r), Text: k.role(r), Selected: r == q.Role})
	}
	state := Select{Name: "state", Label: k.P.T("col.state"), Options: []Option{any}}
	for _, s := range workflow.States {
		state.Options = append(state.Options, Option{Value: string(s), Text: k.P.Show(s), Selected: slices.Equal(q.States, []workflow.State{s})})
	}
	light := Select{Name: "light", Label: k.P.T("col.time_light"), Options: []Option{any}}
	for _, c := range []ledger.Colour{ledger.Red, ledger.Yellow, ledger.Green, ledger.Grey} {
		light.Options = append(light.Options, Option{Value: string(c), Text: k.P.T("light.time." + string(c)), Selected: c == q.Light})
	}
	asks := Select{Name: "asks", Label: k.P.T("rep.asks"), Options: []Option{any,
		{Value: ledger.OpenAsks, Text: k.P.T("filter.asks_open"), Selected: q.Asks == ledger.OpenAsks}}}
	order := Select{Name: "sort", Label: k.P.T("filter.sort"), Options: []Option{
		{Text: k.P.T("filter.sort_no")}, {Value: ledger.Worst, Text: k.P.T("filter.sort_worst"), Selected: q.Sort == ledger.Worst}}}
	fl.Selects = []Select{period, task, department, role, state, light, asks, order}
	return fl
}

// periodSelect offers the newest periods and the one that is chosen.
func (k Kit) periodSelect(in ListInput) Select {
	s := Select{Name: "period", Label: k.P.T("col.period"), Options: []Option{{Text: k.P.T("filter.any")}}}
	chosen := in.Query.Period
	if chosen != "" && !slices.ContainsFunc(in.Periods, func(p workflow.Period) bool { return p.ID == chosen }) {
		s.Options = append(s.Options, Option{Value: chosen, Text: k.P.Period(chosen, cmp.Or(in.Chosen, chosen)), Selected: true})
	}
	for _, p := range slices.Backward(in.Periods) {
		s.Options = append(s.Options, Option{Value: p.ID, Text: k.period(p), Selected: p.ID == chosen})
	}
	if in.Older {
		s.Options = append(s.Options, Option{Text: k.P.T("filter.older"), Disabled: true})
	}
	return s
}
