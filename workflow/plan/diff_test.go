package plan

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func parsed(t testing.TB, text string) *Plan {
	t.Helper()
	p, err := Parse("plan.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDiff(t *testing.T) {
	member := []string{"sections:", "  - {id: tjj, name: 市统计局}\nsections:"}
	cases := []struct {
		name, added, withdrawn, transferred string
		edit                                []string
		list                                string
	}{
		{name: "nothing"},
		{name: "a comment", edit: []string{"plan:\n", "# 说明\nplan:\n"}},
		{name: "a new member joins all-members", edit: member, added: "2 tjj cooperating",
			list: "增加单位：市统计局（tjj）\n任务 2 减税降费 增加配合单位 市统计局"},
		{name: "the lead passes on", edit: []string{"lead: 市经信局\n    cooperating: [市财政局, swj]", "lead: 市财政局\n    cooperating: [swj]"},
			withdrawn: "1 czj cooperating", transferred: "1 jxj czj",
			list: "任务 1 做大做强 的牵头单位由 市经信局 移交 市财政局\n任务 1 做大做强 减少配合单位 市财政局"},
		{name: "lead and cooperating change places", edit: []string{"lead: 市经信局\n    cooperating: [市财政局, swj]", "lead: 市财政局\n    cooperating: [经信局, swj]"},
			added: "1 jxj cooperating", withdrawn: "1 czj cooperating", transferred: "1 jxj czj",
			list: "任务 1 做大做强 的牵头单位由 市经信局 移交 市财政局\n任务 1 做大做强 减少配合单位 市财政局\n任务 1 做大做强 增加配合单位 市经信局"},
		{name: "a copied list for all-members", edit: []string{"all-members", "[jxj, czj]"},
			list: "任务 2 减税降费 的 all_members：true → false"},
		{name: "another number is no other task", edit: []string{"no: 2", "no: 3"},
			list: "任务 2 减税降费 改编为第 3 号；在办和以往的工作仍属这项任务"},
		{name: "titles and a measure", edit: []string{"title: 做大做强", "title: 做优做强", `      - {id: "1.1", title: 培育库}`, `      - {id: "1.1", title: 企业培育库}` + "\n" + `      - {id: "1.2", title: 评选}`},
			list: "任务 1 做大做强 的 title：做大做强 → 做优做强\n举措 1.1 培育库 的 title：培育库 → 企业培育库\n增加举措 1.2 评选"},
		{name: "targets", edit: []string{"target: 30", "target: 40", "target: 1.5", "target: 2", "kind: rate\n    op: \"≥\"", "kind: rate\n    op: \">\"", "{id: G1.3,", "{id: G1.4,"},
			list: "任务指标 T1.1 培育企业 的 target：30 → 40\n指标 G1.1 新增企业 的 target：1.5 → 2\n指标 G1.2 年均增长 的 op：>= → >\n减少指标 G1.3 利率水平\n增加指标 G1.4 利率水平"},
		{name: "rules", edit: []string{"to: 2022-12-31", "to: 2023-06-30", "accept_within: 3", "accept_within: 2", "lag_points: 30", "lag_points: 25", "remind_before: [3, 1]", "remind_before: [5, 3, 1]", "good: 85", "good: 80"},
			list: "plan.to：2022-12-31 → 2023-06-30\n" +
				"指标 G1.1 新增企业 的 by：2022-12-31 → 2023-06-30\n指标 G1.2 年均增长 的 by：2022-12-31 → 2023-06-30\n指标 G1.3 利率水平 的 by：2022-12-31 → 2023-06-30\n" +
				"periods.accept_within：3 → 2\nperiods.remind_before：[3,1] → [5,3,1]\nlights.lag_points：30 → 25\nrubric.lead.grades.good：85 → 80"},
		{name: "a department's particulars", edit: []string{"{id: czj, name: 市财政局}", "{id: czj, name: 市财政局, aliases: [财政局]}", "group: 垂直管理单位, ", ""},
			list: "单位 市财政局（czj）的 aliases：- → [\"财政局\"]\n单位 市税务局（swj）的 group：垂直管理单位 → -"},
		{name: "sections and groups", edit: []string{"一、发展", "一、壮大", "title: 规模", "title: 体量"},
			list: "章节 一、发展 的 title：一、发展 → 一、壮大\n目标组 规模 的 title：规模 → 体量"},
	}
	slots := func(list []Slot) string {
		var out []string
		for _, s := range list {
			out = append(out, fmt.Sprintf("%d %s %s", s.Task, s.Department, s.Role))
		}
		return strings.Join(out, ", ")
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := Diff(parsed(t, small(t)), parsed(t, edit(t, c.edit...)))
			if have := d.Render("zh-CN"); have != c.list {
				t.Errorf("want\n%s\nhave\n%s", c.list, have)
			}
			if slots(d.Added) != c.added || slots(d.Withdrawn) != c.withdrawn {
				t.Errorf("added %s; withdrawn %s", slots(d.Added), slots(d.Withdrawn))
			}
			var moved []string
			for _, x := range d.Transferred {
				moved = append(moved, fmt.Sprintf("%d %s %s", x.Task, x.From, x.To))
			}
			if have := strings.Join(moved, ", "); have != c.transferred {
				t.Errorf("transferred %s", have)
			}
			for _, ch := range d.List {
				if _, ok := planMessages[ch.Code]; !ok || strings.Contains(ch.Message("en"), "{") {
					t.Errorf("no English for %s: %s", ch.Code, ch.Message("en"))
				}
			}
		})
	}
}

