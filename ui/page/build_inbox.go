package page

import (
	"time"

	"duban/workflow"
	"duban/workflow/ledger"
)

// InboxInput is what a department's first page is made of.
type InboxInput struct {
	Period workflow.Period
	Own    []ledger.Item                  // the department's assignments, worst first; see InboxShows
	Rows   map[string]workflow.Assignment // their folded rows, by id
	Trails map[string][]workflow.Event    // trails of those still open or urged, by id
	Tasks  []ledger.Item                  // every assignment of the period's tasks it takes part in
	Beside []ledger.Item                  // and of the tasks of other periods that Own has the leads of
	Drafts map[string]time.Time           // when each draft was saved, by id
	Key    string                         // idempotency key of the accept buttons
	// Special says what special work is, by id.
	Special map[string]*SpecialView
	// Signing are the drafts on their way to the signatory, by id.
	Signing map[string]workflow.Signing
	Numbers map[uint64]ledger.UrgeNumber // of the urges, by their positions
}

// NewInbox builds a department's first page.
func NewInbox(k Kit, f Frame, in InboxInput) Inbox {
	f.Title = k.P.T("inbox.title")
	b := Inbox{Frame: f, Period: k.period(in.Period)}
	tasks := byTask(in.Tasks, in.Beside)
	seen := map[int]bool{}
	for _, i := range in.Own {
		b.Asks = append(b.Asks, k.inboxAsks(i, in)...)
		if !in.due(i) {
			continue
		}
		job := k.inboxItem(f, i, in, tasks[slotOf(i)])
		switch {
		case i.State.AwaitsReport():
			b.Due = append(b.Due, job)
		case i.State == workflow.Reported:
			b.Waiting = append(b.Waiting, job)
		default:
			b.Done = append(b.Done, job)
		}
		b.Urges = append(b.Urges, k.inboxUrges(f, i, in)...)
	}
	for _, i := range in.Tasks {
		if k.Rules.Plan.Stands(k.Actor.Unit, i.Department.ID) && !seen[i.Task.Key] {
			seen[i.Task.Key] = true
			b.Tasks = append(b.Tasks, k.ownRow(i, tasks[slotOf(i)]))
		}
	}
	return b
}

// ownRow is a task as one of its departments sees it: state and due are the department's
// own, beside them who leads and who has not reported.
func (k Kit) ownRow(i ledger.Item, task []ledger.Item) TaskRow {
	row := k.taskRow(i, nil)
	row.TaskURL = k.taskPath(i)
	for _, other := range task {
		if other.Role == workflow.Lead && other.State != workflow.Withdrawn {
			row.Lead = other.Department.Name
		}
	}
	row.Cooperating, row.Missing = k.cooperating(task)
	row.Actions = []RowAction{{Text: k.P.T("desk.act.open"), URL: row.TaskURL,
		Label: k.P.T("desk.action_of", "act", k.P.T("desk.act.open"), "no", i.Task.No, "title", i.Task.Title)}}
	return row
}

