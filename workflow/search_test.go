package workflow_test

import (
	"testing"

	"duban/workflow"
)

// TestASearchKnowsWhatThingsAreCalled: tasks and periods are found by every name that
// people and pages use for them, in any width and case.
func TestASearchKnowsWhatThingsAreCalled(t *testing.T) {
	for _, q := range []string{"任务6", "任务 6", "任务６", "任务六", "重点任务6", "重点任务 6", "第6项任务", "第六项重点任务", "Task 6", "TASK6", "6", "６", "06", "任务06"} {
		terms := workflow.Terms(q)
		if len(terms) != 1 || terms[0].Task != 6 {
			t.Errorf("%q is read as %+v", q, terms)
		}
	}
	for q, want := range map[string]int{"任务十二": 12, "任务二十": 20, "任务二十三": 23, "任务十": 10, "任务": 0, "任务一二": 0} {
		if terms := workflow.Terms(q); len(terms) != 1 || terms[0].Task != want {
			t.Errorf("%q is read as %+v, want task %d", q, terms, want)
		}
	}
	if terms := workflow.Terms("任务6盘活"); len(terms) != 2 || terms[0].Task != 6 || terms[1].Text != "盘活" {
		t.Errorf("a task's number and title in one: %+v", terms)
	}
	third := workflow.Period{ID: "2022Q3", Name: workflow.PeriodName("2022Q3")}
	fourth := workflow.Period{ID: "2022Q4", Name: workflow.PeriodName("2022Q4")}
	before := workflow.Period{ID: "2021Q3", Name: workflow.PeriodName("2021Q3")}
	july := workflow.Period{ID: "2022M07", Name: workflow.PeriodName("2022M07")}
	special := workflow.Period{ID: "ZX01", Name: "三季度集中督办", Special: true}
	quarter := workflow.Period{ID: "Q3", Name: "第三批", Special: true}
	all := []workflow.Period{third, fourth, before, july, special, quarter}
	for q, want := range map[string][]string{
		"2022年第三季度": {"2022Q3"}, "2022 年第三季度": {"2022Q3"}, "2022年 第 三 季度": {"2022Q3"}, "２０２２年第３季度": {"2022Q3"}, "2022年三季度": {"2022Q3"},
		"2022年三季": {"2022Q3"}, "2022Q3": {"2022Q3"}, "2022-q3": {"2022Q3"}, "２０２２Ｑ３": {"2022Q3"}, "2022年Q3": {"2022Q3"}, "Q3 2022": {"2022Q3"},
		"三季度": {"2022Q3", "2021Q3", "ZX01"}, "第三季度": {"2022Q3", "2021Q3"}, "Q3": {"2022Q3", "2021Q3", "Q3"}, "3季度": {"2022Q3", "2021Q3"},
		"2022": {"2022Q3", "2022Q4", "2022M07"}, "2022年": {"2022Q3", "2022Q4", "2022M07"},
		"7月": {"2022M07"}, "2022年7月": {"2022M07"}, "2022年07月份": {"2022M07"}, "2022M07": {"2022M07"},
		"集中督办": {"ZX01"}, "zx01": {"ZX01"}, "3": nil, "q": nil, "5季度": nil, "2022年第五季度": nil,
	} {
		for _, p := range all {
			got := true
			for _, term := range workflow.Terms(q) {
				got = got && term.Names(p)
			}
			expected := false
			for _, id := range want {
				expected = expected || id == p.ID
			}
			if got != expected {
				t.Errorf("%q names %s: %t, want %t (%+v)", q, p.ID, got, expected, workflow.Terms(q))
			}
		}
	}
}
