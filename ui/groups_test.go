package ui

import (
	"slices"
	"strings"
	"testing"
)

// TestAGroupIsOnePartOfMany: a plan that names a group asks each of its members, in the
// periods that are opened while the membership holds; pages show the group as one line.
func TestAGroupIsOnePartOfMany(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	text := string(shippedSource())
	before, task, _ := strings.Cut(text, "- no: 6\n")
	head, rest, _ := strings.Cut(task, "cooperating: [")
	_, rest, _ = strings.Cut(rest, "]")
	text = before + "- no: 6\n" + head + "cooperating: [省财政厅, 各相关厅局]" + rest
	text = "version: 2\n" + strings.Replace(text, "\nsections:\n", `
groups:
  - {id: gt, name: 各相关厅局, members: [省发展改革委, {department: swt, until: 2022-10-10}, {department: sft, from: 2022-10-11}]}

sections:
`, 1)
	if code := w.replan("各相关厅局配合", text); code != "" {
		t.Fatal(code)
	}
	units := func(period string) (got []string) {
		a := w.as("office", "GET", "/api/v1/assignments?limit=50&task=6&role=cooperating&state=assigned,in_progress,reported,verified,overdue&period="+period, nil, nil)
		items, _ := a.get("items").([]any)
		for _, i := range items {
			got = append(got, i.(map[string]any)["department"].(map[string]any)["id"].(string))
		}
		slices.Sort(got)
		return got
	}
	special := func(id string, events int, want ...string) {
		t.Helper()
		w.play(step{as: "office", do: "POST /api/v1/periods", body: `{"id":"` + id + `","name":"专项","due":"2023-02-20","tasks":[6]}`, status: 201,
			events: "period_opened" + strings.Repeat(" assigned", events)})
		if got := units(id); !slices.Equal(got, want) {
			t.Errorf("%s asks %v, want %v", id, got, want)
		}
	}
	special("S1", 4, "czt", "fzggw", "swt")
	w.clock.add(60 * 24 * 3600e9)
	clear(w.clients)
	w.tick()
	special("S2", 4, "czt", "fzggw", "sft")

	w.play(step{as: "fzggw", do: "POST /api/v1/assignments/S1-06-coop-fzggw/acceptance", body: "{}", status: 201, events: "accepted"},
		step{as: "fzggw", do: "POST /api/v1/assignments/S1-06-coop-fzggw/reports", body: `{"progress":"已配合"}`, status: 201, events: "reported"})
	for path, want := range map[string]string{
		"/tasks/6?period=S1":                    "各相关厅局 已报 1 / 2",
		"/assignments/S1-06-coop-czt/report":    "各相关厅局 已报 1 / 2",
		"/":                                     "省财政厅、各相关厅局 2 家",
		"/export/ledger.xlsx?period=S1#columns": "省财政厅、各相关厅局",
	} {
		who := "office"
		if strings.HasSuffix(path, "/report") {
			who = "czt"
		}
		var said string
		if path, _, sheet := strings.Cut(path, "#"); sheet {
			said = w.cells(who, path)
		} else {
			said = w.visit(who, path)
		}
		if !strings.Contains(said, want) {
			t.Errorf("%s does not say %s", path, want)
		}
	}
	if a := w.as("office", "GET", "/api/v1/plan", nil, nil); a.get("groups.0.members.2.from") != "2022-10-11" || a.get("tasks.5.parties.1") != "gt" {
		t.Errorf("the plan: %v", a.get("groups"))
	}
}
