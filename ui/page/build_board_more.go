package page

import (
	"html/template"

	"github.com/shopspring/decimal"

	"duban/workflow/ledger"
)

// boardCharts are the worst targets that have a course to draw.
func (k Kit) boardCharts(b *ledger.Board) []boardChart {
	var out []boardChart
	for _, v := range k.sortedIndicators(b.Charts) {
		if len(out) == chartsShown {
			break
		}
		if c := k.burnUpOf(v); len(c.Points) > 1 { // one figure is no course
			out = append(out, k.boardChart(v))
		}
	}
	return out
}

func (k Kit) boardChart(v ledger.IndicatorView) boardChart {
	c := boardChart{boardIndicator: k.boardIndicator(v), Chart: k.smallChart(v)}
	if ahead := k.ahead(v); ahead.Set {
		c.Forecast = k.P.T("chart.forecast", "value", ahead)
	}
	if v.ExpectedThen.Set { // of the figure's date, as the light judges it
		c.Expected = k.P.T("board.expected", "value", rounded(v.ExpectedThen, v.Value))
	}
	return c
}

// smallChart is an indicator's course without words.
func (k Kit) smallChart(v ledger.IndicatorView) template.HTML {
	c := k.burnUpOf(v)
	c.Bare = true
	return c.SVG()
}

// boardRanking shows who stands where, best first. It is all that everybody may read
// of an assessment, and only once it is frozen.
func (k Kit) boardRanking(b *ledger.Board) boardRanking {
	out := boardRanking{Title: k.P.T("board.ranking")}
	r := b.Ranking
	if r == nil {
		return out
	}
	out.Title = k.P.T("board.ranking_of", "period", k.P.Period(r.Period.ID, r.Period.Name))
	out.Note = k.P.T("board.ranking_note", "date", k.P.FullDate(k.P.Day(r.FrozenAt)))
	var ranked []boardRank
	group := ""
	for _, row := range r.Rows {
		line := boardRank{Name: row.Department.Name, Points: k.points(row.Points), Width: "0"}
		if row.Points.Set && row.Points.IsPositive() {
			line.Width = decimal.Min(decimal.NewFromInt(100), row.Points.Decimal).Truncate(1).String() // a bonus may give more; full only when the score is
		}
		if row.Rank == 0 {
			line.Rank = k.P.T("assess.unranked")
			if line.Points == "" {
				line.Points = k.P.T("board.nothing_due")
			}
			out.Apart = append(out.Apart, line)
			continue
		}
		line.Rank = itoa(row.Rank)
		if row.Group != group {
			group, line.Group = row.Group, row.Group
		}
		ranked = append(ranked, line)
	}
	half := (len(ranked) + 1) / 2
	out.Few = half <= 8
	if len(ranked) > rankColumn {
		out.Columns = [][]boardRank{ranked[:half], ranked[half:]}
	} else if len(ranked) > 0 {
		out.Columns = [][]boardRank{ranked}
	}
	return out
}

// rankColumn is how many departments one column has room for.
const rankColumn = 12
