package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// keysOf tells a plan's tasks as "number title key".
func keysOf(p *Plan) string {
	var all []string
	for _, t := range p.Tasks {
		all = append(all, fmt.Sprint(t.No, " ", t.Title, " ", t.Key))
	}
	return strings.Join(all, ", ")
}

// A task stays itself when its number, its title, or its measures change, and even when
// it comes back; a new one never gets a key that another has or had.
func TestTasksKeepTheirKeys(t *testing.T) {
	const third = "target_groups:"
	added := "  - {no: %d, title: %s, section: s1, lead: jxj, cooperating: [], measures: []}\n" + third
	for _, c := range []struct {
		name, want string
		steps      [][]string
	}{
		{"swapped", "2 做大做强 1, 1 减税降费 2", [][]string{{"no: 1", "no: 9", "no: 2", "no: 1", "no: 9", "no: 2"}}},
		{"swapped and reworded", "2 做优做强 1, 1 减负 2", [][]string{{"no: 1", "no: 9", "no: 2", "no: 1", "no: 9", "no: 2", "做大做强", "做优做强", "减税降费", "减负"}}},
		{"reworded", "1 做优做强 1, 2 减税降费 2", [][]string{{"做大做强", "做优做强", `"1.1"`, `"1.7"`}}},
		{"one put in front", "2 做大做强 1, 3 减税降费 2, 1 新任务 3", [][]string{{"no: 2", "no: 3", "no: 1", "no: 2", third, fmt.Sprintf(added, 1, "新任务")}}},
		{"gone and another in its place", "1 做大做强 1, 2 新任务 3", [][]string{
			{"no: 2\n", "no: 3\n"}, {"no: 2\n", "no: 3\n", third, fmt.Sprintf(added, 2, "新任务"), "减税降费", "-"}}},
		{"gone and back", "1 做大做强 1, 2 减税降费 2", [][]string{{"  - no: 2", "  - no: 4", "减税降费", "换了", `"2.1"`, `"4.1"`}, {}}},
		{"by its id", "2 甲 1, 1 乙 2", [][]string{{"no: 1", "id: a\n    no: 1", "no: 2", "id: b\n    no: 2"},
			{"no: 1", "id: a\n    no: 9", "no: 2", "id: b\n    no: 1", "no: 9", "no: 2", "做大做强", "甲", "减税降费", "乙", `"1.1"`, `"7.1"`, `"2.1"`, `"1.1"`}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := parsed(t, small(t))
			for _, step := range c.steps {
				text := edit(t, step...)
				if strings.Contains(text, "title: -") { // the second task is taken out
					at := strings.Index(text, "  - no: 3\n")
					text = text[:at] + text[strings.Index(text, "  - {no: 2"):]
				}
				p = parsed(t, text).Follow(p)
			}
			if got := keysOf(p); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestHeirs(t *testing.T) {
	v1 := parsed(t, small(t))
	v2 := parsed(t, edit(t, "{id: czj, name: 市财政局}", "{id: czj2, name: 市财政和国资局, replaces: [czj]}", "市财政局, swj]", "czj2, swj]")).Follow(v1)
	v3 := parsed(t, edit(t, "{id: czj, name: 市财政局}", "{id: a, name: 市财政局, replaces: [czj2]}\n  - {id: b, name: 市国资局, replaces: [czj2]}", "市财政局, swj]", "a, swj]")).Follow(v2)
	for _, c := range []struct {
		p    *Plan
		id   string
		want []string
	}{{v1, "czj", []string{"czj"}}, {v2, "czj", []string{"czj2"}}, {v2, "swj", []string{"swj"}}, {v3, "czj", []string{"a", "b"}}, {v3, "nobody", nil}} {
		if got := c.p.Heirs(c.id); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.id, got, c.want)
		}
	}
	if v2.Heir("czj") != "czj2" || v3.Heir("czj") != "" || !v3.Stands("b", "czj") || v3.Stands("czj", "b") {
		t.Error("one heir, or several")
	}
	for id, name := range map[string]string{"czj": "市财政局", "czj2": "市财政和国资局", "b": "市国资局", "office": v3.Office.ShortName} {
		if v3.Name(id) != name {
			t.Errorf("%s is called %s", id, v3.Name(id))
		}
	}
	said := Diff(v1, parsed(t, edit(t, "{id: czj, name: 市财政局}", "{id: czj2, name: 市财政和国资局}", "市财政局, swj]", "czj2, swj]"))).Render("zh-CN")
	if !strings.Contains(said, "市财政局（czj）没有承接单位") {
		t.Errorf("the difference does not say that a unit is lost: %s", said)
	}
}

func TestConvert(t *testing.T) {
	for _, c := range []struct{ value, from, to, want string }{
		{"2400", "亿元", "万亿元", "0.24"}, {"0.3", "万亿元", "亿元", "3000"}, {"1", "元", "亿元", "0.00000001"}, {"12.5", "万家", "家", "125000"},
		{"5", "%", "‰", "50"}, {"5", "‰", "%", "0.5"}, {"3", "公顷", "亩", "45"}, {"45", "亩", "公顷", "3"}, {"2", "万吨", "千克", "20000000"},
		{"1", "亩", "公顷", ""}, {"1", "万家", "万户", ""}, {"1", "万亩", "亩次", ""}, {"1", "%", "个百分点", ""}, {"7", "家", "家", "7"},
	} {
		got, ok := Convert(MustNumber(c.value), c.from, c.to)
		if ok != (c.want != "") || ok && got.Decimal.String() != c.want {
			t.Errorf("%s %s are %s %s, %v; want %s", c.value, c.from, got, c.to, ok, c.want)
		}
	}
	if n, ok := Convert(Number{}, "亿元", "万亿元"); n.Set || !ok {
		t.Error("no number is no number in any unit")
	}
}
