package strictjson

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"duban/workflow"
	"duban/workflow/plan"
)

// wellMeant are reports as forms and programs send them.
var wellMeant = []string{
	`{}`,
	` { "progress" : "新增小微企业三千二百家" , "measures" : [ { "id" : "m1" , "status" : "under_way" , "percent" : 78 } ] } `,
	`{"progress":"第一行\n第二行 \"引号\" \\ \u7b2c\u4e09\ud83d\ude00","reason":""}`,
	`{"measures":[{"id":"m1","status":"done","percent":null,"note":"完成"},{"id":"m2","status":"no_change","percent":0,"note":""}],"no_change":true}`,
	`{"figures":[{"indicator":"g1","value":12.5,"as_of":"2022-09-30","provisional":true,"comparison":null,"met":null,"explanation":"快报数"}]}`,
	`{"figures":[{"indicator":"g1","value":"-0.5","as_of":"","provisional":false,"comparison":3,"met":false}]}`,
	`{"forecast":"平稳"}`, `{"forecast":[{"indicator":"g1","value":13}]}`, `{"forecast":{"text":"平稳","figures":[{"indicator":"g1","value":null}]}}`, `{"forecast":null}`,
	`{"inputs":[{"assignment":"2022Q3-06-coop-scjg","mark":"adopted"}],"evidence":["f1","f2"],"obstacles":"无","asks":"","next_steps":null}`,
	`{"measures":[],"figures":[],"forecast":[],"inputs":[],"evidence":[]}`,
}

// outOfOrder are bodies that are refused, or read otherwise than they look.
var outOfOrder = []string{
	``, `null`, `[]`, `{`, `{}{}`, `{},`, `{"progress":"a",}`, `{"progress":"a" "reason":"b"}`, `{"Progress":"a"}`, `{"progress":"a","progress":"b"}`, `{"\u0070rogress":"a"}`,
	`{"progress":1}`, `{"progress":"\ud800"}`, `{"progress":"\x"}`, "{\"progress\":\"a\x01\"}", "{\"progress\":\"a\xff\"}", `{"other":1}`, `{"progress":"�\ud800"}`, `{"progress":nullx}`,
	`{"measures":[null]}`, `{"measures":[{"id":"a","id":"b"}]}`, `{"measures":[{"percent":1.0}]}`, `{"measures":[{"percent":-1}]}`, `{"measures":[{"percent":01}]}`, `{"measures":[{"percent":1e2}]}`,
	`{"measures":[{"id":"a"},]}`, `{"figures":[{"value":1e3}]}`, `{"figures":[{"value":01}]}`, `{"figures":[{"value":tru}]}`, `{"figures":[{"as_of":"2022-02-30"}]}`, `{"figures":[{"value":"1\u0032"}]}`,
	`{"forecast":1}`, `{"forecast":{"text":"a","more":1}}`, `{"evidence":[1]}`, `{"evidence":[["a"]]}`, `{"no_change":"true"}`, `{"measures":[{"percent":12345678901}]}`,
}

// What is read in one pass is what is read with every check.
func FuzzQuickReport(f *testing.F) {
	for _, s := range append(append([]string{}, wellMeant...), outOfOrder...) {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if !utf8.Valid(body) {
			return // refused before
		}
		var got, want workflow.ReportInput
		if !quickReport(body, &got) {
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("%q is left half read: %+v", body, got)
			}
			return
		}
		if err := decodeStrictly(body, &want); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%q\nquick  %+v\nstrict %+v %v", body, got, want, err)
		}
	})
}

// A report as it is meant needs one pass; a form's and a program's both.
func TestQuickReportReads(t *testing.T) {
	full := workflow.ReportInput{Progress: "进展", Measures: []workflow.MeasureInput{{ID: "m", Status: workflow.Done, Percent: new(5), Note: "n"}},
		Figures:  []workflow.FigureInput{{Indicator: "g", Value: plan.Num(3), AsOf: plan.Date{Year: 2022, Month: 9, Day: 30}, Met: new(true)}},
		Forecast: workflow.ForecastInput{Text: "x", Figures: []workflow.Forecast{{Indicator: "g", Value: plan.Num(4)}}}, Evidence: []string{"f"}}
	b, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range append(wellMeant, string(b)) {
		if !quickReport([]byte(s), new(workflow.ReportInput)) {
			t.Errorf("%s is left to the strict reader", s)
		}
	}
	long := `{"progress":"` + strings.Repeat("a", quickBytes) + `"}`
	if quickReport([]byte(long), new(workflow.ReportInput)) {
		t.Error("a body that may have too many values is read without counting them")
	}
}

// Every field of a report is known to quick: what teaches the report a field teaches
// quick too, or each report with it is read four times again.
func TestQuickReportKnowsEveryField(t *testing.T) {
	for _, x := range []struct {
		of    any
		names []string
	}{{workflow.ReportInput{}, reportFields}, {workflow.MeasureInput{}, measureFields}, {workflow.FigureInput{}, figureFields},
		{workflow.Forecast{}, forecastFields}, {workflow.ForecastInput{}, outlookFields}, {workflow.Input{}, inputFields}} {
		var want []string
		for f := range reflect.TypeOf(x.of).Fields() {
			want = append(want, f.Tag.Get("json"))
		}
		if !reflect.DeepEqual(want, x.names) {
			t.Errorf("%T has the fields %v, quick knows %v", x.of, want, x.names)
		}
	}
}

func BenchmarkDecodeReport(b *testing.B) {
	body := []byte(wellMeant[3])
	for name, read := range map[string]func([]byte, any) error{"quick": DecodeJSON, "strict": decodeStrictly} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var in workflow.ReportInput
				if err := read(body, &in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
