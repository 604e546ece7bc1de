package work

import (
	"context"
	"html/template"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
	"duban/ui/view"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/ledger"
)

// home is the reader's first page: a department's inbox, the office's desk, or
// the administrator's accounts.
func home(s *web.Server, c *fiber.Ctx) error {
	actor := session.From(c).Actor
	switch {
	case actor.InDepartment():
		return inbox(s, c)
	case actor.Role == workflow.Auditor:
		return c.Redirect("/journal", fiber.StatusSeeOther)
	}
	k := s.Kit(c)
	key, err := s.Key(k)
	if err != nil {
		return err
	}
	p, _ := s.Book.CurrentPeriod(k.Now)
	in := page.DeskInput{Period: p, Items: s.Current(actor), Needs: s.Book.Needs(k.Now), Missing: s.Book.MissingPeriods(k.Now), Values: web.Values(c), Key: key}
	in.Search = s.Book.Search(in.Values.Get("q"))
	in.Left = leftOpen(s, actor, p.ID)
	var listed []ledger.Item
	if in.Values.Get("state") != "" {
		listed = in.Left
	}
	for _, id := range page.NeedIDs(in.Needs, in.Values.Get("need")) {
		if a, ok := s.Book.Assignment(id); ok {
			in.Needed = append(in.Needed, s.Book.Item(a, k.Now))
		}
		listed = in.Needed
	}
	in.Beside = beside(s, actor, listed, p.ID)
	return web.Render(c, page.NewDesk(k, s.Frame(c, k, "/"), in))
}

// leftOpen is what other periods that the actor may see left open, worst first.
func leftOpen(s *web.Server, actor workflow.Actor, current string) []ledger.Item {
	open := slices.DeleteFunc(slices.Clone(workflow.States), func(state workflow.State) bool { return !state.Open() })
	return slices.DeleteFunc(s.All(actor, ledger.Query{States: open}), func(i ledger.Item) bool { return i.Period == current })
}

// beside is every assignment of the tasks that other periods' leads are listed of: who
// cooperates is told of each one's own period.
func beside(s *web.Server, actor workflow.Actor, listed []ledger.Item, current string) (all []ledger.Item) {
	type slot struct {
		period string
		key    int
	}
	seen := map[slot]bool{}
	for _, i := range listed {
		if at := (slot{i.Period, i.Task.Key}); i.Role == workflow.Lead && i.Period != current && !seen[at] {
			seen[at] = true
			all = append(all, s.All(actor, ledger.Query{Period: i.Period, Key: i.Task.Key})...)
		}
	}
	return all
}

