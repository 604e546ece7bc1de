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

// Reading is a report form as it was posted: what could be read, and which fields
// could not.
type Reading struct {
	Report workflow.ReportInput
	Bad    []*workflow.Error // Field is the form field's name
	fields map[string]string // JSON field to form field: figures.0 is figure.G5.1
}

// ReadReport reads the report form. A number or date that cannot be read is left
// out of the report and named in Bad; a figure without a value was not given.
func ReadReport(form url.Values, p *plan.Plan, no int) Reading {
	r := Reading{fields: map[string]string{}}
	in := &r.Report
	in.Progress, in.Obstacles, in.Asks = form.Get("progress"), form.Get("obstacles"), form.Get("asks")
	in.NextSteps, in.Forecast.Text = form.Get("next_steps"), form.Get("forecast")
	if in.NoChange = form.Get("no_change") != ""; in.NoChange {
		in.Reason = form.Get("reason") // the form offers a usual one, which means nothing without the tick
	}
	in.Evidence = form["evidence"]
	task, _ := p.Task(no)
	for _, m := range task.Measures {
		r.measure(form, m.ID)
	}
	for _, ind := range p.AllIndicators() {
		r.figure(form, ind)
		if s := form.Get(forecastPrefix + ind.ID); s != "" {
			if n, ok := r.number(forecastPrefix+ind.ID, s); ok {
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
			r.Bad = append(r.Bad, workflow.BadField(base+".percent", "form.percent", "value", percent))
		} else {
			m.Percent = &n
		}
	}
	r.fields["measures."+strconv.Itoa(len(r.Report.Measures))] = base
	r.Report.Measures = append(r.Report.Measures, m)
}

func (r *Reading) figure(form url.Values, ind plan.Indicator) {
	base := figurePrefix + ind.ID
	value, met := strings.TrimSpace(form.Get(base+".value")), form.Get(base+".met")
	if value == "" && met == "" {
		return
	}
	f := workflow.FigureInput{Indicator: ind.ID, Provisional: form.Get(base+".provisional") != "", Explanation: form.Get(base + ".explanation")}
	ok := true
	if value != "" {
		f.Value, ok = r.number(base+".value", value)
	}
	if met != "" {
		b := met == "true"
		f.Met = &b
	}
	if s := strings.TrimSpace(form.Get(base + ".comparison")); s != "" {
		n, good := r.number(base+".comparison", s)
		f.Comparison, ok = n, ok && good
	}
	if s := form.Get(base + ".as_of"); s != "" {
		d, err := calendar.ParseDate(s)
		if err != nil {
			r.Bad = append(r.Bad, workflow.BadField(base+".as_of", "form.date", "value", s))
			ok = false
		}
		f.AsOf = d
	}
	if !ok {
		return
	}
	r.fields["figures."+strconv.Itoa(len(r.Report.Figures))] = base
	r.Report.Figures = append(r.Report.Figures, f)
}

// number reads a figure as people write it.
func (r *Reading) number(field, s string) (plan.Number, bool) {
	n, err := plan.TypedNumber(s)
	if err != nil {
		r.Bad = append(r.Bad, workflow.BadField(field, "form.number", "value", s))
		return plan.Number{}, false
	}
	return n, true
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
