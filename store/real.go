package store

import (
	"context"
	"time"
)

// first is before any real work was recorded with this program: a journal from before
// it was noted what is real, and whose work is older, was a rehearsal's.
var first = time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)

// RealWork is when work of the plan was first recorded in real time, as far as is known;
// zero when all there is was recorded in rehearsals, or nothing but accounts.
func (s *Store) RealWork(ctx context.Context) (at time.Time, err error) {
	err = s.read(ctx, func(t *txKV) error {
		if noted := t.get(inMeta, string(keyReal)); noted != nil {
			at, err = time.Parse(time.RFC3339Nano, string(noted))
			return err
		}
		if worked := s.Worked(); !worked.Before(first) && !t.rehearsed() {
			at = worked
		}
		return nil
	})
	return at, err
}

// rehearsed reports whether the store was made for a rehearsal by a program that notes it.
func (t *txKV) rehearsed() bool { return t.get(inMeta, string(keyRehearsed)) != nil }

// Worked is when the plan's work was last recorded: the highest time the journal has
// seen. Zero when there is none.
func (s *Store) Worked() time.Time { return s.head.Load().worked }

// noteReal notes with the first work whether it is real. Rehearsals on a store that
// holds no real work leave it free for more of them.
func (w *work) noteReal(at time.Time) {
	key := string(keyReal)
	if w.b.s.rehearsal {
		key = string(keyRehearsed)
	}
	if w.get(inMeta, key) == nil {
		w.put(inMeta, key, []byte(at.Format(time.RFC3339Nano)))
	}
}
