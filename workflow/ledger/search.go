package ledger

import (
	"slices"
	"strings"

	"duban/workflow"
)

// word is one word searched for, with the tasks, departments and periods it was found in.
type word struct {
	either
	text    string
	periods map[string]bool // by id
	partID  bool            // it may be a part of an assignment's id
}

// words are those of a search box, which must each be found.
func (s *snapshot) words(r workflow.Rules, q string) (all []word) {
	for _, t := range workflow.Terms(q) {
		all = append(all, s.word(r, t))
	}
	return all
}

func (s *snapshot) word(r workflow.Rules, term workflow.Term) word {
	w := word{text: term.Text, partID: strings.Contains(term.Text, "-"), periods: map[string]bool{}}
	in := func(name string) bool { return strings.Contains(workflow.SearchForm(name), term.Text) }
	for _, t := range slices.Concat(r.Plan.Tasks, r.Plan.FormerTasks()) {
		if in(t.Title) || term.Task == t.No {
			w.tasks.add(t.Key)
		}
	}
	w.departments = s.named(func(id string) bool {
		names := []string{id}
		if d, ok := r.Plan.KnownDepartment(id); ok {
			names = append(append(names, d.Name), d.Aliases...)
		}
		return slices.ContainsFunc(names, in)
	})
	for _, p := range s.periods {
		if term.Names(p) {
			w.periods[p.ID] = true
		}
	}
	return w
}

func (w *word) in(k *key, sh *shelf, a *workflow.Assignment) bool {
	return w.has(k) || w.periods[sh.period] || w.partID && strings.Contains(strings.ToLower(a.ID), w.text)
}

// Search is a search box's words, to be looked for in what is not listed by a Query.
type Search struct {
	s     *snapshot
	words []word
}

// Search reads a search box as Query.Q is read.
func (b *Book) Search(q string) Search {
	s := b.now()
	return Search{s: s, words: s.words(b.rules(), q)}
}

// Found reports whether each word is found in the assignment's task, department, period
// or id, or is one of the names beside it.
func (f Search) Found(period string, task int, department, id string, names ...string) bool {
	for i := range f.words {
		w := &f.words[i]
		n, known := f.s.numbered[department]
		if !w.tasks.has(task) && !(known && w.departments.has(int(n))) && !w.periods[period] &&
			!(w.partID && strings.Contains(strings.ToLower(id), w.text)) &&
			!slices.ContainsFunc(names, func(name string) bool { return workflow.SearchForm(name) == w.text }) {
			return false
		}
	}
	return true
}
