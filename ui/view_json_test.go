package ui

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"duban/ui/view"
	"duban/workflow/plan"
)

// drawn fills v at random, with empty fields among the filled; all: none is left empty.
func drawn(t *rapid.T, v reflect.Value, all bool) {
	switch at := v.Addr().Interface().(type) {
	case *time.Time:
		*at = time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "s"), rapid.SampledFrom([]int64{0, 123456789}).Draw(t, "ns")).In(time.FixedZone("", 8*3600))
		return
	case *plan.Number:
		if rapid.Bool().Draw(t, "set") {
			*at = plan.Num(rapid.Int64Range(-9, 9).Draw(t, "n"))
		}
		return
	case *plan.Date:
		*at = plan.Date{Year: 2022, Month: 9, Day: 30}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if all || rapid.Bool().Draw(t, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			drawn(t, v.Elem(), all)
		}
	case reflect.Slice:
		if n := rapid.IntRange(-1, 2).Draw(t, "n"); all || n >= 0 {
			v.Set(reflect.MakeSlice(v.Type(), max(n, 0), 4))
		}
		for i := range v.Len() {
			drawn(t, v.Index(i), all)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.Tag.Get("json") != "-" && f.Name != "Events" && f.Name != "Reports" && (all || f.Anonymous || rapid.Bool().Draw(t, f.Name)) {
				drawn(t, v.Field(i), all)
			}
		}
	case reflect.String:
		v.SetString(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"科技厅", "<&>\n", "a\u2028", "\xff"})).Draw(t, "text"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64Range(-1, 99).Draw(t, "int"))
	case reflect.Uint64:
		v.SetUint(rapid.Uint64().Draw(t, "uint"))
	case reflect.Bool:
		v.SetBool(all || rapid.Bool().Draw(t, "bool"))
	default:
		t.Fatalf("teach this test about %s", v.Type())
	}
}

// An act's answer is what encoding/json makes of it, whatever is filled and when all is.
func TestAssignmentViewIsJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var v view.AssignmentView
		drawn(t, reflect.ValueOf(&v).Elem(), rapid.Bool().Draw(t, "all"))
		want, err := json.Marshal(v)
		got, errGot := v.Encode()
		if err != nil || errGot != nil || string(got) != string(want) {
			t.Fatalf("json %s %v\nview %s %v", want, err, got, errGot)
		}
	})
	late := view.AssignmentView{}
	late.Due = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
	if _, err := late.Encode(); err == nil {
		t.Error("an instant without a JSON form is written")
	}
}
