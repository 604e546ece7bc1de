package codec

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"duban/workflow"
)

// TestWriterIsJSON holds that rows, the events that normal knows, and texts are
// written byte for byte as encoding/json writes them, and refused when it refuses.
func TestWriterIsJSON(t *testing.T) {
	texts := rapid.OneOf(rapid.StringMatching(`[a-z0-9-]{0,8}`), rapid.String(),
		rapid.SampledFrom([]string{"科技厅", "<&>", "a\u2028b\u2029", "“”…", "a\\b\"c\n\t\x00\x7f", "\xff", "\xe2\x80", "\xe2\x80\xa8x", "\ufffd"}))
	rapid.Check(t, func(t *rapid.T) {
		var a workflow.Assignment
		draw(t, reflect.ValueOf(&a).Elem(), texts)
		want, err := json.Marshal(a)
		got, errGot := Assignment(make([]byte, 0, 10), &a)
		if (err == nil) != (errGot == nil) || err == nil && !bytes.Equal(got, want) {
			t.Fatalf("row\njson  %s %v\nours %s %v", want, err, got, errGot)
		}
		var e workflow.Event
		draw(t, reflect.ValueOf(&e).Elem(), texts)
		if rapid.Bool().Draw(t, "known") {
			e.Data = knownOf(e.Data)
		}
		if known, ok := normal(e); ok {
			want, err := json.Marshal(e)
			got, errGot := encodeEvent(nil, &known)
			if err != nil || errGot != nil || !bytes.Equal(got, want) {
				t.Fatalf("event\njson  %s %v\nours %s %v", want, err, got, errGot)
			}
		}
		said := workflow.Texts(rapid.MapOfN(texts, texts, 0, 20).Draw(t, "texts"))
		want, err = json.Marshal(said)
		if got := appendTexts(nil, said); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("texts\njson  %s %v\nours %s", want, err, got)
		}
	})
}

// knownOf is what normal knows of an event's data.
func knownOf(d workflow.Data) workflow.Data {
	if d.Report != nil {
		d.Report.Figures, d.Report.Forecast, d.Report.Inputs = nil, nil, nil
	}
	return workflow.Data{Due: d.Due, AcceptBy: d.AcceptBy, Wanted: d.Wanted, Role: d.Role, Late: d.Late, N: d.N, Report: d.Report,
		Mark: d.Mark, Grade: d.Grade, Level: d.Level, Workdays: d.Workdays}
}

// TestWriterKnowsEveryField fills every field: none of a row is left out, nor of
// what normal knows of an event.
func TestWriterKnowsEveryField(t *testing.T) {
	var a workflow.Assignment
	filled(t, reflect.ValueOf(&a).Elem())
	p := writerIn(nil)
	if p.assignment(&a); p.Bad || !bytes.Equal(p.B, encoded(t, a)) {
		t.Errorf("the row is written as %s", p.B)
	}
	var e workflow.Event
	filled(t, reflect.ValueOf(&e).Elem(), "Data", "Texts", "Prev", "Hash")
	filled(t, reflect.ValueOf(&e.Data).Elem(), "OpenPeriod", "Plan", "Figure", "Figures", "Forecast", "Inputs", "File", "Account", "Delegation", "Assessment")
	e.Data = knownOf(e.Data)
	known, ok := normal(e)
	if !ok {
		t.Fatal("normal does not know it")
	}
	p = writerIn(nil)
	if p.event(&known); p.Bad || !bytes.Equal(p.B, encoded(t, e)) {
		t.Errorf("the event is written as %s", p.B)
	}
}

// An instant that has no JSON form is refused with encoding/json's word, not written.
func TestWriterRefusesWhatJSONRefuses(t *testing.T) {
	a := workflow.Assignment{ID: "a", Due: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)}
	if b, err := Assignment(nil, &a); err == nil || !strings.Contains(err.Error(), "year") {
		t.Errorf("%s, %v", b, err)
	}
}

func BenchmarkEncode(b *testing.B) {
	at := time.Date(2022, 9, 30, 15, 59, 59, 123, time.FixedZone("", 8*3600))
	a := workflow.Assignment{ID: "2022Q3-06-lead-zrzyt", Version: 3, Seq: 12345, Period: "2022Q3", Task: 6, Department: "zrzyt", Role: workflow.Lead, State: workflow.Reported,
		AssignedAt: at, AcceptBy: at, Due: at, OriginalDue: at, AcceptedAt: &at, ReportedAt: &at, ReportedBy: "li", LastAt: at, LastKind: workflow.KindReported, LastUnit: "zrzyt",
		Reports: []workflow.ReportRef{{N: 1, Seq: 12345, At: at, Due: at}}}
	buf := make([]byte, 0, 4096)
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Assignment(buf, &a); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal(a); err != nil {
				b.Fatal(err)
			}
		}
	})
}
