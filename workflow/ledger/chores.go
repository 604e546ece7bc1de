package ledger

import (
	"slices"
	"time"

	"duban/workflow"
)

// Chores lists what the clock owes the assignments at now: those to expire and
// those to remind of. It reads the keys of all rows and asks the calendar only
// about rows that are due soon.
func (b *Book) Chores(now time.Time) []workflow.Chore {
	r := b.rules()
	first := slices.Max(append([]int{0}, r.Plan.Periods.RemindBefore...))
	// Rows due after the day that is one workday beyond the first reminder.
	horizon := r.Clock.Calendar.AddWorkdays(r.Clock.Today(now), first+1).AddDays(1).In(r.Clock.Zone).UnixNano()
	var chores []workflow.Chore
	for _, sh := range b.now().shelves {
		for _, ch := range sh.chunks {
			for i := range ch.keys {
				row := ch.rows[i]
				if ch.keys[i].due > horizon || (row.State != workflow.Assigned && row.State != workflow.InProgress) {
					continue
				}
				chores = append(chores, r.Chores(*row, now)...)
			}
		}
	}
	return chores
}
