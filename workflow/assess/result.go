package assess

import (
	"cmp"
	"math/big"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"duban/workflow"
	"duban/workflow/plan"
)

// Input is all that a period's scores are made of.
type Input struct {
	Plan        *plan.Plan
	AsOf        time.Time // the instant the facts are judged at
	Assignments []Facts
	Bonuses     []Bonus
	Corrections []Correction
	// Before is the published result of the period before, by department; nil when
	// there is none.
	Before map[string]int
}

// Bonus is points the office gives (or, negative, takes) beside the rubric.
type Bonus struct {
	Department string
	Points     plan.Number
	Seq        uint64
	At         time.Time
}

// Standing says how a department stands in the table.
type Standing string

// The standings: ranked within its group; listed apart because the plan says that it
// is not assessed; nothing was due from it.
const (
	Ranked     Standing = "ranked"
	Apart      Standing = "not_assessed"
	NothingDue Standing = "nothing_due"
)

// Row is one department's result.
type Row struct {
	Department string      `json:"department"`
	Name       string      `json:"name"`
	Group      string      `json:"group"`
	Standing   Standing    `json:"standing"`
	Rank       int         `json:"rank"`        // within the group; 0 when not ranked
	RankBefore int         `json:"rank_before"` // 0 when there is none
	Change     *int        `json:"change"`      // places won since the period before; null when one of the ranks is missing
	Mean       plan.Number `json:"mean"`        // weighted mean of the assignments
	Bonus      plan.Number `json:"bonus"`       // within the limit
	Points     plan.Number `json:"points"`      // mean and bonus; unset when nothing was due
	Bonuses    []Line      `json:"bonuses"`
	Scores     []Score     `json:"scores"`
}

// Work scores a period: every department of the plan, ranked ones first by group and
// rank, then those not assessed, then those with nothing due. What a unit that the plan
// has replaced by one other did is scored as that one's; a unit that is gone otherwise
// and did something in the period stands among those not assessed, by its old name.
func Work(in Input) []Row {
	byDepartment := map[string][]Score{}
	for _, f := range in.Assignments {
		d := cmp.Or(in.Plan.Heir(f.Row.Department), f.Row.Department)
		byDepartment[d] = append(byDepartment[d], score(in.Plan.Rubric, f, in.AsOf, in.Corrections))
	}
	before := map[string]int{}
	for d, rank := range in.Before {
		if heir := in.Plan.Heir(d); heir == d || heir != "" && in.Before[heir] == 0 {
			before[heir] = rank
		}
	}
	rows := make([]Row, 0, len(in.Plan.Departments))
	for _, d := range in.Plan.Departments {
		rows = append(rows, department(in, d, byDepartment[d.ID]))
	}
	for _, d := range gone(in.Plan) {
		if scores := byDepartment[d.ID]; scores != nil {
			rows = append(rows, department(in, d, scores))
		}
	}
	rank(rows, before)
	return rows
}

// gone are the units that are gone and that no single other one stands for. They are
// listed apart: who is there no more is compared with nobody.
func gone(p *plan.Plan) (all []plan.Department) {
	for _, d := range p.FormerDepartments() {
		if p.Heir(d.ID) == "" {
			d.NotAssessed = true
			all = append(all, d)
		}
	}
	return all
}

