package plan

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
)

var update = flag.Bool("update", false, "write the golden files anew")

func small(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("testdata/small.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// edit is the small plan with each old text, which must be there, replaced once.
func edit(t testing.TB, pairs ...string) string {
	t.Helper()
	s := small(t)
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(s, pairs[i]) {
			t.Fatalf("the small plan does not hold %q", pairs[i])
		}
		s = strings.Replace(s, pairs[i], pairs[i+1], 1)
	}
	return s
}

// faultCases are edits of the small plan and what each must be answered with:
// line, the word that stands there, code; in order, and nothing else.
var faultCases = []struct {
	name string
	edit []string
	want string
}{
	{"unknown department, near a known one", []string{"lead: 市经信局", "lead: 市经委局"}, `24 "市经委局" plan.department_unknown`},
	{"unknown department, near none", []string{"[市财政局, swj]", "[市财政局, 人行杭州中心支行]"}, `25 "人行杭州中心支行" plan.department_unlisted`},
	{"lead also cooperating", []string{"[市财政局, swj]", "[市财政局, 市经信局]"}, `25 "市经信局" plan.lead_cooperates`},
	{"lead also cooperating, by its alias", []string{"[市财政局, swj]", "[经信局]"}, `25 "经信局" plan.lead_cooperates`},
	{"cooperating twice", []string{"[市财政局, swj]", "[市财政局, swj, 市税务局]"}, `25 "市税务局" plan.cooperating_twice`},
	{"names run together", []string{"[市财政局, swj]", "[市财政局、市税务局]"}, `25 "市财政局、市税务局" plan.names_joined`},
	{"cooperating not a list", []string{"[市财政局, swj]", "市财政局"}, `25 "市财政局" plan.cooperating_shape`},
	{"cooperating left out", []string{"    cooperating: [市财政局, swj]\n", ""}, `21 "no:" plan.field_missing`},
	{"all-members in a list", []string{"[市财政局, swj]", "[all-members]"}, `25 "all-members" plan.all_members_alone`},
	{"replaces a unit that is there", []string{"{id: czj, name: 市财政局}", "{id: czj, name: 市财政局, replaces: [jxj]}"}, `16 "jxj" plan.replaces_present`},
	{"duplicate number", []string{"no: 2", "no: 1"}, `30 "1" plan.number_twice`},
	{"two leads, a list", []string{"lead: 市税务局", "lead: [市税务局, 市财政局]"}, `33 "[市税务局" plan.two_leads`},
	{"two leads, run together", []string{"lead: 市税务局", "lead: 市税务局、市财政局"}, `33 "市税务局、市财政局" plan.two_leads`},
	{"two leads, two lines", []string{"    lead: 市税务局\n", "    lead: 市税务局\n    lead: 市财政局\n"}, `34 "lead:" plan.two_leads`},
	{"no lead", []string{"    lead: 市税务局\n", ""}, `30 "no:" plan.lead_missing`},
	{"empty lead", []string{"lead: 市税务局", "lead:"}, `33 "lead:" plan.lead_missing`},
	{"groups in version 1", []string{"sections:", "groups: [{id: qu, name: 各区, members: [czj]}]\nsections:"}, `18 "groups:" plan.needs_version`},
	{"a group leads", []string{"plan:", "version: 2\nplan:", "sections:", "groups: [{id: qu, name: 各区, members: [czj]}]\nsections:", "lead: 市经信局", "lead: 各区"}, `26 "各区" plan.group_leads`},
	{"a member twice", []string{"plan:", "version: 2\nplan:", "sections:", "groups: [{id: qu, name: 各区, members: [czj, 市财政局]}]\nsections:"}, `19 "市财政局" plan.member_twice`},
	{"unknown section", []string{"section: s1", "section: s2"}, `23 "s2" plan.section_unknown`},
	{"octal number", []string{"no: 2", "no: 010"}, `30 "010" plan.number_wrong`},
	{"hexadecimal", []string{"no: 2", "no: 0x2"}, `30 "0x2" plan.number_wrong`},
	{"underscore", []string{"target: 30", "target: 3_000"}, `29 "3_000" plan.number_wrong`},
	{"exponent", []string{"target: 30", "target: 3e1"}, `29 "3e1" plan.number_wrong`},
	{"not a number", []string{"target: 30", "target: .inf"}, `29 ".inf" plan.number_wrong`},
	{"unit in the number", []string{"target: 30", "target: 30家"}, `29 "30家" plan.number_wrong`},
	{"full-width digits", []string{"target: 30", "target: ３０"}, `29 "３０" plan.number_wrong`},
	{"task number out of range", []string{"no: 2", "no: 1000"}, `30 "1000" plan.number_range`},
	{"task number not whole", []string{"no: 2", "no: 2.5"}, `30 "2.5" plan.number_whole`},
	{"octal id", []string{"id: jxj", "id: 010"}, `15 "010" plan.id_unquoted`},
	{"id that is a number", []string{`"1.1"`, "1.10"}, `27 "1.10" plan.id_unquoted`},
	{"id in Chinese", []string{"id: jxj", "id: 经信"}, `15 "经信" plan.id_wrong`},
	{"measure id twice", []string{`"2.1"`, `"1.1"`}, `36 "\"1.1\"" plan.id_twice`},
	{"indicator id twice", []string{"id: G1.2", "id: T1.1"}, `41 "T1.1" plan.id_twice`},
	{"department name twice", []string{"name: 市财政局", "name: 经信局"}, `16 "经信局" plan.department_twice` + "\n" + `25 "市财政局" plan.department_unknown`},
	{"department called office", []string{"id: jxj", "id: office"}, `15 "{id:" plan.office_reserved`},
	{"unknown field", []string{"    title: 减税降费", "    titel: 减税降费"}, `30 "no:" plan.field_missing` + "\n" + `31 "titel:" plan.field_unknown`},
	{"unknown field at the top", []string{"sections:", "extra: 1\nsections:"}, `18 "extra:" plan.field_unknown`},
	{"duplicate field", []string{"    title: 减税降费\n", "    title: 减税降费\n    title: 减税\n"}, `32 "title:" plan.field_twice`},
	{"field without a value", []string{"issuer: 市政府办公室", "issuer:"}, `5 "issuer:" plan.field_empty`},
	{"missing part", []string{"lights: {soon_workdays: 3, slow_points: 10, lag_points: 30}\n", ""}, `1 "plan:" plan.field_missing`},
	{"text where a list belongs", []string{"    measures:\n      - {id: \"2.1\", title: 税收优惠}", "    measures: 税收优惠"}, `35 "税收优惠" plan.want_list`},
	{"list where fields belong", []string{"{id: s1, title: 一、发展}", "[s1]"}, `19 "[s1" plan.want_fields`},
	{"fields where text belongs", []string{"title: 减税降费", "title: {a: b}"}, `31 "{a:" plan.want_text`},
	{"wrong kind", []string{"kind: judged", "kind: 累计"}, `49 "累计" plan.choice_wrong`},
	{"field of another kind", []string{"kind: judged", "kind: judged, target: 3"}, `49 "target:" plan.field_for_kind`},
	{"rate without percent", []string{`unit: "%"`, "unit: 家"}, `47 "家" plan.unit_of_rate`},
	{"count in percent", []string{"unit: 万家", `unit: "%"`}, `40 "\"%\"" plan.unit_of_count`},
	{"magnitude alone", []string{"unit: 万家", "unit: 万"}, `40 "万" plan.unit_wrong`},
	{"full-width percent", []string{`unit: "%"`, "unit: ％"}, `47 "％" plan.unit_wide`},
	{"unknown operator", []string{`op: "="`, "op: 以上"}, `29 "以上" plan.choice_wrong`},
	{"operator without quotes", []string{"    op: \"≥\"\n", "    op: >\n"}, `45 ">" plan.quotes_needed`},
	{"target zero", []string{"target: 1.5", "target: 0"}, `40 "0" plan.target_zero`},
	{"rate out of range", []string{"target: 6", "target: 6000"}, `46 "6000" plan.number_range`},
	{"growing and a number", []string{"kind: total, op: \"=\"", "kind: stock, growing: true, op: \"=\""}, `29 "op:" plan.field_instead` + "\n" + `29 "target:" plan.field_instead`},
	{"unknown part", []string{"unit: 万家", "unit: 万家, part_of: G9"}, `40 "G9" plan.part_unknown`},
	{"part of itself", []string{"unit: 万家", "unit: 万家, part_of: G1.1"}, `40 "G1.1" plan.part_of_itself`},
	{"part of another kind", []string{"unit: 万家", "unit: 万家, part_of: G1.2"}, `40 "G1.2" plan.part_differs`},
	{"unknown group", []string{"group: G1", "group: G7"}, `40 "G7" plan.group_unknown`},
	{"bad date", []string{"issued: 2022-01-05", "issued: 2022-02-30"}, `6 "2022-02-30" plan.date_wrong`},
	{"date with other signs", []string{"issued: 2022-01-05", "issued: 2022年1月5日"}, `6 "2022年1月5日" plan.date_wrong`},
	{"dates reversed", []string{"from: 2022-01-01", "from: 2023-01-01"}, `8 "2022-12-31" plan.dates_reversed`},
	{"date outside the plan", []string{"by: 2022-12-31", "by: 2023-12-31"}, `29 "2023-12-31" plan.date_outside`},
	{"unknown zone", []string{"Asia/Shanghai", "Asia/Hangzhou"}, `9 "Asia/Hangzhou" plan.zone_unknown`},
	{"zone of the machine", []string{"Asia/Shanghai", "Local"}, `9 "Local" plan.zone_unknown`},
	{"bad time", []string{`"17:30"`, `"25:00"`}, `56 "\"25:00\"" plan.clock_wrong`},
	{"unknown period", []string{"every: quarter", "every: week"}, `51 "week" plan.choice_wrong`},
	{"days out of range", []string{"accept_within: 3", "accept_within: -3"}, `52 "-3" plan.number_range`},
	{"reminders rising", []string{"[3, 1]", "[1, 3]"}, `58 "3" plan.order_falling`},
	{"lights reversed", []string{"lag_points: 30", "lag_points: 5"}, `59 "5" plan.lag_below_slow`},
	{"weights do not add up", []string{"on_time: 30", "on_time: 35"}, `65 "receipt:" plan.weights_sum`},
	{"a worse grade earns more", []string{"fair: 70", "fair: 90"}, `70 "90" plan.share_order`},
	{"weight out of range", []string{"bonus_limit: 10", "bonus_limit: 101"}, `63 "101" plan.number_range`},
	{"weight of nothing", []string{"lead_weight: 1", "lead_weight: 0"}, `61 "0" plan.number_range`},
	{"owner unknown", []string{"kind: judged", "kind: judged, owner: 市统计局"}, `49 "市统计局" plan.department_unknown`},
	{"lead in a list of one", []string{"lead: 市税务局", "lead: [市税务局]"}, `33 "[市税务局" plan.want_text`},
	{"part and whole in a ring", []string{"{id: G1.3, group: G1, title: 利率水平, kind: judged}", "{id: G1.3, group: G1, title: 甲, kind: total, op: \"=\", target: 1, unit: 家, part_of: G1.4}\n  - {id: G1.4, group: G1, title: 乙, kind: total, op: \"=\", target: 1, unit: 家, part_of: G1.3}"}, "49 \"G1.4\" plan.part_of_itself\n50 \"G1.3\" plan.part_of_itself"},
	{"flag in words", []string{"not_assessed: true", "not_assessed: yes"}, `17 "yes" plan.choice_wrong`},
	{"empty list", []string{"  - {id: G1, title: 规模}\n", ""}, `37 "target_groups:" plan.field_empty`},
	{"long title", []string{"title: 减税降费", "title: " + strings.Repeat("长", 121)}, `31 "长长长长长长长长长长长长长长长长" plan.text_long`},
	{"empty title", []string{"title: 减税降费", `title: " "`}, `31 "\"" plan.text_empty`},
	{"title of two lines", []string{"title: 减税降费", `title: "减税\n降费"`}, `31 "\"减税\\n降费\"" plan.several_lines`},

	{"tab in the indentation", []string{"    lead: 市税务局", "\tlead: 市税务局"}, `33 "\tlead:" plan.tab`},
	{"tab and another fault", []string{"    lead: 市税务局", "\t\tlead: 市水务局"}, `33 "\t\tlead:" plan.tab` + "\n" + `33 "市水务局" plan.department_unknown`},
	{"tab after a colon", []string{"lead: 市税务局", "lead:\t市税务局"}, `33 "\t市税务局" plan.tab`},
	{"control character", []string{"减税降费", "减税\x1b[31m降费"}, `31 "\x1b[31m降费" plan.hidden_character`},
	{"bidirectional override", []string{"减税降费", "减税\u202e降费"}, `31 "\u202e降费" plan.hidden_character`},
	{"escaped override", []string{"title: 减税降费", `title: "减税\u202e降费"`}, `31 "\"减税\\u202e降费\"" plan.hidden_character`},
	{"escaped replacement character", []string{"title: 减税降费", `title: "减税\ufffd降费"`}, `31 "\"减税\\ufffd降费\"" plan.hidden_character`},
	{"damaged UTF-8", []string{"减税降费", "减\xe7\xa8降费"}, `31 "��降费" plan.not_utf8`},
	{"byte order mark inside", []string{"减税降费", "减税\uFEFF降费"}, `31 "\ufeff降费" plan.hidden_character`},

	{"second document", []string{"sections:", "---\nsections:"}, `18 "---" plan.second_document`},
	{"anchor and alias", []string{"cooperating: [市财政局, swj]", "cooperating: &all [市财政局, swj]", "cooperating: all-members", "cooperating: *all"}, `25 "&all" plan.anchor` + "\n" + `34 "*all" plan.alias`},
	{"alias of nothing", []string{"cooperating: all-members", "cooperating: *all"}, `34 "*all" plan.alias`},
	{"merge key", []string{"{id: s1, title: 一、发展}", "{id: s1, title: 一、发展, <<: {a: b}}"}, `19 "<<:" plan.merge_key`},
	{"tag", []string{"title: 减税降费", "title: !!str 减税降费"}, `31 "!!str" plan.tag`},
	{"deep nesting", []string{"title: 减税降费", "title: " + strings.Repeat("[", 20) + strings.Repeat("]", 20)}, `31 "[[[[[[[[[[[[[[[[" plan.want_text` + "\n" + `31 "[[[[[[[[[[[[[" plan.too_deep`},
	{"full-width colon", []string{"    lead: 市税务局", "    lead：市税务局"}, `33 "：市税务局" plan.wide_colon`},
	{"colon without a space", []string{"    lead: 市税务局", "    lead:市税务局"}, `33 ":市税务局" plan.colon_space`},
	{"percent without quotes", []string{`unit: "%"`, "unit: %"}, `47 "%" plan.quotes_needed`},
	{"bracket left open", []string{"[市财政局, swj]", "[市财政局, swj"}, `25 "[市财政局" plan.bracket_open`},
	{"brace left open", []string{"title: 税收优惠}", "title: 税收优惠"}, `36 "{id:" plan.bracket_open`},
	{"quote left open", []string{`day_ends: "17:30"`, `day_ends: "17:30`}, `56 "\"17:30" plan.quote_open`},
	{"crooked indentation", []string{"    lead: 市税务局", "   lead: 市税务局"}, `33 "lead:" plan.syntax`},
}

func faultsOf(t testing.TB, name, text string) Faults {
	t.Helper()
	p, err := Parse(name, []byte(text))
	var fs Faults
	if !errors.As(err, &fs) || p != nil || len(fs) == 0 {
		t.Fatalf("want faults and no plan, have %v, %v", p, err)
	}
	return fs
}

func places(fs Faults) string {
	var lines []string
	for _, f := range fs {
		lines = append(lines, fmt.Sprintf("%d %s %s", f.Line, word(f), f.Code))
	}
	return strings.Join(lines, "\n")
}

// word is what stands at a fault's place, up to the next space or bracket.
func word(f Fault) string {
	rest := string([]rune(f.Source)[f.Column-1:])
	if end := strings.IndexAny(rest, " ,]}"); end > 0 {
		rest = rest[:end]
	}
	if runes := []rune(rest); len(runes) > 16 {
		rest = string(runes[:16])
	}
	return strconv.QuoteToGraphic(rest)
}

func TestEachFaultIsFoundWhereItStands(t *testing.T) {
	if _, err := Parse("small.yaml", []byte(small(t))); err != nil {
		t.Fatalf("the small plan itself is refused:\n%v", err)
	}
	var golden strings.Builder
	used := map[string]bool{}
	for _, c := range faultCases {
		t.Run(c.name, func(t *testing.T) {
			fs := faultsOf(t, "plan.yaml", edit(t, c.edit...))
			if have := places(fs); have != c.want {
				t.Errorf("want\n%s\nhave\n%s\n%s", c.want, have, fs.Render("zh-CN"))
			}
			fmt.Fprintf(&golden, "== %s\n%s\n-- en\n%s\n\n", c.name, fs.Render("zh-CN"), fs.Error())
			for _, f := range fs {
				used[f.Code] = true
			}
		})
	}
	for code := range faultMessages {
		elsewhere := []string{"plan.too_large", "plan.empty_file", "plan.utf16", "plan.gb18030", "plan.more_faults", "plan.list_empty", "plan.too_many_entries"}
		if !used[code] && !strings.Contains(strings.Join(elsewhere, " ")+" ", code+" ") {
			t.Errorf("no case shows %s", code)
		}
	}
	compare(t, "faults.golden", golden.String())
}

// compare holds text against a golden file: what a person reads, caret and all.
func compare(t *testing.T, name, have string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(have), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if have != string(want) {
		t.Errorf("%s differs; -update writes it anew, then read the difference", path)
	}
}

func gb18030(t *testing.T, s string) string {
	t.Helper()
	b, err := simplifiedchinese.GB18030.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
