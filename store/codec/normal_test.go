package codec

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"duban/workflow"
)

// awkward are values that JSON gives back otherwise than they went in.
var awkward = map[reflect.Type][]any{
	reflect.TypeFor[string]():    {"x", "a\xffb", "<&\u2028"},
	reflect.TypeFor[int]():       {3},
	reflect.TypeFor[int64]():     {int64(3)},
	reflect.TypeFor[uint64]():    {uint64(3)},
	reflect.TypeFor[bool]():      {true},
	reflect.TypeFor[time.Time](): {time.Now(), time.Unix(0, 5).UTC(), time.Date(2022, 9, 30, 9, 0, 0, 1, time.FixedZone("CST", 8*3600))},
}

// each calls fn with every field below v set, one at a time, to every awkward value.
func each(v reflect.Value, path string, fn func(path string)) {
	if values := awkward[v.Type()]; v.Type() == reflect.TypeFor[time.Time]() {
		for _, x := range values {
			v.Set(reflect.ValueOf(x))
			fn(path)
		}
		v.SetZero()
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Tag.Get("json") != "-" {
				each(v.Field(i), path+"."+f.Name, fn)
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fn(path + " not nil")
		each(v.Elem(), path, fn)
		v.SetZero()
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 0, 1))
		fn(path + " empty")
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		each(v.Index(0), path+"[0]", fn)
		v.SetZero()
	default:
		for t, values := range awkward {
			if t.Kind() != v.Kind() {
				continue
			}
			for _, x := range values {
				v.Set(reflect.ValueOf(x).Convert(v.Type()))
				fn(fmt.Sprintf("%s=%q", path, fmt.Sprint(x)))
			}
			v.SetZero()
		}
	}
}

// TestNormal: an event that normal answers for is the one that decoding gives, whatever
// field is set to whatever value. A field that normal does not know is left to decoding.
func TestNormal(t *testing.T) {
	var e workflow.Event
	asked, answered := 0, 0
	each(reflect.ValueOf(&e).Elem(), "Event", func(path string) {
		core, err := json.Marshal(e)
		if err != nil {
			return // it cannot be stored
		}
		asked++
		got, ok := normal(e)
		if !ok {
			return
		}
		answered++
		want, err := Record{Core: core}.Bare(nil)
		if err != nil {
			t.Fatal(path, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %#v\nwant %#v", path, got, want)
		}
	})
	if asked < 150 || answered < 40 {
		t.Errorf("%d events tried, %d made normal", asked, answered)
	}
}
