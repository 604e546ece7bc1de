package plan

import (
	"strings"
	"testing"

	"duban/workflow/calendar"
)

// withGroups is the small plan as version 2, with two groups and a unit that only they bring.
func withGroups(t testing.TB, pairs ...string) string {
	t.Helper()
	s := edit(t, "plan:\n", "version: 2\nplan:\n",
		"sections:\n", `  - {id: dq, name: 东区政府}
  - {id: xq, name: 西区政府}
groups:
  - {id: qu, name: 各区政府, aliases: [各区], members: [东区政府, {department: xq, from: 2022-04-01, until: 2022-09-30}]}
  - id: cs
    name: 财税部门
    members: [swj, 市财政局]
sections:
`, "[市财政局, swj]", "[市财政局, 各区政府, 财税部门]")
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(s, pairs[i]) {
			t.Fatalf("the plan with groups does not hold %q", pairs[i])
		}
		s = strings.Replace(s, pairs[i], pairs[i+1], 1)
	}
	return s
}

// TestGroupsStandForTheirMembers: a task that names a group is every member's, on the days
// of the membership; a unit that is named itself or twice has one part; the lead has none.
func TestGroupsStandForTheirMembers(t *testing.T) {
	p := parsed(t, withGroups(t))
	task := p.Tasks[0]
	if got := strings.Join(task.Cooperating, " "); got != "czj dq xq swj" {
		t.Errorf("cooperating: %s", got)
	}
	if got := strings.Join(task.PartiesAsWritten(), " "); got != "czj qu cs" {
		t.Errorf("as written: %s", got)
	}
	on := func(day string) (units string) {
		d, err := calendar.ParseDate(day)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range p.AssignmentsOn(d) {
			if s.Task == 1 && s.Role == cooperatingRole {
				units += " " + s.Department
			}
		}
		return strings.TrimSpace(units)
	}
	for day, want := range map[string]string{"2022-03-31": "czj dq swj", "2022-04-01": "czj dq xq swj", "2022-09-30": "czj dq xq swj", "2022-10-01": "czj dq swj"} {
		if got := on(day); got != want {
			t.Errorf("on %s: %s, want %s", day, got, want)
		}
	}
	for unit, want := range map[string]string{"czj": "", "dq": "qu", "swj": "cs", "jxj": ""} {
		got := ""
		if g := p.GroupOf(task, unit); g != nil {
			got = g.ID
		}
		if got != want {
			t.Errorf("%s comes by %q, want %q", unit, got, want)
		}
	}
	if p.Name("qu") != "各区政府" {
		t.Errorf("the group is called %s", p.Name("qu"))
	}
	// A group the lead belongs to asks the others, and a group may be named by its alias.
	p = parsed(t, withGroups(t, "[市财政局, 各区政府, 财税部门]", "[各区, 财税部门]", "lead: 市经信局", "lead: 市财政局"))
	if got := strings.Join(p.Tasks[0].Cooperating, " "); got != "dq xq swj" {
		t.Errorf("where the lead is a member: %s", got)
	}
	if p := parsed(t, edit(t, "plan:\n", "version: 2\nplan:\n")); len(p.PartyGroups) != 0 || p.Tasks[0].Parties != nil {
		t.Error("version 2 needs no groups")
	}
	// all-members is every unit, once, whatever groups there are.
	if got := strings.Join(parsed(t, withGroups(t)).Tasks[1].Cooperating, " "); got != "jxj czj dq xq" {
		t.Errorf("all members: %s", got)
	}
}

