package ledger

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"duban/workflow"
	"duban/workflow/plan"
)

// OpenTask is a task of a period that is not the board's and of which the lead's assignment
// is not closed: last quarter's that is still overdue, waits for verification or was
// returned, and those of special periods. One whose lead has finished is among them as long
// as a cooperating department is late.
type OpenTask struct {
	BoardTask
	Period PeriodRef `json:"period"`
}

// PeriodRef names a period. A special one has no name here, because its name is
// what somebody of the office wrote.
type PeriodRef struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Special bool   `json:"special"`
}

// mostOpen is how many open tasks of other periods a board carries, the worst of them:
// more than a wall shows, so that a board stays small however much special work there
// is. Shown counts them all.
const mostOpen = 60

// slot is a task in a period.
type slot struct {
	period string
	task   int
}

// elsewhere is what other periods left open, by task.
type elsewhere struct {
	leads map[slot]bool  // whose lead has not finished, in a period that has begun
	late  map[slot]int64 // when the first of its departments that are late was due
}

// openTasks lists what other periods that have begun left open and what is late in any,
// worst first, and adds them to shown, also those that are more than a board carries.
func (g *grid) openTasks(current string, e elsewhere, shown *Counts) []OpenTask {
	open, listed := []OpenTask{}, map[slot]bool{}
	for _, l := range g.openLeads(current, shown) {
		at := slot{l.period, int(l.task)}
		listed[at] = true
		open = append(open, g.openTask(at))
	}
	late := slices.SortedFunc(maps.Keys(e.late), func(a, b slot) int {
		return cmp.Or(cmp.Compare(e.late[a], e.late[b]), cmp.Compare(a.period, b.period), cmp.Compare(a.task, b.task))
	})
	room, last := mostOpen, int64(0)
	for _, at := range late {
		carried := room > 0 || e.late[at] == last // of those late for as long, their leads decide
		if listed[at] || !carried && e.leads[at] {
			continue
		}
		row := g.openTask(at)
		if !e.leads[at] { // the index of open leads has not counted it
			shown.add(row.Box)
		}
		if carried {
			open, room, last = append(open, row), room-1, e.late[at]
		}
	}
	slices.SortFunc(open, OpenTask.compare)
	return open[:min(len(open), mostOpen)]
}

func (g *grid) openTask(at slot) OpenTask {
	t, ok := g.rules.Plan.KnownTask(at.task)
	if !ok {
		t = plan.Task{Key: at.task, No: at.task}
	}
	p, _ := g.snapshot.period(at.period)
	ref := PeriodRef{ID: at.period, Special: p.Special}
	if !p.Special {
		ref.Name = p.Name
	}
	return OpenTask{g.task(&t, g.taskRows(at.period, at.task)), ref}
}

func (t OpenTask) compare(o OpenTask) int {
	return cmp.Or(t.BoardTask.compare(&o.BoardTask), cmp.Compare(t.No, o.No), cmp.Compare(t.Period.ID, o.Period.ID))
}

// Rows are the rows of a wall, worst first: Tasks, which have no Period here because
// it is the board's, and AlsoOpen; Shown counts more when AlsoOpen is not all.
func (b *Board) Rows() []OpenTask {
	rows := slices.Clone(b.AlsoOpen)
	for _, t := range b.Tasks {
		rows = append(rows, OpenTask{BoardTask: t})
	}
	slices.SortStableFunc(rows, OpenTask.compare)
	return rows
}

// openLeads are the worst tasks whose lead has not finished, once a period, at most
// mostOpen; all of them are added to shown. The rows of other periods are not looked
// at: the index has them in order.
func (g *grid) openLeads(current string, shown *Counts) []openLead {
	out := g.leftOut(current, shown)
	worst := make([]openLead, 0, mostOpen)
	for class := range verifiedClass {
		begin := len(worst)
		for list, open := range g.snapshot.open {
			from, to := g.segment(list, class)
			if from >= to {
				continue
			}
			shown.more(classes[class], open.before(to)-open.before(from))
			room := mostOpen - begin
			for l := range open.between(from, to) {
				if room == 0 {
					break
				}
				if !out[l.period] {
					l.class = class
					worst = append(worst, l)
					room--
				}
			}
		}
		slices.SortFunc(worst[begin:], openLead.compare)
		worst = worst[:min(len(worst), mostOpen)]
	}
	return worst
}