// department is one row, not ranked yet.
func department(in Input, d plan.Department, scores []Score) Row {
	slices.SortStableFunc(scores, func(a, b Score) int { return cmp.Compare(a.Assignment, b.Assignment) })
	row := Row{Department: d.ID, Name: d.Name, Group: d.Group, Standing: Ranked, Bonuses: []Line{}, Scores: scores}
	if scores == nil {
		row.Scores = []Score{}
	}
	sum, weights := new(big.Rat), new(big.Rat)
	for _, s := range scores {
		if s.Status == Scored {
			w := s.Weight.Rat()
			sum.Add(sum, new(big.Rat).Mul(w, s.exact))
			weights.Add(weights, w)
		}
	}
	bonus := decimal.Zero
	for _, b := range in.Bonuses {
		if b.Department != d.ID && in.Plan.Heir(b.Department) != d.ID {
			continue
		}
		bonus = bonus.Add(b.Points.Decimal)
		code := "score.bonus"
		if b.Points.IsNegative() {
			code = "score.deduction"
		}
		row.Bonuses = append(row.Bonuses, Line{Rule: "bonus", Code: code, Seq: b.Seq, At: b.At, Points: b.Points, Args: map[string]any{}})
	}
	limit := in.Plan.Rubric.BonusLimit.Decimal
	row.Bonus = plan.Number{Decimal: decimal.Max(limit.Neg(), decimal.Min(limit, bonus)), Set: true}
	switch {
	case weights.Sign() == 0:
		row.Standing = NothingDue
		return row
	case d.NotAssessed:
		row.Standing = Apart
	}
	mean := sum.Quo(sum, weights)
	row.Mean = rounded(mean)
	row.Points = rounded(new(big.Rat).Add(mean, row.Bonus.Rat()))
	return row
}

var standings = []Standing{Ranked, Apart, NothingDue}

// rank orders the rows and gives ranks: 1, 2, 2, 4 within each group, groups and
// equals in the plan's order.
func rank(rows []Row, before map[string]int) {
	groups := map[string]int{}
	for _, r := range rows {
		if _, ok := groups[r.Group]; !ok {
			groups[r.Group] = len(groups)
		}
	}
	slices.SortStableFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(slices.Index(standings, a.Standing), slices.Index(standings, b.Standing)),
			cmp.Compare(groups[a.Group], groups[b.Group]), b.Points.Cmp(a.Points.Decimal))
	})
	first := 0 // where the group begins
	for i := range rows {
		r := &rows[i]
		if r.Standing != Ranked {
			continue
		}
		if i > 0 && rows[i-1].Group != r.Group {
			first = i
		}
		r.Rank = i - first + 1
		if i > first && rows[i-1].Points.Equal(r.Points.Decimal) {
			r.Rank = rows[i-1].Rank
		}
		if was := before[r.Department]; was > 0 {
			won := was - r.Rank
			r.RankBefore, r.Change = was, &won
		}
	}
}

// published gives the rows the points that were published of them, and ranks them anew.
func published(rows []Row, totals []workflow.Total, before map[string]int) {
	for i := range rows {
		for _, t := range totals {
			if t.Department == rows[i].Department && t.Points.Set {
				rows[i].Points, rows[i].Rank = t.Points, 0
			}
		}
	}
	rank(rows, before)
}

// Year is the mean of each department's published scores in the periods of a year,
// ranked within the groups as a period is. A department without a score in any of
// them had nothing due. The scores of a unit that is gone are treated as by Work.
func Year(p *plan.Plan, periods [][]workflow.Total) []Row {
	rows := make([]Row, 0, len(p.Departments))
	for _, d := range slices.Concat(p.Departments, gone(p)) {
		row := Row{Department: d.ID, Name: d.Name, Group: d.Group, Standing: Ranked, Bonuses: []Line{}, Scores: []Score{}}
		var scores []plan.Number
		for _, totals := range periods {
			for _, t := range totals {
				if (t.Department == d.ID || p.Heir(t.Department) == d.ID) && t.Points.Set {
					scores = append(scores, t.Points)
				}
			}
		}
		switch {
		case scores == nil:
			row.Standing = NothingDue
		case d.NotAssessed:
			row.Standing = Apart
		}
		row.Mean = Mean(scores...)
		row.Points = row.Mean
		if _, there := p.Department(d.ID); !there && scores == nil {
			continue
		}
		rows = append(rows, row)
	}
	rank(rows, nil)
	return rows
}

// Totals are what a result publishes of each department, in the plan's order.
func Totals(p *plan.Plan, rows []Row) []workflow.Total {
	var totals []workflow.Total
	for _, d := range slices.Concat(p.Departments, gone(p)) {
		for _, r := range rows {
			if r.Department == d.ID {
				totals = append(totals, workflow.Total{Department: d.ID, Points: r.Points, Rank: r.Rank})
			}
		}
	}
	return totals
}
