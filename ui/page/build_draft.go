package page

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"duban/workflow"
	"duban/workflow/plan"
)

// draftTexts shows the texts that stand beside the form's own: the draft as it stands,
// where the form holds an older one, and those that others have left.
func (k Kit) draftTexts(r *ReportForm, in ReportInput, v url.Values) {
	if in.Stale {
		r.Stale = &StaleText{Text: k.P.T("rep.stale_gone"), Now: r.Self}
		r.Form.Hidden = append(r.Form.Hidden, Hidden{FieldOver, "1"})
		now := StartReport(k.Rules, in.Trail).values()
		if in.Draft != nil {
			now = in.Draft.values()
			r.Stale.Text = k.P.T("rep.stale", "by", in.Draft.By, "at", in.Draft.At)
		}
		r.Stale.Differ = differ(k.textOf(in, now), k.textOf(in, v))
	}
	for _, e := range in.Earlier {
		key := "rep.earlier_by"
		if e.Submitted {
			key = "rep.earlier_submitted"
		}
		t := EarlierText{Head: k.P.T(key, "by", e.By, "at", e.At)}
		for _, p := range differ(k.textOf(in, e.values()), k.textOf(in, v)) {
			if p.Theirs != "" {
				t.Facts = append(t.Facts, Fact{Label: p.Label, Value: p.Theirs})
			}
		}
		if len(t.Facts) > 0 {
			r.Earlier = append(r.Earlier, t)
		}
	}
}

// olderPlan says that the draft was written under an older version of the plan, and shows
// what was typed that today's form has no place for or has in another unit.
func (k Kit) olderPlan(r *ReportForm, in ReportInput, v url.Values) {
	if in.Typed != nil || in.Draft == nil || in.Draft.Older == nil {
		return
	}
	then := k
	then.Rules = k.Rules.Under(in.Draft.Older)
	o := &olderPlan{Text: k.P.T("rep.older_plan", "at", in.Draft.At)}
	if in.Moved {
		o.Text, o.Alert = k.P.T("rep.plan_moved"), true
	}
	now := k.textOf(in, v)
	for _, f := range then.textOf(in, in.Draft.Typed) {
		if !slices.Contains(now, f) {
			o.Typed = append(o.Typed, f)
		}
	}
	r.OlderPlan = o
}

// Restated is a posted form in the units of today's plan, which it was not made under. r is
// what was read of it.
func Restated(form url.Values, r Reading, old, today *plan.Plan) url.Values {
	d := DraftText{Report: r.Report, Unread: r.Unread}
	d.Restate(old, today)
	out := maps.Clone(form)
	maps.Copy(out, d.values())
	return out
}

// differ pairs the parts that are not the same.
func differ(theirs, yours []Fact) (pairs []TextPair) {
	mine := map[string]string{}
	for _, f := range yours {
		mine[f.Label] = f.Value
	}
	seen := map[string]bool{}
	for _, f := range theirs {
		if seen[f.Label] = true; f.Value != mine[f.Label] {
			pairs = append(pairs, TextPair{f.Label, f.Value, mine[f.Label]})
		}
	}
	for _, f := range yours {
		if !seen[f.Label] {
			pairs = append(pairs, TextPair{f.Label, "", f.Value})
		}
	}
	return pairs
}

// textOf is a report's fields as one reads them, without what is empty.
func (k Kit) textOf(in ReportInput, v url.Values) (all []Fact) {
	add := func(label, value string) {
		if value = strings.TrimSpace(strings.ReplaceAll(value, "\r\n", "\n")); value != "" {
			all = append(all, Fact{Label: label, Value: value})
		}
	}
	if v.Get("no_change") != "" {
		add(k.P.T("rep.no_change"), k.P.T("rep.said", "text", v.Get("reason")))
	}
	for _, ind := range k.Rules.Plan.AllIndicators() {
		add(ind.Title, k.typedFigure(v, ind))
		if next := v.Get(forecastPrefix + ind.ID); next != "" {
			add(k.P.T("rep.forecast_of", "title", ind.Title), next+ind.Unit)
		}
	}
	add(k.P.T("rep.progress"), v.Get("progress"))
	task := k.task(in.Item)
	for _, m := range task.Measures {
		add(m.ID+" "+m.Title, k.typedMeasure(v, measurePrefix+m.ID))
	}
	for _, name := range []string{"obstacles", "asks", "next_steps", "forecast"} {
		add(k.P.T("rep."+name), v.Get(name))
	}
	for _, other := range in.Task {
		if mark := v.Get(inputPrefix + other.ID); mark != "" {
			add(k.P.T("rep.mark_of", "department", other.Department.Name), k.P.Show(workflow.Mark(mark)))
		}
	}
	var files []string
	for _, id := range v["evidence"] {
		files = append(files, k.file(id, in.Files).Name)
	}
	add(k.P.T("rep.evidence"), strings.Join(files, "\n"))
	return all
}

