package codec

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"duban/workflow"
	"duban/workflow/plan"
)

// A series put together from points encoded before is what json.Marshal makes of
// it, whatever changed, was added or taken away.
func TestEncodeSeries(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	at := time.Date(2022, 9, 30, 9, 0, 0, 0, time.FixedZone("", 8*3600))
	met := true
	row, old := workflow.Series{Indicator: "G1.1"}, (*Series)(nil)
	for round := range 300 {
		row.Seq++
		points := append([]workflow.Point(nil), row.Points...)
		switch n := rnd.IntN(6); {
		case round == 0: // no points at all
		case n == 0 && len(points) > 0:
			points[rnd.IntN(len(points))].Status = workflow.PointVoid
		case n == 1 && len(points) > 0:
			points[rnd.IntN(len(points))].ReplacedBy = row.Seq
		case n == 2 && len(points) > 0:
			points = append(points[:0], points[1:]...)
		case n == 3:
			row.Owner = []string{"", "scjg", "<zr&>"}[rnd.IntN(3)]
		default:
			p := workflow.Point{Figure: workflow.Figure{Indicator: "G1.1", Value: plan.Num(rnd.Int64N(1000)),
				AsOf: plan.Date{Year: 2022, Month: 9, Day: 30}}, Seq: row.Seq, At: at.Add(time.Duration(round)), Unit: "scjg", Status: workflow.PointReported}
			if n == 5 {
				p.Met, p.Assignment = &met, "2022Q3-01-lead-scjg"
			}
			points = append(points, p)
		}
		row.Points = points
		next, got, err := EncodeSeries(row, old)
		if err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal(row)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("round %d:\n%s\n%s", round, got, want)
		}
		old = next
	}
	if len(row.Points) < 20 {
		t.Errorf("only %d points", len(row.Points))
	}
}
