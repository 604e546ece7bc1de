package ledger

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"duban/workflow"
)

// TestOpenList holds the list in runs against a plain sorted one: whatever is put in and
// taken out in whatever order, counts and stretches are the same, and a list once made
// does not change.
func TestOpenList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list openList
		var plain []openLead
		kept, keptPlain := list, plain
		lead := func(n int) openLead {
			return openLead{rank{assignedClass, int64(n % 17)}, int32(n % 5), fmt.Sprintf("S%03d", n)}
		}
		for range rapid.IntRange(1, 8).Draw(t, "rounds") {
			out := len(plain) > 0 && rapid.Bool().Draw(t, "out")
			for n := range rapid.SampledFrom([]int{1, 3, 40, 400}).Draw(t, "many") {
				if out && len(plain) > 0 {
					i := (n*31 + 7) % len(plain)
					list = list.without(plain[i])
					plain = slices.Delete(plain, i, i+1)
					continue
				}
				l := lead(rapid.IntRange(0, 999).Draw(t, "lead"))
				i, there := slices.BinarySearchFunc(plain, l, openLead.compare)
				if !there {
					list, plain = list.with(l), slices.Insert(plain, i, l)
				}
			}
			if rapid.Bool().Draw(t, "keep") {
				kept, keptPlain = list, slices.Clone(plain)
			}
		}
		from := rapid.Int64Range(-1, 18).Draw(t, "from")
		to := rapid.Int64Range(-1, 18).Draw(t, "to")
		for _, x := range []struct {
			list  openList
			plain []openLead
		}{{list, plain}, {kept, keptPlain}} {
			var between []openLead
			for _, l := range x.plain {
				if l.at >= from && l.at < to {
					between = append(between, l)
				}
			}
			all := slices.Collect(x.list.between(math.MinInt64, math.MaxInt64))
			if !slices.Equal(all, x.plain) || !slices.Equal(slices.Collect(x.list.between(from, to)), between) {
				t.Fatalf("%v\nwant %v", all, x.plain)
			}
			if n := x.list.before(to) - x.list.before(from); n != len(between) && to >= from {
				t.Fatalf("%d between %d and %d, want %d", n, from, to, len(between))
			}
			for _, run := range x.list.runs {
				if len(run) == 0 || len(run) > runLimit {
					t.Fatalf("a run of %d", len(run))
				}
			}
		}
	})
}

// TestOpenIndexFollowsRows: whatever rows are put, the index is the one that all rows
// would give at once.
func TestOpenIndexFollowsRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := empty()
		for range rapid.IntRange(1, 60).Draw(t, "puts") {
			p := rapid.SampledFrom([]string{"S1", "S2", "S3"}).Draw(t, "period")
			a := workflow.Assignment{ID: fmt.Sprintf("%s-%d", p, rapid.IntRange(0, 9).Draw(t, "id")), Period: p,
				Task: rapid.IntRange(1, 4).Draw(t, "task"), Returned: rapid.IntRange(0, 1).Draw(t, "returned"),
				State: rapid.SampledFrom(workflow.States).Draw(t, "state"),
				Role:  rapid.SampledFrom([]workflow.Role{workflow.Lead, workflow.Lead, workflow.Cooperating}).Draw(t, "role"),
				Due:   time.Unix(rapid.Int64Range(1, 5).Draw(t, "due"), 0)}
			before, was := s.open, all(s.open)
			s.put(&a)
			if want := all(newOpenIndex(s.shelves)); !slices.Equal(all(s.open), want) {
				t.Fatalf("%v\nwant %v", all(s.open), want)
			}
			if !slices.Equal(all(before), was) {
				t.Fatal("an index that was made has changed")
			}
		}
	})
}

// all is the index in one list.
func all(x openIndex) (every []openLead) {
	for _, list := range x {
		every = slices.AppendSeq(every, list.between(math.MinInt64, math.MaxInt64))
	}
	return every
}
