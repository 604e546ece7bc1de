package page

import (
	"net/url"
	"slices"
	"time"

	"duban/workflow"
	"duban/workflow/ledger"
)

// DeskInput is what the office's first page is made of.
type DeskInput struct {
	Period workflow.Period
	Items  []ledger.Item // every assignment of the period, worst first
	Left   []ledger.Item // those that other periods left open, worst first
	Beside []ledger.Item // every assignment of the tasks of other periods that are listed
	Needs  ledger.Needs
	// Missing are the regular periods that went by unopened.
	Missing []workflow.Period
	// Needed are the assignments of the heap the query's need names, of any
	// period, worst first; see NeedIDs. Unused without one.
	Needed []ledger.Item
	Values url.Values    // the query: q, department, state, need, select
	Search ledger.Search // the query's q
	Key    string        // idempotency key of the bulk form
}

// need is one heap of things that wait for the office.
type need struct {
	name string
	tone Tone
	of   func(ledger.Needs) ledger.Need
}

var needs = []need{
	{"overdue", Bad, func(n ledger.Needs) ledger.Need { return n.Overdue }},
	{"verify", Info, func(n ledger.Needs) ledger.Need { return n.ToVerify }},
	{"extension", Warn, func(n ledger.Needs) ledger.Need { return n.Extensions }},
	{"unaccepted", Warn, func(n ledger.Needs) ledger.Need { return n.NotAccepted }},
	{"appeals", Warn, func(n ledger.Needs) ledger.Need { return n.Appeals }},
	{"asks", Info, func(n ledger.Needs) ledger.Need { return n.Asks }},
}

// NeedIDs are the assignments of the heap a desk's query names by need: none for
// an unknown name.
func NeedIDs(all ledger.Needs, name string) []string {
	for _, n := range needs {
		if n.name == name {
			return n.of(all).Assignments
		}
	}
	return nil
}

// NewDesk builds the office's first page.
func NewDesk(k Kit, f Frame, in DeskInput) Desk {
	f.Title = k.P.T("desk.title")
	d := Desk{Frame: f, Missed: k.missed(f, in.Missing, in.Key), Period: k.period(in.Period), Empty: k.P.T("desk.empty")}
	for _, n := range needs {
		c := k.card(n, n.of(in.Needs))
		if (n.name == "asks" || n.name == "appeals") && c.Count == 0 {
			continue
		}
		d.Cards = append(d.Cards, c)
	}
	tasks := byTask(in.Items, in.Beside)
	items := worstTasks(in.Items, tasks)
	switch {
	case in.Values.Get("need") != "":
		items, d.Mixed = in.Needed, true
	case in.Values.Get("state") != "": // whatever stands so, and not its task
		items, d.Mixed = in.all(), true
	}
	d.Filter = k.deskFilter(in)
	selected := in.Values["select"]
	for _, i := range items {
		if !matches(i, in) {
			continue
		}
		r := k.taskRow(i, tasks[slotOf(i)])
		if in.Values.Get("need") == "asks" {
			r.Last = k.askNote(i)
		}
		r.Selectable = k.Actor.Supervises()
		r.Selected = slices.Contains(selected, i.ID)
		d.Rows = append(d.Rows, r)
	}
	if k.Actor.Supervises() {
		d.Bulk = k.bulkForm(f, in.Key)
		d.Filter.Bulk = d.Bulk.Button
	}
	return d
}

// all is what the filter by state counts and lists: the period's assignments and what
// other periods left open. What is overdue among them is Needs.Overdue.
func (in DeskInput) all() []ledger.Item {
	all := slices.Concat(in.Items, in.Left)
	slices.SortStableFunc(all, func(a, b ledger.Item) int {
		if a.Box == ledger.BoxOverdue && b.Box == ledger.BoxOverdue {
			return a.Due.Compare(b.Due)
		}
		return 0
	})
	return all
}

// worstTasks are the leads' assignments, those of tasks in which something is overdue
// first, longest first; the others as they stood.
func worstTasks(items []ledger.Item, tasks map[slot][]ledger.Item) []ledger.Item {
	leads := slices.DeleteFunc(slices.Clone(items), func(i ledger.Item) bool { return i.Role != workflow.Lead })
	lateSince := map[slot]time.Time{}
	for key, all := range tasks {
		for _, i := range all {
			if since, late := lateSince[key]; i.Box == ledger.BoxOverdue && (!late || i.Due.Before(since)) {
				lateSince[key] = i.Due
			}
		}
	}
	slices.SortStableFunc(leads, func(a, b ledger.Item) int {
		x, late := lateSince[slotOf(a)]
		y, later := lateSince[slotOf(b)]
		switch {
		case late && later:
			return x.Compare(y)
		case late:
			return -1
		case later:
			return 1
		}
		return 0
	})
	return leads
}

// slot is a task in a period.
type slot struct {
	period string
	key    int
}

func slotOf(i ledger.Item) slot { return slot{i.Period, i.Task.Key} }