func inbox(s *web.Server, c *fiber.Ctx) error {
	k := s.Kit(c)
	key, err := s.Key(k)
	if err != nil {
		return err
	}
	p, _ := s.Book.CurrentPeriod(k.Now)
	in := page.InboxInput{Period: p, Tasks: s.Current(k.Actor), Rows: map[string]workflow.Assignment{},
		Trails: map[string][]workflow.Event{}, Drafts: map[string]time.Time{}, Signing: map[string]workflow.Signing{}, Special: map[string]*page.SpecialView{}, Key: key}
	in.Own = own(s, k.Actor, p)
	in.Beside = beside(s, k.Actor, in.Own, p.ID)
	var rows []workflow.Assignment
	for _, i := range in.Own {
		a, ok := s.Book.Assignment(i.ID)
		if !ok {
			continue
		}
		in.Rows[i.ID], rows = a, append(rows, a)
		if p, ok := s.Book.Period(a.Period); ok {
			if in.Special[i.ID], err = view.Special(s, c.UserContext(), k, p); err != nil {
				return err
			}
		}
		if in.Trails[i.ID], err = s.Trail(c.UserContext(), k.Actor, a); err != nil {
			return err
		}
		if a.State.AwaitsReport() {
			d, ok, err := s.Desk.Draft(c.UserContext(), k.Actor, a)
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
	in.Numbers = s.Book.UrgeNumbers(rows...)
	return web.Render(c, page.NewInbox(k, s.Frame(c, k, "/"), in))
}

// own is what stands in a department's inbox.
func own(s *web.Server, actor workflow.Actor, current workflow.Period) []ledger.Item {
	var out []ledger.Item
	for _, i := range s.All(actor, ledger.Query{Department: actor.Unit}) {
		if page.InboxShows(i, current) {
			out = append(out, i)
		}
	}
	return out
}

func listPage(s *web.Server, c *fiber.Ctx) error {
	k := s.Kit(c)
	q, err := ledger.ParseQuery(web.Param(c))
	if err != nil {
		return err
	}
	if q.Period == "" && len(c.Context().QueryArgs().QueryString()) == 0 {
		if p, ok := s.Book.CurrentPeriod(k.Now); ok {
			q.Period = p.ID
		}
	}
	key, err := s.Key(k)
	if err != nil {
		return err
	}
	in := page.ListInput{Query: q, Key: key, Export: true}
	in.Periods, in.Older = s.Book.RecentPeriods(page.ListPeriods)
	in.Periods = slices.DeleteFunc(in.Periods, func(p workflow.Period) bool { return p.Special && !k.Rules.MayName(k.Actor, p) })
	a, err := s.Answered(c, func() (web.Reply, bool, error) { return printRows(s, k, q) })
	if err != nil {
		return err
	}
	in.Rows, in.Next, in.Total = a.Rows.HTML, a.Rows.Next, a.Rows.Total
	if p, ok := s.Book.Period(q.Period); ok {
		in.Chosen = k.Rules.ShowPeriod(k.Actor, p).Name
	}
	return web.Render(c, page.NewList(k, s.Frame(c, k, "/assignments"), in))
}

// printRows prints one page of the list. Printing is most of what a list page costs, and open pages
// fetch theirs anew with every event. A row holds no text and no person's name.
func printRows(s *web.Server, k page.Kit, q ledger.Query) (_ web.Reply, keep bool, _ error) {
	rows, next, total, err := s.Book.Rows(q, k.Actor, k.Now)
	if err != nil {
		return web.Reply{}, false, err
	}
	keep = true
	out := web.ListRows{HTML: make([]template.HTML, len(rows)), Next: next, Total: total}
	for i, row := range rows {
		item, name := row.Item(), ""
		if p, ok := s.Book.Period(item.Period); ok && q.Period == "" {
			name = k.Rules.ShowPeriod(k.Actor, p).Name
		}
		out.HTML[i] = k.DrawListRow(item, name)
		keep = keep && !item.Unread()
	}
	return web.Reply{Rows: out}, keep, nil
}

func assignmentPage(s *web.Server, c *fiber.Ctx) error {
	a, err := s.Find(c, c.Params("id"))
	if err != nil {
		return err
	}
	in, err := assignmentInput(s, c, a)
	if err != nil {
		return err
	}
	if in.Version, err = web.Number(c, "version", 0, 1, 1<<20); err != nil {
		return err
	}
	k := s.Kit(c)
	web.SetVersion(c, a)
	return web.Render(c, page.NewAssignment(k, s.Frame(c, k, ""), in))
}

// assignmentInput gathers what an assignment's page shows.
func assignmentInput(s *web.Server, c *fiber.Ctx, a workflow.Assignment) (page.AssignmentInput, error) {
	ctx, k := c.UserContext(), s.Kit(c)
	in := page.AssignmentInput{Item: s.Book.Item(a, k.Now), Row: a, Actions: s.Actions(k.Actor, a, k.Now),
		Task: s.All(k.Actor, ledger.Query{Period: a.Period, Key: a.Task})}
	in.Period, _ = s.Book.Period(a.Period)
	in.Grounds, in.Numbers = s.Book.Grounds(a, k.Now), s.Book.UrgeNumbers(a)
	var err error
	if in.Special, err = view.Special(s, ctx, k, in.Period); err != nil {
		return in, err
	}
	if in.Key, err = s.Key(k); err != nil {
		return in, err
	}
	if in.Trail, err = s.Trail(ctx, k.Actor, a); err != nil {
		return in, err
	}
	if in.Inputs, err = inputs(s, ctx, k.Actor, a, in.Task); err != nil {
		return in, err
	}
	if in.Before, err = view.ReportBefore(s, ctx, a); err != nil {
		return in, err
	}
	in.Series, in.Files, err = view.Material(s, ctx, k.Actor, in.Trail)
	return in, err
}

// inputs are the cooperating departments' trails, for their lead.
func inputs(s *web.Server, ctx context.Context, actor workflow.Actor, a workflow.Assignment, task []ledger.Item) (map[string][]workflow.Event, error) {
	out := map[string][]workflow.Event{}
	if a.Role != workflow.Lead {
		return out, nil
	}
	for _, i := range task {
		if i.Role != workflow.Cooperating {
			continue
		}
		row, ok := s.Book.Assignment(i.ID)
		if !ok {
			continue
		}
		trail, err := s.Trail(ctx, actor, row)
		if err != nil {
			return nil, err
		}
		out[i.ID] = trail
	}
	return out, nil
}
