package intake_test

import (
	"os"
	"strings"
	"testing"

	"duban/workflow/plan"
)

// answered is a plan file whose blanks a person has filled.
func answered(s string, more ...string) string {
	pairs := append([]string{
		"short_title:\n", "short_title: 治水计划\n", "issued:\n", "issued: 2025-01-10\n", "  issuer: \n", "  issuer: 某市人民政府办公室\n",
		"office:\n  name:\n  short_name:\n  leading_group:\n", "office:\n  name: 某市治水办公室\n  short_name: 治水办\n  leading_group: 某市治水领导小组\n",
	}, more...)
	return strings.NewReplacer(pairs...).Replace(s)
}

// TestPlanFileHolds: what version 1 can say passes its check when the blanks are filled,
// and means what the document says.
func TestPlanFileHolds(t *testing.T) {
	r := read("某市治水行动方案（2025—2026年）\n一、任务\n1.治理河道。新建泵站12座，污水收集率提高到90%以上。（市水利局牵头，市财政局、市林业局配合）\n2.节约用水。单位产值用水量下降8%以上。（市水利局负责）\n")
	f := r.PlanFile("zh-CN")
	if len(f.Left) != 0 {
		t.Errorf("left: %v", f.Left)
	}
	if _, err := plan.Parse("plan.yaml", []byte(f.Text)); err == nil {
		t.Error("a file with blanks passes")
	}
	p, err := plan.Parse("plan.yaml", []byte(answered(f.Text)))
	if err != nil {
		t.Fatalf("%v\n%s", err, f.Text)
	}
	if len(p.Tasks) != 2 || p.Tasks[0].Title != "治理河道" || p.From.String() != "2025-01-01" || p.To.String() != "2026-12-31" {
		t.Errorf("%+v", p)
	}
	lead, ok := p.Department(p.Tasks[0].Lead)
	if !ok || lead.Name != "市水利局" || len(p.Tasks[0].Cooperating) != 2 {
		t.Errorf("%+v", p.Tasks[0])
	}
	figs := p.Tasks[0].Figures
	if len(figs) != 2 || figs[0].Kind != plan.Total || figs[0].Target.String() != "12" || figs[1].Kind != plan.Rate || figs[1].Op != plan.AtLeast {
		t.Errorf("%+v", figs)
	}
	// A fall of at least 8 % is a growth of at most -8 %.
	if g := p.Tasks[1].Figures; len(g) != 1 || g[0].Target.String() != "-8" || g[0].Op != plan.AtMost {
		t.Errorf("%+v", g)
	}
}

// TestPlanFileAsks: each thing that the document leaves open, or that version 1 cannot
// say, is refused by the check until it is answered, and stands in the list.
func TestPlanFileAsks(t *testing.T) {
	const ok = "（市水利局负责）"
	for _, c := range []struct{ name, body, comment, answer, by string }{
		{"no lead", "1.甲事。（市水利局、市财政局负责）", "待答：写了几个单位，没有写明谁牵头；请选定牵头单位。可选：市水利局、市财政局。（第 3 行）", "    lead:\n", "    lead: 市水利局\n"},
		{"joint lead", "1.甲事。（市水利局、市财政局牵头）", "共同牵头", "    lead:\n", "    lead: 市水利局\n"},
		{"group", "1.甲事。（市水利局牵头，各县人民政府配合）", "一类单位", "\"各县人民政府\"", ""},
		{"about", "1.甲事。新建泵站12座左右。" + ok, "左右", "op: ,", "op: \"≥\","},
		{"kind", "1.甲事。产值达到12亿元。" + ok, "没有写明怎样累计", "kind: ,", "kind: yearly,"},
	} {
		f := read("某市治水行动方案（2025—2026年）\n一、任务\n" + c.body + "\n").PlanFile("zh-CN")
		if !strings.Contains(f.Text, c.comment) {
			t.Errorf("%s: no comment %q in\n%s", c.name, c.comment, f.Text)
		}
		_, err := plan.Parse("plan.yaml", []byte(answered(f.Text)))
		if err == nil {
			t.Errorf("%s: passes unanswered", c.name)
			continue
		}
		more := []string{c.answer, c.by}
		if c.by == "    lead: 市水利局\n" {
			more = append(more, "cooperating: [\"市水利局\", ", "cooperating: [")
		}
		if _, err := plan.Parse("plan.yaml", []byte(answered(f.Text, more...))); err != nil {
			t.Errorf("%s: answered: %v", c.name, err)
		}
	}
	f := read("某市治水行动方案（2025年）\n一、任务\n（一）甲事。力争新建泵站12座。（市水利局负责，6月底前完成）乙事。（市财政局负责）\n").PlanFile("en")
	if len(f.Left) != 6 { // the number, both that lead, the deadline, two measures with units, striving
		t.Errorf("left: %q", f.Left)
	}
}

// TestUsualRules: a new plan file begins with the example's periods, lights and rubric.
func TestUsualRules(t *testing.T) {
	shipped, err := os.ReadFile("../../../tasks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	usual, err := os.ReadFile("usual.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(string(shipped), string(usual)) || !strings.HasPrefix(string(usual), "# 报送周期") {
		t.Error("usual.yaml is not the end of the shipped plan")
	}
}
