package ledger

import (
	"cmp"
	"slices"
	"time"

	"duban/workflow"
	"duban/workflow/plan"
)

// OpenTask is a lead's assignment of a period that is not the board's and that is
// not closed: last quarter's that is still overdue, waits for verification or was
// returned, and those of special periods.
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

// openLead is a task that a lead has open in a period, before its row is made.
type openLead struct {
	rank   rank
	period *workflow.Period
	task   int
}

func (l openLead) compare(o openLead) int {
	return cmp.Or(l.rank.compare(o.rank), cmp.Compare(l.task, o.task), cmp.Compare(l.period.ID, o.period.ID))
}

// openTasks lists what other periods that have begun left open, worst first, and adds
// them to shown, also those that are more than a board carries.
func (g *grid) openTasks(current string, shown *Counts) []OpenTask {
	open := []OpenTask{}
	for _, l := range g.openLeads(current, shown) {
		t, ok := g.rules.Plan.Task(l.task)
		if !ok { // the plan in force has dropped it
			t = plan.Task{No: l.task}
		}
		row := g.task(t, g.taskRows(l.period.ID, l.task))
		ref := PeriodRef{ID: l.period.ID, Special: l.period.Special}
		if !l.period.Special {
			ref.Name = l.period.Name
		}
		open = append(open, OpenTask{row, ref})
	}
	slices.SortFunc(open, OpenTask.compare)
	return open
}

func (t OpenTask) compare(o OpenTask) int {
	return cmp.Or(t.rank.compare(o.rank), cmp.Compare(t.No, o.No), cmp.Compare(t.Period.ID, o.Period.ID))
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
// mostOpen; all of them are added to shown. What is closed is passed by without a look
// at the rows.
func (g *grid) openLeads(current string, shown *Counts) []openLead {
	worst := make([]openLead, 0, mostOpen+1)
	today := g.rules.Clock.Today(g.now)
	for n := range g.snapshot.periods {
		p := &g.snapshot.periods[n]
		if p.ID == current || today.Before(p.From) {
			continue
		}
		last := int32(-1) // rows stand by id, so by task
		for _, sh := range g.snapshot.in(p.ID) {
			for _, ch := range sh.chunks {
				if ch.states&unclosed == 0 {
					continue
				}
				for i := range ch.keys {
					k := &ch.keys[i]
					if k.task == last || !k.is(isLead) || g.class(k) >= verifiedClass {
						continue
					}
					last = k.task
					shown.add(g.box(*k))
					l := openLead{g.horizon.rank(k), p, int(k.task)}
					if len(worst) == mostOpen && l.compare(worst[mostOpen-1]) > 0 {
						continue
					}
					at, _ := slices.BinarySearchFunc(worst, l, openLead.compare)
					worst = slices.Insert(worst, at, l)
					worst = worst[:min(len(worst), mostOpen)]
				}
			}
		}
	}
	return worst
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
	for _, p := range slices.Backward(s.periods) {
		a, ok := s.assessments[p.ID]
		if !ok || p.Special || a.Stage != workflow.Frozen || a.FrozenAt == nil {
			continue
		}
		k := &Ranking{Period: PeriodRef{ID: p.ID, Name: p.Name}, FrozenAt: *a.FrozenAt, Rows: []RankingRow{}}
		groups := map[string]int{}
		for _, t := range a.Totals {
			row := RankingRow{Department: unit(r, t.Department), Points: t.Points, Rank: t.Rank}
			if d, ok := r.Plan.Department(t.Department); ok {
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
