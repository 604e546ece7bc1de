package plan

import (
	"maps"
	"slices"
)

// past is what a plan knows of the versions that were in force before it.
type past struct {
	departments []Department // units it no longer has, as they last stood
	tasks       []Task       // tasks it no longer has
	indicators  []Indicator  // main targets and figures it no longer has
	replaced    map[string][]string
	top         int // the highest key a task ever had
}

// Follow is the plan as the version that comes after another: its tasks have the keys
// the record knows them by, and it remembers units, tasks and indicators that are gone,
// and which units took the place of which. The plan itself does not change.
//
// A task is the one that has its id; else the one with its title, should that be one;
// else one that shares a measure's id with it; else the one with its number. So a task
// that is renumbered stays itself, and so does one that is reworded.
func (p *Plan) Follow(before *Plan) *Plan {
	n := *p
	n.Tasks = slices.Clone(p.Tasks)
	keys, top := matched(before, n.Tasks)
	for i := range n.Tasks {
		t := &n.Tasks[i]
		if t.Key = keys[i]; t.Key == 0 {
			if t.Key = t.No; before.usedKey(t.No) || slices.Contains(keys, t.No) {
				t.Key = top + 1
			}
			keys[i] = t.Key
		}
		top = max(top, t.Key)
		t.Figures = slices.Clone(t.Figures)
		for k := range t.Figures {
			t.Figures[k].TaskKey = t.Key
		}
	}
	n.past = past{replaced: maps.Clone(before.past.replaced), top: top}
	if n.past.replaced == nil {
		n.past.replaced = map[string][]string{}
	}
	for _, d := range n.Departments {
		for _, id := range d.Replaces {
			if !slices.Contains(n.past.replaced[id], d.ID) {
				n.past.replaced[id] = append(slices.Clone(n.past.replaced[id]), d.ID)
			}
		}
	}
	for _, d := range slices.Concat(before.Departments, before.past.departments) {
		if _, there := n.Department(d.ID); !there {
			n.past.departments = append(n.past.departments, d)
		}
	}
	for _, t := range slices.Concat(before.Tasks, before.past.tasks) {
		if _, there := n.Task(t.Key); !there {
			n.past.tasks = append(n.past.tasks, t)
		}
	}
	for _, in := range slices.Concat(before.AllIndicators(), before.past.indicators) {
		if _, there := n.Indicator(in.ID); !there {
			n.past.indicators = append(n.past.indicators, in)
		}
	}
	return &n
}

// usedKey reports whether a task has or had the key.
func (p *Plan) usedKey(key int) bool {
	_, known := p.KnownTask(key)
	return known
}

// matched are the keys of tasks as an earlier version has them, 0 for those that are
// new, and the highest key ever used.
func matched(before *Plan, tasks []Task) (keys []int, top int) {
	keys, top = make([]int, len(tasks)), before.past.top
	taken := map[int]bool{}
	for _, t := range before.Tasks {
		top = max(top, t.Key)
	}
	known := slices.Concat(before.Tasks, before.past.tasks)
	pass := func(among []Task, same func(o, n *Task) bool) {
		for i := range tasks {
			if keys[i] != 0 {
				continue
			}
			only := -1
			for k := range among {
				if o := &among[k]; !taken[o.Key] && same(o, &tasks[i]) {
					if only >= 0 {
						only = -1
						break
					}
					only = k
				}
			}
			if only >= 0 {
				keys[i] = among[only].Key
				taken[keys[i]] = true
			}
		}
	}
	pass(known, func(o, n *Task) bool { return n.ID != "" && o.ID == n.ID })
	apart := func(o, n *Task) bool { return o.ID != "" && n.ID != "" } // two ids: two tasks
	count := map[string]int{}
	for _, t := range tasks {
		count[t.Title]++
	}
	pass(known, func(o, n *Task) bool { return !apart(o, n) && o.Title == n.Title && count[n.Title] == 1 })
	pass(before.Tasks, func(o, n *Task) bool {
		return !apart(o, n) && slices.ContainsFunc(o.Measures, func(m Measure) bool {
			return slices.ContainsFunc(n.Measures, func(x Measure) bool { return x.ID == m.ID })
		})
	})
	pass(before.Tasks, func(o, n *Task) bool { return !apart(o, n) && o.No == n.No })
	return keys, top
}

// KnownDepartment finds a department of this or an earlier version.
func (p *Plan) KnownDepartment(id string) (Department, bool) {
	if d, ok := p.Department(id); ok {
		return d, true
	}
	for _, d := range p.past.departments {
		if d.ID == id {
			return d, true
		}
	}
	return Department{}, false
}

// KnownTask finds a task of this or an earlier version.
func (p *Plan) KnownTask(key int) (Task, bool) {
	if t, ok := p.Task(key); ok {
		return t, true
	}
	for i := range p.past.tasks {
		if p.past.tasks[i].Key == key {
			return p.past.tasks[i], true
		}
	}
	return Task{}, false
}

// KnownIndicator finds an indicator of this or an earlier version.
func (p *Plan) KnownIndicator(id string) (Indicator, bool) {
	if in, ok := p.Indicator(id); ok {
		return in, true
	}
	for _, in := range p.past.indicators {
		if in.ID == id {
			return in, true
		}
	}
	return Indicator{}, false
}

// FormerDepartments are the units that earlier versions had and this one has not.
func (p *Plan) FormerDepartments() []Department { return slices.Clone(p.past.departments) }

// FormerTasks are the tasks that earlier versions had and this one has not.
func (p *Plan) FormerTasks() []Task { return slices.Clone(p.past.tasks) }

// FormerIndicators are the indicators that earlier versions had and this one has not.
func (p *Plan) FormerIndicators() []Indicator { return slices.Clone(p.past.indicators) }

// Heirs are the units of this version that stand for a unit: itself while it is there,
// else those that replaced it, in the order they were named; none when it is gone for
// good, or was never there.
func (p *Plan) Heirs(id string) []string {
	if len(p.past.departments) == 0 { // most plans: asked for every row of a list
		if _, there := p.Department(id); there {
			return []string{id}
		}
	}
	var heirs []string
	seen := map[string]bool{}
	for next := []string{id}; len(next) > 0; next = next[1:] {
		if seen[next[0]] {
			continue
		}
		seen[next[0]] = true
		if _, there := p.Department(next[0]); there {
			heirs = append(heirs, next[0])
			continue
		}
		next = append(next, p.past.replaced[next[0]]...)
	}
	return heirs
}

// Heir is the one unit that stands for a unit; "" when there is none or several.
func (p *Plan) Heir(id string) string {
	if h := p.Heirs(id); len(h) == 1 {
		return h[0]
	}
	return ""
}

// Stands reports whether a unit is the other one, or stands for it now.
func (p *Plan) Stands(unit, other string) bool {
	return unit == other || unit != "" && other != "" && len(p.past.departments) > 0 && slices.Contains(p.Heirs(other), unit)
}

// Holds reports whether the plan gives the department the role in the task.
func (p *Plan) Holds(s Slot) bool {
	t, ok := p.Task(s.Task)
	if !ok {
		return false
	}
	if s.Role == leadRole {
		return t.Lead == s.Department
	}
	return slices.Contains(t.Cooperating, s.Department)
}
