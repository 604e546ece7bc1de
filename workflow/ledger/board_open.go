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

// openTasks lists what other periods that have begun left open, worst first.
func (g *grid) openTasks(current string) []OpenTask {
	open := []OpenTask{}
	today := g.rules.Clock.Today(g.now)
	for _, p := range g.snapshot.periods {
		if p.ID == current || today.Before(p.From) {
			continue
		}
		ref := PeriodRef{ID: p.ID, Special: p.Special}
		if !p.Special {
			ref.Name = p.Name
		}
		for no, rows := range g.openRows(p.ID) {
			t, ok := g.rules.Plan.Task(no)
			if !ok { // the plan in force has dropped it
				t = plan.Task{No: no}
			}
			row := g.task(t, rows)
			if row.rank.class < verifiedClass {
				open = append(open, OpenTask{row, ref})
			}
		}
	}
	slices.SortFunc(open, OpenTask.compare)
	return open
}

func (t OpenTask) compare(o OpenTask) int {
	return cmp.Or(t.rank.compare(o.rank), cmp.Compare(t.No, o.No), cmp.Compare(t.Period.ID, o.Period.ID))
}

// Rows are the rows of a wall, worst first: Tasks, which have no Period here because
// it is the board's, and AlsoOpen.
func (b *Board) Rows() []OpenTask {
	rows := slices.Clone(b.AlsoOpen)
	for _, t := range b.Tasks {
		rows = append(rows, OpenTask{BoardTask: t})
	}
	slices.SortStableFunc(rows, OpenTask.compare)
	return rows
}

// openRows are the rows of the period's tasks whose lead has not finished, by task.
// What is closed is passed by without a look at the rows.
func (g *grid) openRows(period string) map[int][]*workflow.Assignment {
	byTask := map[int][]*workflow.Assignment{}
	for _, sh := range g.snapshot.in(period) {
		for _, ch := range sh.chunks {
			if ch.states&unclosed == 0 {
				continue
			}
			for i := range ch.keys {
				if k := &ch.keys[i]; k.is(isLead) && g.class(k) < verifiedClass {
					byTask[int(k.task)] = nil
				}
			}
		}
	}
	if len(byTask) == 0 {
		return nil
	}
	task, wanted := int32(-1), false // rows stand by id, so by task: most need no look-up
	g.snapshot.each(period, every, func(k *key, _ *shelf, a *workflow.Assignment) {
		if k.task != task {
			task = k.task
			_, wanted = byTask[int(task)]
		}
		if wanted {
			byTask[int(task)] = append(byTask[int(task)], a)
		}
	})
	return byTask
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
