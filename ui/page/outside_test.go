package page

import (
	"strings"
	"testing"
	"time"

	"duban/ui/text"
	"duban/workflow"
	"duban/workflow/ledger"
)

// TestOutsideThePlan: before the plan's first day and after its last every page says so,
// and the wall; who keeps the program is told how to try it.
func TestOutsideThePlan(t *testing.T) {
	w := fullWorld(t)
	for _, c := range []struct {
		year       int
		lang       string
		says, wall string
	}{
		{2020, text.Chinese, "计划自 2021年1月1日 起实施，今天是 2020年12月1日", "计划尚未开始"},
		{2026, text.Chinese, "计划已于 2023年12月31日 结束，今天是 2026年12月1日", "计划已经结束"},
		{2026, text.English, "The plan ended on 31 Dec 2023; today is 1 Dec 2026.", "Plan has ended"},
		{2022, text.Chinese, "", "计划时间已过去"},
	} {
		k := w.kit(c.lang, office)
		k.Now = time.Date(c.year, 12, 1, 9, 0, 0, 0, k.Rules.Clock.Zone)
		said := k.Frame(Frame{}, "", 0).Outside
		if !strings.HasPrefix(said, c.says) || (c.says == "") != (said == "") || (c.says != "") != strings.Contains(said, "--now") {
			t.Errorf("%d: %q, want %q", c.year, said, c.says)
		}
		if word := k.boardTime(w.book.BoardAt(k.Now)).Word; word != c.wall {
			t.Errorf("%d: the wall says %q, want %q", c.year, word, c.wall)
		}
		k.Actor = workflow.Actor{User: "zhou", Unit: "zrzyt", Role: workflow.Liaison}
		if said := k.Frame(Frame{}, "", 0).Outside; strings.Contains(said, "--now") {
			t.Errorf("%d: a liaison is told %q", c.year, said)
		}
	}
}

// TestRowsOfCooperatingDepartments: on the desk's heaps a cooperating department's name
// stands whole, and its role where a lead's row counts the others.
func TestRowsOfCooperatingDepartments(t *testing.T) {
	w := fullWorld(t)
	k := w.kit(text.Chinese, office)
	for _, i := range w.items(ledger.Query{}, office) {
		r := k.taskRow(i, nil)
		if r.Lead != i.Department.Name || (i.Role == workflow.Cooperating) != (r.Cooperating == "本行是配合单位") {
			t.Errorf("%s: %q, %q", i.ID, r.Lead, r.Cooperating)
		}
	}
}
