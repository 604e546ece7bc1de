package page

import (
	"html/template"

	"duban/workflow"
	"duban/workflow/ledger"
)

// showTask is a task on the wall: who leads, who cooperates and how far each is, what
// the lights stand on, and the task's figures. It holds no free text.
type showTask struct {
	No             int
	Title, Period  string
	Lead           showUnit
	Time, Progress Light
	Coop           []showUnit
	Many           bool   // two columns
	Counts         string // 已报 3 / 5
	Charts         []boardChart
	Bars           []boardIndicator // figures with no course to draw, or no room for it
}

type showUnit struct {
	Name, Due string
	Chip      Chip
}

// showIndicator is one indicator on the wall.
type showIndicator struct {
	boardIndicator
	Group string
	Whole template.HTML
}

const (
	showCharts = 4 // of a task
	showBars   = 5 // beside no charts; fewer below some
	oneColumn  = 9 // cooperating departments
)

// ShowTask prints a task for the wall. items are its assignments in the period,
// figures its indicators. Before the period has any, the plan's lead stands there.
func ShowTask(k Kit, no int, p workflow.Period, items []ledger.Item, figures []ledger.IndicatorView) template.HTML {
	task := k.numbered(no)
	s := showTask{No: no, Title: task.Title, Period: k.P.Period(p.ID, p.Name),
		Lead:     showUnit{Name: k.Rules.Plan.Name(task.Lead), Chip: k.chip(ledger.BoxNone)},
		Time:     k.timeLight(ledger.Light{Colour: ledger.Grey, Cause: ledger.Cause{Code: "time.none"}}),
		Progress: k.progressLight(ledger.Light{Colour: ledger.Grey, Cause: ledger.Cause{Code: "progress.none"}})}
	if p.Special {
		s.Period = k.P.T("board.special")
	}
	reported := 0
	for _, i := range items {
		switch {
		case i.Role == workflow.Lead && (i.State != workflow.Withdrawn || s.Lead.Due == ""):
			s.Lead, s.Time, s.Progress = k.showUnit(i), k.timeLight(i.TimeLight), k.progressLight(i.ProgressLight)
		case i.Role == workflow.Cooperating && i.State != workflow.Withdrawn:
			s.Coop = append(s.Coop, k.showUnit(i))
			if i.Box == ledger.BoxReported || i.Box == ledger.BoxVerified {
				reported++
			}
		}
	}
	s.Many = len(s.Coop) > oneColumn
	if len(s.Coop) > 0 {
		s.Counts = k.P.T("board.coop_reported", "n", reported, "total", len(s.Coop))
	}
	for _, v := range k.sortedIndicators(figures) {
		c := k.boardChart(v)
		if len(k.burnUpOf(v).Points) > 1 && len(s.Charts) < showCharts {
			s.Charts = append(s.Charts, c)
		} else if len(s.Bars) < showBars-2*((len(s.Charts)+1)/2) {
			s.Bars = append(s.Bars, c.boardIndicator)
		}
	}
	return partial(k.P.Lang(), "board", "show-task", s)
}

func (k Kit) showUnit(i ledger.Item) showUnit {
	t := ledger.BoardTask{Box: i.Box, DaysLate: i.DaysLate, ReportedAt: i.ReportedAt, ClosedAt: i.ClosedAt, Due: &i.Due}
	return showUnit{Name: i.Department.Name, Chip: k.chip(i.Box), Due: k.boardDue(t)}
}

// ShowIndicator prints an indicator for the wall.
func ShowIndicator(k Kit, v ledger.IndicatorView) template.HTML {
	s := showIndicator{boardIndicator: k.boardIndicator(v), Whole: k.burnUp(v)}
	s.Title = v.Title
	for _, g := range k.Rules.Plan.TargetGroups {
		if g.ID == v.Group {
			s.Group = g.Title
		}
	}
	if v.Task != 0 {
		s.Group = k.P.T("case.task", "no", v.Task)
	}
	return partial(k.P.Lang(), "board", "show-indicator", s)
}
