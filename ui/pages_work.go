package ui

import (
	"cmp"
	"context"
	"html/template"
	"net/url"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// home is the reader's first page: a department's inbox, the office's desk, or
// the administrator's accounts.
func (s *server) home(c *fiber.Ctx) error {
	actor := session.From(c).Actor
	switch {
	case actor.InDepartment():
		return s.inbox(c)
	case actor.Role == workflow.Auditor:
		return c.Redirect("/journal", fiber.StatusSeeOther)
	}
	k := s.kit(c)
	key, err := s.key()
	if err != nil {
		return err
	}
	p, _ := s.o.Book.CurrentPeriod(k.Now)
	in := page.DeskInput{Period: p, Items: s.current(actor), Needs: s.o.Book.Needs(k.Now), Missing: s.o.Book.MissingPeriods(k.Now), Values: values(c), Key: key}
	in.Search = s.o.Book.Search(in.Values.Get("q"))
	in.Left = s.leftOpen(actor, p.ID)
	var listed []ledger.Item
	if in.Values.Get("state") != "" {
		listed = in.Left
	}
	for _, id := range page.NeedIDs(in.Needs, in.Values.Get("need")) {
		if a, ok := s.o.Book.Assignment(id); ok {
			in.Needed = append(in.Needed, s.o.Book.Item(a, k.Now))
		}
		listed = in.Needed
	}
	in.Beside = s.beside(actor, listed, p.ID)
	return render(c, page.NewDesk(k, s.frame(c, k, "/"), in))
}

// leftOpen is what other periods that the actor may see left open, worst first.
func (s *server) leftOpen(actor workflow.Actor, current string) []ledger.Item {
	open := slices.DeleteFunc(slices.Clone(workflow.States), func(state workflow.State) bool { return !state.Open() })
	return slices.DeleteFunc(s.all(actor, ledger.Query{States: open}), func(i ledger.Item) bool { return i.Period == current })
}

// beside is every assignment of the tasks that other periods' leads are listed of: who
// cooperates is told of each one's own period.
func (s *server) beside(actor workflow.Actor, listed []ledger.Item, current string) (all []ledger.Item) {
	type slot struct {
		period string
		key    int
	}
	seen := map[slot]bool{}
	for _, i := range listed {
		if at := (slot{i.Period, i.Task.Key}); i.Role == workflow.Lead && i.Period != current && !seen[at] {
			seen[at] = true
			all = append(all, s.all(actor, ledger.Query{Period: i.Period, Key: i.Task.Key})...)
		}
	}
	return all
}

// values are the query's parameters.
func values(c *fiber.Ctx) url.Values {
	v := url.Values{}
	for name, value := range c.Context().QueryArgs().All() {
		v.Add(string(name), string(value))
	}
	return v
}

func (s *server) inbox(c *fiber.Ctx) error {
	k := s.kit(c)
	key, err := s.key()
	if err != nil {
		return err
	}
	p, _ := s.o.Book.CurrentPeriod(k.Now)
	in := page.InboxInput{Period: p, Tasks: s.current(k.Actor), Rows: map[string]workflow.Assignment{},
		Trails: map[string][]workflow.Event{}, Drafts: map[string]time.Time{}, Signing: map[string]workflow.Signing{}, Special: map[string]*page.SpecialView{}, Key: key}
	in.Own = s.own(k.Actor, p)
	in.Beside = s.beside(k.Actor, in.Own, p.ID)
	var rows []workflow.Assignment
	for _, i := range in.Own {
		a, ok := s.o.Book.Assignment(i.ID)
		if !ok {
			continue
		}
		in.Rows[i.ID], rows = a, append(rows, a)
		if p, ok := s.o.Book.Period(a.Period); ok {
			if in.Special[i.ID], err = s.special(c.UserContext(), k, p); err != nil {
				return err
			}
		}
		if in.Trails[i.ID], err = s.trail(c.UserContext(), k.Actor, a); err != nil {
			return err
		}
		if a.State.AwaitsReport() {
			d, ok, err := s.o.Desk.Draft(c.UserContext(), k.Actor, a)
			if err != nil {
				return err
			}
			if ok {
				in.Drafts[i.ID] = d.At
				if d.Signing != nil {
					in.Signing[i.ID] = *d.Signing
				}
			}
		}
	}
	in.Numbers = s.o.Book.UrgeNumbers(rows...)
	return render(c, page.NewInbox(k, s.frame(c, k, "/"), in))
}

// own is what stands in a department's inbox.
func (s *server) own(actor workflow.Actor, current workflow.Period) []ledger.Item {
	var out []ledger.Item
	for _, i := range s.all(actor, ledger.Query{Department: actor.Unit}) {
		if page.InboxShows(i, current) {
			out = append(out, i)
		}
	}
	return out
}

func (s *server) listPage(c *fiber.Ctx) error {
	k := s.kit(c)
	q, err := ledger.ParseQuery(param(c))
	if err != nil {
		return err
	}
	if q.Period == "" && len(c.Context().QueryArgs().QueryString()) == 0 {
		if p, ok := s.o.Book.CurrentPeriod(k.Now); ok {
			q.Period = p.ID
		}
	}
	key, err := s.key()
	if err != nil {
		return err
	}
	in := page.ListInput{Query: q, Key: key, Export: true}
	in.Periods, in.Older = s.o.Book.RecentPeriods(page.ListPeriods)
	in.Periods = slices.DeleteFunc(in.Periods, func(p workflow.Period) bool { return p.Special && !k.Rules.MayName(k.Actor, p) })
	a, err := s.answered(c, func() (reply, bool, error) { return s.printRows(k, q) })
	if err != nil {
		return err
	}
	in.Rows, in.Next, in.Total = a.rows.html, a.rows.next, a.rows.total
	if p, ok := s.o.Book.Period(q.Period); ok {
		in.Chosen = k.Rules.ShowPeriod(k.Actor, p).Name
	}
	return render(c, page.NewList(k, s.frame(c, k, "/assignments"), in))
}

// printRows prints one page of the list. Printing is most of what a list page costs, and open pages
// fetch theirs anew with every event. A row holds no text and no person's name.
func (s *server) printRows(k page.Kit, q ledger.Query) (_ reply, keep bool, _ error) {
	rows, next, total, err := s.o.Book.Rows(q, k.Actor, k.Now)
	if err != nil {
		return reply{}, false, err
	}
	keep = true
	out := listRows{html: make([]template.HTML, len(rows)), next: next, total: total}
	for i, row := range rows {
		item, name := row.Item(), ""
		if p, ok := s.o.Book.Period(item.Period); ok && q.Period == "" {
			name = k.Rules.ShowPeriod(k.Actor, p).Name
		}
		out.html[i] = k.DrawListRow(item, name)
		keep = keep && !item.Unread()
	}
	return reply{rows: out}, keep, nil
}

func (s *server) assignmentPage(c *fiber.Ctx) error {
	a, err := s.find(c, c.Params("id"))
	if err != nil {
		return err
	}
	in, err := s.assignmentInput(c, a)
	if err != nil {
		return err
	}
	if in.Version, err = number(c, "version", 0, 1, 1<<20); err != nil {
		return err
	}
	k := s.kit(c)
	setVersion(c, a)
	return render(c, page.NewAssignment(k, s.frame(c, k, ""), in))
}

// assignmentInput gathers what an assignment's page shows.
func (s *server) assignmentInput(c *fiber.Ctx, a workflow.Assignment) (page.AssignmentInput, error) {
	ctx, k := c.UserContext(), s.kit(c)
	in := page.AssignmentInput{Item: s.o.Book.Item(a, k.Now), Row: a, Actions: s.actions(k.Actor, a, k.Now),
		Task: s.all(k.Actor, ledger.Query{Period: a.Period, Key: a.Task})}
	in.Period, _ = s.o.Book.Period(a.Period)
	in.Grounds, in.Numbers = s.o.Book.Grounds(a, k.Now), s.o.Book.UrgeNumbers(a)
	var err error
	if in.Special, err = s.special(ctx, k, in.Period); err != nil {
		return in, err
	}
	if in.Key, err = s.key(); err != nil {
		return in, err
	}
	if in.Trail, err = s.trail(ctx, k.Actor, a); err != nil {
		return in, err
	}
	if in.Inputs, err = s.inputs(ctx, k.Actor, a, in.Task); err != nil {
		return in, err
	}
	if in.Before, err = s.reportBefore(ctx, a); err != nil {
		return in, err
	}
	in.Series, in.Files, err = s.material(ctx, k.Actor, in.Trail)
	return in, err
}

// inputs are the cooperating departments' trails, for their lead.
func (s *server) inputs(ctx context.Context, actor workflow.Actor, a workflow.Assignment, task []ledger.Item) (map[string][]workflow.Event, error) {
	out := map[string][]workflow.Event{}
	if a.Role != workflow.Lead {
		return out, nil
	}
	for _, i := range task {
		if i.Role != workflow.Cooperating {
			continue
		}
		row, ok := s.o.Book.Assignment(i.ID)
		if !ok {
			continue
		}
		trail, err := s.trail(ctx, actor, row)
		if err != nil {
			return nil, err
		}
		out[i.ID] = trail
	}
	return out, nil
}

// reportBefore is the department's last report on the same slot in an earlier
// regular period, nil when there is none.
func (s *server) reportBefore(ctx context.Context, a workflow.Assignment) (*workflow.Event, error) {
	row, ok := s.rowBefore(a)
	if !ok {
		return nil, nil
	}
	es, err := s.o.Journal.EventsAt(ctx, row.LatestReport().Seq)
	if err != nil {
		return nil, err
	}
	return &es[0], nil
}

// rowBefore is the assignment of that report, false when there is none.
func (s *server) rowBefore(a workflow.Assignment) (workflow.Assignment, bool) {
	at, ok := s.o.Book.Period(a.Period)
	if !ok {
		return workflow.Assignment{}, false
	}
	periods := s.o.Book.Periods()
	for n := len(periods) - 1; n >= 0; n-- {
		p := periods[n]
		if p.Special || !p.From.Before(at.From) {
			continue
		}
		row, ok := s.o.Book.Assignment(workflow.AssignmentID(p.ID, a.Task, a.Role, a.Department))
		if ok && row.LatestReport() != nil {
			return row, true
		}
	}
	return workflow.Assignment{}, false
}

// material is what the reports of a trail refer to: figures known and evidence.
func (s *server) material(ctx context.Context, actor workflow.Actor, trail []workflow.Event) (map[string]workflow.Series, map[string]workflow.File, error) {
	var indicators, files []string
	for _, e := range trail {
		if e.Data.Report == nil {
			continue
		}
		for _, f := range e.Data.Report.Figures {
			indicators = append(indicators, f.Indicator)
		}
		files = append(files, e.Data.Report.Evidence...)
	}
	found, err := s.evidence(ctx, actor, files)
	return s.series(indicators), found, err
}

// series is what is known of indicators.
func (s *server) series(ids []string) map[string]workflow.Series {
	out := map[string]workflow.Series{}
	for _, id := range ids {
		if row, ok := s.o.Book.Series(id); ok {
			out[id] = row
		}
	}
	return out
}

// evidence finds files by their ids, those the actor may know of: a draft may name any.
func (s *server) evidence(ctx context.Context, actor workflow.Actor, ids []string) (map[string]workflow.File, error) {
	out := map[string]workflow.File{}
	for _, id := range ids {
		f, ok, err := s.o.Files.File(ctx, id)
		if err != nil {
			return nil, err
		}
		if ok && s.mayDownload(actor, f) {
			out[id] = f
		}
	}
	return out, nil
}

// asked are the indicators a report on the assignment is asked for: those inside
// the task for its lead, and, once a period, those the department owns: on the
// first task it leads, else on the first it takes part in.
func (s *server) asked(ctx context.Context, rules workflow.Rules, a workflow.Assignment) ([]plan.Indicator, error) {
	task, _ := rules.Plan.Task(a.Task)
	department := cmp.Or(rules.Plan.Heir(a.Department), a.Department)
	var out []plan.Indicator
	if a.Role == workflow.Lead {
		out = append(out, task.Figures...)
	}
	if a.Task != firstTask(rules.Plan, department) {
		return out, nil
	}
	err := s.o.Journal.Read(ctx, func(v workflow.ReadView) error {
		for _, in := range rules.Plan.Indicators {
			row, _, err := v.Series(in.ID)
			if err != nil {
				return err
			}
			if workflow.OwnerOf(rules.Plan, in, row) == department {
				out = append(out, in)
			}
		}
		return nil
	})
	return out, err
}

func firstTask(p *plan.Plan, department string) int {
	cooperates := 0
	for _, slot := range p.Assignments() {
		if slot.Department != department {
			continue
		}
		if slot.Role == string(workflow.Lead) {
			return slot.Task
		}
		if cooperates == 0 {
			cooperates = slot.Task
		}
	}
	return cooperates
}
