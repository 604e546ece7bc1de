package ledger

import (
	"context"

	"duban/workflow"
)

// History is what Observe told between after and the position the Book stands at
// now, for a reader that resumes: each event with the assignment as it was after
// it, rebuilt from the assignment's trail. False, and nothing, when there are more
// than limit events, or after lies in the future: take a snapshot instead.
func (b *Book) History(ctx context.Context, after uint64, limit int) ([]Update, bool, error) {
	head := b.Seq()
	if after > head || head-after > uint64(max(0, limit)) {
		return nil, false, nil
	}
	if after == head {
		return nil, true, nil
	}
	events, err := b.journal.Events(ctx, after, int(head-after)) // #nosec G115 -- at most limit, an int: checked above
	if err != nil {
		return nil, false, err
	}
	past := map[string]map[uint64]*workflow.Assignment{}
	updates := make([]Update, 0, len(events))
	for _, e := range events {
		u := Update{Event: e}
		if e.Assignment != "" {
			if past[e.Assignment] == nil {
				if past[e.Assignment], err = b.states(ctx, e.Assignment, head); err != nil {
					return nil, false, err
				}
			}
			u.Assignment = past[e.Assignment][e.Seq]
		}
		updates = append(updates, u)
	}
	return updates, true, nil
}

// states is the assignment after each of its events up to head, by position.
func (b *Book) states(ctx context.Context, id string, head uint64) (map[uint64]*workflow.Assignment, error) {
	trail, err := b.journal.Trail(ctx, id)
	if err != nil {
		return nil, err
	}
	states := map[uint64]*workflow.Assignment{}
	var a workflow.Assignment
	for _, e := range trail {
		if e.Seq > head {
			break
		}
		a = workflow.Apply(a, e)
		then := a
		states[e.Seq] = &then
	}
	return states, nil
}
