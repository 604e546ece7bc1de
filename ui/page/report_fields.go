package page

import (
	"net/url"
	"sort"
	"strconv"
	"strings"

	"duban/workflow"
	"duban/workflow/calendar"
	"duban/workflow/plan"
)

// Field names of the report form. ReadReport and the form's builder are the only
// two that know them.
const (
	measurePrefix  = "measure."
	figurePrefix   = "figure."
	forecastPrefix = "forecast."
	inputPrefix    = "input."
)

// Fields of the report form that are no part of the report.
const (
	FieldDraft     = "draft"     // the tag of the draft that the page shows
	FieldOver      = "over"      // another's text was shown, and this is wanted in its place
	fieldSuggested = "suggested" // the statistical date that the page suggests
)

// Reading is a report form as it was posted: what could be read, and which fields
// could not.
type Reading struct {
	Report workflow.ReportInput
	Bad    []*workflow.Error // Field is the form field's name
	// Unread is what was typed and is not in the report, by the form field's name: what
	// cannot be read, and what means nothing yet. A draft keeps it, so that it is there again.
	Unread map[string]string
	fields map[string]string // JSON field to form field: figures.0 is figure.G5.1
}

// ReadReport reads the report form. A number or date that cannot be read is left
// out of the report and named in Bad; a figure that nothing was typed of was not given.
func ReadReport(form url.Values, p *plan.Plan, no int) Reading {
	r := Reading{fields: map[string]string{}, Unread: map[string]string{}}
	in := &r.Report
	in.Progress, in.Obstacles, in.Asks = form.Get("progress"), form.Get("obstacles"), form.Get("asks")
	in.NextSteps, in.Forecast.Text = form.Get("next_steps"), form.Get("forecast")
	if in.NoChange = form.Get("no_change") != ""; in.NoChange {
		in.Reason = form.Get("reason")
	} else if reason := form.Get("reason"); reason != "" { // the form offers a usual one, which means nothing without the tick
		r.Unread["reason"] = reason
	}
	in.Evidence = form["evidence"]
	task, _ := p.Task(no)
	for _, m := range task.Measures {
		r.measure(form, m.ID)
	}
	for _, ind := range p.AllIndicators() {
		r.figure(form, ind)
		if s := form.Get(forecastPrefix + ind.ID); s != "" {
			if n := r.number(forecastPrefix+ind.ID, s); n.Set {
				r.fields["forecast."+strconv.Itoa(len(in.Forecast.Figures))] = forecastPrefix + ind.ID
				in.Forecast.Figures = append(in.Forecast.Figures, workflow.Forecast{Indicator: ind.ID, Value: n})
			}
		}
	}
	var marks []string
	for name := range form {
		if strings.HasPrefix(name, inputPrefix) && form.Get(name) != "" {
			marks = append(marks, name)
		}
	}
	sort.Strings(marks)
	for _, name := range marks {
		r.fields["inputs."+strconv.Itoa(len(in.Inputs))] = name
		in.Inputs = append(in.Inputs, workflow.Input{Assignment: strings.TrimPrefix(name, inputPrefix), Mark: workflow.Mark(form.Get(name))})
	}
	return r
}

func (r *Reading) measure(form url.Values, id string) {
	base := measurePrefix + id
	status, note, percent := form.Get(base+".status"), form.Get(base+".note"), strings.TrimSpace(form.Get(base+".percent"))
	if status == "" && note == "" && percent == "" {
		return
	}
	m := workflow.MeasureInput{ID: id, Status: workflow.MeasureStatus(status), Note: note}
	if percent != "" {
		n, err := strconv.Atoi(strings.TrimSuffix(percent, "%"))
		if err != nil {
			r.bad(base+".percent", "form.percent", percent)
		} else {
			m.Percent = &n
		}
	}
	r.fields["measures."+strconv.Itoa(len(r.Report.Measures))] = base
	r.Report.Measures = append(r.Report.Measures, m)
}

// bad notes a field that cannot be read, with what was typed.
func (r *Reading) bad(field, code, typed string) {
	r.Bad = append(r.Bad, workflow.BadField(field, code, "value", typed))
	r.Unread[field] = typed
}

