package ledger

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"duban/workflow"
)

// filter is a Query made ready for a scan: what can be looked up once is.
type filter struct {
	horizon
	all        bool // everything matches
	see        sight
	task       int
	department string
	role       workflow.Role
	states     []workflow.State
	light      Colour
	words      []word
}

func newFilter(r workflow.Rules, q Query, actor workflow.Actor, now time.Time) *filter {
	f := &filter{horizon: horizonAt(r, now), see: newSight(r, actor), task: q.Task,
		department: q.Department, role: q.Role, states: q.States, light: q.Light}
	for _, w := range strings.Fields(strings.ToLower(q.Q)) {
		f.words = append(f.words, newWord(r, w))
	}
	f.all = f.see.all && q.Task == 0 && q.Department == "" && q.Role == "" &&
		len(q.States) == 0 && q.Light == "" && len(f.words) == 0
	return f
}

func (f *filter) match(k *key, a *workflow.Assignment) bool {
	switch {
	case f.task != 0 && int(k.task) != f.task,
		f.department != "" && k.department != f.department,
		f.role != "" && k.is(isLead) != (f.role == workflow.Lead),
		len(f.states) > 0 && !slices.Contains(f.states, k.stateName()),
		f.light != "" && colourOf(*k, f.horizon) != f.light,
		!f.see.sees(k):
		return false
	}
	for i := range f.words {
		if !f.words[i].in(k, a) {
			return false
		}
	}
	return true
}

// sight is what an actor may see, asked of workflow.Rules.MaySee once for each task
// of the plan instead of once a row: a row is seen for its task's sake, or because
// it is the actor's own department's.
type sight struct {
	all   bool
	own   string
	tasks map[int32]bool
}

func newSight(r workflow.Rules, actor workflow.Actor) sight {
	if r.MaySee(actor, workflow.Assignment{}) {
		return sight{all: true} // not for the sake of a task or a department
	}
	s := sight{tasks: map[int32]bool{}}
	if r.MaySee(actor, workflow.Assignment{Department: actor.Unit}) {
		s.own = actor.Unit
	}
	for _, t := range r.Plan.Tasks {
		s.tasks[int32(t.No)] = r.MaySee(actor, workflow.Assignment{Task: t.No})
	}
	return s
}

func (s *sight) sees(k *key) bool {
	return s.all || (s.own != "" && k.department == s.own) || s.tasks[k.task]
}

// word is one word searched for, with the tasks and departments it was found in.
type word struct {
	text        string
	tasks       map[int32]bool
	departments map[string]bool
}

func newWord(r workflow.Rules, text string) word {
	w := word{text: text, tasks: map[int32]bool{}, departments: map[string]bool{}}
	for _, t := range r.Plan.Tasks {
		if strings.Contains(strings.ToLower(t.Title), text) || strconv.Itoa(t.No) == text {
			w.tasks[int32(t.No)] = true
		}
	}
	for _, d := range r.Plan.Departments {
		names := append([]string{d.ID, d.Name}, d.Aliases...)
		if slices.ContainsFunc(names, func(n string) bool { return strings.Contains(strings.ToLower(n), text) }) {
			w.departments[d.ID] = true
		}
	}
	return w
}

func (w *word) in(k *key, a *workflow.Assignment) bool {
	return w.tasks[k.task] || w.departments[k.department] || strings.Contains(strings.ToLower(a.ID), w.text)
}
