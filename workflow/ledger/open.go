package ledger

import (
	"cmp"
	"iter"
	"math"
	"slices"
)

// openLead is a task that a lead has open in a period, as far as the board needs it to
// choose among many.
type openLead struct {
	rank
	task   int32
	period string
}

// compare is the order of a wall, worst first.
func (l openLead) compare(o openLead) int {
	return cmp.Or(l.rank.compare(o.rank), cmp.Compare(l.task, o.task), cmp.Compare(l.period, o.period))
}

// openIndex is every task that a lead has open in any period, so that a board need not
// look through all rows for the worst of them. It has a list for each class before
// verifiedClass. A task stands in the list of the class it has before the clock's word,
// which changes with its events alone; what the clock makes overdue or soon is a stretch
// of the lists of what awaits a report, and the list of soonClass stays empty. Like all
// of a snapshot it never changes: with and without give the next one.
type openIndex [verifiedClass]openList

// unhurried is a horizon at which nothing is late or soon yet.
var unhurried = horizon{now: math.MinInt64, soon: math.MinInt64}

// newOpenIndex is the index of many shelves at once.
func newOpenIndex(shelves []*shelf) (x openIndex) {
	var all [verifiedClass][]openLead
	for _, sh := range shelves {
		for _, l := range sh.open() {
			all[l.class] = append(all[l.class], l)
		}
	}
	for class, some := range all {
		slices.SortFunc(some, openLead.compare)
		for run := range slices.Chunk(some, runLimit/2) {
			x[class].runs = append(x[class].runs, slices.Clip(run))
		}
	}
	return x
}

// moved is the index after a task of a period came from one shelf to the next.
func (x openIndex) moved(from, to *shelf, task int32) openIndex {
	was, had := from.openTask(task)
	is, has := to.openTask(task)
	if had == has && was == is {
		return x
	}
	if had {
		x[was.class] = x[was.class].without(was)
	}
	if has {
		x[is.class] = x[is.class].with(is)
	}
	return x
}

// awaits reports whether rows of the list await a report, so that the clock has a word.
func awaits(list int) bool {
	return list == returnedClass || list == assignedClass || list == inProgressClass
}

// segment is where in the list of a class stands what is of another class now: from the
// first instant up to, without, the second.
func (h horizon) segment(list, class int) (from, to int64) {
	soon := max(h.now, h.soon)
	switch {
	case awaits(list) && class == overdueClass:
		return math.MinInt64, h.now
	case awaits(list) && class == soonClass:
		return h.now, soon
	case awaits(list) && class == list:
		return soon, math.MaxInt64
	case !awaits(list) && class == list:
		return math.MinInt64, math.MaxInt64
	}
	return 0, 0
}

// classOf is the class now of a task in the index.
func (h horizon) classOf(l openLead) int {
	switch {
	case !awaits(l.class):
	case l.at < h.now:
		return overdueClass
	case l.at < h.soon:
		return soonClass
	}
	return l.class
}

// isOpen reports whether a lead's work is not finished.
func (k *key) isOpen() bool { return k.is(isLead) && unclosed&(1<<k.state) != 0 }

// hasOpen is a quick look for such rows.
func (c *chunk) hasOpen() bool { return c.states&unclosed != 0 && c.flags&isLead != 0 }

// openTask is the task's open lead, the first by id should there be several.
func (sh *shelf) openTask(task int32) (openLead, bool) {
	if sh == nil {
		return openLead{}, false
	}
	for _, ch := range sh.chunks {
		if !ch.hasOpen() {
			continue
		}
		for i := range ch.keys {
			if k := &ch.keys[i]; k.task == task && k.isOpen() {
				return openLead{unhurried.rank(k), task, sh.period}, true
			}
		}
	}
	return openLead{}, false
}

// open lists the tasks of the period that a lead has open, each once.
func (sh *shelf) open() (all []openLead) {
	for _, ch := range sh.chunks {
		if !ch.hasOpen() {
			continue
		}
		for i := range ch.keys {
			k := &ch.keys[i]
			if k.isOpen() && !slices.ContainsFunc(all, func(l openLead) bool { return l.task == k.task }) {
				all = append(all, openLead{unhurried.rank(k), k.task, sh.period})
			}
		}
	}
	return all
}

// runLimit bounds what is copied when one task moves.
const runLimit = 256

// openList is a list in order, in runs of at most runLimit, none of them empty. A
// change copies a run and the list of runs.
type openList struct{ runs [][]openLead }

// place is the run and index of the first that is not before l; past the last run when
// there is none.
func (o openList) place(l openLead) (run, i int) {
	run, _ = slices.BinarySearchFunc(o.runs, l, func(r []openLead, l openLead) int { return r[len(r)-1].compare(l) })
	if run < len(o.runs) {
		i, _ = slices.BinarySearchFunc(o.runs[run], l, openLead.compare)
	}
	return run, i
}

// with is the list with l put in.
func (o openList) with(l openLead) openList {
	run, i := o.place(l)
	if run == len(o.runs) { // behind all
		if run == 0 {
			return openList{[][]openLead{{l}}}
		}
		run, i = run-1, len(o.runs[run-1])
	}
	runs := slices.Clone(o.runs)
	longer := make([]openLead, 0, len(runs[run])+1)
	longer = append(append(append(longer, runs[run][:i]...), l), runs[run][i:]...)
	runs[run] = longer
	if half := len(longer) / 2; len(longer) > runLimit {
		runs[run] = slices.Clone(longer[:half])
		runs = slices.Insert(runs, run+1, slices.Clone(longer[half:]))
	}
	return openList{runs}
}

// without is the list with l taken out, which must be there.
func (o openList) without(l openLead) openList {
	run, i := o.place(l)
	runs := slices.Clone(o.runs)
	if len(runs[run]) == 1 {
		return openList{slices.Delete(runs, run, run+1)}
	}
	runs[run] = slices.Concat(runs[run][:i], runs[run][i+1:])
	return openList{runs}
}

// first is a place before all that stand at the instant. A list is of one class.
func (o openList) first(at int64) (run, i int) {
	run, _ = slices.BinarySearchFunc(o.runs, at, func(r []openLead, at int64) int { return cmp.Compare(r[len(r)-1].at, at) })
	if run < len(o.runs) {
		i, _ = slices.BinarySearchFunc(o.runs[run], at, func(l openLead, at int64) int { return cmp.Compare(l.at, at) })
	}
	return run, i
}

// before counts those before the instant.
func (o openList) before(at int64) int {
	run, n := o.first(at)
	for _, r := range o.runs[:run] {
		n += len(r)
	}
	return n
}

// between yields those from the first instant up to, without, the second, in order.
func (o openList) between(from, to int64) iter.Seq[openLead] {
	return func(yield func(openLead) bool) {
		run, i := o.first(from)
		for ; run < len(o.runs); run, i = run+1, 0 {
			for _, l := range o.runs[run][i:] {
				if l.at >= to || !yield(l) {
					return
				}
			}
		}
	}
}
