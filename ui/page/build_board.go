package page

import (
	"slices"

	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// boardCounts are the tiles: assignments, as the desk and the lists count them, so that
// what is late is the same number on every screen. Withdrawn ones get a tile only when
// there are any.
func (k Kit) boardCounts(b *ledger.Board) []boardCount {
	c := b.All
	counts := []int{c.Overdue, c.Soon, c.Reported, c.Assigned, c.InProgress, c.Verified}
	var out []boardCount
	for n, box := range boxes {
		c := k.chip(box)
		out = append(out, boardCount{Class: c.Class, Word: c.Word, N: itoa(counts[n]), Zero: counts[n] == 0})
	}
	if c.Withdrawn > 0 {
		c := k.chip(ledger.BoxWithdrawn)
		out = append(out, boardCount{Class: c.Class, Word: c.Word, N: itoa(b.All.Withdrawn)})
	}
	return out
}

func (k Kit) boardTime(b *ledger.Board) boardTime {
	t := boardTime{Share: k.P.T("board.unknown"), Width: "0", From: k.P.Month(b.Plan.From), To: k.P.Month(b.Plan.To)}
	if b.Plan.ElapsedPercent.Set {
		t.Share, t.Width = k.percent(b.Plan.ElapsedPercent), b.Plan.ElapsedPercent.String()
	}
	switch today := k.Rules.Clock.Today(k.Now); {
	case today.Before(b.Plan.From):
		t.Word = k.P.T("board.plan_before")
	case b.Plan.To.Before(today):
		t.Word = k.P.T("board.plan_after")
	default:
		t.Word = k.P.T("board.elapsed")
	}
	return t
}

// boardTasks are the rows by page, worst first; there are always taskPages of them,
// the later ones mostly empty.
func (k Kit) boardTasks(b *ledger.Board) []boardTasks {
	rows := b.Rows()
	pages := make([]boardTasks, taskPages)
	for n := range pages {
		room := tasksMore
		if n == 0 {
			room = tasksShown
		}
		room = min(room, len(rows))
		page := &pages[n]
		page.Period = k.P.T("board.no_period")
		if b.Period != nil {
			page.Period = k.P.Period(b.Period.ID, b.Period.Name)
		}
		page.Dense, page.Mixed = n > 0 || room > tasksUsual, len(b.AlsoOpen) > 0
		for _, t := range rows[:room] {
			page.Rows = append(page.Rows, k.boardTask(t))
		}
		rows = rows[room:]
	}
	pages[taskPages-1].Left = len(rows) + b.Shown.Total - len(b.Tasks) - len(b.AlsoOpen)
	return pages
}

func (k Kit) boardTask(t ledger.OpenTask) boardTask {
	row := boardTask{No: t.No, Title: t.Title, Lead: t.Lead.Name, Chip: k.chip(t.Box), Due: k.boardDue(t.BoardTask), Coop: k.P.T("board.no_coop")}
	if t.Cooperating.Total > 0 {
		row.Coop = k.P.T("board.coop_count", "n", t.Cooperating.Reported, "total", t.Cooperating.Total)
	}
	if late := t.Cooperating; t.Box != ledger.BoxOverdue && len(late.Overdue) > 0 {
		row.Chip, row.Due = k.coopLate(len(late.Overdue), late.DaysLate)
	}
	switch {
	case t.Period.Special:
		row.Period = k.P.T("board.special")
	case t.Period.ID != "":
		row.Period = k.P.Period(t.Period.ID, t.Period.Name)
	}
	return row
}

// coopLate marks a task whose lead is not late while so many cooperating departments are,
// the longest for so many days.
func (k Kit) coopLate(n, days int) (Chip, string) {
	return Chip{chipClasses[ledger.BoxOverdue], k.P.T("coop.late")}, k.P.T("coop.late_by", "n", n, "days", days)
}

// boardDue is the last column: late by, days left, or when it was done.
func (k Kit) boardDue(t ledger.BoardTask) string {
	switch t.Box {
	case ledger.BoxOverdue:
		return k.P.T("due.late", "days", t.DaysLate)
	case ledger.BoxReported:
		if t.ReportedAt != nil {
			return k.P.T("last.act", "date", k.P.Day(*t.ReportedAt), "kind", workflow.KindReported)
		}
	case ledger.BoxVerified, ledger.BoxWithdrawn:
		kind := workflow.KindWithdrawn
		if t.Box == ledger.BoxVerified {
			kind = workflow.KindVerified
		}
		if t.ClosedAt != nil {
			return k.P.T("last.act", "date", k.P.Day(*t.ClosedAt), "kind", kind)
		}
	case ledger.BoxNone:
		return k.P.T("board.unknown")
	}
	if t.Due == nil {
		return k.P.T("board.unknown")
	}
	if days := k.P.Day(k.Now).DaysUntil(k.P.Day(*t.Due)); days > 0 {
		return k.P.T("due.left", "days", days)
	}
	return k.P.T("due.today")
}

// worseFirst is the order of targets on the wall: red, yellow, green, unknown.
var worseFirst = []ledger.Colour{ledger.Red, ledger.Yellow, ledger.Green, ledger.Grey}

func (k Kit) sortedIndicators(views []ledger.IndicatorView) []ledger.IndicatorView {
	all := slices.Clone(views)
	slices.SortStableFunc(all, func(x, y ledger.IndicatorView) int {
		if d := slices.Index(worseFirst, x.Light.Colour) - slices.Index(worseFirst, y.Light.Colour); d != 0 {
			return d
		}
		return y.Behind.Cmp(x.Behind.Decimal)
	})
	return all
}

func (k Kit) boardTargets(b *ledger.Board) []boardIndicator {
	all := k.sortedIndicators(b.Indicators)
	var out []boardIndicator
	for _, v := range all[:min(targetsShown, len(all))] {
		out = append(out, k.boardIndicator(v))
	}
	return out
}

// indicatorPages are all targets in the plan's order, a page of the wall each.
func (k Kit) indicatorPages(b *ledger.Board) [][]boardIndicator {
	var pages [][]boardIndicator
	for part := range slices.Chunk(b.Indicators, perPage) {
		var page []boardIndicator
		for _, v := range part {
			page = append(page, k.boardIndicator(v))
		}
		pages = append(pages, page)
	}
	return pages
}

func (k Kit) boardIndicator(v ledger.IndicatorView) boardIndicator {
	in, _ := k.Rules.Plan.KnownIndicator(v.ID)
	out := boardIndicator{Title: v.ShortName, Value: k.P.Number(v.Value), Target: k.target(in), Unit: k.unitOf(in),
		AsOf: k.P.Date(v.AsOf), Light: k.progressLight(v.Light), Bar: k.bullet(v)}
	if v.Average.Set {
		out.Value, out.Note = k.P.Number(v.Average), k.P.T("board.mean", "years", v.Years)
	}
	if v.Kind == plan.Judged {
		out.Unit = ""
		if v.Met != nil {
			out.Value = k.met(*v.Met)
		}
	}
	if out.Value == "" {
		out.Value, out.AsOf, out.Unknown = k.P.T("ind.unknown"), "", true
	}
	return out
}

// indicatorCounts says how many targets have which light, by the catalogue's key.
func (k Kit) indicatorCounts(b *ledger.Board, key string) string {
	counts := map[ledger.Colour]int{}
	for _, v := range b.Indicators {
		counts[v.Light.Colour]++
	}
	return k.P.T(key, "n", len(b.Indicators), "green", counts[ledger.Green],
		"yellow", counts[ledger.Yellow], "red", counts[ledger.Red], "grey", counts[ledger.Grey])
}

func (k Kit) boardGrid(b *ledger.Board) boardGrid {
	var g boardGrid
	for _, box := range boxes {
		g.Key = append(g.Key, k.chip(box))
	}
	column := map[int]int{}
	for _, t := range k.Rules.Plan.Tasks {
		column[t.No] = len(g.Tasks)
		g.Tasks = append(g.Tasks, boardColumn{t.No, t.Title})
	}
	for _, d := range b.Departments {
		row := boardRow{Name: d.Name, Cells: make([]boardCell, len(g.Tasks))}
		for _, c := range d.Cells {
			n, ok := column[c.Task]
			if !ok || c.Box == ledger.BoxNone {
				continue
			}
			chip := k.chip(c.Box)
			row.Cells[n] = boardCell{Class: chip.Class, Word: chip.Word, Lead: c.Role == workflow.Lead}
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}

// boardLatest is the last thing that somebody did: a report and not the marks that came
// with it, the opening of a period and not what it assigned.
func (k Kit) boardLatest(b *ledger.Board) boardEvent {
	for i, h := range b.EventsToday {
		if h.Kind != workflow.KindMarked && h.Kind != workflow.KindAssigned {
			return k.boardEvents(b.EventsToday[i : i+1])[0]
		}
	}
	return boardEvent{}
}

func (k Kit) boardEvents(list []ledger.Happening) []boardEvent {
	var out []boardEvent
	for _, h := range list[:min(eventsShown, len(list))] {
		e := boardEvent{At: k.P.Clock(h.At), Who: k.unitName(h.Unit.ID), What: k.P.Show(h.Kind)}
		if h.Task != nil {
			e.What = k.P.T("board.event_task", "kind", h.Kind, "no", h.Task.No, "title", h.Task.Title)
			if h.Department != nil && h.Department.ID != h.Unit.ID {
				e.What = k.P.T("board.event_department", "kind", h.Kind, "no", h.Task.No, "title", h.Task.Title, "department", h.Department.Name)
			}
		}
		out = append(out, e)
	}
	return out
}