func TestFaultsOfGroups(t *testing.T) {
	for name, c := range map[string]struct {
		edit []string
		want string
	}{
		"version 1 has none":        {[]string{"version: 2\n", ""}, "groups: plan.needs_version"},
		"version 3":                 {[]string{"version: 2", "version: 3"}, "3 plan.number_range"},
		"a group leads":             {[]string{"lead: 市经信局", "lead: 各区"}, "各区 plan.group_leads"},
		"no member":                 {[]string{"members: [swj, 市财政局]", "members: []"}, "[] plan.list_empty"},
		"a member nobody knows":     {[]string{"members: [swj, 市财政局]", "members: [swj, 海关]"}, "海关 plan.department_unlisted"},
		"a group in a group":        {[]string{"members: [swj, 市财政局]", "members: [swj, 各区政府]"}, "各区政府 plan.department_unknown"},
		"a member twice":            {[]string{"members: [swj, 市财政局]", "members: [swj, 市税务局]"}, "市税务局 plan.member_twice"},
		"a member twice in time":    {[]string{"members: [swj, 市财政局]", "members: [{department: swj, until: 2022-06-30}, {department: swj, from: 2022-06-30}]"}, "swj plan.member_twice"},
		"a name that is a unit's":   {[]string{"name: 财税部门", "name: 市税务局"}, "市税务局 plan.department_twice"},
		"an id that is a unit's":    {[]string{"id: cs", "id: czj"}, "czj plan.department_twice"},
		"the office's name":         {[]string{"id: cs", "id: office"}, "office plan.office_reserved"},
		"all-members as a name":     {[]string{"name: 财税部门", "name: all-members"}, "all-members plan.office_reserved"},
		"until before from":         {[]string{"until: 2022-09-30", "until: 2022-03-31"}, "2022-03-31 plan.dates_reversed"},
		"the group twice in a task": {[]string{"[市财政局, 各区政府, 财税部门]", "[各区, 各区政府]"}, "各区政府 plan.cooperating_twice"},
		"run together":              {[]string{"[市财政局, 各区政府, 财税部门]", "[各区、财税部门]"}, "各区、财税部门 plan.names_joined"},
	} {
		t.Run(name, func(t *testing.T) {
			faults := faultsOf(t, "plan.yaml", withGroups(t, c.edit...))
			word, code, _ := strings.Cut(c.want, " ")
			found := false
			for _, f := range faults {
				if line := []rune(f.Source); f.Code == code && f.Column <= len(line) && strings.HasPrefix(string(line[f.Column-1:]), word) {
					found = true
				}
			}
			if !found {
				t.Errorf("want %s, have\n%s", c.want, faults.Render("en"))
			}
		})
	}
	// A member may come back.
	parsed(t, withGroups(t, "members: [swj, 市财政局]", "members: [{department: swj, until: 2022-06-30}, {department: swj, from: 2022-07-01}]"))
}

// TestGroupsDiffer: what changes in a group is said once, not once a task and member.
func TestGroupsDiffer(t *testing.T) {
	for name, c := range map[string]struct {
		old, new []string
		want     string
	}{
		"nothing":             {nil, nil, ""},
		"renamed":             {nil, []string{"name: 财税部门", "name: 财政税务部门", "各区政府, 财税部门]", "各区政府, cs]"}, "财税部门（cs）的 name：财税部门 → 财政税务部门"},
		"one joins":           {[]string{"[swj, 市财政局]", "[swj]"}, nil, "财税部门增加成员 市财政局"},
		"one leaves on a day": {nil, []string{"[东区政府, ", "[{department: dq, until: 2022-06-30}, "}, "各区政府减少成员 东区政府\n各区政府增加成员 东区政府（—2022-06-30）"},
		"a task loses it":     {nil, []string{"[市财政局, 各区政府, 财税部门]", "[市财政局, 财税部门]"}, "任务 1 做大做强 减少配合单位 各区政府"},
	} {
		if got := Diff(parsed(t, withGroups(t, c.old...)), parsed(t, withGroups(t, c.new...))).Render("zh-CN"); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
	d := Diff(parsed(t, edit(t)), parsed(t, withGroups(t)))
	if got := d.Render("en"); !strings.Contains(got, "group of units added: 各区政府 (qu)") || !strings.Contains(got, "各区政府: 西区政府（2022-04-01—2022-09-30） joins") {
		t.Errorf("from version 1:\n%s", got)
	}
}
