package ledger

import (
	"slices"
	"time"

	"duban/workflow"
)

// filter is a Query made ready for a scan: what can be looked up once is.
type filter struct {
	horizon
	all         bool // everything matches
	allOf       bool // everything in one of the states matches
	task        int32
	flags, want uint8 // flags that must have the values of want
	states      uint8 // bits of the places in workflow.States, 0: any
	light       Colour
	lit         uint8   // bits of the states the light can stand on, 0: any
	department  numbers // nil: any
	see         either  // by task or department; nil sets: everything
	words       []word
	pairs       pairs // of picks, for scans over all periods
}

// numbers is a set of small numbers.
type numbers []bool

func (s numbers) has(n int) bool { return n >= 0 && n < len(s) && s[n] }

func (s *numbers) add(n int) {
	if n >= len(*s) {
		*s = append(*s, make([]bool, n+1-len(*s))...)
	}
	(*s)[n] = true
}

// either matches a row by its task or by its department.
type either struct{ tasks, departments numbers }

func (e *either) has(k *key) bool {
	return e.tasks.has(int(k.task)) || e.departments.has(int(k.department))
}

func newFilter(r workflow.Rules, s *snapshot, q Query, actor workflow.Actor, now time.Time) *filter {
	f := &filter{horizon: horizonAt(r, now), task: taskKey(r, q.Task), light: q.Light}
	if q.Key != 0 {
		f.task = int32(q.Key) // #nosec G115 -- its bounds are checked with the query's faults
	}
	if q.Role != "" {
		f.flags = isLead
		if q.Role == workflow.Lead {
			f.want = isLead
		}
	}
	if q.Asks == OpenAsks {
		f.flags, f.want = f.flags|asksOffice, f.want|asksOffice
	}
	for _, state := range q.States {
		f.states |= 1 << slices.Index(workflow.States, state)
	}
	for i, state := range workflow.States {
		if open := state.AwaitsReport(); q.Light == Yellow || q.Light != "" && open == (q.Light != Grey) {
			f.lit |= 1 << i
		}
	}
	if q.Light == Grey {
		f.lit |= 1 << noState
	}
	if q.Department != "" {
		f.department = s.named(func(id string) bool { return id == q.Department || r.Plan.Heir(id) == q.Department })
	}
	everything := f.sight(r, s, actor)
	f.words = s.words(r, q.Q)
	f.all = everything && f.task == 0 && f.flags == 0 && f.states == 0 && f.light == "" && f.department == nil && len(f.words) == 0
	paired := !everything || f.task != 0 || f.department != nil || len(f.words) > 0
	f.allOf = !paired && f.flags == 0 && f.light == ""
	if q.Period == "" && paired && !slices.ContainsFunc(f.words, func(w word) bool { return w.partID }) {
		f.pairs = f.pair(r, len(s.departments))
	}
	return f
}

// taskKey is the key of the task that the plan in force prints with the number, or an
// earlier version did if none is printed with it now; 0 for 0, and -1, which no
// task has, for a number that no version knows.
func taskKey(r workflow.Rules, no int) int32 {
	if no == 0 {
		return 0
	}
	t, ok := r.Plan.Numbered(no)
	if !ok {
		for _, former := range r.Plan.FormerTasks() {
			if former.No == no {
				t, ok = former, true
				break
			}
		}
	}
	if !ok {
		return -1
	}
	return int32(t.Key) // #nosec G115 -- a task of the plan; some dozens
}

// pairs is what picks says of every task and department, so that a scan of many rows
// asks it once a pair instead of once a row: it depends on nothing else, but for the
// shelf a word names.
type pairs struct {
	departments int
	last        int // the task that stands for those above it, which only a dropped plan had
	picked      []bool
}

func (f *filter) pair(r workflow.Rules, departments int) pairs {
	p := pairs{departments: departments, last: int(f.task) + 1}
	for _, t := range r.Plan.Tasks {
		p.last = max(p.last, t.Key+1)
	}
	for _, t := range r.Plan.FormerTasks() {
		p.last = max(p.last, t.Key+1)
	}
	p.picked = make([]bool, (p.last+1)*departments)
	for i := range p.picked {
		k := key{task: int32(i / departments), department: uint16(i % departments)} // #nosec G115 -- i is below the length of picked
		p.picked[i] = f.picks(&k, &shelf{}, nil)
	}
	return p
}

func (p *pairs) has(k *key) bool {
	return p.picked[int(min(uint32(k.task), uint32(p.last)))*p.departments+int(k.department)] // #nosec G115 -- below 0 counts as above last
}

// named reports whether a word names the shelf's period.
func (f *filter) named(sh *shelf) bool {
	return slices.ContainsFunc(f.words, func(w word) bool { return w.periods[sh.period] })
}

// named is the set of departments whose id matches; not nil.
func (s *snapshot) named(match func(id string) bool) numbers {
	set := numbers{}
	for n, id := range s.departments {
		if match(id) {
			set.add(n)
		}
	}
	return set
}

// sight asks workflow.Rules.MaySee once for each task of the plan instead of once a
// row: a row is seen for its task's sake, or because it is the actor's own
// department's. It reports whether everything is seen.
func (f *filter) sight(r workflow.Rules, s *snapshot, actor workflow.Actor) bool {
	if r.MaySee(actor, workflow.Assignment{}) {
		return true // not for the sake of a task or a department
	}
	f.see.departments = s.named(func(id string) bool {
		return r.MaySee(actor, workflow.Assignment{Department: id})
	})
	for _, t := range slices.Concat(r.Plan.Tasks, r.Plan.FormerTasks()) {
		if r.MaySee(actor, workflow.Assignment{Task: t.Key}) {
			f.see.tasks.add(t.Key)
		}
	}
	return false
}

// passes reports whether no row of the chunk can match.
func (f *filter) passes(ch *chunk) bool {
	return f.states != 0 && f.states&ch.states == 0 || f.lit != 0 && f.lit&ch.states == 0
}

func (f *filter) match(k *key, sh *shelf, a *workflow.Assignment) bool {
	return f.stands(k) && f.picks(k, sh, a)
}

// stands reports whether role, state and light are as asked.
func (f *filter) stands(k *key) bool {
	return k.flags&f.flags == f.want && (f.states == 0 || f.states&(1<<k.state) != 0) && (f.light == "" || f.colour(k) == f.light)
}

// picks reports whether task and department are selected, by name, by the actor's
// sight and by words. The row is read for the sake of its id alone.
func (f *filter) picks(k *key, sh *shelf, a *workflow.Assignment) bool {
	switch {
	case f.task != 0 && k.task != f.task,
		f.department != nil && !f.department.has(int(k.department)),
		f.see.departments != nil && !f.see.has(k):
		return false
	}
	for i := range f.words {
		if !f.words[i].in(k, sh, a) {
			return false
		}
	}
	return true
}
