package codec

import (
	"time"
	"unicode/utf8"

	"duban/workflow"
)

// normal is the event as decoding its stored bytes would give it: a time keeps nothing but
// its offset, and an empty list is no list. Most events are of a few plain fields, and
// decoding them again would be a tenth of what an act costs. False when there is anything
// else in it: then only decoding can tell. A test sets every field that there is, so a
// field that normal does not know is not lost here.
func normal(e workflow.Event) (workflow.Event, bool) {
	out := workflow.Event{Seq: e.Seq, At: e.At, RecordedAt: e.RecordedAt, Kind: e.Kind, Assignment: e.Assignment, Period: e.Period,
		Task: e.Task, Department: e.Department, Actor: e.Actor, From: e.From, To: e.To, TextDigest: e.TextDigest}
	d := e.Data
	out.Data = workflow.Data{Due: d.Due, AcceptBy: d.AcceptBy, Wanted: d.Wanted, Role: d.Role, Late: d.Late, N: d.N,
		Mark: d.Mark, Grade: d.Grade, Level: d.Level, Workdays: clonePtr(d.Workdays)}
	if !onlyKnown(d) || !valid(string(e.Kind), e.Assignment, e.Period, e.Department, e.Actor.User, e.Actor.Unit, e.Actor.OnBehalf,
		string(e.From), string(e.To), e.TextDigest, string(d.Role), string(d.Mark), string(d.Grade), string(d.Level)) {
		return e, false
	}
	for _, t := range []*time.Time{&out.At, &out.RecordedAt} {
		if !normalTime(t) {
			return e, false
		}
	}
	for _, t := range []**time.Time{&out.Data.Due, &out.Data.AcceptBy, &out.Data.Wanted} {
		if *t = clonePtr(*t); *t != nil && !normalTime(*t) {
			return e, false
		}
	}
	if d.Report != nil {
		r, ok := normalReport(*d.Report)
		if !ok {
			return e, false
		}
		out.Data.Report = &r
	}
	return out, true
}

// onlyKnown reports that the event's data holds nothing but the fields that normal knows.
func onlyKnown(d workflow.Data) bool {
	d.Due, d.AcceptBy, d.Wanted, d.Workdays, d.Report = nil, nil, nil, nil, nil
	d.Role, d.Late, d.N, d.Mark, d.Grade, d.Level = "", false, 0, "", "", ""
	return d == workflow.Data{}
}

func normalReport(r workflow.ReportData) (workflow.ReportData, bool) {
	out := workflow.ReportData{NoChange: r.NoChange, HasAsks: r.HasAsks, Ask: r.Ask}
	if r.Figures != nil || r.Forecast != nil || r.Inputs != nil {
		return r, false
	}
	if len(r.Measures) > 0 {
		out.Measures = make([]workflow.MeasureData, 0, len(r.Measures))
	}
	for _, m := range r.Measures {
		known := workflow.MeasureData{ID: m.ID, Status: m.Status, Percent: m.Percent}
		if m != known || !valid(m.ID, string(m.Status)) {
			return r, false
		}
		known.Percent = clonePtr(m.Percent)
		out.Measures = append(out.Measures, known)
	}
	out.Missing, out.Evidence = append(out.Missing, r.Missing...), append(out.Evidence, r.Evidence...)
	return out, valid(out.Missing...) && valid(out.Evidence...)
}

// normalTime makes t what its text says; false when it has none.
func normalTime(t *time.Time) bool {
	var buf [40]byte
	b, err := t.AppendText(buf[:0])
	return err == nil && t.UnmarshalText(b) == nil
}

func valid(texts ...string) bool {
	for _, t := range texts {
		if !utf8.ValidString(t) {
			return false
		}
	}
	return true
}