// typedFigure is a figure as it was typed; empty when only the date the page suggests is
// there.
func (k Kit) typedFigure(v url.Values, ind plan.Indicator) string {
	base := figurePrefix + ind.ID + "."
	var parts []string
	if s := v.Get(base + "value"); s != "" {
		parts = append(parts, s+ind.Unit)
	}
	switch v.Get(base + "met") {
	case "true":
		parts = append(parts, k.P.T("ind.met"))
	case "false":
		parts = append(parts, k.P.T("ind.unmet"))
	}
	if s := v.Get(base + "comparison"); s != "" {
		parts = append(parts, k.P.T("ind.compared", "series", ind.RelativeTo, "value", s))
	}
	if v.Get(base+"provisional") != "" {
		parts = append(parts, k.P.T("rep.provisional"))
	}
	if s := v.Get(base + "explanation"); s != "" {
		parts = append(parts, s)
	}
	day := v.Get(base + "as_of")
	if len(parts) == 0 && (day == "" || day == v.Get(fieldSuggested)) {
		return ""
	}
	if day != "" {
		parts = append(parts, k.P.T("rep.typed_as_of", "day", day))
	}
	return strings.Join(parts, "　")
}

// typedMeasure is the word on a measure as it was typed.
func (k Kit) typedMeasure(v url.Values, base string) string {
	var parts []string
	if s := v.Get(base + ".status"); s != "" {
		parts = append(parts, k.P.Show(workflow.MeasureStatus(s)))
	}
	if s := v.Get(base + ".percent"); s != "" {
		parts = append(parts, strings.TrimSuffix(s, "%")+"%")
	}
	if s := v.Get(base + ".note"); s != "" {
		parts = append(parts, s)
	}
	return strings.Join(parts, "　")
}

// Restate gives the figures in the units of today's plan, where they were typed under an
// older one. A number that is not exact in today's unit is kept with the unit it was typed
// in, as what cannot be read: it is asked for anew, and nothing typed is lost.
func (d *DraftText) Restate(old, today *plan.Plan) {
	if old == today {
		return
	}
	d.Older, d.Typed = old, d.values()
	unread := maps.Clone(d.Unread)
	if unread == nil {
		unread = map[string]string{}
	}
	number := func(field, indicator string, n plan.Number) plan.Number {
		then, knew := old.KnownIndicator(indicator)
		now, knows := today.KnownIndicator(indicator)
		if !n.Set || !knew || !knows || then.Unit == now.Unit {
			return n
		}
		value, exact := plan.Convert(n, then.Unit, now.Unit)
		if !exact {
			unread[field] = n.String() + then.Unit
			return plan.Number{}
		}
		return value
	}
	figures := slices.Clone(d.Report.Figures)
	d.Report.Figures = nil
	for _, f := range figures {
		base := figurePrefix + f.Indicator
		f.Value, f.Comparison = number(base+".value", f.Indicator, f.Value), number(base+".comparison", f.Indicator, f.Comparison)
		if unread[base+".value"] == "" && unread[base+".comparison"] == "" {
			d.Report.Figures = append(d.Report.Figures, f)
			continue
		}
		for name, values := range reportValues(workflow.ReportInput{Figures: []workflow.FigureInput{f}}) {
			if len(values) > 0 && unread[name] == "" {
				unread[name] = values[0]
			}
		}
	}
	next := slices.Clone(d.Report.Forecast.Figures)
	d.Report.Forecast.Figures = nil
	for _, x := range next {
		if x.Value = number(forecastPrefix+x.Indicator, x.Indicator, x.Value); x.Value.Set {
			d.Report.Forecast.Figures = append(d.Report.Forecast.Figures, x)
		}
	}
	if len(unread) > 0 {
		d.Unread = unread
	}
}
