package plan

import "fmt"

// The roles a department can have in a task, as Slot.Role spells them.
const (
	leadRole        = "lead"
	cooperatingRole = "cooperating"
)

// Slot is one responsibility the plan gives: a department's role in a task. A
// period makes one assignment of each.
type Slot struct {
	Task       int    `json:"task"`
	Department string `json:"department"` // a Department's ID
	Role       string `json:"role"`       // "lead" or "cooperating"
}

// Assignments lists every slot in the order of the plan, the lead of a task first.
func (p *Plan) Assignments() []Slot {
	var all []Slot
	for _, t := range p.Tasks {
		all = append(all, Slot{t.No, t.Lead, leadRole})
		for _, id := range t.Cooperating {
			all = append(all, Slot{t.No, id, cooperatingRole})
		}
	}
	return all
}

// Summary says in a line what the plan holds, in Chinese or, for "en", in English.
func (p *Plan) Summary(lang string) string {
	count := func(n int) string { return fmt.Sprint(n) }
	return say(planMessages, lang, "plan.summary", []string{
		count(len(p.Tasks)), count(len(p.Departments)), count(len(p.Assignments())), count(len(p.Indicators)),
	})
}

var planMessages = map[string]message{
	"plan.summary": {
		"{1} 项重点任务、{2} 个单位、{3} 项任务分工、{4} 项主要目标指标",
		"{1} key tasks, {2} departments, {3} assignments, {4} main-target indicators",
	},
}
