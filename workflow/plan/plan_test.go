package plan

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNumbersArePlainDecimals(t *testing.T) {
	for _, s := range []string{"0", "-1", "60", "2.5", "0.000001", "999999999999999.999999"} {
		n, err := ParseNumber(s)
		if err != nil || n.String() != s {
			t.Errorf("%s reads as %s, %v", s, n, err)
		}
	}
	for _, s := range []string{"", "-", "+1", "01", "1.", ".5", "1e3", "0x1", "1_000", "1,000", " 1", "1 ", "１", "NaN", ".inf", "0.0000001", "1000000000000000", "1\n"} {
		if n, err := ParseNumber(s); err == nil {
			t.Errorf("%q passes as %s", s, n)
		}
	}
}

func TestNumbersKeepTheirDigitsInJSON(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := rapid.StringMatching(`-?(0|[1-9][0-9]{0,14})\.[0-9]{0,5}[1-9]`).Draw(rt, "number")
		for _, in := range []string{s, `"` + s + `"`} {
			var n Number
			if err := json.Unmarshal([]byte(in), &n); err != nil {
				rt.Fatal(err)
			}
			if b, err := json.Marshal(n); err != nil || string(b) != s {
				rt.Fatalf("%s comes back as %s, %v", in, b, err)
			}
		}
	})
	for in, want := range map[string]string{"null": "null", "7": "7", `"7"`: "7"} {
		n := Num(1)
		if err := json.Unmarshal([]byte(in), &n); err != nil {
			t.Fatal(err)
		}
		if b, _ := json.Marshal(n); string(b) != want {
			t.Errorf("%s comes back as %s", in, b)
		}
	}
	for _, in := range []string{"1e3", `"a"`, "true", "{}", `""`} {
		var n Number
		if err := json.Unmarshal([]byte(in), &n); err == nil {
			t.Errorf("%s passes as %s", in, n)
		}
	}
}

func TestLookups(t *testing.T) {
	p := parsed(t, small(t))
	for _, s := range []string{"jxj", "市经信局", "经信局"} {
		if d, ok := p.FindDepartment(s); !ok || d.ID != "jxj" {
			t.Errorf("%s finds %v", s, d)
		}
	}
	if _, ok := p.FindDepartment("市统计局"); ok {
		t.Error("a department that is not in the plan was found")
	}
	for id, want := range map[string]string{"jxj": "市经信局", "office": "领导小组办公室", "gone": "gone"} {
		if have := p.Name(id); have != want {
			t.Errorf("%s is called %s", id, have)
		}
	}
	for id, want := range map[string]string{"T1.1": "培育企业", "G1.2": "年均增长", "G9": ""} {
		if in, ok := p.Indicator(id); in.Title != want || ok != (want != "") {
			t.Errorf("%s is %s", id, in.Title)
		}
	}
	if in, _ := p.Indicator("T1.1"); in.Task != 1 {
		t.Errorf("the figure belongs to task %d", in.Task)
	}
	if in, _ := p.Indicator("G1.1"); in.By != p.To {
		t.Errorf("a target without a date is due by %s, not by the plan's last day", in.By)
	}
}

// TestAppealWithin: a plan may say how many workdays there are to appeal; one that does
// not says five, and its rubric's JSON is what it was before a plan could say it.
func TestAppealWithin(t *testing.T) {
	b, err := os.ReadFile("../../tasks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]int{"": 5, "\n  appeal_within: 3": 3, "\n  appeal_within: 0": 0, "\n  appeal_within: 61": 0} {
		p, err := Parse("tasks.yaml", bytes.Replace(b, []byte("  bonus_limit: 10 "), []byte(strings.TrimPrefix(in+"\n", "\n")+"  bonus_limit: 10 "), 1))
		if want == 0 {
			if err == nil {
				t.Errorf("%q is taken", in)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		js, err := json.Marshal(p.Rubric)
		if err != nil || p.Rubric.AppealDays() != want || bytes.Contains(js, []byte("appeal_within")) != (in != "") {
			t.Errorf("%q gives %d workdays, %s (%v)", in, p.Rubric.AppealDays(), js, err)
		}
	}
}