// leftOut are the periods that are not among the others: the current one and those that
// have not begun. What is open in them is taken from shown.
func (g *grid) leftOut(current string, shown *Counts) map[string]bool {
	out := map[string]bool{}
	leave := func(period string) {
		out[period] = true
		for _, sh := range g.snapshot.in(period) {
			for _, l := range sh.open() {
				shown.more(classes[g.classOf(l)], -1)
			}
		}
	}
	if current != "" {
		leave(current)
	}
	today := g.rules.Clock.Today(g.now)
	for _, p := range slices.Backward(g.snapshot.periods) { // by their first days
		if !today.Before(p.From) {
			break
		}
		if p.ID != current {
			leave(p.ID)
		}
	}
	return out
}

// openElsewhere adds to all the assignments that other periods that have begun left open,
// whoever has them, and what is overdue in any, and answers of which tasks they are: what is
// closed is passed by.
func (g *grid) openElsewhere(current string, all *Counts) elsewhere {
	e := elsewhere{map[slot]bool{}, map[slot]int64{}}
	today := g.rules.Clock.Today(g.now)
	begun := map[string]bool{}
	for _, p := range g.snapshot.periods {
		begun[p.ID] = !today.Before(p.From)
	}
	g.snapshot.each("", func(sh *shelf, ch *chunk) bool {
		return sh.period != current && ch.states&unclosed != 0
	}, func(k *key, sh *shelf, a *workflow.Assignment) {
		box := g.box(*k)
		if unclosed&(1<<k.state) == 0 || !begun[sh.period] && box != BoxOverdue {
			return
		}
		all.add(box)
		at := slot{sh.period, int(k.task)}
		if k.is(isLead) && begun[sh.period] {
			e.leads[at] = true
		}
		if due, was := a.Due.UnixNano(), e.late[at]; box == BoxOverdue && (was == 0 || due < was) {
			e.late[at] = due
		}
	})
	return e
}

// taskRows are the rows of a task in a period.
func (g *grid) taskRows(period string, task int) (rows []*workflow.Assignment) {
	g.snapshot.each(period, every, func(k *key, _ *shelf, a *workflow.Assignment) {
		if int(k.task) == task {
			rows = append(rows, a)
		}
	})
	return rows
}

// Ranking is a frozen assessment as everybody may read it: points and ranks without
// their lines. Until the freeze a department is shown its own score alone, so there
// is none for a wall.
type Ranking struct {
	Period   PeriodRef    `json:"period"`
	FrozenAt time.Time    `json:"frozen_at"`
	Rows     []RankingRow `json:"rows"` // by group and rank, those without a rank last
}

// RankingRow is a department's place. Points are null when nothing was due.
type RankingRow struct {
	Department  Unit        `json:"department"`
	Group       string      `json:"group"`
	Points      plan.Number `json:"points"`
	Rank        int         `json:"rank"` // within the group; 0 when not ranked
	NotAssessed bool        `json:"not_assessed,omitempty"`
}

// ranking is that of the latest regular period that has one, nil before the first.
func (s *snapshot) ranking(r workflow.Rules) *Ranking {
	for i := len(s.regular) - 1; i >= 0; i-- {
		p := &s.regular[i]
		a, ok := s.assessments[p.ID]
		if !ok || a.Stage != workflow.Frozen || a.FrozenAt == nil {
			continue
		}
		k := &Ranking{Period: PeriodRef{ID: p.ID, Name: p.Name}, FrozenAt: *a.FrozenAt, Rows: []RankingRow{}}
		groups := map[string]int{}
		for _, t := range a.Totals {
			row := RankingRow{Department: Unit{ID: t.Department, Name: r.UnitAt(a.Position, t.Department)}, Points: t.Points, Rank: t.Rank}
			if d, ok := r.Plan.KnownDepartment(t.Department); ok {
				row.Group, row.NotAssessed = d.Group, d.NotAssessed
			}
			if _, ok := groups[row.Group]; !ok {
				groups[row.Group] = len(groups)
			}
			k.Rows = append(k.Rows, row)
		}
		slices.SortStableFunc(k.Rows, func(a, b RankingRow) int {
			if (a.Rank == 0) != (b.Rank == 0) {
				return cmp.Compare(b.Rank, a.Rank) // 0 last
			}
			return cmp.Or(cmp.Compare(groups[a.Group], groups[b.Group]), cmp.Compare(a.Rank, b.Rank))
		})
		return k
	}
	return nil
}
