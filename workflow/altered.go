package workflow

import (
	"encoding/json"
	"slices"
	"strings"
)

// AlteredAll stands in AlteredRef.Fields for a report of which nothing had been submitted: all
// of it is the signatory's own.
const AlteredAll = "report"

// altered lists the fields of a report that are not as they were submitted for signature.
// Who reads the record must not take for the liaison's what the signatory wrote.
func (d Draft) altered(filed ReportInput) (*AlteredRef, error) {
	if d.Signing == nil {
		return &AlteredRef{[]string{AlteredAll}}, nil
	}
	body := d.Signing.Body
	if body == nil { // kept before submissions were
		if d.By != d.Signing.Preparer {
			return nil, nil
		}
		body = d.Body
	}
	var submitted ReportInput
	if err := json.Unmarshal(body, &submitted); err != nil {
		return nil, err
	}
	was, is := submitted.parts(), filed.parts()
	var fields []string
	for i, p := range is {
		a, err := json.Marshal(was[i].value)
		if err != nil {
			return nil, err
		}
		b, err := json.Marshal(p.value)
		if err != nil {
			return nil, err
		}
		if string(a) != string(b) {
			fields = append(fields, p.field)
		}
	}
	if len(fields) == 0 {
		return nil, nil
	}
	return &AlteredRef{fields}, nil
}

// part is a field of a report in the form it is compared in: as it would be recorded, in
// an order that does not depend on who sent it.
type part struct {
	field string
	value any
}

func (in ReportInput) parts() []part {
	in.Measures, in.Figures, in.Inputs = slices.Clone(in.Measures), slices.Clone(in.Figures), slices.Clone(in.Inputs)
	forecasts := slices.Clone(in.Forecast.Figures)
	for i := range in.Measures {
		in.Measures[i].Note = plainText(in.Measures[i].Note)
	}
	for i := range in.Figures {
		in.Figures[i].Explanation = plainText(in.Figures[i].Explanation)
	}
	slices.SortStableFunc(in.Measures, func(a, b MeasureInput) int { return strings.Compare(a.ID, b.ID) })
	slices.SortStableFunc(in.Figures, func(a, b FigureInput) int { return strings.Compare(a.Indicator, b.Indicator) })
	slices.SortStableFunc(in.Inputs, func(a, b Input) int { return strings.Compare(a.Assignment, b.Assignment) })
	slices.SortStableFunc(forecasts, func(a, b Forecast) int { return strings.Compare(a.Indicator, b.Indicator) })
	evidence := slices.Sorted(slices.Values(in.Evidence))
	reason := ""
	if in.NoChange {
		reason = plainText(in.Reason)
	}
	return []part{{"no_change", in.NoChange}, {"reason", reason}, {"progress", plainText(in.Progress)},
		{"measures", some(in.Measures)}, {"figures", some(in.Figures)}, {"obstacles", plainText(in.Obstacles)},
		{"asks", plainText(in.Asks)}, {"next_steps", plainText(in.NextSteps)},
		{"forecast", []any{plainText(in.Forecast.Text), some(forecasts)}}, {"inputs", some(in.Inputs)},
		{"evidence", some(slices.Compact(evidence))}}
}

// some is the list, with none for an empty one.
func some[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}

// plainText is a text as it would be recorded; one that would be refused, as it is.
func plainText(s string) string {
	clean, err := Text("", s, LongText)
	if err != nil {
		return s
	}
	return clean
}
