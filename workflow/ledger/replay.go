package ledger

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"duban/workflow"
)

// replayPage is how many events a replay reads at a time.
const replayPage = 512

// replay folds events upon a snapshot that others may go on reading. It holds what
// has changed apart from the shelves, which copying for every event, as the follower
// does, would make slow; freeze puts it in.
type replay struct {
	rows
	changed   map[string]*workflow.Assignment
	ownSeries bool // series is not the base's
	names     map[string]string
	each      func(workflow.Event)
}

func newReplay(base *snapshot) *replay {
	s := *base
	s.recent, s.urged = slices.Clone(base.recent), slices.Clip(base.urged)
	return &replay{rows: rows{&s}, changed: map[string]*workflow.Assignment{}, names: map[string]string{}}
}

// advance folds the events up to the position, which must not be behind. It ends
// early, between two events, with ctx's error.
func (r *replay) advance(ctx context.Context, j workflow.Journal, position uint64) error {
	for r.seq < position {
		if err := ctx.Err(); err != nil {
			return err
		}
		events, err := j.Events(ctx, r.seq, int(min(replayPage, position-r.seq)))
		if err != nil {
			return err
		}
		if len(events) == 0 {
			return fmt.Errorf("the journal ends at %d, before position %d", r.seq, position)
		}
		for _, e := range events {
			if err := r.fold(e); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *replay) fold(e workflow.Event) error {
	// One copy of each repeated text that a row keeps, not one an event.
	for _, text := range []*string{&e.Period, &e.Department, &e.Actor.Unit, (*string)(&e.Kind), (*string)(&e.To), (*string)(&e.Data.Role)} {
		if same, ok := r.names[*text]; ok {
			*text = same
		} else {
			r.names[*text] = *text
		}
	}
	if err := workflow.Fold(r, e); err != nil {
		return err
	}
	r.seq = e.Seq
	r.urge(e)
	if h, ok := happening(e); ok {
		if len(r.recent) == 2*recentLimit {
			r.recent = append(r.recent[:0], r.recent[recentLimit:]...)
		}
		r.recent = append(r.recent, h)
	}
	if r.each != nil {
		r.each(e)
	}
	return nil
}

// Assignment finds a folded row.
func (r *replay) Assignment(id string) (workflow.Assignment, bool, error) {
	if a := r.changed[id]; a != nil {
		return *a, true, nil
	}
	return r.rows.Assignment(id)
}

// TaskAssignments lists the rows of one task in one period, by id.
func (r *replay) TaskAssignments(period string, task int) ([]workflow.Assignment, error) {
	return rows{r.freeze()}.TaskAssignments(period, task)
}

// PutAssignment puts a folded row.
func (r *replay) PutAssignment(a workflow.Assignment) error {
	r.changed[a.ID] = &a
	return nil
}

// PutSeries puts an indicator's figures.
func (r *replay) PutSeries(s workflow.Series) error {
	if !r.ownSeries {
		r.series, r.ownSeries = maps.Clone(r.series), true
	}
	r.series[s.Indicator] = s
	r.figures++
	return nil
}

// manyChanged is the share of the rows, as a divisor, from which on the shelves are
// built anew: a row put by itself copies a chunk.
const manyChanged = 16

// freeze is the state the replay has come to, for ever. The replay may go on.
func (r *replay) freeze() *snapshot {
	total := 0
	for _, sh := range r.shelves {
		for _, ch := range sh.chunks {
			total += len(ch.rows)
		}
	}
	if len(r.changed) > total/manyChanged {
		all := make([]*workflow.Assignment, 0, total+len(r.changed))
		for _, sh := range r.shelves {
			for _, ch := range sh.chunks {
				for _, a := range ch.rows {
					if r.changed[a.ID] == nil {
						all = append(all, a)
					}
				}
			}
		}
		all = slices.AppendSeq(all, maps.Values(r.changed))
		r.shelves = nil
		r.fill(all)
	} else {
		for _, id := range slices.Sorted(maps.Keys(r.changed)) {
			r.put(r.changed[id])
		}
	}
	r.changed, r.ownSeries = map[string]*workflow.Assignment{}, false
	r.recent = slices.Clone(r.recent[max(0, len(r.recent)-recentLimit):])
	s := *r.snapshot
	s.recent = slices.Clone(r.recent)
	return &s
}

// Past is a Book that stands for ever where the journal stood at the position: the
// events up to there folded anew, under the given rules. Each event is handed to each
// (may be nil) in order. It costs a reading of the journal up to the position;
// Playback is for who asks again and again.
func Past(ctx context.Context, j workflow.Journal, rules workflow.Rules, position uint64, each func(workflow.Event)) (*Book, error) {
	b := &Book{journal: j, rules: func() workflow.Rules { return rules }, reports: &facts{}, stopped: true}
	r := newReplay(empty())
	r.each = func(e workflow.Event) {
		if e.Kind == workflow.KindReported {
			b.reports.keep(e)
		}
		if each != nil {
			each(e)
		}
	}
	if err := r.advance(ctx, j, position); err != nil {
		return nil, err
	}
	b.state.Store(r.freeze())
	return b, nil
}