func byTask(lists ...[]ledger.Item) map[slot][]ledger.Item {
	m := map[slot][]ledger.Item{}
	for _, items := range lists {
		for _, i := range items {
			m[slotOf(i)] = append(m[slotOf(i)], i)
		}
	}
	return m
}

// matches reports whether the filters show the item.
func matches(i ledger.Item, in DeskInput) bool {
	v := in.Values
	if d := v.Get("department"); d != "" && i.Department.ID != d {
		return false
	}
	if s := v.Get("state"); s != "" && string(i.Box) != s {
		return false
	}
	return in.Search.Found(i.Period, i.Task.Key, i.Department.ID, i.ID)
}

// card counts one heap and says the most pressing of it.
func (k Kit) card(n need, heap ledger.Need) Card {
	c := Card{Tone: n.tone, Count: heap.Count, Title: k.P.T("desk.card." + n.name), URL: homePath + "?need=" + n.name}
	if heap.Count == 0 || heap.Since == nil {
		c.Tone, c.Detail, c.URL = Plain, k.P.T("desk.card.none"), ""
		return c
	}
	if n.name == "appeals" { // answered where they are listed, not at their assignments
		c.URL = AssessmentsPath + "#appeals"
	}
	since := k.P.Day(*heap.Since)
	switch {
	case n.name == "overdue" && heap.Marked > 0:
		c.Detail = k.P.T("desk.card.overdue_urged", "days", heap.Days, "n", heap.Marked)
	case n.name == "unaccepted" && heap.Marked > 0:
		c.Detail = k.P.T("desk.card.unaccepted_late", "n", heap.Marked)
	case n.name == "unaccepted":
		c.Detail = k.P.T("desk.card.unaccepted_by", "at", k.P.DateTime(*heap.Since))
	case n.name == "asks" && heap.Marked > 0:
		c.Detail = k.P.T("desk.card.asks_marked", "waited", k.waited(*heap.Since), "n", heap.Marked)
	case n.name != "overdue" && heap.Days == 0:
		c.Detail = k.P.T("desk.card.today")
	default:
		c.Detail = k.P.T("desk.card."+n.name+"_detail", "days", heap.Days, "date", since)
	}
	return c
}

func (k Kit) deskFilter(in DeskInput) Filter {
	v := in.Values
	fl := Filter{Action: homePath, Q: v.Get("q"), Clear: homePath,
		Active: v.Get("q") != "" || v.Get("department") != "" || v.Get("state") != "" || v.Get("need") != "",
		Export: "/export/ledger.xlsx?period=" + url.QueryEscape(in.Period.ID)}
	leads := map[string]bool{}
	counts := map[string]int{}
	total := 0
	for _, i := range in.Items {
		if i.Role == workflow.Lead {
			leads[i.Department.ID] = true
			total++
		}
	}
	for _, i := range in.all() {
		counts[string(i.Box)]++
	}
	lead := Select{Name: "department", Label: k.P.T("col.lead"), Options: []Option{k.all(total)}}
	for _, d := range slices.Concat(k.Rules.Plan.Departments, k.Rules.Plan.FormerDepartments()) {
		if leads[d.ID] {
			lead.Options = append(lead.Options, Option{Value: d.ID, Text: d.Name, Selected: d.ID == v.Get("department")})
		}
	}
	state := Select{Name: "state", Label: k.P.T("col.state"), Options: []Option{k.all(total)}}
	for _, b := range boxes {
		state.Options = append(state.Options, Option{Value: string(b), Selected: string(b) == v.Get("state"),
			Text: k.P.T("filter.counted", "word", k.P.T("box."+string(b)), "n", counts[string(b)])})
	}
	fl.Selects = []Select{lead, state}
	if v.Get("need") != "" {
		show := Select{Name: "need", Label: k.P.T("desk.need"), Options: []Option{{Text: k.P.T("desk.need_none")}}}
		for _, n := range needs {
			show.Options = append(show.Options, Option{Value: n.name, Text: k.P.T("desk.card." + n.name), Selected: n.name == v.Get("need")})
		}
		fl.Selects = append(fl.Selects, show)
	}
	return fl
}

func (k Kit) all(n int) Option { return Option{Text: k.P.T("filter.all", "n", n)} }

// taskRow is an assignment as a row of the desk; task holds all of its task.
func (k Kit) taskRow(i ledger.Item, task []ledger.Item) TaskRow {
	r := TaskRow{ID: i.ID, URL: AssignmentPath(i.ID), TaskURL: k.taskPath(i), No: i.Task.No,
		Title: i.Task.Title, Lead: i.Department.Name, Chip: k.chip(i.Box), DueWhen: k.dueWhen(i.Due), Last: k.lastAct(i)}
	r.Due, r.DueTone = k.due(i)
	if n, days := lateCooperating(task); i.Role == workflow.Lead && i.Box != ledger.BoxOverdue && n > 0 {
		r.Chip, r.Due = k.coopLate(n, days)
		r.DueTone = Bad
	}
	if i.AcceptedAt == nil && i.State.AwaitsReport() && i.Box != ledger.BoxAssigned {
		r.DueNote = k.P.T("due.not_accepted")
	}
	if i.PendingExtension != nil {
		r.DueNote = k.P.T("due.extension")
	}
	if i.Role == workflow.Cooperating {
		r.Cooperating = k.P.T("desk.cooperating_row")
		r.TaskURL = r.URL
	} else {
		r.Cooperating, r.Missing = k.cooperating(task)
	}
	r.Actions = k.rowActions(i)
	return r
}

