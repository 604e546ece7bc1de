package page

import (
	"strings"

	"duban/workflow"
	"duban/workflow/plan"
)

// Filed is a filed report with what is needed to show it beside its past.
type Filed struct {
	Event  workflow.Event  // reported
	Before *workflow.Event // the last report of an earlier period, for last values and forecasts
	Series map[string]workflow.Series
	Files  map[string]workflow.File // evidence by id
	Names  map[string]string        // departments of the lead's inputs, by assignment
}

// reportView shows a filed report, read only, with the names, measures and units it was
// filed under.
func (k Kit) reportView(f Filed) ReportView {
	e := f.Event
	task, _ := k.Rules.TaskAt(e.Seq, e.Task)
	r := e.Data.Report
	v := ReportView{N: e.Data.N, At: k.when(e.At), By: k.by(e), Progress: e.Texts["progress"],
		Obstacles: e.Texts["obstacles"], Asks: e.Texts["asks"], NextSteps: e.Texts["next_steps"],
		Forecast: e.Texts["forecast"], Reason: e.Texts["reason"],
		Redacted: e.TextDigest != "" && e.Texts == nil}
	v.Signed = k.signedLines(e.Data)
	if e.Data.Late {
		v.Late = k.P.T("due.reported_late")
	}
	if r == nil {
		return v
	}
	v.NoChange = r.NoChange
	v.Measures = k.measureViews(task, r.Measures, e.Texts)
	for _, fig := range r.Figures {
		v.Figures = append(v.Figures, k.figureView(fig, f))
	}
	for _, in := range r.Inputs {
		v.Inputs = append(v.Inputs, CoopRow{ID: in.Assignment, URL: AssignmentPath(in.Assignment),
			Department: f.Names[in.Assignment], Mark: k.P.Show(in.Mark)})
	}
	for _, id := range r.Missing {
		v.Missing = append(v.Missing, k.Rules.UnitAt(e.Seq, id))
	}
	for _, id := range r.Evidence {
		v.Evidence = append(v.Evidence, k.file(id, f.Files))
	}
	return v
}

func (k Kit) measureViews(task plan.Task, said []workflow.MeasureData, texts workflow.Texts) []MeasureView {
	var out []MeasureView
	for _, m := range task.Measures {
		v := MeasureView{ID: m.ID, Title: m.Title, Status: k.P.T("measure_status.not_reported"), Class: "no_change"}
		for _, d := range said {
			if d.ID == m.ID {
				v.Status, v.Class, v.Note = k.P.Show(d.Status), string(d.Status), texts["measure."+m.ID]
				if d.Percent != nil {
					v.Percent = itoa(*d.Percent) + "%"
				}
			}
		}
		out = append(out, v)
	}
	return out
}

func (k Kit) figureView(fig workflow.Figure, f Filed) FigureView {
	then := k.Rules.Under(k.Rules.PlanAt(f.Event.Seq))
	in, _ := k.Rules.IndicatorAt(f.Event.Seq, fig.Indicator)
	v := FigureView{ID: fig.Indicator, Title: name(in), URL: IndicatorPath(fig.Indicator), Value: k.P.Number(fig.Value),
		Unit: in.Unit, AsOf: k.P.Date(fig.AsOf), Provisional: fig.Provisional, Target: k.target(in),
		Percent: k.share(fig.Value, in), Explanation: f.Event.Texts["figure."+fig.Indicator]}
	if v.Title == "" {
		v.Title = fig.Indicator
	}
	if in.RelativeTo != "" && fig.Comparison.Set {
		v.Target = k.P.T("ind.compared", "series", in.RelativeTo, "value", fig.Comparison)
	}
	if in.Kind != "" && in.Kind != plan.Judged {
		v.Kind = k.P.T("figure_kind." + string(in.Kind))
	}
	if fig.Met != nil {
		v.Met, v.Unit = k.met(*fig.Met), ""
	}
	if p := pointBefore(then.Present(f.Series[fig.Indicator]), f.Event.Seq); p != nil {
		v.Last = k.P.Number(p.Value)
	}
	if want := k.forecastOf(f.Before, in); want.Set {
		v.Forecast = k.P.Number(want)
		if fig.Value.Set {
			v.Difference = k.difference(fig.Value, want)
		}
	}
	if f.Event.Data.Report != nil {
		for _, x := range f.Event.Data.Report.Forecast {
			if x.Indicator == fig.Indicator {
				v.Next = k.P.Number(x.Value)
			}
		}
	}
	return v
}

func (k Kit) met(ok bool) string {
	if ok {
		return k.P.T("ind.met")
	}
	return k.P.T("ind.unmet")
}

// difference is actual minus forecast, with its sign.
func (k Kit) difference(actual, want plan.Number) string {
	d := plan.Number{Decimal: actual.Sub(want.Decimal), Set: true}
	s := k.P.Number(d)
	if d.IsPositive() {
		s = "+" + s
	}
	return k.P.T("rep.difference", "value", s)
}

// forecastOf is what a report expected of an indicator; unset when it said nothing.
func (k Kit) forecastOf(e *workflow.Event, now plan.Indicator) plan.Number {
	if e == nil || e.Data.Report == nil {
		return plan.Number{}
	}
	for _, x := range e.Data.Report.Forecast {
		if x.Indicator == now.ID {
			then, _ := k.Rules.IndicatorAt(e.Seq, now.ID)
			if value, ok := plan.Convert(x.Value, then.Unit, now.Unit); ok {
				return value
			}
		}
	}
	return plan.Number{}
}

// pointBefore is the newest figure that counts and came before the event at seq
// (0: any).
func pointBefore(s workflow.Series, seq uint64) *workflow.Point {
	var best *workflow.Point
	for n := range s.Points {
		p := &s.Points[n]
		if !p.Counts() || seq != 0 && p.Seq >= seq {
			continue
		}
		if best == nil || !p.AsOf.Before(best.AsOf) {
			best = p
		}
	}
	return best
}

func (k Kit) file(id string, files map[string]workflow.File) FileView {
	f, ok := files[id]
	v := FileView{ID: id, Name: f.Name, URL: "/api/v1/files/" + id, Size: k.P.Size(f.Size), Gone: f.Gone || !ok, Page: EvidencePath(id)}
	if strings.TrimSpace(v.Name) == "" {
		v.Name = id
	}
	return v
}
