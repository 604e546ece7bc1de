package codec

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"duban/workflow"
)

// draw fills v at random, with empty fields among the filled.
func draw(t *rapid.T, v reflect.Value, texts *rapid.Generator[string]) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		at := time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "s"), rapid.SampledFrom([]int64{0, 1, 123456789, 500000000}).Draw(t, "ns")).UTC()
		if rapid.Bool().Draw(t, "zone") {
			at = at.In(time.FixedZone("", 8*3600))
		}
		v.Set(reflect.ValueOf(at))
		return
	}
	switch {
	case v.Kind() == reflect.Pointer && rapid.Bool().Draw(t, "there"):
		v.Set(reflect.New(v.Type().Elem()))
		draw(t, v.Elem(), texts)
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() != reflect.Uint8:
		v.Set(reflect.MakeSlice(v.Type(), rapid.IntRange(0, 2).Draw(t, "n"), 4))
		for i := range v.Len() {
			draw(t, v.Index(i), texts)
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Tag.Get("json") != "-" && rapid.Bool().Draw(t, f.Name) {
				draw(t, v.Field(i), texts)
			}
		}
	case v.Kind() == reflect.String:
		v.SetString(texts.Draw(t, "text"))
	case v.CanInt():
		v.SetInt(int64(rapid.IntRange(-1, 1<<31).Draw(t, "int")))
	case v.CanUint():
		v.SetUint(rapid.Uint64Range(0, 1<<v.Type().Bits()>>1).Draw(t, "uint"))
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	}
}

// same holds unmarshal against encoding/json on the same bytes.
func same[T any](t *rapid.T, b []byte) {
	var want, got T
	errWant, errGot := json.Unmarshal(b, &want), unmarshal(b, &got, map[string]string{})
	if (errWant == nil) != (errGot == nil) || errWant == nil && !reflect.DeepEqual(want, got) {
		t.Fatalf("%s\njson  %+v %v\nours %+v %v", b, want, errWant, got, errGot)
	}
}

// TestReaderIsJSON holds that rows and events are read as encoding/json reads them,
// whatever they hold, and when a byte of them is changed.
func TestReaderIsJSON(t *testing.T) {
	texts := rapid.OneOf(rapid.StringMatching(`[a-z0-9-]{0,8}`), rapid.String(), rapid.SampledFrom([]string{"科技厅", "<&>", "\u2028", "a\\b\"c"}))
	rapid.Check(t, func(t *rapid.T) {
		var a workflow.Assignment
		var e workflow.Event
		draw(t, reflect.ValueOf(&a).Elem(), texts)
		draw(t, reflect.ValueOf(&e).Elem(), texts)
		said := workflow.Texts(rapid.MapOfN(texts, texts, 1, 3).Draw(t, "texts"))
		for i, v := range []any{a, e, said} {
			b, err := json.Marshal(v)
			if err != nil {
				t.Skip("a number or a date of no meaning")
			}
			check := []func(*rapid.T, []byte){same[workflow.Assignment], same[workflow.Event], same[workflow.Texts]}[i]
			check(t, b)
			at := rapid.IntRange(0, len(b)-1).Draw(t, "at")
			check(t, b[:at])
			b[at] = rapid.OneOf(rapid.Byte(), rapid.SampledFrom([]byte(`{}[]",:\ 0`))).Draw(t, "byte")
			check(t, b)
		}
	})
}

// TestReaderKnowsEveryField fills every field of a row and of an event's frame: none
// is left to encoding/json. Whoever adds a field to a struct adds it to reader.
func TestReaderKnowsEveryField(t *testing.T) {
	var a workflow.Assignment
	filled(t, reflect.ValueOf(&a).Elem(), "Extensions")
	var e workflow.Event
	filled(t, reflect.ValueOf(&e).Elem(), "Figures", "Forecast", "Inputs", "Workdays", "Wanted", "TransferredTo", "SpecialPeriod", "OpenPeriod", "Plan", "Indicator", "Figure",
		"Owner", "Corrects", "File", "Account", "Redacted", "Export", "Signing", "Prepared", "Assessment", "Texts", "Prev", "Hash")
	var gotA workflow.Assignment
	if q := (reader{b: encoded(t, a)}); true {
		if q.assignment(&gotA); !q.whole() || !reflect.DeepEqual(a, gotA) {
			t.Errorf("the row is not read, from %.60s on", q.b)
		}
	}
	var gotE workflow.Event
	if q := (reader{b: encoded(t, e)}); true {
		if q.event(&gotE); !q.whole() || !reflect.DeepEqual(e, gotE) {
			t.Errorf("the event is not read, from %.60s on", q.b)
		}
	}
}

// TestReaderLeavesTheRest holds that what an event seldom carries is read too, and
// through encoding/json.
func TestReaderLeavesTheRest(t *testing.T) {
	days := 3
	for _, d := range []workflow.Data{{Workdays: &days}, {N: 1, Wanted: new(time.Unix(0, 0).UTC())}, {Plan: &workflow.PlanRef{ID: "p"}}, {Export: "ledger"}} {
		want := workflow.Event{Seq: 7, Kind: workflow.KindNoted, Data: d, TextDigest: "00"}
		var got workflow.Event
		q := reader{b: encoded(t, want)}
		if q.event(&got); !q.whole() || !reflect.DeepEqual(want, got) {
			t.Errorf("%+v is read as %+v, left %s", want, got, q.b)
		}
	}
}

func encoded(t *testing.T, v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// filled gives every field a value, except those named.
func filled(t *testing.T, v reflect.Value, except ...string) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Date(2022, 9, 30, 15, 59, 59, 0, time.UTC)))
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		filled(t, v.Elem(), except...)
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			filled(t, v.Index(i), except...)
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if !strings.Contains(" "+strings.Join(except, " ")+" ", " "+v.Type().Field(i).Name+" ") {
				filled(t, v.Field(i), except...)
			}
		}
	case v.Kind() == reflect.String:
		v.SetString("x")
	case v.CanInt():
		v.SetInt(1)
	case v.CanUint():
		v.SetUint(1)
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	default:
		t.Fatalf("teach this test about %s", v.Type())
	}
}