func TestMessagesAreCompleteInBothLanguages(t *testing.T) {
	holes := regexp.MustCompile(`\{\d\}`)
	for _, catalogue := range []map[string]message{faultMessages, planMessages} {
		for code, m := range catalogue {
			if m.zh == "" || m.en == "" || !strings.ContainsFunc(m.zh, func(r rune) bool { return r > 0x2E80 }) {
				t.Errorf("%s lacks a text", code)
			}
			for _, hole := range holes.FindAllString(m.zh, -1) {
				if !strings.Contains(m.en, hole) {
					t.Errorf("%s: the English leaves out %s", code, hole)
				}
			}
		}
	}
	for _, kind := range []string{"department", "section", "task", "measure", "figure", "group", "indicator"} {
		for _, what := range []string{"added", "removed", "changed"} {
			if _, ok := planMessages["plan."+kind+"_"+what]; !ok {
				t.Errorf("no message for plan.%s_%s", kind, what)
			}
		}
	}
}

// The order in which departments are listed decides no responsibility: any order
// gives the same slots, and no difference to report.
func TestOrderOfDepartmentsChangesNothing(t *testing.T) {
	text := small(t)
	start, end := strings.Index(text, "  - {id: jxj"), strings.Index(text, "sections:")
	lines := strings.SplitAfter(strings.TrimSuffix(text[start:end], "\n"), "\n")
	lines[len(lines)-1] += "\n"
	old := parsed(t, text)
	rapid.Check(t, func(rt *rapid.T) {
		order := slices.Clone(lines)
		seed := rapid.Uint64().Draw(rt, "seed")
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		p, err := Parse("plan.yaml", []byte(text[:start]+strings.Join(order, "")+text[end:]))
		if err != nil {
			rt.Fatal(err)
		}
		if d := Diff(old, p); d.List != nil || d.Added != nil || d.Withdrawn != nil || d.Transferred != nil {
			rt.Fatalf("%+v", d)
		}
	})
}

// Whatever two plans are, withdrawing, transferring and adding turns the slots
// of the one into the slots of the other.
func TestDiffAccountsForEverySlot(t *testing.T) {
	names := []string{"jxj", "czj", "swj"}
	draw := func(rt *rapid.T, label string) *Plan {
		lead := rapid.SampledFrom(names).Draw(rt, label+" lead")
		others := slices.DeleteFunc(slices.Clone(names), func(s string) bool { return s == lead })
		list := rapid.SliceOfNDistinct(rapid.SampledFrom(others), 0, 2, rapid.ID[string]).Draw(rt, label+" cooperating")
		no := rapid.SampledFrom([]string{"1", "3"}).Draw(rt, label+" number")
		text := strings.Replace(small(t), "no: 1", "no: "+no, 1)
		text = strings.Replace(text, "lead: 市经信局", "lead: "+lead, 1)
		return parsed(t, strings.Replace(text, "[市财政局, swj]", "["+strings.Join(list, ", ")+"]", 1))
	}
	rapid.Check(t, func(rt *rapid.T) {
		old, new := draw(rt, "old"), draw(rt, "new")
		d := Diff(old, new)
		new = new.Follow(old)
		have := map[Slot]int{}
		for _, s := range old.Assignments() {
			have[s]++
		}
		for _, s := range d.Withdrawn {
			have[s]--
		}
		for _, x := range d.Transferred {
			have[Slot{x.Task, x.From, "lead"}]--
			have[Slot{x.Task, x.To, "lead"}]++
		}
		for _, s := range d.Added {
			have[s]++
		}
		for _, s := range new.Assignments() {
			have[s]--
		}
		for s, n := range have {
			if n != 0 {
				rt.Fatalf("%v is left %d times", s, n)
			}
		}
	})
}
