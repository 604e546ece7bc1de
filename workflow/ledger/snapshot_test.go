package ledger

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"duban/workflow"
	"duban/workflow/plan"
)

// TestShelves puts rows in random order into a snapshot and holds that each version
// lists its own rows in order, finds each, and is not changed by later ones.
func TestShelves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &snapshot{numbered: map[string]uint16{}}
		n := rapid.IntRange(0, 3*chunkLimit).Draw(t, "rows")
		seed := rapid.IntRange(1, 1000).Draw(t, "seed")
		row := func(i, version int) *workflow.Assignment {
			p := fmt.Sprintf("P-%d", i%2) // a period's id may hold a hyphen
			return &workflow.Assignment{ID: fmt.Sprintf("%s-%05d", p, i*7919*seed%10007), Period: p, Version: version,
				State: workflow.States[i%len(workflow.States)], Department: fmt.Sprint("d", i%5)}
		}
		want := map[string]int{}
		var before snapshot
		for i := range n {
			if i == n/2 {
				before = *s
			}
			a := row(i, 1)
			next := *s
			next.put(a)
			s = &next
			want[a.ID] = 1
		}
		unchanged := *s
		for i := range n / 3 {
			next := *s
			next.put(row(i, 2))
			s = &next
			want[row(i, 2).ID] = 2
		}
		got := map[string]int{}
		last := ""
		s.each("", every, func(k *key, sh *shelf, a *workflow.Assignment) {
			if sh.period != a.Period || a.Period+a.ID <= last || s.departments[k.department] != a.Department || stateName(k) != a.State {
				t.Fatalf("%s after %s in %s", a.ID, last, sh.period)
			}
			last = a.Period + a.ID
			got[a.ID] = a.Version
		})
		if len(got) != len(want) {
			t.Fatalf("%d rows, want %d", len(got), len(want))
		}
		for id, version := range want {
			if a := s.assignment(id); a == nil || a.Version != version {
				t.Fatalf("%s: %v", id, a)
			}
		}
		if s.assignment("P-0-x") != nil || s.assignment("nothing") != nil || s.assignment("") != nil {
			t.Fatal("found what is not there")
		}
		for _, sh := range s.shelves {
			for _, ch := range sh.chunks {
				if len(ch.rows) > chunkLimit || len(ch.rows) != len(ch.keys) || len(ch.rows) == 0 {
					t.Fatalf("a chunk of %d rows, %d keys", len(ch.rows), len(ch.keys))
				}
			}
		}
		unchanged.each("", every, func(_ *key, _ *shelf, a *workflow.Assignment) {
			if a.Version != 1 {
				t.Fatal("an old version shows a newer row")
			}
		})
		count := 0
		before.each("", every, func(*key, *shelf, *workflow.Assignment) { count++ })
		if count != n/2 {
			t.Fatalf("an old version has %d rows, had %d", count, n/2)
		}
	})
}

// TestForeignID holds that an id that does not begin with its period is found too.
func TestForeignID(t *testing.T) {
	s := &snapshot{numbered: map[string]uint16{}}
	s.put(&workflow.Assignment{ID: "2022Q3-01-lead-a", Period: "2022Q3"})
	s.put(&workflow.Assignment{ID: "x", Period: "2022Q4"})
	if a := s.assignment("x"); a == nil || a.Period != "2022Q4" {
		t.Errorf("found %v", a)
	}
}

// TestFillIsPut holds that rows read at once stand as rows put one by one.
func TestFillIsPut(t *testing.T) {
	var all []*workflow.Assignment
	one := &snapshot{numbered: map[string]uint16{}}
	for i := range 1000 {
		a := &workflow.Assignment{ID: fmt.Sprintf("P%d-%04d", i%3, i*7919%10007), Period: fmt.Sprint("P", i%3), Department: fmt.Sprint(i % 7),
			State: workflow.States[i%6]}
		all = append(all, a)
		one.put(a)
	}
	many := &snapshot{numbered: map[string]uint16{}}
	many.fill(all)
	list := func(s *snapshot) (ids []string) {
		s.each("", every, func(k *key, sh *shelf, a *workflow.Assignment) {
			ids = append(ids, strings.Join([]string{sh.period, a.ID, s.departments[k.department], string(stateName(k))}, " "))
		})
		return ids
	}
	if a, b := list(one), list(many); !slices.Equal(a, b) || len(a) != 1000 {
		t.Errorf("%d put, %d filled", len(a), len(b))
	}
}

// TestWorstOfClosed holds the order among shelves that are closed altogether.
func TestWorstOfClosed(t *testing.T) {
	s := &snapshot{numbered: map[string]uint16{}}
	for i, minutes := range []int{30, 20, 40, 10} {
		at := time.Date(2022, 9, 1, 9, minutes, 0, 0, time.UTC)
		s.put(&workflow.Assignment{ID: fmt.Sprint("P", i, "-1"), Period: fmt.Sprint("P", i), State: workflow.Verified, ClosedAt: &at})
	}
	rows, more, total := s.page(Query{Sort: Worst, Limit: 2}, &filter{all: true})
	if len(rows) != 2 || rows[0].id != "P3-1" || rows[1].id != "P1-1" || !more || total != 4 {
		t.Errorf("%v of %d, more %t", rows, total, more)
	}
}

// TestPairsArePicks holds that the table of tasks and departments says what the plain
// filter says of each row, rows of dropped tasks included.
func TestPairsArePicks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := func(name string, most int) (s numbers) {
			for _, n := range rapid.SliceOf(rapid.IntRange(0, most)).Draw(t, name) {
				s.add(n)
			}
			return s
		}
		r := workflow.Rules{Plan: &plan.Plan{Tasks: []plan.Task{{Key: 1, No: 1}, {Key: 7, No: 7}}}}
		f := &filter{task: rapid.SampledFrom([]int32{0, 0, 1, 7, 9}).Draw(t, "task"), department: set("departments", 4),
			see: either{set("seen tasks", 7), set("seen departments", 4)}, words: []word{{either: either{set("found tasks", 7), set("found departments", 4)}, text: "x"}}}
		p := f.pair(r, 5)
		for task := range int32(20) {
			for d := range uint16(5) {
				k := key{task: task, department: d}
				if got, want := p.has(&k), f.picks(&k, &shelf{}, nil); got != want {
					t.Fatalf("task %d, department %d: %t, want %t by %+v", task, d, got, want, f)
				}
			}
		}
	})
}

// stateName is the state that a key was made of.
func stateName(k *key) workflow.State {
	if int(k.state) < len(workflow.States) {
		return workflow.States[k.state]
	}
	return ""
}