func (r *Reading) figure(form url.Values, ind plan.Indicator) {
	base := figurePrefix + ind.ID
	typed := map[string]string{}
	for _, name := range figureFields {
		if s := strings.TrimSpace(form.Get(base + "." + name)); s != "" {
			typed[name] = s
		}
	}
	day := typed["as_of"]
	if delete(typed, "as_of"); day == form.Get(fieldSuggested) && len(typed) == 0 {
		return // the page fills in a date, and nobody touched it
	}
	f := workflow.FigureInput{Indicator: ind.ID, Provisional: typed["provisional"] != "", Explanation: form.Get(base + ".explanation")}
	before := len(r.Bad)
	f.Value = r.number(base+".value", typed["value"])
	f.Comparison = r.number(base+".comparison", typed["comparison"])
	if met := typed["met"]; met != "" {
		b := met == "true"
		f.Met = &b
	}
	if day != "" {
		d, err := calendar.ParseDate(day)
		if err != nil {
			r.bad(base+".as_of", "form.date", day)
		}
		f.AsOf = d
	}
	if len(r.Bad) > before || len(typed) == 0 {
		for name, s := range typed {
			r.Unread[base+"."+name] = s
		}
		if day != "" {
			r.Unread[base+".as_of"] = day
		}
		return
	}
	r.fields["figures."+strconv.Itoa(len(r.Report.Figures))] = base
	r.Report.Figures = append(r.Report.Figures, f)
}

// figureFields are what the form asks of a figure.
var figureFields = []string{"value", "as_of", "comparison", "explanation", "provisional", "met"}

// number reads a figure as people write it; nothing typed is unset.
func (r *Reading) number(field, s string) plan.Number {
	n, err := plan.TypedNumber(s)
	if err != nil {
		r.bad(field, "form.number", s)
		return plan.Number{}
	}
	return n
}

// ForgetFigure drops what was typed of an indicator's figure and could not be read.
func ForgetFigure(unread map[string]string, indicator string) map[string]string {
	left := map[string]string{}
	for name, s := range unread {
		if !strings.HasPrefix(name, figurePrefix+indicator+".") {
			left[name] = s
		}
	}
	return left
}

// FormField is the form's name of a field of the report: figures.0.value is
// figure.G5.1.value, progress stays progress.
func (r Reading) FormField(field string) string {
	parts := strings.SplitN(field, ".", 3)
	if len(parts) >= 2 {
		if base, ok := r.fields[parts[0]+"."+parts[1]]; ok {
			if len(parts) == 3 && strings.Contains(base, ".") && !strings.HasPrefix(base, inputPrefix) && !strings.HasPrefix(base, forecastPrefix) {
				return base + "." + parts[2]
			}
			return base
		}
	}
	return field
}

// reportValues are a report as the form's fields, for a draft or the last report.
func reportValues(in workflow.ReportInput) url.Values {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("progress", in.Progress)
	set("obstacles", in.Obstacles)
	set("asks", in.Asks)
	set("next_steps", in.NextSteps)
	set("forecast", in.Forecast.Text)
	set("reason", in.Reason)
	if in.NoChange {
		v.Set("no_change", "1")
	}
	for _, m := range in.Measures {
		set(measurePrefix+m.ID+".status", string(m.Status))
		set(measurePrefix+m.ID+".note", m.Note)
		if m.Percent != nil {
			v.Set(measurePrefix+m.ID+".percent", strconv.Itoa(*m.Percent))
		}
	}
	for _, f := range in.Figures {
		base := figurePrefix + f.Indicator
		set(base+".value", f.Value.String())
		set(base+".as_of", f.AsOf.String())
		set(base+".comparison", f.Comparison.String())
		set(base+".explanation", f.Explanation)
		if f.Provisional {
			v.Set(base+".provisional", "1")
		}
		if f.Met != nil {
			v.Set(base+".met", strconv.FormatBool(*f.Met))
		}
	}
	for _, x := range in.Forecast.Figures {
		set(forecastPrefix+x.Indicator, x.Value.String())
	}
	for _, x := range in.Inputs {
		set(inputPrefix+x.Assignment, string(x.Mark))
	}
	v["evidence"] = in.Evidence
	return v
}

// reportOf is a filed report as an input, to start a new one from.
func reportOf(e workflow.Event) workflow.ReportInput {
	in := workflow.ReportInput{Progress: e.Texts["progress"], Obstacles: e.Texts["obstacles"], Asks: e.Texts["asks"],
		NextSteps: e.Texts["next_steps"], Reason: e.Texts["reason"], Forecast: workflow.ForecastInput{Text: e.Texts["forecast"]}}
	r := e.Data.Report
	if r == nil {
		return in
	}
	in.NoChange, in.Evidence, in.Inputs, in.Forecast.Figures = r.NoChange, r.Evidence, r.Inputs, r.Forecast
	for _, m := range r.Measures {
		in.Measures = append(in.Measures, workflow.MeasureInput{ID: m.ID, Status: m.Status, Percent: m.Percent, Note: e.Texts["measure."+m.ID]})
	}
	for _, f := range r.Figures {
		in.Figures = append(in.Figures, workflow.FigureInput{Indicator: f.Indicator, Value: f.Value, AsOf: f.AsOf,
			Provisional: f.Provisional, Comparison: f.Comparison, Met: f.Met, Explanation: e.Texts["figure."+f.Indicator]})
	}
	return in
}