// lateCooperating counts the overdue cooperating departments of a task, and the days of
// the one that is late longest.
func lateCooperating(task []ledger.Item) (n, days int) {
	for _, i := range task {
		if i.Role == workflow.Cooperating && i.Box == ledger.BoxOverdue {
			n, days = n+1, max(days, i.DaysLate)
		}
	}
	return n, days
}

// standing counts a task's cooperating departments that have work in it, and names the
// work that is not reported.
func standing(task []ledger.Item) (total int, unreported []ledger.Item) {
	for _, i := range task {
		if i.Role != workflow.Cooperating || i.State == workflow.Withdrawn {
			continue
		}
		if total++; i.State.AwaitsReport() {
			unreported = append(unreported, i)
		}
	}
	return total, unreported
}

// cooperating says how many of a task's cooperating departments have reported, and whose
// report is missing: a group's members are one, with their number.
func (k Kit) cooperating(task []ledger.Item) (string, []string) {
	total, unreported := standing(task)
	switch {
	case total == 0:
		return k.P.T("coop.none"), nil
	case len(unreported) == 0:
		return k.P.T("coop.all", "n", total), nil
	}
	missing := k.missing(unreported)
	key := "coop.some"
	if len(missing) == 1 {
		key = "coop.one"
	}
	return k.P.T(key, "n", total-len(unreported), "total", total, "name", missing[0]), missing
}

// missing names whose work of one task is not reported.
func (k Kit) missing(unreported []ledger.Item) (names []string) {
	t, _ := k.Rules.Plan.Task(unreported[0].Task.Key)
	members := map[string]int{} // by group: those whose report is missing
	for _, i := range unreported {
		g := k.Rules.Plan.GroupOf(t, i.Department.ID)
		if g == nil {
			names = append(names, i.Department.Name)
			continue
		}
		if members[g.Name]++; members[g.Name] == 1 {
			names = append(names, g.Name)
		}
	}
	for n, name := range names {
		if members[name] > 0 {
			names[n] = k.P.T("coop.of_group", "name", name, "n", members[name])
		}
	}
	return names
}

func (k Kit) rowActions(i ledger.Item) []RowAction {
	action := func(key, anchor string, primary bool) RowAction {
		word := k.P.T(key)
		return RowAction{Text: word, URL: AssignmentPath(i.ID) + anchor, Primary: primary,
			Label: k.P.T("desk.action_of", "act", word, "no", i.Task.No, "title", i.Task.Title)}
	}
	if k.Actor.Supervises() {
		answer := action("desk.act.answer", "#"+asksAnchor, true)
		switch {
		case i.State == workflow.Reported && i.OpenAsks > 0:
			answer.Primary = false
			return []RowAction{action("desk.act.verify", "#act-verify", true), answer}
		case i.State == workflow.Reported:
			return []RowAction{action("desk.act.verify", "#act-verify", true)}
		case i.OpenAsks > 0 && i.PendingExtension == nil:
			return []RowAction{answer, action("desk.act.open", "", false)}
		case i.PendingExtension != nil && i.OpenAsks > 0:
			answer.Primary = false
			return []RowAction{action("desk.act.extension", "#extension", true), answer}
		case i.PendingExtension != nil:
			return []RowAction{action("desk.act.extension", "#extension", true)}
		case i.Box == ledger.BoxOverdue || i.Box == ledger.BoxSoon:
			return []RowAction{action("desk.act.urge", "#act-urge", false), action("desk.act.open", "", false)}
		case i.State == workflow.Assigned:
			return []RowAction{action("desk.act.remind", "#act-urge", false), action("desk.act.open", "", false)}
		}
	}
	return []RowAction{action("desk.act.open", "", false)}
}

// bulkForm urges the rows that are ticked; their boxes name it as their form.
func (k Kit) bulkForm(f Frame, key string) Form {
	return Form{Action: assignmentsPath + "/urge", CSRF: f.CSRF, Key: key, Button: k.P.T("desk.urge_selected", "n", 0),
		Hidden: []Hidden{{"next", f.Path}},
		Fields: k.urgeFields("bulk-")}
}

// urgeFields ask how and with which words several are urged.
func (k Kit) urgeFields(id string) []Field {
	return []Field{
		{Kind: "select", Name: "level", ID: id + "level", Label: k.P.T("desk.bulk_level"), Options: k.levels(workflow.PlainUrge)},
		{Kind: "text", Name: "text", ID: id + "text", Label: k.P.T("desk.bulk_text"), Value: k.P.T("desk.bulk_default")},
	}
}

func (k Kit) levels(chosen workflow.Level) []Option {
	var out []Option
	for _, l := range workflow.Levels {
		out = append(out, Option{Value: string(l), Text: k.P.Show(l), Selected: l == chosen})
	}
	return out
}