func (k Kit) inboxItem(f Frame, i ledger.Item, in InboxInput, task []ledger.Item) InboxItem {
	job := InboxItem{ID: i.ID, URL: AssignmentPath(i.ID), No: i.Task.No, Title: i.Task.Title, Role: k.role(i.Role),
		Chip: k.chip(i.Box), DueWhen: k.dueWhen(i.Due), Special: in.Special[i.ID]}
	job.Due, job.DueTone = k.due(i)
	if i.State.AwaitsReport() {
		job.Due = k.P.T("inbox.due_by", "left", job.Due, "due", k.P.Due(i.Due))
	}
	if i.Role == workflow.Lead {
		if said, _ := k.cooperating(task); len(task) > 1 {
			job.Coop = k.P.T("inbox.coop", "said", said)
		}
	} else {
		job.Lead = k.P.T("inbox.lead", "department", k.leadName(i))
	}
	row, trail := in.Rows[i.ID], in.Trails[i.ID]
	job.Returned = k.returned(row, trail)
	if !i.State.AwaitsReport() {
		if e := lastOf(trail, workflow.KindVerified, workflow.KindDirected, workflow.KindReturned); e != nil && stepText(*e) != "" {
			r := k.remark(*e, k.what(*e))
			job.Answer = &r
		}
	}
	if i.AcceptedAt == nil && i.State.AwaitsReport() {
		job.Accept = &Form{Action: ActPath(i.ID, workflow.Accept), CSRF: f.CSRF, Version: i.Version,
			Key: in.Key + "-" + i.ID, Hidden: []Hidden{{"next", homePath}}, Button: k.P.T("act.accept.button")}
	}
	if i.State == workflow.InProgress || i.State == workflow.Overdue {
		job.Report = job.URL + "/report"
		job.Same = job.Report + "?no_change=1"
	}
	if at, ok := in.Drafts[i.ID]; ok && i.State.AwaitsReport() {
		job.Draft = k.P.T("inbox.draft", "at", at)
	}
	if s, ok := in.Signing[i.ID]; ok && i.State.AwaitsReport() {
		job.Draft = k.signingText(s)
	}
	return job
}

// leadName is the department that leads the task.
func (k Kit) leadName(i ledger.Item) string {
	return k.Rules.Plan.Name(k.Rules.LeadOf(i.Period, i.Task.Key))
}

// inboxUrges are the urges that have no reply yet, with the form to give one.
func (k Kit) inboxUrges(f Frame, i ledger.Item, in InboxInput) []UrgeView {
	row, trail := in.Rows[i.ID], in.Trails[i.ID]
	if !i.State.AwaitsReport() {
		return nil
	}
	all := k.urges(row, trail, in.Numbers, func(n int) *Form {
		return &Form{Action: ActPath(i.ID, workflow.ReplyUrge), CSRF: f.CSRF, Version: row.Version,
			Key: in.Key + "-" + i.ID + "-" + itoa(n), Button: k.P.T("act.reply_urge.button"),
			Hidden: []Hidden{{"n", itoa(n)}, {"next", homePath}},
			Fields: []Field{{Kind: "textarea", Name: "text", ID: "reply-" + i.ID + "-" + itoa(n), Label: k.P.T("act.reply_urge.text"),
				Rows: 2, Ask: true}}}
	}, func(n int) *Form { return k.markForm(f, i.ID, n, in.Key+"-"+i.ID, homePath) })
	var open []UrgeView
	for _, u := range all {
		if u.Reply == "" {
			u.Task = Link{k.P.T("inbox.task", "no", i.Task.No, "title", i.Task.Title), AssignmentPath(i.ID)}
			open = append(open, u)
		}
	}
	return open
}

// InboxShows reports whether an assignment of the department stands in its inbox: it is of
// the present period, or open, or asks the office for something, or was answered lately.
func InboxShows(i ledger.Item, current workflow.Period) bool {
	return InboxInput{Period: current}.due(i) || i.OpenAsks > 0 || i.AskAnsweredAt != nil && !i.AskAnsweredAt.Before(current.AssignedAt)
}

// due is what the inbox is of besides asks: the present period and what is still open.
func (in InboxInput) due(i ledger.Item) bool { return i.Period == in.Period.ID || i.State.Open() }

// inboxAsks are the asks that are open or that were answered since the period began.
func (k Kit) inboxAsks(i ledger.Item, in InboxInput) []AskView {
	row := in.Rows[i.ID]
	var out []AskView
	for _, v := range k.asks(row, in.Trails[i.ID]) {
		x := row.Ask(v.N)
		if w := x.Answered(); !x.State.Open() && (x.State != workflow.AskClosed || w == nil || w.At.Before(in.Period.AssignedAt)) {
			continue
		}
		v.Task = Link{k.P.T("inbox.task", "no", i.Task.No, "title", i.Task.Title), AssignmentPath(i.ID) + "#" + asksAnchor}
		out = append(out, v)
	}
	return out
}
